"""The features of sides: from memory, from files, or from their photographs, which a sandbox reads."""

from __future__ import annotations

import hashlib
import random
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from PIL import Image
from sqlalchemy import Connection

from ..db import call
from ..errors import CoinstoreError, PictureError
from ..images import discs
from ..images.outline import Outline, read_outline
from ..images.picture import decode
from ..matching import Parameters, Side, side
from ..sandbox import Sandbox, Stopped
from ..sources import files
from ..sources.locations import printable
from ..spaces.prepare import CHANGED
from .cache import FeatureFiles

CHUNK = 16  # photographs that the sandbox reads before it hands their features over
KEPT = 600  # sides in the memory of a worker, about 550 kB each
Row = Mapping[str, Any]


def photographed(location: str, sha256: str, outline: Row | None, settings: Parameters) -> bytes | str:
    """A side as a cache keeps it, from its photograph; or the reason why that cannot be used."""
    try:
        picture, found = found_in(location, sha256, outline)
    except CoinstoreError as error:
        return printable(str(error))
    return side(picture, found, settings).to_bytes()


def found_in(location: str, sha256: str, outline: Row | None) -> tuple[Image.Image, Outline]:
    """A photograph and where the coin is in it: as stored, or found now.

    Raises PictureError where it has changed, and CoinstoreError where it cannot be read.
    """
    data = files.read(location)
    if hashlib.sha256(data).hexdigest() != sha256:
        raise PictureError(CHANGED.reason)
    picture = decode(data)
    if outline is None:
        return picture, discs.find(picture).coins[0]
    return picture, read_outline(outline).scaled(picture.width / outline["width_px"])


class Features:
    """Gives the features of sides; each is computed once for all runs, as long as the files have room.

    `reasons` has what was told of sides that cannot be used: a worker reads such a photograph once.
    """

    def __init__(self, settings: Parameters, cache: FeatureFiles, box: Sandbox) -> None:
        self._settings, self._cache, self._box = settings, cache, box
        self._sides: OrderedDict[UUID, Side] = OrderedDict()
        self.reasons: dict[UUID, str] = {}

    def of(self, connection: Connection, side_ids: Sequence[int]) -> dict[int, tuple[UUID, Side]]:
        """The digest and the features of those sides that can be used; raises what the database raises."""
        rows = call.rows(connection, "job.sides_to_match", sides=list(side_ids))
        found = self._in_memory(rows)
        lacking = [row for row in rows if row["side_id"] not in found]
        # Workers that begin at the same time begin at different sides, and find the others' in the files.
        at = random.randrange(len(lacking)) if lacking else 0
        lacking = lacking[at:] + lacking[:at]
        for begin in range(0, len(lacking), CHUNK):
            found |= self._read(lacking[begin : begin + CHUNK])
        return {
            row["side_id"]: (row["digest"], found[row["side_id"]]) for row in rows if row["side_id"] in found
        }

    def _in_memory(self, rows: Sequence[Row]) -> dict[int, Side]:
        found = {}
        for row in rows:
            if row["digest"] in self._sides:
                self._sides.move_to_end(row["digest"])
                found[row["side_id"]] = self._sides[row["digest"]]
        return found

    def _read(self, rows: Sequence[Row]) -> dict[int, Side]:
        """The features of some sides, from files or else from photographs."""
        rows = [row for row in rows if row["digest"] not in self.reasons]
        found = {row["side_id"]: kept for row in rows if (kept := self._cache.read(row["digest"]))}
        lacking = [row for row in rows if row["side_id"] not in found]
        asked = [(row["location"], row["sha256"], row["outline"], self._settings) for row in lacking]
        for row, answer in zip(lacking, self._box.each(asked), strict=True):
            if isinstance(answer, bytes):
                self._cache.write(row["digest"], answer)
                found[row["side_id"]] = Side.from_bytes(answer)
            else:
                reason = answer.reason if isinstance(answer, Stopped) else answer
                self.reasons[row["digest"]] = f"{row['name']}: {reason}"
        for row in rows:
            if row["side_id"] in found:
                self._sides[row["digest"]] = found[row["side_id"]]
        return found

    def forget(self) -> None:
        """Keeps the KEPT sides that were used last."""
        while len(self._sides) > KEPT:
            self._sides.popitem(last=False)

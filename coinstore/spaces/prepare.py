"""Preparing: photographs are read, checked and fitted to what models take, each decoded once.

This runs ahead of the models, in sandboxes: a photograph that stops its decoder is a fault and nothing else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any

from numpy.typing import NDArray

from ..errors import CoinstoreError, PictureError
from ..images.outline import Outline, read_outline
from ..images.picture import decode
from ..models.fit import prepare
from ..models.spec import PictureSpec
from ..parallel import threads
from ..sandbox import Sandbox, Stopped
from ..sources import files
from ..sources.locations import printable

CHUNK = 16  # photographs that a sandbox prepares before it hands them over


@dataclass(frozen=True, slots=True)
class Refused:
    """Why there is nothing for a model; `again`: the photograph is on a network and may be reached later."""

    reason: str
    again: bool = False


Prepared = dict[str, NDArray[Any] | Refused]
"""One photograph by space: what the model takes, or the reason why there is nothing."""
Placed = tuple[Outline, int]
"""Where the coin is in a photograph, and how many pixels wide that is."""
Wanted = tuple[str, str, dict[str, PictureSpec], Placed | None]
"""A photograph that spaces lack: location, the SHA-256 that it had, what each space takes, its outline."""

CHANGED = Refused("the file has changed since it was ingested; ingest its source again")


def prepare_photograph(
    location: str, sha256: str, specs: dict[str, PictureSpec], placed: Placed | None = None
) -> Prepared:
    """Reads the file that was ingested, checks that it is unchanged, and prepares it for several spaces.

    `placed` is the stored outline; without it a space that needs one finds the coin itself. The file is
    decoded once for all spaces that need it whole, and once for each smaller size. What a space gets does
    not depend on which other spaces are filled at the same time.
    """
    try:
        data = files.read(location)
    except CoinstoreError as error:
        return dict.fromkeys(specs, Refused(printable(str(error)), files.is_remote(location)))
    if hashlib.sha256(data).hexdigest() != sha256:
        return dict.fromkeys(specs, CHANGED)
    found: Prepared = {}
    for decode_px in dict.fromkeys(spec.decode_px for spec in specs.values()):
        alike = {space: spec for space, spec in specs.items() if spec.decode_px == decode_px}
        try:
            picture = decode(data, side_px=decode_px)
        except PictureError as error:
            found |= dict.fromkeys(alike, Refused(printable(str(error))))
        else:
            outline = placed and placed[0].scaled(picture.width / placed[1])
            found |= {space: prepare(picture, spec, outline) for space, spec in alike.items()}
    return found


def wanted_of(side: Mapping[str, Any], specs: dict[str, PictureSpec]) -> Wanted:
    """What is to be prepared of a row with the location, the SHA-256 and the outline of a side."""
    stored = side["outline"]
    return side["location"], side["sha256"], specs, stored and (read_outline(stored), stored["width_px"])


class Preparer:
    """Prepares photographs in sandboxes, for the spaces of `specs`."""

    def __init__(self, runs: Executor, boxes: Sequence[Sandbox], specs: dict[str, PictureSpec]) -> None:
        self._runs, self._specs = runs, specs
        self._free: SimpleQueue[Sandbox] = SimpleQueue()
        for box in boxes:
            self._free.put(box)

    def begin(
        self, claimed: Sequence[Mapping[str, Any]], lacking: Mapping[int, Sequence[str]]
    ) -> list[Future[dict[int, Prepared]]]:
        """Starts preparing the photographs of claimed sides, each for the spaces that lack it."""
        wanted = {
            side["side_id"]: wanted_of(
                side, {space: self._specs[space] for space in lacking[side["side_id"]]}
            )
            for side in claimed
        }
        return [self._runs.submit(self._prepare, dict(some)) for some in _chunks(wanted)]

    def _prepare(self, wanted: Mapping[int, Wanted]) -> dict[int, Prepared]:
        box = self._free.get()
        try:
            return dict(zip(wanted, prepare_in(box, list(wanted.values())), strict=True))
        finally:
            self._free.put(box)


def prepare_in(box: Sandbox, wanted: Sequence[Wanted]) -> Iterator[Prepared]:
    """The photographs, prepared in a sandbox of `prepare_photograph`."""
    for (_, _, specs, _), found in zip(wanted, box.each(wanted), strict=True):
        yield dict.fromkeys(specs, Refused(found.reason)) if isinstance(found, Stopped) else found


@contextmanager
def preparing(processes: int, specs: dict[str, PictureSpec]) -> Iterator[Preparer]:
    """A preparer with this many child processes, forked now if that is possible."""
    boxes = [Sandbox(prepare_photograph) for _ in range(processes)]
    runs = threads(processes)
    try:
        yield Preparer(runs, boxes, specs)
    finally:
        runs.shutdown(wait=True, cancel_futures=True)
        for box in boxes:
            box.close()


def _chunks(wanted: dict[int, Wanted]) -> Iterator[list[tuple[int, Wanted]]]:
    items = list(wanted.items())
    return (items[at : at + CHUNK] for at in range(0, len(items), CHUNK))

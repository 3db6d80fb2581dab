"""The pictures of stored matches: a coin put upon another, with the ring of sectors that agree."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image
from sqlalchemy import Engine

from ...db import call
from ...dies.aligned import squared
from ...dies.sectors import Sector, sectors_of
from ...errors import CoinstoreError
from ...images import discs
from ...images.outline import Outline, read_outline
from ...images.picture import decode
from ...matching.agree import Transform, scaled
from ...models.fit import MARGIN
from ...sources import files
from . import words
from .ring import ringed

Row = Mapping[str, Any]
READERS = 8


class Photographs:
    """Draws the sides of some coins; a photograph is read each time, and only as large as it is shown."""

    def __init__(self, engine: Engine, coins: Iterable[int]) -> None:
        rows = call.read(engine, "part.faces_of_coins", coins=sorted(set(coins)))
        self._rows = {(row["coin_id"], row["face"]): row for row in rows}

    def square(self, coin: int, face: str, side_px: int, how: Transform | None = None) -> Image.Image | None:
        """The square around a coin, put upon another one by `how`; None where it cannot be used any more."""
        row = self._rows.get((coin, face))
        if row is None or row["sha256"] is None:
            return None
        try:
            data = files.read(row["location"])
            if hashlib.sha256(data).hexdigest() != row["sha256"]:
                return None
            picture, outline = _decoded(data, row, side_px)
        except CoinstoreError:
            return None
        return squared(picture, outline, side_px, how)


def _decoded(data: bytes, row: Row, side_px: int) -> tuple[Image.Image, Outline]:
    """The photograph, a JPEG not much larger than it is shown, and where the coin is in it.

    A side without a stored outline was matched by the one that is found now, in the whole photograph.
    """
    if row["edge"] is None:
        picture = decode(data)
        return picture, discs.find(picture).coins[0]
    outline = read_outline(row)
    shorter_px = min(row["width_px"], row["height_px"])
    share = shorter_px / (2 * (1 + MARGIN) * outline.radius_px)
    picture = decode(data, side_px=math.ceil(side_px * max(share, 1.0)))
    return picture, outline.scaled(picture.width / row["width_px"])


@dataclass(frozen=True, slots=True)
class Put:
    """A coin put upon another one: a square picture, the sectors of their match, and how those are turned.

    `is_likely`: the probability of one die is at least words.LIKELY.
    """

    picture: Image.Image
    sectors: tuple[Sector, ...]
    turn_rad: float
    is_likely: bool

    @property
    def ringed(self) -> Image.Image:
        """The coin in the ring of its sectors."""
        return ringed(self.picture, self.sectors, self.turn_rad, is_likely=self.is_likely)


def put_upon(match: Row, coin: int, photographs: Photographs, side_px: int) -> Put | None:
    """The other coin of a row of api.matches, put upon `coin`.

    None where nothing brings the sides together, or where the photograph cannot be used any more.
    """
    if match["transform"] is None:
        return None
    how = np.array(match["transform"], np.float64).reshape(2, 3)
    turn_rad = 0.0
    if coin != match["coin_id"]:  # the sectors are those of the first coin
        turn_rad = math.atan2(how[1, 0] - how[0, 1], how[0, 0] + how[1, 1])
        how = np.linalg.inv(np.vstack([how, (0, 0, 1)]))[:2]
    other = match["neighbour_id"] if coin == match["coin_id"] else match["coin_id"]
    put = scaled(how, side_px / match["parameters"]["side_px"])
    picture = photographs.square(other, match["face"], side_px, put)
    if picture is None:
        return None
    return Put(picture, sectors_of(match["sectors"]), turn_rad, match["probability"] >= words.LIKELY)

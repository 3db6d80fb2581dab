"""Why two coins may, or may not, be of one die: all that a page or a program shows of a pair."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from PIL import Image
from sqlalchemy import Engine

from ..db import call
from ..errors import CoinstoreError, NotFound, PictureError
from ..images.outline import Outline
from ..images.whole import gone
from ..matching import Match, Parameters, Side, compare, side
from ..matching.agree import scaled
from ..matching.opencv import opencv
from ..records.coin import Face
from ..sandbox import Sandbox, Stopped
from ..sources.locations import printable
from .aligned import Aligned, aligned, cut, room_for, widened
from .calibrations import calibration
from .features import found_in
from .plan import PARAMETERS, NamedPair
from .sectors import Sector, sectors_of

PICTURE_PX = 720
Row = Mapping[str, Any]
Compare = Callable[..., Any]
FIGURES = ("agreeing", "inliers", "possible", "coverage", "residual_px", "opencv_version")
RELIEF = ("whole", "common")


@dataclass(frozen=True, slots=True)
class Explanation:
    """One pair of sides: its figures, what people said of it, and both photographs in one frame.

    `first` and `second` are rows of api.coins, in the order of api.matches. `verdicts` are rows of
    api.verdicts, the latest first. `probability` is the stored one where the pair has a current match.
    """

    face: Face
    first: Row
    second: Row
    probability: float
    fitted_on: str
    verdicts: tuple[Row, ...]
    match: Match
    aligned: Aligned

    @property
    def sectors(self) -> tuple[Sector, ...]:
        """The sectors of the first disc; empty without a transform."""
        return sectors_of(self.match.dense.sectors) if self.match.dense else ()

    @property
    def points(self) -> list[tuple[float, float, float, float]]:
        """Where each matched point is in both aligned pictures: x and y in the first, x and y in the second.

        Shares of the width of the pictures, 0 to 1. Empty without a transform, and where it was found by
        the relief only.
        """
        if self.match.transform is None:
            return []
        how, side_px = np.array(self.match.transform), self.match.parameters.side_px
        here, there = self.match.points[:, :2], self.match.points[:, 2:]
        back = np.linalg.inv(how[:, :2])
        put = (there - how[:, 2]) @ back.T
        both = 0.5 + ((np.hstack([here, put]) + 0.5) / side_px - 0.5) / self.aligned.room
        return [(x, y, p, q) for x, y, p, q in both.tolist()]

    @property
    def turn_deg(self) -> float:
        """By how much the second photograph is turned to fit the first: clockwise if positive."""
        (a, b, _), (c, d, _) = self.match.transform or ((1, 0, 0), (0, 1, 0))
        return float(np.degrees(np.arctan2(b - c, a + d)))

    def to_dict(self) -> dict[str, Any]:
        """All but the pictures, in plain values; lengths are in pixels of the discs, `side_px` wide."""
        coins = {name: self.first[name] for name in ("coin_id", "collection", "inventory_number", "type")}
        coins |= {
            f"neighbour_{name.removeprefix('coin_')}": self.second[name]
            for name in ("coin_id", "collection", "inventory_number", "type")
        }
        names = ("x", "y", "neighbour_x", "neighbour_y")
        points = [dict(zip(names, map(float, line), strict=True)) for line in self.match.points]
        sectors = [
            {"number": one.number, "ring": one.ring, "correlation": one.correlation, "says": one.says}
            for one in self.sectors
        ]
        how = self.match.transform
        return {
            "face": self.face,
            **coins,
            "probability": self.probability,
            "fitted_on": self.fitted_on,
            "verdicts": [dict(row) for row in self.verdicts],
            **{name: getattr(self.match, name) for name in FIGURES},
            **{name: getattr(self.match.dense, name, None) for name in RELIEF},
            "side_px": self.match.parameters.side_px,
            "transform": None if how is None else [number for line in how for number in line],
            "sectors": sectors,
            "points": points,
        }


@dataclass(frozen=True, slots=True)
class Explained:
    """The explanations of a pair of coins, one for each face; `reasons`: why other faces have none."""

    pairs: tuple[Explanation, ...]
    reasons: tuple[str, ...]


def explain(engine: Engine, pair: NamedPair, *, any_turn: bool = False) -> Explained:
    """Compares two coins by one face, or by each that both have, and explains what was found.

    They are compared as they were for their stored match, or else upright; `any_turn`: they may lie any way.
    Nothing is stored, so that a reader may ask. Raises NotFound where they have no face in common,
    PictureError where no photograph can be used, and CoinstoreError without OpenCV.
    """
    found = list(explanations(engine, [pair], any_turn=any_turn))
    reasons = tuple(one for one in found if isinstance(one, str))
    if len(reasons) == len(found):
        raise PictureError(" ".join(reasons))
    return Explained(tuple(one for one in found if not isinstance(one, str)), reasons)


def explanations(
    engine: Engine, pairs: Sequence[NamedPair], picture_px: int = PICTURE_PX, *, any_turn: bool = False
) -> Iterator[Explanation | str]:
    """As `explain`, for many pairs; in place of an explanation the reason why there is none."""
    opencv()
    with closing(Sandbox(compared)) as box:
        for pair in pairs:
            yield from explained_by(box.one, engine, pair, picture_px, any_turn=any_turn)


def explained_by(
    compare: Compare,
    engine: Engine,
    pair: NamedPair,
    picture_px: int = PICTURE_PX,
    *,
    any_turn: bool = False,
) -> Iterator[Explanation | str]:
    """The explanations of one pair, or why there are none; `compare` calls `compared` in a sandbox."""
    ids = [pair.coin, pair.neighbour]
    coins = {row["coin_id"]: row for row in call.read(engine, "part.coins_by_id", coins=ids)}
    used = calibration(engine)
    kept = {row["face"]: row for row in call.read(engine, "part.matches_of_pair", **_keys(pair))}
    sides_of = _sides_by_face(engine, pair)
    yield from _not_compared(engine, pair, sides_of)
    for sides in sides_of.values():
        face, stored = sides[0]["face"], kept.get(sides[0]["face"])
        settings = _settings(stored, any_turn)
        answer = compare(*map(_photograph, sides), settings, picture_px)
        if isinstance(answer, Stopped | str):
            yield f"{_named(sides)}: {answer.reason}." if isinstance(answer, Stopped) else answer
            continue
        match, pictures = answer
        is_current = stored is not None and stored["parameters"] == settings.recipe()
        yield Explanation(
            face=face,
            first=coins[sides[0]["coin_id"]],
            second=coins[sides[1]["coin_id"]],
            probability=stored["probability"] if stored and is_current else used.probability(match),
            fitted_on=used.fitted_on,
            verdicts=tuple(call.read(engine, "part.verdicts_of_pair", **_keys(pair), face=face)),
            match=match,
            aligned=pictures,
        )


def _settings(stored: Row | None, any_turn: bool) -> Parameters:
    """How a stored match was made, as far as this version of coinstore does the same; else as usual.

    `any_turn` adds the search over all turns.
    """
    is_same = stored is not None and stored["parameters"]["version"] == PARAMETERS.version
    found = Parameters(**stored["parameters"]) if stored and is_same else PARAMETERS
    return replace(found, any_turn=found.any_turn or any_turn)


def _named(sides: tuple[Row, Row]) -> str:
    return " and ".join(_photograph(row).name for row in sides)


def _keys(pair: NamedPair) -> dict[str, int]:
    return {"coin": pair.coin, "neighbour": pair.neighbour}


def _sides_by_face(engine: Engine, pair: NamedPair) -> dict[str, tuple[Row, Row]]:
    """The sides of each face, as part.outlines_of has them and in the order of api.matches."""
    one, other = (
        {row["face"]: {**row, "coin_id": coin} for row in call.read(engine, "part.outlines_of", coin=coin)}
        for coin in (pair.coin, pair.neighbour)
    )
    faces = [face for face in one if face in other and pair.face in (None, face)]
    if not faces:
        shown = f"of the {pair.face}" if pair.face else "of one face"
        raise NotFound(f"the two coins do not both have a usable photograph {shown}; ingest them first.")
    pairs = {face: sorted((one[face], other[face]), key=lambda row: row["side_id"]) for face in faces}
    return {face: (first, second) for face, (first, second) in pairs.items()}


def _not_compared(engine: Engine, pair: NamedPair, faces: Iterable[str]) -> Iterator[str]:
    """Why faces with a photograph that cannot be used are not compared."""
    for row in call.read(engine, "part.unusable_photographs", coins=[pair.coin, pair.neighbour]):
        if row["face"] not in faces and pair.face in (None, row["face"]):
            name = f"{row['collection']}/{row['inventory_number']}"
            yield printable(f"{row['face']}: not compared; {name}: {row['reason'].rstrip('.')}.")


@dataclass(frozen=True, slots=True)
class Photograph:
    """What is read of a side: its file, the SHA-256 that it had, its stored outline, and how it is named."""

    location: str
    sha256: str
    outline: Row | None
    name: str


def _photograph(row: Row) -> Photograph:
    name = f"{row['collection']}/{row['inventory_number']}, {row['face']}"
    return Photograph(row["location"], row["sha256"], row if row["edge"] is not None else None, name)


def compared(
    first: Photograph, second: Photograph, settings: Parameters, picture_px: int
) -> tuple[Match, Aligned] | str:
    """The match of two sides and their pictures; or the reason why a photograph cannot be used.

    It reads untrusted files: it is called in a sandbox.
    """
    try:
        here, there = _read(first), _read(second)
    except CoinstoreError as error:
        return printable(str(error))
    match = compare(_side(*here, settings), _side(*there, settings), settings)
    if match.transform is None:
        return match, aligned(cut(*here, picture_px), cut(*there, picture_px), is_put=False)
    how = scaled(np.array(match.transform), picture_px / settings.side_px)
    room = room_for(how, picture_px)
    larger = widened(picture_px, room)
    put = how @ np.vstack([larger, (0, 0, 1)])
    pictures = cut(*here, picture_px, larger), cut(*there, picture_px, put)
    return match, aligned(*pictures, is_put=True, room=room)


def _read(asked: Photograph) -> tuple[Image.Image, Outline]:
    """A photograph and where the coin is in it; raises CoinstoreError with the name of the side."""
    try:
        return found_in(asked.location, asked.sha256, asked.outline)
    except CoinstoreError as error:
        raise PictureError(f"{asked.name}: {gone(asked.location, error)}") from None


def _side(picture: Image.Image, outline: Outline, settings: Parameters) -> Side:
    """The side as the matching job has it: from the bytes that a cache keeps, which round a little."""
    return Side.from_bytes(side(picture, outline, settings).to_bytes())

"""Matches as small pictures: for each pair both coins in one position, and upon each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image
from sqlalchemy import Engine

from ...dies.sectors import sectors_of
from ...errors import SettingsError
from ...matching.opencv import opencv
from ...parallel import threads
from ..words import plain
from . import words
from .ring import ringed
from .stored import READERS, Photographs, put_upon

CARD_PX = 260
MOST = 500
"""Pairs on one page; more of them open slowly."""
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Card:
    """A stored match: the first coin, the second in its ring, both upon each other, and lines of text.

    A picture is None where the photograph cannot be used any more, or nothing brings the sides together.
    """

    place: int
    title: str
    lines: tuple[str, ...]
    names: tuple[str, str]
    pictures: tuple[Image.Image | None, Image.Image | None, Image.Image | None]


def cards(engine: Engine, rows: Sequence[Row]) -> list[Card]:
    """A card for each row of api.matches, in their order.

    Raises SettingsError for more than MOST, and CoinstoreError without OpenCV.
    """
    opencv()
    if len(rows) > MOST:
        raise SettingsError(f"a page shows up to {MOST:,} pairs; {len(rows):,} are too many for one.")
    photographs = Photographs(engine, [row[key] for row in rows for key in ("coin_id", "neighbour_id")])
    with threads(READERS) as pool:
        return list(
            pool.map(lambda place, row: _card(place, row, photographs), range(1, len(rows) + 1), rows)
        )


def _card(place: int, row: Row, photographs: Photographs) -> Card:
    first = photographs.square(row["coin_id"], row["face"], CARD_PX)
    put = put_upon(row, row["coin_id"], photographs, CARD_PX)
    unturned = None if put else photographs.square(row["neighbour_id"], row["face"], CARD_PX)
    both = Image.blend(first, put.picture, 0.5) if first and put else None
    second = put.ringed if put else _disc(unturned)
    pictures = (_disc(first), second, _disc(both))
    title = f"{row['face']}: probability of one die {words.probability(row['probability'])}"
    return Card(place, title, tuple(_lines(row)), _names(row), pictures)


def _disc(picture: Image.Image | None) -> Image.Image | None:
    return None if picture is None else ringed(picture)


def _names(row: Row) -> tuple[str, str]:
    there = {name: row[f"neighbour_{name}"] for name in ("inventory_number", "collection")}
    return words.coin(row), words.coin(there)


def _lines(row: Row) -> list[str]:
    lines = (
        [] if row["sectors"] is None else [words.agreement(sectors_of(row["sectors"]), row["probability"])]
    )
    if row["transform"] is None:
        lines.append("Nothing brings the two sides together.")
    types = list(dict.fromkeys(plain(one) for one in (row["type"], row["neighbour_type"]) if one))
    if types:
        lines.append(" / ".join(types))
    if row["verdict"]:
        lines.append(f"Judged: {row['verdict']}{', and the contrary' if row['conflicting'] else ''}.")
    return lines

"""Answers: the coins that look alike, as rows that print, show their photographs and know their SQL."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from html import escape
from typing import Any

from sqlalchemy import Engine

from ..db import call
from ..rows import MOST_SHOWN, Rows

SHOWN = (
    "collection",
    "inventory_number",
    "type",
    "denomination",
    "mint",
    "weight_g",
    "compared",
    "similarity",
    "percentile",
)
FACES = ("obverse", "reverse")
THUMBNAIL_PX = 96


@dataclass(frozen=True, slots=True)
class LookAlike:
    """One answer: a coin with its metadata, and how near it is.

    `distance` is cosine distance, 0 (same direction) to 2; `similarity` is 1 - distance;
    `percentile` is the share of random pairs that are farther apart, 0 to 100. `face` and
    `compared` say which sides were compared: obverse, reverse or both. `reranked` is the distance by
    which a re-ranked answer is ordered, 0 to 1.3; None: not re-ranked.
    """

    coin_id: int
    collection: str
    inventory_number: str
    face: str
    distance: float
    similarity: float
    percentile: float | None
    type: str | None
    denomination: str | None
    material: str | None
    mint: str | None
    authority: str | None
    portrait: str | None
    year_from: int | None
    year_to: int | None
    weight_g: float | None
    diameter_mm: float | None
    diameter_min_mm: float | None
    die_axis_h: int | None
    findspot: str | None
    provenance: str | None  # by its name only: rows that are listed leave former owners out
    hoard: str | None
    uri: str | None
    type_uri: str | None
    denomination_uri: str | None
    material_uri: str | None
    mint_uri: str | None
    authority_uri: str | None
    portrait_uri: str | None
    findspot_uri: str | None
    hoard_uri: str | None
    date_edtf: str | None
    side_id: int | None
    legend: str | None
    description: str | None
    description_language: str | None
    compared: str
    reranked: float | None


LISTED = tuple(one.name for one in fields(LookAlike) if one.name != "provenance")


class Answers(Rows[LookAlike]):
    """The coins that answer a question, nearest first. `sql` gives the same rows to any reader.

    `notes` say what was taken for the coin in a photograph from outside, where that is not plain.
    """

    def __init__(self, engine: Engine, rows: Iterable[LookAlike], sql: str) -> None:
        found = list(rows)
        again = any(row.reranked is not None for row in found)
        super().__init__(found, (*SHOWN, "reranked") if again else SHOWN)
        self.sql = sql
        self.notes: tuple[str, ...] = ()
        self._engine = engine
        self._thumbnails: dict[tuple[int, str], bytes] = {}

    def to_dicts(self) -> list[dict[str, Any]]:
        """Each row as a dictionary, with all its columns, but without former owners."""
        return [{name: getattr(row, name) for name in LISTED} for row in self]

    def _repr_html_(self) -> str:
        """An HTML table with both faces of each coin, from the thumbnails of the store."""
        coins = [row.coin_id for row in self[:MOST_SHOWN]]
        faces = call.read(self._engine, "part.faces_of_coins", coins=coins) if coins else []
        self._thumbnails = {
            (row["coin_id"], row["face"]): bytes(row["thumbnail"]) for row in faces if row["thumbnail"]
        }
        return super()._repr_html_().replace("<tr>", "<tr><th>obverse</th><th>reverse</th>", 1)

    def _html_of(self, row: Mapping[str, Any]) -> str:
        pictures = "".join(
            f"<td>{_image(self._thumbnails.get((row['coin_id'], face)), face)}</td>" for face in FACES
        )
        return pictures + super()._html_of(row)


def _image(thumbnail: bytes | None, face: str) -> str:
    if thumbnail is None:
        return ""
    data = b64encode(thumbnail).decode()
    return f'<img alt="{escape(face)}" height="{THUMBNAIL_PX}" src="data:image/jpeg;base64,{data}">'

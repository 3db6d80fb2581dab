"""Matches on a contact sheet: how probable one die is, and each look-alike put upon the coin in question."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Engine

from ...db import call
from ...dies.calibrations import calibration
from ...matching.opencv import opencv
from ...parallel import threads
from ...records.coin import Face
from ..pairs import words
from ..pairs.pictures import jpeg
from ..pairs.stored import READERS, Photographs, put_upon
from .parts import Block, Picture, Sheet, Tile
from .pictures import FACES, SMALL_PX

Key = tuple[int, int, str]
"""The coin in question, its look-alike, and the face."""
Match = tuple[Mapping[str, Any], bytes | None]
"""A row of api.matches, and the look-alike put upon the coin in question as a JPEG."""


def with_matches(engine: Engine, sheet: Sheet) -> Sheet:
    """The sheet with the stored matches of each coin with its look-alikes.

    Raises CoinstoreError without OpenCV.
    """
    opencv()
    found = _found(engine, sheet)
    blocks = tuple(_with_matches(block, sheet.compared, found) for block in sheet.blocks)
    fact = ("Probability of one die", f"fitted on {calibration(engine).fitted_on}")
    return replace(sheet, facts=(*sheet.facts[:-1], fact, sheet.facts[-1]), blocks=blocks)


def _found(engine: Engine, sheet: Sheet) -> dict[Key, Match]:
    pairs = {
        (block.coin.coin_id, tile.coin.coin_id)
        for block in sheet.blocks
        for strip in block.strips
        for tile in strip.tiles
    }
    coins, neighbours = ([pair[n] for pair in sorted(pairs)] for n in range(2))
    rows = call.read(engine, "part.matches_of_pairs", coins=coins, neighbours=neighbours)
    ways = [(row, row["coin_id"], row["neighbour_id"]) for row in rows]
    ways += [(row, row["neighbour_id"], row["coin_id"]) for row in rows]
    ways = [(row, coin, other) for row, coin, other in ways if (coin, other) in pairs]
    photographs = Photographs(engine, coins + neighbours)
    with threads(READERS) as pool:
        drawn = list(pool.map(lambda way: _drawn(way[0], way[1], photographs), ways))
    return {
        (coin, other, row["face"]): (row, picture)
        for (row, coin, other), picture in zip(ways, drawn, strict=True)
    }


def _drawn(row: Mapping[str, Any], coin: int, photographs: Photographs) -> bytes | None:
    put = put_upon(row, coin, photographs, SMALL_PX)
    return None if put is None else jpeg(put.ringed)


def _with_matches(block: Block, compared: str, found: Mapping[Key, Match]) -> Block:
    coin = block.coin.coin_id
    strips = tuple(
        replace(strip, tiles=tuple(_matched(tile, coin, compared, found) for tile in strip.tiles))
        for strip in block.strips
    )
    return replace(block, strips=strips)


def _matched(tile: Tile, coin: int, compared: str, found: Mapping[Key, Match]) -> Tile:
    other = tile.coin
    put = {face: found[coin, other.coin_id, face] for face in FACES if (coin, other.coin_id, face) in found}
    first, second = (_put(picture, put) for picture in other.pictures)
    said = tuple(_said(put, compared))
    return replace(tile, coin=replace(other, pictures=(first, second)), matches=said)


def _put(picture: Picture, put: Mapping[Face, Match]) -> Picture:
    _, drawn = put.get(picture.face, (None, None))
    return picture if drawn is None else replace(picture, jpeg=drawn, is_thumbnail=False, is_put=True)


def _said(put: Mapping[Face, Match], compared: str) -> Iterator[str]:
    """A line for each face that was compared, or should have been."""
    for face in FACES:
        if face in put:
            row, _ = put[face]
            verdict = f", judged {row['verdict']}" if row["verdict"] else ""
            yield f"{face}, one die: {words.probability(row['probability'])}{verdict}"
        elif compared in (face, "both"):
            yield f"{face}, one die: not compared"

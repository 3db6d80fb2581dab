"""The sheets of the worst failures: coins whose nearest coin of another collection has another value."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path

from sqlalchemy import Engine

from ...db import call
from ...evaluate.breakdown import Failure
from ...evaluate.measure import Contestant
from ...records.coin import Face
from ...spaces.catalogue import known
from ..words import plain
from .make import CoinRow, shown, write_sheet
from .parts import Block, Sheet, Strip, Tile
from .pictures import Faces

MOST = 50


def write_failures(
    engine: Engine, failures: Mapping[tuple[str, Contestant], Sequence[Failure]], path: Path
) -> list[Path]:
    """Writes a sheet for each label and contestant, several as NAME-LABEL-SPACE-FACE; returns the files.

    Where nothing fails there is no sheet. Raises SettingsError for another suffix than .html and .png.
    """
    written = []
    for (label, one), found in failures.items():
        words = [label, one.space, one.face, *["reranked"] * one.reranked]
        name = re.sub(r"[^\w-]+", "-", "-".join(words))
        target = path if len(failures) == 1 else path.with_stem(f"{path.stem}-{name}")
        if found:
            written += write_sheet(failure_sheet(engine, label, one, found), target)
    return written


def failure_sheet(engine: Engine, label: str, one: Contestant, found: Sequence[Failure]) -> Sheet:
    """The sheet of the first MOST failures: each query with the nearest coin and the first that agrees."""
    worst = list(found[:MOST])
    answers = list(dict.fromkeys(coin for failure in worst for coin in (failure.nearest, failure.fellow)))
    queries = [failure.coin for failure in worst]
    ids = sorted({*queries, *answers})
    rows = {row["coin_id"]: CoinRow(row) for row in call.read(engine, "part.coins_by_id", coins=ids)}
    faces = Faces(engine, queries, answers)
    trained = known(engine, one.space).trained
    first: Face = "reverse" if one.face == "reverse" else "obverse"
    blocks = tuple(
        Block(
            shown(rows[failure.coin], faces, first, legends=True),
            (
                Strip(
                    one.space,
                    trained,
                    "most",
                    tuple(
                        Tile(place, shown(rows[coin], faces, first), similarity, None, one.face)
                        for place, coin, similarity in _answers(failure)
                    ),
                    _said(label, failure),
                ),
            ),
        )
        for failure in worst
    )
    facts = (
        ("Space", one.name),
        ("Label", label),
        (
            "Shown",
            f"{len(worst)} of {len(found):,} failures, the farthest off first: the nearest coin of another"
            " collection, and the first that has the value",
        ),
        ("Made", f"{date.today()} by coinstore {version('coinstore')}"),
    )
    title = f"Where the nearest coin of another collection has another {plain(label)}"
    return Sheet(title, facts, (), one.face, blocks)


def _answers(failure: Failure) -> Iterator[tuple[int, int, float]]:
    yield 1, failure.nearest, failure.nearest_similarity
    yield failure.place, failure.fellow, failure.fellow_similarity


def _said(label: str, failure: Failure) -> str:
    value, nearest = plain(failure.value), plain(failure.nearest_value)
    return (
        f"{plain(label)}: {value}. The nearest of another collection has {nearest};"
        f" the first that agrees is in place {failure.place:,}."
    )

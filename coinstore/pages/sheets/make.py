"""Contact sheets: coins with their look-alikes, to look at, print and cite."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Engine

from ...db import call
from ...errors import NotFound
from ...records.coin import Face
from ...search.answer import LookAlike
from ...search.similar import Question, find_coin, similar
from ...sources.outputs import SHEET, check_path
from ...spaces.catalogue import default_space, known
from ..words import metadata, plain, space_warnings
from .html import html_of
from .matched import with_matches
from .parts import Block, Kind, Sheet, Shown, Strip, Tile
from .pictures import Faces
from .png import pages_of, write_pages


@dataclass(frozen=True, slots=True)
class Asked:
    """What a sheet shows: each coin's `k` look-alikes in each of `spaces`, by one face or by both.

    Without spaces it is the default one. `where` is a predicate as in Question. With `least`, the least
    similar follow below the most similar, with `outlines` the outline of each coin is drawn. With `matches`
    each look-alike has the probability of one die, and is turned to fit the coin where it matches.
    """

    spaces: tuple[str, ...] = ()
    face: Face | Literal["both"] = "obverse"
    k: int = 10
    where: str = "true"
    least: bool = False
    outlines: bool = False
    matches: bool = False

    @property
    def first(self) -> Face:
        """The face that is shown first."""
        return "reverse" if self.face == "reverse" else "obverse"

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """Most similar, and least similar if requested."""
        return ("most", "least") if self.least else ("most",)


@dataclass(frozen=True, slots=True)
class Drawn:
    """Coins drawn at random instead of named coins: how many, and by which seed."""

    count: int
    seed: int = 0


def make_sheet(
    engine: Engine, coins: Sequence[str] | Drawn, asked: Asked, *, made_on: date | None = None
) -> Sheet:
    """The sheet of the named coins, or of coins drawn at random among those that pass the condition.

    Raises NotFound for an unknown coin or space, and if none of the coins has a look-alike; Ambiguous;
    PredicateError.
    """
    if not asked.spaces:
        asked = replace(asked, spaces=(default_space(engine),))
    trained = {space: known(engine, space).trained for space in asked.spaces}
    chosen = _chosen(engine, coins, asked)
    answers = [_answers(engine, coin_id, asked, trained) for coin_id in chosen]
    _refuse_empty(answers, asked.where)
    rows = {row["coin_id"]: CoinRow(row) for row in call.read(engine, "part.coins_by_id", coins=chosen)}
    found = [row.coin_id for strips in answers for strip in strips for row in strip.found]
    faces = Faces(engine, chosen, found, outlines=asked.outlines)
    blocks = tuple(
        Block(shown(rows[coin_id], faces, asked.first, legends=True), tuple(_strips(strips, faces, asked)))
        for coin_id, strips in zip(chosen, answers, strict=True)
    )
    facts = _facts(engine, coins, asked) + (
        ("Made", f"{made_on or date.today()} by coinstore {version('coinstore')}"),
    )
    made = Sheet(_title(coins, blocks), facts, _warnings(trained, faces), asked.face, blocks)
    return with_matches(engine, made) if asked.matches else made


def write_sheet(sheet: Sheet, path: Path) -> list[Path]:
    """Writes a sheet as HTML or PNG, depending on the suffix; returns the files.

    A PNG longer than a page continues in `name-2.png` and so on. Raises SettingsError for another
    suffix, and for a folder that does not exist.
    """
    check_path(path, SHEET, "sheet")
    if path.suffix.lower() != ".png":
        path.write_text(html_of(sheet), "utf-8")
        return [path]
    return write_pages(pages_of(sheet), path)


@dataclass(frozen=True, slots=True)
class CoinRow:
    """A row of api.coins with its columns as attributes."""

    row: Any

    def __getattr__(self, name: str) -> Any:
        return self.row[name]


@dataclass(frozen=True, slots=True)
class _Found:
    """The look-alikes of a coin in a space, or why there are none."""

    space: str
    trained: bool
    kind: Kind
    found: list[LookAlike]
    error: NotFound | None = None


def _chosen(engine: Engine, coins: Sequence[str] | Drawn, asked: Asked) -> list[int]:
    if not isinstance(coins, Drawn):
        return list(dict.fromkeys(find_coin(engine, name) for name in coins))
    rows = call.read(
        engine,
        "part.random_coins",
        space=asked.spaces[0],
        face=asked.face,
        n=coins.count,
        seed=coins.seed,
        predicate=asked.where,
    )
    if rows:
        return [row["coin_id"] for row in rows]
    if asked.where != "true":
        raise NotFound("no coin passes the condition, so there is nothing to draw from.")
    raise NotFound(f"no coin has a vector in {asked.spaces[0]} yet; run: coinstore embed {asked.spaces[0]}")


def _answers(engine: Engine, coin_id: int, asked: Asked, trained: dict[str, bool]) -> list[_Found]:
    answers = []
    for kind in asked.kinds:
        for space in asked.spaces:
            question = Question(
                face=asked.face, space=space, k=asked.k, where=asked.where, farthest=kind == "least"
            )
            try:
                answers.append(_Found(space, trained[space], kind, similar(engine, coin_id, question)))
            except NotFound as error:
                answers.append(_Found(space, trained[space], kind, [], error))
    return answers


def _refuse_empty(answers: list[list[_Found]], where: str) -> None:
    """Refuses a sheet without any look-alike; a single coin without one gets a note on the sheet."""
    every = [strip for strips in answers for strip in strips]
    if any(strip.found for strip in every):
        return
    if error := next((strip.error for strip in every if strip.error), None):
        raise error
    if where != "true":
        raise NotFound("no other coin passes the condition, so the sheet would be empty; widen --where.")
    raise NotFound(
        "there is no other coin to compare with, so the sheet would be empty; load and embed more coins."
    )


def _strips(answers: list[_Found], faces: Faces, asked: Asked) -> Iterator[Strip]:
    for one in answers:
        others = [other for other in answers if other.kind == one.kind and other.space != one.space]
        tiles = tuple(
            Tile(
                rank,
                shown(row, faces, asked.first),
                row.similarity,
                row.percentile,
                row.compared,
                tuple(_places(row.coin_id, others)),
            )
            for rank, row in enumerate(one.found, 1)
        )
        yield Strip(one.space, one.trained, one.kind, tiles, _note(one, asked))


def _places(coin_id: int, others: list[_Found]) -> Iterator[str]:
    for other in others:
        for rank, row in enumerate(other.found, 1):
            if row.coin_id == coin_id:
                yield f"{other.space} {rank}"


def _note(one: _Found, asked: Asked) -> str:
    if one.error:
        return str(one.error)
    if one.found:
        return ""
    return (
        "No coin passes the condition."
        if asked.where != "true"
        else "There is no other coin to compare with."
    )


def shown(coin: Any, faces: Faces, first: Face, *, legends: bool = False) -> Shown:
    """A coin as it is drawn, from a row of api.coins or an answer."""
    return Shown(
        coin.coin_id,
        plain(coin.collection),
        plain(coin.inventory_number),
        plain(coin.type or "") or None,
        metadata(coin),
        faces.of(coin.coin_id, first),
        faces.legends(coin.coin_id) if legends else (),
    )


def _title(coins: Sequence[str] | Drawn, blocks: tuple[Block, ...]) -> str:
    if isinstance(coins, Drawn):
        return f"{len(blocks)} coins drawn at random, and their look-alikes"
    if len(blocks) == 1:
        return f"Look-alikes of {blocks[0].coin.inventory_number}, {blocks[0].coin.collection}"
    return f"Look-alikes of {len(blocks)} coins"


def _facts(engine: Engine, coins: Sequence[str] | Drawn, asked: Asked) -> tuple[tuple[str, str], ...]:
    rows = {row["space"]: row for row in call.look(engine, "api.spaces")}
    spaces = [("Space", _about(rows[name])) for name in asked.spaces]
    compared = "both faces, half each" if asked.face == "both" else asked.face
    count = f"the {asked.k} most similar" + (f", and the {asked.k} least similar" if asked.least else "")
    facts = [*spaces, ("Compared", compared), ("Shown", count)]
    if asked.where != "true":
        facts.append(("Condition", plain(asked.where)))
    if isinstance(coins, Drawn):
        passing = "" if asked.where == "true" else ", among coins that pass the condition"
        facts.append(("Chosen", f"{coins.count} at random, seed {coins.seed}{passing}"))
    return tuple(facts)


def _about(space: Any) -> str:
    exact = "by an index" if space["indexed"] else "exact"
    if space["indexed"] and space["recall_at_10"] is not None:
        exact += f" with recall {space['recall_at_10']:.3f}"
    seen = "; unknown which fields of the records it has seen" if space["sees"] is None else ""
    if space["sees"]:
        seen = f"; has seen {', '.join(space['sees'])}"
    trained = "" if space["trained"] else "untrained, "
    sides = f"{space['embedded']:,} of {space['sides']:,} sides"
    return f"{space['space']} ({trained}{space['dims']:,} dimensions, {sides}, {exact}{seen})"


def _warnings(trained: dict[str, bool], faces: Faces) -> tuple[str, ...]:
    # What a space has seen is shown next to its name.
    spaces = [{"space": space, "trained": is_trained, "sees": ()} for space, is_trained in trained.items()]
    said = [text for about in spaces for text in space_warnings(about)]
    if count := faces.thumbnails:
        shown = (
            "1 face is shown as the store's thumbnail"
            if count == 1
            else f"{count} faces are shown as thumbnails"
        )
        said.append(f"{shown}: the photograph could not be read, or is no longer the one that was compared.")
    return tuple(said)

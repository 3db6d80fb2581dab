"""An evaluation: all spaces answer the same queries about the same coins, and the figures are stored.

Memory at n coins of d dimensions: their vectors as float32 (n, d), once, and blocks of similarities.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine

from ..db import call
from ..db.call import Row
from ..db.copy import read_vectors
from ..db.engine import is_replica, snapshot
from ..db.translate import translated
from ..errors import SettingsError, SpaceError
from ..records.labels import value_of
from ..spaces.catalogue import known, refuse_leak
from .breakdown import Failure
from .figures import figures_of_space
from .keep import Found, Shown, Stored
from .ranks import Gallery, rank

Face = Literal["obverse", "reverse", "both"]
SEARCHES = 50  # queries for the recall of the store's own search


@dataclass(frozen=True, slots=True)
class Contestant:
    """A space, compared by one face or by both; `reranked`: its nearest 100 are ordered again."""

    space: str
    face: Face
    reranked: bool = False

    @property
    def name(self) -> str:
        """As it is shown."""
        return f"{self.space} by {self.face}" + ", re-ranked" * self.reranked


@dataclass(frozen=True, slots=True)
class EvaluationRequest:
    """Which figures: each of `spaces` by each of `faces` (`coin`: both together), about each of `labels`.

    A coin that lacks a vector in one of them is left out of all. At most `queries` coins are queries; `seed`
    draws them. `allow_leak` lets spaces in that have seen a label, and marks their figures. With `unseen`
    only coins ask that none of the spaces was learnt from; the others may be their answers. `rerank`
    measures each space a second time, re-ranked as api.search does it.
    """

    spaces: Sequence[str]
    labels: Sequence[str]
    faces: Sequence[Face] = ("obverse",)
    k: int = 10
    queries: int = 5000
    seed: int = 0
    where: str = "true"
    allow_leak: bool = False
    unseen: bool = False
    rerank: bool = False

    @property
    def contestants(self) -> list[Contestant]:
        """Each space by each face, with `rerank` also re-ranked."""
        orders = (False, True) if self.rerank else (False,)
        return [Contestant(space, face, o) for space in self.spaces for face in self.faces for o in orders]


@dataclass(frozen=True, slots=True)
class QueriesStarted:
    """One contestant is to be measured about one label: with this many coins, and this many queries."""

    label: str
    contestant: Contestant
    coins: int
    queries: int


@dataclass(frozen=True, slots=True)
class QueriesAnswered:
    """This many more queries are answered."""

    queries: int


@dataclass(frozen=True, slots=True)
class Evaluated:
    """All is measured, and stored under this number of a run; None: a replica stores nothing.

    `figures`, `differences` and `groups` are the rows of part.evaluation_figures, _differences and _groups.
    `failures`: by label and contestant the queries whose nearest coin of another collection differs.
    """

    run: int | None
    seconds: float
    figures: Sequence[Row]
    differences: Sequence[Row]
    groups: Sequence[Row]
    failures: dict[tuple[str, Contestant], list[Failure]] = field(default_factory=dict)


EvaluationStep = QueriesStarted | QueriesAnswered | Evaluated


def evaluate_spaces(engine: Engine, request: EvaluationRequest) -> Iterator[EvaluationStep]:
    """Measures all figures and stores them; the same coins, vectors and seed give the same figures.

    On a replica the figures are only in the last step.

    Raises NotFound for an unknown space or label; SpaceError for a space that has seen a label, unless
    that is allowed, and if too few coins can be compared; SettingsError for impossible numbers.
    """
    started = time.monotonic()
    _check(engine, request)
    kept = Shown(engine) if is_replica(engine) else Stored(engine, call.run(engine, "job.begin_evaluation"))
    of_the_store: dict[Contestant, list[dict[str, Any]]] = {}  # these do not depend on the label
    failures = {}
    # One snapshot, so that all spaces are compared on the same coins, even if others are loaded meanwhile.
    with translated(), snapshot(engine) as connection:
        for label in request.labels:
            measured = []
            for one in request.contestants:
                measured.append((yield from _measure(connection, request, label, one)))
                failures[label, one] = measured[-1][0].failures
                if one not in of_the_store:
                    of_the_store[one] = [] if one.reranked else _of_the_store(engine, request, one)
            kept.add(measured, [of_the_store[one] for one in request.contestants], request.seed)
    seconds = time.monotonic() - started
    yield Evaluated(kept.run, seconds, kept.figures(), kept.differences(), kept.groups(), failures)


def _check(engine: Engine, request: EvaluationRequest) -> None:
    if not (request.k >= 1 and request.queries >= 2 and 0 <= request.seed < 2**31):
        raise SettingsError(
            "an evaluation needs a k of at least 1, at least 2 queries, and a seed of 0 or more."
        )
    if not (request.spaces and request.labels and request.faces):
        raise SettingsError("an evaluation needs at least one space, one label and one face.")
    for label in request.labels:
        for space in request.spaces:
            known(engine, space)
            refuse_leak(engine, space, label, allow=request.allow_leak, unseen=request.unseen)


def _measure(
    connection: Connection, request: EvaluationRequest, label: str, one: Contestant
) -> Generator[EvaluationStep, None, Found]:
    started = time.monotonic()
    here = call.rows(connection, "part.known_space", space=one.space)[0]
    gallery, numbers = _gather(connection, request, label, one)
    queries = min(request.queries, gallery.askable)
    yield QueriesStarted(label, one, len(gallery.coins), queries)
    blocks = []
    for block in rank(gallery, queries, request.k, again=one.reranked):
        blocks.append(block)
        yield QueriesAnswered(len(block.figures))
    measured = figures_of_space(gallery, blocks, request.seed)
    return measured, {
        "space": one.space,
        "space_id": here["space_id"],
        "face": one.face,
        "reranked": one.reranked,
        "label": label,
        "k": request.k,
        "seed": request.seed,
        "predicate": request.where,
        "coins": len(gallery.coins),
        "label_values": int(gallery.values.max()) + 1,
        "counts": numbers | measured.counts,
        "queries": measured.queries,
        "queries_across": measured.queries_across,
        "sample": measured.sample,
        "by_group": measured.groups,
        "library": f"scikit-learn {version('scikit-learn')}, numpy {np.__version__}",
        "seconds": time.monotonic() - started,
    }


def _gather(
    connection: Connection, request: EvaluationRequest, label: str, one: Contestant
) -> tuple[Gallery, dict[str, int]]:
    """The coins that all contestants can compare, with their vectors in one space; counts of the others."""
    face, all_ = one.face, request.contestants
    found = call.rows(
        connection,
        "job.evaluated_coins",
        label=label,
        face=face,
        spaces=[other.space for other in all_],
        faces=[other.face for other in all_],
        predicate=request.where,
        seed=request.seed,
        unseen=request.unseen,
    )
    meant = [value_of(label, row["label_value"]) for row in found]
    found = [row for row, value in zip(found, meant, strict=True) if value is not None]
    counted = call.rows(connection, "job.labelled_coins", label=label, face=face, predicate=request.where)[0]
    labelled, accepted = counted["labelled"], counted["accepted"]
    coins = np.array([row["coin_id"] for row in found], np.int64)
    known_values = np.array([value for value in meant if value is not None], np.str_)
    names, values = np.unique(known_values, return_inverse=True)
    _refuse_too_little(request, label, labelled, values)
    owners = np.array([row["collection"] for row in found], np.str_)
    museums, collections = np.unique(owners, return_inverse=True)
    rows = _vectors(connection, one, coins)
    learnt = sum(row["is_learnt"] for row in found)
    if learnt == len(coins):
        raise SpaceError(f"all coins that can be compared were learnt from; none is left to ask for {label}.")
    return Gallery(coins, rows, values, names, collections, learnt, museums), {
        **({"learnt": learnt} if request.unseen else {}),
        "placeholder": len(meant) - len(found),
        "accepted": accepted,
        "without_vector": labelled - accepted - len(meant),
    }


def _refuse_too_little(
    request: EvaluationRequest, label: str, labelled: int, values: NDArray[np.int64]
) -> None:
    """Raises SpaceError if the values of the coins that can be compared leave nothing to measure."""
    of = "no coin that passes the condition" if request.where != "true" else "no coin"
    if not labelled:
        raise SpaceError(f"{of} has the label {label}, so there is nothing to measure.")
    all_ = ", ".join(one.name for one in request.contestants if not one.reranked)
    have = (
        f"of {labelled:,} coins that have the label {label}, {len(values):,} have what is compared ({all_})"
    )
    if len(values) < 3 or np.bincount(values).max() < 2:
        raise SpaceError(
            f"{have}, and no two of them share a value, so there is nothing to measure. Other faces or spaces"
            f" may have more; to fill one: coinstore embed {request.spaces[0]}"
        )
    if values.max() == 0:
        raise SpaceError(f"{have}, and all of them have the same value, so there is nothing to distinguish.")


def _vectors(connection: Connection, one: Contestant, coins: NDArray[np.int64]) -> NDArray[np.float32]:
    place = {coin: n for n, coin in enumerate(coins.tolist())}
    rows: NDArray[np.float32] | None = None
    for some, vectors in read_vectors(
        connection, "job.coin_vectors", (one.space, one.face), ("coin_id", "int4")
    ):
        if rows is None:
            rows = np.full((len(coins), vectors.shape[1]), np.nan, np.float32)
        shared = [(n, place[coin]) for n, coin in enumerate(some) if coin in place]
        if shared:
            here, there = zip(*shared, strict=True)
            rows[list(there)] = vectors[list(here)]
    if rows is None or np.isnan(rows).any():  # cannot be: the coins were read in the same snapshot
        raise SpaceError(f"{one.space} has lost vectors meanwhile; run the same command again.")
    return rows


def _of_the_store(engine: Engine, request: EvaluationRequest, one: Contestant) -> list[dict[str, Any]]:
    """The recall of the store's own search, and the stored spread of random pairs."""
    with translated(), engine.begin() as connection:
        searched = call.rows(
            connection,
            "job.measure_search",
            space=one.space,
            face=one.face,
            k=10,
            queries=SEARCHES,
            seed=request.seed,
        )
        spread = call.rows(connection, "job.spread_of", space=one.space, face=one.face)
    return [
        *(
            {"setting": row["setting"], "figure": "search_recall", "value": row["recall"], "n": row["n"]}
            for row in searched
        ),
        *(
            {"setting": "random pairs", "figure": row["figure"], "value": row["value"], "n": row["pairs"]}
            for row in spread
        ),
    ]

"""Building graphs: each coin's nearest neighbours. SQL finds and keeps them; here sessions share the work."""

from __future__ import annotations

import queue
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from sqlalchemy import Connection, Engine

from ..db import call
from ..db.translate import translated
from ..errors import NotFound, SettingsError, SpaceError
from ..parallel import merge
from ..spaces.catalogue import known

GraphFace = Literal["obverse", "reverse", "coin"]

MAX_NEIGHBOURS = 1000
EXACT_COINS = (
    5000  # comparing all with all takes some ten seconds at 512 dimensions; an index pays after that
)
SLICE = 500  # coins of one statement: what a stopped run waits for
TARGET_RECALL = 0.99
MIN_DEPTH, MAX_DEPTH = 40, 1000
COMPARISONS = 200_000_000  # about a minute; an update that needs more is a rebuild


@dataclass(frozen=True, slots=True)
class GraphRequest:
    """Which graph: the `k` nearest neighbours of each coin in `space` by `face`.

    `where` is a predicate over the columns of api.sides (of api.coins for `coin`, which compares both
    faces) that both ends of an edge pass; with `across_collections` a coin's neighbours are those of
    other collections. `exact` compares all with all; None does so up to EXACT_COINS coins.
    """

    space: str
    face: GraphFace = "obverse"
    k: int = 10
    where: str = "true"
    across_collections: bool = False
    exact: bool | None = None

    def __post_init__(self) -> None:
        """Raises SettingsError for a number of neighbours that no graph keeps, and an unknown face."""
        if not 1 <= self.k <= MAX_NEIGHBOURS:
            raise SettingsError(
                f"a graph keeps 1 to {MAX_NEIGHBOURS:,} neighbours of each coin, not {self.k}."
            )
        if self.face not in get_args(GraphFace):
            raise SettingsError(
                f"a graph is of the {', the '.join(get_args(GraphFace))}, not of {self.face!r}."
            )


@dataclass(frozen=True, slots=True)
class CoinsGathered:
    """So many coins are in the graph; of `left_out` there is no vector of the face that is compared."""

    coins: int
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class NeighboursFound:
    """The neighbours of so many coins more were found."""

    coins: int


@dataclass(frozen=True, slots=True)
class GraphBuilt:
    """The graph stands; `recall` is that of the index asked for `depth` coins, on a sample; None and 0 when exact."""

    coins: int
    edges: int
    exact: bool
    recall: float | None
    depth: int
    seconds: float


GraphStep = CoinsGathered | NeighboursFound | GraphBuilt
GraphSteps = Generator[GraphStep, None, None]


def build_graph(
    engine: Engine, name: str, wanted: GraphRequest, *, workers: int = 1, seed: int = 0
) -> Generator[GraphStep, None, None]:
    """Builds a graph, in place of the one of that name in one moment at the end; `workers` sessions share the work.

    Raises NotFound for an unknown space and where fewer than two coins can be compared, SpaceError for
    an impossible name and while another run builds this graph, PredicateError.
    """
    started, space_id = time.monotonic(), known(engine, wanted.space).space_id
    with _alone(engine, name) as connection:
        run = _Run(engine, connection, name, wanted, workers, seed)
        coins = run.gather()
        exact = coins <= EXACT_COINS if wanted.exact is None else wanted.exact
        yield CoinsGathered(coins, run.left_out())
        depth, recall = yield from run.find_all(exact)
        yield run.store(space_id, GraphBuilt(coins, 0, exact, recall, depth, time.monotonic() - started))


def update_graph(engine: Engine, name: str, *, workers: int = 1, seed: int = 0) -> GraphSteps:
    """Brings a graph to what the store holds now: new coins, and the lists that they enter or others left.

    Of an exact graph the edges are those of a rebuild. One by index keeps what its index missed, and the
    recall that was measured when it was built; what is new in it was compared with all.
    Raises NotFound for an unknown graph, and as build_graph does.
    """
    stored = graph_named(engine, name)
    wanted, exact, depth, recall = request_of(stored), stored["exact"], stored["depth"], stored["recall"]
    started, space_id = time.monotonic(), known(engine, wanted.space).space_id
    with _alone(engine, name) as connection:
        run = _Run(engine, connection, name, wanted, workers, seed)
        coins = run.gather()
        yield CoinsGathered(coins, run.left_out())
        plan = call.rows(connection, "job.plan_update", graph=name)[0]
        if not any(plan.values()):  # what was found in it still holds
            yield GraphBuilt(coins, stored["edges"], exact, recall, depth, time.monotonic() - started)
            return
        if not exact and (plan["fresh"] + plan["due"]) * coins > COMPARISONS:
            call.value(connection, "job.expect_all", graph=name)
            depth, recall = yield from run.find_all(exact)
        else:
            connection.commit()
            yield from run.find(depth=0)
            yield from run.merge()
        yield run.store(space_id, GraphBuilt(coins, 0, exact, recall, depth, time.monotonic() - started))


def graph_named(engine: Engine, name: str) -> Any:
    """A graph's row of api.graphs; raises NotFound, with the names of those there are."""
    return named_graph(call.look(engine, "api.graphs"), name)


def named_graph(graphs: Sequence[Any], name: str) -> Any:
    """The one of that name among rows of api.graphs; raises NotFound, with the names of those there are."""
    for row in graphs:
        if row["graph"] == name:
            return row
    there = ", ".join(row["graph"] for row in graphs) or "none yet; run: coinstore graph build SPACE"
    raise NotFound(f"there is no graph {name}; there is: {there}")


def request_of(stored: Any) -> GraphRequest:
    """What a graph was built from, by its row of api.graphs."""
    return GraphRequest(
        stored["space"],
        stored["face"],
        stored["k"],
        stored["predicate"],
        stored["across_collections"],
        stored["exact"],
    )


def drop_graph(engine: Engine, name: str) -> None:
    """Drops a graph with what was found in it; verdicts stay. Raises NotFound."""
    graph_named(engine, name)
    call.run(engine, "job.drop_graph", graph=name)


@contextmanager
def _alone(engine: Engine, name: str) -> Iterator[Connection]:
    """A connection whose session builds this graph, alone."""
    with translated(), engine.connect() as connection:
        if not call.value(connection, "job.lock_graph", graph=name):
            raise SpaceError(f"the graph {name} is being built by another run; wait for it.")
        connection.commit()
        try:
            yield connection
        finally:
            if not connection.closed and not connection.invalidated:
                connection.rollback()
                call.value(connection, "job.drop_work", graph=name)
                call.value(connection, "job.unlock_graph", graph=name)
                connection.commit()


@dataclass(frozen=True, slots=True)
class _Run:
    """One building of a graph, over the tables that it gathered."""

    engine: Engine
    connection: Connection
    name: str
    wanted: GraphRequest
    workers: int
    seed: int

    def gather(self) -> int:
        wanted = self.wanted
        coins: int = call.value(
            self.connection,
            "job.gather_coins",
            graph=self.name,
            space=wanted.space,
            face=wanted.face,
            predicate=wanted.where,
        )
        if coins < 2:
            if wanted.where != "true":
                raise NotFound(
                    f"{coins} coins with a vector in {wanted.space} pass the condition; a graph takes two."
                )
            raise NotFound(
                f"{coins} coins have a vector in {wanted.space} by which to compare them; a graph takes two."
                f" Fill the space with: coinstore embed {wanted.space}"
            )
        self.connection.commit()
        return coins

    def left_out(self) -> int:
        """How many coins that might be in the graph have no vector by which to compare them."""
        found: int = call.value(
            self.connection,
            "job.left_out",
            graph=self.name,
            face=self.wanted.face,
            predicate=self.wanted.where,
        )
        self.connection.commit()
        return found

    def find_all(self, exact: bool) -> Generator[NeighboursFound, None, tuple[int, float | None]]:
        """Finds the neighbours of all coins, exactly or by an index; returns its depth and recall."""
        self.connection.commit()
        if exact:
            yield from self.find(depth=0)
            return 0, None
        call.value(self.connection, "job.index_coins", graph=self.name, face=self.wanted.face)
        self.connection.commit()
        depth, recall = self._deep_enough()
        yield from self.find(depth=depth)
        lacking = call.value(
            self.connection,
            "job.expect_lacking",
            graph=self.name,
            k=self.wanted.k,
            across=self.wanted.across_collections,
        )
        self.connection.commit()
        if lacking:
            yield from self.find(depth=0)
        return depth, recall

    def _deep_enough(self) -> tuple[int, float]:
        depth = max(MIN_DEPTH, 2 * self.wanted.k)
        while True:
            recall: float = call.value(
                self.connection,
                "job.graph_recall",
                graph=self.name,
                **self._asked(),
                depth=depth,
                seed=self.seed,
            )
            self.connection.commit()
            if recall >= TARGET_RECALL or depth >= MAX_DEPTH:
                return depth, recall
            depth = min(depth * 3 // 2, MAX_DEPTH)

    def find(self, *, depth: int) -> Iterator[NeighboursFound]:
        """Finds the neighbours of the coins that are due."""
        return self._shared("job.build_edges", "due", self._asked() | {"depth": depth})

    def merge(self) -> Iterator[NeighboursFound]:
        """Lets new coins into the lists of the others."""
        return self._shared("job.merge_edges", "kept", self._asked())

    def store(self, space_id: int, built: GraphBuilt) -> GraphBuilt:
        edges = call.value(
            self.connection,
            "job.store_graph",
            graph=self.name,
            space=self.wanted.space,
            expected=space_id,
            **self._asked(),
            predicate=self.wanted.where,
            exact=built.exact,
            recall=built.recall,
            depth=built.depth,
            seed=self.seed,
            seconds=built.seconds,
        )
        self.connection.commit()
        return replace(built, edges=edges)

    def _asked(self) -> dict[str, Any]:
        return {"face": self.wanted.face, "k": self.wanted.k, "across": self.wanted.across_collections}

    def _shared(self, function: str, counted: str, asked: dict[str, Any]) -> Iterator[NeighboursFound]:
        slices: queue.SimpleQueue[Any] = queue.SimpleQueue()
        for found in call.rows(self.connection, "job.slices", graph=self.name, size=SLICE):
            slices.put(found)
        self.connection.commit()
        return merge(*(self._work(slices, function, counted, asked) for _ in range(self.workers)))

    def _work(
        self, slices: queue.SimpleQueue[Any], function: str, counted: str, asked: dict[str, Any]
    ) -> Generator[NeighboursFound, None, None]:
        with translated(), self.engine.connect() as connection:
            while True:
                try:
                    part = slices.get_nowait()
                except queue.Empty:
                    return
                if part[counted]:
                    ends = {"from_coin": part["from_coin"], "to_coin": part["to_coin"]}
                    call.value(connection, function, graph=self.name, **asked, **ends)
                    connection.commit()
                    yield NeighboursFound(part[counted])

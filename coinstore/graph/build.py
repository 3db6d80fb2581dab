"""Building graphs: SQL finds and stores each coin's nearest neighbours; here sessions share the work."""

from __future__ import annotations

import queue
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from sqlalchemy import Connection, Engine

from ..db import call
from ..db.engine import interrupt
from ..db.translate import translated
from ..errors import NotFound, SpaceError
from ..parallel import merge
from ..spaces.catalogue import known
from .catalogue import GraphRequest, graph_named, request_of

EXACT_COINS = 5000  # to compare all with all takes some ten seconds at 512 dimensions; above, an index pays
SLICE = 500  # coins of one statement, the longest that a stopped run waits for
TARGET_RECALL = 0.99
MIN_DEPTH, MAX_DEPTH = 20, 1000
COMPARISONS = 200_000_000  # about a minute; an update that needs more rebuilds the graph


@dataclass(frozen=True, slots=True)
class CoinsGathered:
    """This many coins are in the graph; `left_out` more have no vector of the face that is compared."""

    coins: int
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class NeighboursFound:
    """The neighbours of this many more coins are found."""

    coins: int


@dataclass(frozen=True, slots=True)
class GraphBuilt:
    """The graph is stored. `recall` is that of the index at `depth`, on a sample; None and 0 if exact."""

    coins: int
    edges: int
    exact: bool
    recall: float | None
    depth: int
    seconds: float


GraphStep = CoinsGathered | NeighboursFound | GraphBuilt
GraphSteps = Generator[GraphStep, None, None]


def build_graph(
    engine: Engine, name: str, request: GraphRequest, *, workers: int = 1, seed: int = 0
) -> GraphSteps:
    """Builds a graph and stores it at the end, in one transaction, in place of the one of that name.

    `workers` sessions share the work. Raises NotFound for an unknown space and if fewer than two coins
    can be compared, SpaceError for an impossible name and while another run builds this graph,
    PredicateError for a `where` that is not a condition.
    """
    started, space_id = time.monotonic(), known(engine, request.space).space_id
    with _only_builder(engine, name) as connection:
        run = _Run(engine, connection, name, request, workers, seed)
        coins = run.gather()
        exact = coins <= EXACT_COINS if request.exact is None else request.exact
        yield CoinsGathered(coins, run.left_out())
        depth, recall = yield from run.find_all(exact)
        yield run.store(space_id, GraphBuilt(coins, 0, exact, recall, depth, time.monotonic() - started))


def update_graph(engine: Engine, name: str, *, workers: int = 1, seed: int = 0) -> GraphSteps:
    """Adds the coins that are new in the store, removes those that left it, and corrects the lists of others.

    The edges of an exact graph are then those of a rebuild. A graph by index keeps what its index missed,
    and the recall measured when it was built; its new coins are compared with all. Raises NotFound for an
    unknown graph, and the errors of build_graph.
    """
    stored = graph_named(engine, name)
    request, exact, depth, recall = request_of(stored), stored["exact"], stored["depth"], stored["recall"]
    started, space_id = time.monotonic(), known(engine, request.space).space_id
    with _only_builder(engine, name) as connection:
        run = _Run(engine, connection, name, request, workers, seed)
        coins = run.gather()
        yield CoinsGathered(coins, run.left_out())
        plan = call.rows(connection, "job.plan_update", graph=name)[0]
        if not any(plan.values()):  # nothing changed, so the results of its analysis stay
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


@contextmanager
def _only_builder(engine: Engine, name: str) -> Iterator[Connection]:
    """A connection whose session is the only one that builds this graph."""
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


def _too_few(coins: int, request: GraphRequest) -> str:
    if request.where != "true":
        return f"coins with a vector in {request.space} that pass the condition: {coins}; a graph needs two."
    return (
        f"coins that have a vector in {request.space} to compare: {coins}; a graph needs two."
        f" Fill the space with: coinstore embed {request.space}"
    )


@dataclass(frozen=True, slots=True)
class _Run:
    """One run that builds a graph, in its own work tables."""

    engine: Engine
    connection: Connection
    name: str
    request: GraphRequest
    workers: int
    seed: int

    def gather(self) -> int:
        request = self.request
        coins: int = call.value(
            self.connection,
            "job.gather_coins",
            graph=self.name,
            space=request.space,
            face=request.face,
            predicate=request.where,
        )
        if coins < 2:
            raise NotFound(_too_few(coins, request))
        self.connection.commit()
        return coins

    def left_out(self) -> int:
        """The number of coins that would be in the graph if they had a vector."""
        found: int = call.value(
            self.connection,
            "job.left_out",
            graph=self.name,
            face=self.request.face,
            predicate=self.request.where,
        )
        self.connection.commit()
        return found

    def find_all(self, exact: bool) -> Generator[NeighboursFound, None, tuple[int, float | None]]:
        """Finds the neighbours of all coins, exactly or by an index; returns the index's depth and recall."""
        self.connection.commit()
        if exact:
            yield from self.find(depth=0)
            return 0, None
        call.value(self.connection, "job.index_coins", graph=self.name, face=self.request.face)
        self.connection.commit()
        depth, recall = self._deep_enough()
        yield from self.find(depth=depth)
        lacking = call.value(
            self.connection,
            "job.expect_lacking",
            graph=self.name,
            k=self.request.k,
            across=self.request.across_collections,
        )
        self.connection.commit()
        if lacking:
            yield from self.find(depth=0)
        return depth, recall

    def _deep_enough(self) -> tuple[int, float]:
        depth = max(MIN_DEPTH, 2 * self.request.k)
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
        """Enters new coins in the lists of the others."""
        return self._shared("job.merge_edges", "kept", self._asked())

    def store(self, space_id: int, built: GraphBuilt) -> GraphBuilt:
        edges = call.value(
            self.connection,
            "job.store_graph",
            graph=self.name,
            space=self.request.space,
            expected=space_id,
            **self._asked(),
            predicate=self.request.where,
            exact=built.exact,
            recall=built.recall,
            depth=built.depth,
            seed=self.seed,
            seconds=built.seconds,
        )
        self.connection.commit()
        return replace(built, edges=edges)

    def _asked(self) -> dict[str, Any]:
        return {"face": self.request.face, "k": self.request.k, "across": self.request.across_collections}

    def _shared(self, function: str, counted: str, asked: dict[str, Any]) -> Iterator[NeighboursFound]:
        slices: queue.SimpleQueue[Any] = queue.SimpleQueue()
        for found in call.rows(self.connection, "job.slices", graph=self.name, size=SLICE):
            slices.put(found)
        self.connection.commit()
        work = (self._work(slices, function, counted, asked) for _ in range(self.workers))
        return merge(*work, stop=partial(interrupt, self.engine))

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

"""Fills a store for the benchmark of the million: coins and edges by SQL, vectors by binary COPY."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from sqlalchemy import Connection, Engine, text

from coinstore.db import call
from coinstore.db.copy import copy_vectors

DIMS, BLOCK, LATENT = 512, 20_000, 24
HERE = Path(__file__).parent


def types_of(coins: int) -> int:
    """How many types there are: 5,000 for a million coins."""
    return max(50, coins // 200)


def fill(store: Engine, coins: int) -> None:
    """Coins, vectors of their obverses in a space `look`, and a graph of ten neighbours each; no index."""
    with store.begin() as c:
        _run(c, "million_coins.sql", coins)
    with store.begin() as c:
        call.value(c, "job.add_space", name="look", recipe="{}", dims=DIMS)
        for start, vectors in _vectors(coins):
            copy_vectors(c, "look", "half", range(start, start + len(vectors)), vectors)
    _analyze(store)
    with store.begin() as c:
        call.value(c, "job.compare_fingerprints")
        call.value(c, "job.sample_spread", space="look")
        _run(c, "million_graph.sql", coins)
    _analyze(store)


def _run(c: Connection, file: str, coins: int) -> None:
    script = (HERE / file).read_text(encoding="utf-8")
    script = script.replace("{coins}", str(coins)).replace("{types}", str(types_of(coins)))
    c.exec_driver_sql(script.replace("%", "%%"))


def _analyze(store: Engine) -> None:
    with store.execution_options(isolation_level="AUTOCOMMIT").connect() as c:
        c.execute(text("vacuum analyze"))


def _vectors(coins: int) -> Iterator[tuple[int, np.ndarray]]:
    """Blocks of unit vectors around the centre of their type, each with its first side."""
    rng = np.random.default_rng(0)
    types = types_of(coins)
    centres = rng.normal(size=(types, LATENT)).astype(np.float32)
    spread = rng.normal(size=(LATENT, DIMS)).astype(np.float32)
    for start in range(1, coins + 1, BLOCK):
        sides = np.arange(start, min(start + BLOCK, coins + 1))
        latent = centres[sides * 7919 % types] + 0.6 * rng.standard_normal((len(sides), LATENT), np.float32)
        vectors = latent @ spread + 0.1 * rng.standard_normal((len(sides), DIMS), np.float32)
        yield start, vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

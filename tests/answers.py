"""What a store answers about the vectors of a space: the same on one server, with vectors apart, and with Citus."""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from sqlalchemy import Engine, text

import coinstore
from coinstore.db import call
from coinstore.db.copy import copy_vectors
from coinstore.records.coin import Coin
from coinstore.records.load import load

N = 120

# Read with a reader's rights; {coin} is a coin, {space} the space.
QUERIES = {
    "similar": "select * from api.similar_{space}({coin}) where weight_g > 3 order by distance, side_id limit 30",
    "similar to a vector": "select * from api.similar_{space}((select part.vector_{space}({coin}, 'reverse')), "
    "'reverse') order by distance, side_id limit 30",
    "similar, exact": "select * from part.similar_{space}_exact({coin}, 'reverse') order by distance, side_id",
    "similar coins": "select * from api.similar_coins_{space}({coin}, 0.3) order by distance, coin_id",
    "vectors": "select side_id, embedding::text from api.embedding_{space} order by side_id",
    "vectors of coins": "select side_id, coin_id, face from part.vectors_{space} order by side_id",
    "search": "select * from api.search('{space}', {coin})",
    "search, few": "select * from api.search('{space}', {coin}, 'reverse', 5, $$weight_g < 3$$)",
    "search, of sides": "select * from api.search('{space}', {coin}, 'obverse', 5, $$legend like '%1'$$)",
    "search, all": "select * from api.search('{space}', {coin}, k => 100000)",
    "search, farthest": "select * from api.search('{space}', {coin}, farthest => true)",
    "search, both": "select * from api.search('{space}', {coin}, 'both', predicate => $$mint = 'Rome'$$)",
    "search, both, farthest": "select * from api.search('{space}', {coin}, 'both', farthest => true)",
    "search, several": 'select * from api.search(part.parts_of_coin({coin}, \'{{"{space}": 1, "{other}": 2}}\', '
    "'{{\"obverse\": 1, \"reverse\": 1}}'), 10, 'true', false, {coin})",
    "sweep": "select * from api.threshold_sweep('{space}', 'both', 60)",
    "pairs": "select * from api.edges_above('{space}', 'obverse', 0.2) order by 1, 2",
    "spaces": "select space, dims, sides, embedded, faults, indexed, made_of, similarity_p01, collapsed"
    " from api.spaces order by space",
    "coverage": "select * from part.coverage where space = '{space}'",
    "queue": "select * from part.queue order by stage, space",
    "random coins": "select * from part.random_coins('{space}', 'both', 12)",
    "samples": "select space, face, seed, pairs, knots, shares from part.spread where space = '{space}'",
}


def some_coins(n_coins: int, random: np.random.Generator) -> list[Coin]:
    """Coins of three museums with both faces; every tenth has no reverse."""
    return [
        Coin(
            place=str(n),
            raw={},
            collection=f"Museum {n % 3}",
            inventory_number=f"{n:05}",
            fields={"weight_g": float(random.uniform(1, 10)), "mint": "Rome" if n % 2 else "Ostia"},
            sides={"obverse": {"legend": f"L{n}"}}
            | ({} if n % 10 == 0 else {"reverse": {"legend": f"R{n}"}}),
        )
        for n in range(n_coins)
    ]


def fill(store: Engine, n_coins: int = N, dims: int = 16) -> None:
    """N coins, every tenth without a reverse, and two spaces."""
    random = np.random.default_rng(0)
    list(load(store, "/a", some_coins(n_coins, random)))
    for name, size, precision in (("tiny", dims, "half"), ("other", 8, "single")):
        with store.begin() as c:
            call.value(c, "job.add_space", name=name, recipe="{}", dims=size, precision=precision)
            ids = list(c.execute(text("select side_id from core.side order by side_id")).scalars())
            vectors = random.normal(size=(len(ids), size)).astype(np.float16).astype(np.float32)
            copy_vectors(c, name, precision, ids, vectors)
            call.value(c, "job.settle_space", space=name)


@dataclass(frozen=True)
class Asked:
    """What is asked about: a space, another one, a coin, and a predicate that keeps graphs small.

    `times`: each query is asked this often, and its median seconds are kept.
    """

    space: str = "tiny"
    other: str = "other"
    coin: int = 4
    where: str = "true"
    times: int = 1
    skip: tuple[str, ...] = ()


def answers(store: coinstore.Store, folder: Path, asked: Asked = Asked()) -> dict[str, Any]:
    """All that is compared, by name, with the seconds that each took under `seconds`."""
    found: dict[str, Any] = {}
    seconds: dict[str, float] = {}

    def ask(name: str, question: Callable[[], Any], times: int = 1) -> None:
        taken = []
        for _ in range(times if name not in asked.skip else 0):
            started = time.perf_counter()
            found[name] = question()
            taken.append(time.perf_counter() - started)
        if taken:
            seconds[name] = median(taken)

    for name, query in QUERIES.items():
        said = query.format(space=asked.space, other=asked.other, coin=asked.coin)
        ask(name, lambda said=said: store.sql(said).to_dicts(), asked.times)
    for name, job in (("graph", graph), ("map", on_map), ("figures", figures), ("derived", derived)):
        ask(name, lambda job=job: job(store, asked))
    ask("exported", lambda: exported(store, asked.space, folder))
    ask("check", lambda: store.check().to_dicts())
    ask("fingerprint", lambda: call.run(store.engine, "job.fingerprint", space=asked.space))
    return found | {"seconds": seconds}


def graph(store: coinstore.Store, asked: Asked) -> Any:
    """The edges of graphs of one face and of both, and what checking them says; the graphs are dropped again."""
    rows = []
    for face in ("obverse", "both"):
        store.graphs.build(asked.space, "asked", face=face, k=5, where=asked.where, exact=True)
        rows += store.sql("select * from api.edges where graph = 'asked' order by coin_id, rank").to_dicts()
        rows += store.check().to_dicts()
        store.graphs.drop("asked")
    return rows


def on_map(store: coinstore.Store, asked: Asked) -> Any:
    """The points of a map, which is dropped again."""
    store.maps.build(asked.space, "asked", method="pca", face="both")
    rows = [(row["coin_id"], round(row["x"], 6), round(row["y"], 6)) for row in store.map("asked").to_dicts()]
    store.maps.drop("asked")
    return sorted(rows)


def figures(store: coinstore.Store, asked: Asked) -> Any:
    """The figures of an evaluation, without the seconds of its searches."""
    rows = store.evaluate(
        asked.space, "mint", face=["obverse", "both"], queries=20, allow_leak=True
    ).to_dicts()
    return [
        {
            key: value
            for key, value in row.items()
            if key not in ("run", "evaluation_id", "made_at", "seconds")
        }
        for row in rows
        if "ms" not in str(row["figure"])
    ]


def derived(store: coinstore.Store, asked: Asked) -> Any:
    """The vectors of a space that is derived from this one, and is dropped again."""
    store.spaces.derive("asked", asked.space, centre="collection", whiten=4)
    store.embed("asked")
    rows = store.sql("select side_id, embedding::text from api.embedding_asked order by 1").to_dicts()
    store.spaces.drop("asked")
    return [
        (row["side_id"], np.fromstring(row["embedding"][1:-1], sep=",").round(2).tolist()) for row in rows
    ]


def exported(store: coinstore.Store, space: str, folder: Path) -> Any:
    """The rows and bytes of the files that an export writes."""
    files = folder / "vectors.npy", folder / "names.txt"
    count = store.spaces.export_vectors(space, *files)
    return count, [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]


def differences(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """The names of the answers that differ, except for the seconds."""
    return [name for name in one if name != "seconds" and one[name] != other[name]]


def contract(store: coinstore.Store, space: str) -> list[Any]:
    """Each view and function of a space: its columns or signature, its owner, its rights and its comment."""
    query = r"""
        select 'function', p.oid::regprocedure::text, pg_get_function_arguments(p.oid),
               pg_get_function_result(p.oid), p.prosecdef, p.proowner::regrole::text, p.proacl::text,
               obj_description(p.oid, 'pg_proc')
        from pg_proc p where p.pronamespace in ('api'::regnamespace, 'part'::regnamespace)
                         and p.proname ~ ('_' || :space || '(_exact)?$')
        union all
        select 'view', c.oid::regclass::text,
               (select string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
                                  || coalesce(': ' || col_description(c.oid, a.attnum), ''), ', ' order by a.attnum)
                from pg_attribute a where a.attrelid = c.oid and a.attnum > 0),
               '', false, c.relowner::regrole::text, c.relacl::text, obj_description(c.oid, 'pg_class')
        from pg_class c where c.relnamespace in ('api'::regnamespace, 'part'::regnamespace) and c.relkind = 'v'
                          and c.relname ~ ('_' || :space || '$')
        order by 1, 2, 3"""
    with store.engine.begin() as connection:
        return [tuple(row) for row in connection.execute(text(query), {"space": space}).all()]

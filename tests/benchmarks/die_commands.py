"""Seconds of the commands of a die study, on a store that die_store.py fills."""

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from die_store import DUE_COINS, RECIPE
from scratch import timed
from sqlalchemy import Engine, text

from coinstore.db import call
from coinstore.dies.match import BATCH
from coinstore.dies.plan import PairsAsked, plan
from coinstore.dies.queue import pairs_to_judge
from coinstore.running.status import status
from coinstore.store import Store

STORED_PAIRS = 20_000
DUE = PairsAsked(faces=["obverse"], where="mint = 'Olynthus'")
PAIRS = DUE_COINS * (DUE_COINS - 1) // 2
STORED = """
    select jsonb_agg(to_jsonb(m) || jsonb_build_object('side_id', d.side_id, 'other_id', d.other_id))
    from unnest((:sides)::int[], (:others)::int[]) d (side_id, other_id)
    cross join (select * from core.match limit 1) m
"""


def commands(store: Engine) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Each command and what it calls, in an order in which each finds what it needs."""
    opened = Store(store)
    matches, dies = opened.matches, opened.dies
    yield "dies group", lambda: dies.group("groups")
    yield "dies list", dies.list
    yield "dies", lambda: call.read(store, "api.die_statistics", by_type=False)
    yield "dies --by type", lambda: call.read(store, "api.die_statistics", by_type=True)
    yield "dies show", lambda: dies.show("groups")
    yield "dies table", lambda: dies.table("groups")
    yield "dies sequence", lambda: dies.sequence("groups")
    yield "dies chart", lambda: _chart(opened)
    yield "dies contradictions", dies.contradictions
    yield "match list", lambda: matches.list(0.5, limit=40)
    yield "match list --where", lambda: matches.list(0.5, "mint = 'Olynthus'", 40)
    yield "match queue", lambda: matches.queue(50)
    yield "match calibrate", lambda: matches.calibrate("A. Curator", is_forced=True)
    yield "graph verdict", lambda: _verdict(store)
    yield "Review: the next pairs", lambda: pairs_to_judge(store, 60)
    yield "Review: for a reader's login", lambda: call.read(store, "part.matches_to_judge", at_most=60)
    yield "Review: edges", lambda: call.read(store, "part.edges_to_judge", at_most=60)
    yield "page of a coin: its matches", lambda: call.read(store, "part.browse_matches", coin=5000)
    yield "sheet --matches, of 100 coins", lambda: _of_pairs(store)
    yield "status", lambda: status(store)
    yield "match GRAPH, nothing to do", partial(plan, store, PairsAsked(graph="look_obverse"))
    yield f"match --all of {DUE_COINS} coins: plan", partial(plan, store, DUE)
    yield (
        f"match --all: store {STORED_PAIRS:,} pairs",
        lambda: _claim(store, is_stored=True, most=STORED_PAIRS),
    )
    yield "match --all: plan again", partial(plan, store, DUE)
    yield "match --all: claim the others", lambda: _claim(store, is_stored=False)


def table(store: Engine) -> dict[str, float]:
    """The seconds of each command."""
    return {name: timed(called) for name, called in commands(store)}


def _chart(opened: Store) -> None:
    with TemporaryDirectory() as folder:
        opened.dies.chart("groups", Path(folder) / "chart.html")


def _verdict(store: Engine) -> None:
    pair = {"coin": 1, "neighbour": 2, "face": "obverse"}
    call.run(store, "job.store_verdict", **pair, said_by="C. Curator", verdict="same die", note=None)
    call.read(store, "part.verdicts_of_pair", **pair)


def _of_pairs(store: Engine) -> None:
    edges = "select coin_id, neighbour_id from core.edge where coin_id <= 100"
    with store.connect() as c:
        coins, neighbours = (list(ends) for ends in zip(*c.execute(text(edges)).all(), strict=True))
    call.read(store, "part.matches_of_pairs", coins=coins, neighbours=neighbours)


def _claim(store: Engine, *, is_stored: bool, most: int = PAIRS) -> None:
    """Claims pairs in batches and stores matches, or only notes that the pairs cannot be compared."""
    done = 0
    while done < most:
        with call.transaction(store) as c:
            pairs = call.rows(c, "job.claim_matches", at_most=BATCH)
            if not pairs:
                return
            batch = json.dumps([dict(pair) for pair in pairs])
            if is_stored:
                ends = {"sides": [p["side_id"] for p in pairs], "others": [p["other_id"] for p in pairs]}
                batch = json.dumps(c.execute(text(STORED), ends).scalar_one())
            recipe = call.value(c, "job.match_recipe", parameters=RECIPE)
            call.value(c, "job.store_matches", recipe=recipe, batch=batch)
            done += len(pairs)

"""With many matches each is looked up once: what is read grows with the matches, not with their square."""

import json
from collections.abc import Callable
from itertools import combinations
from typing import Any

import pytest
from judged import add_coins, add_matches, of_odds
from sqlalchemy import Connection, Engine, text

from coinstore.db import call
from coinstore.dies.plan import PARAMETERS
from coinstore.store import Store

COINS = 120
PAIRS = COINS * (COINS - 1) // 2
READ = """
    select coalesce(sum(seq_tup_read + idx_tup_fetch), 0) from pg_stat_xact_user_tables
    where schemaname = 'core' and relname in ('match', 'side', 'outline', 'coin', 'coin_type')
"""
LOOK_UPS = "select idx_scan from pg_stat_xact_user_tables where schemaname = 'core' and relname = 'match'"


@pytest.fixture
def matches(store: Engine) -> Store:
    """All pairs of the obverses but those of the last coin; three coins in a row are of one die."""
    add_coins(store, COINS)
    pairs = list(combinations(range(1, COINS), 2))
    add_matches(store, {(a, b): of_odds(3 if a // 3 == b // 3 else -3) for a, b in pairs})
    with store.begin() as c:
        c.execute(text("analyze"))
    return Store(store)


def read_by(store: Engine, work: Callable[[Connection], Any], what: str = READ) -> int:
    """How many rows are read by some work in one transaction."""
    with store.begin() as c:
        before = c.execute(text(what)).scalar_one()
        work(c)
        return int(c.execute(text(what)).scalar_one() - before)


def test_pairs_of_an_interrupted_run_are_planned_again_by_a_look_up_each(matches: Store) -> None:
    given = {"parameters": json.dumps(PARAMETERS.recipe()), "faces": ["obverse"], "most": PAIRS}

    def plan(c: Connection) -> None:
        [row] = call.rows(c, "job.plan_matches", **given)
        assert (row["pairs_count"], row["due"]) == (PAIRS, COINS - 1)

    assert read_by(matches.engine, plan, LOOK_UPS) == PAIRS
    assert read_by(matches.engine, plan) < 10 * PAIRS


@pytest.mark.parametrize(
    ("function", "given"),
    [
        ("part.probable_matches", {"lowest": 0}),
        ("part.probable_matches", {"lowest": 0, "predicate": "coin_id > 0", "at_most": 40}),
        ("part.matches_to_judge", {"at_most": 40}),
    ],
)
def test_matches_are_listed_in_one_pass(matches: Store, function: str, given: dict[str, Any]) -> None:
    rows = []

    def listed(c: Connection) -> None:
        rows[:] = call.rows(c, function, **given)

    count = read_by(matches.engine, listed)
    assert count < 10 * PAIRS
    assert rows


def test_the_best_coin_of_each_die_is_found_among_its_own_matches(matches: Store) -> None:
    matches.dies.group("trial")
    dies = [
        row["die_id"] for row in matches.sql("select distinct die_id from api.dies where study = 'trial'")
    ]
    count = read_by(matches.engine, lambda c: call.rows(c, "part.best_sides", study="trial", dies=dies))
    assert count < 10 * PAIRS


def test_matches_of_some_pairs_are_looked_up_by_their_key(matches: Store) -> None:
    pairs = {"coins": [1, 9, 30], "neighbours": [2, 80, 31]}
    rows = []

    def looked_up(c: Connection) -> None:
        rows[:] = call.rows(c, "part.matches_of_pairs", **pairs)

    assert read_by(matches.engine, looked_up) < PAIRS / 10
    assert [(row["coin_id"], row["neighbour_id"]) for row in rows] == [(1, 2), (9, 80), (30, 31)]

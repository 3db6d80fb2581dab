"""Die statistics: examples from the literature, simulations of each model, and mintages whose dies are known.

Verified literature: Carter's formula in its three pieces and Esty 2011's estimate by what the SILVER database
(Royal Library of Belgium, silver.kbr.be, CC BY 4.0) prints for published die studies; the limits of the coverage by
Lyon 1989, appendix, example 1. What SILVER prints as kilograms is Carter's number × 20,000 × the median weight.
Everything about the intervals of Carter and of Esty 2011, which are derived here, is simulated.
"""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from coinstore.db import call, engine
from coinstore.records.coin import Coin, TypeClaim
from coinstore.records.load import load
from coinstore.synthetic import Mintage

PUBLISHED = [  # study, coins, dies, median weight in g, kilograms of silver
    ("Seltman 1924: Athens, tetradrachms", 430, 235, 17.15, 143_981),
    ("Sutherland 1970: Ephesus, cistophori of Augustus", 326, 201, 12.00, 101_350),
    ("Tselekas 1996: Acanthus, diobols", 27, 19, 0.90, 920),
    ("Kleiner and Noe 1977: Sardis, cistophori", 55, 22, 12.70, 7_788),
    ("Thompson 1983: Sardis, tetradrachms of Alexander", 172, 48, 17.10, 19_689),
    ("Callatis, tetradrachms of Alexander", 49, 9, 17.10, 3_369),
]


def value(store: Engine, function: str, **arguments: object) -> float:
    [row] = call.read(store, function, **arguments)
    return next(iter(row.values()))


@pytest.mark.parametrize(
    ("study", "coins", "dies", "weight_g", "silver_kg"), PUBLISHED, ids=lambda v: str(v)[:12]
)
def test_carter_as_published(
    store: Engine, study: str, coins: int, dies: int, weight_g: float, silver_kg: int
) -> None:
    found = value(store, "part.carter_dies", coins=coins, dies=dies)
    # It prints the number with two decimals, and computes further with these.
    assert round(found, 2) * 20_000 * weight_g / 1000 == pytest.approx(silver_kg, abs=0.51), study


def test_the_staters_of_naxos_as_published(store: Engine) -> None:
    """SILVER on Naxos: 19 coins, 8 dies, 3 singletons; Carter 11.49, Esty 2011 13.82, coverage 84.21%."""
    assert value(store, "part.carter_dies", coins=19, dies=8) == pytest.approx(11.49, abs=0.005)
    assert value(store, "part.geometric_dies", coins=19, dies=8) == pytest.approx(13.82, abs=0.005)
    assert value(store, "api.die_coverage", coins=19, singletons=3, doubletons=2) == pytest.approx(
        0.8421, abs=0.00005
    )


def test_the_limits_of_the_coverage_as_published(store: Engine) -> None:
    """Lyon 1989, example 1: 100 coins, 62 dies, d1 36, d2 18, d3 7; his formula (3) gives 96 dies, 77 to 126."""
    [row] = call.read(store, "api.die_coverage", coins=100, singletons=36, doubletons=18)
    dies = 62 + 36 * (36 + 18) / (2 * 18 + 3 * 7)
    limits = [dies * row["coverage"] / row[name] for name in ("coverage_high", "coverage_low")]
    assert [math.floor(each) for each in (dies, *limits)] == [96, 77, 126]
    assert row["coverage"] == pytest.approx(0.64)


@settings(max_examples=60)
@given(st.integers(1, 3000), st.data())
def test_what_no_estimate_may_do(template: str, coins: int, data: st.DataObject) -> None:
    dies = data.draw(st.integers(1, coins))
    singletons = data.draw(st.integers(max(0, 2 * dies - coins), dies if dies == coins else dies - 1))
    doubletons = data.draw(st.integers(0, dies - singletons))
    for row in estimates(template, [(coins, dies, singletons, doubletons)]):
        assert row["low"] >= dies - 1e-9
        if row["estimate"] is None:
            assert coins in (dies, singletons)
            continue
        assert row["estimate"] >= dies - 1e-9
        assert row["low"] <= row["estimate"] + 1e-9
        assert row["high"] is None or row["high"] >= row["estimate"] - 1e-9
        if row["method"] == "Esty 2006":
            assert row["estimate"] == pytest.approx(dies / (1 - singletons / coins))


def test_carter_is_not_below_the_dies_seen_nor_outside_the_interval(template: str) -> None:
    found = estimates(template, [(200, 9, 0, 0), (1000, 9, 0, 0)])
    mine = [row for row in found if row["method"] == "Carter 1983"]
    assert len(mine) == 2 and all(row["low"] == row["estimate"] == 9 <= row["high"] for row in mine)


def estimates(url: str, samples: list[tuple[int, int, int, int]]) -> list[dict]:
    made = engine.connect(url)
    try:
        with made.connect() as c:
            rows = c.execute(
                text(
                    "select i, m.* from unnest(cast(:i as int[]), cast(:n as int[]), cast(:d as int[]), cast(:a as int[]),"
                    " cast(:b as int[])) s (i, n, d, a, b), lateral api.die_estimates(n, d, a, b) m"
                ),
                {"i": list(range(len(samples)))} | {k: [s[p] for s in samples] for p, k in enumerate("ndab")},
            )
            return [dict(row) for row in rows.mappings()]
    finally:
        made.dispose()  # no session may remain on the template


def sample(rng: np.random.Generator, dies: int, coins: int, shape: float | None) -> tuple[int, int, int, int]:
    """Coins drawn from dies whose output follows gamma(shape), or is equal for None: n, d, d1, d2."""
    output = np.ones(dies) if shape is None else rng.gamma(shape, size=dies)
    seen = np.bincount(rng.choice(dies, coins, p=output / output.sum()), minlength=dies)
    return coins, int((seen > 0).sum()), int((seen == 1).sum()), int((seen == 2).sum())


@pytest.mark.parametrize(("method", "shape"), [("Carter 1983", 2), ("Esty 2006", None), ("Esty 2011", 1)])
@pytest.mark.parametrize(("dies", "coins"), [(60, 60), (60, 180), (200, 100), (200, 400)])
def test_intervals_hold_the_truth_under_their_own_model(
    template: str, method: str, shape: float | None, dies: int, coins: int
) -> None:
    """Each 95% interval contains the true number in 90 to 99% of 400 simulated samples of its model."""
    rng = np.random.default_rng([dies, coins, 7])
    rows = estimates(template, [sample(rng, dies, coins, shape) for _ in range(400)])
    mine = [row for row in rows if row["method"] == method]
    held = [row["low"] <= dies + 1e-9 and (row["high"] is None or row["high"] >= dies - 1e-9) for row in mine]
    assert len(mine) == 400 and 0.9 <= np.mean(held) <= 0.99
    assert np.median([row["estimate"] for row in mine]) == pytest.approx(dies, rel=0.1)


def test_the_error_is_that_of_simulated_samples(template: str) -> None:
    rng = np.random.default_rng(3)
    for method, shape in (("Carter 1983", 2), ("Esty 2011", 1)):
        rows = estimates(template, [sample(rng, 200, 500, shape) for _ in range(600)])
        mine = [row for row in rows if row["method"] == method]
        said = np.median([row["standard_error"] for row in mine])
        assert np.std([row["estimate"] for row in mine]) == pytest.approx(said, rel=0.12), method


def struck(seed: int, dies: int, coins: int) -> list[Coin]:
    """Coins of the demo's generator: one type, `dies` dies for each face, all equally likely."""
    mintage = Mintage(seed=seed, types=1, dies=dies)
    found = []
    for coin in map(mintage.coin, range(coins)):
        sides = {"obverse": {"die": coin.obverse_die}}
        if coin.reverse_die:
            sides["reverse"] = {"die": coin.reverse_die}
        found.append(
            Coin(
                str(coin.index),
                {},
                f"seed {seed}",
                coin.inventory_number,
                sides=sides,
                types=(TypeClaim(coin.type),),
            )
        )
    return found


def test_the_dies_of_a_mintage_are_estimated(store: Engine) -> None:
    """Twenty mintages of 40 equally used dies, 70 coins each: the case that Esty 2006 is made for."""
    for seed in range(20):
        list(load(store, f"/study {seed}", struck(seed, 40, 70)))
    rows = call.read(store, "api.die_statistics")
    assert len(rows) == 40 and all(row["type"] is None for row in rows)
    held = [row["esty_2006_low"] <= 40 <= row["esty_2006_high"] for row in rows]
    assert sum(held) >= 34, "of forty intervals of 95%"
    for row in rows:
        assert row["coins"] == (70 if row["face"] == "obverse" else 67)  # every 24th is uniface
        assert row["coins_per_die"] == pytest.approx(row["coins"] / row["dies"])
        assert row["caution"] == "fewer than 3 coins a die: with care" or row["coins"] < 2 * row["dies"]


def test_statistics_links_and_the_undecided(store: Engine) -> None:
    dies = [("A", "1"), ("A", "1"), ("A", "2"), ("B", "2"), ("C", "3"), ("C", None)]
    coins = [
        Coin(
            str(n),
            {},
            "M",
            str(n),
            types=(TypeClaim("one" if n < 3 else "two"),),
            sides={"obverse": {"die": o}} | ({"reverse": {"die": r}} if r else {}),
        )
        for n, (o, r) in enumerate(dies)
    ]
    list(load(store, "/study", coins))
    [obverse, reverse] = call.read(store, "api.die_statistics")
    assert [obverse[name] for name in ("coins", "dies", "singletons", "doubletons", "undecided")] == [
        6,
        3,
        1,
        1,
        0,
    ]
    assert [reverse[name] for name in ("coins", "dies", "singletons", "doubletons")] == [5, 3, 1, 2]
    by_type = call.read(store, "api.die_statistics", by_type=True)
    assert [(row["type"], row["face"], row["coins"], row["dies"]) for row in by_type] == [
        ("one", "obverse", 3, 1),
        ("one", "reverse", 3, 2),
        ("two", "obverse", 3, 2),
        ("two", "reverse", 2, 2),
    ]
    assert by_type[3]["caution"] == "no die recurs: there is no estimate" and by_type[3]["carter"] is None
    assert by_type[3]["esty_2011"] is None and by_type[3]["esty_2011_high"] is None
    links = {
        (row["obverse_die"], row["reverse_die"]): row["coins"]
        for row in call.look(store, "api.die_combinations")
    }
    assert links == {("A", "1"): 2, ("A", "2"): 1, ("B", "2"): 1, ("C", "3"): 1}
    with store.begin() as c:
        c.execute(
            text(
                "insert into core.side_die select d.side_id, (select die_id from core.die where name = 'B')"
                " from api.dies d join api.coins using (coin_id) where inventory_number = '0' and d.face = 'obverse'"
            )
        )
    obverse = call.read(store, "api.die_statistics")[0]
    assert [obverse[name] for name in ("coins", "dies", "undecided")] == [5, 3, 1]


def test_nothing_known_says_nothing(store: Engine) -> None:
    assert call.read(store, "api.die_statistics") == [] and call.look(store, "api.die_combinations") == []
    assert call.read(store, "api.die_estimates", coins=0, dies=0, singletons=0, doubletons=0) == []

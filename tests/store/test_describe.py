"""Describing a collection: every figure compared with one computed in Python."""

import math
import statistics

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from coinstore.db import call
from coinstore.describe.summary import describe_coins
from coinstore.errors import NotFound, PredicateError
from coinstore.records.coin import Coin, TypeClaim
from coinstore.records.load import load

EVIL = "<script>alert(1)</script>"


def coin(n: int, **fields: object) -> Coin:
    given = {
        name: value
        for name, value in fields.items()
        if value is not None and name not in ("type", "collection")
    }
    return Coin(
        str(n),
        {},
        str(fields.get("collection", "M")),
        f"{n:03}",
        fields=given,
        types=(TypeClaim(str(fields["type"])),) if fields.get("type") else None,
        sides={"obverse": {"legend": "IMP"}} | ({"reverse": {"description": "x"}} if n % 3 else {}),
    )


@pytest.fixture
def filled(store: Engine) -> Engine:
    rng = np.random.default_rng(0)
    coins = [
        coin(
            n,
            type=f"type {n % 4}" if n % 11 else None,
            collection=f"Münze {n % 3}",
            material="AR" if n % 2 else None,
            denomination=EVIL if n % 5 == 0 else f"D{n % 5}",
            weight_g=round(3 + 0.1 * float(rng.normal()), 2) if n % 7 else None,
            diameter_mm=18.0 + n % 2,
            year_from=-20 + n % 30 or 1,
            year_to=20 + n % 30 if n % 6 else None,
        )
        for n in range(120)
    ]
    coins += [coin(200, type="type 1", weight_g=33.0), coin(201, type="lone", weight_g=4.0)]
    list(load(store, "/a", coins))
    return store


def test_counts_and_imbalance(filled: Engine) -> None:
    found = describe_coins(filled)
    coins = call.look(filled, "api.coins")
    for field in ("collection", "type", "material", "denomination"):
        values = [row[field] for row in coins]
        counted = {row["value"]: row["coins"] for row in found.counts if row["field"] == field}
        assert counted == {value: values.count(value) for value in set(values)}
        about = next(row for row in found.imbalance if row["field"] == field)
        sizes = sorted(n for value, n in counted.items() if value is not None)
        shares = [n / sum(sizes) for n in sizes]
        assert about["classes"] == len(sizes) and about["unknown"] == counted.get(None, 0)
        assert about["effective_classes"] == pytest.approx(math.exp(-sum(p * math.log(p) for p in shares)))
        gaps = sum(abs(a - b) for a in sizes for b in sizes) / (2 * len(sizes) * sum(sizes))
        assert about["gini"] == pytest.approx(gaps, abs=1e-12)
        assert (about["largest_share"], about["smallest_share"]) == pytest.approx((shares[-1], shares[0]))
        assert about["ratio"] == pytest.approx(sizes[-1] / sizes[0]) and about["singletons"] == sizes.count(1)
    assert found.coins == len(coins) == 122


def test_missing_values_are_counted_of_the_sides_that_are_there(filled: Engine) -> None:
    found = {(row["collection"], row["field"]): row for row in describe_coins(filled).missing}
    coins = call.look(filled, "api.coins")
    for name in ("M", "Münze 0", "Münze 1", "Münze 2"):
        mine = [row for row in coins if row["collection"] == name]
        assert found[name, "weight_g"]["missing"] == sum(row["weight_g"] is None for row in mine)
        assert found[name, "type"]["records"] == len(mine)
        assert found[name, "obverse legend"]["share"] == 0
    assert ("Münze 0", "reverse legend") not in found  # all uniface coins
    assert found["Münze 1", "reverse legend"]["share"] == 1 == found["Münze 1", "obverse photograph"]["share"]


def test_outliers_by_iglewicz_and_hoaglin(filled: Engine) -> None:
    found = describe_coins(filled)
    assert found.by == "type" and not found.by_default
    by = {}
    for row in call.look(filled, "api.coins"):
        if row["type"] and row["weight_g"]:
            by.setdefault(row["type"], []).append((row["weight_g"], row["coin_id"]))
    expected = set()
    for members in by.values():
        weights = [weight for weight, _ in members]
        median = statistics.median(weights)
        mad = statistics.median(abs(weight - median) for weight in weights)
        if len(members) >= 5:
            expected |= {c for weight, c in members if abs(0.6745 * (weight - median) / mad) > 3.5}
    heavy = [row for row in found.outliers if row["measure"] == "weight_g"]
    assert {row["coin_id"] for row in heavy} == expected
    assert heavy[0]["inventory_number"] == "200" and heavy[0]["x"] == 33.0
    spread = {(row["measure"], row["value"]): row for row in found.spread}
    weights = [weight for weight, _ in by["type 1"]]
    box = spread["weight_g", "type 1"]
    assert [box["q1"], box["median"], box["q3"]] == pytest.approx(
        np.percentile(weights, [25, 50, 75]).tolist()
    )
    assert box["largest"] == 33.0 > box["high"] and spread["weight_g", "lone"]["outliers"] == 0


def test_equal_values_are_no_outliers_and_one_that_differs_is(store: Engine) -> None:
    list(load(store, "/a", [coin(n, type="t", weight_g=3.0) for n in range(9)]))
    assert describe_coins(store).outliers == []
    list(load(store, "/b", [coin(10, type="t", weight_g=3.1)]))
    assert [row["inventory_number"] for row in describe_coins(store).outliers] == ["010"]


years = st.integers(-300, 300).filter(lambda year: year != 0)


@settings(max_examples=15)
@given(st.lists(st.tuples(years, years), min_size=1, max_size=12), st.sampled_from([1, 7, 25, 100]))
def test_a_coin_counts_once_whatever_its_span(
    store: Engine, spans: list[tuple[int, int]], width: int
) -> None:
    """Each year counts equally; there is no year 0, and every period has `width` years."""
    with store.connect() as c:  # never committed
        c.execute(text("insert into core.collection (name) values ('M')"))
        for n, (start, end) in enumerate(spans):
            c.execute(
                text(
                    "insert into core.coin (collection_id, inventory_number, year_from, year_to, denomination)"
                    " select collection_id, :n, :f, :t, 'D' from core.collection"
                ),
                {"n": str(n), "f": min(start, end), "t": max(start, end)},
            )
        rows = call.rows(c, "part.coins_over_time", field="denomination", years=width)
    whole: dict[tuple[int, int], float] = {}
    for start, end in (sorted(span) for span in spans):
        every = [year for year in range(start, end + 1) if year]
        for year in every:
            key = next(
                (r["period_from"], r["period_to"]) for r in rows if r["period_from"] <= year <= r["period_to"]
            )
            whole[key] = whole.get(key, 0) + 1 / len(every)
    assert {(r["period_from"], r["period_to"]): r["coins"] for r in rows} == pytest.approx(whole)
    for key in whole:
        assert len([year for year in range(key[0], key[1] + 1) if year]) == width


def test_without_both_ends_a_date_is_in_no_period(filled: Engine) -> None:
    found = describe_coins(filled, years=10)
    for rows in found.over_time.values():
        assert sum(row["coins"] for row in rows) == pytest.approx(122)
        assert sum(row["coins"] for row in rows if row["period_from"] is None) == 22


def test_the_condition_holds_for_all_of_it(filled: Engine) -> None:
    found = describe_coins(filled, "material = 'AR' and collection = 'Münze 1'")
    mine = [
        row
        for row in call.look(filled, "api.coins")
        if (row["material"], row["collection"]) == ("AR", "Münze 1")
    ]
    assert found.coins == len(mine) == sum(row["coins"] for row in found.counts if row["field"] == "type")
    assert {row["collection"] for row in found.missing} == {"Münze 1"}
    with pytest.raises(NotFound, match="another --where"):
        describe_coins(filled, "material = 'nothing'")
    for bad in ("weight_g >", "true) or (true", "1; drop table core.coin", "no_such_column = 1"):
        with pytest.raises(PredicateError):
            describe_coins(filled, bad)


def test_where_no_type_is_measured_denominations_are(store: Engine) -> None:
    list(
        load(store, "/a", [coin(n, type=f"t{n}", denomination="As", weight_g=10 + n / 10) for n in range(8)])
    )
    found = describe_coins(store)
    assert (found.by, found.by_default) == ("denomination", True) and found.spread[0]["n"] == 8
    assert describe_coins(store, by="type").by == "type"


def test_an_empty_store_says_so(store: Engine) -> None:
    with pytest.raises(NotFound, match="coinstore ingest"):
        describe_coins(store)

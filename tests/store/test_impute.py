"""Imputation: next to measured values, by a stored rule, and nowhere else."""

import statistics

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from coinstore.curation.impute import Rule, drop_imputation, impute, list_imputations
from coinstore.curation.terms import Term, add_term, remove_alias
from coinstore.db import call
from coinstore.errors import NotFound, PredicateError, SettingsError
from coinstore.records.coin import Coin, TypeClaim
from coinstore.records.load import load


def coin(n: int, kind: str | None = "K", **fields) -> Coin:
    types = (TypeClaim(kind),) if kind else None
    return Coin(place=str(n), raw={}, collection="M", inventory_number=str(n), fields=fields, types=types)


def run(store: Engine, *coins: Coin) -> None:
    list(load(store, "/a.csv", coins))


def column(store: Engine, name: str) -> list:
    return [
        row[name] for row in sorted(call.look(store, "api.coins_imputed"), key=lambda row: row["coin_id"])
    ]


def fill(store: Engine, field: str, *by: str, **said) -> int:
    return impute(store, Rule(field, by or ("type",), **said), "A. Curator").coins


def test_what_is_lacking_is_filled_beside_what_is_measured(store: Engine) -> None:
    run(
        store,
        coin(1, weight_g=3.0),
        coin(2, weight_g=4.0),
        coin(3, weight_g=3.2),
        coin(4),
        coin(5, "L"),
        coin(6, None),
    )
    before = call.look(store, "api.coins")
    assert fill(store, "weight_g") == 1
    assert column(store, "weight_g_imputed") == [None, None, None, 3.2, None, None]
    assert call.look(store, "api.coins") == before
    assert column(store, "weight_g") == [3.0, 4.0, 3.2, None, None, None]
    [value] = call.look(store, "api.imputed_values")
    assert value["rests_on"] == 3 and value["number"] == 3.2 and value["value_text"] is None
    assert (
        value["by_fields"] == ["type"] and value["statistic"] == "median" and value["said_by"] == "A. Curator"
    )
    [rule] = list_imputations(store)
    assert rule["coins"] == 1 and rule["least_coins"] == 3 and rule["predicate"] == "true"


def test_too_few_coins_say_nothing(store: Engine) -> None:
    run(store, coin(1, weight_g=3.0), coin(2, weight_g=4.0), coin(3))
    assert fill(store, "weight_g") == 0
    assert fill(store, "weight_g", least=2) == 1


def test_a_value_measured_later_makes_the_imputed_one_vanish(store: Engine) -> None:
    known = [coin(n, mint="Rome") for n in (1, 2, 3)]
    run(store, *known, coin(4), coin(5))
    assert fill(store, "mint") == 2
    assert column(store, "mint_imputed") == [None, None, None, "Rome", "Rome"]
    run(store, *known, coin(4, mint="Lugdunum"), coin(5))
    assert column(store, "mint_imputed") == [None, None, None, None, "Rome"]
    assert [row["coin_id"] for row in call.look(store, "api.imputed_values")] == [5]
    assert list_imputations(store)[0]["coins"] == 1


def test_the_same_rule_takes_its_own_place_and_another_leaves_it(store: Engine) -> None:
    run(store, *(coin(n, weight_g=3.0, mint="Rome") for n in (1, 2, 3)), coin(4), coin(5, "L", mint="Rome"))
    assert fill(store, "weight_g") == 1
    assert fill(store, "weight_g", "mint") == 1
    assert column(store, "weight_g_imputed") == [None, None, None, 3.0, 3.0]
    run(store, *(coin(n, weight_g=4.0, mint="Rome") for n in (1, 2, 3)), coin(4), coin(5, "L", mint="Rome"))
    assert fill(store, "weight_g") == 1
    assert column(store, "weight_g_imputed") == [None, None, None, 4.0, 3.0]
    assert len(list_imputations(store)) == 2


def test_rules_are_dropped_with_their_values(store: Engine) -> None:
    run(store, *(coin(n, die_axis_h=6) for n in (1, 2, 3)), coin(4))
    done = impute(store, Rule("die_axis_h", ("type",)), "A")
    assert column(store, "die_axis_h_imputed")[3] == 6
    assert drop_imputation(store, done.imputation_id) == 1
    assert column(store, "die_axis_h_imputed") == [None] * 4 and list_imputations(store) == []
    for unknown in (done.imputation_id, -1, 2**40):
        with pytest.raises(NotFound, match="no imputation"):
            drop_imputation(store, unknown)


def test_of_two_equally_frequent_neither_is_the_mode(store: Engine) -> None:
    run(
        store,
        *(coin(n, material=name) for n, name in enumerate(["Silver", "Bronze", "Silver", "Bronze"])),
        coin(9),
    )
    assert fill(store, "material") == 0
    run(store, coin(1, material="Silver"))
    assert fill(store, "material") == 1 and column(store, "material_imputed")[-1] == "Silver"
    [value] = call.look(store, "api.imputed_values")
    assert (value["rests_on"], value["agreeing"]) == (4, 3)


def test_years_are_never_0_and_in_order(store: Engine) -> None:
    run(
        store,
        *(coin(n, year_from=y, year_to=y) for n, y in enumerate([-1, 1, -1, 1])),
        coin(9),
        coin(10, year_to=-20),
        coin(11, year_from=50),
    )
    done = impute(store, Rule("year_from", ("type",)), "A")
    assert (done.coins, done.lacking, done.contradicting) == (1, 2, 1)
    assert impute(store, Rule("year_to", ("type",)), "A").contradicting == 2  # -1 is before 1, and before 50
    rows = call.look(store, "api.coins_imputed")
    assert {row["year_from_imputed"] for row in rows} == {None, 1}
    run(store, coin(9, year_to=-100))  # measured now: it comes before the imputed value
    assert all(row["year_from_imputed"] is None for row in call.look(store, "api.coins_imputed"))


@settings(max_examples=30)
@given(
    coins=st.lists(
        st.tuples(st.sampled_from("KLM"), *[st.none() | st.integers(-60, 60).filter(bool)] * 2).filter(
            lambda c: c[1] is None or c[2] is None or c[1] <= c[2]
        ),
        min_size=1,
        max_size=25,
    ),
    least=st.integers(1, 4),
    fields=st.permutations(["year_from", "year_to"]),
)
def test_any_years(store: Engine, coins, least: int, fields: list[str]) -> None:
    with store.begin() as c:
        for table in ("source", "coin", "imputation"):
            c.execute(text(f"delete from core.{table}"))
    run(store, *(coin(n, kind, year_from=a, year_to=b) for n, (kind, a, b) in enumerate(coins)))
    for field in fields:
        fill(store, field, least=least)
    for row in call.look(store, "api.coins_imputed"):
        years = [row[f] if row[f] is not None else row[f"{f}_imputed"] for f in ("year_from", "year_to")]
        assert 0 not in years
        assert None in years or years[0] <= years[1]
        for place, field in enumerate(("year_from", "year_to"), 1):
            known = [c[place] for c in coins if c[0] == row["type"] and c[place] is not None]
            if (value := row[f"{field}_imputed"]) is not None:
                assert row[field] is None and value == statistics.median_low(known) and len(known) >= least


def test_groups_by_several_and_a_condition(store: Engine) -> None:
    run(
        store,
        *(coin(n, mint="Rome", weight_g=3.0) for n in range(3)),
        *(coin(n, mint="Lyon", weight_g=9.0) for n in range(10, 13)),
        coin(20, mint="Rome"),
        coin(21),
        coin(22, mint="Lyon"),
    )
    assert fill(store, "weight_g", "type", "mint", where="mint <> 'Lyon' -- and no more") == 1
    assert column(store, "weight_g_imputed")[6:] == [3.0, None, None]
    assert fill(store, "weight_g", "mint", "type") == 1
    for bad in (
        "weight_g >",
        "nothing = 1",
        "true) or (true",
        "1; drop table core.coin",
        "coin_id in (select coin_id from core.coin)",
    ):
        with pytest.raises(PredicateError, match="--where"):
            fill(store, "weight_g", where=bad)
    assert len(list_imputations(store)) == 2


def test_an_imputed_name_follows_the_terms(store: Engine) -> None:
    run(store, *(coin(n, material="Silber") for n in range(3)), coin(9))
    fill(store, "material")
    add_term(store, Term("material", "silver", "A", ("Silber",)))
    assert column(store, "material_imputed")[-1] == "silver"
    remove_alias(store, "material", "Silber")
    assert column(store, "material_imputed")[-1] == "Silber"


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (Rule("findspot", ("type",)), "cannot be imputed"),
        (Rule("mint", ("mint",)), "from itself"),
        (Rule("mint", ()), "grouped by"),
        (Rule("mint", ("weight_g",)), "grouped by"),
        (Rule("mint", ("type",), "median"), "no median"),
        (Rule("die_axis_h", ("type",), "median"), "no median"),
        (Rule("weight_g", ("type",), "mean"), "not a statistic"),
        (Rule("weight_g", ("type",), least=0), "at least one coin"),
    ],
)
def test_rules_that_cannot_be(store: Engine, rule: Rule, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        impute(store, rule, "A")


def test_nothing_else_knows_of_imputed_values(store: Engine) -> None:
    """Only the views and functions of imputation read the table."""
    with store.begin() as c:
        functions = (
            c.execute(
                text(
                    "select proname from pg_proc where pronamespace in ('api'::regnamespace, 'part'::regnamespace, 'job'::regnamespace)"
                    " and prosrc ~ 'imput'"
                )
            )
            .scalars()
            .all()
        )
        views = (
            c.execute(
                text(
                    "select viewname from pg_views where schemaname in ('api', 'part') and definition ~ 'imput'"
                )
            )
            .scalars()
            .all()
        )
    assert set(functions) == {
        "impute",
        "begin_imputation",
        "drop_imputation",
        "rules",
        "lock_number",
    }  # rules: needed to hide rows
    assert set(views) == {
        "imputed_values",
        "imputations",
        "coins_imputed",
        "sizes",
    }  # sizes: counts all tables

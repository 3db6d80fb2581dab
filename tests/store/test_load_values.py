"""Loading several and uncertain names: api.coins has the first certain one, api.values all of them."""

import pytest
from sqlalchemy import Engine

from coinstore.curation.values import ValueFilter, stream_values
from coinstore.db import call
from coinstore.errors import PredicateError
from coinstore.records.coin import Coin, Value
from coinstore.records.load import Loaded, load

ROME = "http://nomisma.org/id/rome"
BOTH = (Value("Roma", ROME, is_uncertain=True), Value("Ostia"))


def coin(number: str = "1", **said) -> Coin:
    return Coin(f"row {number}", {"n": number, "said": repr(said)}, "M", number, **said)


def run(store: Engine, *coins: Coin, source: str = "/a.csv") -> Loaded:
    return sum(load(store, source, coins), Loaded())


def said(store: Engine) -> list[tuple]:
    rows = sorted(
        call.look(store, "api.values"), key=lambda row: (row["field"], row["said_by"] or "", row["rank"])
    )
    return [(row["field"], row["value"], row["uri"], row["is_uncertain"], row["said_by"]) for row in rows]


def test_a_plain_name_is_a_value(store: Engine) -> None:
    run(store, coin(fields={"mint": "Rome", "mint_uri": ROME}))
    assert said(store) == [("mint", "Rome", ROME, False, "/a.csv")]


def test_all_names_are_kept_in_order(store: Engine) -> None:
    record = coin(fields={"mint": "Ostia"}, values={"mint": BOTH})
    assert run(store, record) == Loaded(new=1)
    assert said(store) == [("mint", "Roma", ROME, True, "/a.csv"), ("mint", "Ostia", None, False, "/a.csv")]
    assert run(store, record) == Loaded(unchanged=1)


def test_a_corrected_record_replaces_its_names(store: Engine) -> None:
    run(store, coin(fields={"mint": "Ostia"}, values={"mint": BOTH}))
    assert run(store, coin(fields={"mint": "Ostia"}, values={"mint": BOTH[1:] + BOTH[:1]})) == Loaded(
        changed=1
    )
    assert [one[1] for one in said(store)] == ["Ostia", "Roma"]
    assert run(store, coin(fields={"mint": "Ostia"})) == Loaded(changed=1)
    assert said(store) == [("mint", "Ostia", None, False, "/a.csv")]


def test_another_source_keeps_its_own(store: Engine) -> None:
    run(store, coin(fields={"mint": None}, values={"mint": BOTH[:1]}))
    run(store, coin(fields={"mint": "Rome"}), source="/b.csv")
    assert said(store) == [("mint", "Roma", ROME, True, "/a.csv"), ("mint", "Rome", None, False, "/b.csv")]


def test_each_of_several_sources_has_its_name(store: Engine) -> None:
    run(store, coin(fields={"mint": "Roma", "mint_uri": ROME, "material": "Silver"}))
    run(store, coin(fields={"mint": "Ostia", "material": "Silver", "denomination": "As"}), source="/b.csv")
    run(store, coin(fields={"mint": None}, values={"mint": BOTH}), source="/c.csv")
    everything = [
        ("denomination", "As", None, False, "/b.csv"),
        ("material", "Silver", None, False, "/a.csv"),
        ("material", "Silver", None, False, "/b.csv"),
        ("mint", "Roma", ROME, False, "/a.csv"),
        ("mint", "Ostia", None, False, "/b.csv"),
        ("mint", "Roma", ROME, True, "/c.csv"),
        ("mint", "Ostia", None, False, "/c.csv"),
    ]
    assert said(store) == everything
    # Silver has one name, whoever says it.
    assert {one["field"] for one in stream_values(store, ValueFilter())} == {"mint"}
    run(store, coin(fields={"mint": "Ostia"}, values={"mint": BOTH}), source="/a.csv")
    assert said(store)[3:6] == [
        ("mint", "Roma", ROME, True, "/a.csv"),
        ("mint", "Ostia", None, False, "/a.csv"),
        everything[4],
    ]


def test_different_names_of_two_sources_are_listed(store: Engine) -> None:
    run(store, coin(fields={"mint": "Rome"}))
    run(store, coin(fields={"mint": "Ostia"}), source="/b.csv")
    listed = [(one["value"], one["said_by"]) for one in stream_values(store, ValueFilter())]
    assert listed == [("Rome", "/a.csv"), ("Ostia", "/b.csv")]


def test_a_preferred_name_is_said_by_the_source_of_the_recorded_one(store: Engine) -> None:
    run(store, coin(fields={"mint": "Roma"}))
    run(store, coin(fields={"weight_g": 3.0}), source="/b.csv")
    with store.begin() as c:
        call.rows(c, "job.add_term", field="mint", name="Rome", aliases=["Roma"], nomisma=None, said_by="a")
    assert said(store) == [("mint", "Rome", None, False, "/a.csv")]


def test_preferred_names_are_shown(store: Engine) -> None:
    run(store, coin(fields={"mint": "Ostia"}, values={"mint": BOTH}))
    with store.begin() as c:
        call.rows(c, "job.add_term", field="mint", name="Rome", aliases=["Roma"], nomisma=None, said_by="a")
    assert [
        (row["value"], row["recorded"])
        for row in sorted(call.look(store, "api.values"), key=lambda row: row["rank"])
    ] == [
        ("Rome", "Roma"),
        ("Ostia", "Ostia"),
    ]


def test_only_fields_with_several_or_uncertain_names_are_listed(store: Engine) -> None:
    run(store, coin(fields={"mint": "Ostia", "material": "Silver"}, values={"mint": BOTH}))
    run(store, coin("2", fields={"mint": "Rome", "weight_g": 3.0}))

    def listed(**which) -> list[tuple]:
        found = stream_values(store, ValueFilter(**which))
        return [(one["inventory_number"], one["field"], one["value"], one["rank"]) for one in found]

    assert listed() == [("1", "mint", "Roma", 1), ("1", "mint", "Ostia", 2)]
    assert listed(uncertain=True) == [("1", "mint", "Roma", 1)]
    assert listed(field="material") == listed(where="weight_g > 1") == []
    assert listed(field="mint", where="weight_g is null") == listed()
    with pytest.raises(PredicateError):
        listed(where="weight_g is null) or (true")


def test_the_card_of_a_coin_shows_them(store: Engine) -> None:
    run(store, coin(fields={"mint": "Ostia", "material": "Silver"}, values={"mint": BOTH}))
    [key] = [row["coin_id"] for row in call.look(store, "api.coins")]
    [row] = call.read(store, "part.page_coins", coins=[key])
    assert row["names"] == ["mint: Roma?, said by a.csv", "mint: Ostia, said by a.csv"]

"""Loading what records say beyond plain values: addresses, hoards, licences, languages."""

from sqlalchemy import Engine

from coinstore.db import call
from coinstore.records.coin import Coin
from coinstore.records.load import Loaded, load
from coinstore.records.values.dates import parse_ends
from coinstore.store import Store

ROME = "http://nomisma.org/id/rome"
OSTIA = "http://nomisma.org/id/ostia"


def coin(number: str = "1", **said) -> Coin:
    return Coin(f"row {number}", {"n": number, "said": repr(said)}, "M", number, **said)


def run(store: Engine, *coins: Coin, source: str = "/a.csv") -> Loaded:
    return sum(load(store, source, coins), Loaded())


def one(store: Engine, view: str) -> dict:
    (row,) = call.look(store, view)
    return dict(row)


def test_addresses_and_the_hoard_are_columns_of_the_coin(store: Engine) -> None:
    said = {
        "mint": "Rome",
        "mint_uri": ROME,
        "hoard": "Hill 7",
        "hoard_uri": "http://coinhoards.org/id/igch1",
        "uri": "https://example.org/1",
    }
    assert run(store, coin(fields=said)) == Loaded(new=1)
    found = one(store, "api.coins")
    assert {name: found[name] for name in said} == said
    assert run(store, coin(fields=said)) == Loaded(unchanged=1)
    where = f"mint_uri = '{ROME}' and hoard = 'Hill 7'"
    assert call.read(store, "api.missing_values", predicate=where)[0]["records"] == 1


def test_an_address_goes_with_its_name(store: Engine) -> None:
    run(store, coin(fields={"mint": "Rome", "mint_uri": ROME, "uri": "https://example.org/1"}))
    # The record speaks of the mint again, and has no address for it.
    assert run(store, coin(fields={"mint": "Ostia"})) == Loaded(changed=1)
    found = one(store, "api.coins")
    assert (found["mint"], found["mint_uri"], found["uri"]) == ("Ostia", None, "https://example.org/1")
    run(store, coin(fields={"mint": "Ostia", "mint_uri": OSTIA}))
    # Another source does not speak of the mint.
    run(store, coin(fields={"weight_g": 3.5}), source="/b.csv")
    assert one(store, "api.coins")["mint_uri"] == OSTIA


def test_rights_are_those_of_each_record(store: Engine) -> None:
    ours = {"licence": "CC0", "rights_holder": "M", "language": "de"}
    assert run(store, coin(rights=ours)) == Loaded(new=1)
    assert run(store, coin(rights=ours)) == Loaded(unchanged=1)
    run(store, coin(rights={"licence": "CC BY-NC-SA 4.0"}), source="/b.csv")
    found = [dict(row) for row in call.look(store, "api.records")]
    assert [(row["licence"], row["rights_holder"], row["language"]) for row in found] == [
        ("CC0", "M", "de"),
        ("CC BY-NC-SA 4.0", None, None),
    ]


def test_a_record_with_another_licence_has_changed(store: Engine) -> None:
    run(store, coin(rights={"licence": "CC0"}))
    assert run(store, coin(rights={"licence": "CC BY 4.0"})) == Loaded(changed=1)
    assert run(store, coin()) == Loaded(changed=1)
    assert one(store, "api.records")["licence"] is None


def test_the_rights_in_a_photograph_go_with_it(store: Engine) -> None:
    mine = {"image": "/x.jpg", "image_licence": "CC0", "image_rights_holder": "P"}
    run(store, coin(sides={"obverse": mine}))
    found = one(store, "api.images")
    assert (found["licence"], found["rights_holder"]) == ("CC0", "P")
    assert run(store, coin(sides={"obverse": {"image": "/y.jpg"}})) == Loaded(changed=1)
    found = one(store, "api.images")
    assert (found["licence"], found["rights_holder"]) == (None, None)


def test_a_photograph_that_is_released_later_keeps_its_rights(store: Engine) -> None:
    side = {"obverse": {"image": "/x.jpg", "image_licence": "CC0"}}
    run(store, coin("2", sides=side), source="/b.csv")
    free = coin("2", sides={"obverse": {"image": None}})
    run(store, coin("1", sides=side), free, source="/b.csv")
    assert one(store, "api.images")["licence"] == "CC0"


def test_the_language_is_that_of_the_description(store: Engine) -> None:
    run(store, coin(sides={"obverse": {"description": "Kopf", "description_language": "de"}}))
    assert one(store, "api.sides")["description_language"] == "de"
    run(store, coin(sides={"obverse": {"legend": "AVG"}}), source="/b.csv")
    assert one(store, "api.sides")["description_language"] == "de"
    run(store, coin(sides={"obverse": {"description": "Head"}}), source="/c.csv")
    assert one(store, "api.sides")["description_language"] is None


def test_answers_have_the_addresses(store: Engine) -> None:
    run(store, coin(fields={"mint": "Rome", "mint_uri": ROME}))
    rows = Store(store).sql("select mint_uri from api.coins where mint_uri is not null")
    assert [row["mint_uri"] for row in rows] == [ROME]


def test_years_are_edtf_as_well(store: Engine) -> None:
    spans = [(-44, -42), (-1, 14), (64, 64), (-44, None), (None, 68), (None, None), (-10001, 1)]
    for n, (first, last) in enumerate(spans):
        run(store, coin(str(n), fields={"year_from": first, "year_to": last}))
    found = {row["inventory_number"]: row["date_edtf"] for row in call.look(store, "api.coins")}
    expected = ["-0043/-0041", "0000/0014", "0064", "-0043/", "/0068", None, "-10000/0001"]
    assert [found[str(n)] for n in range(len(spans))] == expected
    assert [text and parse_ends(text, "edtf") for text in expected] == [
        span if any(span) else None for span in spans
    ]

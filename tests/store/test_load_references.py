"""Loading types with their addresses, uncertain types, and references that are not types."""

from itertools import permutations
from pathlib import Path

import exported
import pytest
from sqlalchemy import Engine

from coinstore.db import call
from coinstore.records.addresses import kind_of
from coinstore.records.coin import Coin, Reference, TypeClaim
from coinstore.records.exports.write import Export, export_coins
from coinstore.records.load import Loaded, load

OCRE = "http://numismatics.org/ocre/id/ric.1(2).aug.207"
RIC, DOUBTFUL = TypeClaim("RIC 207"), TypeClaim("RIC 208", is_uncertain=True)
HOARD = Reference("hoard", "IGCH 1122", uri="http://coinhoards.org/id/igch1122")
BOOK = Reference("literature", "Sear 12")


def coin(number: str = "1", **said) -> Coin:
    return Coin(f"row {number}", {"n": number, "said": repr(said)}, "M", number, **said)


def run(store: Engine, *coins: Coin, source: str = "/a.csv") -> Loaded:
    return sum(load(store, source, coins), Loaded())


def types(store: Engine) -> list[tuple]:
    rows = sorted(
        call.look(store, "api.types"), key=lambda row: (row["said_by"], row["label"], row["uri"] or "")
    )
    return [(row["label"], row["uri"], row["is_uncertain"], row["is_primary"]) for row in rows]


def references(store: Engine) -> list[tuple]:
    rows = sorted(
        call.look(store, "api.references"), key=lambda row: (row["said_by"], row["kind"], row["rank"])
    )
    return [(row["kind"], row["label"], row["uri"], row["said_by"]) for row in rows]


def shown(store: Engine) -> list[tuple]:
    return [(row["type"], row["type_uri"]) for row in call.look(store, "api.coins")]


def test_an_address_that_comes_later_is_kept(store: Engine) -> None:
    run(store, coin(types=(RIC,)))
    assert run(store, coin(types=(TypeClaim("RIC 207", uri=OCRE),))) == Loaded(changed=1)
    assert shown(store) == [("RIC 207", OCRE)]
    assert types(store) == [("RIC 207", OCRE, False, True)]
    assert run(store, coin(types=(TypeClaim("RIC 207", uri=OCRE),))) == Loaded(unchanged=1)


def test_an_address_of_another_source_is_kept(store: Engine) -> None:
    run(store, coin(types=(RIC,)))
    run(store, coin(types=(TypeClaim("RIC 207", uri=OCRE),)), source="/b.csv")
    assert types(store) == [("RIC 207", None, False, True), ("RIC 207", OCRE, False, False)]


BARE, NAMED = TypeClaim(OCRE, uri=OCRE), TypeClaim("RIC I (second edition) Augustus 207", uri=OCRE)
ORDERS = list(permutations((BARE, NAMED, TypeClaim("RIC I² Aug. 207", "RIC I²", "Aug. 207", OCRE))))


@pytest.mark.parametrize("claims", ORDERS, ids=range(6))
@pytest.mark.parametrize("is_one_batch", [True, False])
def test_one_address_is_one_type_that_has_the_first_name(
    store: Engine, claims: tuple[TypeClaim, ...], is_one_batch: bool
) -> None:
    coins = [coin(str(n), types=(claim,)) for n, claim in enumerate(claims)]
    for some in [coins] if is_one_batch else [[one] for one in coins]:
        run(store, *some)
    rows = call.look(store, "api.types")
    first = next(claim.label for claim in claims if claim != BARE)
    assert {(row["label"], row["uri"]) for row in rows} == {(first, OCRE)}
    assert len(rows) == 3 and len({row["type_id"] for row in rows}) == 1
    assert shown(store) == [(first, OCRE)] * 3
    assert run(store, *coins) == Loaded(unchanged=3)
    # Also where the records are read again for another reason.
    again = [Coin(one.place, {"more": "1"}, "M", one.inventory_number, types=one.types) for one in coins]
    assert run(store, *again) == Loaded(unchanged=3)


def test_two_names_of_one_address_are_one_type_of_a_coin(store: Engine) -> None:
    doubtful = TypeClaim("RIC 207 var.", uri=OCRE, is_uncertain=True)
    both = coin(types=(NAMED, BARE, doubtful, TypeClaim("RIC 208")))
    assert run(store, both) == Loaded(new=1) and run(store, both) == Loaded(unchanged=1)
    assert types(store) == [("RIC 208", None, False, False), (NAMED.label, OCRE, False, True)]


def test_an_address_of_a_catalogue_makes_no_types_one(store: Engine) -> None:
    book = "http://example.org/ric"
    claims = (TypeClaim("RIC 1", uri=book), TypeClaim("RIC 2", uri=book), TypeClaim(None, "RIC", "3", book))
    run(store, *(coin(str(n), types=(claim,)) for n, claim in enumerate(claims)))
    run(store, coin("9", types=(TypeClaim(book, uri=book),)))
    assert sorted(shown(store)) == [("RIC 1", book), ("RIC 2", book), ("RIC 3", book), (book, book)]


def test_the_addresses_of_types_are_the_same_in_both_languages(store: Engine) -> None:
    known = (
        "http://numismatics.org/ocre/id/ric.1(2).aug.207",
        "http://www.numismatics.org/pella/id/price.23",
        "https://greekcoinage.org/iris/id/bmc.1",
        "https://www.corpus-nummorum.eu/types/10",
        "https://www.corpus-nummorum.eu/type_10",
        "https://rpc.ashmus.ox.ac.uk/coins/1/1234",
        "https://rpc.ashmus.ox.ac.uk/type/5",
    )
    others = ("http://numismatics.org/ocre/", "http://example.org/id/1", "https://rpc.ashmus.ox.ac.uk/search")
    for uri in known + others:
        assert (kind_of(uri) == "type") == (uri in known)
        with store.begin() as c:
            assert call.value(c, "job.is_of_one_type", uri=uri) == (uri in known)


def test_the_first_certain_type_is_the_primary_one(store: Engine) -> None:
    run(store, coin(types=(DOUBTFUL, RIC, TypeClaim("RIC 209"))), coin("2", types=(DOUBTFUL,)))
    assert sorted(shown(store), key=str) == [("RIC 207", None), (None, None)]
    assert [one for one in types(store) if one[3]] == [("RIC 207", None, False, True)]


def test_a_doubt_that_comes_or_goes_is_a_change(store: Engine) -> None:
    run(store, coin(types=(RIC,)))
    doubtful = coin(types=(TypeClaim("RIC 207", is_uncertain=True), TypeClaim("RIC 300")))
    assert run(store, doubtful) == Loaded(changed=1)
    assert shown(store) == [("RIC 300", None)]
    assert run(store, doubtful) == Loaded(unchanged=1)
    assert run(store, coin(types=(RIC,))) == Loaded(changed=1)
    assert types(store) == [("RIC 207", None, False, True)]


def test_a_type_that_comes_twice_counts_once(store: Engine) -> None:
    assert run(store, coin(types=(RIC, TypeClaim("RIC 207", is_uncertain=True), RIC))) == Loaded(new=1)
    assert types(store) == [("RIC 207", None, False, True)]


def test_references_are_kept_replaced_and_dropped(store: Engine) -> None:
    first = coin(types=(RIC,), references=(HOARD, BOOK))
    assert run(store, first) == Loaded(new=1) and run(store, first) == Loaded(unchanged=1)
    run(store, coin(types=(), references=(BOOK,)), source="/b.csv")
    assert references(store) == [
        ("hoard", "IGCH 1122", HOARD.uri, "/a.csv"),
        ("literature", "Sear 12", None, "/a.csv"),
        ("type", "RIC 207", None, "/a.csv"),
        ("literature", "Sear 12", None, "/b.csv"),
    ]
    assert run(store, coin(types=(RIC,), references=(BOOK,))) == Loaded(changed=1)
    assert [one[0] for one in references(store)] == ["literature", "type", "literature"]
    assert run(store, coin()) == Loaded(changed=0, unchanged=1)  # it speaks of neither
    assert len(references(store)) == 3
    assert run(store, coin(types=())) == Loaded(changed=1)
    assert references(store) == [("literature", "Sear 12", None, "/b.csv")]


def test_the_card_of_a_coin_shows_them(store: Engine) -> None:
    run(store, coin(types=(DOUBTFUL,), references=(HOARD, BOOK)))
    [row] = call.read(store, "part.page_coins", coins=[call.look(store, "api.coins")[0]["coin_id"]])
    assert row["types"] == ["RIC 208?, said by a.csv"]
    assert row["cited"] == [f"hoard: IGCH 1122 {HOARD.uri}", "Sear 12"]


def test_a_change_of_order_is_a_change(store: Engine) -> None:
    one, two = TypeClaim("RIC 1"), TypeClaim("RIC 2")
    books = Reference("literature", "B"), Reference("literature", "A")
    run(store, coin(types=(one, two), references=books))
    assert shown(store) == [("RIC 1", None)]
    assert run(store, coin(types=(two, one), references=books[::-1])) == Loaded(changed=1)
    assert shown(store) == [("RIC 2", None)]
    ranks = {row["label"]: row["rank"] for row in call.look(store, "api.references")}
    assert ranks == {"RIC 2": 1, "RIC 1": 2, "A": 1, "B": 2}
    assert run(store, coin(types=(two, one), references=books[::-1])) == Loaded(unchanged=1)


def test_the_order_of_a_source_leaves_the_type_of_another_primary(store: Engine) -> None:
    one, two = TypeClaim("RIC 1"), TypeClaim("RIC 2")
    run(store, coin(types=(TypeClaim("RIC 9"),)))
    run(store, coin(types=(one, two)), source="/b.csv")
    run(store, coin(types=(two, one)), source="/b.csv")
    assert shown(store) == [("RIC 9", None)]


def test_references_without_an_address_keep_their_kind_in_each_format(store: Engine, tmp_path: Path) -> None:
    given = (
        Reference("literature", "B 2"),
        Reference("hoard", "IGCH 1122"),
        Reference("coin", "Paris 12"),
        Reference("literature", "A 1"),
    )
    run(store, coin(references=given))
    expected = [(one.kind, one.label, None) for one in given]
    for form, ending in (("csv", "csv"), ("json", "json"), ("nuds", "xml"), ("lido", "xml")):
        file = tmp_path / f"{form}.{ending}"
        export_coins(store, file, Export(form))
        exported.empty(store)
        exported.fill(store, file)
        found = sorted(call.look(store, "api.references"), key=lambda row: row["rank"])
        assert (form, [(row["kind"], row["label"], row["uri"]) for row in found]) == (form, expected)

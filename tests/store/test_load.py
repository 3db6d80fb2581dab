"""Loading: nothing is lost, nothing is invented, and a second run changes nothing."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from coinstore.db import call
from coinstore.db.copy import copy_rows
from coinstore.errors import Ambiguous, SourceError
from coinstore.records.batches import HEADS, Batch, batches
from coinstore.records.coin import Coin, Fault, TypeClaim
from coinstore.records.load import Loaded, Plan, load
from coinstore.search.similar import find_coin
from coinstore.sources.locations import shown


def coin(number: str, place: str = "", **said) -> Coin:
    defaults = {
        "raw": {"number": number},
        "collection": "Lakeside Museum",
        "inventory_number": number,
    }
    return Coin(place=place or f"row {number}", **(defaults | said))


def run(store: Engine, *coins: Coin, source: str = "/a.csv", dry_run: bool = False) -> Loaded:
    return sum(load(store, source, coins, plan=Plan(dry_run=dry_run)), Loaded())


def coins(store: Engine) -> dict[str, dict]:
    return {row["inventory_number"]: dict(row) for row in call.look(store, "api.coins")}


def images(store: Engine) -> dict[tuple[int, str], str]:
    return {(row["coin_id"], row["face"]): row["location"] for row in call.look(store, "api.images")}


def test_new_unchanged_changed(store: Engine) -> None:
    first = coin("1", fields={"weight_g": 3.5, "mint": "Rome"})
    second = coin("2", fields={"weight_g": 2.0})
    assert run(store, first, second) == Loaded(new=2)
    assert run(store, first, second) == Loaded(unchanged=2)
    corrected = replace(first, raw={"number": "1", "weight": "3.6"}, fields={"weight_g": 3.6, "mint": None})
    assert run(store, corrected, second) == Loaded(changed=1, unchanged=1)
    assert coins(store)["1"]["weight_g"] == 3.6
    assert coins(store)["1"]["mint"] is None


def test_a_moved_row_is_no_change(store: Engine) -> None:
    run(store, coin("1", place="row 2"))
    assert run(store, coin("1", place="row 9")) == Loaded(unchanged=1)
    assert call.look(store, "api.records")[0]["place"] == "row 9"


def test_a_source_changes_only_what_it_speaks_of(store: Engine) -> None:
    run(store, coin("1", fields={"weight_g": 3.5}))
    assert run(store, coin("1", fields={"mint": "Rome"}), source="/b.csv") == Loaded(changed=1)
    assert coins(store)["1"]["weight_g"] == 3.5
    assert run(store, coin("1", fields={"weight_g": 3.5})) == Loaded(unchanged=1)


def test_the_record_is_kept_verbatim(store: Engine) -> None:
    raw = {"Gewicht": "3,71", "nested": {"legend": "ΘΑΣΙΩΝ", "n": [1, None]}}
    run(store, coin("1", raw=raw))
    assert call.look(store, "api.records")[0]["record"] == raw


def test_faults_follow_their_record(store: Engine) -> None:
    bad = coin("1", fields={"weight_g": None}, faults=(Fault("weight", "0", "0 is no measurement"),))
    assert run(store, bad).faults == 1
    assert run(store, bad).faults == 1
    fault = call.look(store, "api.faults")[0]
    assert (fault["source"], fault["place"], fault["column_name"], fault["value_text"]) == (
        "/a.csv",
        "row 1",
        "weight",
        "0",
    )
    assert run(store, coin("1", fields={"weight_g": 2.0})).faults == 0
    assert call.look(store, "api.faults") == []


def test_the_first_of_two_records_with_one_number_has_it(store: Engine) -> None:
    one, two = (
        coin("7", place="row 2", fields={"mint": "Rome"}),
        coin("7", place="row 5", fields={"mint": "Ostia"}),
    )
    for _ in range(2):
        done = run(store, one, two)
        assert (done.refused, done.faults) == (1, 1)
    assert coins(store)["7"]["mint"] == "Rome"
    assert "repeats the inventory number 7 of row 2" in call.look(store, "api.faults")[0]["reason"]


def test_a_refused_record_is_kept_and_judged_anew(store: Engine) -> None:
    refused = coin("", place="row 3", inventory_number=None, refusal="has no inventory number")
    assert run(store, refused) == Loaded(refused=1, faults=1)
    assert run(store, coin("3", place="row 3")) == Loaded(new=1)
    assert call.look(store, "api.faults") == []


@pytest.fixture
def files(tmp_path: Path) -> Callable[[str], str]:
    """Makes a file and returns its location."""

    def make(name: str) -> str:
        (tmp_path / name).write_bytes(b"a photograph")
        return str(tmp_path / name)

    return make


def test_one_photograph_is_of_one_side(store: Engine, files) -> None:
    x = files("x.jpg")
    a = coin("1", sides={"obverse": {"image": x}})
    b = coin("2", sides={"obverse": {"image": x, "legend": "AVG"}})
    assert run(store, a, b).faults == 1
    assert list(images(store).values()) == [x]
    assert run(store, coin("3", sides={"reverse": {"image": x}}), source="/b.csv").faults == 1
    assert "it is already the obverse of Lakeside Museum/1" in str(call.look(store, "api.faults"))


def test_a_file_that_is_not_there_is_no_one_s(store: Engine) -> None:
    run(
        store,
        coin("1", sides={"obverse": {"image": "/no.jpg"}}),
        coin("2", sides={"obverse": {"image": "/no.jpg"}}),
    )
    run(store, coin("3", sides={"obverse": {"image": "/no.jpg"}}), source="/b.csv")
    assert [row["reason"] for row in call.look(store, "api.faults")] == ["the file is not there"] * 2


def test_photographs_are_exchanged_across_batches(
    store: Engine, files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("coinstore.records.batches.BATCH", 2)
    names = [files(f"{n}.jpg") for n in range(6)]
    run(store, *(coin(str(n), sides={"obverse": {"image": name}}) for n, name in enumerate(names)))
    turned = [coin(str(n), sides={"obverse": {"image": name}}) for n, name in enumerate(reversed(names))]
    assert run(store, *turned) == Loaded(changed=6)
    assert [images(store)[n + 1, "obverse"] for n in range(6)] == names[::-1]
    assert call.look(store, "api.faults") == []
    assert run(store, *turned) == Loaded(unchanged=6)


def test_photographs_that_no_record_names(store: Engine, files) -> None:
    named, stray = coin("1", sides={"obverse": {"image": files("a.jpg")}}), files("b.jpg")
    known = [files("a.jpg"), stray]
    for _ in range(2):
        assert sum(load(store, "/a.csv", [named], photographs=known), Loaded()).faults == 1
    [fault] = call.look(store, "api.faults")
    assert (fault["place"], fault["reason"]) == (stray, "no accepted record names this photograph")
    both = replace(named, raw={"b": 1}, sides=dict(named.sides) | {"reverse": {"image": stray}})
    assert sum(load(store, "/b.csv", [both], photographs=known), Loaded()).faults == 0
    assert call.look(store, "api.faults") == []


def test_many_that_no_record_names_are_counted(store: Engine, files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coinstore.records.load.UNNAMED", 2)
    monkeypatch.setattr("coinstore.records.load.PHOTOGRAPHS", 3)
    known = [files(f"{n}.jpg") for n in range(7)]
    for _ in range(2):
        assert sum(load(store, "/a.csv", [coin("1")], photographs=known), Loaded()).faults == 3
        reasons = [row["reason"] for row in call.look(store, "api.faults")]
        assert sorted(reasons) == [
            "5 more photographs that no record names",
            *["no accepted record names this photograph"] * 2,
        ]


def test_what_was_read_before_an_error_is_kept(store: Engine) -> None:
    def cut_off():
        yield coin("1")
        raise SourceError("row 3: a wrong byte")

    with pytest.raises(SourceError):
        list(load(store, "/a.csv", cut_off()))
    assert set(coins(store)) == {"1"}


def test_faults_come_in_the_order_of_the_rows(store: Engine) -> None:
    rows = [
        coin(str(n), place=f"row {n}", faults=(Fault("weight", str(n), "0 is no measurement"),))
        for n in (9, 10, 2, 100)
    ]
    run(store, *rows)
    assert [row["place"] for row in call.look(store, "api.faults")] == ["row 2", "row 9", "row 10", "row 100"]
    [reason] = call.read(store, "part.fault_reasons", sources=["/a.csv"])
    assert reason == {"faults": 4, "column_name": "weight", "reason": "0 is no measurement"}


@given(
    st.sampled_from(
        [
            "/photos/a#1?.jpg",
            "zip://a?b#c.jpg::/x.zip",
            "https://h/x.jpg",
            "s3://bucket/x.jpg",
            "C:\\a\\b.jpg",
        ]
    )
    | st.tuples(
        st.sampled_from(["https://u:p@h", "ftp://u@h", "zip://a.jpg::https://u:p@h", "https://h"]),
        st.text("ab/.", max_size=5),
        st.sampled_from(["", "?token=x", "#y", "?a@b"]),
    ).map("".join)
)
@settings(max_examples=60)
def test_sql_and_python_show_a_location_alike(store: Engine, location: str) -> None:
    assert call.read(store, "part.shown_location", location=location)[0]["shown_location"] == shown(location)


def test_two_sides_may_exchange_their_photographs(store: Engine) -> None:
    run(store, coin("1", sides={"obverse": {"image": "/x.jpg"}, "reverse": {"image": "/y.jpg"}}))
    done = run(store, coin("1", sides={"obverse": {"image": "/y.jpg"}, "reverse": {"image": "/x.jpg"}}))
    assert done == Loaded(changed=1)
    assert sorted((face, image) for (_, face), image in images(store).items()) == [
        ("obverse", "/y.jpg"),
        ("reverse", "/x.jpg"),
    ]


def test_types_and_their_source(store: Engine) -> None:
    run(
        store,
        coin("1", types=(TypeClaim(label="RIC 1"), TypeClaim(catalogue="RRC", number="443/1"))),
    )
    assert coins(store)["1"]["type"] == "RIC 1"
    assert {(t["label"], t["said_by"]) for t in call.look(store, "api.types")} == {
        ("RIC 1", "/a.csv"),
        (None, "/a.csv"),
    }
    assert run(store, coin("1", types=(TypeClaim(label="RIC 2"),))) == Loaded(changed=1)
    assert coins(store)["1"]["type"] == "RIC 2"
    assert run(store, coin("1", types=())) == Loaded(changed=1)
    assert coins(store)["1"]["type"] is None


def test_dies_belong_to_a_study(store: Engine) -> None:
    run(
        store,
        coin("1", sides={"obverse": {"die": "O1"}}),
        coin("2", sides={"obverse": {"die": "O1"}}),
    )
    assert {d["die"] for d in call.look(store, "api.dies")} == {"O1"}
    assert run(store, coin("1", sides={"obverse": {"die": "O2"}})).changed == 1
    assert sorted(d["die"] for d in call.look(store, "api.dies")) == ["O1", "O2"]


def test_a_dry_run_stores_nothing(store: Engine) -> None:
    assert run(store, coin("1"), dry_run=True) == Loaded(new=1)
    assert coins(store) == {}


def test_a_dry_run_next_to_a_load_of_the_same_records_ends(store: Engine) -> None:
    """Both take their locks in one order, also in the middle of a load."""
    rows = [coin(str(n)) for n in range(400)]
    for before in range(1, 4):
        loading = load(store, f"/{before}.csv", [replace(row, collection=f"M {before}") for row in rows])
        done = sum((next(loading) for _ in range(before)), Loaded())
        trial = Thread(target=run, args=(store, *rows), kwargs={"source": f"/{before}.csv", "dry_run": True})
        trial.start()
        done = sum(loading, done)
        trial.join()
        assert done == Loaded(new=400)


def test_a_broken_reader_keeps_what_was_committed(store: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coinstore.records.batches.BATCH", 2)

    def cut_off():
        yield from (coin(str(n)) for n in range(5))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(load(store, "/a.csv", cut_off()))
    assert set(coins(store)) == {"0", "1", "2", "3"}
    assert run(store, *(coin(str(n)) for n in range(5))) == Loaded(new=1, unchanged=4)


records = st.lists(
    st.tuples(
        st.sampled_from("abcd"),
        st.sampled_from([None, 1.0, 2.5]),
        st.sampled_from([None, "/x", "/y", "/z"]),
    ),
    max_size=8,
)


@settings(max_examples=25)
@given(first=records, second=records)
def test_loading_twice_is_loading_once(store: Engine, first, second) -> None:
    def as_coins(rows):
        return [
            coin(
                name,
                place=f"row {n}",
                fields={"weight_g": weight},
                sides={"obverse": {"image": image}},
            )
            for n, (name, weight, image) in enumerate(rows, 2)
        ]

    with store.begin() as c:
        c.execute(text("truncate core.collection, core.source cascade"))
    run(store, *as_coins(first))
    run(store, *as_coins(second))
    before = [call.look(store, view) for view in ("api.coins", "api.images", "api.types")]
    done = run(store, *as_coins(second))
    assert done.new == 0
    assert [
        call.look(store, view) for view in ("api.coins", "api.images", "api.types")
    ] == before or done.changed


def test_a_photograph_that_is_let_go_is_had_by_who_asked_for_it(store: Engine, files) -> None:
    x, y = files("x.jpg"), files("y.jpg")
    asks = coin("2", sides={"obverse": {"image": x}})
    run(store, coin("1", sides={"obverse": {"image": x}}), asks)
    freed = coin("1", raw={"number": "1", "corrected": "yes"}, sides={"obverse": {"image": y}})
    run(store, freed, asks)
    assert sorted(images(store).values()) == [x, y]
    assert call.look(store, "api.faults") == []
    assert run(store, freed, asks) == Loaded(unchanged=2)


def test_types_known_by_their_address_alone_stay_apart(store: Engine) -> None:
    addresses = ["http://x/a", "http://x/b"]
    run(store, *(coin(str(n), types=(TypeClaim(uri, None, None, uri),)) for n, uri in enumerate(addresses)))
    assert sorted(row["uri"] for row in call.look(store, "api.types")) == addresses


def test_a_place_that_cannot_be_asked_for_is_no_reason_to_stop(store: Engine) -> None:
    bad = coin("1", sides={"obverse": {"image": f"/{'x' * 300}.jpg"}})
    assert run(store, bad, coin("2")).new == 2


def test_a_number_that_is_another_coin_s_id_is_ambiguous(store: Engine) -> None:
    run(store, coin("A"), coin("1"))  # ids 1 and 2
    with pytest.raises(Ambiguous, match="'1' could be Lakeside Museum/1, Lakeside Museum/A"):
        find_coin(store, "1")


def test_a_record_that_reads_as_last_time_is_not_sent_again(store: Engine) -> None:
    run(store, coin("1"), coin("2"), coin("3"))
    batch = Batch()
    for one in (coin("1"), coin("2", fields={"mint": "Rome"}), coin("3", place="row 9"), coin("4")):
        batch.add(one)
    with store.connect() as c:
        source_id = call.value(c, "job.begin_source", location="/a.csv")
        copy_rows(c, "pg_temp.incoming_head", HEADS, batch.heads)
        assert call.value(c, "job.take_batch", source_id=source_id) == [2, 4]


@pytest.mark.parametrize("value", [2**70, {"n": [10**40]}, 1.5e-7, "\U0001f600", {"": None}])
def test_a_record_keeps_values_of_any_size(store: Engine, value: object) -> None:
    run(store, coin("1", raw={"value": value}))
    assert call.look(store, "api.records")[0]["record"] == {"value": value}
    assert run(store, coin("1", raw={"value": value})) == Loaded(unchanged=1)


def test_large_records_make_small_batches(store: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coinstore.records.batches.LARGEST", 3000)
    rows = [coin(str(n), raw={"note": "x" * 1000}) for n in range(10)]
    assert [len(batch.heads) for batch in batches(rows)] == [3, 3, 3, 1]
    assert run(store, *rows) == Loaded(new=10)


def test_a_dry_run_of_many_batches_counts_repeated_numbers(
    store: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("coinstore.records.batches.BATCH", 2)
    rows = [coin(str(n % 5), place=f"row {n}") for n in range(9)]
    assert run(store, *rows, dry_run=True) == Loaded(new=5, refused=4, faults=4)
    assert run(store, *rows) == Loaded(new=5, refused=4, faults=4)
    assert run(store, *rows, dry_run=True) == Loaded(unchanged=5, refused=4, faults=4)

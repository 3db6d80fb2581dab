"""Loading set by set stores what comparing each record stored: the same rows, in the same order."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, text

from coinstore.db import call
from coinstore.records.batches import _side
from coinstore.records.coin import Coin, Fault, TypeClaim
from coinstore.records.load import Loaded, load

COMPARED = Path(__file__).parent / "fixtures" / "compared_load.sql"
SIZE = 3  # of a batch
SOURCES = ["/a.csv", "/b.csv"]

# Rows without their keys, in the order of the keys.
TABLES = {
    "collection": "select name from core.collection order by collection_id",
    "coin": "select l.name, c.* from core.coin c join core.collection l using (collection_id) order by c.coin_id",
    "recorded": "select c.inventory_number, r.field, r.value from core.recorded r join core.coin c using (coin_id)"
    " order by 1, 2, 3",
    "side": "select c.inventory_number, s.* from core.side s join core.coin c using (coin_id) order by s.side_id",
    "type": "select t.* from core.type t order by t.type_id",
    "coin_type": "select c.inventory_number, t.catalogue, t.number, t.label, x.* from core.coin_type x"
    " join core.coin c using (coin_id) join core.type t using (type_id) order by x.coin_id, x.rank, 2, 3, 4, x.said_by",
    "die": "select d.study, d.face, d.name, c.inventory_number from core.die d left join core.side_die sd using (die_id)"
    " left join core.side using (side_id) left join core.coin c using (coin_id) order by 1, 2, 3, 4",
    "record": "select s.location, c.inventory_number, r.* from core.record r join core.source s using (source_id)"
    " left join core.coin c using (coin_id) order by r.source_id, c.coin_id, r.place",
    "fault": "select s.location, r.place, f.* from core.fault f join core.record r using (record_id)"
    " join core.source s using (source_id) order by f.record_id, f.fault_id",
}
KEYS = {
    "coin_id",
    "collection_id",
    "side_id",
    "type_id",
    "record_id",
    "source_id",
    "fault_id",
    "noted_at",
    "digest",
    "said",
}

names = st.sampled_from(["Rome", "Roma", "Ostia", None])
claims = st.builds(
    TypeClaim,
    st.sampled_from(["RIC 1", "RIC 2", "RIC 3"]),
    st.sampled_from([None, "RIC"]),
    st.sampled_from([None, "1"]),
)
side = st.fixed_dictionaries(
    {},
    optional={
        "legend": st.sampled_from(["AVG", None]),
        "die": st.sampled_from(["O1", "O2", None]),
        "image": st.sampled_from(["/x.jpg", "/y.jpg", str(COMPARED), __file__, None]),
    },
)
coins = st.builds(
    Coin,
    place=st.just(""),
    raw=st.dictionaries(st.sampled_from("ab"), st.integers(0, 2), max_size=2),
    collection=st.sampled_from(["M", "N"]),
    inventory_number=st.sampled_from("123456"),
    fields=st.fixed_dictionaries(
        {}, optional={"weight_g": st.sampled_from([None, 1.5, 2.5]), "mint": names, "portrait": names}
    ),
    sides=st.dictionaries(st.sampled_from(["obverse", "reverse"]), side),
    types=st.none() | st.lists(claims, max_size=3).map(tuple),
    faults=st.lists(st.builds(Fault, st.sampled_from("wd"), st.just("?"), st.just("is odd")), max_size=2).map(
        tuple
    ),
    refusal=st.sampled_from([None, None, None, None, "has no value"]),
    is_whole=st.booleans(),
)
# What a source has at each of its loads; between them, perhaps, somebody names an alias.
loads = st.lists(
    st.tuples(st.sampled_from(SOURCES), st.lists(coins, max_size=9), st.booleans()), min_size=1, max_size=4
)


def placed(some: list[Coin]) -> list[Coin]:
    return [Coin(**{**fields(coin), "place": f"row {n}"}) for n, coin in enumerate(some, 2)]


def fields(coin: Coin) -> dict:
    return {name: getattr(coin, name) for name in Coin.__slots__}


def compared(store: Engine, source: str, some: list[Coin]) -> Loaded:
    """As `load`, by the functions of schema `compared`."""
    done = Loaded()
    with store.connect() as c:
        source_id = call.value(c, "compared.begin_source", location=source)
        call.value(c, "job.begin_ingest", source_id=source_id)
        c.commit()
        for start in range(0, len(some), SIZE):
            batch = json.dumps([payload(coin) for coin in some[start : start + SIZE]])
            done += Loaded(**call.rows(c, "compared.load_records", source_id=source_id, batch=batch)[0])
            c.commit()
        done += Loaded(faults=-call.value(c, "job.regain_photographs", source_id=source_id))
        c.commit()
    return done


def payload(coin: Coin) -> dict:
    # A type that a record names twice counts once.
    types = None if coin.types is None else [asdict(claim) for claim in dict.fromkeys(coin.types)]
    sides = {face: _side(said) for face, said in coin.sides.items()}
    return fields(coin) | {"sides": sides, "types": types, "faults": [asdict(fault) for fault in coin.faults]}


def rows(c: Connection, query: str) -> list[dict]:
    return [{k: v for k, v in row.items() if k not in KEYS} for row in c.execute(text(query)).mappings()]


def emptied(store: Engine) -> None:
    store.dispose()  # the two ways have temporary tables of the same names
    with store.begin() as c:
        c.execute(
            text(
                "truncate core.collection, core.source, core.type, core.die, core.term, compared.said"
                " restart identity cascade"
            )
        )


def stored(store: Engine, way, history: Iterable) -> tuple[list[Loaded], dict[str, list[dict]]]:
    emptied(store)
    counts = []
    for source, some, is_named in history:
        counts.append(way(store, source, placed(some)))
        if is_named:
            with store.begin() as c:
                call.rows(
                    c, "job.add_term", field="mint", name="Rome", aliases=["Roma"], nomisma=None, said_by="a"
                )
    with store.connect() as c:
        return counts, {name: rows(c, query) for name, query in TABLES.items()}


@settings(max_examples=40)
@given(history=loads)
def test_set_by_set_is_record_by_record(store: Engine, history, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coinstore.records.batches.BATCH", SIZE)
    with store.begin() as c:
        if not c.scalar(text("select to_regnamespace('compared')")):
            c.exec_driver_sql(COMPARED.read_text("utf-8"), execution_options={"no_parameters": True})
    before, expected = stored(store, compared, history)
    now, found = stored(store, lambda *given: sum(load(*given), Loaded()), history)
    assert now == before
    for name in TABLES:
        assert found[name] == expected[name], name

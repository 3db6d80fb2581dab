"""The wide views for BI tools, on coins whose answers are known."""

from collections import Counter

import numpy as np
import pytest
import topics
from sqlalchemy import Engine, text

from coinstore.db import call
from coinstore.db.copy import copy_vectors
from coinstore.errors import NotFound
from coinstore.graph.analyse import analyse_graph
from coinstore.graph.build import build_graph
from coinstore.graph.catalogue import GraphRequest
from coinstore.records.coin import Coin, Fault, TypeClaim
from coinstore.records.load import Plan, load

N = 12


@pytest.fixture
def filled(store: Engine) -> Engine:
    coins = [
        Coin(
            str(n),
            {},
            f"Museum {n % 2}",
            f"{n:02}",
            fields={"weight_g": 3.0 + n / 10, "year_from": -44, "year_to": -40},
            sides={
                "obverse": {"legend": f"L{n}", "die": f"D{n % 3}"},
                "reverse": {"legend": "R", "die": "E"},
            },
            types=(TypeClaim(f"T{n % 3}"),) if n else None,
            faults=(Fault("axis", "13", "no hour"),) if n == 3 else (),
        )
        for n in range(N)
    ]
    list(load(store, "/table.csv", coins))
    random = np.random.default_rng(1)
    with store.begin() as c:
        call.value(c, "job.add_space", name="tiny", recipe="{}", dims=4, precision="single")
        ids = list(
            c.execute(text("select side_id from core.side where face = 'obverse' order by 1")).scalars()
        )
        copy_vectors(c, "tiny", "single", ids, random.normal(size=(N, 4)).astype(np.float32))
        call.value(c, "job.settle_space", space="tiny")
    list(build_graph(store, "g", GraphRequest("tiny", k=5)))
    list(analyse_graph(store, "g"))
    return store


def rows(store: Engine, query: str) -> list:
    with store.connect() as c:
        return [dict(row) for row in c.execute(text(query)).mappings()]


def test_the_recipe_over_time_knows_every_age(store: Engine) -> None:
    """The query of `coinstore help recipes`: periods of fifty years, early or late, with each coin in one."""
    years = {
        -812: -850,
        -700: -700,
        -51: -100,
        -50: -50,
        -1: -50,
        1: 0,
        49: 0,
        50: 50,
        499: 450,
        500: 500,
        549: 500,
        610: 600,
        1204: 1200,
    }
    list(
        load(
            store, "/t", [Coin(str(y), {}, "M", str(y), fields={"year_from": y, "year_to": y}) for y in years]
        )
    )
    (query,) = [
        block for language, block in topics.blocks("recipes") if language == "sql" and "from_year" in block
    ]
    found = {row["from_year"]: row for row in rows(store, query)}
    assert {year: row["coins"] for year, row in found.items()} == Counter(years.values())
    assert list(found) == sorted(found) and all(
        row["before_year"] == year + 50 for year, row in found.items()
    )


def test_one_wide_row_for_each_coin(filled: Engine) -> None:
    found = rows(filled, "select * from api.coin_overview order by coin_id")
    assert len(found) == N
    first = found[1]
    assert (first["name"], first["type"], first["obverse_legend"], first["year_middle"]) == (
        "Museum 1/01",
        "T1",
        "L1",
        -42,
    )
    assert first["spaces"] == "tiny" and first["graph"] == "g"
    assert first["community"] >= 1
    assert sum(row["pagerank"] for row in found) == pytest.approx(1)
    for row in found:
        nearest = rows(
            filled,
            f"""select neighbour_id, similarity from api.neighbours where coin_id = {row["coin_id"]}
                                   and neighbour_collection <> collection order by rank limit 1""",
        )
        expected = nearest[0] if nearest else {"neighbour_id": None, "similarity": None}
        assert row["nearest_elsewhere_id"] == expected["neighbour_id"]
        assert row["nearest_elsewhere_similarity"] == expected["similarity"]


def test_the_graph_that_stands_for_all_is_chosen(filled: Engine) -> None:
    list(build_graph(filled, "later", GraphRequest("tiny", k=2)))
    assert rows(filled, "select graph, chosen from part.default_graph") == [
        {"graph": "g", "chosen": False}
    ]  # analysed
    call.run(filled, "job.choose_graph", graph="later")
    assert rows(filled, "select graph, chosen from part.default_graph") == [
        {"graph": "later", "chosen": True}
    ]
    with pytest.raises(NotFound, match="no graph nothing"):
        call.run(filled, "job.choose_graph", graph="nothing")
    call.run(filled, "job.drop_graph", graph="later")
    assert rows(filled, "select graph, chosen from part.default_graph") == [{"graph": "g", "chosen": False}]


def test_summaries_count_each_coin_once(filled: Engine) -> None:
    found = rows(filled, "select * from api.collection_summary order by 1")
    assert [(r["collection"], r["coins"], r["without_type"], r["weighed"]) for r in found] == [
        ("Museum 0", 6, 1, 6),
        ("Museum 1", 6, 0, 6),
    ]
    assert found[1]["weight_g_median"] == pytest.approx(3.6)
    types = rows(filled, "select * from api.type_summary order by 1")
    assert [(r["type"], r["coins"], r["obverse_dies"], r["reverse_dies"]) for r in types] == [
        ("T0", 3, 1, 1),
        ("T1", 4, 1, 1),
        ("T2", 4, 1, 1),
    ]


def test_each_run_of_an_ingestion_is_a_row(filled: Engine) -> None:
    list(
        load(
            filled,
            "/table.csv",
            [Coin("1", {}, "Museum 1", "01"), Coin("2", {}, None, None, refusal="it has no number")],
        )
    )
    list(load(filled, "/table.csv", [Coin("1", {}, "Museum 1", "99")], plan=Plan(dry_run=True)))
    found = rows(filled, "select * from part.ingest_runs order by run_id")
    assert [
        (r["source"], r["new"], r["unchanged"] + r["changed"], r["refused"], r["faults"], r["is_ended"])
        for r in found
    ] == [
        ("/table.csv", 12, 0, 0, 1, True),
        ("/table.csv", 0, 1, 1, found[1]["faults"], True),
    ]
    assert found[0]["started_at"] < found[0]["noted_at"]
    steps = load(filled, "/other.csv", [Coin(str(n), {}, "Other", f"{n}") for n in range(600)])
    next(steps)
    steps.close()  # stopped after a batch
    last = rows(filled, "select * from part.ingest_runs order by run_id")[-1]
    assert (last["new"], last["is_ended"]) == (50, False)


def test_spaces_come_and_go(filled: Engine) -> None:
    with filled.begin() as c:
        call.value(c, "job.add_space", name="other", recipe="{}", dims=4, precision="single")
    call.run(filled, "job.drop_space", name="other")
    assert {r["space"] for r in rows(filled, "select distinct space from part.side_spaces")} == {"tiny"}


def test_what_is_not_asked_for_is_not_read(filled: Engine) -> None:
    with filled.connect() as c:
        plan = "".join(
            c.execute(
                text("explain select collection, avg(weight_g) from api.coin_overview group by 1")
            ).scalars()
        )
        assert "coin" in plan
        for table in ("side", "image", "community", "centrality", "edge", "coin_type", "embedding"):
            assert f"Scan on {table}" not in plan and f" on {table} " not in plan, plan

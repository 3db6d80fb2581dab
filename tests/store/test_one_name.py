"""Names of coins in a store: one form for each, also for those that an earlier version stored."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, text

import coinstore_migrations.once as once_folder
from coinstore.db import call
from coinstore.records.load import load
from coinstore.records.reader import Reading, read

STEP = Path(once_folder.__file__).with_name("0018_one_name.sql")
ODD = ["LM\u00a01", "LM\u200b 1", "LM  1", "Mu\u0308nze\u00ad 2", "lm 1", "Ψ 3", "4\u200e"]


@pytest.fixture
def older(store: Engine) -> Engine:
    """A store as an earlier version filled it, upgraded."""
    with store.begin() as c:
        c.execute(text("insert into core.collection (name) values (:n)"), [{"n": "Mu\u0308nchen\u200b"}])
        coins = "insert into core.coin (collection_id, inventory_number) select collection_id, :n from core.collection"
        for name in ODD:
            c.execute(text(coins), {"n": name})
        c.execute(text("drop index core.coin_odd_name"))
        c.exec_driver_sql(STEP.read_text("utf-8"))
    return store


def numbers(store: Engine) -> list[str]:
    with store.begin() as c:
        return list(c.execute(text("select inventory_number from core.coin order by coin_id")).scalars())


def test_an_upgrade_gives_names_their_one_form(older: Engine) -> None:
    assert numbers(older) == ["LM 1", "LM\u200b 1", "LM  1", "Münze 2", "lm 1", "Ψ 3", "4"]
    with older.begin() as c:
        assert c.execute(text("select name from core.collection")).scalar() == "München"


def test_coins_whose_names_look_the_same_are_found_together(older: Engine) -> None:
    def found(name: str) -> list[str]:
        return [row["inventory_number"] for row in call.read(older, "api.find_coins", name=name)]

    assert sorted(found("LM 1")) == sorted(found("LM\u00a0\u200b1")) == ["LM  1", "LM 1", "LM\u200b 1"]
    assert found("LM  1") == ["LM  1"]  # exactly this one
    assert found("Mu\u0308nze\u00a02") == found("München/Münze 2") == ["Münze 2"]
    assert found("Mu\u0308nz") == ["Münze 2"]
    with older.begin() as c:
        coins = c.execute(
            text("select api.coin('München', 'LM 1'), api.coin(:c, :n), api.coin('München', 'LM  1')"),
            {"c": "Mu\u0308nchen", "n": "LM\u00a01"},
        ).one()
        c.execute(text("set local enable_seqscan = off"))
        plan = c.execute(
            text(
                "explain select coin_id from core.coin where part.is_odd_name(inventory_number) and part.one_name(inventory_number) = 'LM 1'"
            )
        ).scalars()
        assert "coin_odd_name" in "".join(plan)
    assert coins[0] == coins[1] != coins[2]


def test_a_table_in_any_form_updates_the_same_coin(older: Engine, tmp_path: Path) -> None:
    table = tmp_path / "a.csv"
    table.write_text(
        "Inv,Museum,Weight\nLM\u202f1,Mu\u0308nchen,3.5\nMünze 2,München,3.6\nLM 1,München,4\n", "utf-8"
    )
    loaded = sum(load(older, "/a.csv", read(Reading(str(table)))), start=next(iter(load(older, "/b", []))))
    assert (loaded.new, loaded.changed, loaded.refused) == (0, 2, 1)
    [fault] = call.look(older, "api.faults")
    assert fault["reason"] == "repeats the inventory number LM 1 of row 2"
    with older.begin() as c:
        kept = c.execute(text("select raw ->> 'Inv' from core.record order by record_id")).scalars()
        assert next(iter(kept)) == "LM\u202f1"


def test_the_upgrade_runs_again_on_what_it_made(older: Engine) -> None:
    before = numbers(older)
    with older.begin() as c:
        c.execute(text("drop index core.coin_odd_name"))
        c.exec_driver_sql(STEP.read_text("utf-8"))
    assert numbers(older) == before

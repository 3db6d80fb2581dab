"""Die groups in the store: stable names, verdicts, contradictions, and studies of others that stay as they are."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

import psycopg
import pytest
from sqlalchemy import Connection, Engine, text
from studied import compared, dies_of, judge, studied

from coinstore.db import call
from coinstore.dies.queue import queue
from coinstore.errors import NotFound, PredicateError, SettingsError, SpaceError
from coinstore.records.coin import Coin
from coinstore.records.load import load
from coinstore.store import Store

NAMES = list("abcdefgh")
LINKS = {
    ("a", "b"): 0.99,
    ("b", "c"): 0.95,
    ("a", "c"): 0.97,
    ("d", "e"): 0.9,
    ("a", "d"): 0.1,
    ("f", "g"): 0.2,
}


@pytest.fixture
def shop(store: Engine) -> Store:
    studied(store, NAMES)
    compared(store, LINKS)
    return Store(store)


def test_groups_of_the_compared_coins(shop: Store) -> None:
    obverse, reverse = shop.dies.group("trial")
    assert (obverse.coins, obverse.dies, obverse.singletons, obverse.links, obverse.refused) == (
        7,
        4,
        2,
        4,
        0,
    )
    assert (reverse.coins, reverse.dies) == (0, 0)
    assert dies_of(shop.engine, "trial") == {
        "a": "O1", "b": "O1", "c": "O1", "d": "O2", "e": "O2", "f": "O3", "g": "O4",
    }, "h was not compared"  # fmt: skip
    [study] = shop.dies.list()
    assert (study["study"], study["is_grouped"], study["coins"]) == ("trial", True, 7)
    assert (study["obverse_dies"], study["reverse_dies"], study["min_certainty"]) == (4, 0, 0.9)
    statistics = shop.sql("select * from api.die_statistics() where study = 'trial'")
    assert [(row["coins"], row["dies"], row["singletons"]) for row in statistics] == [(7, 4, 2)]


def test_names_stay_after_new_matches(shop: Store) -> None:
    shop.dies.group("trial")
    compared(shop.engine, {("c", "f"): 0.99, ("b", "f"): 0.99, ("g", "h"): 0.95})
    shop.dies.group("trial")
    assert dies_of(shop.engine, "trial") == {
        "a": "O1", "b": "O1", "c": "O1", "f": "O1", "d": "O2", "e": "O2", "g": "O4", "h": "O4",
    }  # fmt: skip
    compared(shop.engine, {("c", "f"): 0.1, ("b", "f"): 0.1, ("a", "f"): 0.1, ("d", "e"): 0.3})
    shop.dies.group("trial")
    found = dies_of(shop.engine, "trial")
    assert (found["d"], found["e"], found["f"]) == ("O2", "O5", "O6"), "O3 is lost, and not given again"
    again = dies_of(shop.engine, "trial")
    assert [row.new for row in shop.dies.group("trial")] == [0, 0] and dies_of(shop.engine, "trial") == again


def test_verdicts_win_over_probabilities(shop: Store) -> None:
    judge(shop.engine, "a", "c", "no link")
    judge(shop.engine, "f", "g", "same die", face="both")
    judge(shop.engine, "d", "e", "same type", face="both")
    obverse, reverse = shop.dies.group("trial")
    found = dies_of(shop.engine, "trial")
    assert found["a"] != found["c"] and found["f"] == found["g"]
    assert found["d"] == found["e"], "same type by both faces says nothing about dies"
    assert (reverse.coins, reverse.dies) == (2, 1), "a verdict by both faces is one by the reverse"
    assert obverse.refused == 1 and obverse.contradictions == []
    judge(shop.engine, "d", "e", "same type")
    shop.dies.group("trial")
    found = dies_of(shop.engine, "trial")
    assert found["d"] != found["e"], "who saw only the same type saw two dies"


def test_contradictions_are_listed_not_averaged(shop: Store) -> None:
    assert shop.dies.contradictions() == []
    judge(shop.engine, "a", "b", "same die", "Anna")
    judge(shop.engine, "b", "c", "same die", "Otto")
    judge(shop.engine, "a", "c", "no link", "Mia")
    judge(shop.engine, "d", "e", "same die", "Anna")
    judge(shop.engine, "d", "e", "no link", "Otto")
    disagreement, chain = shop.dies.contradictions()
    assert (chain["face"], chain["kind"]) == ("obverse", "chain meets a verdict")
    assert chain["coins"] == ["Museum/a", "Museum/b", "Museum/c"]
    assert chain["verdicts"] == ["same die: Anna", "same die: Otto", "not one die: Mia"]
    assert disagreement["coins"] == ["Museum/d", "Museum/e"]
    assert disagreement["verdicts"] == ["same die: Anna; not one die: Otto"]
    assert len(shop.dies.group("trial")[0].contradictions) == 2
    found = dies_of(shop.engine, "trial")
    assert found["a"] == found["b"] != found["c"] and found["d"] != found["e"]


def test_a_person_s_verdict_by_a_face_replaces_theirs_by_both(shop: Store) -> None:
    judge(shop.engine, "d", "e", "same die", "Anna", face="both")
    judge(shop.engine, "d", "e", "no link", "Anna")
    assert shop.dies.contradictions() == []
    shop.dies.group("trial")
    found, reverse = dies_of(shop.engine, "trial"), dies_of(shop.engine, "trial", "reverse")
    assert found["d"] != found["e"] and reverse["d"] == reverse["e"], "by the reverse it stays"
    shown = "select verdict, conflicting from api.matches where 'd' = inventory_number"
    assert shop.sql(shown) == [{"verdict": "no link", "conflicting": False}]
    judge(shop.engine, "d", "e", "same die", "Otto", face="both")
    [one] = shop.dies.contradictions()
    assert one["verdicts"] == ["same die: Otto; not one die: Anna"]
    assert shop.sql(shown) == [{"verdict": "same die", "conflicting": True}]


def test_only_current_matches_count(shop: Store) -> None:
    with shop.engine.begin() as c:
        c.execute(
            text(
                "update core.match set digest = gen_random_uuid() where side_id ="
                " (select side_id from api.sides where inventory_number = 'd' and face = 'obverse')"
            )
        )
    shop.dies.group("trial")
    found = dies_of(shop.engine, "trial")
    assert "d" in found and "e" not in found, "d was compared with a, too"


@contextmanager
def changed_between(store: Engine, function: str, statement: str) -> Iterator[None]:
    """Another session runs a statement just before a function is first called."""
    real, done = call.rows, []

    def rows(connection: Connection, name: str, **given: object) -> list:
        if name == function and not done:
            done.append(True)
            with store.begin() as other:
                other.execute(text(statement))
        return real(connection, name, **given)

    with mock.patch.object(call, "rows", rows):
        yield
    assert done


def test_what_changes_during_a_grouping_is_not_mixed_in(shop: Store) -> None:
    shop.dies.group("before")
    expected = [row.coins for row in shop.dies.group("trial")], dies_of(shop.engine, "before")
    for function in ("job.links_of_face", "job.pairs_within"):
        with changed_between(shop.engine, function, "update core.match set probability = 1 - probability"):
            found = [row.coins for row in shop.dies.group("trial")], dies_of(shop.engine, "trial")
        assert found == expected
        with shop.engine.begin() as c:
            c.execute(text("update core.match set probability = 1 - probability"))
    with changed_between(shop.engine, "job.match_queue", "delete from core.match"):
        assert len(queue(shop.engine, 9)) > 0


def age(store: Engine) -> None:
    with store.begin() as c:
        c.execute(text("update core.match set digest = gen_random_uuid()"))


def test_dies_stay_while_matches_are_not_current(shop: Store) -> None:
    shop.dies.group("trial")
    before = dies_of(shop.engine, "trial")
    age(shop.engine)
    with pytest.raises(NotFound, match="no match is current any more; match the coins"):
        shop.dies.group("trial")
    judge(shop.engine, "g", "h", "same die")
    obverse, _ = shop.dies.group("trial")
    assert (obverse.coins, obverse.dies, obverse.new, obverse.kept) == (2, 1, 0, 6)
    assert dies_of(shop.engine, "trial") == before | {"h": "O4"}
    with shop.engine.begin() as c:
        c.execute(text("delete from core.match"))
    compared(shop.engine, LINKS)
    obverse, _ = shop.dies.group("trial")
    assert (obverse.new, obverse.kept) == (0, 0) and dies_of(shop.engine, "trial") == before | {"h": "O4"}


def test_only_what_is_to_be_compared_again_keeps_its_die(shop: Store) -> None:
    judge(shop.engine, "g", "h", "same die")
    shop.dies.group("trial")
    age(shop.engine)
    shop.dies.group("trial", where="inventory_number > 'c'")
    assert set(dies_of(shop.engine, "trial")) == set("defgh"), "others do not meet the condition"
    with shop.engine.begin() as c:
        c.execute(text("delete from core.verdict"))
    judge(shop.engine, "d", "e", "same die")
    shop.dies.group("trial")
    assert set(dies_of(shop.engine, "trial")) == set("defg"), (
        "h was never matched, and nobody says anything of it"
    )


def test_a_condition_and_a_certainty_are_kept(shop: Store) -> None:
    shop.dies.group("trial", 0.96, "inventory_number < 'd'")
    assert dies_of(shop.engine, "trial") == {"a": "O1", "b": "O1", "c": "O1"}
    shop.dies.group("trial")
    [study] = shop.dies.list()
    assert (study["min_certainty"], study["predicate"]) == (0.96, "inventory_number < 'd'")
    shop.dies.group("trial", where="true")
    assert dies_of(shop.engine, "trial")["d"] != dies_of(shop.engine, "trial")["e"]
    with pytest.raises(PredicateError, match="--where"):
        shop.dies.group("trial", where="mint =")
    with pytest.raises(NotFound, match="no coin was compared"):
        shop.dies.group("other", where="inventory_number = 'h'")
    for certainty in (0.4, 1.0):
        with pytest.raises(SettingsError, match=r"at least 0\.5"):
            shop.dies.group("trial", certainty)
    assert [row["study"] for row in shop.dies.list()] == ["trial"]


DIES = {name: (f"A{n // 3}", f"B{n // 2}") for n, name in enumerate(NAMES)}


def test_studies_of_sources_and_groups_leave_each_other_alone(store: Engine) -> None:
    studied(store, NAMES, DIES)
    compared(store, LINKS)
    shop = Store(store)
    named = dies_of(store, "/source")
    assert named == {name: obverse for name, (obverse, _) in DIES.items()}
    with pytest.raises(SpaceError, match="come from a source; choose another name"):
        shop.dies.group("/source")
    with pytest.raises(SpaceError, match="the dies of the study /source come from a source"):
        shop.dies.group("source")  # known_study finds /source by it
    with pytest.raises(SpaceError, match="without a slash"):
        shop.dies.group("records/mine.csv")
    with pytest.raises(SpaceError, match="only groups can be dropped"):
        shop.dies.drop("/source")
    shop.dies.group("trial")
    grouped = dies_of(store, "trial")
    assert dies_of(store, "/source") == named
    coins = [
        Coin(str(n), {}, "Museum", name, sides={"obverse": {"die": "Z"}, "reverse": {"die": None}})
        for n, name in enumerate(NAMES)
    ]
    list(load(store, "/source", coins))
    assert dies_of(store, "/source") == dict.fromkeys(NAMES, "Z") and dies_of(store, "trial") == grouped
    shop.dies.group("trial")
    assert dies_of(store, "/source") == dict.fromkeys(NAMES, "Z") and dies_of(store, "trial") == grouped
    shop.dies.drop("trial")
    assert dies_of(store, "trial") == {} and dies_of(store, "/source") == dict.fromkeys(NAMES, "Z")
    with store.begin() as c:
        assert c.execute(text("select count(*) from core.die where study = 'trial'")).scalar() == 0
    with pytest.raises(NotFound, match="no study trial"):
        shop.dies.drop("trial")
    shop.dies.group("trial")
    assert dies_of(store, "trial") == grouped, "a dropped study begins again with O1"


def test_a_reader_sees_no_condition_while_coins_are_hidden(shop: Store, url: str) -> None:
    shop.dies.group("trial", where="inventory_number < 'x'")
    list(load(shop.engine, "/other", [Coin("1", {}, "Secret", "s")]))
    with shop.engine.begin() as c:
        c.execute(text("create role dies_reader login in role coinstore_reader"))
        c.execute(text("select job.set_private('{Secret}', 'all')"))
    try:
        with psycopg.connect(url.replace("postgresql+psycopg", "postgresql")) as reader:
            reader.execute("set session authorization dies_reader")
            shown = reader.execute("select study, coins, predicate from part.die_studies").fetchall()
            assert shown == [("trial", 7, None)]
    finally:
        with shop.engine.begin() as c:
            c.execute(text("drop role dies_reader"))

"""Studies of dies: the table of combinations, the dies with their coins, and how two studies differ."""

import pytest
from sqlalchemy import Engine, text
from studied import compared, judge, studied

from coinstore.db import call
from coinstore.dies.studies import natural
from coinstore.errors import NotFound
from coinstore.store import Store

NAMES = list("abcdef")
DIES = {"a": ("1", "X"), "b": ("1", "X"), "c": ("1", "Y"), "d": ("10", "Y"), "e": ("2", "Z"), "f": ("2", "Z")}


@pytest.fixture
def shop(store: Engine) -> Store:
    studied(store, NAMES, DIES)
    return Store(store)


def test_the_table_of_combinations(shop: Store) -> None:
    found = shop.dies.table()
    assert [(row["obverse_die"], row["reverse_die"], row["coins"]) for row in found] == [
        ("1", "X", 2), ("1", "Y", 1), ("2", "Z", 2), ("10", "Y", 1),
    ]  # fmt: skip
    first, *_, last = found
    weights = [first[f"weight_g_{name}"] for name in ("mean", "min", "max")]
    assert weights == pytest.approx([3.05, 3.0, 3.1]) and first["axes_h"] == [6, 12]
    assert (first["type"], first["types"], first["collections"], last["axes_h"]) == ("Type", 1, 1, [6])
    assert shop.sql("select coins from api.die_combinations where obverse_die = '2'") == [{"coins": 2}]


def test_a_mean_weight_has_the_digits_of_weights(store: Engine) -> None:
    studied(store, NAMES[:4], dict.fromkeys(NAMES[:4], ("1", "X")))
    [row] = Store(store).dies.table()
    assert row["weight_g_mean"] == 3.15, "and not 3.1500000000000004, as the sum of floats has it"


def test_the_dies_with_their_coins(shop: Store) -> None:
    dies = {(row["face"], row["die"]): row for row in shop.dies.show("/source")}
    assert list(dies)[:3] == [("obverse", "1"), ("obverse", "2"), ("obverse", "10")]
    assert dies["obverse", "1"]["names"] == ["Museum/a", "Museum/b", "Museum/c"]
    assert dies["obverse", "1"]["partners"] == ["X", "Y"] and dies["obverse", "1"]["coins"] == 3
    assert dies["reverse", "Y"]["partners"] == ["1", "10"]


def test_two_studies_are_compared_by_hand(shop: Store) -> None:
    """Four coins in {ab}{cd} and in {ab}{c}{d}: (1 - 2·1/6) / ((2 + 1)/2 - 2·1/6) = 4/7."""
    compared(shop.engine, {("a", "b"): 0.99, ("c", "d"): 0.1})
    judge(shop.engine, "c", "e", "same die", face="reverse")
    shop.dies.group("trial", where="inventory_number < 'f'")
    shop.dies.group("other", where="inventory_number < 'f'")
    compared(shop.engine, {("c", "d"): 0.99})
    shop.dies.group("trial")
    found = shop.dies.compare("trial", "other")
    obverse, reverse = found.agreement
    assert (obverse.coins, obverse.dies, obverse.other_dies, obverse.differ) == (4, 2, 3, 1)
    assert obverse.ari == pytest.approx(4 / 7)
    assert (reverse.coins, reverse.ari, reverse.differ) == (2, 1.0, 0)
    [one] = found.differences
    assert (one.inventory_number, one.die, one.other_die, one.change) == ("d", "O2", "O3", "split")
    [one] = shop.dies.compare("other", "trial").differences
    assert (one.inventory_number, one.die, one.other_die, one.change) == ("d", "O3", "O2", "merged")


def test_the_coin_to_show_agrees_most_by_current_matches(shop: Store) -> None:
    def shown() -> str:
        [die] = shop.sql("select distinct die_id from api.dies where die = '1' and face = 'obverse'")
        [best] = call.read(shop.engine, "part.best_sides", study="/source", dies=[die["die_id"]])
        return best["inventory_number"]

    compared(shop.engine, {("a", "b"): 0.99, ("b", "c"): 0.99})
    assert shown() == "b"
    with shop.engine.begin() as connection:
        connection.execute(text("update core.match set digest = gen_random_uuid()"))
    assert shown() == "a", "what was found on other photographs says nothing of these"


def test_a_coin_that_moved(shop: Store) -> None:
    compared(shop.engine, {("a", "b"): 0.99, ("c", "e"): 0.99, ("e", "f"): 0.99, ("d", "e"): 0.2})
    shop.dies.group("trial")
    found = shop.dies.compare("/source", "trial")
    assert [(one.inventory_number, one.change) for one in found.differences] == [("c", "moved")]
    assert found.agreement[1].ari is None and found.agreement[1].coins == 0


def test_unknown_studies(store: Engine) -> None:
    shop = Store(store)
    with pytest.raises(NotFound, match="no coin has a die yet"):
        shop.dies.table()
    studied(store, NAMES, DIES)
    with pytest.raises(NotFound, match="there is no study nothing; there are: /source"):
        shop.dies.compare("/source", "nothing")
    compared(store, {("a", "b"): 0.99})
    shop.dies.group("trial", where="inventory_number = 'a'")
    with pytest.raises(NotFound, match="there are 2 studies; name one: /source, trial"):
        shop.dies.show()
    shop.dies.group("other", where="inventory_number = 'b'")
    with pytest.raises(NotFound, match="have no coin of which both name a die"):
        shop.dies.compare("other", "trial")


def test_names_are_ordered_as_people_do() -> None:
    assert sorted(["O10", "O2", "B", "A12b", "A12a", "A2"], key=natural) == [
        "A2",
        "A12a",
        "A12b",
        "B",
        "O2",
        "O10",
    ]

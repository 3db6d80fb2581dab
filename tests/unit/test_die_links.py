"""Chains of dies: what hangs together, in which order, and how it is drawn."""

import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coinstore.dies.links import Component, components
from coinstore.dies.sequence import Step, steps
from coinstore.pages.dies.layout import SIZES, drawing

pairs = st.dictionaries(
    st.tuples(st.integers(1, 8), st.integers(101, 108)), st.integers(1, 30), min_size=1, max_size=24
)


def found(links: dict[tuple[int, int], int]) -> list[Component]:
    rows = [
        {"obverse_die_id": obverse, "reverse_die_id": reverse, "coins": coins}
        for (obverse, reverse), coins in links.items()
    ]
    return components(rows)


def ordered(links: dict[tuple[int, int], int], years: dict[int, float] | None = None) -> list[Step]:
    dies = {
        die: {
            "die": str(die),
            "face": "obverse" if die < 100 else "reverse",
            "coins": 1,
            "year": (years or {}).get(die),
        }
        for die in {die for link in links for die in link}
    }
    return list(steps(found(links), dies))


CHAIN = {(1, 101): 3, (1, 102): 1, (2, 102): 2, (2, 103): 1, (3, 103): 1}


def test_a_chain_has_one_order() -> None:
    [chain] = found(CHAIN)
    assert (chain.dies, chain.coins, chain.circles, chain.caption) == (6, 8, 0, "6 dies, 8 coins")
    assert sorted(chain.positions, key=chain.positions.get) == [3, 103, 2, 102, 1, 101]
    assert chain.between == {103, 2, 102, 1}
    assert list(chain.obverses) == [3, 2, 1] and list(chain.reverses) == [103, 102, 101]
    shown = ordered(CHAIN)
    assert [one.die for one in shown] == ["3", "103", "2", "102", "1", "101"]
    assert [one.position for one in shown] == [1, 2, 3, 4, 5, 6]
    assert [one.is_between for one in shown] == [False, True, True, True, True, False]
    assert {one.direction for one in shown} == {"not known"} and shown[2].partners == ["102", "103"]


@pytest.mark.parametrize(("sign", "first"), [(1, "3"), (-1, "101")])
def test_dates_of_the_records_give_the_direction(sign: int, first: str) -> None:
    places = {3: 0, 103: 1, 2: 2, 102: 3, 1: 4, 101: 5}
    shown = ordered(CHAIN, {die: sign * (10.0 + place // 2) for die, place in places.items()})
    assert shown[0].die == first and shown[0].direction.startswith(
        "dates of the records, rank correlation 0.9"
    )
    # Dates that do not follow the order, or of few dies, say nothing.
    assert ordered(CHAIN, {3: 5, 103: 1, 2: 9, 102: 2, 1: 8, 101: 1})[0].direction == "not known"
    assert ordered(CHAIN, {3: 1, 101: 9})[0].direction == "not known"
    assert ordered(CHAIN, dict.fromkeys(places, 7.0))[0].direction == "not known"


def test_closed_chains_are_counted_and_pairs_have_no_order() -> None:
    circle = {(1, 101): 1, (1, 102): 1, (2, 101): 1, (2, 102): 1}
    [one] = found(circle)
    assert (one.circles, one.between) == (1, frozenset()) and one.caption.endswith("4 coins, 1 closed chain")
    assert ordered({(1, 101): 9}) == []


@given(pairs)
def test_components_have_each_link_once_and_each_die_its_place(links: dict) -> None:
    parts = found(links)
    assert sorted(
        (link.obverse, link.reverse, link.coins) for part in parts for link in part.links
    ) == sorted((*pair, coins) for pair, coins in links.items())
    assert [part.coins for part in parts] == sorted((part.coins for part in parts), reverse=True)
    for part in parts:
        assert {*part.obverses, *part.reverses} == set(part.positions)
        assert all(abs(part.positions[a.obverse] - part.positions[a.reverse]) == 1 for a in part.links)
    shuffled = dict(sorted(links.items(), key=lambda item: (item[0][1], -item[0][0])))
    assert found(shuffled) == parts, "the order of rows is of no matter"


def crossings(rows: tuple[Sequence[int], Sequence[int]], links: dict) -> int:
    place = {die: n for row in rows for n, die in enumerate(row)}
    return sum(
        (place[a] - place[c]) * (place[b] - place[d]) < 0
        for (a, b), (c, d) in itertools.combinations(links, 2)
    )


@given(pairs)
def test_the_order_crosses_no_more_than_that_of_the_names(links: dict) -> None:
    for part in found(links):
        mine = {(link.obverse, link.reverse): 1 for link in part.links}
        assert crossings((part.obverses, part.reverses), mine) <= len(mine) * (len(mine) - 1) / 2
        if part.circles == 0 and max(map(len, (part.obverses, part.reverses))) <= 2:
            assert crossings((part.obverses, part.reverses), mine) == 0


@given(pairs)
def test_nothing_that_is_drawn_overlaps_or_leaves_the_drawing(links: dict) -> None:
    for part in found(links):
        drawn = drawing(part)
        for row in (True, False):
            xs = sorted(tile.x for tile in drawn.tiles if tile.is_obverse == row)
            side = drawn.tiles[0].side
            assert side in {px for _, px in SIZES}
            assert all(b - a >= side for a, b in itertools.pairwise(xs))
            assert xs[0] >= 0 and xs[-1] + side <= drawn.width
        assert {(line.obverse, line.reverse) for line in drawn.lines} == {
            (a.obverse, a.reverse) for a in part.links
        }
        assert all(0 < line.label[1] < drawn.height and 1 <= line.width <= 9 for line in drawn.lines)

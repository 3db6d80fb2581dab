"""Die groups: verdicts always win, weak links join nothing, the order of pairs is of no matter, names stay."""

import heapq
import itertools
from collections import Counter
from unittest import mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coinstore.dies import cluster
from coinstore.dies.cluster import LEAST_RECALL, Evidence, groups_of, weights_of
from coinstore.dies.contradictions import Judged, apart, contradictions, joined
from coinstore.dies.names import corresponding, named

LOWEST = 0.9
COUNT = 9
PAIRS = list(itertools.combinations(range(COUNT), 2))
pairs = st.sampled_from(PAIRS)
persons = st.lists(st.sampled_from("ABC"), max_size=2, unique=True)
verdicts = st.dictionaries(
    pairs, st.builds(Judged, persons, persons).filter(lambda said: said.same or said.apart), max_size=8
)
probabilities = st.dictionaries(pairs, st.floats(0, 1, width=32), max_size=30)


def evidence(found: dict, said: dict | None = None, count: int = COUNT) -> Evidence:
    said = dict(sorted((said or {}).items()))
    free = {pair: p for pair, p in found.items() if pair not in said}
    return Evidence(
        count,
        np.array(list(free), dtype=np.int64).reshape(-1, 2),
        np.array(list(free.values()), dtype=np.float64),
        joined(said),
        apart(said),
    )


def grouped(found: dict, said: dict | None = None, count: int = COUNT) -> list[int]:
    return groups_of(evidence(found, said, count), LOWEST).tolist()


def all_pairs(one: range, other: range | None = None, p: float = 0.99) -> dict:
    both = itertools.combinations(one, 2) if other is None else itertools.product(one, other)
    return dict.fromkeys(both, p)


@given(probabilities, verdicts)
def test_verdicts_always_win(found: dict, said: dict) -> None:
    groups = grouped(found, said)
    assert all(groups[a] != groups[b] for a, b in apart(said))
    if not list(contradictions(said)):
        assert all(groups[a] == groups[b] for a, b in joined(said))


@given(probabilities, verdicts)
def test_groups_stay_within_their_part_and_are_named_by_their_first(found: dict, said: dict) -> None:
    known = evidence(found, said)
    groups, parts = groups_of(known, LOWEST), known.parts(LOWEST)
    for group in set(groups.tolist()):
        members = np.flatnonzero(groups == group)
        assert members.min() == group and len(set(parts[members].tolist())) == 1


@given(probabilities, verdicts, st.randoms())
def test_the_order_of_pairs_is_of_no_matter(found: dict, said: dict, random) -> None:
    items, judged = list(found.items()), list(said.items())
    random.shuffle(items)
    random.shuffle(judged)
    assert grouped(dict(items), dict(judged)) == grouped(found, said)


@given(st.dictionaries(pairs, st.floats(0, 0.89), max_size=30))
def test_what_is_no_link_joins_nothing(found: dict) -> None:
    assert grouped(found) == list(range(COUNT))


@given(st.sampled_from(PAIRS), st.floats(0, 1))
def test_one_pair_is_joined_from_the_lowest_certainty(pair: tuple[int, int], p: float) -> None:
    assert (len(set(grouped({pair: p}))) < COUNT) == (p >= LOWEST)


@given(st.integers(4, 7), st.integers(4, 7), st.floats(0.9, 0.98), st.floats(0, 0.3))
def test_one_link_joins_no_groups_that_were_compared(one: int, other: int, p: float, low: float) -> None:
    first, second = range(one), range(one, one + other)
    found = all_pairs(first) | all_pairs(second) | all_pairs(first, second, low) | {(0, one): p}
    assert grouped(found, count=one + other) == [0] * one + [one] * other
    # The same link with nothing against it joins them; so do links of most pairs.
    assert set(grouped(all_pairs(first) | all_pairs(second) | {(0, one): p}, count=one + other)) == {0}
    assert set(grouped(all_pairs(range(one + other)), count=one + other)) == {0}


@pytest.mark.parametrize(
    ("size", "joins", "not_enough"), [(2, 0.99, 0.95), (3, None, 0.999), (4, None, 0.999), (5, None, 0.999)]
)
def test_how_sure_one_link_is_that_joins_compared_groups(
    size: int, joins: float | None, not_enough: float
) -> None:
    first, second = range(size), range(size, 2 * size)
    known = all_pairs(first, p=0.999) | all_pairs(second, p=0.999) | all_pairs(first, second, 0.0)
    assert grouped(known | {(0, size): not_enough}, count=2 * size) == [0] * size + [size] * size
    if joins:
        assert set(grouped(known | {(0, size): joins}, count=2 * size)) == {0}


@pytest.mark.parametrize(("size", "one_group"), [(5, True), (8, False)])
def test_a_link_that_is_surer_than_those_of_its_own_dies_joins_larger_groups(
    size: int, one_group: bool
) -> None:
    first, second = range(size), range(size, 2 * size)
    known = all_pairs(first) | all_pairs(second) | all_pairs(first, second, 0.0) | {(0, size): 0.999}
    assert (len(set(grouped(known, count=2 * size))) == 1) == one_group


def test_a_chain_that_was_not_compared_otherwise_is_one_group_and_one_that_was_is_not() -> None:
    chain = {(n, n + 1): 0.95 for n in range(7)}
    assert set(grouped(chain, count=8)) == {0}
    assert len(set(grouped(dict.fromkeys(itertools.combinations(range(8), 2), 0.0) | chain, count=8))) > 1


def test_a_worn_coin_with_few_links_stays_with_its_die() -> None:
    worn = {(n, 6): 0.97 if n < 2 else 0.1 for n in range(6)}
    assert grouped(all_pairs(range(6)) | worn, count=7) == [0] * 7


def test_a_low_probability_weighs_less_than_a_link_and_not_more_below() -> None:
    weights = weights_of(np.array([0, 0.001, 0.3, 0.5, 0.8, 0.9, 1]), LOWEST)
    least = np.log(1 - LEAST_RECALL)
    assert weights[:3] == pytest.approx([least, least, least]) and weights[3] == weights[4] == 0
    assert weights[5] == pytest.approx(np.log(9)) and np.isfinite(weights[6])


def test_links_that_join_everything_are_each_looked_at_a_few_times() -> None:
    """As many entries of one pair as its groups have grown would never come to an end."""
    rng = np.random.default_rng(1)
    found = np.unique(np.sort(rng.integers(0, 1500, (2000, 2)), axis=1), axis=0)
    found = found[found[:, 0] != found[:, 1]]
    with mock.patch.object(cluster.heapq, "heappop", side_effect=heapq.heappop) as taken:
        groups = groups_of(Evidence(1500, found, rng.uniform(0.9, 1, len(found))), 0.9)
    assert 100 < len(set(groups.tolist())) < 200
    assert taken.call_count < 20 * len(found)


def test_contradictions_are_listed_with_persons() -> None:
    said = {
        (0, 1): Judged(["A"], []),
        (1, 2): Judged(["A", "B"], []),
        (0, 2): Judged([], ["C"]),
        (3, 4): Judged(["A"], ["B"]),
        (5, 6): Judged([], ["A"]),
    }
    chain, disagreement = sorted(contradictions(said), key=lambda one: one.kind)
    assert (disagreement.kind, tuple(disagreement.sides)) == ("persons disagree", (3, 4))
    assert disagreement.said == [Judged(["A"], ["B"])]
    assert (chain.kind, list(chain.sides)) == ("chain meets a verdict", [0, 1, 2])
    assert chain.said == [said[0, 1], said[1, 2], said[0, 2]]
    groups = grouped(dict.fromkeys(PAIRS, 0.99), said)
    assert groups[1] == groups[2] != groups[0], "what more people say comes first"
    assert groups[3] != groups[4]


sides = st.dictionaries(st.integers(0, 30), st.integers(0, 6), max_size=20)


def first_members(groups: dict[int, int]) -> dict[int, int]:
    return {side: min(s for s, g in groups.items() if g == group) for side, group in groups.items()}


@given(sides, sides)
def test_names_stay_and_none_is_given_twice(before: dict, after: dict) -> None:
    before, after = first_members(before), first_members(after)
    old = dict(zip(before, named("obverse", before, {}, ()), strict=True))
    new = dict(zip(after, named("obverse", after, old, set(old.values())), strict=True))
    assert len({(new[s], after[s]) for s in after}) == len(set(after.values())) == len(set(new.values()))
    kept = set(new.values()) & set(old.values())
    for name in kept:
        assert any(new.get(side) == name for side, had in old.items() if had == name)
    assert named("obverse", before, old, set(old.values())) == list(old.values())
    # Where a group has all coins of one die and no others, it has its name.
    for name in set(old.values()):
        had = {side for side in old if old[side] == name}
        if any({s for s in after if after[s] == g} == had for g in set(after.values())):
            assert {new[side] for side in had} == {name}


def test_the_largest_is_the_first_and_a_lost_name_is_not_given_again() -> None:
    groups = {1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4}
    assert named("reverse", groups, {}, ()) == ["R3", "R2", "R2", "R1", "R1", "R1"]
    before = {1: "R3", 2: "R2", 3: "R2", 4: "R1", 5: "R1", 6: "R1"}
    merged = {1: 1, 2: 2, 3: 2, 4: 2, 5: 2, 6: 2, 7: 7}
    assert named("reverse", merged, before, set(before.values())) == ["R3", *["R1"] * 5, "R4"]


def test_correspondence_is_one_to_one_by_what_is_common() -> None:
    old = {1: "a", 2: "a", 3: "a", 4: "b", 5: "b", 6: "c"}
    new = {1: "x", 2: "x", 3: "y", 4: "x", 5: "x", 6: "y"}
    found = corresponding(old, new)
    assert found == {"a": "x", "c": "y"} and max(Counter(found.values()).values()) == 1

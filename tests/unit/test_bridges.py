"""Bridges of a group: each holds together as many pairs as fall apart without it."""

import networkx as nx
from hypothesis import given
from hypothesis import strategies as st

from coinstore.dies.bridges import separated

LINKS = st.sets(st.tuples(st.integers(0, 9), st.integers(0, 9)).filter(lambda pair: pair[0] < pair[1]))


def connected_pairs(links: set) -> int:
    return sum(len(part) * (len(part) - 1) // 2 for part in nx.connected_components(nx.Graph(links)))


@given(LINKS)
def test_a_bridge_holds_together_what_falls_apart_without_it(links: set) -> None:
    lost = {link: connected_pairs(links) - connected_pairs(links - {link}) for link in links}
    assert separated(links) == {link: pairs for link, pairs in lost.items() if pairs}


def test_no_link_holds_nothing_together() -> None:
    assert separated([]) == {}
    assert separated([(1, 2), (2, 3), (1, 3)]) == {}
    assert separated((n, n + 1) for n in range(5000))[2499, 2500] == 2500 * 2501

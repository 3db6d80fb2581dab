"""What graphs refuse, before the work; and graphs on a store that changes while they are built."""

import pytest
from sqlalchemy import Engine, text
from test_graph import DIMS, N, add_coins

from coinstore.db import call
from coinstore.errors import NotFound, PredicateError, SettingsError, SpaceError
from coinstore.graph import load
from coinstore.graph.analyse import analyse_graph
from coinstore.graph.build import CoinsGathered, build_graph
from coinstore.graph.catalogue import GraphRequest
from coinstore.spaces import catalogue


@pytest.fixture
def filled(store: Engine) -> Engine:
    for name in ("tiny", "other"):
        with store.begin() as c:
            call.value(c, "job.add_space", name=name, recipe="{}", dims=DIMS, precision="single")
    add_coins(store, range(60), 0)
    return store


def left(store: Engine) -> list[str]:
    """Tables of building runs."""
    with store.begin() as c:
        return list(
            c.execute(
                text(
                    "select relname from pg_class where relnamespace = 'core'::regnamespace and relname ~ '^(comparing|found)_'"
                )
            ).scalars()
        )


@pytest.mark.parametrize("k", [0, -1, 1001, 2000])
def test_impossible_numbers_of_neighbours(k: int) -> None:
    with pytest.raises(SettingsError, match=f"1 to 1,000 neighbours of each coin, not {k}"):
        GraphRequest("tiny", k=k)


def test_an_impossible_face() -> None:
    with pytest.raises(SettingsError, match="not of 'edge'"):
        GraphRequest("tiny", "edge")  # type: ignore[arg-type]


def test_unknown_algorithms_are_refused_before_the_work(filled: Engine) -> None:
    list(build_graph(filled, "g", GraphRequest("tiny", k=3)))
    with pytest.raises(NotFound, match=r"no algorithm magic; choose from: components, louvain"):
        list(analyse_graph(filled, "g", algorithms=("components", "magic")))
    assert call.look(filled, "api.graph_runs") == []
    for function in ("api.community_agreement", "part.community_values"):
        with pytest.raises(NotFound, match="no algorithm magic of communities"):
            call.read(filled, function, graph="g", label="mint", algorithm="magic")


@pytest.mark.parametrize("above", [1.5, -1.01, None])
def test_similarities_that_cannot_be(filled: Engine, above: float | None) -> None:
    with pytest.raises(SpaceError, match="is between -1 and 1"):
        call.read(filled, "api.edges_above", space="tiny", face="obverse", above=above)
    assert call.read(filled, "api.edges_above", space="tiny", face="obverse", above=1.0) == []


def test_a_verdict_has_a_name(filled: Engine) -> None:
    with pytest.raises(SpaceError, match="needs the name"):
        call.run(
            filled,
            "job.store_verdict",
            coin=1,
            neighbour=2,
            face="obverse",
            verdict="same die",
            said_by=" ",
            note=None,
        )


@pytest.mark.parametrize("where", ["nonsense =", "weight_g >", "mint in ('a',"])
@pytest.mark.parametrize("face", ["obverse", "both"])
def test_a_condition_that_breaks_off_is_no_matter_of_brackets(filled: Engine, where: str, face: str) -> None:
    with pytest.raises(PredicateError) as raised:
        list(build_graph(filled, "g", GraphRequest("tiny", face, where=where)))  # type: ignore[arg-type]
    assert str(raised.value).endswith(f'cannot be used: "{where}" ends where more must follow.')
    assert left(filled) == []


def test_coins_without_a_vector_are_counted(filled: Engine) -> None:
    gathered = next(s for s in build_graph(filled, "g", GraphRequest("tiny")) if isinstance(s, CoinsGathered))
    assert gathered == CoinsGathered(54, 6), "six of sixty have only a reverse"
    gathered = next(
        s for s in build_graph(filled, "g", GraphRequest("tiny", "both")) if isinstance(s, CoinsGathered)
    )
    assert gathered == CoinsGathered(60, 0)
    assert N > 60


def test_a_space_that_is_switched_during_a_build_stops_it(filled: Engine) -> None:
    list(build_graph(filled, "g", GraphRequest("tiny", k=3)))
    with filled.begin() as c:
        before = c.execute(text("select coin_id, neighbour_id, rank from api.edges order by 1, 3")).all()
    steps = build_graph(filled, "g", GraphRequest("tiny", k=5))
    assert isinstance(next(steps), CoinsGathered)
    with filled.begin() as c:
        c.execute(text("insert into core.embedding_other select * from core.embedding_tiny"))
        call.value(c, "job.settle_space", space="other")
    catalogue.switch_spaces(filled, "tiny", "other")
    with pytest.raises(SpaceError, match="now means another space"):
        list(steps)
    with filled.begin() as c:
        assert (
            c.execute(text("select coin_id, neighbour_id, rank from api.edges order by 1, 3")).all() == before
        )
    assert left(filled) == []
    [graph] = call.look(filled, "api.graphs")
    assert graph["space"] == "other", "the graph went with its vectors"
    list(build_graph(filled, "g", GraphRequest("tiny", k=5)))


def test_a_graph_is_loaded_as_it_was_at_one_moment(filled: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    list(build_graph(filled, "g", GraphRequest("tiny", k=3)))
    real = call.rows

    def meanwhile(connection, function, **arguments):
        found = real(connection, function, **arguments)
        if function == "part.coins_of_graph":
            monkeypatch.setattr(call, "rows", real)
            list(build_graph(filled, "g", GraphRequest("tiny", k=1, where="mint = 'Rome'")))
        return found

    monkeypatch.setattr(call, "rows", meanwhile)
    network = load(filled, "g")
    assert (len(network), network.number_of_edges(), network.graph["k"]) == (54, 54 * 3, 3)
    assert load(filled, "g").graph["k"] == 1

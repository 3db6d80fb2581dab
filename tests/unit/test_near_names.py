"""Near-identical names: what is proposed, why, and what is not."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coinstore.curation.near_names import Name, suggest


def reason(field: str, name: str, alias: str, coins: tuple[int, int] = (40, 2)) -> str | None:
    found = suggest(field, [Name(name, coins[0]), Name(alias, coins[1])])
    return next((s.reason for s in found if (s.name, s.alias) == (name, alias)), None)


@pytest.mark.parametrize(
    ("field", "name", "alias", "why"),
    [
        ("material", "Silver", "silver", "capitals"),
        ("mint", "Kyzikos", "Kyzikοs", "another script"),  # a Greek omicron
        ("mint", "ROMA", "RΟΜΑ", "another script"),
        ("mint", "Καλχηδών", "Καλχηδων", "accents"),
        ("mint", "Nîmes", "Nimes", "accents"),
        ("type", "RIC I, 207", "RIC I 207", "punctuation"),
        ("portrait", "Divus Hadrian", "Hadrian Divus", "order of words"),
        ("portrait", "Hadrian", "Divus Hadrian", "a title"),
        ("material", "silver", "AR", "usual"),
        ("material", "Silver", "Silber", "usual"),
        ("material", "Kupfer", "Copper", "usual"),
        ("authority", "Domitian", "Domitianus", "spelling"),
        ("mint", "Ephesus", "Ephesos", "spelling"),
        ("denomination", "Sestertius", "Sestretius", "one letter"),
        ("mint", "Konstantinopolis", "Konstantinoplis", "one letter"),
        ("mint", "Colonia Patricia", "Colonia Patricia (Cordoba)", "brackets"),
        ("mint", "Naxos", "Naxos?", "doubt"),
        ("portrait", "Domitian", "Domitia", "another name"),
        ("material", "Bronze", "AE", "alloy"),
    ],
)
def test_what_is_proposed_and_why(field: str, name: str, alias: str, why: str) -> None:
    assert why in (reason(field, name, alias) or "nothing")


@pytest.mark.parametrize(
    ("field", "one", "other"),
    [
        ("authority", "Friedrich II.", "Friedrich III."),
        ("type", "RIC I 207", "RIC I 208"),
        ("type", "RIC 207a", "RIC 207b"),
        ("portrait", "Julia", "Julius"),
        ("authority", "Drusus (Maior)", "Drusus (Minor)"),
        ("mint", "Kos", "Koson"),
        ("material", "Gold", "Lead"),
        ("denomination", "As", "AE"),
        ("authority", "M. Antonius", "L. Antonius"),
    ],
)
def test_what_is_not_proposed(field: str, one: str, other: str) -> None:
    assert suggest(field, [Name(one, 10), Name(other, 10)]) == []


def test_the_more_frequent_is_preferred_and_a_term_before_it() -> None:
    found = suggest("material", [Name("Silber", 5), Name("AR", 700), Name("Silver", 90)])
    assert [(s.name, s.alias, s.coins, s.alias_coins) for s in found] == [
        ("AR", "Silver", 700, 90),
        ("AR", "Silber", 700, 5),
    ]
    found = suggest("material", [Name("Silber", 5, True), Name("AR", 700)])
    assert [(s.name, s.alias) for s in found] == [("Silber", "AR")]


def test_the_surest_reasons_come_first() -> None:
    names = ["Silver", "silver", "AR", "Bronze", "AE", "Silver?"]
    found = suggest("material", [Name(name, 10 - n) for n, name in enumerate(names)])
    assert [s.rank for s in found] == sorted(s.rank for s in found)
    assert [s.alias for s in found] == ["silver", "AR", "Silver?", "AE"]


@given(
    st.lists(
        st.tuples(st.text(min_size=1, max_size=20), st.integers(1, 50)), max_size=30, unique_by=lambda n: n[0]
    )
)
def test_any_text_is_taken(names: list[tuple[str, int]]) -> None:
    given_ = [Name(*name) for name in names]
    for field in ("material", "mint", "portrait", "type"):
        found = suggest(field, given_)
        aliases = [s.alias for s in found]
        assert len(set(aliases)) == len(aliases) and all(s.name != s.alias for s in found)
        assert found == suggest(field, given_[::-1])


def test_ten_thousand_names_take_seconds() -> None:
    names = [
        Name(f"{a}{b}{c} {d}", 1)
        for a in ("Kar", "Ser", "Per", "Byz", "Tra")
        for b in ("ant", "ing", "os", "ul")
        for c in ("ion", "ia", "polis", "ene", "um")
        for d in range(100)
    ]
    started = time.perf_counter()
    suggest("type", names)
    assert time.perf_counter() - started < 20

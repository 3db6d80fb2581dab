"""Terms: one name is shown, the source's text is kept, and every step can be undone."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from coinstore.curation.terms import (
    Term,
    TermChange,
    add_term,
    export_terms,
    import_terms,
    list_terms,
    nomisma_uri,
    remove_alias,
    suggest_terms,
    write_suggestions,
)
from coinstore.db import call
from coinstore.errors import NotFound, SourceError, TermError, Unsuitable
from coinstore.records.coin import Coin, TypeClaim
from coinstore.records.load import Loaded, load

METALS = ["Silber", "AR", "Silver", "silver", "Gold", None]


def coin(n: int, **said) -> Coin:
    return Coin(
        place=str(n),
        raw={"n": n} | {k: str(v) for k, v in said.items()},
        collection="M",
        inventory_number=str(n),
        **said,
    )


def run(store: Engine, *coins: Coin, source: str = "/a.csv") -> Loaded:
    return sum(load(store, source, coins), Loaded())


def metals(*names: str | None) -> list[Coin]:
    return [coin(n, fields={"material": name}) for n, name in enumerate(names, 1)]


def column(store: Engine, name: str = "material") -> list[str | None]:
    return [row[name] for row in sorted(call.look(store, "api.coins"), key=lambda row: row["coin_id"])]


def recorded(store: Engine) -> dict[int, str]:
    rows = call.look(store, "part.recorded")  # the function promises no order
    return {row["coin_id"]: row["recorded"] for row in sorted(rows, key=lambda row: row["coin_id"])}


def add(store: Engine, field: str, name: str, *aliases: str, nomisma: str | None = None) -> TermChange:
    return add_term(store, Term(field, name, "A. Curator", aliases, nomisma))


def test_aliases_are_shown_as_one_and_come_back(store: Engine) -> None:
    loaded = metals("Silber", "AR", "Silver", "silver", "Gold", None)
    run(store, *loaded)
    before = column(store)
    assert add(store, "material", "silver", "Silber", "AR", "Silver", nomisma="nm:ar") == TermChange(3, 3)
    assert column(store) == ["silver"] * 4 + ["Gold", None]
    assert list(recorded(store).values()) == ["Silber", "AR", "Silver"]
    [term] = list_terms(store, "material")
    assert term["nomisma"] == "http://nomisma.org/id/ar" and term["coins"] == 4
    assert term["aliases"] == ["AR", "Silber", "Silver"]
    assert {row["said_by"] for row in call.look(store, "part.aliases")} == {"A. Curator"}
    assert add(store, "material", "silver", "Silber", "AR", "Silver") == TermChange(0, 0)
    assert run(store, *loaded) == Loaded(unchanged=6)
    assert remove_alias(store, "material", "AR") == TermChange(1, 1)
    assert column(store) == ["silver", "AR", "silver", "silver", "Gold", None]
    assert remove_alias(store, "material", "silver") == TermChange(2, 2)
    assert column(store) == before and recorded(store) == {} == dict(enumerate(list_terms(store)))


def test_what_is_loaded_later_takes_the_name(store: Engine) -> None:
    add(store, "material", "silver", "Silber")
    assert run(store, *metals("Silber", "Gold")) == Loaded(new=2)
    assert column(store) == ["silver", "Gold"]
    assert next(row["record"]["fields"] for row in call.look(store, "api.records")) == str(
        {"material": "Silber"}
    )
    assert run(store, *metals("Silber", "Silber")) == Loaded(changed=1, unchanged=1)
    assert run(store, *metals("silver", "Silber")) == Loaded(
        changed=1, unchanged=1
    )  # the source changed its text
    assert list(recorded(store).values()) == ["Silber"]
    run(store, *metals("Gold", None))
    assert column(store) == ["Gold", None] and recorded(store) == {}


def test_a_name_that_becomes_an_alias_brings_its_own(store: Engine) -> None:
    run(store, *metals("Silber", "Silver", "AR"))
    add(store, "material", "Silver", "Silber", nomisma="ar")
    assert add(store, "material", "AR", "Silver") == TermChange(1, 2)
    assert column(store) == ["AR"] * 3
    [term] = list_terms(store)
    assert (term["term"], term["aliases"]) == ("AR", ["Silber", "Silver"])
    assert term["nomisma"] is None  # it belonged to the name that is gone
    remove_alias(store, "material", "Silver")
    assert column(store) == ["AR", "Silver", "AR"]


def test_chains_and_circles_are_refused(store: Engine) -> None:
    add(store, "material", "silver", "Silber")
    with pytest.raises(TermError, match="Silber is already an alias of silver"):
        add(store, "material", "Silber", "AR")
    with pytest.raises(TermError, match="remove it first: coinstore terms remove material"):
        add(store, "material", "Billon", "Silber")
    with pytest.raises(TermError, match="alias of itself"):
        add(store, "material", "silver", "silver")
    with pytest.raises(NotFound, match="neither a name nor an alias"):
        remove_alias(store, "material", "AR")
    with pytest.raises(TermError, match="not a field"):
        add(store, "weight_g", "1", "2")
    with pytest.raises(TermError, match="empty"):
        add(store, "material", " ", "2")
    assert [term["aliases"] for term in list_terms(store)] == [["Silber"]]
    add(store, "mint", "Silber", "silver")  # another field is independent


@settings(max_examples=25)
@given(
    said=st.lists(st.lists(st.sampled_from(METALS), min_size=3, max_size=3), min_size=1, max_size=4),
    words=st.lists(st.tuples(st.booleans(), st.permutations(METALS[:4]), st.integers(1, 3)), max_size=4),
)
def test_whatever_was_said_taking_all_back_restores_it(store: Engine, said, words) -> None:
    """Loads and terms in any order: the shown name follows the last source text, which is kept."""
    with store.begin() as c:
        c.execute(text("delete from core.source"))
        c.execute(text("delete from core.coin"))
    for n in range(max(len(said), len(words))):
        if n < len(words):
            is_more, names, many = words[n]
            with contextlib.suppress(TermError, NotFound):
                if is_more:
                    add(store, "material", names[0], *names[1 : 1 + many])
                else:
                    remove_alias(store, "material", names[0])
        if n < len(said):
            run(store, *metals(*said[n]))
        names_of = {row["alias"]: row["term"] for row in call.look(store, "part.aliases")}
        last = said[min(n, len(said) - 1)]
        assert column(store) == [names_of.get(name, name) for name in last]
        assert list(recorded(store).values()) == [name for name in last if name in names_of]
    for term in list_terms(store):
        remove_alias(store, term["field"], term["term"])
    assert column(store) == said[-1] and recorded(store) == {}


def test_one_type_under_two_labels_counts_as_one(store: Engine) -> None:
    labels = ["RIC I 207", "RIC I² 207", "RIC I 208"]
    run(
        store,
        *(coin(n, types=(TypeClaim(label),)) for n, label in enumerate(labels)),
        coin(9, types=(TypeClaim(catalogue="RIC", number="I 207"),)),
    )
    assert add(store, "type", "RIC I² 207", "RIC I 207") == TermChange(1, 2)
    assert column(store, "type") == ["RIC I² 207", "RIC I² 207", "RIC I 208", "RIC I² 207"]
    types = call.look(store, "api.types")
    assert {(t["label"], t["recorded_label"]) for t in types} == {
        ("RIC I² 207", "RIC I 207"),
        ("RIC I² 207", "RIC I² 207"),
        ("RIC I 208", "RIC I 208"),
        ("RIC I² 207", None),
    }
    assert {row["recorded"] for row in call.look(store, "part.recorded")} == {"RIC I 207"}
    add(store, "type", "RIC I² 208", "RIC I 208", "RIC 208")
    run(store, coin(20, types=(TypeClaim("RIC 208"),)), source="/b.csv")  # one that comes later
    assert column(store, "type")[-1] == "RIC I² 208"
    add(store, "type", "Augustus 207", "RIC I² 207")
    assert column(store, "type")[0] == "Augustus 207"
    remove_alias(store, "type", "Augustus 207")
    remove_alias(store, "type", "RIC I² 208")
    assert column(store, "type") == ["RIC I 207", "RIC I² 207", "RIC I 208", "RIC I 207", "RIC 208"]


def test_filters_go_on_by_the_index(store: Engine) -> None:
    run(store, *metals(*["Silber", "Gold"] * 40))
    add(store, "material", "silver", "Silber")
    with store.begin() as c:
        c.execute(text("analyze core.coin"))
        c.execute(text("set local enable_seqscan = off"))
        plan = " ".join(
            c.execute(text("explain select coin_id from api.coins where material = 'silver'")).scalars()
        )
    assert "coin_material_idx" in plan
    assert "term" not in plan and "alias" not in plan and "recorded" not in plan and "type" not in plan


def test_sentences_are_forgotten_where_their_words_change(store: Engine) -> None:
    run(
        store,
        *(
            coin(n, fields={"material": name}, sides={"obverse": {"legend": "IMP"}})
            for n, name in enumerate(["Silber", "Gold"])
        ),
    )
    with store.begin() as c:
        call.value(
            c,
            "job.add_space",
            name="words",
            recipe='{"templates": ["{material}"]}',
            dims=3,
            precision="single",
            sees=["material"],
        )
        sides = c.execute(text("select side_id from core.side order by 1")).scalars().all()
        c.execute(
            text("insert into core.embedding_words select side_id, coin_id, face, '[1,0,0]' from core.side")
        )
        for side in sides:
            c.execute(
                text(
                    "select job.store_sentences('words', jsonb_build_array(jsonb_build_object('side_id', cast(:s as int), 'sentence', 'x', 'fields', '[]'::jsonb)))"
                ),
                {"s": side},
            )
    add(store, "material", "silver", "Silber")
    with store.begin() as c:
        assert c.execute(text("select side_id from core.embedding_words")).scalars().all() == sides[1:]


@pytest.mark.parametrize("given_", ["ar", "nm:ar", "http://nomisma.org/id/ar", "https://nomisma.org/id/ar"])
def test_concepts_of_nomisma(given_: str) -> None:
    assert nomisma_uri(given_) == "http://nomisma.org/id/ar"


@pytest.mark.parametrize("bad", ["", "a r", "nm:", "http://example.org/ar", "Köln", "../x"])
def test_no_concepts_of_nomisma(bad: str) -> None:
    with pytest.raises(TermError, match="not an id of nomisma"):
        nomisma_uri(bad)


def test_a_file_round_trip(store: Engine, tmp_path: Path) -> None:
    add(store, "portrait", "Hadrian", "Divus Hadrian", 'Hadrian, "Divus"', "Ἁδριανός", nomisma="hadrian")
    add(store, "mint", "Rome", nomisma="rome")
    before = list_terms(store), [row | {"said_at": None} for row in call.look(store, "part.aliases")]
    assert export_terms(store, tmp_path / "t.csv") == 4
    remove_alias(store, "portrait", "Hadrian")
    remove_alias(store, "mint", "Rome")
    assert list_terms(store) == []
    assert [row.fault for row in import_terms(store, tmp_path / "t.csv", "B")] == [None] * 4
    assert (
        list_terms(store),
        [row | {"said_at": None} for row in call.look(store, "part.aliases")],
    ) == before
    assert all(row.changed == TermChange(0, 0) for row in import_terms(store, tmp_path / "t.csv", "B"))


def test_faults_of_a_file_name_row_and_column_and_the_rest_goes_on(store: Engine, tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text(
        "\ufefffield,name,alias,nomisma\nmetal,silver,AR\nmaterial,,AR\nmaterial,silver,AR,not an id\n"
        "material,silver,AR,ar\nmaterial,Billon,AR\nmaterial,gold,Gold,,,5\n\nmaterial,AR,x\n"
        f"mint,{'x' * 501},y\nmint,x,{'y' * 501}\nmint,a\0b,c\n",
        "utf-8",
    )
    faults = [row.fault for row in import_terms(store, file, "A")]
    assert [f and f.split(":")[0] for f in faults] == [
        "t.csv, row 2, column field",
        "t.csv, row 3, column name",
        "t.csv, row 4, column nomisma",
        None,
        "t.csv, row 6, column alias",
        "t.csv, row 7, column after the last",
        "t.csv, row 9, column name",
        "t.csv, row 10, column name",
        "t.csv, row 11, column alias",
        "t.csv, row 12, column name",
    ]
    assert [term["term"] for term in list_terms(store)] == ["silver"]
    file.write_text("a,b\n1,2\n")
    with pytest.raises(SourceError, match="row 1 lacks the column field, name, alias"):
        list(import_terms(store, file, "A"))
    file.write_bytes(b"field,name,alias\nmint,K\xf6ln,x\n")
    with pytest.raises(SourceError, match="UTF-8"):
        list(import_terms(store, file, "A"))


def test_suggestions_are_a_file_that_can_be_taken(store: Engine, tmp_path: Path) -> None:
    run(
        store,
        *metals("Silber", "AR", "AR"),
        coin(9, fields={"portrait": "Divus Hadrian"}),
        coin(10, fields={"portrait": "Hadrian"}),
    )
    found = suggest_terms(store)
    assert {(s.field, s.name, s.alias) for s in found} == {
        ("material", "AR", "Silber"),
        ("portrait", "Hadrian", "Divus Hadrian"),
    }
    assert list_terms(store) == []  # nothing is merged without a person
    assert write_suggestions(found, tmp_path / "s.csv") == 2
    assert [row.fault for row in import_terms(store, tmp_path / "s.csv", "A")] == [None, None]
    assert suggest_terms(store) == []


def test_readers_may_look_and_change_nothing(store: Engine) -> None:
    for view in (
        "api.terms",
        "part.aliases",
        "part.recorded",
        "part.field_values",
        "api.imputed_values",
        "api.coins_imputed",
    ):
        assert list(call.look(store, view)) == []
    with pytest.raises(Unsuitable, match=r"may only read schema api"):
        call.read(store, "job.add_term", field="mint", name="a", aliases=["b"], nomisma=None, said_by="x")


def test_a_name_that_a_spreadsheet_would_run_is_guarded(store: Engine, tmp_path: Path) -> None:
    odd = ["=1+1", "'=1+1", "-x", "@a", "'tis"]
    add_term(store, Term("mint", odd[0], "A", tuple(odd[1:])))
    export_terms(store, tmp_path / "terms.csv")
    lines = (tmp_path / "terms.csv").read_text("utf-8").splitlines()[1:]
    assert {line.split(",")[1] for line in lines} == {"'=1+1"}
    assert {line.split(",")[2] for line in lines} == {"''=1+1", "'-x", "'@a", "'tis"}
    remove_alias(store, "mint", odd[0])
    assert [row.fault for row in import_terms(store, tmp_path / "terms.csv", "B")] == [None] * 4
    assert set(list_terms(store)[0]["aliases"]) == set(odd[1:])

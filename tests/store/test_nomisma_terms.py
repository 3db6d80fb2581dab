"""Terms from concepts of nomisma.org."""

from pathlib import Path
from typing import Any

import interchange
import pytest
from sqlalchemy import Engine

from coinstore.curation.nomisma import ImportedConcept, import_nomisma
from coinstore.curation.terms import Term, TermChange, add_term, list_terms
from coinstore.db import call
from coinstore.errors import SourceError
from coinstore.records.coin import Coin
from coinstore.records.load import load
from coinstore.records.reader import Reading, read

HEAD = (
    "@prefix nmo: <http://nomisma.org/ontology#> . @prefix nm: <http://nomisma.org/id/> ."
    " @prefix skos: <http://www.w3.org/2004/02/skos/core#> . @prefix dcterms: <http://purl.org/dc/terms/> .\n"
)
ROME = 'nm:rome a nmo:Mint ; skos:prefLabel "Rome"@en, "Rom"@de, "Roma"@it ; skos:altLabel "Urbs"@la .\n'


def run(store: Engine, folder: Path, text: str, *languages: str) -> list[Any]:
    (folder / "a.ttl").write_text(HEAD + text, "utf-8")
    return list(import_nomisma(store, [folder / "a.ttl"], "A", languages))


def terms(store: Engine) -> dict[str, tuple[str, set[str]]]:
    return {row["term"]: (row["nomisma"], set(row["aliases"])) for row in list_terms(store)}


def test_a_coin_is_shown_by_the_name_in_the_language_asked_for(store: Engine, tmp_path: Path) -> None:
    list(load(store, "/a.csv", [Coin("row 1", {}, "M", "1", fields={"mint": "Roma"})]))
    (row,) = run(store, tmp_path, ROME, "de")
    assert row == ImportedConcept("mint", "Rom", TermChange(aliases=3, coins=1))
    assert call.look(store, "api.coins")[0]["mint"] == "Rom"
    assert terms(store) == {"Rom": ("http://nomisma.org/id/rome", {"Rome", "Roma", "Urbs"})}
    # Again, and in another language: a name that is chosen stays.
    (row,) = run(store, tmp_path, ROME, "it")
    assert (row.name, row.changed) == ("Rom", TermChange(0, 0))


def test_a_spelling_of_two_concepts_is_no_alias(store: Engine, tmp_path: Path) -> None:
    other = 'nm:other_rome a nmo:Mint ; skos:prefLabel "Other"@en ; skos:altLabel "Roma"@en, "Rome"@fr .\n'
    rows = run(store, tmp_path, ROME + other, "en")
    assert terms(store) == {
        "Rome": ("http://nomisma.org/id/rome", {"Rom", "Urbs"}),
        "Other": ("http://nomisma.org/id/other_rome", set()),
    }
    assert sorted(row.fault for row in rows) == [
        "mint 'Other': 'Roma', 'Rome' also means something else, and is not an alias",
        "mint 'Rome': 'Roma' also means something else, and is not an alias",
    ]


def test_a_foreign_concept_is_left_out_and_the_others_are_added(store: Engine, tmp_path: Path) -> None:
    foreign = '<http://a.org/id/x> a nmo:Mint ; skos:prefLabel "X"@en .\n'
    first, second = run(store, tmp_path, foreign + ROME, "en")
    assert (first.name, first.changed) == ("X", TermChange(0, 0))
    assert first.fault.startswith("mint 'X' (http://a.org/id/x): 'http://a.org/id/x' is not an id of nomisma")
    assert (second.name, second.fault) == ("Rome", None)
    assert set(terms(store)) == {"Rome"}


def test_a_spelling_of_a_concept_that_is_stored_is_no_alias_of_another(store: Engine, tmp_path: Path) -> None:
    run(store, tmp_path, ROME, "en")
    other = 'nm:other_rome a nmo:Mint ; skos:prefLabel "Other"@en ; skos:altLabel "Roma"@en, "Rome"@fr .\n'
    (row,) = run(store, tmp_path, other, "en")
    assert row.fault == (
        "mint 'Other': 'Roma' (an alias of 'Rome'), 'Rome' also means something else, and is not an alias"
    )
    assert terms(store) == {
        "Rome": ("http://nomisma.org/id/rome", {"Rom", "Roma", "Urbs"}),
        "Other": ("http://nomisma.org/id/other_rome", set()),
    }


def test_names_of_people_stay_and_get_the_spellings(store: Engine, tmp_path: Path) -> None:
    add_term(store, Term("mint", "City of Rome", "B", ("Roma",), "rome"))
    (row,) = run(store, tmp_path, ROME, "en")
    assert (row.name, row.fault) == ("City of Rome", None)
    assert terms(store)["City of Rome"][1] == {"Rome", "Rom", "Roma", "Urbs"}


def test_replaced_concepts_and_those_of_no_field_are_left_out(store: Engine, tmp_path: Path) -> None:
    text = 'nm:x a nmo:Mint ; skos:prefLabel "X"@en ; dcterms:isReplacedBy nm:rome . nm:y a nmo:Hoard .\n'
    assert run(store, tmp_path, text) == [
        "a.ttl: has no material, denomination, mint or person; it is left out."
    ]
    assert "b.rdf" in next(iter(import_nomisma(store, [tmp_path / "b.rdf"], "A")))
    assert terms(store) == {}


def test_real_concepts_become_terms(store: Engine) -> None:
    files = sorted(interchange.file("rdf/nomisma_id").glob("*.rdf"))
    rows = list(import_nomisma(store, files, "A", ["de"]))
    found = {(row.field, row.name) for row in rows if isinstance(row, ImportedConcept)}
    assert found >= {
        ("material", "Silber"),
        ("mint", "Rom"),
        ("authority", "Augustus"),
        ("portrait", "Augustus"),
    }
    silver = next(row for row in list_terms(store, "material") if row["term"] == "Silber")
    assert silver["nomisma"] == "http://nomisma.org/id/ar" and {"Silver", "Argentum"} <= set(
        silver["aliases"]
    )
    again = list(import_nomisma(store, files, "A", ["de"]))
    assert {row.changed for row in again if isinstance(row, ImportedConcept)} == {TermChange(0, 0)}


NO_RDF = {
    "a web page": b"<!doctype html><title>Sorry</title>",
    "XML of no format": b"<?xml version='1.0'?><catalogue/>",
    "a bomb": b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "x"><!ENTITY b "&a;&a;">]><lolz>&b;</lolz>',
    "a bomb of RDF": b'<!DOCTYPE r [<!ENTITY a "x">]><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
    b' xmlns:nmo="http://nomisma.org/ontology#">&a;</rdf:RDF>',
    "nothing": b"",
    "packed": b"\x1f\x8b\x08 x",
}


@pytest.mark.parametrize("what", NO_RDF)
def test_a_file_that_is_no_rdf_is_called_what_ingest_calls_it(
    store: Engine, tmp_path: Path, what: str
) -> None:
    (path := tmp_path / "a.rdf").write_bytes(NO_RDF[what])
    with pytest.raises(SourceError) as refused:
        list(read(Reading(str(path), "M")))
    said = str(refused.value).removeprefix(str(path))
    assert list(import_nomisma(store, [path], "A")) == [f"a.rdf{said}"]

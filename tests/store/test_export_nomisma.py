"""RDF for Nomisma: compared as graphs with what Numishare writes for the same coins."""

from pathlib import Path

import exported
import interchange
import pytest
from rdflib import RDF, RDFS, XSD, Graph, Literal, URIRef
from rdflib.compare import graph_diff, to_isomorphic
from rdflib.namespace import DCTERMS, SKOS, VOID, Namespace
from sqlalchemy import Engine

from coinstore.db import call
from coinstore.errors import SettingsError
from coinstore.records.coin import Coin, TypeClaim
from coinstore.records.exports.about import About
from coinstore.records.exports.formats import FORMATS
from coinstore.records.exports.write import Export, export_coins
from coinstore.records.load import load

NMO = Namespace("http://nomisma.org/ontology#")
FRALIN = About(
    base="http://coins.lib.virginia.edu/id/",
    collection="The Fralin Museum of Art",
    dataset="http://coins.lib.virginia.edu/",
    title="The Fralin",
    description="About 600 coins",
    publisher="University of Virginia Library",
    licence="http://opendatacommons.org/licenses/odbl/",
    collection_uri="http://nomisma.org/id/uva",
)
DENARIUS = TypeClaim("RIC I 1", None, None, "http://numismatics.org/ocre/id/ric.1(2).aug.1")


def graph(path: Path) -> Graph:
    return Graph().parse(path, format="xml")


def comparable(found: Graph) -> Graph:
    """The graph without what only one of both has, and with numbers by their value."""
    same = Graph()
    collections = set(found.subjects(RDF.type, NMO.Collection))  # coinstore says their names
    for subject, predicate, value in found:
        if subject in collections:
            continue
        if predicate in (DCTERMS.replaces, RDFS.seeAlso, DCTERMS.title):
            continue
        if predicate in (NMO.hasAxis, NMO.hasDiameter, NMO.hasWeight):
            value = Literal(float(value))
        same.add((subject, predicate, value))
    return same


@pytest.mark.parametrize("number", ["1991.17.140", "1994.10.4", "1990.18.8", "1990.18.10"])
def test_the_graph_is_that_of_numishare(store: Engine, tmp_path: Path, number: str) -> None:
    expected = graph(interchange.file(f"rdf/numishare_{number}.rdf"))
    exported.fill(store, interchange.file(f"nuds/fralin_{number}.xml"))
    export_coins(store, tmp_path / "a.rdf", Export("nomisma", about=FRALIN))
    _, ours, theirs = graph_diff(
        *(to_isomorphic(comparable(one)) for one in (graph(tmp_path / "a.rdf"), expected))
    )
    assert sorted(map(str, ours)) == sorted(map(str, theirs)) == []


def test_what_nomisma_requires_is_there(store: Engine, tmp_path: Path) -> None:
    coin = Coin("row 1", {}, "M", "A 1/<b>", fields={"weight_g": 0.00012, "die_axis_h": 6}, types=(DENARIUS,))
    list(load(store, "/a.csv", [coin, Coin("row 2", {}, "M", "=2"), Coin("row 3", {}, "M", "3")]))
    done = export_coins(store, tmp_path / "a.rdf", Export("nomisma", about=FRALIN))
    assert (done.coins, done.left_out) == (1, 2)
    found = graph(tmp_path / "a.rdf")
    (subject,) = found.subjects(RDF.type, NMO.NumismaticObject)
    assert subject == URIRef(f"{FRALIN.base}M/A%201%2F%3Cb%3E")
    assert str(found.value(subject, DCTERMS.identifier)) == "A 1/<b>"
    assert found.value(subject, DCTERMS.title)
    assert found.value(subject, NMO.hasTypeSeriesItem) == URIRef(DENARIUS.uri or "")
    assert found.value(subject, VOID.inDataset) == URIRef(FRALIN.dataset)
    assert found.value(subject, NMO.hasAxis) == Literal("6", datatype=XSD.integer)
    assert found.value(subject, NMO.hasWeight) == Literal("0.00012", datatype=XSD.decimal)
    listed = (tmp_path / "a.left_out.csv").read_text("utf-8-sig").splitlines()
    assert listed == ["collection,inventory_number", "M,'=2", "M,3"]


def test_the_data_set_says_what_it_is(store: Engine, tmp_path: Path) -> None:
    export_coins(store, tmp_path / "a.rdf", Export("nomisma", about=FRALIN))
    found = graph(tmp_path / "a.void.rdf")
    (subject,) = found.subjects(RDF.type, VOID.Dataset)
    assert found.value(subject, DCTERMS.license) == URIRef(FRALIN.licence)
    assert found.value(subject, VOID.uriSpace) == Literal(FRALIN.base)
    assert found.value(subject, VOID.dataDump) == URIRef(f"{FRALIN.dataset}a.rdf")
    with pytest.raises(SettingsError, match="title, description, publisher, licence"):
        export_coins(store, tmp_path / "b.rdf", Export("nomisma", about=About(base="https://example.org/")))


def test_what_people_say_is_alike_is_a_close_match(store: Engine, tmp_path: Path) -> None:
    """It is said at both coins, and only where both are in the file."""
    coins = [Coin(f"row {n}", {}, "M", str(n), types=(DENARIUS,) if n != 5 else ()) for n in range(1, 7)]
    list(load(store, "/a.csv", coins))
    said = [(1, 2, "same die"), (1, 3, "same type"), (1, 3, "no link"), (2, 4, "no link"), (6, 5, "same die")]
    said += [(3, 6, "same type"), (1, 5, "same type")]
    ids = {row["inventory_number"]: row["coin_id"] for row in call.look(store, "api.coins")}
    for n, (one, other, verdict) in enumerate(said):
        pair = {"coin": ids[str(one)], "neighbour": ids[str(other)], "face": "obverse", "note": None}
        call.run(store, "job.store_verdict", **pair, verdict=verdict, said_by=f"person {n}")

    def close(where: str) -> list[tuple[str, str]]:
        export_coins(store, tmp_path / "a.rdf", Export("nomisma", where, FRALIN))
        pairs = graph(tmp_path / "a.rdf").subject_objects(SKOS.closeMatch)
        return sorted((str(one)[-1], str(other)[-1]) for one, other in pairs)

    assert close("true") == [("1", "2"), ("2", "1"), ("3", "6"), ("6", "3")]
    assert close("inventory_number <> '1' -- not this one") == [("3", "6"), ("6", "3")]
    assert close("inventory_number in ('1', '6')") == []


def test_what_rdf_says_is_read_back(store: Engine, tmp_path: Path) -> None:
    list(load(store, "/a.csv", [exported.FULL]))
    before = exported.rows(store)[0]
    export_coins(store, tmp_path / "a.rdf", Export("nomisma", about=FRALIN))
    exported.empty(store)
    exported.fill(store, tmp_path / "a.rdf")
    (found,) = exported.rows(store)
    same = (
        "collection",
        "inventory_number",
        "weight_g",
        "diameter_mm",
        "die_axis_h",
        "type_uri",
        "hoard_uri",
        "uri",
        "reverse_image",
    )
    assert [(name, found[name]) for name in same] == [(name, before[name]) for name in same]
    assert exported.faults(store) == []


def test_each_coin_is_in_its_own_collection(store: Engine, tmp_path: Path) -> None:
    """Only the coins of `collection` have the address of it; names of collections are read back."""
    names = (FRALIN.collection, "M & Sons", "München #2")
    coins = [Coin("row 1", {}, name, str(n), types=(DENARIUS,)) for n, name in enumerate(names)]
    list(load(store, "/a.csv", coins))
    before = exported.rows(store)
    for form in ("nuds", "lido", "nomisma"):
        path = tmp_path / f"a{FORMATS[form].suffix}"
        export_coins(store, path, Export(form, about=FRALIN))
        assert path.read_text("utf-8").count(f'"{FRALIN.collection_uri}"') == {"nomisma": 2, "nuds": 1}.get(
            form, 0
        )
        assert path.read_text("utf-8").count(f">{FRALIN.collection_uri}<") == (form == "lido")
    exported.empty(store)
    exported.fill(store, tmp_path / "a.rdf")
    found = exported.rows(store)
    assert [row["collection"] for row in found] == [row["collection"] for row in before]
    with pytest.raises(SettingsError, match="collection_uri needs collection"):
        About(collection_uri="http://nomisma.org/id/uva")

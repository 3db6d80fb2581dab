"""Nomisma RDF of coins, in every serialisation."""

import json
from pathlib import Path
from typing import Any

import interchange
import pytest

from coinstore.errors import SourceError
from coinstore.records.coin import Coin
from coinstore.records.reader import Reading, read

rdflib = pytest.importorskip("rdflib")

PREFIXES = """
@prefix nmo: <http://nomisma.org/ontology#> .
@prefix nm: <http://nomisma.org/id/> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix crm: <http://www.cidoc-crm.org/cidoc-crm/> .
@prefix un: <http://www.owl-ontologies.com/Ontology1181490123.owl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
COIN = """
<http://x/id/7> a nmo:NumismaticObject ; dcterms:identifier "A 7" ; nmo:hasCollection nm:uva ;
  nmo:hasWeight "2.860"^^xsd:decimal ; nmo:hasMaxDiameter 22 ; nmo:hasMinDiameter 20.5 ;
  nmo:hasAxis "6"^^<xsd:integer> ; nmo:hasStartDate "-0044"^^xsd:gYear ; nmo:hasEndDate "0014"^^xsd:gYear ;
  nmo:hasMint nm:rome, <https://www.nomisma.org/id/ostia#this> ;
  nmo:hasDenomination [ rdf:value nm:as ; un:hasUncertainty nm:uncertain_value ] ;
  nmo:hasTypeSeriesItem <http://numismatics.org/ocre/id/ric.1> ; dcterms:isPartOf nm:a_hoard ;
  nmo:hasFindspot [ crm:P7_took_place_at [ rdfs:label "Hollingbourne" ;
    crm:P89_falls_within <http://www.wikidata.org/entity/Q9199209> ] ] ;
  nmo:hasObverse <http://x/id/7#obverse> ; nmo:hasReverse <http://x/id/7#reverse> .
<http://x/id/7#obverse> foaf:depiction <http://x/7.jpg> ; foaf:thumbnail <http://x/7_small.jpg> ;
  nmo:hasLegend "IMP" ; dcterms:description "Kopf"@de, "Head"@en ; nmo:hasPortrait nm:augustus .
<http://x/id/7#reverse> foaf:depiction <http://x/7_r.jpg> .
nm:rome skos:prefLabel "Rom"@de, "Rome"@en .
"""


def one(folder: Path, text: str = COIN) -> Coin:
    (folder / "a").write_text(PREFIXES + text, "utf-8")
    (coin,), _ = interchange.coins(folder / "a")
    return coin


@pytest.mark.parametrize("case", interchange.cases("Nomisma RDF"))
def test_real_coins_are_read(case: dict) -> None:
    (coin,), reading = interchange.coins(interchange.file(case["file"]))
    interchange.check(case, coin)
    assert reading.notes[0].endswith("read as: Nomisma RDF.")


def test_the_same_coin_is_the_same_in_nuds_and_in_rdf() -> None:
    (ours,), _ = interchange.coins(interchange.file("rdf/numishare_1991.17.140.rdf"))
    (other,), _ = interchange.coins(interchange.file("nuds/fralin_1991.17.140.xml"))
    assert ours.inventory_number == other.inventory_number
    for name in ("weight_g", "diameter_mm", "die_axis_h", "hoard"):
        assert ours.fields[name] == other.fields[name], name
    assert [one.uri for one in ours.types] == [one.uri for one in other.types]
    assert {f: s["image"] for f, s in ours.sides.items()} == {f: s["image"] for f, s in other.sides.items()}


def test_a_coin_is_read_from_its_graph(tmp_path: Path) -> None:
    coin = one(tmp_path)
    fields = coin.fields
    assert (coin.collection, coin.inventory_number, fields["uri"]) == ("uva", "A 7", "http://x/id/7")
    assert (fields["weight_g"], fields["diameter_mm"], fields["diameter_min_mm"]) == (2.86, 22, 20.5)
    assert (fields["die_axis_h"], fields["year_from"], fields["year_to"]) == (6, -44, 14)
    assert (fields["findspot"], fields["findspot_uri"]) == (
        "Hollingbourne",
        "http://www.wikidata.org/entity/Q9199209",
    )
    assert fields["hoard_uri"] == "http://nomisma.org/id/a_hoard"
    assert fields["portrait"] == "augustus"
    assert coin.sides["obverse"]["image"] == "http://x/7.jpg"
    assert coin.sides["obverse"]["description"] == "Head"
    assert coin.sides["reverse"]["image"] == "http://x/7_r.jpg"
    assert [claim.uri for claim in coin.types] == ["http://numismatics.org/ocre/id/ric.1"]


def cells_of(path: Path) -> dict[str, str]:
    from coinstore.records.formats.rdf import formats
    from coinstore.sources.source import Source

    (form,) = formats()
    (row,) = form.records(Source.at(str(path)), form.mapping, print)
    return row.cells


def test_several_and_doubtful_names_are_kept_with_their_addresses(tmp_path: Path) -> None:
    one(tmp_path)
    cells = cells_of(tmp_path / "a")
    assert cells["nmo:hasMint"] == "Rome | ostia"
    assert cells["address(nmo:hasMint)"] == "http://nomisma.org/id/rome | http://nomisma.org/id/ostia"
    assert cells["nmo:hasDenomination"] == "as?"
    assert cells["address(nmo:hasDenomination)"] == "http://nomisma.org/id/as"


@pytest.mark.parametrize("syntax", ["xml", "pretty-xml", "turtle", "nt", "json-ld"])
def test_every_serialisation_is_the_same_coin(tmp_path: Path, syntax: str) -> None:
    wanted = one(tmp_path)
    graph = rdflib.Graph().parse(data=PREFIXES + COIN, format="turtle")
    (tmp_path / "b.txt").write_text(graph.serialize(format=syntax), "utf-8")
    (coin,), reading = interchange.coins(tmp_path / "b.txt")
    assert reading.notes == [f"{tmp_path / 'b.txt'}: read as: Nomisma RDF."]
    assert set(coin.fields.items()) == set(wanted.fields.items())
    assert (coin.sides, coin.types) == (wanted.sides, wanted.types)


def test_the_order_of_doubtful_names_is_that_of_their_addresses(tmp_path: Path) -> None:
    """Blank nodes have new names each time: these say nothing of their order."""
    names = ["antioch", "emesa", "lugdunum", "ostia", "rome", "siscia", "treveri"]
    doubtful = ", ".join(f"[rdf:value nm:{name} ; un:hasUncertainty nm:uncertain_value]" for name in names)
    graph = rdflib.Graph().parse(
        data=f"{PREFIXES} <http://x/1> a nmo:NumismaticObject ; nmo:hasMint {doubtful} ."
    )
    for n in range(3):
        (tmp_path / f"{n}.txt").write_text(graph.serialize(format="nt"), "utf-8")
        (coin,), _ = interchange.coins(tmp_path / f"{n}.txt", collection="M")
        assert [value.name for value in coin.values["mint"]] == names


def test_what_the_coin_does_not_say_is_taken_from_its_type(tmp_path: Path) -> None:
    text = """
    <http://x/1> a nmo:NumismaticObject ; nmo:hasCollection nm:m ; nmo:hasTypeSeriesItem <http://x/type> ;
      nmo:hasMaterial nm:av .
    <http://x/type> a nmo:TypeSeriesItem ; nmo:hasMaterial nm:ar ; nmo:hasMint nm:emerita ;
      nmo:hasStartDate "-0025"^^xsd:gYear ; nmo:hasObverse <http://x/type#obverse> .
    <http://x/type#obverse> nmo:hasLegend "AVGVST" .
    """
    coin = one(tmp_path, text)
    assert (coin.fields["material"], coin.fields["mint"]) == ("av", "emerita")
    assert coin.fields["year_from"] == -25
    assert coin.sides["obverse"]["legend"] == "AVGVST"
    assert coin.inventory_number == "1"


PROPERTIES = {
    "material": "nmo:hasMaterial",
    "denomination": "nmo:hasDenomination",
    "mint": "nmo:hasMint",
    "authority": "nmo:hasAuthority",
    "portrait": "nmo:hasObverse/nmo:hasPortrait",
}


def said(thing: str, path: str, value: str) -> str:
    """A triple, by a path of one or two properties."""
    first, _, second = path.partition("/")
    return f"{thing} {first} " + (f"[ {second} {value} ] ." if second else f"{value} .")


@pytest.mark.parametrize(("field", "path"), PROPERTIES.items())
def test_an_address_belongs_to_the_name_beside_which_it_is_said(
    tmp_path: Path, field: str, path: str
) -> None:
    text = (
        "<http://x/1> a nmo:NumismaticObject ; nmo:hasCollection nm:m ; nmo:hasTypeSeriesItem <http://x/t> ."
        + said("<http://x/1>", path, '"Own name"')
        + said("<http://x/t>", path, "nm:other")
    )
    fields = one(tmp_path, text).fields
    assert (fields[field], fields.get(f"{field}_uri")) == ("Own name", None)


def test_the_authority_of_a_coin_is_not_that_of_its_type(tmp_path: Path) -> None:
    text = """
    <http://x/1> a nmo:NumismaticObject ; nmo:hasCollection nm:m ; nmo:hasTypeSeriesItem <http://x/type> ;
      nmo:hasStatedAuthority "Nero" .
    <http://x/type> nmo:hasAuthority nm:augustus .
    """
    fields = one(tmp_path, text).fields
    assert (fields["authority"], fields.get("authority_uri")) == ("Nero", None)


@pytest.mark.parametrize(("field", "path"), PROPERTIES.items())
def test_texts_and_addresses_of_one_field_are_not_mixed_up(tmp_path: Path, field: str, path: str) -> None:
    text = "<http://x/1> a nmo:NumismaticObject ; nmo:hasCollection nm:m ." + said(
        "<http://x/1>", path, '"silver"@en, "Silber"@de, nm:ae, [ rdf:value nm:av ]'
    )
    (values,) = one(tmp_path, text).values.values()
    assert {(one.name, one.uri, one.is_uncertain) for one in values} == {
        ("silver", None, False),
        ("ae", "http://nomisma.org/id/ae", False),
        ("av", "http://nomisma.org/id/av", True),
    }


def test_of_several_hoards_one_counts_with_its_own_address(tmp_path: Path) -> None:
    text = """
    <http://x/1> a nmo:NumismaticObject ; nmo:hasCollection nm:m ; dcterms:isPartOf nm:a, nm:b .
    nm:b skos:prefLabel "B"@en .
    """
    coin = one(tmp_path, text)
    assert (coin.fields["hoard"], coin.fields["hoard_uri"]) == ("B", "http://nomisma.org/id/b")
    assert coin.faults == ()


def test_what_is_not_said_is_no_empty_value(tmp_path: Path) -> None:
    coin = one(tmp_path, "<http://x/1> a nmo:NumismaticObject ; nmo:hasCollection nm:m .")
    assert set(coin.fields) == {"uri"}


def test_an_axis_of_more_than_twelve_is_in_degrees(tmp_path: Path) -> None:
    coin = one(tmp_path, "<http://x/1> a nmo:NumismaticObject ; nmo:hasCollection nm:m ; nmo:hasAxis 300 .")
    assert coin.fields["die_axis_h"] == 10


def test_the_record_is_kept_the_same_each_time(tmp_path: Path) -> None:
    raw = one(tmp_path).raw
    assert raw == one(tmp_path).raw
    assert raw["nmo:hasMint"] == ["http://nomisma.org/id/rome", "https://www.nomisma.org/id/ostia#this"]
    assert raw["nmo:hasDenomination"][0]["rdf:value"] == ["http://nomisma.org/id/as"]


def test_types_hoards_and_concepts_are_skipped_and_counted(tmp_path: Path) -> None:
    more = "nm:h a nmo:Hoard . nm:t a nmo:TypeSeriesItem, skos:Concept . nm:c a nmo:Mint, skos:Concept ."
    (tmp_path / "a.ttl").write_text(PREFIXES + COIN + more, "utf-8")
    coins, reading = interchange.coins(tmp_path / "a.ttl")
    assert len(coins) == 1
    assert reading.skipped == {"a hoard": 1, "a type": 1, "a concept": 1}


def test_nothing_is_fetched_and_broken_files_say_where(tmp_path: Path) -> None:
    path = tmp_path / "a"
    graph = rdflib.Graph().parse(data=PREFIXES + COIN, format="turtle")
    for text, reason in (
        (json.dumps({"@context": "http://nomisma.org/ontology.jsonld", "@id": "x"}), "is not fetched"),
        (graph.serialize(format="xml").replace("</rdf:RDF>", "</x>"), r"not well-formed XML in line \d+"),
        (
            graph.serialize(format="xml").replace("<rdf:RDF", '<!DOCTYPE a [<!ENTITY b "c">]><rdf:RDF'),
            "entities",
        ),
        (PREFIXES + "<http://x> a nmo:NumismaticObject ; ; = .", "is not RDF that can be read"),
    ):
        path.write_text(text, "utf-8")
        with pytest.raises(SourceError, match=reason):
            list(read(Reading(str(path))))


def test_an_entity_of_another_file_is_refused_with_its_line(tmp_path: Path) -> None:
    text = rdflib.Graph().parse(data=PREFIXES + COIN, format="turtle").serialize(format="xml")
    text = text.replace("<rdf:RDF", '<!DOCTYPE rdf:RDF SYSTEM "x.dtd"><rdf:RDF').replace(
        ">IMP<", ">I &eacute; P<"
    )
    (tmp_path / "a").write_text(text, "utf-8")
    with pytest.raises(SourceError, match=r"in line \d+ is &eacute;, whose text is in another file"):
        interchange.coins(tmp_path / "a")
    (tmp_path / "a").write_text(text.replace("&eacute;", "&amp; &#233;"), "utf-8")
    (coin,), _ = interchange.coins(tmp_path / "a")
    assert coin.sides["obverse"]["legend"] == "I & é P"


def test_the_description_of_a_data_set_is_no_coin(tmp_path: Path) -> None:
    for name in ("kenom", "igch"):
        found, reading = interchange.coins(interchange.file(f"rdf/{name}.void.rdf"))
        assert (found, set(reading.skipped)) == ([], {"a description of a data set"})
    text = '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>'
    (tmp_path / "a.rdf").write_text(text, "utf-8")
    with pytest.raises(SourceError, match=r"is XML \(<rdf:RDF>, without Nomisma's ontology\) of no format"):
        interchange.coins(tmp_path / "a.rdf")


def test_a_coin_without_an_address_is_the_same_each_time(tmp_path: Path) -> None:
    """The name of a blank node is another one each time."""
    text = "[] a nmo:NumismaticObject ; nmo:hasCollection nm:m ; dcterms:identifier '{}' ."
    (tmp_path / "a").write_text(PREFIXES + "".join(text.format(n) for n in range(9)), "utf-8")
    before, after = interchange.coins(tmp_path / "a")[0], interchange.coins(tmp_path / "a")[0]
    assert before == after
    assert [coin.place for coin in before] == [f"coin {n}" for n in range(1, 10)]
    (tmp_path / "a").write_text(PREFIXES + text.replace("dcterms:identifier '{}'", "nmo:hasAxis 6"), "utf-8")
    with pytest.raises(SourceError, match="no column is the inventory number"):
        interchange.coins(tmp_path / "a")


WEB = "http://127.0.0.1:9/x.jsonld"


@pytest.mark.parametrize(
    "context",
    [
        {"@import": WEB},
        [{"a": "http://x/a"}, {"@import": WEB}],
        [[WEB]],
        {"a": {"@id": "http://x/a", "@context": WEB}},
        {"a": {"@id": "http://x/a", "@context": [{"@import": WEB}]}},
        "x.jsonld",
    ],
)
def test_no_context_is_fetched(tmp_path: Path, context: Any) -> None:
    said = {"@context": context, "@id": "http://x/1", "http://nomisma.org/ontology#hasMint": "Rome"}
    (tmp_path / "a").write_text(json.dumps(said), "utf-8")
    with pytest.raises(SourceError, match="which is not fetched"):
        list(read(Reading(str(tmp_path / "a"))))


def test_of_two_contexts_the_one_that_is_checked_is_read(tmp_path: Path) -> None:
    said = (
        '{"@context": "http://127.0.0.1:9/x.jsonld", "@context": {"nmo": "http://nomisma.org/ontology#"}, "@id": "http://x/1",'
        ' "@type": "nmo:NumismaticObject", "nmo:hasMint": "Rome"}'
    )
    (tmp_path / "a").write_text(said, "utf-8")
    (coin,), _ = interchange.coins(tmp_path / "a", collection="M")
    assert coin.fields["mint"] == "Rome"


def test_several_types_keep_their_names_and_addresses(tmp_path: Path) -> None:
    text = """
    <http://x/1> a nmo:NumismaticObject ; nmo:hasCollection nm:m ;
      nmo:hasTypeSeriesItem <http://numismatics.org/ocre/id/a>, <http://numismatics.org/ocre/id/b> .
    <http://numismatics.org/ocre/id/b> a nmo:TypeSeriesItem ; skos:prefLabel "RIC b"@en .
    """
    coin = one(tmp_path, text)
    assert {(claim.label, claim.uri) for claim in coin.types} == {
        ("http://numismatics.org/ocre/id/a", "http://numismatics.org/ocre/id/a"),
        ("RIC b", "http://numismatics.org/ocre/id/b"),
    }


def test_json_that_speaks_of_the_ontology_is_no_rdf(tmp_path: Path) -> None:
    said = [
        {
            "id": "1",
            "collection": "M",
            "findspot": "@home",
            "provenance": "nomisma.org/ontology, rdfs.org/ns/void",
        }
    ]
    (tmp_path / "a.json").write_text(json.dumps(said), "utf-8")
    (coin,), _ = interchange.coins(tmp_path / "a.json")
    assert (coin.inventory_number, coin.fields["findspot"]) == ("1", "@home")

"""Small valid files of the formats of museums and collectors, to begin from."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import rdflib

NUDS = """<?xml version="1.0"?>
<nudsGroup xmlns="http://nomisma.org/nuds" xmlns:xlink="http://www.w3.org/1999/xlink">
<nuds recordType="physical"><control><recordId>a.1</recordId></control><descMeta><typeDesc>
<date standardDate="-0044">44 BC</date><denomination certainty="uncertain">As</denomination><geographic>
<geogname xlink:role="mint" xlink:href="http://nomisma.org/id/rome">Rome &amp; Köln</geogname></geographic>
<obverse><legend xml:lang="la"><![CDATA[IMP <C>]]></legend></obverse></typeDesc>
<adminDesc><identifier>LM 1</identifier><collection>M</collection></adminDesc></descMeta></nuds>
<nuds recordType="conceptual"><descMeta/></nuds>
<nuds recordType="physical"><descMeta><adminDesc><identifier>LM 2</identifier></adminDesc></descMeta></nuds>
</nudsGroup>"""
LIDO = """<?xml version="1.0" encoding="utf-8"?>
<lido:lidoWrap xmlns:lido="http://www.lido-schema.org"><lido:lido><lido:lidoRecID>LM 1</lido:lidoRecID>
<lido:descriptiveMetadata xml:lang="de"><lido:objectClassificationWrap><lido:objectWorkTypeWrap><lido:objectWorkType>
<lido:term>Münze</lido:term></lido:objectWorkType></lido:objectWorkTypeWrap></lido:objectClassificationWrap>
<lido:objectIdentificationWrap><lido:objectMeasurementsWrap><lido:objectMeasurementsSet><lido:displayObjectMeasurements>
Durchmesser: 2,12 cm; Gewicht: 2,83 g</lido:displayObjectMeasurements></lido:objectMeasurementsSet>
</lido:objectMeasurementsWrap></lido:objectIdentificationWrap></lido:descriptiveMetadata></lido:lido>
<lido:lido><lido:lidoRecID>LM 2</lido:lidoRecID></lido:lido></lido:lidoWrap>"""
TURTLE = """@prefix nmo: <http://nomisma.org/ontology#> . @prefix nm: <http://nomisma.org/id/> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
<http://x/1> a nmo:NumismaticObject ; nmo:hasWeight "2.860"^^xsd:decimal ; nmo:hasMint nm:rome, "Köln"@de ;
  nmo:hasStartDate "-0044"^^xsd:gYear ; nmo:hasDenomination [ rdf:value nm:as ] ; nmo:hasObverse <http://x/1#obverse> .
<http://x/1#obverse> nmo:hasLegend "IMP" .
"""
MANIFEST = {
    "@context": "http://iiif.io/api/presentation/3/context.json",
    "type": "Manifest",
    "label": {"de": ["Münze"]},
    "metadata": [{"label": {"en": ["Identifier"]}, "value": {"none": ["LM 1"]}}],
    "items": [
        {
            "type": "Canvas",
            "label": {"en": ["obverse"]},
            "items": [{"items": [{"body": {"id": "http://x/1.jpg"}}]}],
        }
    ],
}
IKMK = {
    "ikmk_mds_id": "1",
    "permalink": "https://ikmk.smb.museum/object?id=1",
    "owner": {"owner_name": "Berlin"},
    "mint": [{"mint_name_en": "Rome?"}],
    "year_start": "-44",
    "linked_persons_corporations": {"57": {"items": {"1": {"last_name_en": "Nero"}}}},
}


def rdf() -> list[bytes]:
    graph = rdflib.Graph().parse(data=TURTLE, format="turtle")
    return [TURTLE.encode(), *(graph.serialize(format=one).encode() for one in ("xml", "nt", "json-ld"))]


def database() -> list[bytes]:
    with closing(sqlite3.connect(":memory:")) as database:
        database.executescript(
            """create table settings (title, value); insert into settings values ('Type', 'OpenNumismat');
            create table photos (id integer primary key, image blob, license text);
            insert into photos values (1, x'ffd8', 'CC0');
            create table coins (id integer primary key, title, mint, status, axis, obverseimg, reverseimg);
            insert into coins values (1, 'As', 'Rome', 'owned', 6, 1, null), (2, 'x', null, 'wish', 0, 9, 1)"""
        )
        return [database.serialize()]


SEEDS = {  # by reader: the ending of the file, and the files
    "nuds": (".xml", lambda: [NUDS.encode(), NUDS.encode("utf-16")]),
    "lido": (".xml", lambda: [LIDO.encode()]),
    "rdf": (".rdf", rdf),
    "iiif": (".json", lambda: [json.dumps(MANIFEST).encode()]),
    "ikmk": (".json", lambda: [json.dumps(IKMK).encode()]),
    "opennumismat": (".db", database),
}

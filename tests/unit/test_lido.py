"""LIDO: the records of museums: single, in a wrap, and as OAI-PMH answers."""

import re
from pathlib import Path
from typing import Any

import interchange
import pytest

from coinstore.errors import SourceError
from coinstore.records.coin import Coin, Reference, TypeClaim
from coinstore.records.formats.recognise import format_of
from coinstore.sources.source import Source

REPOSITORY = (
    '<lido:repositoryWrap><lido:repositorySet lido:type="current"><lido:repositoryName><lido:legalBodyName>'
    "<lido:appellationValue>Institut für Altertumskunde,\n   Universität zu Köln</lido:appellationValue>"
    "</lido:legalBodyName></lido:repositoryName>{ids}</lido:repositorySet></lido:repositoryWrap>"
)
ID = '<lido:workID lido:type="inventory number">V 1</lido:workID>'
WORK = (
    "<lido:objectClassificationWrap><lido:objectWorkTypeWrap><lido:objectWorkType><lido:term>{term}"
    "</lido:term></lido:objectWorkType></lido:objectWorkTypeWrap>{more}</lido:objectClassificationWrap>"
)


def record(
    info: str = "", event: str = "", work: str = "Münze", more: str = "", admin: str = "", ids: str = ID
) -> str:
    production = (
        "<lido:eventWrap><lido:eventSet><lido:event><lido:eventType><lido:term>Herstellung</lido:term>"
        f"</lido:eventType>{event}</lido:event></lido:eventSet></lido:eventWrap>"
    )
    return (
        '<lido:lido xmlns:lido="http://www.lido-schema.org"><lido:lidoRecID>rec 1</lido:lidoRecID>'
        f'<lido:descriptiveMetadata xml:lang="de">{WORK.format(term=work, more=more)}'
        f"<lido:objectIdentificationWrap>{REPOSITORY.format(ids=ids)}{info}</lido:objectIdentificationWrap>"
        f"{production}</lido:descriptiveMetadata>"
        f'<lido:administrativeMetadata xml:lang="de">{admin}</lido:administrativeMetadata></lido:lido>'
    )


def one(folder: Path, text: str) -> Coin:
    (folder / "a.xml").write_text(text, "utf-8")
    (coin,), _ = interchange.coins(folder / "a.xml")
    return coin


def cells_of(path: Path) -> list[dict[str, Any]]:
    """The cells of each record by their field, also of those that are not coins."""
    source = Source.at(str(path))
    form = format_of(source)
    fields = {path: column.field for path, column in form.mapping.columns.items()}
    rows = list(form.records(source, form.mapping, print))
    return [
        {fields[path]: text for path, text in reversed(row.cells.items()) if text and fields.get(path)}
        | {"skipped": row.skipped}
        for row in rows
    ]


@pytest.mark.parametrize("case", interchange.cases("LIDO"))
def test_real_records_are_read(case: dict) -> None:
    found = cells_of(interchange.file(case["file"]))
    assert len(found) == case["must"].pop("records", 1)
    for name, wanted in case["must"].items():
        said = found[0][name]
        assert (said if isinstance(wanted, str) else float(said.split(" ")[0])) == wanted, name
    for name, unwanted in case.get("must_not", {}).items():
        assert found[0][name] != unwanted
    assert all(one["skipped"] for one in found)  # twenty notes, and a token


def test_a_real_coin_keeps_its_licences_apart() -> None:
    path = interchange.file("lido/ddb_Kulturerbe_Niedersachsen_Herzberg.xml")
    (coin,), reading = interchange.coins(path)
    assert reading.notes == [f"{path}: read as: LIDO."]
    assert coin.collection == "Museum Schloss Herzberg"
    assert coin.inventory_number == "MSH_NUM_00119_SMF"
    assert (coin.fields["material"], coin.fields["year_from"]) == ("Silber", 1695)  # not Metall
    assert coin.rights["licence"] == "https://creativecommons.org/publicdomain/zero/1.0/"
    assert coin.sides["obverse"]["image_licence"] == "https://creativecommons.org/licenses/by/4.0/"
    assert not coin.faults


def test_what_is_no_coin_is_skipped_and_counted() -> None:
    path = interchange.file("lido/kenom_oai_chunk20.xml")
    coins, reading = interchange.coins(path)
    assert (coins, reading.skipped) == ([], {"Geldschein / Notgeld": 20})


@pytest.mark.parametrize(
    ("kind", "is_coin"),
    [
        ("Münze", True),
        ("Münzen", True),
        ("coin", True),
        ("Coins", True),
        ("antike Münze", True),
        ("Münze, römisch", True),
        ("Denar (Münze)", True),
        ("Münze / Einzelfund", True),
        ("monnaie romaine", True),
        ("Coin hoard", False),
        ("coin weight", False),
        ("Coin mould", False),
        ("coin-die", False),
        ("Kopie einer Münze", False),
        ("Münze (Kopie)", False),
        ("cast of a coin", False),
        ("Waage für Münzen", False),
        ("trésor de monnaies", False),
        ("Münzwaage", False),
        ("Medaille", False),
        ("Marke/Zeichen (Token)", False),
        ("Hortfund", False),
    ],
)
def test_the_kind_of_object_says_what_a_coin_is(tmp_path: Path, kind: str, is_coin: bool) -> None:
    (tmp_path / "a.xml").write_text(record(work=kind), "utf-8")
    coins, reading = interchange.coins(tmp_path / "a.xml")
    assert (len(coins), dict(reading.skipped)) == ((1, {}) if is_coin else (0, {kind: 1}))


@pytest.mark.parametrize(
    ("concept", "is_coin"), [("coin", True), ("coin_hoard", False), ("coin-weight", False)]
)
def test_the_concept_of_the_object_says_it_too(tmp_path: Path, concept: str, is_coin: bool) -> None:
    said = f"<lido:conceptID>http://nomisma.org/id/{concept}</lido:conceptID><lido:term>Objekt"
    (tmp_path / "a.xml").write_text(record().replace("<lido:term>Münze", said), "utf-8")
    coins, reading = interchange.coins(tmp_path / "a.xml")
    assert (len(coins), dict(reading.skipped)) == ((1, {}) if is_coin else (0, {"Objekt": 1}))


@pytest.mark.parametrize(
    ("token", "is_told"), [("<resumptionToken>abc</resumptionToken>", True), ("<resumptionToken/>", False)]
)
def test_a_part_of_a_list_is_told_from_the_whole(tmp_path: Path, token: str, is_told: bool) -> None:
    start = '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListRecords><record><metadata>'
    text = f"{start}{record()}</metadata></record>{token}</ListRecords></OAI-PMH>"
    (tmp_path / "a.xml").write_text(text, "utf-8")
    coins, reading = interchange.coins(tmp_path / "a.xml")
    assert [coin.place for coin in coins] == ["record 1"]
    assert any("is a part of a longer list" in note for note in reading.notes) == is_told


def test_records_in_a_wrap_and_in_an_answer_of_oai_are_read(tmp_path: Path) -> None:
    for start, end in (
        ('<lido:lidoWrap xmlns:lido="http://www.lido-schema.org">', "</lido:lidoWrap>"),
        (
            '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListRecords><record><metadata>',
            "</metadata></record></ListRecords></OAI-PMH>",
        ),
    ):
        coin = one(tmp_path, start + record() + end)
        assert (coin.collection, coin.inventory_number) == (
            "Institut für Altertumskunde, Universität zu Köln",
            "V 1",
        )


@pytest.mark.parametrize(
    ("ids", "number"),
    [
        ('<lido:workID lido:type="alte Inventarnummer">old</lido:workID>' + ID, "V 1"),
        ('<lido:workID lido:type="Interaktiver Münzkatalog">http://x</lido:workID>' + ID, "V 1"),
        ('<lido:workID lido:type="inventory_number">7</lido:workID>', "7"),
        ('<lido:workID lido:type="http://terminology.lido-schema.org/lido00113">8</lido:workID>', "8"),
        ("<lido:workID>9</lido:workID>", "9"),
        ("", "rec 1"),
    ],
)
def test_the_inventory_number_is_told_from_other_numbers(tmp_path: Path, ids: str, number: str) -> None:
    assert one(tmp_path, record(ids=ids)).inventory_number == number


def test_a_catalogue_number_of_kenom_is_no_inventory_number(tmp_path: Path) -> None:
    admin = '<lido:recordWrap><lido:recordID lido:source="kenom">12</lido:recordID></lido:recordWrap>'
    text = record(ids="<lido:workID>Rasmussen 304</lido:workID>", admin=admin)
    assert one(tmp_path, text).inventory_number == "12"


SIGNS = (
    '<lido:recordWrap><lido:recordID lido:source="KENOM">12</lido:recordID></lido:recordWrap>',
    "<lido:recordWrap><lido:recordID>12</lido:recordID><lido:recordSource><lido:legalBodyName>"
    "<lido:appellationValue>kenom</lido:appellationValue></lido:legalBodyName></lido:recordSource></lido:recordWrap>",
)


@pytest.mark.parametrize("admin", SIGNS)
def test_each_record_says_itself_whether_it_is_of_kenom(tmp_path: Path, admin: str) -> None:
    """Another record of the file, or a text that mentions KENOM, does not change it."""
    ids = "<lido:workID>9</lido:workID>"
    note = (
        "<lido:objectDescriptionWrap><lido:objectDescriptionSet><lido:descriptiveNoteValue>See kenom.de"
        "</lido:descriptiveNoteValue></lido:objectDescriptionSet></lido:objectDescriptionWrap>"
    )
    text = f"<wrap>{record(ids=ids, admin=admin)}{record(note, ids=ids)}</wrap>"
    (tmp_path / "a.xml").write_text(text, "utf-8")
    coins, _ = interchange.coins(tmp_path / "a.xml")
    assert [coin.inventory_number for coin in coins] == ["12", "9"]


@pytest.mark.parametrize("filler", [" ", "(", " (", "av:", "rs: ", "\n"])
def test_long_texts_are_read(tmp_path: Path, filler: str) -> None:
    """A search that tries each start with each end would take hours."""
    texts = {
        "displayPlace": f"Münzstätte {filler * 200_000} x",
        "descriptiveNoteValue": f"Vorderseite: Kopf {filler * 200_000} x",
        "displayObjectMeasurements": f"Gewicht: {filler * 200_000} x",
    }
    note = (
        "<lido:objectDescriptionWrap><lido:objectDescriptionSet><lido:descriptiveNoteValue>"
        f"{texts['descriptiveNoteValue']}</lido:descriptiveNoteValue></lido:objectDescriptionSet>"
        "</lido:objectDescriptionWrap>"
    )
    shown = (
        f"<lido:eventPlace><lido:displayPlace>{texts['displayPlace']}</lido:displayPlace></lido:eventPlace>"
    )
    coin = one(tmp_path, record(note + measured(shown=texts["displayObjectMeasurements"]), shown))
    assert coin.sides["obverse"]["description"].startswith("Kopf")


def measured(*measures: tuple[str, str, str], shown: str = "") -> str:
    sets = "".join(
        f"<lido:measurementsSet><lido:measurementType>{kind}</lido:measurementType><lido:measurementUnit>"
        f"{unit}</lido:measurementUnit><lido:measurementValue>{value}</lido:measurementValue>"
        "</lido:measurementsSet>"
        for kind, unit, value in measures
    )
    return (
        "<lido:objectMeasurementsWrap><lido:objectMeasurementsSet>"
        f"<lido:displayObjectMeasurements>{shown}</lido:displayObjectMeasurements>"
        f"<lido:objectMeasurements>{sets}</lido:objectMeasurements>"
        "</lido:objectMeasurementsSet></lido:objectMeasurementsWrap>"
    )


@pytest.mark.parametrize(
    "info",
    [
        measured(("Gewicht", "gr.", "2,83"), ("Durchmesser", "cm", "2.12"), ("Stempelstellung", "h", "1")),
        measured(("weight", "g", "2.83"), ("diameter", "mm", "21.2"), ("orientation", "clock", "1")),
        measured(shown="Teil (Werk): Durchmesser: ca, 2,12 cm; Gewicht: 2,83 g, Stempelstellung: 1 h"),
    ],
)
def test_measures_are_read_with_their_units_or_from_the_text(tmp_path: Path, info: str) -> None:
    fields = one(tmp_path, record(info)).fields
    assert (fields["weight_g"], fields["diameter_mm"], fields["die_axis_h"]) == (2.83, 21.2, 1)


def test_the_size_of_a_picture_is_no_diameter(tmp_path: Path) -> None:
    admin = (
        "<lido:resourceWrap><lido:resourceSet><lido:resourceRepresentation><lido:linkResource>http://x/a.jpg"
        "</lido:linkResource><lido:resourceMeasurementsSet><lido:measurementType>Durchmesser"
        "</lido:measurementType><lido:measurementUnit>pixel</lido:measurementUnit><lido:measurementValue>910"
        "</lido:measurementValue></lido:resourceMeasurementsSet></lido:resourceRepresentation>"
        "</lido:resourceSet></lido:resourceWrap>"
    )
    assert "diameter_mm" not in one(tmp_path, record(admin=admin)).fields


@pytest.mark.parametrize(
    ("dates", "years"),
    [
        ("<lido:date><lido:earliestDate>-0044</lido:earliestDate><lido:latestDate>-44</lido:latestDate></lido:date>", (-44, -44)),
        ("<lido:date><lido:earliestDate>-0044-01-01</lido:earliestDate><lido:latestDate>0012-12-31</lido:latestDate></lido:date>", (-44, 12)),
        ("<lido:date><lido:earliestDate>1922-01-01</lido:earliestDate><lido:latestDate>1922-12-31</lido:latestDate></lido:date>", (1922, 1922)),
        ("<lido:displayDate>211-244 n. Chr.</lido:displayDate><lido:date><lido:earliestDate/><lido:latestDate/></lido:date>", (211, 244)),
    ],
)  # fmt: skip
def test_years_are_signed_and_dates_are_shortened(tmp_path: Path, dates: str, years: tuple) -> None:
    coin = one(tmp_path, record(event=f"<lido:eventDate>{dates}</lido:eventDate>"))
    assert (coin.fields["year_from"], coin.fields["year_to"], coin.faults) == (*years, ())


@pytest.mark.parametrize(
    ("earliest", "latest", "displayed", "years"),
    [
        ("-0043", "-0043", "44 v. Chr.", (-44, -44)),
        ("-0043-01-01", "-0043-12-31", "44 v. Chr.", (-44, -44)),
        ("-0043", "-0041", "44-42 v. Chr.", (-44, -42)),
        ("-0026", "0014", "27 v. Chr. - 14 n. Chr.", (-27, 14)),
        ("0000", "0000", "1 v. Chr.", (-1, -1)),
        ("-0099", "0000", "1. Jh. v. Chr.", (-100, -1)),
        ("-0043", "", "44 v. Chr.", (-44, -44)),
        ("-0045", "-0045", "44 v. Chr.", (-44, -44)),
        ("-0044", "-0044", "44 v. Chr.", (-44, -44)),
        ("-0043", "-0043", "", (-43, -43)),
        ("-0101", "-0099", "um 100 v. Chr.", (-101, -99)),  # wider, and not shifted
        ("-0042", "-0042", "44 v. Chr.", None),
        ("0161", "0161", "162 n. Chr.", None),
        ("-0043", "0015", "44 v. Chr. - 14 n. Chr.", (-43, 15)),
    ],
)
def test_the_displayed_date_decides_whether_there_is_a_year_0(
    tmp_path: Path, earliest: str, latest: str, displayed: str, years: tuple[int, int] | None
) -> None:
    dates = (
        f"<lido:displayDate>{displayed}</lido:displayDate><lido:date><lido:earliestDate>{earliest}"
        f"</lido:earliestDate><lido:latestDate>{latest}</lido:latestDate></lido:date>"
    )
    coin = one(tmp_path, record(event=f"<lido:eventDate>{dates}</lido:eventDate>"))
    assert (coin.fields["year_from"], coin.fields["year_to"]) == (years or (None, None))
    assert len(coin.faults) == (years is None)


def test_an_acquisition_is_no_date_of_the_coin(tmp_path: Path) -> None:
    text = record().replace("Herstellung", "Erwerbung")
    date = "<lido:eventDate><lido:displayDate>1920</lido:displayDate></lido:eventDate>"
    coin = one(tmp_path, text.replace("</lido:eventType>", f"</lido:eventType>{date}"))
    assert (coin.fields, coin.sides, coin.types) == ({}, {}, None)


def material(*terms: str, shown: tuple[str, ...] = ()) -> str:
    texts = "".join(
        f"<lido:eventMaterialsTech><lido:displayMaterialsTech>{text}</lido:displayMaterialsTech>"
        "</lido:eventMaterialsTech>"
        for text in shown
    )
    kinds = "".join(
        "<lido:eventMaterialsTech><lido:materialsTech><lido:termMaterialsTech lido:type="
        f'"http://terminology.lido-schema.org/{term}</lido:termMaterialsTech></lido:materialsTech>'
        "</lido:eventMaterialsTech>"
        for term in terms
    )
    return texts + kinds


@pytest.mark.parametrize(
    "event",
    [
        material('lido00131"><lido:term>geprägt</lido:term>', 'lido00132"><lido:term>Bronze</lido:term>'),
        material(
            'termMaterialsTech_type/material"><lido:term lido:addedSearchTerm="yes">Metall</lido:term>'
            "<lido:term>Bronze</lido:term>"
        ),
        material(shown=("geprägt", "Bronze")),
    ],
)
def test_the_material_is_told_from_the_technique(tmp_path: Path, event: str) -> None:
    assert one(tmp_path, record(event=event)).fields["material"] == "Bronze"


def place(name: str, entity: str = "", shown: str = "") -> str:
    said = f' lido:politicalEntity="{entity}"' if entity else ""
    return (
        f"<lido:eventPlace><lido:displayPlace>{shown}</lido:displayPlace><lido:place{said}><lido:namePlaceSet>"
        f"<lido:appellationValue>{name}</lido:appellationValue></lido:namePlaceSet></lido:place>"
        "</lido:eventPlace>"
    )


@pytest.mark.parametrize(
    ("event", "mint"),
    [
        (place("Lydien", "Region") + place("Sardeis", "minting_place"), "Sardeis"),
        (place("Türkei", "Land") + place("Sardeis", "Münzstätte/Ausgabeort"), "Sardeis"),
        (place("Lydien") + place("Sardeis", shown="Sardeis (Münzstätte)"), "Sardeis"),
        (place("Sardeis"), "Sardeis"),
        (place("Lydien", "Region"), None),
        (place("Lydien") + place("Sardeis"), None),
    ],
)
def test_a_region_or_a_country_is_no_mint(tmp_path: Path, event: str, mint: str | None) -> None:
    assert one(tmp_path, record(event=event)).fields.get("mint") == mint


def test_the_preferred_term_in_the_first_language_counts(tmp_path: Path) -> None:
    terms = (
        '<lido:classificationWrap><lido:classification lido:type="nominal">'
        '<lido:term xml:lang="deu">Denar</lido:term><lido:term xml:lang="eng">Denarii</lido:term>'
        '<lido:term xml:lang="eng" lido:pref="http://terminology.lido-schema.org/lido00169">Denarius'
        "</lido:term></lido:classification></lido:classificationWrap>"
    )
    assert one(tmp_path, record(more=terms)).fields["denomination"] == "Denarius"


def actor(role: str, name: str) -> str:
    return (
        "<lido:eventActor><lido:actorInRole><lido:actor><lido:actorID>http://d-nb.info/gnd/1</lido:actorID>"
        f"<lido:nameActorSet><lido:appellationValue>{name}</lido:appellationValue></lido:nameActorSet>"
        f"</lido:actor><lido:roleActor><lido:term>{role}</lido:term></lido:roleActor></lido:actorInRole>"
        "</lido:eventActor>"
    )


def test_roles_tell_the_authority_and_the_portrait(tmp_path: Path) -> None:
    event = actor("Stempelschneider", "NN") + actor("Münzherr", "Nero") + actor("Dargestellte/r", "Poppaea")
    fields = one(tmp_path, record(event=event)).fields
    assert (fields["authority"], fields["portrait"]) == ("Nero", "Poppaea")
    assert fields["authority_uri"] == "http://d-nb.info/gnd/1"


@pytest.mark.parametrize(
    "info",
    [
        "".join(
            f'<lido:objectDescriptionSet lido:type="{face}"><lido:descriptiveNoteValue>{text}'
            "</lido:descriptiveNoteValue></lido:objectDescriptionSet>"
            for face, text in (("Vorderseite", "Kopf"), ("Rückseite", "Adler"))
        ),
        "<lido:objectDescriptionSet><lido:descriptiveNoteValue>Vorderseite: Kopf</lido:descriptiveNoteValue>"
        "</lido:objectDescriptionSet><lido:objectDescriptionSet><lido:descriptiveNoteValue>Rückseite: Adler"
        "</lido:descriptiveNoteValue></lido:objectDescriptionSet>",
        "<lido:objectDescriptionSet><lido:descriptiveNoteValue>HS: Kopf RS: Adler</lido:descriptiveNoteValue>"
        "</lido:objectDescriptionSet>",
    ],
)
def test_descriptions_are_told_by_their_kind_or_by_what_they_begin_with(tmp_path: Path, info: str) -> None:
    coin = one(tmp_path, record(f"<lido:objectDescriptionWrap>{info}</lido:objectDescriptionWrap>"))
    assert [coin.sides[face]["description"] for face in ("obverse", "reverse")] == ["Kopf", "Adler"]


def picture(name: str, perspective: str = "") -> str:
    said = f"<lido:resourcePerspective>{perspective}</lido:resourcePerspective>" if perspective else ""
    kinds = (("preview", "small"), ("provided", "large"))
    return (
        "<lido:resourceSet>"
        + "".join(
            f'<lido:resourceRepresentation lido:type="{kind}_representation"><lido:linkResource>'
            f"http://x/{size}/{name}.jpg</lido:linkResource></lido:resourceRepresentation>"
            for kind, size in kinds
        )
        + f"{said}</lido:resourceSet>"
    )


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (
            picture("1", "<lido:conceptID>http://www.nomisma.org/id/obverse</lido:conceptID>"),
            picture("2", "<lido:conceptID>http://www.nomisma.org/id/reverse</lido:conceptID>"),
        ),
        (picture("1", "<lido:term>front</lido:term>"), picture("2", "<lido:term>back</lido:term>")),
        (picture("1_O"), picture("2_R")),
        (picture("vs_1"), picture("rs_2")),
    ],
)
def test_the_largest_picture_of_each_face_counts(tmp_path: Path, first: str, second: str) -> None:
    text = record(admin=f"<lido:resourceWrap>{second}{first}</lido:resourceWrap>")
    coin = one(tmp_path, text)
    assert coin.sides["obverse"]["image"].startswith("http://x/large/")
    assert "1" in coin.sides["obverse"]["image"]
    assert "2" in coin.sides["reverse"]["image"]


def test_types_and_hoards_are_among_the_related_works(tmp_path: Path) -> None:
    works = "".join(
        f"<lido:relatedWorkSet><lido:relatedWork><lido:object><lido:objectWebResource>{address}"
        f"</lido:objectWebResource><lido:objectNote>{text}</lido:objectNote></lido:object></lido:relatedWork>"
        f"<lido:relatedWorkRelType><lido:term>{kind}</lido:term></lido:relatedWorkRelType></lido:relatedWorkSet>"
        for address, text, kind in (
            ("http://numismatics.org/ocre/id/ric.1", "RIC 1", "Typ"),
            ("http://x/hoard/1", "Fund von Y", "Fundkomplex"),
            ("http://x/book", "A book", "Literatur"),
        )
    )
    text = record().replace(
        "</lido:descriptiveMetadata>",
        f"<lido:objectRelationWrap><lido:relatedWorksWrap>{works}</lido:relatedWorksWrap>"
        "</lido:objectRelationWrap></lido:descriptiveMetadata>",
    )
    coin = one(tmp_path, text)
    (claim,) = coin.types
    assert (claim.label, claim.uri) == ("RIC 1", "http://numismatics.org/ocre/id/ric.1")
    (book,) = coin.references
    assert (book.kind, book.label, book.uri) == ("literature", "A book", "http://x/book")
    assert (coin.fields["hoard"], coin.fields["hoard_uri"]) == ("Fund von Y", "http://x/hoard/1")


def work(kind: str, name: str, uri: str = "") -> str:
    address = f"<lido:objectWebResource>{uri}</lido:objectWebResource>" if uri else ""
    return (
        f"<lido:relatedWorkSet><lido:relatedWork><lido:object>{address}<lido:objectNote>{name}</lido:objectNote>"
        "</lido:object></lido:relatedWork><lido:relatedWorkRelType>"
        f"<lido:term>{kind}</lido:term></lido:relatedWorkRelType></lido:relatedWorkSet>"
    )


def related(*works: str) -> str:
    wrap = f"<lido:relatedWorksWrap>{''.join(works)}</lido:relatedWorksWrap>"
    return record().replace(
        "</lido:descriptiveMetadata>",
        f"<lido:objectRelationWrap>{wrap}</lido:objectRelationWrap></lido:descriptiveMetadata>",
    )


def test_the_relation_tells_what_another_work_is(tmp_path: Path) -> None:
    """Types of any catalogue, coins, and other hoards than that of the coin."""
    ocre, igch = "http://numismatics.org/ocre/id/a", "http://coinhoards.org/id/igch"
    other = "http://numismatics.org/collection/1"
    text = related(
        work("type", "RIC 1"),
        work("type", "Own 2?", "https://example.org/types/2"),
        work("reference", "RIC a", ocre),
        work("hoard", "First hoard"),
        work("hoard", "Second hoard", f"{igch}2"),
        work("coin", "Another coin", other),
        work("literature", "A book"),
        work("has part", "Something else"),
    )
    coin = one(tmp_path, text)
    assert coin.faults == ()
    assert coin.types == (
        TypeClaim("RIC 1"),
        TypeClaim("Own 2", uri="https://example.org/types/2", is_uncertain=True),
        TypeClaim("RIC a", uri=ocre),
    )
    assert coin.fields["hoard"] == "First hoard" and coin.fields.get("hoard_uri") is None
    assert coin.references == (
        Reference("hoard", "Second hoard", uri=f"{igch}2"),
        Reference("coin", "Another coin", uri=other),
        Reference("literature", "A book"),
    )


def test_a_name_that_is_an_address_is_only_the_address(tmp_path: Path) -> None:
    gnd = "http://d-nb.info/gnd/1"
    coin = one(tmp_path, record(event=actor("Münzherr", gnd)))
    assert coin.fields == {"authority": None, "authority_uri": gnd}


ANSWER = '<?xml version="1.0"?><OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><request/>{}</OAI-PMH>'
NO_MATCH = '<error code="noRecordsMatch">No records &amp; no sets\nmatch.</error>'


@pytest.mark.parametrize("name", ["a", "a.xml", "a.csv"])
@pytest.mark.parametrize(
    ("said", "told"),
    [
        (NO_MATCH, " (noRecordsMatch: No records & no sets match.)"),
        ("<error code='badArgument'/>", " (badArgument)"),
        ("<ListRecords/>", ""),
    ],
)
def test_an_answer_without_records_is_called_so(tmp_path: Path, name: str, said: str, told: str) -> None:
    (tmp_path / name).write_text(ANSWER.format(said), "utf-8")
    wanted = f"is an answer of OAI-PMH without records{told}; ask its server with other values."
    with pytest.raises(SourceError, match=re.escape(wanted)):
        interchange.coins(tmp_path / name)


def test_in_a_folder_an_answer_without_records_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(record(), "utf-8")
    (tmp_path / "b.xml").write_text(ANSWER.format(NO_MATCH), "utf-8")
    coins, _ = interchange.coins(tmp_path)
    (refusal,) = (coin.refusal for coin in coins if coin.refusal)
    assert len(coins) == 2 and "without records (noRecordsMatch: No records & no sets match.)" in refusal


def test_an_answer_with_records_of_another_kind_is_of_no_format(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(ANSWER.format("<ListRecords><record/></ListRecords>"), "utf-8")
    with pytest.raises(SourceError, match="of no format that coinstore reads"):
        interchange.coins(tmp_path / "a.xml")

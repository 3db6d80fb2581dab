"""NUDS: the XML of Numishare."""

from pathlib import Path

import interchange
import pytest

from coinstore.errors import SourceError
from coinstore.records.coin import Coin, Reference, TypeClaim
from coinstore.records.mapping import read_mapping

HEAD = (
    '<nuds xmlns="http://nomisma.org/nuds" xmlns:xlink="http://www.w3.org/1999/xlink"'
    ' xmlns:mets="http://www.loc.gov/METS/" xmlns:tei="http://www.tei-c.org/ns/1.0" recordType="{kind}">'
)


def record(number: str = "1", typology: str = "", rest: str = "", kind: str = "physical") -> str:
    return (
        HEAD.format(kind=kind)
        + f"<control><recordId>r{number}</recordId></control><descMeta><typeDesc>{typology}</typeDesc>{rest}"
        + f"<adminDesc><identifier>{number}</identifier><collection>M</collection></adminDesc></descMeta></nuds>"
    )


def one(folder: Path, *records: str, name: str = "a.xml") -> Coin:
    (coin,) = several(folder, *records, name=name)
    return coin


def several(folder: Path, *records: str, name: str = "a.xml") -> list[Coin]:
    text = records[0] if len(records) == 1 else f"<nudsGroup>{''.join(records)}</nudsGroup>"
    (folder / name).write_text(text, "utf-8")
    return interchange.coins(folder / name)[0]


@pytest.mark.parametrize("case", interchange.cases("NUDS"))
def test_real_coins_are_read(case: dict) -> None:
    (coin,), reading = interchange.coins(interchange.file(case["file"]))
    interchange.check(case, coin)
    assert reading.notes[0].endswith("read as: NUDS.")
    assert coin.raw["xml"].startswith("<nuds")


def test_a_year_before_christ_has_no_zeros(tmp_path: Path) -> None:
    date = '<date standardDate="-0044">44 BC</date>'
    coin = one(tmp_path, record(typology=date))
    assert (coin.fields["year_from"], coin.fields["year_to"], coin.faults) == (-44, -44, ())


def test_a_date_that_contradicts_its_years_is_a_fault(tmp_path: Path) -> None:
    date = (
        '<dateRange><fromDate standardDate="-0077">76 B.C.</fromDate>'
        '<toDate standardDate="-0076">75 B.C.</toDate></dateRange>'
    )
    coin = one(tmp_path, record(typology=date))
    assert coin.fields["year_from"] is None
    assert "contradict" in coin.faults[0].reason


def test_dates_of_the_provenance_are_not_those_of_the_coin(tmp_path: Path) -> None:
    text = record().replace(
        "<identifier>",
        '<provenance><chronList><chronItem><date standardDate="1940">1940</date>'
        "<acquiredFrom>a sale</acquiredFrom></chronItem></chronList></provenance><identifier>",
    )
    coin = one(tmp_path, text)
    assert "year_from" not in coin.fields
    assert coin.fields["provenance"] == "1940 a sale"


@pytest.mark.parametrize("how", ["uncertain", "http://nomisma.org/id/uncertain_value"])
def test_doubt_is_kept(tmp_path: Path, how: str) -> None:
    mint = f'<geographic><geogname xlink:role="mint" certainty="{how}">Amphipolis</geogname></geographic>'
    cells = cells_of(tmp_path, record(typology=mint))
    assert cells["mint"] == "Amphipolis?"


def test_several_names_stay_several_and_a_region_is_no_mint(tmp_path: Path) -> None:
    text = record(
        typology="<geographic>"
        '<geogname xlink:role="mint" xlink:href="http://nomisma.org/id/rome">Rome</geogname>'
        '<geogname xlink:role="mint">Ostia</geogname>'
        '<geogname xlink:role="mint" xlink:href="http://nomisma.org/id/x">A | B</geogname>'
        '<geogname xlink:role="region">Italy</geogname></geographic>'
    )
    cells = cells_of(tmp_path, text)
    assert cells["mint"] == "Rome | Ostia | A \\| B"
    assert cells["mint_uri"] == "http://nomisma.org/id/rome |  | http://nomisma.org/id/x"


@pytest.mark.parametrize(
    ("roles", "name"),
    [
        (("authority", "issuer"), "authority 1"),
        (("statedAuthority", "issuer"), "statedAuthority 1"),
        (("issuer", "ruler"), "issuer 1"),
        (("ruler",), "ruler 1"),
    ],
)
def test_the_authority_is_whom_the_record_calls_so_first(tmp_path: Path, roles: tuple, name: str) -> None:
    persons = "".join(f'<persname xlink:role="{role}">{role} 1</persname>' for role in roles)
    coin = one(tmp_path, record(typology=f"<authority>{persons}</authority>"))
    assert coin.fields["authority"] == name


def test_the_language_of_a_description_is_chosen_and_never_the_last(tmp_path: Path) -> None:
    texts = "".join(
        f'<description xml:lang="{language}">{text}</description>'
        for language, text in (("fr", "Tête"), ("en", "Head"), ("de", "Kopf"))
    )
    coin = one(tmp_path, record(typology=f"<obverse><type>{texts}</type></obverse>"))
    assert coin.sides == {"obverse": {"description": "Head", "description_language": "en"}}


def test_the_language_can_be_said(tmp_path: Path) -> None:
    texts = '<description xml:lang="en">Head</description><description xml:lang="de">Kopf</description>'
    path, own = tmp_path / "a.xml", tmp_path / "own.toml"
    path.write_text(record(typology=f"<obverse><type>{texts}</type></obverse>"))
    own.write_text('languages = ["de"]')
    for given in ({"languages": ("de", "en")}, {"mapping": read_mapping(str(own))}):
        (coin,), _ = interchange.coins(path, **given)
        assert coin.sides["obverse"]["description"] == "Kopf"


def test_the_type_is_told_from_other_references(tmp_path: Path) -> None:
    text = record(
        rest="<refDesc>"
        '<reference arcrole="nmo:hasTypeSeriesItem" href="http://numismatics.org/ocre/id/ric.1">'
        "<tei:title>RIC</tei:title><tei:idno>1</tei:idno></reference>"
        '<reference xlink:href="http://numismatics.org/pco/id/svoronos.1"><tei:title>Svoronos</tei:title>'
        "<tei:idno>1</tei:idno></reference><reference><tei:title>The Normanby Hoard</tei:title><tei:idno>1115</tei:idno></reference></refDesc>"
    )
    coin = one(tmp_path, text)
    (claim,) = coin.types
    assert claim == TypeClaim(None, "RIC", "1", "http://numismatics.org/ocre/id/ric.1")
    assert [(other.kind, other.label) for other in coin.references] == [
        ("literature", "Svoronos 1"),
        ("literature", "The Normanby Hoard 1115"),
    ]


def test_what_a_record_does_not_mention_is_no_empty_value(tmp_path: Path) -> None:
    coin = one(tmp_path, record(typology="<material/><obverse><legend/></obverse><date/>"))
    assert (coin.collection, coin.inventory_number, coin.faults) == ("M", "1", ())
    assert (coin.fields, coin.sides, coin.types, coin.references) == ({}, {}, None, ())


TYPE = 'xlink:arcrole="nmo:hasTypeSeriesItem"'
OCRE = "http://numismatics.org/ocre/id"


def test_each_type_keeps_its_parts_its_address_and_its_doubt(tmp_path: Path) -> None:
    text = record(
        rest="<refDesc>"
        f'<reference {TYPE} xlink:href="{OCRE}/a" certainty="uncertain">RIC a</reference>'
        f"<reference {TYPE}><tei:title>RIC</tei:title><tei:idno>2</tei:idno></reference>"
        f'<reference {TYPE} certainty="http://nomisma.org/id/uncertain_value"><tei:title>RPC</tei:title>'
        "<tei:idno>3</tei:idno></reference>"
        f"<reference {TYPE}><tei:title>Crawford 4</tei:title></reference>"
        f"<reference {TYPE}><tei:idno>6</tei:idno></reference>"
        f'<reference {TYPE} xlink:href="{OCRE}/b"/></refDesc>'
    )
    coin = one(tmp_path, text)
    assert coin.faults == ()
    assert coin.types == (
        TypeClaim("RIC a", uri=f"{OCRE}/a", is_uncertain=True),
        TypeClaim(None, "RIC", "2"),
        TypeClaim(None, "RPC", "3", is_uncertain=True),
        TypeClaim("Crawford 4"),
        TypeClaim(number="6"),
        TypeClaim(f"{OCRE}/b", uri=f"{OCRE}/b"),
    )


def test_the_address_of_the_typology_is_not_that_of_a_reference(tmp_path: Path) -> None:
    reference = f"<refDesc><reference {TYPE}>RIC 1</reference></refDesc>"
    text = record(rest=reference).replace("<typeDesc>", f'<typeDesc xlink:href="{OCRE}/a">')
    assert one(tmp_path, text).types == (TypeClaim("RIC 1"),)
    text = record().replace("<typeDesc>", f'<typeDesc xlink:href="{OCRE}/a">')
    assert one(tmp_path, text).types == (TypeClaim(f"{OCRE}/a", uri=f"{OCRE}/a"),)


def test_other_references_keep_their_addresses_and_are_no_types(tmp_path: Path) -> None:
    addresses = {
        "A hoard": "http://coinhoards.org/id/igch1",
        "A coin": "http://numismatics.org/collection/1944.1",
        "A book": "https://example.org/book",
        "A type": f"{OCRE}/a",
    }
    references = "".join(
        f'<reference xlink:href="{uri}">{name}</reference>' for name, uri in addresses.items()
    )
    coin = one(tmp_path, record(rest=f"<refDesc>{references}</refDesc>"))
    assert coin.types == ()
    assert coin.references == (
        Reference("hoard", "A hoard", uri=addresses["A hoard"]),
        Reference("coin", "A coin", uri=addresses["A coin"]),
        Reference("literature", "A book", uri=addresses["A book"]),
        Reference("literature", "A type"),
    )


def test_a_record_says_its_address_its_language_and_a_year_alone(tmp_path: Path) -> None:
    """As Numishare has them: another address of the same thing, and a range that is open."""
    date = '<dateRange><fromDate standardDate="-0044">44 BC</fromDate><toDate/></dateRange>'
    text = (
        record(typology=date)
        .replace("<control>", '<control xml:lang="de">')
        .replace(
            "</recordId>",
            '</recordId><otherRecordId semantic="skos:exactMatch">http://x/1</otherRecordId>'
            '<otherRecordId semantic="dcterms:replaces">http://x/2</otherRecordId>',
        )
    )
    coin = one(tmp_path, text)
    assert (coin.fields, coin.faults) == ({"year_from": -44, "uri": "http://x/1"}, ())
    assert coin.rights == {"language": "de"}


def test_both_ways_of_writing_namespaces_are_read(tmp_path: Path) -> None:
    text = (
        record(typology="<material>Silver</material>")
        .replace("<", "<n:")
        .replace("<n:/", "</n:")
        .replace("xmlns=", "xmlns:n=")
    )
    assert one(tmp_path, text).fields["material"] == "Silver"


def test_types_hoards_and_medals_are_no_coins_and_are_counted(tmp_path: Path) -> None:
    hoard = '<nudsHoard xmlns="http://nomisma.org/nudsHoard"><control/></nudsHoard>'
    records = [
        record("1"),
        record("2", kind="conceptual"),
        record("3", typology="<objectType>Medal</objectType>"),
        record("4", typology="<objectType>Coin</objectType>"),
        hoard,
    ]
    (tmp_path / "a.xml").write_text(f"<nudsGroup>{''.join(records)}</nudsGroup>", "utf-8")
    coins, reading = interchange.coins(tmp_path / "a.xml")
    assert [coin.inventory_number for coin in coins] == ["1", "4"]
    assert reading.skipped == {"a type": 1, "Medal": 1, "a hoard": 1}


def cells_of(folder: Path, text: str) -> dict[str, str]:
    """The cells of one record by their field."""
    from coinstore.records.formats.recognise import format_of
    from coinstore.sources.source import Source

    (folder / "a.xml").write_text(text, "utf-8")
    source = Source.at(str(folder / "a.xml"))
    form = format_of(source)
    (row,) = form.records(source, form.mapping, print)
    return {form.mapping.columns[path].field: text for path, text in row.cells.items() if text}


def test_of_several_places_and_hoards_one_counts_with_its_own_address(tmp_path: Path) -> None:
    places = (
        '<geogname xlink:role="findspot">Hill 7</geogname>'
        '<geogname xlink:role="findspot" xlink:href="http://nomisma.org/id/x">Hill 8</geogname>'
    )
    hoards = (
        '<hoard xlink:href="http://nomisma.org/id/a"/><hoard xlink:href="http://nomisma.org/id/b">B</hoard>'
    )
    find = f"<findspotDesc><findspot>{places}</findspot>{hoards}</findspotDesc>"
    coin = one(tmp_path, record(rest=find))
    assert coin.faults == ()
    assert coin.fields == {"findspot": "Hill 7", "hoard": "B", "hoard_uri": "http://nomisma.org/id/b"}


@pytest.mark.parametrize(
    ("address", "is_hoard"),
    [
        ("http://coinhoards.org/id/igch1", True),
        ("http://numismatics.org/chrr/id/AAA", True),
        ("http://nomisma.org/id/olivers_orchard_hoards", True),
        ("http://nomisma.org/id/igch0001", True),
        ("https://sws.geonames.org/3169070/", False),
        ("http://nomisma.org/id/rome", False),
        ("https://pleiades.stoa.org/places/423025", False),
        ("http://www.wikidata.org/entity/Q220", False),
    ],
)
@pytest.mark.parametrize(
    "find",
    [
        '<findspotDesc xlink:href="{}"/>',
        '<findspotDesc><findspot xlink:href="{}"/></findspotDesc>',
        '<findspotDesc><findspot xlink:href="{}"><description>Hill</description></findspot></findspotDesc>',
        '<findspotDesc xlink:href="{}"><findspot><geogname xlink:role="findspot">Hill</geogname></findspot>'
        "</findspotDesc>",
        '<findspotDesc><findspot><geogname xlink:role="findspot" xlink:href="{}">Hill</geogname></findspot>'
        "</findspotDesc>",
    ],
)
def test_the_address_of_a_findspot_is_a_hoard_only_if_it_is_that_of_one(
    tmp_path: Path, find: str, address: str, is_hoard: bool
) -> None:
    coin = one(tmp_path, record(rest=find.format(address)))
    assert coin.fields.get("findspot") == ("Hill" if "Hill" in find else None)
    wanted = (address, address, None) if is_hoard else (None, None, address)
    assert tuple(coin.fields.get(name) for name in ("hoard", "hoard_uri", "findspot_uri")) == wanted
    assert coin.faults == ()


def test_attributes_without_a_prefix_are_read(tmp_path: Path) -> None:
    """Some programs write the attributes of xlink without its prefix."""
    typology = (
        '<material href="http://nomisma.org/id/ar">Silver</material><geographic><geogname role="mint"'
        ' href="http://nomisma.org/id/rome">Rome</geogname></geographic>'
    )
    pictures = (
        '<digRep><mets:fileSec><mets:fileGrp USE="obverse"><mets:file USE="thumbnail"><mets:FLocat'
        ' href="http://x/small.jpg"/></mets:file><mets:file USE="reference"><mets:FLocat'
        ' href="http://x/large.jpg"/></mets:file></mets:fileGrp></mets:fileSec></digRep></nuds>'
    )
    coin = one(tmp_path, record(typology=typology).replace("</nuds>", pictures))
    assert coin.fields["mint_uri"] == "http://nomisma.org/id/rome"
    assert coin.fields["material_uri"] == "http://nomisma.org/id/ar"
    assert coin.sides["obverse"]["image"] == "http://x/large.jpg"


def test_two_doubtful_denominations_are_no_denomination_and_both_are_kept(tmp_path: Path) -> None:
    both = "".join(f'<denomination certainty="uncertain">{name}</denomination>' for name in ("AE2", "AE3"))
    coin = one(tmp_path, record(typology=both))
    assert coin.fields["denomination"] is None
    assert [(value.name, value.is_uncertain) for value in coin.values["denomination"]] == [
        ("AE2", True),
        ("AE3", True),
    ]


def test_a_coin_of_two_authorities_has_both(tmp_path: Path) -> None:
    persons = "".join(
        f'<persname xlink:role="authority" xlink:href="http://nomisma.org/id/{name.lower()}">{name}</persname>'
        for name in ("Valerian", "Gallienus")
    )
    coin = one(tmp_path, record(typology=f"<authority>{persons}</authority>"))
    assert [(value.name, value.uri) for value in coin.values["authority"]] == [
        ("Valerian", "http://nomisma.org/id/valerian"),
        ("Gallienus", "http://nomisma.org/id/gallienus"),
    ]
    assert not coin.faults


def test_a_type_without_a_text_keeps_its_place(tmp_path: Path) -> None:
    text = record(
        rest="<refDesc>"
        '<reference xlink:arcrole="nmo:hasTypeSeriesItem" xlink:href="http://numismatics.org/ocre/id/a"/>'
        '<reference xlink:arcrole="nmo:hasTypeSeriesItem" xlink:href="http://numismatics.org/ocre/id/b">RIC b'
        "</reference></refDesc>"
    )
    coin = one(tmp_path, text)
    assert [claim.uri for claim in coin.types] == [
        "http://numismatics.org/ocre/id/a",
        "http://numismatics.org/ocre/id/b",
    ]
    assert coin.types[1].label == "RIC b"
    assert not coin.faults


def test_a_prefix_that_is_not_declared_is_an_error_with_its_line(tmp_path: Path) -> None:
    legend = '<obverse><legend xmB:lang="la" x:href="http://x">IMP</legend></obverse><y:z>a</y:z>'
    (tmp_path / "a.xml").write_text(f"<nudsGroup>\n{record(typology=legend)}</nudsGroup>", "utf-8")
    with pytest.raises(SourceError, match=r"a\.xml: is not well-formed XML in line 2 \(Namespace prefix xmB"):
        interchange.coins(tmp_path / "a.xml")

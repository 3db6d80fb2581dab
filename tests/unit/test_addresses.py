"""Addresses, hoards, licences and languages in the columns of a table."""

from pathlib import Path

import pytest

from coinstore.records.addresses import kind_of
from coinstore.records.coin import Coin
from coinstore.records.reader import Reading, read

OCRE = "http://numismatics.org/ocre/id/ric.5.gall(1).143fA"
IGCH = "http://coinhoards.org/id/igch1645"


def row(tmp_path: Path, **cells: str) -> Coin:
    path = tmp_path / "coins.csv"
    path.write_text("\n".join(",".join(line) for line in (["id", *cells], ["1", *cells.values()])), "utf-8")
    (found,) = read(Reading(str(path), "M"))
    return found


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        (OCRE, "type"),
        ("https://numismatics.org/crro/id/rrc-435.1", "type"),
        ("https://greekcoinage.org/iris/id/sardes_carradice_1987_croeseid_a_light_au", "type"),
        ("https://www.corpus-nummorum.eu/types/20809", "type"),
        ("https://www.corpus-nummorum.eu/coins/19530", "coin"),
        ("http://numismatics.org/collection/1944.100.51606", "coin"),
        ("https://ikmk.smb.museum/object?id=18200335", "coin"),
        (IGCH, "hoard"),
        ("https://chre.ashmus.ox.ac.uk/hoard/17067", "hoard"),
        ("http://numismatics.org/chrr/id/ABR", "hoard"),
        ("http://nomisma.org/id/olivers_orchard_hoards", "hoard"),
        ("http://nomisma.org/id/rome", None),
        ("https://doi.org/10.1000/1", None),
    ],
)
def test_an_address_says_what_it_refers_to(address: str, kind: str | None) -> None:
    assert kind_of(address) == kind


def test_the_columns_have_usual_names(tmp_path: Path) -> None:
    found = row(
        tmp_path,
        **{
            "URI": "https://example.org/coins/1",
            "Münzstätte": "Rom",
            "Münzstätte URI": "http://nomisma.org/id/rome",
            "material": "Silber",
            "material URI": "nm:ar",
            "Schatzfund": "Hill 7",
            "Fundort": "Köln",
            "findspot_uri": "https://www.geonames.org/2886242",
        },
    )
    assert found.faults == ()
    assert found.fields == {
        "uri": "https://example.org/coins/1",
        "mint": "Rom",
        "mint_uri": "http://nomisma.org/id/rome",
        "material": "Silber",
        "material_uri": "nm:ar",
        "hoard": "Hill 7",
        "findspot": "Köln",
        "findspot_uri": "https://www.geonames.org/2886242",
    }


def test_a_hoard_may_be_only_an_address(tmp_path: Path) -> None:
    for cells in ({"hoard": IGCH}, {"hoard": "", "hoard uri": IGCH}, {"hoard uri": IGCH}):
        assert row(tmp_path, **cells).fields == {"hoard": IGCH, "hoard_uri": IGCH}


def test_a_column_uri_is_of_the_type_where_its_address_says_so(tmp_path: Path) -> None:
    of_type = row(tmp_path, uri=OCRE)
    assert of_type.types and of_type.types[0].uri == OCRE and "uri" not in of_type.fields
    of_coin = row(tmp_path, uri="https://example.org/1")
    assert of_coin.types is None and of_coin.fields == {"uri": "https://example.org/1"}


def test_a_permalink_counts_where_there_is_no_uri(tmp_path: Path) -> None:
    assert row(tmp_path, permalink="https://a.org/1").fields == {"uri": "https://a.org/1"}
    assert row(tmp_path, permalink="https://a.org/1", uri="https://b.org/1").fields == {
        "uri": "https://b.org/1"
    }


def test_what_is_no_address_is_a_fault(tmp_path: Path) -> None:
    found = row(tmp_path, mint="Rome", mint_uri="see file")
    assert found.fields == {"mint": "Rome", "mint_uri": None}
    assert [(fault.column, fault.text) for fault in found.faults] == [("mint_uri", "see file")]


def test_rights_of_record_and_pictures(tmp_path: Path) -> None:
    given = {
        "licence": "CC0",
        "rights holder": "M",
        "language": "de",
        "obverse": "a.jpg",
        "reverse": "",
        "image licence": "CC BY 4.0",
        "obverse rights holder": "P",
        "obverse description": "Kopf",
        "reverse description": "Head",
        "reverse language": "en",
    }
    found = row(tmp_path, **given)
    assert found.rights == {"licence": "CC0", "rights_holder": "M", "language": "de"}
    obverse, reverse = found.sides["obverse"], found.sides["reverse"]
    assert (obverse["image_licence"], obverse["image_rights_holder"]) == ("CC BY 4.0", "P")
    assert "image_licence" not in reverse  # there is no picture
    assert (obverse["description_language"], reverse["description_language"]) == ("de", "en")


def test_a_table_without_rights_says_none(tmp_path: Path) -> None:
    found = row(tmp_path, **{"licence": "", "obverse description": "Head"})
    assert found.rights == {} and found.sides["obverse"] == {"description": "Head"}

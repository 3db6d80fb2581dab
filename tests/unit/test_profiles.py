"""Profiles of museums and programs, what a mapping file can do with a cell, and the real files."""

import csv
import json
import re
from pathlib import Path
from typing import Any

import interchange
import pytest

from coinstore.errors import MappingError
from coinstore.records.coin import Coin
from coinstore.records.described import columns
from coinstore.records.formats.profile import built_in
from coinstore.records.mapping import read_mapping
from coinstore.records.reader import Reading, read
from coinstore.records.starter import mapping_file
from coinstore.records.table_profiles import profiles

BRITISH_MUSEUM = {
    "Object type": "coin",
    "Museum number": "1867,0101.1",
    "Denomination": "antoninianus",
    "Authority": "Ruler: Gallienus",
    "Production date": "253-268",
    "Production place": "Minted in: Rome",
    "Find spot": "Excavated/Findspot: Hoxne",
    "Materials": "billon",
    "Dimensions": "Diameter: 21 millimetres; Weight: 3.45 grammes; Die-axis: 6 o'clock",
    "Inscription": "Inscription type: inscription Inscription position: obverse Inscription language: Latin"
    " Inscription quoted: IMP LIC...AINNC Inscription note: worn; Inscription type: inscription"
    " Inscription position: reverse Inscription quoted: VICTORIA AVG",
    "Acq name (previous)": "A. Person",
}
AFE = {
    "id": "7",
    "Weight": "3.1",
    "DiameterMin": "18",
    "DiameterMax": "19",
    "DieAxis": "6",
    "DateFrom": "-27",
}
NUMISTA = {"N# number": "1234", "Internal ID": "A 1", "Weight": "1.2", "Gregorian year": "1244"}


def table(path: Path, *rows: dict[str, str]) -> str:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return str(path)


def loaded(path: Path, *rows: dict[str, str], mapping: str | None = None) -> tuple[list[Coin], Reading]:
    if mapping is not None:
        path.with_suffix(".toml").write_text(mapping, "utf-8")
    given = read_mapping(str(path.with_suffix(".toml"))) if mapping is not None else None
    reading = Reading(table(path, *rows), "M", None, given)
    return list(read(reading)), reading


@pytest.mark.parametrize("case", interchange.cases("PAS CSV"))
def test_a_real_file_of_a_scheme(case: dict[str, Any]) -> None:
    name, _, number = case["file"].partition("#")
    coins, reading = interchange.coins(interchange.file(name))
    (coin,) = [coin for coin in coins if coin.inventory_number == number]
    interchange.check(case, coin)
    assert not coin.faults and "read as: Portable Antiquities Scheme" in reading.notes[0]


@pytest.mark.parametrize("name", ["pas/pas_reece1.csv", "csv/met_coins.csv"])
def test_what_columns_prints_reads_as_the_profile_does(tmp_path: Path, name: str) -> None:
    file = str(interchange.file(name))
    reading = Reading(file)
    (tmp_path / "map.toml").write_text(mapping_file(reading), "utf-8")
    copied = Reading(file, None, None, read_mapping(str(tmp_path / "map.toml")))
    assert list(read(copied)) == list(read(Reading(file)))
    assert len(reading.notes) == 1 and "read as: " in reading.notes[0]


def test_the_metropolitan_museum_is_read_without_a_fault() -> None:
    found, _ = interchange.coins(interchange.file("csv/met_coins.csv"))
    assert len(found) == 67 and not any(coin.faults or coin.refusal for coin in found)
    by_number = {coin.inventory_number: coin.fields for coin in found}
    assert by_number["99.35.42"]["diameter_mm"] == 19
    assert (
        by_number["X.314.14"] | {"weight_g": 3.15, "diameter_mm": 20, "year_from": 70}
        == by_number["X.314.14"]
    )


def test_the_british_museum_has_many_values_in_one_cell(tmp_path: Path) -> None:
    brooch = dict.fromkeys(BRITISH_MUSEUM, "") | {"Object type": "brooch", "Museum number": "2"}
    (coin,), reading = loaded(tmp_path / "a.csv", BRITISH_MUSEUM, brooch)
    assert reading.notes[0].endswith("read as: British Museum.")
    assert reading.skipped == {"brooch": 1}
    wanted = {"weight_g": 3.45, "diameter_mm": 21, "die_axis_h": 6, "mint": "Rome", "findspot": "Hoxne"}
    assert coin.fields | wanted == coin.fields
    assert (coin.fields["authority"], coin.fields["year_from"]) == ("Gallienus", 253)
    assert [coin.sides[face]["legend"] for face in ("obverse", "reverse")] == [
        "IMP LIC...AINNC",
        "VICTORIA AVG",
    ]
    assert not coin.faults
    assert coin.collection == "M"  # what is given counts, not the profile's


def test_a_find_has_uncertain_values(tmp_path: Path) -> None:
    first = AFE | {"DateTo": "14", "Mint": "Rome", "Mint_Uncertainty": "0", "Material": "22"}
    second = first | {"id": "8", "Mint": "Lugdunum", "Material": "22.0"}
    (one, two), reading = loaded(tmp_path / "a.csv", first, second)
    assert (one.fields["mint"], two.fields["mint"]) == ("Rome", "Lugdunum")
    assert (one.fields["year_from"], one.fields["diameter_min_mm"]) == (-27, 18)
    assert "numbers is not read as names: 'Material'" in reading.notes[1]
    assert not one.faults


CERTAIN = ("", "0", "0.0", "false", "nein", "No", "FALSCH", "sicher")


@pytest.mark.parametrize(
    "doubt", ["1", "1.0", "x", "true", "TRUE", "ja", "vielleicht", "fraglich", "2", "unclear", *CERTAIN]
)
@pytest.mark.parametrize("name", ["Denar", "Denar 1", "Denar x"])
def test_the_doubt_of_a_find_is_in_its_own_column(tmp_path: Path, doubt: str, name: str) -> None:
    row = {"DateTo": "14", "Mint_Uncertainty": "", "Denomination": name, "Denomination_Uncertainty": doubt}
    (coin,), _ = loaded(tmp_path / "a.csv", AFE | row)
    if doubt in CERTAIN:
        assert (coin.fields["denomination"], coin.values) == (name, {})
    else:
        (value,) = coin.values["denomination"]
        assert (value.name, value.is_uncertain, coin.fields["denomination"]) == (name, True, None)


@pytest.mark.parametrize("doubt", ["1", "vielleicht", "", "nein"])
@pytest.mark.parametrize("shown", ["{}", "{}.0"])
def test_a_find_has_doubt_of_each_value(tmp_path: Path, doubt: str, shown: str) -> None:
    names = ("Weight", "DiameterMax", "DieAxis", "DateFrom", "DateTo", "FindSpot")
    row = AFE | {
        "Mint_Uncertainty": "",
        "Weight": "3.2",
        "DiameterMax": "18",
        "DieAxis": "6",
        "FindSpot": "Trier",
    }
    row |= {"DateFrom": shown.format(-27), "DateTo": shown.format(14)}
    (coin,), _ = loaded(tmp_path / "a.csv", row | {f"{name}_Uncertainty": doubt for name in names})
    found = {name: coin.fields.get(name) for name in ("weight_g", "diameter_mm", "die_axis_h", "findspot")}
    assert (coin.fields["year_from"], coin.fields["year_to"]) == (-27, 14)
    if doubt in CERTAIN:
        assert found == {"weight_g": 3.2, "diameter_mm": 18, "die_axis_h": 6, "findspot": "Trier"}
        assert not coin.faults
    else:
        assert found == {"weight_g": None, "diameter_mm": None, "die_axis_h": None, "findspot": "Trier?"}
        assert {one.text for one in coin.faults} == {"3.2?", "18?", "6?"}
        assert sum("in doubt" in one.reason for one in coin.faults) == 2


def test_what_a_collector_paid_stays_private(tmp_path: Path) -> None:
    private = {"Buying price": "100", "Storage location": "safe"}
    (coin,), _ = loaded(tmp_path / "a.csv", NUMISTA | private | {"Orientation": "Medal alignment ↑↑"})
    assert (coin.fields["die_axis_h"], coin.fields["year_from"]) == (12, 1244)
    assert coin.raw["private"] == private
    assert not private.keys() & coin.raw.keys()


ITEM = {
    "id": 9071,
    "quantity": 1,
    "type": {"id": 420, "title": "5 Cents", "category": "coin", "issuer": {"code": "ca", "name": "Canada"}},
    "issue": {"id": 1, "year": 1967, "gregorian_year": 1967},
    "for_swap": False,
    "price": {"value": 99, "currency": "EUR"},
    "private_comment": "under the bed",
    "pictures": [{"url": "https://x/9071_obv.jpg", "thumbnail_url": "https://x/s.jpg"}],
    "weight": 4.5,
}
OF_NUMISTA = {
    "id": 420,
    "url": "https://en.numista.com/catalogue/pieces420.html",
    "title": "5 Cents",
    "weight": 4,
}


def test_the_collected_items_of_numista(tmp_path: Path) -> None:
    note = ITEM | {"id": 2, "type": {"id": 1, "title": "x", "category": "banknote"}}
    (tmp_path / "a").write_text(json.dumps({"item_count": 2, "items": [ITEM, note]}), "utf-8")
    (coin,), reading = interchange.coins(tmp_path / "a", collection="M")
    assert reading.notes[0].endswith("read as: Numista (collected items).")
    assert (coin.inventory_number, coin.fields["weight_g"], coin.fields["authority"]) == (
        "9071",
        4.5,
        "Canada",
    )
    assert (coin.fields["year_from"], coin.fields["year_to"], coin.faults) == (1967, 1967, ())
    assert [one.uri for one in coin.types or ()] == [OF_NUMISTA["url"]]
    assert coin.raw["private"] == {name: ITEM[name] for name in ("price", "private_comment")}
    assert reading.skipped == {"banknote": 1}


@pytest.mark.parametrize(
    ("said", "name", "what"),
    [
        (
            {
                "@context": "https://linked.art/ns/v1/linked-art.json",
                "id": "https://x/1",
                "type": "HumanMadeObject",
            },
            "Linked Art",
            "an object of Linked Art",
        ),
        (OF_NUMISTA, "Numista (types)", "a type"),
    ],
)
def test_json_of_other_things_is_skipped(tmp_path: Path, said: Any, name: str, what: str) -> None:
    (tmp_path / "a.json").write_text(json.dumps(said, indent=2), "utf-8")
    found, reading = interchange.coins(tmp_path / "a.json", collection="M")
    assert (found, reading.skipped) == ([], {what: 1})
    assert reading.notes[0].endswith(f"read as: {name}.")
    (tmp_path / "b.json").write_text(json.dumps({"items": [ITEM]}), "utf-8")
    found, reading = interchange.coins(tmp_path, collection="M")
    assert ([coin.inventory_number for coin in found], reading.skipped) == (["9071"], {what: 1})


def test_a_profile_is_chosen_by_headers_whatever_the_file_is_called(tmp_path: Path) -> None:
    reading = Reading(table(tmp_path / "a.txt", BRITISH_MUSEUM))
    assert {one.column: one.field for one in columns(reading)}[
        "Dimensions"
    ] == "diameter_mm, weight_g, die_axis_h"
    assert reading.notes[0].endswith("read as: British Museum.")


def test_every_profile_has_a_name_and_knows_its_columns() -> None:
    assert all(one.name and one.recognise for one in profiles())


@pytest.mark.parametrize(
    ("options", "text", "value"),
    [
        ("values = {'1' = 'Silver', '9' = ''}", "1", "Silver"),
        ("values = {'1' = 'Silver', '9' = ''}", "9", None),
        ("values = {'1' = 'Silver'}", "Gold", "Gold"),
        ("placeholders = ['kein Metall']", "kein Metall", None),
        ("pattern = '^[A-Z]+'", "AR 900", "AR"),
        ("pattern = '^[A-Z]+'", "900", None),
        ("pattern = '(?:metal|alloy): (\\w+)'", "alloy: Billon", "Billon"),
        ("pattern = '(\\d+)/(\\w+)', template = '\\2 \\1'", "2/AR", "AR 2"),
        ("prefix = 'AR-', suffix = '!'", "x", "AR-x!"),
        ("prefix = 'AR-'", "AR-x", "AR-x"),
        ("html = true", "A&nbsp;&amp; <i>B</i>", "A & B"),
    ],
)
def test_what_is_done_to_a_cell(tmp_path: Path, options: str, text: str, value: str | None) -> None:
    mapping = f'[columns]\nid = "inventory_number"\nx = {{field = "material", {options}}}'
    (coin,), _ = loaded(tmp_path / "a.csv", {"id": "1", "x": text}, mapping=mapping)
    assert (coin.fields["material"], coin.faults) == (value, ())


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ('x = {field = "mint", pattern = "("}', "regular expression"),
        ('x = {field = "mint", pattern = "a", template = "\\\\1"}', "regular expression"),
        ('x = {field = "mint", template = "a"}', "a pattern where it has a template"),
        ('x = {field = "mint", values = ["a"]}', "a table of texts as values"),
        ('x = {field = "mint", placeholders = "a"}', "a list of texts as placeholders"),
        ('x = ["mint", {unit = "g"}]', "must be a field"),
        ('x = ["mint", "nonsense"]', "no field 'nonsense'"),
        ('[only]\nx = "("', "regular expression"),
    ],
)
def test_a_mapping_file_is_held_to_its_word(tmp_path: Path, said: str, reason: str) -> None:
    (tmp_path / "m.toml").write_text(f"[columns]\n{said}", "utf-8")
    with pytest.raises(MappingError, match=reason):
        read_mapping(str(tmp_path / "m.toml"))


def test_columns_of_numbers_are_no_names(tmp_path: Path) -> None:
    row = {"id": "1", "material": "22.0", "materialTerm": "Silver", "mint": "137.0", "ruler": "244.0"}
    found, reading = loaded(tmp_path / "a.csv", row, row | {"id": "2", "material": "23", "mint": ""})
    assert all("material" not in coin.fields and not coin.faults for coin in found[1:])
    assert len(reading.notes) == 1 and "'material', 'ruler'" in reading.notes[0]
    assert found[0].raw["material"] == "22.0"


def test_years_as_programs_write_them_and_words_that_say_nothing(tmp_path: Path) -> None:
    mapping = '[columns]\nid = "inventory_number"\nfromdate = "year_from"\ntodate = "year_to"'
    row = {"id": "1", "fromdate": "-27.0", "todate": "37.0"}
    (coin,), _ = loaded(tmp_path / "a.csv", row, mapping=mapping)
    assert (coin.fields["year_from"], coin.fields["year_to"]) == (-27, 37)
    found, _ = loaded(
        tmp_path / "b.csv",
        {"id": "Q1", "mint": "?", "denomination": "?"},
        {"id": "Q2", "mint": "unknown", "denomination": "-"},
    )
    assert [(c.fields["mint"], c.fields["denomination"]) for c in found] == [(None, None), (None, None)]


@pytest.mark.parametrize("name", ["british_museum", "iiif", "lido"])
@pytest.mark.parametrize(
    ("term", "is_coin"),
    [
        ("coin", True),
        ("Coins", True),
        ("coin hoard", False),
        ("coin weight", False),
        ("coin-mould", False),
        ("coin-die", False),
        ("coin die", False),
        ("mould for coins", False),
    ],
)
def test_a_whole_term_says_what_a_coin_is(name: str, term: str, is_coin: bool) -> None:
    (pattern,) = built_in(name).only.values()
    assert (re.search(pattern, term) is not None) == is_coin

"""Spreadsheets: records are read as people see them, and nothing that is odd about a file stops that."""

import datetime
import json
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlwt
from workbooks import HEADER, MAIN, cell, ods, ods_cell, parts, row, sheet, styles, write

from coinstore.errors import SourceError
from coinstore.records.coin import Coin
from coinstore.records.mapping import Mapping
from coinstore.records.reader import Reading, read
from coinstore.records.spreadsheets import book, cells

PLAIN = sheet(row(*HEADER), row("A 1", 3.4, "Rome"), row("A 2", 3.5, "Lyon"))
GOOD = [("A 1", 3.4, "Rome"), ("A 2", 3.5, "Lyon")]


def reading(path: Path, **options: Any) -> tuple[list[Coin], list[str]]:
    reading = Reading(str(path), "M", None, Mapping(**options))
    return list(read(reading)), reading.notes


def coins(path: Path, **options: Any) -> list[Coin]:
    return reading(path, **options)[0]


def seen(path: Path, **options: Any) -> list[tuple[Any, ...]]:
    return [
        (c.inventory_number, c.fields.get("weight_g"), c.fields.get("mint")) for c in coins(path, **options)
    ]


def numbers(path: Path, **options: Any) -> list[str | None]:
    return [c.inventory_number for c in coins(path, **options)]


def faults(path: Path) -> list[tuple[str, str]]:
    return [(fault.column, fault.text) for coin in coins(path) for fault in coin.faults]


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        (115, "00000", "00115"),
        (56.8, "0.00", "56.80"),
        (1941.153, "0.000", "1941.153"),
        (123456789012, "0", "123456789012"),
        (123456789012, "General", "123456789012"),
        (7, '"LM "0000', "LM 0007"),
        (8, '"Inv. "0', "Inv. 8"),
        (12, "0000\\/00", "0000/12"),
        (201233, "0000\\.00", "2012.33"),
        (15.5, "#,##0.00", "15.50"),
        (1234, "#,##0", "1,234"),
        (0.5, "0%", "50%"),
        (3.5, "# ?/?", "3 1/2"),
        (12345, "0.00E+00", "1.23E+04"),
        (5, "@", "5"),
        (6.1, "[Red]0.0;-0.0", "6.1"),
        (6.0999999999999996, "General", "6.1"),
        (45000, "yyyy\\-mm\\-dd", "2023-03-15"),
        (0.25, "h:mm", "6:00"),
    ],
)
def test_an_inventory_number_is_as_the_sheet_shows_it(
    tmp_path: Path, value: float, code: str, shown: str
) -> None:
    table = sheet(row(*HEADER), row(cell(value, 1), 3.4, "Rome"))
    path = write(tmp_path / "a.xlsx", parts(table) | {"xl/styles.xml": styles(code)})
    assert seen(path) == [(shown, 3.4, "Rome")]


def test_numbers_that_differ_in_their_format_only_are_two_coins(tmp_path: Path) -> None:
    table = sheet(row(*HEADER), *(row(cell(6.1, n), 3.4, None) for n in (1, 2)))
    path = write(tmp_path / "a.xlsx", parts(table) | {"xl/styles.xml": styles("0.0", "0.00")})
    assert numbers(path) == ["6.1", "6.10"]


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (45000, "d\\ mmm\\ yyyy"),  # the names of months depend on the language
        (45000, "[$-F800]dddd"),
        (60, "yyyy"),  # 29 February 1900
        (-1, "yyyy"),
        (5, ";;;"),
        (5, "[>3]0;0"),
        (5, '0,"k"'),
        (5, "nonsense"),
        (1234567890123456, "0"),  # Excel keeps 15 digits
        ("<c><v>nan</v></c>", "0"),
        ("<c><v>3,4</v></c>", "0"),
    ],
)
def test_a_text_that_cannot_be_told_is_a_fault(tmp_path: Path, value: object, code: str) -> None:
    table = sheet(
        row("Inventory number", "Mint"), row("A 1", value if isinstance(value, str) else cell(value, 1))
    )
    path = write(tmp_path / "a.xlsx", parts(table) | {"xl/styles.xml": styles(code)})
    (coin,) = coins(path)
    assert [fault.column for fault in coin.faults] == ["Mint"]
    assert coin.fields["mint"] is None


def test_measures_and_years_are_read_from_the_number_with_the_words_of_its_format(tmp_path: Path) -> None:
    header = ["Inventory number", "Weight (g)", "Diameter", "Year from", "Date", "note"]
    table = sheet(
        row(*header), row("A 1", cell(3.456, 1), cell(1.85, 2), cell(-27, 3), cell(27, 4), cell(2.25, 1))
    )
    codes = styles("0.0", '0.0" cm"', "#,##0", '0" BC"')
    (coin,) = coins(write(tmp_path / "a.xlsx", parts(table) | {"xl/styles.xml": codes}))
    assert (coin.fields["weight_g"], coin.fields["diameter_mm"]) == (3.456, 18.5)
    assert (coin.fields["year_from"], coin.raw["Date"]) == (-27, "27 BC")
    assert (coin.raw["Weight (g)"], coin.raw["Weight (g) (value)"]) == ("3.5", 3.456)
    assert (coin.raw["note"], coin.raw["note (value)"]) == ("2.3", 2.25)
    assert coin.faults == ()


def test_the_year_of_a_format_with_an_era(tmp_path: Path) -> None:
    table = sheet(row("Inventory number", "Date"), row("A 1", cell(-27, 1)), row("A 2", cell(14, 1)))
    path = write(tmp_path / "a.xlsx", parts(table) | {"xl/styles.xml": styles('"AD "0;0" BC"')})
    assert [c.fields["year_from"] for c in coins(path)] == [-27, 14]


def test_a_weight_in_percent_is_a_fault(tmp_path: Path) -> None:
    table = sheet(row(*HEADER), row("A 1", cell(0.5, 1), "Rome"))
    path = write(tmp_path / "a.xlsx", parts(table) | {"xl/styles.xml": styles("0%")})
    assert faults(path) == [("Weight (g)", "50%")]


def test_texts_have_the_words_of_their_format(tmp_path: Path) -> None:
    table = sheet(row(*HEADER), row(cell("7a", 1), 3, "Rome"))
    path = write(tmp_path / "a.xlsx", parts(table) | {"xl/styles.xml": styles('0;-0;0;"LM "@')})
    assert numbers(path) == ["LM 7a"]


def test_days_since_1904(tmp_path: Path) -> None:
    table = sheet(row(*HEADER), row(cell(43538, 1), 3, "Rome"))
    found = parts(table, flags='<workbookPr date1904="1"/>') | {"xl/styles.xml": styles("yyyy-mm-dd")}
    assert numbers(write(tmp_path / "a.xlsx", found)) == ["2023-03-15"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("1998-03-01", "1998-03-01"),
        ("1998-03-01T00:00:00", "1998-03-01"),
        ("1998-03-01T12:00:00Z", "1998-03-01"),
        ("1900-02-28", "1900-02-28"),
        ("06:00:00", None),
        ("soon", None),
    ],
)
def test_dates_as_text_of_strict_files(tmp_path: Path, text: str, shown: str | None) -> None:
    table = sheet(row(*HEADER), row(f'<c s="1" t="d"><v>{text}</v></c>', 3, "Rome"))
    path = write(tmp_path / "a.xlsx", parts(table, strict=True) | {"xl/styles.xml": styles("yyyy-mm-dd")})
    assert numbers(path) == [shown]


def test_a_cell_right_of_the_header_is_kept(tmp_path: Path) -> None:
    table = sheet(row(*HEADER), row("A 1", 3, "Rome", None, "remark"), row("A 2", 3, None, None, None))
    first, second = coins(write(tmp_path / "a.xlsx", parts(table)))
    assert (first.inventory_number, first.raw["column 5"], first.faults) == ("A 1", "remark", ())
    assert list(second.raw) == HEADER


@pytest.mark.parametrize(
    "formula",
    ["<c><f>1+1</f><v/></c>", "<c><f>1+1</f><v></v></c>", "<c><f>1+1</f></c>", '<c t="n"><f/></c>'],
)
def test_a_formula_without_a_value_is_a_fault(tmp_path: Path, formula: str) -> None:
    table = sheet(row(*HEADER), row("A 1", formula, formula))
    (coin,) = coins(write(tmp_path / "a.xlsx", parts(table)))
    assert [fault.column for fault in coin.faults] == ["Weight (g)", "Mint"]
    assert "formula" in coin.faults[0].reason
    assert coin.fields["weight_g"] is None


def test_formulas_with_values_are_their_values(tmp_path: Path) -> None:
    table = sheet(
        row(*HEADER),
        row('<c t="str"><f>"A "&amp;1</f><v>A 1</v></c>', "<c><f>3+0.4</f><v>3.4</v></c>", "Rome"),
        row("A 2", 3.5, '<c t="str"><f>""</f><v></v></c>'),
    )
    path = write(tmp_path / "a.xlsx", parts(table))
    assert seen(path) == [("A 1", 3.4, "Rome"), ("A 2", 3.5, None)]
    assert faults(path) == []


def test_zeros_of_a_program_that_does_not_calculate_are_faults(tmp_path: Path) -> None:
    table = sheet(row(*HEADER), row("A 1", "<c><f>3+0.4</f><v>0</v></c>", "Rome"))
    path = write(tmp_path / "a.xlsx", parts(table, flags='<calcPr fullCalcOnLoad="1"/>'))
    assert faults(path) == [("Weight (g)", "=3+0.4")]


@pytest.mark.parametrize(
    "error", ["#REF!", "#N/A", "#DIV/0!", "#VALUE!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!"]
)
def test_an_error_value_is_a_fault_and_no_name(tmp_path: Path, error: str) -> None:
    bad = f'<c t="e"><v>{error}</v></c>'
    table = sheet(row(*HEADER, "note"), row("A 1", bad, bad, bad), row(bad, 3, "Rome", None))
    path = write(tmp_path / "a.xlsx", parts(table))
    first, second = coins(path)
    assert [(f.column, f.text) for f in first.faults] == [("Weight (g)", error), ("Mint", error)]
    assert (first.fields["mint"], first.raw["note"]) == (None, error)
    assert second.refusal == "has no inventory number"


def test_merged_cells_fill_all_their_rows(tmp_path: Path) -> None:
    table = sheet(
        row(*HEADER, attributes='r="1"'),
        row("A 1", 3, "Rome"),
        row("A 2", 3),
        row("A 3", 3, "hidden by the merged cell"),
        row("A 4", 3),
        row(None, None, None),
        row("A 5", 3, "Lyon"),
        after='<mergeCells><mergeCell ref="C2:C4"/><mergeCell ref="B7:C7"/></mergeCells>',
    )
    path = write(tmp_path / "a.xlsx", parts(table))
    assert seen(path)[:4] == [("A 1", 3, "Rome"), ("A 2", 3, "Rome"), ("A 3", 3, "Rome"), ("A 4", 3, None)]
    assert len(seen(path)) == 5


def test_a_merged_cell_makes_no_rows_of_its_own(tmp_path: Path) -> None:
    merges = "".join(f'<mergeCell ref="{ref}"/>' for ref in ("C2:C1048576", "A1:XFD1", "bad", "A0:B1"))
    table = sheet(row(*HEADER), row("A 1", 3, "Rome"), after=f"<mergeCells>{merges}</mergeCells>")
    assert seen(write(tmp_path / "a.xlsx", parts(table))) == [("A 1", 3, "Rome")]


def test_too_many_merged_cells_are_refused(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(cells, "MOST_MERGES", 10)
    merges = "".join(f'<mergeCell ref="C{n}:C{n + 1}"/>' for n in range(2, 30, 2))
    table = sheet(row(*HEADER), row("A 1", 3, "Rome"), after=f"<mergeCells>{merges}</mergeCells>")
    with pytest.raises(SourceError, match="more than 10 merged cells"):
        coins(write(tmp_path / "a.xlsx", parts(table)))


def test_a_small_number_in_a_format_is_read_as_it_is(tmp_path: Path) -> None:
    table = sheet(row(*HEADER), row("A 1", cell(0.00002, 1), "Rome"))
    path = write(tmp_path / "a.xlsx", parts(table) | {"xl/styles.xml": styles("0.0")})
    assert seen(path) == [("A 1", 0.00002, "Rome")]


def test_a_header_of_two_rows_is_joined(tmp_path: Path) -> None:
    merges = '<mergeCells><mergeCell ref="B1:C1"/><mergeCell ref="D1:E1"/></mergeCells>'
    table = sheet(
        row("Inventory number", "Obverse", None, "Reverse", None),
        row(None, "legend", "die", "legend", "die"),
        row("A 1", "IMP", "O 1", "PAX", "R 1"),
        after=merges,
    )
    (coin,) = coins(write(tmp_path / "a.xlsx", parts(table)))
    assert coin.sides == {
        "obverse": {"legend": "IMP", "die": "O 1"},
        "reverse": {"legend": "PAX", "die": "R 1"},
    }


def test_a_title_over_all_columns_is_no_part_of_the_header(tmp_path: Path) -> None:
    merged = '<mergeCells><mergeCell ref="A1:C1"/></mergeCells>'
    table = sheet(row("Coins of the museum"), row(*HEADER), row("A 1", 3, "Rome"), after=merged)
    assert seen(write(tmp_path / "a.xlsx", parts(table))) == [("A 1", 3, "Rome")]


def test_names_over_columns_without_a_second_row_stay_above_the_data(tmp_path: Path) -> None:
    merged = '<mergeCells><mergeCell ref="D1:E1"/></mergeCells>'
    table = sheet(row(*HEADER, "notes", None), row("A 1", 3, "Rome", "x", "y"), after=merged)
    (coin,) = coins(write(tmp_path / "a.xlsx", parts(table)))
    assert coin.place == "row 2"


def test_the_first_sheet_with_a_table_is_read_and_told(tmp_path: Path) -> None:
    cover = sheet(row("Coins of the museum"), row("made in 2020"))
    lookup = sheet(row("code", "name"), row(1, "AR"))
    found = [("Cover", "visible", cover), ("Codes", "hidden", lookup), ("Coins", "visible", PLAIN)]
    path = write(tmp_path / "a.xlsx", parts(*found, ("Empty", "veryHidden", sheet())))
    assert seen(path) == GOOD
    (note,) = reading(path)[1]
    assert "sheet 'Coins' is read; its other sheets are 'Cover', 'Codes' (hidden), 'Empty' (hidden)." in note


def test_the_mapping_names_the_sheet(tmp_path: Path) -> None:
    other = sheet(row(*HEADER), row("B 1", 3, "Rome"))
    path = write(tmp_path / "a.xlsx", parts(("Coins", "visible", PLAIN), ("Lots ", "hidden", other)))
    assert numbers(path, sheet="Lots") == numbers(path, sheet="LOTS") == ["B 1"]
    assert "'Lots ', which is hidden, is read" in reading(path, sheet="Lots")[1][0]
    with pytest.raises(SourceError, match="has no sheet 'Bills'; it has 'Coins', 'Lots '"):
        coins(path, sheet="Bills")


def test_hidden_rows_are_loaded_and_told(tmp_path: Path) -> None:
    table = sheet(row(*HEADER), row("A 1", 3, "Rome", attributes='hidden="1"'), row("A 2", 3, "Rome"))
    found, notes = reading(write(tmp_path / "a.xlsx", parts(table)))
    assert len(found) == 2
    assert notes == [f"{tmp_path}/a.xlsx: row 2 is hidden in sheet 'Sheet1', and loaded like the others."]


@pytest.mark.parametrize("value", ["A_x000D_", "A_x000D__x000A_", "_x0041_", " A "])
def test_escapes_are_undone(tmp_path: Path, value: str) -> None:
    path = write(tmp_path / "a.xlsx", parts(sheet(row(*HEADER), row(value, 3, "_x005F_x000D_"))))
    assert seen(path) == [("A", 3, "_x000D_")]


def test_rich_and_shared_texts(tmp_path: Path) -> None:
    texts = (
        f'<sst xmlns="{MAIN}"><si><r><t>A</t></r><r><rPr><b/></rPr><t xml:space="preserve"> 1</t></r></si>'
        "<si><t>Rome</t><rPh><t>ROMA</t></rPh></si></sst>"
    )
    table = sheet(row(*HEADER), row('<c t="s"><v>0</v></c>', 3, '<c t="s"><v>1</v></c>'))
    assert seen(write(tmp_path / "a.xlsx", parts(table) | {"xl/sharedStrings.xml": texts})) == [
        ("A 1", 3, "Rome")
    ]
    assert faults(write(tmp_path / "b.xlsx", parts(table))) == [("Inventory number", "0"), ("Mint", "1")]


def _prefixed(found: dict[str, str]) -> dict[str, str]:
    name = "xl/worksheets/sheet1.xml"
    text = (
        found[name]
        .replace("</", "</x:")
        .replace("<", "<x:")
        .replace("<x:/x:", "</x:")
        .replace("xmlns=", "xmlns:x=")
    )
    return found | {name: text}


ODD = {
    "plain": lambda found: found,
    "strict": lambda found: parts(PLAIN, strict=True),
    "prefixed": _prefixed,
    "upper case": lambda found: {name.upper(): text for name, text in found.items()},
    "backslashes": lambda found: {name.replace("/", "\\"): text for name, text in found.items()},
    "properties": lambda found: found | {"docProps/core.xml": "<dcterms:created>not a date", "docProps/app.xml": b"\xff"},
    "styles": lambda found: found | {"xl/styles.xml": "<styleSheet><fills broken='1'/><cellXfs><xf numFmtId='x'/></cellXfs>"},
    "damaged relations": lambda found: found | {"xl/_rels/workbook.xml.rels": "<Relationships><Relation"},
    "no relations": lambda found: {n: t for n, t in found.items() if not n.endswith(".rels")},
    "no workbook": lambda found: {n: t for n, t in found.items() if "workbook" not in n},
    "missing sheet": lambda found: parts(("Gone", "visible", ""), PLAIN) | {"xl/worksheets/sheet1.xml": ""},
    "wrong dimension": lambda found: found | {"xl/worksheets/sheet1.xml": PLAIN.replace("<sheetData>", '<dimension ref="A1:XFD1048576"/><sheetData>')},
    "utf-16": lambda found: found | {"xl/worksheets/sheet1.xml": f'<?xml version="1.0" encoding="utf-16"?>{PLAIN}'.encode("utf-16")},
}  # fmt: skip


@pytest.mark.parametrize("kind", ODD)
@pytest.mark.parametrize("name", ["a.xlsx", "A.XLSX", "a.xlsm", "a.xls", "a.csv"])
def test_what_is_odd_but_whole_is_read(tmp_path: Path, kind: str, name: str) -> None:
    assert seen(write(tmp_path / name, ODD[kind](parts(PLAIN)))) == GOOD


def test_a_chart_sheet_is_skipped(tmp_path: Path) -> None:
    found = parts(("Chart", "visible", "<chartsheet/>"), ("Coins", "visible", PLAIN))
    rels = found["xl/_rels/workbook.xml.rels"].replace("worksheet", "chartsheet", 1)
    path = write(tmp_path / "a.xlsx", found | {"xl/_rels/workbook.xml.rels": rels})
    assert (seen(path), reading(path)[1]) == (GOOD, [])


def test_missing_styles_are_told_when_cells_have_some(tmp_path: Path) -> None:
    path = write(tmp_path / "a.xlsx", parts(sheet(row(*HEADER), row(cell(115, 3), 3, "Rome"))))
    found, notes = reading(path)
    assert (found[0].inventory_number, len(notes)) == ("115", 1)
    assert "number formats are missing" in notes[0]


@pytest.mark.parametrize("place", ["XFD1048576", "ZZZ9", "C0", "3C", ""])
def test_a_cell_far_away_costs_nothing(tmp_path: Path, place: str) -> None:
    far = f'<row r="1048576"><c r="{place}"><v>1</v></c></row>'
    table = sheet(row(*HEADER), row("A 1", 3, "Rome"), far, before='<dimension ref="A1:XFD1048576"/>')
    first, last = coins(write(tmp_path / "a.xlsx", parts(table)))
    assert (first.inventory_number, last.place) == ("A 1", "row 1048576")
    assert bool(last.refusal) == (place == "XFD1048576")  # without a place that exists it is the first cell


def test_a_table_that_breaks_off_is_loaded_up_to_there(tmp_path: Path) -> None:
    table = PLAIN[: PLAIN.index('<row ><c s="0" t="inlineStr"><is><t>A 2')]
    path = write(tmp_path / "a.xlsx", parts(table))
    found = []
    with pytest.raises(SourceError, match="is damaged"):
        for coin in read(Reading(str(path), "M")):
            found.append(coin.inventory_number)
    assert found == ["A 1"]


def test_a_sheet_whose_damage_lets_another_be_read_is_told(tmp_path: Path) -> None:
    damaged = PLAIN.replace('<row ><c s="0" t="inlineStr"><is><t>A 1', "<broken></row>")
    path = write(tmp_path / "a.xlsx", parts(("Coins", "visible", damaged), ("Copy", "visible", PLAIN)))
    found, notes = reading(path)
    assert [coin.inventory_number for coin in found] == ["A 1", "A 2"]
    assert "its part /xl/worksheets/sheet1.xml is damaged" in notes[0]
    assert "sheet 'Copy' is read; its other sheets are 'Coins'" in notes[1]


def test_a_row_number_that_comes_twice_is_two_places(tmp_path: Path) -> None:
    rows = [row(f"A {n}", attributes=f'r="{place}"') for n, place in enumerate((4, 4, 2, 9), 1)]
    found = coins(write(tmp_path / "a.xlsx", parts(sheet(row("Inventory number"), *rows))))
    assert [coin.place for coin in found] == ["row 4", "row 5", "row 6", "row 9"]


def test_rows_just_before_the_damage_of_a_sheet_are_loaded(tmp_path: Path) -> None:
    found: list[str | None] = []
    path = write(tmp_path / "a.xlsx", parts(PLAIN.replace("</sheetData>", "</wrong>")))
    with pytest.raises(SourceError, match="is damaged"):
        found.extend(coin.inventory_number for coin in read(Reading(str(path), "M")))
    assert found == ["A 1", "A 2"]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.xlsx", b"", "is empty"),
        ("a.xlsx", b"PK\x03\x04", "damaged or cut short"),
        ("a.ods", b"PK\x03\x04", "damaged or cut short"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0" + bytes(600), "damaged"),
        ("a.xls", b"\x09\x00\x04\x00\x02\x00\x10\x00", "no sheets|damaged|is empty"),
        ("a.xlsx", b"\x00\x01\x02", "is not XLSX, or damaged"),
        ("a.xlsx", b"A\xff\x02\x00", "is not XLSX, or damaged"),
        ("a.xls", b"<html><table><tr><td>Inventory number</td></tr></table>", "HTML or XML"),
        ("a.xls", b'\xef\xbb\xbf<?xml version="1.0"?><Workbook/>', "HTML or XML"),
    ],
)
def test_other_files_are_told_apart(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(SourceError, match=reason):
        coins(path)


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        ({"xl/workbook.bin": ""}, "an XLSB file that is damaged"),
        ({"Index/Document.iwa": ""}, "Numbers"),
        ({"word/document.xml": "<document/>"}, "not a workbook"),
        (parts(PLAIN) | {"xl/worksheets/sheet1.xml": '<!DOCTYPE a [<!ENTITY b "c">]><worksheet>&b;</worksheet>'}, "has a document type"),
        ({"content.xml": "<a/>"}, "has no sheets"),
        ({"content.xml": "x", "META-INF/manifest.xml": "<encryption-data/>"}, "password"),
    ],
)  # fmt: skip
def test_other_zips_are_told_apart(tmp_path: Path, found: dict[str, str], reason: str) -> None:
    with pytest.raises(SourceError, match=reason):
        coins(write(tmp_path / "a.xlsx", found))


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in parts(PLAIN).items():
            if "sheet1" not in name:
                file.writestr(name, text)
        with file.open("xl/worksheets/sheet1.xml", "w") as part:
            for _ in range(70):
                part.write(b" " * 1024**2)
    with pytest.raises(SourceError, match="unpacks to 73,400,320 bytes, more than coinstore reads"):
        coins(path)


@pytest.mark.parametrize("name", ["a.xlsx", "a.xls", "a.ods"])
def test_text_that_is_named_like_a_spreadsheet_is_read_as_csv(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("Inventory number;Weight (g);Mint\nA 1;3.4;Rome\n", "utf-8")
    found, notes = reading(path)
    assert (found[0].inventory_number, len(notes)) == ("A 1", 1)
    assert "but text, and is read as CSV" in notes[0]


def test_an_old_file_of_excel(tmp_path: Path) -> None:
    made = xlwt.Workbook()
    made.add_sheet("Cover").write(0, 0, "Coins of the museum")
    table = made.add_sheet("Coins")
    for column, name in enumerate(HEADER):
        table.write(0, column, name)
    codes = [(7, '"LM "0000'), (115, "00000"), (6.1, "0.00"), (datetime.date(1998, 3, 1), "yyyy-mm-dd")]
    for n, (value, code) in enumerate(codes, 1):
        table.write(n, 0, value, xlwt.easyxf(num_format_str=code))
        table.write(n, 1, 3.4)
    table.write_merge(1, 3, 2, 2, "Rome")
    table.row(2).hidden = True
    made.add_sheet("Codes").visibility = 1
    for name in ("a.xls", "a.xlsx"):  # whatever its ending
        made.save(str(tmp_path / name))
        assert numbers(tmp_path / name) == ["LM 0007", "00115", "6.10", "1998-03-01"]
    assert [mint for _, _, mint in seen(tmp_path / "a.xls")] == ["Rome", "Rome", "Rome", None]
    notes = reading(tmp_path / "a.xls")[1]
    assert "'Cover', 'Codes' (hidden)" in notes[0]
    assert "row 3 is hidden" in notes[1]


def test_an_old_document_that_is_no_workbook_is_told_apart(tmp_path: Path) -> None:
    made = xlwt.Workbook()
    made.add_sheet("Coins").write(0, 0, "Inventory number")
    made.save(str(tmp_path / "a.xls"))
    content = (tmp_path / "a.xls").read_bytes()
    stream, other = (name.encode("utf-16-le") for name in ("Workbook", "WordDocu"))
    (tmp_path / "a.xls").write_bytes(content.replace(stream, other))
    with pytest.raises(SourceError, match="old Office program, but not a workbook"):
        coins(tmp_path / "a.xls")


def test_an_opendocument_file(tmp_path: Path) -> None:
    header = "".join(map(ods_cell, [*HEADER, "Die axis"]))
    rows = [
        ods_cell("LM 0007", 'office:value-type="float" office:value="7"')
        + ods_cell("3,5", 'office:value-type="float" office:value="3.456"')
        + ods_cell("Rome", 'office:value-type="string" table:number-rows-spanned="2"')
        + ods_cell("6", 'office:value-type="float" office:value="6"'),
        "<table:table-cell office:value-type='string'><office:annotation><text:p>a note</text:p></office:annotation>"
        "<text:p>A<text:s text:c='1'/><text:span>2</text:span></text:p></table:table-cell>"
        "<table:table-cell/><table:covered-table-cell/><table:table-cell table:number-columns-repeated='16380'/>",
        ods_cell("A 3") + ods_cell("#DIV/0!", 'table:formula="of:=1/0" office:value-type="string" calcext:value-type="error"')
        + '<table:table-cell table:formula="of:=1"/>',
        ods_cell("50 %", 'office:value-type="percentage" office:value="0.5"') + ods_cell("18 g", 'office:value-type="float" office:value="18"'),
    ]  # fmt: skip
    hidden = "<table:table-row table:visibility='filter'>"
    table = (
        "<table:table table:name='Coins'><table:table-column/>"
        f"<table:table-header-rows><table:table-row>{header}</table:table-row></table:table-header-rows>"
        f"<table:table-row>{rows[0]}</table:table-row>{hidden}{rows[1]}</table:table-row>"
        f"<table:table-row>{rows[2]}</table:table-row><table:table-row>{rows[3]}</table:table-row>"
        "<table:table-row table:number-rows-repeated='1048570'><table:table-cell/></table:table-row></table:table>"
    )
    first = (
        "<table:table table:name='Codes' table:style-name='ta2'><table:table-row>"
        + header
        + "</table:table-row></table:table>"
    )
    style = "<style:style style:name='ta2'><style:table-properties table:display='false'/></style:style>"
    found, notes = reading(write(tmp_path / "a.ods", ods(first, table, before=style)))
    assert [c.inventory_number for c in found] == ["LM 0007", "A 2", "A 3", "50 %"]
    assert [c.fields["weight_g"] for c in found] == [3.456, None, None, 18]
    assert [c.fields["mint"] for c in found] == ["Rome", "Rome", None, None]
    assert [(f.column, f.text) for c in found for f in c.faults] == [
        ("Weight (g)", "#DIV/0!"),
        ("Mint", "=1"),
    ]
    assert "'Codes' (hidden)" in notes[0]
    assert "row 3 is hidden" in notes[1]


@pytest.mark.parametrize(
    ("rows", "columns", "reason"),
    [(1_048_575, 1, "row 3: is repeated 1,048,575 times"), (1, 16_384, "row 3: has a cell 16,384 times")],
)
def test_rows_and_columns_that_repeat_endlessly_are_refused(
    tmp_path: Path, rows: int, columns: int, reason: str
) -> None:
    filling = ods_cell("x", f"office:value-type='string' table:number-columns-repeated='{columns}'")
    table = (
        f"<table:table table:name='Coins'><table:table-row>{''.join(map(ods_cell, HEADER))}</table:table-row>"
        f"<table:table-row>{ods_cell('A 1')}</table:table-row>"
        f"<table:table-row table:number-rows-repeated='{rows}'>{filling}</table:table-row></table:table>"
    )
    found = []
    with pytest.raises(SourceError, match=reason):
        found.extend(
            coin.inventory_number for coin in read(Reading(str(write(tmp_path / "a.ods", ods(table))), "M"))
        )
    assert found == ["A 1"]


def test_more_cells_than_a_sheet_should_have_are_refused(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(book, "MOST_CELLS", 100)
    table = sheet(row(*HEADER), *(row(f"A {n}", 3, "Rome") for n in range(50)))
    with pytest.raises(SourceError, match="more than 100 cells"):
        coins(write(tmp_path / "a.xlsx", parts(table)))


def test_what_openpyxl_writes(tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    chart = made.create_chartsheet("Chart", 0)
    made["Sheet"].append(HEADER)
    made["Sheet"].append([datetime.date(2020, 5, 1), 3.4, True])
    made["Sheet"]["A2"].number_format = "dd.mm.yyyy"
    assert chart.title == "Chart"
    made.save(tmp_path / "a.xlsx")
    (coin,) = coins(tmp_path / "a.xlsx")
    assert coin.inventory_number == "01.05.2020"
    assert coin.raw["Mint"] is True


@pytest.mark.parametrize("packing", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_packing_that_no_office_program_uses_is_refused(tmp_path: Path, packing: int) -> None:
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w", packing) as file:
        for name, text in parts(PLAIN).items():
            file.writestr(name, text)
    with pytest.raises(SourceError, match="is packed as no spreadsheet program does"):
        coins(tmp_path / "a.xlsx")


@pytest.mark.parametrize(
    ("inside", "reason"),
    [
        (row("A" * 10_000_001), "a text of more than 10,000,000 characters"),
        ("<a>" * 2000, "elements more than 1,000 deep"),
        ("".join(f"<a{n}/>" for n in range(10_010)), "more than 10,000 kinds of elements"),
    ],
    ids=["text", "depth", "names"],
)
def test_xml_that_would_fill_the_memory_is_refused(tmp_path: Path, inside: str, reason: str) -> None:
    with pytest.raises(SourceError, match=reason):
        coins(write(tmp_path / "a.xlsx", parts(sheet(row(*HEADER), inside))))


@pytest.mark.parametrize("stored", ["nan", "-inf", "1e999", "ten"])
def test_what_an_ods_file_calls_a_number_has_to_be_one(tmp_path: Path, stored: str) -> None:
    header = "".join(map(ods_cell, HEADER))
    weight = ods_cell("", f'office:value-type="float" office:value="{stored}"')
    rows = f"<table:table-row>{ods_cell('A 1')}{weight}{ods_cell('Rome')}</table:table-row>"
    table = f"<table:table><table:table-row>{header}</table:table-row>{rows}</table:table>"
    [coin] = coins(write(tmp_path / "a.ods", ods(table)))
    assert [fault.reason for fault in coin.faults] == ["is not a number, although the file says so"]
    json.dumps(coin.raw, allow_nan=False)

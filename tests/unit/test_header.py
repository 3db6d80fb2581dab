"""Headers: blank rows, titles, trailing and unnamed columns, and the header that a mapping file names."""

import csv
import io
from pathlib import Path

import pytest

from coinstore.errors import SourceError
from coinstore.records.coin import Coin, Record
from coinstore.records.column import Column
from coinstore.records.header import records
from coinstore.records.mapping import Mapping
from coinstore.records.reader import Reading, read


def coins(path: Path, text: str, mapping: Mapping | None = None) -> list[Coin]:
    path.write_text(text, "utf-8", newline="")
    return list(read(Reading(str(path), "M", None, mapping)))


def told(rows: list[list[object]], mapping: Mapping | None = None) -> tuple[list[Record], list[str]]:
    notes: list[str] = []
    lines = iter([(n, list(row)) for n, row in enumerate(rows, 1)])
    return list(records("t", lines, mapping or Mapping(), notes.append)), notes


@pytest.mark.parametrize(
    "above",
    [
        "",
        "\n\n",
        "\n" * 100 + ";;\n" * 100,
        "   \n",
        ";;\n;;\n",
        "\ufeff\n",
        "Export of the collection, 2024\n",
        "Export of the collection, 2024;;\n;;\n",
        "# exported from the database\n# on Monday\n",
        "Collection;Berlin\nDate;2024-01-05\n\n",
        "Report;;\nType;Roman;\n",
        "Inventory numbers;1 to 20\n",
        "Inventory number;A 1 to A 2;\n",
    ],
)
def test_what_is_above_the_header_is_skipped(tmp_path: Path, above: str) -> None:
    table = "Inventory number;Weight (g);Mint\nA 1;3,45;Rome\nA 2;3,50;Lyon\n"
    found = coins(tmp_path / "a.csv", above + table)
    assert [(c.inventory_number, c.fields["weight_g"], c.fields["mint"], c.faults) for c in found] == [
        ("A 1", 3.45, "Rome", ()),
        ("A 2", 3.5, "Lyon", ()),
    ]


TABLE = [
    ["Inventory number", "Weight, in g", "Mint; place"],
    ["A 1", "3,45", 'Rome; "x"'],
    ["A 2", "", "Lyon"],
]


@pytest.mark.parametrize("sep_line", [None, "sep={}", "SEP={}", '"sep={}"', "sep={};;", "\ufeffsep={} "])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("kind", ["csv", "tsv", "txt"])
def test_delimiters(tmp_path: Path, sep_line: str | None, delimiter: str, end: str, kind: str) -> None:
    if kind == "tsv" and not sep_line and delimiter != "\t":
        return
    text = io.StringIO(newline="")
    if sep_line:
        text.write(sep_line.format(delimiter) + end)
    csv.writer(text, delimiter=delimiter, lineterminator=end).writerows(TABLE)
    found = coins(tmp_path / f"a.{kind}", text.getvalue())
    assert [list(coin.raw.values()) for coin in found] == TABLE[1:]
    assert [coin.place for coin in found] == (["row 3", "row 4"] if sep_line else ["row 2", "row 3"])


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize(
    "header",
    ['"Weight; raw|net",id,"mint, region\tx"', '"Inv;\nnumber",note,"Weight, in|g"', "Nr,Ort,Gewicht roh"],
)
def test_signs_in_quoted_headers_are_not_delimiters(tmp_path: Path, delimiter: str, header: str) -> None:
    [names] = csv.reader(io.StringIO(header, newline=""))
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows([names, ["1", "2", "3,4"], ["1", "2", "3,5"]])
    mapping = Mapping({names[0]: Column("inventory_number")})
    assert list(coins(tmp_path / "a.csv", text.getvalue(), mapping)[0].raw) == names


@pytest.mark.parametrize("delimiter", "^~¦:")
def test_a_sep_line_names_any_delimiter(tmp_path: Path, delimiter: str) -> None:
    [coin] = coins(tmp_path / "a.csv", f"sep={delimiter}\nid{delimiter}mint\n1{delimiter}Rome, Italy\n")
    assert coin.fields["mint"] == "Rome, Italy"


def test_skipped_titles_are_told(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("My coins\n\nid;mint\n1;Rome\n", "utf-8")
    reading = Reading(str(tmp_path / "a.csv"), "M")
    assert [coin.place for coin in read(reading)] == ["row 4"]
    assert [note.split(": ", 1)[1].split(";")[0] for note in reading.notes] == ["row 3 is the header"]


def test_unknown_names_below_a_title_are_the_header() -> None:
    found, _ = told([["Hoards", None, None], [], ["CH 1", "CH 2", "IGCH"], ["1.001", None, "4"]])
    assert [record.cells for record in found] == [{"CH 1": "1.001", "CH 2": None, "IGCH": "4"}]


def test_a_title_in_merged_cells_is_above_the_header() -> None:
    found, notes = told([["My coins"] * 3, ["CH 1", "CH 2", "IGCH"], ["1.001", None, "4"]])
    assert [record.cells for record in found] == [{"CH 1": "1.001", "CH 2": None, "IGCH": "4"}]
    assert len(notes) == 1


def test_a_row_of_data_is_never_the_header() -> None:
    found, notes = told([["CH 1", "Art"], ["Type", "Metal"], ["Mint", "von"]])
    assert ([list(record.cells) for record in found], notes) == ([["CH 1", "Art"]] * 2, [])


@pytest.mark.parametrize(("row", "expected"), [(3, ["a", "b"]), (1, ["id", "mint"])])
def test_a_mapping_names_the_header(row: int, expected: list[str]) -> None:
    found, _ = told([["id", "mint"], ["1", "x"], ["a", "b"], ["2", "y"]], Mapping(header_row=row))
    assert list(found[-1].cells) == expected


def test_a_mapping_says_that_there_is_no_header() -> None:
    mapping = Mapping({"column 1": Column("inventory_number"), "column 3": Column("mint")}, header_row=0)
    found, _ = told([["A 1", "3.45", "Rome"], ["A 2", "3.5", "Lyon"]], mapping)
    assert found[0].cells == {"column 1": "A 1", "column 2": "3.45", "column 3": "Rome"}


@pytest.mark.parametrize("end", ["\x1a", "\0\0\0", "\x1a\r\n"])
def test_what_a_program_writes_after_the_last_row_is_no_coin(tmp_path: Path, end: str) -> None:
    found = coins(tmp_path / "a.csv", "Inventory number,Mint\r\nA 1,Rome\r\n" + end)
    assert [coin.inventory_number for coin in found] == ["A 1"]


def test_a_header_row_that_is_blank_is_told() -> None:
    with pytest.raises(SourceError, match="row 2 is empty; the mapping file says that it is the header_row"):
        told([["id"], [None], ["1"]], Mapping(header_row=2))


@pytest.mark.parametrize(
    ("header", "row", "raw"),
    [
        (["id", "mint", ""], ["1", "Rome", ""], {"id": "1", "mint": "Rome"}),
        (["id", "mint", "", "", ""], ["1", "Rome", "", " ", ""], {"id": "1", "mint": "Rome"}),
        (["id", "mint"], ["1", "Rome", "", ""], {"id": "1", "mint": "Rome"}),
        (["id", "mint", "", ""], ["1", "Rome"], {"id": "1", "mint": "Rome"}),
        (["id", "mint", ""], ["1"], {"id": "1", "mint": None}),
        (["id", "mint", None], ["1", "Rome", "x"], {"id": "1", "mint": "Rome", "column 3": "x"}),
        (
            ["", "id", "", "mint"],
            ["0", "1", "x", "Rome"],
            {"column 1": "0", "id": "1", "column 3": "x", "mint": "Rome"},
        ),
        (["id", "column 3", ""], ["1", "a", "b"], {"id": "1", "column 3": "a", "column 3 (2)": "b"}),
        (
            ["id", "ref", "ref", "ref"],
            ["1", "a", "b", "c"],
            {"id": "1", "ref": "a", "ref (2)": "b", "ref (3)": "c"},
        ),
        (
            ["id", "ref", "ref (2)", "ref"],
            ["1", "a", "b", "c"],
            {"id": "1", "ref": "a", "ref (2)": "b", "ref (3)": "c"},
        ),
        (["id", 1900], ["1", 0], {"id": "1", "1900": 0}),
    ],
)
def test_no_cell_is_lost(header: list[object], row: list[object], raw: dict[str, object]) -> None:
    [record], _ = told([header, row])
    assert (record.raw, record.refusal) == (raw, None)
    assert record.cells == raw


def test_a_cell_that_has_no_column_is_told() -> None:
    [record], _ = told([["id", "mint"], ["1", "Rome", "", "x"]])
    assert (
        record.refusal
        == "has 4 cells where the header has 2; put quotes around a cell that has the delimiter in it"
    )
    assert record.raw == {"id": "1", "mint": "Rome", "column 4": "x"}


def test_a_name_twice_is_refused_where_it_means_a_field() -> None:
    with pytest.raises(
        SourceError, match=r"the column 'Mint' twice; .* or name 'Mint' and 'Mint \(2\)' in a"
    ):
        told([["id", "Mint", "Mint"], ["1", "a", "b"]])
    mapping = Mapping({"Mint": Column("mint"), "Mint (2)": Column(None)})
    [record], _ = told([["id", "Mint", "Mint"], ["1", "a", "b"]], mapping)
    assert record.cells == {"id": "1", "Mint": "a", "Mint (2)": "b"}


def test_a_header_that_comes_again_is_no_coin() -> None:
    found, _ = told([["id", "mint"], ["1", "Rome"], ["id", "mint"], ["2", "Rome"]])
    assert [record.refusal for record in found] == [None, "repeats the header", None]


def test_a_mapping_names_columns_however_they_are_spaced() -> None:
    mapping = Mapping({"Gewicht in g": Column("weight_g"), "Mu\u0308nze": Column("mint")})
    [record], _ = told([["id", " Gewicht\n in\xa0g ", "M\xfcnze\u200b"], ["1", "3", "x"]], mapping)
    assert record.cells == {"id": "1", "Gewicht in g": "3", "Mu\u0308nze": "x"}


def test_very_wide_tables() -> None:
    header = ["id", *(f"c{n}" for n in range(16_382)), ""]
    [record], _ = told([header, ["1"], header])[0][:1], None
    assert len(record.cells) == 16_383

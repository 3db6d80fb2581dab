"""The mapping file that `ingest --columns` prints: it reads the table as before, whatever the names are."""

import csv
import io
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coinstore.errors import SourceError
from coinstore.records.coin import Coin
from coinstore.records.column import Column
from coinstore.records.mapping import Mapping, read_mapping
from coinstore.records.reader import Reading, read
from coinstore.records.starter import mapping_file


def write(path: Path, rows: list[list[str]]) -> Path:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    path.write_text(text.getvalue(), "utf-8", newline="")
    return path


def again(path: Path, mapping: Mapping | None = None) -> tuple[list[Coin], list[Coin]]:
    """The coins of a table, and those that it has with the mapping file that is made of it."""
    reading = Reading(str(path), "M", None, mapping)
    file = path.with_suffix(".toml")
    file.write_text(mapping_file(reading), "utf-8")
    return list(read(reading)), list(read(Reading(str(path), "M", None, read_mapping(str(file)))))


names = st.text(
    st.characters(codec="utf-8", exclude_characters="\r"), min_size=1, max_size=12
) | st.sampled_from(
    ["Weight (g)", "Obverse", "Reverse", "mint", "Mint", 'a"b', "a\nb", "#", "\x7f", "Datierung", "Bild", ""]
)
cells = st.sampled_from(
    ["", "3.5", "Rome", "a.jpg", "27 BC", '"', "# x", "\x85", "\u2028", "#REF!"]
) | st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=6)


@given(st.lists(st.tuples(names, cells, cells), max_size=5))
def test_it_can_be_used_as_it_is(tmp_path: Path, columns: list[tuple[str, str, str]]) -> None:
    rows = [
        ["id", *(c[0] for c in columns)],
        ["A 1", *(c[1] for c in columns)],
        ["A 2", *(c[2] for c in columns)],
    ]
    path = write(tmp_path / "a.csv", rows)
    try:
        list(read(Reading(str(path), "M")))
    except SourceError:
        return  # two columns that look alike
    before, after = again(path)
    assert [(c.fields, c.sides, c.types, c.inventory_number) for c in before] == [
        (c.fields, c.sides, c.types, c.inventory_number) for c in after
    ]


def test_what_a_mapping_says_already_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("Nr;Alt;Neu;Dm\n1;Köln;;2,1\n2;;Trier;1,9\n".encode("cp1252"))
    mapping = Mapping(
        {
            "Nr": Column("inventory_number"),
            "Neu": Column("mint"),
            "Alt": Column("mint", split="/"),
            "Dm": Column("diameter_mm", "cm"),
        },
        {"material": "Silber"},
        encoding="cp1252",
        delimiter=";",
        placeholders=frozenset(["s.n.", "k. A."]),
    )
    before, after = again(path, mapping)
    assert before == after
    said = tomllib.loads((tmp_path / "a.toml").read_text("utf-8"))
    assert (said["encoding"], said["placeholders"], said["constants"]) == (
        "cp1252",
        ["k. A.", "s.n."],
        {"material": "Silber"},
    )
    assert list(said["columns"]) == ["Nr", "Neu", "Alt", "Dm"]


def test_columns_that_look_alike_are_shown_for_a_choice(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", [["id", "weight", "Gewicht"], ["1", "3", "4"]])
    text = mapping_file(Reading(str(path)))
    assert '"weight" = ""  # looks like weight_g, as another column does | 3' in text
    assert '"Gewicht" = ""  # looks like weight_g, as another column does | 4' in text
    assert "# collection =" in text


def test_a_decision_is_explained(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", [["id", "Obverse", "Weight (g)"], ["1", "a.jpg", "3.4"]])
    lines = mapping_file(Reading(str(path), "M")).splitlines()
    assert lines[lines.index("[columns]") + 1 :] == [
        '"id" = "inventory_number"  # 1',
        '"Obverse" = "obverse_image"  # its values are names of files | a.jpg',
        '"Weight (g)" = {field = "weight_g", unit = "g"}  # 3.4',
    ]


def test_nested_json(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('[{"nr": "1", "mint": {"name": "Rome", "id": 4}, "weight": {"value": 3.5}}]', "utf-8")
    said = tomllib.loads(mapping_file(Reading(str(path))))["columns"]
    assert said == {
        "mint.name": "mint",
        "weight": "weight_g",
        "nr": "",
        "mint.id": "",
        "weight.value": "",
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Nr,Ort\n1,x\n", "no column is the inventory number. Not recognised: 'Nr', 'Ort'. Name the columns"),
        ("Mint,Weight\nRome,3\n", "no column is the inventory number. Name the columns"),
        (
            "A 1,3.45,Rome\nA 2,3.5,Lyon\n",
            "If the first row is a coin, a mapping file can say so: header_row = 0",
        ),
    ],
)
def test_what_is_not_recognised_is_told(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "my coins.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(SourceError) as error:
        list(read(Reading(str(path), "M")))
    assert message in str(error.value)
    assert f"coinstore ingest --columns '{path}' > map.toml" in str(error.value)


def test_a_table_that_fills_nothing_tells_it(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.csv", [["Object Number", *(f"c{n}" for n in range(14))], ["1", *"abcdefghijklmn"]]
    )
    reading = Reading(str(path), "M")
    list(read(reading))
    assert "nothing is read but the inventory numbers. Not recognised: 'c0'," in reading.notes[0]
    assert "'c11' and 2 more. This prints a mapping file" in reading.notes[0]
    for header in (["id"], ["id", "mint", "x"], ["id", "Bild"]):
        reading = Reading(str(write(path, [header, ["1", "Rome", "x"][: len(header)]])), "M")
        list(read(reading))
        assert reading.notes == []

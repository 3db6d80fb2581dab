"""Cells with several names, and names that are marked as uncertain."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coinstore.errors import MappingError
from coinstore.records.coin import Coin, Value
from coinstore.records.mapping import read_mapping
from coinstore.records.reader import Reading, read
from coinstore.records.values.several import is_plain, parts, spelled, value
from coinstore.sources.spelling import one_name

ROME, OSTIA = "http://nomisma.org/id/rome", "http://nomisma.org/id/ostia"


def doubtful(name: str, uri: str | None = None) -> Value:
    return Value(name, uri, is_uncertain=True)


def row(tmp_path: Path, **cells: object) -> Coin:
    path = tmp_path / "coins.json"
    path.write_text(json.dumps([{"id": "1", **cells}]), "utf-8")
    (found,) = read(Reading(str(path), "M"))
    return found


@pytest.mark.parametrize(
    "text",
    ["Rome?", "Rome ?", "Rome (?)", "?Rome", "(?) Rome", "[Rome]", "[Rome?]", "Rome (uncertain)", "Rome??"]
    + ["uncertain: Rome", "probably Rome", "Probably: Rome", "wohl Rome", "Rome (wahrscheinlich)"],
)
def test_marks_of_doubt(text: str) -> None:
    assert value(text) == doubtful("Rome") and not is_plain(text)


@pytest.mark.parametrize(
    "text",
    ["Rome", "Denarius (Empire)", "Tarraco [Spain]", "uncertain mint of Thrace", "AE2", "Ptolemy I"]
    + ["Wohlau", "Perhapsia"],
)
def test_other_names_are_as_they_are(text: str) -> None:
    assert value(text) == Value(text)


def test_a_backslash_takes_a_name_as_it_is() -> None:
    assert value("\\[Rome]") == Value("[Rome]")
    assert value("uncertain: \\Rome?") == doubtful("Rome?")
    assert parts("a \\| b | c") == ["a | b", "c"]


names = (
    st.lists(st.sampled_from([*"ab |?[]()\\:", "probably ", "uncertain: ", "wohl "]), min_size=1, max_size=9)
    .map(lambda pieces: one_name("".join(pieces)))
    .filter(bool)
)
values = st.builds(Value, names, is_uncertain=st.booleans())


@given(st.lists(values, min_size=1, max_size=4))
def test_what_is_written_reads_as_the_same(given_values: list[Value]) -> None:
    assert [value(part) for part in parts(spelled(given_values))] == given_values


@given(names)
def test_a_plain_name_has_no_marks(name: str) -> None:
    if is_plain(name):
        assert [value(part) for part in parts(name)] == [Value(name)]


def test_the_first_certain_name_is_the_field(tmp_path: Path) -> None:
    found = row(tmp_path, mint="Rome? | Ostia", denomination="AE2?|AE3?", authority="Valerian | Gallienus")
    assert found.fields == {"mint": "Ostia", "denomination": None, "authority": "Valerian"}
    assert found.values == {
        "mint": (doubtful("Rome"), Value("Ostia")),
        "denomination": (doubtful("AE2"), doubtful("AE3")),
        "authority": (Value("Valerian"), Value("Gallienus")),
    }
    assert found.faults == ()


def test_one_certain_name_needs_no_more(tmp_path: Path) -> None:
    found = row(
        tmp_path, mint="Rome", mint_uri=ROME, material="Silver|", authority="-", portrait="? | unknown"
    )
    assert found.fields == {
        "mint": "Rome",
        "mint_uri": ROME,
        "material": "Silver",
        "authority": None,
        "portrait": None,
    }
    assert found.values == {}


def test_addresses_belong_to_their_names(tmp_path: Path) -> None:
    found = row(tmp_path, mint="Rome? | Ostia", mint_uri=f"{ROME} | {OSTIA}")
    assert found.values["mint"] == (doubtful("Rome", ROME), Value("Ostia", OSTIA))
    assert (found.fields["mint"], found.fields["mint_uri"]) == ("Ostia", OSTIA)
    found = row(tmp_path, mint="Rome? | Ostia", mint_uri=f"| {OSTIA}")
    assert found.values["mint"] == (doubtful("Rome"), Value("Ostia", OSTIA))
    found = row(tmp_path, mint="", mint_uri=ROME)
    assert found.fields == {"mint": None, "mint_uri": ROME}


def test_more_addresses_than_names_are_a_fault(tmp_path: Path) -> None:
    found = row(tmp_path, mint="Rome", mint_uri=f"{ROME} | {OSTIA}")
    assert found.fields == {"mint": "Rome", "mint_uri": None}
    assert [fault.reason for fault in found.faults] == ["has 2 addresses for 1 names; none is taken"]


def test_an_array_of_json_has_several_names(tmp_path: Path) -> None:
    found = row(tmp_path, mint=["Rome?", "Os|tia"])
    assert found.values["mint"] == (doubtful("Rome"), Value("Os|tia"))


def test_a_number_among_names_is_a_fault(tmp_path: Path) -> None:
    found = row(tmp_path, mint="Rome | 137.0")
    assert found.fields == {"mint": None} and [fault.column for fault in found.faults] == ["mint"]


def test_an_array_of_addresses_pairs_by_position(tmp_path: Path) -> None:
    found = row(tmp_path, mint=["Rome", "Ostia"], mint_uri=["", OSTIA])
    assert found.values["mint"] == (Value("Rome"), Value("Ostia", OSTIA))


def test_a_mapping_file_says_what_is_between_names(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('nr,mint,place\n1,"Rom; k.A.; Ostia?",\n2,a|b;c,\n', "utf-8")
    (tmp_path / "a.toml").write_text(
        'placeholders = ["k.A."]\n[columns]\nnr = "inventory_number"\nmint = {field = "mint", split = ";"}',
        "utf-8",
    )
    mapping = read_mapping(str(tmp_path / "a.toml"))
    first, second = read(Reading(str(tmp_path / "a.csv"), "M", None, mapping))
    assert first.values["mint"] == (Value("Rom"), doubtful("Ostia"))
    assert second.values["mint"] == (Value("a|b"), Value("c"))


@pytest.mark.parametrize("column", ['{field = "hoard", split = ";"}', '{field = "mint", split = ""}'])
def test_only_names_are_split(tmp_path: Path, column: str) -> None:
    (tmp_path / "a.toml").write_text(f"[columns]\nx = {column}", "utf-8")
    with pytest.raises(MappingError, match="'x': split is the text between several values, and only for"):
        read_mapping(str(tmp_path / "a.toml"))

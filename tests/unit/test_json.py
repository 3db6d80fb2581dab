"""JSON: arrays, objects, keyed objects and lines; values by path; names that come twice."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coinstore.errors import SourceError
from coinstore.records.json_text import LARGEST, JsonText, decode
from coinstore.records.mapping import Column, Mapping
from coinstore.records.reader import Reading, read
from coinstore.records.rows_json import paths

ANY = Mapping({}, {})


def coins(path: Path, body: str | bytes, mapping: Mapping = ANY) -> list[Any]:
    path.write_bytes(body if isinstance(body, bytes) else body.encode())
    return list(read(Reading(str(path), "M", None, mapping)))


def numbers(path: Path, body: str | bytes, mapping: Mapping = ANY) -> list[str | None]:
    return [coin.inventory_number for coin in coins(path, body, mapping)]


TWO = [{"id": "J 1", "mint": "Köln"}, {"id": "J 2", "mint": "Trier"}]


@pytest.mark.parametrize(
    "body",
    [
        json.dumps(TWO),
        json.dumps(TWO, indent=2).replace("\n", "\r\n"),
        "\n\n  " + json.dumps(TWO) + "\n",
        "\ufeff" + json.dumps(TWO, ensure_ascii=False),
        json.dumps(TWO, ensure_ascii=False).encode("utf-16"),
        json.dumps(TWO, ensure_ascii=False).encode("utf-16-le"),
        json.dumps(TWO, ensure_ascii=False).encode("utf-32-be"),
        "\n".join(json.dumps(one, indent=1) for one in TWO),
        ",\n".join(map(json.dumps, TWO)),
        '[{"id": "J 1", "mint": "Köln",}, {"id": "J 2", "mint": "Trier"},]',
        '[{"id": "J 1", "mint": "Köln"}]\n[{"id": "J 2", "mint": "Trier"}]',
        '{"x": {"id": "J 1", "mint": "Köln"},\n"y": {"id": "J 2", "mint": "Trier"}}',
    ],
)
@pytest.mark.parametrize("ending", ["json", "jsonl", "ndjson"])
def test_records_in_every_form(tmp_path: Path, body: str | bytes, ending: str) -> None:
    found = coins(tmp_path / f"a.{ending}", body)
    assert [(c.inventory_number, c.fields["mint"], c.faults) for c in found] == [
        ("J 1", "Köln", ()),
        ("J 2", "Trier", ()),
    ]


@pytest.mark.parametrize(
    ("body", "records", "expected"),
    [
        ('{"id": "1", "mint": "Rome"}', None, ["1"]),
        ('{"id": "1", "finds": [{"id": "x"}]}', None, ["1"]),
        ('{"n": 2, "coins": [{"id": "1"}, {"id": "2"}]}', "coins", ["1", "2"]),
        ('{"coins": {"id": "1"}, "n": 2}', "coins", ["1"]),
        ('{"coins": {"a": {"id": "1"}, "b": {"id": "2"}}}', "coins", ["1", "2"]),
        ('{"item": {"id": "1"}}', "item", ["1"]),
        ('{"data": [[9], {"x": [{"id": "1"}]}, {"x": [{"id": "2"}], "y": {}}]}', "data.item.x", ["1", "2"]),
        ('{"a": [{"id": "1"}]}{"a": [{"id": "2"}]}', "a", ["1", "2"]),
    ],
)
def test_where_the_records_are(tmp_path: Path, body: str, records: str | None, expected: list[str]) -> None:
    assert numbers(tmp_path / "a.json", body, Mapping(records=records)) == expected


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ('{"n": 1, "coins": [{"id": "1"}]}', 'where its records are: records = "coins"'),
        ('{"item": {"id": "1"}}', 'where its records are: records = "item"'),
        ('{"A 1": {"weight": 3}, "A 2": {"weight": 4}}', '"key" = "inventory_number"'),
        (
            '{"id": {"0": "A 1"}, "weight": {"0": 3}}',
            "If its names are columns, write one object for each coin",
        ),
        ('{"mint": "Rome"}', "no column is the inventory number"),
        ("", "has no array of records"),
        ("[]", "has no array of records"),
        ("{", "row 1: is not JSON"),
        ('[{"id": "1"},\n\n{"id": oops}]', "row 3: is not JSON"),
        ('[{"id": "1"}\n{"id": "2"}]', "row 2: is not JSON .Expecting ','"),
        (b'[{"id": "K\xf6ln"}]', "row 1: byte 0xf6 is not utf-8.*cp1252. reads '...id': 'Köln'|Köln"),
        ("[" * 100_000, "nested more than 100 deep"),
        ('{"id": ' * 100_000, "nested more than 100 deep"),
    ],
)
def test_what_is_not_records_is_told(tmp_path: Path, body: str | bytes, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        coins(tmp_path / "a.json", body)


def test_the_names_of_an_object_are_the_numbers_where_a_mapping_says_so(tmp_path: Path) -> None:
    mapping = Mapping({"key": Column("inventory_number")})
    assert numbers(tmp_path / "a.json", '{"A 1": {"weight": 3}, "A 2": {"weight": 4}}', mapping) == [
        "A 1",
        "A 2",
    ]
    assert numbers(tmp_path / "a.json", '{"A 1": {"weight": 3}}', mapping) == ["A 1"]


def test_a_bad_line_costs_only_itself(tmp_path: Path) -> None:
    body = '{"id": "1"},\n{"id": \n\n{"id": "2", "x": [1,],}\nnull\n{"id": "3"} x\n{"id": "4"}'
    found = coins(tmp_path / "a.jsonl", body)
    assert [(c.place, c.inventory_number) for c in found if not c.refusal] == [
        ("line 1", "1"),
        ("line 4", "2"),
        ("line 7", "4"),
    ]
    assert [c.refusal.split(" (")[0] for c in found if c.refusal] == [
        "is not JSON",
        "is not an object with named values",
        "is not JSON",
    ]


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ('{"a": {"b": {"c": 1}}}', {"a.b.c": 1}),
        ('{"a": [{"b": 1}, {"b": 2, "c": [3]}]}', {"a.b": [1, 2], "a.c": [3]}),
        ('{"a": [1, "x", null]}', {"a": [1, "x", None]}),
        (
            '{"a": true, "b": null, "c": 1.50, "d": 2.0, "e": 1e2}',
            {"a": True, "b": None, "c": 1.5, "d": 2, "e": 100},
        ),
        ('{"a": 12345678901234567890123}', {"a": 12345678901234567890123}),
        ('{"a": 1e999, "b": NaN, "c": -Infinity}', {"a": "1E+999", "b": "NaN", "c": "-Infinity"}),
        ('{"a": "x", "a": "x"}', {"a": "x"}),
        ('{"a": "line\nbreak"}', {"a": "line\nbreak"}),
    ],
)
def test_values_by_path(record: str, expected: dict[str, Any]) -> None:
    cells, faults = paths(decode(record))
    assert {path: cells[path] for path in expected} == expected
    assert {type(cells[path]) for path in expected} == {type(value) for value in expected.values()}
    assert faults == ()


@pytest.mark.parametrize(
    ("record", "path"),
    [
        ('{"a": 1, "a": 2}', "a"),
        ('{"a": {"b": 1, "b": 2}}', "a.b"),
        ('{"a.b": 1, "a": {"b": 2}}', "a.b"),
        ('{"a": {"b": 2}, "a.b": 1}', "a.b"),
        ('{"a": 1, "a": 1, "a": {"c": 1}}', "a"),
    ],
)
def test_what_has_two_values_has_none_and_a_fault(record: str, path: str) -> None:
    cells, faults = paths(decode(record))
    assert cells[path] is None
    assert [fault.column for fault in faults] == [path]


def test_a_number_that_comes_twice_is_not_chosen(tmp_path: Path) -> None:
    [coin] = coins(tmp_path / "a.jsonl", '{"id": "1", "id": "2"}')
    assert (coin.refusal, coin.raw) == ("has no inventory number", {"id": ["1", "2"]})
    assert coin.faults[0].text == '["1", "2"]'


def test_a_value_that_is_too_large_is_told_and_not_collected() -> None:
    piece = "1," * 500_000
    taken = [0]

    def pieces() -> Any:
        yield '{"coins": ['
        while True:
            taken[0] += 1
            yield piece

    text = JsonText("t", pieces())
    names = text.names()
    assert next(names) == "coins"
    with pytest.raises(SourceError, match=r'a value has more than 16,000,000 characters.*records = "path"'):
        text.value()
    assert taken[0] * len(piece) < 5 * LARGEST


trees = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(trees, max_size=5), st.integers(1, 9), st.sampled_from([None, 1]), st.booleans())
def test_values_are_the_same_however_a_text_comes(values: list[Any], size: int, indent, ascii_only) -> None:
    body = " ".join(json.dumps(value, indent=indent, ensure_ascii=ascii_only) for value in values)
    text = JsonText("t", iter([body[n : n + size] for n in range(0, len(body), size)]))
    found = []
    while text.peek():
        found.append(text.value())
    assert found == values


def loose(value: Any) -> str:
    """JSON with a comma after everything."""
    if isinstance(value, dict) and value:
        return "{" + "".join(f"{json.dumps(name)}: {loose(part)} , " for name, part in value.items()) + "}"
    return (
        f"[{''.join(f'{loose(part)},' for part in value)}]"
        if value and isinstance(value, list)
        else json.dumps(value)
    )


@given(st.lists(trees, max_size=5), st.integers(1, 9))
def test_last_commas_change_nothing(values: list[Any], size: int) -> None:
    body = loose(values)
    text = JsonText("t", iter([body[n : n + size] for n in range(0, len(body), size)]))
    assert text.value() == decode(body) == values


records = st.lists(
    st.dictionaries(st.sampled_from(["id", "mint", "a.b", "key"]), trees, max_size=3), max_size=4
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=60) | records.map(json.dumps) | st.text('{}[]",:1aé \n\\', max_size=40))
def test_nothing_but_our_error(tmp_path: Path, body: bytes | str) -> None:
    for ending in ("json", "jsonl"):
        try:
            coins(tmp_path / f"a.{ending}", body)
        except SourceError as error:
            assert "a.json" in str(error)

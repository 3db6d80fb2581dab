"""What commands print as JSON is JSON for every program: there is no NaN and no Infinity in it."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coinstore_cli.shared.output import json_text, print_csv, print_rows

ROOT = Path(__file__).parents[2]
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.decimals() | st.datetimes(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.floats(), inner) | st.tuples(inner, inner),
)


def strict(text: str) -> object:
    return json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))


@given(values)
def test_every_value_is_valid_json(value: object) -> None:
    strict(json_text(value))
    strict(json_text(value, indent=2))


def test_what_is_no_number_is_null() -> None:
    row = {
        "similarity": float("nan"),
        "parts": [np.float64("inf"), (1.5, float("-inf"))],
        "at": datetime(2020, 1, 1, tzinfo=UTC),
    }
    assert strict(json_text([row])) == [
        {"similarity": None, "parts": [None, [1.5, None]], "at": "2020-01-01T00:00:00+00:00"}
    ]


def test_listings_print_it_in_every_form(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{"coin": "A 1", "similarity": float("nan"), "parts": {"a": float("inf")}}]
    print_rows(rows, ["coin", "similarity", "parts"], "json")
    assert strict(capsys.readouterr().out) == [{"coin": "A 1", "similarity": None, "parts": {"a": None}}]
    print_csv(rows, ["coin", "similarity", "parts"])
    assert "Infinity" not in capsys.readouterr().out


def test_one_place_writes_json() -> None:
    """Each command prints through it; logs are lines of JSON of their own, and have no such numbers either."""
    found = [
        path.name
        for path in sorted((ROOT / "cli").rglob("*.py"))
        if re.search(r"\bjson\.dump|import json$|\bdumps\(", path.read_text("utf-8"), re.MULTILINE)
    ]
    assert found == ["logs.py", "output.py"]

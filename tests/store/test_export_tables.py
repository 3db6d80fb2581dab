"""Exports as tables: every field, and ingest reads it back unchanged."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import exported
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from coinstore.records.columns import usual
from coinstore.records.exports.about import About
from coinstore.records.exports.cells import COLUMNS
from coinstore.records.exports.write import Export, export_coins
from coinstore.records.mapping import URIS

FORMATS = ("csv", "xlsx", "json", "parquet")
ADDRESS = st.from_regex(r"https?://[a-z]{1,9}\.org/[A-Za-z0-9._()-]{1,20}", fullmatch=True)
ANY = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)
# What a spreadsheet runs, what it changes, what separates cells.
ODD = st.sampled_from(
    ["=1+1", "'=1+1", "''-x", "-44", "+3", "@now", "'tis", "\tx", '"', "a;b,c\td", "_x0041_", "1e5", "007",
     "TRUE", "1/2", "ΑΘΗΝΑΙΩΝ", "a\nb", "  b", "😀", "10:30", "<b>&amp;</b>", "\\[Rome]", "a\\", "#REF!", "Rome | Ostia?", "A | B | C", "x?"]
)  # fmt: skip
TEXT = st.one_of(ANY, ODD, st.builds("{} {}".format, ODD, ANY))
MEASURE = st.integers(1, 900_000_000).map(lambda n: n / 1_000_000)  # a spreadsheet keeps 15 digits
YEARS = st.lists(st.integers(-700, 1900).filter(bool), min_size=2, max_size=2).map(sorted)


@st.composite
def records(draw: Callable[..., Any], number: int) -> dict[str, Any]:
    """One record with some of the fields, as JSON has it."""
    strategies = {name: TEXT for name in COLUMNS}
    strategies |= {name: ADDRESS for name in (*URIS, "type_uri")}
    strategies |= {
        "weight_g": MEASURE,
        "diameter_mm": MEASURE,
        "die_axis_h": st.integers(1, 12),
        "obverse_image": st.sampled_from(
            [f"/nowhere/{number}_a.jpg", f"https://e.org/{number}/a.jpg", f"https://e.org/a?id={number}"]
        ),
        "reverse_image": st.sampled_from(
            [f"/nowhere/{number}_r.jpg", f"https://e.org/{number}/r.jpg", f"https://e.org/r?id={number}&s=1"]
        ),
        "obverse_image_part": st.sampled_from(["first", "second"]),
        "reverse_image_part": st.sampled_from(["first", "second"]),
    }
    for name in ("inventory_number", "collection", "diameter_min_mm", "year_from", "year_to"):
        del strategies[name]
    said = draw(st.fixed_dictionaries({}, optional=strategies))
    if years := draw(st.none() | YEARS):
        said["year_from"], said["year_to"] = years
    return said | {"inventory_number": f"{draw(ODD)}{number}", "collection": draw(st.sampled_from("MN"))}


# A failure is not made smaller: it has one record in a line, and each try fills five stores.
@settings(max_examples=5, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(st.data())
def test_what_is_exported_is_read_back_unchanged(store: Engine, tmp_path: Path, data: st.DataObject) -> None:
    exported.empty(store)
    given_records = [data.draw(records(number)) for number in range(data.draw(st.integers(1, 12)))]
    source = tmp_path / "source.json"
    source.write_text(json.dumps(given_records), "utf-8")
    exported.fill(store, source)
    before = exported.rows(store)
    assert before
    for form in FORMATS:
        path = tmp_path / f"out.{form}"
        export_coins(store, path, Export(form, about=About(provenance=True)))
        exported.empty(store)
        exported.fill(store, path)
        assert exported.faults(store) == []
        assert (form, exported.differences(exported.rows(store), before)) == (form, [])


def test_each_column_is_the_usual_name_of_its_field() -> None:
    assert {name: (usual(name) or usual("")).field for name in COLUMNS} == {name: name for name in COLUMNS}

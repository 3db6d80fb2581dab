"""Measures and die axes: what is read, what is refused, and that nothing is misread."""

import csv
import math
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coinstore.records.values.measures import Measure, parse_axis, parse_measure

BERLIN = Path(__file__).parents[3] / "shared" / "data" / "berlin" / "coins.csv"

READ = [
    ("3,71", "g", 3.71, 3.71),
    ("3.71", "g", 3.71, 3.71),
    ("3.71 g", "g", 3.71, 3.71),
    ("3,71 g.", "g", 3.71, 3.71),
    ("3,71G", "g", 3.71, 3.71),
    ("3,71 Gramm", "g", 3.71, 3.71),
    (",5", "g", 0.5, 0.5),
    ("３,７１", "g", 3.71, 3.71),
    ("1.234", "g", 1.234, 1.234),
    ("1,234", "g", 1.234, 1.234),
    ("1,234.5", "g", 1234.5, 1234.5),
    ("1.234,5", "g", 1234.5, 1234.5),
    ("350 mg", "g", 0.35, 0.35),
    ("2 kg", "g", 2000, 2000),
    ("3.5-4 g", "g", 3.5, 4),
    ("24,2 mm", "mm", 24.2, 24.2),
    ("2.42 cm", "mm", 24.2, 24.2),
    ("0.0242 m", "mm", 24.2, 24.2),
    ("1 in", "mm", 25.4, 25.4),
    ("ca. 19", "mm", 19, 19),
    ("~19", "mm", 19, 19),
    ("19-23", "mm", 19, 23),
    ("19 - 23\u00a0mm", "mm", 19, 23),
    ("19−23", "mm", 19, 23),
    ("19 mm - 2.3 cm", "mm", 19, 23),
    ("19x23", "mm", 19, 23),
    ("19 × 23 mm", "mm", 19, 23),
    ("19mmX23mm", "mm", 19, 23),
    ("2 x 3 cm", "mm", 20, 30),
    ("18,5–20,1", "mm", 18.5, 20.1),
    ("19 bis 23 mm", "mm", 19, 23),
    ("33-30", "mm", 30, 33),
    ("19x9", "mm", 9, 19),
    ("10x10", "mm", 10, 10),
]

REFUSED = [
    ("", "g", "empty"),
    ("g", "g", "not a measurement"),
    ("0", "g", "0 is not a measurement"),
    ("0,00 g", "g", "0 is not a measurement"),
    ("0-23", "mm", "0 is not a measurement"),
    ("-3,7", "g", "not negative"),
    ("−3,7", "g", "not negative"),
    ("nan", "g", "not a measurement"),
    ("inf", "g", "not a measurement"),
    ("1e3", "g", "not a measurement"),
    ("½", "g", "not a measurement"),
    ("3²", "g", "not a unit"),
    ("٣", "g", "not a measurement"),
    ("3?", "g", "not a measurement"),
    ("3 71", "g", "not a measurement"),
    ("> 3.7", "g", "not a measurement"),
    ("3.71 (broken)", "g", "not a measurement"),
    ("1.234.567", "g", "not a number"),
    ("3.71,2.5", "g", "not a number"),
    ("9" * 400, "g", "not a number"),
    ("3.71 gr", "g", "grains in English"),
    ("0.35 oz", "g", "troy"),
    ("350 Mg", "g", "not a unit"),
    ("3.71 lb", "g", "not a unit"),
    ("3.71 mm", "g", "but a weight is needed"),
    ("24 g", "mm", "but a length is needed"),
    ("18-9", "mm", "may be a number or short"),
    ("19 mm x 23", "mm", "the second has none"),
    ("19x23x2", "mm", "not a measurement"),
    ("19/23", "mm", "not a measurement"),
    ("max. 23", "mm", "not a measurement"),
]


@pytest.mark.parametrize(("text", "unit", "smallest", "largest"), READ)
def test_reads(text, unit, smallest, largest):
    assert parse_measure(text, unit) == Measure(smallest, largest)


@pytest.mark.parametrize(("text", "unit", "reason"), REFUSED)
def test_refuses_with_a_reason(text, unit, reason):
    with pytest.raises(ValueError) as refusal:
        parse_measure(text, unit)
    assert reason in str(refusal.value)


def test_source_unit_holds_where_the_text_names_none():
    assert parse_measure("2,42", "mm", "cm") == Measure(24.2, 24.2)
    assert parse_measure("24,2 mm", "mm", "cm") == Measure(24.2, 24.2)
    with pytest.raises(ValueError, match="but a length is needed"):
        parse_measure("2,42", "mm", "g")
    with pytest.raises(ValueError, match="not a unit"):
        parse_measure("2,42", "mm", "ell")


@pytest.mark.parametrize(
    ("smallest", "largest"),
    [(0, 1), (-1, 1), (2, 1), (1, math.inf), (math.nan, 1), (1, math.nan), (-math.inf, 1)],
)
def test_measure_refuses_what_cannot_be(smallest, largest):
    with pytest.raises(ValueError):
        Measure(smallest, largest)


AXES = {
    "6": 6,
    "06": 6,
    "6h": 6,
    "6 h.": 6,
    "12 Uhr": 12,
    "6.0": 6,
    "6,00": 6,
    "６": 6,
    "VI": 6,
    "XII": 12,
    "180°": 180 // 30,
    "30 deg": 1,
    "90 Grad": 3,
    "0°": 12,
    "360°": 12,
    "6:00": 6,
    "06:00:00": 6,
    "12:00": 12,
}


@pytest.mark.parametrize(("text", "hour"), AXES.items())
def test_reads_an_axis(text, hour):
    assert parse_axis(text) == hour


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not a die axis"),
        ("0", "from 1 to 12"),
        ("13", "from 1 to 12"),
        ("180", "degrees need their sign"),
        ("45°", "not a whole hour"),
        ("390°", "not a whole hour"),
        ("-6", "not a die axis"),
        ("6,5", "not a die axis"),
        ("6-7", "not a die axis"),
        ("6:30", "not a die axis"),
        ("IIX", "not a die axis"),
    ],
)
def test_refuses_an_axis(text, reason):
    with pytest.raises(ValueError) as refusal:
        parse_axis(text)
    assert reason in str(refusal.value)


positive = st.decimals("0.001", "999", places=3)
ALPHABET = "0123456789.,-–x× gmckin?~ca\u2212\u00bd"


@given(positive)
def test_decimal_comma_is_decimal_point(number):
    assert parse_measure(str(number).replace(".", ","), "g") == parse_measure(str(number), "g")
    assert parse_measure(str(number), "g").smallest == float(number)


@given(positive, positive, st.sampled_from(["x", " × ", " x "]))
def test_order_says_nothing(one, two, tie):
    measure = parse_measure(f"{one}{tie}{two}", "mm")
    assert measure == parse_measure(f"{two}{tie}{one}", "mm")
    assert (measure.smallest, measure.largest) == (float(min(one, two)), float(max(one, two)))


@given(positive)
def test_units_convert(number):
    assert parse_measure(f"{number} cm", "mm") == parse_measure(str(number), "mm", "cm")
    assert parse_measure(f"{number} kg", "g") == parse_measure(f"{number * 1000}", "g")
    inches = parse_measure(f"{number} in", "mm")
    assert math.isclose(inches.largest, float(number) * 25.4)


@given(st.one_of(st.text(), st.text(ALPHABET)), st.sampled_from(["g", "mm"]))
def test_any_text_is_read_or_refused(text, unit):
    try:
        measure = parse_measure(text, unit)
    except ValueError as refusal:
        assert str(refusal)
        return
    assert 0 < measure.smallest <= measure.largest < math.inf


@given(st.one_of(st.text(), st.text("0123456789.,h°IVX Uhrdeg")))
def test_any_axis_is_read_or_refused(text):
    try:
        assert 1 <= parse_axis(text) <= 12
    except ValueError as refusal:
        assert str(refusal)


def test_berlin_is_read_as_its_readme_counts_it():
    if not BERLIN.is_file():
        pytest.skip(f"the real data is not next to the project: {BERLIN}")
    rows = list(csv.DictReader(BERLIN.read_text(encoding="utf-8-sig").splitlines()))
    kinds = Counter[str]()
    for row in rows:
        diameter = parse_measure(row["diameter"], "mm")
        assert 3 < diameter.smallest <= diameter.largest < 200
        kinds["comma"] += "," in row["diameter"]
        kinds["range"] += "-" in row["diameter"] or "x" in row["diameter"]
        kinds["zero"] += _is_zero(row["weight"])
    assert len(rows) == 8902
    assert kinds == {"comma": 223, "range": 169, "zero": 6}


def _is_zero(weight):
    try:
        parse_measure(weight, "g")
    except ValueError as refusal:
        assert str(refusal) == "0 is not a measurement"
        return True
    return False

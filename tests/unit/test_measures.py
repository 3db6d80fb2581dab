"""Measures and die axes: what is read, what is refused, and that nothing is misread."""

import contextlib
import csv
import math
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coinstore.records.values.axes import parse_axis
from coinstore.records.values.measures import Measure, parse_measure

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
    # the unit first, or with a dot
    ("g 3.45", "g", 3.45, 3.45),
    ("g. 3,45", "g", 3.45, 3.45),
    ("g 1.106,6", "g", 1106.6, 1106.6),
    ("3.45g.", "g", 3.45, 3.45),
    ("mm 18", "mm", 18, 18),
    ("mm. 16,8", "mm", 16.8, 16.8),
    ("mm 18-19", "mm", 18, 19),
    ("cm 1,8", "mm", 18, 18),
    ("18 mm.", "mm", 18, 18),
    # the name of the measure, about
    ("Ø 18", "mm", 18, 18),
    ("Ø18 mm", "mm", 18, 18),
    ("ø 18,5", "mm", 18.5, 18.5),
    ("D. 18 mm", "mm", 18, 18),
    ("Diam. 18 mm", "mm", 18, 18),
    ("Diam.: 18", "mm", 18, 18),
    ("Dm. 18,5 mm", "mm", 18.5, 18.5),
    ("Durchmesser: 18 mm", "mm", 18, 18),
    ("Wt. 3.45 g", "g", 3.45, 3.45),
    ("Gew.: 3,45 g", "g", 3.45, 3.45),
    ("Peso: 3,45 g", "g", 3.45, 3.45),
    ("ca. 3,5", "g", 3.5, 3.5),
    ("c.3.45", "g", 3.45, 3.45),
    ("env. 3,5 g", "g", 3.5, 3.5),
    ("3.45 g ca.", "g", 3.45, 3.45),
    # units of other languages
    ("3.45 grammi", "g", 3.45, 3.45),
    ("3,45 gramos", "g", 3.45, 3.45),
    ("3,45 grammes", "g", 3.45, 3.45),
    ("3.45 gram", "g", 3.45, 3.45),
    ("3.45 gm", "g", 3.45, 3.45),
    ("3.45 gms.", "g", 3.45, 3.45),
    ("18 millimètres", "mm", 18, 18),
    ("18 milímetros", "mm", 18, 18),
    ("1,8 centimetri", "mm", 18, 18),
    # two numbers
    ("19/23", "mm", 19, 23),
    ("18.5 / 17", "mm", 17, 18.5),
    ("18/19 mm", "mm", 18, 19),
    ("18×17 mm", "mm", 17, 18),
    ("18.5*19.2", "mm", 18.5, 19.2),
    ("18 a 19 mm", "mm", 18, 19),
    ("18 à 19 mm", "mm", 18, 19),
    ("da 18 a 19 mm", "mm", 18, 19),
    ("von 18 bis 19 mm", "mm", 18, 19),
    ("between 18 and 19 mm", "mm", 18, 19),
    ("entre 18 y 19 mm", "mm", 18, 19),
    ("18 tot 19 mm", "mm", 18, 19),
    ("28÷32 mm", "mm", 28, 32),
    # the same in other units
    ("7.9g (7.9g)", "g", 7.9, 7.9),
    ("19 mm (1.9 cm)", "mm", 19, 19),
    ("0.8oz. (22.1g)", "g", 22.1, 22.1),
    ("Diam.: 3/4 in. (1.9 cm)", "mm", 19, 19),
    ("1 5/16 in. (3.3 cm)", "mm", 33, 33),
    # thousands, and numbers as programs write them
    ("1 234,5 g", "g", 1234.5, 1234.5),
    ("1\u202f234,5 g", "g", 1234.5, 1234.5),
    ("1'234.5", "g", 1234.5, 1234.5),
    ("1’234", "g", 1234, 1234),
    ("3.4e0", "g", 3.4, 3.4),
    ("1.9E1", "mm", 19, 19),
    ("1e-05", "kg", 1e-5, 1e-5),
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
    ("3?", "g", "in doubt"),
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
    ("18/9", "mm", "may be a number or short"),
    ("1/2", "cm", "a fraction or two"),
    ("3/4 in", "mm", "a fraction or two"),
    ("15/16 in.", "mm", "a fraction or two"),
    ("18 e 19", "mm", "not a measurement"),
    ("18 mm (max.)", "mm", "not a measurement"),
    ("18 (19) mm", "mm", "not a measurement"),
    ("18 mm (1.9 cm)", "mm", "is another one"),
    ("7.9 g (8)", "g", "has no unit"),
    ("g 3.45 g", "g", "given twice"),
    ("3.45*", "g", "not a measurement"),
    ("[3.45]", "g", "not a measurement"),
    ("(3.45)", "g", "not a measurement"),
    ("3.45+", "g", "not a measurement"),
    ("3,45,", "g", "not a measurement"),
    ("3 . 45", "g", "not a measurement"),
    ("3·45", "g", "not a measurement"),
    ("3 g 45", "g", "not a measurement"),
    ("3'45", "g", "not a number"),
    ("12 345", "g", "not a measurement"),
    ("3.45 grs.", "g", "grains in English"),
    ("gr. 3,0", "g", "grains in English"),
    ("53.2 grains", "g", "not a unit"),
    ("0.8 oz", "g", "troy"),
    ('18"', "mm", "not a measurement"),
    ("Gewicht 18 mm", "mm", "not a measurement"),
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


@pytest.mark.parametrize("text", ["3,45 gr", "3.45gr.", "3,45 Gr.", "gr. 3,45", "3,45 grs", "ca. 3,45 gr"])
def test_the_unit_of_a_column_says_what_gr_is(text):
    assert parse_measure(text, "g", "g") == Measure(3.45, 3.45)
    for unit in (None, "mg"):
        with pytest.raises(ValueError, match="grains in English"):
            parse_measure(text, "g", unit)


@pytest.mark.parametrize(("text", "unit"), [("3,450 mg", None), ("3.450 mg", "g"), ("3,450", "mg")])
def test_thousands_of_milligrams_are_not_a_fraction(text, unit):
    with pytest.raises(ValueError, match="thousands of mg"):
        parse_measure(text, "g", unit)
    assert parse_measure("3450,5 mg", "g") == Measure(3.4505, 3.4505)


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
    "06:00": 6,
    "6h00": 6,
    "6 h 00": 6,
    "h6": 6,
    "↑/↓": 6,
    "⬆⬇": 6,
    "⬆️⬇️": 6,
    "Ⅵ": 6,
    "VI.": 6,
    "06:00:00": 6,
    "6:00": 6,
    "12:00:00": 12,
    "6 o'clock": 6,
    "6 o’clock": 6,
    "h 6": 6,
    "h. 6": 6,
    "ore 6": 6,
    "a ore 6": 6,
    "6 heures": 6,
    "6 hrs.": 6,
    "6 uur": 6,
    "7H": 7,
    "vi": 6,
    "VI h": 6,
    "180 degrees": 6,
    "180 deg.": 6,
    "180.0°": 6,
    "180 degrés": 6,
    "↑↓": 6,
    "↑ ↓": 6,
    "↑↑": 12,
    "↑→": 3,
    "↑←": 9,
    "↓": 6,
    "↑": 12,
    "⇅": 6,
    "⇈": 12,
    "coin alignment": 6,
    "Medal alignment": 12,
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
        ("↗", "not a die axis"),
        ("↓↑", "not a die axis"),
        ("6h30", "not a die axis"),
        ("11.30", "not a die axis"),
        ("½ h", "not a die axis"),
        ("12h/6h", "not a die axis"),
        ("h 180°", "in degrees"),
        ("0h", "from 1 to 12"),
    ],
)
def test_refuses_an_axis(text, reason):
    with pytest.raises(ValueError) as refusal:
        parse_axis(text)
    assert reason in str(refusal.value)


@pytest.mark.parametrize("unit", ["deg", "°", "degrees", "Grad", "deg."])
def test_the_unit_of_a_column_says_what_an_axis_is_in(unit):
    assert [parse_axis(text, unit) for text in ("180", "0", "90.0", "6h", "VI", "30°")] == [6, 12, 3, 6, 6, 1]
    for text, reason in (("6", "not a whole hour"), ("45", "not a whole hour"), ("390", "not a whole hour")):
        with pytest.raises(ValueError, match=reason):
            parse_axis(text, unit)
    assert parse_axis("6", "h") == parse_axis("180°", "h") == 6
    with pytest.raises(ValueError, match="h or deg"):
        parse_axis("6", "mm")


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


PIECES = [
    *ALPHABET,
    "1 234",
    "1,",
    "1.",
    "a ",
    "a",
    "1 a ",
    "ca ",
    "in (",
    "(",
    "1/",
    "Ø",
    "diam",
    "mm ",
    "e+",
    "1e1",
    "h ",
    "VI",
]


@settings(max_examples=60)
@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=6).map("".join), st.sampled_from(["g", "mm"]))
def test_a_long_text_takes_no_longer_than_it_is(piece, unit):
    """Ten thousand characters of anything: a regular expression that runs back and forth would never end."""
    for text in (piece * (10_000 // len(piece)), "1 " + piece * (10_000 // len(piece)) + "!"):
        for parse in (lambda text: parse_measure(text, unit), parse_axis):
            with contextlib.suppress(ValueError):
                parse(text)


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

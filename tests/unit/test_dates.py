"""Dates: what is read, what is refused, and that nothing is guessed."""

import csv
import json
import unicodedata
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coinstore.records.values.centuries import EARLY, LATE, MIDDLE, Part, century_years
from coinstore.records.values.dates import LATEST_YEAR, Years, parse_years, year
from coinstore.records.values.years import in_words

DATA = Path(__file__).parents[3] / "shared" / "data"

READ = [
    # one year
    ("2002", 2002, 2002),
    ("5", 5, 5),
    ("0064", 64, 64),
    ("-415", -415, -415),
    ("−415", -415, -415),
    ("+64", 64, 64),
    ("AD 117", 117, 117),
    ("A.D. 117", 117, 117),
    ("117 AD", 117, 117),
    ("117ce", 117, 117),
    ("415 BC", -415, -415),
    ("44 BCE", -44, -44),
    ("44 b. c. e.", -44, -44),
    ("44 a.C.", -44, -44),
    ("14 d.C.", 14, 14),
    ("44 av. J.-C.", -44, -44),
    ("14 après J.‑C.", 14, 14),
    ("44 a. Chr. n.", -44, -44),
    ("300 v. u. Z.", -300, -300),
    ("44 vor Christus", -44, -44),
    ("120 nach Chr.", 120, 120),
    # doubt changes no year
    ("c. 120", 120, 120),
    ("um 300 v.Chr.", -300, -300),
    ("CIRCA 300 bc", -300, -300),
    ("ca.\u00a0300 v.\u202fChr.", -300, -300),
    ("wohl 300 v. Chr. (?)", -300, -300),
    ("430? BC", -430, -430),
    ("1998?", 1998, 1998),
    # spans
    ("25 BC - 23 BC", -25, -23),
    ("AD 64 - AD 68", 64, 68),
    ("AD 64–68", 64, 68),
    ("64-68 AD", 64, 68),
    ("64 to 68 AD", 64, 68),
    ("64 bis 68 n. Chr", 64, 68),
    ("zwischen 64 und 68 n. Chr.", 64, 68),
    ("from 64 to 68", 64, 68),
    ("64-64", 64, 64),
    ("ca. 430-404 v. Chr.", -430, -404),
    ("430−404 BC", -430, -404),
    ("27 BC - AD 14", -27, 14),
    ("27 v. Chr. — 14 n. Chr.", -27, 14),
    ("27 v. - 14 n. Chr.", -27, 14),
    ("-415 - -390", -415, -390),
    ("-415--390", -415, -390),
    ("-377/-299", -377, -299),
    ("-27 - AD 14", -27, 14),
    ("-27 - +14", -27, 14),
    ("-27 - 68", -27, 68),
    # double years and abbreviations
    ("323/322 BC", -323, -322),
    ("407/6 BC", -407, -406),
    ("100/99 BC", -100, -99),
    ("138/9", 138, 139),
    ("AD 5/6", 5, 6),
    ("1914-18", 1914, 1918),
    ("1806-7", 1806, 1807),
    ("AD 138-61", 138, 161),
    ("138-61 n. Chr.", 138, 161),
    ("AD 1803/04", 1803, 1804),
    ("336–323 BC", -336, -323),
    ("211-08 BC", -211, -208),
    ("133-90 v. Chr.", -133, -90),
    ("375-360/350 v. Chr.", -375, -350),
    ("ca. 189/88-49/45 v. Chr.", -189, -45),
    ("408/407-407/406 BC", -408, -406),
    # centuries
    ("1st century BC", -100, -1),
    ("1. Jh. v. Chr.", -100, -1),
    ("first century AD", 1, 100),
    ("4th c. BC", -400, -301),
    ("c. 4th c. BC", -400, -301),
    ("IVe s. av. J.-C.", -400, -301),
    ("sec. IV a.C.", -400, -301),
    ("19. Jahrhundert", 1801, 1900),
    ("2. Hälfte 3. Jh.", 251, 300),
    ("2. Ha\u0308lfte des 3. Jh. n. Chr.", 251, 300),
    ("1. Viertel 2. Jh. v. Chr.", -200, -176),
    ("1er quart du IIe siècle av. J.-C.", -200, -176),
    ("last quarter of the 4th century BC", -325, -301),
    ("second half of the first century BC", -50, -1),
    ("3. Drittel 4. Jh.", 368, 400),
    ("Anfang 3. Jh. v. Chr.", -300, -268),
    ("Mitte 3. Jh.", 234, 267),
    ("mid-2nd century AD", 134, 167),
    ("late 4th century BC", -333, -301),
    ("Ende 4. Jh. v. Chr.", -333, -301),
    ("4th-3rd century BC", -400, -201),
    ("4./3. Jh. v. Chr.", -400, -201),
    ("2.-3. Jh.", 101, 300),
    ("early 3rd - mid 2nd century BC", -300, -134),
    ("early to mid 3rd century BC", -300, -234),
    ("late 4th/early 3rd century BC", -333, -268),
    ("Ende 4. - Anfang 3. Jh. v. Chr.", -333, -268),
    ("1. Jh. v. Chr. - 1. Jh. n. Chr.", -100, 100),
    ("1. Jh. v. - 1. Jh. n. Chr.", -100, 100),
    ("Ende 4. Jh. - 280 v. Chr.", -333, -280),
    ("１２０", 120, 120),
    # tables of pandas
    ("-27.0", -27, -27),
    ("64.0", 64, 64),
    ("2002.00", 2002, 2002),
    # the position of c
    ("c. 4 BC", -4, -4),
    ("c.4 BC", -4, -4),
    ("c 300", 300, 300),
    ("C. AD 98", 98, 98),
    ("540 B.C. c.", -540, -540),
    ("C4th BC", -400, -301),
    # the part of a century after it, or apart
    ("4th century BC, first half", -400, -351),
    ("4th c. B.C. (late)", -333, -301),
    ("3rd quarter, 4th century BC", -350, -326),
    ("5. Jh. v. Chr., 2. Hälfte", -450, -401),
    ("2. Jh. n. Chr. (Ende)", 168, 200),
    ("sec. II a.C. (prima metà)", -200, -151),
    ("IV sec. a.C., primo quarto", -400, -376),
    ("XVI secolo, seconda metà", 1551, 1600),
    # decades
    ("50er Jahre v. Chr.", -59, -50),
    ("60er Jahre n. Chr.", 60, 69),
    ("1920er Jahre", 1920, 1929),
]

REFUSED = [
    ("", "empty"),
    (" \u00a0", "empty"),
    ("ca.", "not a date"),
    ("v. Chr.", "not a date"),
    ("undatiert", "undatiert"),
    ("Anfang", "not a date"),
    ("XIX", "not a date"),
    # no year 0, no year of a coin
    ("0", "no year 0"),
    ("0000", "no year 0"),
    ("0 BC", "no year 0"),
    ("0. Jh.", "from 1 to 21"),
    ("25th century", "from 1 to 21"),
    ("2562", "no coin was made"),
    ("12345 BC", "no coin was made"),
    ("9" * 150, "no coin was made"),
    ("9" * 5000, "too long for a date"),
    ("-0044", "count with a year 0"),
    ("05", "short for a longer year"),
    # an end would be invented
    ("vor 49 v. Chr.", "an earliest or a latest"),
    ("before 49 BC", "an earliest or a latest"),
    ("nach 49", "an earliest or a latest"),
    ("from 64 AD", "an earliest or a latest"),
    ("bis 64", "an earliest or a latest"),
    ("64-", "an earliest or a latest"),
    ("–64", "an earliest or a latest"),
    ("< 64", "an earliest or a latest"),
    # backwards
    ("23 BC - 25 BC", "backwards"),
    ("AD 68 - AD 64", "backwards"),
    ("AD 14 - 27 BC", "backwards"),
    ("3rd-4th century BC", "backwards"),
    ("138/9 BC", "backwards"),
    ("415--390", "backwards"),
    ("430-404", "it does not say that it is BC"),
    ("138-61", "it does not say that it is BC"),
    ("133-90", "it does not say that it is BC"),
    ("189/88", "it does not say that it is BC"),
    ("100/44 BC", "backwards"),
    # two readings
    ("336-23 BC", "23 may be the year 23 or short for 323"),
    ("2002-05", "a month"),
    ("5/6", "a day"),
    ("-27 - 14", "its minus missing"),
    ("27 BC - 14", "one end"),
    ("27 - AD 68", "one end"),
    ("AD 64/65 - 27 BC", "two eras"),
    ("AD 64 AD", "twice"),
    ("-64 BC", "twice"),
    ("199?", "digit"),
    ("19??", "digit"),
    ("18?4", "digit"),
    ("2-3rd century AD", "a year or a century"),
    ("early-3rd century", "not a date"),
    ("3. Hälfte 3. Jh.", "no part number 3"),
    # not understood
    ("AD 64 or 68", '"or"'),
    ("AH 1203", '"AH"'),
    ("19²", '"²"'),
    ("٦٤", "not a word that coinstore reads"),
    ("12.05.1998", "not a date"),
    ("2002-05-01", "not a date"),
    ("64 und 68", "not a date"),
    ("64/65/66 AD", "not a date"),
    ("280s", "not a date"),
    ("4 c. BC", "circa or century"),
    ("44 A.C.", "not a word that coinstore reads"),
    # a century or circa, a day and a month, a reign
    ("C4 BC", "circa or century"),
    ("C1 AD", "circa or century"),
    ("c4-c3 BC", "circa or century"),
    ("C 4 BC", "circa or century"),
    ("3C BC", "circa or century"),
    ("C3", "circa or century"),
    ("4th-3rd century BC, first half", "not a word"),
    ("early 4th century BC, first half", "not a word"),
    ("44 BC, early", "not a word"),
    ("4th century BC (Athens)", "not a word"),
    ("4th century BC, 3rd century BC", "not a word"),
    ("20er Jahre", "a decade or a century"),
    ("300er Jahre v. Chr.", "a decade or a century"),
    ("5-6", "a month or a day"),
    ("1-68", "a month or a day"),
    ("12-5", "a month or a day"),
    ("5/6 BC", "backwards"),
    ("Jan-68", "a spreadsheet"),
    ("6-Dec", "a spreadsheet"),
    ("22 August 81", "not a word"),
    ("August 1881 - May 1882", "not a word"),
    ("anno 718", "a year of a reign"),
    ("5th year", "a year of a reign"),
    ("dès 64", "not a word"),
    ("A. 64", "not a word"),
]


@pytest.mark.parametrize(("text", "year_from", "year_to"), READ)
def test_reads(text, year_from, year_to):
    assert parse_years(text) == Years(year_from, year_to)


def _in_languages():
    """Forms in seven languages, written by hand; "!" is a form with two readings, or with an open end."""
    for file in sorted((Path(__file__).parent / "dates").glob("*.txt")):
        lines = [[cell.strip() for cell in line.split("|")] for line in file.read_text("utf-8").splitlines()]
        assert len(lines) > 90 and sum(first != "!" for _, first, _ in lines) >= 80, file
        yield from (pytest.param(*line, id=f"{file.stem}: {line[0]}") for line in lines)


@pytest.mark.parametrize(("text", "first", "last"), [*_in_languages()])
def test_reads_the_usual_forms_of_a_language(text, first, last):
    if first == "!":
        with pytest.raises(ValueError, match=r".{10}"):
            parse_years(text)
        return
    assert parse_years(text) == Years(int(first), int(last))
    decomposed = unicodedata.normalize("NFD", text)
    assert parse_years(f"\u200e{decomposed}\u00a0") == Years(int(first), int(last))


@pytest.mark.parametrize(("text", "reason"), REFUSED)
def test_refuses_with_a_reason(text, reason):
    with pytest.raises(ValueError) as refusal:
        parse_years(text)
    assert reason in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "layout", "found"),
    [("12.05.1998", "%d.%m.%Y", 1998), (" 1998-05-12 ", "%Y-%m-%d", 1998)],
)
def test_layout_reads_a_calendar_date(text, layout, found):
    assert parse_years(text, layout) == Years(found, found)


@pytest.mark.parametrize(
    ("text", "layout"),
    [
        ("12.05.98", "%d.%m.%y"),  # which century is a guess
        ("12.05.", "%d.%m."),  # strptime would say 1900
        ("12%Y", "%d%%Y"),
        ("1998", "%Y %Y"),
        ("1998", "%Y%"),
        ("1998", "%Y %Q"),
        ("0000", "%Y"),
        ("44 BC", "%Y"),
    ],
)
def test_layout_refuses(text, layout):
    with pytest.raises(ValueError, match="layout"):
        parse_years(text, layout)


def test_year_is_one_year():
    assert [year(text) for text in ("-415", "415 BC", "AD 68")] == [-415, -415, 68]
    with pytest.raises(ValueError, match="a span"):
        year("64-68")


@pytest.mark.parametrize(("year_from", "year_to"), [(0, 5), (-5, 0), (5, -5)])
def test_years_refuses_what_cannot_be(year_from, year_to):
    with pytest.raises(ValueError):
        Years(year_from, year_to)


any_year = st.integers(-9999, LATEST_YEAR).filter(bool)
any_years = st.tuples(any_year, any_year).map(lambda pair: Years(min(pair), max(pair)))


def _named(number, before, after):
    return f"{-number}{before}" if number < 0 else f"{after[0]}{number}{after[1]}"


@given(any_years, st.sampled_from([" - ", "–", " to ", " bis ", "/"]))
def test_round_trip(years, dash):
    for before, after in ((" BC", ("AD ", "")), (" v. Chr.", ("", " n. Chr."))):
        start = _named(years.year_from, before, after)
        stop = _named(years.year_to, before, after)
        assert parse_years(f"{start}{dash}{stop}") == years
        assert parse_years(f"ca. {start.upper()} {dash} {stop.lower()} (?)") == years


@given(any_years)
def test_round_trip_signed(years):
    assert parse_years(f"{years.year_from:+} - {years.year_to:+}") == years
    assert year(str(years.year_from)) == years.year_from


WORDS = """
    0 1 2 3 9 14 27 64 088 138 404 1998 1st 2nd 3. 4. IV II. - – − / ? (?) . + <
    BC AD v. n. Chr. a.C. ca. c. um vor nach bis to from between and und
    early late Mitte Ende Hälfte quarter Viertel Jh. century sec. s. of des last letztes
"""
words = st.sampled_from([*WORDS.split(), " "])


@given(st.one_of(st.text(), st.lists(words).map("".join)))
def test_any_text_is_read_or_refused(text):
    _read_or_refused(text)


@given(st.lists(words, max_size=8).map(" ".join))
def test_any_words_are_read_or_refused(text):
    _read_or_refused(text)


UNITS = [
    "a.",
    "v.",
    "n.",
    "s.",
    "c.",
    "C",
    "Jh",
    "siècle",
    "siglo",
    "sec.",
    "e",
    "y",
    "en",
    "de",
    "à",
    "al",
    "-",
    "–",
    "/",
    "(",
    "?",
    ".0",
    "J.-C.",
    "a.C.",
    "d.C.",
    "II",
    "mars",
    "May",
    "1",
    "12",
    "44",
    "27a",
    "3rd",
    "́",
    "'",
    "\u200b",
    ",",
    "half",
    "metà",
    "quarto",
    "V.",
    "M.",
    "3.",
    "x",
]


@settings(max_examples=60)
@given(
    st.lists(st.sampled_from([*UNITS, *WORDS.split(), " "]), min_size=1, max_size=8), st.integers(1, 10_000)
)
def test_a_long_text_takes_no_longer_than_it_is(pieces, length):
    """Ten thousand characters of anything: a regular expression that runs back and forth would never end."""
    text = "".join(pieces)
    _read_or_refused((text * (length // len(text) + 1))[:length])


@pytest.mark.parametrize(
    "piece", [*UNITS, " ", "v ", "av. ", "a. ", "1 ", "I ", "in. ", "1.", "- ", "n. v. ", "A. 3"]
)
def test_no_piece_repeated_takes_long(piece):
    _read_or_refused(piece * (10_000 // len(piece)))


@given(any_years)
def test_what_years_say_in_words_is_read_again(years):
    assert parse_years(in_words(years.year_from, years.year_to)) == years


def _read_or_refused(text):
    try:
        years = parse_years(text)
    except ValueError as refusal:
        assert str(refusal)
        return
    assert years.year_from <= years.year_to
    assert 0 not in (years.year_from, years.year_to)


@given(st.integers(1, 21), st.booleans(), st.sampled_from([2, 3, 4]))
def test_parts_tile_a_century(century, bc, of):
    first, last = century_years(century, bc)
    assert last - first == 99
    edges = [century_years(century, bc, Part(place, of)) for place in range(1, of + 1)]
    assert edges[0][0] == first
    assert edges[-1][1] == last
    assert all(stop + 1 == start for (_, stop), (start, _) in pairwise(edges))
    assert [Part(1, 3), Part(2, 3), Part(3, 3)] == [EARLY, MIDDLE, LATE]


def _need(file):
    if not file.is_file():
        pytest.skip(f"the real data is not next to the project: {file}")
    return file.read_text(encoding="utf-8-sig")


def test_every_roman_date_is_read():
    rows = list(csv.DictReader(_need(DATA / "roman" / "records.csv").splitlines()))
    assert len(rows) == 1684
    for row in rows:
        ends = row["date"].split(" - ")  # each has its era: "25 BC - 23 BC", "AD 64"
        signed = [int(end.strip("ABCD ")) * (-1 if "BC" in end else 1) for end in ends]
        assert parse_years(row["date"]) == Years(signed[0], signed[-1])


def test_every_greek_date_is_read():
    coins = json.loads(_need(DATA / "cn8" / "coins.json"))
    spans = [parse_years(coin["date"]["text"]) for coin in coins]
    assert [(span.year_from, span.year_to) for span in spans] == [
        (-430, -404),
        (-189, -45),
        (-375, -350),
        (-133, -90),
        (-175, -150),
        (-408, -406),
        (218, 222),
        (160, 161),
    ]


def test_berlin_years_are_read_but_for_one_backwards():
    rows = list(csv.DictReader(_need(DATA / "berlin" / "coins.csv").splitlines()))
    pairs = [(year(row["date_earliest"]), year(row["date_latest"])) for row in rows]
    assert [pair for pair in pairs if pair[0] > pair[1]] == [(145, 144)]
    assert len([Years(*pair) for pair in pairs if pair[0] <= pair[1]]) == 8901


@pytest.mark.parametrize("piece", ["1-", "- ", "1/", "?", "1. "])
def test_a_long_text_is_refused_at_once(piece: str) -> None:
    with pytest.raises(ValueError, match="too long"):
        parse_years(piece * 1_000_000)

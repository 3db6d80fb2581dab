"""Sentences: what is known about a side, in words; they read well whatever is missing."""

import re
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from coinstore.errors import SpaceError
from coinstore.models.sentence import FIELDS, FRAME, PLACEHOLDERS, TEMPLATES, Sentence, fields_of, say
from coinstore.records.placeholders import is_placeholder

ROMAN = {
    "face": "obverse",
    "type": "RIC II 12",
    "denomination": "Denarius",
    "material": "Silver",
    "mint": "Rome",
    "authority": "Trajan",
    "legend": "IMP TRAIANO",
    "description": "Head of Trajan, laureate, right",
    "year_from": 103,
    "year_to": 111,
}
WORDS = tuple(field for field in FIELDS if field != "date")
EMPTY = (None, "", "  ", "unknown", "Ohne  Zuordnung", "UNCERTAIN", "?", "-", "Uncertain value", "k. A.")
MINE = (*PLACEHOLDERS, "k.A.")

words = st.from_regex(
    r"[A-Za-zÄÖÜäöüßΑ-Ω0-9]{1,8}(,? [A-Za-zÄÖÜäöüßΑ-Ω0-9()]{2,8}){0,4}[.?)]?", fullmatch=True
).filter(lambda text: not is_placeholder(text))
years = st.one_of(st.none(), st.integers(-700, 700).filter(bool))
faces = st.sampled_from(["obverse", "reverse"])


def rows(values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {"face": faces, "year_from": years, "year_to": years} | dict.fromkeys(WORDS, values)
    )


known = rows(st.one_of(st.sampled_from(EMPTY), words))
cultures = st.sampled_from(["", "Celtic", "Roman", "Greek "])
text = st.text("abc [].,{}", min_size=1, max_size=12)
gaps = st.sampled_from(
    [f"[{field}]" for field in (*FRAME, *FIELDS)] + [f"[{field.title()}]" for field in FIELDS]
)
plain_text = st.sampled_from(["of ", " from ", ", ", ": ", ". ", " ", ".", "a coin "])
pieces = st.lists(st.one_of(gaps, plain_text), min_size=1, max_size=4).map("".join)
made = st.lists(st.one_of(pieces, pieces.map(lambda clause: "{" + clause + "}")), min_size=1, max_size=5)
templates = st.lists(made.map("".join).filter(str.strip), min_size=1, max_size=3)


def value(row: dict[str, Any], field: str) -> str:
    return " ".join(str(row[field]).split())


@pytest.mark.parametrize(
    ("changes", "culture", "expected"),
    [
        (
            {"type": "Büschelquinar"},
            "Celtic",
            "This is the obverse of an ancient Celtic coin depicting Büschelquinar.",
        ),
        ({"type": None}, "Celtic", "The obverse of this ancient Celtic coin has an unidentified design."),
        (
            {"type": "ohne Zuordnung"},
            "Celtic",
            "The obverse of this ancient Celtic coin has an unidentified design.",
        ),
        ({"face": "reverse"}, "", "This is the reverse of an ancient coin depicting RIC II 12."),
    ],
)
def test_the_sentences_of_the_thesis(changes: dict[str, Any], culture: str, expected: str) -> None:
    said = say(TEMPLATES["thesis"], ROMAN | changes, culture)
    assert said is not None
    assert said.text == expected
    assert said.fields == (("type",) if "RIC" in expected or "quinar" in expected else ())


@pytest.mark.parametrize(
    ("missing", "expected"),
    [
        (
            (),
            "Obverse of an ancient Roman coin of Trajan from Rome, Denarius, Silver, AD 103 to 111: "
            "Head of Trajan, laureate, right. Legend: IMP TRAIANO.",
        ),
        (
            ("authority", "denomination", "description"),
            "Obverse of an ancient Roman coin from Rome, Silver, AD 103 to 111. Legend: IMP TRAIANO.",
        ),
        (
            ("mint", "authority", "denomination", "material", "legend", "year_from", "year_to"),
            "Obverse of an ancient Roman coin: Head of Trajan, laureate, right.",
        ),
        ((*WORDS, "year_to"), "Obverse of an ancient Roman coin, from AD 103."),
        ((*WORDS, "year_from", "year_to"), None),
    ],
)
def test_the_sentence_of_all_fields(missing: tuple[str, ...], expected: str | None) -> None:
    said = say(TEMPLATES["fields"], ROMAN | dict.fromkeys(missing), "Roman")
    assert (said and said.text) == expected


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (-44, -44, "44 BC"),
        (-44, -42, "44 to 42 BC"),
        (-25, 14, "25 BC to AD 14"),
        (64, 68, "AD 64 to 68"),
        (69, 69, "AD 69"),
        (64, None, "from AD 64"),
        (None, -20, "until 20 BC"),
    ],
)
def test_years_in_english(first: int | None, last: int | None, expected: str) -> None:
    assert say(["[date]"], {"year_from": first, "year_to": last}, "") == Sentence(expected, ("date",))


@given(known, cultures)
def test_it_reads_well_whatever_is_missing(row: dict[str, Any], culture: str) -> None:
    for given_templates in TEMPLATES.values():
        said = say(given_templates, row, culture, MINE)
        if said is None:
            continue
        assert not re.search(r"[\[\]{}]|  | [,.;:]|\.\.|[,:]\.", said.text)
        assert said.text == said.text.strip()
        assert said.text[0].isupper()
        assert said.text.endswith((".", "?"))
        assert set(said.fields) <= set(fields_of(given_templates))
        assert all(value(row, field) in said.text for field in said.fields if field != "date")
        assert (culture.strip() or "ancient coin") in said.text


@given(known, cultures)
def test_all_that_is_known_is_said_but_not_the_type(row: dict[str, Any], culture: str) -> None:
    said = say(TEMPLATES["fields"], row, culture, MINE)
    there = {field for field in WORDS if row[field] not in EMPTY} - {"type"}
    there |= {"date"} if row["year_from"] or row["year_to"] else set()
    assert "type" not in fields_of(TEMPLATES["fields"])
    assert (said.fields if said else ()) == tuple(sorted(there))


@given(known, templates, st.sampled_from(WORDS), st.sampled_from(EMPTY))
def test_a_placeholder_is_nothing_in_any_field(
    row: dict[str, Any], given_templates: list[str], field: str, empty: str | None
) -> None:
    without = {name: what for name, what in row.items() if name != field}
    assert say(given_templates, row | {field: empty}, "", MINE) == say(given_templates, without, "", MINE)


def test_a_placeholder_counts_only_where_it_is_one() -> None:
    assert say(["[mint]"], {"mint": "siehe Akte"}, "") == Sentence("siehe Akte", ("mint",))
    assert say(["[mint]"], {"mint": "siehe Akte"}, "", ("Siehe Akte!",)) is None


@given(templates, known, cultures)
def test_any_template_is_filled_whole_or_not_used(
    given_templates: list[str], row: dict[str, Any], culture: str
) -> None:
    said = say(given_templates, row, culture, MINE)
    if said is not None:
        assert not re.search(r"[\[\]{}]|  ", said.text)
        assert set(said.fields) <= set(fields_of(given_templates))
        assert tuple(sorted(set(said.fields))) == said.fields
        assert not set(said.fields) & set(FRAME)


@given(text, text)
@example("[type]", "{[mint]}")
@example("{", "]")
def test_brackets_in_a_value_mean_nothing(legend: str, mint: str) -> None:
    assume(any(c.isalnum() for c in legend) and any(c.isalnum() for c in mint))
    row = {"face": "reverse", "legend": legend, "mint": mint, "type": "secret"}
    said = say(["[mint]|{[legend]|}[side]"], row, "")
    assert said == Sentence(f"{value(row, 'mint')}|{value(row, 'legend')}|reverse", ("legend", "mint"))


def test_a_stop_is_not_said_twice_nor_a_space_left() -> None:
    row = {"face": "obverse", "description": "Kopf n. r.", "legend": "IMP ..."}
    assert say(["[description]. [legend]."], row, "") == Sentence(
        "Kopf n. r. IMP ...", ("description", "legend")
    )
    assert say(["[legend] {from [mint]}, [Side] {of [type]}."], row, "") == Sentence(
        "IMP ..., Obverse.", ("legend",)
    )


def test_the_first_that_has_what_it_needs() -> None:
    three = ("A [type] of [mint].", "[Side]{ of [mint]}.", "A coin.")
    assert say(three, {"face": "obverse", "type": "x", "mint": "Rom"}, "") == Sentence(
        "A x of Rom.", ("mint", "type")
    )
    assert say(three, {"face": "obverse", "mint": "Rom"}, "") == Sentence("Obverse of Rom.", ("mint",))
    assert say(three, {"face": "obverse", "type": "x"}, "") == Sentence("A coin.", ())
    assert say(three[:2], {"face": "obverse", "type": "x"}, "") is None
    assert say(["A [culture] coin."], {"face": "obverse"}, "unknown") is None


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("A [tpye].", r"template 'A \[tpye\]\.' \[tpye\] is not a field; fields are: side, culture, type"),
        ("A [].", "is not a field"),
        ("A [year_from].", "is not a field"),
        ("A [type.", "brackets do not close"),
        ("A type].", "brackets do not close"),
        ("A [[type]].", "brackets do not close"),
        ("A [ty{pe}].", "brackets do not close"),
        ("A {[type].", "template .* braces do not close"),
        ("A [type]}.", "braces do not close"),
        ("A }[type]{.", "braces do not close"),
        ("A {[type]{ of [mint]}}.", "are nested"),
        (" ", "a template is empty"),
    ],
)
def test_what_is_no_template(template: str, reason: str) -> None:
    for use in (lambda: fields_of([template]), lambda: say([template], ROMAN, "")):
        with pytest.raises(SpaceError, match=reason):
            use()


def test_a_space_needs_a_template() -> None:
    with pytest.raises(SpaceError, match="needs a template"):
        fields_of(())

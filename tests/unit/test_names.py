"""Names: what is one name, and what says that there is no name."""

import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coinstore.records.columns import usual
from coinstore.records.placeholders import PATTERN, is_placeholder
from coinstore.sources.spelling import one_name

NAMES_SQL = Path(__file__).parents[2] / "migrations/always/00_database/placeholders.sql"


@pytest.mark.parametrize(
    "text",
    [
        "LM 1",
        "LM\u00a01",
        "LM\u2009\u202f1",
        "LM  1",
        "LM\t1",
        "LM\r\n1",
        "LM\u20281",
        "LM\u30001",
        "LM\u200b 1",
        "LM\u00ad 1",
        "\u200eLM 1",
        "LM 1\ufeff",
        "\u2067LM 1\u2069",
        "L\u2060M 1",
        "LM 1\ufe0f",
        " LM 1 ",
    ],
)
def test_one_name(text: str) -> None:
    assert one_name(text) == "LM 1"


@pytest.mark.parametrize("text", ["lm 1", "LM1", "\uff2c\uff2d 1", "LM 1\u0301", "L\u041c 1", "LM ¹"])
def test_another_name(text: str) -> None:
    assert one_name(text) != "LM 1"


def test_composed_and_decomposed_are_one_name() -> None:
    assert one_name(unicodedata.normalize("NFD", "Münze Ä1")) == one_name("Münze Ä1") == "Münze Ä1"
    assert one_name("A\u200b\u0308") == "Ä"


@given(st.one_of(st.text(), st.text("A\u0308 \u200b\u00a0\u00ad\u0301\u2003\ufe0f\u1100\u1161")))
def test_one_name_twice_is_once(text: str) -> None:
    once = one_name(text)
    assert one_name(once) == once
    assert one_name(unicodedata.normalize("NFD", once)) == once
    assert once == once.strip() or not once.strip()


PLACEHOLDERS = """
    N/A|n/a|n / a|NA|null|NULL|NaN|NaT|#N/A|<NA>|(null)|-|--|—|–|?|???|.|…|/|*|unknown|Unknown.|[unknown]|UNKNOWN
    |unknown?|none|None|nil|blank|(blank)|tbd|n.d.|N. D.|s.d.|o. J.|s.n.|s. l.|k. A.|k.A.|k.\u00a0A.
    |Uncertain value|uncertain|Uncertain mint|unknown mint|mint unknown|Mint: unknown|Unknown ruler|undated
    |not weighed|not available|unbekannt|Unbekannt|unbestimmt|ohne Zuordnung|ohne Angabe|keine Angaben
    |Münzstätte unbekannt|Unbekannte Münzstätte|Muenzstaette: unbekannt|Fundort unbekannt|unbestimmter Herrscher
    |nicht gewogen|undatiert|inconnu|Inconnue|INDÉTERMINÉ|indeterminé|non daté|sans date|Atelier inconnu|néant
    |sconosciuto|ignota|incerto|zecca incerta|zecca sconosciuta|autorità ignota|senza data|non pesato
    |desconocido|Ceca desconocida|sin datos|sin fecha|no consta|onbekend|onbekende muntplaats|geen|niet bekend
    |vindplaats onbekend|ignotus|incertum|sine anno|\\N
"""
VALUES = """
    Rome|Rome?|Sn|SN|S C|Nan Madol|None Such|Unknown king of Gandhara|Uncertain mint 5|Natal|Narbonne|+|½|0|1
    |ΑΘΕ|Ναξος|罗马|unknown to Cohen|RIC -|Nessuno dei due|Leerdam|Vidin|n|N|?1|-3|Todi|Nola
"""


@pytest.mark.parametrize(
    "text", ["", " ", "\u200b", *(word.strip(" \n") for word in PLACEHOLDERS.split("|"))]
)
def test_placeholders(text: str) -> None:
    assert is_placeholder(text)
    assert is_placeholder(unicodedata.normalize("NFD", text))


@pytest.mark.parametrize("text", [word.strip() for word in VALUES.split("|")])
def test_no_placeholders(text: str) -> None:
    assert not is_placeholder(text)


def test_a_mapping_can_name_more_placeholders() -> None:
    assert not is_placeholder("siehe Akte")
    assert is_placeholder("Siehe Akte!", ["siehe akte"])
    assert is_placeholder("999", frozenset({"999"})) and not is_placeholder("9999", frozenset({"999"}))


@given(st.text(min_size=50, max_size=80).map(lambda text: text * 200))
def test_a_long_text_is_no_placeholder(text: str) -> None:
    assert not is_placeholder(text) or not one_name(text)


def test_sql_has_the_same_pattern() -> None:
    function = NAMES_SQL.read_text("utf-8").partition("part.placeholders()")[2].partition("$f$;")[0]
    assert "".join(re.findall(r"\$p\$(.*?)\$p\$", function)) == PATTERN


def test_many_marks_on_a_letter_take_no_time() -> None:
    text = "a" + "\u0301\u0323" * 500_000
    assert one_name(f" {text} ") == text
    assert usual(text) is None

"""Any coin: records with all that a source may say, for tests of what is read and written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from coinstore.records.coin import FACES, Value
from coinstore.records.mapping import NAMES
from coinstore.records.values.several import joined, listed, spelled

ANY = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)
# What a spreadsheet runs, what it changes, what separates cells.
ODD = st.sampled_from(
    ["=1+1", "'=1+1", "''-x", "-44", "+3", "@now", "'tis", "\tx", '"', "a;b,c\td", "_x0041_", "1e5", "007",
     "TRUE", "1/2", "ΑΘΗΝΑΙΩΝ", "a\nb", "  b", "😀", "10:30", "<b>&amp;</b>", "\\[Rome]", "a\\", "#REF!",
     "A | B", "x?", "[x]", "]]>", "a; b", "geprägt", "Obverse: A - b", "http://e.org/ a"]
)  # fmt: skip
TEXT = st.one_of(ANY, ODD, st.builds("{} {}".format, ODD, ANY))
NAME = st.one_of(st.sampled_from(["Rome", "Ostia", "Augustus", "Silver", "Æ 2", "C. Julius Caesar (IV)"]), TEXT)
ADDRESS = st.builds(
    "{}://{}/{}{}".format,
    st.sampled_from(["http", "https"]),
    st.from_regex(r"[a-z]{1,9}\.org", fullmatch=True),
    st.from_regex(r"[A-Za-z0-9._()~-]{1,20}", fullmatch=True),
    st.sampled_from(["", "?id=7", "?lang=en&a=b%20c", "#this", "/"]),
)
KNOWN = st.sampled_from(
    ["http://nomisma.org/id/rome", "http://numismatics.org/ocre/id/ric.1(2).aug.1", "http://coinhoards.org/id/igch1",
     "http://numismatics.org/collection/1944.100.1", "https://ikmk.smb.museum/object?lang=de&id=18200001"]
)  # fmt: skip
MEASURE = st.integers(1, 900_000_000).map(lambda n: n / 1_000_000)  # a spreadsheet keeps 15 digits
YEARS = st.lists(st.integers(-700, 1900).filter(bool), min_size=2, max_size=2).map(sorted)
LICENCE = st.one_of(ADDRESS, st.just("https://creativecommons.org/licenses/by/4.0/"), TEXT)
LANGUAGE = st.sampled_from(["de", "en", "fr", "grc", "la"])


@st.composite
def records(draw: Callable[..., Any], number: int) -> dict[str, Any]:
    """One record with some of the fields, in the cells of a table, as JSON has it."""
    found: dict[str, Any] = {}

    def maybe(name: str, strategy: st.SearchStrategy[Any]) -> None:
        if draw(st.booleans()):
            found[name] = draw(strategy)

    for name in NAMES:
        if names := draw(st.lists(st.tuples(NAME, st.none() | ADDRESS | KNOWN, st.booleans()), max_size=3)):
            found[name] = spelled(Value(text, uri, doubt) for text, uri, doubt in names)
            found[f"{name}_uri"] = listed(uri for _, uri, _ in names)
    for name in ("findspot", "hoard"):
        maybe(name, NAME)
        maybe(f"{name}_uri", ADDRESS | KNOWN)
    maybe("uri", ADDRESS)
    maybe("provenance", TEXT)
    maybe("rights_holder", TEXT)
    maybe("licence", LICENCE)
    maybe("language", LANGUAGE | TEXT)
    maybe("diameter_mm", MEASURE)
    maybe("weight_g", MEASURE)
    maybe("die_axis_h", st.integers(1, 12))
    if draw(st.booleans()):
        years = draw(YEARS)
        found |= dict(zip(("year_from", "year_to"), years, strict=True))
        if draw(st.booleans()):
            del found[draw(st.sampled_from(["year_from", "year_to"]))]
    _types(draw, found)
    references = draw(st.lists(st.tuples(TEXT, st.just("") | ADDRESS | KNOWN), max_size=3))
    found["reference"] = joined(" ".join(one) for one in references)
    for face in FACES:
        for part in ("legend", "description", "die", "image_rights_holder"):
            maybe(f"{face}_{part}", TEXT)
        maybe(f"{face}_description_language", LANGUAGE)
        maybe(f"{face}_image_licence", LICENCE)
        maybe(f"{face}_image_part", st.sampled_from(["first", "second"]))
        own = st.sampled_from(
            [f"/nowhere/{number}_{face[0]}.jpg", f"https://e.org/{number}/{face}.jpg",
             f"https://e.org/{face[0]}?id={number}&s=1", f"https://iiif.e.org/2/{number}_{face[0]}"]
        )  # fmt: skip
        maybe(f"{face}_image", own | st.just(f"https://e.org/both?id={number}"))
    return found | {"inventory_number": f"{draw(ODD)}{number}", "collection": draw(st.sampled_from("MN"))}


def _types(draw: Callable[..., Any], found: dict[str, Any]) -> None:
    """Types with some of a label, a catalogue and a number, an address, and doubt."""
    one = st.tuples(TEXT, st.sampled_from(["RIC I", "Crawford", ""]), TEXT, st.just("") | ADDRESS | KNOWN, st.booleans())
    given = draw(st.lists(one, max_size=3))
    kinds = [draw(st.sampled_from(["label", "number", "both", "address"])) for _ in given]
    if not given:
        return
    labels = [label if kind in ("label", "both") else "" for kind, (label, *_) in zip(kinds, given, strict=True)]
    numbers = [one[2] if kind in ("number", "both") else "" for kind, one in zip(kinds, given, strict=True)]
    doubts = [one[4] for one in given]
    found["type"] = spelled(
        Value(text, None, doubt and bool(text)) for text, doubt in zip(labels, doubts, strict=True)
    )
    found["type_number"] = spelled(
        Value(text, None, doubt and bool(text)) for text, doubt in zip(numbers, doubts, strict=True)
    )
    found["type_catalogue"] = joined(
        one[1] if text else "" for one, text in zip(given, numbers, strict=True)
    )
    found["type_uri"] = joined(one[3] for one in given)


def in_lines(said: dict[str, Any]) -> dict[str, Any]:
    """A record as markup can hold it: texts in one line, of characters of XML."""
    return {name: " ".join(_xml(value).split()) if isinstance(value, str) else value for name, value in said.items()}


def _xml(text: str) -> str:
    return "".join(one for one in text if one.isprintable() and one not in "\ufffe\uffff")

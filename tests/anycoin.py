"""Any coin: records with all that a source may say, for tests of what is read and written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from coinstore.records.coin import FACES, Value
from coinstore.records.mapping import NAMES, TYPES
from coinstore.records.values.several import joined, listed, spelled

ANY = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)
# What a spreadsheet runs, what it changes, what separates cells.
ODD = st.sampled_from(
    ["=1+1", "'=1+1", "''-x", "-44", "+3", "@now", "'tis", "\tx", '"', "a;b,c\td", "_x0041_", "1e5", "007",
     "TRUE", "1/2", "ΑΘΗΝΑΙΩΝ", "a\nb", "  b", "😀", "10:30", "<b>&amp;</b>", "\\[Rome]", "a\\", "#REF!",
     "A | B", "x?", "[x]", "]]>", "a; b", "geprägt", "Obverse: A - b", "http://e.org/ a"]
)  # fmt: skip
TEXT = st.one_of(ANY, ODD, st.builds("{} {}".format, ODD, ANY))
# Signs at the end of a text, before an address in a reference, are not a part of it.
CITED = TEXT.map("{} 1".format)
NAME = st.one_of(
    st.sampled_from(["Rome", "Ostia", "Augustus", "Silver", "Æ 2", "C. Julius Caesar (IV)"]), TEXT
)
SHORT = st.from_regex(r"urn:[a-z]{2,9}:[A-Za-z0-9._()~-]{1,20}", fullmatch=True)
ADDRESS = SHORT | st.builds(
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


PLAIN: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys(("findspot", "hoard"), NAME),
    **dict.fromkeys(("findspot_uri", "hoard_uri"), ADDRESS | KNOWN),
    "uri": ADDRESS,
    **dict.fromkeys(("provenance", "rights_holder"), TEXT),
    "licence": LICENCE,
    "language": LANGUAGE | TEXT,
    "weight_g": MEASURE,
    "die_axis_h": st.integers(1, 12),
}


@st.composite
def records(draw: Callable[..., Any], number: int) -> dict[str, Any]:
    """One record with some of the fields, in the cells of a table, as JSON has it."""
    found: dict[str, Any] = {}

    for name in NAMES:
        if names := draw(st.lists(st.tuples(NAME, st.none() | ADDRESS | KNOWN, st.booleans()), max_size=3)):
            found[name] = spelled(Value(text, uri, doubt) for text, uri, doubt in names)
            found[f"{name}_uri"] = listed(uri for _, uri, _ in names)
    found |= draw(st.fixed_dictionaries({}, optional=PLAIN))
    if draw(st.booleans()):
        found["diameter_min_mm"], found["diameter_mm"] = sorted([draw(MEASURE), draw(MEASURE)])
    if draw(st.booleans()):
        years = draw(YEARS)
        found |= dict(zip(("year_from", "year_to"), years, strict=True))
        if draw(st.booleans()):
            del found[draw(st.sampled_from(["year_from", "year_to"]))]
    _types(draw, number, found)
    references = draw(st.lists(st.tuples(CITED, st.just("") | ADDRESS | KNOWN), max_size=3))
    found["reference"] = joined(
        f"{text} {_own(uri, number, f'r{n}')}" for n, (text, uri) in enumerate(references)
    )
    for face in FACES:
        found |= draw(sides(face, number))
    if draw(st.integers(1, 4)) == 1:  # a photograph of the coin, whose name does not say the face
        found = {name: value for name, value in found.items() if "_image_" not in name}
        found |= {"obverse_image": "", "reverse_image": "", "image": f"https://e.org/coin/{number}.jpg"}
        found["image_licence"] = draw(LICENCE)
    return found | {"inventory_number": f"{draw(ODD)}{number}", "collection": draw(st.sampled_from("MN"))}


@st.composite
def sides(draw: Callable[..., Any], face: str, number: int) -> dict[str, Any]:
    """What is said of a face, and of its photograph, which it may share with the other one."""
    own = st.sampled_from(
        [f"/nowhere/{number}_{face[0]}.jpg", f"https://e.org/{number}/{face}.jpg",
         f"https://e.org/{face[0]}?id={number}&s=1", f"https://iiif.e.org/2/{number}_{face[0]}"]
    )  # fmt: skip
    said = {
        **dict.fromkeys(("legend", "description", "die", "image_rights_holder"), TEXT),
        "description_language": LANGUAGE,
        "image": own | st.just(f"https://e.org/both?id={number}"),
        "image_licence": LICENCE,
        "image_part": st.sampled_from(["first", "second"]),
    }
    found = draw(st.fixed_dictionaries({}, optional=said))
    return {f"{face}_{part}": value for part, value in found.items()}


@st.composite
def many(draw: Callable[..., Any]) -> list[dict[str, Any]]:
    """Up to twelve records of different coins."""
    return [draw(records(number)) for number in range(draw(st.integers(1, 12)))]


@st.composite
def of_two_sources(draw: Callable[..., Any]) -> list[dict[str, Any]]:
    """Records of different coins, and after them second ones of some of these coins."""
    found = draw(many())
    return found + [draw(again(one)) for one in found if draw(st.booleans())]


@st.composite
def again(draw: Callable[..., Any], one: dict[str, Any]) -> dict[str, Any]:
    """What another source says of the same coin: the same types and names, and its own rights."""
    groups = [TYPES, ("reference",), *((name, f"{name}_uri") for name in NAMES)]
    kept = {name for group in groups if draw(st.booleans()) for name in group}
    kept |= {"inventory_number", "collection"}
    found = {name: value for name, value in one.items() if name in kept}
    return found | draw(st.fixed_dictionaries({}, optional={"licence": LICENCE, "rights_holder": TEXT}))


def _types(draw: Callable[..., Any], number: int, found: dict[str, Any]) -> None:
    """Types with some of a label, a catalogue and a number, an address, and doubt."""
    one = st.tuples(
        CITED, st.sampled_from(["RIC I", "Crawford", ""]), CITED, st.just("") | ADDRESS | KNOWN, st.booleans()
    )
    given = draw(st.lists(one, max_size=3))
    kinds = [draw(st.sampled_from(["label", "number", "both", "address"])) for _ in given]
    if not given:
        return
    labels = [
        label if kind in ("label", "both") else "" for kind, (label, *_) in zip(kinds, given, strict=True)
    ]
    numbers = [one[2] if kind in ("number", "both") else "" for kind, one in zip(kinds, given, strict=True)]
    doubts = [one[4] for one in given]
    found["type"] = spelled(
        Value(text, None, doubt and bool(text)) for text, doubt in zip(labels, doubts, strict=True)
    )
    found["type_number"] = spelled(
        Value(text, None, doubt and bool(text)) for text, doubt in zip(numbers, doubts, strict=True)
    )
    found["type_catalogue"] = joined(one[1] if text else "" for one, text in zip(given, numbers, strict=True))
    found["type_uri"] = joined(_own(one[3], number, f"t{n}") for n, one in enumerate(given))


def _own(uri: str, number: int, place: str) -> str:
    """An address that is there once: one type has one name, whatever others call it."""
    return uri and f"{uri}.{number}{place}"


def in_markup(said: dict[str, Any], number: int) -> dict[str, Any]:
    """A record as markup can hold it: texts in one line, of characters of XML, and pictures of the web."""
    found = {
        name: " ".join(_xml(value).split()) if isinstance(value, str) else value
        for name, value in said.items()
    }
    for face in FACES:
        if found.get(f"{face}_image", "").startswith("/"):
            found[f"{face}_image"] = f"https://e.org/{number}_{face}.jpg"
    return found


def _xml(text: str) -> str:
    return "".join(one for one in text if one.isprintable() and one not in "\ufffe\uffff")

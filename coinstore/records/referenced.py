"""What a row refers to: types, several in a cell and uncertain ones, hoards, other coins, literature."""

from __future__ import annotations

import re
from functools import lru_cache

from .addresses import kind_of
from .cells import ParsedRow
from .coin import Reference, ReferenceKind, TypeClaim
from .mapping import TYPES
from .texts import field_text
from .values.several import MOST, TOO_MANY, is_plain, joined, parts, value

LONGEST = 500  # characters of a part of a type, which is indexed
NAMING = tuple(name for name in TYPES if name != "type_catalogue")
MENTIONED = {*NAMING, "reference"}
_URL = re.compile(r"https?://[^\s<>\"]+")
# Before a text that does not say by its address what it refers to: "hoard: IGCH 1122".
_KIND = re.compile(r"(?P<kind>type|hoard|coin|literature): *(?=\S)")
_BEFORE, _AFTER = " \t,;:<(", " \t,;.>)"  # an address
Found = tuple[tuple[TypeClaim, ...], tuple[Reference, ...]]
_Faults = tuple[tuple[str, str], ...]


def take_references(parsed: ParsedRow) -> tuple[tuple[TypeClaim, ...] | None, tuple[Reference, ...]]:
    """The types that a row gives its coin, or None when it has no column for them, and its other references.

    The nth label, number and address are one type; one catalogue counts for all of them. An address of a
    hoard or of a coin is not a type, wherever it is.
    """
    if parsed.said.keys().isdisjoint(MENTIONED):
        return None, ()
    said = parsed.said
    label, catalogue, number, uri = [said[name][1] if name in said else "" for name in TYPES]
    (types, others), faults = _claims(label, catalogue, number, uri)
    for name, reason in faults:
        parsed.refuse(name, reason)
    if text := parsed.text("reference"):
        (more, literature), why = _references(text)
        if why:
            parsed.refuse("reference", why)
        known = {claim.uri for claim in types}
        types += tuple(claim for claim in more if not claim.uri or claim.uri not in known)
        others = tuple(dict.fromkeys(others + literature))
    return types, others


@lru_cache(maxsize=10_000)  # the same types occur many times in a table
def _claims(*cells: str) -> tuple[Found, _Faults]:
    faults: list[tuple[str, str]] = []
    columns = {name: _texts(name, cell) for name, cell in zip(TYPES, cells, strict=True)}
    times = max(len(columns["type"]), len(columns["type_number"])) or len(columns["type_uri"])
    for name, texts in columns.items():
        if len(texts) > MOST:
            faults.append((name, TOO_MANY))
            columns[name] = []
        elif any(len(text) > LONGEST for text in texts):
            faults.append((name, f"has more than {LONGEST} characters"))
            columns[name] = []
        elif len(texts) not in (0, times) and times and not (name == "type_catalogue" and len(texts) == 1):
            faults.append((name, f"has {len(texts)} values for {times} types; none is taken"))
            columns[name] = []
    types: dict[tuple[str | None, ...], TypeClaim] = {}
    others: dict[Reference, None] = {}
    for n in range(times):
        claim = _claim(*(_nth(columns[name], n) for name in TYPES))
        kind = kind_of(claim.uri) if claim.uri else None
        if kind in ("hoard", "coin"):
            label = None if claim.label == claim.uri else claim.label
            others[Reference(kind, label, claim.catalogue, claim.number, claim.uri)] = None
        elif claim.label or claim.number:
            types.setdefault((claim.label, claim.catalogue, claim.number, claim.uri), claim)
    return (tuple(types.values()), tuple(others)), tuple(faults)


def _texts(name: str, cell: str) -> list[str]:
    """The values in a cell, each in its place; none when all are empty."""
    texts = [field_text(name, part) for part in parts(cell)] if "|" in cell else [cell]
    return texts if any(texts) else []


def _nth(texts: list[str], n: int) -> str | None:
    return (texts[0] if len(texts) == 1 else texts[n] or None) if texts else None


def _claim(label: str | None, catalogue: str | None, number: str | None, uri: str | None) -> TypeClaim:
    named, numbered = (value(text) if text and not is_plain(text) else None for text in (label, number))
    is_uncertain = any(one is not None and one.is_uncertain for one in (named, numbered))
    label = (named.name if named else label) or None
    number = (numbered.name if numbered else number) or None
    if not number:  # only the URI identifies it: two URIs are two types
        label = label or uri
    return TypeClaim(label, catalogue, number, uri, is_uncertain)


def _references(cell: str) -> tuple[Found, str]:
    """What the cell of the field `reference` refers to: by its first word, else by its address.

    With it the reason why some of it, or all, is not taken.
    """
    types: list[TypeClaim] = []
    others: list[Reference] = []
    texts = [text for part in parts(cell) if (text := field_text("reference", part))]
    if len(texts) > MOST:
        return ((), ()), TOO_MANY
    for text in texts:
        told = _KIND.match(text)
        text = text[told.end() :] if told else text
        before, uri, after = _address_in(text)
        around = filter(None, (before.rstrip(_BEFORE), after.lstrip(_AFTER)))
        label = field_text("reference", " ".join(around)) if uri else text
        kind = told["kind"] if told else kind_of(uri) if uri else None
        if kind == "type" and max(len(label), len(uri or "")) <= LONGEST:
            types.append(_claim(label, None, None, uri) if label else TypeClaim(uri, None, None, uri))
        else:
            plain: ReferenceKind = "hoard" if kind == "hoard" else "coin" if kind == "coin" else "literature"
            others.append(Reference(plain, label or None, uri=uri))
    return (tuple(types), tuple(others)), ""


def with_kind(kind: str, text: str) -> str:
    """The text of a reference as a part of the field `reference`, which is read as one of this kind."""
    types, others = _references(joined([text]))[0]
    is_read = others[0].kind == kind if others else bool(types) and kind == "type"
    return text if is_read or not text else f"{kind}: {text}"


def _address_in(text: str) -> tuple[str, str | None, str]:
    """The last address in a text, with what is before it and after it."""
    found = list(_URL.finditer(text))
    if not found:
        return text, None, ""
    uri = found[-1][0].rstrip(".,;)")
    return text[: found[-1].start()], uri, text[found[-1].start() + len(uri) :]

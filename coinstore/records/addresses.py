"""Web addresses in records: of the coin, of concepts, and what a reference refers to."""

from __future__ import annotations

import re
from typing import Literal

from .cells import ParsedRow
from .mapping import RIGHTS

Kind = Literal["type", "hoard", "coin", "literature"]

# Of the web, or a short form such as nm:ar.
ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s:]\S*")
NO_ADDRESS = "is not a web address (http://…)"
# Where it is told by the address what is meant.
KNOWN: tuple[tuple[re.Pattern[str], Kind], ...] = (
    (re.compile(r"//(www\.)?coinhoards\.org/id/"), "hoard"),
    (re.compile(r"//(www\.)?numismatics\.org/(chrr|igch)/id/"), "hoard"),
    (re.compile(r"//(www\.)?nomisma\.org/id/(igch\d+|\w*hoards?)(#this)?$"), "hoard"),
    (re.compile(r"//chre\.ashmus\.ox\.ac\.uk/hoard/"), "hoard"),
    (re.compile(r"//(www\.)?numismatics\.org/collection/"), "coin"),
    (re.compile(r"//(www\.)?corpus-nummorum\.eu/coins?[/_]"), "coin"),
    (re.compile(r"//ikmk\.[^/]+/object\?"), "coin"),
    (re.compile(r"//(www\.)?numismatics\.org/[a-z]+/id/"), "type"),
    (re.compile(r"//(www\.)?greekcoinage\.org/[a-z]+/id/"), "type"),
    (re.compile(r"//(www\.)?corpus-nummorum\.eu/types?[/_]"), "type"),
    (re.compile(r"//rpc\.ashmus\.ox\.ac\.uk/(coins|types?)/"), "type"),
)


def is_address(text: str) -> bool:
    """Whether a text is an address, and nothing else."""
    return ADDRESS.fullmatch(text) is not None


def kind_of(address: str) -> Kind | None:
    """What an address refers to: a type, a hoard, or a coin; None when the address does not say it."""
    return next((kind for known, kind in KNOWN if known.search(address)), None)


def take_addresses(parsed: ParsedRow) -> None:
    """The addresses of a row, and the hoard where it has only an address.

    The address of a findspot is that of the hoard, where it is one of a hoard and the row says no other.
    """
    said, fields = parsed.said, parsed.fields
    _tell_type_apart(parsed)
    for name in ("uri", "findspot_uri", "hoard_uri"):  # those of names: `named`
        if name in said:
            text = said[name][1]
            if text and not is_address(text):
                parsed.refuse(name, NO_ADDRESS)
                text = ""
            fields[name] = text or None
    hoard, address = fields.get("hoard"), fields.get("hoard_uri")
    found_in = fields.get("findspot_uri")
    if found_in and not hoard and not address and kind_of(found_in) == "hoard":
        fields["findspot_uri"], address = None, found_in
        fields["hoard_uri"] = address
    if address and not hoard:
        fields["hoard"] = address
    elif hoard and not address and is_address(hoard):
        fields["hoard_uri"] = hoard


def _tell_type_apart(parsed: ParsedRow) -> None:
    """A column called only URI has the address of the coin, or of its type."""
    if "uri" in parsed.said and "type_uri" not in parsed.said:
        _, text, column = parsed.said["uri"]
        if column.how == "usual name" and kind_of(text) == "type":
            parsed.said["type_uri"] = parsed.said.pop("uri")


def rights(parsed: ParsedRow) -> dict[str, str]:
    """The licence of the record, who holds the rights, and the language of its texts."""
    said = parsed.said
    return {name: text for name in RIGHTS if name in said and (text := parsed.text(name))}

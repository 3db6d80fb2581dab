"""Which format a file has, by its first bytes."""

from __future__ import annotations

import re
from functools import cache
from html import unescape

from ...errors import SourceError
from ...sources import files
from ...sources.source import Source
from ..encodings import text_in
from ..spreadsheets.book import ENDINGS
from . import iiif, json_records, lido, nuds, opennumismat, other_json, rdf
from .format import HEAD_BYTES, Format
from .graph import syntax_of

# The first that reads a file counts.
MODULES = (nuds, lido, other_json, rdf, opennumismat, iiif, json_records)
OF_NO_FORMAT = (
    "is {} of no format that coinstore reads; it reads LIDO, NUDS and Nomisma RDF, and tables as CSV. Ask"
    " whoever made the file for one of these"
)
GZIP = b"\x1f\x8b"
PAGES = ("<html", "<head", "<body", "<title", "<meta", "<script", "<table", "<div", "<!doctype html")
BEGINNINGS = ("<?xml", "<!--", "<!doctype", *PAGES)
OAI_ERROR = re.compile(
    r"""<(?:\w+:)?error\b[^>]*?\bcode\s*=\s*["'](?P<code>\w+)["'][^>]*?(?:/>|>(?P<text>[^<]*))"""
)
OAI_RECORD = re.compile(r"<(?:\w+:)?record\b")
ROOT = re.compile(r"<([A-Za-z_][^\s>/]*)")


@cache
def formats() -> tuple[Format, ...]:
    """All formats, in their order; their profiles are read when the first file is."""
    return tuple(one for module in MODULES for one in module.formats())


def check_head(source: Source, head: bytes) -> None:
    """Raises SourceError for a file that no kind of record begins like: an empty or a packed one."""
    if not head.strip(b"\0\t\r\n "):
        raise SourceError(f"{source.name}: is empty; fetch it, or export it, again.")
    if head.startswith(GZIP):
        raise SourceError(f"{source.name}: is packed (gzip); unpack it.")


def format_of(source: Source) -> Format | None:
    """The format of a file; None when it is none of these, as a table is."""
    return format_in(head_of(source))


def format_in(head: bytes) -> Format | None:
    """The format of a file with these first bytes."""
    return next((one for one in formats() if one.reads(head)), None)


def head_of(source: Source) -> bytes:
    """The first bytes of a file; raises SourceError when it cannot be read."""
    with files.open_binary(source.location) as stream:
        return stream.read(HEAD_BYTES)


def check_graph(source: Source, head: bytes) -> None:
    """Raises SourceError for a file that is not RDF, in the words said of it as a source of coins."""
    check_head(source, head)
    if syntax_of(text_in(head)) is None and (what := unknown_xml(head)):
        raise SourceError(f"{source.name}: {OF_NO_FORMAT.format(what)}.")


def unknown_xml(head: bytes) -> str | None:
    """What XML of no known format is, by its root element; None when a file is not XML."""
    root = root_of(head)
    if not root:
        return None
    if root.endswith(":RDF"):
        return f"XML (<{root}>, without Nomisma's ontology)"
    return "a web page" if root.lower().endswith("html") else f"XML (<{root}>)"


def empty_answer(head: bytes) -> str | None:
    """What an answer of OAI-PMH says where it has no records, with its error; None for any other file."""
    root = root_of(head)
    if not root or root.rpartition(":")[2] != "OAI-PMH":
        return None
    text = text_in(head)
    found = OAI_ERROR.search(text)
    if not found and OAI_RECORD.search(text):
        return None
    said = " ".join(unescape(found["text"] or "").split())[:200] if found else ""
    told = ": ".join(filter(None, (found["code"], said))) if found else ""
    return f"is an answer of OAI-PMH without records{told and f' ({told})'}; ask its server with other values"


def no_table(source: Source, head: bytes) -> str | None:
    """What a file is that is named like a table or records, but is a web page or XML of no known format.

    A spreadsheet may be a web page: that has a sentence of its own.
    """
    is_markup = text_in(head).lstrip("\ufeff \t\r\n").startswith("<")
    return unknown_xml(head) if is_markup and source.kind not in ENDINGS else None


def root_of(head: bytes) -> str | None:
    """The root element of XML; None when a file is not XML."""
    text = text_in(head).lstrip("\ufeff \t\r\n")
    if not text.lower().startswith(BEGINNINGS) and "xmlns" not in text[:4096]:
        return None
    if text.lower().startswith(PAGES):
        return "html"
    found = ROOT.search(re.sub(r"<!--.*?-->|<\?.*?\?>|<![^>]*>", "", text, flags=re.DOTALL))
    return found[1] if found else None

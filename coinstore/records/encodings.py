"""Encodings: which one a text has, and which ones would explain a byte that is wrong in it."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
from functools import lru_cache

BOMS = (  # the longer ones first: that of UTF-32 begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
WITHOUT_MARK = {
    "000x": "utf-32-be",
    "x000": "utf-32-le",
    "0x0x": "utf-16-be",
    "x0x0": "utf-16-le",
}  # of 4 bytes
CONTROLS = re.compile(r"[\x80-\x9f]")  # no text has them; cp1252 has letters and quotation marks there
DECLARED = re.compile(rb"""\s*<\?xml\s[^>]*?\bencoding\s*=\s*["']([\w.:-]+)["']""", re.ASCII)
WIDE = re.compile(r"utf-?(16|32)|ucs-?[24]|iso-10646-ucs", re.IGNORECASE)
UNICODE = re.compile(r"utf[-_]?(8|16|32)|u(8|16|32)", re.IGNORECASE)

# No language has them: Greek next to Latin in a word, or four accented letters one after the other.
UNLIKELY = re.compile(r"[a-z][\u0370-\u04ff]|[\u0370-\u04ff][a-z]|[\xc0-\u024f]{4}", re.IGNORECASE)
SIGNS = "–—‘’“”„‚…•«»°±§×½¼¾€£†‡·²³¹\xa0"
WESTERN = "äöüÄÖÜßéèêëàâçîïôûùÉÀñóíáúãõåøæœ"
CAPITALS = "ÈÊËÂÇÎÏÔÛÙÑÓÍÁÚÃÕÅØÆŒ"  # rare: only for the usual encoding, or the others would claim its letters
# What texts in each encoding consist of, besides ASCII; the usual ones first.
LIKELY = {
    "cp1252": WESTERN + CAPITALS + SIGNS,
    "mac_roman": WESTERN + SIGNS,
    "cp850": WESTERN + SIGNS,
    "cp1250": "ąćęłńóśźżĄĆĘŁŃÓŚŹŻčďěňřšťůžČĎŘŠŽáéíýúőűŐŰäöüß" + SIGNS,
    "cp1253": "".join(map(chr, range(0x386, 0x3CF))) + SIGNS,
    "cp1251": "".join(map(chr, range(0x410, 0x450))) + "ЁёІіЇїЄє№" + SIGNS,
    "cp1254": "ğışİĞŞçöüÇÖÜâ" + SIGNS,
}


def encoding_of(start: bytes, said: str | None) -> str:
    """The encoding of a text that starts with these bytes: its mark, what a person said, or UTF-8.

    UTF-16 and UTF-32 without a mark are known by their NULs.
    """
    for mark, encoding in BOMS:
        if start.startswith(mark):
            return encoding
    if said:
        return said
    nuls = "".join("0" if start[n::4].count(0) * 4 > len(start[n::4]) else "x" for n in range(4))
    return WITHOUT_MARK.get(nuls, "utf-8")


def xml_encoding_of(start: bytes, said: str | None) -> str:
    """As `encoding_of`, of XML, whose first line may say it.

    Some programs say UTF-16 of what they hold in memory and write as UTF-8.
    """
    encoding = encoding_of(start, said)
    declared = None if said or encoding != "utf-8" else DECLARED.match(start)
    named = declared[1].decode("ascii") if declared else ""
    return encoding if not named or WIDE.match(named) else named


@lru_cache(maxsize=4)  # each format looks at the same start
def text_in(start: bytes) -> str:
    """The text of a file that starts with these bytes, without a mark; signs replace what is not text."""
    return start.decode(encoding_of(start, None), "replace").removeprefix("\ufeff")


def is_unicode(encoding: str) -> bool:
    """Whether an encoding is one of Unicode, where each byte that can be decoded means what it says."""
    return bool(UNICODE.match(encoding))


def advice(text: bytes, at: int) -> str:
    """Which encodings would explain the byte at a position of a text, as the end of a sentence.

    The likeliest come first, each with what it makes of the words around the byte.
    """
    start = (
        max(text.rfind(sign, 0, at) for sign in (b"\n", b"\r", b";", b",", b"\t", b"|", b'"', b"<", b">")) + 1
    )
    around = re.split(rb'[\n\r;,\t|"<>]', text[start : at + 40])[0][max(0, at - start - 40) :]
    readings: dict[str, str] = {}
    for encoding in sorted(_possible(text[at:], LIKELY), key=lambda name: -_likeness(text[at:], name)):
        readings.setdefault(around.decode(encoding, "replace").strip(), encoding)
    said = [f'encoding = "{name}" reads {words!r}' for words, name in list(readings.items())[:3]]
    return ": " + ", ".join(said) if said else ""


def _possible(text: bytes, names: Iterable[str]) -> list[str]:
    return [
        name for name in names if not CONTROLS.search(text.decode(name, "replace").replace("\ufffd", "\x80"))
    ]


def _likeness(text: bytes, encoding: str) -> float:
    read = text.decode(encoding)
    found = [c for c in read if c > "\x7f"]
    likely = sum(c in LIKELY[encoding] for c in found)
    return (likely - len(UNLIKELY.findall(read))) / max(1, len(found))

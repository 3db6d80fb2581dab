"""Texts of a table: one name for each thing, and nothing where a text says that there is nothing."""

from __future__ import annotations

from collections.abc import Collection

from ..sources.spelling import one_name
from .coin import FACES
from .placeholders import is_placeholder

# They stay as the source has them: what is written on a coin, sentences, names of files on a disk.
_OF_A_FACE = ("legend", "description", "image")
_VERBATIM = frozenset({*(f"{face}_{part}" for face in FACES for part in _OF_A_FACE), "provenance", "image"})


def field_text(field: str, text: str, placeholders: Collection[str] = ()) -> str:
    """The text of a field; empty for a placeholder ("N/A", "unknown", or one of `placeholders`).

    Names are one name (`coinstore.sources.spelling`); legends, descriptions and the like stay as they are.
    """
    if is_placeholder(text, placeholders):
        return ""
    return text if field in _VERBATIM else one_name(text)

"""NUDS: the XML of Numishare, one coin in a file or many in a nudsGroup."""

from __future__ import annotations

from . import profile
from .format import Format

NUDS = "{http://nomisma.org/nuds}nuds"
HOARD = "{http://nomisma.org/nudsHoard}nudsHoard"


def _other(tag: str, attributes: dict[str, str]) -> str | None:
    if tag == HOARD:
        return "a hoard"
    return "a type" if attributes.get("recordType") == "conceptual" else None


def formats() -> tuple[Format, ...]:
    """NUDS, with its profile."""
    return (profile.xml_format("nuds", profile.reader((NUDS, HOARD), _other)),)

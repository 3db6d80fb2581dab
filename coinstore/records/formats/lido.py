"""LIDO: the XML in which museums exchange records: single, in a lidoWrap, or in an answer of OAI-PMH.

Museums fill its fields in different ways, and a file may have records of several of them: one profile knows
the ways of all, and what a record says of itself decides.
"""

from __future__ import annotations

from . import profile
from .format import Format

LIDO = "{http://www.lido-schema.org}lido"


def formats() -> tuple[Format, ...]:
    """LIDO, with its profile."""
    return (profile.xml_format("lido", profile.reader((LIDO,))),)

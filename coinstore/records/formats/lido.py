"""LIDO: the XML in which museums exchange records, alone, in a lidoWrap, or in an answer of OAI-PMH.

Museums fill its fields in different ways: a profile knows each of them, and `lido` those that are common.
"""

from __future__ import annotations

from . import profile

LIDO = "{http://www.lido-schema.org}lido"
# Records of KENOM name addresses of IKMK, those of digiCULT such of museum-digital: the first counts.
PROFILES = ("lido_kenom", "lido_ikmk", "lido_digicult", "lido_museum_digital", "lido_ddb", "lido")

FORMATS = profile.formats(PROFILES, profile.reader((LIDO,)))

"""The whole photograph at a location, as its pixels: for programs that show it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from ..errors import CoinstoreError, NotFound
from ..sources import files
from ..sources.locations import printable, shown
from .picture import decode


@dataclass(frozen=True, slots=True)
class Pixels:
    """An upright photograph: eight bits each of red, green and blue, row by row."""

    width_px: int
    height_px: int
    rgb: bytes


def read_whole(location: str, sha256: str) -> Pixels | str:
    """The pixels of the photograph that was ingested from a location, or why they cannot be shown."""
    try:
        data = files.read(location)
        if trouble := changed(data, sha256):
            return trouble
        picture = decode(data)
    except CoinstoreError as error:
        return gone(location, error)
    return Pixels(picture.width, picture.height, picture.tobytes())


def changed(data: bytes, sha256: str) -> str:
    """Says that a file is not the photograph that was ingested; empty when it is."""
    if hashlib.sha256(data).hexdigest() == sha256:
        return ""
    return "the file of the photograph has changed since it was ingested; ingest its source again."


def gone(location: str, error: CoinstoreError) -> str:
    """Says why the file of a photograph cannot be read, as the rest of a sentence."""
    if isinstance(error, NotFound):
        return "the file of the photograph is not where it was when it was ingested."
    # Folders of this machine are of no use to those who see the sentence.
    said = str(error).replace(shown(location), re.split(r"[/\\]", location)[-1])
    return f"the photograph cannot be read: {printable(said).rstrip('.')}."

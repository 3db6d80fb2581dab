"""One look at a photograph, wherever it is: what it is, or why it cannot be used."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from ..errors import CoinstoreError, NotFound, PictureError, TooLarge
from ..sources import files
from ..sources.locations import printable
from .picture import Photograph, examine

FIELDS = [field.name for field in fields(Photograph)]


def look(location: str) -> dict[str, Any]:
    """The description of the photograph at a location, or the `reason` why it cannot be used.

    `again`: the reason is one of a network, and a later look may find it.
    """
    try:
        photograph = examine(files.read(location))
    except (PictureError, TooLarge) as error:
        return {"reason": printable(str(error))}
    except NotFound:
        near = files.hint(location)
        step = "; correct the name in the record, or rename the file"
        reason = f"the file is not there: {near}{step}" if near else "the file is not there"
        return {"reason": reason, "again": files.is_remote(location)}
    except CoinstoreError as error:
        return {"reason": printable(str(error)), "again": files.is_remote(location)}
    return {name: getattr(photograph, name) for name in FIELDS}

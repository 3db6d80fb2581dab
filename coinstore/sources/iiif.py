"""Services of the IIIF Image API: the address of one answers with a description, and the picture is below it.

The versions 1.1, 2 and 3 name the full picture in different ways (https://iiif.io/api/image/3.0/).
"""

from __future__ import annotations

import json
import posixpath
from urllib.parse import urlsplit

from .locations import WEB

DESCRIPTION = "info.json"
MARK = b"iiif"  # in the context of each version
LARGEST = 1_000_000  # bytes of a description
PICTURES = {1: "full/full/0/native.jpg", 2: "full/full/0/default.jpg", 3: "full/max/0/default.jpg"}
"""The full picture, by the version of the API."""
VERSIONS = {"/image/3": 3, "/image/2": 2, "/image-api/1": 1, "/image/1": 1}  # by what the context has in it


def may_be_service(location: str) -> bool:
    """Whether an address may be that of a service: it is on the web, and names no file of a picture."""
    return location.startswith(WEB) and posixpath.splitext(urlsplit(location).path)[1] not in (
        *(".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp", ".gif"),
        *(".JPG", ".JPEG", ".PNG", ".TIF", ".TIFF"),
    )


def description_of(location: str) -> str:
    """The address of the description of a service."""
    return location if location.endswith(f"/{DESCRIPTION}") else f"{location.rstrip('/')}/{DESCRIPTION}"


def picture_of(location: str, data: bytes) -> str | None:
    """The address of the full picture, when what an address answers is the description of a service."""
    if len(data) > LARGEST or not data.lstrip().startswith(b"{") or MARK not in data:
        return None
    try:
        said = json.loads(data)
    except ValueError:
        return None
    context = json.dumps(said.get("@context", "")) + json.dumps(said.get("protocol", ""))
    version = next((number for sign, number in VERSIONS.items() if sign in context), None)
    # Its own address counts, not the one in the description: that may be of a server behind it.
    return f"{description_of(location).removesuffix(DESCRIPTION)}{PICTURES[version]}" if version else None

"""Services of the Image API of IIIF, as far as the address of a picture shows them."""

from __future__ import annotations

import re
from dataclasses import dataclass

# region / size / rotation / quality.format
REQUEST = re.compile(
    r"/(?P<region>full|square|[\d.,]+|pct:[\d.,]+)/[^/]+/(?P<rotation>!?[\d.]+)"
    r"/(?P<quality>default|native|color|gr[ae]y|bitonal)\.\w+$"
)
PICTURE = re.compile(r"\.(jpe?g|png|gif|tiff?|webp|jp2|bmp)$", re.IGNORECASE)
NAMED = re.compile(r"https?://([^/]*\.)?iiif[.\d]*[./]|/iiif[.\d]*/", re.IGNORECASE)
VERSION = re.compile(r"/iiif(?:/image)?/?v?([123])(?:\.\d)?/", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Service:
    """A service: its address, the version of the API (None where nothing shows it), and its whole picture."""

    address: str
    version: int | None
    whole: str

    def request(self, size: str) -> str:
        """The address of the whole picture in a size, as this version has it: "!400,400"."""
        return f"{self.address}/full/{size}/0/{'native' if self.version == 1 else 'default'}.jpg"


def image_service(address: str) -> Service | None:
    """The service behind the address of a picture; None for no service, or a part of its picture."""
    if found := REQUEST.search(address):
        if found["region"] != "full" or found["rotation"] != "0":
            return None
        service = address[: found.start()]
        version = 1 if found["quality"] == "native" else _version(service)
        return Service(service, version, address)
    service = address.removesuffix("/info.json")
    if "?" in service or PICTURE.search(service) or (service == address and not NAMED.search(service)):
        return None
    version = _version(service)
    whole = Service(service, version, "").request("full" if version in (1, 2) else "max")
    return Service(service, version, whole)


def _version(service: str) -> int | None:
    found = VERSION.search(service + "/")
    return int(found[1]) if found else None

"""What a data set says of itself: its addresses, title, licence, and where its photographs are served."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import quote

from ...errors import SettingsError
from ..coin import Face
from ..values.years import in_words
from .coins import ExportedCoin, Said

WEB = re.compile(r"https?://[^\s<>\"{}|\\^`]+")
# region / size / rotation / quality.format, of the Image API of IIIF
REQUEST = re.compile(
    r"/(full|square|[\d,]+|pct:[\d.,]+)/[^/]+/!?[\d.]+/(default|native|color|gray|bitonal)\.\w+$"
)
PICTURE = re.compile(r"\.(jpe?g|png|gif|tiff?|webp|jp2|bmp)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class About:
    """What a published data set says of itself; nothing of it is invented.

    `base`: coins that have no address get this one with their number. `dataset` is the address of the data
    set (default: base), `collection_uri` that of the collection at nomisma.org, `images` of the folder where
    photographs on this machine are served. `provenance`: former owners go out as well. `collections`: of
    how many collections the coins are.
    """

    base: str = ""
    dataset: str = ""
    title: str = ""
    description: str = ""
    publisher: str = ""
    licence: str = ""
    collection_uri: str = ""
    images: str = ""
    provenance: bool = False
    collections: int = 1

    def uri(self, one: ExportedCoin) -> str:
        """The address of a coin: its own, else `base` with its number; raises SettingsError without both."""
        return self.uri_of(one.coin)

    def uri_of(self, coin: Said) -> str:
        """As `uri`, of a coin of which collection, inventory_number and uri are known."""
        if own := web(coin["uri"]):
            return own
        if not self.base:
            name = f"{coin['collection']}/{coin['inventory_number']}"
            raise SettingsError(f"{name} has no address of its own; say where coins are: base = https://…")
        number, collection = (quote(coin[name], safe="") for name in ("inventory_number", "collection"))
        return self.base + (f"{collection}/{number}" if self.collections > 1 else number)

    def image(self, one: ExportedCoin, face: Face) -> str | None:
        """The address of the photograph of a side; None where it is on no server."""
        location = one.side(face).get("image")
        if not location or web(location) or not self.images:
            return web(location)
        return self.images.rstrip("/") + "/" + quote(PurePosixPath(location.split("::")[0]).name)


def web(text: str | None) -> str | None:
    """A text if it is an address of the web."""
    return text if text and WEB.fullmatch(text) else None


def label(said: Said) -> str:
    """A type or a reference in words: its label, else catalogue and number, else its address."""
    return said["label"] or " ".join(filter(None, (said["catalogue"], said["number"]))) or said["uri"]


def image_service(address: str) -> str | None:
    """The service of the Image API of IIIF behind the address of a picture; None when there is none."""
    if found := REQUEST.search(address):
        return address[: found.start()]
    return address if "iiif" in address.lower() and not PICTURE.search(address) else None


def title(one: ExportedCoin) -> str:
    """A coin in a line: "Denarius of Augustus, Rome, 19 to 18 BC. 1991.17.140"."""
    coin = one.coin
    who = coin["authority"] or coin["portrait"]
    what = coin["denomination"] or coin["type"] or "Coin"
    years = in_words(coin["year_from"], coin["year_to"])
    parts = [f"{what} of {who}" if who else what, coin["mint"], years]
    return f"{', '.join(filter(None, parts))}. {coin['inventory_number']}"


def gyear(year: int) -> str:
    """A year as XML Schema 1.0 has it, which knows no year 0: 44 BC is -0044."""
    return f"{'-' if year < 0 else ''}{abs(year):04}"

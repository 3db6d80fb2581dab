"""What a data set says of itself: its addresses, title, licence, and where its photographs are served."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path, PurePath
from urllib.parse import quote

from ...errors import SettingsError
from ..coin import Face
from ..values.years import in_words
from .coins import ExportedCoin, Said

WEB = re.compile(r"https?://[^\s<>\"{}|\\^`]+")
# Any address: of the web, or such as urn:isbn:123.
IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`:][^\s<>\"{}|\\^`]*")
NEEDS_BASE = '{} without an address: say where they are, base = "https://…/" in a TOML file (--config FILE).'


@dataclass(frozen=True, slots=True)
class About:
    """What a published data set says of itself; nothing of it is invented.

    `base`: coins that have no address get this one with their collection and number; those of `collection`
    with their number only. A coin always has the same one, whatever else is exported. `dataset` is the
    address of the data set (default: base), `collection_uri` that of `collection` at nomisma.org. `images`
    is the address where the folder `image_folder` of this machine is served. `provenance`: former owners go
    out as well. Raises SettingsError for what is not an address.
    """

    base: str = ""
    collection: str = ""
    dataset: str = ""
    title: str = ""
    description: str = ""
    publisher: str = ""
    licence: str = ""
    collection_uri: str = ""
    images: str = ""
    image_folder: str = ""
    provenance: bool = False

    def __post_init__(self) -> None:
        for name in ("base", "dataset", "collection_uri", "images"):
            if (text := getattr(self, name)) and not web(text):
                raise SettingsError(f"{name} is {text!r}, which is not an address; it begins with https://.")
        if self.collection_uri and not self.collection:
            raise SettingsError("collection_uri needs collection: the name of the one whose address it is.")
        if self.images and not self.image_folder:
            raise SettingsError("images needs image_folder: the folder of this machine that is served there.")

    def uri(self, one: ExportedCoin) -> str:
        """The address of a coin: its own, else one below `base`; raises SettingsError without both."""
        return self.uri_of(one.coin)

    def uri_of(self, coin: Said) -> str:
        """As `uri`, of a coin of which collection, inventory_number and uri are known."""
        if own := iri(coin["uri"]):
            return own
        if not self.base:
            raise SettingsError(NEEDS_BASE.format(f"coin {coin['collection']}/{coin['inventory_number']}"))
        return self.base + "/".join(quote(text, safe="") for text in self.named(coin))

    def named(self, coin: Said) -> list[str]:
        """What names a coin here: its collection, if it is not `collection`, and its number."""
        collection, number = coin["collection"], coin["inventory_number"]
        return [number] if collection == self.collection else [collection, number]

    def holder_uri(self, one: ExportedCoin) -> str | None:
        """The address of the collection of a coin, where it is known."""
        return web(self.collection_uri) if one.coin["collection"] == self.collection else None

    def image(self, one: ExportedCoin, face: Face) -> str | None:
        """The address of the photograph of a side; None where no server has it, as in a zip or a database."""
        location = one.side(face).get("image")
        if not location or web(location) or not self.images or is_packed(location):
            return web(location)
        try:
            below = PurePath(location).relative_to(Path(self.image_folder).expanduser().absolute())
        except ValueError:
            return None
        return self.images.rstrip("/") + "/" + quote(below.as_posix())


def is_packed(location: str) -> bool:
    """Whether a photograph is inside a zip or a database."""
    return "::" in location and not web(location)


def web(text: str | None) -> str | None:
    """A text if it is an address of the web."""
    return text if text and WEB.fullmatch(text) else None


def iri(text: str | None) -> str | None:
    """A text if it is an address of any kind."""
    return text if text and IRI.fullmatch(text) else None


def label(said: Said) -> str:
    """A type or a reference in words: its label, else catalogue and number, else its address."""
    return said["label"] or " ".join(filter(None, (said["catalogue"], said["number"]))) or said["uri"]


def words(said: Said) -> str:
    """All that is known of a reference, in one text; its address is elsewhere."""
    return " ".join(filter(None, (said[part] for part in ("label", "catalogue", "number"))))


def title(one: ExportedCoin) -> str:
    """A coin in a line: "Denarius of Augustus, Rome, 19 to 18 BC. 1991.17.140"."""
    coin = one.coin
    who = coin["authority"] or coin["portrait"]
    what = coin["denomination"] or (coin["type"] if not web(coin["type"]) else None) or "Coin"
    years = in_words(coin["year_from"], coin["year_to"])
    parts = [f"{what} of {who}" if who else what, coin["mint"], years]
    return f"{', '.join(filter(None, parts))}. {coin['inventory_number']}"


def gyear(year: int) -> str:
    """A year as XML Schema 1.0 has it, which knows no year 0: 44 BC is -0044."""
    return f"{'-' if year < 0 else ''}{abs(year):04}"

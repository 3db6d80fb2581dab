"""Ingestion: the records of a source, then the photographs that they name.

The one place that runs two stages in a row; they themselves know nothing of each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from sqlalchemy import Engine

from .errors import SourceError
from .files import locate
from .images.examine import Examined, examine_images, why_refused
from .records.coin import Coin
from .records.load import Loaded, load
from .records.reader import Reading, read


@dataclass(frozen=True, slots=True)
class Rejected:
    """A source that could not be read (further), and why."""

    location: str
    reason: str


Step = Loaded | Examined | Rejected


def ingest(engine: Engine, readings: Iterable[Reading], *, dry_run: bool = False) -> Iterator[Step]:
    """Loads each source and then examines the photographs, yielding after each committed batch.

    A source that cannot be read is yielded as Rejected, and the others go on.
    """
    for reading in readings:
        try:
            yield from load(engine, locate(reading.location), _explained(read(reading)), dry_run=dry_run)
        except SourceError as error:
            yield Rejected(reading.location, str(error))
    if not dry_run:
        yield from examine_images(engine)


def _explained(coins: Iterable[Coin]) -> Iterator[Coin]:
    """The coins; a lone picture that is refused for its name is told first when it is broken, too."""
    for coin in coins:
        image = coin.raw.get("image") if coin.refusal else None
        why = why_refused(image) if isinstance(image, str) else None
        yield replace(coin, refusal=why) if why else coin

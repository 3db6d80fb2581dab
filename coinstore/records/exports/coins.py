"""What is known of each coin, for export: read a batch at a time, as a reader sees the store."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Engine

from ...db import call
from ...db.engine import reader_snapshot
from ..coin import FACES, Face, Value
from ..values.several import parts

BATCH = 500  # coins
SHORT, NOMISMA = "nm:", "http://nomisma.org/id/"
Said = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ExportedCoin:
    """All that the store knows of one coin.

    `coin` is its row of api.coins, `said_names` what sources and people say of fields with names, `sides` by
    face what a side has (legend, description, image, dies …; `has_secret_image` says that the address of its
    photograph has a password or a token, and is left out), `types` what sources and people give it (label,
    catalogue, number, uri, is_uncertain; the primary one is the first that is certain), `records` the
    licences, holders of rights and languages of its records, each once, `references` hoards, other coins and
    literature (kind, label, catalogue, number, uri), `agreed` the coins that people say are of the same die
    or type (collection, inventory_number, uri, types), if they go out as well.
    """

    coin: Said
    said_names: tuple[Said, ...] = ()
    sides: Mapping[Face, Said] = field(default_factory=dict)
    types: tuple[Said, ...] = ()
    records: tuple[Said, ...] = ()
    references: tuple[Said, ...] = ()
    agreed: tuple[Said, ...] = ()

    @property
    def image_of_both(self) -> str | None:
        """The photograph that is named for both faces, so that it counts only if it shows both."""
        one, other = (self.side(face) for face in FACES)
        is_both = one.get("is_of_both") and one.get("image") == other.get("image")
        return one["image"] if is_both else None

    @property
    def name(self) -> str:
        """Collection and inventory number, as people name the coin."""
        return f"{self.coin['collection']}/{self.coin['inventory_number']}"

    def names(self, field: str) -> tuple[Value, ...]:
        """The names of a mint, a material and the like: several, or none."""
        found: dict[tuple[str | None, bool], Value] = {}
        for one in self.said_names:
            if one["field"] == field:
                # Two sources may have one name, and one of them no address.
                key = one["name"] or one["uri"], one["is_uncertain"]
                known = found.get(key)
                if known is None or not known.uri:
                    found[key] = Value(one["name"], one["uri"], one["is_uncertain"])
        first = next((one for one in found.values() if not one.is_uncertain), None)
        if first is None or first.name == self.coin[field]:
            return tuple(found.values())
        # The one that api.coins has is the first certain one, whatever other sources say.
        return tuple(sorted(found.values(), key=lambda one: one.is_uncertain or one.name != self.coin[field]))

    def side(self, face: Face) -> Said:
        """What a side has; empty when nothing is known of it."""
        return self.sides.get(face, {})

    def rights(self, name: str) -> list[str]:
        """What the records say of a licence, a rights_holder or a language, each once."""
        said = (text for record in self.records for text in parts(record[name] or ""))
        return list(dict.fromkeys(filter(None, said)))


def in_full(one: ExportedCoin) -> ExportedCoin:
    """A coin whose addresses at Nomisma are whole: nm:ar is a short form that few readers know."""
    names, types, references, agreed = (
        tuple(map(_in_full, each)) for each in (one.said_names, one.types, one.references, one.agreed)
    )
    return replace(
        one, coin=_in_full(one.coin), said_names=names, types=types, references=references, agreed=agreed
    )


def _in_full(said: Said) -> Said:
    return {
        name: NOMISMA + text[len(SHORT) :] if isinstance(text, str) and _is_short(name, text) else text
        for name, text in said.items()
    }


def _is_short(name: str, text: str) -> bool:
    is_address = name.endswith("uri") or name == "hoard"  # a hoard without a name has its address for one
    return is_address and text.startswith(SHORT) and not any(sign.isspace() for sign in text)


def count_coins(engine: Engine, where: str = "true") -> int:
    """The number of coins that pass a predicate over the columns of api.coins."""
    return int(call.read(engine, "part.count_to_export", predicate=where)[0]["count_to_export"])


def exported_coins(engine: Engine, where: str = "true") -> Generator[ExportedCoin]:
    """The coins that pass a predicate over the columns of api.coins, all as the store is now.

    The memory does not grow with their number. Raises PredicateError for a wrong predicate.
    """
    with reader_snapshot(engine) as connection:
        ids = (row["coin_id"] for row in call.each(connection, "part.coins_to_export", predicate=where))
        while some := list(islice(ids, BATCH)):
            rows = list(call.rows(connection, "part.exported_coins", coins=some))
            passing = _passing(connection, where, {one["coin_id"] for row in rows for one in _agreed(row)})
            yield from (_exported(row, passing) for row in rows)


def _agreed(row: Said) -> tuple[Said, ...]:
    return tuple(row["agreed"] or ())


def _passing(connection: Connection, where: str, some: set[int]) -> set[int]:
    """Of some coins those that pass a predicate."""
    if not some:
        return set()
    both = f"({where}\n) and coin_id in ({', '.join(map(str, sorted(some)))})"
    return {row["coin_id"] for row in call.rows(connection, "part.coins_to_export", predicate=both)}


def _exported(row: Said, passing: set[int]) -> ExportedCoin:
    types, records, references = (tuple(row[name] or ()) for name in ("types", "records", "cited"))
    agreed = tuple(one for one in _agreed(row) if one["coin_id"] in passing)
    names = tuple(row["names"] or ())
    return ExportedCoin(row["coin"], names, row["sides"] or {}, types, records, references, agreed)

"""Batches: the records of some coins, written as the database takes them.

A digest of all that a record says comes first: the database asks for the rest only where it is another one
than last time.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import md5
from typing import Any

import orjson

from ..db.copy import as_json
from ..errors import SourceError
from ..sources import files
from .coin import Coin, Fault, Reference, TypeClaim, Value

BATCH = 2000
FIRST = 50  # the first batch is small: as soon as it is stored, the images stage can start
LARGEST = 4_000_000  # bytes; some records have pictures in them
OPTIONS = orjson.OPT_PASSTHROUGH_DATETIME

HEADS = {
    "n": "int4",
    "place": "text",
    "collection": "text",
    "inventory_number": "text",
    "refusal": "text",
    "digest": "text",
    "is_whole": "bool",
}
RECORDS = {
    "n": "int4",
    "raw": "jsonb",
    "fields": "jsonb",
    "sides": "jsonb",
    "types": "jsonb",
    "faults": "jsonb",
    "more": "jsonb",
}


@dataclass(slots=True)
class Batch:
    """Rows of the tables incoming_head (all) and incoming_record (what the database asks for)."""

    heads: list[Sequence[Any]] = field(default_factory=list)
    records: list[tuple[bytes | None, ...]] = field(default_factory=list)
    size_bytes: int = 0

    def add(self, coin: Coin) -> None:
        """Writes one more record, the next in order."""
        said = written(coin)
        known = f"{coin.collection}\0{coin.inventory_number}\0{coin.refusal}".encode()
        # What most records lack comes last: their digest is the same without it.
        *usual, more = said
        whole = b"\0".join([*[part or b"" for part in usual], known, *([more] if more else [])])
        digest = md5(whole, usedforsecurity=False).hexdigest()
        self.records.append(said)
        n = len(self.records)
        named = coin.place, coin.collection, coin.inventory_number
        self.heads.append((n, *named, coin.refusal, digest, coin.is_whole))
        self.size_bytes += len(whole)

    def asked_for(self, numbers: Iterable[int]) -> Iterator[Sequence[Any]]:
        """The rows of the records with these numbers, from 1."""
        for n in numbers:
            yield n, *(part and as_json(part) for part in self.records[n - 1])


def batches(coins: Iterable[Coin]) -> Iterator[Batch]:
    """The coins in batches; when the source breaks off, its error comes after the last coins."""
    batch = Batch()
    size = min(FIRST, BATCH)
    try:
        for coin in coins:
            batch.add(coin)
            if len(batch.heads) >= size or batch.size_bytes > LARGEST:
                yield batch
                batch, size = Batch(), min(2 * size, BATCH)
    except SourceError:
        if batch.heads:
            yield batch
        raise
    if batch.heads:
        yield batch


def written(coin: Coin) -> tuple[bytes | None, ...]:
    """What a record says, in JSON: raw, fields, sides, types (None: it does not speak of them), faults, more.

    The last one is what most records lack, and then None: rights, values and references.
    """
    sides = {face: _side(said) for face, said in coin.sides.items()}
    types = None if coin.types is None else _json([_type(claim) for claim in _once(coin.types)])
    faults = _json([_fault(fault) for fault in coin.faults]) if coin.faults else b"[]"
    more = _json(_more(coin)) if coin.rights or coin.values or coin.references else None
    return _json(coin.raw), _json(coin.fields), _json(sides), types, faults, more


def _json(value: Any) -> bytes:
    try:
        # A copy: what orjson returns keeps its first buffer, of 8 KB.
        return bytes(memoryview(orjson.dumps(value, str, OPTIONS)))
    except TypeError:  # it has no numbers of more than 64 bits, and no other mappings than dict
        return json.dumps(value, ensure_ascii=False, default=_plain).encode()


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else str(value)


def _once(claims: tuple[TypeClaim, ...]) -> Iterable[TypeClaim]:
    """Claims of different types: where one comes twice, the first counts."""
    if len(claims) < 2:
        return claims
    found: dict[TypeClaim, TypeClaim] = {}
    for claim in claims:
        found.setdefault(replace(claim, is_uncertain=False), claim)
    return found.values()


def _type(claim: TypeClaim) -> dict[str, Any]:
    said = {
        "label": claim.label,
        "catalogue": claim.catalogue,
        "number": claim.number,
        "uri": claim.uri,
    }
    # Without either the digest is that of earlier versions; these lost an address that came later.
    return said | {"is_uncertain": claim.is_uncertain} if claim.uri or claim.is_uncertain else said


def _more(coin: Coin) -> dict[str, Any]:
    values = {name: [_value(one) for one in some] for name, some in coin.values.items()}
    references = [_reference(one) for one in coin.references]
    several = {"values": values, "references": references}
    return {**coin.rights, **{name: said for name, said in several.items() if said}}


def _value(one: Value) -> dict[str, Any]:
    return {"value": one.name, "uri": one.uri, "is_uncertain": one.is_uncertain}


def _reference(one: Reference) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "label": one.label,
        "catalogue": one.catalogue,
        "number": one.number,
        "uri": one.uri,
    }


def _fault(fault: Fault) -> dict[str, str]:
    return {"column": fault.column, "text": fault.text, "reason": fault.reason}


def _side(said: Mapping[str, str | None]) -> Mapping[str, str | None]:
    """A side as SQL takes it; the stamp of the photograph's file is there to notice a replaced file."""
    if "image" not in said:
        return said
    image = said["image"]
    stamp = stamp_of(image) if image else None
    side = {name: text for name, text in said.items() if name != "image"}
    return side | {"image_location": image, "image_stamp": stamp}


def stamp_of(image: str) -> str:
    """The stamp of a photograph as the store keeps it: of its file, or why there is none."""
    try:
        return files.stamp(image) or "missing"
    except SourceError:  # the images stage says why
        return "unreachable"

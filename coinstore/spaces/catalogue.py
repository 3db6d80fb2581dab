"""The catalogue of spaces: add, find, switch and drop them."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Engine

from ..db import call
from ..errors import NotFound, SpaceError
from ..models.presets import PRESETS
from ..models.registry import preset
from ..models.spec import Precision, Spec
from .index import Kind


def add_space(engine: Engine, name: str, spec: Spec, index: Kind = "vectors") -> None:
    """Adds a space; does nothing if it exists with the same recipe. Raises SpaceError if with another.

    `index`: what its index will hold.
    """
    call.run(
        engine,
        "job.add_space",
        name=name,
        recipe=json.dumps(spec.recipe()),
        dims=spec.dims,
        precision=spec.precision,
        sees=list(spec.reads),
        index_kind=index,
    )


def drop_space(engine: Engine, name: str) -> None:
    """Drops a space with all its vectors; raises NotFound."""
    call.run(engine, "job.drop_space", name=name)


def switch_spaces(engine: Engine, name: str, other: str) -> None:
    """Swaps the names of two spaces in one transaction; a second call swaps them back.

    Raises NotFound, or SpaceError when `other` lacks sides.
    """
    call.run(engine, "job.switch_space", name=name, other=other)


def distribute_space(engine: Engine, name: str, shards: int) -> bool:
    """Distributes the vectors of a space over the workers of a Citus coordinator; the coins stay here.

    True if the space had an index: it is to be built again. Raises NotFound, or SpaceError where the
    server is not a Citus coordinator with workers, or the vectors are distributed already.
    """
    return bool(call.run(engine, "job.distribute_space", space=name, shards=shards))


def gather_space(engine: Engine, name: str) -> bool:
    """Brings the vectors of a distributed space back to this server; the answer as above.

    Raises NotFound, or SpaceError where they are here.
    """
    return bool(call.run(engine, "job.gather_space", space=name))


@dataclass(frozen=True, slots=True)
class Known:
    """What a worker or a search needs to know of a space; `space_id` stays when names are switched."""

    space_id: int
    dims: int
    precision: Precision
    recipe: dict[str, Any]
    trained: bool
    made_of: list[str] | None

    @property
    def family(self) -> str:
        return str(self.recipe.get("family"))


def known(engine: Engine, name: str) -> Known:
    """The space that has this name now; raises NotFound."""
    found = call.read(engine, "part.known_space", space=name)[0]
    return Known(*(found[field.name] for field in fields(Known)))


def default_space(engine: Engine) -> str:
    """The space that is used where none is named; raises NotFound if no space has vectors."""
    return str(call.read(engine, "part.default_space")[0]["default_space"])


def refuse_taken(engine: Engine, name: str) -> None:
    """Raises SpaceError if there is a space of that name."""
    try:
        known(engine, name)
    except NotFound:
        return
    raise SpaceError(f"there is a space {name} already; choose another name, or: coinstore space drop {name}")


def refuse_leak(engine: Engine, space: str, label: str, *, allow: bool, unseen: bool | None = None) -> bool:
    """Whether the vectors of a space contain, or may contain, a label of the records.

    With `unseen` only coins ask that it was not learnt from; what it learnt from others is then no leak.
    None: that is not offered.

    Raises SpaceError if they do, unless `allow`: then every figure has to be marked as leaked.
    """
    function = "job.has_seen_of_others" if unseen else "part.has_seen"
    seen = call.run(engine, function, space=space, label=label)
    if seen is False or allow:
        return seen is not False
    how = "has seen" if seen else "was made elsewhere and may have seen"
    only_of_others = unseen is False and not call.run(
        engine, "job.has_seen_of_others", space=space, label=label
    )
    instead = ", ask only for coins that it was not learnt from (--unseen)" * only_of_others
    raise SpaceError(
        f"the space {space} {how} {label}: a figure about {label} would measure the leak, not the coins."
        f" Use another space{instead}, or add --allow-leak, which marks all results."
    )


def ensure_space(engine: Engine, name: str) -> None:
    """Adds the space of a preset if it is missing.

    Raises NotFound if there is neither a space nor a preset of that name, SpaceError if its weights are
    missing.
    """
    try:
        known(engine, name)
    except NotFound:
        if name not in PRESETS:
            raise NotFound(
                f"there is no space {name} and no preset of that name ({', '.join(PRESETS)});"
                " see: coinstore spaces"
            ) from None
        add_space(engine, name, preset(name))


def empty_parts(engine: Engine, name: str) -> list[str]:
    """The spaces that a space is made of and that have no vector yet."""
    return [
        part for part in known(engine, name).made_of or () if not call.run(engine, "job.embedded", name=part)
    ]


def parts_lacking(engine: Engine, name: str) -> dict[str, int]:
    """Of how many sides, that a space could hold, each of the spaces that it is made of lacks a vector."""
    with call.transaction(engine) as connection:
        found = call.rows(connection, "job.parts_lacking", space=name)
    return {row["part"]: row["sides"] for row in found}

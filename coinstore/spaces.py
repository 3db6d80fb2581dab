"""Spaces: adding one from its spec, and finding the spec that one was made from."""

from __future__ import annotations

import json

from sqlalchemy import Engine

from .db import call
from .embed.registry import preset
from .embed.spec import Spec
from .errors import NotFound


def add_space(engine: Engine, name: str, spec: Spec) -> None:
    """Makes a space; nothing happens if it is there with the same recipe, SpaceError if with another."""
    call.run(
        engine,
        "job.add_space",
        name=name,
        recipe=json.dumps(spec.recipe()),
        dims=spec.dims,
        precision=spec.precision,
        trained=spec.trained,
        weights_sha256=spec.weights_sha256,
    )


def drop_space(engine: Engine, name: str) -> None:
    """Drops a space with all its vectors; raises NotFound."""
    call.run(engine, "job.drop_space", name=name)


def spec_of(engine: Engine, name: str) -> Spec:
    """The spec that a space was made from; raises NotFound for an unknown space."""
    found = call.read(engine, "api.known_space", space=name)
    return Spec.from_recipe(found[0]["recipe"])


def ensure_space(engine: Engine, name: str) -> Spec:
    """The spec of a space; a preset whose weights are here is added when it is missing.

    Raises SpaceError: no such preset, or its weights are not here.
    """
    try:
        return spec_of(engine, name)
    except NotFound:
        add_space(engine, name, preset(name))
        return spec_of(engine, name)

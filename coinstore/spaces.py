"""Spaces: adding one from its spec, and finding the spec that one was made from."""

from __future__ import annotations

import json
from typing import Any

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


def recipe_of(engine: Engine, name: str) -> dict[str, Any]:
    """The recipe of a space; raises NotFound for an unknown one."""
    recipe: dict[str, Any] = call.read(engine, "api.known_space", space=name)[0]["recipe"]
    return recipe


def spec_of(engine: Engine, name: str) -> Spec:
    """The spec that a space of pictures was made from; raises NotFound for an unknown space."""
    return Spec.from_recipe(recipe_of(engine, name))


def ensure_space(engine: Engine, name: str) -> None:
    """Adds the space of a preset when it is missing.

    Raises SpaceError: there is neither a space nor a preset of that name, or its weights are not here.
    """
    try:
        recipe_of(engine, name)
    except NotFound:
        add_space(engine, name, preset(name))

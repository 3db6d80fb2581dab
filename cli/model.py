"""coinstore model: what spaces can be made of."""

from __future__ import annotations

from typing import Any

import click

from .shared.commands import Group
from .shared.options import listing
from .shared.output import notice, print_rows

FOUND = ["model", "dims", "side_px", "licence"]
PRESET = ["preset", "model", "dims", "weights", "size_mb", "licence", "here"]


@click.group(cls=Group)
def model() -> None:
    """List the models that a space can be made of.

    \b
    coinstore model list
    """


@model.command("list")
@click.option(
    "--all", "show_all", is_flag=True, help="Every model of timm, torchvision and open_clip (takes seconds)."
)
@click.option(
    "--search", metavar="TEXT", help="Models of timm, torchvision and open_clip with TEXT in the name."
)
@listing
def list_models(show_all: bool, search: str | None, form: str) -> None:
    """List the models, and whether their weights are here.

    With --search, licence, dimensions and side of the picture are those that timm states; nothing is fetched.

    \b
    coinstore model list
    coinstore model list --search dino
    coinstore model list --all --json
    """
    from coinstore.models import registry

    if search:
        empty = f"No model has {search} in its name."
        if registry.has_networks():
            print_rows(registry.search_models(search), FOUND, form, empty=empty)
            return
        notice(
            "Only presets were searched. The models of all libraries need: pip install 'coinstore[models]'"
        )
        named = [row for row in _presets() if search.lower() in f"{row['preset']} {row['model']}".lower()]
        print_rows(named, PRESET, form, empty=empty)
        return
    if show_all:
        print_rows([{"model": name} for name in registry.model_names()], ["model"], form)
        return
    print_rows(_presets(), PRESET, form)


def _presets() -> list[dict[str, Any]]:
    from coinstore.models import weights
    from coinstore.models.presets import PRESETS

    there = {found.name for found in [*weights.here(), *weights.packaged()]}
    rows = []
    for name, preset in PRESETS.items():
        known = weights.KNOWN.get(preset.weights or "")
        rows.append(
            {
                "preset": name,
                "model": preset.model,
                "dims": preset.dims,
                "weights": preset.weights,
                "size_mb": known and known.size_mb,
                "licence": known and known.licence,
                "here": preset.weights is None or preset.weights in there,
            }
        )
    return rows

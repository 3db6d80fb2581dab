"""coinstore space: what vectors are made of."""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict
from typing import Any

import click

import coinstore

from .shared import logs
from .shared.commands import Group
from .shared.options import as_json, destructive, listing
from .shared.output import json_text, notice, print_json, print_rows, slow_build
from .shared.progress import reporting
from .shared.recipe import recipe_options
from .space_derive import derive

SHOWN = [
    "space",
    "dims",
    "precision",
    "trained",
    "sides",
    "embedded",
    "faults",
    "indexed",
    "recall_at_10",
    "similarity_p01",
    "similarity_mean",
    "similarity_p99",
]
KIND = click.Choice(["vectors", "bits"])


@click.group(cls=Group)
def space() -> None:
    """Add, list, derive, switch, index and drop embedding spaces. A change of recipe is a new space.

    \b
    coinstore space list
    """


space.add_command(derive)


@space.command("list")
@listing
def list_spaces(form: str) -> None:
    """List the spaces: recipe, coverage, index and its recall.

    \b
    coinstore space list
    coinstore spaces --json
    """
    with coinstore.open() as store:
        found = store.spaces.list().to_dicts()
    print_rows(found, SHOWN, form)
    if form != "table":
        return
    for row in found:
        if row["collapsed"]:
            notice(f"{row['space']} is collapsed: nearly all pairs are alike above 0.99. Use the percentile.")
        if row["sees"]:
            click.echo(f"{row['space']} has seen of the records: {', '.join(row['sees'])}")
        click.echo(f"{row['space']}: {json_text({k: v for k, v in row['recipe'].items() if v is not None})}")


@space.command()
@click.argument("name")
@click.option(
    "--model",
    help="hog, timm:NAME, torchvision:NAME, open_clip:ARCH:PRETRAINED …; without it NAME is a preset.",
)
@click.option(
    "--weights", "weights_name", help="Weights by name (coinstore weights list), or random:SEED for a trial."
)
@recipe_options
@click.option("--index", type=KIND, default="vectors", show_default=True, help="What its index will hold.")
def add(name: str, model: str | None, weights_name: str | None, index: Any, **changes: Any) -> None:
    """Add the space NAME: a preset, or any model.

    With --layer a vector is a grid: it keeps where things are on the coin.

    \b
    coinstore space add eye
    coinstore space add resnet50
    coinstore space add dino --model timm:vit_small_patch14_dinov2.lvd142m --weights dinov2_small \\
      --layer blocks.8 --grid 5x5 --margin 1 --channels 160 --side-px 224 --fit coin
    coinstore space add resnet50_grey --model torchvision:resnet50 --weights resnet50 --colour grey
    coinstore space add trial --model torchvision:resnet18 --weights random:0
    coinstore space add resnet50_coin --model torchvision:resnet50 --weights resnet50 --fit coin --ground mask
    coinstore space add clip_image --index bits
    coinstore space add clip_text --template "The [side] of a coin{ of [mint]}: [description]."
    """
    from coinstore.models import registry
    from coinstore.models.sentence import TEMPLATES
    from coinstore.spaces import catalogue

    given = {field: value for field, value in changes.items() if value not in (None, ())}
    if tuple(given.get("templates", ())) in {(known,) for known in TEMPLATES}:
        given["templates"] = TEMPLATES[given["templates"][0]]
    if model is None:
        spec = registry.preset(name, weights_name, **given)
    else:
        spec = registry.make_spec(model, weights_name, **given)
    with coinstore.open() as store:
        catalogue.add_space(store.engine, name, spec, index)
    if not spec.trained:
        notice("The weights of this space are random: nearness will mean nothing in it.")
    notice(f"Added {name}: {spec.dims} dimensions, {spec.precision} precision.")
    notice(f"Fill it with: coinstore embed {name}")


@space.command()
@click.argument("name")
@click.argument("other")
def switch(name: str, other: str) -> None:
    """Swap the names of two spaces, once OTHER is full.

    Readers see one or the other, never a half-filled space. The same command again switches back.

    \b
    coinstore space switch resnet50 resnet50_v2
    """
    from coinstore.spaces.catalogue import switch_spaces

    with coinstore.open() as store:
        switch_spaces(store.engine, name, other)
    notice(f"{name} is now what {other} was, and {other} what {name} was.")


@space.command()
@click.argument("name")
@click.option("--rebuild", is_flag=True, help="Build it again if there is one.")
@click.option("--index", "kind", type=KIND, help="What it holds from now on.")
@click.option("--memory", "memory_mb", type=click.IntRange(16), metavar="MB", help="Memory for the build.")
@as_json
def index(name: str, rebuild: bool, kind: Any, memory_mb: int | None, as_json: bool) -> None:
    """Build the index of the space NAME and measure its recall.

    Others read and write meanwhile. Without an index every answer is exact. `embed` builds it when a space
    has grown. An index of bits takes a fraction of the memory (coinstore help scale).

    \b
    coinstore space index hog
    coinstore space index hog --rebuild --memory 4096
    coinstore space index hog --index bits
    """
    from coinstore.spaces.catalogue import known
    from coinstore.spaces.index import Indexed, Indexing, is_indexed, rebuild_index

    with coinstore.open() as store:
        known(store.engine, name)
        if not rebuild and kind is None and is_indexed(store.engine, name):
            notice(f"{name} already has an index; add --rebuild to build it again.")
            return
        with (
            reporting() as report,
            closing(rebuild_index(store.engine, name, kind, memory_mb, report)) as steps,
        ):
            for step in logs.followed("index", steps):
                if isinstance(step, Indexing) and step.lacks_memory:
                    notice(slow_build(name, step.needs_mb, step.may_mb))
    assert isinstance(step, Indexed)
    if as_json:
        print_json(asdict(step))
    else:
        recall = "no vectors yet" if step.recall is None else f"recall@10 {step.recall:.3f}"
        click.echo(f"{name}: index built in {step.seconds:.1f} s, {recall}.")


@space.command()
@click.argument("name")
@click.option(
    "--shards", type=click.IntRange(1, 32000), required=True, help="Number of parts, over all workers."
)
def distribute(name: str, shards: int) -> None:
    """Distribute the vectors of the space NAME by Citus.

    For spaces that one server cannot hold; see: coinstore help scale. The coins stay on this server, and
    every command answers as before. Nobody can use the space meanwhile.

    \b
    coinstore space distribute hog --shards 32
    coinstore space gather hog
    """
    with coinstore.open() as store:
        store.spaces.distribute(name, shards)
    notice(f"The vectors of {name} are distributed over {shards:,} shards.")


@space.command()
@click.argument("name")
def gather(name: str) -> None:
    """Bring the vectors of the space NAME back to this server.

    \b
    coinstore space gather hog
    """
    with coinstore.open() as store:
        store.spaces.gather(name)
    notice(f"The vectors of {name} are on this server.")


@space.command()
@click.argument("name")
@destructive("Drop {name} and all its vectors?")
def drop(name: str) -> None:
    """Drop the space NAME with all its vectors.

    \b
    coinstore space drop trial
    coinstore space drop trial --yes
    """
    from coinstore.spaces.catalogue import drop_space, known

    with coinstore.open() as store:
        known(store.engine, name)
        drop_space(store.engine, name)
    notice(f"Dropped {name}.")

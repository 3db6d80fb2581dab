"""coinstore space, coinstore models: what vectors are made of."""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict
from typing import Any

import click

import coinstore
from coinstore.models import registry, weights
from coinstore.models.sentence import TEMPLATES
from coinstore.spaces import catalogue
from coinstore.spaces import index as reindex
from coinstore.spaces.derive import Derivation, derive_space, small_collections

from .shared import logs
from .shared.output import FACE, notice, print_json, print_table
from .shared.progress import bars


@click.group()
def space() -> None:
    """Add and drop embedding spaces; a change of recipe is a new space."""


@space.command()
@click.argument("name")
@click.option(
    "--model",
    help="hog, torchvision:NAME, open_clip:ARCH:PRETRAINED, open_clip_text:…; else NAME is a preset.",
)
@click.option(
    "--weights", "weights_name", help="Weights by name (coinstore weights list), or random:SEED for a trial."
)
@click.option("--colour", type=click.Choice(["rgb", "grey"]), help="Pictures in colour or in grey.")
@click.option(
    "--fit", type=click.Choice(["pad", "squash", "crop"]), help="How a picture is brought to a square."
)
@click.option("--side-px", type=click.IntRange(32, 2048), help="Side of that square.")
@click.option(
    "--precision", type=click.Choice(["half", "single"]), help="Of the stored numbers: 16 or 32 bits."
)
@click.option("--face", type=FACE, help="Of this face alone.")
@click.option(
    "--template",
    "templates",
    multiple=True,
    help="Of sentences: thesis, fields, or your own with [field]s and {clauses that may be left out}; tried in turn.",
)
@click.option("--culture", help="Of sentences: a word for all coins of it, Celtic say.")
@click.option("--placeholder", "placeholders", multiple=True, help="Of sentences: a value that says nothing.")
def add(name: str, model: str | None, weights_name: str | None, **changes: Any) -> None:
    """Add the space NAME: a preset, or any model under a name of your own.

    \b
    coinstore space add resnet50
    coinstore space add resnet50_grey --model torchvision:resnet50 --weights resnet50 --colour grey
    coinstore space add trial --model torchvision:resnet18 --weights random:0
    coinstore space add clip_text --template "The [side] of a coin{ of [mint]}: [description]."
    """
    given = {field: value for field, value in changes.items() if value not in (None, ())}
    if tuple(given.get("templates", ())) in {(known,) for known in TEMPLATES}:
        given["templates"] = TEMPLATES[given["templates"][0]]
    if model is None:
        spec = registry.preset(name, weights_name, **given)
    else:
        spec = registry.make_spec(model, weights_name, **given)
    with coinstore.open() as store:
        catalogue.add_space(store.engine, name, spec)
    if not spec.trained:
        notice("The weights of this space are drawn at random: nearness will mean nothing in it.")
    notice(
        f"{name}: {spec.dims} dimensions, {spec.precision} precision. Fill it with: coinstore embed {name}"
    )


@space.command()
@click.argument("name")
@click.option("--from", "source", required=True, help="The space whose vectors are taken.")
@click.option("--centre", is_flag=True, help="Take out the mean of all sides.")
@click.option(
    "--by", type=click.Choice(["collection"]), help="With --centre: the mean of each collection's sides."
)
@click.option("--standardise", is_flag=True, help="With --centre: divide by the deviation, too.")
@click.option("--whiten", type=click.IntRange(2, 4000), metavar="D", help="Project onto D principal axes.")
@click.option(
    "--whitening",
    type=click.Choice(["half", "full"]),
    default="half",
    show_default=True,
    help="Divide each axis by its deviation, or by the root of that.",
)
@click.option("--precision", type=click.Choice(["half", "single"]), default="half", show_default=True)
def derive(name: str, source: str, centre: bool, by: str | None, **options: Any) -> None:
    """Make the space NAME out of another's vectors: less of the museum's style, more of the coin.

    What is taken out is measured now, kept, and applied to the sides that come later. A collection
    with fewer than five sides has no mean of its own: the mean of all is taken out of its sides.

    \b
    coinstore space derive hog_debiased --from hog --centre --by collection --whiten 256
    coinstore embed hog_debiased
    """
    if by and not centre:
        raise click.UsageError("--by says whose mean is taken out: add --centre.")
    derivation = Derivation(source, centre=(by or "all") if centre else None, **options)
    with coinstore.open() as store:
        derive_space(store.engine, name, derivation)
        small = small_collections(store.engine, source) if by else []
    if small:
        notice(f"Fewer than five sides, so the mean of all is taken out of theirs: {', '.join(small)}.")
    notice(f"Fill it with: coinstore embed {name}")


@space.command()
@click.argument("name")
@click.argument("other")
def switch(name: str, other: str) -> None:
    """Let the name NAME stand for the space OTHER, once that is full; and OTHER for what NAME was.

    Readers see the one or the other, never a half-filled space. The same again switches back.

    \b
    coinstore space add resnet50_v2 --model torchvision:resnet50 --weights resnet50
    coinstore embed resnet50_v2
    coinstore space switch resnet50 resnet50_v2
    """
    with coinstore.open() as store:
        catalogue.switch_spaces(store.engine, name, other)
    notice(f"{name} is what {other} was, and the other way round.")


@space.command()
@click.argument("name")
@click.option("--rebuild", is_flag=True, help="Build it anew where there is one.")
@click.option("--json", "as_json", is_flag=True, help="One object for machines.")
def index(name: str, rebuild: bool, as_json: bool) -> None:
    """Build the index of the space NAME while everyone goes on reading, and measure its recall.

    Without one every answer is exact; embedding builds it by itself once a space has grown.

    \b
    coinstore space index hog --rebuild
    """
    with coinstore.open() as store:
        catalogue.known(store.engine, name)
        if not rebuild and reindex.is_indexed(store.engine, name):
            notice(f"{name} has an index already; to build it anew add --rebuild.")
            return
        with (
            bars(f"Index of {name}") as (progress,),
            closing(reindex.rebuild_index(store.engine, name)) as steps,
        ):
            for step in logs.followed("index", steps):
                if isinstance(step, reindex.Indexing):
                    progress.rename(f"Index of {name}: {step.stage}")
    assert isinstance(step, reindex.Indexed)
    if as_json:
        print_json(asdict(step))
    else:
        click.echo(f"{name}: index built in {step.seconds:.1f} s, recall@10 {step.recall:.3f}.")


@space.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
def drop(name: str, yes: bool) -> None:
    """Drop the space NAME with all its vectors.

    \b
    coinstore space drop trial --yes
    """
    with coinstore.open() as store:
        catalogue.known(store.engine, name)
        if not yes and not click.confirm(f"Drop {name} and all its vectors?", err=True):
            notice("Nothing was dropped.")
            return
        catalogue.drop_space(store.engine, name)
    notice(f"Dropped {name}.")


@click.command()
@click.option(
    "--all", "show_all", is_flag=True, help="Every model of torchvision and open_clip (takes some seconds)."
)
@click.option("--json", "as_json", is_flag=True, help="An array for machines.")
def models(show_all: bool, as_json: bool) -> None:
    """List the models that a space can be made of, and whether their weights are here.

    \b
    coinstore models
    coinstore models --all --json
    """
    found = [{"model": name} for name in registry.model_names()] if show_all else _presets()
    if as_json:
        print_json(found)
    else:
        print_table(found, list(found[0]))


def _presets() -> list[dict[str, Any]]:
    there = {found.name for found in weights.here()}
    rows = []
    for name, preset in registry.PRESETS.items():
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

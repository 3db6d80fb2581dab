"""coinstore map: the coins of a space laid out on a plane."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

import coinstore
from coinstore.db import call
from coinstore.maps import build as building
from coinstore.maps import update as updating
from coinstore.pages.explore.steps import STAGES
from coinstore.sources.outputs import PAGE, check_path

from .graph_files import follow_page, mark
from .shared.output import FACES, notice, print_csv, print_json, print_table, refuse_two_forms
from .shared.progress import bars

WANTED = building.MapRequest("")
SHOWN = ["map", "space", "face", "method", "points", "added", "seed", "trained", "sees", "seconds", "made_at"]
POINT = ["coin_id", "collection", "inventory_number", "x", "y", "is_added"]


@click.group()
def map() -> None:
    """Lay the coins of a space out on a plane, near where they look alike; only nearness means something."""


@map.command()
@click.argument("space")
@click.option(
    "--method",
    type=click.Choice(["tsne", "umap", "pca"]),
    default=WANTED.method,
    show_default=True,
    help="tsne and umap need: pip install 'coinstore[maps]'.",
)
@click.option(
    "--face",
    type=FACES,
    default=WANTED.face,
    show_default=True,
    help="coin: by both faces; coins that lack one are left out.",
)
@click.option("--name", help="Of the map (SPACE_FACE_METHOD); one of that name is replaced.")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=WANTED.seed, show_default=True)
@click.option("--perplexity", type=click.FloatRange(1), help="Of tsne: about how many near coins count (30).")
@click.option("--neighbours", type=click.IntRange(2), help="Of umap: how many near coins count (15).")
def build(space: str, name: str | None, **options: Any) -> None:
    """Build a map of SPACE; the same vectors and seed give the same map.

    \b
    coinstore map build hog
    coinstore map build hog --method umap --face coin --neighbours 30 --seed 1
    coinstore map build hog --method pca --name overview
    """
    for option, method in (("perplexity", "tsne"), ("neighbours", "umap")):
        if options[option] is not None and options["method"] != method:
            raise click.UsageError(f"--{option} goes with --method {method}.")
    wanted = building.MapRequest(space, **{key: value for key, value in options.items() if value is not None})
    name = name or wanted.default_name
    with coinstore.open() as store, bars(f"Building {name}") as (bar,):
        for step in building.build_map(store.engine, name, wanted):
            if isinstance(step, building.MapStarted) and step.iterations:
                bar.expect(step.iterations)
            elif isinstance(step, building.PointsMoved):
                bar.advance(step.iterations)
        stored = building.map_named(store.engine, name)
    if isinstance(step, building.MapBuilt):
        _say_built(name, wanted, step)
    mark(stored)


def _say_built(name: str, wanted: building.MapRequest, done: building.MapBuilt) -> None:
    counts = f"{done.coins:,} of {done.of_coins:,} coins"
    notice(f"{name}: {counts} in {done.seconds:.1f} s. See it: coinstore map page {name} --out {name}.html")
    if done.coins < done.of_coins:
        lacking = "the vector of a face" if wanted.face == "coin" else f"a vector of the {wanted.face}"
        notice(f"The others lack {lacking} in {wanted.space}.")
    for option in ("perplexity", "neighbours"):
        used = done.parameters.get(option)
        if used is not None and used < getattr(wanted, option):
            notice(f"For so few coins the {option} is {used:.3g}, not {getattr(wanted, option):.3g}.")


@map.command()
@click.argument("name", metavar="MAP")
def update(name: str) -> None:
    """Place the coins that came since MAP was built; no point that is there moves.

    \b
    coinstore map update hog_obverse_tsne
    """
    with coinstore.open() as store, bars(f"Placing coins into {name}") as (bar,):
        for step in updating.update_map(store.engine, name):
            if isinstance(step, updating.CoinsWaiting):
                bar.expect(step.coins)
            elif isinstance(step, updating.CoinsPlaced):
                bar.advance(step.coins)
        stored = building.map_named(store.engine, name)
    if isinstance(step, updating.MapUpdated):
        notice(f"{name}: {step.added:,} coins placed, {step.coins:,} are on it; none of the others moved.")
        if step.lost:
            notice(f"{step.lost:,} of them have no vector any more; they stay until the map is built anew.")
        if 2 * stored["added"] > stored["points"]:
            notice(
                f"{stored['added']:,} of its {stored['points']:,} points came later than the map, which was laid out"
                f" without them; build it anew: coinstore map build {stored['space']} --face {stored['face']}"
                f" --method {stored['method']} --name {name}"
            )
    mark(stored)


@map.command("list")
@click.option("--json", "as_json", is_flag=True, help="An array for machines, with the parameters.")
def list_command(as_json: bool) -> None:
    """List the maps.

    \b
    coinstore map list
    """
    with coinstore.open() as store:
        found = sorted(call.look(store.engine, "api.maps"), key=lambda row: str(row["map"]))
    if as_json:
        print_json(found)
    elif found:
        print_table([_shown(row) for row in found], SHOWN)
    else:
        notice("There are no maps yet; run: coinstore map build SPACE")


def _shown(row: Any) -> dict[str, Any]:
    """A row for people: the time without seconds, fields that were seen in one cell."""
    return dict(row) | {
        "made_at": f"{row['made_at']:%Y-%m-%d %H:%M}",
        "sees": ", ".join(row["sees"] or ()) or None,
    }


@map.command()
@click.argument("name", metavar="MAP")
def drop(name: str) -> None:
    """Drop MAP with its points.

    \b
    coinstore map drop hog_obverse_pca
    """
    with coinstore.open() as store:
        building.drop_map(store.engine, name)
    notice(f"Dropped {name}.")


@map.command()
@click.argument("name", metavar="MAP")
@click.option("--json", "as_json", is_flag=True, help="An array for machines.")
@click.option("--csv", "as_csv", is_flag=True, help="Comma-separated values.")
def points(name: str, as_json: bool, as_csv: bool) -> None:
    """Show where each coin lies on MAP.

    \b
    coinstore map points hog_obverse_tsne --csv > points.csv
    """
    refuse_two_forms(as_json, as_csv)
    with coinstore.open() as store:
        found = call.read(store.engine, "part.points_of_map", map=name)
        stored = building.map_named(store.engine, name)
    mark(stored)
    if as_json:
        print_json(found)
    elif as_csv:
        print_csv(found, POINT)
    else:
        print_table(found, POINT)


@map.command()
@click.argument("name", metavar="MAP")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The HTML file to write.")
def page(name: str, out: Path) -> None:
    """Write MAP as one HTML page that needs no network.

    \b
    coinstore map page hog_obverse_tsne --out map.html
    """
    from coinstore.pages.explore.map import map_steps

    check_path(out, PAGE, "page")
    with coinstore.open() as store:
        stored = building.map_named(store.engine, name)
        follow_page(map_steps(store.engine, name, out), [stage for stage in STAGES if stage != "places"])
    mark(stored)

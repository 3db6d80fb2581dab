"""coinstore map: the coins of a space laid out on a plane."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import coinstore
from coinstore.sources.outputs import PAGE, check_path

from .graph_files import follow_page, mark
from .shared import options
from .shared.commands import Group
from .shared.options import destructive, listing
from .shared.output import notice, print_rows
from .shared.progress import bars

if TYPE_CHECKING:
    from coinstore.maps.build import MapBuilt, MapRequest

SHOWN = ["map", "space", "face", "method", "points", "added", "seed", "trained", "sees", "seconds", "made_at"]
POINT = ["coin_id", "collection", "inventory_number", "x", "y", "is_added"]


@click.group(cls=Group)
def map() -> None:
    """Lay the coins of a space out on a plane, close where they look alike. Only closeness has a meaning.

    \b
    coinstore map build hog
    """


@map.command()
@click.argument("space", required=False)
@click.option(
    "--method",
    type=click.Choice(["tsne", "umap", "pca"]),
    help="tsne and umap need: pip install 'coinstore[maps]'.  [default: tsne, or pca without these]",
)
@options.face("The face to compare; with both, coins that lack one are left out.")
@click.option(
    "--name",
    help="The name of the map.  [default: SPACE_FACE_METHOD]",
)
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=0, show_default=True)
@click.option(
    "--perplexity", type=click.FloatRange(1), help="For tsne: about how many near coins count.  [default: 30]"
)
@click.option(
    "--neighbours", type=click.IntRange(2), help="For umap: how many near coins count.  [default: 15]"
)
def build(space: str | None, name: str | None, **given: Any) -> None:
    """Build a map of SPACE.

    The same vectors and seed give the same map. A map of the same name is replaced.

    \b
    coinstore map build
    coinstore map build hog --method umap --face both --neighbours 30 --seed 1
    coinstore map build hog --method pca --name overview
    """
    from coinstore.maps.build import MapBuilt, MapRequest, MapStarted, PointsMoved, build_map, map_named

    for option, method in (("perplexity", "tsne"), ("neighbours", "umap")):
        if given[option] is not None and (given["method"] or "tsne") != method:
            raise click.UsageError(f"--{option} needs --method {method}.")
    given["method"] = given["method"] or ("tsne" if given["perplexity"] else _usual_method())
    options = {key: value for key, value in given.items() if value is not None}
    with coinstore.open() as store:
        wanted = MapRequest(space or store.spaces.default, **options)
        name = name or wanted.default_name
        with bars(f"Building {name}") as (bar,):
            for step in build_map(store.engine, name, wanted):
                if isinstance(step, MapStarted) and step.iterations:
                    bar.expect(step.iterations)
                elif isinstance(step, PointsMoved):
                    bar.advance(step.iterations)
        stored = map_named(store.engine, name)
    if isinstance(step, MapBuilt):
        _say_built(name, wanted, step)
    mark(stored)


def _usual_method() -> str:
    from coinstore.maps.layout import is_installed

    if is_installed("tsne"):
        return "tsne"
    notice("t-SNE is not installed, so this map is by pca. To have it: pip install 'coinstore[maps]'")
    return "pca"


def _say_built(name: str, wanted: MapRequest, done: MapBuilt) -> None:
    counts = f"{done.coins:,} of {done.of_coins:,} coins"
    notice(f"{name}: {counts} in {done.seconds:.1f} s. See it: coinstore map page {name} -o {name}.html")
    if done.coins < done.of_coins:
        lacking = "the vector of a face" if wanted.face == "both" else f"a vector of the {wanted.face}"
        notice(f"The others lack {lacking} in {wanted.space}.")
    for option in ("perplexity", "neighbours"):
        used = done.parameters.get(option)
        if used is not None and used < getattr(wanted, option):
            notice(f"There are few coins: {option} is {used:.3g}, not {getattr(wanted, option):.3g}.")


@map.command()
@click.argument("name", metavar="MAP")
def update(name: str) -> None:
    """Place the coins that came since MAP was built.

    Existing points do not move.

    \b
    coinstore map update hog_obverse_tsne
    """
    from coinstore.maps.build import map_named
    from coinstore.maps.update import CoinsPlaced, CoinsWaiting, MapUpdated, update_map

    with coinstore.open() as store, bars(f"Placing coins into {name}") as (bar,):
        for step in update_map(store.engine, name):
            if isinstance(step, CoinsWaiting):
                bar.expect(step.coins)
            elif isinstance(step, CoinsPlaced):
                bar.advance(step.coins)
        stored = map_named(store.engine, name)
    if isinstance(step, MapUpdated):
        notice(f"{name}: {step.added:,} coins placed, now {step.coins:,}; none of the others moved.")
        if step.lost:
            notice(f"{step.lost:,} of them have lost their vector; they stay until the map is rebuilt.")
        if 2 * stored["added"] > stored["points"]:
            notice(
                f"{stored['added']:,} of its {stored['points']:,} points are newer than the layout;"
                f" rebuild it: coinstore map build {stored['space']} --face {stored['face']}"
                f" --method {stored['method']} --name {name}"
            )
    mark(stored)


@map.command("list")
@listing
def list_maps(form: str) -> None:
    """List the maps; JSON and CSV also hold the parameters.

    \b
    coinstore map list
    """
    with coinstore.open() as store:
        found = sorted(store.maps.list().to_dicts(), key=lambda row: str(row["map"]))
    print_rows(found, SHOWN, form, empty="There are no maps yet; run: coinstore map build")


@map.command()
@click.argument("name", metavar="MAP")
@destructive("Drop the map {name}?")
def drop(name: str) -> None:
    """Drop MAP with its points.

    \b
    coinstore map drop hog_obverse_pca
    """
    from coinstore.maps.build import drop_map

    with coinstore.open() as store:
        drop_map(store.engine, name)
    notice(f"Dropped {name}.")


@map.command()
@click.argument("name", metavar="MAP")
@listing
def points(name: str, form: str) -> None:
    """Show where each coin is on MAP.

    \b
    coinstore map points hog_obverse_tsne
    coinstore map points hog_obverse_tsne --csv > points.csv
    """
    from coinstore.db import call
    from coinstore.maps.build import map_named

    with coinstore.open() as store:
        mark(map_named(store.engine, name))
        with closing(call.stream(store.engine, "part.points_of_map", map=name)) as found:
            print_rows(found, POINT, form, columns=POINT)


@map.command()
@click.argument("name", metavar="MAP")
@options.output("FILE.html; it works from disk, without a network.", required=True)
@options.outlines()
def page(name: str, output: Path, outlines: bool) -> None:
    """Write MAP as one HTML page.

    \b
    coinstore map page hog_obverse_tsne -o map.html
    """
    from coinstore.maps.build import map_named
    from coinstore.pages.explore.map import map_steps
    from coinstore.pages.explore.steps import Drawing

    check_path(output, PAGE, "page")
    with coinstore.open() as store:
        stored = map_named(store.engine, name)
        follow_page(map_steps(store.engine, name, output, Drawing(outlines=outlines)), without=["places"])
    mark(stored)

"""coinstore graph sweep, export, plot, page: what is taken out of graphs, to look at or to take along."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import click

import coinstore
from coinstore.db import call
from coinstore.graph.catalogue import graph_named
from coinstore.pages.explore.steps import STAGES, Done, Expected, Stage, Steps, Written
from coinstore.pages.words import space_warnings
from coinstore.sources.outputs import PAGE, PLOT, check_path
from coinstore.spaces.catalogue import known

from .shared.output import FACES, notice, print_json, print_table
from .shared.progress import bars

ALGORITHMS = click.Choice(["leiden", "louvain", "components"])
OUT = click.Path(dir_okay=False, path_type=Path)


def mark(stored: Any) -> None:
    """Says of a row of api.graphs or api.maps what makes its nearness mean less."""
    for warning in space_warnings(stored):
        notice(warning)


def follow_page(steps: Steps, stages: Sequence[Stage] = STAGES) -> Written:
    """Shows how far a page has come, and where it is: a bar for each stage."""
    with bars(*(f"Page: {stage}" for stage in stages)) as found, closing(steps):
        shown = dict(zip(stages, found, strict=True))
        for step in steps:
            match step:
                case Expected(stage, coins):
                    shown[stage].expect(coins)
                case Done(stage, coins):
                    shown[stage].advance(coins)
                case Written():
                    written = step
    click.echo(written.path)
    return written


@click.command()
@click.argument("name", metavar="GRAPH")
@click.option(
    "--out", "path", type=OUT, required=True, help="NAME.graphml, .gexf, .json (node-link) or .csv."
)
def export(name: str, path: Path) -> None:
    """Write GRAPH as a file for Gephi, Cytoscape or a spreadsheet, with the coins' metadata.

    CSV: a text that a spreadsheet would run as a formula (= + - @) has a ' before it.

    \b
    coinstore graph export hog_obverse --out hog.graphml
    coinstore graph export hog_obverse --out hog.csv       # hog.nodes.csv, hog.edges.csv, hog.graph.csv
    """
    from coinstore.graph.export import WRITERS, write_graph
    from coinstore.graph.to_networkx import load

    check_path(path, WRITERS, "graph")
    with coinstore.open() as store:
        mark(graph_named(store.engine, name))
        for written in write_graph(load(store, name), path):
            click.echo(written)


@click.command()
@click.argument("space")
@click.option(
    "--face", type=FACES, default="obverse", show_default=True, help="Compare one face, or the coin by both."
)
@click.option("--out", "path", type=OUT, help="A picture of it, too: NAME.png or .svg.")
@click.option("--json", "as_json", is_flag=True, help="An array for machines.")
def sweep(space: str, face: str, path: Path | None, as_json: bool) -> None:
    """Show how the graph of SPACE falls apart as the threshold rises, before one is chosen.

    \b
    coinstore graph sweep hog
    coinstore graph sweep hog --face coin --out sweep.svg
    """
    if path is not None:
        check_path(path, PLOT, "plot")
    with coinstore.open() as store:
        trained = known(store.engine, space).trained
        found = [dict(row) for row in call.read(store.engine, "api.threshold_sweep", space=space, face=face)]
        if path is not None and found:
            from coinstore.pages.plots.write import write_sweep

            write_sweep(store.engine, space, face, path, found=found)
    if as_json:
        print_json([row | {"trained": trained} for row in found])
        return
    if not found:
        notice(f"There is nothing to compare; run: coinstore embed {space}")
        return
    columns = ["rule", "similarity", "percentile", "k", "edges", "components", "isolates", "largest"]
    print_table(found, columns)
    mark({"space": space, "trained": trained, "sees": ()})
    if found[0]["coins"] < found[0]["of_coins"]:
        notice(f"On a sample of {found[0]['coins']:,} of {found[0]['of_coins']:,} coins.")
    if path is not None:
        click.echo(path)


@click.command()
@click.argument("name", metavar="GRAPH")
@click.option("--algorithm", type=ALGORITHMS, default="leiden", show_default=True)
@click.option(
    "--label", default="collection", show_default=True, help="A column of api.coins that colours the bars."
)
@click.option("--out", "path", type=OUT, required=True, help="NAME.png or .svg.")
def plot(name: str, algorithm: str, label: str, path: Path) -> None:
    """Draw the communities of GRAPH: how large they are, and of what.

    \b
    coinstore graph plot hog_obverse --out communities.svg --label type
    """
    from coinstore.pages.plots.write import write_communities

    check_path(path, PLOT, "plot")
    with coinstore.open() as store:
        write_communities(store.engine, name, path, algorithm=algorithm, label=label)
    click.echo(path)


@click.command()
@click.argument("name", metavar="GRAPH")
@click.option("--out", "path", type=OUT, required=True, help="NAME.html; works from disk, with no network.")
@click.option("--seed", default=0, show_default=True, help="Of the layout.")
def page(name: str, path: Path, seed: int) -> None:
    """Write GRAPH as a page to look at: zoom, search, colour, click a coin for its card.

    \b
    coinstore graph page hog_obverse --out network.html
    """
    from coinstore.pages.explore.network import network_steps

    check_path(path, PAGE, "page")
    with coinstore.open() as store:
        follow_page(network_steps(store.engine, name, path, seed=seed))

"""coinstore graph sweep, export, plot, page: what is drawn and exported from graphs."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import coinstore
from coinstore.sources.outputs import PAGE, PLOT, check_path

from .shared import options
from .shared.commands import Command
from .shared.options import listing
from .shared.output import notice, print_rows
from .shared.progress import bars

if TYPE_CHECKING:
    from coinstore.pages.explore.steps import Steps, Written

ALGORITHMS = click.Choice(["leiden", "louvain", "components"])
SWEEP = ["rule", "similarity", "percentile", "k", "edges", "components", "isolates", "largest"]


def mark(stored: Any) -> None:
    """Says what makes nearness mean less in a row of api.graphs or api.maps."""
    from coinstore.pages.words import space_warnings

    for warning in space_warnings(stored):
        notice(warning)


def follow_page(steps: Steps, without: Sequence[str] = ()) -> Written:
    """Shows the progress of a page, a bar for each stage, and prints where the page is."""
    from coinstore.pages.explore.steps import STAGES, Done, Expected, Written

    stages = [stage for stage in STAGES if stage not in without]
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


@click.command(cls=Command)
@click.argument("name", metavar="GRAPH")
@options.output("FILE.graphml, .gexf, .json (node-link) or .csv.", required=True)
def export(name: str, output: Path) -> None:
    """Write GRAPH for Gephi, Cytoscape or a spreadsheet.

    The file holds the coins' metadata. In CSV a text that a spreadsheet would run as a formula (= + - @)
    has a ' before it.

    \b
    coinstore graph export hog_obverse -o hog.graphml
    coinstore graph export hog_obverse -o hog.csv       # hog.nodes.csv, hog.edges.csv, hog.graph.csv
    """
    from coinstore.graph.catalogue import graph_named
    from coinstore.graph.export import WRITERS, write_graph
    from coinstore.graph.to_networkx import load

    check_path(output, WRITERS, "graph")
    with coinstore.open() as store:
        mark(graph_named(store.engine, name))
        for written in write_graph(load(store, name), output):
            click.echo(written)


@click.command(cls=Command)
@click.argument("space", required=False)
@options.face()
@options.output("Also draw it, as FILE.png or .svg.")
@listing
def sweep(space: str | None, face: str, output: Path | None, form: str) -> None:
    """Show how a graph falls apart as the threshold rises.

    Use it to choose a threshold for a graph of SPACE.

    \b
    coinstore graph sweep
    coinstore graph sweep hog --face both -o sweep.svg
    """
    from coinstore.db import call
    from coinstore.spaces.catalogue import known

    if output is not None:
        check_path(output, PLOT, "plot")
    with coinstore.open() as store:
        space = space or store.spaces.default
        trained = known(store.engine, space).trained
        found = [dict(row) for row in call.read(store.engine, "api.threshold_sweep", space=space, face=face)]
        if output is not None and found:
            from coinstore.pages.plots.write import write_sweep

            write_sweep(store.engine, space, face, output, found=found)
    rows = [row | {"trained": trained} for row in found]
    print_rows(rows, SWEEP, form, empty=f"There is nothing to compare; run: coinstore embed {space}")
    if form != "table" or not found:
        return
    mark({"space": space, "trained": trained, "sees": ()})
    if found[0]["coins"] < found[0]["of_coins"]:
        notice(f"On a sample of {found[0]['coins']:,} of {found[0]['of_coins']:,} coins.")
    if output is not None:
        click.echo(output)


@click.command(cls=Command)
@click.argument("name", metavar="GRAPH")
@click.option("--algorithm", type=ALGORITHMS, default="leiden", show_default=True)
@click.option(
    "--label", default="collection", show_default=True, help="A column of api.coins that colours the bars."
)
@options.output("FILE.png or .svg.", required=True)
def plot(name: str, algorithm: str, label: str, output: Path) -> None:
    """Draw the communities of GRAPH: size and contents.

    \b
    coinstore graph plot hog_obverse -o communities.svg
    coinstore graph plot hog_obverse --label type -o communities.svg
    """
    from coinstore.pages.plots.write import write_communities

    check_path(output, PLOT, "plot")
    with coinstore.open() as store:
        write_communities(store.engine, name, output, algorithm=algorithm, label=label)
    click.echo(output)


@click.command(cls=Command)
@click.argument("name", metavar="GRAPH")
@options.output("FILE.html; it works from disk, without a network.", required=True)
@click.option("--seed", default=0, show_default=True, help="For the layout.")
@options.outlines()
def page(name: str, output: Path, seed: int, outlines: bool) -> None:
    """Write GRAPH as an HTML page to explore.

    On the page you can zoom, search, colour, and click a coin for its card.

    \b
    coinstore graph page hog_obverse -o network.html
    """
    from coinstore.pages.explore.network import network_steps
    from coinstore.pages.explore.steps import Drawing

    check_path(output, PAGE, "page")
    with coinstore.open() as store:
        follow_page(network_steps(store.engine, name, output, Drawing(seed, outlines)))

"""coinstore graph build: finds neighbours and stores them as a graph."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

import coinstore

from .graph_files import mark
from .shared import options
from .shared.commands import Command
from .shared.output import notice
from .shared.progress import bars

if TYPE_CHECKING:
    from coinstore.graph.build import CoinsGathered, GraphBuilt, GraphSteps
    from coinstore.graph.catalogue import GraphRequest


@click.command(cls=Command)
@click.argument("space", required=False)
@options.face()
@options.k("Neighbours of each coin.")
@options.where("api.sides (of api.coins with --face both)")
@click.option("--across-collections", is_flag=True, help="Only neighbours of other collections.")
@click.option("--name", help="The name of the graph.  [default: SPACE_FACE]")
@click.option(
    "--exact/--by-index",
    default=None,
    help="Compare all with all, or search by an index.  [default: exact up to 5,000 coins]",
)
@click.option(
    "--update", is_flag=True, help="Add what is new to the graph, with the settings it was built with."
)
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="Sessions that share the work.",
)
@click.option("--seed", default=0, show_default=True, help="For the coins on which the index is checked.")
@click.pass_context
def build(context: click.Context, space: str | None, **given: Any) -> None:
    """Find the nearest neighbours in SPACE and store a graph.

    Each coin has k neighbours. A graph of the same name is replaced in one transaction, together with its
    analysis; verdicts stay.

    \b
    coinstore graph build
    coinstore graph build hog --face both -k 5 --across-collections --workers 2
    coinstore graph build hog --name denarii --where "denomination = 'Denarius'"
    coinstore graph build hog --update
    """
    from coinstore.graph.build import build_graph, update_graph
    from coinstore.graph.catalogue import GraphRequest, graph_named

    workers, seed = given["workers"], given["seed"]
    with coinstore.open() as store:
        wanted = GraphRequest(
            space or store.spaces.default,
            *(given[name] for name in ("face", "k", "where", "across_collections", "exact")),
        )
        name = given["name"] or _name(wanted)
        if given["update"]:
            _refuse_changes(context, wanted, graph_named(store.engine, name))
            steps = update_graph(store.engine, name, workers=workers, seed=seed)
        else:
            steps = build_graph(store.engine, name, wanted, workers=workers, seed=seed)
        gathered, built = _follow(f"Neighbours for {name}", steps)
        stored = graph_named(store.engine, name)
    how = "all compared with all" if built.exact else f"by index, recall {built.recall:.3f} on a sample"
    notice(f"{name}: {built.coins:,} coins, {built.edges:,} edges in {built.seconds:.1f} s, {how}.")
    mark(stored)
    _say_lacking(stored, gathered, built)
    notice(f"Look closer: coinstore graph analyse {name}; coinstore graph page {name} -o {name}.html")


def _say_lacking(stored: Any, gathered: CoinsGathered, built: GraphBuilt) -> None:
    """Says which coins are not in a graph, and where there are fewer neighbours than requested."""
    if gathered.left_out:
        lacking = (
            "a vector of either face" if stored["face"] == "both" else f"a vector of the {stored['face']}"
        )
        some = "1 coin is" if gathered.left_out == 1 else f"{gathered.left_out:,} coins are"
        notice(f"{some} left out, without {lacking} in {stored['space']}.")
    if not built.edges:
        notice("No coin has a neighbour: no coin of another collection meets the condition.")
    elif built.coins <= stored["k"] and not stored["across_collections"]:
        notice(f"The graph has {built.coins:,} coins, too few for the {stored['k']} neighbours of -k.")
    elif built.edges < built.coins * stored["k"]:
        average = built.edges / built.coins
        notice(f"Some coins have fewer than {stored['k']} neighbours: {average:.1f} each on average.")


def _name(wanted: GraphRequest) -> str:
    if wanted.where.strip() not in ("", "true"):
        raise click.UsageError("A graph of only some coins needs its own name: add --name.")
    return wanted.default_name


def _refuse_changes(context: click.Context, wanted: GraphRequest, stored: Any) -> None:
    from coinstore.graph.catalogue import request_of

    if stored["space"] != wanted.space:
        raise click.UsageError(f"{stored['graph']} is a graph of {stored['space']}, not of {wanted.space}.")
    given = [
        f"--{name.replace('_', '-')}" if name != "k" else "-k"
        for name in ("k", "where", "exact", "face", "across_collections")
        if context.get_parameter_source(name) == click.core.ParameterSource.COMMANDLINE
    ]
    was = request_of(stored)
    if given and (wanted != replace(was, exact=wanted.exact) or wanted.exact is not None):
        raise click.UsageError(f"--update keeps what the graph was built with; leave out {', '.join(given)}.")


def _follow(title: str, steps: GraphSteps) -> tuple[CoinsGathered, GraphBuilt]:
    from coinstore.graph.build import CoinsGathered, GraphBuilt, NeighboursFound

    with bars(title) as (progress,), closing(steps):  # closing releases the lock when the run is stopped
        for step in steps:
            match step:
                case CoinsGathered():
                    gathered = step
                    progress.expect(step.coins)
                case NeighboursFound(coins):
                    progress.advance(coins)
                case GraphBuilt():
                    built = step
    return gathered, built

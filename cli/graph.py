"""coinstore graph: who looks like whom, kept as edges, analysed, drawn, taken along."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import Any

import click

import coinstore
from coinstore.db import call
from coinstore.graph.build import (
    CoinsGathered,
    GraphBuilt,
    GraphSteps,
    NeighboursFound,
    build_graph,
    update_graph,
)
from coinstore.graph.catalogue import GraphRequest, drop_graph, graph_named, request_of
from coinstore.search.similar import find_coin

from .graph_files import export, mark, page, plot, sweep
from .shared.output import FACES, named, notice, print_json, print_table
from .shared.progress import bars

SHOWN = [
    "graph",
    "space",
    "face",
    "k",
    "predicate",
    "across_collections",
    "exact",
    "recall",
    "nodes",
    "edges",
]
AGREEMENT = [
    "algorithm",
    "label",
    "coins",
    "label_values",
    "communities",
    "ari",
    "nmi",
    "homogeneity",
    "leaked",
]
VERDICTS = {"same-die": "same die", "same-type": "same type", "no-link": "no link"}


@click.group()
def graph() -> None:
    """The similarity graph: each coin and its nearest neighbours, as rows."""


@graph.command()
@click.argument("space")
@click.option(
    "--face", type=FACES, default="obverse", show_default=True, help="Compare one face, or the coin by both."
)
@click.option(
    "-k", "k", type=click.IntRange(1, 1000), default=10, show_default=True, help="Neighbours of each coin."
)
@click.option("--where", default="true", help="SQL over the columns of api.sides (api.coins by both faces).")
@click.option("--across-collections", is_flag=True, help="Neighbours of other collections alone.")
@click.option("--name", help="Of the graph; else SPACE_FACE.")
@click.option(
    "--exact/--by-index", default=None, help="Compare all with all, or not; else up to 5,000 coins."
)
@click.option("--update", is_flag=True, help="Add what is new to the graph, built as it was.")
@click.option(
    "--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Sessions to share the work."
)
@click.option("--seed", default=0, show_default=True, help="Of the coins on which the index is checked.")
@click.pass_context
def build(context: click.Context, space: str, **options: Any) -> None:
    """Find each coin's k nearest neighbours in SPACE and keep them as a graph.

    A graph of that name is replaced in one moment, with what was found in it; verdicts stay.

    \b
    coinstore graph build hog
    coinstore graph build hog --face coin -k 5 --across-collections --workers 2
    coinstore graph build hog --name denarii --where "denomination = 'Denarius'"
    coinstore graph build hog --update
    """
    wanted = GraphRequest(
        space, *(options[name] for name in ("face", "k", "where", "across_collections", "exact"))
    )
    name = options["name"] or _name(wanted)
    workers, seed = options["workers"], options["seed"]
    with coinstore.open() as store:
        if options["update"]:
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
    notice(f"Look closer: coinstore graph analyse {name}; coinstore graph page {name} --out {name}.html")


def _say_lacking(stored: Any, gathered: CoinsGathered, built: GraphBuilt) -> None:
    """Says which coins are not in a graph, and where there are fewer neighbours than were asked for."""
    if gathered.left_out:
        lacking = (
            "a vector of either face" if stored["face"] == "coin" else f"a vector of the {stored['face']}"
        )
        some = "1 coin is" if gathered.left_out == 1 else f"{gathered.left_out:,} coins are"
        notice(f"{some} left out, without {lacking} in {stored['space']}.")
    if not built.edges:
        notice("No coin has a neighbour in it: none of another collection passes.")
    elif built.coins <= stored["k"] and not stored["across_collections"]:
        notice(f"There are {built.coins:,} coins in it, too few for the {stored['k']} neighbours of -k.")
    elif built.edges < built.coins * stored["k"]:
        notice(
            f"Some coins have fewer than {stored['k']} neighbours: {built.edges / built.coins:.1f} each on average."
        )


def _name(wanted: GraphRequest) -> str:
    if wanted.where.strip() not in ("", "true"):
        raise click.UsageError("A graph of some coins wants a name of its own: add --name.")
    return wanted.default_name


def _refuse_changes(context: click.Context, wanted: GraphRequest, stored: Any) -> None:
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
    with bars(title) as (progress,), closing(steps):  # closed here: a stopped run lets its lock go
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


@graph.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="An array for machines.")
def list_graphs(as_json: bool) -> None:
    """List the graphs: in which space, of which coins, exact or by an index."""
    with coinstore.open() as store:
        found = [dict(row) for row in call.look(store.engine, "api.graphs")]
    if as_json:
        print_json(found)
        return
    if not found:
        notice("There are no graphs yet; run: coinstore graph build SPACE")
        return
    print_table(
        [row | {"predicate": None if row["predicate"] == "true" else row["predicate"]} for row in found],
        SHOWN,
    )
    for row in found:
        mark(row)


@graph.command()
@click.argument("name", metavar="GRAPH")
@click.option("--yes", is_flag=True, help="Do not ask.")
def drop(name: str, yes: bool) -> None:
    """Drop GRAPH with what was found in it; verdicts stay."""
    with coinstore.open() as store:
        graph_named(store.engine, name)
        if not yes:
            click.confirm(f"Drop the graph {name}?", abort=True, err=True)
        drop_graph(store.engine, name)
    notice(f"{name} is dropped.")


@graph.command(name="analyse")
@click.argument("name", metavar="GRAPH")
@click.option("--seed", default=0, show_default=True, help="Of communities, and of sampled betweenness.")
@click.option("--resolution", default=1.0, show_default=True, help="Above 1: more and smaller communities.")
@click.option(
    "--label",
    "labels",
    multiple=True,
    default=["type", "collection"],
    help="Columns of api.coins to compare with.",
)
@click.option("--json", "as_json", is_flag=True, help="One object for machines.")
def analyse_(name: str, seed: int, resolution: float, labels: tuple[str, ...], as_json: bool) -> None:
    """Find components, communities, central coins and bridges in GRAPH, and keep them as rows.

    Communities are compared with what the records say: 1 is full agreement, 0 (adjusted Rand index) chance.

    \b
    coinstore graph analyse hog_obverse
    coinstore graph analyse hog_obverse --label mint --label denomination --json
    """
    from coinstore.graph.algorithms import ALGORITHMS, AnalysisOptions
    from coinstore.graph.analyse import analyse_graph

    with coinstore.open() as store:
        stored = graph_named(store.engine, name)
        for label in labels:  # refused before the work
            call.read(store.engine, "part.check_label", label=label, face=stored["face"])
        if not stored["edges"]:
            notice(
                f"There is no edge in {name}, so that there is nothing to find in it: each coin is by itself."
            )
        with bars(f"Analysing {name}") as (progress,):
            progress.expect(len(ALGORITHMS))
            for _ in analyse_graph(store.engine, name, AnalysisOptions(seed, resolution)):
                progress.advance(1)
        runs = [dict(row) for row in call.look(store.engine, "api.graph_runs") if row["graph"] == name]
        agreement = _agreement(store, name, labels)
    if as_json:
        print_json({"runs": runs, "agreement": agreement})
    else:
        print_table(
            [run | {"found": _said(run["result"])} for run in runs], ["algorithm", "seed", "seconds", "found"]
        )
        print_table(agreement, [*AGREEMENT])
    for row in agreement:
        if row["leaked"] and row["algorithm"] == "leiden":
            notice(
                f"{row['label']} went into the vectors of {stored['space']}, or may have: its agreement is a leak."
            )
    mark(stored)


def _agreement(store: coinstore.Store, name: str, labels: tuple[str, ...]) -> list[dict[str, Any]]:
    return [
        {"algorithm": algorithm, "label": label} | dict(row)
        for algorithm in ("louvain", "leiden")
        for label in labels
        for row in call.read(
            store.engine, "api.community_agreement", graph=name, label=label, algorithm=algorithm
        )
    ]


def _said(result: dict[str, Any]) -> str:
    shown = {
        name: f"{value:.4g}" if isinstance(value, float) else str(value) for name, value in result.items()
    }
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in shown.items())


@graph.command()
@click.argument("coin")
@click.argument("neighbour")
@click.argument("verdict", type=click.Choice([*VERDICTS, "none"]))
@click.option("--face", type=FACES, default="obverse", show_default=True)
@click.option("--by", "said_by", required=True, callback=named, help="Who says so.")
@click.option("--note", help="Why.")
def verdict(coin: str, neighbour: str, verdict: str, note: str | None, **of: str) -> None:
    """Keep what you saw in a pair of coins; no rebuilding of a graph touches it. `none` takes it back.

    \b
    coinstore graph verdict "LM 0001" "HH 0087" same-die --by "A. Curator" --note "die break at IMP"
    """
    with coinstore.open() as store:
        pair = {"coin": find_coin(store.engine, coin), "neighbour": find_coin(store.engine, neighbour)} | of
        if verdict == "none":
            was_there = call.run(store.engine, "job.drop_verdict", **pair)
            notice(
                "Taken back."
                if was_there
                else f"{of['said_by']} has said nothing of this pair by {of['face']}."
            )
            return
        call.run(store.engine, "job.store_verdict", **pair, verdict=VERDICTS[verdict], note=note)
        said_by = pair.pop("said_by")
        others = call.read(store.engine, "part.verdicts_of_pair", **pair)
    notice(f"Kept: {VERDICTS[verdict]}, says {said_by}. See api.verdicts, and api.edges.verdict on edges.")
    for other in others:
        if other["said_by"] != said_by and (other["verdict"] == "no link") != (verdict == "no-link"):
            notice(
                f"{other['said_by']} says otherwise: {other['verdict']}, {other['said_at']:%Y-%m-%d}. Both are kept."
            )


@graph.command("default")
@click.argument("name", metavar="GRAPH", required=False)
def default(name: str | None) -> None:
    """Say which graph stands for all in api.coin_overview, or make GRAPH that one.

    
    coinstore graph default hog_debiased_obverse
    """
    with coinstore.open() as store:
        if name:
            call.run(store.engine, "job.choose_graph", graph=name)
        found = call.look(store.engine, "part.default_graph")
    if not found:
        notice("There is no graph yet; run: coinstore graph build SPACE")
        return
    click.echo(found[0]["graph"])
    if not found[0]["chosen"]:
        notice("Nobody chose it: it is the newest that was analysed. Another: coinstore graph default GRAPH")


for command in (sweep, export, plot, page):
    graph.add_command(command)

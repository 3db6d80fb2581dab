"""coinstore graph: which coins look alike, stored as edges, analysed, drawn and exported."""

from __future__ import annotations

from typing import Any

import click

import coinstore

from .graph_build import build
from .graph_files import export, mark, page, plot, sweep
from .shared import options
from .shared.commands import Group
from .shared.options import destructive, listing
from .shared.output import notice, print_json, print_rows, print_table
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


@click.group(cls=Group)
def graph() -> None:
    """Similarity graphs: each coin and its nearest neighbours, as rows.

    \b
    coinstore graph build hog
    """


@graph.command("list")
@listing
def list_graphs(form: str) -> None:
    """List the graphs: space, coins, edges, exact or by index.

    \b
    coinstore graph list
    """
    with coinstore.open() as store:
        found = store.graphs.list().to_dicts()
    rows = found
    if form == "table":  # a condition that leaves out nothing is not shown
        rows = [
            row | {"predicate": None if row["predicate"] == "true" else row["predicate"]} for row in found
        ]
    print_rows(rows, SHOWN, form, empty="There are no graphs yet; run: coinstore graph build")
    if form == "table":
        for row in found:
            mark(row)


@graph.command()
@click.argument("name", metavar="GRAPH")
@destructive("Drop the graph {name}?")
def drop(name: str) -> None:
    """Drop GRAPH and its analysis; verdicts stay.

    \b
    coinstore graph drop hog_obverse
    """
    from coinstore.graph.catalogue import drop_graph, graph_named

    with coinstore.open() as store:
        graph_named(store.engine, name)
        drop_graph(store.engine, name)
    notice(f"Dropped {name}.")


@graph.command()
@click.argument("name", metavar="GRAPH")
@click.option("--seed", default=0, show_default=True, help="For communities, and for sampled betweenness.")
@click.option("--resolution", default=1.0, show_default=True, help="Above 1: more and smaller communities.")
@click.option(
    "--label",
    "labels",
    multiple=True,
    default=["type", "collection"],
    help="Columns of api.coins to compare communities with.  [default: type, collection]",
)
@options.as_json
def analyse(name: str, seed: int, resolution: float, labels: tuple[str, ...], as_json: bool) -> None:
    """Find communities, central coins and bridges in GRAPH.

    Components, communities, centralities and bridges are stored as rows. Communities are compared with
    the records: 1 is full agreement, 0 (adjusted Rand index) is chance.

    \b
    coinstore graph analyse hog_obverse
    coinstore graph analyse hog_obverse --label mint --label denomination --json
    """
    from coinstore.db import call
    from coinstore.graph.algorithms import ALGORITHMS, AnalysisOptions
    from coinstore.graph.analyse import analyse_graph
    from coinstore.graph.catalogue import graph_named

    with coinstore.open() as store:
        stored = graph_named(store.engine, name)
        for label in labels:  # refused before the work
            call.read(store.engine, "part.check_label", label=label, face=stored["face"])
        if not stored["edges"]:
            notice(f"{name} has no edges; there is nothing to analyse.")
        with bars(f"Analysing {name}") as (progress,):
            progress.expect(len(ALGORITHMS))
            for _ in analyse_graph(store.engine, name, AnalysisOptions(seed, resolution)):
                progress.advance(1)
        runs = [dict(row) for row in call.look(store.engine, "api.graph_runs") if row["graph"] == name]
        agreement = _agreement(store, name, labels)
    _print_analysis(runs, agreement, as_json)
    for row in agreement:
        if row["leaked"] and row["algorithm"] == "leiden":
            notice(
                f"{row['label']} is, or may be, in the vectors of {stored['space']}: its agreement is a leak."
            )
    mark(stored)


def _agreement(store: coinstore.Store, name: str, labels: tuple[str, ...]) -> list[dict[str, Any]]:
    from coinstore.db import call

    return [
        {"algorithm": algorithm, "label": label} | dict(row)
        for algorithm in ("louvain", "leiden")
        for label in labels
        for row in call.read(
            store.engine, "api.community_agreement", graph=name, label=label, algorithm=algorithm
        )
    ]


def _print_analysis(runs: list[dict[str, Any]], agreement: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        print_json({"runs": runs, "agreement": agreement})
        return
    shown = [run | {"found": _found(run["result"])} for run in runs]
    print_table(shown, ["algorithm", "seed", "seconds", "found"])
    print_table(agreement, AGREEMENT)


def _found(result: dict[str, Any]) -> str:
    shown = {
        name: f"{value:.4g}" if isinstance(value, float) else str(value) for name, value in result.items()
    }
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in shown.items())


@graph.command()
@click.argument("coin")
@click.argument("neighbour")
@click.argument("verdict", type=click.Choice([*VERDICTS, "none"]))
@options.face("The face that you compared, or both.")
@options.person(required=True)
@click.option("--note", help="Why.")
def verdict(coin: str, neighbour: str, verdict: str, person: str, **given: Any) -> None:
    """Store your verdict on a pair of coins.

    same-type says: of one type, but not of one die; by both faces it says nothing about dies. Rebuilding a
    graph keeps a verdict. `none` takes it back. Many verdicts from a file: coinstore match verdicts

    \b
    coinstore graph verdict "LM 0001" "HH 0087" same-die --as "A. Curator"
    coinstore graph verdict "LM 0001" "HH 0087" same-die --as "A. Curator" --note "die break at IMP"
    """
    from coinstore.db import call
    from coinstore.search.similar import find_coin

    with coinstore.open() as store:
        coins = {"coin": find_coin(store.engine, coin), "neighbour": find_coin(store.engine, neighbour)}
        pair = coins | {"face": given["face"]}
        if verdict == "none":
            was_there = call.run(store.engine, "job.drop_verdict", **pair, said_by=person)
            notice("Taken back." if was_there else f"{person} has no verdict on this pair by {pair['face']}.")
            return
        kept = {"said_by": person, "verdict": VERDICTS[verdict], "note": given["note"]}
        call.run(store.engine, "job.store_verdict", **pair, **kept)
        others = call.read(store.engine, "part.verdicts_of_pair", **pair)
    notice(f"Stored: {VERDICTS[verdict]}, says {person}. See api.verdicts, and api.edges.verdict on edges.")
    for other in others:
        if other["said_by"] != person and (other["verdict"] == "no link") != (verdict == "no-link"):
            day = f"{other['said_at']:%Y-%m-%d}"
            notice(f"{other['said_by']} disagrees: {other['verdict']}, {day}. Both are kept.")


@graph.command()
@click.argument("name", metavar="GRAPH", required=False)
def default(name: str | None) -> None:
    """Show or choose the graph that api.coin_overview uses.

    \b
    coinstore graph default
    coinstore graph default hog_debiased_obverse
    """
    from coinstore.db import call

    with coinstore.open() as store:
        if name:
            call.run(store.engine, "job.choose_graph", graph=name)
        found = call.look(store.engine, "part.default_graph")
    if not found:
        notice("There is no graph yet; run: coinstore graph build")
        return
    click.echo(found[0]["graph"])
    if not found[0]["chosen"]:
        notice("No default is set; this is the most recently analysed graph.")
        notice("Set one: coinstore graph default GRAPH")


for command in (build, sweep, export, plot, page):
    graph.add_command(command)

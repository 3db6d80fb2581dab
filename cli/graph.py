"""coinstore graph: who looks like whom, kept as edges, analysed, drawn, taken along."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import click

import coinstore
from coinstore.db import call
from coinstore.graph import build as building
from coinstore.graph.build import Built, Found, Gathered, Wanted
from coinstore.neighbours import find_coin

from .output import notice, print_json, print_table
from .progress import bars

SHOWN = ["graph", "space", "face", "k", "predicate", "across_collections", "exact", "recall", "nodes", "edges"]
VERDICTS = {"same-die": "same die", "same-type": "same type", "no-link": "no link"}
FACES = click.Choice(["obverse", "reverse", "coin"])
ALGORITHMS = click.Choice(["leiden", "louvain", "components"])
OUT = click.Path(dir_okay=False, path_type=Path)


@click.group()
def graph() -> None:
    """The similarity graph: each coin and its nearest neighbours, as rows."""


@graph.command()
@click.argument("space")
@click.option("--face", type=FACES, default="obverse", show_default=True, help="Compare one face, or the coin by both.")
@click.option("-k", "k", type=click.IntRange(1, 1000), default=10, show_default=True, help="Neighbours of each coin.")
@click.option("--where", default="true", help="SQL over the columns of api.sides (api.coins by both faces).")
@click.option("--across-collections", is_flag=True, help="Neighbours of other collections alone.")
@click.option("--name", help="Of the graph; else SPACE_FACE.")
@click.option("--exact/--by-index", default=None, help="Compare all with all, or not; else up to 5,000 coins.")
@click.option("--update", is_flag=True, help="Add what is new to the graph, built as it was.")
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Sessions to share the work.")
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
    wanted = Wanted(space, *(options[name] for name in ("face", "k", "where", "across_collections", "exact")))
    name = options["name"] or _name(wanted)
    workers, seed = options["workers"], options["seed"]
    if options["update"]:
        _refuse_changes(context)
    with coinstore.open() as store:
        if options["update"]:
            steps = building.update_graph(store.engine, name, workers=workers, seed=seed)
        else:
            steps = building.build_graph(store.engine, name, wanted, workers=workers, seed=seed)
        built = _follow(f"Neighbours for {name}", steps)
        stored = building.graph_named(store.engine, name)
    how = "all compared with all" if built.exact else f"by index, recall {built.recall:.3f} on a sample"
    notice(f"{name}: {built.coins:,} coins, {built.edges:,} edges in {built.seconds:.1f} s, {how}.")
    _mark(stored)
    notice(f"Look closer: coinstore graph analyse {name}; coinstore graph page {name} --out {name}.html")


def _name(wanted: Wanted) -> str:
    if wanted.where.strip() not in ("", "true"):
        raise click.UsageError("A graph of some coins wants a name of its own: add --name.")
    return f"{wanted.space}_{wanted.face}" + ("_across" if wanted.across_collections else "")


def _refuse_changes(context: click.Context) -> None:
    given = [
        f"--{name.replace('_', '-')}" if name != "k" else "-k"
        for name in ("k", "where", "exact")
        if context.get_parameter_source(name) == click.core.ParameterSource.COMMANDLINE
    ]
    if given:
        raise click.UsageError(f"--update keeps what the graph was built with; leave out {', '.join(given)}.")


def _follow(title: str, steps: building.Steps) -> Built:
    with bars(title) as (progress,), closing(steps):  # closed here: a stopped run lets its lock go
        for step in steps:
            match step:
                case Gathered(coins):
                    progress.expect(coins)
                case Found(coins):
                    progress.advance(coins)
                case Built():
                    built = step
    return built


def _mark(stored: Any) -> None:
    if not stored["trained"]:
        notice(f"The weights of {stored['space']} were drawn at random: nearness means nothing in this graph.")


@graph.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="An array for machines.")
def list_graphs(as_json: bool) -> None:
    """List the graphs: in which space, of which coins, exact or by an index."""
    with coinstore.open() as store:
        found = [dict(row) for row in call.look(store.engine, "api.graphs")]
    if as_json:
        print_json(found)
        return
    print_table(found, SHOWN)
    for row in found:
        _mark(row)


@graph.command()
@click.argument("name", metavar="GRAPH")
@click.option("--yes", is_flag=True, help="Do not ask.")
def drop(name: str, yes: bool) -> None:
    """Drop GRAPH with what was found in it; verdicts stay."""
    with coinstore.open() as store:
        building.graph_named(store.engine, name)
        if not yes:
            click.confirm(f"Drop the graph {name}?", abort=True, err=True)
        building.drop_graph(store.engine, name)
    notice(f"{name} is dropped.")


@graph.command(name="analyse")
@click.argument("name", metavar="GRAPH")
@click.option("--seed", default=0, show_default=True, help="Of communities, and of sampled betweenness.")
@click.option("--resolution", default=1.0, show_default=True, help="Above 1: more and smaller communities.")
@click.option(
    "--label", "labels", multiple=True, default=["type", "collection"], help="Columns of api.coins to compare with."
)
@click.option("--json", "as_json", is_flag=True, help="One object for machines.")
def analyse_(name: str, seed: int, resolution: float, labels: tuple[str, ...], as_json: bool) -> None:
    """Find components, communities, central coins and bridges in GRAPH, and keep them as rows.

    Communities are compared with what the records say: 1 is full agreement, 0 (adjusted Rand index) chance.

    \b
    coinstore graph analyse hog_obverse
    coinstore graph analyse hog_obverse --label mint --label denomination --json
    """
    from coinstore.graph import analyse

    with coinstore.open() as store:
        stored = building.graph_named(store.engine, name)
        with bars(f"Analysing {name}") as (progress,):
            progress.expect(len(analyse.ALGORITHMS))
            for _ in analyse.analyse_graph(store.engine, name, analyse.Options(seed, resolution)):
                progress.advance(1)
        runs = [dict(row) for row in call.look(store.engine, "api.graph_runs") if row["graph"] == name]
        agreement = _agreement(store, name, labels)
    if as_json:
        print_json({"runs": runs, "agreement": agreement})
    else:
        print_table([run | {"found": _said(run["result"])} for run in runs], ["algorithm", "seed", "seconds", "found"])
        print_table(agreement, ["algorithm", "label", "coins", "values", "communities", "ari", "nmi", "homogeneity"])
    for row in agreement:
        if row["leaked"] and row["algorithm"] == "leiden":
            notice(f"{row['label']} went into the vectors of {stored['space']}, or may have: its agreement is a leak.")
    _mark(stored)


def _agreement(store: coinstore.Store, name: str, labels: tuple[str, ...]) -> list[dict[str, Any]]:
    return [
        {"algorithm": algorithm, "label": label} | dict(row)
        for algorithm in ("louvain", "leiden")
        for label in labels
        for row in call.read(store.engine, "api.community_agreement", graph=name, label=label, algorithm=algorithm)
    ]


def _said(result: dict[str, Any]) -> str:
    shown = {name: f"{value:.4g}" if isinstance(value, float) else str(value) for name, value in result.items()}
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in shown.items())


@graph.command()
@click.argument("name", metavar="GRAPH")
@click.option("--out", "path", type=OUT, required=True, help="NAME.graphml, .gexf, .json (node-link) or .csv.")
def export(name: str, path: Path) -> None:
    """Write GRAPH as a file for Gephi, Cytoscape or a spreadsheet, with the coins' metadata.

    \b
    coinstore graph export hog_obverse --out hog.graphml
    coinstore graph export hog_obverse --out hog.csv       # hog.nodes.csv and hog.edges.csv
    """
    from coinstore.graph.export import check_suffix, write_graph
    from coinstore.graph.form import load

    check_suffix(path)
    with coinstore.open() as store:
        for written in write_graph(load(store, name), path):
            click.echo(written)


@graph.command()
@click.argument("space")
@click.option("--face", type=FACES, default="obverse", show_default=True, help="Compare one face, or the coin by both.")
@click.option("--out", "path", type=OUT, help="A picture of it, too: NAME.png or .svg.")
@click.option("--json", "as_json", is_flag=True, help="An array for machines.")
def sweep(space: str, face: str, path: Path | None, as_json: bool) -> None:
    """Show how the graph of SPACE falls apart as the threshold rises, before one is chosen.

    \b
    coinstore graph sweep hog
    coinstore graph sweep hog --face coin --out sweep.svg
    """
    with coinstore.open() as store:
        found = [dict(row) for row in call.read(store.engine, "api.threshold_sweep", space=space, face=face)]
        if path is not None and found:
            from coinstore.pages.plots import write_sweep

            write_sweep(store.engine, space, face, path, found=found)
    if as_json:
        print_json(found)
        return
    if not found:
        notice(f"There is nothing to compare; run: coinstore embed {space}")
        return
    columns = ["rule", "similarity", "percentile", "k", "edges", "components", "isolates", "largest"]
    print_table(found, columns)
    if found[0]["coins"] < found[0]["of_coins"]:
        notice(f"On a sample of {found[0]['coins']:,} of {found[0]['of_coins']:,} coins.")
    if path is not None:
        click.echo(path)


@graph.command()
@click.argument("name", metavar="GRAPH")
@click.option(
    "--algorithm", type=click.Choice(["leiden", "louvain", "components"]), default="leiden", show_default=True
)
@click.option("--label", default="collection", show_default=True, help="A column of api.coins that colours the bars.")
@click.option("--out", "path", type=OUT, required=True, help="NAME.png or .svg.")
def plot(name: str, algorithm: str, label: str, path: Path) -> None:
    """Draw the communities of GRAPH: how large they are, and of what.

    \b
    coinstore graph plot hog_obverse --out communities.svg --label type
    """
    from coinstore.pages.plots import write_communities

    with coinstore.open() as store:
        write_communities(store.engine, name, path, algorithm=algorithm, label=label)
    click.echo(path)


@graph.command()
@click.argument("name", metavar="GRAPH")
@click.option("--out", "path", type=OUT, required=True, help="NAME.html; works from disk, with no network.")
@click.option("--seed", default=0, show_default=True, help="Of the layout.")
def page(name: str, path: Path, seed: int) -> None:
    """Write GRAPH as a page to look at: zoom, search, colour, click a coin for its card.

    \b
    coinstore graph page hog_obverse --out network.html
    """
    from coinstore.pages.network import write_network

    with coinstore.open() as store:
        write_network(store.engine, name, path, seed=seed)
    click.echo(path)


@graph.command()
@click.argument("coin")
@click.argument("neighbour")
@click.argument("verdict", type=click.Choice([*VERDICTS, "none"]))
@click.option("--face", type=FACES, default="obverse", show_default=True)
@click.option("--by", "said_by", required=True, help="Who says so.")
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
            notice("Taken back." if was_there else f"{of['said_by']} has said nothing of this pair by {of['face']}.")
            return
        call.run(store.engine, "job.store_verdict", **pair, verdict=VERDICTS[verdict], note=note)
    notice(f"Kept: {VERDICTS[verdict]}, says {of['said_by']}. See api.verdicts, and api.edges.verdict on edges.")

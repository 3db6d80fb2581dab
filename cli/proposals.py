"""coinstore proposals: what models say of coins that lack a value, for people to decide."""

from __future__ import annotations

from typing import Any

import click

import coinstore
from coinstore.curation import proposals as deciding
from coinstore.curation.proposals import ProposalFilter
from coinstore.db import call

from .shared.output import named, notice, print_csv, print_json, print_table, refuse_two_forms

ID = click.IntRange(1, 2**31 - 1)
SHOWN = [
    "proposal_id",
    "classifier_id",
    "model",
    "face",
    "collection",
    "inventory_number",
    "label",
    "value",
    "certainty",
    "held_out_accuracy",
    "state",
    "decided_by",
]
CLASSIFIERS = [
    "classifier_id",
    "label",
    "model",
    "spaces",
    "face",
    "coins",
    "accuracy",
    "macro_f1",
    "majority_accuracy",
    "proposed",
    "accepted",
    "rejected",
    "made_at",
]
CERTAINTY = click.FloatRange(0, 1)


@click.group()
def proposals() -> None:
    """Values that `coinstore classify` proposes: listed, accepted, rejected by people."""


@proposals.command(name="list")
@click.option("--label", help="Of this label alone.")
@click.option("--least", type=CERTAINTY, default=0.0, help="Of this certainty or above.")
@click.option("--where", default="true", help="SQL over the columns of api.proposals.")
@click.option("--state", type=click.Choice(["proposed", "accepted", "rejected"]), help="In this state alone.")
@click.option("--classifier", type=ID, help="Of this classifier alone.")
@click.option("--json", "as_json", is_flag=True, help="An array for machines.")
@click.option("--csv", "as_csv", is_flag=True, help="For a spreadsheet.")
def list_proposals(as_json: bool, as_csv: bool, **which: Any) -> None:
    """List proposals, the surest first.

    \b
    coinstore proposals list --label portrait --least 0.9
    coinstore proposals list --where "collection = 'British Museum' and state = 'proposed'" --csv
    """
    refuse_two_forms(as_json, as_csv)
    with coinstore.open() as store:
        rows = deciding.list_proposals(store.engine, ProposalFilter(**which))
    if as_json:
        print_json(rows)
        return
    if as_csv:
        more = ["decided_at", "note", "model", "spaces", "face", "made_at", "trained", "leaked"]
        print_csv([{**row, "spaces": " + ".join(row["spaces"])} for row in rows], [*SHOWN, *more])
        return
    print_table(rows, SHOWN)
    if not rows:
        notice("There is none. Make some: coinstore classify LABEL --space SPACE")
    _mark(rows)


@proposals.command()
@click.argument("ids", nargs=-1, type=ID, metavar="[ID]...")
@click.option(
    "--all-above", type=CERTAINTY, metavar="CERTAINTY", help="All open ones of this certainty or above."
)
@click.option("--label", help="With --all-above: of this label alone.")
@click.option("--where", help="With --all-above: SQL over the columns of api.proposals.")
@click.option("--by", "said_by", required=True, callback=named, help="Who decides.")
@click.option("--note", help="Why.")
@click.option("--json", "as_json", is_flag=True, help="One object for machines.")
def accept(ids: tuple[int, ...], said_by: str, note: str | None, as_json: bool, **which: Any) -> None:
    """Accept proposals: coins that lack the value get it, as said by you. Nothing is overwritten.

    \b
    coinstore proposals accept 12 15 --by "A. Curator" --note "seen at the tray"
    coinstore proposals accept --all-above 0.95 --label portrait --by "A. Curator"
    """
    with coinstore.open() as store:
        chosen = _chosen(store, ids, which)
        done = deciding.accept_proposals(store.engine, chosen, said_by, note)
    if as_json:
        print_json({"accepted": done.accepted, "unchanged": done.unchanged, "occupied": done.occupied})
    notice(f"{done.accepted:,} accepted by {said_by}; {done.unchanged:,} were so before.")
    if done.occupied:
        notice(
            f"{done.occupied:,} not: their coins have another value by now. Reject them, or correct the record."
        )


@proposals.command()
@click.argument("ids", nargs=-1, required=True, type=ID, metavar="ID...")
@click.option("--by", "said_by", required=True, callback=named, help="Who decides.")
@click.option("--note", help="Why.")
@click.option("--json", "as_json", is_flag=True, help="One object for machines.")
def reject(ids: tuple[int, ...], said_by: str, note: str | None, as_json: bool) -> None:
    """Reject proposals; what a coin has from one that was accepted is taken back. They are not proposed again.

    \b
    coinstore proposals reject 13 --by "A. Curator" --note "Titus, by the legend"
    """
    with coinstore.open() as store:
        done = deciding.reject_proposals(store.engine, ids, said_by, note)
    if as_json:
        print_json({"rejected": done.rejected, "unchanged": done.unchanged, "taken_back": done.taken_back})
    notice(
        f"{done.rejected:,} rejected by {said_by}; {done.unchanged:,} were so before; "
        f"of {done.taken_back:,} coins a value was taken back."
    )


@proposals.command()
@click.option("--json", "as_json", is_flag=True, help="An array for machines.")
def classifiers(as_json: bool) -> None:
    """List the classifiers: of what, how good where groups were held out, and what became of their proposals."""
    with coinstore.open() as store:
        rows = [dict(row) for row in call.look(store.engine, "api.classifiers")]
    if as_json:
        print_json(rows)
        return
    said = [
        row | {"spaces": " + ".join(row["spaces"]), "made_at": f"{row['made_at']:%Y-%m-%d}"} for row in rows
    ]
    print_table(said, CLASSIFIERS)
    _mark(rows)


def _chosen(store: coinstore.Store, ids: tuple[int, ...], which: dict[str, Any]) -> list[int]:
    least = which["all_above"]
    if bool(ids) == (least is not None):
        raise click.UsageError("Name the proposals, or give --all-above CERTAINTY.")
    if ids and (which["label"] or which["where"]):
        raise click.UsageError("--label and --where go with --all-above.")
    if ids:
        return list(ids)
    wanted = ProposalFilter(which["label"], least, which["where"] or "true", "proposed")
    rows = deciding.list_proposals(store.engine, wanted)
    _mark(rows)
    return [row["proposal_id"] for row in rows]


def _mark(rows: Any) -> None:
    if any(row["leaked"] for row in rows):
        notice("LEAKED: some are of a classifier whose space has seen the label, or may have.")
    if any(not row["trained"] for row in rows):
        notice("UNTRAINED: some are of a space with weights drawn at random.")

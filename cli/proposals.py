"""coinstore proposals: values that models propose for coins that lack one, for people to decide."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import Any

import click

import coinstore

from .shared import options
from .shared.commands import Group
from .shared.options import destructive, listing
from .shared.output import notice, print_json, print_rows

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
MORE = ["decided_at", "note", "spaces", "made_at", "trained", "leaked"]
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
SEARCHED = "api.proposals"
Marks = dict[tuple[bool, bool], Any]


@click.group(cls=Group)
def proposals() -> None:
    """Values that `coinstore classify` proposes: list, accept and reject them.

    \b
    coinstore proposals list
    """


@proposals.command("list")
@click.option("--label", help="Only of this label.")
@options.min_certainty("Only of this certainty or above.", default=0.0)
@options.where(SEARCHED)
@click.option("--state", type=click.Choice(["proposed", "accepted", "rejected"]), help="Only in this state.")
@click.option("--classifier", type=ID, help="Only of this classifier.")
@listing
def list_proposals(form: str, **which: Any) -> None:
    """List proposals, the most certain first.

    \b
    coinstore proposals list
    coinstore proposals list --label portrait --min-certainty 0.9
    coinstore proposals list --where "collection = 'British Museum' and state = 'proposed'" --csv
    """
    from coinstore.curation.proposals import ProposalFilter, stream_proposals

    which["least"] = which.pop("min_certainty")
    empty = "There are no proposals. Make some: coinstore classify LABEL --space SPACE"
    marks: Marks = {}
    with (
        coinstore.open() as store,
        closing(stream_proposals(store.engine, ProposalFilter(**which))) as rows,
    ):
        print_rows(_noted(rows, marks), SHOWN, form, columns=SHOWN + MORE, empty=empty)
    _mark(marks.values())


@proposals.command()
@click.argument("ids", nargs=-1, type=ID, metavar="[ID]...")
@options.min_certainty("Instead of IDs: all open proposals of this certainty or above.")
@click.option("--label", help="With --min-certainty: only of this label.")
@options.where(SEARCHED, default=None)
@options.person(required=True)
@click.option("--note", help="Why.")
@options.as_json
def accept(ids: tuple[int, ...], person: str, note: str | None, as_json: bool, **which: Any) -> None:
    """Accept proposals: coins that lack the value get it.

    The value is stored as said by you. Nothing is overwritten.

    \b
    coinstore proposals accept 12 --as "A. Curator"
    coinstore proposals accept 12 15 --as "A. Curator" --note "seen at the tray"
    coinstore proposals accept --min-certainty 0.95 --label portrait --as "A. Curator"
    """
    from coinstore.curation.proposals import accept_proposals

    with coinstore.open() as store:
        done = accept_proposals(store.engine, _chosen(store, ids, which), person, note)
    if as_json:
        print_json({"accepted": done.accepted, "unchanged": done.unchanged, "occupied": done.occupied})
    notice(f"{done.accepted:,} accepted by {person}; {done.unchanged:,} were accepted before.")
    if done.occupied:
        notice(f"{done.occupied:,} not accepted: their coins now have another value.")
        notice("Reject them, or correct the record.")


@proposals.command()
@click.argument("ids", nargs=-1, required=True, type=ID, metavar="ID...")
@options.person(required=True)
@click.option("--note", help="Why.")
@destructive("Reject {ids}? Coins lose the value where it was accepted.")
@options.as_json
def reject(ids: tuple[int, ...], person: str, note: str | None, as_json: bool) -> None:
    """Reject proposals. Coins lose the value of an accepted one. They are not proposed again.

    \b
    coinstore proposals reject 13 --as "A. Curator"
    coinstore proposals reject 13 --as "A. Curator" --note "Titus, by the legend" --yes
    """
    from coinstore.curation.proposals import reject_proposals

    with coinstore.open() as store:
        done = reject_proposals(store.engine, ids, person, note)
    if as_json:
        print_json({"rejected": done.rejected, "unchanged": done.unchanged, "taken_back": done.taken_back})
    notice(
        f"{done.rejected:,} rejected by {person}; {done.unchanged:,} were rejected before;"
        f" {done.taken_back:,} coins lost the value."
    )


@proposals.command()
@listing
def classifiers(form: str) -> None:
    """List the classifiers: label, accuracy, decisions.

    \b
    coinstore proposals classifiers
    """
    from coinstore.db import call

    with coinstore.open() as store:
        rows = [dict(row) for row in call.look(store.engine, "api.classifiers")]
    empty = "There are no classifiers. Make one: coinstore classify LABEL --space SPACE"
    print_rows(rows, CLASSIFIERS, form, empty=empty)
    _mark(rows)


def _chosen(store: coinstore.Store, ids: tuple[int, ...], which: dict[str, Any]) -> list[int]:
    from coinstore.curation.proposals import ProposalFilter, list_proposals

    least = which["min_certainty"]
    if bool(ids) == (least is not None):
        raise click.UsageError("Give either IDs, or --min-certainty SHARE.")
    if ids and (which["label"] or which["where"]):
        raise click.UsageError("--label and --where need --min-certainty.")
    if ids:
        return list(ids)
    rows = list_proposals(
        store.engine, ProposalFilter(which["label"], least, which["where"] or "true", "proposed")
    )
    _mark(rows)
    return [row["proposal_id"] for row in rows]


def _noted(rows: Iterable[Any], marks: Marks) -> Iterator[Any]:
    """The rows as they come; keeps one of each mark."""
    for row in rows:
        marks[row["leaked"], row["trained"]] = row
        yield row


def _mark(rows: Iterable[Any]) -> None:
    if any(row["leaked"] for row in rows):
        notice("LEAKED: the space of some classifiers has seen the label, or may have.")
    if any(not row["trained"] for row in rows):
        notice("UNTRAINED: the space of some classifiers has random weights.")

"""coinstore match: which pairs of coins may be of one die."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import coinstore

from .match_calibrate import calibrate
from .match_queue import queue, refused, verdicts
from .match_show import show
from .shared import logs, options
from .shared.commands import GroupOfNames
from .shared.options import listing
from .shared.output import counted, notice, print_rows
from .shared.progress import reporting

if TYPE_CHECKING:
    from coinstore.dies.match import MatchingDone
    from coinstore.dies.plan import PairsAsked, Planned
    from coinstore.store import Store

LISTED = [
    "probability",
    "face",
    "collection",
    "inventory_number",
    "neighbour_collection",
    "neighbour_inventory_number",
    "type",
    "neighbour_type",
    "verdict",
]
FIGURES = [
    "face",
    "probability",
    "agreeing",
    "inliers",
    "possible",
    "coverage",
    "residual_px",
    "whole",
    "verdict",
]
MOST_TOLD = 10  # photographs that could not be used; the rest is a number


@click.group(
    cls=GroupOfNames,
    invoke_without_command=True,
    options_metavar="[GRAPH | COIN COIN] [OPTIONS]",
    subcommand_metavar="| COMMAND",
)
@click.option(
    "--pairs",
    metavar="FILE.csv",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Compare the pairs of a file: columns coin, neighbour and, if wanted, face; others are ignored.",
)
@click.option("--all", "is_all", is_flag=True, help="Compare all coins with all, up to 2,000 coins.")
@click.option("--face", type=options.FACE, help="With --all or two coins: only this face.")
@options.where("api.sides, with --all")
@click.option(
    "--workers", type=click.IntRange(1), default=1, show_default=True, help="Processes that share the work."
)
@options.limit("Stop after this many pairs.")
@click.option(
    "--detector",
    default="sift",
    show_default=True,
    help="What finds the local features: sift, or orb. The probability was fitted to matches by sift only."
    " Pairs that another one compared are compared again.",
)
@click.option(
    "--any-turn",
    is_flag=True,
    help="The coins may lie any way, not only up to 60° from each other; this takes longer. Pairs that were"
    " compared without it are compared again.",
)
@listing
@click.pass_context
def match(context: click.Context, form: str, names: tuple[str, ...] = (), **given: Any) -> None:
    """Compare pairs of coins for one die, by geometry.

    The pairs are the edges of GRAPH (without a name: of the only graph), those of a file, or two coins. The
    same details must be at the same places on both, under one transform; each pair gets a probability. A pair
    that was compared is compared again only when a photograph or an outline has changed.

    The command can be stopped at any time; run it again, and it goes on. Several may run at once, on several
    machines.

    \b
    coinstore match
    coinstore match hog_obverse --workers 2
    coinstore match "LM 0001" "HH 0087"
    coinstore match --all --face obverse --where "type = 'Class I'"
    coinstore match eye_reverse --any-turn
    """
    if context.invoked_subcommand:
        return
    _check(names, form, given)
    with coinstore.open() as store:
        if len(names) == 2:
            _compare(store, names, given, form)
        else:
            asked, faults = _asked(store, names, given)
            if asked.pairs or not given["pairs"]:
                _match(store, asked, given["workers"], given["limit"])
            elif not faults:
                notice(f"{given['pairs']} names no pairs.")
            refused(faults)


def _check(names: tuple[str, ...], form: str, given: dict[str, Any]) -> None:
    if sum([bool(names), given["pairs"] is not None, given["is_all"]]) > 1 or len(names) > 2:
        raise click.UsageError("Give either GRAPH, two coins, --pairs FILE or --all.")
    if given["face"] and not (given["is_all"] or len(names) == 2):
        raise click.UsageError("--face needs --all, or two coins.")
    if given["where"] != "true" and not given["is_all"]:
        raise click.UsageError("--where needs --all.")
    if form != "table" and len(names) != 2:
        raise click.UsageError(f"--{form} needs two coins; all matches are printed by: coinstore match list")


def _asked(store: Store, names: tuple[str, ...], given: dict[str, Any]) -> tuple[PairsAsked, list[str]]:
    """Which pairs are to be compared, and why rows of a file are not."""
    from coinstore.dies.plan import PairsAsked, only_graph, read_pairs
    from coinstore.matching import Parameters
    from coinstore.records.coin import FACES

    settings = Parameters(detector=given["detector"], any_turn=given["any_turn"])
    if given["is_all"]:
        faces = [given["face"]] if given["face"] else FACES
        return PairsAsked(faces=faces, where=given["where"], settings=settings), []
    if given["pairs"]:
        pairs, faults = read_pairs(store.engine, given["pairs"])
        return PairsAsked(pairs=pairs, settings=settings), faults
    if not names:
        names = (only_graph(store.engine),)
        notice(f"Matching the only graph, {names[0]}.")
    return PairsAsked(graph=names[0], settings=settings), []


def _compare(store: Store, names: tuple[str, ...], given: dict[str, Any], form: str) -> None:
    how = {"detector": given["detector"], "any_turn": given["any_turn"]}
    found = store.matches.compare(names[0], names[1], given["face"], **how)
    for reason in found.reasons:
        notice(f"{reason}.")
    print_rows([dict(row) for row in found], FIGURES, form)
    for row in found.turned():
        notice(f"{row['face']}: {row['agreeing']} details agree, but not upright; try it with --any-turn.")
    _tell_calibration(store)


def _match(store: Store, asked: PairsAsked, workers: int, limit: int | None) -> None:
    from coinstore.dies.match import MatchingDone, match
    from coinstore.dies.plan import Planned

    with (
        reporting() as report,
        closing(match(store.engine, asked, workers=workers, limit=limit, report=report)) as steps,
    ):
        for step in logs.followed("match", steps):
            match step:
                case Planned():
                    _tell_planned(step, asked)
                    if not step.pairs and not step.waiting:
                        return
                case MatchingDone():
                    _tell_done(store, step)


def _tell_planned(planned: Planned, asked: PairsAsked) -> None:
    if not planned.pairs:
        notice(_why_no_pair(asked))
    elif not planned.due:
        all_pairs = counted(planned.pairs, "pair is", "pairs are")
        notice(f"{'The' if planned.pairs == 1 else 'All'} {all_pairs} matched.")
    else:
        notice(f"{planned.due:,} of {counted(planned.pairs, 'pair is', 'pairs are')} to be compared.")
    if more := planned.waiting - planned.due:
        waiting = counted(more, "pair of an earlier run is", "pairs of an earlier run are")
        notice(f"{waiting} waiting, to be compared, too.")


def _why_no_pair(asked: PairsAsked) -> str:
    which, advice = "", "load them first: coinstore ingest"
    if asked.graph:
        which, advice = f" in the graph {asked.graph}", "build another one: coinstore graph build"
    elif asked.where != "true":
        which, advice = " that pass --where", "change --where."
    return f"No pair of coins{which} has photographs of one face; {advice}"


def _tell_done(store: Store, done: MatchingDone) -> None:
    for reason in done.reasons[:MOST_TOLD]:
        notice(f"{reason}.")
    if more := max(len(done.reasons) - MOST_TOLD, 0):
        notice(f"{counted(more, 'more photograph', 'more photographs')} could not be used.")
    if done.skipped:
        skipped, them = counted(done.skipped, "pair", "pairs"), "it" if done.skipped == 1 else "them"
        notice(f"{skipped} could not be compared for that reason; the next run tries {them} again.")
    if done.pairs:
        notice(
            f"{counted(done.pairs, 'pair', 'pairs')} in {done.elapsed_s:.1f} s"
            f" ({_rate(done.pairs / done.elapsed_s)}/s); reading {done.read_s:.1f} s,"
            f" comparing {done.compare_s:.1f} s, writing {done.write_s:.1f} s."
        )
        _tell_calibration(store)
    if done.left:
        due = counted(done.left, "pair is", "pairs are")
        notice(f"{due} still due: with other workers, or beyond --limit.")
    notice("The most probable ones: coinstore match list")


def _rate(per_s: float) -> str:
    """A rate with two digits at least: 1,234, 12, 3.5, 0.35."""
    digits = 0 if per_s >= 10 else 1 if per_s >= 1 else 2
    return f"{per_s:,.{digits}f}"


def _tell_calibration(store: Store) -> None:
    from coinstore.dies.calibrations import in_use, is_outdated

    if used := in_use(store.engine):
        notice(f"The probability was fitted on {used['fitted_on']}.")
        if is_outdated(store.engine):
            notice("This version of coinstore comes with a newer calibration; to use it: coinstore match")


@match.command("list")
@options.min_certainty("Only matches with at least this probability.", default=0.5, show_default=True)
@options.where("api.coins; both coins meet it")
@options.limit("Rows in the table, pairs in the pictures.", default=40, show_default=True)
@options.output("Write them as pictures: FILE.html or .png. May be repeated.", multiple=True)
@listing
def list_matches(min_certainty: float, where: str, limit: int, output: tuple[Path, ...], form: str) -> None:
    """List the matches, the most probable first.

    JSON and CSV hold all of them and all their figures, as api.matches has them. The pictures show both coins
    of each pair in one position, and which sectors of the relief agree.

    \b
    coinstore match list
    coinstore match list --limit 20 -o matches.html
    coinstore match list --min-certainty 0.9 --where "mint = 'Rome'" --csv
    """
    with coinstore.open() as store:
        found = store.matches.list(min_certainty, where, limit if form == "table" else None)
        written = _drawn(store, found[:limit], output)
        if found:
            _tell_calibration(store)
        empty = "" if found else _why_none(store, min_certainty, where)
    print_rows([dict(row) for row in found], LISTED, form, empty=empty)
    for path in written:
        notice(f"Wrote {path}.")


def _why_none(store: Store, min_certainty: float, where: str) -> str:
    """What to say when no match has this probability: there is none, none passes, or all have less."""
    reached = f"has a probability of {min_certainty:g} or more"
    if not store.matches.list(limit=1):
        return f"No pair of coins {reached}; compare some: coinstore match"
    if not store.matches.list(where=where, limit=1):
        return "No compared pair of coins passes --where; change --where."
    pair = "pair of coins" if where == "true" else "pair of coins that pass --where"
    return f"No {pair} {reached}; lower --min-certainty."


def _drawn(store: Store, found: Sequence[Any], paths: tuple[Path, ...]) -> list[Path]:
    from coinstore.pages.pairs.write import write_matches

    return write_matches(store.engine, found, paths) if found and paths else []


for command in (show, calibrate, queue, verdicts):
    match.add_command(command)

"""coinstore check: what is wrong in the store, and the command that mends it."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import asdict

import click

import coinstore
from coinstore.db import call
from coinstore.running import check as checks

from .shared import logs
from .shared.output import notice, print_json, print_table
from .shared.progress import Bar, bars

SHOWN = ["what", "place", "found", "mends"]
SOMETHING_IS_WRONG = 1


@click.command()
@click.option("--files", "whole", is_flag=True, help="Read every photograph and compare its SHA-256.")
@click.option("--mend", is_flag=True, help="Mend first what can be mended here.")
@click.option("--json", "as_json", is_flag=True, help="An array for machines.")
def check(whole: bool, mend: bool, as_json: bool) -> None:
    """Look for what is wrong: lost or changed photographs, broken vectors, stale spaces, indexes, graphs and maps.

    Each row says what, where, how many, and the command that mends it. Exit code 0: nothing is wrong,
    1: something is. Only --files reads the photographs themselves; without it, files are looked for.

    \b
    coinstore check
    coinstore check --files --json
    coinstore check --mend
    """
    with coinstore.open() as store:
        if mend:
            for done in checks.mend(store.engine, whole=whole):
                notice(f"Mended: {done.mended:,} {done.what}.")
        photographs = call.look(store.engine, "part.photograph_count")[0]["photographs"]
        with bars("Spaces, graphs, maps", "Photographs") as (database, files):
            files.expect(photographs)
            found = _follow(checks.check_database(store.engine), database)
            found += _follow(checks.check_files(store.engine, whole=whole), files)
    if as_json:
        print_json([asdict(finding) for finding in found])
    elif found:
        print_table([asdict(finding) for finding in found], SHOWN)
    else:
        click.echo("Nothing is wrong.")
    if found:
        sys.exit(SOMETHING_IS_WRONG)


def _follow(steps: Iterable[checks.Looked | checks.Finding], bar: Bar) -> list[checks.Finding]:
    found = []
    for step in logs.followed("check", steps):
        if isinstance(step, checks.Finding):
            found.append(step)
        else:
            bar.advance(step.count)
    return found

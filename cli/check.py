"""coinstore check: what is wrong in the store, and the command that fixes it."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

import coinstore

from .shared import logs
from .shared.commands import Command
from .shared.options import listing
from .shared.output import notice, print_rows
from .shared.progress import Bar, bars

if TYPE_CHECKING:
    from coinstore.running.check import Checked, Checking, Finding

SHOWN = ["what", "place", "found", "fix"]
SOMETHING_IS_WRONG = 1


@click.command(cls=Command)
@click.option("--files", "whole", is_flag=True, help="Read every photograph and compare its SHA-256.")
@click.option("--fix", is_flag=True, help="First fix what can be fixed here.")
@listing
def check(whole: bool, fix: bool, form: str) -> None:
    """Find what is wrong in the store.

    It checks photographs (lost or changed), vectors, spaces, indexes, graphs and maps. Each row says what,
    where, how many, and the command that fixes it. Exit code 0: nothing is wrong, 1: something is. Without
    --files the command does not read the photographs; it only looks for their files.

    \b
    coinstore check
    coinstore check --files --json
    coinstore check --fix
    """
    from coinstore.db import call
    from coinstore.running import check as checks

    with coinstore.open() as store:
        if fix:
            for done in checks.fix(store.engine, whole=whole):
                notice(f"Fixed: {done.fixed:,} {done.what}.")
        photographs = call.look(store.engine, "part.photograph_count")[0]["photographs"]
        with bars("Checking the store", "Checking photographs") as (database, files):
            files.expect(photographs)
            found = _follow(checks.check_database(store.engine), database)
            found += _follow(checks.check_files(store.engine, whole=whole), files)
    if found or form != "table":
        print_rows([asdict(finding) for finding in found], SHOWN, form)
    else:
        click.echo("Nothing is wrong.")
    if found:
        sys.exit(SOMETHING_IS_WRONG)


def _follow(steps: Iterable[Checking | Checked | Finding], bar: Bar) -> list[Finding]:
    from coinstore.running.check import Checking, Finding

    found = []
    for step in logs.followed("check", steps):
        if isinstance(step, Finding):
            found.append(step)
        elif isinstance(step, Checking):
            bar.rename(f"Checking the {step.what}")
            bar.expect(step.left)
        else:
            bar.advance(step.count)
    return found

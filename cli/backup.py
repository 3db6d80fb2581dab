"""coinstore backup, coinstore restore: the whole store in one file, and back."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

import coinstore
from coinstore.db import engine
from coinstore.running import backup as backups
from coinstore.settings import from_environment

from .shared import logs
from .shared.output import notice, print_json
from .shared.progress import bars


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--verify/--no-verify", default=True, show_default=True, help="Restore it into a scratch database."
)
@click.option("--json", "as_json", is_flag=True, help="One object for machines.")
def backup(file: Path, verify: bool, as_json: bool) -> None:
    """Write the whole store into FILE: records, photographs' locations and thumbnails, vectors, graphs, maps, roles.

    FILE is of pg_dump's own format, and is there only once it was restored into a scratch database and
    every table found the same. Work goes on meanwhile. The photographs themselves are not in it, nor
    passwords of roles.

    \b
    coinstore backup coins.dump
    coinstore backup "coins-$(date +%F).dump" && coinstore status
    """
    with coinstore.open() as store, closing(backups.back_up(store.engine, file, verify=verify)) as steps:
        made = _follow(steps)
    if as_json:
        print_json(asdict(made))
        return
    verified = "verified" if made.verified else "not verified"
    click.echo(f"{file}: {made.coins:,} coins, {made.rows:,} rows, {made.bytes / 1e6:,.1f} MB, {verified}.")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One object for machines.")
def restore(file: Path, as_json: bool) -> None:
    """Bring the store in FILE back, into an empty one: all of it or nothing.

    A backup of an older coinstore is brought to this program's schema. Roles that are missing are made,
    without their passwords.

    \b
    COINSTORE_HOME=~/other coinstore restore coins.dump
    """
    with (
        engine.opened(engine.address(from_environment())) as store,
        closing(backups.restore(store, file)) as steps,
    ):
        brought = _follow(steps)
    for login in brought.logins:
        notice(
            f"{login} was made anew and has no password; where it is for BI tools: coinstore bi grant {login}"
        )
    if brought.before != brought.after:
        notice(f"The schema of the backup was brought from step {brought.before} to {brought.after}.")
    for definition in brought.dropped:
        notice(
            f"A view of your own stood on the older schema and was dropped; to make it anew:\n{definition}"
        )
    if as_json:
        print_json(asdict(brought))
        return
    click.echo(f"{file}: {brought.coins:,} coins, {brought.rows:,} rows restored.")


def _follow(steps: Iterable[Any]) -> Any:
    """Runs the steps under a bar for each stage; what came last."""
    last, stage = None, ""
    with bars("Tables") as (tables,):
        for last in logs.followed("backup", steps):
            if isinstance(last, backups.Step):
                if last.stage != stage:
                    stage = last.stage
                    tables.rename(f"{stage.capitalize()} tables")
                    tables.expect(last.of)
                tables.advance(1)
    return last

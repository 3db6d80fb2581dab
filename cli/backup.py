"""coinstore backup, coinstore restore: the whole store in one file, and back."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

import coinstore
from coinstore.settings import from_environment

from .shared import logs, options
from .shared.commands import Command
from .shared.output import notice, print_json
from .shared.progress import bars


@click.command(cls=Command)
@options.output("The file to write; it is replaced only when the backup is complete.", required=True)
@click.option(
    "--verify/--no-verify", default=True, show_default=True, help="Restore it into a scratch database."
)
@options.as_json
def backup(output: Path, verify: bool, as_json: bool) -> None:
    """Write the whole store into one file.

    It holds records, locations and thumbnails of photographs, vectors, graphs, maps and roles, but not the
    photographs themselves and no passwords. It has the format of pg_dump, and appears only after it was
    restored into a scratch database and every table was the same. Other work can go on meanwhile.

    \b
    coinstore backup -o coins.dump
    coinstore backup -o "coins-$(date +%F).dump" && coinstore status
    """
    from coinstore.running import backup as backups

    with coinstore.open() as store, closing(backups.back_up(store.engine, output, verify=verify)) as steps:
        made = _follow(steps)
    if as_json:
        print_json(asdict(made))
        return
    verified = "verified" if made.verified else "not verified"
    click.echo(f"{output}: {made.coins:,} coins, {made.rows:,} rows, {made.bytes / 1e6:,.1f} MB, {verified}.")


@click.command(cls=Command)
@click.argument("file", type=click.Path(path_type=Path))
@options.as_json
def restore(file: Path, as_json: bool) -> None:
    """Restore the store in FILE into an empty store: all of it or nothing.

    A backup of an older coinstore is upgraded to this program's schema. Missing roles are created, without
    passwords.

    \b
    coinstore restore coins.dump
    COINSTORE_HOME=~/other coinstore restore coins.dump
    """
    from coinstore.db import engine
    from coinstore.running import backup as backups

    with (
        engine.opened(engine.address(from_environment())) as store,
        closing(backups.restore(store, file)) as steps,
    ):
        restored = _follow(steps)
    for login in restored.logins:
        notice(
            f"{login} was created without a password. If it is for BI tools, run: coinstore bi grant {login}"
        )
    if restored.before != restored.after:
        notice(f"The schema of the backup was upgraded from step {restored.before} to {restored.after}.")
    for definition in restored.dropped:
        notice(f"A view of yours on the older schema was dropped; to create it again:\n{definition}")
    if restored.refused:
        statements = "\n".join(restored.refused)
        notice(f"This database user may not run these statements; ask an administrator to:\n{statements}")
    if as_json:
        print_json(asdict(restored))
        return
    click.echo(f"{file}: {restored.coins:,} coins, {restored.rows:,} rows restored.")


def _follow(steps: Iterable[Any]) -> Any:
    """Runs the steps under a bar for each stage; returns the last one."""
    from coinstore.running.backup import BackupStep

    last, stage = None, ""
    with bars("Tables") as (tables,):
        for last in logs.followed("backup", steps):
            if isinstance(last, BackupStep):
                if last.stage != stage:
                    stage = last.stage
                    tables.rename(f"{stage.capitalize()} tables")
                    tables.expect(last.of)
                tables.advance(1)
    return last

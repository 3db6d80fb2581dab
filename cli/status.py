"""coinstore status: the state of the store."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

import coinstore
from coinstore.settings import from_environment

from .shared import options
from .shared.commands import Command
from .shared.output import notice, print_json, print_table

COLUMNS = {
    "sizes": ["table_group", "size", "of_indexes"],
    "coverage": ["space", "sides", "embedded", "pending", "faults", "share", "trained"],
    "queue": ["stage", "space", "waiting"],
    "faults": ["stage", "space", "faults", "last_at"],
    "indexes": ["space", "name", "valid", "recall_at_10", "age", "size"],
    "settings": ["name", "value", "why"],
}
DAY_S = 86400.0


@click.command(cls=Command)
@options.as_json
@click.option("--prometheus", is_flag=True, help="Print the metrics in Prometheus' text format.")
def status(as_json: bool, prometheus: bool) -> None:
    """Show the state of the store: server, sizes, coverage, queue, faults, indexes, settings, last backup.

    BI tools and monitoring read the same from views: api.metrics, api.indexes, api.backups.

    \b
    coinstore status
    coinstore status --prometheus > /var/lib/node_exporter/coinstore.prom
    """
    from coinstore.running import status as states

    if as_json and prometheus:
        raise click.UsageError("Give either --json or --prometheus.")
    settings = from_environment()
    with coinstore.open() as store:
        if prometheus:
            click.echo(states.exposition(store.engine), nl=False)
            return
        found = states.status(store.engine)
    found["server"] = {"kind": "embedded" if settings.is_embedded else "outside"} | dict(found["server"])
    if as_json:
        print_json(found)
    else:
        _print(found)


def _print(found: Mapping[str, Any]) -> None:
    server = found["server"]
    click.echo(
        f"PostgreSQL {server['postgres']} ({server['kind']}), pgvector {server['pgvector']},"
        f" schema {server['schema']}; up for {age(server['uptime_s'])},"
        f" {server['connections']} of {server['max_connections']} connections, {size(server['bytes'])}."
    )
    for part, columns in COLUMNS.items():
        rows = [_readable(row) for row in found[part]]
        if rows:
            click.echo()
            print_table(rows, columns, title=part.capitalize())
    click.echo()
    last = found["last_backup"]
    if last is None:
        click.echo("Last backup: none.")
        notice("Make one: coinstore backup -o FILE")
        return
    verified = "verified" if last["verified"] else "not verified"
    click.echo(f"Last backup: {age(last['age_s'])} ago, {last['coins']:,} coins, {verified}: {last['file']}")


def _readable(row: Mapping[str, Any]) -> dict[str, Any]:
    more: dict[str, Any] = {}
    for name, of, form in (
        ("size", "bytes", size),
        ("of_indexes", "index_bytes", size),
        ("age", "age_s", age),
    ):
        if of in row:
            more[name] = None if row[of] is None else form(row[of])
    if row.get("last_at"):
        more["last_at"] = f"{row['last_at']:%Y-%m-%d %H:%M}"
    return dict(row) | more


def size(count: float) -> str:
    """A number of bytes as people read it."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} B" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def age(seconds: float) -> str:
    """A span of time as people read it."""
    for unit, length_s in (("days", DAY_S), ("hours", 3600.0), ("minutes", 60.0)):
        if seconds >= 2 * length_s:
            return f"{seconds / length_s:.0f} {unit}"
    return f"{seconds:.0f} seconds"

"""coinstore db: the database behind the store."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

import click

from coinstore.errors import AccessError, SchemaMismatch
from coinstore.settings import Settings, from_environment

from .shared import options
from .shared.commands import Group
from .shared.output import notice, print_json

if TYPE_CHECKING:
    from coinstore.server.state import Serving

NOT_SERVED = "The store is no longer served."
PORT = 5433


@click.group(cls=Group)
def db() -> None:
    """Start, stop, inspect and upgrade the database behind the store.

    \b
    coinstore db status
    """


@db.command()
def up() -> None:
    """Start the embedded server and create its schema.

    With COINSTORE_DATABASE_URL: check that the server answers, and create the schema if there is none.

    \b
    coinstore db up
    """
    click.echo(_shown(_ready(from_environment())))


def _ready(settings: Settings) -> str:
    """The address of a store that answers and has its schema."""
    from coinstore.db import engine, upgrade

    address = engine.address(settings)
    with engine.opened(address) as store:
        upgrade.install(store)
        upgrade.check(store)
    return address


@db.command()
def down() -> None:
    """Stop the embedded server; the data stay.

    `coinstore db serve` ends too, if it runs.

    \b
    coinstore db down
    """
    from coinstore.server import embedded
    from coinstore.server import serve as serving

    settings = from_environment()
    if settings.is_embedded and serving.stop(settings.home):
        notice(NOT_SERVED)
    if not settings.is_embedded:
        notice("coinstore does not stop the server of COINSTORE_DATABASE_URL.")
    elif embedded.stop(settings.home):
        notice("The embedded server is down.")
    else:
        notice("The embedded server was not running.")


@db.command()
@options.as_json
def status(as_json: bool) -> None:
    """Show where the store is and whether it runs.

    It also says whether the schema fits this program. It starts nothing.

    \b
    coinstore db status
    """
    from coinstore.server import embedded, state
    from coinstore.server.serve import HOST

    settings = from_environment()
    address = settings.database_url or embedded.url(settings.home)
    served = state.serving(settings.home) if settings.is_embedded else None
    found = {
        "server": "embedded" if settings.is_embedded else "outside",
        "home": str(settings.home),
        "running": address is not None,
        "url": _shown(address) if address else None,
        "schema": _schema(address) if address else None,
        "served": f"{HOST}:{served.port}" if served else None,
    }
    if as_json:
        print_json(found)
        return
    for name, value in found.items():
        click.echo(f"{name:8} {'yes' if value is True else 'no' if value is False else value or ''}".rstrip())


def _schema(address: str) -> str:
    from coinstore.db import engine, upgrade

    with engine.opened(address) as store:
        try:
            upgrade.check(store)
        except SchemaMismatch as error:
            return str(error)
    return "fits this program"


@db.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=PORT,
    show_default=True,
    help="0: any that is free.",
)
@click.option("--restart", is_flag=True, help="Continue although sessions are at work; they are cut off.")
@click.option("--stop", "is_stop", is_flag=True, help="End the `db serve` that runs, and do nothing else.")
def serve(port: int, restart: bool, is_stop: bool) -> None:
    """Open the embedded server to BI tools on this machine.

    It is open until this command ends (Ctrl-C). It listens on 127.0.0.1 and nowhere else. Only logins
    made by `coinstore bi grant` can connect, with their password (scram-sha-256), and only to this store.
    Tools on other machines connect through an SSH tunnel; see coinstore help bi. Nothing restarts this
    command: run it under your service manager.

    \b
    coinstore db serve
    coinstore db serve --stop
    """
    from coinstore.server import serve as serving

    settings = from_environment()
    if not settings.is_embedded:
        raise AccessError(
            "the server of COINSTORE_DATABASE_URL already listens; db serve is for the embedded one"
        )
    if is_stop:
        notice(NOT_SERVED if serving.stop(settings.home) else "The store was not served.")
        return
    _ready(settings)
    serving.serve(settings.home, port, _show_serving, restart=restart)
    notice(NOT_SERVED)


def _show_serving(now: Serving) -> None:
    from coinstore.server.serve import HOST

    notice(f"Serving on {HOST} port {now.port}, logins of `coinstore bi grant` only; Ctrl-C ends it.")


@db.command("upgrade")
@click.option(
    "--drop-foreign-views",
    is_flag=True,
    help="Continue although other people's views on api are dropped; print how to create them again.",
)
def upgrade_schema(drop_foreign_views: bool) -> None:
    """Upgrade the schema to the version of this program.

    The upgrade is one transaction.

    \b
    coinstore db upgrade
    """
    from coinstore.db import engine, upgrade

    with engine.opened(engine.address(from_environment())) as store:
        done = upgrade.upgrade(store, drop_foreign_views=drop_foreign_views)
    was = done.before or "empty"
    notice(
        f"Schema: {was} -> {done.after}; views and functions {'rebuilt' if done.rebuilt else 'unchanged'}."
    )
    for definition in done.dropped:
        click.echo(definition)


@db.command()
def url() -> None:
    """Print the address of the store, for psql.

    \b
    coinstore db url
    psql "$(coinstore db url)"
    """
    from coinstore.db import engine

    click.echo(engine.address(from_environment()))


@db.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def psql(arguments: tuple[str, ...]) -> None:
    """Open psql on the store; further arguments go to psql.

    \b
    coinstore db psql
    coinstore db psql -c "select * from api.spaces"
    """
    from coinstore.running import dump
    from coinstore.server import embedded

    # Otherwise psql would open another database, or report problems in its own words.
    address = _ready(from_environment())
    program = embedded.programs() / "psql"
    target, environment = dump.without_password(address)
    os.execve(program, [str(program), target, *arguments], environment)


def _shown(address: str) -> str:
    """The address without its password."""
    parts = urlsplit(address)
    user, _, host = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{user.split(':')[0]}@{host}" if user else host))

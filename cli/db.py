"""coinstore db: the database behind the store."""

from __future__ import annotations

import os
from urllib.parse import urlsplit, urlunsplit

import click

from coinstore.db import engine, upgrade
from coinstore.errors import SchemaMismatch
from coinstore.running import dump
from coinstore.server import embedded
from coinstore.server import serve as serving
from coinstore.server import state as served
from coinstore.settings import Settings, from_environment

from .serve import serve
from .shared.output import notice, print_json


@click.group()
def db() -> None:
    """Start, stop, inspect and upgrade the database behind the store."""


db.add_command(serve)


@db.command()
def up() -> None:
    """Make the store ready: start the embedded server and make its schema.

    With COINSTORE_DATABASE_URL: see that the server answers and make the schema where there is none.
    """
    click.echo(_shown(_ready(from_environment())))


def _ready(settings: Settings) -> str:
    """The address of a store that answers and has its schema."""
    address = engine.address(settings)
    with engine.opened(address) as store:
        upgrade.install(store)
        upgrade.check(store)
    return address


@db.command()
def down() -> None:
    """Stop the embedded server, and what serves it; its data stay."""
    settings = from_environment()
    if settings.is_embedded and serving.stop(settings.home):
        notice("The store is served no more.")
    if not settings.is_embedded:
        notice("The server of COINSTORE_DATABASE_URL is not coinstore's to stop.")
    elif embedded.stop(settings.home):
        notice("The embedded server is down.")
    else:
        notice("The embedded server was not running.")


@db.command()
@click.option("--json", "as_json", is_flag=True, help="One object for machines.")
def status(as_json: bool) -> None:
    """Say where the store lives, whether it runs, and whether its schema fits. Starts nothing."""
    settings = from_environment()
    address = settings.database_url or embedded.url(settings.home)
    state = {
        "server": "embedded" if settings.is_embedded else "outside",
        "home": str(settings.home),
        "running": address is not None,
        "url": _shown(address) if address else None,
        "schema": _schema(address) if address else None,
        "served": f"{now.listen}:{now.port}"
        if (now := served.serving(settings.home)) and settings.is_embedded
        else None,
    }
    if as_json:
        print_json(state)
        return
    for name, value in state.items():
        click.echo(f"{name:8} {'yes' if value is True else 'no' if value is False else value or ''}".rstrip())


def _schema(address: str) -> str:
    with engine.opened(address) as store:
        try:
            upgrade.check(store)
        except SchemaMismatch as error:
            return str(error)
    return "fits this program"


@db.command("upgrade")
@click.option(
    "--drop-foreign-views",
    is_flag=True,
    help="Go on although other people's views on api are dropped; print how to make them anew.",
)
def upgrade_schema(drop_foreign_views: bool) -> None:
    """Bring the schema to this program's version, in one transaction."""
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
    """Print the address of the store, as psql takes it: psql "$(coinstore db url)"."""
    click.echo(engine.address(from_environment()))


@db.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def psql(arguments: tuple[str, ...]) -> None:
    """Open psql on the store; further arguments go to psql.

    \b
    coinstore db psql -c "select * from api.spaces"
    """
    address = _ready(
        from_environment()
    )  # or psql would open another database, or say in its own words what is wrong
    program = embedded.programs() / "psql"
    target, secret = dump.without_password(address)
    os.execve(program, [str(program), target, *arguments], os.environ | secret)


def _shown(address: str) -> str:
    """The address without its password."""
    parts = urlsplit(address)
    user, _, host = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{user.split(':')[0]}@{host}" if user else host))

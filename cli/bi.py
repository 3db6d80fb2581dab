"""coinstore bi: logins for BI tools, and what is private."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

import coinstore
from coinstore.errors import AccessError
from coinstore.running import access, address, clients, dashboards
from coinstore.server.state import serving
from coinstore.settings import from_environment

from .shared.output import notice, print_json, print_table

AS_JSON = click.option("--json", "as_json", is_flag=True, help="An array for machines.")
LISTED = [
    "login",
    "collections",
    "expires",
    "expired",
    "connections",
    "at_most",
    "statement_timeout",
    "connected_at",
    "changed",
]
NEW_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.group()
def bi() -> None:
    """Logins that read the store and nothing else, for BI tools and people with SQL.

    \b
    coinstore bi grant anna --expires 2027-01-31     asks for a password
    coinstore db serve                               opens the embedded server to tools on this machine
    coinstore bi url anna --for metabase             what to paste where
    """


def _expires(_context: click.Context, _option: click.Parameter, text: str | None) -> datetime | None:
    if text is None:
        return None
    if text == "never":
        return access.NEVER
    try:
        return datetime.fromisoformat(text).astimezone()
    except (ValueError, OverflowError):
        raise click.BadParameter("a day or a moment, 2027-01-31 or 2027-01-31T18:00, or never") from None


@bi.command()
@click.argument("name")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input, its first line.")
@click.option(
    "--password", "asks", is_flag=True, help="Ask for a new password; of a new login it is asked for anyway."
)
@click.option(
    "--collections", multiple=True, help="A private collection that the login sees; may be repeated."
)
@click.option("--no-collections", is_flag=True, help="The login sees no private collection any more.")
@click.option(
    "--expires", callback=_expires, help="The password's last moment: 2027-01-31 (its start), or never."
)
@click.option(
    "--connections", type=click.IntRange(1, 1000), help="At most so many at a time; 10 for a new login."
)
@click.option(
    "--timeout", type=click.IntRange(1, 86400), help="Seconds for a query, as a default; 60 for a new login."
)
def grant(name: str, password_stdin: bool, asks: bool, no_collections: bool, **given: Any) -> None:
    """Make a login that reads schema api and nothing else; or change of one what you give.

    What a login altered of its own settings (bi list: changed) is put back each time; all else stays as it is.

    The password is asked for, or read with --password-stdin; it is shown nowhere, and the server learns a verifier.

    \b
    coinstore bi grant anna
    coinstore bi grant anna --collections "Hoard of Bern" --expires 2027-01-31 --password-stdin < file
    coinstore bi grant anna --expires never
    coinstore bi grant anna --password          a new password
    """
    if no_collections and given["collections"]:
        raise click.UsageError("Give either --collections or --no-collections.")
    settings = from_environment()
    with coinstore.open() as store:
        is_known = any(row["login"] == name for row in access.list_logins(store.engine))
        wanted = access.Grant(
            name,
            _password(password_stdin, is_known and not asks),
            list(given["collections"]) if given["collections"] or no_collections else None,
            given["expires"],
            given["connections"],
            given["timeout"],
        )
        done = access.grant(store.engine, wanted, whole_server=settings.is_embedded)
    what = "can log in and read api" if done.is_new else "is as you say"
    notice(f"{name} {what}; see: coinstore bi url {name} --for psql")
    if given["expires"] not in (None, access.NEVER) and given["expires"] < datetime.now(UTC):
        notice(f"But its time is over: no one comes in as {name} until you give --expires anew.")
    if done.left_open:
        notice(f"This server leaves open to every login, {name} too: {', '.join(done.left_open)}.")


def _password(from_stdin: bool, stays: bool) -> str | None:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if stays:
        return None
    if not sys.stdin.isatty():
        raise AccessError("there is no terminal to ask for a password at; give it with --password-stdin")
    asked: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return asked


@bi.command()
@click.argument("name")
def revoke(name: str) -> None:
    """End the sessions of a login, and drop it with all that was granted to it."""
    with coinstore.open() as store:
        is_gone = access.revoke(store.engine, name)
    notice(
        f"{name} is gone."
        if is_gone
        else f"{name} cannot log in any more; its role stays, others of its rights need it."
    )


@bi.command("list")
@AS_JSON
def list_(as_json: bool) -> None:
    """List the logins: the private collections that they see, their limits, and who is connected now.

    connected_at is the newest of the sessions that are open; the server keeps no record of those that ended.
    """
    with coinstore.open() as store:
        found = access.list_logins(store.engine)
    if as_json:
        print_json(found)
        return
    joined = [row | {name: ", ".join(row[name]) for name in ("collections", "changed")} for row in found]
    print_table(joined, LISTED)
    if any(row["changed"] for row in found):
        notice("changed: settings that the login altered itself; coinstore bi grant LOGIN puts them back.")
    if not found:
        notice("There are no logins yet; see: coinstore bi grant --help")


@bi.command()
@click.argument("name")
@click.option(
    "--for", "tool", type=click.Choice(clients.TOOLS), required=True, help="The tool that connects."
)
@click.option("--host", help="The server's name as the tool sees it, if that is another.")
def url(name: str, tool: str, host: str | None) -> None:
    """Print what to paste where, so that a tool connects as a login. The password is not in it.

    \b
    coinstore bi url anna --for metabase
    psql "$(coinstore bi url anna --for psql | head -1 | cut -d '"' -f 2)"
    """
    _refuse_unknown(name)
    settings = from_environment()
    click.echo(clients.how_to_connect(address.login_address(settings, name, host), tool))
    if settings.is_embedded and serving(settings.home) is None:
        notice("The store is not served now; run: coinstore db serve")


def _refuse_unknown(login: str) -> None:
    with coinstore.open() as store:
        known = [row["login"] for row in access.list_logins(store.engine)]
    if login not in known:
        raise AccessError(f"there is no login {login}; make it first: coinstore bi grant {login}")


@bi.command()
@click.argument("collections", nargs=-1)
@click.option(
    "--images",
    "images_only",
    is_flag=True,
    help="Hide the photographs and what is made from them, not the coins.",
)
@click.option(
    "--to-come", is_flag=True, help="Also a collection that is still to be loaded: no one sees it meanwhile."
)
@AS_JSON
def private(collections: tuple[str, ...], images_only: bool, to_come: bool, as_json: bool) -> None:
    """Hide COLLECTIONS from every login but those they are granted to; without any, list what is private.

    With --images coins stay visible, without photographs, vectors, neighbours and places on maps.

    \b
    coinstore bi private "Hoard of Bern"
    coinstore bi private "Hoard of Thun" --to-come && coinstore ingest thun.csv
    coinstore bi grant anna --collections "Hoard of Bern"
    """
    with coinstore.open() as store:
        before = {row["collection"]: row["scope"] for row in access.list_private(store.engine)}
        if collections:
            access.set_private(store.engine, collections, images_only=images_only, to_come=to_come)
        found = access.list_private(store.engine)
    if shown := [name for name in collections if images_only and before.get(name) == "all"]:
        notice(f"Coins that were hidden are seen now: {', '.join(shown)}.")
    if as_json:
        print_json(found)
        return
    rows = [row | {"logins": ", ".join(row["logins"])} for row in found]
    print_table(rows, ["collection", "scope", "coins", "logins", "since"])
    if not found:
        notice("No collection is private.")


@bi.command()
@click.argument("collections", nargs=-1, required=True)
def public(collections: tuple[str, ...]) -> None:
    """Show COLLECTIONS to all logins again."""
    with coinstore.open() as store:
        access.set_public(store.engine, collections)
    notice(f"{', '.join(collections)}: seen by every login.")


@bi.command()
@click.argument("folder", type=NEW_FOLDER)
@click.option(
    "--for", "tool", type=click.Choice(dashboards.TOOLS), required=True, help="The tool that imports them."
)
@click.option("--login", required=True, help="The login by which the tool reads the store.")
@click.option("--host", help="The server's name as the tool sees it, if that is another.")
def dashboard(folder: Path, tool: str, login: str, host: str | None) -> None:
    """Write a starter dashboard into FOLDER: files to import, and how.

    Coins by collection and period, weight against diameter by type, coverage, look-alikes across collections.
    """
    _refuse_unknown(login)
    where = address.login_address(from_environment(), login, host)
    for path in dashboards.write(folder, tool, clients.masked_address(where)):
        click.echo(path)

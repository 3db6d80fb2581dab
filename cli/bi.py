"""coinstore bi: logins for BI tools, and what is private."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

import coinstore
from coinstore.errors import AccessError
from coinstore.settings import from_environment

from .shared import options
from .shared.commands import Group
from .shared.options import destructive, listing
from .shared.output import notice, print_rows

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
PRIVATE = ["collection", "scope", "coins", "logins", "since"]
TOOLS = ["psql", "odbc", "jdbc", "sqlalchemy", "metabase", "superset", "powerbi", "tableau", "excel"]
DASHBOARD_TOOLS = ["superset", "metabase"]
HOST = click.option("--host", help="The server's name as the tool sees it, if that is another.")


@click.group(cls=Group)
def bi() -> None:
    """Logins that can only read the store, for BI tools and people with SQL.

    \b
    coinstore bi grant anna                          asks for a password
    coinstore db serve                               opens the embedded server to tools on this machine
    coinstore bi url anna --for metabase             shows what to paste where
    """


def _expires(_context: click.Context, _option: click.Parameter, text: str | None) -> datetime | None:
    from coinstore.running.access import NEVER

    if text is None:
        return None
    if text == "never":
        return NEVER
    try:
        return datetime.fromisoformat(text).astimezone()
    except (ValueError, OverflowError):
        raise click.BadParameter("give a day or a moment, 2027-01-31 or 2027-01-31T18:00, or never") from None


@bi.command()
@click.argument("name")
@click.option(
    "--password-stdin", is_flag=True, help="Read the password from the first line of standard input."
)
@click.option("--password", "asks", is_flag=True, help="Ask for a new password; a new login is always asked.")
@click.option(
    "--collections", multiple=True, help="A private collection that the login may see. May be repeated."
)
@click.option("--no-collections", is_flag=True, help="The login may see no private collection any more.")
@click.option(
    "--expires", callback=_expires, help="When the password ends: 2027-01-31 (its first moment), or never."
)
@click.option(
    "--connections",
    type=click.IntRange(1, 1000),
    help="Connections at a time.  [default for a new login: 10]",
)
@click.option(
    "--timeout", type=click.IntRange(1, 86400), help="Seconds for a query.  [default for a new login: 60]"
)
def grant(name: str, password_stdin: bool, asks: bool, no_collections: bool, **given: Any) -> None:
    """Create or change a login that can only read.

    It reads schema api. Of an existing login only the options that you give change. Settings that a login
    altered itself (bi list: changed) are reset each time; all others stay as they are. The password is
    asked for, or read with --password-stdin. It is shown nowhere; the server gets a verifier.

    \b
    coinstore bi grant anna
    coinstore bi grant anna --collections "Hoard of Bern" --expires 2027-01-31 --password-stdin < file
    coinstore bi grant anna --expires never
    coinstore bi grant anna --password          asks for a new password
    """
    from coinstore.running import access

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
    what = f"Created login {name}" if done.is_new else f"Updated login {name}"
    notice(f"{what}. To connect: coinstore bi url {name} --for psql")
    if given["expires"] not in (None, access.NEVER) and given["expires"] < datetime.now(UTC):
        notice(
            f"The password of {name} has already expired: nobody can log in until you give a new --expires."
        )
    if done.left_open:
        notice(f"This server allows every login, including {name}: {', '.join(done.left_open)}.")


def _password(from_stdin: bool, stays: bool) -> str | None:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if stays:
        return None
    if not sys.stdin.isatty():
        raise AccessError("there is no terminal to ask for a password; give it with --password-stdin")
    asked: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return asked


@bi.command()
@click.argument("name")
@destructive("Revoke the login {name} and end its sessions?")
def revoke(name: str) -> None:
    """End the sessions of a login, and drop it with all its rights.

    \b
    coinstore bi revoke anna
    """
    from coinstore.running import access

    with coinstore.open() as store:
        is_gone = access.revoke(store.engine, name)
    notice(
        f"Revoked {name}."
        if is_gone
        else f"{name} can no longer log in; its role stays, because other rights depend on it."
    )


@bi.command("list")
@listing
def list_logins(form: str) -> None:
    """List the logins: private collections, limits, sessions now.

    connected_at is the newest of the open sessions; the server keeps no record of sessions that ended.

    \b
    coinstore bi list
    """
    from coinstore.running import access

    with coinstore.open() as store:
        found = access.list_logins(store.engine)
    print_rows(found, LISTED, form, empty="There are no logins yet; see: coinstore bi grant --help")
    if form == "table" and any(row["changed"] for row in found):
        notice("changed: settings that the login altered itself; `coinstore bi grant LOGIN` resets them.")


@bi.command()
@click.argument("name")
@click.option("--for", "tool", type=click.Choice(TOOLS), required=True, help="The tool that connects.")
@HOST
def url(name: str, tool: str, host: str | None) -> None:
    """Print what to paste where to connect a tool. The password is not in it.

    \b
    coinstore bi url anna --for metabase
    psql "$(coinstore bi url anna --for psql | head -1 | cut -d '"' -f 2)"
    """
    from coinstore.running import address, clients
    from coinstore.server.state import serving

    _refuse_unknown(name)
    settings = from_environment()
    click.echo(clients.how_to_connect(address.login_address(settings, name, host), tool))
    if settings.is_embedded and serving(settings.home) is None:
        notice("The store is not served now; run: coinstore db serve")


def _refuse_unknown(login: str) -> None:
    from coinstore.running import access

    with coinstore.open() as store:
        known = [row["login"] for row in access.list_logins(store.engine)]
    if login not in known:
        raise AccessError(f"there is no login {login}; create it first: coinstore bi grant {login}")


@bi.command()
@click.argument("collections", nargs=-1)
@click.option(
    "--images",
    "images_only",
    is_flag=True,
    help="Hide only the photographs and what is made from them, not the coins.",
)
@click.option(
    "--to-come", is_flag=True, help="Also a collection that is not loaded yet: it is hidden from the start."
)
@listing
def private(collections: tuple[str, ...], images_only: bool, to_come: bool, form: str) -> None:
    """Hide COLLECTIONS from other logins, or list what is private.

    A login sees a private collection only if it was granted. With --images coins stay visible, without
    photographs, vectors, neighbours and places on maps.

    \b
    coinstore bi private
    coinstore bi private "Hoard of Bern"
    coinstore bi private "Hoard of Thun" --to-come && coinstore ingest thun.csv
    coinstore bi grant anna --collections "Hoard of Bern"
    """
    from coinstore.running import access

    with coinstore.open() as store:
        before = {row["collection"]: row["scope"] for row in access.list_private(store.engine)}
        if collections:
            access.set_private(store.engine, collections, images_only=images_only, to_come=to_come)
        found = access.list_private(store.engine)
    if shown := [name for name in collections if images_only and before.get(name) == "all"]:
        notice(f"Coins that were hidden are visible now: {', '.join(shown)}.")
    print_rows(found, PRIVATE, form, empty="No collection is private.")


@bi.command()
@click.argument("collections", nargs=-1, required=True)
def public(collections: tuple[str, ...]) -> None:
    """Show COLLECTIONS to all logins again.

    \b
    coinstore bi public "Hoard of Bern"
    """
    from coinstore.running import access

    with coinstore.open() as store:
        access.set_public(store.engine, collections)
    notice(f"{', '.join(collections)}: every login sees it now.")


@bi.command()
@click.option(
    "--for", "tool", type=click.Choice(DASHBOARD_TOOLS), required=True, help="The tool that imports them."
)
@click.option("--login", required=True, help="The login with which the tool reads the store.")
@HOST
@options.output("The folder to write; it is created.", metavar="FOLDER", required=True)
def dashboard(output: Path, tool: str, login: str, host: str | None) -> None:
    """Write a starter dashboard: files to import, and how.

    Coins by collection and period, weight against diameter by type, coverage, look-alikes across collections.

    \b
    coinstore bi dashboard --for metabase --login anna -o dashboard
    """
    from coinstore.running import address, clients, dashboards

    _refuse_unknown(login)
    where = address.login_address(from_environment(), login, host)
    for path in dashboards.write(output, tool, clients.masked_address(where)):
        click.echo(path)

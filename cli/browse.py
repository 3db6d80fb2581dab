"""coinstore browse: look, ask and judge in web pages."""

from __future__ import annotations

import signal
import sys
import webbrowser
from pathlib import Path
from typing import Any

import click

from coinstore.errors import SettingsError

from .shared.commands import Command
from .shared.output import notice

FILE = click.Path(path_type=Path, dir_okay=False)


def _add_person(context: click.Context, _option: click.Parameter, given: tuple[Path, str] | None) -> None:
    """Adds a person to a file of passwords, and ends the command."""
    if given is None or context.resilient_parsing:
        return
    from coinstore.browse.people import add_person

    path, name = given
    if sys.stdin.isatty():
        password = click.prompt(f"Password of {name}", hide_input=True, confirmation_prompt=True, err=True)
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    is_new = add_person(path, name, password)
    notice(f"Added {name} to {path}." if is_new else f"Changed the password of {name} in {path}.")
    context.exit()


@click.command(cls=Command)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8400, show_default=True, help="0: any free one."
)
@click.option("--open", "opens", is_flag=True, help="Open the page in a browser.")
@click.option(
    "--as", "person", metavar="PERSON", help="Your name: verdicts and decisions are stored under it."
)
@click.option(
    "--login", default="", metavar="LOGIN", help="Show the private collections that this login may see."
)
@click.option(
    "--allow-origin",
    "origins",
    multiple=True,
    metavar="ORIGIN",
    help="Let web pages of another server (https://viewer.example; '*': any) read data and photographs.",
)
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="The address or name at which others reach it."
)
@click.option("--password-file", type=FILE, help="Who may look; each reads as the login of the same name.")
@click.option("--tls-cert", "cert", type=FILE, help="TLS certificate; needs --tls-key.")
@click.option("--tls-key", "key", type=FILE, help="The key of the certificate.")
@click.option(
    "--behind-proxy",
    default="",
    metavar="URL",
    help="The address that people open; a proxy on this machine has the TLS.",
)
@click.option(
    "--add-person",
    type=(FILE, str),
    metavar="FILE NAME",
    expose_value=False,
    is_eager=True,
    callback=_add_person,
    help="Add a person to a file of passwords, or change the password; asks for it.",
)
def browse(port: int, opens: bool, person: str | None, login: str, **given: Any) -> None:
    """Look at the coins in web pages on this machine, until Ctrl-C.

    Pages read with a reader's rights, and show no private collection unless --login names one who may see it
    (coinstore bi grant). Without --as nothing can be changed. For other machines each person needs a
    password, and TLS protects it.

    \b
    coinstore browse --open
    coinstore browse --as "Anna Meier" --port 8401
    coinstore browse --add-person people.txt anna
    coinstore browse --host coins.museum.example --password-file people.txt --tls-cert c.pem --tls-key k.pem
    coinstore browse --behind-proxy https://coins.museum.example --password-file people.txt
    """
    try:
        import coinstore.browse.public
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("coinstore"):
            raise
        raise SettingsError(f"the pages need {error.name}; run: pip install 'coinstore[browse]'") from None

    with coinstore.open() as store, store.browse(port, login=login, person=person, **given) as served:
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # a service manager ends it as Ctrl-C does
        notice(f"The coins are at {served.address} (Ctrl-C ends it).")
        if opens:
            webbrowser.open(served.address)
        served.wait()

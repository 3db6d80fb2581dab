"""coinstore browse: look, ask and judge in web pages."""

from __future__ import annotations

import webbrowser

import click

import coinstore
from coinstore.errors import SettingsError

from .shared.commands import Command
from .shared.output import notice


@click.command(cls=Command)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8400, show_default=True, help="0: any free one."
)
@click.option("--open", "opens", is_flag=True, help="Open the page in a browser.")
@click.option(
    "--as", "person", metavar="PERSON", help="Who judges: verdicts and decisions are stored in this name."
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
def browse(port: int, opens: bool, person: str | None, login: str, origins: tuple[str, ...]) -> None:
    """Look at the coins in web pages on this machine, until Ctrl-C.

    Pages read with a reader's rights, and show no private collection unless --login names one who may see it
    (coinstore bi grant). Without --as nothing can be changed.

    \b
    coinstore browse --open
    coinstore browse --as "Anna Meier" --port 8401
    """
    try:
        from coinstore.browse.serve import serving
        from coinstore.browse.site import Site
    except ModuleNotFoundError as error:
        raise SettingsError(f"the pages need {error.name}; run: pip install 'coinstore[browse]'") from None

    with coinstore.open() as store, serving(Site(store.engine, login, person, origins), port) as served:
        notice(f"The coins are at {served.address} (Ctrl-C ends it).")
        if opens:
            webbrowser.open(served.address)
        served.wait()

"""coinstore db serve: the embedded server for other machines and BI tools."""

from __future__ import annotations

from pathlib import Path

import click

from coinstore.db import engine, upgrade
from coinstore.errors import AccessError
from coinstore.server import serve as serving
from coinstore.server import state
from coinstore.settings import from_environment

from .shared.output import notice

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.option(
    "--port", type=click.IntRange(0, 65535), default=5433, show_default=True, help="0: any that is free."
)
@click.option(
    "--listen", default="127.0.0.1", show_default=True, help="Address; 0.0.0.0 is all of this machine's."
)
@click.option(
    "--certificate", type=FILE, help="A certificate of yours, PEM; else one is made, which signs itself."
)
@click.option("--key", type=FILE, help="The key of that certificate, PEM, without a password.")
@click.option("--new-certificate", is_flag=True, help="Make a new one; whoever trusts the old must be told.")
@click.option(
    "--restart", is_flag=True, help="Go on although sessions are at work in the server: they are cut off."
)
@click.option("--stop", "is_stop", is_flag=True, help="End what serves the store, and nothing else.")
def serve(is_stop: bool, **wanted: object) -> None:
    """Open the embedded server to BI tools, until this command ends (Ctrl-C).

    Connections are encrypted (TLS 1.2 or later) or refused. Only logins made by `coinstore bi grant` come in, with
    their password (scram-sha-256), and to this store alone. Nothing is served by itself after the machine or this
    command has stopped: run it under what keeps your services up.

    \b
    coinstore db serve                                     for tools on this machine
    coinstore db serve --listen 0.0.0.0 &                  for others
    coinstore db serve --certificate a.crt --key a.key     with a certificate that clients know
    coinstore db serve --stop
    """
    settings = from_environment()
    if not settings.is_embedded:
        raise AccessError("the server of COINSTORE_DATABASE_URL is served already, by whoever runs it")
    if is_stop:
        notice("The store is served no more." if serving.stop(settings.home) else "The store was not served.")
        return
    with engine.opened(engine.address(settings)) as store:
        upgrade.install(store)
        upgrade.check(store)
    serving.serve(settings.home, serving.Wanted(**wanted), _say)  # type: ignore[arg-type]
    notice("The store is served no more.")


def _say(now: state.Serving) -> None:
    notice(
        f"Serving on {now.listen} port {now.port}, TLS, logins of `coinstore bi grant` only; Ctrl-C ends it.\n"
        f"Certificate, for clients that check it: {now.certificate}"
    )

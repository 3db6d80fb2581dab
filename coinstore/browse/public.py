"""Serving the pages by one call."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from sqlalchemy import Engine

from ..errors import SettingsError
from .listen import Listen
from .people import People, Sessions
from .serve import Served, serving
from .site import Site


def browse(
    engine: Engine,
    port: int = 8400,
    *,
    login: str = "",
    person: str | None = None,
    origins: Sequence[str] = (),
    host: str = "127.0.0.1",
    password_file: str | Path | None = None,
    cert: str | Path | None = None,
    key: str | Path | None = None,
    behind_proxy: str = "",
) -> AbstractContextManager[Served]:
    """Serves the pages of a store while the block runs; see Site and Listen for the options.

    Raises SettingsError as they do, and where pages of any site could read what only a login may see.
    """
    if login and "*" in origins:
        raise SettingsError(
            f"pages of any site could read what {login} may see; name the sites instead of *."
        )
    if person is not None and not (person := person.strip()):
        raise SettingsError("--as needs your name: verdicts and decisions are stored under it.")
    listen = Listen(host, port, Path(cert) if cert else None, Path(key) if key else None, behind_proxy)
    sessions = Sessions(People(Path(password_file))) if password_file else None
    return serving(Site(engine, login, person, tuple(origins), sessions, listen))

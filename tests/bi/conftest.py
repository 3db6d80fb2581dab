"""A store that is really served: by `coinstore db serve`, with logins that `coinstore bi grant` made."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
from commands import PROGRAM, as_process, checked, in_process
from full_store import fill
from sqlalchemy import Engine

from coinstore.db import engine, upgrade
from coinstore.running import access
from coinstore.server import embedded, state
from coinstore.settings import Settings

PASSWORD = "correct horse battery"


@dataclass
class Served:
    """A served store; `as_owner` is the library's engine."""

    home: Path
    port: int
    as_owner: Engine
    environment: dict[str, str] = field(repr=False)

    def url(self, login: str, database: str = "coinstore", mode: str = "disable") -> str:
        return f"postgresql://{login}@127.0.0.1:{self.port}/{database}?sslmode={mode}"

    def connect(self, login: str, **options: str) -> psycopg.Connection:
        return psycopg.connect(self.url(login, **options), password=PASSWORD, autocommit=True)

    def coinstore(self, *arguments: str, code: int = 0, given: str = "") -> subprocess.CompletedProcess[str]:
        run = as_process if arguments[0] == "db" else in_process
        return checked(run(arguments, self.environment, given), code)


@pytest.fixture(scope="session")
def filled_home() -> Iterator[tuple[Path, Engine]]:
    """The home of a store with a graph and coins of three collections; tests make one of these private."""
    home = Path(tempfile.mkdtemp(prefix="coinstore-served-"))
    home.chmod(0o755)
    store = engine.connect(engine.address(Settings(home)))
    upgrade.upgrade(store)
    fill(store)
    store.dispose()
    yield home, store
    store.dispose()
    embedded.stop(home)
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def serving(filled_home: tuple[Path, Engine]) -> Iterator[Served]:
    """The store, served on a free port; logins anna (sees nothing private) and otto (sees the hoard)."""
    home, _ = filled_home
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {k: v for k, v in os.environ.items() if k != "COINSTORE_DATABASE_URL"} | {
        "COINSTORE_HOME": str(home)
    }
    process = subprocess.Popen(
        [*PROGRAM, "db", "serve", "--port", str(port), "--restart"],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert "Serving on 127.0.0.1" in process.stderr.readline()
    store = engine.connect(engine.address(Settings(home)))
    access.grant(store, access.Grant("anna", PASSWORD), whole_server=True)
    access.grant(store, access.Grant("otto", PASSWORD, ["Secret Hoard"]), whole_server=True)
    yield Served(home, port, store, environment)
    store.dispose()
    process.terminate()
    process.communicate(timeout=30)
    assert process.returncode == 0
    assert state.serving(home) is None


@pytest.fixture
def hidden(serving: Served) -> Iterator[Served]:
    """The store while one collection is private."""
    access.set_private(serving.as_owner, ["Secret Hoard"])
    yield serving
    access.set_public(serving.as_owner, ["Secret Hoard"])


@pytest.fixture
def without_pictures(serving: Served) -> Iterator[Served]:
    """The store while the images of one collection are private."""
    access.set_private(serving.as_owner, ["Secret Hoard"], images_only=True)
    yield serving
    access.set_public(serving.as_owner, ["Secret Hoard"])

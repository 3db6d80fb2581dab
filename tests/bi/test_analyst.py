"""What `coinstore help bi` tells an analyst to do: from `coinstore demo` to a query in a tool that speaks ODBC."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from pathlib import Path

import psycopg
import pytest
import topics
from commands import PROGRAM, as_process, checked, in_process

from coinstore.server import embedded

PASSWORD = "correct horse battery"


class Road:
    """A COINSTORE_HOME for the test, and the topic's commands run there."""

    def __init__(self, home: Path) -> None:
        self.home = home
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        kept = {k: v for k, v in os.environ.items() if k != "COINSTORE_DATABASE_URL"}
        self.environment = kept | {"COINSTORE_HOME": str(home)}
        self.server: subprocess.Popen[str] | None = None

    def go(self, words: list[str]) -> str:
        """Runs a command: `db serve` runs on next to the others, and a password comes from standard input."""
        if words[:2] == ["db", "serve"]:
            serve = [*PROGRAM, *words, "--port", str(self.port)]
            self.server = subprocess.Popen(serve, env=self.environment, stderr=subprocess.PIPE, text=True)
            assert "Serving on 127.0.0.1" in self.server.stderr.readline()
            return ""
        asks = words[:2] == ["bi", "grant"] and "--collections" not in words
        arguments = (*words, *(["--password-stdin"] if asks else []))
        run = as_process if words[0] == "db" else in_process
        with chdir(self.home):
            done = checked(run(arguments, self.environment, PASSWORD if asks else ""), 0)
        assert PASSWORD not in done.stdout + done.stderr
        return done.stdout

    def ask(self, query: str) -> list[tuple]:
        """As anna, by ODBC with what `bi url` says if it is installed, or else by psycopg."""
        try:
            import pyodbc

            is_there = "PostgreSQL Unicode" in pyodbc.drivers()
        except ImportError:
            is_there = False
        if not is_there:
            address = f"postgresql://anna@127.0.0.1:{self.port}/coinstore?sslmode=disable"
            with psycopg.connect(address, password=PASSWORD, autocommit=True) as c:
                return c.execute(query).fetchall()
        place = self.go(["bi", "url", "anna", "--for", "odbc"]).splitlines()
        connection = pyodbc.connect("".join(place) + f"PWD={{{PASSWORD}}}", autocommit=True)
        try:
            return [tuple(row) for row in connection.cursor().execute(query).fetchall()]
        finally:
            connection.close()


@contextmanager
def road() -> Iterator[Road]:
    home = Path(tempfile.mkdtemp(prefix="coinstore-analyst-"))
    home.chmod(0o755)
    found = Road(home)
    try:
        yield found
    finally:
        if found.server:
            found.server.terminate()
            found.server.communicate(timeout=30)
        embedded.stop(home)
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def analyst() -> Iterator[Road]:
    with road() as found:
        yield found


def test_from_the_demo_to_look_alikes_among_coins_of_a_weight(analyst: Road) -> None:
    answers = []
    for language, block in topics.blocks("bi"):
        if language == "sh":
            for line in block.splitlines():
                analyst.go(topics.arguments(line)[1])
        elif language == "console":
            for line, said in topics.sessions(block):
                assert topics.is_as_said(said, analyst.go(topics.arguments(line)[1])), line
        elif language == "sql":
            answers.append(analyst.ask(block.strip().rstrip(";")))
    by_edges, by_function = answers
    assert len(by_edges) == len(by_function) == 20
    with psycopg.connect(embedded.url(analyst.home)) as owner:
        numbers = owner.execute("select inventory_number, collection, weight_g from api.coins").fetchall()
    weights = {(collection, number): weight for number, collection, weight in numbers}
    for name, _, weight, collection, number, _, percentile in by_edges:
        assert 3 <= weight <= 4 and 0 <= percentile <= 100
        assert (collection, number) in weights and not name.startswith(collection)
    for collection, number, weight, other, look_alike, other_weight, _ in by_function:
        assert 3 <= weight <= 4 and 3 <= other_weight <= 4 and collection != other
        assert (weights[collection, number], weights[other, look_alike]) == (weight, other_weight)

"""One real server for the whole run; each test that asks for a store gets a clone of a template."""

import itertools
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine

from coinstore.db import engine, upgrade
from coinstore.server import embedded
from coinstore.settings import Settings

_numbers = itertools.count(1)


def pytest_report_header() -> str:
    folder = Path(__file__).parents[2] / "shared" / "data"
    return f"real coins: {'beside the project' if folder.is_dir() else 'not beside the project, their tests are skipped'}"


@pytest.fixture(scope="session")
def real() -> Path:
    """The folder of real coins beside the project."""
    folder = Path(__file__).parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the real coins do not lie beside the project")
    return folder


@pytest.fixture(scope="session")
def home() -> Iterator[Path]:
    """COINSTORE_HOME of the session's embedded server; not pytest's own folder, which others may not enter."""
    folder = Path(tempfile.mkdtemp(prefix="coinstore-test-"))
    folder.chmod(0o755)
    yield folder
    embedded.stop(folder)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def template(home: Path) -> str:
    """The address of a database with the schema in it, to be cloned."""
    url = engine.address(Settings(home))
    store = engine.connect(url)
    upgrade.upgrade(store)
    store.dispose()
    return url


@pytest.fixture
def url(template: str) -> Iterator[str]:
    """The address of a fresh store of the test's own."""
    name = f"test_{next(_numbers)}"
    with psycopg.connect(_database(template, "postgres"), autocommit=True) as admin:
        admin.execute(f"create database {name} template coinstore")
        # A clone takes the tables, not the settings of its template.
        admin.execute(f"alter database {name} set random_page_cost = 1.1")
        admin.execute(f"revoke temporary on database {name} from public")
    yield _database(template, name)
    with psycopg.connect(_database(template, "postgres"), autocommit=True) as admin:
        admin.execute(f"drop database {name} with (force)")


def _database(url: str, name: str) -> str:
    return url.replace("/coinstore?", f"/{name}?")


@pytest.fixture
def store(url: str) -> Iterator[Engine]:
    """An engine on a fresh store."""
    made = engine.connect(url)
    yield made
    made.dispose()

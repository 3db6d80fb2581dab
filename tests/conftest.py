"""One real server for the whole run; each test that asks for a store gets a clone of a template."""

import os

# Tests run in parallel, so NumPy and PyTorch use one thread each: two threads on one core spend more time waiting
# for each other than computing. Both read this when imported; commands in other processes inherit it.
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import functools
import itertools
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import commands
import psycopg
import pytest
import stores
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import Engine

from coinstore.db import engine, upgrade
from coinstore.server import embedded
from coinstore.settings import Settings

_numbers = itertools.count(1)
# What is written need not survive a crash of the machine. A store is dropped sooner from few buffers.
_SETTINGS = ("fsync = off", "full_page_writes = off", "synchronous_commit = off", "shared_buffers = '128MB'")


# A busy machine is not a failure, and a store that a test has for itself serves all that is drawn for it.
settings.register_profile(
    "coinstore", deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
settings.load_profile("coinstore")


def pytest_configure() -> None:
    """Makes Ctrl-C reach the commands that tests start; a pytest in the background ignores it otherwise."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """As many processes as there are processors, up to 4; none for the tests of one file."""
    files = {str(argument).partition("::")[0] for argument in config.args}
    if len(files) == 1 and files.pop().endswith(".py"):
        return 0
    return min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1, 4)


def pytest_report_header() -> str:
    folder = Path(__file__).parents[2] / "shared" / "data"
    return f"real coins: {'next to the project' if folder.is_dir() else 'not found, their tests are skipped'}"


@pytest.fixture(scope="session")
def real() -> Path:
    """The folder of real coins next to the project."""
    folder = Path(__file__).parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the real coins are not next to the project")
    return folder


def chromium() -> str:
    """The system's Chromium; a test that needs one is skipped where there is none."""
    found = (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))
    path = next((one for one in found if one), None)
    if path is None:
        pytest.skip("no Chromium on this machine")
    return path


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium that draws WebGL in software."""
    path = chromium()
    as_root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(
            executable_path=path, args=["--use-angle=swiftshader", "--enable-unsafe-swiftshader", *as_root]
        )
        yield made
        made.close()


def _fast() -> str | None:
    """A folder in memory for the stores, if there is one with room; COINSTORE_TEST_MEMORY may name it.

    A clone has over 600 files. Where as many were just removed, ext4 looks long for a place for a new one: a clone
    then takes up to half a second and not 30 ms.
    """
    place = os.environ.get("COINSTORE_TEST_MEMORY", "/dev/shm")
    has_room = os.access(place, os.W_OK) and shutil.disk_usage(place).free > 6 * 2**30
    return place if has_room else None


@pytest.fixture(scope="session")
def home() -> Iterator[Path]:
    """COINSTORE_HOME of the session's embedded server, in a folder that other users may enter."""
    folder = Path(tempfile.mkdtemp(prefix="coinstore-test-", dir=_fast()))
    folder.chmod(0o755)
    yield folder
    embedded.stop(folder)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def template(home: Path) -> str:
    """The address of a database with the schema in it, to be cloned."""
    url = engine.address(Settings(home))
    with psycopg.connect(url, autocommit=True) as admin:
        for setting in _SETTINGS:
            admin.execute(f"alter system set {setting}")
    embedded.stop(home)
    url = engine.address(Settings(home))
    store = engine.connect(url)
    upgrade.upgrade(store)
    store.dispose()
    return url


@pytest.fixture
def url(template: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a fresh store of the test's own; `once` and `shared` make it where the test uses them."""
    made = stores.named(template, f"test_{next(_numbers)}")
    if not {"once", "shared"} & set(request.fixturenames):
        stores.clone(template, made)
    yield made
    stores.drop(made)


@pytest.fixture
def store(url: str) -> Iterator[Engine]:
    """An engine on a fresh store."""
    made = engine.connect(url)
    yield made
    made.dispose()


@pytest.fixture(scope="module")
def _fillings(template: str) -> Iterator[stores.Fillings]:
    """What `once` keeps for the tests of a module."""
    with stores.fillings(template) as kept:
        yield kept


@pytest.fixture(scope="session")
def _shared_fillings(template: str) -> Iterator[stores.Fillings]:
    """What `shared` keeps for all tests of this process."""
    with stores.fillings(template) as kept:
        yield kept


@pytest.fixture
def once(_fillings: stores.Fillings, url: str) -> stores.Once:
    """Fills the test's store: the first test of a module does the work, the others get copies of it.

    `once(fill, *key)` returns the value of `fill(folder)`, which may write to the store and to the folder. A function whose work depends on a parameter gives this as the key.
    """
    return functools.partial(_fillings.fill, url)


@pytest.fixture
def shared(_shared_fillings: stores.Fillings, url: str) -> stores.Once:
    """As `once`, for all tests of this process: for what several modules fill alike, by one function."""
    return functools.partial(_shared_fillings.fill, url)


@pytest.fixture
def environment(url: str) -> dict[str, str]:
    """The environment of a command that works on the test's own store."""
    return os.environ | {"COINSTORE_DATABASE_URL": url, "PYTHONWARNINGS": "default"}


@pytest.fixture
def coinstore(environment: dict[str, str], request: pytest.FixtureRequest) -> commands.Run:
    """Runs `coinstore` with arguments; `code` is the exit code that is expected.

    It runs in the process of the tests, or in a process of its own where the test is marked with `process`.
    """
    run_with = commands.as_process if request.node.get_closest_marker("process") else commands.in_process

    def run(*arguments: str, code: int = 0, **extra: str) -> subprocess.CompletedProcess[str]:
        return commands.checked(run_with(arguments, environment | extra), code)

    return run

"""A scratch store for a benchmark: a real server in a temporary folder, removed afterwards."""

import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from sqlalchemy import Engine

from coinstore.db import engine, upgrade
from coinstore.ingest import ingest
from coinstore.records.reader import Reading
from coinstore.server import embedded
from coinstore.settings import Settings

MISSED: list[str] = []


def bounded(what: str, value: float, least: float) -> str:
    """A bound in words, to be printed next to its figure; notes a figure that misses it."""
    if not value >= least:
        MISSED.append(f"{what} is {value:.3f} (bound {least:g})")
    return f"bound {least:g}"


def end() -> None:
    """Ends a benchmark: with status 1 and one line, if figures that do not depend on time missed a bound."""
    if MISSED:
        sys.exit(f"missed: {'; '.join(MISSED)}")


@contextmanager
def scratch_store() -> Iterator[Engine]:
    home = Path(tempfile.mkdtemp(prefix="coinstore-bench-"))
    try:
        store = engine.connect(engine.address(Settings(home)))
        upgrade.upgrade(store)
        store.dispose()  # the upgrade sets defaults that only new sessions use
        yield store
        store.dispose()
    finally:
        embedded.stop(home)
        shutil.rmtree(home, ignore_errors=True)


def on_real_coins(measure: Callable[[Engine], None], folder: str | None = None) -> None:
    """Calls `measure` with a store of the coins of a folder (records.csv, images); by default the Roman coins."""
    data = real_data()
    coins = Path(folder) if folder else data / "roman" if data else None
    if coins is None:
        print("the real coins are not next to the project: nothing to measure")
        return
    with scratch_store() as store:
        list(ingest(store, [Reading(str(coins / "records.csv"), images=str(coins / "images"))]))
        measure(store)


def timed(work: Callable[[], object]) -> float:
    """How many seconds a call takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def median_s(work: Callable[[], object], times: int = 9) -> float:
    """Median seconds of several calls, after two warm-up calls."""
    for _ in range(2):
        work()
    return median(timed(work) for _ in range(times))


def real_data() -> Path | None:
    """The folder of real coins next to the project, if it is there."""
    folder = Path(__file__).parents[3] / "shared" / "data"
    return folder if folder.is_dir() else None

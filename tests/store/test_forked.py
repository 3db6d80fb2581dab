"""Photographs examined in forked processes: the same rows, errors passed on, no process outlives its parent."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from stores import Once

from coinstore.errors import StoreError
from coinstore.images import examine
from coinstore.images.examine import examine_images
from coinstore.parallel import Supply
from coinstore.records.load import load
from coinstore.records.reader import Reading, read
from coinstore.synthetic import write_collection
from coinstore.synthetic.mintage import Mintage

COINS = 60
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are forked only on Linux")


@pytest.fixture
def loaded(store: Engine, once: Once) -> Engine:
    """Drawn coins whose photographs nobody has examined yet."""

    def fill(folder: Path) -> None:
        list(write_collection(folder, COINS, Mintage(seed=2)))
        reading = Reading(str(folder / "records.csv"), images=str(folder / "images"))
        list(load(store, "/records.csv", read(reading)))

    once(fill)
    return store


def examined(store: Engine) -> int:
    with store.connect() as c:
        return c.execute(text("select count(*) from core.side where image_examined")).scalar_one()


def test_all_is_examined_one_time(loaded: Engine) -> None:
    supplies = [Supply(fork=True) for _ in range(2)]
    batches = examine_images(loaded, supplies, fork=True)
    for supply in supplies:
        supply.tell_all()
    done = list(batches)
    assert examined(loaded) == sum(step.done for step in done) >= 2 * (COINS - 5)
    assert not multiprocessing.active_children()


def test_one_that_is_killed_is_told(loaded: Engine) -> None:
    supply = Supply(fork=True)
    batches = examine_images(loaded, [supply], fork=True)
    assert next(batches).done
    os.kill(multiprocessing.active_children()[0].pid, signal.SIGKILL)
    with pytest.raises(
        StoreError, match=r"was killed; what it committed is kept\. Run the same command again"
    ):
        list(batches)
    supply.tell_all()


def test_one_that_is_killed_while_it_waits_keeps_no_one_waiting(loaded: Engine) -> None:
    supply = Supply(fork=True)
    batches = examine_images(loaded, [supply], fork=True)
    while examined(loaded) < 2 * (COINS - 5):
        next(batches)
    time.sleep(0.1)  # by now it waits for more
    os.kill(multiprocessing.active_children()[0].pid, signal.SIGKILL)
    supply.tell_more()
    supply.tell_all()
    with pytest.raises(StoreError, match="was killed"):
        list(batches)


def test_an_error_comes_as_it_is(loaded: Engine) -> None:
    batches = examine_images(loaded, [Supply(fork=True)], fork=True)
    next(batches)
    with loaded.begin() as c:
        c.execute(
            text(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid()"
            )
        )
    with pytest.raises(StoreError):
        list(batches)


def test_an_error_of_our_own_is_told_as_such(loaded: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise ZeroDivisionError("a mistake")

    monkeypatch.setattr(examine, "_examine", fails)
    batches = examine_images(loaded, [Supply(fork=True)], fork=True)
    with pytest.raises(StoreError, match=r"an error of coinstore itself[\s\S]*ZeroDivisionError: a mistake"):
        list(batches)


def test_none_outlives_its_parent(loaded: Engine) -> None:
    """A parent that is killed while its children wait for more."""
    url = loaded.url.render_as_string(hide_password=False)
    code = f"""if True:
        import multiprocessing
        from coinstore.db import engine
        from coinstore.images.examine import examine_images
        from coinstore.parallel import Supply
        supplies = [Supply(fork=True) for _ in range(2)]
        batches = examine_images(engine.connect({url!r}), supplies, fork=True)
        print(*(child.pid for child in multiprocessing.active_children()), flush=True)
        list(batches)
    """
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    children = [int(pid) for pid in parent.stdout.readline().split()]
    assert len(children) == 2
    while examined(loaded) < 2 * (COINS - 5):
        time.sleep(0.05)
    parent.kill()
    parent.communicate()
    for _ in range(100):
        if not any(is_alive(pid) for pid in children):
            return
        time.sleep(0.05)
    raise AssertionError("they wait for what never comes")


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False

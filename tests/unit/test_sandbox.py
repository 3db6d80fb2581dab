"""A sandbox: calls that end their process are told as such, and nothing else ends."""

import gc
import math
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from coinstore import sandbox
from coinstore.errors import StoreError
from coinstore.sandbox import Sandbox, Stopped

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals")
KILLED = Stopped("stopped the decoder")


@pytest.fixture(params=["forked", "started"])
def made(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Sandbox]]:
    """Makes sandboxes, whose children are forked, or new programs."""
    if request.param == "forked" and sys.platform != "linux":
        pytest.skip("processes are forked on Linux only")
    monkeypatch.setattr(sandbox, "can_fork", lambda: request.param == "forked")
    boxes: list[Sandbox] = []

    def make(function: Callable[..., Any]) -> Sandbox:
        boxes.append(Sandbox(function))
        return boxes[-1]

    yield make
    for box in boxes:
        box.close()
    assert not multiprocessing.active_children()


def test_calls_are_answered_in_their_order(made: Callable[..., Sandbox]) -> None:
    box = made(divmod)
    assert box.each([(7, 2), (9, 3)]) == [(3, 1), (3, 0)]
    assert box.one(5, 4) == (1, 1)
    assert box.each([]) == []


def test_only_the_call_that_kills_its_process_is_stopped(made: Callable[..., Sandbox]) -> None:
    """The signal 0 kills nothing; 11 is that of a crash in C code."""
    box = made(signal.raise_signal)
    assert box.each([(0,), (signal.SIGSEGV,), (0,), (signal.SIGKILL,)]) == [None, KILLED, None, KILLED]
    assert box.one(0) is None


def test_a_call_that_never_ends_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """It computes in C, where no handler of Python runs."""
    monkeypatch.setattr(sandbox, "CPU_S", 0.2)
    monkeypatch.setattr(sandbox, "can_fork", lambda: True)
    box = Sandbox(math.factorial)
    assert box.one(5) == 120
    assert box.one(10**9) == Stopped("takes the decoder more than 0.2 seconds")
    box.close()


@pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux only")
def test_a_call_that_waits_for_ever_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "LONGEST_S", 0.2)
    monkeypatch.setattr(sandbox, "can_fork", lambda: True)
    box = Sandbox(time.sleep)
    assert box._ask([(0,)]) == [None]
    with pytest.raises(EOFError, match="takes more than 0"):
        box._ask([(60,)])
    box.close()


def test_a_call_that_needs_more_memory_than_allowed_is_stopped(made: Callable[..., Sandbox]) -> None:
    box = made(bytes)
    assert box.each([(3,), (10**11,)]) == [bytes(3), Stopped("needs more memory than there is")]


def test_an_error_of_the_function_is_told_as_such(made: Callable[..., Sandbox]) -> None:
    (one, other) = made(divmod).each([(1, 0), (1, 1)])
    assert "an error of coinstore itself" in one.reason and "ZeroDivisionError" in one.reason
    assert other == (1, 0)


def test_large_values_pass_both_ways(made: Callable[..., Sandbox]) -> None:
    box = made(bytes.upper)
    assert box.each([(b"a" * 10**6,)] * 5) == [b"A" * 10**6] * 5


def test_a_dropped_sandbox_leaves_no_process(made: Callable[..., Sandbox]) -> None:
    found = Sandbox(os.getpid)
    child = found.one()
    assert child != os.getpid()
    del found
    gc.collect()
    assert not is_alive(child)


def test_no_child_outlives_its_parent(tmp_path: Path) -> None:
    code = """if True:
        import os, time
        from coinstore.sandbox import Sandbox
        boxes = [Sandbox(os.getpid) for _ in range(3)]
        print(*(box.one() for box in boxes), flush=True)
        time.sleep(60)
    """
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        children = [int(pid) for pid in parent.stdout.readline().split()]
        assert len(children) == 3
        parent.kill()
    for _ in range(200):
        if not any(is_alive(pid) for pid in children):
            return
        time.sleep(0.05)
    raise AssertionError("they wait for what never comes")


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_child_that_does_not_start_is_an_error_and_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "can_fork", lambda: False)
    monkeypatch.setattr(sandbox, "CALLS", "raise SystemExit(1)")
    with pytest.raises(StoreError, match="does not start"):
        Sandbox(divmod).one(1, 2)

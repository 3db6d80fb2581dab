"""Concurrency: generators in threads, and generators in worker processes.

- `merge` runs generators next to each other, each in a thread.
- `in_processes` runs one generator function in several processes.
- `one_ahead` makes the next item while a thread works on this one.
- `Supply` tells a worker that there is more work, and when all work is known.
- `threads` is a pool of threads, for calls that release the interpreter's lock.
"""

from __future__ import annotations

import multiprocessing
import os
import queue
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent import futures
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait
from typing import Any, TypeVar

from .errors import CoinstoreError, StoreError

PATIENCE_S = 1
S = TypeVar("S")
T = TypeVar("T")


def merge(
    *streams: Generator[T, None, None], stop: Callable[[set[int]], object] = lambda _threads: None
) -> Generator[T, None, None]:
    """The items of all generators, as they arrive; each generator runs in its own thread.

    When a generator raises, or the caller stops, the others are closed at their next item; `stop` has to
    end what takes the threads with these identifiers more than a second. The first error is raised here.
    """
    items: queue.SimpleQueue[Any] = queue.SimpleQueue()
    stopped = threading.Event()
    threads = [threading.Thread(target=_drain, args=(stream, items, stopped)) for stream in streams]
    for thread in threads:
        thread.start()
    running = len(threads)
    try:
        while running:
            item, error, is_over = items.get()
            if error is not None:
                raise error
            if is_over:
                running -= 1
            else:
                yield item
    finally:
        stopped.set()
        for thread in threads:
            thread.join(PATIENCE_S)
        if alive := {thread.ident or 0 for thread in threads if thread.is_alive()}:
            stop(alive)
        for thread in threads:
            thread.join()


def one_ahead(
    work: Callable[[S], T], items: Iterable[S], stop: Callable[[], object]
) -> Generator[T, None, None]:
    """Yields the result of `work` for each item; the next item is made while a thread works on this one.

    An error of `items` is raised after the results of the items before it. When the caller stops or is
    interrupted, work that has begun is finished; `stop()` has to end it if it takes more than a second.
    """
    failed: CoinstoreError | None = None
    with ThreadPoolExecutor(1) as worker, _quick_switches():
        before: Future[T] | None = None
        try:
            for item in items:
                if before:
                    yield before.result()
                before = worker.submit(work, item)
        except CoinstoreError as error:
            failed = error
        except BaseException:
            if before and futures.wait([before], PATIENCE_S).not_done:
                stop()
            raise
        if before:
            yield before.result()
    if failed:
        raise failed


@contextmanager
def _quick_switches() -> Iterator[None]:
    """A thread that returns from the network waits half a millisecond for the interpreter, not five."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(0.0005)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def _drain(stream: Generator[T, None, None], items: Any, stop: threading.Event) -> None:
    try:
        for item in stream:
            items.put((item, None, False))
            if stop.is_set():
                break
        stream.close()
        items.put((None, None, True))
    except BaseException as error:  # raised again where the items are read
        items.put((None, error, True))


def in_processes(
    work: Callable[..., Iterable[T]], arguments: Sequence[tuple[Any, ...]]
) -> Generator[T, None, None]:
    """Runs `work(*arguments)` in one process for each tuple of arguments; yields items as they arrive.

    The processes start at once, before the first item is asked for. They end when the caller stops or
    dies. A CoinstoreError of a worker is raised here; a worker that was killed or failed otherwise raises
    StoreError.

    The processes are spawned and import everything again, so `work` and its arguments have to be picklable.
    They may have child processes of their own.
    """
    context: Any = multiprocessing.get_context("spawn")
    workers: dict[Connection, Any] = {}
    for each in arguments:
        here, there = context.Pipe(duplex=False)
        process = context.Process(target=_work, args=(work, each, there))
        process.start()
        there.close()  # the end of the process then closes the pipe, and younger siblings do not hold it open
        workers[here] = process
    return _received(workers)


def _received(workers: dict[Connection, Any]) -> Generator[Any, None, None]:
    running = dict(workers)
    try:
        while running:
            for here in wait(list(running)):
                item = _receive(here)  # type: ignore[arg-type]
                if isinstance(item, CoinstoreError):
                    raise item
                if item is None:
                    running.pop(here).join()  # type: ignore[call-overload]
                else:
                    yield item
    finally:
        for process in running.values():
            process.terminate()
        for here, process in workers.items():
            process.join()
            here.close()


def _receive(here: Connection) -> Any:
    try:
        return here.recv()
    except (EOFError, OSError):  # OSError: in the middle of an item
        raise StoreError(
            "a worker process was killed; what it committed is kept. Run the same command again."
        ) from None


def _work(work: Callable[..., Iterable[Any]], arguments: tuple[Any, ...], out: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends it
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # its own child processes end with it
    try:
        for item in work(*arguments):
            out.send(item)
            if _is_orphan():
                return
        out.send(None)
    except BrokenPipeError:
        return  # the parent is gone
    except CoinstoreError as error:
        out.send(error)
    except Exception:
        out.send(StoreError(f"an error of coinstore itself, please report it:\n{traceback.format_exc()}"))
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # it ends by itself now


def _is_orphan() -> bool:
    parent = multiprocessing.parent_process()
    # Not parent.is_alive(): younger siblings hold open the pipe by which that notices the end.
    return parent is not None and os.getppid() != parent.pid


class Supply:
    """Tells one worker, a thread, that there is more to do, and when all work is known."""

    def __init__(self) -> None:
        self._more, self._all = threading.Semaphore(0), threading.Event()

    def tell_more(self) -> None:
        """Tells that there is more to do."""
        self._more.release()

    def tell_all(self) -> None:
        """Tells that all work is known."""
        self._all.set()
        self._more.release()

    def is_complete(self) -> bool:
        """Whether all work is known."""
        return self._all.is_set()

    def wait(self, timeout_s: float) -> None:
        """Waits until there is more to do; returns at once when that was told since the last call."""
        self._more.acquire(True, timeout_s)
        while self._more.acquire(False):
            pass


def threads(count: int | None = None) -> Executor:
    """This many threads, one for each core by default, for calls into NumPy or Pillow or to the disk.

    They work at the same time only where a call releases the interpreter's lock.
    """
    return ThreadPoolExecutor(count or os.cpu_count())

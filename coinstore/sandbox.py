"""A sandbox: a child process with limits, for code that untrusted bytes can stop.

A decoder of pictures is C code: a damaged or malicious file can make it crash, use all memory, or never end.
In a sandbox that ends a child process and nothing else.
"""

from __future__ import annotations

import faulthandler
import gc
import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from .errors import StoreError

MEMORY_BYTES = 3 * 1024**3
"""How much memory a call may use: a photograph of 89 million pixels needs about 1.5 GB."""
CPU_S = 60
"""How long a call may compute; such a photograph takes a few seconds."""
LONGEST_S = 900
"""How long a call may take with all that it waits for: a slow network, a disk that does not answer."""
SHOWN = 200  # characters of an error
PIPE_BYTES = 2**20
GRACE_S = 10  # until a child that closed its pipe has ended
SIGNAL = getattr(signal, "SIGPROF", None)  # Windows has none
CALLS = "import sys; sys.path[:] = {path!r}; from coinstore.sandbox import serve_pipes; serve_pipes()"


@dataclass(frozen=True, slots=True)
class Stopped:
    """In place of a result: the call failed or ended its process, and why."""

    reason: str


def can_fork() -> bool:
    """Whether this process may be forked: on Linux, and while no other thread can hold a lock."""
    return sys.platform == "linux" and threading.active_count() == 1


class Sandbox:
    """Calls `function`, which must not keep state, in a child process; a new one whenever that has ended.

    The child is forked now if this process may be forked (see `can_fork`), otherwise it starts at the first
    call, and then `function` has to be picklable. One thread at a time may ask; another one may close it,
    which ends the call. The child ends with this object, and with this process.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self._child: _Forked | _Started | None = _Forked(function) if can_fork() else None

    def each(self, arguments: Sequence[tuple[Any, ...]]) -> list[Any]:
        """The result of each call, or Stopped; raises StoreError when no child starts."""
        if not arguments:
            return []
        try:
            return self._ask(arguments)
        except EOFError:  # one call after the other shows which it was
            return [self.one(*each) for each in arguments]

    def one(self, *arguments: Any) -> Any:
        """The result of one call, or Stopped; raises StoreError when no child starts."""
        try:
            return self._ask([arguments])[0]
        except EOFError as error:
            return Stopped(str(error))

    def close(self) -> None:
        """Ends the child."""
        child, self._child = self._child, None
        if child:
            child.kill()

    def _ask(self, arguments: Sequence[tuple[Any, ...]]) -> list[Any]:
        """The results of all calls; raises EOFError with the reason when the child ended."""
        child = self._child = self._child or _Started(self._function)
        try:
            child.send(arguments)
            results = child.receive()
        except (EOFError, OSError, ValueError, pickle.UnpicklingError):  # ValueError: closed meanwhile
            was_closed, self._child = self._child is None, None
            raise EOFError("takes too long" if was_closed else _why(child.exit_code())) from None
        return list(results)


def _why(exit_code: int) -> str:
    if SIGNAL is not None and exit_code == -SIGNAL:
        return f"takes the decoder more than {CPU_S} seconds"
    if SIGNAL is not None and exit_code == -signal.SIGALRM:
        return f"takes more than {LONGEST_S // 60} minutes"
    return "stopped the decoder"


class _Forked:
    """A forked child: it starts in milliseconds."""

    def __init__(self, function: Callable[..., Any]) -> None:
        context = multiprocessing.get_context("fork")
        self._pipe, there = context.Pipe()
        self._process = context.Process(target=_forked, args=(function, there, self._pipe), daemon=True)
        with _uninterrupted():
            self._process.start()
        there.close()  # the end of the child then closes the pipe
        self.send, self.receive = self._pipe.send, self._pipe.recv
        self.kill = weakref.finalize(self, _kill_forked, self._process, self._pipe, os.getpid())

    def exit_code(self) -> int:
        self._process.join(GRACE_S)
        self.kill()
        return self._process.exitcode or 0


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """An interruption waits: in the middle of a fork Python would print it and go on."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Started:
    """A child that starts as a new program: the only kind while this process has other threads."""

    def __init__(self, function: Callable[..., Any]) -> None:
        command = [sys.executable, "-c", CALLS.format(path=sys.path)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._process.stdout
        _widen(self._process.stdout)
        self.kill = weakref.finalize(self, _kill_started, self._process, os.getpid())
        try:
            self.send(function)
            self.receive()  # it is ready
        except (OSError, EOFError, pickle.UnpicklingError):
            self.kill()
            raise StoreError("a process for photographs does not start; stderr says why") from None

    def send(self, value: Any) -> None:
        assert self._process.stdin
        _send(self._process.stdin, value)

    def receive(self) -> Any:
        assert self._process.stdout
        return pickle.load(self._process.stdout)

    def exit_code(self) -> int:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(GRACE_S)
        self.kill()
        return self._process.returncode


def _kill_forked(process: Any, pipe: Any, parent: int) -> None:
    if os.getpid() == parent:  # and not in a sibling, which has a copy of this object
        process.kill()
        process.join()
        pipe.close()


def _kill_started(process: subprocess.Popen[bytes], parent: int) -> None:
    if os.getpid() == parent:
        process.kill()
        with suppress(OSError), process:  # closes the pipes and waits
            pass


def _send(file: IO[bytes], value: Any) -> None:
    pickle.dump(value, file, protocol=5)  # arrays are not copied once more
    file.flush()


def _widen(pipe: IO[bytes]) -> None:
    """Several photographs fit into the pipe, where that is possible: they take half as long to pass."""
    with suppress(ImportError, AttributeError, OSError):
        import fcntl

        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)


def _forked(function: Callable[..., Any], pipe: Any, parents: Any) -> None:
    parents.close()  # so that the end of the parent closes the pipe
    gc.freeze()  # memory stays shared with the parent while the collector does not touch it
    _serve(function, pipe.recv, pipe.send)


def serve_pipes() -> None:
    """What a started child does: answers calls from stdin to stdout until the parent is gone."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # libraries may print
    with suppress(EOFError):
        function = pickle.load(sys.stdin.buffer)
        _send(out, "ready")
        _serve(function, lambda: pickle.load(sys.stdin.buffer), lambda value: _send(out, value))


def _serve(function: Callable[..., Any], receive: Callable[[], Any], send: Callable[[Any], None]) -> None:
    _set_limits()
    with Path(os.devnull).open("w") as nowhere:  # C libraries print what is wrong with a file
        os.dup2(nowhere.fileno(), 2)
    with suppress(EOFError, OSError):  # the parent is gone
        while True:
            send([_timed(function, each) for each in receive()])


def _timed(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    if SIGNAL is not None:
        signal.setitimer(signal.ITIMER_PROF, CPU_S)
        signal.setitimer(signal.ITIMER_REAL, LONGEST_S)
    try:
        return function(*arguments)
    except MemoryError:
        return Stopped("needs more memory than there is")
    except Exception as error:
        what = f"{type(error).__name__}: {ascii(str(error))[:SHOWN]}"
        return Stopped(f"an error of coinstore itself, please report it ({what})")
    finally:
        if SIGNAL is not None:
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.setitimer(signal.ITIMER_REAL, 0)


def _set_limits() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends it
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    faulthandler.disable()
    if SIGNAL is None:
        return
    import resource

    for each in (SIGNAL, signal.SIGALRM):
        signal.signal(each, signal.SIG_DFL)  # ends the process, also in the middle of C code
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(OSError, ValueError):  # systems other than Linux
        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        limit = used + MEMORY_BYTES
        if hard in (resource.RLIM_INFINITY, -1) or limit < hard:
            resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
        Path("/proc/self/oom_score_adj").write_text("1000")  # the first to go when memory is short

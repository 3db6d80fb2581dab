"""Runs `coinstore` for a test: in the process of the tests, which is fast, or in a process of its own."""

import os
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import BinaryIO
from unittest import mock

from coinstore_cli.main import main
from coinstore_cli.shared import logs

PROGRAM = [sys.executable, "-c", "from coinstore_cli.main import main; main()"]
Run = Callable[..., subprocess.CompletedProcess[str]]


def in_process(
    arguments: tuple[str, ...], environment: Mapping[str, str], given: str = ""
) -> subprocess.CompletedProcess[str]:
    """Runs a command in this process and returns what a process would return.

    What two processes would not share is reset: the environment, the arguments, the three streams, the filters of
    warnings and the log. A warning fails the test.
    """
    with (
        mock.patch.dict(os.environ, environment, clear=True),
        mock.patch.object(sys, "argv", ["coinstore", *arguments]),
        mock.patch.object(os, "execve", _no_exec),
        warnings.catch_warnings(record=True) as warned,
        _streams(given) as (out, err),
        _log(),
    ):
        warnings.simplefilter("default")
        try:
            main()
        except SystemExit as end:
            code = end.code
    assert warned == [], [str(one.message) for one in warned]
    assert isinstance(code, int), code
    return subprocess.CompletedProcess(list(arguments), code, _read(out), _read(err))


def as_process(
    arguments: tuple[str, ...], environment: Mapping[str, str], given: str = ""
) -> subprocess.CompletedProcess[str]:
    """Runs a command in a process of its own."""
    return subprocess.run(
        [*PROGRAM, *arguments],
        env=environment,
        input=given,
        capture_output=True,
        text=True,
        timeout=300,
    )


def checked(done: subprocess.CompletedProcess[str], code: int) -> subprocess.CompletedProcess[str]:
    """The result of a command, after checking its exit code and that it printed no traceback or warning."""
    assert "Traceback" not in done.stderr, done.stderr
    assert "Warning" not in done.stderr, done.stderr
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    return done


def _no_exec(program: object, *_: object) -> None:
    raise AssertionError(f"{program} would replace the process of the tests: mark the test with `process`")


@contextmanager
def _log() -> Iterator[None]:
    """Ends the log that a command began."""
    try:
        yield
    finally:
        for handler in logs.LOGGER.handlers:
            if handler.stream is not sys.stderr:
                handler.stream.close()
        logs.LOGGER.handlers, logs.LOGGER.propagate = [], True


@contextmanager
def _streams(given: str) -> Iterator[tuple[BinaryIO, BinaryIO]]:
    """Standard input from a text, output and error to two files, for started processes as well."""
    with tempfile.TemporaryFile() as source:
        source.write(given.encode())
        source.seek(0)
        out, err = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115
        files = (source, out, err)
        kept = [os.dup(number) for number in range(3)]
        streams = sys.stdin, sys.stdout, sys.stderr
        try:
            for number, file in enumerate(files):
                os.dup2(file.fileno(), number)
            sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
            sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
            sys.stderr = open(2, "w", encoding="utf-8", buffering=1, errors="backslashreplace", closefd=False)  # noqa: SIM115
            yield out, err
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            sys.stdin, sys.stdout, sys.stderr = streams
            for number, copy in enumerate(kept):
                os.dup2(copy, number)
                os.close(copy)


def _read(file: BinaryIO) -> str:
    with file:
        file.seek(0)
        return file.read().decode()

"""Structured logs on request: JSON lines, to a file or to stderr, without arguments and secrets."""

from __future__ import annotations

import json
import logging
import re
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, is_dataclass
from datetime import UTC, datetime
from math import isfinite
from pathlib import Path
from typing import Any, TypeVar

import click

TO_STDERR = "json"
LOGGER = logging.getLogger("coinstore.command")
# The part of an address before its last @: a password may contain / and @. Addresses of local files are left
# out, since their paths may contain @.
USER = re.compile(r"(?<=://)(?<!file://)(?<!zip://)(?<!memory://)\S*@")
NAME = r"[\w-]*(?:password|passwd|passphrase|token|secret)[\w-]*"
SECRET = re.compile(rf"(?i)({NAME}\s*[=:]|[\w-]*key=)(\s*)(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|\S+)")
T = TypeVar("T")
_started = time.monotonic()


class Lines(logging.Formatter):
    """A record as one line of JSON: at, level, event, and its fields."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        fields = getattr(record, "fields", {})
        whole = {"at": at, "level": record.levelname.lower(), "event": record.getMessage()} | fields
        return json.dumps(_plain(whole))


class Places(logging.StreamHandler[Any]):
    """Writes the lines; if that fails, it says so once, and the work goes on without a log."""

    def handleError(self, _record: logging.LogRecord) -> None:  # noqa: N802 - the library's name
        LOGGER.handlers = []
        click.echo(
            f"coinstore: the log cannot be written ({sys.exc_info()[1]}); going on without it.", err=True
        )
        if self.stream is not sys.stderr:
            with suppress(OSError):
                self.stream.close()


def begin(where: str | None) -> None:
    """Logs to a file from now on, or to stderr for `json`; nothing happens without a place.

    Raises SettingsError for a file that cannot be written.
    """
    if not where:
        return
    from coinstore.errors import SettingsError

    try:
        stream = sys.stderr if where == TO_STDERR else Path(where).open("a", encoding="utf-8")  # noqa: SIM115
    except OSError as error:
        raise SettingsError(
            f"{where} cannot be written ({error.strerror}); give another file for the log."
        ) from error
    handler = Places(stream)
    handler.setFormatter(Lines())
    LOGGER.handlers, LOGGER.propagate = [handler], False
    LOGGER.setLevel(logging.INFO)


def event(name: str, *, level: int = logging.INFO, **fields: Any) -> None:
    """Logs an event, with the seconds since the command began."""
    if LOGGER.handlers:
        seconds = round(time.monotonic() - _started, 3)
        LOGGER.log(level, name, extra={"fields": fields | {"elapsed_s": seconds}})


def followed(stage: str, steps: Iterable[T]) -> Iterator[T]:
    """Passes the steps of long work on, and logs each one as it is committed."""
    for step in steps:
        if LOGGER.handlers and is_dataclass(step) and not isinstance(step, type):
            event(f"{stage}.{type(step).__name__.lower()}", **asdict(step))
        yield step


def _plain(value: Any) -> Any:
    """The value as JSON can hold it, without secrets."""
    if isinstance(value, dict):
        return {str(name): "…" if _is_secret(name, part) else _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, int | float | None):
        return (round(value, 4) if isfinite(value) else None) if isinstance(value, float) else value
    return SECRET.sub(r"\1\2…", USER.sub("", str(value)))


def _is_secret(name: object, value: object) -> bool:
    return isinstance(value, str) and bool(re.fullmatch(NAME, str(name), re.IGNORECASE))

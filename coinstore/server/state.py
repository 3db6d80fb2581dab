"""Whether the embedded server is served now: a record in the store's home, of a process that is alive."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True, slots=True)
class Serving:
    """The port on 127.0.0.1, and the process of `coinstore db serve`: its id and its start in seconds."""

    port: int
    pid: int
    started: float

    @classmethod
    def by_this_process(cls, port: int) -> Serving:
        return cls(port, os.getpid(), psutil.Process().create_time())


def _file(home: Path) -> Path:
    return home / "serving.json"


def serving(home: Path) -> Serving | None:
    """How the store is served now; None if it is not. A record that a killed process left does not count."""
    try:
        found = Serving(**json.loads(_file(home).read_text("utf-8")))
        is_alive = abs(psutil.Process(found.pid).create_time() - found.started) < 1
    except (OSError, ValueError, TypeError, psutil.Error):
        return None
    return found if is_alive else None


def record(home: Path, now: Serving) -> None:
    """Records that the store is served from now on."""
    _file(home).write_text(json.dumps(asdict(now)), "utf-8")


def forget(home: Path) -> None:
    """Removes the record."""
    _file(home).unlink(missing_ok=True)

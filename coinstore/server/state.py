"""Whether the embedded server is served now, and how: a record beside it, of a process that is alive."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True, slots=True)
class Serving:
    """Where the store is served: `listen` and `port`, the certificate to trust, the process that does it.

    `inner_port`: where the server itself listens, to this machine alone; `started`: of the process, in seconds.
    """

    listen: str
    port: int
    certificate: str
    inner_port: int
    pid: int
    started: float


def _file(home: Path) -> Path:
    return home / "serving.json"


def serving(home: Path) -> Serving | None:
    """How the store is served now; None when it is not, whatever a process that was killed has left behind."""
    try:
        found = Serving(**json.loads(_file(home).read_text("utf-8")))
        alive = abs(psutil.Process(found.pid).create_time() - found.started) < 1
    except (OSError, ValueError, TypeError, psutil.Error):
        return None
    return found if alive else None


def record(home: Path, now: Serving) -> None:
    """Keeps how the store is served from now on."""
    _file(home).write_text(json.dumps(asdict(now)), "utf-8")


def forget(home: Path) -> None:
    """Says that the store is served no more."""
    _file(home).unlink(missing_ok=True)

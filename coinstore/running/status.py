"""The state of a store: server, coverage, queue, faults, indexes, backups; also in Prometheus' format."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Engine

from ..db import call

PARTS = {
    "sizes": "part.sizes",
    "coverage": "part.coverage",
    "queue": "part.queue",
    "faults": "part.faults_by_stage",
    "indexes": "api.indexes",
    "settings": "part.server_settings",
}


def status(engine: Engine) -> dict[str, Any]:
    """What an administrator asks first: for each part the rows of its view, as any reader may see them."""
    server = call.look(engine, "part.server")[0]
    parts = {name: call.look(engine, view) for name, view in PARTS.items()}
    backups = call.look(engine, "part.last_backup")
    return {"server": server} | parts | {"last_backup": backups[0] if backups else None}


def exposition(engine: Engine) -> str:
    """The metrics in Prometheus' text format, version 0.0.4."""
    return "".join(_lines(call.look(engine, "api.metrics")))


def _lines(rows: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    families: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        families.setdefault(row["name"], []).append(row)
    for name in sorted(families):
        samples = families[name]
        yield f"# HELP {name} {_escaped(samples[0]['help'], is_label=False)}\n"
        yield f"# TYPE {name} {samples[0]['type']}\n"
        for sample in sorted(samples, key=lambda row: sorted(row["labels"].items())):
            labels = ",".join(f'{key}="{_escaped(value)}"' for key, value in sorted(sample["labels"].items()))
            yield f"{name}{'{' + labels + '}' if labels else ''} {sample['value']!r}\n"


def _escaped(text: str, *, is_label: bool = True) -> str:
    plain = str(text).replace("\\", r"\\").replace("\n", r"\n")
    return plain.replace('"', r"\"") if is_label else plain

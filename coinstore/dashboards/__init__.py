"""A starter dashboard for BI tools: four charts over `api`, written as files that Superset and Metabase take."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Any

from .metabase import files as metabase_files
from .superset import files as superset_files

TOOLS = ("superset", "metabase")
_FILES = {"superset": superset_files, "metabase": metabase_files}
Chart = dict[str, Any]


def charts() -> list[Chart]:
    """The charts: each a title, a note, the SQL behind it, and what is drawn of its columns."""
    found: list[Chart] = json.loads(resources.files(__package__).joinpath("charts.json").read_text("utf-8"))
    return found


def write(folder: Path, tool: str, address: str) -> list[Path]:
    """Writes the dashboard for a tool (one of TOOLS) into a folder; returns the files.

    `address`: of the store for SQLAlchemy, its password masked as Superset masks it, XXXXXXXXXX. Where a file is text,
    it is JSON, which is YAML as well. Raises OSError.
    """
    written: list[Path] = []
    for name, content in _FILES[tool](charts(), address).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        written.append(path)
    return written

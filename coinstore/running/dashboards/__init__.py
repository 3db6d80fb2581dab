"""A starter dashboard for BI tools: charts over `api`, written as files for Superset and Metabase."""

from __future__ import annotations

from pathlib import Path

from .contents import charts, contents
from .metabase import files as metabase_files
from .superset import files as superset_files

__all__ = ["TOOLS", "charts", "contents", "write"]
TOOLS = ("superset", "metabase")
_FILES = {"superset": superset_files, "metabase": metabase_files}


def write(folder: Path, tool: str, address: str) -> list[Path]:
    """Writes the dashboard for a tool (one of TOOLS) into a folder; returns the files.

    `address`: of the store for SQLAlchemy, its password masked as Superset masks it, XXXXXXXXXX. Where a file
    is text, it is JSON, which is YAML as well. Raises OSError.
    """
    written: list[Path] = []
    for name, content in _FILES[tool](contents(), address).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        written.append(path)
    return written

"""Reports: one HTML file of sections with pictures and tables. No script, no address, every text escaped."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from ...sources.outputs import PAGE, check_path
from ..explore.shell import asset, write_text


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of texts below headings; numbers are aligned right."""

    title: str
    rows: Sequence[dict[str, str]]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """A plot as SVG, and what it shows in words; `is_narrow`: as wide as the text and not the page."""

    svg: bytes
    says: str
    is_narrow: bool = False

    @property
    def address(self) -> str:
        """The picture as a data: URL."""
        return "data:image/svg+xml;base64," + base64.b64encode(self.svg).decode()


@dataclass(frozen=True, slots=True)
class Section:
    """The content under one heading."""

    title: str
    says: str
    pictures: Sequence[Picture] = ()
    tables: Sequence[Table] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """A whole report: facts, warnings, sections."""

    title: str
    facts: Sequence[tuple[str, str]]
    warnings: Sequence[str]
    sections: Sequence[Section]


def write_report(path: Path, report: Report) -> None:
    """Writes a report atomically. An existing file is replaced. Raises SettingsError if that fails."""
    check_path(path, PAGE, "report")
    style = asset("report.css")
    digest = "sha256-" + base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.tests["number"] = _is_number
    text = environment.from_string(asset("report.html")).render(
        report=report,
        style=Markup(style),
        style_digest=digest,
        made=f"Made {date.today()} by coinstore {version('coinstore')}",
    )
    write_text(path, text)


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"[−+<]? ?[\d.,]+( \(.*\)|, p .*)?", text))

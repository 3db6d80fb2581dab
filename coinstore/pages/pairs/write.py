"""Writes pairs as a page or as pictures: the explanation of one, or the most probable ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from ...dies.calibrations import calibration
from ...dies.explain import Explained
from ...sources.outputs import SHEET, check_path
from ..explore.shell import write_text
from ..sheets.png import write_pages
from . import words
from .cards import cards
from .cards_png import cards_pages
from .html import cards_page, page_of
from .png import picture_of
from .ring import KEY


def write_pair(explained: Explained, path: Path) -> None:
    """Writes a pair as HTML or PNG, depending on the suffix; raises SettingsError for another one."""
    check_path(path, SHEET, "page")
    if path.suffix.lower() == ".png":
        picture_of(explained).save(path, dpi=(300, 300), compress_level=3)
    else:
        write_text(path, page_of(explained))


def write_matches(engine: Engine, rows: Sequence[Mapping[str, Any]], paths: Sequence[Path]) -> list[Path]:
    """Writes rows of api.matches as HTML or PNG, in their order; returns the files.

    A PNG longer than a page continues in `name-2.png` and so on. Raises SettingsError for another suffix and
    for too many rows, and CoinstoreError without OpenCV.
    """
    for path in paths:
        check_path(path, SHEET, "page")
    many = f"{len(rows):,} most probable pairs" if len(rows) > 1 else "most probable pair"
    some, title = cards(engine, rows), f"The {many} of one die"
    facts = (
        f"The probability was fitted on {calibration(engine).fitted_on}. {words.CAUTION}",
        KEY,
        f"Made {date.today()} by coinstore {version('coinstore')}.",
    )
    written = []
    for path in paths:
        if path.suffix.lower() == ".png":
            written += write_pages(cards_pages(some, title, facts), path)
        else:
            write_text(path, cards_page(some, title, facts))
            written.append(path)
    return written

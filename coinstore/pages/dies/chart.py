"""The link chart of a die study in a file, as HTML or PNG."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Engine

from ...sources.outputs import SHEET, check_path
from ..explore.shell import write_text
from .html import html_of
from .png import picture_of
from .study import study_page


def write_chart(engine: Engine, paths: Sequence[Path], study: str | None = None) -> None:
    """Writes the link chart of a study into files that end in .html or .png; HTML also has its tables.

    Raises SettingsError for another suffix and for a folder that does not exist, NotFound for an unknown
    study and for one without a link.
    """
    for path in paths:
        check_path(path, SHEET, "link chart")
    page = study_page(engine, study)
    for path in paths:
        if path.suffix.lower() == ".png":
            picture_of(page).save(path, dpi=(300, 300), compress_level=3)
        else:
            write_text(path, html_of(page))

"""Writes the explanation of a pair, as a page or as a picture."""

from __future__ import annotations

from pathlib import Path

from ...dies.explain import Explained
from ...sources.outputs import SHEET, check_path
from ..explore.shell import write_text
from .html import page_of
from .png import picture_of


def write_pair(explained: Explained, path: Path) -> None:
    """Writes a pair as HTML or PNG, depending on the suffix; raises SettingsError for another one."""
    check_path(path, SHEET, "page")
    if path.suffix.lower() == ".png":
        picture_of(explained).save(path, dpi=(300, 300), compress_level=3)
    else:
        write_text(path, page_of(explained))

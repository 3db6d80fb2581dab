"""Where results are written: checked before the work begins, not after it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..errors import SettingsError

PAGE = (".html", ".htm")
PLOT = (".png", ".svg")
SHEET = (".html", ".htm", ".png")

# The beginning of a formula for a spreadsheet, after any number of apostrophes.
FORMULA = re.compile(r"'*[=+\-@\t\r]")


def cell(value: Any) -> Any:
    """A value for a CSV file; a text that a spreadsheet would run as a formula gets a ' before it.

    OWASP recommends this. Numbers stay numbers. Nothing is lost: when a text begins with one or more ' and
    then = + - @ tab or return, one ' was added (`uncelled` removes it).
    https://owasp.org/www-community/attacks/CSV_Injection
    """
    return f"'{value}" if isinstance(value, str) and FORMULA.match(value) else value


def uncelled(text: str) -> str:
    """The text from before `cell`."""
    return text[1:] if text.startswith("'") and FORMULA.match(text) else text


def check_path(path: Path, suffixes: Iterable[str], what: str) -> None:
    """Raises SettingsError unless a file with one of the suffixes can be written; `what` names it: "page"."""
    known = tuple(suffixes)
    if path.suffix.lower() not in known:
        raise SettingsError(
            f"{path.name}: a {what} is written as {', '.join(known)}; name it {path.stem}{known[0]}."
        )
    if not path.parent.is_dir():
        raise SettingsError(
            f"there is no folder {path.parent}; create it first, or write the {what} elsewhere."
        )
    if path.is_dir():
        raise SettingsError(f"{path} is a folder; choose the name of a file for the {what}.")
    if not os.access(path.parent, os.W_OK):
        raise SettingsError(f"the folder {path.parent} cannot be written to; write the {what} elsewhere.")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path to write to, which becomes the file when the block ends; a failure leaves the old file."""
    partial = path.with_name(f".{path.name}.part")
    try:
        yield partial
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)

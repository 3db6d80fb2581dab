"""The shell of the interactive pages: one file with its data, photographs and program."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from ...errors import SettingsError

# Characters that could end a script or begin a comment in HTML, or end a line in old JavaScript.
ESCAPES = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\N{LINE SEPARATOR}\N{PARAGRAPH SEPARATOR}"}
PARTS = ("data", "colours", "edges", "faces", "walk", "drawing", "card", "search")
PROGRAM = (*(f"explore_{part}.js" for part in PARTS), "explore.js")
# The head of the page appears before the program begins, which can take a second.
BEGIN = (
    "function begin() {\n%s\n}\n"
    "if (document.hidden) begin(); else requestAnimationFrame(() => setTimeout(begin));"
)


@dataclass(frozen=True, slots=True)
class Head:
    """The text above a drawing: facts on one line, how to read it, and warnings."""

    title: str
    facts: tuple[str, ...]
    key: str
    warnings: tuple[str, ...] = ()


def write_page(path: Path, head: Head, data: dict[str, Any], photographs: Sequence[str]) -> int:
    """Writes a page atomically and returns its size in bytes. An existing file is replaced.

    `photographs` are blocks of JSON from tiles.pack. The page's content policy allows its own program
    and style by their SHA-256, and no address. Raises SettingsError if the file cannot be written.
    """
    style = asset("explore.css")
    script = asset("vendor", "sigma.js") + BEGIN % "\n".join(asset(name) for name in PROGRAM)
    template = Environment(autoescape=True, undefined=StrictUndefined).from_string(asset("explore.html"))
    text = template.render(
        title=head.title,
        facts=head.facts,
        key=head.key,
        warnings=head.warnings,
        k=data.get("k"),
        coins=len(data["x"]),
        made=f"Made {date.today()} by coinstore {version('coinstore')}",
        licences=asset("vendor", "LICENSES.txt"),
        data=Markup(as_json(data)),
        photographs=[*map(Markup, photographs)],
        style=Markup(style),
        style_digest=_digest(style),
        script=Markup(script),
        script_digest=_digest(script),
    )
    return write_text(path, text)


def as_json(data: Any) -> str:
    """JSON for a script element: `<`, `>`, `&` and the line separators are escaped."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False).translate(ESCAPES)


def asset(*name: str) -> str:
    """The text of a file in pages/assets."""
    return files("coinstore.pages").joinpath("assets", *name).read_text("utf-8")


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def write_text(path: Path, text: str) -> int:
    """Writes a text atomically and returns its size in bytes. An existing file is replaced.

    Raises SettingsError if the file cannot be written.
    """
    data = text.encode()
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}-", delete=False) as file:
            part = Path(file.name)
            file.write(data)
        part.chmod(0o666 & ~_umask())
        part.replace(path)
    except OSError as error:
        raise SettingsError(f"{path} cannot be written: {error.strerror}; choose another path.") from error
    return len(data)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask

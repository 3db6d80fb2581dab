"""Exports with one JSON file for each coin, in a folder."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ...sources.outputs import replacing
from .about import About
from .coins import ExportedCoin

LONGEST = 150  # characters of a name; file systems take 255 bytes

Described = Callable[[ExportedCoin, About], "dict[str, Any] | None"]
Beside = Callable[[Path, Iterable["dict[str, Any]"], About], None]


def write_folder(
    coins: Iterable[ExportedCoin], folder: Path, about: About, described: Described
) -> Iterable[dict[str, Any] | None]:
    """Writes a file for each coin; yields what is in it, None for a coin that is left out."""
    folder.mkdir(exist_ok=True)
    for one in coins:
        said = described(one, about)
        if said is not None:
            write_json(folder / file_name(one, about), said)
        yield said


def write_json(path: Path, said: Any) -> None:
    """Writes one JSON file; letters of all scripts stay as they are."""
    with replacing(path) as partial:
        partial.write_text(json.dumps(said, ensure_ascii=False, indent=1) + "\n", "utf-8")


def file_name(one: ExportedCoin, about: About) -> str:
    """The name of the file of a coin: its number, with the collection where there are several."""
    name = one.name if about.collections > 1 else one.coin["inventory_number"]
    spelled = quote(name, safe=" ()+,;=").replace("%", "_").lstrip(".")
    if len(spelled) > LONGEST or not spelled:
        spelled = spelled[:LONGEST] + hashlib.sha256(name.encode()).hexdigest()[:16]
    return f"{spelled}.json"

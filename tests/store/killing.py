"""A look at photographs that some of them kill: a decoder of Pillow with an error in its C code would do so."""

import signal
from pathlib import Path
from typing import Any
from unittest import mock

from coinstore.errors import PictureError
from coinstore.images import look as module
from coinstore.images.look import look
from coinstore.models.spec import PictureSpec
from coinstore.spaces.prepare import Prepared, prepare_photograph


def killing_look(location: str) -> dict[str, Any]:
    """As `look`; a file that says "killer 11" ends the process by signal 11."""
    content = Path(location).read_bytes()
    if content.startswith(b"killer "):
        signal.raise_signal(int(content.split()[1]))
    return look(location)


def muttering_look(_location: str) -> dict[str, Any]:
    """A look at a photograph whose decoder says what no database takes."""
    with mock.patch.object(module, "describe", side_effect=PictureError("odd \0\udcff" + "x" * 1000)):
        return look(str(Path(__file__)))


def killing_prepare(location: str, sha256: str, specs: dict[str, PictureSpec], placed: Any) -> Prepared:
    """As `prepare_photograph`; the photograph 7.png ends the process."""
    if location.endswith("/7.png"):
        signal.raise_signal(signal.SIGSEGV)
    return prepare_photograph(location, sha256, specs, placed)

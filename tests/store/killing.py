"""A look at photographs that some of them kill: a decoder of Pillow with an error in its C code would do so."""

import signal
from pathlib import Path
from typing import Any

from coinstore.images.look import look


def killing_look(location: str) -> dict[str, Any]:
    """As `look`; a file that says "killer 11" ends the process by signal 11."""
    content = Path(location).read_bytes()
    if content.startswith(b"killer "):
        signal.raise_signal(int(content.split()[1]))
    return look(location)

"""Variables of libpq in the environment (PGPORT, PGSERVICE, PGOPTIONS, …): the embedded server ignores them.

They are meant for another server, and some of them make every connection fail.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from .sockets import PREFIX

if TYPE_CHECKING:
    import psycopg

_ENVIRONMENT = threading.Lock()  # it belongs to the whole process


def is_embedded(address: str) -> bool:
    """Whether an address is that of an embedded server, whose socket is in a folder of ours."""
    parts = urlsplit(address)
    host = parse_qs(parts.query).get("host", [""])[0]
    is_ours = (Path(host) / "PG_VERSION").exists() or Path(host).name.startswith(PREFIX)
    return parts.netloc == "postgres@" and host != "" and is_ours


def environment(address: str) -> dict[str, str]:
    """The environment for a program that connects to an address."""
    is_hidden = _is_libpq if is_embedded(address) else lambda _name: False
    return {name: value for name, value in os.environ.items() if not is_hidden(name)}


@contextmanager
def ignored() -> Iterator[None]:
    """Hides the variables for as long as connecting takes."""
    with _ENVIRONMENT:
        hidden = {name: os.environ.pop(name) for name in [*os.environ] if _is_libpq(name)}
        try:
            yield
        finally:
            os.environ.update(hidden)


def connect(address: str, **options: Any) -> psycopg.Connection[Any]:
    """A connection to the server itself, without a store."""
    import psycopg

    with ignored() if is_embedded(address) else nullcontext():
        return psycopg.connect(address, **options)


def _is_libpq(name: str) -> bool:
    return name.startswith("PG") and name[2:].isalpha() and name.isupper()

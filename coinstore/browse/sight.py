"""What a login may see now: what is kept is shown only to those who see the same collections."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import Engine

from ..db import call
from ..errors import Changed


def sight(engine: Engine) -> str:
    """What an engine may see, as a text; those who see the same collections have the same one."""
    return str(call.look(engine, "part.browse_sight")[0]["sight"])


def as_seen(engine: Engine, seen: str, make: Callable[[], Iterable[Any]]) -> list[Any]:
    """A list that is made with this sight; raises Changed as `check_sight`."""
    made = list(make())
    check_sight(engine, seen)
    return made


def check_sight(engine: Engine, seen: str) -> None:
    """Raises Changed if an engine sees something else now: it would be kept for those who may not."""
    if sight(engine) != seen:
        raise Changed("what you may see has just been changed; load the page again.")

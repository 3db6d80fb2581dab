"""Opening a store."""

from __future__ import annotations

from .settings import Settings, from_environment
from .store import Store


def open_store(url: str | None = None, *, settings: Settings | None = None) -> Store:
    """Opens the store at an address, or the one that the environment names.

    Starts the embedded server when it is down, and makes its schema the first time. Raises Unreachable,
    Unsuitable, and SchemaMismatch when the schema is missing, older or newer.
    """
    from .db import engine as engines
    from .db import upgrade

    settings = settings or from_environment()
    engine = engines.connect(url or engines.address(settings))
    try:
        if url is None and settings.is_embedded:
            upgrade.install(engine)
        upgrade.check(engine)
    except BaseException:
        engine.dispose()
        raise
    return Store(engine)

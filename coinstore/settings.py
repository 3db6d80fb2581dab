"""Settings: the two environment variables, and what follows from them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs


@dataclass(frozen=True, slots=True)
class Settings:
    """Where a store is.

    `home`: the folder of the embedded server, weights and caches. `database_url`: the address of another
    server, or None for the embedded one.
    """

    home: Path
    database_url: str | None = None

    @property
    def is_embedded(self) -> bool:
        """Whether coinstore runs the server itself."""
        return self.database_url is None


def from_environment() -> Settings:
    """Reads COINSTORE_HOME (default: the user data folder of the platform) and COINSTORE_DATABASE_URL."""
    home = os.environ.get("COINSTORE_HOME") or platformdirs.user_data_path("coinstore", appauthor=False)
    if " " in str(home) and os.name != "nt" and "COINSTORE_HOME" not in os.environ:
        home = (
            Path.home() / ".coinstore"
        )  # stores are there since servers could not be in a folder with a blank
    return Settings(Path(home).expanduser().absolute(), os.environ.get("COINSTORE_DATABASE_URL") or None)

"""Where things are: the environment's two variables, and what follows from them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs


@dataclass(frozen=True, slots=True)
class Settings:
    """`home`: folder of the embedded server, weights and caches; `database_url`: an outside server, or None."""

    home: Path
    database_url: str | None = None

    @property
    def is_embedded(self) -> bool:
        return self.database_url is None


def from_environment() -> Settings:
    """COINSTORE_HOME (default: the platform's user data folder) and COINSTORE_DATABASE_URL."""
    home = os.environ.get("COINSTORE_HOME") or platformdirs.user_data_path("coinstore", appauthor=False)
    return Settings(Path(home).expanduser().absolute(), os.environ.get("COINSTORE_DATABASE_URL") or None)

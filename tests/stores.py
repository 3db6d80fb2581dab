"""Stores of tests: cloned, dropped, filled once for a module. A store is named by its address."""

import copy
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Engine, text

Once = Callable[..., Any]


def named(url: str, name: str) -> str:
    """The address of another database of the same server."""
    place, _, query = url.partition("?")
    return f"{place.rpartition('/')[0]}/{name}?{query}"


def _name(url: str) -> str:
    return url.partition("?")[0].rpartition("/")[2]


def _admin(url: str) -> psycopg.Connection:
    return psycopg.connect(named(url, "postgres"), autocommit=True)


def clone(origin: str, url: str) -> None:
    """Makes the store `url` as a copy of `origin`; ends the sessions of `origin`."""
    with _admin(url) as admin:
        admin.execute(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = %s", [_name(origin)]
        )
        admin.execute(f"create database {_name(url)} template {_name(origin)} strategy file_copy")
        # A clone takes the tables, not the settings of its template.
        admin.execute(f"alter database {_name(url)} set random_page_cost = 1.1")
        admin.execute(f"revoke temporary on database {_name(url)} from public")


def exists(url: str) -> bool:
    """Whether there is such a store."""
    with _admin(url) as admin:
        return bool(admin.execute("select from pg_database where datname = %s", [_name(url)]).rowcount)


def drop(url: str) -> None:
    """Drops a store and ends its sessions."""
    with _admin(url) as admin:
        admin.execute(f"drop database if exists {_name(url)} with (force)")


@dataclass(frozen=True)
class Filling:
    """A filled store and its folder, both kept as they were, and what filling returned."""

    url: str
    folder: Path
    value: Any


@dataclass
class Fillings:
    """What several tests fill alike; see the fixtures `once` and `shared`. `template` is an empty store."""

    template: str
    folder: Path
    made: dict[tuple[object, ...], Filling] = field(default_factory=dict)

    def fill(self, url: str, fill: Callable[[Path], Any], *key: object) -> Any:
        """Fills the store `url` and returns what `fill` returned; `key` separates fillings by one function."""
        key = (fill.__qualname__, *key)
        if key not in self.made:
            self._make(url, fill, key)
            return self.made[key].value
        kept = self.made[key]
        drop(url)
        clone(kept.url, url)
        shutil.rmtree(self._place(kept))
        shutil.copytree(kept.folder, self._place(kept))
        return copy.deepcopy(kept.value)

    def _make(self, url: str, fill: Callable[[Path], Any], key: tuple[object, ...]) -> None:
        number = len(self.made)
        # The folder has a name of its own: a test may fill one store twice, as `shared` and then as `once`.
        mine = f"{_name(url)}_{self.folder.name.rpartition('-')[2]}_{number}"
        kept = Filling(named(url, mine), self.folder / f"kept_{number}", None)
        self._place(kept).mkdir()
        if not exists(url):
            clone(self.template, url)
        value = fill(self._place(kept))
        clone(url, kept.url)
        shutil.copytree(self._place(kept), kept.folder)
        self.made[key] = Filling(kept.url, kept.folder, copy.deepcopy(value))

    def _place(self, kept: Filling) -> Path:
        """The folder that tests see: the same for all, since the store holds the paths of files in it."""
        return self.folder / kept.folder.name.replace("kept", "files")

    def forget(self) -> None:
        """Drops the stores."""
        for kept in self.made.values():
            drop(kept.url)


@contextmanager
def fillings(template: str) -> Iterator[Fillings]:
    """Keeps what is filled until the block ends."""
    folder = Path(tempfile.mkdtemp(prefix="coinstore-once-"))
    folder.chmod(0o755)
    kept = Fillings(template, folder)
    yield kept
    kept.forget()
    shutil.rmtree(folder)


def wait_until_idle(store: Engine) -> None:
    """Waits until the server has ended the sessions of killed processes: none is active in this store."""
    working = (
        "select exists (select from pg_stat_activity where datname = current_database()"
        " and pid <> pg_backend_pid() and backend_type = 'client backend' and state <> 'idle')"
    )
    deadline = time.monotonic() + 30
    with store.connect() as c:
        while c.execute(text(working)).scalar() and time.monotonic() < deadline:
            c.rollback()
            time.sleep(0.05)

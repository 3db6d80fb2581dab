"""Pages that take a while: a worker makes one after the other, says how far it is, and keeps the last."""

from __future__ import annotations

import logging
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from ..errors import CoinstoreError
from ..pages.explore.steps import Done, Expected, Step
from .folder import Folder, remove_left
from .kept import Busy

MOST = 16  # pages that are kept; one of 20,000 coins has some 35 MB
MOST_WAITING = 8
Make = Callable[[Path], Iterable[Step]]


@dataclass
class Making:
    """A page that is made; in the end it `is_ready`, or has a sentence that says why not."""

    path: Path
    is_ready: bool = False
    why_not: str = ""
    began_at: float = field(default_factory=time.time)
    expected: int = 0
    done: int = 0
    stage: str = "waiting for the pages before it"
    name: str = field(default_factory=secrets.token_urlsafe)  # nobody guesses it

    @property
    def is_over(self) -> bool:
        """Whether there is nothing more to wait for."""
        return self.is_ready or bool(self.why_not)

    def add(self, step: Step) -> None:
        """Notes how far it is."""
        if isinstance(step, Expected):
            self.expected += step.coins
        elif isinstance(step, Done):
            self.done, self.stage = self.done + step.coins, step.stage


class Made:
    """The pages of one server; they are files in a folder that is removed in the end, or by the next one."""

    def __init__(self) -> None:
        remove_left()
        self._folder: Folder | None = None
        self._kept: OrderedDict[Hashable, Making] = OrderedDict()
        self._worker = ThreadPoolExecutor(1, "pages")
        self._lock = Lock()
        self._count = 0
        self._is_closed = False

    def ask(self, key: Hashable, make: Make, *, fresh_s: float = float("inf")) -> Making:
        """The page of this key, which is begun where there is none that is younger than `fresh_s`.

        One that could not be made is tried again when it is asked for the next time. Raises Busy.
        """
        with self._lock:
            found = self._kept.get(key)
            if found and not (found.is_over and time.time() - found.began_at > fresh_s):
                if found.why_not:
                    del self._kept[key]
                return found
            if sum(not one.is_over for one in self._kept.values()) >= MOST_WAITING:
                raise Busy("many pages are being made; try again in a minute")
            found = self._kept[key] = Making(self._path())
            self._forget()
        self._worker.submit(self._run, found, make)
        return found

    def named(self, name: str) -> Making | None:
        """The page with a name, while it is kept."""
        with self._lock:
            return next((one for one in self._kept.values() if one.name == name), None)

    def _path(self) -> Path:
        if self._folder is None:
            self._folder = Folder()
        self._count += 1
        return self._folder.path / f"{self._count}.html"

    def drop(self, key: Hashable) -> None:
        """Makes the page again when it is asked for the next time."""
        with self._lock:
            if (found := self._kept.get(key)) and found.is_over:
                del self._kept[key]
                found.path.unlink(missing_ok=True)

    def _forget(self) -> None:
        for key, one in list(self._kept.items())[: max(len(self._kept) - MOST, 0)]:
            if one.is_over:
                del self._kept[key]
                one.path.unlink(missing_ok=True)

    def _run(self, making: Making, make: Make) -> None:
        making.stage = "reading the coins"
        try:
            for step in make(making.path):
                making.add(step)
                if self._is_closed:
                    return
            making.is_ready = True
        except CoinstoreError as error:
            making.why_not = str(error)
        except Exception:
            logging.getLogger("coinstore").exception("a page could not be made")
            making.why_not = "the page could not be made; the log says more"

    def close(self) -> None:
        """Stops after the current step, and removes the files."""
        self._is_closed = True
        self._worker.shutdown(cancel_futures=True)
        if self._folder is not None:
            self._folder.close()

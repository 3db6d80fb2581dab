"""Full photographs, decoded in sandboxes: a few at a time, and the last ones kept in memory."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooSlow
from typing import Any

from PIL import Image

from ..errors import CoinstoreError, NotFound
from ..images.whole import Pixels, changed, gone, read_whole
from ..sandbox import Sandbox, Stopped
from ..sources import files
from .kept import Busy, place

SANDBOXES = 2
KEPT_BYTES = 400 * 1024**2  # the largest photograph takes 356 MB
WAITING = 16  # requests; more would take all threads of the server, and then no page answers
PATIENCE_S = 20.0  # how long a request waits
LONGEST_S = 60.0  # how long reading and decoding may take
CHECK_S = 2.0  # how long a page waits to know whether a file has changed; it can have 512 MB
KNOWN = 10_000  # files of which it is known that they did not change
SECRET = "The address of the photograph has a password or a token: pages do not use it."
BUSY = "Many photographs are being read; try again in a moment."
SLOW = "The photograph is still being read; try again in a moment."
Stamped = tuple[str, str | None, str]
"""A location, what tells a replaced file, and the SHA-256 of the photograph that was ingested."""


class Missing(NotFound):
    """A photograph cannot be shown; the message says why."""


class Decoded:
    """The photographs of one server, by their SHA-256; all threads may ask."""

    def __init__(self, read: Callable[[str, str], Any] = read_whole) -> None:
        self._read = read
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Image.Image] = OrderedDict()
        self._coming: dict[str, Future[Image.Image]] = {}
        self._known: OrderedDict[Stamped, str] = OrderedDict()
        self._checks: dict[Stamped, Future[str]] = {}
        self._checker = ThreadPoolExecutor(1)
        self._waiting = threading.BoundedSemaphore(WAITING)
        self._workers = ThreadPoolExecutor(SANDBOXES)
        self._sandboxes: list[Sandbox] = []
        self._here = threading.local()

    def picture(self, row: Mapping[str, Any]) -> Image.Image:
        """The photograph of a row of part.photographs; raises Missing, Busy. It must not be changed."""
        if row["location"] is None:
            raise Missing(SECRET)
        with self._lock:
            if kept := self._kept.get(row["sha256"]):
                self._kept.move_to_end(row["sha256"])
                return kept
        with place(self._waiting, BUSY):
            try:
                return self._asked(row["location"], row["sha256"]).result(PATIENCE_S)
            except TooSlow:
                raise Busy(SLOW) from None

    def trouble(self, row: Mapping[str, Any]) -> str:
        """Why a photograph cannot be shown, as far as that is known in a moment; empty: nothing is."""
        location, sha256 = row["location"], row["sha256"]
        if location is None:
            return SECRET
        if files.is_remote(location):
            return ""
        try:
            key = location, files.stamp(location), sha256
            with self._lock:
                if (known := self._known.get(key)) is not None:
                    return known
                check = self._checks.get(key)
                if check is None and len(self._checks) < WAITING:
                    check = self._checks[key] = self._checker.submit(self._check, key)
            return check.result(CHECK_S) if check else ""
        except TooSlow:
            return ""
        except CoinstoreError as error:
            return gone(location, error)

    def _check(self, key: Stamped) -> str:
        location, _, sha256 = key
        try:
            known = changed(files.read(location), sha256)
            with self._lock:
                self._known[key] = known
                while len(self._known) > KNOWN:
                    self._known.popitem(last=False)
            return known
        finally:
            with self._lock:
                del self._checks[key]

    def close(self) -> None:
        """Ends the sandboxes, also in the middle of a photograph."""
        for workers in (self._workers, self._checker):
            workers.shutdown(wait=False, cancel_futures=True)
        for sandbox in self._sandboxes:
            sandbox.close()

    def _asked(self, location: str, sha256: str) -> Future[Image.Image]:
        """What a photograph will be: several requests for one share the work."""
        with self._lock:
            coming = self._coming.get(sha256)
            if coming is None:
                coming = self._coming[sha256] = self._workers.submit(self._decode, location, sha256)
            return coming

    def _decode(self, location: str, sha256: str) -> Image.Image:
        sandbox = self._sandbox()
        too_long = threading.Timer(LONGEST_S, sandbox.close)
        too_long.start()
        try:
            picture = _shown(sandbox.one(location, sha256))
            self._keep(sha256, picture)
            return picture
        finally:
            too_long.cancel()
            with self._lock:
                del self._coming[sha256]

    def _keep(self, sha256: str, picture: Image.Image) -> None:
        with self._lock:
            self._kept[sha256] = picture
            while len(self._kept) > 1 and sum(map(_bytes, self._kept.values())) > KEPT_BYTES:
                self._kept.popitem(last=False)

    def _sandbox(self) -> Sandbox:
        """The sandbox of this thread."""
        if not hasattr(self._here, "sandbox"):
            self._here.sandbox = Sandbox(self._read)
            self._sandboxes.append(self._here.sandbox)
        found: Sandbox = self._here.sandbox
        return found


def _shown(found: Pixels | str | Stopped) -> Image.Image:
    if isinstance(found, Stopped):
        raise Missing(f"The photograph cannot be shown: it {found.reason}.")
    if isinstance(found, str):
        raise Missing(found)
    return Image.frombytes("RGB", (found.width_px, found.height_px), found.rgb)


def _bytes(picture: Image.Image) -> int:
    return 4 * picture.width * picture.height  # as Pillow keeps RGB

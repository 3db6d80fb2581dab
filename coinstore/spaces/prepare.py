"""Preparing: photographs read, checked and fitted to what models take, ahead of the models, each decoded once."""

from __future__ import annotations

import hashlib
import multiprocessing
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from numpy.typing import NDArray

from ..errors import CoinstoreError
from ..images.picture import decode
from ..models.fit import prepare
from ..models.spec import PictureSpec
from ..sources import files

Prepared = dict[str, NDArray[Any] | str]
"""Of one photograph, by space: what its model takes, or the reason why there is nothing."""

CHANGED = "the file has changed since it was ingested; ingest its source again"


def prepare_photograph(location: str, sha256: str, specs: dict[str, PictureSpec]) -> Prepared:
    """Reads the very file that was ingested and prepares it for several spaces.

    It is decoded once for all that want it whole, and once for each size at which it may be decoded
    smaller: what a space gets does not hang on which others are filled beside it.
    """
    try:
        data = files.read(location)
    except CoinstoreError as error:
        return dict.fromkeys(specs, str(error))
    if hashlib.sha256(data).hexdigest() != sha256:
        return dict.fromkeys(specs, CHANGED)
    found: Prepared = {}
    for decode_px in dict.fromkeys(spec.decode_px for spec in specs.values()):
        alike = {space: spec for space, spec in specs.items() if spec.decode_px == decode_px}
        try:
            picture = decode(data, side_px=decode_px)
        except CoinstoreError as error:
            found |= dict.fromkeys(alike, str(error))
        else:
            found |= {space: prepare(picture, spec) for space, spec in alike.items()}
    return found


class Preparer:
    """Prepares photographs in threads or processes of its own, for the spaces that it was made for."""

    def __init__(self, executor: Executor, specs: dict[str, PictureSpec]) -> None:
        self._executor, self._specs = executor, specs

    def begin(self, location: str, sha256: str, spaces: Sequence[str]) -> Future[Prepared]:
        """Begins with a photograph, for some of the spaces."""
        wanted = {space: self._specs[space] for space in spaces}
        return self._executor.submit(prepare_photograph, location, sha256, wanted)


@contextmanager
def preparer(specs: dict[str, PictureSpec], processes: int) -> Iterator[Preparer]:
    """A Preparer with so many processes; with 0 one thread, which suffices where the model itself is slow."""
    executor: Executor
    if processes == 0:
        executor = ThreadPoolExecutor(1)
    else:
        # A fork would share connections; an interruption is for the process that began this one.
        executor = ProcessPoolExecutor(
            processes,
            multiprocessing.get_context("spawn"),
            initializer=signal.signal,
            initargs=(signal.SIGINT, signal.SIG_IGN),
        )
    try:
        yield Preparer(executor, specs)
    finally:
        executor.shutdown(wait=True, cancel_futures=True)

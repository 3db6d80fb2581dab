"""Preparing: photographs are read, checked and fitted to what models take, each decoded once.

This runs ahead of the models, in other threads or processes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from concurrent.futures import Executor, Future
from typing import Any

from numpy.typing import NDArray

from ..errors import CoinstoreError
from ..images.picture import decode
from ..models.fit import prepare
from ..models.spec import PictureSpec
from ..sources import files

Prepared = dict[str, NDArray[Any] | str]
"""One photograph by space: what the model takes, or the reason why there is nothing."""

CHANGED = "the file has changed since it was ingested; ingest its source again"


def prepare_photograph(location: str, sha256: str, specs: dict[str, PictureSpec]) -> Prepared:
    """Reads the file that was ingested, checks that it is unchanged, and prepares it for several spaces.

    It is decoded once for all spaces that need it whole, and once for each smaller size. What a space
    gets does not depend on which other spaces are filled at the same time.
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
    """Prepares photographs in the threads or processes of an executor, for the spaces of `specs`."""

    def __init__(self, executor: Executor, specs: dict[str, PictureSpec]) -> None:
        self._executor, self._specs = executor, specs

    def begin(self, location: str, sha256: str, spaces: Sequence[str]) -> Future[Prepared]:
        """Starts preparing a photograph for some of the spaces."""
        specs = {space: self._specs[space] for space in spaces}
        return self._executor.submit(prepare_photograph, location, sha256, specs)

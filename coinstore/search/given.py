"""Photographs that anyone may send to a server: only a sandbox reads them, and nothing of them is stored."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from ..errors import PictureError
from ..images.outline import Outline
from ..models.given import Look
from ..models.spec import PictureSpec
from ..sandbox import Sandbox, Stopped
from .queries import Outside, Seen


class Given:
    """A photograph in memory. `name` is what errors call it, and `sandbox` one of models.given.work.

    Raises PictureError for bytes that are not a usable photograph.
    """

    def __init__(self, name: str, data: bytes, sandbox: Sandbox) -> None:
        self._name, self._data, self._sandbox = name, data, sandbox
        self._prepared: dict[str, NDArray[Any]] = {}
        self._look: Look = self._ask(True, data)

    @property
    def shows_both(self) -> bool:
        """Whether it shows both faces of a coin."""
        return self._seen.shows_both

    def coin(self, face: str) -> bytes:
        """A small JPEG of the face that is taken for this one."""
        return self._look.coins[1 if self.shows_both and face == "reverse" else 0]

    def outside(self, face: str) -> Outside:
        """The photograph as one of a face, for questions to the store."""
        return Outside(self._name, face=face, seen=self._seen, prepare=self._prepare)

    def note(self, face: str) -> str | None:
        """What was taken for the coin, where that is not plain."""
        return self._seen.note(self._name, face)

    @property
    def _seen(self) -> Seen:
        return Seen(self._look.found, self._look.width_px)

    def _prepare(self, spec: PictureSpec, outline: Outline | None) -> NDArray[Any]:
        key = repr((spec, outline))  # the same for a space and one that is derived from it
        if key not in self._prepared:
            self._prepared[key] = self._ask(False, self._data, spec, outline, self._look.width_px)
        return self._prepared[key]

    def _ask(self, is_look: bool, *arguments: Any) -> Any:
        found = self._sandbox.one(is_look, *arguments)
        if isinstance(found, Stopped | str):
            raise PictureError(f"{self._name}: {found.reason if isinstance(found, Stopped) else found}.")
        return found

"""The public face: a store that is open, and the few things that most people ask of it."""

from __future__ import annotations

from types import TracebackType

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine

from .db import engine as engines
from .db import upgrade
from .errors import SpaceError
from .search import similar as neighbours
from .search.queries import Outside
from .search.similar import LookAlike, Question
from .settings import Settings, from_environment


class Store:
    """An open store; close it, or use it in a `with` block. `engine` is for the other rooms."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def similar(self, coin: str | int, question: Question | None = None) -> list[LookAlike]:
        """The coins that look most like `coin` ("collection/inventory_number", a part of it, or an id).

        Raises NotFound, Ambiguous, PredicateError.
        """
        coin_id = neighbours.find_coin(self.engine, str(coin))
        return neighbours.similar(self.engine, coin_id, question or Question())

    def similar_to(self, asked: Outside, question: Question | None = None) -> list[LookAlike]:
        """The coins that look most like a photograph or a text outside the store, on the question's face.

        Raises SourceError, PictureError, and SpaceError where the space's weights are not here.
        """
        question = question or Question()
        if question.face == "both":
            raise SpaceError("a photograph or a text is of one face: give Question(face=...).")
        return neighbours.similar_to_outside(self.engine, {question.face: asked}, question)

    def similar_to_vector(
        self, vector: NDArray[np.float32], question: Question | None = None
    ) -> list[LookAlike]:
        """The coins that look most like a vector `(dims,)` of the question's space."""
        return neighbours.similar_to_vector(self.engine, vector, question or Question())

    def close(self) -> None:
        self.engine.dispose()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def open_store(url: str | None = None, *, settings: Settings | None = None) -> Store:
    """Opens the store at an address, or the one that the environment names.

    The embedded server is started when it is down, and its schema made the first time. Raises
    Unreachable, Unsuitable, and SchemaMismatch when the schema is missing, older or newer.
    """
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

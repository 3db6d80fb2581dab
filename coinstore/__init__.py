"""coinstore: a Postgres store of ancient coins that answers, which other coins look like this one?

>>> import coinstore                                    # doctest: +SKIP
>>> store = coinstore.open()                            # doctest: +SKIP
>>> store.similar("Lakeside Museum/LM 0001", k=3)       # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import errors
from .errors import CoinstoreError
from .opening import open_store as open
from .progress import Progress
from .rows import Rows
from .store import Store

if TYPE_CHECKING:
    from .records.exports.about import About
    from .search.answer import Answers, LookAlike

__version__ = "0.1.0"
__all__ = ["About", "Answers", "CoinstoreError", "LookAlike", "Progress", "Rows", "Store", "errors", "open"]


def __getattr__(name: str) -> Any:
    """Imports what needs NumPy and SQLAlchemy on first use."""
    if name in ("Answers", "LookAlike"):
        from .search import answer

        return getattr(answer, name)
    if name == "About":
        from .records.exports.about import About

        return About
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

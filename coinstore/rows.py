"""Rows of an answer: a list that prints as a table, shows as one in a notebook, and converts to pandas.

>>> print(Rows([{"mint": "Rome", "coins": 12, "weight_g": 3.456}]))
mint  coins  weight_g
Rome     12      3.46
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from html import escape
from typing import TYPE_CHECKING, Any, TypeVar

from .errors import SettingsError

if TYPE_CHECKING:
    import pandas

T = TypeVar("T")
MOST_SHOWN = 50  # rows; a table of more is cut, `to_dicts` and `to_pandas` give all
WIDEST = 48  # characters of a cell
DECIMALS = {
    "distance": 4,
    "percentile": 1,
    "recall_at_10": 3,
    "similarity": 4,
    "similarity_mean": 4,
    "similarity_p01": 4,
    "similarity_p99": 4,
}


class Rows(list[T]):
    """A list of rows (mappings or dataclasses); `columns` are those that a table shows, in order."""

    def __init__(self, rows: Iterable[T] = (), columns: Sequence[str] | None = None) -> None:
        super().__init__(rows)
        self.columns = list(columns or (_dict(self[0]) if self else ()))

    def to_dicts(self) -> list[dict[str, Any]]:
        """Each row as a dictionary, with all its columns."""
        return [_dict(row) for row in self]

    def to_pandas(self) -> pandas.DataFrame:
        """All rows and columns as a DataFrame; raises SettingsError without pandas."""
        try:
            import pandas
        except ModuleNotFoundError:
            raise SettingsError("to_pandas() needs pandas: pip install pandas") from None
        return pandas.DataFrame(self.to_dicts(), columns=None if self else self.columns)

    def __repr__(self) -> str:
        """The rows as a table of plain text."""
        cells = [[shown(row[name], name) for name in self.columns] for row in self._first()]
        is_number = [self._is_number(name) for name in self.columns]
        widths = [max(map(len, column)) for column in zip(self.columns, *cells, strict=True)]
        lines = [
            "  ".join(
                cell.rjust(width) if right else cell.ljust(width)
                for cell, width, right in zip(line, widths, is_number, strict=True)
            ).rstrip()
            for line in [self.columns, *cells]
        ]
        return "\n".join([*lines, *self._rest()])

    __str__ = __repr__

    def _repr_html_(self) -> str:
        """The rows as an HTML table, for notebooks; all text is escaped."""
        head = "".join(f"<th>{escape(name)}</th>" for name in self.columns)
        body = "".join(f"<tr>{self._html_of(row)}</tr>" for row in self._first())
        rest = "".join(f"<p>{escape(line)}</p>" for line in self._rest())
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{rest}"

    def _html_of(self, row: Mapping[str, Any]) -> str:
        return "".join(f"<td>{escape(shown(row[name], name))}</td>" for name in self.columns)

    def _first(self) -> list[dict[str, Any]]:
        return [_dict(row) for row in self[:MOST_SHOWN]]

    def _rest(self) -> list[str]:
        if not self:
            return ["(no rows)"]
        return [f"… {len(self) - MOST_SHOWN:,} more rows"] if len(self) > MOST_SHOWN else []

    def _is_number(self, name: str) -> bool:
        values = [row[name] for row in self._first()]
        return any(isinstance(value, int | float) and not isinstance(value, bool) for value in values)


def shown(value: Any, name: str, *, widest: int | None = WIDEST) -> str:
    """A value as people read it, by the name of its column: no nulls, few decimals, no control characters."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name == "percentile" and isinstance(value, float) and 99.9 < value < 100:
        return f"{value:.3f}"  # most look-alikes are in this range
    if name == "probability" and isinstance(value, float) and not 0.01 <= value <= 0.99:
        return "< 0.01" if value < 0.01 else "> 0.99"  # no pair is certain
    if isinstance(value, float):
        return f"{value:.{DECIMALS.get(name, 2)}f}"
    text = "".join(c if c.isprintable() else " " for c in str(value))
    return text if widest is None or len(text) <= widest else f"{text[: widest - 1]}…"


def _dict(row: Any) -> dict[str, Any]:
    return asdict(row) if is_dataclass(row) and not isinstance(row, type) else dict(row)

"""The header of a table: which row it is, the names of its columns, and the records below it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import chain, dropwhile, islice
from typing import Any, TypeVar

from ..errors import SourceError
from ..sources.spelling import one_name
from .coin import Record
from .columns import usual
from .mapping import Mapping
from .paths import path_of

T = TypeVar("T")
AHEAD = 30  # rows in which the header is looked for
ENOUGH = 10_000_000  # characters that are read ahead
FILLING = "\0\x1a"  # that some programs write after the last row
WIDEST = 500  # cells of a row that are compared with the usual names

Line = tuple[
    int, "list[Any] | Record"
]  # the number of a row from 1, its cells, or the record that refuses it
Tell = Callable[[str], None]  # takes a sentence about the table as a whole


def records(
    source: str, lines: Iterator[Line], mapping: Mapping, tell: Tell, *, are_placed: bool = False
) -> Iterator[Record]:
    """The records below the header of a table of rows; cells are text, numbers, booleans or None.

    Blank rows are skipped everywhere, titles above the header as well; `tell` says how many. A column
    without a name is called "column 3" and is left out of records where it is blank. Short rows are
    padded. A cell right of the header refuses its row, which may be shifted; where cells are placed, in a
    spreadsheet, it is kept as "column 7". Raises SourceError when there is no header, when its names are
    wrong, or when nothing is below.
    """
    wanted = mapping.header_row or 0
    lines = dropwhile(lambda line: isinstance(line[1], list) and not _filled(line), lines)
    ahead = list(islice(lines, wanted)) if wanted > AHEAD else first_of(lines, AHEAD, _size)
    if mapping.header_row == 0:
        at, names = -1, _numbered(ahead)
    else:
        at = (
            _row_said(source, ahead, mapping.header_row) if mapping.header_row else _row_found(ahead, mapping)
        )
        names = _cells(source, ahead, at)
        _tell_skipped(source, ahead, at, tell)
    header = _Header(source, names, mapping, are_placed=are_placed)
    found = (record for line in chain(ahead[at + 1 :], lines) if (record := header.record(*line)))
    first = next(found, None)
    if first is None:
        raise SourceError(f"{source}: has a header and no rows.")
    yield from chain([first], found)


def first_of(items: Iterator[T], count: int, size: Callable[[T], int]) -> list[T]:
    """The first items, fewer when they have very many characters."""
    found: list[T] = []
    total = 0
    while len(found) < count and total < ENOUGH and (item := next(items, None)) is not None:
        found.append(item)
        total += size(item)
    return found


def _size(line: Line) -> int:
    return sum(len(cell) for cell in line[1] if isinstance(cell, str)) if isinstance(line[1], list) else 0


def likeness(ahead: list[Line], mapping: Mapping) -> tuple[int, float, int]:
    """How much rows look like a table: known names in the header, share of rows as wide, its width."""
    at = _row_found(ahead, mapping)
    if at < 0:
        return 0, 0.0, 0
    filled = [line for line in ahead[at + 1 :] if _filled(line)]
    width = len(ahead[at][1])  # type: ignore[arg-type]
    alike = sum(len(line[1]) == width for line in filled) / max(1, len(filled))  # type: ignore[arg-type]
    return _known(ahead[at], mapping)[0], alike if width > 1 else 0.0, width


def up_to_damage(found: Iterator[T], broken: list[SourceError]) -> Iterator[T]:
    """What comes before the damage of a source, which is noted: some of it is looked at ahead."""
    try:
        yield from found
    except SourceError as error:
        broken.append(error)


def is_blank(cell: Any) -> bool:
    """Whether a cell has nothing that a person sees."""
    return cell is None or (isinstance(cell, str) and not one_name(cell.strip(FILLING)))


def _filled(line: Line) -> int:
    """How many different texts a row has: a title in merged cells is one."""
    return len({str(cell) for cell in line[1] if not is_blank(cell)}) if isinstance(line[1], list) else 0


def _known(line: Line, mapping: Mapping) -> tuple[int, bool]:
    """How many cells of a row are names of columns, and whether one of them is the inventory number."""
    names = [str(c) for c in line[1][:WIDEST] if c is not None] if isinstance(line[1], list) else []
    fields = [mapping.columns.get(name) or usual(name) for name in names if len(name) < 100]
    return sum(map(bool, fields)), any(c and c.field == "inventory_number" for c in fields)


def _row_found(ahead: list[Line], mapping: Mapping) -> int:
    """The index of the header: the first row, unless rows like titles are above one that is like a header.

    A title has fewer cells than the header, and fewer known names.
    """
    best, filled, known = -1, 0, 0
    for n, line in enumerate(ahead):
        cells = _filled(line)
        if not cells:
            continue
        names, numbered = _known(line, mapping)
        is_header = names > known and cells >= filled and numbered
        is_below_title = known == 0 and cells >= 2 * filled and cells > 1
        if best < 0 or is_header or is_below_title:
            best, filled, known = n, cells, names
    return best


def _row_said(source: str, ahead: list[Line], wanted: int) -> int:
    for n, line in enumerate(ahead):
        if line[0] == wanted and _filled(line):
            return n
    raise SourceError(f"{source}: row {wanted} is empty; the mapping file says that it is the header_row.")


def _cells(source: str, ahead: list[Line], at: int) -> list[str]:
    refused = [line for line in ahead[: at if at >= 0 else None] if isinstance(line[1], Record)]
    if refused and (at < 0 or not _known(ahead[at], Mapping())[1]):
        raise SourceError(f"{source}, row {refused[0][0]}: {refused[0][1].refusal}.")  # type: ignore[union-attr]
    if at < 0:
        raise SourceError(f"{source}: is empty; a table begins with the names of its columns.")
    return ["" if is_blank(cell) else str(cell) for cell in ahead[at][1]]  # type: ignore[union-attr]


def _numbered(ahead: list[Line]) -> list[str]:
    return [""] * max((len(cells) for _, cells in ahead if isinstance(cells, list)), default=0)


def _tell_skipped(source: str, ahead: list[Line], at: int, tell: Tell) -> None:
    if any(map(_filled, ahead[:at])):
        tell(
            f"{source}: row {ahead[at][0]} is the header; what is above it is skipped."
            " A mapping file can name another row: header_row = 1"
        )


class _Header:
    """The names of the columns, and how a row becomes a record."""

    def __init__(self, source: str, cells: list[str], mapping: Mapping, *, are_placed: bool) -> None:
        self._are_placed = are_placed
        said = {one_name(name): name for name in mapping.columns}
        names = [name if name in mapping.columns else said.get(one_name(name), name) for name in cells]
        self.names = _unique(source, names, mapping)
        self._unnamed = {
            name
            for cell, name in zip(cells, self.names, strict=True)
            if not cell and name not in mapping.columns
        }
        there = set(self.names)
        missing = [name for name in mapping.columns if name not in there and not path_of(name)]
        if missing and not mapping.recognise:  # a profile names columns that a table may have
            raise SourceError(f"{source}: has no column {missing[0]!r}, which the mapping file names.")

    def record(self, number: int, cells: list[Any] | Record) -> Record | None:
        """The record of a row; None for a blank one."""
        if isinstance(cells, Record):
            return cells
        if all(map(is_blank, cells)):
            return None
        names, place = self.names, f"row {number}"
        raw = dict(zip(names, cells, strict=False))
        if len(cells) != len(names) or self._unnamed:
            raw |= dict.fromkeys(names[len(cells) :])
            raw = {
                name: cell for name, cell in raw.items() if name not in self._unnamed or not is_blank(cell)
            }
        if len(cells) > len(names):
            beyond = {f"column {n}": c for n, c in enumerate(cells, 1) if n > len(names) and not is_blank(c)}
            if beyond and self._are_placed:
                return Record(place, raw, raw | beyond)
            if beyond:
                reason = (
                    f"has {len(cells)} cells where the header has {len(names)};"
                    " put quotes around a cell that has the delimiter in it"
                )
                return Record(place, {}, raw | beyond, reason)
        if cells == names:
            return Record(place, {}, raw, "repeats the header")
        return Record(place, raw, raw)


def _unique(source: str, names: list[str], mapping: Mapping) -> list[str]:
    """The names, each once: "column 3" for one that is empty, "Reference (2)" for the second of a name.

    Raises SourceError for a name that is there twice and means a field.
    """
    taken, copies, found = set(names), Counter[str](), list[str]()
    for n, name in enumerate(names, 1):
        here = base = name or f"column {n}"
        copies[base] += 1
        if copies[base] > 1:
            while (here := f"{base} ({copies[base]})") in taken:
                copies[base] += 1
            column = mapping.columns.get(name) or (usual(name) if mapping.usual_names else None)
            if here not in mapping.columns and column and column.field:
                raise SourceError(
                    f"{source}: the header has the column {name!r} twice; give each column its own name,"
                    f" or name {name!r} and {here!r} in a mapping file (--map)."
                )
        taken.add(here)
        found.append(here)
    return found

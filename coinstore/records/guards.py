"""The guard of a cell that a spreadsheet would run as a formula: taken off when a table is read.

`coinstore.sources.outputs.cell` sets it, as other programs do. What the source has is kept with it.
"""

from __future__ import annotations

from dataclasses import replace

from ..sources.outputs import uncelled
from .coin import Record, Shown


def unguarded(record: Record) -> Record:
    """The record, with the texts of its cells from before they were guarded."""
    if not _has_guards(record):
        return record
    found = {
        name: _text(cell) for name, cell in record.cells.items() if isinstance(cell, str) and cell[:1] == "'"
    }
    return replace(record, cells={**record.cells, **found}) if found else record


def _has_guards(record: Record) -> bool:
    try:
        return "'" in "".join(record.cells.values())  # of texts only, as in most tables: the fastest way
    except TypeError:
        return True


def _text(cell: str) -> str:
    if not isinstance(cell, Shown):
        return uncelled(cell)
    exact = uncelled(cell.exact) if isinstance(cell.exact, str) else cell.exact
    return Shown(uncelled(cell), exact, cell.fault)

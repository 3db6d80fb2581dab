"""Terms: one name for one thing, decided by a person, reversible.

The rules are SQL, in migrations/always/10_records/terms.sql.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from itertools import zip_longest
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from ..db import call
from ..db.translate import translated
from ..errors import NotFound, SourceError, TermError
from ..records.placeholders import is_placeholder
from ..sources.outputs import cell, uncelled
from .near_names import Name, Suggestion, suggest

FIELDS = ("type", "denomination", "material", "mint", "authority", "portrait")
COLUMNS = ("field", "name", "alias", "nomisma", "said_by")
LONGEST = 500  # characters, as of the fields of a coin: they are indexed
NOMISMA = "http://nomisma.org/id/"
Cells = dict[str, Any]  # by column; cells after the last column have the key ""
_CONCEPT = re.compile(r"(?:https?://nomisma\.org/id/|nm:)?([A-Za-z0-9][A-Za-z0-9_.()-]*)$")


@dataclass(frozen=True, slots=True)
class Term:
    """A preferred name of a field, who decided it, its aliases, and its concept at nomisma.org."""

    field: str
    name: str
    said_by: str
    aliases: tuple[str, ...] = ()
    nomisma: str | None = None


@dataclass(frozen=True, slots=True)
class TermChange:
    """The effect of a change: `aliases` added or removed, `coins` that now show another name."""

    aliases: int
    coins: int


@dataclass(frozen=True, slots=True)
class ImportedTerm:
    """One row of a file of terms: what it changed, or why it was refused."""

    row: int
    changed: TermChange
    fault: str | None = None


def nomisma_uri(text: str) -> str:
    """The URI of a concept at nomisma.org, from "ar", "nm:ar" or the URI; raises TermError."""
    if found := _CONCEPT.match(text.strip()):
        return NOMISMA + found[1]
    raise TermError(f"{text!r} is not an id of nomisma.org; an id looks like ar, nm:ar or {NOMISMA}ar")


def list_terms(engine: Engine, field: str | None = None) -> list[dict[str, Any]]:
    """The terms of a field, or of all fields: rows of api.terms."""
    return [dict(row) for row in call.look(engine, "api.terms") if field in (None, row["field"])]


def add_term(engine: Engine, term: Term) -> TermChange:
    """Shows all coins that have one of the aliases under the preferred name; the original names are kept.

    An alias that is itself a term brings its own aliases along. Raises TermError when the name is itself an
    alias, or an alias already has another preferred name.
    """
    _check(term.field, term.name, *term.aliases, term.said_by)
    given = {"field": term.field, "name": term.name, "aliases": list(term.aliases)}
    nomisma = nomisma_uri(term.nomisma) if term.nomisma else None
    with translated(), engine.begin() as connection:
        row = call.rows(connection, "job.add_term", **given, nomisma=nomisma, said_by=term.said_by)[0]
    return TermChange(row["added"], row["coins"])


def _check(field: str, *names: str) -> None:
    if field not in FIELDS:
        raise TermError(f"{field!r} is not a field with terms; those are {', '.join(FIELDS)}")
    for text in names:
        if not text.strip():
            raise TermError("a name cannot be empty")
        if len(text) > LONGEST:
            raise TermError(f"{text[:40]!r}… has {len(text):,} characters; at most {LONGEST} are allowed")
        if "\n" in text or "\r" in text:
            raise TermError(f"{text[:40]!r} has several lines; is a closing quote missing?")
        if re.search("[\0\ud800-\udfff]", text):
            raise TermError(f"{text!r} has a character that cannot be stored")


def remove_alias(engine: Engine, field: str, alias: str) -> TermChange:
    """Removes an alias, or a term with all its aliases: the coins show their original names again.

    Raises NotFound when it is neither.
    """
    _check(field, alias)
    with translated(), engine.begin() as connection:
        row = call.rows(connection, "job.remove_alias", field=field, alias=alias)[0]
    return TermChange(row["removed"], row["coins"])


def undo_alias(engine: Engine, term: Term) -> None:
    """Removes the alias of a term that this person made; raises Changed if it was changed since."""
    for alias in term.aliases:
        given = {"field": term.field, "alias": alias, "name": term.name, "said_by": term.said_by}
        call.run(engine, "job.undo_alias", **given)


def suggest_terms(engine: Engine, field: str | None = None) -> list[Suggestion]:
    """Names of a field, or of all fields, that may mean the same, the most certain first; changes nothing.

    Placeholders ("unknown", "N/A") are missing values, and no names.
    """
    terms = {(row["field"], row["name"]) for row in call.look(engine, "part.preferred_names")}
    names: dict[str, list[Name]] = {}
    for row in call.look(engine, "part.field_values"):
        is_term = (row["field"], row["value"]) in terms
        if is_placeholder(row["value"]) and not is_term:
            continue
        names.setdefault(row["field"], []).append(Name(row["value"], row["coins"], is_term))
    return [found for of in FIELDS if field in (None, of) for found in suggest(of, names.get(of, ()))]


def write_suggestions(suggestions: Iterable[Suggestion], path: Path) -> int:
    """Writes suggestions as a file of terms with reasons, for a person to prune and import."""
    columns = (*COLUMNS, "reason", "coins", "alias_coins")
    rows = [(s.field, s.name, s.alias, "", "", s.reason, s.coins, s.alias_coins) for s in suggestions]
    return _write(path, columns, rows)


def export_terms(engine: Engine, path: Path) -> int:
    """Writes all terms as CSV, one row for each alias or term without aliases; returns the row count."""
    said = {(row["field"], row["alias"]): row["said_by"] for row in call.look(engine, "part.aliases")}
    rows = [
        (term["field"], term["term"], alias, term["nomisma"] or "", said.get((term["field"], alias), ""))
        for term in list_terms(engine)
        for alias in term["aliases"] or [""]
    ]
    return _write(path, COLUMNS, rows)


def _write(path: Path, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> int:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows([cell(value) for value in row] for row in (columns, *rows))
    return len(rows)


def import_terms(engine: Engine, path: Path, said_by: str) -> Iterator[ImportedTerm]:
    """Adds the terms of a CSV file (field, name, alias, nomisma, said_by), each row in its own transaction.

    `said_by` is used for rows without one. A row that is refused gives a fault that names file, row and
    column, and the others go on. A row that is already stored changes nothing. Raises SourceError for a file
    that cannot be read.
    """
    for number, row in _read(path):
        try:
            yield ImportedTerm(number, add_term(engine, _term(row, said_by)))
        except (TermError, NotFound) as error:
            yield ImportedTerm(
                number, TermChange(0, 0), f"{path.name}, row {number}, column {_column(row, error)}: {error}"
            )


def _term(row: Cells, said_by: str) -> Term:
    if any(row[""]):
        raise TermError("there are more cells than columns; put quotes around a name with a comma")
    aliases = (row["alias"],) if row["alias"] else ()
    return Term(row["field"], row["name"], row.get("said_by") or said_by, aliases, row.get("nomisma") or None)


def _column(row: Cells, error: Exception) -> str:
    if any(row[""]):
        return "after the last"
    if row["field"] not in FIELDS:
        return "field"
    for column in ("name", "alias", "said_by"):
        if (column == "name" or row.get(column)) and _is_refused(
            lambda text: _check("mint", text), row[column]
        ):
            return column
    if row.get("nomisma") and _is_refused(nomisma_uri, row["nomisma"]):
        return "nomisma"
    return "name" if str(error).startswith(f"{row['name']} is already") else "alias"


def _is_refused(check: Callable[[str], object], text: str) -> bool:
    try:
        check(text)
    except TermError:
        return True
    return False


def _read(path: Path) -> Iterator[tuple[int, Cells]]:
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceError(f"{path}: is not UTF-8; save it as CSV in UTF-8.") from error
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    try:
        columns = next(reader, [])
        if lacking := [name for name in COLUMNS[:3] if name not in columns]:
            raise SourceError(
                f"{path}: row 1 lacks the column {', '.join(lacking)}; it has {', '.join(columns) or 'none'}."
                f" The columns are {', '.join(COLUMNS)}, separated by commas."
            )
        for number, row in enumerate(reader, 2):
            cells = [uncelled(text) for text in row]
            if any(cells):  # an empty row is skipped, but counted
                yield (
                    number,
                    dict(zip_longest(columns, cells[: len(columns)], fillvalue=""))
                    | {"": cells[len(columns) :]},
                )
    except csv.Error as error:
        raise SourceError(f"{path}, line {reader.line_num}: is not CSV: {error}.") from error

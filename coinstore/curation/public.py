"""The preferred names of an open store: `store.terms`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from ..progress import Report, Tally, silent
from ..rows import Rows
from .nomisma import ImportedConcept, concept_files, import_nomisma
from .terms import Term, TermChange, add_term, list_terms, remove_alias

SHOWN = ("field", "term", "aliases", "nomisma")


class Terms:
    """One name for one thing; shows as the list of them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def list(self, field: str | None = None) -> Rows[Any]:
        """The preferred names with their aliases, of a field or of all."""
        return Rows(list_terms(self._engine, field), SHOWN)

    def add(
        self, field: str, name: str, *aliases: str, said_by: str, nomisma: str | None = None
    ) -> TermChange:
        """Shows all coins that have one of the aliases under the name; raises TermError."""
        return add_term(self._engine, Term(field, name, said_by, aliases, nomisma))

    def remove(self, field: str, alias: str) -> TermChange:
        """Removes an alias, or a preferred name with its aliases; raises NotFound."""
        return remove_alias(self._engine, field, alias)

    def import_nomisma(
        self,
        files: str | Path | Sequence[str | Path],
        *,
        said_by: str,
        languages: Sequence[str] = (),
        progress: Report = silent,
    ) -> Rows[ImportedConcept]:
        """Adds concepts of nomisma.org from files or folders, named in the first of the languages.

        `fault` of a row says why it, or a spelling, is left out; a file that is left out is a row without a
        field and a name.
        """
        given = [files] if isinstance(files, str | Path) else files
        steps = import_nomisma(self._engine, concept_files(map(Path, given)), said_by, languages)
        rows = Tally(progress, "Concepts", "concepts").each(steps)
        none = TermChange(0, 0)
        taken = (ImportedConcept("", "", none, row) if isinstance(row, str) else row for row in rows)
        return Rows(taken, ("field", "name", "changed", "fault"))

    def __repr__(self) -> str:
        return repr(self.list())

    def _repr_html_(self) -> str:
        return self.list()._repr_html_()

"""The dies of an open store: `store.dies`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine

from ...db import call
from ...progress import Report, silent
from ...rows import Rows

if TYPE_CHECKING:
    from ...dies.contradictions import Contradiction
    from ...dies.group import Grouped
    from ...dies.sequence import Step
    from ...dies.studies import Comparison

GROUPED = ("face", "coins", "dies", "singletons", "new", "links", "judged", "refused", "kept")
COMBINATIONS = (
    "obverse_die", "reverse_die", "coins", "collections", "weight_g_mean", "weight_g_min", "weight_g_max",
    "axes_h", "type",
)  # fmt: skip
SEQUENCE = ("component", "position", "face", "die", "coins", "partners", "is_between", "circles", "direction")


class Dies:
    """Studies of dies, of sources and grouped by coinstore; shows as the list of them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def list(self) -> Rows[Any]:
        """The studies, with the number of their coins and dies."""
        rows = sorted(call.look(self._engine, "part.die_studies"), key=lambda row: row["study"])
        return Rows(rows, ("study", "is_grouped", "coins", "obverse_dies", "reverse_dies", "made_at"))

    def group(
        self,
        study: str,
        min_certainty: float | None = None,
        where: str | None = None,
        *,
        progress: Report = silent,
    ) -> Rows[Grouped]:
        """Groups the coins that were compared into dies by their matches and verdicts; a row for each face.

        A verdict wins over a probability. Dies are named O1, O2 … and R1, R2 …; grouped again, a die keeps
        its name. `where` is a predicate over the columns of api.coins. Without a certainty or a predicate
        they are as the last time, at first 0.9 and all coins. Raises SettingsError, PredicateError,
        SpaceError for a study that comes from a source, and NotFound where no coin was compared.
        """
        from ...dies.group import group

        return Rows(group(self._engine, study, min_certainty, where, progress), GROUPED)

    def contradictions(self) -> Rows[Any]:
        """Verdicts that cannot all be true: the coins, and who said what about each and the next of them.

        The last verdicts are about the last coin and the first one.
        """
        from ...dies.contradictions import contradictions, judged
        from ...records.coin import FACES

        found = [
            (face, one)
            for face in FACES
            for one in contradictions(judged(call.read(self._engine, "part.verdicts_of_face", face=face)))
        ]
        sides = sorted({side for _, one in found for side in one.sides})
        names = {
            row["side_id"]: f"{row['collection']}/{row['inventory_number']}"
            for row in call.read(self._engine, "part.sides_by_id", sides=sides)
        }
        rows = [
            {
                "face": face,
                "kind": one.kind,
                "coins": [names[side] for side in one.sides],
                "verdicts": list(_said(one)),
            }
            for face, one in found
        ]
        return Rows(rows, ("face", "kind", "coins", "verdicts"))

    def table(self, study: str | None = None) -> Rows[Any]:
        """The die combinations of a study, or of the only one: coins, weights and die axes of each.

        Raises NotFound for an unknown study.
        """
        from ...dies.studies import known_study, natural

        asked = known_study(self._engine, study)
        rows = call.read(self._engine, "part.combinations_of_study", study=asked)
        rows.sort(key=lambda row: (natural(row["obverse_die"]), natural(row["reverse_die"])))
        return Rows(rows, COMBINATIONS)

    def show(self, study: str | None = None) -> Rows[Any]:
        """The dies of a study, or of the only one: the coins of each, and the dies that they are linked with.

        Raises NotFound for an unknown study.
        """
        from ...dies.studies import known_study, natural

        found = call.read(self._engine, "part.dies_with_coins", study=known_study(self._engine, study))
        rows = [
            {**row, "partners": sorted(row["partners"] or (), key=natural), "names": sorted(row["names"])}
            for row in found
        ]
        rows.sort(key=lambda row: (row["face"], natural(row["die"])))
        return Rows(rows, ("face", "die", "coins", "partners", "names"))

    def compare(self, study: str, other: str) -> Comparison:
        """How two studies agree by each face (ARI), and which coins differ.

        Raises NotFound for an unknown study, and where both have no coin in common.
        """
        from ...dies.studies import compare

        return compare(self._engine, study, other)

    def sequence(self, study: str | None = None) -> Rows[Step]:
        """A suggested order of the dies that hang together, from their links; see `Step`.

        Which end is the earlier one is not known, unless the records date the coins. Raises NotFound for an
        unknown study.
        """
        from ...dies.links import components
        from ...dies.sequence import steps
        from ...dies.studies import known_study

        asked = known_study(self._engine, study)
        dies = {row["die_id"]: row for row in call.read(self._engine, "part.dies_with_coins", study=asked)}
        found = components(call.read(self._engine, "part.combinations_of_study", study=asked))
        return Rows(steps(found, dies), SEQUENCE)

    def chart(self, study: str | None, *paths: str | Path) -> None:
        """Writes the link chart of a study, or of the only one, as .html (with its tables) and .png.

        Raises SettingsError for another suffix, NotFound for an unknown study and for one without a link.
        """
        from .chart import write_chart

        write_chart(self._engine, [Path(path) for path in paths], study)

    def drop(self, study: str) -> None:
        """Drops a study that coinstore grouped; raises NotFound, and SpaceError for one of a source."""
        call.run(self._engine, "job.drop_groups", study=study)

    def __repr__(self) -> str:
        return repr(self.list())

    def _repr_html_(self) -> str:
        return self.list()._repr_html_()


def _said(one: Contradiction) -> Iterator[str]:
    for said in one.said:
        parts = [_of("same die", said.same), _of("not one die", said.apart)]
        yield "; ".join(part for part in parts if part)


def _of(verdict: str, persons: Sequence[str]) -> str:
    return f"{verdict}: {', '.join(persons)}" if persons else ""

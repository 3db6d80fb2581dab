"""The matches of an open store: `store.matches`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from ..db import call
from ..errors import NotFound, PictureError
from ..matching import Parameters
from ..progress import Report, silent
from ..records.coin import FACES, Face
from ..rows import Rows
from .calibrate import Recalibrated, calibrate
from .explain import Explained, explain
from .match import MatchingDone, match, match_pair
from .plan import PARAMETERS, PairsAsked, named_pair, only_graph, read_pairs
from .queue import FILE, LOWEST, queue
from .verdicts import Imported, import_verdicts

SHOWN = (
    "probability", "face", "collection", "inventory_number", "neighbour_collection",
    "neighbour_inventory_number", "inliers", "coverage", "whole", "verdict",
)  # fmt: skip


class Compared(Rows[Any]):
    """The matches of two coins, one for each face; `reasons`: why other faces have none."""

    def __init__(self, rows: Iterable[Any], reasons: Sequence[str]) -> None:
        super().__init__(rows, SHOWN)
        self.reasons = tuple(reasons)

    def turned(self) -> list[Any]:
        """The rows of which many details agree, but not upright: compare them with `any_turn`."""
        # So many do not agree by chance: one side is turned far, or lit from elsewhere.
        return [
            row
            for row in self
            if row["transform"] is None
            and row["agreeing"] >= row["parameters"]["enough_agreeing"]
            and not row["parameters"].get("any_turn")
        ]


class Matches:
    """Which pairs of coins may be of one die; shows as the list of them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def list(self, min_certainty: float = 0.0, where: str = "true", limit: int | None = None) -> Rows[Any]:
        """The matches with at least this probability, the most probable first.

        Both coins pass `where`, a predicate over the columns of api.coins.
        """
        asked = {"lowest": min_certainty, "predicate": where, "at_most": limit}
        return Rows(call.read(self._engine, "part.probable_matches", **asked), SHOWN)

    def compare(
        self,
        coin: str,
        neighbour: str,
        face: Face | None = None,
        *,
        detector: str = PARAMETERS.detector,
        any_turn: bool = False,
    ) -> Compared:
        """Compares two coins now, by one face or by each that both have; the rows of api.matches.

        With `any_turn` they may lie any way, otherwise up to 60° from each other. Raises SettingsError for an
        unknown detector; NotFound for an unknown coin, and where they have no face in common; PictureError
        when no photograph can be used; CoinstoreError without OpenCV.
        """
        pair = named_pair(self._engine, coin, neighbour, face)
        settings = Parameters(detector=detector, any_turn=any_turn)
        done = match_pair(self._engine, PairsAsked(pairs=[pair], settings=settings))
        reasons = done.reasons if done else ()
        found = call.read(self._engine, "part.matches_of_pair", coin=pair.coin, neighbour=pair.neighbour)
        rows = [
            row
            for row in found
            if face in (None, row["face"]) and settings.recipe().items() <= row["parameters"].items()
        ]
        if not rows and reasons:
            raise PictureError(f"{'; '.join(reasons)}.")
        if not rows:
            raise NotFound(f"{coin!r} and {neighbour!r} have no face of which both have a photograph.")
        return Compared(rows, reasons)

    def explain(
        self, coin: str, neighbour: str, face: Face | None = None, *, any_turn: bool = False
    ) -> Explained:
        """Why two coins may be of one die, with the pictures; compares them now and stores nothing.

        They are compared as they were for their stored match, or else upright; `any_turn` as in `compare`.

        Raises NotFound, PictureError when no photograph can be used,
        and CoinstoreError without OpenCV.
        """
        return explain(self._engine, named_pair(self._engine, coin, neighbour, face), any_turn=any_turn)

    def calibrate(self, person: str, *, is_forced: bool = False) -> Recalibrated:
        """Fits the probability to the verdicts of people, and uses it where it is better, or is forced.

        Raises NotFound with too few verdicts, SpaceError where all judged pairs hang together.
        """
        return calibrate(self._engine, person, is_forced=is_forced)

    def queue(
        self,
        limit: int = 50,
        *,
        face: Face | None = None,
        min_certainty: float = LOWEST,
        where: str = "true",
    ) -> Rows[Any]:
        """The pairs whose verdict would change the die groups most; those with contradictory verdicts first.

        `min_certainty` is the lowest probability of a link. Both coins pass `where`, a predicate over the
        columns of api.coins. Raises SettingsError for an impossible certainty, PredicateError.
        """
        faces = (face,) if face else FACES
        rows = queue(self._engine, limit, faces=faces, lowest=min_certainty, where=where)
        return Rows(rows, FILE)

    def import_verdicts(self, path: str | Path, person: str, *, progress: Report = silent) -> Imported:
        """Stores the verdicts of a CSV file with the columns coin, neighbour, face, verdict and note.

        A row that cannot be used is in `faults`. Raises SourceError for a file that cannot be read.
        """
        return import_verdicts(self._engine, path, person, progress)

    def match(
        self,
        graph: str = "",
        *,
        pairs: str | Path | None = None,
        faces: Sequence[Face] = (),
        where: str = "true",
        workers: int = 1,
        limit: int | None = None,
        detector: str = PARAMETERS.detector,
        any_turn: bool = False,
        progress: Report = silent,
    ) -> MatchingDone:
        """Compares the pairs that lack a current match: along a graph, of a CSV file, or all of `faces`.

        Without any of these it is the only graph. `where` chooses coins by the columns of api.sides, with
        `faces`. `detector` finds the local features; `any_turn` as in `compare`. A row of the file that
        cannot be used is among the `reasons`. Raises NotFound, SourceError, SettingsError, SpaceError,
        PredicateError, and CoinstoreError without OpenCV.
        """
        if not (graph or pairs or faces):
            graph = only_graph(self._engine)
        named, faults = read_pairs(self._engine, pairs) if pairs else ((), [])
        settings = Parameters(detector=detector, any_turn=any_turn)
        asked = PairsAsked(graph or None, named, faces, where, settings)
        *_, done = match(self._engine, asked, workers=workers, limit=limit, report=progress)
        assert isinstance(done, MatchingDone)
        done.reasons[:0] = faults
        return done

    def __repr__(self) -> str:
        return repr(self.list())

    def _repr_html_(self) -> str:
        return self.list()._repr_html_()

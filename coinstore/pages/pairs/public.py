"""The matches of an open store, with their pages: `store.matches`."""

from __future__ import annotations

from pathlib import Path

from ...dies import public
from ...records.coin import Face


class Matches(public.Matches):
    """Which pairs of coins may be of one die; shows as the list of them."""

    def show(self, coin: str, neighbour: str, path: str | Path, face: Face | None = None) -> None:
        """Writes why two coins may be of one die, as .html or .png; raises what `explain` raises."""
        from .write import write_pair

        write_pair(self.explain(coin, neighbour, face), Path(path))

    def draw_list(
        self, path: str | Path, min_certainty: float = 0.5, where: str = "true", limit: int = 40
    ) -> list[Path]:
        """Writes the pairs of `list` as small pictures, as .html or .png; returns the files.

        Raises SettingsError for too many pairs, and CoinstoreError without OpenCV.
        """
        from .write import write_matches

        return write_matches(self._engine, self.list(min_certainty, where, limit), [Path(path)])

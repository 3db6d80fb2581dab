"""The maps of an open store: `store.maps`."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine

from ..db import call
from ..progress import Report, Tally, finish, silent
from ..rows import Rows
from .build import MapBuilt, MapRequest, MapStarted, PointsMoved, build_map, drop_map
from .update import CoinsPlaced, CoinsWaiting, MapUpdated, update_map

SHOWN = ("map", "space", "face", "method", "points", "added", "seed", "trained")


class Maps:
    """What the maps of a store can be asked and told; shows as the list of them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def list(self) -> Rows[Any]:
        """The maps: space, face, method and points."""
        return Rows(call.look(self._engine, "api.maps"), SHOWN)

    def build(self, space: str, name: str = "", *, progress: Report = silent, **request: Any) -> MapBuilt:
        """Lays the coins of a space out on a plane; options: face, method, seed, perplexity, neighbours."""
        wanted = MapRequest(space, **request)
        name = name or wanted.default_name
        tally = Tally(progress, f"Building {name}", "iterations")
        steps = build_map(self._engine, name, wanted)
        return finish(steps, MapBuilt, tally, {MapStarted: "iterations"}, {PointsMoved: "iterations"})

    def update(self, name: str, *, progress: Report = silent) -> MapUpdated:
        """Places the coins that are new in the store; no other point moves."""
        tally = Tally(progress, f"Placing coins on {name}", "coins")
        steps = update_map(self._engine, name)
        return finish(steps, MapUpdated, tally, {CoinsWaiting: "coins"}, {CoinsPlaced: "coins"})

    def drop(self, name: str) -> None:
        """Drops a map with its points."""
        drop_map(self._engine, name)

    def __repr__(self) -> str:
        return repr(self.list())

    def _repr_html_(self) -> str:
        return self.list()._repr_html_()

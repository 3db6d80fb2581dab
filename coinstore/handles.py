"""What an open store has of each kind: its spaces, graphs, maps, outlines, pairs, dies and names."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from .curation.public import Terms
    from .graph.public import Graphs
    from .maps.public import Maps
    from .pages.dies.public import Dies
    from .pages.outlines import Outlines
    from .pages.pairs.public import Matches
    from .spaces.public import Spaces


class Handles:
    """One handle for each kind; `engine` is the SQLAlchemy engine of the store."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @property
    def spaces(self) -> Spaces:
        """The spaces: list, add, derive, fuse, blend, switch, index and drop them."""
        from .spaces.public import Spaces

        return Spaces(self.engine)

    @property
    def graphs(self) -> Graphs:
        """The graphs of neighbours: list, build, update, analyse, export and drop them."""
        from .graph.public import Graphs

        return Graphs(self.engine)

    @property
    def maps(self) -> Maps:
        """The maps: list, build, update and drop them."""
        from .maps.public import Maps

        return Maps(self.engine)

    @property
    def outlines(self) -> Outlines:
        """Where the coins are in their photographs: list, show, draw, correct and find."""
        from .pages.outlines import Outlines

        return Outlines(self.engine)

    @property
    def matches(self) -> Matches:
        """Which pairs of coins may be of one die: list, compare, match, explain, draw."""
        from .pages.pairs.public import Matches

        return Matches(self.engine)

    @property
    def dies(self) -> Dies:
        """Studies of dies: list, group, contradictions and drop."""
        from .pages.dies.public import Dies

        return Dies(self.engine)

    @property
    def terms(self) -> Terms:
        """The preferred names: list, add, remove, import_nomisma."""
        from .curation.public import Terms

        return Terms(self.engine)

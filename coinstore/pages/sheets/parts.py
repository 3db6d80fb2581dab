"""The parts of a contact sheet before it is drawn: plain records, the same for HTML and PNG."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ...records.coin import Face
from ..pairs.ring import KEY

Kind = Literal["most", "least"]


@dataclass(frozen=True, slots=True)
class Picture:
    """One face of a coin as a JPEG, or None if there is nothing to show.

    `has_side` is false if the coin has no such side; `is_thumbnail` marks a face whose photograph could
    not be read, so that the store's small picture replaces it. `is_put`: it is turned to fit the coin in
    question, and the ring of its match is around it.
    """

    face: Face
    jpeg: bytes | None
    has_side: bool = True
    is_thumbnail: bool = False
    is_put: bool = False

    @property
    def caption(self) -> str:
        """The text below the picture."""
        thumbnail = " (thumbnail)" if self.is_thumbnail else ""
        return f"{self.face}{thumbnail}{' ↻' if self.is_put else ''}"

    @property
    def absence(self) -> str:
        """The text in place of a missing picture."""
        return f"no photograph of the {self.face}" if self.has_side else f"no {self.face}"


@dataclass(frozen=True, slots=True)
class Shown:
    """A coin on a sheet: its names, a line of metadata, and both faces, the compared one first."""

    coin_id: int
    collection: str
    inventory_number: str
    type: str | None
    metadata: str
    pictures: tuple[Picture, Picture]
    legends: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Tile:
    """One answer: its rank, its scores, which sides were compared, and its ranks in the other spaces.

    `matches` says for each face how probable one die is.
    """

    rank: int
    coin: Shown
    similarity: float
    percentile: float | None
    compared: str
    also: tuple[str, ...] = ()
    matches: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Strip:
    """The most (or least) similar coins in one space, in order; `note` says why there are none."""

    space: str
    trained: bool
    kind: Kind
    tiles: tuple[Tile, ...]
    note: str = ""

    @property
    def name(self) -> str:
        """The name of the space, marked if it is untrained."""
        return self.space if self.trained else f"{self.space} (untrained)"


@dataclass(frozen=True, slots=True)
class Block:
    """A coin in question with its strips: one for each space, the most similar before the least similar."""

    coin: Shown
    strips: tuple[Strip, ...]

    def of_kind(self, kind: Kind) -> list[Strip]:
        """The strips of one kind, one for each space."""
        return [strip for strip in self.strips if strip.kind == kind]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A whole contact sheet: title, facts to cite it by, warnings, and blocks."""

    title: str
    facts: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...]
    compared: str
    blocks: tuple[Block, ...]

    @property
    def key(self) -> str:
        """How to read the sheet."""
        said = (
            "A thick frame marks a face that was compared. Similarity is at most 1; the percentile is the"
            " share of random pairs in the whole space that are less (or more) similar."
        )
        strips = [strip for block in self.blocks for strip in block.strips]
        if len({strip.space for strip in strips}) > 1:
            said += " ◆ names the other space in which the same coin appears, and its place there."
        if any(tile.matches for strip in strips for tile in strip.tiles):
            said += f" {KEY}"
        return said

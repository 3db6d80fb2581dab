"""Progress of writing a page."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

Stage = Literal["records", "neighbours", "places", "photographs"]
STAGES: tuple[Stage, ...] = get_args(Stage)


@dataclass(frozen=True, slots=True)
class Drawing:
    """How a page is drawn: the seed of its places, outlines on the photographs, and links to coins.

    `links` is the address of the page of a coin without its id; with none a card leads nowhere.
    """

    seed: int = 0
    outlines: bool = False
    links: str = ""


USUAL = Drawing()


@dataclass(frozen=True, slots=True)
class Expected:
    """This many coins will pass a stage."""

    stage: Stage
    coins: int


@dataclass(frozen=True, slots=True)
class Done:
    """This many further coins passed a stage."""

    stage: Stage
    coins: int


@dataclass(frozen=True, slots=True)
class Written:
    """The page is on disk: how many coins, edges (each coin's neighbours), photographs and bytes it has."""

    path: Path
    coins: int
    edges: int
    photographs: int
    size_bytes: int


Step = Expected | Done | Written
Steps = Generator[Step, None, None]


def last(steps: Steps) -> Written:
    """Runs all steps and returns what was written."""
    *_, written = steps
    assert isinstance(written, Written)
    return written

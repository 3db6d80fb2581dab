"""How far the writing of a page has come."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

Stage = Literal["records", "neighbours", "places", "photographs"]
STAGES: tuple[Stage, ...] = get_args(Stage)


@dataclass(frozen=True, slots=True)
class Expected:
    """So many coins will go through a stage."""

    stage: Stage
    coins: int


@dataclass(frozen=True, slots=True)
class Done:
    """So many coins more went through a stage."""

    stage: Stage
    coins: int


@dataclass(frozen=True, slots=True)
class Written:
    """A page is on disk: so many coins, edges (each coin's neighbours) and photographs, and its size."""

    path: Path
    coins: int
    edges: int
    photographs: int
    size_bytes: int


Step = Expected | Done | Written
Steps = Generator[Step, None, None]


def last(steps: Steps) -> Written:
    """Goes through all steps; what was written."""
    *_, written = steps
    assert isinstance(written, Written)
    return written

"""Matching: whether two sides were struck by one die, by geometry; needs the extra `match`."""

from .calibrate import Calibration, shipped
from .compare import Match, Side, compare, compare_many, side
from .parameters import Parameters

__all__ = ["Calibration", "Match", "Parameters", "Side", "compare", "compare_many", "shipped", "side"]

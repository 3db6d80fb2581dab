"""The catalogue: the types of an invented coinage, each with designs, a standard and dates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from . import beasts, emblems
from .curves import Design
from .heads import Head, drawn_head

REVERSES: tuple[tuple[str, Callable[[], Design]], ...] = (
    ("Eagle on thunderbolt", beasts.eagle),
    ("Horse walking right", beasts.horse),
    ("Tripod", emblems.tripod),
    ("Owl facing", beasts.owl),
    ("Lion walking right", beasts.lion),
    ("Star over crescent", emblems.star),
    ("Standing figure with sceptre", beasts.standing_figure),
    ("Wreath and club", emblems.wreath),
    ("Bull walking right", beasts.bull),
    ("Amphora", emblems.amphora),
    ("Dolphins around a pellet", beasts.dolphins),
    ("Lyre", emblems.lyre),
    ("Boar walking right", beasts.boar),
    ("Galley", emblems.galley),
    ("Ear of barley", emblems.barley),
    ("Temple of four columns", emblems.temple),
)
MINTS = ("Aurelia", "Rhodanos", "Castra Nova", "Thalassa", "Montes")
AUTHORITIES = ("Severina", "Lykon", "Marcianus", "Atalante", "Drusilla", "Kleomenes", "Tarquinius")
# material, denomination, weight in g, diameter in mm
STANDARDS = (
    ("Silver", "Denarius", 3.7, 18.5),
    ("Silver", "Tetradrachm", 16.8, 26.0),
    ("Bronze", "As", 10.9, 27.0),
    ("Gold", "Stater", 8.5, 19.0),
    ("Silver", "Drachm", 4.2, 17.5),
)


@dataclass(frozen=True, slots=True)
class CoinType:
    """One type, as in a catalogue. Years are signed; weight in g and diameter in mm are standards."""

    place: int
    label: str
    denomination: str
    material: str
    mint: str
    authority: str
    year_from: int
    year_to: int
    weight_g: float
    diameter_mm: float
    head: Head
    reverse: int
    obverse_legend: str
    reverse_legend: str

    @property
    def obverse_description(self) -> str:
        return self.head.description

    @property
    def reverse_description(self) -> str:
        return REVERSES[self.reverse][0]


@lru_cache(maxsize=4096)
def coin_type(seed: int, place: int) -> CoinType:
    """The type at a place (0, 1, 2 …) of the catalogue of a seed."""
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(0, place)))
    material, denomination, weight_g, diameter_mm = STANDARDS[int(rng.integers(len(STANDARDS)))]
    mint = MINTS[int(rng.integers(len(MINTS)))]
    authority = AUTHORITIES[place % len(AUTHORITIES)]
    year_from = int(rng.integers(-320, 190)) or 1
    year_to = year_from + int(rng.integers(1, 9))
    return CoinType(
        place=place,
        label=f"Demo {place + 1}",
        denomination=denomination,
        material=material,
        mint=mint,
        authority=authority,
        year_from=year_from,
        year_to=year_to or 1,
        weight_g=weight_g,
        diameter_mm=diameter_mm,
        head=drawn_head(rng, place),
        reverse=(place * 5 + seed) % len(REVERSES),
        obverse_legend=f"{authority.upper()} REX",
        reverse_legend=mint.upper(),
    )

"""A mintage: types, dies and collections that follow from one seed, and each coin of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from PIL import Image

from . import conditions
from .catalogue import CoinType, coin_type
from .dies import die
from .photograph import Strike, Style, photograph

Face = Literal["obverse", "reverse"]
COLLECTIONS: tuple[tuple[str, str, Style], ...] = (
    ("Lakeside Museum", "LM", Style(280, 135, 0.55, 250, 0.0, (1.0, 1.0, 1.0), 90)),
    ("Sammlung Nord", "SN", Style(240, 60, 0.5, 16, 0.0, (1.06, 1.0, 0.9), 75)),
    ("Hoard of Hill 7", "HH", Style(320, 110, 0.6, 128, 14.0, (0.96, 1.0, 1.04), 82)),
)


@dataclass(frozen=True, slots=True)
class SyntheticCoin:
    """The facts of one coin: weight in g, diameter in mm, die axis in hours, wear 0 (fresh) to 1.

    A uniface coin has no reverse die. Two coins with the same name of a die share its geometry exactly.
    """

    index: int
    inventory_number: str
    collection: str
    type: str
    obverse_die: str
    reverse_die: str | None
    die_axis_h: int
    weight_g: float
    diameter_mm: float
    wear: float


@dataclass(frozen=True, slots=True)
class Mintage:
    """A coinage of `types` with `dies` for each face, in `collections`; everything follows from `seed`.

    Coin i is always the same, no matter how many coins are made. With `varied`, coins of one die differ as
    they do in real collections: weak strikes, states of the die, oblique and unsharp photographs under any
    lamp and on any ground; that is for measuring how well dies are told apart. With `any_turn`, the coins lie
    before the camera as they fell.
    """

    seed: int = 0
    types: int = 8
    dies: int = 3
    collections: int = 3
    varied: bool = False
    any_turn: bool = False

    def coin(self, index: int) -> SyntheticCoin:
        """The facts of the coin at an index, from 0."""
        rng = np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=(2, index)))
        place, obverse, reverse = (int(rng.integers(n)) for n in (self.types, self.dies, self.dies))
        kind = coin_type(self.seed, place)
        wear = float(rng.beta(2, 3))
        name, prefix, _ = self._collection(index)
        return SyntheticCoin(
            index=index,
            inventory_number=f"{prefix} {index + 1:04}",
            collection=name,
            type=kind.label,
            obverse_die=f"{place + 1}-O{obverse + 1}",
            reverse_die=None if self._is_uniface(index) else f"{place + 1}-R{reverse + 1}",
            die_axis_h=int(rng.choice([12, 6, 6, 1, 11, 5])),
            weight_g=round(kind.weight_g * (1 - 0.08 * wear) * float(rng.normal(1, 0.02)), 2),
            diameter_mm=round(kind.diameter_mm * float(rng.normal(1, 0.025)), 1),
            wear=wear,
        )

    def type_of(self, coin: SyntheticCoin) -> CoinType:
        """The catalogue's entry for a coin's type."""
        return coin_type(self.seed, int(coin.obverse_die.split("-")[0]) - 1)

    def picture(self, index: int, face: Face) -> Image.Image:
        """The photograph of one side; raises ValueError for the reverse of a uniface coin."""
        coin = self.coin(index)
        name = coin.obverse_die if face == "obverse" else coin.reverse_die
        if name is None:
            raise ValueError(f"coin {index} is uniface")
        place, number = name.split("-")
        rng = np.random.default_rng(
            np.random.SeedSequence(self.seed, spawn_key=(3, index, int(face == "reverse")))
        )
        strike = Strike(
            wear=coin.wear,
            turn_deg=float(rng.normal(0, 7)),
            shift=(float(rng.normal(0, 0.035)), float(rng.normal(0, 0.035))),
            material=self.type_of(coin).material,
            seed=(self.seed, 4, index, int(face == "reverse")),
        )
        heights = die(self.seed, int(place) - 1, face, int(number[1:]) - 1, self.varied)
        style = self._collection(index)[2]
        if self.varied:
            cut = np.random.default_rng(
                np.random.SeedSequence(
                    self.seed, spawn_key=(6, int(place), int(face == "reverse"), int(number[1:]))
                )
            )
            heights = conditions.weakly_struck(conditions.aged(heights, float(rng.random()), cut), rng)
            strike, style = conditions.varied_strike(strike, rng), conditions.varied_style(style, rng)
        if self.any_turn:
            fall = np.random.SeedSequence(self.seed, spawn_key=(7, index, int(face == "reverse")))
            strike = replace(strike, turn_deg=np.random.default_rng(fall).uniform(-180, 180))
        picture = photograph(heights, strike, style)
        return conditions.camera(picture, rng) if self.varied else picture

    def quality(self, index: int) -> int:
        """The JPEG quality of the pictures in the coin's collection."""
        return self._collection(index)[2].quality

    def _collection(self, index: int) -> tuple[str, str, Style]:
        which = index % self.collections
        name, prefix, style = COLLECTIONS[which % len(COLLECTIONS)]
        turn = which // len(COLLECTIONS)
        return (f"{name} {turn + 1}", f"{prefix}{turn + 1}", style) if turn else (name, prefix, style)

    def _is_uniface(self, index: int) -> bool:
        return index % 24 == 13

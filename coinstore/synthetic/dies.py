"""Dies: each varies the design of its type a little; all coins struck from one die have the same relief."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.random import Generator

from .catalogue import REVERSES, CoinType, coin_type
from .curves import Design, Layer, arc, disc, turned
from .heads import head_design
from .letters import ring, spelled
from .relief import Field, relief

DOTS = 64  # of the border


@lru_cache(maxsize=256)
def die(seed: int, place: int, face: str, number: int, own_border: bool = False) -> Field:
    """Heights `(3, FIELD_PX, FIELD_PX)` of one die of a type: fresh, used and worn.

    With `own_border` the engraver punched the border's dots by hand; else all dies have the same border.
    """
    kind = coin_type(seed, place)
    key = (1, place, int(face == "reverse"), number)
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))
    design = _varied(_centre(kind, face), rng) + (_legend(kind, face, rng),)
    return relief((*design, _punched_border(rng) if own_border else _border()))


def _centre(kind: CoinType, face: str) -> Design:
    return head_design(kind.head) if face == "obverse" else REVERSES[kind.reverse][1]()


def _varied(design: Design, rng: Generator) -> Design:
    """The design as one engraver cut it: tilted, of another size, each part moved by its play."""
    tilt_deg, scale = rng.normal(0, 2.5), rng.normal(1, 0.025)
    shift = rng.normal(0, 0.012, 2)
    return tuple(
        Layer(
            tuple(
                turned(o * scale, tilt_deg) + shift + rng.normal(0, 2 * layer.play, 2) for o in layer.outlines
            ),
            layer.height * float(rng.normal(1, 0.04)),
            layer.softness,
            layer.play,
        )
        for layer in design
    )


def _legend(kind: CoinType, face: str, rng: Generator) -> Layer:
    """The legend along the rim, with the spacing of this engraver."""
    legend = spelled(kind.obverse_legend if face == "obverse" else kind.reverse_legend)
    begin_deg = 215 + rng.normal(0, 8)
    span_deg = float(np.clip(13.5 * len(legend) * rng.normal(1, 0.06), 60, 250))
    return ring(legend, begin_deg, span_deg)


def _border() -> Layer:
    """A border of dots."""
    places = arc(0.955, 0, 360 - 360 / DOTS, DOTS)
    return Layer(tuple(disc(float(x), float(y), 0.018) for x, y in places), 3.0, 0.0, 0.0)


def _punched_border(rng: Generator) -> Layer:
    """A border of dots that were punched by hand: of their own number, and not quite in line."""
    count = int(rng.integers(DOTS - 14, DOTS + 8))
    begin = rng.uniform(0, 360 / count)
    places = arc(0.955, begin, begin + 360 - 360 / count, count) + rng.normal(0, 0.006, (count, 2))
    return Layer(tuple(disc(float(x), float(y), 0.018) for x, y in places), 3.0, 0.0, 0.0)

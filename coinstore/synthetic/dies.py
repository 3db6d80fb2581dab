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
def die(seed: int, place: int, face: str, number: int) -> Field:
    """Heights `(3, FIELD_PX, FIELD_PX)` of one die of a type: fresh, used and worn."""
    kind = coin_type(seed, place)
    key = (1, place, int(face == "reverse"), number)
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))
    return relief(_varied(_centre(kind, face), rng) + _surround(kind, face, rng))


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


def _surround(kind: CoinType, face: str, rng: Generator) -> Design:
    """The legend along the rim, with the spacing of this engraver, and a border of dots."""
    legend = spelled(kind.obverse_legend if face == "obverse" else kind.reverse_legend)
    begin_deg = 215 + rng.normal(0, 8)
    span_deg = float(np.clip(13.5 * len(legend) * rng.normal(1, 0.06), 60, 250))
    border = tuple(disc(float(x), float(y), 0.018) for x, y in arc(0.955, 0, 360 - 360 / DOTS, DOTS))
    return (ring(legend, begin_deg, span_deg), Layer(border, 3.0, 0.0, 0.0))

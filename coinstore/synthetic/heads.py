"""Obverse designs: heads in profile, each with its own features, hair and ornament."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from coinstore.synthetic.curves import (
    Design,
    Layer,
    Outline,
    disc,
    ellipse,
    leaf,
    limb,
    mirrored,
    placed,
    spline,
)

Hair = Literal["short", "curls", "strands", "bun"]
Ornament = Literal["bare", "diadem", "laurel", "rays", "helmet", "horn"]
HAIRS: tuple[Hair, ...] = ("short", "strands", "curls", "bun")
ORNAMENTS: tuple[Ornament, ...] = ("laurel", "diadem", "helmet", "rays", "bare", "horn")

_FACE = np.array([
    (-0.05, 0.60), (0.20, 0.53), (0.31, 0.39), (0.345, 0.27), (0.335, 0.205), (0.40, 0.09),
    (0.465, -0.01), (0.44, -0.055), (0.365, -0.07), (0.40, -0.13), (0.352, -0.165),
    (0.385, -0.21), (0.338, -0.255), (0.36, -0.325), (0.29, -0.395), (0.13, -0.35),
    (-0.02, -0.24), (-0.30, -0.22), (-0.46, -0.02), (-0.52, 0.18), (-0.43, 0.43), (-0.26, 0.57),
])  # fmt: skip
_NOSE, _CHIN, _BROW = slice(5, 8), slice(12, 15), slice(2, 5)
_NECK = np.array([
    (0.15, -0.25), (0.07, -0.42), (0.09, -0.62), (0.20, -0.80), (-0.05, -0.84), (-0.36, -0.72),
    (-0.29, -0.52), (-0.33, -0.28), (-0.40, -0.05), (-0.10, 0.10),
])  # fmt: skip
_SKULL = np.array([-0.07, 0.14])  # the centre around which the hair turns


@dataclass(frozen=True, slots=True)
class Head:
    """The features of one portrait: shifts in die radii, hair, ornament, direction."""

    nose: float
    chin: float
    brow: float
    neck: float
    length: float
    hair: Hair
    ornament: Ornament
    beard: bool
    left: bool
    seed: int

    @property
    def description(self) -> str:
        """The head in the words of a catalogue, for example "Laureate head right"."""
        words = {
            "bare": "Bare head",
            "diadem": "Diademed head",
            "laurel": "Laureate head",
            "rays": "Radiate head",
            "helmet": "Helmeted head",
            "horn": "Horned head",
        }
        beard = ", bearded" if self.beard else ""
        return f"{words[self.ornament]} {'left' if self.left else 'right'}{beard}"


def drawn_head(rng: Generator, place: int) -> Head:
    """Return the head of the type at `place` of a catalogue.

    Neighbouring places differ in ornament and hair, so that even a few types look varied.
    """
    return Head(
        nose=float(rng.uniform(-0.03, 0.06)),
        chin=float(rng.uniform(-0.03, 0.05)),
        brow=float(rng.uniform(-0.035, 0.025)),
        neck=float(rng.uniform(-0.06, 0.06)),
        length=float(rng.uniform(0.93, 1.08)),
        hair=HAIRS[(place + place // 4) % len(HAIRS)],
        ornament=ORNAMENTS[place % len(ORNAMENTS)],
        beard=bool(rng.random() < 0.45),
        left=bool(rng.random() < 0.35),
        seed=int(rng.integers(2**31)),
    )


def head_design(head: Head) -> Design:
    """Return the relief of a head, about 1.4 die radii high."""
    rng = np.random.default_rng(head.seed)
    face = _FACE.copy()
    face[_NOSE, 0] += head.nose
    face[_CHIN, 0] += head.chin
    face[_BROW, 0] += head.brow
    neck = _NECK + np.array([(0.0, head.neck if y < -0.5 else 0.0) for _, y in _NECK])
    layers = [
        Layer((spline(neck),), height=5.0, softness=0.07),
        Layer((spline(face),), height=7.5, softness=0.11),
        *_features(head),
        *_hair(head, rng),
        *_ornament(head),
    ]
    if head.beard:
        layers += _beard(head, rng)
    upright = placed(tuple(layers), 0.03, 0.07, 0.98)
    stretched = placed(upright, 0, 0, 1.0) if head.length == 1 else _stretched(upright, head.length)
    return mirrored(stretched) if head.left else stretched


def _stretched(design: Design, length: float) -> Design:
    return tuple(
        Layer(tuple(o * (2 - length, length) for o in d.outlines), d.height, d.softness, d.play)
        for d in design
    )


def _features(head: Head) -> list[Layer]:
    """Return eye, brow, cheek, nostril, mouth and ear."""
    brow = head.brow
    hollow = ellipse(0.23 + brow, 0.155, 0.085, 0.05, -8)
    ball = ellipse(0.235 + brow, 0.15, 0.042, 0.03)
    lids = [
        limb([(0.15 + brow, 0.15), (0.22 + brow, 0.195), (0.295 + brow, 0.17)], (0.018, 0.022)),
        limb([(0.16 + brow, 0.135), (0.23 + brow, 0.112), (0.28 + brow, 0.13)], (0.012, 0.016)),
    ]
    ridge = limb([(0.11 + brow, 0.24), (0.22 + brow, 0.265), (0.33 + brow, 0.235)], (0.02, 0.05))
    wing = ellipse(0.385 + head.nose, -0.025, 0.035, 0.03)
    lips = [ellipse(0.365, -0.13, 0.045, 0.023, 12), ellipse(0.352, -0.2, 0.04, 0.025, -10)]
    mouth = limb([(0.39, -0.165), (0.33, -0.168), (0.275, -0.185)], (0.022, 0.012))
    ear = limb([(-0.05, -0.02), (-0.11, 0.1), (-0.04, 0.16), (0.01, 0.09), (-0.03, 0.04)],
               (0.05, 0.045, 0.035))  # fmt: skip
    return [
        Layer((ellipse(0.2, -0.05, 0.13, 0.12),), height=1.8, softness=0.06),
        Layer((ellipse(0.27, -0.3, 0.07, 0.06),), height=1.2, softness=0.035),
        Layer((hollow,), height=-2.2, softness=0.02),
        Layer((ball, ridge, wing, *lips), height=2.0, softness=0.012, play=0.004),
        Layer(tuple(lids), height=1.8, play=0.003),
        Layer((mouth, limb([(0.40, -0.052), (0.37, -0.06)], (0.018,) * 2)), -2.5, play=0.003),
        Layer((ear,), height=3.2, softness=0.01, play=0.008),
    ]


def _reach(angle_deg: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far the skull reaches from its middle, in die radii, by direction."""
    known = (-60.0, 20.0, 45.0, 70.0, 90.0, 120.0, 150.0, 180.0, 205.0, 230.0, 300.0)
    reach = (0.40, 0.45, 0.47, 0.47, 0.465, 0.465, 0.46, 0.46, 0.44, 0.44, 0.40)
    return np.interp(angle_deg, known, reach)


def _at(angle_deg: float, depth: float) -> Outline:
    """Return the point of the hair at an angle, 1 at the skull's edge and 0 at its middle."""
    angle = np.radians(angle_deg)
    reach = float(_reach(np.array(angle_deg))) * depth
    return np.asarray(_SKULL + reach * np.array([np.cos(angle), np.sin(angle)]))


def _hair(head: Head, rng: Generator) -> list[Layer]:
    if head.ornament == "helmet":
        return []
    cap = [_at(a, 1.05) for a in range(48, 231, 14)] + [_at(a, 0.42) for a in (215, 150, 100)]
    mass = Layer((spline([*cap, _at(52, 0.72)]),), height=2.2, softness=0.04)
    makers = {"short": _short, "curls": _curls, "strands": _strands, "bun": _strands}
    locks = Layer(tuple(makers[head.hair](rng)), height=2.6, softness=0.006, play=0.008)
    extra = _bun() if head.hair == "bun" else []
    return [mass, locks, *extra]


def _short(rng: Generator) -> list[Outline]:
    locks = []
    for depth in (1.0, 0.86, 0.71, 0.56):
        step = 11 / depth
        for angle in np.arange(52, 226, step) + rng.uniform(0, step):
            bend = float(rng.uniform(-0.05, 0.05))
            run = [
                _at(angle, depth + bend),
                _at(angle + 8, depth + 0.05),
                _at(angle + 15, depth - 0.04),
            ]
            locks.append(limb(run, (0.02, 0.05, 0.012)))
    return locks


def _curls(rng: Generator) -> list[Outline]:
    rings = []
    for depth in (1.03, 0.88, 0.72, 0.57):
        step = 13.5 / depth
        for angle in np.arange(50, 230, step) + rng.uniform(0, step):
            x, y = _at(angle, depth + float(rng.uniform(-0.02, 0.02)))
            radius = float(rng.uniform(0.024, 0.034))
            turn = np.radians(np.linspace(0, 290, 7) + rng.uniform(0, 360))
            rings.append(
                limb(
                    np.stack([x + radius * np.cos(turn), y + radius * np.sin(turn)], 1),
                    (0.022, 0.03),
                )
            )
    return rings


def _strands(rng: Generator) -> list[Outline]:
    """Return waves that run from the brow over the head to the nape."""
    strands = []
    for depth in np.linspace(1.03, 0.5, 8):
        swing = float(rng.uniform(0.015, 0.03))
        angles = np.linspace(50 + 14 * (1 - depth), 222 - 22 * (1.03 - depth), 13)
        wave = depth + swing * np.sin(np.arange(13) * 1.7 + 4 * depth)
        strands.append(limb([_at(a, w) for a, w in zip(angles, wave, strict=True)], (0.02, 0.042, 0.03)))
    return strands


def _bun() -> list[Layer]:
    knot = ellipse(-0.50, -0.12, 0.12, 0.1, 30)
    coils = [limb([(-0.58, -0.16 + k), (-0.5, -0.08 + k), (-0.42, -0.1 + k)], (0.02, 0.03, 0.02))
             for k in (-0.045, 0.0, 0.045)]  # fmt: skip
    return [Layer((knot,), 5.5, 0.045, play=0.012), Layer(tuple(coils), 2.0, 0.005)]


def _beard(head: Head, rng: Generator) -> list[Layer]:
    jaw = np.array([(-0.02, -0.02), (0.0, -0.2), (0.1, -0.31), (0.22, -0.37), (0.32, -0.37)])
    jaw[2:, 0] += head.chin
    mass = spline([(0.0, -0.05), (0.1, -0.2), (0.24, -0.25), (0.37 + head.chin, -0.3),
                   (0.38 + head.chin, -0.46), (0.22, -0.5), (0.04, -0.38), (-0.04, -0.2)])  # fmt: skip
    line = spline(jaw, closed=False, steps=4)
    locks = []
    for x, y in line[1:]:
        for drop in (0.0, 0.05, 0.1):
            x0, y0 = x + 0.25 * drop + float(rng.uniform(-0.012, 0.012)), y - drop + 0.03
            locks.append(
                limb(
                    [(x0, y0), (x0 + 0.022, y0 - 0.03), (x0 + 0.012, y0 - 0.06)],
                    (0.016, 0.034, 0.01),
                )
            )
    return [Layer((mass,), 3.2, 0.05), Layer(tuple(locks), 2.2, 0.005, play=0.007)]


def _ornament(head: Head) -> list[Layer]:
    band = [
        _at(a, d)
        for a, d in zip((38, 70, 105, 140, 172, 196), (0.86, 0.84, 0.8, 0.8, 0.86, 0.98), strict=True)
    ]
    ties = [
        limb([band[-1], (-0.60, -0.1), (-0.56, -0.3)], (0.05, 0.035, 0.045)),
        limb([band[-1], (-0.53, -0.14), (-0.47, -0.36)], (0.05, 0.035, 0.045)),
    ]
    if head.ornament == "diadem":
        return [Layer((limb(band, (0.09, 0.09)), *ties), 4.0, 0.012)]
    if head.ornament == "laurel":
        return [Layer((*_leaves(band), *ties), 4.2, 0.012, play=0.008)]
    if head.ornament == "rays":
        angles = range(50, 181, 18)
        spikes = [leaf(_at(a, 0.9), _at(a, 1.48), 0.075) for a in angles]
        return [Layer((limb(band, (0.07, 0.07)), ties[0], *spikes), 4.5, 0.008, play=0.008)]
    if head.ornament == "horn":
        turn = np.linspace(-0.6, 5.2, 14)
        size = np.linspace(0.17, 0.03, 14)
        curl = np.stack([-0.06 - size * np.cos(turn), 0.12 + size * np.sin(turn)], axis=1)
        return [Layer((limb(curl, (0.05, 0.08, 0.05, 0.02)),), 4.5, 0.014)]
    return _helmet() if head.ornament == "helmet" else []


def _leaves(band: list[Outline]) -> list[Outline]:
    line = spline(band[::-1], closed=False, steps=3)
    leaves = []
    for here, ahead in itertools.pairwise(line):
        along = (ahead - here) / (np.hypot(*(ahead - here)) + 1e-9)
        side = np.array([-along[1], along[0]])
        leaves += [leaf(here, here + 0.13 * along + s * 0.055 * side, 0.055) for s in (1, -1)]
    return leaves


def _helmet() -> list[Layer]:
    bowl = spline([_at(28, 1.0), *(_at(a, 1.1) for a in range(45, 226, 15)), (-0.32, -0.24),
                   (-0.2, -0.05), (-0.05, 0.2), (0.15, 0.3)])  # fmt: skip
    rim = limb([_at(26, 1.0), (0.12, 0.29), (-0.06, 0.19), (-0.2, -0.06), (-0.34, -0.26)], (0.05, 0.05))
    crest = limb([_at(a, 1.3) for a in range(55, 236, 20)], (0.05, 0.17, 0.2, 0.17, 0.06))
    hairs = [limb([_at(a, 1.16), _at(a + 5, 1.44)], (0.018, 0.022)) for a in range(62, 228, 7)]
    volute = [disc(-0.2, 0.3, 0.06), disc(-0.05, 0.42, 0.045), disc(-0.33, 0.15, 0.04)]
    return [
        Layer((bowl,), 4.5, 0.06),
        Layer((crest,), 4.5, 0.03),
        Layer((rim, *volute), 2.5, 0.012),
        Layer(tuple(hairs), 2.0, play=0.004),
    ]

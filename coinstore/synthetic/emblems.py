"""Reverse designs of objects: tripod, wreath, star, amphora, lyre, galley, barley, temple."""

from __future__ import annotations

import numpy as np

from coinstore.synthetic.curves import Design, Layer, Outline, arc, disc, ellipse, leaf, limb, spline, turned


def tripod() -> Design:
    """A tripod with a bowl, three rings above and a cross-stay."""
    legs = [
        limb([(0.72 * x, 0.2), (x, -0.2), (1.08 * x, -0.58)], (0.075, 0.06, 0.07)) for x in (-0.34, 0.0, 0.34)
    ]
    feet = [ellipse(x, -0.6, 0.075, 0.04) for x in (-0.37, 0.0, 0.37)]
    bowl = spline([(-0.36, 0.26), (-0.2, 0.12), (0.2, 0.12), (0.36, 0.26), (0.3, 0.3), (-0.3, 0.3)])
    rim = limb([(-0.4, 0.3), (0.0, 0.3), (0.4, 0.3)], (0.06, 0.06))
    rings = [
        limb(np.array((x, y)) + arc(0.1, 0, 345, 12), (0.04, 0.04))
        for x, y in ((-0.25, 0.44), (0.0, 0.5), (0.25, 0.44))
    ]
    stays = [limb([(-0.28, -0.05), (0.0, -0.12), (0.28, -0.05)], (0.04, 0.04)),
             limb([(-0.33, -0.3), (0.0, -0.22), (0.33, -0.3)], (0.04, 0.04))]  # fmt: skip
    return (Layer((bowl,), 5.0, 0.03), Layer((*legs, *feet), 4.5, 0.016, play=0.01),
            Layer((*rings, rim, *stays), 3.6, 0.008, play=0.01))  # fmt: skip


def star() -> Design:
    """A star of eight rays over a crescent, a pellet between the rays."""
    rays = [
        leaf(turned(np.array([(0.08, 0.0)]), a)[0], turned(np.array([(0.5, 0.0)]), a)[0], 0.12)
        for a in range(22, 382, 45)
    ]
    pellets = [disc(*arc(0.43, a, a, 1)[0], 0.045) for a in range(45, 405, 90)]
    outer, inner = arc(0.68, 200, 340, 20), arc(0.6, 335, 205, 20) + (0, 0.06)
    up = (0.0, 0.06)
    return (
        Layer(tuple(r + up for r in rays), 4.5, 0.016, play=0.008),
        Layer(tuple(p + up for p in pellets), 4.0, 0.014, play=0.012),
        Layer((ellipse(0, 0.06, 0.13, 0.13),), 4.5, 0.04),
        Layer((np.concatenate([outer, inner]),), 4.0, 0.02),
    )


def wreath() -> Design:
    """A closed wreath of laurel with a tie below and a club across the middle."""
    leaves: list[Outline] = []
    for angle in np.arange(-78, 84, 15.0):
        for side, lean in ((0.09, 22), (-0.09, 8), (0.0, 15)):
            base, tip = (
                arc(0.55, angle, angle, 1)[0],
                arc(0.55 + side, angle + lean, angle + lean, 1)[0],
            )
            leaves += [leaf(base, tip, 0.085), leaf(base * (-1, 1), tip * (-1, 1), 0.085)]
    stems = [limb(arc(0.55, -86, 84, 9) * (s, 1), (0.035, 0.03)) for s in (1, -1)]
    tie = [limb([(0.0, -0.56), (s * 0.12, -0.66), (s * 0.1, -0.8)], (0.05, 0.04, 0.05)) for s in (1, -1)]
    club = limb([(-0.3, -0.06), (0.0, 0.0), (0.32, 0.1)], (0.06, 0.1, 0.17, 0.14))
    knots = [disc(x, y, 0.03) for x, y in ((0.05, 0.05), (0.15, 0.01), (0.22, 0.11), (0.3, 0.06))]
    return (Layer(tuple(leaves), 3.8, 0.012, play=0.008), Layer((*stems, *tie), 3.0, play=0.006),
            Layer((club,), 4.5, 0.03), Layer(tuple(knots), 2.0, 0.008))  # fmt: skip


def amphora() -> Design:
    """An amphora with two handles, a grape on either side."""
    right = np.array([(0.13, 0.5), (0.09, 0.42), (0.09, 0.26), (0.26, 0.1), (0.28, -0.1), (0.16, -0.38),
                      (0.06, -0.54), (0.1, -0.6)])  # fmt: skip
    pot = spline(np.concatenate([right, right[::-1] * (-1, 1)]))
    handles = [
        limb(
            [(s * 0.1, 0.42), (s * 0.3, 0.48), (s * 0.33, 0.25), (s * 0.25, 0.1)],
            (0.045, 0.05, 0.05),
        )
        for s in (1, -1)
    ]
    bands = [limb([(-0.24, y), (0, y - 0.03), (0.24, y)], (0.02, 0.02)) for y in (0.08, 0.02, -0.14)]
    flutes = [limb([(0.06 * k, -0.18), (0.035 * k, -0.45)], (0.02, 0.016)) for k in (-2, -1, 0, 1, 2)]
    grapes = [disc(s * (0.52 + 0.07 * (c - r / 2)), 0.04 - 0.075 * (3 - r) + 0.1, 0.042)
              for s in (1, -1) for r in range(4) for c in range(r + 1)]  # fmt: skip
    return (Layer((pot,), 5.5, 0.08), Layer(tuple(handles), 4.0, 0.012, play=0.01),
            Layer((*bands, *flutes), 1.6), Layer(tuple(grapes), 3.5, 0.012, play=0.01))  # fmt: skip


def lyre() -> Design:
    """A lyre with five strings."""
    arms = [
        limb(
            [(s * 0.14, -0.36), (s * 0.4, -0.1), (s * 0.28, 0.25), (s * 0.4, 0.56)],
            (0.11, 0.13, 0.09, 0.06),
        )
        for s in (1, -1)
    ]
    shell = spline([(-0.26, -0.24), (0, -0.3), (0.26, -0.24), (0.22, -0.52), (0, -0.6), (-0.22, -0.52)])
    bar = limb([(-0.42, 0.4), (0, 0.4), (0.42, 0.4)], (0.06, 0.06))
    strings = [limb([(0.075 * k, 0.4), (0.05 * k, -0.3)], (0.018, 0.018)) for k in (-2, -1, 0, 1, 2)]
    pegs = [disc(0.1 * k, 0.44, 0.028) for k in (-2, -1, 0, 1, 2)]
    return (Layer(tuple(arms), 4.8, 0.025, play=0.01), Layer((shell,), 5.0, 0.05),
            Layer((bar, *pegs), 3.5, 0.006), Layer(tuple(strings), 3.0, play=0.005))  # fmt: skip


def galley() -> Design:
    """A galley with oars, a ram, a mast and a square sail."""
    hull = spline(
        [
            (-0.62, 0.1),
            (-0.5, -0.12),
            (-0.2, -0.2),
            (0.3, -0.2),
            (0.66, -0.22),
            (0.5, -0.06),
            (0.2, -0.04),
            (-0.3, -0.02),
        ]
    )
    stern = limb([(-0.52, -0.08), (-0.64, 0.12), (-0.54, 0.32), (-0.44, 0.3)], (0.1, 0.07, 0.04))
    prow = limb([(0.48, -0.1), (0.58, 0.08), (0.52, 0.16)], (0.07, 0.05, 0.04))
    oars = [limb([(-0.38 + 0.11 * k, -0.12), (-0.46 + 0.11 * k, -0.42)], (0.022, 0.035)) for k in range(9)]
    sail = spline([(-0.28, 0.52), (0.26, 0.52), (0.34, 0.3), (0.24, 0.1), (-0.24, 0.1), (-0.2, 0.3)])
    seams = [
        limb([(x - 0.02, 0.5), (x + 0.06, 0.3), (x, 0.12)], (0.018, 0.018)) for x in (-0.16, -0.02, 0.12)
    ]
    mast = [
        limb([(0.0, 0.68), (0.0, 0.0)], (0.035, 0.035)),
        limb([(-0.34, 0.55), (0.0, 0.57), (0.34, 0.55)], (0.035, 0.035)),
    ]
    waves = [
        limb([(x, -0.52), (x + 0.08, -0.47), (x + 0.16, -0.52), (x + 0.24, -0.57)], (0.025, 0.025))
        for x in (-0.5, -0.2, 0.1, 0.34)
    ]
    shields = [disc(-0.36 + 0.11 * k, -0.05, 0.04) for k in range(8)]
    return (Layer((hull,), 5.0, 0.04), Layer((sail,), 3.6, 0.05), Layer((stern, prow), 4.0, 0.012),
            Layer((*oars, *mast, *waves), 3.2, play=0.01), Layer(tuple(shields), 2.5, 0.008),
            Layer(tuple(seams), 1.5))  # fmt: skip


def barley() -> Design:
    """An ear of barley with a leaf to the right."""
    grains: list[Outline] = []
    awns: list[Outline] = []
    for k in range(6):
        y = -0.24 + 0.13 * k
        for s in (1, -1):
            grains.append(leaf((s * 0.02, y), (s * (0.17 - 0.012 * k), y + 0.19), 0.12))
            awns.append(limb([(s * 0.15, y + 0.16), (s * (0.32 - 0.03 * k), y + 0.42)], (0.016, 0.012)))
    grains += [leaf((0, y), (0, y + 0.18), 0.1) for y in np.arange(-0.2, 0.5, 0.13)]
    stem = limb([(0.0, -0.24), (-0.02, -0.45), (0.03, -0.7)], (0.04, 0.04))
    blade = limb([(0.0, -0.55), (0.2, -0.42), (0.42, -0.2), (0.5, -0.32)], (0.03, 0.1, 0.07, 0.015))
    return (Layer(tuple(grains), 4.6, 0.018, play=0.008), Layer((stem, blade), 4.0, 0.01, play=0.015),
            Layer(tuple(awns), 2.4, play=0.006))  # fmt: skip


def temple() -> Design:
    """A temple front of four columns on three steps, a disc in the pediment."""
    columns = [limb([(x, 0.14), (x, -0.36)], (0.085, 0.1)) for x in (-0.42, -0.18, 0.18, 0.42)]
    capitals = [ellipse(x, y, 0.08, 0.03) for x in (-0.42, -0.18, 0.18, 0.42) for y in (0.16, -0.36)]
    steps = [
        limb([(-w, y), (0.0, y), (w, y)], (0.055, 0.055))
        for w, y in ((0.54, -0.42), (0.59, -0.5), (0.64, -0.58))
    ]
    roof = [
        limb([(-0.56, 0.24), (0.0, 0.24), (0.56, 0.24)], (0.06, 0.06)),
        limb([(-0.58, 0.24), (0.0, 0.56)], (0.055, 0.055)),
        limb([(0.58, 0.24), (0.0, 0.56)], (0.055, 0.055)),
    ]
    gable = np.array([(-0.5, 0.25), (0.5, 0.25), (0.0, 0.54)])
    image = [limb([(0.0, 0.02), (0.0, -0.34)], (0.09, 0.15)), disc(0.0, 0.07, 0.05)]
    trim = [
        disc(0.0, 0.34, 0.06),
        disc(0.0, 0.62, 0.05),
        disc(-0.6, 0.3, 0.045),
        disc(0.6, 0.3, 0.045),
    ]
    return (Layer(tuple(columns), 4.5, 0.025, play=0.008), Layer((gable,), 1.5, 0.02),
            Layer((*capitals, *steps, *roof), 3.5, 0.006, play=0.006),
            Layer((*image, *trim), 3.2, 0.012, play=0.012))  # fmt: skip

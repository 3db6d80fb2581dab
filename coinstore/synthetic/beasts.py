"""Reverse designs of living things: eagle, owl, horse, lion, bull, boar, dolphins, a standing figure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coinstore.synthetic.curves import Design, Layer, disc, ellipse, leaf, limb, spline


def eagle() -> Design:
    """An eagle that stands on a thunderbolt, wing folded, head turned back."""
    body = spline([(0.16, 0.36), (0.25, 0.15), (0.2, -0.12), (0.02, -0.32), (-0.2, -0.34),
                   (-0.22, -0.1), (-0.08, 0.18), (0.02, 0.36)])  # fmt: skip
    head = [ellipse(0.06, 0.44, 0.1, 0.08, -15), leaf((-0.01, 0.46), (-0.14, 0.4), 0.08)]
    wing = spline([(0.12, 0.28), (0.02, 0.2), (-0.2, -0.05), (-0.5, -0.5), (-0.3, -0.38),
                   (-0.02, -0.2), (0.14, 0.02)])  # fmt: skip
    plumes = [
        limb(
            [
                (0.1 - 0.03 * k, 0.2 - 0.045 * k),
                (-0.12 - 0.05 * k, -0.06 - 0.06 * k),
                (-0.36 - 0.02 * k, -0.4 + 0.02 * k),
            ],
            (0.03, 0.04, 0.02),
        )
        for k in range(-2, 4)
    ]
    tail = [leaf((-0.16, -0.3), (-0.42 + 0.1 * k, -0.64 - 0.02 * k), 0.08) for k in range(4)]
    legs = [limb([(x, -0.25), (x + 0.04, -0.42), (x + 0.01, -0.55)], (0.12, 0.06, 0.05)) for x in (0.0, 0.14)]
    bolt = [leaf((-0.05, -0.6), (0.55, -0.6), 0.13), leaf((0.3, -0.6), (-0.45, -0.6), 0.13)]
    return (
        Layer((body,), 5.5, 0.06),
        Layer((*head, *legs, *tail), 4.5, 0.015),
        Layer((wing,), 2.5, 0.025),
        Layer(tuple(plumes), 2.0, 0.004),
        Layer(tuple(bolt), 4.0, 0.015),
        Layer((disc(0.03, 0.46, 0.02),), -2.5),
    )


def owl() -> Design:
    """An owl that faces the viewer, with a sprig of olive behind it."""
    body = spline([(0.02, 0.32), (0.24, 0.12), (0.2, -0.22), (0.02, -0.5), (-0.26, -0.62),
                   (-0.2, -0.2), (-0.22, 0.12)])  # fmt: skip
    face = ellipse(0.0, 0.36, 0.27, 0.2)
    rings = [limb(np.array((x, 0.37)) + 0.095 * _circle(12), (0.035, 0.035)) for x in (-0.115, 0.115)]
    eyes = [
        disc(-0.115, 0.37, 0.045),
        disc(0.115, 0.37, 0.045),
        leaf((0.0, 0.34), (0.0, 0.2), 0.07),
    ]
    down = [disc(0.02 + 0.075 * c + 0.03 * (r % 2) - 0.12, 0.1 - 0.075 * r, 0.02)
            for r in range(6) for c in range(4)]  # fmt: skip
    wing = [limb([(-0.17 - 0.02 * k, 0.05 - 0.08 * k), (-0.1, -0.22 - 0.06 * k), (-0.22, -0.48)],
                 (0.03, 0.035, 0.02)) for k in range(4)]  # fmt: skip
    feet = [limb([(x, -0.4), (x + 0.02, -0.58), (x + 0.1, -0.6)], (0.08, 0.05, 0.04)) for x in (0.0, 0.12)]
    sprig = [limb([(-0.62, 0.3), (-0.52, 0.52), (-0.34, 0.64)], (0.025, 0.025)),
             leaf((-0.6, 0.32), (-0.42, 0.3), 0.09), leaf((-0.52, 0.5), (-0.64, 0.6), 0.09),
             leaf((-0.42, 0.6), (-0.36, 0.76), 0.09)]  # fmt: skip
    return (
        Layer((body,), 5.5, 0.07),
        Layer((face,), 4.5, 0.05),
        Layer((*rings, *eyes), 2.6, 0.006),
        Layer((*down, *wing), 1.8),
        Layer((*feet, *sprig), 3.5, 0.012, play=0.015),
    )


@dataclass(frozen=True, slots=True)
class Build:
    """The proportions of a four-footed animal: widths and lengths in die radii."""

    chest: float
    waist: float
    neck: tuple[float, float]  # from the withers to the head
    neck_width: float
    muzzle: tuple[float, float]  # from the head to the nose
    skull: float
    leg: float
    stride: float
    tail: tuple[tuple[float, float], ...]


_HORSE = Build(0.3, 0.24, (0.2, 0.3), 0.17, (0.16, -0.11), 0.1, 0.08, 0.12,
               ((-0.42, 0.14), (-0.58, 0.12), (-0.66, -0.15), (-0.6, -0.4)))  # fmt: skip
_LION = Build(0.34, 0.2, (0.14, 0.14), 0.3, (0.13, -0.05), 0.15, 0.1, 0.17,
              ((-0.42, 0.1), (-0.62, 0.06), (-0.68, 0.3), (-0.55, 0.46)))  # fmt: skip
_BULL = Build(0.4, 0.34, (0.2, 0.02), 0.34, (0.1, -0.16), 0.14, 0.1, 0.07,
              ((-0.44, 0.14), (-0.56, 0.1), (-0.56, -0.2), (-0.52, -0.36)))  # fmt: skip
_BOAR = Build(0.42, 0.3, (0.14, -0.06), 0.36, (0.22, -0.12), 0.13, 0.08, 0.05,
              ((-0.44, 0.12), (-0.54, 0.2), (-0.6, 0.1), (-0.54, 0.06)))  # fmt: skip


def _beast(build: Build) -> tuple[list[Layer], np.ndarray]:
    """Return trunk, legs, neck and head walking right, and where the head is."""
    trunk = limb([(-0.38, 0.02), (-0.1, 0.0), (0.22, 0.04)],
                 (build.chest * 0.95, build.waist, build.chest))  # fmt: skip
    withers = np.array((0.24, 0.1))
    head = withers + build.neck
    nose = head + build.muzzle
    s = build.stride
    near = [
        limb(
            [(0.24, -0.05), (0.28 + s, -0.24), (0.22 + s * 1.4, -0.44)],
            (build.leg * 2, build.leg, build.leg * 0.7),
        ),
        limb(
            [(-0.38, -0.02), (-0.42 + s / 2, -0.22), (-0.5, -0.3), (-0.45 - s / 2, -0.5)],
            (build.leg * 2.6, build.leg * 1.5, build.leg, build.leg * 0.7),
        ),
    ]
    far = [
        limb(
            [(0.2, -0.08), (0.14, -0.28), (0.12 - s / 2, -0.5)],
            (build.leg * 1.7, build.leg, build.leg * 0.7),
        ),
        limb(
            [(-0.3, -0.08), (-0.24, -0.26), (-0.3, -0.34), (-0.22 + s / 2, -0.5)],
            (build.leg * 2, build.leg * 1.2, build.leg, build.leg * 0.7),
        ),
    ]
    face = limb(
        [head + (-0.03, 0.02), (head + nose) / 2, nose],
        (build.skull * 2, build.skull * 1.6, build.skull),
    )
    ears = [
        leaf(head + (-0.02, 0.03), head + (-0.06, 0.17), 0.06),
        leaf(head + (0.02, 0.04), head + (0.02, 0.17), 0.06),
    ]
    ground = limb([(-0.62, -0.56), (0.0, -0.56), (0.62, -0.56)], (0.025, 0.03, 0.025))
    layers = [
        Layer(tuple(far), 3.0, 0.02, play=0.012),
        Layer((trunk,), 5.5, 0.08),
        Layer(
            (
                limb(
                    [withers - (0.08, 0.02), head],
                    (build.neck_width * 1.35, build.neck_width * 0.8),
                ),
            ),
            4.0,
            0.05,
        ),
        Layer((*near, limb(build.tail, (0.05, 0.045, 0.04, 0.07))), 4.0, 0.02, play=0.012),
        Layer((face, *ears), 3.6, 0.025, play=0.01),
        Layer((ground,), 3.0),
        Layer((disc(*(head + (0.04, 0.02)), 0.022),), -2.5),
    ]
    return layers, head


def horse() -> Design:
    """A horse that walks right with flying mane."""
    layers, head = _beast(_HORSE)
    mane = [
        leaf(
            head + (-0.05 - 0.05 * k, 0.06 - 0.07 * k),
            head + (-0.2 - 0.06 * k, 0.06 - 0.08 * k),
            0.06,
        )
        for k in range(5)
    ]
    return (*layers, Layer(tuple(mane), 3.0, 0.008, play=0.012))


def lion() -> Design:
    """A lion with a heavy mane."""
    layers, head = _beast(_LION)
    turn = np.radians(np.arange(60, 300, 17))
    mane = [
        leaf(
            head + r * np.array((np.cos(a), np.sin(a))),
            head + (r + 0.12) * np.array((np.cos(a), np.sin(a))),
            0.075,
        )
        for r in (0.1, 0.2)
        for a in turn
    ]
    return (
        *layers,
        Layer(tuple(mane), 3.0, 0.008, play=0.01),
        Layer((disc(-0.55, 0.48, 0.05),), 4.0, 0.015),
    )


def bull() -> Design:
    """A bull that lowers its head, horns up."""
    layers, head = _beast(_BULL)
    horns = [
        limb(
            [head + (x, 0.08), head + (x + 0.07, 0.16), head + (x + 0.02, 0.27)],
            (0.06, 0.045, 0.015),
        )
        for x in (-0.02, 0.07)
    ]
    folds = [
        limb(
            [(0.34 - k * 0.05, 0.06), (0.33 - k * 0.05, -0.08), (0.27 - k * 0.05, -0.16)],
            (0.018, 0.022),
        )
        for k in range(3)
    ]
    return (*layers, Layer(tuple(horns), 4.0, 0.008), Layer(tuple(folds), -1.5))


def boar() -> Design:
    """A boar with bristles along its back."""
    layers, head = _beast(_BOAR)
    x = np.linspace(-0.42, 0.34, 17)
    spine = 0.2 + 0.05 * np.sin((x + 0.42) * 3)
    bristles = [
        limb([(a, b - 0.02), (a - 0.03, b + 0.13)], (0.03, 0.014)) for a, b in zip(x, spine, strict=True)
    ]
    tusk = limb([head + (0.18, -0.12), head + (0.22, -0.05), head + (0.2, 0.0)], (0.03, 0.02))
    return (*layers, Layer(tuple(bristles), 3.5, play=0.006), Layer((tusk,), 3.5))


def dolphins() -> Design:
    """Two dolphins that follow each other around a pellet."""
    fish = [
        limb(
            [(-0.5, 0.02), (-0.32, 0.32), (0.0, 0.42), (0.32, 0.32), (0.52, 0.05)],
            (0.05, 0.11, 0.22, 0.17, 0.04),
        )
    ]
    fins = [
        leaf((-0.08, 0.48), (-0.16, 0.68), 0.12),
        leaf((0.1, 0.36), (0.0, 0.2), 0.09),
        leaf((-0.48, 0.06), (-0.68, 0.02), 0.1),
        leaf((-0.48, 0.04), (-0.46, -0.16), 0.1),
    ]
    body, trim = [*fish, *(-o for o in fish)], [*fins, *(-o for o in fins)]
    eyes = [disc(0.34, 0.31, 0.025), disc(-0.34, -0.31, 0.025)]
    return (Layer(tuple(body), 5.0, 0.05), Layer(tuple(trim), 3.5, 0.014, play=0.01),
            Layer(tuple(eyes), -2.5), Layer((disc(0, 0, 0.07),), 4.0, 0.03))  # fmt: skip


def standing_figure() -> Design:
    """A robed figure that holds out a dish over an altar and leans on a sceptre."""
    robe = spline([(-0.1, 0.3), (0.12, 0.3), (0.14, 0.05), (0.2, -0.35), (0.2, -0.6), (-0.16, -0.6),
                   (-0.16, -0.3), (-0.12, 0.05)])  # fmt: skip
    folds = [
        limb(
            [(0.02 + 0.05 * k, 0.1), (0.03 + 0.07 * k, -0.2), (0.02 + 0.075 * k, -0.57)],
            (0.018, 0.024),
        )
        for k in (-2, -1, 0, 1, 2)
    ]
    swag = limb([(-0.12, 0.2), (0.0, 0.0), (0.18, -0.08)], (0.05, 0.06, 0.04))
    arms = [limb([(0.1, 0.26), (0.24, 0.12), (0.4, 0.14)], (0.1, 0.075, 0.05)),
            limb([(-0.1, 0.26), (-0.26, 0.14), (-0.34, 0.32)], (0.1, 0.075, 0.05))]  # fmt: skip
    head = [
        ellipse(0.02, 0.46, 0.085, 0.105),
        disc(-0.06, 0.49, 0.05),
        limb([(0.01, 0.38), (0.0, 0.28)], (0.08, 0.1)),
    ]
    sceptre = [
        limb([(-0.36, 0.66), (-0.36, 0.0), (-0.36, -0.6)], (0.03, 0.03)),
        disc(-0.36, 0.66, 0.04),
    ]
    altar = [
        np.array([(0.36, -0.6), (0.62, -0.6), (0.57, -0.28), (0.41, -0.28)]),
        leaf((0.49, -0.26), (0.5, -0.06), 0.12),
        ellipse(0.43, 0.13, 0.08, 0.028),
    ]
    feet = [ellipse(0.14, -0.62, 0.07, 0.03), ellipse(-0.1, -0.62, 0.06, 0.03)]
    return (
        Layer((robe,), 4.5, 0.05),
        Layer((*arms, *head), 4.5, 0.022, play=0.01),
        Layer((*folds, swag), 1.8),
        Layer((*altar, *feet), 3.5, 0.02, play=0.02),
        Layer(tuple(sceptre), 3.5, play=0.015),
    )


def _circle(count: int) -> np.ndarray:
    angle = np.linspace(0, 2 * np.pi, count)
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)

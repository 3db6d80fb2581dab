"""Outlines: the closed curves that all drawings are made of.

Coordinates are die radii: the field of a die is the disc of radius 1 around (0, 0), x to the
right, y up. An outline is an array (n, 2) of points in order; the curve closes itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

Outline = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Layer:
    """Outlines of one height above the field.

    `height` is in hundredths of a die radius and is added to the layers below; a negative height carves.
    `softness` is the width of the rounded shoulder in die radii, 0 for a plain ridge.
    `play` is how far an outline may move between two dies of one type, in die radii.
    """

    outlines: tuple[Outline, ...]
    height: float
    softness: float = 0.0
    play: float = 0.006


Design = tuple[Layer, ...]


def spline(points: ArrayLike, closed: bool = True, steps: int = 8) -> Outline:
    """Return a smooth curve through `points`, shape (n * steps, 2) when closed.

    The curve is the uniform Catmull-Rom spline (DeRose and Barsky, doi:10.1145/42188.42265).
    """
    knots = np.asarray(points, dtype=float)
    if closed:
        ring = np.concatenate([knots[-1:], knots, knots[:2]])
    else:
        ring = np.concatenate([2 * knots[:1] - knots[1:2], knots, 2 * knots[-1:] - knots[-2:-1]])
    t = np.linspace(0, 1, steps, endpoint=False)[None, :, None]
    p0, p1, p2, p3 = (ring[k : len(ring) - 3 + k, None, :] for k in range(4))
    bend = 2 * p1 + (p2 - p0) * t + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2
    curve = ((bend + (3 * p1 - p0 - 3 * p2 + p3) * t**3) / 2).reshape(-1, 2)
    return curve if closed else np.concatenate([curve, knots[-1:]])


def limb(points: ArrayLike, widths: Sequence[float]) -> Outline:
    """Return the outline of a stroke along a smooth line, with rounded ends.

    `widths` are full widths in die radii, spread evenly from the first point to the last.
    """
    spine = spline(points, closed=False, steps=6)
    along = np.linspace(0, 1, len(spine))
    half = np.interp(along, np.linspace(0, 1, len(widths)), np.asarray(widths) / 2)[:, None]
    tangent = np.gradient(spine, axis=0)
    tangent /= np.hypot(*tangent.T)[:, None] + 1e-9
    normal = np.stack([-tangent[:, 1], tangent[:, 0]], axis=1)
    turn = np.linspace(0, np.pi, 7)[1:-1, None]
    last = spine[-1] + half[-1] * (normal[-1] * np.cos(turn) + tangent[-1] * np.sin(turn))
    first = spine[0] - half[0] * (normal[0] * np.cos(turn) + tangent[0] * np.sin(turn))
    return np.concatenate([spine + half * normal, last, (spine - half * normal)[::-1], first])


def ellipse(x: float, y: float, across: float, up: float, tilt_deg: float = 0.0) -> Outline:
    """Return an ellipse about (x, y) with half axes `across` and `up`."""
    angle = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    points = np.stack([across * np.cos(angle), up * np.sin(angle)], axis=1)
    return turned(points, tilt_deg) + (x, y)


def disc(x: float, y: float, radius: float) -> Outline:
    """Return a small disc, drawn with ten corners: enough for a pellet."""
    return np.array((x, y)) + radius * _DECAGON


def leaf(base: ArrayLike, tip: ArrayLike, width: float) -> Outline:
    """Return a pointed leaf from `base` to `tip`."""
    start, end = np.asarray(base, dtype=float), np.asarray(tip, dtype=float)
    across = np.array([start[1] - end[1], end[0] - start[0]])
    across *= width / 2 / (np.hypot(*across) + 1e-9)
    t = np.linspace(0, 1, 7)[:, None]
    belly = np.sin(np.pi * t**0.8)
    upper = start + (end - start) * t + across * belly
    lower = start + (end - start) * t - across * belly
    return np.concatenate([upper, lower[::-1]])


def turned(points: Outline, angle_deg: float) -> Outline:
    """Return the points turned anticlockwise about (0, 0)."""
    angle = np.radians(angle_deg)
    cos, sin = np.cos(angle), np.sin(angle)
    return points @ np.array([[cos, sin], [-sin, cos]])


def arc(radius: float, from_deg: float, to_deg: float, count: int) -> Outline:
    """Return `count` points on a circle about (0, 0), anticlockwise when to_deg > from_deg."""
    angle = np.radians(np.linspace(from_deg, to_deg, count))
    return radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)


def mirrored(design: Design) -> Design:
    """Return the design facing the other way."""
    return tuple(replace(d, outlines=tuple(o * (-1, 1) for o in d.outlines)) for d in design)


def placed(design: Design, x: float, y: float, scale: float) -> Design:
    """Return the design scaled about (0, 0), then moved by (x, y); heights stay."""
    return tuple(replace(d, outlines=tuple(o * scale + (x, y) for o in d.outlines)) for d in design)


_DECAGON = arc(1.0, 0, 324, 10)

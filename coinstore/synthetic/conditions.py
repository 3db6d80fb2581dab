"""Conditions: how differently coins of one die are struck, worn and photographed in real collections."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageFilter

from .photograph import Strike, Style
from .relief import EXTENT, FIELD_PX, Field, blurred

GROUNDS = (16, 60, 128, 190, 235, 250)


def varied_strike(strike: Strike, rng: Generator) -> Strike:
    """The same strike, less worn, more turned and more off centre; collections keep the better coins."""
    shift = (float(rng.normal(0, 0.06)), float(rng.normal(0, 0.06)))
    return replace(strike, wear=0.7 * strike.wear, turn_deg=float(rng.normal(0, 14)), shift=shift)


def varied_style(style: Style, rng: Generator) -> Style:
    """The style of a collection as its photographers kept to it: another lamp, ground and size each time."""
    return replace(
        style,
        side_px=round(style.side_px * rng.uniform(0.85, 1.5)),
        lamp_deg=float(rng.normal(120, 22)),
        lamp_height=float(rng.uniform(0.4, 0.75)),
        ground=int(rng.choice(GROUNDS)),
        grain=style.grain if rng.random() < 0.5 else float(rng.uniform(0, 10)),
    )


def aged(heights: Field, state: float, rng: Generator) -> Field:
    """The heights `(3, h, w)` of a die that has struck coins: 0 is fresh, 1 at its end.

    Its relief softens, and a crack grows from its rim; `rng` is the die's, so that each of its coins has
    the same crack, longer on later ones.
    """
    soft = np.stack([blurred(field, round(0.2 + 0.6 * state, 1)) for field in heights])
    if rng.random() > 0.4:
        return soft
    x, y = _grid()
    turn, bend, begin = rng.uniform(0, 2 * np.pi), rng.normal(0, 0.3), rng.uniform(0.3, 0.8)
    along = x * np.cos(turn) + y * np.sin(turn)
    across = -x * np.sin(turn) + y * np.cos(turn) + bend * (along - 0.5) ** 2
    reach = 1 - 1.3 * max(state - begin, 0)
    crack = np.exp(-((across / 0.012) ** 2)) / (1 + np.exp((reach - along) / 0.02))
    return np.asarray(soft + 2.5 * crack, np.float32)


def weakly_struck(heights: Field, rng: Generator) -> Field:
    """The heights as one blow of the hammer left them: weaker on one side, at times struck twice."""
    x, y = _grid()
    turn, depth = rng.uniform(0, 2 * np.pi), rng.beta(1.2, 3)
    side = x * np.cos(turn) + y * np.sin(turn)
    force = 1 - depth / (1 + np.exp((rng.uniform(0.1, 0.7) - side) / 0.12))
    found = heights * np.asarray(force, np.float32)
    if rng.random() < 0.06:
        down, right = (int(step) for step in rng.integers(-6, 7, 2))
        found = np.maximum(found, 0.5 * np.roll(heights, (down, right), axis=(1, 2)))
    return np.asarray(found, np.float32)


def camera(picture: Image.Image, rng: Generator) -> Image.Image:
    """The same photograph by another camera: slightly oblique, less sharp, with other tones."""
    width, height = picture.size
    corners = np.array([(0, 0), (0, height), (width, height), (width, 0)]) + rng.normal(
        0, 0.008 * width, (4, 2)
    )
    edge = tuple(np.median(np.asarray(picture)[0], axis=0).astype(int))
    seen = picture.transform(
        picture.size, Image.Transform.QUAD, tuple(corners.ravel()), Image.Resampling.BICUBIC, fillcolor=edge
    )
    seen = seen.filter(ImageFilter.GaussianBlur(rng.uniform(0, 0.8)))
    tone = 255 * (np.asarray(seen, np.float32) / 255) ** rng.uniform(0.7, 1.4)
    tone = tone * rng.uniform(0.8, 1.1) + rng.normal(0, rng.uniform(0.5, 4), tone.shape)
    return Image.fromarray(np.clip(tone, 0, 255).astype(np.uint8), "RGB")


def _grid() -> tuple[Field, Field]:
    """Coordinates of a height field in die radii, y up."""
    line = np.linspace(-EXTENT, EXTENT, FIELD_PX, dtype=np.float32)
    x, y = np.meshgrid(line, -line)
    return x, y

"""Photographs: a struck flan under a lamp, in the style of one collection."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image

from .relief import EXTENT, FIELD_PX, Field

METALS = {"Gold": (214, 176, 88), "Silver": (176, 176, 172), "Bronze": (128, 98, 66)}
FLAN = 1.0  # the mean radius of a flan in die radii


@dataclass(frozen=True, slots=True)
class Style:
    """The photographic style of a collection.

    Side of the square in px, lamp in degrees (0: from the right) and its height (0 to 1), background (grey,
    0 to 255) and its grain, tint by channel, JPEG quality.
    """

    side_px: int
    lamp_deg: float
    lamp_height: float
    ground: int
    grain: float
    tint: tuple[float, float, float]
    quality: int


@dataclass(frozen=True, slots=True)
class Strike:
    """How one side was struck: wear 0 (fresh) to 1, turn in degrees, shift in die radii, and its own seed."""

    wear: float
    turn_deg: float
    shift: tuple[float, float]
    material: str
    seed: tuple[int, ...]


def photograph(heights: Field, strike: Strike, style: Style) -> Image.Image:
    """One side as an RGB picture, a square of `style.side_px`; `heights` `(3, h, w)` are those of its die."""
    rng = np.random.default_rng(np.random.SeedSequence(strike.seed[0], spawn_key=strike.seed[1:]))
    x, y, radius = _grid(style.side_px)
    edge = _edge(x, y, rng)
    surface = _struck(heights, strike, style.side_px)
    surface += _flan(radius / edge) + _damage(x, y, strike, rng)
    light = _lit(surface, style, rng)
    coin = np.clip((edge - radius) * style.side_px / 3, 0, 1)[..., None]
    metal = light[..., None] * (
        np.array(METALS[strike.material]) * np.array(style.tint) * rng.uniform(0.88, 1.08)
    )
    picture = coin * metal + (1 - coin) * _ground(x, y, edge, style, rng)
    return Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8), "RGB")


def _grid(side_px: int) -> tuple[Field, Field, Field]:
    """Coordinates in die radii, y up, and the distance from the middle of the flan."""
    line = np.linspace(-1.18, 1.18, side_px, dtype=np.float32)
    x, y = np.meshgrid(line, -line)
    return x, y, np.hypot(x, y)


def _edge(x: Field, y: Field, rng: Generator) -> Field:
    """How far the flan reaches in each direction: not perfectly round, sometimes cracked."""
    angle = np.arctan2(y, x)
    reach = np.full_like(x, FLAN * rng.uniform(0.97, 1.04))
    for waves in range(2, 6):
        reach += np.float32(rng.normal(0, 0.022 / waves)) * np.cos(
            waves * angle + np.float32(rng.uniform(0, 6.3))
        )
    if rng.random() < 0.25:
        away = np.angle(np.exp(1j * (angle - rng.uniform(-3.1, 3.1))))
        reach -= np.float32(rng.uniform(0.1, 0.3)) * np.exp(-((away / 0.03) ** 2)).astype(np.float32)
    return reach


def _struck(heights: Field, strike: Strike, side_px: int) -> NDArray[np.float32]:
    """The relief of the die: worn, turned and off-centre, in pixels of the picture."""
    level = strike.wear * (len(heights) - 1)
    low = min(int(level), len(heights) - 2)
    worn = heights[low] + np.float32(level - low) * (heights[low + 1] - heights[low])
    worn *= np.float32(1 - 0.45 * strike.wear)
    turn = np.radians(strike.turn_deg)
    scale = 2 * 1.18 / side_px * (FIELD_PX / 2 / EXTENT)  # pixels of the field to one of the picture
    a, b = scale * np.cos(turn), scale * np.sin(turn)
    half, centre = side_px / 2, FIELD_PX / 2
    shift_x, shift_y = (s * FIELD_PX / 2 / EXTENT for s in strike.shift)
    matrix = (a, -b, centre + shift_x - half * (a - b), b, a, centre + shift_y - half * (a + b))
    turned = Image.fromarray(worn).transform(
        (side_px, side_px), Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR
    )
    return np.asarray(turned, np.float32) / np.float32(scale)


def _flan(share: Field) -> NDArray[np.float32]:
    """The flan itself: slightly domed, lower at the rim."""
    return np.asarray(-6 * share**2 - 30 * np.clip(share - 0.96, 0, None), np.float32)


def _damage(x: Field, y: Field, strike: Strike, rng: Generator) -> NDArray[np.float32]:
    """Scratches, and the roughness from wear and soil."""
    marks = np.zeros_like(x)
    for _ in range(int(rng.integers(0, 4))):
        turn, at, middle = rng.uniform(0, 3.14), rng.uniform(-0.7, 0.7), rng.uniform(-0.5, 0.5)
        across = x * np.cos(turn) + y * np.sin(turn) - at
        along = -x * np.sin(turn) + y * np.cos(turn) - middle
        marks -= np.float32(1.4) * np.exp(-((across / 0.012) ** 2) - (along / 0.25) ** 2).astype(np.float32)
    small = rng.normal(0, 1, (len(x) // 4 + 1, len(x) // 4 + 1)).astype(np.float32)
    rough = Image.fromarray(small).resize(x.shape[::-1], Image.Resampling.BICUBIC)
    return marks + np.float32(0.12 + 0.22 * strike.wear) * np.asarray(rough, np.float32)


def _lit(surface: Field, style: Style, rng: Generator) -> NDArray[np.float32]:
    """Brightness of the surface, about 0 to 1.5: Lambert's law and a highlight (Phong 1975,
    doi:10.1145/360825.360839)."""
    down, right = np.gradient(surface)
    length = np.sqrt(1 + right**2 + down**2)
    lamp = np.radians(style.lamp_deg + rng.normal(0, 8))
    flat = np.sqrt(1 - style.lamp_height**2)
    facing = (-right * flat * np.cos(lamp) + down * flat * np.sin(lamp) + style.lamp_height) / length
    facing = np.clip(facing, 0, 1)
    highlight = np.clip(2 * facing / length - style.lamp_height, 0, 1) ** 18
    grain = rng.normal(0, 0.015, surface.shape)
    return np.asarray(0.18 + 0.95 * facing + 0.5 * highlight + grain, np.float32)


def _ground(x: Field, y: Field, edge: Field, style: Style, rng: Generator) -> NDArray[np.float32]:
    """The background, with the shadow of the coin."""
    lamp = np.radians(style.lamp_deg)
    away = np.hypot(x + 0.05 * np.cos(lamp), y + 0.05 * np.sin(lamp)) - edge
    shadow = 1 - 0.35 * np.exp(-np.clip(away, 0, None) / 0.05)
    cloth = style.grain * np.sin(90 * x) * np.sin(90 * y) + rng.normal(0, 0.3 * style.grain + 1, x.shape)
    return np.asarray(((style.ground + cloth) * shadow)[..., None] * np.array(style.tint), np.float32)

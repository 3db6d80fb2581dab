"""Restriking: another coin of the same die, made from the photograph of a real one."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from ..images.discs import find
from ..images.outline import Outline

Field = NDArray[np.float32]
EXTENT = 1.15  # of the square that is worked on, in radii of the coin
HIGH = 0.6  # the share of the heights that comes from bright high points, the rest comes from bright slopes
KEPT = 0.5  # the share of the light of the photograph that is kept: what no estimate of heights explains


@dataclass(frozen=True, slots=True)
class Strike:
    """How the other coin differs: all that `restrike` draws from its seed.

    `turn_deg` and `shift` (in radii) say where the die struck the flan, `reach` how large the flan is (in
    radii of the coin of the photograph), `waves` its irregular edge; the lamp moves by `lamp_deg` to the
    height `lamp_height` (0 to 1). `wear` is 0 (as the photograph) to 1.
    """

    turn_deg: float
    shift: tuple[float, float]
    reach: float
    waves: tuple[tuple[float, float], ...]
    lamp_deg: float
    lamp_height: float
    wear: float
    stretch: float
    contrast: float
    gamma: float
    blur_px: float
    grain: float
    ground: int
    side_px: int
    quality: int


def restrike(photograph: Image.Image, seed: int, outline: Outline | None = None) -> Image.Image:
    """A plausible photograph of another coin of the same die, RGB; the same for the same seed.

    The flan has a new edge and another centre, the coin is turned and lit from elsewhere through an
    estimated height field, it is worn, and tone, sharpness, ground and compression are those of another
    camera. Where the new flan is larger than the old one, it is bare. `outline` says where the coin is;
    else it is found.

    >>> from coinstore.synthetic import Mintage, restrike
    >>> restrike(Mintage(seed=0).picture(0, "obverse"), seed=1).mode
    'RGB'
    """
    outline = outline or find(photograph).coins[0]
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(5,)))
    strike = drawn(rng, round(2 * outline.radius_px))
    colour, light, shown = _square(photograph, outline)
    heights = _heights(light * shown, rng)
    light, heights, shown = (_struck(one, strike) for one in (light, heights, shown))
    lit = _relit(light, _worn(heights, strike, rng), shown, strike)
    return _photographed(lit, colour, strike, rng)


def drawn(rng: Generator, side_px: int) -> Strike:
    """How another coin of a die differs, for a coin of `side_px`."""
    return Strike(
        turn_deg=float(rng.normal(0, 12)),
        shift=(float(rng.normal(0, 0.05)), float(rng.normal(0, 0.05))),
        reach=float(rng.uniform(0.9, 1.05)),
        waves=tuple((float(rng.normal(0, 0.025 / n)), float(rng.uniform(0, 6.3))) for n in (1, 2, 3, 4, 5)),
        lamp_deg=float(rng.normal(0, 28)),
        lamp_height=float(rng.uniform(0.4, 0.75)),
        wear=float(rng.beta(1.6, 2.4)),
        stretch=float(rng.normal(1, 0.012)),
        contrast=float(rng.uniform(0.7, 1.2)),
        gamma=float(rng.uniform(0.75, 1.35)),
        blur_px=float(rng.uniform(0.2, 1.1)),
        grain=float(rng.uniform(1, 5)),
        ground=int(rng.choice([20, 128, 200, 245, 255])),
        side_px=round(side_px * EXTENT * rng.uniform(0.75, 1.1)),
        quality=int(rng.integers(60, 92)),
    )


def _square(photograph: Image.Image, outline: Outline) -> tuple[Field, Field, Field]:
    """The mean colour of the coin `(3,)`; the light (mean 0) of the square around it; where the coin is."""
    half = EXTENT * outline.radius_px
    side = max(round(2 * half), 8)
    box = (outline.x_px - half, outline.y_px - half, outline.x_px + half, outline.y_px + half)
    square = photograph.convert("RGB").transform(
        (side, side), Image.Transform.EXTENT, box, Image.Resampling.BICUBIC
    )
    pixels = np.asarray(square, np.float32)
    line = ((np.arange(side) + 0.5) / side * 2 - 1) * EXTENT
    x, y = np.meshgrid(line, line)
    angle = np.arctan2(y, x) % (2 * np.pi) * (len(outline.edge) / (2 * np.pi))
    edge = np.interp(angle, np.arange(len(outline.edge) + 1), (*outline.edge, outline.edge[0]))
    shown = np.clip((0.985 * edge - np.hypot(x, y)) * side / EXTENT / 2, 0, 1).astype(np.float32)
    grey = pixels @ np.array((0.299, 0.587, 0.114), np.float32)
    colour = np.average(pixels.reshape(-1, 3), axis=0, weights=shown.ravel() + 1e-6)
    mean = np.average(grey, weights=shown + 1e-6)
    return colour.astype(np.float32), (grey - np.float32(mean)) / np.float32(128), shown


def _heights(light: Field, rng: Generator) -> Field:
    """Heights that explain the light, if the lamp is up on the left: bright slopes, and bright high points.

    The slopes are linear shape from shading (Pentland 1990, doi:10.1007/BF00056776). These alone are streaks
    across the lamp, as slopes along it say nothing of the others; a worn coin is bright where it is high.
    Light from elsewhere would give another field; it does not matter which of them the die of the test has,
    as long as it has the lines of the real one.
    """
    lamp = np.radians(rng.uniform(110, 160))
    down, right = np.meshgrid(*(np.fft.fftfreq(n) for n in light.shape), indexing="ij")
    size = np.hypot(right, down) + 1e-6
    along = (right * np.cos(lamp) - down * np.sin(lamp)) / size
    slopes = -1j * along / (along**2 + 0.5)
    kept = (HIGH + (1 - HIGH) * slopes) / (2 * np.pi * size)
    kept *= 1 - np.exp(-((size * len(light) / 6) ** 2))  # waves longer than a sixth of the coin are its tone
    return np.real(np.fft.ifft2(np.fft.fft2(light) * kept)).astype(np.float32)


def _struck(field: Field, strike: Strike) -> Field:
    """A field turned, shifted and slightly stretched about the middle of the new flan."""
    side = len(field)
    turn = np.radians(strike.turn_deg)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    matrix = rotation @ np.diag((strike.stretch, 1 / strike.stretch))
    middle = np.full(2, (side - 1) / 2)
    offset = middle - matrix @ middle + np.array(strike.shift) * side / 2 / EXTENT
    return np.asarray(ndimage.affine_transform(field, matrix, offset, order=1), np.float32)


def _worn(heights: Field, strike: Strike, rng: Generator) -> Field:
    """The heights after wear: the highest points first, then all edges; with a few scratches."""
    side = len(heights)
    blurred = ndimage.gaussian_filter(heights, 0.4 + strike.wear * side / 130)
    high = np.clip((blurred - np.quantile(blurred, 0.6)) / (np.ptp(blurred) + 1e-6) * 4, 0, 1)
    share = np.clip(strike.wear * (0.5 + high), 0, 1).astype(np.float32)
    worn = heights * (1 - share) + blurred * share
    y, x = np.mgrid[0:side, 0:side].astype(np.float32) / side - 0.5
    for _ in range(int(rng.integers(0, 3))):
        turn, at = rng.uniform(0, np.pi), rng.uniform(-0.35, 0.35)
        across, along = x * np.cos(turn) + y * np.sin(turn) - at, -x * np.sin(turn) + y * np.cos(turn)
        mark = np.exp(-((across * side / 1.5) ** 2) - ((along - rng.uniform(-0.2, 0.2)) / 0.12) ** 2)
        worn = worn - np.float32(0.3 * np.std(heights)) * mark.astype(np.float32)
    rough = ndimage.gaussian_filter(rng.normal(0, 1, worn.shape), 1.2).astype(np.float32)
    return worn + np.float32(0.06 * np.std(heights) * (0.3 + strike.wear)) * rough


def _relit(light: Field, heights: Field, shown: Field, strike: Strike) -> Field:
    """The light on the new coin, 0 to 1; the flan that the old one did not have is bare."""
    down, right = np.gradient(heights)
    lamp = np.radians(135 + strike.lamp_deg)
    unit = np.float32(2.2 * np.hypot(down, right)[shown > 0.5].std() + 1e-6)
    down, right = 0.8 * down / unit, 0.8 * right / unit
    flat = np.sqrt(1 - strike.lamp_height**2)
    facing = -right * flat * np.cos(lamp) + down * flat * np.sin(lamp) + strike.lamp_height
    facing = np.clip(facing / np.sqrt(1 + right**2 + down**2), 0, 1)
    old = ndimage.gaussian_filter(light, 0.4 + 1.5 * strike.wear)
    bare = strike.lamp_height
    mixed = (1 - KEPT) * facing + KEPT * np.clip(bare + old, 0, 1)
    return np.asarray(shown * mixed + (1 - shown) * bare, np.float32)


def _photographed(lit: Field, colour: Field, strike: Strike, rng: Generator) -> Image.Image:
    """The flan cut out, on its ground, by another camera."""
    side = len(lit)
    line = ((np.arange(side) + 0.5) / side * 2 - 1) * EXTENT
    x, y = np.meshgrid(line, line)
    angle = np.arctan2(y, x)
    edge = strike.reach + sum(
        size * np.cos(n * angle + phase) for n, (size, phase) in enumerate(strike.waves, 1)
    )
    coin = np.clip((edge - np.hypot(x, y)) * side / 3, 0, 1)[..., None]
    tone = 0.5 + strike.contrast * (lit - strike.lamp_height * 0.9)
    tone = np.clip(tone, 0, 1.4) ** strike.gamma
    metal = tone[..., None] * colour * rng.uniform(0.94, 1.06, 3) * 2.0
    picture = coin * metal + (1 - coin) * (strike.ground + rng.normal(0, 1, (side, side, 1)))
    picture = ndimage.gaussian_filter(picture, (strike.blur_px, strike.blur_px, 0))
    picture += rng.normal(0, strike.grain, picture.shape)
    found = Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8), "RGB")
    small = found.resize((strike.side_px, strike.side_px), Image.Resampling.LANCZOS)
    data = io.BytesIO()
    small.save(data, "JPEG", quality=strike.quality)
    return Image.open(data).convert("RGB")

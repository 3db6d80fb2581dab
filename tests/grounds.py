"""Drawn photographs with a known truth: coins on many grounds, next to what else museums photograph."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from scipy import ndimage

from coinstore.synthetic.dies import die
from coinstore.synthetic.photograph import METALS, Strike, Style, photograph

SPRITE_PX = 320
SPRITES = 16
GROUNDS = ("white", "black", "grey", "gradient", "vignette", "cloth", "wood", "paper", "felt")
THINGS = ("nothing", "scale bar", "ruler", "label", "shadow", "patches")
Truth = tuple[float, float, float]
"""The middle of the square around a coin, and half of its side, in pixels."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A drawn photograph, and where its coins are."""

    picture: Image.Image
    coins: tuple[Truth, ...]


@lru_cache(maxsize=SPRITES)
def sprite(number: int) -> Image.Image:
    """A coin without its ground (RGBA); some are worn and dark, some have an irregular flan."""
    rng = np.random.default_rng((7, number))
    strike = Strike(
        wear=float(rng.uniform(0, 1)),
        turn_deg=0.0,
        shift=(0.0, 0.0),
        material=list(METALS)[number % 3],
        seed=(7, number),
    )
    heights = die(0, number % 8, "obverse" if number % 2 else "reverse", 0)
    dark, bright = (
        np.asarray(photograph(heights, strike, _style(number, ground)), np.float32) for ground in (0, 255)
    )
    alpha = np.clip(1.2 - (bright - dark).mean(axis=2) / 140, 0, 1)
    alpha[alpha < 0.1] = 0
    if number % 4 == 3:
        alpha *= _irregular(rng)
    tone = rng.uniform(0.35, 1.0) if number % 3 == 2 else 1.0
    rgb = np.clip(tone * dark / np.maximum(alpha, 0.3)[..., None], 0, 255)
    return Image.fromarray(np.dstack([rgb, 255 * alpha]).astype(np.uint8), "RGBA")


def _style(number: int, ground: int) -> Style:
    return Style(SPRITE_PX, (number * 47) % 360, 0.5 + number % 3 * 0.1, ground, 0.0, (1.0, 1.0, 1.0), 90)


def _irregular(rng: Generator) -> np.ndarray:
    """Parts of a flan that are there: a straight cut or two."""
    line = np.linspace(-1.18, 1.18, SPRITE_PX)
    x, y = np.meshgrid(line, line)
    kept = np.ones_like(x)
    for _ in range(int(rng.integers(1, 3))):
        turn = rng.uniform(0, 6.3)
        kept *= np.clip((rng.uniform(0.6, 0.9) - x * np.cos(turn) - y * np.sin(turn)) * 100, 0, 1)
    return kept


def ground(kind: str, width: int, height: int, rng: Generator) -> Image.Image:
    """An empty ground."""
    x, y = np.meshgrid(np.linspace(-1, 1, width), np.linspace(-1, 1, height))
    noise = rng.normal(0, 1, (height, width))
    if kind in ("white", "black", "grey"):
        tone = {"white": rng.uniform(240, 255), "black": rng.uniform(0, 25), "grey": rng.uniform(90, 200)}[
            kind
        ]
        return _picture(tone + rng.uniform(0, 2) * noise, (1, 1, 1))
    if kind == "gradient":
        turn = rng.uniform(0, 6.3)
        return _picture(rng.uniform(140, 210) + 40 * (x * np.cos(turn) + y * np.sin(turn)) + noise, (1, 1, 1))
    if kind == "vignette":
        return _picture(
            rng.uniform(170, 250) * (1 - rng.uniform(0.1, 0.3) * (x**2 + y**2)) + noise, (1, 1, 1)
        )
    if kind == "cloth":
        waves = np.sin(np.arange(width) * rng.uniform(0.5, 1.6)) * np.sin(
            np.arange(height)[:, None] * rng.uniform(0.5, 1.6)
        )
        return _picture(rng.uniform(60, 200) + rng.uniform(8, 20) * waves + 5 * noise, _tint(rng))
    if kind == "wood":
        rings = np.sin(rng.uniform(10, 25) * (y + 0.05 * np.sin(3 * x)) + 3 * np.sin(1.5 * x))
        return _picture(rng.uniform(90, 170) + 18 * rings + 6 * noise, (1.25, 0.95, 0.65))
    if kind == "paper":
        fibres = ndimage.uniform_filter(noise, 3)
        return _picture(rng.uniform(190, 235) + 15 * fibres + 2 * noise, (1, 0.97, 0.88))
    return _picture(rng.uniform(60, 150) + rng.uniform(4, 12) * noise, _tint(rng))  # felt


def _tint(rng: Generator) -> tuple[float, ...]:
    strong = rng.permutation([rng.uniform(0.9, 1.3), rng.uniform(0.5, 1.0), rng.uniform(0.4, 0.9)])
    return tuple(float(part) for part in strong)


def _picture(grey: np.ndarray, tint: tuple[float, ...]) -> Image.Image:
    return Image.fromarray(np.clip(grey[..., None] * np.array(tint), 0, 255).astype(np.uint8))


def place(picture: Image.Image, number: int, x: float, y: float, radius: float, shadow: float = 0.0) -> Truth:
    """Puts a coin into a picture; `shadow` is the darkness of its shadow, 0 to 1."""
    whole = sprite(number)
    box = whole.getchannel("A").point(lambda value: 255 * (value > 127)).getbbox()
    half = max(box[2] - box[0], box[3] - box[1]) / 2
    middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    scale = radius / half
    side = round(SPRITE_PX * scale)
    coin = whole.resize((side, side), Image.Resampling.BICUBIC, reducing_gap=None)
    scale = side / SPRITE_PX
    left, top = round(x - middle[0] * scale), round(y - middle[1] * scale)
    if shadow:
        dark = coin.getchannel("A").point(lambda value: int(value * shadow))
        soft = Image.new("L", picture.size)
        soft.paste(dark, (left + round(0.06 * radius), top + round(0.08 * radius)))
        soft = soft.filter(ImageFilter.GaussianBlur(0.05 * radius + 0.5))
        picture.paste((0, 0, 0), (0, 0), soft)
    picture.paste(coin, (left, top), coin)
    return (left + middle[0] * scale, top + middle[1] * scale, half * scale)


def put(thing: str, picture: Image.Image, below: float, rng: Generator) -> None:
    """Draws something that is not a coin below the line y = `below`."""
    draw = ImageDraw.Draw(picture)
    width, height = picture.size
    room = height - below
    ink = (0, 0, 0) if np.asarray(picture).mean() > 90 else (230, 230, 230)
    if thing == "scale bar":
        draw.rectangle((0.1 * width, below + 0.4 * room, 0.5 * width, below + 0.55 * room), ink)
    elif thing == "ruler":
        draw.rectangle((0, below + 0.2 * room, width, below + 0.8 * room), (235, 225, 150))
        for at in range(0, width, 6):
            draw.line(
                (at, below + 0.2 * room, at, below + (0.6 if at % 30 == 0 else 0.4) * room), (20, 20, 20)
            )
    elif thing == "label":
        box = (0.55 * width, below + 0.15 * room, 0.95 * width, below + 0.85 * room)
        draw.rectangle(box, (250, 250, 245))
        draw.text((box[0] + 3, box[1] + 2), "Inv. 1234\nRIC 56", (10, 10, 10), ImageFont.load_default(10))
    elif thing == "patches":
        for n in range(6):
            left = 0.08 * width + n * 0.08 * width
            colour = tuple(int(part) for part in rng.integers(0, 255, 3))
            draw.rectangle((left, below + 0.3 * room, left + 0.07 * width, below + 0.7 * room), colour)


def one_coin(seed: int, kind: str | None = None, thing: str | None = None) -> Drawn:
    """One coin somewhere on a ground, and perhaps something below it; sometimes blurred or cut by the border."""
    rng = np.random.default_rng((11, seed))
    kind, thing = kind or str(rng.choice(GROUNDS)), thing or str(rng.choice(THINGS))
    width, height = (int(side) for side in rng.integers(180, 620, 2))
    if max(width, height) > 1.6 * min(width, height):
        height = width
    picture = ground(kind, width, height, rng)
    below = height if thing in ("nothing", "shadow") else 0.8 * height
    most = min(width, below) / 2
    sizes = [1.01, 0.96, 0.85, 0.6, 0.35, 0.12]  # of the room for it
    radius = most * float(rng.choice(sizes, p=[0.1, 0.28, 0.27, 0.2, 0.1, 0.05]))
    cut = rng.uniform(0.05, 0.35) * radius if rng.random() < 0.12 and below == height else 0.0
    x = width / 2 + rng.uniform(-1, 1) * (width / 2 - radius) - cut
    y = below / 2 + rng.uniform(-1, 1) * (below / 2 - radius)
    number = int(rng.integers(SPRITES))
    if thing not in ("nothing", "shadow"):
        put(thing, picture, below, rng)
    truth = place(picture, number, x, y, radius, rng.uniform(0.2, 0.6) if thing == "shadow" else 0.0)
    if rng.random() < 0.25:
        picture = picture.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 1.2)))
    return Drawn(compressed(picture, int(rng.integers(60, 96))), (truth,))


def compressed(picture: Image.Image, quality: int) -> Image.Image:
    """The picture as JPEG keeps it."""
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality)
    return Image.open(io.BytesIO(out.getvalue())).convert("RGB")


def two_faces(seed: int, gap: float | None = None) -> Drawn:
    """Two faces of one coin, side by side or one above the other (every third); some touch."""
    rng = np.random.default_rng((13, seed))
    kind = str(rng.choice(GROUNDS))
    radius = float(rng.uniform(50, 130))
    between = gap if gap is not None else float(rng.choice([0.0, 0.04, 0.15, 0.5])) * radius
    long, short = (
        round(4 * radius + between + rng.uniform(0.1, 0.8) * radius),
        round(rng.uniform(2.1, 3) * radius),
    )
    upright = seed % 3 == 2
    picture = ground(kind, *((short, long) if upright else (long, short)), rng)
    first = (long - 4 * radius - between) / 2 + radius
    number = int(rng.integers(SPRITES - 1))
    places = [
        (first, short / 2),
        (first + 2 * radius + between, short / 2 + rng.uniform(-0.03, 0.03) * radius),
    ]
    coins = tuple(
        place(picture, number + n, *(at[::-1] if upright else at), radius * (1 - 0.05 * n))
        for n, at in enumerate(places)
    )
    return Drawn(compressed(picture, int(rng.integers(60, 96))), coins)


def many_discs(seed: int) -> Drawn:
    """Three coins of one size, or two of very different sizes."""
    rng = np.random.default_rng((17, seed))
    picture = ground(str(rng.choice(GROUNDS[:4])), 420, 300, rng)
    three, two = [(75, 90, 60), (210, 90, 60), (140, 215, 60)], [(140, 150, 120), (345, 150, 62)]
    places = three if seed % 2 else two
    number = int(rng.integers(SPRITES - 2))
    coins = tuple(place(picture, number + n, *at) for n, at in enumerate(places))
    return Drawn(compressed(picture, 90), coins)


def no_coin(seed: int) -> Drawn:
    """A photograph without a coin: an empty ground, a page of text, a ruler, clouds, boxes."""
    rng = np.random.default_rng((19, seed))
    kind = str(rng.choice(GROUNDS))
    width, height = (int(side) for side in rng.integers(180, 420, 2))
    picture = ground(kind, width, height, rng)
    draw = ImageDraw.Draw(picture)
    what = seed % 5
    if what == 1:
        for line in range(10, height, 14):
            draw.text((8, line), "lorem ipsum dolor sit amet " * 3, (20, 20, 20), ImageFont.load_default(10))
    elif what == 2:
        for thing in rng.choice(THINGS, 2):
            put(str(thing), picture, rng.uniform(0.2, 0.8) * height, rng)
    elif what == 3:
        clouds = ndimage.gaussian_filter(rng.normal(0, 1, (height, width)), rng.uniform(3, 25))
        picture = _picture(128 + 40 * clouds / clouds.std(), _tint(rng))
    elif what == 4:
        for _ in range(int(rng.integers(1, 5))):
            corners = rng.uniform(0, 1, (int(rng.integers(3, 6)), 2)) * (width, height)
            draw.polygon(corners.ravel().tolist(), tuple(int(part) for part in rng.integers(0, 255, 3)))
    return Drawn(compressed(picture, 85), ())

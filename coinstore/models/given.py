"""Photographs that anyone may send: what a sandbox does with their bytes, and nothing else does."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from typing import Any

from numpy.typing import NDArray
from PIL import Image

from ..errors import PictureError
from ..images.discs import Found, find
from ..images.look import around
from ..images.outline import Outline
from ..images.picture import decode, describe
from .fit import prepare
from .spec import PictureSpec

SHOWN_PX = 320  # of the longer side of a coin that is shown to whoever sent it


@dataclass(frozen=True, slots=True)
class Look:
    """Where the coins are in a photograph, in its pixels, how wide it is, and a JPEG of each coin."""

    found: Found
    width_px: int
    coins: tuple[bytes, ...]


def look_at(data: bytes) -> Look | str:
    """A look at a photograph, or what is wrong with it."""
    try:
        photograph, upright = describe(data)
    except PictureError as error:
        return str(error)
    found = find(upright)
    factor = photograph.width_px / upright.width
    coins = tuple(_shown(around(upright, coin)) for coin in found.coins[:2])
    scaled = replace(found, coins=tuple(coin.scaled(factor) for coin in found.coins))
    return Look(scaled, photograph.width_px, coins)


def prepare_given(
    data: bytes, spec: PictureSpec, outline: Outline | None, width_px: int
) -> NDArray[Any] | str:
    """The photograph as a model takes it, or what is wrong with it; `outline` is in its `width_px`."""
    try:
        picture = decode(data, side_px=spec.decode_px)
    except PictureError as error:
        return str(error)
    return prepare(picture, spec, outline and outline.scaled(picture.width / width_px))


def work(is_look: bool, *arguments: Any) -> Any:
    """What a sandbox is asked: `look_at`, or else `prepare_given`."""
    return look_at(*arguments) if is_look else prepare_given(*arguments)


def _shown(coin: Image.Image) -> bytes:
    coin.thumbnail((SHOWN_PX, SHOWN_PX), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    coin.save(out, "JPEG", quality=85)
    return out.getvalue()

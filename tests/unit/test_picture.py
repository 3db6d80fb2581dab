"""Pictures from untrusted bytes: upright and whole, or a clear reason why not."""

import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from coinstore.errors import PictureError
from coinstore.images.picture import THUMBNAIL_PX, decode, examine

RNG = np.random.default_rng(0)
PICTURE = Image.fromarray(RNG.integers(0, 255, (40, 60, 3), np.uint8))


def save(picture: Image.Image, kind: str = "PNG", **options) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "BMP", "TIFF", "WEBP"])
def test_formats(kind: str) -> None:
    found = examine(save(PICTURE, kind))
    assert (found.format, found.width_px, found.height_px) == (kind, 60, 40)
    assert max(Image.open(io.BytesIO(found.thumbnail)).size) <= THUMBNAIL_PX


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_says_which_way_is_up(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = save(PICTURE, "JPEG", exif=exif)
    size = (40, 60) if orientation >= 5 else (60, 40)
    assert decode(data).size == size
    assert (examine(data).width_px, examine(data).height_px) == size


def test_sixteen_bits_are_scaled_not_clipped() -> None:
    deep = np.linspace(0, 65535, 2000).reshape(40, 50).astype(np.uint16)
    for kind in ("PNG", "TIFF"):
        pixels = np.asarray(decode(save(Image.fromarray(deep), kind)))[..., 0]
        assert (pixels == deep >> 8).all()


def test_other_modes() -> None:
    for mode, kind in [
        ("CMYK", "JPEG"),
        ("CMYK", "TIFF"),
        ("L", "PNG"),
        ("1", "PNG"),
        ("P", "GIF"),
        ("LA", "PNG"),
    ]:
        assert decode(save(PICTURE.convert(mode), kind)).mode == "RGB"


def test_what_is_transparent_lies_on_white() -> None:
    clear = Image.new("RGBA", (4, 4), (10, 20, 30, 0))
    assert decode(save(clear)).getpixel((0, 0)) == (255, 255, 255)


def test_the_first_of_many_frames() -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    for kind in ("GIF", "WEBP", "PNG"):
        data = save(
            frames[0],
            kind,
            save_all=True,
            append_images=frames[1:],
            **({"lossless": True} if kind == "WEBP" else {}),
        )
        assert decode(data).getpixel((0, 0)) == (255, 0, 0)


def _bomb() -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the file is empty"),
        (b"Not a picture\n", "is a text file"),
        (b"<!DOCTYPE html><html>", "is a web page"),
        (b"%PDF-1.7 \x00", "is a PDF"),
        (bytes(range(128, 256)), "is not a picture that coinstore reads"),
        (_bomb(), "million pixels"),
        (save(PICTURE, "JPEG")[:900], "is cut short"),
    ],
)
def test_what_is_no_picture(data: bytes, reason: str) -> None:
    with pytest.raises(PictureError, match=reason):
        examine(data)


@settings(max_examples=150)
@given(
    kind=st.sampled_from(["JPEG", "PNG", "BMP", "TIFF", "WEBP"]),
    share=st.floats(0, 1),
    flip=st.integers(0, 10**6),
)
def test_damage_is_told_or_harmless(kind: str, share: float, flip: int) -> None:
    data = bytearray(save(PICTURE, kind)[: int(share * 10_000)])
    if data:
        data[flip % len(data)] ^= 0xFF
    try:
        found = decode(bytes(data))
    except PictureError as error:
        assert "\n" not in str(error)
    else:
        assert found.mode == "RGB"


def test_decoding_small_is_near_decoding_whole() -> None:
    big = Image.fromarray(
        np.kron(RNG.integers(0, 255, (10, 10, 3), np.uint8), np.ones((100, 100, 1), np.uint8))
    )
    data = save(big, "JPEG", quality=95)
    small = decode(data, side_px=250)
    assert min(small.size) >= 250
    difference = np.asarray(small.resize((10, 10), Image.Resampling.BOX), int) - np.asarray(
        big.resize((10, 10), Image.Resampling.BOX), int
    )
    assert abs(difference).mean() < 12


def test_real_truncated_files(real) -> None:
    for file in sorted((real / "bad").iterdir()):
        with pytest.raises(PictureError, match="is cut short"):
            examine(file.read_bytes())

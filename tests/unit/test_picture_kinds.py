"""Files of other kinds are called what they are; formats that some people use are read."""

import base64
import io
import sys

import numpy as np
import pytest
from PIL import Image

from coinstore.errors import PictureError
from coinstore.images.picture import decode, examine

PICTURE = Image.effect_noise((60, 40), 90).convert("RGB")
# 64 by 64 px, red on the left and blue on the right.
HEIC = base64.b64decode(
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAVZtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAA"
    "ACJpbG9jAAAAAERAAAEAAQAAAAABegABAAAAAAAAACUAAAAjaWluZgAAAAAAAQAAABVpbmZlAgAAAAABAABodmMxAAAAAA5waXRt"
    "AAAAAAABAAAA1mlwcnAAAAC3aXBjbwAAAHhodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADwNgAAEAGEABDAH//wNwAAADAJAAAAMA"
    "AAMAHroCQGEAAQArQgEBA3AAAAMAkAAAAwAAAwAeoCCBBZbqSSmubgIaDAgAAAMAyAAAAwAIQGIAAQAHRAHBcrAiQAAAABNjb2xy"
    "bmNseAABAA0ABoAAAAAUaXNwZQAAAAAAAABAAAAAQAAAABBwaXhpAAAAAAMICAgAAAAXaXBtYQAAAAAAAAABAAEEgQIDBAAAAC1t"
    "ZGF0AAAAISgBrxmABolHv1X//lw+/5hml7Z5O//yJ876K2P+HuNIng=="
)


def save(kind: str, **options) -> bytes:
    out = io.BytesIO()
    PICTURE.save(out, kind, **options)
    return out.getvalue()


@pytest.mark.parametrize("options", [{}, {"no_jp2": True}])
def test_jpeg_2000_is_read(options: dict) -> None:
    data = save("JPEG2000", **options)
    assert examine(data).format == "JPEG2000"
    assert (np.asarray(decode(data)) == np.asarray(PICTURE)).all()


def test_avif_is_read() -> None:
    assert examine(save("AVIF")).format == "AVIF"
    assert decode(save("AVIF")).size == (60, 40)


def test_heic_is_read_where_its_reader_is_installed() -> None:
    pytest.importorskip("pi_heif", reason="coinstore[heic] is not installed")
    assert (examine(HEIC).format, examine(HEIC).width_px) == ("HEIF", 64)
    assert decode(HEIC).getpixel((60, 5))[2] > 180


def test_heic_is_called_heic_where_its_reader_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pi_heif", None)
    with pytest.raises(PictureError, match=r"is a HEIC photograph.*pip install 'coinstore\[heic\]'"):
        examine(HEIC)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is empty"),
        (bytes(5000), "holds nothing but zeros"),
        (b"\xef\xbb\xbf\n<!-- error --><HTML lang='de'>", "is a web page"),
        (b"<?xml version='1.0'?>\n<!DOCTYPE html PUBLIC>", "is a web page"),
        ("\ufeff<html>".encode("utf-16"), "is a web page"),
        (b"<?xml version='1.0'?>\n<!-- Inkscape -->\n<!DOCTYPE svg><svg xmlns=''>", "is a drawing .SVG."),
        (b"<svg:svg>", "is a drawing .SVG."),
        (b'{"error": "not found"}', "is a text file"),
        (b"<?xml version='1.0'?><Error><Code>NoSuchKey</Code></Error>", "is a text file"),
        (b"BMW is a car", "is a text file"),
        (b"%PDF-1.7\n%\xe2\xe3", "is a PDF"),
        (b"8BPS\0\1" + bytes(20), "of Photoshop"),
        (b"\0\0\0\x18ftypmp42" + bytes(20), "is a video"),
        (b"\0\0\0\x14ftypqt  " + bytes(20), "is a video"),
        (b"RIFF\x24\0\0\0AVI LIST", "is a video"),
        (b"\x1aE\xdf\xa3" + bytes(20), "is a video"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "is a sound"),
        (b"II*\0\x10\0\0\0CR\2\0" + bytes(40), "is a raw photograph"),
        (b"FUJIFILMCCD-RAW 0201", "is a raw photograph"),
        (b"P6\n2 2\n255\n" + b"\xff" * 12, "PPM"),
        (b"PK\3\4" + bytes(20), "is a zip"),
        (b"\x1f\x8b\x08" + bytes(20), "is packed with gzip"),
        (b"\xff\x0a" + bytes(20), "JPEG XL"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "is a pointer of Git LFS"),
        (b"\xd0\xcf\x11\xe0" + bytes(20), "is an Office document"),
        (b"\x93\x82junk" * 20, "is not a picture that coinstore reads"),
    ],
)
def test_what_it_is(data: bytes, said: str) -> None:
    with pytest.raises(PictureError, match=said):
        examine(data)

"""Pictures whose pixels are whole are read, whatever is wrong with the rest of the file."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms

from coinstore.errors import PictureError
from coinstore.images.picture import decode, examine

GREY = np.linspace(0, 255, 60 * 40).reshape(40, 60).astype(np.uint8)
PICTURE = Image.fromarray(np.dstack([GREY, GREY[::-1], GREY[:, ::-1]]))


def save(picture: Image.Image, kind: str, **options) -> bytes:
    out = io.BytesIO()
    picture.copy().save(out, kind, **options)  # Pillow keeps options in a picture
    return out.getvalue()


PNG, JPEG = save(PICTURE, "PNG"), save(PICTURE, "JPEG", quality=95, subsampling=0)
WEBP = save(PICTURE, "WEBP", lossless=True, exif=b"Exif\0\0MM\0*" + b"\xff" * 20)


def chunk(kind: bytes, content: bytes, crc: int | None = None) -> bytes:
    crc = zlib.crc32(kind + content) if crc is None else crc
    return struct.pack(">L", len(content)) + kind + content + struct.pack(">L", crc)


def png_with(*chunks: bytes) -> bytes:
    at = 8 + 25  # after IHDR
    return PNG[:at] + b"".join(chunks) + PNG[at:]


def jpeg_with(marker: int, content: bytes) -> bytes:
    return JPEG[:2] + bytes((0xFF, marker)) + struct.pack(">H", len(content) + 2) + content + JPEG[2:]


PACKED = zlib.compress(bytes(10**8))  # 100 kB
WHOLE = {
    "a PNG with 5 MB of text": png_with(chunk(b"tEXt", b"note\0" + b"x" * 5_000_000)),
    "a PNG with a text bomb": png_with(*[chunk(b"zTXt", b"note\0\0" + PACKED)] * 3),
    "a PNG with a profile bomb": png_with(chunk(b"iCCP", b"p\0\0" + PACKED)),
    "a PNG with an XMP bomb": png_with(chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + PACKED)),
    "a PNG with wrong checksums": png_with(chunk(b"tEXt", b"a\0b", 5), chunk(b"tIME", b"1234567", 5)),
    "a PNG with chunks that are too short": png_with(
        *(chunk(kind, b"") for kind in (b"gAMA", b"cHRM", b"iCCP", b"eXIf", b"pHYs", b"tIME", b"acTL"))
    ),
    "a PNG with bytes after its end": PNG + b"junk" * 99,
    "a PNG without an end": PNG[:-12],
    "a PNG with a part of its end": PNG[:-7],
    "a JPEG with bytes after its end": JPEG + b"\xff\xd8trailer" * 99,
    "a JPEG with broken EXIF": jpeg_with(0xE1, b"Exif\0\0MM\0*\xff\xff\xff\xff"),
    "a JPEG with a broken profile": jpeg_with(0xE2, b"ICC_PROFILE\0\5\1" + bytes(9)),
    "a JPEG with a broken list of pictures": jpeg_with(0xE2, b"MPF\0" + b"x" * 30),
    "a JPEG with a broken preview": jpeg_with(0xE1, b"Exif\0\0II*\0\x08\0\0\0" + b"\xff" * 200),
    "a JPEG with a short header": jpeg_with(0xE0, b"JFIF\0"),
    "a JPEG with a short note on its colours": jpeg_with(0xEE, b"Adobe"),
    "a JPEG with a broken block of Photoshop": jpeg_with(0xED, b"Photoshop 3.0\x008BIM" + b"\xff" * 9),
    "a WebP with broken EXIF": WEBP,
    "a WebP whose EXIF is longer than the file": WEBP.replace(
        b"EXIF" + WEBP[WEBP.index(b"EXIF") + 4 :][:4], b"EXIF\xff\xff\0\0"
    ),
    "a WebP with bytes after its end": WEBP + b"junk" * 9,
    "a GIF without an end": save(PICTURE.quantize(64), "GIF")[:-1],
    "a JPEG 2000 with bytes after its end": save(PICTURE, "JPEG2000") + b"junk",
}


@pytest.mark.parametrize("name", WHOLE)
def test_whole_pixels_are_read(name: str) -> None:
    data = WHOLE[name]
    assert (examine(data).width_px, examine(data).height_px) == PICTURE.size
    if "GIF" not in name:
        assert np.abs(np.asarray(decode(data), int) - np.asarray(PICTURE, int)).max() < 12


def tiff(
    pixels: bytes, bits: int = 8, photometric: int = 1, order: str = "<", **tags: tuple[int, int, int]
) -> bytes:
    """A grey TIFF of 60 by 40; a tag is `t270=(type, count, value or offset)`."""
    known = {
        256: (3, 1, 60), 257: (3, 1, 40), 258: (3, 1, bits), 259: (3, 1, 1), 262: (3, 1, photometric),
        273: (4, 1, 8), 277: (3, 1, 1), 278: (3, 1, 40), 279: (4, 1, len(pixels)),
    }  # fmt: skip
    every = sorted((known | {int(name[1:]): value for name, value in tags.items()}).items())
    table = b""
    for tag, (kind, count, value) in every:
        inline = (
            struct.pack(order + "HH", value, 0)
            if (kind, count) == (3, 1)
            else struct.pack(order + "L", value)
        )
        table += struct.pack(order + "HHL", tag, kind, count) + inline
    start = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "L", 8 + len(pixels))
    return start + pixels + struct.pack(order + "H", len(every)) + table + bytes(4)


def packed_12(values: np.ndarray) -> bytes:
    """Two values of 12 bits in three bytes."""
    one, two = values[:, 0::2].astype(int), values[:, 1::2].astype(int)
    return np.dstack([one >> 4, (one & 15) << 4 | two >> 8, two & 255]).astype(np.uint8).tobytes()


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize("bits", [8, 12, 16])
def test_grey_keeps_its_meaning(order: str, inverted: bool, bits: int) -> None:
    """Of more than 8 bits the highest 8 are kept; 0 can be black or white."""
    grey = 255 - GREY if inverted else GREY
    pixels = {
        8: grey.tobytes(),
        12: packed_12(grey.astype(int) * 4095 // 255),
        16: (grey.astype(np.uint16) * 257).astype(f"{order}u2").tobytes(),
    }[bits]
    found = np.asarray(decode(tiff(pixels, bits, 0 if inverted else 1, order)))[..., 0]
    assert np.abs(found.astype(int) - GREY).max() <= 1


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_adobe_deflate", "packbits"])
def test_grey_keeps_its_meaning_when_it_is_compressed(compression: str) -> None:
    deep = 65535 - GREY.astype(np.uint16) * 257
    data = save(Image.fromarray(deep), "TIFF", compression=compression, tiffinfo={262: 0})
    assert (np.asarray(decode(data))[..., 0] == GREY).all()


@pytest.mark.parametrize(
    ("kind", "form", "said"),
    [("f4", 3, "floating-point"), ("f2", 3, "floating-point"), ("i2", 2, "signed"), ("i1", 2, "signed"),
     ("u4", 1, "32 bits"), ("f8", 3, "floating-point")],
)  # fmt: skip
@pytest.mark.parametrize("order", ["<", ">"])
def test_measurements_are_refused_as_such(kind: str, form: int, said: str, order: str) -> None:
    pixels = GREY.astype(f"{order}{kind}")
    data = tiff(pixels.tobytes(), pixels.itemsize * 8, order=order, t339=(3, 1, form))
    with pytest.raises(PictureError, match=f"has measurements .*{said}.*, not a photograph"):
        examine(data)


@pytest.mark.parametrize("order", ["<", ">"])
def test_broken_tags_of_a_tiff_are_left_out(order: str) -> None:
    broken = {
        "t270": (2, 10**9, 12), "t282": (5, 1, 2**32 - 1), "t305": (2, 100, 2**31), "t700": (1, 2**31, 0),
        "t33723": (99, 1, 1), "t34665": (4, 1, 2**31), "t34675": (7, 5000, 2**30), "t34853": (4, 1, 8),
    }  # fmt: skip
    data = tiff(GREY.tobytes(), order=order, t279=(4, 1, 10**9), **broken)
    for broken_counts in ((4, 2, 2**31), (99, 1, 1)):
        found = decode(tiff(GREY.tobytes(), order=order, t279=broken_counts))
        assert (np.asarray(found)[..., 0] == GREY).all()
    for following in (0, 8, 12, 2**31, len(data) - 4):  # the next directory: none, or nowhere
        found = decode(data[:-4] + struct.pack(order + "L", following))
        assert (np.asarray(found)[..., 0] == GREY).all()


@pytest.mark.parametrize("big", [False, True])
def test_the_largest_page_counts(big: bool) -> None:
    small = PICTURE.resize((15, 10))
    data = save(small, "TIFF", save_all=True, append_images=[PICTURE.copy(), small], big_tiff=big)
    assert (examine(data).width_px, examine(data).height_px) == PICTURE.size
    assert (np.asarray(decode(data)) == np.asarray(PICTURE)).all()


def test_a_larger_picture_below_a_page_counts() -> None:
    """As cameras and pyramids write it: the tag 330 of a small page points to the directory of another."""
    large = tiff(GREY.tobytes())
    small = tiff(bytes(4), t256=(3, 1, 2), t257=(3, 1, 2), t278=(3, 1, 2), t273=(4, 1, 8 + 4))
    at = len(large)
    first = struct.unpack_from("<L", small, 4)[0]
    entries = struct.unpack_from("<H", small, first)[0]
    table = small[first + 2 : first + 2 + 12 * entries] + struct.pack(
        "<HHLL", 330, 4, 1, struct.unpack_from("<L", large, 4)[0]
    )
    data = large[:4] + struct.pack("<L", at) + large[8:] + struct.pack("<H", entries + 1) + table + bytes(4)
    assert (np.asarray(decode(data))[..., 0] == GREY).all()


def test_a_raw_photograph_is_called_that() -> None:
    for data in (
        tiff(GREY.tobytes(), photometric=32803),
        tiff(GREY.tobytes(), t50706=(1, 4, 1)),
        b"\0\0\0\x18ftypcrx ",
    ):
        with pytest.raises(PictureError, match="is a raw photograph of a camera"):
            examine(data)


def test_other_colours_are_converted() -> None:
    profiles = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    lab = ImageCms.profileToProfile(PICTURE, *profiles, outputMode="LAB")
    assert lab is not None
    for picture, kind in (
        (lab, "TIFF"),
        (PICTURE.convert("CMYK"), "TIFF"),
        (PICTURE.convert("CMYK"), "JPEG"),
    ):
        found = np.asarray(decode(save(picture, kind)), int)
        assert np.abs(found - np.asarray(PICTURE, int)).mean() < 4


def test_bits_that_pillow_cannot_read_are_told() -> None:
    with pytest.raises(PictureError, match="stored in a way that coinstore does not read"):
        examine(tiff(bytes(60 * 40 * 2), bits=14))
    with pytest.raises(PictureError, match="compressed by method 7777"):
        examine(tiff(GREY.tobytes(), t259=(3, 1, 7777)))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "AVIF", "JPEG2000"])
def test_cut_short_is_said_of_cut_files_only(kind: str) -> None:
    data = save(PICTURE.convert("P") if kind == "GIF" else PICTURE, kind)
    with pytest.raises(PictureError, match="is cut short"):
        examine(data[: len(data) * 3 // 4])
    wrong = data[: len(data) // 2] + bytes(40) + data[len(data) // 2 + 40 :]
    try:
        examine(wrong)
    except PictureError as error:
        assert "cut short" not in str(error)


def test_a_flipped_byte_in_compressed_pixels_is_damage() -> None:
    noise = save(Image.effect_noise((300, 300), 90), "PNG")
    with pytest.raises(PictureError, match="the picture is damaged"):
        examine(noise[:40_000] + bytes(50) + noise[40_050:])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ((278, (3, 1, 20)), "rows are missing"),  # two strips, and one offset
        ((262, None), "black or white"),
        ((258, None), "how many bits"),
        ((258, (3, 3, 2**30)), "its table points out of the file"),
        ((273, (4, 1, 2**30)), "is cut short or damaged"),
        ((273, None), "without a picture"),
    ],
)
@pytest.mark.parametrize("order", ["<", ">"])
def test_a_table_that_does_not_say_what_pixels_need_is_damage(
    change: tuple[int, tuple[int, int, int] | None], said: str, order: str
) -> None:
    tag, value = change
    data = tiff(GREY.tobytes(), order=order, **{f"t{tag}": value or (3, 1, 0)})
    if value is None:  # a tag that nobody knows instead
        kind = (4, 1, 0) if tag == 273 else (3, 1, 0)
        data = data.replace(
            struct.pack(order + "HHL", tag, 3, 1), struct.pack(order + "HHL", 60000, *kind[:2])
        )
    with pytest.raises(PictureError, match=said):
        examine(data)

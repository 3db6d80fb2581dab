"""Untrusted files: a whole picture or a reason, and no message of Pillow for the user."""

import io
import struct
import warnings
import zlib
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageSequence

from coinstore.errors import PictureError
from coinstore.images.picture import LARGEST_PIXELS, decode, examine

RNG = np.random.default_rng(0)
PICTURE = Image.fromarray(RNG.integers(0, 255, (40, 60, 3), np.uint8))
CORNERS = Image.fromarray(
    np.kron(np.uint8([[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [0, 0, 0]]]), np.ones((16, 24, 1), np.uint8))
)
DATA = Path(__file__).parents[3] / "shared" / "data"


def save(picture: Image.Image, kind: str, **options) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def turned(way_up: int) -> Image.Exif:
    exif = Image.Exif()
    exif[274] = way_up
    exif[270] = "a description that is stored outside the table"
    return exif


WHOLE = [save(PICTURE, kind) for kind in ("JPEG", "PNG", "BMP", "TIFF", "WEBP", "GIF")] + [
    save(PICTURE, "JPEG", progressive=True),
    save(PICTURE, "TIFF", compression="tiff_lzw"),
    save(PICTURE, "TIFF", big_tiff=True),
    save(PICTURE, "TIFF", compression="jpeg"),
    save(PICTURE.resize((9, 9)), "TIFF", save_all=True, append_images=[PICTURE]),
    save(PICTURE, "WEBP", lossless=True),
    save(PICTURE, "JPEG2000"),
    save(PICTURE, "JPEG2000", no_jp2=True),
    save(PICTURE, "AVIF"),
]
LARGE = [save(PICTURE.resize((700, 500)), "JPEG", exif=turned(way_up)) for way_up in (1, 6)]


@settings(max_examples=400)
@given(st.sampled_from(WHOLE), st.floats(0, 1, exclude_max=True))
def test_a_cut_file_is_refused_or_all_there(whole: bytes, share: float) -> None:
    try:
        found = np.asarray(decode(whole[: int(share * len(whole))]))
    except PictureError:
        return
    assert any(np.array_equal(found, np.asarray(page)) for page in pages(whole))


def pages(whole: bytes) -> list[Image.Image]:
    """The pictures in a file: where a TIFF ends before its largest page, the others can be all there."""
    with Image.open(io.BytesIO(whole)) as opened:
        kept = (
            [page.convert("RGB") for page in ImageSequence.Iterator(opened)]
            if opened.format == "TIFF"
            else []
        )
    return [decode(whole), *kept]


def test_a_small_jpeg_may_be_cut_at_every_byte() -> None:
    """Only PictureError is raised, also where the file ends between the two bytes of a marker."""
    whole = save(PICTURE, "JPEG", exif=turned(1))
    for end in range(len(whole)):
        with suppress(PictureError):
            examine(whole[:end])


@settings(max_examples=300)
@given(
    st.sampled_from(WHOLE + LARGE),
    st.floats(0, 1),
    st.lists(st.tuples(st.integers(0, 9999), st.integers(0, 255)), max_size=3),
)
def test_what_is_described_can_be_decoded(whole: bytes, share: float, changes: list[tuple[int, int]]) -> None:
    """`examine` decodes fewer pixels than `decode`, and finds the same fault in the file."""
    data = bytearray(whole[: int(share * len(whole))])
    for at, byte in changes:
        if data:
            data[at % len(data)] = byte
    found = []
    for look in (decode, examine):
        try:
            found.append(look(bytes(data)))
        except PictureError as error:
            found.append(str(error))
    picture, described = found
    if isinstance(picture, str):
        assert described == picture
    else:
        assert (described.width_px, described.height_px) == picture.size


@settings(max_examples=300)
@given(
    st.sampled_from(WHOLE),
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), min_size=1, max_size=4),
)
def test_pillow_says_nothing_to_the_user(whole: bytes, changes: list[tuple[int, int]]) -> None:
    data = bytearray(whole)
    for at, value in changes:
        data[at % len(data)] = value
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        with suppress(PictureError):
            assert decode(bytes(data)).mode == "RGB"
    assert said == []


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("way_up", range(1, 9))
def test_every_turn_puts_the_corners_right(kind: str, way_up: int) -> None:
    back = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # the transposition that undoes each orientation
    lying = CORNERS.transpose(Image.Transpose(back[way_up])) if way_up > 1 else CORNERS
    options = (
        {"quality": 95, "subsampling": 0} if kind == "JPEG" else {"lossless": True} if kind == "WEBP" else {}
    )
    data = save(lying, kind, exif=turned(way_up), **options)
    difference = np.abs(np.asarray(decode(data), int) - np.asarray(CORNERS, int))
    assert difference.max() < 12
    assert (examine(data).width_px, examine(data).height_px) == CORNERS.size


def test_a_png_may_say_its_way_up_behind_its_pixels() -> None:
    data = save(CORNERS, "PNG", exif=turned(6))
    at = data.index(b"eXIf") - 4
    end = at + 12 + int.from_bytes(data[at : at + 4])
    late = data[:at] + data[end:-12] + data[at:end] + data[-12:]  # IEND is 12 bytes
    assert (examine(late).width_px, examine(late).height_px) == decode(late).size == CORNERS.size[::-1]


def test_a_damaged_description_leaves_the_way_up() -> None:
    """The orientation is read although another value of the EXIF block points nowhere."""
    data = save(CORNERS, "JPEG", exif=turned(6))
    at = data.index(struct.pack(">HHL", 270, 2, 47)) + 8
    assert decode(data[:at] + b"\x7f\xff\xff\xff" + data[at + 4 :]).size == CORNERS.size[::-1]


def test_twelve_bits_fill_the_range() -> None:
    """A TIFF with 12 bits per pixel: two pixels in three bytes."""
    values = [
        (256, 3, 1, 2),
        (257, 3, 1, 1),
        (258, 3, 1, 12),
        (259, 3, 1, 1),
        (262, 3, 1, 1),
        (273, 4, 1, 8),
        (277, 3, 1, 1),
    ]
    values += [(278, 3, 1, 1), (279, 4, 1, 3)]
    table = b"".join(struct.pack("<HHLL", *value) for value in values)
    data = (
        b"II*\0"
        + struct.pack("<L", 12)
        + b"\xff\xf8\x00\0"
        + struct.pack("<H", len(values))
        + table
        + bytes(4)
    )
    assert np.asarray(decode(data))[0, :, 0].tolist() == [255, 128]


@pytest.mark.parametrize("kind", ["PNG", "GIF", "BMP"])
def test_a_claim_of_many_pixels_is_refused_in_silence(kind: str) -> None:
    """Between our limit and twice Pillow's, where Pillow would only warn."""
    data, wide = bytearray(save(PICTURE, kind)), 10_000
    assert wide * wide > LARGEST_PIXELS
    if kind == "PNG":
        data[16:24] = struct.pack(">II", wide, wide)
        data[29:33] = struct.pack(">L", zlib.crc32(data[12:29]))
    elif kind == "BMP":
        data[18:26] = struct.pack("<ii", wide, wide)
    else:
        data[6:10] = struct.pack("<HH", wide, wide)
    with pytest.raises(PictureError, match="million pixels"):
        examine(bytes(data))


@pytest.mark.parametrize(
    "text", [b"BMW, 1 denarius", "Münzkabinett, Bild fehlt".encode(), "ü".encode() * 400]
)
def test_text_is_called_text(text: bytes) -> None:
    with pytest.raises(PictureError, match="is a text file"):
        examine(text)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
def test_a_strip_is_no_photograph(kind: str) -> None:
    assert decode(save(Image.new("RGB", (500, 5)), kind)).size == (500, 5)
    for look in (decode, examine):
        with pytest.raises(PictureError, match="a strip of 3 by 520 pixels"):
            look(save(Image.new("RGB", (3, 520)), kind))


def test_floats_are_no_photograph() -> None:
    with pytest.raises(PictureError, match="has measurements"):
        decode(save(PICTURE.convert("F"), "TIFF"))
    with pytest.raises(PictureError, match="has measurements"):
        decode(save(PICTURE.convert("I"), "TIFF"))


def test_palettes_with_holes_lie_on_white() -> None:
    palette = Image.new("P", (4, 4), 0)
    palette.putpalette([10, 20, 30, 40, 50, 60])
    for options in ({"transparency": 0}, {"transparency": b"\0\xff"}):
        assert decode(save(palette, "PNG", **options)).getpixel((0, 0)) == (255, 255, 255)


def test_a_small_jpeg_is_its_own_thumbnail() -> None:
    upright, lying = save(PICTURE, "JPEG"), save(PICTURE, "JPEG", exif=turned(6))
    burdened = save(
        PICTURE, "JPEG", exif=turned(1), icc_profile=bytes(70_000), comment=b"from the estate of ..."
    )
    assert examine(upright).thumbnail == upright
    assert examine(burdened).thumbnail == upright
    assert Image.open(io.BytesIO(examine(lying).thumbnail)).size == PICTURE.size[::-1]
    assert examine(save(PICTURE.convert("CMYK"), "JPEG")).thumbnail != save(PICTURE.convert("CMYK"), "JPEG")


@pytest.mark.skipif(not DATA.is_dir(), reason="the real coins are not next to the project")
def test_every_real_photograph_decodes() -> None:
    found = [examine(path.read_bytes()) for path in sorted(DATA.glob("*/images/**/*.jpg"))]
    assert len(found) >= 3384
    assert {photograph.format for photograph in found} == {"JPEG"}

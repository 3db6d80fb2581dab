"""Pictures without their metadata: the same pixels, whatever is wrong with profiles and previews."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

START_OF_SCAN = b"\xda"
# All segments for applications but APP0 and Adobe's APP14, which say how colours are stored; and comments.
METADATA = frozenset(bytes((marker,)) for marker in (*range(0xE1, 0xEE), 0xEF, 0xFE))
SHORTEST_ADOBE = 16  # bytes of the segment that says how colours are stored
PNG = b"\x89PNG\r\n\x1a\n"
PNG_PIXELS = (b"IHDR", b"PLTE", b"tRNS", b"IDAT")
PNG_END = b"\0\0\0\0IEND\xaeB`\x82"
WEBP_PIXELS = (b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF")
DESCRIBED = 0b00101100  # flags of VP8X: ICC, EXIF, XMP
LARGEST_TEXT = 1024**2  # of a description that is unpacked


def lean_jpeg(data: bytes) -> bytes:
    """The same JPEG, pixel for pixel, without EXIF, colour profiles, previews and comments."""
    return _without(data, METADATA)


def bare_jpeg(data: bytes) -> bytes:
    """As `lean_jpeg`, and without the header of JFIF: all readers know its content."""
    return _without(data, METADATA | {b"\xe0"})


def _without(data: bytes, markers: frozenset[bytes]) -> bytes:
    kept, at = [data[:2]], 2
    while data[at : at + 1] == b"\xff" and data[at + 1 : at + 2] != START_OF_SCAN:
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4])
        is_short = data[at + 1 : at + 2] == b"\xee" and end - at < SHORTEST_ADOBE
        if data[at + 1 : at + 2] not in markers and not is_short:
            kept.append(data[at:end])
        at = end
    return b"".join([*kept, data[at:]])


def lean_png(data: bytes) -> tuple[bytes, bool]:
    """The first picture of a PNG with only the chunks that pixels need; and whether the file is cut short."""
    kept, has_pixels = [PNG], False
    for start, end, kind in _png_chunks(data):
        if kind == b"IEND":
            return b"".join([*kept, PNG_END]), False
        if end > len(data) or not kind.isalpha():
            # Cut in the pixels, Pillow finds how much there is; what comes after them is not needed.
            return b"".join(
                [*kept, data[start:] if kind == b"IDAT" else PNG_END]
            ), kind == b"IDAT" or not has_pixels
        if kind in PNG_PIXELS:
            kept.append(data[start:end])
            has_pixels |= kind == b"IDAT"
    return b"".join([*kept, PNG_END]), not has_pixels


def png_descriptions(data: bytes) -> dict[bytes, bytes]:
    """The descriptions of a PNG that can tell its way up: `eXIf`, and texts by their keyword."""
    found: dict[bytes, bytes] = {}
    for start, end, kind in _png_chunks(data):
        if kind == b"IEND" or end > len(data):
            break
        content = data[start + 8 : end - 4]
        if kind == b"eXIf":
            found[kind] = content
        elif kind in (b"tEXt", b"zTXt", b"iTXt"):
            keyword, _, rest = content.partition(b"\0")
            found[keyword] = _text(kind, rest)
    return found


def lean_webp(data: bytes) -> bytes:
    """The same WebP without its descriptions, and without what follows it."""
    kept, at = [], 12
    while at + 8 <= len(data):
        kind, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        end = at + 8 + size + size % 2
        if kind in WEBP_PIXELS:
            chunk = data[at:end]
            kept.append(chunk[:8] + bytes([chunk[8] & ~DESCRIBED]) + chunk[9:] if kind == b"VP8X" else chunk)
        at = end
    body = b"".join([b"WEBP", *kept])
    return b"RIFF" + len(body).to_bytes(4, "little") + body


def webp_size(data: bytes) -> tuple[int, int]:
    """Width and height of a WebP, before a decoder reserves memory for them; 1 by 1 if it does not say."""
    kind, at = data[12:16], 20
    try:
        if kind == b"VP8X":
            return tuple(int.from_bytes(data[n : n + 3], "little") + 1 for n in (24, 27))  # type: ignore[return-value]
        if kind == b"VP8 ":
            width, height = struct.unpack_from("<HH", data, at + 6)
            return width & 0x3FFF, height & 0x3FFF
        (bits,) = struct.unpack_from("<L", data, at + 1)
    except struct.error:
        return 1, 1
    return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1


def _png_chunks(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Where each chunk begins and ends, and its kind."""
    at = len(PNG)
    while at + 8 <= len(data):
        end = at + 12 + int.from_bytes(data[at : at + 4])
        yield at, end, data[at + 4 : at + 8]
        at = end


def _text(kind: bytes, rest: bytes) -> bytes:
    is_packed = kind == b"zTXt"
    if kind == b"iTXt":
        is_packed, rest = rest[:1] == b"\1", b"\0" + rest[2:].split(b"\0", 2)[-1]
    if not is_packed:
        return rest[1:] if kind == b"iTXt" else rest
    try:
        return zlib.decompressobj().decompress(rest[1:], LARGEST_TEXT)
    except zlib.error:
        return b""

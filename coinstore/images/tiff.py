"""TIFF: the directory of the largest picture in a file, and that picture without any other tag.

A file may have several pages, smaller copies, and many tags. Pillow and libtiff need few of these tags: the
pixels are read although another tag is broken.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from PIL.TiffImagePlugin import COMPRESSION_INFO, OPEN_INFO, TiffImageFile

from ..errors import PictureError
from .kinds import RAW

STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
MOST_PAGES, MOST_ENTRIES = 1000, 1000  # of a file, of a directory
WIDTH, LENGTH, BITS, COMPRESSION, PHOTOMETRIC = 256, 257, 258, 259, 262
OFFSETS, COUNTS = (273, 324), (279, 325)
SAMPLES, STRIP_ROWS, PLANES = 277, 278, 284
SUBFILE, ORIENTATION, SUBDIRECTORIES, SAMPLE_FORMAT, DNG_VERSION = 254, 274, 330, 339, 50706
# What says how pixels are stored. Size, layout, colours, tiles, and the tables of JPEG in TIFF.
PIXEL_TAGS = frozenset(
    (WIDTH, LENGTH, BITS, COMPRESSION, PHOTOMETRIC, 266, ORIENTATION, SAMPLES, STRIP_ROWS, PLANES)
    + (281, 292, 293, 317, 320)
    + (*OFFSETS, *COUNTS, 322, 323, 338, SAMPLE_FORMAT, 347, *range(512, 522), 529, 530, 532)
)
SIZES = {
    1: 1,
    2: 1,
    3: 2,
    4: 4,
    5: 8,
    6: 1,
    7: 1,
    8: 2,
    9: 4,
    10: 8,
    11: 4,
    12: 8,
    13: 4,
    16: 8,
    17: 8,
    18: 8,
}
NUMBERS = {1: "B", 3: "H", 4: "L", 13: "L", 16: "Q", 18: "Q"}
SENSOR = (32803, 34892)  # colour filters, linear raw
NO_TABLE = "is cut short: the file ends before its table of contents"
# Grey of 12 bits is packed in the same way in both byte orders; Pillow has it for one of them.
OPEN_INFO.setdefault((b"MM", 1, (1,), 1, (12,), ()), ("I;16", "I;12"))
MEASURED = {2: "signed numbers", 3: "floating-point numbers", 5: "complex numbers", 6: "complex numbers"}


@dataclass(frozen=True, slots=True)
class Layout:
    """How the numbers of a file are written: byte order, and the sizes of BigTIFF or of TIFF."""

    order: str
    is_big: bool

    @property
    def entry(self) -> struct.Struct:
        return struct.Struct(self.order + ("HHQ8s" if self.is_big else "HHL4s"))

    @property
    def count(self) -> struct.Struct:
        return struct.Struct(self.order + ("Q" if self.is_big else "H"))

    @property
    def offset(self) -> struct.Struct:
        return struct.Struct(self.order + ("Q" if self.is_big else "L"))

    @property
    def first(self) -> int:
        """Where the header says where the first directory is."""
        return 8 if self.is_big else 4


@dataclass(frozen=True, slots=True)
class Directory:
    """A directory of a TIFF: the entries by tag, as they are stored, and whether it is complete."""

    data: bytes
    layout: Layout
    entries: dict[int, bytes]
    next: int
    is_whole: bool

    def values(self, tag: int, most: int = MOST_PAGES) -> tuple[int, ...]:
        """The numbers of a tag; empty when it is missing or points out of the file."""
        if tag not in self.entries:
            return ()
        _, kind, count, inline = self.layout.entry.unpack(self.entries[tag])
        size = count * SIZES.get(kind, 0)
        if kind not in NUMBERS or not 0 < count <= most:
            return ()
        at = 0 if size <= len(inline) else self.layout.offset.unpack(inline)[0]
        stored = inline if size <= len(inline) else self.data
        if at + size > len(stored):
            return ()
        return struct.unpack_from(f"{self.layout.order}{count}{NUMBERS[kind]}", stored, at)

    def value(self, tag: int, default: int) -> int:
        return next(iter(self.values(tag)), default)

    @property
    def pixels(self) -> int:
        """How many pixels it has; 0 when it is not a picture, or the mask of one."""
        is_picture = not self.value(SUBFILE, 0) & 4 and any(tag in self.entries for tag in (*OFFSETS, 513))
        return self.value(WIDTH, 0) * self.value(LENGTH, 0) * is_picture

    @property
    def is_inverted(self) -> bool:
        """Whether 0 is white."""
        return self.value(PHOTOMETRIC, 1) == 0

    def check(self) -> None:
        """Raises PictureError unless all that the pixels need is said, and is in the file."""
        ends = (at + size for at, size in zip(self._offsets, self._sizes(), strict=False))
        if not self.is_whole or any(end > len(self.data) for end in ends):
            raise PictureError("is cut short or damaged: it has pixels after its end, as its table says")
        if any(self.leads_out(entry) for tag, entry in self.entries.items() if tag in PIXEL_TAGS - {*COUNTS}):
            raise PictureError("the picture is damaged (its table points out of the file)")
        if not self.has_all_strips():
            raise PictureError("the picture is damaged (rows are missing)")
        if self.value(SAMPLES, 1) == 1 and not self.values(PHOTOMETRIC):
            raise PictureError("the picture is damaged (it does not say whether 0 is black or white)")
        if BITS not in self.entries and self.value(COMPRESSION, 1) == 1:
            counts = self.values(COUNTS[0], len(self.data))
            if counts and sum(counts) > sum(self._sizes()):
                raise PictureError("the picture is damaged (it does not say how many bits a pixel has)")

    def leads_out(self, entry: bytes) -> bool:
        """Whether an entry points to a place that is not in the file."""
        _, kind, count, inline = self.layout.entry.unpack(entry)
        size = count * SIZES.get(kind, 0)
        end: int = self.layout.offset.unpack(inline)[0] + size
        return size > len(inline) and end > len(self.data)

    def has_all_strips(self) -> bool:
        """Whether there are as many strips as its rows need."""
        rows = self.value(LENGTH, 0)
        strip = self.value(STRIP_ROWS, rows)
        return OFFSETS[0] not in self.entries or len(self._offsets) * strip >= rows

    @property
    def _offsets(self) -> tuple[int, ...]:
        return self.values(OFFSETS[0], len(self.data)) or self.values(OFFSETS[1], len(self.data))

    def _sizes(self) -> Iterable[int]:
        """The bytes of each strip or tile; not by the counts where they follow from the rows."""
        rows = self.value(LENGTH, 0)
        strip = min(self.value(STRIP_ROWS, rows), rows)
        if self.value(COMPRESSION, 1) == 1 and OFFSETS[0] in self.entries and self.value(PLANES, 1) == 1:
            row = -(-self.value(WIDTH, 0) * self.value(SAMPLES, 1) * self.value(BITS, 1) // 8)
            return (row * min(strip, rows - n * strip) for n in range(len(self._offsets)))
        return self.values(COUNTS[0], len(self.data)) or self.values(COUNTS[1], len(self.data))


def largest(data: bytes) -> Directory:
    """The directory of the largest picture; raises PictureError when there is none, or no photograph."""
    found = list(islice(_directories(data), MOST_PAGES))
    best = max(found, key=lambda directory: directory.pixels, default=None)
    if data[8:10] == b"CR" or any(_is_raw(directory) for directory in found):
        raise PictureError(RAW)
    if best is None or not best.pixels:
        is_cut = not any(directory.is_whole for directory in found) and any(data[4:16])
        raise PictureError(NO_TABLE if is_cut else "is a TIFF without a picture")
    if what := _measured(best):
        raise PictureError(f"has measurements ({what}), not a photograph")
    if best.value(COMPRESSION, 1) not in COMPRESSION_INFO:
        kind = best.value(COMPRESSION, 1)
        raise PictureError(
            f"is a TIFF compressed by method {kind}, which coinstore does not read; save it again"
        )
    return best


def _is_raw(directory: Directory) -> bool:
    return directory.value(PHOTOMETRIC, -1) in SENSOR or DNG_VERSION in directory.entries


def _measured(directory: Directory) -> str | None:
    if directory.value(BITS, 1) >= 32:
        return MEASURED.get(directory.value(SAMPLE_FORMAT, 1), f"{directory.value(BITS, 1)} bits a pixel")
    return MEASURED.get(directory.value(SAMPLE_FORMAT, 1))


def lean(directory: Directory) -> bytes:
    """The file with one directory, which has only the tags that pixels need.

    Grey of more than 8 bits has 0 as black: Pillow reads it so, whatever the tag says.
    """
    layout, data = directory.layout, directory.data
    entries = {
        tag: entry
        for tag, entry in directory.entries.items()
        if tag in PIXEL_TAGS and not directory.leads_out(entry)
    }
    if directory.value(SAMPLE_FORMAT, 1) == 4:  # "undefined": as without the tag
        entries.pop(SAMPLE_FORMAT, None)
    if directory.is_inverted and directory.value(BITS, 1) > 8:
        entries[PHOTOMETRIC] = layout.entry.pack(PHOTOMETRIC, 3, 1, struct.pack(layout.order + "H", 1))
    at = len(data) + len(data) % 2
    table = layout.count.pack(len(entries)) + b"".join(entries[tag] for tag in sorted(entries))
    header = data[: layout.first] + layout.offset.pack(at)
    rest = data[len(header) :].ljust(at - len(header), b"\0")
    return b"".join([header, rest, table, layout.offset.pack(0)])


class Tiff(TiffImageFile):
    """A TIFF with one page that remembers its directory."""

    def __init__(self, data: bytes) -> None:
        self.directory = largest(data)
        self.directory.check()
        super().__init__(io.BytesIO(lean(self.directory)))


def _directories(data: bytes) -> Iterator[Directory]:
    layout = Layout("<" if data[:2] == b"II" else ">", 43 in data[2:4])
    if len(data) < layout.first + layout.offset.size:
        return
    waiting, seen = [layout.offset.unpack_from(data, layout.first)[0]], {0}
    while waiting:
        at = waiting.pop(0)
        if at in seen:
            continue
        seen.add(at)
        directory = _directory(data, layout, at)
        yield directory
        waiting += [directory.next, *directory.values(SUBDIRECTORIES, 100)]


def _directory(data: bytes, layout: Layout, at: int) -> Directory:
    """The directory at an offset; one that leads out of the file has the entries before that."""
    if at + layout.count.size > len(data):
        return Directory(data, layout, {}, 0, is_whole=False)
    count = min(layout.count.unpack_from(data, at)[0], MOST_ENTRIES)
    at += layout.count.size
    end = at + count * layout.entry.size
    entries: dict[int, bytes] = {}
    for start in range(at, min(end, len(data) - layout.entry.size + 1), layout.entry.size):
        entry = data[start : start + layout.entry.size]
        entries.setdefault(layout.entry.unpack(entry)[0], entry)
    has_next = end + layout.offset.size <= len(data)
    following = layout.offset.unpack_from(data, end)[0] if has_next else 0
    return Directory(data, layout, entries, following, is_whole=end <= len(data))

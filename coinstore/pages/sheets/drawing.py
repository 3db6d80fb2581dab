"""Text and faces drawn with Pillow. DejaVu Sans (from matplotlib) has German, Greek and Cyrillic letters."""

from __future__ import annotations

import io
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import matplotlib
from PIL import Image, ImageDraw, ImageFont

Colour = tuple[int, int, int]
Box = tuple[int, int, int, int]

DPI_MM = 12  # dots per millimetre at 300 per inch, rounded up
PAPER, INK, QUIET, LINE = (255, 255, 255), (27, 27, 27), (86, 86, 86), (201, 201, 201)
MARK: Colour = (11, 79, 138)
WARN: Colour = (255, 244, 214)
WARN_INK: Colour = (61, 42, 0)


@dataclass(frozen=True, slots=True)
class Letters:
    """A style of text: size in pixels, weight, colour."""

    size: int
    is_bold: bool = False
    colour: Colour = INK

    def width(self, text: str) -> int:
        """Width of a line in pixels."""
        return round(self.font.getlength(_composed(text)))

    def cut(self, text: str, wide: int) -> str:
        """The text, cut with an ellipsis if it is too wide."""
        if self.width(text) <= wide:
            return text
        low, high = 0, len(text)
        while low < high:
            middle = (low + high + 1) // 2
            if self.width(f"{text[:middle]}…") <= wide:
                low = middle
            else:
                high = middle - 1
        return f"{text[:low].rstrip()}…"

    def wrapped(self, text: str, wide: int, *, at_most: int = 4) -> list[str]:
        """The text in lines, broken between words; the last of `at_most` lines is cut."""
        lines: list[str] = []
        words = text.split(" ") if text else []  # a no-break space keeps words together
        while words and len(lines) < at_most - 1:
            count = 1
            while count < len(words) and self.width(" ".join(words[: count + 1])) <= wide:
                count += 1
            lines.append(self.cut(" ".join(words[:count]), wide))
            words = words[count:]
        return [*lines, self.cut(" ".join(words), wide)] if words else lines

    @property
    def font(self) -> ImageFont.FreeTypeFont:
        """The font of this style."""
        return _font(self.size, self.is_bold)


@dataclass(frozen=True, slots=True)
class Pen:
    """A picture to draw on; positions and sizes are in pixels."""

    page: Image.Image
    on: ImageDraw.ImageDraw

    def text(self, text: str, at: tuple[int, int], letters: Letters, *, anchor: str = "la") -> None:
        """Draws one line with its upper left corner at `at`, or as Pillow's anchor says."""
        self.on.text(at, _composed(text), letters.colour, letters.font, anchor=anchor)

    def lines(self, texts: list[str], at: tuple[int, int], letters: Letters, *, step: int) -> int:
        """Draws lines below each other; returns the position of the next."""
        for number, text in enumerate(texts):
            self.text(text, (at[0], at[1] + step * number), letters)
        return at[1] + step * len(texts)

    def box(
        self, box: Box, *, fill: Colour | None = None, outline: Colour | None = None, width: int = 1
    ) -> None:
        """Draws a rectangle."""
        self.on.rectangle(box, fill, outline, width)

    def dashed(self, box: Box) -> None:
        """Draws a dashed, empty frame."""
        left, top, right, bottom = box
        for start in range(0, right - left, 24):
            for y in (top, bottom):
                self.on.line((left + start, y, min(left + start + 14, right), y), QUIET, 2)
            for x in (left, right):
                self.on.line((x, top + start, x, min(top + start + 14, bottom)), QUIET, 2)

    def picture(self, jpeg: bytes, box: Box) -> None:
        """Draws a picture in the middle of the box, as large as it fits."""
        left, top, right, bottom = box
        with Image.open(io.BytesIO(jpeg)) as opened:
            scale = min((right - left - 8) / opened.width, (bottom - top - 8) / opened.height)
            size = (max(round(opened.width * scale), 1), max(round(opened.height * scale), 1))
            drawn = opened.convert("RGB").resize(size, Image.Resampling.LANCZOS)
        self.page.paste(drawn, ((left + right - size[0]) // 2, (top + bottom - size[1]) // 2))


def _composed(text: str) -> str:
    """Letters and accents as one character if there is one: not every layout engine joins them."""
    return unicodedata.normalize("NFC", text)


@lru_cache
def _font(size: int, is_bold: bool) -> ImageFont.FreeTypeFont:
    name = "DejaVuSans-Bold.ttf" if is_bold else "DejaVuSans.ttf"
    return ImageFont.truetype(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / name, size)

"""A pair as one picture for print: 300 dots per inch, A4 wide, a face below the other."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import partial
from importlib.metadata import version

from PIL import Image, ImageDraw

from ...dies.explain import Explained, Explanation
from ...dies.sectors import Says
from ..sheets.drawing import INK, LINE, PAPER, QUIET, WARN, WARN_INK, Letters, Pen
from ..sheets.png import INNER_PX, MARGIN_PX, WIDTH_PX, Piece
from . import words
from .pictures import number_place, numbered, relief_picture

GAP_PX = 40
HALF_PX = (INNER_PX - GAP_PX) // 2
SECTORS_PX = 820
FINE = 2  # times as large marks are drawn, for smooth edges
TITLE, HEADING, TEXT = Letters(64, True), Letters(48, True), Letters(36)
SMALL, WARNING = Letters(32, colour=QUIET), Letters(36, colour=WARN_INK)
YELLOW, DARK, WHITE = (255, 225, 77), (17, 17, 17), (255, 255, 255)
TINTS: dict[Says, tuple[int, int, int, int]] = {
    "agrees": (33, 113, 181, 30),
    "unclear": (187, 187, 187, 102),
    "differs": (217, 95, 2, 128),
    "not shown": (255, 255, 255, 153),
}


def picture_of(explained: Explained) -> Image.Image:
    """The picture in RGB, 2,480 px wide."""
    pieces = list(_pieces(explained))
    page = Image.new("RGB", (WIDTH_PX, sum(one.height for one in pieces) + 2 * MARGIN_PX), PAPER)
    pen, top = Pen(page, ImageDraw.Draw(page)), MARGIN_PX
    for piece in pieces:
        piece.draw(pen, top)
        top += piece.height
    return page


def _pieces(explained: Explained) -> Iterator[Piece]:
    first = explained.pairs[0]
    yield text(words.title(first), TITLE, INNER_PX)
    for row in (first.first, first.second):
        yield text(words.about(row), TEXT, INNER_PX)
    made = f"Made {date.today()} by coinstore {version('coinstore')}."
    fitted = f"The probability was fitted on {first.fitted_on}. {words.CAUTION} {made}"
    yield text(fitted, SMALL, INNER_PX)
    for reason in explained.reasons:
        yield _warning(f"Note: {reason}")
    for one in explained.pairs:
        yield line()
        yield from _face(one)


def line() -> Piece:
    """A line from margin to margin."""

    def draw(pen: Pen, top: int) -> None:
        pen.box((MARGIN_PX, top + 24, WIDTH_PX - MARGIN_PX, top + 27), fill=INK)

    return Piece(60, draw)


def _face(one: Explanation) -> Iterator[Piece]:
    first, second, relief = one.aligned.first, one.aligned.second, relief_picture(one.aligned)
    yield _summary(one)
    put = "" if relief is None else ", laid over the first"
    marked = "; equal numbers mark the same detail" if one.points else ""
    yield _row(
        (_dotted(first, one, 0), words.coin(one.first)),
        (_dotted(second, one, 2), f"{words.coin(one.second)}{put}{marked}"),
    )
    if relief is not None:
        both = Image.blend(first, second, 0.5)
        yield _row((_sized(both, HALF_PX), words.BOTH), (_sized(relief, HALF_PX), words.RELIEF))


def text(said: str, letters: Letters, wide: int) -> Piece:
    """A text of some lines."""
    lines, step = letters.wrapped(said, wide, at_most=20), round(1.36 * letters.size)

    def draw(pen: Pen, top: int) -> None:
        pen.lines(lines, (MARGIN_PX, top), letters, step=step)

    return Piece(step * len(lines) + 8, draw)


def _warning(said: str) -> Piece:
    inner = text(said, WARNING, INNER_PX - 40)

    def draw(pen: Pen, top: int) -> None:
        pen.box((MARGIN_PX - 20, top, WIDTH_PX - MARGIN_PX, top + inner.height), fill=WARN)
        inner.draw(pen, top + 4)

    return Piece(inner.height + 16, draw)


def _summary(one: Explanation) -> Piece:
    """The figures in words, and the sectors where there are any."""
    wide = INNER_PX - (SECTORS_PX + GAP_PX) * bool(one.sectors)
    texts = [text(words.heading(one), HEADING, wide), *(text(said, TEXT, wide) for said in words.said(one))]
    if one.sectors:
        texts.append(text(words.SECTORS, SMALL, wide))

    def draw(pen: Pen, top: int) -> None:
        if one.sectors:
            at = (WIDTH_PX - MARGIN_PX - SECTORS_PX, top)
            _framed(pen, _with_sectors(one.aligned.first, one), at)
        for one_text in texts:
            one_text.draw(pen, top)
            top += one_text.height + 12

    height = sum(one_text.height + 12 for one_text in texts)
    return Piece(max(height, SECTORS_PX * bool(one.sectors)) + GAP_PX, draw)


def _row(*pictures: tuple[Image.Image, str]) -> Piece:
    """Pictures next to each other, each with its caption."""
    captions = [SMALL.wrapped(caption, HALF_PX, at_most=6) for _, caption in pictures]

    def draw(pen: Pen, top: int) -> None:
        for n, (picture, _) in enumerate(pictures):
            left = MARGIN_PX + n * (HALF_PX + GAP_PX)
            _framed(pen, picture, (left, top))
            pen.lines(captions[n], (left, top + HALF_PX + 10), SMALL, step=42)

    return Piece(HALF_PX + 42 * max(map(len, captions)) + 40, draw)


def _framed(pen: Pen, picture: Image.Image, at: tuple[int, int]) -> None:
    left, top = at
    pen.page.paste(picture, at)
    pen.box((left, top, left + picture.width, top + picture.height), outline=LINE, width=2)


def _sized(picture: Image.Image, side_px: int) -> Image.Image:
    return picture.resize((side_px, side_px), Image.Resampling.LANCZOS)


def _dotted(picture: Image.Image, one: Explanation, begin: int) -> Image.Image:
    """A picture with the matched points; `begin`: where its x and y are in a point."""
    side = FINE * HALF_PX
    drawn = _sized(picture, side)
    on = ImageDraw.Draw(drawn)
    numbers = {place: n for n, place in enumerate(numbered(one.points), 1)}
    letters = Letters(round(0.03 * side), True)
    for place, point in enumerate(one.points):
        x, y = (side * at for at in point[begin : begin + 2])
        size = (0.012 if place in numbers else 0.006) * side
        for colour, width in ((DARK, 0.007), (YELLOW, 0.0035)):
            half = width * side / 2
            box = (x - size - half, y - size - half, x + size + half, y + size + half)
            on.ellipse(box, outline=colour, width=max(1, round(2 * half)))
    for place, n in numbers.items():
        x, y, is_left = number_place(*one.points[place][begin : begin + 2])
        at = (side * x, side * y)
        anchor = "rs" if is_left else "ls"
        on.text(at, str(n), YELLOW, letters.font, anchor=anchor, stroke_width=side // 250, stroke_fill=DARK)
    return drawn.reduce(FINE)


def _with_sectors(picture: Image.Image, one: Explanation) -> Image.Image:
    side = FINE * SECTORS_PX
    drawn = _sized(picture, side)
    tint = Image.new("RGBA", drawn.size)
    on = ImageDraw.Draw(tint)
    place = partial(_on_square, side, one.aligned.room)
    for sector in one.sectors:
        on.polygon([place(x, y) for x, y in sector.corners], TINTS[sector.says], WHITE, side // 250)
    drawn.paste(tint, mask=tint)
    on, letters = ImageDraw.Draw(drawn), Letters(round(0.031 * side), True)
    for sector in one.sectors:
        on.text(
            place(*sector.middle), "\n".join(words.sector_lines(sector)), WHITE, letters.font, anchor="mm",
            stroke_width=side // 220, stroke_fill=DARK, align="center",
        )  # fmt: skip
    return drawn.reduce(FINE)


def _on_square(side: int, room: float, x: float, y: float) -> tuple[float, float]:
    return (x / room + 1) / 2 * side, (y / room + 1) / 2 * side

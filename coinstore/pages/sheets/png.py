"""A contact sheet as pictures for print: 300 dots per inch, A4 wide; pages break only between coins."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PIL import Image, ImageDraw

from ..words import nearness, score
from .drawing import DPI_MM, INK, LINE, MARK, PAPER, QUIET, WARN, WARN_INK, Letters, Pen
from .html import PER_ROW, Part, by_kind, in_rows
from .parts import Block, Picture, Sheet, Strip, Tile

WIDTH_PX, PAGE_PX = 2480, 3508  # A4
MARGIN_PX = 120
INNER_PX = WIDTH_PX - 2 * MARGIN_PX
GAP_PX = 40
TILE_PX = (INNER_PX - (PER_ROW - 1) * GAP_PX) // PER_ROW
LARGE_PX = 40 * DPI_MM  # a face of the coin in question
FACE_PX = (TILE_PX - 12) // 2
TITLE, NAME, MUSEUM, HEADING, SPACE = (
    Letters(68, True),
    Letters(44, True),
    Letters(36, colour=QUIET),
    Letters(40, True),
    Letters(34, True),
)
TEXT, KEY, WARNING = Letters(36), Letters(32, colour=QUIET), Letters(36, colour=WARN_INK)
RANK, SCORE, ALSO = Letters(36, True, PAPER), Letters(38, True), Letters(27, True, MARK)
SMALL, SMALL_BOLD, SMALL_QUIET = Letters(27), Letters(27, True), Letters(27, colour=QUIET)
CAPTION, CAPTION_MARKED = Letters(24, colour=QUIET), Letters(24, True, MARK)


@dataclass(frozen=True, slots=True)
class Piece:
    """Something to draw at a position from the top, and its height in pixels."""

    height: int
    draw: Callable[[Pen, int], None]


def pages_of(sheet: Sheet) -> Iterator[Image.Image]:
    """The pages in RGB, 2,480 px wide and at most 3,508 px high; the last one ends with its last coin."""
    yield from paged(_pieces(sheet), sheet.title)


def write_pages(pages: Iterable[Image.Image], path: Path) -> list[Path]:
    """Writes pages as `name.png`, `name-2.png` and so on; returns the files."""
    written = []
    for number, page in enumerate(pages, 1):
        written.append(path if number == 1 else path.with_stem(f"{path.stem}-{number}"))
        page.save(written[-1], dpi=(300, 300), compress_level=3)  # half the time, 10% larger
    return written


def paged(pieces: Iterable[Piece], title: str) -> Iterator[Image.Image]:
    """Pieces below each other, on as many pages as they need; from the second one on a page has the title."""
    pages: list[list[Piece]] = [[]]
    left = PAGE_PX - 2 * MARGIN_PX
    for piece in pieces:
        if piece.height > left and pages[-1]:
            pages.append([])
            left = PAGE_PX - 2 * MARGIN_PX
        pages[-1].append(piece)
        left -= piece.height
    for number, some in enumerate(pages, 1):
        page = _page(some, is_last=number == len(pages))
        if number > 1:
            line = KEY.cut(f"{number} of {len(pages)} · {title}", INNER_PX)
            Pen(page, ImageDraw.Draw(page)).text(line, (MARGIN_PX, MARGIN_PX // 2), KEY)
        yield page


def _page(pieces: list[Piece], *, is_last: bool) -> Image.Image:
    height = sum(piece.height for piece in pieces) + 2 * MARGIN_PX
    page = Image.new("RGB", (WIDTH_PX, height if is_last else max(height, PAGE_PX)), PAPER)
    pen, top = Pen(page, ImageDraw.Draw(page)), MARGIN_PX
    for piece in pieces:
        piece.draw(pen, top)
        top += piece.height
    return page


def _pieces(sheet: Sheet) -> Iterator[Piece]:
    yield _head(sheet)
    for block in sheet.blocks:
        waiting = [_query(block, sheet.compared)]  # these must not be the last on a page
        for strips in by_kind(block):
            several = len(strips) > 1
            waiting.append(_heading(strips))
            for row in _lines(strips):
                waiting += [piece for part in row for piece in _part(part, several=several)]
                yield _together(waiting)
                waiting = []


def _lines(strips: list[Strip]) -> Iterator[list[Part]]:
    """The rows of in_rows, cut to lines."""
    for row in in_rows(strips):
        if len(strips) > 1:
            yield row
            continue
        [part] = row
        for start in range(0, max(len(part.tiles), 1), PER_ROW):
            yield [Part(part.strip, start + 1, part.tiles[start : start + PER_ROW])]


def _together(pieces: list[Piece]) -> Piece:
    def draw(pen: Pen, top: int) -> None:
        for piece in pieces:
            piece.draw(pen, top)
            top += piece.height

    return Piece(sum(piece.height for piece in pieces), draw)


def key_lines(sheet: Sheet) -> list[str]:
    """What the marks of the sheet mean, in lines; none of it is cut."""
    return KEY.wrapped(sheet.key, INNER_PX, at_most=len(sheet.key))


def _head(sheet: Sheet) -> Piece:
    title = TITLE.wrapped(sheet.title, INNER_PX)
    facts = [line for name, text in sheet.facts for line in TEXT.wrapped(f"{name}: {text}", INNER_PX)]
    warnings = [line for text in sheet.warnings for line in WARNING.wrapped(f"Note: {text}", INNER_PX - 40)]
    keys = key_lines(sheet)
    height = (
        84 * len(title) + 50 * len(facts) + 46 * len(keys) + (54 * len(warnings) + 30 if warnings else 0) + 70
    )

    def draw(pen: Pen, top: int) -> None:
        top = pen.lines(title, (MARGIN_PX, top), TITLE, step=84)
        top = pen.lines(facts, (MARGIN_PX, top + 10), TEXT, step=50)
        if warnings:
            pen.box((MARGIN_PX, top + 8, WIDTH_PX - MARGIN_PX, top + 20 + 54 * len(warnings)), fill=WARN)
            top = pen.lines(warnings, (MARGIN_PX + 20, top + 14), WARNING, step=54) + 16
        top = pen.lines(keys, (MARGIN_PX, top + 6), KEY, step=46)
        pen.box((MARGIN_PX, top + 14, WIDTH_PX - MARGIN_PX, top + 18), fill=INK)

    return Piece(height, draw)


def _query(block: Block, compared: str) -> Piece:
    coin = block.coin
    left = MARGIN_PX + 2 * LARGE_PX + GAP_PX + 30
    said = [
        (NAME, coin.inventory_number),
        (MUSEUM, coin.collection),
        (TEXT, coin.type or ""),
        (TEXT, coin.metadata),
    ]
    said += [(TEXT, f"{face}: {legend}") for face, legend in coin.legends]
    lines = [
        (letters, line)
        for letters, text in said
        for line in letters.wrapped(text, WIDTH_PX - MARGIN_PX - left)
    ]

    def draw(pen: Pen, top: int) -> None:
        for number, picture in enumerate(coin.pictures):
            at = (MARGIN_PX + number * (LARGE_PX + GAP_PX // 2), top + 30)
            _face(
                pen,
                picture,
                at,
                LARGE_PX,
                is_compared=compared in ("both", picture.face) and picture.has_side,
            )
        for number, (letters, line) in enumerate(lines):
            pen.text(line, (left, top + 26 + 54 * number), letters)

    return Piece(30 + max(LARGE_PX + 50, 54 * len(lines)), draw)


def _heading(strips: list[Strip]) -> Piece:
    text = f"{strips[0].kind.capitalize()} similar" + (f" in {strips[0].name}" if len(strips) == 1 else "")
    return Piece(82, lambda pen, top: pen.text(text, (MARGIN_PX, top + 20), HEADING))


def _part(part: Part, *, several: bool) -> Iterator[Piece]:
    strip = part.strip
    if several:
        yield Piece(58, lambda pen, top: pen.text(strip.name, (MARGIN_PX, top + 6), SPACE))
    if strip.note and part.start == 1:
        for line in TEXT.wrapped(strip.note, INNER_PX):
            yield Piece(50, partial(_draw_line, line))
    if part.tiles:
        yield _row(part.tiles, strip, several=several)


def _draw_line(line: str, pen: Pen, top: int) -> None:
    pen.text(line, (MARGIN_PX, top), TEXT)


def _row(tiles: tuple[Tile, ...], strip: Strip, *, several: bool) -> Piece:
    lines = [list(_lines_of(tile, strip.kind, several=several)) for tile in tiles]
    height = FACE_PX + 46 + 58 + 40 * max(len(one) for one in lines) + 36

    def draw(pen: Pen, top: int) -> None:
        for number, tile in enumerate(tiles):
            _tile(pen, tile, (MARGIN_PX + number * (TILE_PX + GAP_PX), top), lines[number])

    return Piece(height, draw)


def _lines_of(tile: Tile, kind: str, *, several: bool) -> Iterator[tuple[Letters, str]]:
    for line in SMALL_QUIET.wrapped(nearness(tile.percentile, kind), TILE_PX, at_most=2):
        yield SMALL_QUIET, line
    if several:
        yield ALSO, ALSO.cut(f"◆ also {', '.join(tile.also)}" if tile.also else "", TILE_PX)
    for text in tile.matches:
        for line in ALSO.wrapped(text, TILE_PX, at_most=2):
            yield ALSO, line
    yield SMALL_BOLD, SMALL_BOLD.cut(tile.coin.inventory_number, TILE_PX)
    yield SMALL_QUIET, SMALL_QUIET.cut(tile.coin.collection, TILE_PX)
    for text in (tile.coin.type or "", tile.coin.metadata):
        for line in SMALL.wrapped(text, TILE_PX, at_most=2):
            yield SMALL, line


def _tile(pen: Pen, tile: Tile, at: tuple[int, int], lines: list[tuple[Letters, str]]) -> None:
    left, top = at
    for number, picture in enumerate(tile.coin.pictures):
        is_compared = tile.compared in ("both", picture.face)
        _face(pen, picture, (left + number * (FACE_PX + 12), top), FACE_PX, is_compared=is_compared)
    top += FACE_PX + 46
    wide = max(56, RANK.width(str(tile.rank)) + 24)
    pen.box((left, top, left + wide, top + 48), fill=INK)
    pen.text(str(tile.rank), (left + wide // 2, top + 24), RANK, anchor="mm")
    pen.text(score(tile.similarity), (left + wide + 20, top + 24), SCORE, anchor="lm")
    for number, (letters, line) in enumerate(lines):
        pen.text(line, (left, top + 60 + 40 * number), letters)


def _face(pen: Pen, picture: Picture, at: tuple[int, int], side_px: int, *, is_compared: bool) -> None:
    left, top = at
    frame = (left, top, left + side_px, top + side_px)
    if picture.jpeg is None:
        pen.dashed(frame)
        words = SMALL_QUIET.wrapped(picture.absence, side_px - 20)
        for number, line in enumerate(words):
            y = top + side_px // 2 + 36 * number - 18 * (len(words) - 1)
            pen.text(line, (left + side_px // 2, y), SMALL_QUIET, anchor="mm")
    else:
        pen.picture(picture.jpeg, frame)
        pen.box(frame, outline=MARK if is_compared else LINE, width=8 if is_compared else 2)
    letters = CAPTION_MARKED if is_compared and picture.jpeg else CAPTION
    pen.text(letters.cut(picture.caption, side_px), (left, top + side_px + 6), letters)

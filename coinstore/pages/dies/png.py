"""The link chart of a die study as one picture for print: 300 dots per inch, A4 wide or wider."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PIL import Image, ImageDraw

from ...dies.links import Component
from ..sheets.drawing import INK, LINE, PAPER, QUIET, WARN, WARN_INK, Colour, Letters, Pen
from .layout import Drawing, Tile, drawing
from .study import KEY, Die, StudyPage

SCALE = 2.2  # dots for each CSS pixel: a photograph of 92 is 17 mm wide
WIDTH_PX, MARGIN_PX, GAP_PX = 2480, 100, 44
CAPTION_PX = 52
TITLE, TEXT, KEYS = Letters(64, True), Letters(36), Letters(32, colour=QUIET)
WARNING = Letters(36, colour=WARN_INK)
NAME, COUNT, CAPTION, NUMBER = (
    Letters(29, True),
    Letters(24, colour=QUIET),
    Letters(28, colour=QUIET),
    Letters(24),
)
LINES: Colour = (111, 127, 143)


def picture_of(page: StudyPage) -> Image.Image:
    """The chart in RGB, at least 2,480 px wide, with the parts of the HTML page in their order."""
    drawn = [(part, drawing(part)) for part in page.components]
    inner = max([WIDTH_PX - 2 * MARGIN_PX, *(_scaled(one.width) for _, one in drawn)])
    head = list(_head(page, inner))
    top = MARGIN_PX + sum(step for _, _, step in head) + GAP_PX
    shelves = list(_shelves(drawn, inner))
    height = top + sum(_height(shelf) for shelf in shelves) + MARGIN_PX
    image = Image.new("RGB", (inner + 2 * MARGIN_PX, height), PAPER)
    pen = Pen(image, ImageDraw.Draw(image))
    _write(pen, head)
    for shelf in shelves:
        left = MARGIN_PX
        for part, one in shelf:
            _component(pen, page, part, one, (left, top))
            left += _scaled(one.width) + GAP_PX
        top += _height(shelf)
    return image


def _head(page: StudyPage, inner: int) -> Iterator[tuple[Letters, str, int]]:
    facts = " · ".join(f"{name}: {text}" for name, text in page.facts)
    parts: list[tuple[Letters, str, int, int]] = [(TITLE, page.title, 84, 2)]
    parts += [(KEYS, page.path, 46, 2)] if page.path else []
    parts.append((TEXT, facts, 50, 3))
    parts += [(WARNING, f"Note: {text}", 54, 3) for text in page.warnings]
    if page.left_out:
        parts.append((WARNING, f"Note: {page.left_out} dies of smaller groups are not drawn.", 54, 1))
    if page.singles or page.unlinked:
        singles, unlinked = len(page.singles), len(page.unlinked)
        rest = f"combinations of one coin ({singles:,}) and dies without a link ({unlinked:,})"
        parts.append((KEYS, f"Not drawn: {rest}; the HTML page lists them.", 46, 2))
    parts.append((KEYS, KEY, 46, 4))
    for letters, text, step, most in parts:
        for line in letters.wrapped(text, inner, at_most=most):
            yield letters, line, step


def _write(pen: Pen, head: Sequence[tuple[Letters, str, int]]) -> None:
    top = MARGIN_PX
    for letters, line, step in head:
        if letters is WARNING:
            pen.box((MARGIN_PX, top, pen.page.width - MARGIN_PX, top + step), fill=WARN)
        pen.text(line, (MARGIN_PX + (16 if letters is WARNING else 0), top + 4), letters)
        top += step
    pen.box((MARGIN_PX, top + 10, pen.page.width - MARGIN_PX, top + 14), fill=INK)


Shelf = list[tuple[Component, Drawing]]


def _shelves(drawn: Sequence[tuple[Component, Drawing]], inner: int) -> Iterator[Shelf]:
    """The components in rows, as many in each as fit next to each other."""
    shelf: Shelf = []
    left = inner
    for part, one in drawn:
        if shelf and _scaled(one.width) > left:
            yield shelf
            shelf, left = [], inner
        shelf.append((part, one))
        left -= _scaled(one.width) + GAP_PX
    if shelf:
        yield shelf


def _height(shelf: Shelf) -> int:
    return max(_scaled(one.height) for _, one in shelf) + CAPTION_PX + GAP_PX


def _component(pen: Pen, page: StudyPage, part: Component, one: Drawing, at: tuple[int, int]) -> None:
    left, top = at
    frame = (left, top, left + _scaled(one.width), top + CAPTION_PX + _scaled(one.height))
    pen.box(frame, outline=LINE, width=2)
    caption = CAPTION.cut(part.caption, _scaled(one.width) - 24)
    pen.text(caption, (left + 14, top + 10), CAPTION)
    top += CAPTION_PX
    for line in one.lines:
        ends = [(left + _scaled(x), top + _scaled(y)) for x, y in (line.start, line.end)]
        pen.on.line(ends, LINES, max(2, _scaled(line.width)))
    for line in one.lines:
        if line.coins > 1:
            _number(pen, line.coins, (left + _scaled(line.label[0]), top + _scaled(line.label[1])))
    for tile in one.tiles:
        _die(pen, page.dies[tile.die], tile, (left, top))


def _number(pen: Pen, coins: int, at: tuple[int, int]) -> None:
    half = 20 if coins < 100 else 28
    pen.on.ellipse((at[0] - half, at[1] - half, at[0] + half, at[1] + half), PAPER, LINES, 2)
    pen.text(str(coins), at, NUMBER, anchor="mm")


def _die(pen: Pen, die: Die, tile: Tile, at: tuple[int, int]) -> None:
    x, y, side = at[0] + _scaled(tile.x), at[1] + _scaled(tile.y), _scaled(tile.side)
    middle = x + side // 2
    if die.picture.jpeg is None:
        pen.on.ellipse((x + 4, y + 4, x + side - 4, y + side - 4), None, QUIET, 2)
        pen.text("no photograph", (middle, y + side // 2), COUNT, anchor="mm")
    else:
        pen.picture(die.picture.jpeg, (x - 4, y - 4, x + side + 4, y + side + 4))
    above = y - _scaled(32) if tile.is_obverse else y + side + _scaled(3)
    pen.text(NAME.cut(die.name, side + 24), (middle, above), NAME, anchor="ma")
    pen.text(die.count, (middle, above + 34), COUNT, anchor="ma")


def _scaled(length: float) -> int:
    return round(length * SCALE)

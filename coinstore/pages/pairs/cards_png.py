"""The most probable matches as pictures for print: two pairs in a row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PIL import Image

from ..sheets.drawing import INK, LINE, PAPER, QUIET, Letters, Pen
from ..sheets.png import INNER_PX, MARGIN_PX, Piece, paged
from .cards import Card
from .png import line, text

GAP_PX, SPACE_PX = 60, 10
WIDE_PX = (INNER_PX - GAP_PX) // 2
FACE_PX = (WIDE_PX - 2 * SPACE_PX) // 3
TITLE, QUIET_TEXT = Letters(64, True), Letters(32, colour=QUIET)
HEADING, TEXT, CAPTION, PLACE = (
    Letters(34, True),
    Letters(30),
    Letters(26, colour=QUIET),
    Letters(34, True, PAPER),
)


def cards_pages(some: Sequence[Card], title: str, facts: Sequence[str]) -> Iterator[Image.Image]:
    """The pages in RGB, as wide as A4."""
    yield from paged(_pieces(some, title, facts), title)


def _pieces(some: Sequence[Card], title: str, facts: Sequence[str]) -> Iterator[Piece]:
    yield text(title, TITLE, INNER_PX)
    for fact in facts:
        yield text(fact, QUIET_TEXT, INNER_PX)
    yield line()
    for begin in range(0, len(some), 2):
        yield _row(some[begin : begin + 2])


def _row(some: Sequence[Card]) -> Piece:
    texts = [[*(piece for said in card.lines for piece in TEXT.wrapped(said, WIDE_PX))] for card in some]
    captions = [[CAPTION.wrapped(name, FACE_PX, at_most=2) for name in card.names] for card in some]
    below = FACE_PX + 34 * max(len(one) for pair in captions for one in pair) + 14
    height = below + 56 + 40 * max(map(len, texts)) + 44

    def draw(pen: Pen, top: int) -> None:
        for n, card in enumerate(some):
            left = MARGIN_PX + n * (WIDE_PX + GAP_PX)
            for place, picture in enumerate(card.pictures):
                at = left + place * (FACE_PX + SPACE_PX)
                _picture(pen, picture, (at, top))
                said = captions[n][place] if place < 2 else ["both"]
                pen.lines(said, (at, top + FACE_PX + 8), CAPTION, step=34)
            _heading(pen, card, (left, top + below))
            pen.lines(texts[n], (left, top + below + 56), TEXT, step=40)

    return Piece(height, draw)


def _heading(pen: Pen, card: Card, at: tuple[int, int]) -> None:
    left, top = at
    wide = max(50, PLACE.width(str(card.place)) + 22)
    pen.box((left, top, left + wide, top + 44), fill=INK)
    pen.text(str(card.place), (left + wide // 2, top + 22), PLACE, anchor="mm")
    pen.text(card.title, (left + wide + 16, top + 22), HEADING, anchor="lm")


def _picture(pen: Pen, picture: Image.Image | None, at: tuple[int, int]) -> None:
    left, top = at
    frame = (left, top, left + FACE_PX, top + FACE_PX)
    if picture is None:
        pen.dashed(frame)
        return
    pen.page.paste(picture.resize((FACE_PX, FACE_PX), Image.Resampling.LANCZOS), at)
    pen.box(frame, outline=LINE, width=2)

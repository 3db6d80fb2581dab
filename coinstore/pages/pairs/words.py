"""What a pair shows, in sentences: the same for a page and for a picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import SimpleNamespace
from typing import Any

from ...dies.explain import Explanation
from ...dies.sectors import Says, Sector, counted
from ..words import NO_BREAK, metadata, plain, verdict

SIGNS: dict[Says, str] = {"agrees": "✓", "unclear": "?", "differs": "✗", "not shown": ""}
OTHERS: dict[Says, tuple[str, str]] = {
    "unclear": ("is unclear", "are unclear"),
    "differs": ("differs", "differ"),
    "not shown": ("is not shown by both", "are not shown by both"),
}
APART = (
    "Nothing brings the two sides together: however the second one is turned, too little of it is where the "
    "first one has it. Worn coins of one die can do that as well."
)
RELIEF = (
    "Both reliefs, one over the other: grey where they are alike, orange where only the first is light, blue "
    "where only the second is. Doubled letters are of two dies; light from another side makes soft colours."
)
LIKELY = 0.5
"""From this probability on one die is likely."""
ALIKE = " in relief, as on coins of one type; the details are at other places"
BOTH = "Both photographs, one over the other."
CAUTION = (
    "A low probability does not show that the dies differ: wear, corrosion and light from another side "
    "lower it, too."
)
SECTORS = (
    "Each sector has the correlation of both reliefs: 1 is the same, 0 has nothing in common. ✓ agrees, "
    "? is unclear, ✗ differs; without a number too little is shown. Coins of one die agree wherever both are "
    "well preserved; coins of the same type often agree in the portrait only."
)


NO_FACE = "The two coins do not both have a usable photograph of one face; they cannot be compared."


def coin(row: Any) -> str:
    """A coin in a heading or a caption."""
    return plain(f"{row['inventory_number']}, {row['collection']}")


def about(row: Any) -> str:
    """A coin in one line: its name, its type, and what else is known."""
    return " · ".join(part for part in (coin(row), known(row)) if part)


def known(row: Any) -> str:
    """What is known of a coin, in one line."""
    parts = (plain(row["type"] or ""), metadata(SimpleNamespace(**row)))
    return " · ".join(part for part in parts if part)


def title(one: Explanation) -> str:
    """What is asked of two coins."""
    return f"{number(one.first)} and {number(one.second)}: of one die?"


def heading(one: Explanation) -> str:
    """What is asked of a pair, and the answer."""
    return f"{one.face.capitalize()}: probability of one die {probability(one.probability)}"


def number(row: Any) -> str:
    """The inventory number."""
    return plain(row["inventory_number"])


def probability(value: float) -> str:
    """A probability with two decimals; never 0 or 1."""
    if value > 0.99:
        return f">{NO_BREAK}0.99"
    return f"<{NO_BREAK}0.01" if value < 0.01 else f"{value:.2f}"


def said(one: Explanation) -> Iterator[str]:
    """Sentences about one pair: the figures, and what people say."""
    if one.match.transform is None:
        yield APART
    else:
        yield from _figures(one)
    for row in one.verdicts:
        yield saying(row)
    if not one.verdicts:
        yield "Nobody has judged this pair yet."


def saying(row: Any) -> str:
    """A verdict as a sentence; a row of api.verdicts."""
    note = f" ({plain(row['note'])})" if row["note"] else ""
    return f"{plain(row['said_by'])} says: {verdict(row['verdict'])}{note}."


def _figures(one: Explanation) -> Iterator[str]:
    yield agreement(one.sectors, one.probability)
    if one.match.inliers:
        yield (
            f"{one.match.inliers:,} of {one.match.possible:,} details that both coins could show are at the"
            " same place."
        )
    else:
        yield "No single details were matched; the relief as a whole brings the sides together."
    yield turned(one)


def agreement(sectors: Sequence[Sector], probability: float) -> str:
    """How many sectors agree: "12 of 16 sectors agree, 1 is unclear, 3 differ".

    And that this is not the verdict, where the probability says something else.
    """
    count = counted(sectors)
    text = f"{count['agrees']} of {len(sectors)} sectors agree"
    for says, (singular, plural) in OTHERS.items():
        if n := count[says]:
            text += f", {n} {singular if n == 1 else plural}"
    is_misread = probability < LIKELY and 2 * count["agrees"] > len(sectors)
    return f"{text}{ALIKE if is_misread else ''}."


def turned(one: Explanation) -> str:
    """How the second photograph was turned to fit the first."""
    turn = round(one.turn_deg)
    if not turn:
        return "Both photographs show the die the same way up."
    way = "clockwise" if turn > 0 else "anticlockwise"
    return f"The second photograph is turned by {abs(turn)}° {way}, to fit the first."


def sector(one: Sector) -> str:
    """A sector on a picture: its sign and its correlation; empty where too little is shown."""
    if one.correlation is None:
        return ""
    return f"{SIGNS[one.says]} {one.correlation:.2f}".replace("-", "\N{MINUS SIGN}")


def sector_lines(one: Sector) -> list[str]:
    """The same in lines: in the narrow sectors of the inner ring the sign is above the number."""
    said = sector(one)
    return said.split(" ", 1 if one.ring == "inner" else 0) if said else []


def read_out(sectors: Sequence[Sector]) -> str:
    """The sectors as a text, for those who do not see the picture."""
    rings = []
    for ring in ("inner", "outer"):
        said = [sector(one) or "not shown" for one in sectors if one.ring == ring]
        rings.append(f"{ring} ring from the right, clockwise: {', '.join(said)}")
    return "; ".join(rings)

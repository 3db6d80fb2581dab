"""Which coin in a photograph is the face that a record names it for, and what is unclear about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..sandbox import Sandbox, Stopped
from .look import FIELDS

Look = Mapping[str, Any]  # what `look` returns
ONE_FACE = (
    "shows one face, and nothing says which: its name can (12_obv.jpg, 12_rev.jpg), or a column for each face"
)
SAME_FACE = "is the photograph of the obverse, too, and shows one face; correct the name in the record"
UNCLEAR = "{}; give each face a photograph of its own"
UNCLEAR_FACE = (
    "{}; the whole picture counts until it is cropped to the coin, or a person says which disc it is"
)


def seen(sandbox: Sandbox, claimed: Sequence[Any]) -> list[dict[str, Any]]:
    """What a look at the photographs of claimed sides gives for each; one that two share is read once."""
    locations = list(dict.fromkeys(claim["location"] for claim in claimed))
    looks = sandbox.each([(location,) for location in locations])
    found = dict(zip(locations, looks, strict=True))
    return [face_of(claim, found[claim["location"]]) for claim in claimed]


def shows_both(looked: Look) -> bool:
    """Whether a photograph that can be used shows both faces of a coin."""
    return len(looked["coins"]) == 2


def reason_of(looked: Look | Stopped, *, needs_both: bool = False) -> str | None:
    """Why a photograph cannot be used, or, when it has to show both faces, why that is unclear."""
    if isinstance(looked, Stopped):
        return looked.reason
    if needs_both and "reason" not in looked and looked["problem"] and not shows_both(looked):
        return UNCLEAR.format(looked["problem"].rstrip("."))
    reason: str | None = looked.get("reason")
    return reason


def face_of(claim: Mapping[str, Any], looked: Look | Stopped) -> dict[str, Any]:
    """What a photograph is to one side: the photograph with the side's `outline` and `coin`, or a `reason`.

    `coin` is a thumbnail of this face when the photograph shows both. One that is named for this face only
    and shows something unclear is used as a whole, and has a `reason`, too.
    """
    side = {"side_id": claim["side_id"]}
    needs_both = claim["is_of_both"] or claim["is_second"]
    reason = reason_of(looked, needs_both=needs_both)
    if isinstance(looked, Stopped):
        looked = {}
    if not reason and needs_both and not shows_both(looked):
        reason = ONE_FACE if claim["is_of_both"] else SAME_FACE
    if reason:
        # One sentence is enough for a photograph that was named for both faces.
        is_said = claim["is_of_both"] and claim["is_second"]
        return side | ({} if is_said else {"reason": reason, "again": looked.get("again", False)})
    part = claim["part"] if shows_both(looked) else 0
    shown = {
        "outline": looked["coins"][part],
        "coin": looked["thumbnails"][part] if shows_both(looked) else None,
    }
    unclear = {"reason": UNCLEAR_FACE.format(looked["problem"])} if looked["problem"] else {}
    return side | {name: looked[name] for name in FIELDS} | shown | unclear

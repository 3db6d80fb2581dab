"""Which coin in a photograph is the face that a record names it for, and what is unclear about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..sandbox import Sandbox, Stopped
from .look import FIELDS

ONE_FACE = (
    "shows one face, and nothing says which: its name can (12_obv.jpg, 12_rev.jpg), or a column for each face"
)
SAME_FACE = "is the photograph of the obverse, too, and shows one face; correct the name in the record"
UNCLEAR = "{}; give each face a photograph of its own"


def seen(sandbox: Sandbox, claimed: Sequence[Any]) -> list[dict[str, Any]]:
    """What a look at the photographs of claimed sides gives for each; one that two share is read once."""
    locations = list(dict.fromkeys(claim["location"] for claim in claimed))
    looks = zip(locations, sandbox.each([(location,) for location in locations]), strict=True)
    found = {location: {"reason": one.reason} if isinstance(one, Stopped) else one for location, one in looks}
    return [face_of(claim, found[claim["location"]]) for claim in claimed]


def face_of(claim: Mapping[str, Any], looked: Mapping[str, Any]) -> dict[str, Any]:
    """What a photograph is to one side: the photograph with the side's `outline` and `coin`, or a `reason`.

    `coin` is a thumbnail of this face when the photograph shows both.
    """
    side = {"side_id": claim["side_id"]}
    reason = looked.get("reason") or _unclear(claim, looked)
    if reason:
        # One sentence is enough for a photograph that was named for both faces.
        is_said = claim["is_of_both"] and claim["is_second"]
        return side | ({} if is_said else {"reason": reason, "again": looked.get("again", False)})
    is_shared = len(looked["coins"]) == 2
    part = claim["part"] if is_shared else 0
    shown = {"outline": looked["coins"][part], "coin": looked["thumbnails"][part] if is_shared else None}
    return side | {name: looked[name] for name in FIELDS} | shown


def _unclear(claim: Mapping[str, Any], looked: Mapping[str, Any]) -> str | None:
    """Why a photograph that should show both faces does not tell this one."""
    needs_two = claim["is_of_both"] or claim["is_second"]
    if len(looked["coins"]) == 2 or not needs_two:
        return None
    if looked["problem"]:
        return UNCLEAR.format(looked["problem"].rstrip("."))
    return ONE_FACE if claim["is_of_both"] else SAME_FACE

"""Where a person says that a coin is in its photograph; this is kept instead of what coinstore finds."""

from __future__ import annotations

import hashlib
import io
import json
import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, Literal

from PIL import Image
from sqlalchemy import Engine

from ..db import call
from ..errors import NotFound, PictureError, SettingsError, SourceError
from ..images.look import around
from ..images.outline import ANGLES, Outline, whole, written
from ..images.picture import thumbnail_of
from ..sources import files

Face = Literal["obverse", "reverse"]
BY_PERSON = "person"


def outlines_of(engine: Engine, coin_id: int, face: Face | None = None) -> Sequence[Any]:
    """The usable photographs of a coin, each with its outline; raises NotFound when there is none."""
    rows = [row for row in call.read(engine, "part.outlines_of", coin=coin_id) if face in (None, row["face"])]
    if not rows:
        shown = f"photograph of its {face}" if face else "photograph"
        raise NotFound(f"the coin has no usable {shown}; ingest one first.")
    return rows


def read_ingested(row: Mapping[str, Any]) -> bytes:
    """The photograph of a row of `outlines_of`; raises PictureError if it has changed, SourceError."""
    data = files.read(row["location"])
    if hashlib.sha256(data).hexdigest() != row["sha256"]:
        raise PictureError(f"{row['location']} has changed since it was ingested; ingest its source again.")
    return data


def circle(x_px: float, y_px: float, radius_px: float) -> Outline:
    """A round outline, as a person says it."""
    return Outline(x_px, y_px, radius_px, (1.0,) * ANGLES, 1.0, BY_PERSON)


def photograph_seen(engine: Engine, coin_id: int, face: Face, of: str = "") -> Any:
    """The photograph of a face, as `outlines_of` gives it; `of` is what its SHA-256 has to begin with.

    Raises NotFound for a face without a photograph, PictureError when that is another one now.
    """
    [row] = outlines_of(engine, coin_id, face)
    if not row["sha256"].startswith(of.lower()):
        raise PictureError(
            f"the photograph of the {face} is {row['sha256'][: len(of)]} now, and not {of};"
            " look at it again, then say where the coin is."
        )
    with suppress(NotFound, SourceError):  # where it is gone, the stored one counts
        read_ingested(row)
    return row


def set_outline(
    engine: Engine, photograph: Any, person: str, where: tuple[float, float, float] | None
) -> None:
    """Stores where a person says that the coin is in a photograph of `photograph_seen`.

    That is x, y and radius in pixels; None: the whole picture. Vectors that were made by its outline are
    dropped: embedding makes them again. Raises NotFound when the photograph has been replaced meanwhile,
    SettingsError when the circle does not touch it.
    """
    size = photograph["width_px"], photograph["height_px"]
    if where is None:
        said = replace(whole(*size), certainty=1.0, method=BY_PERSON)
    else:
        said = circle(*where)
        _check(said, *size)
    call.run(
        engine,
        "job.set_outline",
        side=photograph["side_id"],
        of=photograph["sha256"],
        outline=json.dumps(written(said)),
        coin=_thumbnail(engine, photograph, said),
        person=person,
    )


def _check(said: Outline, width_px: int, height_px: int) -> None:
    lengths = (said.x_px, said.y_px, said.radius_px)
    if not all(map(math.isfinite, lengths)) or said.radius_px <= 0:
        raise SettingsError("the radius must be more than 0 pixels.")
    if not (0 <= said.x_px <= width_px and 0 <= said.y_px <= height_px):
        raise SettingsError(
            f"the centre {said.x_px:g},{said.y_px:g} is outside the photograph;"
            f" it is {width_px:,} by {height_px:,} pixels."
        )
    if said.radius_px > max(width_px, height_px):
        raise SettingsError(
            f"the radius {said.radius_px:g} is larger than the photograph;"
            f" it is {width_px:,} by {height_px:,} pixels."
        )


def _thumbnail(engine: Engine, row: Any, said: Outline) -> bytes | None:
    """A small picture of this face only, where the photograph shows both."""
    kept = call.run(engine, "job.shared_thumbnail", side=row["side_id"])
    if kept is None:
        return None
    with Image.open(io.BytesIO(kept)) as opened:
        picture = opened.convert("RGB")
    return thumbnail_of(around(picture, said.scaled(picture.width / row["width_px"])))

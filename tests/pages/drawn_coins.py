"""A small store of coins that have photographs and vectors: what the tests of pages show."""

import hashlib
import io

import numpy as np
from PIL import Image, ImageDraw
from sqlalchemy import Connection, text

from coinstore.db import call
from coinstore.db.copy import copy_vectors
from coinstore.records.coin import Coin, TypeClaim

N, K, DIMS = 48, 6, 8
EVIL = "<script>alert(1)</script>"
GREEK = "ΒΑΣΙΛΕΩΣ ᾿Αλεξάνδρου"


def coin(n: int) -> Coin:
    """Coins of three types; the texts of the fifth are a script, German and Greek."""
    kind = n % 3
    legend = EVIL if n == 5 else f"CAESAR {n}"
    return Coin(
        place=str(n),
        raw={},
        collection="Münzkabinett" if n % 2 else "Sammlung Größe",
        inventory_number=EVIL if n == 5 else f"A{n:03}",
        fields={
            "mint": GREEK if n == 5 else "Rome",
            "material": ("gold", "silver", "bronze")[kind],
            "weight_g": 3.5 + n / 10,
            "year_from": -44 + 10 * n,
            "year_to": -39 + 10 * n,
            "die_axis_h": 6,
        },
        sides={
            face: {"legend": legend, "description": f"{face} of {n}: Büste"}
            for face in ("obverse", "reverse")
        },
        types=() if n == 7 else (TypeClaim(label=f"Type {kind}"),),
    )


def photograph(n: int) -> bytes:
    """A disc on white, in a different tone for each number."""
    picture = Image.new("RGB", (120, 110), "white")
    ImageDraw.Draw(picture).ellipse((5, 2, 114, 108), fill=(90 + n % 100, 80, 40 + n % 150))
    out = io.BytesIO()
    picture.save(out, "JPEG")
    return out.getvalue()


def photographed(connection: Connection) -> None:
    """Gives each side, except those of the coin A007, its own photograph."""
    sides = (
        connection.execute(text("select side_id from api.sides where inventory_number <> 'A007' order by 1"))
        .scalars()
        .all()
    )
    for side in sides:
        data = photograph(side)
        connection.execute(
            text("insert into core.image values (:sha, :size, 120, 110, 'JPEG', :data)"),
            {"sha": hashlib.sha256(data + bytes([side % 256])).digest(), "size": len(data), "data": data},
        )
        connection.execute(
            text(
                "update core.side set sha256 = :sha, image_location = :at, image_examined = true where side_id = :side"
            ),
            {
                "sha": hashlib.sha256(data + bytes([side % 256])).digest(),
                "at": f"/secret/{side}.jpg",
                "side": side,
            },
        )


def compared(connection: Connection, trained: bool = True) -> None:
    """A space `tiny` in which coins of one type are near each other."""
    call.value(
        connection,
        "job.add_space",
        name="tiny",
        recipe=f'{{"trained": {str(trained).lower()}}}',
        dims=DIMS,
        precision="single",
    )
    rows = connection.execute(text("select side_id, coin_id from core.side order by 1")).all()
    rng = np.random.default_rng(0)
    middle = rng.normal(size=(3, DIMS))
    vectors = np.array([middle[row.coin_id % 3] for row in rows]) + rng.normal(
        scale=0.5, size=(len(rows), DIMS)
    )
    copy_vectors(connection, "tiny", "single", [row.side_id for row in rows], vectors.astype(np.float32))
    call.value(connection, "job.settle_space", space="tiny")

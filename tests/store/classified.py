"""Coins of a few museums that lie by their kind in a made space: what classifiers are tested on."""

import numpy as np
from sqlalchemy import Engine, text

from coinstore.db import call
from coinstore.db.copy import copy_vectors
from coinstore.records.coin import Coin, TypeClaim
from coinstore.records.load import load

DIMS, N, KINDS = 8, 160, 4
NAMES = ["Nero", "Otho", "Galba", "Σεβαστός <b>"]


def coins(*, lacking: int = 5) -> list[Coin]:
    """Of each fifth neither portrait nor type is known; each ninth has no reverse; mints are of one museum each."""
    return [
        Coin(
            place=str(n),
            raw={"n": n},
            collection=f"M {n // 4 % 6}",
            inventory_number=f"{n:03}",
            fields={
                "portrait": NAMES[n % KINDS] if n % lacking else None,
                "findspot": f"F {n // 4 % 9}" if n % 7 else None,
                "weight_g": 3.5,
                "mint": f"mint {n // 4 % 6}",
            },
            sides={"obverse": {"legend": "IMP"}} | ({"reverse": {"legend": "SC"}} if n % 9 else {}),
            types=(TypeClaim(f"kind {n % KINDS}"),) if n % lacking else (),
        )
        for n in range(N)
    ]


def fill(
    store: Engine, *, sees: list[str] | None = None, names: tuple[str, ...] = ("tiny",), noise: float = 0.4
) -> None:
    """The coins, and spaces in which each lies by its kind; `sees` is what they have seen of the records."""
    list(load(store, "/a", coins()))
    for seed, name in enumerate(names):
        rng = np.random.default_rng(seed)
        middles = rng.normal(size=(KINDS, DIMS))
        with store.begin() as c:
            call.value(
                c, "job.add_space", name=name, recipe="{}", dims=DIMS, precision="single", sees=sees or []
            )
            sides = c.execute(
                text(
                    "select side_id, inventory_number::int % 4 from core.side join core.coin using (coin_id) order by 1"
                )
            ).all()
            vectors = middles[[kind for _, kind in sides]] + noise * rng.normal(size=(len(sides), DIMS))
            copy_vectors(c, name, "single", [side for side, _ in sides], vectors.astype(np.float32))

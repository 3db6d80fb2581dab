"""Coins of a few museums in a space where coins of one kind are near each other, for tests of classifiers."""

import numpy as np
from sqlalchemy import Engine, text

from coinstore.db import call
from coinstore.db.copy import copy_vectors
from coinstore.records.coin import Coin, TypeClaim
from coinstore.records.load import load

DIMS, N, KINDS = 8, 160, 4
NAMES = ["Nero", "Otho", "Galba", "Σεβαστός <b>"]


def coins(*, lacking: int = 5) -> list[Coin]:
    """Every fifth has neither portrait nor type; every ninth has no reverse; each mint is of one museum."""
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
    """Loads the coins and adds spaces; `sees` is what the spaces have seen of the records."""
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

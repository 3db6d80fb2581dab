"""Coins whose matches are given instead of found: what the tests of die groups need."""

import json
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, Engine, text

from coinstore.db import call
from coinstore.dies.calibrations import take_shipped
from coinstore.matching.parameters import VERSION
from coinstore.records.coin import Coin, TypeClaim
from coinstore.records.load import load

PHOTOGRAPHS = """
    insert into core.image (sha256, size_bytes, width_px, height_px, format, thumbnail)
    select sha256(side_id::text::bytea), 1, 400, 400, 'JPEG', '\\x' from core.side;
    update core.side set sha256 = sha256(side_id::text::bytea), image_location = '/coins/' || side_id || '.jpg',
                         image_examined = true
"""
MATCHES = """
    insert into core.match (side_id, other_id, recipe_id, digest, other_digest, agreeing, inliers, possible, coverage,
                            probability, opencv_version)
    select a.side_id, b.side_id, :recipe, a.digest, b.digest, 9, 9, 9, 0.5, p.probability, '4'
    from jsonb_to_recordset(:pairs) p (one text, other text, probability real)
    join api.coins c on c.inventory_number = p.one join part.matched_sides x on x.coin_id = c.coin_id and x.face = :face
    join api.coins d on d.inventory_number = p.other join part.matched_sides y on y.coin_id = d.coin_id and y.face = :face
    join part.matched_sides a on a.side_id = least(x.side_id, y.side_id)
    join part.matched_sides b on b.side_id = greatest(x.side_id, y.side_id)
    on conflict (side_id, other_id) do update set probability = excluded.probability
"""


def studied(store: Engine, names: Sequence[str], dies: Mapping[str, tuple[str, str]] | None = None) -> None:
    """Coins with photographs of both faces; `dies` has those that the source names."""
    coins = [
        Coin(
            str(n), {}, "Museum", name, types=(TypeClaim("Type"),),
            fields={"weight_g": 3.0 + n / 10, "die_axis_h": 6 if n % 2 else 12},
            sides={
                face: {"legend": name} | ({"die": dies[name][k]} if dies else {})
                for k, face in enumerate(("obverse", "reverse"))
            },
        )
        for n, name in enumerate(names)
    ]  # fmt: skip
    list(load(store, "/source", coins))
    with store.begin() as connection:
        connection.execute(text(PHOTOGRAPHS))


def compared(store: Engine, pairs: Mapping[tuple[str, str], float], face: str = "obverse") -> None:
    """Gives pairs of coins a match with this probability, in place of an earlier one."""
    take_shipped(store)
    with store.begin() as connection:
        given = [{"one": a, "other": b, "probability": p} for (a, b), p in pairs.items()]
        recipe = call.value(connection, "job.match_recipe", parameters=json.dumps({"version": VERSION}))
        connection.execute(text(MATCHES), {"recipe": recipe, "pairs": json.dumps(given), "face": face})


def judge(
    store: Engine, one: str, other: str, verdict: str, person: str = "A", face: str = "obverse"
) -> None:
    """Stores a verdict of a person on two coins."""
    with store.begin() as connection:
        coins = {"coin": _coin(connection, one), "neighbour": _coin(connection, other)}
        call.value(
            connection, "job.store_verdict", **coins, face=face, verdict=verdict, said_by=person, note=None
        )


def dies_of(store: Engine, study: str, face: str = "obverse") -> dict[str, str]:
    """The die that a study says for each coin."""
    query = (
        "select c.inventory_number, d.die from api.dies d join api.coins c using (coin_id)"
        " where d.study = :study and d.face = :face order by 1"
    )
    with store.begin() as connection:
        return dict(connection.execute(text(query), {"study": study, "face": face}).all())


def _coin(connection: Connection, name: str) -> int:
    return connection.execute(
        text("select coin_id from api.coins where inventory_number = :name"), {"name": name}
    ).scalar_one()

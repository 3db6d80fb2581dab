"""Coins whose matches were never compared: figures are drawn, photographs are not needed."""

import json

import numpy as np
from sqlalchemy import Engine, text
from studied import studied

from coinstore.db import call
from coinstore.dies.calibrations import take_shipped
from coinstore.dies.plan import PARAMETERS
from coinstore.matching import shipped
from coinstore.matching.calibrate import FIGURES

PERSON = "A. Curator"
Pair = tuple[int, int]
# Pairs of coins of which each is in one pair, their figures, and what people say.
PAIRS = [(n, n + 1) for n in range(1, 160, 2)]
_RNG = np.random.default_rng(5)
DRAWN = {pair: _RNG.normal(0, 1, len(FIGURES)) for pair in PAIRS}
SAME = {pair: bool(found.sum() > 0) for pair, found in DRAWN.items()}


def add_coins(store: Engine, count: int) -> None:
    """Coins 1 to `count`, each with a photograph of both faces that nobody reads."""
    studied(store, [f"M{n:05}" for n in range(1, count + 1)])


def add_matches(
    store: Engine, figures: dict[Pair, list[float] | None], face: str = "obverse", version: int | None = None
) -> None:
    """Matches of pairs of coins, the smaller one first, with these figures."""
    take_shipped(store)
    recipe = PARAMETERS.recipe() | ({} if version is None else {"version": version})
    with store.begin() as c:
        sides = dict(
            c.execute(text("select coin_id, side_id from core.side where face = :f"), {"f": face}).all()
        )
        digests = dict(c.execute(text("select side_id, digest::text from part.matched_sides")).all())
        rows = [
            {"side_id": sides[a], "other_id": sides[b], "digest": digests[sides[a]],
             "other_digest": digests[sides[b]], "agreeing": 0, "inliers": 0, "possible": 0, "coverage": 0,
             "figures": found, "transform": found and [1, 0, 0, 0, 1, 0], "opencv_version": "4"}
            for (a, b), found in figures.items()
        ]  # fmt: skip
        key = call.value(c, "job.match_recipe", parameters=json.dumps(recipe))
        call.value(c, "job.store_matches", recipe=key, batch=json.dumps(rows))


def of_odds(odds: float) -> list[float]:
    """Figures that the shipped calibration gives these odds: only the figure with the largest weight varies."""
    weights = np.array(shipped().weights)
    found = np.zeros(len(weights))
    at = int(np.argmax(np.abs(weights)))
    found[at] = (odds - shipped().offset) / weights[at]
    return found.tolist()


def judge(store: Engine, pair: Pair, verdict: str, person: str = PERSON, face: str = "obverse") -> None:
    call.run(
        store, "job.store_verdict", coin=pair[0], neighbour=pair[1], face=face, verdict=verdict,
        said_by=person, note=None,
    )  # fmt: skip


def judge_all(store: Engine, same: dict[Pair, bool] = SAME) -> None:
    """Verdicts of one person on pairs."""
    for n, (pair, is_same) in enumerate(same.items()):
        judge(store, pair, "same die" if is_same else ("same type", "no link")[n % 2])

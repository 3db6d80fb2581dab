"""An artificial photographic style: each collection has its own background behind the same coins."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Engine, text

from coinstore.db import call
from coinstore.evaluate.measure import EvaluationRequest, evaluate_spaces
from coinstore.ingest import ingest
from coinstore.records.reader import Reading
from coinstore.spaces.catalogue import ensure_space
from coinstore.spaces.derive import Derivation, derive_space
from coinstore.spaces.fill import settle
from coinstore.spaces.workers import run_workers
from coinstore.synthetic.dies import die
from coinstore.synthetic.mintage import COLLECTIONS
from coinstore.synthetic.photograph import Strike, photograph

GROUNDS = {"Black": (10, 0.0), "Grey": (125, 25.0), "White": (245, 0.0)}  # background and its grain
COINS = 90


@pytest.fixture
def coins(store: Engine, tmp_path: Path) -> Engine:
    """Coins of six types and two dies each, in three collections that differ only in the background."""
    style = replace(COLLECTIONS[0][2], side_px=140)
    lines = ["inventory_number,collection,type,obverse_image,obverse_die"]
    for n in range(COINS):
        collection = list(GROUNDS)[n % 3]
        kind, number = (n // 3) % 6, (n // 18) % 2
        strike = Strike(0.3, float(n % 5) - 2, (0.0, 0.0), "Silver", (7, 4, n, 0))
        ground, grain = GROUNDS[collection]
        picture = photograph(
            die(7, kind, "obverse", number), strike, replace(style, ground=ground, grain=grain)
        )
        picture.save(tmp_path / f"{n}.jpg")
        lines.append(f"{n},{collection},T{kind},{n}.jpg,{kind}-{number}")
    (tmp_path / "records.csv").write_text("\n".join(lines) + "\n")
    list(ingest(store, [Reading(str(tmp_path / "records.csv"), images=str(tmp_path))]))
    ensure_space(store, "hog")
    embed(store, "hog")
    return store


def embed(store: Engine, space: str) -> None:
    list(run_workers(store, space))
    settle(store, space)


def test_a_planted_style_shows_and_is_taken_out(coins: Engine) -> None:
    derive_space(coins, "hog_debiased", Derivation("hog", centre="collection"))
    embed(coins, "hog_debiased")
    *_, done = evaluate_spaces(coins, EvaluationRequest(["hog", "hog_debiased"], ["type", "die"]))
    rows = call.read(coins, "part.evaluation_figures", run=done.run)
    found = {(r["space"], r["label"], r["setting"], r["figure"]): r for r in rows}
    raw, debiased = (found[space, "type", "all", "same_collection_at_k"] for space in ("hog", "hog_debiased"))
    assert raw["chance"] == pytest.approx(29 / 89)
    assert raw["low"] > 1.5 * raw["chance"]  # photographs with the same background are nearest
    assert debiased["value"] < 1.25 * debiased["chance"]
    for label in ("type", "die"):
        across = [
            found[space, label, "other collections", "map"]["value"] for space in ("hog", "hog_debiased")
        ]
        assert across[1] > across[0], label
    assert np.isfinite([row["value"] for row in rows]).all()


def test_a_photograph_from_outside_is_compared_as_well_as_by_the_mean_of_all(coins: Engine) -> None:
    agrees = {}
    for strangers in ("nearest", "all"):
        derivation = Derivation("hog", centre="collection", precision="single", strangers=strangers)
        derive_space(coins, strangers, derivation)
        embed(coins, strangers)
        agrees[strangers] = np.mean(outside_agrees(coins, strangers))
    assert agrees["nearest"] >= agrees["all"]


def outside_agrees(store: Engine, space: str) -> list[bool]:
    """For each coin, asked as a photograph from outside: has the nearest of another collection its type?"""
    query = """select s.collection, s.type, e.embedding::text as there, h.embedding::vector::text as asked
               from api.sides s join api.embedding_{} e using (side_id)
               join api.embedding_hog h using (side_id)"""
    with store.begin() as c:
        rows = list(c.execute(text(query.format(space))).mappings())
    there = np.array([json.loads(row["there"]) for row in rows])
    found = []
    for row in rows:
        asked = call.read(store, "api.derived_vector", space=space, query=row["asked"])[0]["derived_vector"]
        others = np.array([other["collection"] != row["collection"] for other in rows])
        nearest = np.where(others, there @ np.array(asked), -np.inf).argmax()
        found.append(rows[nearest]["type"] == row["type"])
    return found

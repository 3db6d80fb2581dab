"""Figures compared with brute force in NumPy and with scikit-learn; leaks, style, repeatability, omissions."""

import json
from dataclasses import dataclass

import numpy as np
import pytest
from sklearn import metrics
from sqlalchemy import Engine, text

from coinstore.db import call
from coinstore.db.copy import copy_vectors
from coinstore.errors import NotFound, SettingsError, SpaceError
from coinstore.evaluate.measure import Evaluated, EvaluationRequest, evaluate_spaces
from coinstore.records.coin import Coin
from coinstore.records.load import load
from coinstore.spaces.fill import settle

DIMS, N, K = 10, 150, 7


@dataclass
class Set:
    store: Engine
    coins: np.ndarray
    labels: np.ndarray
    collections: np.ndarray
    vectors: dict[str, np.ndarray]  # space/face -> unit rows


def add(store: Engine, name: str, sees: list[str] | None, obverse: np.ndarray, reverse: np.ndarray) -> None:
    with store.begin() as c:
        call.value(c, "job.add_space", name=name, recipe="{}", dims=DIMS, precision="single", sees=sees)
        for face, rows in (("obverse", obverse), ("reverse", reverse)):
            ids = c.execute(
                text("select side_id from core.side where face = :f order by coin_id"), {"f": face}
            ).scalars()
            copy_vectors(c, name, "single", list(ids), rows.astype(np.float32))
        call.value(c, "job.settle_space", space=name)


@pytest.fixture
def made(store: Engine) -> Set:
    """Coins of three museums and several portraits of very different frequency; two spaces, one of them noise."""
    random = np.random.default_rng(3)
    labels = np.array([f"P{min(int(x), 7)}" for x in random.exponential(2, N)], dtype=object)
    labels[5] = "alone"
    museums = random.integers(0, 3, N)
    list(
        load(
            store,
            "/a",
            [
                Coin(
                    place=str(n),
                    raw={},
                    collection=f"Museum {museums[n]}",
                    inventory_number=f"{n:03}",
                    fields={"portrait": None if n % 29 == 0 else str(labels[n]), "mint": str(labels[n])},
                    sides={"obverse": {"legend": "a"}, "reverse": {"legend": "b"}},
                )
                for n in range(N)
            ],
        )
    )
    middles = random.normal(size=(9, DIMS))
    index = np.array([0 if label == "alone" else int(label[1]) + 1 for label in labels])
    style = random.normal(size=(3, DIMS))[museums]
    good = middles[index] + style + random.normal(size=(N, DIMS))
    vectors = {
        "good/obverse": good,
        "good/reverse": middles[index] + random.normal(size=(N, DIMS)) * 2,
        "noise/obverse": random.normal(size=(N, DIMS)),
        "noise/reverse": random.normal(size=(N, DIMS)),
    }
    vectors["good/obverse"][11] = vectors["good/obverse"][10]  # two that tie
    vectors = {
        k: (v / np.linalg.norm(v, axis=1, keepdims=True)).astype(np.float32) for k, v in vectors.items()
    }
    for name, sees in (("good", ["mint"]), ("noise", [])):
        add(store, name, sees, vectors[f"{name}/obverse"], vectors[f"{name}/reverse"])
    with store.connect() as c:
        coins = np.array(c.execute(text("select coin_id from core.coin order by coin_id")).scalars().all())
    keep = np.array([n % 29 != 0 for n in range(N)])
    for name in ("good", "noise"):
        both = np.hstack([vectors[f"{name}/obverse"], vectors[f"{name}/reverse"]])
        vectors[f"{name}/both"] = both / np.sqrt(2)
    return Set(
        store,
        coins[keep],
        labels[keep],
        museums[keep],
        {k: v[keep].astype(float) for k, v in vectors.items()},
    )


def run(made: Set, **options) -> tuple[dict, list]:
    wanted = EvaluationRequest(**({"spaces": ["good"], "labels": ["portrait"], "k": K} | options))
    *_, last = evaluate_spaces(made.store, wanted)
    assert isinstance(last, Evaluated)
    rows = call.read(made.store, "part.evaluation_figures", run=last.run)
    found = {(r["space"], r["face"], r["label"], r["setting"], r["figure"]): r for r in rows}
    return found, call.read(made.store, "part.evaluation_differences", run=last.run)


def brute(made: Set, rows: np.ndarray, across: bool) -> dict:
    """Each figure by its definition, coin by coin, from the whole matrix."""
    similar = rows @ rows.T
    kept = []
    for i in range(len(rows)):
        others = [
            j
            for j in range(len(rows))
            if j != i and not (across and made.collections[j] == made.collections[i])
        ]
        order = sorted(others, key=lambda j: (-similar[i, j], made.coins[j]))
        right = np.array([made.labels[j] == made.labels[i] for j in order])
        if not right.any():
            continue
        total = right.sum()
        kept.append(
            (
                float(right[0]),
                right[:K].mean(),
                right[:K].sum() / total,
                metrics.average_precision_score(right, -np.arange(len(right))),
                right[:total].mean(),
                total / len(others),
            )
        )
    names = ("nn_agreement", "precision_at_k", "recall_at_k", "map", "r_precision", "chance")
    return dict(zip(names, np.mean(kept, axis=0), strict=True)) | {"n": len(kept)}


@pytest.mark.parametrize("face", ["obverse", "both"])
def test_figures_are_those_of_brute_force(made: Set, face: str) -> None:
    found, _ = run(made, faces=[face])
    rows = made.vectors[f"good/{face}"]
    for setting in ("all", "other collections"):
        expected = brute(made, rows, setting != "all")
        for figure in ("nn_agreement", "precision_at_k", "recall_at_k", "map", "r_precision"):
            row = found["good", face, "portrait", setting, figure]
            assert row["value"] == pytest.approx(expected[figure], abs=1e-6), (setting, figure)
            assert row["n"] == expected["n"]
            assert row["low"] <= row["value"] <= row["high"]
        assert found["good", face, "portrait", setting, "nn_agreement"]["chance"] == pytest.approx(
            expected["chance"]
        )
        i, j = np.triu_indices(len(rows), 1)
        if setting != "all":
            apart = made.collections[i] != made.collections[j]
            i, j = i[apart], j[apart]
        similar, same = (rows[i] * rows[j]).sum(axis=1), made.labels[i] == made.labels[j]
        at = lambda figure, setting=setting: found["good", face, "portrait", setting, figure]["value"]  # noqa: E731
        assert at("auc") == pytest.approx(metrics.roc_auc_score(same, similar), abs=1e-6)
        assert at("similarity_within") == pytest.approx(similar[same].mean(), abs=1e-6)
        assert at("similarity_between") == pytest.approx(similar[~same].mean(), abs=1e-6)
        spread = np.sqrt((similar[same].var(ddof=1) + similar[~same].var(ddof=1)) / 2)
        assert at("d_prime") == pytest.approx(
            (similar[same].mean() - similar[~same].mean()) / spread, abs=1e-6
        )
    several = np.array([(made.labels == label).sum() > 1 for label in made.labels])
    for figure, score in (
        ("silhouette", metrics.silhouette_score(rows[several], made.labels[several], metric="cosine")),
        ("davies_bouldin", metrics.davies_bouldin_score(rows[several], made.labels[several])),
    ):
        assert found["good", face, "portrait", "groups", figure]["value"] == pytest.approx(score, abs=1e-6)


def test_style_and_hubs_are_counted_from_the_lists(made: Set) -> None:
    found, _ = run(made)
    rows = made.vectors["good/obverse"]
    similar = rows @ rows.T
    np.fill_diagonal(similar, -9)
    lists = np.array([np.lexsort((made.coins, -s))[:K] for s in similar])
    own = made.collections[lists] == made.collections[:, None]
    at = lambda figure: found["good", "obverse", "portrait", "all", figure]  # noqa: E731
    assert at("same_collection_at_1")["value"] == pytest.approx(own[:, 0].mean())
    assert at("same_collection_at_k")["value"] == pytest.approx(own.mean())
    chance = np.mean([((made.collections == c).sum() - 1) / (len(rows) - 1) for c in made.collections])
    assert at("same_collection_at_1")["chance"] == pytest.approx(chance)
    assert at("same_collection_at_1")["low"] > chance  # the style that was planted
    counts = np.bincount(lists.ravel(), minlength=len(rows))
    centred = counts - counts.mean()
    assert at("hubness_skew")["value"] == pytest.approx((centred**3).mean() / (centred**2).mean() ** 1.5)
    assert at("antihub_share")["value"] == pytest.approx((counts == 0).mean())


def test_who_is_left_out_is_counted(made: Set) -> None:
    found, _ = run(made)
    row = found["good", "obverse", "portrait", "all", "map"]
    assert row["coins"] == len(made.coins)
    assert row["counts"]["alone"] == sum((made.labels == label).sum() == 1 for label in made.labels)
    assert row["counts"]["without_vector"] == 0
    with made.store.begin() as c:
        c.execute(
            text(
                "delete from core.embedding_good where side_id in (select side_id from core.side"
                " where face = 'obverse' order by side_id limit 20)"
            )
        )
    found, _ = run(made, spaces=["noise", "good"])
    row = found["noise", "obverse", "portrait", "all", "map"]
    assert row["counts"]["without_vector"] > 0 and row["coins"] < len(made.coins)
    asked = [
        r
        for r in call.look(made.store, "api.evaluation_queries")
        if r["evaluation_id"] == row["evaluation_id"]
    ]
    assert sum(r["setting"] == "all" for r in asked) == row["n"]


def test_the_same_seed_gives_the_same_figures(made: Set) -> None:
    values = [
        {k: (r["value"], r["low"], r["high"]) for k, r in run(made, queries=40, seed=seed)[0].items()}
        for seed in (1, 1, 2)
    ]
    assert values[0] == values[1] != values[2]
    assert (
        run(made, queries=40)[0]["good", "obverse", "portrait", "all", "map"]["counts"]["not_asked"]
        == len(made.coins) - 40
    )


def test_spaces_are_compared_on_the_same_queries(made: Set) -> None:
    found, differences = run(made, spaces=["noise", "good"], faces=["obverse"])
    for row in differences:
        assert (row["space"], row["other_space"]) == ("good", "noise")
        mine, theirs = (
            found[s, "obverse", "portrait", row["setting"], row["figure"]] for s in ("good", "noise")
        )
        assert row["difference"] == pytest.approx(mine["value"] - theirs["value"])
        assert row["p"] >= 1 / 10_001
    surely = {r["figure"]: r for r in differences if r["setting"] == "all"}["map"]
    assert surely["p"] < 0.05 and surely["low"] > 0
    same, differences = run(
        made, spaces=["good"], faces=["obverse", "both"], labels=["portrait", "collection"]
    )
    assert {(r["label"], r["face"], r["other_face"]) for r in differences} == {
        ("portrait", "both", "obverse"),
        ("collection", "both", "obverse"),
    }
    assert (
        "good",
        "both",
        "collection",
        "other collections",
        "map",
    ) not in same  # no coin has another of its portrait there


def test_chance_is_what_noise_gives(made: Set) -> None:
    found, _ = run(made, spaces=["noise"])
    for (_, _, _, setting, figure), row in found.items():
        if row["low"] is not None and setting in ("all", "other collections"):
            assert row["low"] - 0.05 <= row["chance"] <= row["high"] + 0.05, figure


def test_a_leak_is_refused_and_marked(made: Set) -> None:
    with pytest.raises(SpaceError, match=r"has seen mint.*--allow-leak"):
        run(made, labels=["mint"])
    found, _ = run(made, labels=["mint"], allow_leak=True)
    assert all(row["leaked"] for row in found.values())
    assert not any(row["leaked"] for row in run(made)[0].values())
    with made.store.begin() as c:
        call.value(c, "job.add_space", name="unknown", recipe="{}", dims=DIMS, precision="single", sees=None)
    with pytest.raises(SpaceError, match="may have seen"):
        run(made, spaces=["unknown"])


def test_what_cannot_be_measured_is_said(made: Set) -> None:
    with pytest.raises(NotFound, match="no label nonsense"):
        run(made, labels=["nonsense"])
    with pytest.raises(NotFound, match="no space"):
        run(made, spaces=["nothing"])
    with pytest.raises(SpaceError, match="nothing to measure"):
        run(made, where="portrait = 'alone'")
    with pytest.raises(SettingsError, match="k of at least 1"):
        run(made, k=0)
    found, _ = run(made, where="collection <> 'Museum 0'", k=500)
    assert found["good", "obverse", "portrait", "all", "recall_at_k"]["value"] == 1


@pytest.mark.parametrize("function", ["job.store_evaluation", "job.shown_evaluation"])
def test_a_name_that_means_another_space_by_now_is_said(made: Set, function: str) -> None:
    """Also on a replica, where figures are only shown."""
    run(made)
    figures = json.dumps([{"setting": "all", "figure": "auc", "value": 0.5, "n": 9}])
    with made.store.begin() as c:
        about = dict(call.view(c, "core.evaluation")[0]) | {"made_at": None}
        here = call.value(c, "job.expect_space", space="good", expected=None)
        about["space_id"] = here
        assert call.rows(c, function, evaluation=json.dumps(about), figures=figures)
        about["space_id"] = here + 1  # the key of the other one
        with pytest.raises(SpaceError, match="the name good now means another space; run it again"):
            call.rows(c, function, evaluation=json.dumps(about), figures=figures)


def test_the_recall_of_the_search_is_measured(made: Set) -> None:
    found, _ = run(made, faces=["obverse", "both"])
    for face in ("obverse", "both"):
        for setting in ("no filter", "10% of the coins", "other collections"):
            assert found["good", face, "portrait", setting, "search_recall"]["value"] == 1  # no index: exact
    spread = found["good", "obverse", "portrait", "random pairs", "spread_mean"]["value"]
    assert -1 < found["good", "obverse", "portrait", "random pairs", "spread_p01"]["value"] < spread < 1


def test_the_search_of_a_space_with_an_index(made: Set) -> None:
    """The recall also under filters whose text contains a per cent sign."""
    with made.store.begin() as c:
        c.execute(text("update core.setting set value = 20 where name = 'index_after_rows'"))
    assert settle(made.store, "good")
    found, _ = run(made)
    for setting in ("no filter", "10% of the coins", "1% of the coins", "other collections"):
        assert found["good", "obverse", "portrait", setting, "search_recall"]["value"] >= 0.9
    rows = call.read(
        made.store, "api.search", space="good", coin=int(made.coins[0]), predicate="mint like 'P%'"
    )
    assert rows

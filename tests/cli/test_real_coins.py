"""The real coins next to the project: from records to look-alikes, graphs, maps, pages and portraits."""

import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import Engine, text
from stores import Once

from coinstore.db import call
from coinstore.evaluate.measure import EvaluationRequest, evaluate_spaces
from coinstore.spaces.derive import Derivation, Settled, derive_space
from coinstore.spaces.fill import fill_spaces

MAPPINGS = Path(__file__).parents[1] / "mappings"


@pytest.fixture
def roman(coinstore, real: Path, once: Once) -> list[str]:
    """The Roman coins with vectors in hog; the command that ingested them."""
    command = ["ingest", str(real / "roman/records.csv"), "--images", str(real / "roman/images")]

    def fill(_folder: Path) -> None:
        assert json.loads(coinstore(*command, "--json").stdout)["new"] == 1684
        coinstore("embed", "hog", "--workers", "2")

    once(fill)
    return command


@pytest.fixture
def debiased(coinstore, roman: list[str], once: Once) -> None:
    """The Roman coins with vectors in hog_debiased as well."""

    def fill(_folder: Path) -> None:
        coinstore(
            *("space", "derive", "hog_debiased", "--from", "hog"),
            *("--centre", "--by", "collection", "--whiten", "256"),
        )
        coinstore("embed", "hog_debiased")

    once(fill)


def test_the_whole_road(coinstore, real: Path, roman: list[str]) -> None:
    sources = [
        (
            [
                "ingest",
                str(real / "berlin/coins.csv"),
                "--collection",
                "Münzkabinett Berlin (records)",
                "--map",
                str(MAPPINGS / "berlin.toml"),
            ],
            0,
            8902,
        ),
        (
            [
                "ingest",
                str(real / "cn8/coins.json"),
                "--images",
                str(real / "cn8"),
                "--map",
                str(MAPPINGS / "cn8.toml"),
            ],
            0,
            8,
        ),
        (["ingest", str(real / "bad"), "--collection", "Bad"], 3, 0),
    ]
    for command, code, new in sources:
        assert json.loads(coinstore(*command, "--json", code=code).stdout)["new"] == new
    for command, code, _ in [(roman, 0, 1684), *sources]:
        again = json.loads(coinstore(*command, "--json", code=code).stdout)
        assert (again["new"], again["changed"]) == (0, 0)
    faults = json.loads(coinstore("faults", "--json").stdout)
    assert sum(fault["column_name"] == "weight" for fault in faults) == 6
    assert sum("is cut short" in fault["reason"] for fault in faults) == 2
    coinstore("embed", "hog", "--workers", "2")
    [space] = json.loads(coinstore("spaces", "--json").stdout)
    assert space["sides"] == 2 * 1692
    assert space["embedded"] + space["faults"] == 2 * 1692
    where = "collection <> 'American Numismatic Society' and denomination = 'Denarius'"
    found = json.loads(
        coinstore(
            "similar",
            "American Numismatic Society/01115",
            "--face",
            "both",
            "-k",
            "5",
            "--where",
            where,
            "--json",
        ).stdout
    )
    assert len(found) == 5
    assert all(row["denomination"] == "Denarius" and row["compared"] == "both" for row in found)


@pytest.mark.skipif(not find_spec("openTSNE"), reason="openTSNE is not installed")
def test_the_road_from_coins_to_pages(coinstore, debiased: None, tmp_path: Path) -> None:
    for space in ("hog", "hog_debiased"):
        coinstore("graph", "build", space, "--workers", "2")
        found = json.loads(coinstore("graph", "analyse", f"{space}_obverse", "--json").stdout)
        agreement = {(row["algorithm"], row["label"]): row for row in found["agreement"]}
        assert agreement["leiden", "collection"]["leaked"] == (space == "hog_debiased")
    coinstore("graph", "build", "hog_debiased", "--face", "both", "-k", "5", "--across-collections")
    graphs = json.loads(coinstore("graph", "list", "--json").stdout)
    assert all(1680 < row["nodes"] <= 1684 and row["exact"] for row in graphs) and len(graphs) == 3
    sweep = json.loads(coinstore("graph", "sweep", "hog", "--json", "-o", str(tmp_path / "sweep.png")).stdout)
    components = [row["components"] for row in sweep if row["rule"] == "similarity"]
    assert components == sorted(components, reverse=True)
    coinstore("map", "build", "hog_debiased", "--method", "tsne")
    coinstore("graph", "page", "hog_obverse", "-o", str(tmp_path / "network.html"))
    coinstore("map", "page", "hog_debiased_obverse_tsne", "-o", str(tmp_path / "map.html"))
    coinstore(
        "sheet",
        "--limit",
        "3",
        "-k",
        "5",
        "--compare",
        "hog,hog_debiased",
        "-o",
        str(tmp_path / "sheet.png"),
    )
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.width > 1000
    # Small enough to open in a second and to send by mail.
    assert all((tmp_path / name).stat().st_size < 25e6 for name in ("network.html", "map.html"))


def test_portraits_of_real_coins_with_museums_held_out(coinstore, debiased: None) -> None:
    found = json.loads(
        coinstore(
            "classify",
            "portrait",
            "--space",
            "hog_debiased",
            "--face",
            "both",
            "--group",
            "collection",
            "--json",
        ).stdout
    )["figures"]
    assert found["coins"] == 1524 and found["groups"] == 12 and found["majority_value"] == "Domitian"
    assert found["accuracy_low"] > 2 * found["majority_accuracy"]
    assert found["macro_f1"] > 5 * found["majority_macro_f1"]
    assert found["ece"] < found["ece_raw"] and found["brier"] < found["brier_raw"]


LATE = {"American Numismatic Society": 362, "Museu de Prehistòria de València": 177}  # obverses of each
EARLY = ["British Museum", "Münzkabinett Berlin", "Münzkabinett Wien"]
WORSE = 0.02  # share of answers that may be lost by coming later


def test_museums_that_come_later_are_no_worse_off(store: Engine, roman: list[str]) -> None:
    """Ten sides first, then the rest, against all at once; before, their photographs ask from outside."""
    with store.begin() as c:
        call.value(c, "job.add_space", name="part", recipe='{"family": "imported"}', dims=1764)
    add_obverses(store, EARLY, 10_000)
    derive(store, "late")
    outside = "api.derived_vector('late', e.embedding::vector)::vector::text"
    assert agreement(store, "late", outside) >= agreement(store, "part", "e.embedding::text") - WORSE
    for most in (10, 10_000):
        for museum in LATE:
            add_obverses(store, [museum], most)
        settled = [step for step in fill_spaces(store, ["late"]) if isinstance(step, Settled)]
        assert settled == [Settled("late", name, min(most, sides), None) for name, sides in LATE.items()]
    derive(store, "once")
    *_, done = evaluate_spaces(store, EvaluationRequest(["once", "late"], ["portrait"]))
    across = {
        row["space"]: row
        for row in done.figures
        if (row["figure"], row["setting"]) == ("nn_agreement", "other collections")
    }
    assert across["once"]["value"] > 2 * across["once"]["chance"]
    assert across["late"]["value"] >= across["once"]["value"] - WORSE


def add_obverses(store: Engine, museums: list[str], most: int) -> None:
    """Copies vectors of these museums into the space `part`, of up to N coins that it lacks."""
    query = """insert into core.embedding_part
               select e.* from core.embedding_hog e join api.sides s using (side_id)
               where e.face = 'obverse' and s.collection = any(:museums)
                 and not exists (select from core.embedding_part p where p.side_id = e.side_id)
               order by md5(s.inventory_number) limit :most"""
    with store.begin() as c:
        c.execute(text(query), {"museums": museums, "most": most})


def derive(store: Engine, name: str) -> None:
    derive_space(store, name, Derivation("part", centre="collection", whiten=True))
    list(fill_spaces(store, [name]))


def agreement(store: Engine, space: str, asked: str) -> float:
    """How often the nearest coin in a space shows the portrait of a coin of LATE, which are not in it yet.

    `asked`: what it is asked with, as SQL over its vector in hog.
    """
    query = """select c.portrait, {} from core.embedding_{} e join api.coins c on c.coin_id = e.coin_id
               where e.face = 'obverse' and c.portrait is not null and (c.collection = any(:late)) = :is_late"""
    with store.begin() as c:
        asking = c.execute(text(query.format(asked, "hog")), {"late": list(LATE), "is_late": True}).all()
        others = c.execute(
            text(query.format("e.embedding::text", space)), {"late": list(LATE), "is_late": False}
        ).all()
    rows, known = np.array([json.loads(vector) for _, vector in others]), {portrait for portrait, _ in others}
    nearest = {
        number: others[int((rows @ np.array(json.loads(vector))).argmax())][0]
        for number, (_, vector) in enumerate(asking)
    }
    return float(np.mean([nearest[n] == said for n, (said, _) in enumerate(asking) if said in known]))

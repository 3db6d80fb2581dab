"""The real coins next to the project: from records to look-alikes, graphs, maps, pages and portraits."""

import json
from importlib.util import find_spec
from pathlib import Path

import pytest
from PIL import Image
from stores import Once

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

"""Graphs, maps and pages of the real coins beside the project."""

import json
from pathlib import Path

import pytest
from PIL import Image

pytest.importorskip("openTSNE", reason="openTSNE is not installed")


def test_the_road_from_coins_to_pages(coinstore, real: Path, tmp_path: Path) -> None:
    coinstore("ingest", str(real / "roman/records.csv"), "--images", str(real / "roman/images"))
    coinstore("embed", "hog", "--workers", "2")
    coinstore(
        "space",
        "derive",
        "hog_debiased",
        "--from",
        "hog",
        "--centre",
        "--by",
        "collection",
        "--whiten",
        "256",
    )
    coinstore("embed", "hog_debiased")
    for space in ("hog", "hog_debiased"):
        coinstore("graph", "build", space, "--workers", "2")
        found = json.loads(coinstore("graph", "analyse", f"{space}_obverse", "--json").stdout)
        agreement = {(row["algorithm"], row["label"]): row for row in found["agreement"]}
        assert agreement["leiden", "collection"]["leaked"] == (space == "hog_debiased")
    coinstore("graph", "build", "hog_debiased", "--face", "coin", "-k", "5", "--across-collections")
    graphs = json.loads(coinstore("graph", "list", "--json").stdout)
    assert all(1680 < row["nodes"] <= 1684 and row["exact"] for row in graphs) and len(graphs) == 3
    sweep = json.loads(
        coinstore("graph", "sweep", "hog", "--json", "--out", str(tmp_path / "sweep.png")).stdout
    )
    components = [row["components"] for row in sweep if row["rule"] == "similarity"]
    assert components == sorted(components, reverse=True)
    coinstore("map", "build", "hog_debiased", "--method", "tsne")
    coinstore("graph", "page", "hog_obverse", "--out", str(tmp_path / "network.html"))
    coinstore("map", "page", "hog_debiased_obverse_tsne", "--out", str(tmp_path / "map.html"))
    coinstore(
        "sheet",
        "--random",
        "3",
        "-k",
        "5",
        "--compare",
        "hog,hog_debiased",
        "--out",
        str(tmp_path / "sheet.png"),
    )
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.width > 1000
    # Small enough to open in a second and to send by mail.
    assert all((tmp_path / name).stat().st_size < 25e6 for name in ("network.html", "map.html"))

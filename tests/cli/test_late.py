"""Coins that came later than a map or than the means of a derived space are reported, with the command to run."""

from pathlib import Path

import pytest
from PIL import Image

from coinstore.synthetic import Mintage, write_collection


@pytest.fixture
def drawn(coinstore, tmp_path: Path) -> Path:
    list(write_collection(tmp_path, 16, Mintage(seed=0)))
    coinstore("ingest", str(tmp_path / "records.csv"), "--images", str(tmp_path / "images"))
    coinstore("embed", "hog")
    coinstore("space", "derive", "hog_debiased", "--from", "hog", "--centre", "--by", "collection")
    return tmp_path


def add_noise(coinstore, folder: Path, count: int) -> None:
    folder.mkdir()
    for number in range(count):
        for face in "ar":
            Image.effect_noise((90, 90), 20 + 3 * number).convert("RGB").save(
                folder / f"{number:05}{face}00.jpg"
            )
    coinstore("ingest", str(folder), "--collection", "Noise")


def test_a_derived_space_needs_a_mean(coinstore, drawn: Path) -> None:
    said = coinstore("space", "derive", "plain", "--from", "hog", code=2).stderr
    assert "add --centre for that of all sides, or --centre --by collection" in " ".join(said.split())


def test_what_came_later_is_told(coinstore, drawn: Path) -> None:
    assert "came later" not in coinstore("embed", "hog_debiased").stderr
    coinstore("map", "build", "hog", "--method", "pca", "--name", "m")
    add_noise(coinstore, drawn / "noise", 20)
    assert (
        "hog_debiased has all that hog has, but 40 sides have no vector in hog yet; run: coinstore embed hog"
        " hog_debiased" in coinstore("embed", "hog_debiased").stderr
    )
    done = coinstore("embed", "hog", "hog_debiased").stderr
    assert "hog_debiased: Noise came later or has doubled; the mean of its 40 sides was measured." in done
    assert "hog: Noise" not in done
    assert "came later" not in coinstore("embed", "hog_debiased").stderr, "once is enough"
    said = coinstore("map", "update", "m").stderr
    assert "points are newer than the layout" in said
    assert "coinstore map build hog --face obverse --method pca --name m" in said

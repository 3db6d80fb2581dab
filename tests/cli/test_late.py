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


def test_what_came_later_is_told(coinstore, drawn: Path) -> None:
    assert "came after" not in coinstore("embed", "hog_debiased").stderr
    coinstore("map", "build", "hog", "--method", "pca", "--name", "m")
    add_noise(coinstore, drawn / "noise", 20)
    done = coinstore("embed", "hog", "hog_debiased").stderr
    assert "hog_debiased: 40 sides of Noise came after its means were measured" in done
    assert "hog: 40 sides of" not in done
    assert "Derive the space again" in coinstore("embed", "hog_debiased").stderr, (
        "and again, until that is done"
    )
    said = coinstore("map", "update", "m").stderr
    assert "points are newer than the layout" in said
    assert "coinstore map build hog --face obverse --method pca --name m" in said

"""Spaces, models and weights from the command line."""

import json
import time
from pathlib import Path

import pytest
from PIL import Image

torch = pytest.importorskip("torch", reason="PyTorch is not installed")


@pytest.fixture
def coins(coinstore, tmp_path: Path) -> None:
    folder = tmp_path / "photographs"
    folder.mkdir()
    for number in range(6):
        for face in "ar":
            Image.effect_noise((90, 90), 20 + 9 * number).convert("RGB").save(folder / f"0000{number}{face}00.jpg")
    coinstore("ingest", str(folder), "--collection", "Noise")


def test_from_weights_to_look_alikes(coinstore, coins: None) -> None:
    coinstore("space", "add", "resnet18", "--weights", "random:0")
    coinstore("space", "add", "small", "--model", "torchvision:mobilenet_v3_small", "--weights", "random:1")
    done = coinstore("embed", "resnet18", "small", "--batch-size", "5", "--device", "cpu")
    assert done.stderr.count("12 sides in") == 2
    spaces = {row["space"]: row for row in json.loads(coinstore("spaces", "--json").stdout)}
    assert {name: (row["dims"], row["trained"], row["embedded"]) for name, row in spaces.items()} == {
        "resnet18": (512, False, 12),
        "small": (1024, False, 12),
    }
    asked = coinstore("similar", "Noise/00000", "--space", "small", "-k", "3", "--json")
    assert [row["trained"] for row in json.loads(asked.stdout)] == [False] * 3
    assert "nearness means nothing" in asked.stderr
    coinstore("space", "drop", "small", "--yes")
    assert "there is no space small" in coinstore("similar", "Noise/00000", "--space", "small", code=1).stderr


def test_the_same_seed_gives_the_same_vectors(coinstore, coins: None) -> None:
    for name in ("first", "second"):
        coinstore("space", "add", name, "--model", "torchvision:resnet18", "--weights", "random:3")
    coinstore("embed", "first", "second", "--device", "cpu")
    answers = [coinstore("similar", "Noise/00000", "--space", name, "--json").stdout for name in ("first", "second")]
    assert answers[0] == answers[1]


def test_a_recipe_is_never_changed_in_place(coinstore) -> None:
    coinstore("space", "add", "resnet18", "--weights", "random:0")
    coinstore("space", "add", "resnet18", "--weights", "random:0")
    assert "exists with another recipe" in coinstore("space", "add", "resnet18", "--weights", "random:1", code=1).stderr


def test_missing_weights_are_one_quick_sentence(coinstore, own_home: Path) -> None:
    for arguments in (["space", "add", "resnet50"], ["embed", "clip_image"], ["weights", "fetch", "nothing"]):
        started = time.monotonic()
        done = coinstore(*arguments, code=1, COINSTORE_HOME=str(own_home))
        elapsed_s = time.monotonic() - started
        assert done.stderr.startswith("coinstore: ")
        assert done.stderr.count("\n") == 1
        assert elapsed_s < 20  # a hub client that tries again and again would take a minute


def test_weights_are_listed_and_verified(coinstore, own_home: Path, tmp_path: Path) -> None:
    torch.save({"layer.weight": torch.zeros(3)}, tmp_path / "own.pth")
    coinstore("weights", "add", "own", "--file", str(tmp_path / "own.pth"), COINSTORE_HOME=str(own_home))
    listed = json.loads(coinstore("weights", "list", "--json", COINSTORE_HOME=str(own_home)).stdout)
    assert {row["weights"]: row["here"] for row in listed} | {"own": True} == {
        row["weights"]: row["here"] for row in listed
    }
    coinstore("weights", "verify", COINSTORE_HOME=str(own_home))
    (own_home / "weights" / "own.pth").write_bytes(b"cut")
    assert "has changed" in coinstore("weights", "verify", code=1, COINSTORE_HOME=str(own_home)).stdout


def test_models_say_what_they_need(coinstore) -> None:
    presets = {row["preset"]: row for row in json.loads(coinstore("models", "--json").stdout)}
    assert presets["hog"]["here"]
    assert presets["resnet50"]["dims"] == 2048
    every = [row["model"] for row in json.loads(coinstore("models", "--all", "--json").stdout)]
    assert "torchvision:vgg16" in every
    assert "open_clip:ViT-B-32-quickgelu:openai" in every

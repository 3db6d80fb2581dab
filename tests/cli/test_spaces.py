"""Spaces, models and weights from the command line."""

import json
import time
from pathlib import Path

import pytest
from PIL import Image
from stores import Once

from coinstore.synthetic import Mintage, write_collection

torch = pytest.importorskip("torch", reason="PyTorch is not installed")


@pytest.fixture
def coins(coinstore, once: Once) -> None:
    """Six coins whose photographs are noise."""

    def fill(folder: Path) -> None:
        for number in range(6):
            for face in "ar":
                noise = Image.effect_noise((90, 90), 20 + 9 * number).convert("RGB")
                noise.save(folder / f"0000{number}{face}00.jpg")
        coinstore("ingest", str(folder), "--collection", "Noise")

    once(fill)


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
    answers = [
        coinstore("similar", "Noise/00000", "--space", name, "--json").stdout for name in ("first", "second")
    ]
    assert answers[0] == answers[1]


def test_a_recipe_is_never_changed_in_place(coinstore) -> None:
    coinstore("space", "add", "resnet18", "--weights", "random:0")
    coinstore("space", "add", "resnet18", "--weights", "random:0")
    assert (
        "exists with another recipe"
        in coinstore("space", "add", "resnet18", "--weights", "random:1", code=1).stderr
    )


def test_missing_weights_are_one_quick_sentence(coinstore, own_home: Path) -> None:
    for arguments in (["space", "add", "resnet50"], ["embed", "clip_image"], ["weights", "fetch", "nothing"]):
        started = time.monotonic()
        done = coinstore(*arguments, code=1, COINSTORE_HOME=str(own_home))
        elapsed_s = time.monotonic() - started
        assert done.stderr.startswith("coinstore: ")
        assert done.stderr.count("\n") == 1
        assert elapsed_s < 20  # a hub client that retries would take a minute


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
    assert presets["eye"] | {"dims": 2800, "here": True, "licence": "Apache-2.0"} == presets["eye"]


def test_models_are_searched_without_a_network(coinstore) -> None:
    found = {
        row["model"]: row
        for row in json.loads(coinstore("models", "--search", "small_patch14_dinov2", "--json").stdout)
    }
    assert found["timm:vit_small_patch14_dinov2.lvd142m"] == {
        "model": "timm:vit_small_patch14_dinov2.lvd142m",
        "dims": 384,
        "side_px": 518,
        "licence": "apache-2.0",
    }
    assert "No model has nowhere in its name" in coinstore("models", "--search", "nowhere").stderr


@pytest.fixture
def drawn(coinstore, tmp_path: Path) -> Path:
    """Twenty-four drawn coins with records; the folder with their table and photographs."""
    list(write_collection(tmp_path, 24, Mintage(seed=0)))
    coinstore("ingest", str(tmp_path / "records.csv"), "--images", str(tmp_path / "images"))
    return tmp_path


def test_eye_needs_no_pytorch(coinstore, drawn: Path) -> None:
    said = coinstore("space", "add", "eye").stderr
    assert "Added eye: 2800 dimensions" in said
    said = coinstore("embed", "eye", "--device", "cpu", "--workers", "2").stderr
    assert "eye: on cpu (NumPy)." in said
    space = next(row for row in json.loads(coinstore("spaces", "--json").stdout) if row["space"] == "eye")
    assert space["trained"] and space["embedded"] == space["sides"] > 40
    assert space["recipe"]["weights_sha256"].startswith("57934424")
    image = next((drawn / "images").glob("*obv*"))
    nearest = json.loads(
        coinstore("similar", "--image", str(image), "--space", "eye", "-k", "1", "--json").stdout
    )
    assert nearest[0]["distance"] < 1e-3  # itself: the same vector, stored in half precision
    coinstore(
        "space", "derive", "eye_debiased", "--from", "eye", "--centre", "--by", "collection", "--whiten", "16"
    )
    coinstore("embed", "eye_debiased")
    coinstore("similar", "LM 0001", "--space", "eye_debiased", "-k", "1")


def test_images_and_texts_joined(coinstore, drawn: Path) -> None:
    for space in ("clip_image", "clip_text"):
        coinstore("space", "add", space, "--weights", "random:0")
    coinstore("embed", "clip_image", "clip_text", "--device", "cpu")
    short = drawn / "short.toml"
    short.write_text("epochs = 3\n")
    losses = json.loads(
        coinstore(
            "fuse",
            "fit",
            "fused",
            "--image",
            "clip_image",
            "--text",
            "clip_text",
            "--config",
            str(short),
            "--json",
        ).stdout
    )
    assert [epoch["number"] for epoch in losses] == [1, 2, 3]
    coinstore(
        "fuse", "blend", "looks", "--space", "clip_image:0.7", "--space", "hog:0.3", code=1
    )  # there is no hog yet
    coinstore("space", "add", "hog")
    coinstore("fuse", "blend", "looks", "--space", "clip_image:0.7", "--space", "hog:0.3")
    assert "run: coinstore embed hog looks" in coinstore("embed", "looks").stderr
    coinstore("embed", "hog", "fused")
    coinstore("embed", "looks")
    spaces = {row["space"]: row for row in json.loads(coinstore("spaces", "--json").stdout)}
    assert spaces["fused"]["dims"] == 128
    assert (spaces["fused"]["trained"], spaces["fused"]["made_of"]) == (False, ["clip_image", "clip_text"])
    assert spaces["looks"]["embedded"] == spaces["looks"]["sides"] == spaces["clip_image"]["sides"] > 40
    image = next((drawn / "images").glob("*obv*"))
    for question in (
        ["--image", str(image), "--space", "fused"],
        ["--image", str(image), "--reverse", str(image).replace("obv", "rev"), "--space", "looks"],
        ["--text", "radiate head right", "--space", "clip_image"],
        ["LM 0001", "--space", "clip_image:0.7", "--space", "hog:0.3", "--face", "both"],
        ["LM 0001", "--space", "fused", "--face", "both", "--obverse-weight", "0.8"],
    ):
        found = json.loads(coinstore("similar", *question, "-k", "3", "--json").stdout)
        assert len(found) == 3, question
        assert [row["distance"] for row in found] == sorted(row["distance"] for row in found)
    itself = json.loads(
        coinstore("similar", "--image", str(image), "--space", "fused", "-k", "1", "--json").stdout
    )
    assert itself[0]["similarity"] > 0.5


def test_what_has_nothing_to_learn_from(coinstore) -> None:
    for space in ("clip_image", "clip_text"):
        coinstore("space", "add", space, "--weights", "random:0")
    done = coinstore("fuse", "fit", "fused", "--image", "clip_image", "--text", "clip_text", code=1)
    assert "run: coinstore embed clip_image clip_text" in done.stderr
    assert "clip_text has seen of the records: authority" in coinstore("spaces").stdout


def test_questions_that_cannot_be(coinstore) -> None:
    for arguments in (
        ["similar", "LM 1", "--text", "a head"],
        ["similar", "--reverse", "x.jpg"],
        ["similar", "LM 1", "--space", "hog:much"],
        ["similar", "LM 1", "--space", "hog:0"],
        ["fuse", "fit", "x", "--image", "a", "--text", "b", "--label", "type"],
    ):
        assert "Error: " in coinstore(*arguments, code=2).stderr
    assert (
        "is for pictures"
        in coinstore("space", "add", "resnet18", "--weights", "random:0", "--culture", "Roman", code=1).stderr
    )


def test_sentences_of_the_thesis(coinstore) -> None:
    coinstore(
        "space", "add", "clip_text", "--weights", "random:0", "--template", "thesis", "--culture", "Celtic"
    )
    [space] = json.loads(coinstore("spaces", "--json").stdout)
    assert space["sees"] == ["type"]
    assert (
        space["recipe"]["templates"][0]
        == "This is the [side] of an ancient{ [culture]} coin depicting [type]."
    )

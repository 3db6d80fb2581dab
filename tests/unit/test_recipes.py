"""Recipes: what a space is made of, as it is stored; recipes of existing spaces never change."""

import json
import time
from typing import Any

import pytest

from coinstore.errors import SpaceError
from coinstore.models.presets import PRESETS
from coinstore.models.registry import embedder, make_spec, model_names, preset
from coinstore.models.sentence import PLACEHOLDERS, TEMPLATES
from coinstore.models.spec import PictureSpec, Spec, TextSpec

pytest.importorskip("torch", reason="PyTorch is not installed")

CLIP_TEXT = "open_clip_text:ViT-B-32-quickgelu:openai"
# As stored before there were spaces of sentences: any change would make these other spaces.
OF_VERSION_1: dict[str, dict[str, Any]] = {
    "hog": {
        "family": "hog",
        "dims": 1764,
        "side_px": 256,
        "fit": "pad",
        "colour": "grey",
        "options": {"orientations": 9, "cell_px": 32, "block_cells": 2, "block_norm": "L2-Hys"},
        "resize_px": None,
        "decode_px": 256,
        "interpolation": "bilinear",
        "version": 1,
        "precision": "half",
        "trained": True,
        "weights_sha256": None,
    },
    "resnet50_thesis": {
        "family": "torchvision",
        "dims": 2048,
        "side_px": 224,
        "fit": "squash",
        "colour": "rgb",
        "options": {
            "model": "resnet50",
            "weights": "random:0",
            "seed": 0,
            "mean": [0.485, 0.456, 0.406],
            "std": [0.229, 0.224, 0.225],
        },
        "resize_px": 232,
        "decode_px": None,
        "interpolation": "bilinear",
        "version": 1,
        "precision": "half",
        "trained": False,
        "weights_sha256": None,
    },
    "clip_image": {
        "family": "open_clip",
        "dims": 512,
        "side_px": 224,
        "fit": "crop",
        "colour": "rgb",
        "options": {
            "model": "ViT-B-32-quickgelu:openai",
            "weights": "random:0",
            "seed": 0,
            "mean": [0.48145466, 0.4578275, 0.40821073],
            "std": [0.26862954, 0.26130258, 0.27577711],
        },
        "resize_px": 224,
        "decode_px": None,
        "interpolation": "bicubic",
        "version": 1,
        "precision": "half",
        "trained": False,
        "weights_sha256": None,
    },
}


def stored(spec: Spec) -> dict[str, Any]:
    recipe: dict[str, Any] = json.loads(json.dumps(spec.recipe()))
    return recipe


@pytest.mark.parametrize("name", OF_VERSION_1)
def test_a_recipe_of_before_is_the_same_now(name: str) -> None:
    spec = preset(name, None if name == "hog" else "random:0")
    assert stored(spec) == OF_VERSION_1[name]
    assert Spec.from_recipe(OF_VERSION_1[name]) == spec
    assert spec.reads == ()


def test_a_recipe_of_sentences_comes_back_whole() -> None:
    spec = preset("clip_text", "random:0", culture="Celtic", placeholders=["k. A."])
    again = Spec.from_recipe(stored(spec))
    assert isinstance(again, TextSpec)
    assert again == spec
    assert not stored(spec).keys() & {"side_px", "fit", "colour", "interpolation"}
    assert (spec.templates, spec.culture, spec.placeholders) == (TEMPLATES["fields"], "Celtic", ("k. A.",))


def test_a_recipe_of_tomorrow_is_refused() -> None:
    for recipe in (
        OF_VERSION_1["hog"] | {"sharpness": 3},
        stored(preset("clip_text", "random:0")) | {"tone": "warm"},
    ):
        with pytest.raises(SpaceError, match="written by another version of coinstore"):
            Spec.from_recipe(recipe)


def test_what_its_sentences_read() -> None:
    plain, thesis = preset("clip_text", "random:0"), preset("clip_text_thesis", "random:0")
    assert plain.reads == ("authority", "date", "denomination", "description", "legend", "material", "mint")
    assert plain.placeholders == PLACEHOLDERS
    assert thesis.reads == ("type",)
    said = thesis.say({"face": "obverse", "type": "Büschelquinar"})
    assert said.text == "This is the obverse of an ancient Celtic coin depicting Büschelquinar."


@pytest.mark.parametrize(
    ("model", "changes", "reason"),
    [
        (
            CLIP_TEXT,
            {"colour": "grey"},
            "is for sentences and has no option colour; it has culture, face, placeholders",
        ),
        (CLIP_TEXT, {"fit": "pad", "side_px": 96}, "has no option fit, side_px"),
        (
            "torchvision:resnet18",
            {"culture": "Celtic"},
            "is for pictures and has no option culture; it has .*colour",
        ),
        ("open_clip:ViT-B-32-quickgelu:openai", {"templates": ["[type]"]}, "has no option templates"),
        ("torchvision:resnet18", {"sharpness": 3}, "has no option sharpness"),
        (CLIP_TEXT, {"templates": ["A [tpye]."]}, r"\[tpye\] is not a field"),
        (CLIP_TEXT, {"templates": []}, "needs a template"),
    ],
)
def test_options_that_mean_nothing_are_refused(model: str, changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(SpaceError, match=reason):
        make_spec(model, "random:0", **changes)


def test_a_tokenizer_that_would_be_fetched_is_refused_at_once() -> None:
    spec = preset("clip_text", "random:0").recipe()
    siglip = Spec.from_recipe(spec | {"options": spec["options"] | {"model": "ViT-B-16-SigLIP:webli"}})
    started = time.monotonic()
    for use in (
        lambda: make_spec("open_clip_text:ViT-B-16-SigLIP:webli", "random:0"),
        lambda: embedder(siglip, "cpu"),
    ):
        with pytest.raises(SpaceError, match="does not come with open_clip and would have to be fetched"):
            use()
    assert time.monotonic() - started < 2


def test_models_that_read_are_listed_when_they_can_be_had() -> None:
    names = model_names()
    assert CLIP_TEXT in names
    assert "open_clip:ViT-B-16-SigLIP:webli" in names
    assert "open_clip_text:ViT-B-16-SigLIP:webli" not in names
    assert all(preset.model in names for preset in PRESETS.values())


def test_a_preset_of_pictures_and_one_of_sentences_differ_in_kind() -> None:
    assert isinstance(preset("clip_image", "random:0"), PictureSpec)
    assert isinstance(preset("clip_text", "random:0"), TextSpec)

"""The contract of every family of models, checked for `hog`."""

import numpy as np
import pytest
from PIL import Image

from coinstore.errors import SpaceError
from coinstore.models.registry import embedder, preset

RNG = np.random.default_rng(0)
PICTURES = [
    Image.fromarray(RNG.integers(0, 255, (h, w, 3), np.uint8))
    for h, w in [(40, 60), (200, 90), (256, 256), (300, 301)]
]


@pytest.fixture(params=["hog"])
def model(request):
    return embedder(preset(request.param))


def test_rows_are_units_and_the_same_in_any_batch(model) -> None:
    prepared = [model.prepare(picture) for picture in PICTURES]
    vectors = model.embed(prepared)
    assert vectors.shape == (4, model.spec.dims)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(4), abs=1e-5)
    alone = np.concatenate([model.embed([one]) for one in prepared])
    assert np.abs(alone - vectors).max() < 1e-5


def test_nothing_gives_nothing(model) -> None:
    assert model.embed([]).shape == (0, model.spec.dims)


def test_an_even_picture_has_no_direction(model) -> None:
    assert np.isnan(model.embed([model.prepare(Image.new("RGB", (50, 70), "white"))])).all()


def test_the_ground_of_a_photograph_is_no_edge(model) -> None:
    flat = Image.new("RGB", (100, 50), (200, 200, 200))
    assert np.isnan(model.embed([model.prepare(flat)])).all()


def test_unknown_presets_are_named() -> None:
    with pytest.raises(SpaceError, match="there is no preset nope; known are: hog"):
        preset("nope")

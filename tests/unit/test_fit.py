"""Fitting the coin of a photograph into a square."""

import json

import numpy as np
import pytest
from PIL import Image, ImageDraw

from coinstore.errors import SpaceError
from coinstore.images.outline import ANGLES, Outline, whole
from coinstore.models.fit import MARGIN, prepare
from coinstore.models.registry import embedder, make_spec, preset
from coinstore.models.spec import PictureSpec, Spec

COIN = Outline(130.5, 80.5, 60.5, (1.0,) * ANGLES, 1.0, "drawn")
PICTURE = Image.new("RGB", (300, 200), (240, 230, 210))
ImageDraw.Draw(PICTURE).ellipse((70, 20, 190, 140), (90, 80, 60))
ImageDraw.Draw(PICTURE).ellipse((85, 35, 165, 115), (160, 150, 120))


def spec(**changes) -> PictureSpec:
    made = {"family": "hog", "dims": 1, "options": {}, "side_px": 100, "fit": "coin", "colour": "grey"}
    return PictureSpec(**(made | changes))


def test_the_coin_fills_its_square_with_a_margin() -> None:
    seen = prepare(PICTURE, spec(), COIN)
    coin = seen < 200
    rows, columns = np.flatnonzero(coin.any(1)), np.flatnonzero(coin.any(0))
    assert seen.shape == (100, 100)
    assert len(rows) == pytest.approx(100 / (1 + MARGIN), abs=1.5)
    assert rows[0] == pytest.approx(99 - rows[-1], abs=1)
    assert columns[0] == pytest.approx(99 - columns[-1], abs=1)


def test_outside_the_picture_is_the_tone_of_its_border() -> None:
    beyond = Outline(0, 0, 60, (1.0,) * ANGLES, 1.0, "drawn")
    seen = prepare(PICTURE, spec(colour="rgb"), beyond)
    assert (seen[:45, :45] == (240, 230, 210)).all()


@pytest.mark.parametrize("colour", ["grey", "rgb"])
def test_tone_and_ground_of_the_coin(colour: str) -> None:
    toned = prepare(PICTURE, spec(colour=colour, ground="mask", tone="normalise"), COIN)
    line = ((np.arange(100) + 0.5) / 50 - 1) * (1 + MARGIN)
    radius = np.hypot(*np.meshgrid(line, line))
    coin = toned[radius < 0.99].astype(float)
    assert set(toned[radius > 1.01].ravel()) <= {127, 128}
    assert coin.mean() == pytest.approx(127.5, abs=3)
    assert coin.std() == pytest.approx(51, abs=4)


def test_a_brighter_photograph_gives_the_same_square() -> None:
    darker = PICTURE.point(lambda value: round(0.5 * value))
    a, b = (prepare(one, spec(ground="mask", tone="normalise"), COIN) for one in (PICTURE, darker))
    assert np.abs(a.astype(int) - b).max() <= 8  # rounding to bytes


def test_the_tone_is_made_at_one_size_and_resized_to_another() -> None:
    large = prepare(PICTURE, spec(ground="mask", tone="normalise", resize_px=150), COIN)
    at_once = prepare(PICTURE, spec(ground="mask", tone="normalise", side_px=150), COIN)
    resized = Image.fromarray(at_once).resize((100, 100), Image.Resampling.BILINEAR)
    assert (large == np.asarray(resized)).all()


def test_without_an_outline_the_coin_is_found() -> None:
    given, found = (prepare(PICTURE, spec(), outline) for outline in (COIN, None))
    assert np.abs(given.astype(int) - found).mean() < 6


def test_a_picture_without_a_coin_is_kept_whole() -> None:
    outline = whole(300, 200)
    assert (outline.certainty, outline.x_px, outline.y_px, outline.radius_px) == (0, 150, 100, 150)
    seen = prepare(PICTURE, spec(ground="mask"), outline)
    assert set(seen[:15].ravel()) == {128}
    assert (seen[50] != 128).any()


def test_the_outline_of_a_smaller_copy() -> None:
    half = COIN.scaled(0.5)
    assert (half.x_px, half.y_px, half.radius_px, half.edge) == (65.25, 40.25, 30.25, COIN.edge)


def test_ground_and_tone_need_the_fit_of_a_coin() -> None:
    for changes in ({"ground": "mask"}, {"tone": "normalise"}, {"fit": "pad", "ground": "mask"}):
        with pytest.raises(SpaceError, match="ground and tone need the coin's outline"):
            make_spec("hog", None, **changes)


def test_a_recipe_tells_ground_and_tone_only_when_they_change_something() -> None:
    recipe = json.loads(json.dumps(preset("hog_coin").recipe()))
    assert (recipe["fit"], recipe["ground"], recipe["tone"]) == ("coin", "mask", "normalise")
    assert Spec.from_recipe(recipe) == preset("hog_coin")
    assert not make_spec("hog", None, fit="coin").recipe().keys() & {"ground", "tone"}


def test_hog_of_the_coin_ignores_where_it_is() -> None:
    model = embedder(preset("hog_coin"))
    moved = Image.new("RGB", (500, 400), (240, 230, 210))
    moved.paste(PICTURE, (150, 120))
    there = Outline(280.5, 200.5, 60.5, COIN.edge, 1.0, "drawn")
    a, b = model.embed([model.prepare(PICTURE, COIN), model.prepare(moved, there)])
    assert a @ b == pytest.approx(1, abs=1e-4)
    with pytest.raises(SpaceError, match="hog has no option colour; it has face, fit, ground, tone"):
        make_spec("hog", None, colour="rgb")

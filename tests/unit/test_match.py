"""Matching: transforms are found again, sides of one die agree in all sectors, and what is stored comes back."""

import sys
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from coinstore.errors import CoinstoreError, SettingsError
from coinstore.images.discs import find
from coinstore.images.outline import whole
from coinstore.matching import Calibration, Parameters, Side, calibrate, compare, compare_many, shipped, side
from coinstore.matching.agree import nearest_pairs
from coinstore.matching.keypoints import Keypoints
from coinstore.matching.opencv import opencv
from coinstore.synthetic import Mintage, restrike

SETTINGS = Parameters()
MINTAGE = Mintage(seed=4, types=2, dies=3)
TURN_DEG = 25.0
ANY_TURN = Parameters(any_turn=True)


def sided(picture: Image.Image, settings: Parameters = SETTINGS) -> Side:
    return side(picture, find(picture).coins[0], settings)


def coins_of(die: str) -> list[int]:
    return [i for i in range(200) if MINTAGE.coin(i).obverse_die == die and MINTAGE.coin(i).wear < 0.5]


@pytest.fixture(scope="module")
def one() -> Side:
    return sided(MINTAGE.picture(coins_of("1-O1")[0], "obverse"))


@pytest.fixture(scope="module")
def sister() -> Side:
    return sided(MINTAGE.picture(coins_of("1-O1")[1], "obverse"))


@pytest.fixture(scope="module")
def stranger() -> Side:
    return sided(MINTAGE.picture(coins_of("2-O1")[0], "obverse"))


def test_the_transform_of_a_turned_photograph_is_that_turn(one):
    picture = MINTAGE.picture(coins_of("1-O1")[0], "obverse")
    turned = picture.rotate(TURN_DEG, Image.Resampling.BICUBIC, fillcolor=picture.getpixel((2, 2)))
    match = compare(one, sided(turned), SETTINGS)
    (a, b, _), (c, d, _) = match.transform
    # Anticlockwise on the screen, where y goes down.
    assert np.degrees(np.arctan2(b - c, a + d)) == pytest.approx(TURN_DEG, abs=1)
    assert np.sqrt(a * d - b * c) == pytest.approx(1, abs=0.03)
    assert match.dense.whole > 0.8
    assert match.coverage > 0.8


@pytest.mark.parametrize("turn_deg", [-95.0, 130.0, 180.0])
def test_a_photograph_may_be_turned_any_way(one, sister, stranger, turn_deg):
    """Its light turns with it, so that it may come from below."""
    picture = MINTAGE.picture(coins_of("1-O1")[0], "obverse")
    turned = sided(picture.rotate(turn_deg, Image.Resampling.BICUBIC, fillcolor=picture.getpixel((2, 2))))
    again, same, other = compare_many(turned, [one, sister, stranger], ANY_TURN)
    (a, b, _), (c, d, _) = again.transform
    off = np.degrees(np.arctan2(b - c, a + d)) + turn_deg
    assert (off + 180) % 360 - 180 == pytest.approx(0, abs=1)
    assert shipped().probability(again) > 0.99 and shipped().probability(same) > 0.9
    assert shipped().probability(other) < 0.1


def test_coins_that_lie_any_way_under_one_lamp_are_told_apart():
    mintage = Mintage(seed=4, types=2, dies=2, any_turn=True)
    coins = [i for i in range(60) if mintage.coin(i).obverse_die == "1-O1" and mintage.coin(i).wear < 0.5][:6]
    others = [i for i in range(60) if mintage.coin(i).obverse_die != "1-O1"][:6]
    sides = [sided(mintage.picture(i, "obverse")) for i in coins + others]

    def said(settings: Parameters) -> tuple[list[float], list[float]]:
        """The probabilities of the coins of one die with each other, and with those of others."""
        rows = [compare_many(sides[n], sides[n + 1 :], settings) for n in range(len(coins))]
        found = [[shipped().probability(match) for match in row] for row in rows]
        ends = [len(coins) - 1 - n for n in range(len(coins))]
        parts = list(zip(found, ends, strict=True))
        return [p for row, end in parts for p in row[:end]], [p for row, end in parts for p in row[end:]]

    same, different = said(ANY_TURN)
    links = np.mean(np.array(same) > 0.9)
    assert links > 0.6 and max(different) < 0.5
    assert np.mean(np.array(said(SETTINGS)[0]) > 0.9) < links - 0.3


def test_coins_that_lie_upright_are_told_as_surely_when_any_turn_is_tried(one, sister, stranger):
    same, other = compare_many(one, [sister, stranger], ANY_TURN)
    assert shipped().probability(same) > 0.99 and shipped().probability(other) < 0.1
    assert "any_turn" not in SETTINGS.recipe() and ANY_TURN.recipe()["any_turn"] is True


def test_one_die_agrees_in_most_sectors_and_another_type_in_none(one, sister, stranger):
    same, other = compare_many(one, [sister, stranger], SETTINGS)
    sectors = [sector for sector in same.dense.sectors if sector is not None]
    assert len(sectors) == 16
    assert np.quantile(sectors, 0.25) > 0.25
    assert other.transform is None or np.median([s or 0 for s in other.dense.sectors]) < 0.25
    assert shipped().probability(same) > 0.5 > shipped().probability(other)


def test_both_directions_say_the_same(one, sister):
    there, back = compare(one, sister, SETTINGS), compare(sister, one, SETTINGS)
    both = np.vstack([there.transform, (0, 0, 1)]) @ np.vstack([back.transform, (0, 0, 1)])
    middle = np.array([SETTINGS.side_px / 2, SETTINGS.side_px / 2, 1])
    assert both @ middle == pytest.approx(middle, abs=3)
    assert there.dense.whole == pytest.approx(back.dense.whole, abs=0.1)


def test_a_match_is_the_same_in_every_run_and_from_stored_sides(one, sister):
    stored = [Side.from_bytes(each.to_bytes()) for each in (one, sister)]
    first, second = compare(one, sister, SETTINGS), compare(*stored, SETTINGS)
    assert first == compare(one, sister, SETTINGS)
    assert second.transform == pytest.approx(np.array(first.transform), abs=0.2)
    assert second.dense.sectors == pytest.approx(first.dense.sectors, abs=0.05)


def test_a_match_does_not_depend_on_what_else_is_compared(one, sister, stranger):
    together = compare_many(one, [stranger, sister, stranger, one], SETTINGS)
    assert [compare(one, other, SETTINGS) for other in (stranger, sister, stranger, one)] == together


def test_points_of_a_match_are_where_its_transform_puts_them(one, sister):
    match = compare(one, sister, SETTINGS)
    here, there = match.points[:, :2], match.points[:, 2:]
    how = np.array(match.transform)
    off = np.linalg.norm(here @ how[:, :2].T + how[:, 2] - there, axis=1)
    assert len(off) == match.inliers > 0
    assert off.max() < SETTINGS.radius_px + 0.5


@pytest.mark.parametrize("detector", ["sift", "orb"])
def test_features_come_back_from_bytes(detector):
    found = sided(MINTAGE.picture(1, "obverse"), replace(SETTINGS, detector=detector)).keypoints
    again = Keypoints.from_bytes(found.to_bytes())
    assert 20 < len(found) <= SETTINGS.keypoints
    assert (again.codes == found.codes).all()
    assert again.places == pytest.approx(found.places, abs=1 / 64)
    assert (again.vectors() % 1 == 0).all(), "products of whole numbers are exact"


def test_a_blank_picture_has_no_features_and_matches_nothing(one):
    blank = side(Image.new("RGB", (300, 300), "grey"), whole(300, 300), SETTINGS)
    assert len(blank.keypoints) == 0
    for match in (
        compare(one, blank, SETTINGS),
        compare(blank, one, SETTINGS),
        compare(blank, blank, SETTINGS),
    ):
        assert match.transform is None
        assert shipped().probability(match) < 0.1
    assert Side.from_bytes(blank.to_bytes()).to_bytes() == blank.to_bytes()


def test_nearest_pairs_are_mutual():
    alike = np.array([[0.9, 0.85], [0.95, 0.2], [0.1, 0.7]], np.float32)
    pairs = nearest_pairs(alike, 0.8)
    assert list(zip(pairs.first.tolist(), pairs.second.tolist(), strict=True)) == [(1, 0)]


def test_an_unknown_detector_names_those_that_there_are():
    with pytest.raises(SettingsError, match="'surf' is not a detector; use one of: sift, orb"):
        sided(MINTAGE.picture(0, "obverse"), replace(SETTINGS, detector="surf"))


def test_without_opencv_one_sentence_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "cv2", None)
    opencv.cache_clear()
    with pytest.raises(CoinstoreError, match=r"^matching needs OpenCV: pip install 'coinstore\[match\]'$"):
        sided(MINTAGE.picture(0, "obverse"))


def test_a_restruck_coin_is_another_coin_of_the_same_die(stranger):
    picture = MINTAGE.picture(coins_of("1-O2")[0], "obverse")
    other = restrike(picture, seed=3)
    assert np.array_equal(np.asarray(other), np.asarray(restrike(picture, seed=3)))
    assert other.size != restrike(picture, seed=4).size
    struck = sided(other)
    same, different = (compare(each, struck, SETTINGS) for each in (sided(picture), stranger))
    assert same.dense.whole > 0.3
    assert different.transform is None or different.dense.whole < same.dense.whole - 0.1


def test_a_photograph_is_surely_of_its_own_die_and_better_agreement_never_counts_against_it(one):
    match = compare(one, one, SETTINGS)
    assert match.transform[0] == pytest.approx((1, 0, 0), abs=0.05)
    assert shipped().probability(match) > 0.99
    assert (np.array(shipped().weights) >= 0).all()


def test_a_calibration_comes_back_and_another_version_is_refused():
    found = shipped()
    assert Calibration.from_json(found.to_json()) == found
    with pytest.raises(SettingsError, match="calibrate again"):
        Calibration.from_json(found.to_json().replace("kept", "rest"))


def test_a_calibration_learns_and_is_predicted_for_held_out_groups(one, sister):
    same = compare(one, sister, SETTINGS)
    rng = np.random.default_rng(0)
    truth = [bool(n % 4 == 0) for n in range(200)]
    matches = [
        replace(same, dense=replace(same.dense, whole=float(rng.normal(0.6 if is_so else 0.2, 0.15))))
        for is_so in truth
    ]
    found = calibrate.fit(matches, truth, "noise")
    said = np.array([found.probability(match) for match in matches])
    assert said[truth].mean() > 0.7 > 0.3 > said[~np.array(truth)].mean()
    assert (found.pairs, found.same, found.fitted_on) == (200, 50, "noise")
    with pytest.raises(SettingsError, match="judge more pairs"):
        calibrate.fit(matches, [True] * 200, "one kind")

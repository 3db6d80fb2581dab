"""Reliefs under one light, put upon each other as a whole and by their patches, and what patches say."""

import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from coinstore.matching import Parameters, evidence
from coinstore.matching.agree import moved
from coinstore.matching.dense import Dense, dense
from coinstore.matching.light import CUSTOMARY, Lit, halfway
from coinstore.matching.opencv import opencv
from coinstore.matching.parameters import VERSION
from coinstore.matching.patches import ROWS, Patches, patches, refitted
from coinstore.matching.registration import register, spectrum, turned

SIDE = 128
DISC = np.hypot(*(np.mgrid[0:SIDE, 0:SIDE] - 63.5)) < 60
MIDDLE = (SIDE - 1) / 2


def heights(seed: int) -> np.ndarray:
    """A relief of blobs and lines."""
    noise = np.random.default_rng(seed).normal(0, 1, (SIDE, SIDE))
    return ndimage.gaussian_filter(noise, 2.5) * 40


def photographed(field: np.ndarray, lamp_deg: float) -> Lit:
    """The relief in light from an angle (0: from the right, 90: from above), as matching keeps it."""
    down, right = np.gradient(field)
    tone = -right * np.cos(np.radians(lamp_deg)) + down * np.sin(np.radians(lamp_deg))
    tone = np.clip(128 + 30 * tone / tone.std(), 0, 255).astype(np.uint8)
    return Lit((tone & 0xFE) | DISC)


def lamp_deg(lit: Lit) -> float:
    return float(np.degrees(np.arctan2(lit.lamp[1], -lit.lamp[0]))) % 360


def alike(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.corrcoef(a[DISC], b[DISC])[0, 1])


@pytest.mark.parametrize("truth_deg", [45, 80, 120, 160, 195])
def test_the_light_of_a_relief_is_found(truth_deg):
    assert lamp_deg(photographed(heights(1), truth_deg)) == pytest.approx(truth_deg, abs=8)


@pytest.mark.parametrize("apart_deg", [30, 60, 90])
def test_two_lamps_show_one_relief_alike_once_both_are_put_half_way(apart_deg):
    a, b = (photographed(heights(2), 120 + turn) for turn in (-apart_deg / 2, apart_deg / 2))
    other = photographed(heights(3), 120 + apart_deg / 2)
    put = alike(*halfway(a, b, np.eye(2)))
    assert put > 0.7
    assert put > alike(a.tone, b.tone) + 0.08
    assert abs(alike(*halfway(a, other, np.eye(2)))) < 0.25


def test_light_that_stays_changes_nothing_but_what_is_seen_faintly():
    lit = photographed(heights(4), 120)
    assert alike(lit.under(lit.lamp), lit.tone) > 0.98
    assert (lit.under(CUSTOMARY)[~DISC] == 0).all()


@pytest.mark.parametrize(
    ("turn_deg", "scale", "shift"), [(0, 1, (0, 0)), (33, 1.06, (5, -3)), (-52, 0.93, (-8, 6))]
)
def test_a_relief_is_put_upon_another_without_features(turn_deg, scale, shift):
    truth = opencv().getRotationMatrix2D((MIDDLE, MIDDLE), turn_deg, scale)
    truth[:, 2] += shift
    a = heights(5)
    b = opencv().warpAffine(a, truth, (SIDE, SIDE), borderMode=opencv().BORDER_REFLECT)
    found, fit = register(turned(photographed(a, 120)), spectrum(photographed(b, 135)), SIDE)
    _, strange = register(turned(photographed(a, 120)), spectrum(photographed(heights(6), 135)), SIDE)
    ring = MIDDLE + 40 * np.array([(1, 0), (0, 1), (-1, 0), (0, -1)])
    assert np.linalg.norm(moved(ring, found) - moved(ring, truth), axis=1).max() < 6  # what patches reach
    assert fit > Parameters().least_fit > strange


@given(
    seed=st.integers(0, 10_000),
    turn_deg=st.floats(-4, 4),
    scale=st.floats(0.96, 1.04),
    bent=st.floats(0.97, 1.03),
    wrong=st.integers(0, 20),
)
def test_patches_give_back_the_move_that_most_of_them_made(seed, turn_deg, scale, bent, wrong):
    rng = np.random.default_rng(seed)
    line = (np.arange(ROWS) + 0.5) * SIDE / ROWS
    places = np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2).astype(np.float32)
    truth = opencv().getRotationMatrix2D((MIDDLE, MIDDLE), turn_deg, scale)
    truth[:, :2] *= (1, bent)
    truth[:, 2] = rng.uniform(-2, 2, 2) + MIDDLE - truth[:, :2] @ np.full(2, MIDDLE)
    offsets = (moved(places, truth) - places).astype(np.float32)
    offsets[rng.permutation(len(places))[:wrong]] = rng.uniform(-6, 6, (wrong, 2))
    ones = np.ones(len(places), np.float32)
    found = Patches(np.arange(len(places)), places, offsets, 0.8 * ones, 0.3 * ones, ones)
    how = refitted(np.eye(2, 3), found, SIDE, may_bend=True)
    assert np.linalg.norm(moved(places, how) - moved(places, truth), axis=1).max() < 1


def test_patches_find_their_places_to_a_part_of_a_pixel():
    down, right = np.gradient(heights(7))
    field = np.dstack([right, down]).astype(np.float32)
    put = ndimage.shift(field, (1.5, -2.25, 0), order=3, mode="reflect")
    found = patches(field, put, DISC)
    assert 40 < len(found) < ROWS**2
    assert np.median(found.offsets, axis=0) == pytest.approx((-2.25, 1.5), abs=0.15)
    assert np.median(found.peaks) > 0.9
    assert (found.clear > 0).all()


def told(offset: float | None, peak: float | None) -> Dense:
    return Dense(0.5, 1.0, (None,) * 16, (offset,) * ROWS**2, (peak,) * ROWS**2)


def test_a_patch_that_fits_at_its_place_says_one_die_and_one_that_fits_elsewhere_two():
    at_place, elsewhere, nowhere = told(0.4, 0.9), told(7.0, 0.9), told(7.0, 0.1)
    assert evidence.evidence(at_place).min() > 0.5
    assert evidence.evidence(elsewhere).max() < -1
    assert abs(evidence.evidence(nowhere)).max() < 0.5
    assert np.isnan(evidence.evidence(told(None, None))).all()


def test_evidence_is_counted_among_patches_that_fit_equally_well():
    table = np.array(evidence.counted([told(0.4, 0.9)], [told(7.0, 0.9), told(0.4, 0.1)]))
    # 81 patches and the 2 that are added to each of 8 classes: (81 + 2) / 97 to 2 / 97.
    assert table[0, -1] == pytest.approx(np.log(83 / 2), abs=1e-3)
    assert table[5, -1] == pytest.approx(-np.log(83 / 2), abs=1e-3)
    assert table[0, 0] == pytest.approx(np.log((2 / 16) / (83 / 97)), abs=1e-3)


def test_other_evidence_needs_another_version():
    """Figures that are stored were made with the evidence of their version."""
    counted = hashlib.sha256(evidence.SHIPPED.read_bytes()).hexdigest()[:16]
    assert {VERSION: counted} == {4: "678a42c6ac601a63"}


def test_a_field_that_is_empty_on_both_says_nothing():
    """Its grain agrees on no two coins, and must not count as a difference."""
    is_left = np.mgrid[0:SIDE, 0:SIDE][1] < SIDE / 2
    grain = np.random.default_rng(8).normal(0, 0.05, (2, SIDE, SIDE))
    one, other = (photographed(heights(9) * is_left + noise, 120) for noise in grain)
    found = dense(one, other, np.eye(2, 3), Parameters())
    assert found is not None
    sectors = np.array(found[1].sectors, float).reshape(2, 8)
    assert np.isnan(sectors[:, [0, 7]]).all(), "to the right"
    assert sectors[:, [3, 4]].min() > 0.6, "to the left"

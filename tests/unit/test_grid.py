"""Grids of cells: what is averaged, what is left out."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coinstore.models.grid import Grid

RNG = np.random.default_rng(0)


def test_the_recipe_of_eye_step_by_step() -> None:
    maps = RNG.random((3, 14, 14, 112), np.float32)
    cells = maps.reshape(3, 7, 2, 7, 2, 112).mean((2, 4))
    cells /= np.linalg.norm(cells, axis=3, keepdims=True)
    wanted = cells[:, 1:6, 1:6].reshape(3, 2800)
    wanted /= np.linalg.norm(wanted, axis=1, keepdims=True)
    assert np.abs(Grid(5, 5, "normalised", 1).vectors(maps) - wanted).max() < 1e-6


def test_one_plain_cell_is_the_mean() -> None:
    maps = RNG.random((2, 9, 9, 5), np.float32)
    mean = maps.mean((1, 2))
    assert np.allclose(Grid(1, 1, "plain").vectors(maps), mean / np.linalg.norm(mean, axis=1, keepdims=True))


@settings(max_examples=50)
@given(st.integers(1, 9), st.integers(1, 9), st.integers(0, 2), st.integers(0, 8), st.integers(0, 8))
def test_places_count_by_their_part_in_a_cell(
    rows: int, columns: int, margin: int, more: int, wider: int
) -> None:
    """A map that is constant in each cell of a finer grid has, in each cell, the mean over its area."""
    height, width = rows + 2 * margin + more, columns + 2 * margin + wider
    maps = RNG.random((1, height, width, 1), np.float32) + 0.1
    fine = maps.repeat(rows + 2 * margin, axis=1).repeat(columns + 2 * margin, axis=2)
    exact = fine.reshape(1, rows + 2 * margin, height, columns + 2 * margin, width, 1).mean((2, 4))
    exact = exact[:, margin : margin + rows, margin : margin + columns].reshape(1, -1)
    found = Grid(rows, columns, "plain", margin).vectors(maps)
    assert np.allclose(found, exact / np.linalg.norm(exact), atol=1e-5)


def test_a_cell_without_anything_stays_empty_and_a_map_without_anything_has_no_direction() -> None:
    maps = np.zeros((2, 4, 4, 3), np.float32)
    maps[0, :2, :2] = 1
    vectors = Grid(2, 2).vectors(maps)
    assert vectors[0, 3:].tolist() == [0] * 9
    assert np.isnan(vectors[1]).all()


def test_the_outer_cells_do_not_count() -> None:
    maps = RNG.random((1, 14, 14, 4), np.float32)
    changed = maps.copy()
    changed[:, :2] = changed[:, -2:] = changed[:, :, :2] = changed[:, :, -2:] = 9
    grid = Grid(5, 5, "normalised", 1)
    assert np.array_equal(grid.vectors(maps), grid.vectors(changed))
    assert not np.allclose(Grid(7, 7).vectors(maps), Grid(7, 7).vectors(changed))


def test_vectors_are_the_same_in_any_batch() -> None:
    maps = RNG.random((5, 16, 16, 384), np.float32)
    grid = Grid(3, 3, "normalised", 1)
    alone = np.concatenate([grid.vectors(one[None]) for one in maps])
    assert alone == pytest.approx(grid.vectors(maps), abs=1e-6)


def test_fewer_channels_nearly_keep_cosines() -> None:
    maps = RNG.normal(size=(40, 14, 14, 384)).astype(np.float32)
    maps += (
        2 * RNG.normal(size=(40, 14, 14, 6)).astype(np.float32) @ RNG.normal(size=(6, 384)).astype(np.float32)
    )
    whole, fewer = Grid(5, 5, "normalised", 1).vectors(maps), Grid(5, 5, "normalised", 1, 160).vectors(maps)
    assert fewer.shape == (40, 4000)
    assert np.abs(whole @ whole.T - fewer @ fewer.T).max() < 0.05
    assert np.array_equal(fewer, Grid(5, 5, "normalised", 1, 160).vectors(maps))

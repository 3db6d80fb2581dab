"""The ground of a photograph: its colour in each place, and how far each pixel is from it."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Floats = NDArray[np.float32]

FLOOR = np.array((2.0, 1.2, 1.2, 1.0), np.float32)  # the least noise of brightness, colour and grain, of 255
STRANGE = 6.0  # residuals count half when their squared length in deviations is 0.4 of this
BAND = 0.03  # the border, as a share of the picture's shorter side
ENOUGH = 600  # pixels that a fit uses


def distances(pixels: Floats) -> Floats:
    """How far each pixel `(h, w, 3)` in YCbCr is from the ground, `(h, w)`, in deviations of the ground.

    The ground is a smooth surface of colour: first a plane through most of the border's pixels, then a
    paraboloid through everything like it. Texture makes its deviation larger, so that cloth is ground.
    """
    smooth = ndimage.uniform_filter(pixels, (3, 3, 1), mode="nearest")
    grain = ndimage.uniform_filter(np.abs(pixels - smooth)[..., 0], 5, mode="nearest")
    height, width = pixels.shape[:2]
    points = np.concatenate([smooth, grain[..., None]], axis=2).reshape(-1, 4)
    surface = _surface(height, width)
    border = _border(height, width)
    at = _some(border)
    near = _distance(points, surface[:, :3], _fitted(surface[at, :3], points[at]))
    ground = (near < 3).reshape(height, width)
    inner = ~grown(~ground).ravel() | (ground.ravel() & border)
    at = _some(inner)
    if inner.mean() > 0.05:
        near = _distance(points, surface, _fitted(surface[at], points[at]))
    return near.reshape(height, width)


def grown(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """A mask and the four neighbours of each of its pixels, several times faster than SciPy."""
    out = mask.copy()
    out[1:] |= mask[:-1]
    out[:-1] |= mask[1:]
    out[:, 1:] |= mask[:, :-1]
    out[:, :-1] |= mask[:, 1:]
    return out


def whitening(residuals: Floats, spread: float = 1.0) -> Floats:
    """The matrix after which residuals `(n, d)` have deviation 1; outliers count less."""
    weights = _weights(residuals)
    covariance = spread * (residuals * weights[:, None]).T @ residuals / weights.sum()
    return np.linalg.cholesky(np.linalg.inv(covariance + np.diag(FLOOR[: residuals.shape[1]] ** 2))).astype(
        np.float32
    )


def _fitted(surface: Floats, points: Floats) -> tuple[Floats, Floats]:
    """Coefficients of the ground's surface by reweighted least squares, and the whitening of what is left."""
    residuals: Floats = points - np.median(points, axis=0).astype(np.float32)
    ridge = 1e-3 * np.eye(surface.shape[1])
    for _ in range(3):
        weighted = surface * _weights(residuals)[:, None]
        found = np.linalg.solve(surface.T @ weighted + ridge, weighted.T @ points).astype(np.float32)
        residuals = points - surface @ found
    return found, whitening(residuals)


def _weights(residuals: Floats) -> Floats:
    sizes, half = np.abs(residuals.T), len(residuals) // 2
    median = np.partition(sizes, half, axis=1)[:, half]  # several times faster than np.median
    deviation = np.maximum(1.48 * median, FLOOR[: residuals.shape[1]])
    weights: Floats = (1 + ((residuals / deviation) ** 2).sum(axis=1) / STRANGE) ** -2
    return weights


def _distance(points: Floats, surface: Floats, fitted: tuple[Floats, Floats]) -> Floats:
    found, white = fitted
    apart = (points - surface @ found) @ white
    distance: Floats = np.sqrt(np.einsum("ij,ij->i", apart, apart))
    return distance


def _some(chosen: NDArray[np.bool_]) -> NDArray[np.intp]:
    at = np.flatnonzero(chosen)
    return at[:: max(1, len(at) // ENOUGH)]


@lru_cache(maxsize=32)
def _surface(height: int, width: int) -> Floats:
    y, x = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    terms = (np.ones_like(x), x, y, x * x, x * y, y * y)
    return np.stack([term.ravel() for term in terms], axis=1).astype(np.float32)


@lru_cache(maxsize=32)
def _border(height: int, width: int) -> NDArray[np.bool_]:
    band = max(1, round(BAND * min(height, width)))
    border = np.ones((height, width), bool)
    border[band:-band, band:-band] = False
    return border.ravel()

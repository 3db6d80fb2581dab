"""Methods of laying out: t-SNE by openTSNE, UMAP by umap-learn, which others keep; and placing new coins by each.

t-SNE: van der Maaten and Hinton 2008 (JMLR 9, 2579-2605); openTSNE: Poličar, Stražar and Zupan 2024,
doi:10.18637/jss.v109.i03. UMAP: McInnes, Healy, Saul and Großberger 2018, doi:10.21105/joss.00861. Both
start from the first principal components, so that the large structure is not left to chance: Kobak and
Linderman 2021, doi:10.1038/s41587-020-00809-z.
"""

from __future__ import annotations

import warnings
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import SpaceError
from .nearest import Matrix, nearest

Points = NDArray[np.float64]

EARLY_EXAGGERATION, EARLY_ITERATIONS, ITERATIONS, STRIDE = 12, 250, 500, 50  # openTSNE's own
FFT_COINS = 10_000  # from here on repulsion is interpolated on a grid
PLACING_PERPLEXITY, PLACING_ITERATIONS = 5, 250  # openTSNE's own
MIN_DIST = 0.1
NEAR_COINS = 3  # held out of 1,683 Roman coins: as near to their neighbours as by umap-learn's own transform
PACKAGES = {"tsne": ("openTSNE", "opentsne"), "umap": ("umap", "umap-learn"), "pca": ("numpy", "numpy")}


@dataclass(frozen=True, slots=True)
class Layout:
    """Points `(n, 2)` and the parameters that were really used."""

    points: Points
    parameters: dict[str, Any]


def library(method: str) -> str:
    """The library behind a method, with its version. Raises SpaceError where it is not installed."""
    package = PACKAGES[method][1]
    try:
        return f"{package} {metadata.version(package)}"
    except metadata.PackageNotFoundError:
        raise SpaceError(
            f"a map by {method} needs {package}: pip install 'coinstore[maps]'; one by pca needs nothing more."
        ) from None


def lay_out_tsne(rows: Points, perplexity: float, seed: int) -> Generator[int, None, Layout]:
    """t-SNE of rows `(n, d)` of principal components, yielding the count of iterations after each STRIDE of them.

    Neighbours are exact. For few rows the perplexity is (n - 1) / 3, as openTSNE advises.
    """
    with _quiet():
        from openTSNE import TSNEEmbedding, affinity, initialization

    used = min(perplexity, (len(rows) - 1) / 3)
    gradient = "bh" if len(rows) < FFT_COINS else "fft"
    with _quiet():
        start = initialization.jitter(initialization.rescale(_plane(rows)), random_state=seed)
        affinities = affinity.PerplexityBasedNN(
            perplexity=used,
            knn_index=_Exact(*nearest(rows, rows, int(3 * used), itself=True)),
            random_state=seed,
        )
        embedding = TSNEEmbedding(
            start, affinities, negative_gradient_method=gradient, random_state=seed, n_jobs=1
        )
    for first in range(0, EARLY_ITERATIONS + ITERATIONS, STRIDE):
        exaggeration = EARLY_EXAGGERATION if first < EARLY_ITERATIONS else None
        with _quiet():
            embedding.optimize(STRIDE, inplace=True, exaggeration=exaggeration, momentum=0.8, max_step_norm=5)
        yield STRIDE
    return Layout(
        np.asarray(embedding, np.float64),
        {
            "perplexity": used,
            "early_exaggeration": EARLY_EXAGGERATION,
            "early_iterations": EARLY_ITERATIONS,
            "iterations": ITERATIONS,
            "gradient": gradient,
            "kl_divergence": float(embedding.kl_divergence),
        },
    )


def place_tsne(reference: Points, points: Points, rows: Points) -> Points:
    """Points `(m, 2)` of rows `(m, d)` on a map of `reference` `(n, d)` at `points` `(n, 2)`, by openTSNE's transform.

    Each row starts at the median of its nearest neighbours and is moved by the map alone, not by the other
    rows: it lies where it would if it came by itself.
    """
    with _quiet():
        from openTSNE import TSNEEmbedding

    middle = (points.max(axis=0) + points.min(axis=0)) / 2
    with _quiet():
        there = TSNEEmbedding(points - middle, _Pulls(reference), negative_gradient_method="bh", n_jobs=1)
        placed = there.prepare_partial(rows, perplexity=PLACING_PERPLEXITY)
        placed.optimize(
            PLACING_ITERATIONS,
            inplace=True,
            learning_rate=0.1,
            exaggeration=1.5,
            momentum=0.8,
            max_grad_norm=0.25,
            max_step_norm=None,
        )
    found: Points = np.asarray(placed, np.float64) + middle
    return found


def lay_out_umap(rows: Matrix, start: Points, neighbours: int, seed: int) -> Layout:
    """UMAP of unit rows `(n, d)` by cosine distance, from `start` `(n, 2)`; neighbours are exact.

    For few rows there are n - 1 neighbours, the coin itself among them, as umap-learn counts.
    """
    k = min(neighbours, len(rows) - 1)
    indices, distances = nearest(rows, rows, k - 1, itself=True)
    own = np.arange(len(rows))[:, None]
    indices, distances = np.hstack([own, indices]), np.hstack([np.zeros(own.shape), distances**2 / 2])
    with _quiet():
        import umap

        plane = _plane(start)
        embedding = umap.UMAP(
            n_neighbors=k, min_dist=MIN_DIST, metric="cosine", init=10 * plane / np.abs(plane).max(),
            random_state=seed, n_jobs=1, precomputed_knn=(indices, distances.astype(np.float32)),
        ).fit_transform(plane.astype(np.float32))  # fmt: skip  # it asks the neighbours, not the rows
    return Layout(np.asarray(embedding, np.float64), {"neighbours": k, "min_dist": MIN_DIST})


def place_umap(reference: Matrix, points: Points, rows: Matrix) -> Points:
    """Points `(m, 2)` of unit rows `(m, d)` on a map of `reference` `(n, d)` at `points` `(n, 2)`.

    umap-learn places by the fitted object, which no store keeps. Here each row lies at the mean of its
    nearest mapped coins, weighed by the inverse of cosine distance; one that a mapped coin shows exactly
    lies on it (Shepard 1968, doi:10.1145/800186.810616).
    """
    indices, distances = nearest(reference, rows, min(NEAR_COINS, len(reference)))
    weights = 1 / np.maximum(distances**2, 1e-12)
    weights /= weights.sum(axis=1, keepdims=True)
    found: Points = np.einsum("mk,mkx->mx", weights, points[indices])
    return found


class _Exact:
    """Neighbours that were found already, as openTSNE asks for them."""

    def __init__(self, indices: NDArray[np.int64], distances: Points) -> None:
        self.n_samples, self.k = indices.shape
        self._found = indices, distances

    def build(self) -> tuple[NDArray[np.int64], Points]:
        return self._found


class _Pulls:
    """How strongly the coins of a map pull at new ones; how they pull at each other is not asked again."""

    def __init__(self, reference: Points) -> None:
        self.P = reference  # openTSNE asks for its length alone

    def to_new(
        self, rows: Points, perplexity: float, return_distances: bool
    ) -> tuple[Any, NDArray[np.int64], Points]:
        from openTSNE.affinity import joint_probabilities_nn

        n = len(self.P)
        k = min(n, int(3 * perplexity))
        indices, distances = nearest(self.P, rows, k)
        pulls = joint_probabilities_nn(
            indices,
            distances,
            [min(perplexity, k / 3)],
            symmetrize=False,
            normalization="point-wise",
            n_reference_samples=n,
        )
        return pulls, indices, distances


def _plane(rows: Points) -> Points:
    """The first two columns; where there is but one, the second is 0."""
    return np.hstack([rows, np.zeros((len(rows), 1))])[:, :2]


@contextmanager
def _quiet() -> Iterator[None]:
    """Remarks that libraries make to programmers do not reach the user."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield

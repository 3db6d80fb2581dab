"""The methods: t-SNE by openTSNE and UMAP by umap-learn, for a whole map and for new coins on it.

t-SNE: van der Maaten and Hinton 2008 (JMLR 9, 2579-2605); openTSNE: Poličar, Stražar and Zupan 2024,
doi:10.18637/jss.v109.i03. UMAP: McInnes, Healy, Saul and Großberger 2018, doi:10.21105/joss.00861. Both
start from the first principal components, so that the large structure does not depend on chance: Kobak
and Linderman 2021, doi:10.1038/s41587-020-00809-z.
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
NEAR_COINS = 3  # places 1,683 held-out Roman coins as near to their neighbours as umap-learn's transform
PACKAGES = {"tsne": "opentsne", "umap": "umap-learn", "pca": "numpy"}


@dataclass(frozen=True, slots=True)
class Layout:
    """Points `(n, 2)` and the parameters that were really used."""

    points: Points
    parameters: dict[str, Any]


def library_of(method: str) -> str:
    """The library of a method, with its version. Raises SpaceError if it is not installed."""
    package = PACKAGES[method]
    try:
        return f"{package} {metadata.version(package)}"
    except metadata.PackageNotFoundError:
        raise SpaceError(
            f"a map by {method} needs {package}: pip install 'coinstore[maps]'. A map by pca does not."
        ) from None


def is_installed(method: str) -> bool:
    """Whether the library of a method is here."""
    try:
        library_of(method)
    except SpaceError:
        return False
    return True


def lay_out_tsne(rows: Points, perplexity: float, seed: int) -> Generator[int, None, Layout]:
    """t-SNE of rows `(n, d)` of principal components; yields STRIDE after every STRIDE iterations.

    Neighbours are exact. For few rows the perplexity is (n - 1) / 3, as openTSNE advises.
    """
    with _quiet():
        from openTSNE import TSNEEmbedding, affinity, initialization

    used = min(perplexity, (len(rows) - 1) / 3)
    gradient = "bh" if len(rows) < FFT_COINS else "fft"
    with _quiet():
        start = initialization.jitter(initialization.rescale(plane(rows)), random_state=seed)
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
    """Points `(m, 2)` of rows `(m, d)` on a map of `reference` `(n, d)` at `points` `(n, 2)`.

    By openTSNE's transform: each row starts at the median of its nearest neighbours. Only the map moves
    it, not the other rows, so each row gets the place that it would get if it came by itself.
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

    For few rows there are n - 1 neighbours; the coin itself is one of them, as umap-learn counts.
    """
    k = min(neighbours, len(rows) - 1)
    indices, distances = nearest(rows, rows, k - 1, itself=True)
    own = np.arange(len(rows))[:, None]
    indices, distances = np.hstack([own, indices]), np.hstack([np.zeros(own.shape), distances**2 / 2])
    with _quiet():
        import umap

        flat = plane(start)
        embedding = umap.UMAP(
            n_neighbors=k,
            min_dist=MIN_DIST,
            metric="cosine",
            init=10 * flat / np.abs(flat).max(),
            random_state=seed,
            n_jobs=1,
            precomputed_knn=(indices, distances.astype(np.float32)),
        ).fit_transform(flat.astype(np.float32))  # UMAP uses the neighbours, not these rows
    return Layout(np.asarray(embedding, np.float64), {"neighbours": k, "min_dist": MIN_DIST})


def place_umap(reference: Matrix, points: Points, rows: Matrix) -> Points:
    """Points `(m, 2)` of unit rows `(m, d)` on a map of `reference` `(n, d)` at `points` `(n, 2)`.

    umap-learn places new rows with the fitted object, which the store does not keep. Here each row is
    placed at the mean of its nearest mapped coins, weighed by the inverse of cosine distance; a row that
    equals that of a mapped coin gets its place (Shepard 1968, doi:10.1145/800186.810616).
    """
    indices, distances = nearest(reference, rows, min(NEAR_COINS, len(reference)))
    weights = 1 / np.maximum(distances**2, 1e-12)
    weights /= weights.sum(axis=1, keepdims=True)
    found: Points = np.einsum("mk,mkx->mx", weights, points[indices])
    return found


class _Exact:
    """Neighbours that are already known, in the form that openTSNE asks for."""

    def __init__(self, indices: NDArray[np.int64], distances: Points) -> None:
        self.n_samples, self.k = indices.shape
        self._found = indices, distances

    def build(self) -> tuple[NDArray[np.int64], Points]:
        return self._found


class _Pulls:
    """How strongly the coins of a map pull at new ones; openTSNE does not ask how they pull at each other."""

    def __init__(self, reference: Points) -> None:
        self.P = reference  # openTSNE asks only for its length

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


def plane(rows: Points) -> Points:
    """The first two columns; if there is only one, the second is 0."""
    return np.hstack([rows, np.zeros((len(rows), 1))])[:, :2]


@contextmanager
def _quiet() -> Iterator[None]:
    """Hides warnings of libraries that are meant for programmers."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield

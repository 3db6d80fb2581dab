"""Where each small patch of one relief is found on the other, and the transform that fits most of them.

On coins of one die all patches are at their places. On coins of two dies of a type each is like its
counterpart, but the letters, dots and curls are elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy import fft

from .agree import Transform
from .light import Floats
from .opencv import opencv

ROWS = 9  # and columns, of patches
HALF = 0.07  # of a patch's side, as a share of the disc's side
REACH = 0.047  # how far a patch looks for its place, as a share of the disc's side
CLOSE = 2  # pixels; a summit so near to the best place is the same one
Places = NDArray[np.int64]
_AFFINE = np.eye(6).reshape(6, 2, 3)
_SIMILAR = np.array(
    [[[1, 0, 0], [0, 1, 0]], [[0, 1, 0], [-1, 0, 0]], [[0, 0, 1], [0, 0, 0]], [[0, 0, 0], [0, 0, 1]]], float
)
"""The ways in which a disc may move, each `(2, 3)`: any linear one, or only larger and turned."""
LEAST_SHOWN = 0.7  # the share of a patch that both coins have to show
STIFF = 100.0  # how little a transform bends; patches are places in pixels, from the middle
ROUNDS = 6  # in which patches that do not fit count less and less


@dataclass(frozen=True, slots=True)
class Patches:
    """The patches of a disc, ROWS by ROWS: those that both coins show have the other columns.

    `places` `(n, 2)` are x and y of the middles, `offsets` `(n, 2)` how far right and down the best place is,
    `peaks` `(n,)` the correlation there, `clear` `(n,)` by how much that is above all places elsewhere, and
    `detail` `(n,)` how much there is to see, 1 in the median patch. Lengths are in pixels. `numbers` `(n,)`
    says which of the patches these are, row by row.
    """

    numbers: NDArray[np.int64]
    places: Floats
    offsets: Floats
    peaks: Floats
    clear: Floats
    detail: Floats

    def __len__(self) -> int:
        return len(self.numbers)


def patches(here: Floats, there: Floats, both: NDArray[np.bool_], rows_of: int = ROWS) -> Patches:
    """Finds each patch of the slopes `here` `(n, n, 2)` in the slopes `there`, within REACH of its place.

    There are `rows_of` rows and columns of patches. All are correlated at once, with slopes as complex
    numbers: the real part of the product of two is how far they agree.
    """
    side = len(here)
    half, reach = round(HALF * side), round(REACH * side)
    begins, ends = _corners(side, rows_of, half, reach)
    shown = _sums(opencv().integral(both.astype(np.uint8)), begins, ends)
    numbers = np.flatnonzero(shown >= LEAST_SHOWN * (ends - begins).prod(axis=1))
    begins, ends = begins[numbers], ends[numbers]
    cut = _windows(here, begins, 2 * half) * _inside(ends - begins, 2 * half)
    around = _windows(there, begins - reach, 2 * (half + reach))
    spectra = fft.fft2(around) * np.conj(fft.fft2(cut, around.shape[1:]))
    ways = 2 * reach + 1
    products = fft.ifft2(spectra).real[:, :ways, :ways]
    own = (cut.real**2 + cut.imag**2).sum(axis=(1, 2))
    # The sums at all places of a patch are those of its corners, as they move together.
    sums = sliding_window_view(opencv().integral((there**2).sum(axis=2)), (ways, ways))
    others = _sums(sums, begins - reach, ends - reach)
    fits = products / np.sqrt(np.maximum(others * own[:, None, None], 1)).astype(np.float32)
    detail = np.sqrt(own / max(_median(own), 1e-6)) if len(own) else own
    middles: Floats = ((begins + ends - 1)[:, ::-1] / 2).astype(np.float32)
    return Patches(numbers, middles, *_summits(fits), detail)


@lru_cache(maxsize=8)
def _corners(side: int, rows_of: int, half: int, reach: int) -> tuple[Places, Places]:
    """Where patches begin and end, row and column `(n, 2)`; those at the edges are smaller."""
    middles = ((np.arange(rows_of) + 0.5) * side / rows_of).astype(int)
    lines = np.maximum(middles - half, reach), np.minimum(middles + half, side - reach)
    begins, ends = (
        np.stack(np.meshgrid(line, line, indexing="ij"), axis=-1).reshape(-1, 2) for line in lines
    )
    return begins, ends


def _windows(slopes: Floats, begins: Places, size: int) -> NDArray[np.complex64]:
    """The squares `(n, size, size)` that begin at these rows and columns, with slopes as complex numbers."""
    side = len(slopes)
    field = np.zeros((side + size, side + size), np.complex64)
    field[:side, :side] = slopes.view(np.complex64)[..., 0]
    found: NDArray[np.complex64] = sliding_window_view(field, (size, size))[tuple(begins.T)]
    return found


def _inside(sizes: Places, most: int) -> NDArray[np.bool_]:
    """Which pixels of squares `(n, most, most)` are of patches with these heights and widths `(n, 2)`."""
    on = np.arange(most) < sizes[..., None]
    found: NDArray[np.bool_] = on[:, 0, :, None] & on[:, 1, None, :]
    return found


def _sums(integral: NDArray[np.generic], begins: Places, ends: Places) -> NDArray[np.float64]:
    """The sums of a field, of which this is the integral, within rectangles: corners `(n, 2)`."""
    (y, x), (down, right) = begins.T, ends.T
    found: NDArray[np.float64] = (
        integral[down, right] - integral[y, right] - integral[down, x] + integral[y, x]
    )
    return found


def _summits(fits: Floats) -> tuple[Floats, Floats, Floats]:
    """Of correlations `(n, k, k)`: how far right and down the best places are, the peaks, and their leads."""
    count, ways, _ = fits.shape
    each, line = np.arange(count), np.arange(ways)
    y, x = np.divmod(fits.reshape(count, ways**2).argmax(axis=1), ways)
    right, down = x + _summit(fits[each, y], x), y + _summit(fits[each, :, x], y)
    near = (abs(line - y[:, None]) <= CLOSE)[:, :, None] & (abs(line - x[:, None]) <= CLOSE)[:, None, :]
    elsewhere = np.where(near, -1, fits).max(axis=(1, 2), initial=-1)
    peaks = fits[each, y, x]
    return np.stack([right, down], axis=1).astype(np.float32) - ways // 2, peaks, peaks - elsewhere


def _summit(lines: Floats, at: NDArray[np.int64]) -> Floats:
    """How far the summits of lines `(n, k)` are from their highest points, by parabolas through three."""
    inner = np.clip(at, 1, lines.shape[1] - 2)
    before, top, after = (lines[np.arange(len(at)), inner + step] for step in (-1, 0, 1))
    found: Floats = np.where(at == inner, 0.5 * (before - after) / (before - 2 * top + after - 1e-9), 0)
    return found


def refitted(how: Transform, found: Patches, side_px: int, *, may_bend: bool) -> Transform:
    """The transform after most patches have moved to their places: a similarity, or an affine one.

    Patches count by how clear their places are; those that do not agree with the others count less (least
    squares, repeated with the weights of a t-distribution).
    """
    middle = (side_px - 1) / 2
    x, y = (found.places - middle).T.astype(np.float64)
    basis = _AFFINE if may_bend else _SIMILAR
    # Each column is a way for a patch to move: `(n, 2, k)`, x and y of each patch.
    design = (np.stack([x, y, np.ones_like(x)], axis=1) @ basis.transpose(0, 2, 1)).transpose(1, 2, 0)
    targets = found.offsets.astype(np.float64)
    ways = len(basis)
    squares = np.einsum("nik,nil->nkl", design, design).reshape(len(found), ways**2)
    sums = np.einsum("nik,ni->nk", design, targets)
    stiff = np.diag(np.abs(basis[:, :, :2]).sum(axis=(1, 2)) * STIFF + 1e-3)
    trust = np.clip(found.peaks, 0, 1) ** 2 * np.minimum(found.detail, 2) * np.clip(5 * found.clear, 0.05, 1)
    solved = np.zeros(len(basis))
    for _ in range(ROUNDS):
        off = np.hypot(*(targets - design @ solved).T)
        weights = trust / (1 + (off / (1.5 * max(_median(off), 0.7))) ** 2) ** 1.5
        together = (weights @ squares).reshape(ways, ways)
        solved = np.linalg.solve(together + stiff * weights.sum(), weights @ sums)
    return _after(how, np.tensordot(solved, basis, 1), middle)


def _median(values: NDArray[np.floating]) -> float:
    """As `numpy.median`, which takes ten times as long for so few values."""
    if not len(values):
        return float("nan")
    in_order = np.sort(values)
    return float((in_order[(len(values) - 1) // 2] + in_order[len(values) // 2]) / 2)


def _after(how: Transform, move: Transform, middle: float) -> Transform:
    """The transform of points that first move by `move`, as seen from the middle of the disc."""
    linear = np.eye(2) + move[:, :2]
    shift = move[:, 2] + middle - linear @ np.full(2, middle)
    return np.hstack([how[:, :2] @ linear, (how[:, :2] @ shift + how[:, 2])[:, None]])

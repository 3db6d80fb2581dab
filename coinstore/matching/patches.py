"""Where each small patch of one relief is found on the other, and the transform that fits most of them.

On coins of one die all patches are at their places. On coins of two dies of a type each is like its
counterpart, but the letters, dots and curls are elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from .agree import Transform
from .light import Floats
from .opencv import opencv

ROWS = 9  # and columns, of patches
HALF = 0.07  # of a patch's side, as a share of the disc's side
REACH = 0.047  # how far a patch looks for its place, as a share of the disc's side
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

    There are `rows_of` rows and columns of patches.
    """
    side = len(here)
    half, reach = round(HALF * side), round(REACH * side)
    middles = ((np.arange(rows_of) + 0.5) * side / rows_of).astype(int)
    begins, ends = np.maximum(middles - half, reach), np.minimum(middles + half, side - reach)
    sums = opencv().integral(both.astype(np.uint8))
    rows = []
    for number, (row, column) in enumerate(product(range(rows_of), repeat=2)):
        y, down, x, right = begins[row], ends[row], begins[column], ends[column]
        shown = sums[down, right] - sums[y, right] - sums[down, x] + sums[y, x]
        if shown < LEAST_SHOWN * (down - y) * (right - x):
            continue
        patch = here[y:down, x:right]
        around = there[y - reach : down + reach, x - reach : right + reach]
        middle = ((x + right - 1) / 2, (y + down - 1) / 2)
        rows.append((number, *middle, *_found(patch, around, reach), float(np.vdot(patch, patch))))
    table = np.array(rows, np.float32).reshape(-1, 8)
    detail = np.sqrt(table[:, 7] / max(float(np.median(table[:, 7])), 1e-6)) if len(table) else table[:, 7]
    return Patches(
        table[:, 0].astype(np.int64), table[:, 1:3], table[:, 3:5], table[:, 5], table[:, 6], detail
    )


def _found(patch: Floats, around: Floats, reach: int) -> tuple[float, float, float, float]:
    """How far right and down the best place is, the correlation there, and its lead over places elsewhere."""
    cv2 = opencv()
    fit = cv2.matchTemplate(around, patch, cv2.TM_CCORR_NORMED)
    _, peak, _, (x, y) = cv2.minMaxLoc(fit)
    right, down = x + _summit(fit[y], x), y + _summit(fit[:, x], y)
    fit[max(y - 2, 0) : y + 3, max(x - 2, 0) : x + 3] = -1
    _, elsewhere, _, _ = cv2.minMaxLoc(fit)
    return right - reach, down - reach, peak, peak - elsewhere


def _summit(line: Floats, at: int) -> float:
    """How far the summit of a line is from its highest point, by the parabola through its neighbours."""
    if not 0 < at < len(line) - 1:
        return 0.0
    before, top, after = map(float, line[at - 1 : at + 2])
    return 0.5 * (before - after) / (before - 2 * top + after - 1e-9)


def refitted(how: Transform, found: Patches, side_px: int, *, may_bend: bool) -> Transform:
    """The transform after most patches have moved to their places: a similarity, or an affine one.

    Patches count by how clear their places are; those that do not agree with the others count less (least
    squares, repeated with the weights of a t-distribution).
    """
    middle = (side_px - 1) / 2
    x, y = (found.places - middle).T.astype(np.float64)
    basis = _AFFINE if may_bend else _SIMILAR
    # Each column is a way for all patches to move: x and y of the first, of the second, and so on.
    design = np.stack([x, y, np.ones_like(x)], axis=1) @ basis.transpose(0, 2, 1)
    design = design.reshape(len(basis), -1).T
    targets = found.offsets.astype(np.float64).ravel()
    trust = np.clip(found.peaks, 0, 1) ** 2 * np.minimum(found.detail, 2) * np.clip(5 * found.clear, 0.05, 1)
    solved = np.zeros(len(basis))
    for _ in range(ROUNDS):
        off = np.hypot(*(targets - design @ solved).reshape(-1, 2).T)
        weights = trust / (1 + (off / (1.5 * max(np.median(off), 0.7))) ** 2) ** 1.5
        weighted = design * np.repeat(weights, 2)[:, None]
        stiff = np.diag(np.abs(basis[:, :, :2]).sum(axis=(1, 2)) * STIFF + 1e-3) * weights.sum()
        solved = np.linalg.solve(weighted.T @ design + stiff, weighted.T @ targets)
    return _after(how, np.tensordot(solved, basis, 1), middle)


def _after(how: Transform, move: Transform, middle: float) -> Transform:
    """The transform of points that first move by `move`, as seen from the middle of the disc."""
    linear = np.eye(2) + move[:, :2]
    shift = move[:, 2] + middle - linear @ np.full(2, middle)
    return np.hstack([how[:, :2] @ linear, (how[:, :2] @ shift + how[:, 2])[:, None]])

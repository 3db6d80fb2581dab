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
    before, top, after = line[at - 1 : at + 2].tolist()
    return 0.5 * (before - after) / (before - 2 * top + after - 1e-9)


def refitted(how: Transform, found: Patches, side_px: int, *, may_bend: bool) -> Transform:
    """The transform after most patches have moved to their places: a similarity, or an affine one.

    Patches count by how clear their places are; those that do not agree with the others count less (a
    weighted least-squares fit, repeated with the weights of a t-distribution).
    """
    middle = (side_px - 1) / 2
    x, y = (found.places - middle).T.astype(np.float64)
    offsets = found.offsets.astype(np.float64)
    none, one = np.zeros_like(x), np.ones_like(x)
    right = np.stack([x, none, y, none, one, none] if may_bend else [x, y, one, none], axis=1)
    down = np.stack([none, x, none, y, none, one] if may_bend else [y, -x, none, one], axis=1)
    design, targets = np.concatenate([right, down]), offsets.T.ravel()
    stiff = np.diag([STIFF] * (right.shape[1] - 2) + [1e-3] * 2) if may_bend else 1e-3 * np.eye(4)
    trust = np.clip(found.peaks, 0, 1) ** 2 * np.minimum(found.detail, 2) * np.clip(5 * found.clear, 0.05, 1)
    solved = np.zeros(right.shape[1])
    for _ in range(ROUNDS):
        off = np.hypot(*(targets - design @ solved).reshape(2, -1))
        weights = np.tile(trust / (1 + (off / (1.5 * max(np.median(off), 0.7))) ** 2) ** 1.5, 2)
        weighted = design * weights[:, None]
        solved = np.linalg.solve(
            weighted.T @ design + stiff * weights.sum() / 2, weighted.T @ targets
        )
    return how_moved(how, solved if may_bend else np.r_[_similar(solved)], middle)


def _similar(solved: NDArray[np.float64]) -> tuple[float, ...]:
    """The six numbers of a similarity's four, in the order of the affine design."""
    size, turn, right, down = solved
    return size, -turn, turn, size, right, down


def how_moved(how: Transform, solved: NDArray[np.float64], middle: float) -> Transform:
    """The transform, after a point p (from the middle) of the first disc moves by A p + t."""
    linear = np.eye(2) + solved[:4].reshape(2, 2).T
    shift = solved[4:] + middle - linear @ np.full(2, middle)
    return np.hstack([how[:, :2] @ linear, (how[:, :2] @ shift + how[:, 2])[:, None]])

"""How far apart classes are: silhouette and Davies-Bouldin, on a sample that is stored."""

from __future__ import annotations

import numpy as np
from sklearn.metrics import davies_bouldin_score, silhouette_score

from .ranks import Gallery, Places

MAX_COINS = 4000  # the silhouette compares all of them with all


def grouped(gallery: Gallery) -> Places:
    """The positions of the coins that are measured: of the first MAX_COINS, those that share their value.

    A coin that shares it with no other has a silhouette of 0 by convention, which means nothing.
    """
    values = gallery.values[:MAX_COINS]
    return np.flatnonzero(np.bincount(values)[values] > 1)


def separate(gallery: Gallery, places: Places) -> tuple[float, float] | None:
    """Silhouette by cosine distance (-1 to 1) and the Davies-Bouldin index of the unit vectors (0: best).

    Rousseeuw 1987, doi:10.1016/0377-0427(87)90125-7; Davies and Bouldin 1979, doi:10.1109/TPAMI.1979.4766909.
    None if there is only one class, or one for each coin.
    """
    rows, values = gallery.rows[places].astype(np.float64), gallery.values[places]
    if not 2 <= len(np.unique(values)) < len(values):
        return None
    return float(silhouette_score(rows, values, metric="cosine")), float(davies_bouldin_score(rows, values))

"""Evaluating 100,000 sides of 512 dimensions with 100 classes, compared with the whole matrix where it fits.

Each way runs in its own process, so that its peak memory is measured separately; ours reads its vectors
from the store. Give sizes as arguments: of the whole matrix, and of the large set.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from scratch import scratch_store
from sqlalchemy import Engine, text

from coinstore.db import call
from coinstore.db.copy import copy_vectors
from coinstore.spaces.fill import settle

DIMS, CLASSES, COLLECTIONS, K = 512, 100, 10, 10
FITS, LARGE, QUERIES = 20_000, 100_000, 5_000

OURS = """
import json, resource, sys, time
from coinstore.db import engine
from coinstore.evaluate.measure import Evaluated, EvaluationRequest, evaluate_spaces
with engine.opened(sys.argv[1]) as store:
    started = time.perf_counter()
    *_, done = evaluate_spaces(store, EvaluationRequest(["bench"], ["portrait"], k=10, queries=int(sys.argv[2])))
    took = time.perf_counter() - started
print(json.dumps([took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, done.run]))
"""

WHOLE = """
import json, resource, sys, time
import numpy as np
data = np.load(sys.argv[1])
vectors, labels, collections = data["vectors"], data["labels"], data["collections"]
started = time.perf_counter()
found = []
similar = vectors @ vectors.T
np.fill_diagonal(similar, -9)
for setting in range(2):
    if setting:
        similar[collections[:, None] == collections] = -9
    right = labels[np.argsort(-similar, axis=1)] == labels[:, None]
    if setting:
        right &= np.take_along_axis(collections[None, :] != collections[:, None], np.argsort(-similar, axis=1), axis=1)
    right[:, -1] = False
    hits = np.cumsum(right, axis=1, dtype=np.int32)
    total = hits[:, -1]
    precision = np.where(right, hits / np.arange(1, len(vectors) + 1, dtype=np.float32), 0).sum(axis=1) / total
    found.append([right[:, 0].mean(), right[:, :10].mean(), precision.mean(),
                  (hits[np.arange(len(vectors)), total - 1] / total).mean()])
print(json.dumps([time.perf_counter() - started, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, found]))
"""


def make(n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Unit vectors `(n, 512)` in half precision, their classes, and their collections, which have a style."""
    rng = np.random.default_rng(0)
    labels, collections = rng.integers(0, CLASSES, n), rng.integers(0, COLLECTIONS, n)
    latent = rng.normal(size=(CLASSES, 24))[labels] + rng.normal(size=(COLLECTIONS, 24))[collections]
    latent += 1.5 * rng.normal(size=(n, 24))
    vectors = (latent @ rng.normal(size=(24, DIMS))).astype(np.float32) + rng.normal(size=(n, DIMS)).astype(
        np.float32
    )
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors.astype(np.float16).astype(np.float32), labels, collections


def fill(store: Engine, vectors: np.ndarray, labels: np.ndarray, collections: np.ndarray) -> None:
    with store.begin() as c:
        c.execute(
            text("insert into core.collection (name) select 'Museum ' || n from generate_series(1, 10) n")
        )
        c.execute(
            text(
                "insert into core.coin (collection_id, inventory_number, portrait)"
                " select c + 1, n::text, l::text from unnest(cast(:l as int[]), cast(:c as int[]))"
                " with ordinality u (l, c, n) order by u.n"
            ),
            {"l": labels.tolist(), "c": collections.tolist()},
        )
        c.execute(
            text("insert into core.side (coin_id, face) select coin_id, 'obverse' from core.coin order by 1")
        )
        call.value(c, "job.add_space", name="bench", recipe="{}", dims=DIMS)
        copy_vectors(c, "bench", "half", range(1, len(vectors) + 1), vectors)
        call.value(c, "job.sample_spread", space="bench")
    with store.connect().execution_options(isolation_level="AUTOCOMMIT") as c:
        c.execute(text("vacuum analyze"))
    settle(store, "bench")


def run(program: str, *arguments: str) -> tuple[float, float, object]:
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], stdout=subprocess.PIPE, text=True, check=True
    )
    took, peak_mb, found = json.loads(done.stdout)
    return took, peak_mb, found


def ours(n: int, queries: int) -> tuple[float, float, dict]:
    with scratch_store() as store:
        fill(store, *make(n))
        took, peak_mb, number = run(
            OURS, store.url.set(drivername="postgresql").render_as_string(False), str(queries)
        )
        rows = call.read(store, "part.evaluation_figures", run=number)
    return took, peak_mb, {(r["setting"], r["figure"]): r["value"] for r in rows}


def main() -> None:
    fits, large = [int(size) for size in sys.argv[1:]] or (FITS, LARGE)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "set.npz"
        vectors, labels, collections = make(fits)
        np.savez(path, vectors=vectors, labels=labels, collections=collections)
        whole_s, whole_mb, whole = run(WHOLE, str(path))
    took, peak_mb, found = ours(fits, fits)
    print(
        f"{fits:,} sides, every one a query: coinstore {took:.1f} s, {peak_mb:,.0f} MB; whole matrix {whole_s:.1f} s,"
        f" {whole_mb:,.0f} MB; time {took / whole_s:.2f}, memory {peak_mb / whole_mb:.2f} of it"
    )
    for setting, values in zip(("all", "other collections"), whole, strict=True):
        mine = [found[setting, name] for name in ("nn_agreement", "precision_at_k", "map", "r_precision")]
        print(
            f"  {setting}: largest difference of a figure {max(abs(a - b) for a, b in zip(mine, values, strict=True)):.1e}"
        )
    took, peak_mb, found = ours(large, QUERIES)
    again = (large / fits) ** 2
    print(
        f"{large:,} sides, {QUERIES:,} queries: coinstore {took:.1f} s, {peak_mb:,.0f} MB (bound 2,000);"
        f" recall of the search {min(v for (_, f), v in found.items() if f == 'search_recall'):.3f} or better;"
        f" the whole matrix would take {whole_s * again / 60:.0f} min and {whole_mb * again / 1000:,.0f} GB"
    )


if __name__ == "__main__":
    main()

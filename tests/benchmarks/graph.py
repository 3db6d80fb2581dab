"""The k = 10 graph of 20,000 and 100,000 sides of 512 dimensions: SQL, NumPy, scikit-learn and faiss.

Give other sizes as arguments. Each peer runs in its own process; the database's memory is the sum of the
proportional shares of its processes.
"""

import json
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import networkx as nx
import numpy as np
from scratch import scratch_store, timed
from sqlalchemy import Engine, text

from coinstore.db import call
from coinstore.db.copy import copy_vectors
from coinstore.graph.analyse import analyse_graph, read_network
from coinstore.graph.build import GraphBuilt, build_graph
from coinstore.graph.catalogue import GraphRequest, drop_graph

DIMS, K, SAMPLE = 512, 10, 200
FITS = 30_000  # the whole matrix of this many sides fits the memory of a small machine

PEER = """
import json, resource, sys, time
import numpy as np
method, path, out, k = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
vectors = np.load(path)
n = len(vectors)
if method == "scikit-learn":
    from sklearn.metrics.pairwise import cosine_similarity
elif method.startswith("faiss"):
    import faiss
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
started = time.perf_counter()
if method == "scikit-learn":
    near = np.argsort(-cosine_similarity(vectors), axis=1)[:, : k + 1]
elif method == "NumPy blocks":
    near = np.empty((n, k + 1), np.int64)
    for start in range(0, n, 1000):
        product = vectors[start : start + 1000] @ vectors.T
        some = np.argpartition(-product, k, axis=1)[:, : k + 1]
        order = np.argsort(-np.take_along_axis(product, some, axis=1), axis=1)
        near[start : start + 1000] = np.take_along_axis(some, order, axis=1)
else:
    index = faiss.IndexFlatIP(vectors.shape[1]) if method == "faiss exact" else faiss.IndexHNSWFlat(
        vectors.shape[1], 16, faiss.METRIC_INNER_PRODUCT)
    if method == "faiss HNSW":
        index.hnsw.efConstruction, index.hnsw.efSearch = 64, 64
    index.add(vectors)
    near = index.search(vectors, k + 1)[1]
took = time.perf_counter() - started
own = [[j for j in row if j != i][:k] for i, row in enumerate(near.tolist())]
np.save(out, np.array(own))
print(json.dumps([took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""


def make_vectors(n: int, seed: int = 0) -> np.ndarray:
    """Unit vectors `(n, 512)` in half precision, in 500 clusters of low intrinsic dimension."""
    rng = np.random.default_rng(seed)
    latent = rng.normal(size=(500, 24))[rng.integers(0, 500, n)] + 0.6 * rng.normal(size=(n, 24))
    vectors = latent @ rng.normal(size=(24, DIMS)) + 0.1 * rng.normal(size=(n, DIMS))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float16).astype(np.float32)


def fill(store: Engine, vectors: np.ndarray) -> None:
    with store.begin() as c:
        c.execute(text("insert into core.collection (name) values ('Museum')"))
        c.execute(
            text(
                "insert into core.coin (collection_id, inventory_number) select 1, n::text from generate_series(1, :n) n"
            ),
            {"n": len(vectors)},
        )
        c.execute(
            text("insert into core.side (coin_id, face) select coin_id, 'obverse' from core.coin order by 1")
        )
        call.value(c, "job.add_space", name="bench", recipe="{}", dims=DIMS)
        copy_vectors(c, "bench", "half", range(1, len(vectors) + 1), vectors)
        call.value(c, "job.sample_spread", space="bench")
    with store.connect().execution_options(isolation_level="AUTOCOMMIT") as c:
        c.execute(text("vacuum analyze"))


class Memory:
    """The peak memory, in MB, of all processes of the database together."""

    def __init__(self, store: Engine) -> None:
        with store.connect() as c:
            self._data = c.execute(text("show data_directory")).scalar_one()
        self.peak_mb = 0.0

    def _now(self) -> float:
        head = int(Path(self._data, "postmaster.pid").read_text().split()[0])
        total = 0
        for path in Path("/proc").glob("[0-9]*"):
            try:
                parent = int((path / "stat").read_text().rsplit(")", 1)[1].split()[1])
                if parent == head:
                    line = next(
                        x for x in (path / "smaps_rollup").read_text().splitlines() if x.startswith("Pss:")
                    )
                    total += int(line.split()[1])
            except (OSError, StopIteration):
                continue
        return total / 1024

    @contextmanager
    def watched(self):
        stop = threading.Event()

        def watch() -> None:
            while not stop.wait(0.3):
                self.peak_mb = max(self.peak_mb, self._now())

        thread = threading.Thread(target=watch)
        thread.start()
        yield
        stop.set()
        thread.join()


def peer(method: str, path: Path) -> tuple[np.ndarray, float]:
    """The neighbours `(n, 10)` that a peer finds, and its seconds; prints both."""
    out = path.with_name("near.npy")
    done = subprocess.run(
        [sys.executable, "-c", PEER, method, path, out, str(K)], check=True, capture_output=True, text=True
    )
    seconds, peak_mb = json.loads(done.stdout)
    print(f"  {method:34} {seconds:8.1f} s   peak {peak_mb:7,.0f} MB", end="", flush=True)
    return np.load(out), seconds


@dataclass(frozen=True)
class Truth:
    """The vectors, and the similarity of each to the last of its true neighbours, with a tolerance of 1e-6."""

    vectors: np.ndarray
    last: np.ndarray

    @classmethod
    def of(cls, vectors: np.ndarray, near: np.ndarray) -> "Truth":
        return cls(vectors, similarities(vectors, near).min(axis=1))

    def recall(self, found: np.ndarray) -> float:
        return float((similarities(self.vectors, found) >= self.last[:, None] - 1e-6).mean())


def similarities(vectors: np.ndarray, near: np.ndarray) -> np.ndarray:
    return np.stack(
        [np.einsum("ij,ij->i", vectors, vectors[column], dtype=np.float64) for column in near.T], axis=1
    )


def edges(store: Engine, n: int) -> np.ndarray:
    with store.connect() as c:
        row = call.rows(c, "job.edge_list", graph="g")[0]
    return (np.array(row["neighbours"]) - 1).reshape(n, K)


def ours(store: Engine, exact: bool, workers: int, truth: Truth) -> tuple[float, float]:
    """Seconds for building the graph, and the part that finding neighbours took; prints the result."""
    memory, ends = Memory(store), []
    with memory.watched():
        started = time.perf_counter()
        for step in build_graph(store, "g", GraphRequest("bench", exact=exact), workers=workers):
            ends.append(time.perf_counter())
            built = step
        seconds = time.perf_counter() - started
    assert isinstance(built, GraphBuilt)
    # From the start of the first slice, which is not reported, to the last: all slices take equally long.
    finding = (ends[-2] - ends[1]) * (len(ends) - 2) / max(len(ends) - 2 - workers, 1)
    how = f"coinstore {'exact' if exact else 'by index'}, {workers} session{'s' if workers > 1 else ''}"
    print(
        f"  {how:34} {seconds:8.1f} s   peak {memory.peak_mb:7,.0f} MB   recall {truth.recall(edges(store, len(truth.last))):.4f}"
        f"   (finding {finding:.1f} s)",
        flush=True,
    )
    return seconds, finding


def extrapolated(store: Engine, n: int) -> None:
    with store.begin() as c:
        call.value(c, "job.gather_coins", graph="g", space="bench", face="obverse", predicate="true")
        asked = {"graph": "g", "face": "obverse", "k": K, "across": False, "depth": 0}
        seconds = (
            timed(lambda: call.value(c, "job.build_edges", **asked, from_coin=1, to_coin=SAMPLE)) * n / SAMPLE
        )
        call.value(c, "job.drop_work", graph="g")
    print(f"  {'coinstore exact, 1 session':34} {seconds:8.0f} s   extrapolated from {SAMPLE} sides")


def networkx_seconds(store: Engine) -> dict[str, float]:
    """What networkx takes for the algorithms that it finishes within minutes; building its graph is not counted."""
    with store.connect() as c:
        network = read_network(c, "g")[0]
    graph = nx.DiGraph(network.edges.tolist())
    either = graph.to_undirected()
    return {
        "components": timed(lambda: list(nx.connected_components(either))),
        "pagerank": timed(lambda: nx.pagerank(graph)),
        "bridges": timed(lambda: list(nx.bridges(either))),
    }


def main(sizes: list[int]) -> None:
    for n in sizes:
        with scratch_store() as store, tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "vectors.npy"
            np.save(path, make_vectors(n))
            fill(store, np.load(path))
            print(f"\nk = {K}, {n:,} sides of {DIMS} dimensions")
            near, numpy_s = peer("NumPy blocks", path)
            print("   recall 1 (the measure of the others)")
            truth = Truth.of(np.load(path), near)
            for method in (["scikit-learn"] if n <= FITS else []) + ["faiss exact", "faiss HNSW"]:
                print(f"   recall {truth.recall(peer(method, path)[0]):.4f}", flush=True)
            if n <= FITS:
                ours(store, True, 2, truth)
            else:
                extrapolated(store, n)
            one, finding_one = ours(store, False, 1, truth)
            two, finding_two = ours(store, False, 2, truth)
            print(
                f"  by index, its building included, of NumPy's time: {one / numpy_s:.2f} and {two / numpy_s:.2f} (bound 0.6)"
            )
            print(
                f"  two sessions find neighbours {finding_one / finding_two:.2f} times as fast as one (bound 1.6)"
            )
            print(f"  algorithms on {n * K:,} edges:", flush=True)
            theirs = networkx_seconds(store)
            for ran in analyse_graph(store, "g"):
                name = ran.algorithm
                ratio = f"{ran.seconds / theirs[name]:.2f} of networkx" if name in theirs else ""
                print(f"    {ran.algorithm:14} {ran.seconds:6.1f} s   {ratio:18} {ran.result}", flush=True)
            drop_graph(store, "g")


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [20_000, 100_000])

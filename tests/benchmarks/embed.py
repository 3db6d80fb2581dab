"""`embed hog` with two workers, compared with plain scikit-image calls on arrays in two processes."""

import multiprocessing
import time

from scratch import real_data, scratch_store

from coinstore.images.picture import decode
from coinstore.ingest import ingest
from coinstore.models.hog import HOG, HogEmbedder, descriptor
from coinstore.records.reader import Reading
from coinstore.spaces.catalogue import ensure_space
from coinstore.spaces.claims import Plan
from coinstore.spaces.workers import run_workers


def bare(files: list, barrier, results) -> None:
    """Seconds for the descriptors only; pictures are decoded before the clock starts."""
    model = HogEmbedder(HOG)
    ready = [model.prepare(decode(file.read_bytes(), side_px=HOG.side_px)) for file in files]
    barrier.wait()
    started = time.perf_counter()
    for pixels in ready:
        descriptor(pixels, HOG)
    results.put(time.perf_counter() - started)


def bare_rate(files: list) -> float:
    context = multiprocessing.get_context("spawn")
    barrier, results = context.Barrier(2), context.Queue()
    halves = [files[::2], files[1::2]]
    processes = [context.Process(target=bare, args=(half, barrier, results)) for half in halves]
    for process in processes:
        process.start()
    slowest = max(results.get() for _ in processes)
    for process in processes:
        process.join()
    return len(files) / slowest


def our_rate(store, space: str) -> float:
    """Sides per second between the first committed batch and the last: all processes run by then."""
    done, first, last = 0, None, 0.0
    for batch in run_workers(store, space, Plan(workers=2)):
        last = time.perf_counter()
        if first is None:
            first = last
            continue
        done += batch.done
    return done / (last - first)


def main() -> None:
    data = real_data()
    if data is None:
        print("the real coins are not next to the project: nothing to measure")
        return
    files = sorted((data / "roman/images").glob("*.jpg"))
    with scratch_store() as store:
        list(ingest(store, [Reading(str(data / "roman/records.csv"), images=str(data / "roman/images"))]))
        ensure_space(store, "hog")
        ours, raw = our_rate(store, "hog"), bare_rate(files)
        print(
            f"embed hog, two workers: {ours:.0f} sides/s; bare scikit-image: {raw:.0f}/s; ratio {ours / raw:.2f} (bound 0.85)"
        )


if __name__ == "__main__":
    main()

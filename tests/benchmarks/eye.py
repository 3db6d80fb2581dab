"""The space `eye` on the Roman coins: does the nearest coin of another museum show the same portrait, and sides/s.

python tests/benchmarks/eye.py [FOLDER]     another FOLDER of coins has records.csv and images

One process has one core here, for reading, outline, crop and network; two workers have two.
"""

import multiprocessing
import resource
import sys
import time

import numpy as np
import psutil
from roman import LEAST, cell, embed
from scratch import bounded, end, on_real_coins
from sqlalchemy import Engine

from coinstore.db import call
from coinstore.evaluate.measure import EvaluationRequest, evaluate_spaces
from coinstore.models.registry import embedder, preset
from coinstore.spaces import catalogue
from coinstore.spaces.claims import Plan
from coinstore.spaces.derive import Derivation, derive_space
from coinstore.spaces.workers import run_workers

SPACE, DEBIASED = "eye", "eye_debiased"
SHARE = 1200  # sides for each measurement of speed


def cpu_s() -> float:
    """CPU seconds of this process and of its children that have ended."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


def rate(store: Engine, name: str, workers: int) -> tuple[float, float]:
    """Sides per second from the end of the first batch to the end of the last, and sides per CPU second."""
    catalogue.add_space(store, name, preset(SPACE))
    ends, done, before_s = [], [], cpu_s()
    for batch in run_workers(store, name, Plan(workers=workers, limit=SHARE, batch_size=32, device="cpu")):
        ends.append(time.perf_counter())
        done.append(batch.done)
    catalogue.drop_space(store, name)
    return sum(done[workers:]) / (ends[-1] - ends[workers - 1]), sum(done) / (cpu_s() - before_s)


def bare(pictures: int, barrier, results) -> None:
    """Puts how many pictures per second the network only takes, when all processes have loaded it."""
    model = embedder(preset(SPACE), "cpu")
    noise = np.random.default_rng(0).integers(0, 255, (224, 224), np.uint8)
    model.embed([noise] * 8)
    barrier.wait()
    started = time.perf_counter()
    model.embed([noise] * pictures)
    results.put(pictures / (time.perf_counter() - started))


def bare_rate(processes: int) -> float:
    """Pictures per second of the network only in this many processes at once, on the cores of this process."""
    context = multiprocessing.get_context("spawn")
    barrier, results = context.Barrier(processes), context.Queue()
    children = [context.Process(target=bare, args=(SHARE // 2, barrier, results)) for _ in range(processes)]
    for child in children:
        child.start()
    total = sum(results.get() for _ in children)
    for child in children:
        child.join()
    return total


def print_rates(store: Engine) -> None:
    """Both in turn on the same cores: one process that has one core, and two workers with both."""
    own, cores = psutil.Process(), psutil.Process().cpu_affinity()
    for turn in range(3):
        own.cpu_affinity(cores[:1])
        one, one_cpu = rate(store, f"one_{turn}", 1)
        bare_one = bare_rate(1)
        own.cpu_affinity(cores[:2])
        two, two_cpu = rate(store, f"two_{turn}", 2)
        bare_two = bare_rate(2)
        print(
            f"embed {SPACE}: one core {one:.1f}/s (bound 25; {one_cpu:.1f} per CPU second), two workers {two:.1f}/s"
            f" ({two_cpu:.1f} per CPU second), ratio {two / one / 2:.2f} (bound 0.9);"
            f" only the network, one and two processes: {bare_one:.1f}/s, {bare_two:.1f}/s, ratio {bare_two / bare_one / 2:.2f}",
            flush=True,
        )
    own.cpu_affinity(cores)


def print_figures(store: Engine) -> None:
    spaces = [SPACE, DEBIASED]
    *_, done = evaluate_spaces(store, EvaluationRequest(spaces, ["portrait"], ["obverse"]))
    for row in call.read(store, "part.evaluation_figures", run=done.run):
        if row["setting"] == "other collections" and row["figure"] == "nn_agreement":
            what = f"portrait across museums, {row['space']}"
            said = f"{what}: {cell(row)}, chance {row['chance']:.3f}"
            if row["space"] == DEBIASED:
                said += f", {bounded(what, row['value'], LEAST['portrait', DEBIASED, 'obverse', False])}"
            print(said)


def main(folder: str | None = None) -> None:
    on_real_coins(print_all, folder)
    end()


def print_all(store: Engine) -> None:
    catalogue.ensure_space(store, SPACE)
    before_s = cpu_s()
    done = sum(batch.done for batch in run_workers(store, SPACE, Plan()))
    print(f"{done} sides, {done / (cpu_s() - before_s):.1f} per CPU second", flush=True)
    embed(store, SPACE)
    derive_space(store, DEBIASED, Derivation(SPACE, centre="collection", whiten=256))
    embed(store, DEBIASED)
    print_figures(store)
    print_rates(store)


if __name__ == "__main__":
    main(*sys.argv[1:2])

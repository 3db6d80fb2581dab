"""A die study at 100,000 coins: the groups next to connected components, and the seconds of its commands.

`dies.py [COINS] [MATCHES]` (100,000 and 1,000,000) makes coins of which seven are of one die, some of them worn, and
matches without comparing photographs: of pairs of one die, and of others of which some are wrong links. Each method
of grouping runs in a process of its own, on the obverses; its memory is the highest that it had more than after its
imports. The commands are measured with the reverses, too, and first in a store of a tenth of the coins.
"""

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from die_commands import table
from die_store import LOWEST, Ints, fill_coins, fill_matches, fill_study, given
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scratch import bounded, end, scratch_store
from sklearn.metrics import adjusted_rand_score
from sqlalchemy import Engine

from coinstore.db import call, engine
from coinstore.dies.group import group

COINS, MATCHES = 100_000, 1_000_000
SMALLER = 10


def by_components(store: Engine) -> None:
    """What the links of the store connect, as SciPy does it."""
    with store.connect() as c:
        sides = call.rows(c, "job.sides_to_group", face="obverse", predicate="true")
        links = call.rows(c, "job.links_of_face", face="obverse", lowest=LOWEST)
        place = {row["side_id"]: n for n, row in enumerate(sides)}
        ends = np.array([(place[row["side_id"]], place[row["other_id"]]) for row in links])
        graph = coo_array((np.ones(len(ends), bool), (ends[:, 0], ends[:, 1])), (len(place), len(place)))
        labels = connected_components(graph, directed=False)[1]
        ordered = sorted(zip(labels.tolist(), place, strict=True))
        stored = {"sides": [side for _, side in ordered], "dies": [f"C{label}" for label, _ in ordered]}
        call.rows(c, "job.store_groups", study="components", face="obverse", **stored)
        c.commit()


def peak_mib() -> float:
    """The most memory that this process had; getrusage would count that of its parent, too."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def child(method: str, url: str) -> None:
    store = engine.connect(url)
    with store.connect():
        before = peak_mib()
        started = time.perf_counter()
        group(store, "groups") if method == "groups" else by_components(store)
        seconds = time.perf_counter() - started
    print(json.dumps([seconds, peak_mib() - before]))


def agreement(store: Engine, study: str, die: Ints) -> tuple[float, int]:
    """The adjusted Rand index of a study with the truth, and the number of its dies."""
    with store.connect() as c:
        rows = call.rows(c, "job.dies_of_study", study=study, face="obverse")
    rows = [row for row in rows if row["side_id"] is not None]
    found = np.unique([row["die"] for row in rows], return_inverse=True)[1]
    return adjusted_rand_score(die[[row["side_id"] - 1 for row in rows]], found), len(set(found.tolist()))


def compare_methods(store: Engine, die: Ints) -> None:
    """Prints the seconds, the memory and the agreement with the truth of each method."""
    print("| method | s | MiB | dies | ARI |\n|---|---|---|---|---|")
    found = {}
    url = store.url.render_as_string(hide_password=False)
    for method in ("components", "groups", "groups again"):
        said = subprocess.run(
            [sys.executable, __file__, method.split()[0], url], check=True, capture_output=True, text=True
        )
        seconds, mib = json.loads(said.stdout)
        found[method], count = agreement(store, method.split()[0], die)
        print(f"| {method} | {seconds:.1f} | {mib:.0f} | {count:,} | {found[method]:.3f} |", flush=True)
    print(f"\nARI of groups: {bounded('ARI of groups', found['groups'], 0.85)}; higher than by components\n")
    bounded("ARI over components", found["groups"] - found["components"], 0.1)


def of_commands(coins: int, matches: int) -> dict[str, float]:
    """The seconds of each command in a store of this size, after a comparison of the methods in a large one."""
    faces = list(given(coins, matches))
    print(f"{coins:,} coins, {sum(len(one.ends) for one in faces):,} matches by both faces", flush=True)
    with scratch_store() as store:
        fill_coins(store, coins, faces[0])
        fill_matches(store, 0, faces[0])
        if coins >= COINS:
            print(f"{len(faces[0].ends):,} by the obverse, {faces[0].links:,} of them links\n")
            compare_methods(store, faces[0].die)
        fill_matches(store, 1, faces[1])
        fill_study(store, faces)
        return table(store)


def main(coins: int, matches: int) -> None:
    few = of_commands(coins // SMALLER, matches // SMALLER)
    many = of_commands(coins, matches)
    print(f"| seconds of | {coins // SMALLER:,} coins | {coins:,} coins |\n|---|---|---|")
    for name, seconds in many.items():
        print(f"| {name} | {few[name]:.2f} | {seconds:.2f} |")
    end()


if __name__ == "__main__":
    if len(sys.argv) > 1 and not sys.argv[1].isdigit():
        child(*sys.argv[1:])
    else:
        main(*[*map(int, sys.argv[1:]), COINS, MATCHES][:1], *[*map(int, sys.argv[2:]), MATCHES][:1])

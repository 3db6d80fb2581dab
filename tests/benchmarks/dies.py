"""Die groups next to connected components: time, memory and agreement with the truth, on given probabilities.

`dies.py [COINS] [MATCHES]` (100,000 and 1,000,000) makes coins of which seven are of one die, some of them worn, and
matches without comparing photographs: of pairs of one die, and of others of which some are wrong links. Each method
runs in a process of its own; its memory is the highest that it had more than after its imports.
"""

import io
import json
import resource
import subprocess
import sys
import time

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scratch import bounded, end, scratch_store
from sklearn.metrics import adjusted_rand_score
from sqlalchemy import Engine, text

from coinstore.db import call, engine
from coinstore.dies.calibrations import take_shipped
from coinstore.dies.group import group
from coinstore.matching.parameters import VERSION

COINS, MATCHES, OF_A_DIE, ALIKE = 100_000, 1_000_000, 7, 3
OWN = 0.35  # of the pairs that are compared are of one die
RECALL, PRECISION, LOWEST = 0.85, 0.98, 0.9
FILL = """
    set local session_replication_role = replica;
    insert into core.collection (name) values ('Museum');
    insert into core.coin (collection_id, inventory_number) select 1, n::text from generate_series(1, {coins}) n;
    insert into core.image (sha256, size_bytes, width_px, height_px, format, thumbnail)
    select sha256(n::text::bytea), 1, 400, 400, 'JPEG', '' from generate_series(1, {coins}) n;
    insert into core.side (coin_id, face, image_location, image_examined, sha256)
    select coin_id, 'obverse', '/' || coin_id, true, sha256(coin_id::text::bytea) from core.coin order by coin_id;
"""
MATCH = """
    insert into core.match (side_id, other_id, recipe_id, digest, other_digest, agreeing, inliers, possible,
                            coverage, probability, opencv_version)
    select p.side_id, p.other_id, :recipe, a.digest, b.digest, 9, 9, 9, 0.5, p.probability, '4'
    from given p join part.matched_sides a using (side_id) join part.matched_sides b on b.side_id = p.other_id
"""


def pairs(coins: int, matches: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The die of each coin, pairs of shape (n, 2), and the probability of each."""
    rng = np.random.default_rng(0)
    die = rng.permutation(coins) // OF_A_DIE
    quality = rng.normal(size=coins)
    order = np.argsort(die)
    first = rng.integers(0, coins, matches)
    mates = order[np.minimum(die[first] * OF_A_DIE + rng.integers(0, OF_A_DIE, matches), coins - 1)]
    # Others are of the dies that look like it: a graph proposes the same few dies again and again.
    alike = (die[first] + rng.integers(1, ALIKE + 1, matches)) % (coins // OF_A_DIE)
    others = order[np.minimum(alike * OF_A_DIE + rng.integers(0, OF_A_DIE, matches), coins - 1)]
    other = np.where(rng.random(matches) < OWN, mates, others)
    ends = np.unique(np.sort(np.stack([first, other], 1), axis=1), axis=0)
    ends = ends[ends[:, 0] < ends[:, 1]]
    same = die[ends[:, 0]] == die[ends[:, 1]]
    # A pair is found where both coins are good enough.
    score = quality[ends].min(axis=1) + rng.normal(size=len(ends))
    found = same & (score > np.quantile(score[same], 1 - RECALL))
    wrong = ~same & (rng.random(len(ends)) < found.sum() * (1 / PRECISION - 1) / (~same).sum())
    low = rng.beta(0.4, 6, len(ends)) * 0.89
    return die, ends, np.where(found | wrong, rng.uniform(LOWEST, 1, len(ends)), low)


def fill(store: Engine, coins: int, ends: np.ndarray, probability: np.ndarray) -> None:
    with store.begin() as c:
        c.execute(text(FILL.format(coins=coins)))
    take_shipped(store)
    with store.begin() as c:
        recipe = call.value(c, "job.match_recipe", parameters=json.dumps({"version": VERSION}))
        c.execute(text("create temporary table given (side_id int, other_id int, probability real)"))
        rows = io.StringIO()
        np.savetxt(rows, np.column_stack([ends + 1, probability]), "%d\t%d\t%.4f")
        raw = c.connection.driver_connection
        with raw.cursor() as cursor, cursor.copy("copy given from stdin") as copy:
            copy.write(rows.getvalue())
        c.execute(text("set local session_replication_role = replica"))
        c.execute(text(MATCH), {"recipe": recipe})
        c.execute(text("analyze"))


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


def child(method: str, url: str) -> None:
    store = engine.connect(url)
    with store.connect():
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        started = time.perf_counter()
        group(store, "groups") if method == "groups" else by_components(store)
        seconds = time.perf_counter() - started
    print(json.dumps([seconds, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024]))


def agreement(store: Engine, study: str, die: np.ndarray) -> tuple[float, int]:
    """The adjusted Rand index of a study with the truth, and the number of its dies."""
    with store.connect() as c:
        rows = call.rows(c, "job.dies_of_study", study=study, face="obverse")
    rows = [row for row in rows if row["side_id"] is not None]
    found = np.unique([row["die"] for row in rows], return_inverse=True)[1]
    return adjusted_rand_score(die[[row["side_id"] - 1 for row in rows]], found), len(set(found.tolist()))


def main(coins: int, matches: int) -> None:
    die, ends, probability = pairs(coins, matches)
    links = probability >= LOWEST
    print(f"{coins:,} coins, {len(set(die.tolist())):,} dies, {len(ends):,} matches, {links.sum():,} links\n")
    print("| method | s | MiB | dies | ARI |\n|---|---|---|---|---|")
    found = {}
    with scratch_store() as store:
        fill(store, coins, ends, probability)
        url = store.url.render_as_string(hide_password=False)
        for method in ("components", "groups", "groups again"):
            said = subprocess.run(
                [sys.executable, __file__, method.split()[0], url], check=True, capture_output=True, text=True
            )
            seconds, mib = json.loads(said.stdout)
            found[method], count = agreement(store, method.split()[0], die)
            print(f"| {method} | {seconds:.1f} | {mib:.0f} | {count:,} | {found[method]:.3f} |", flush=True)
    print(f"\nARI of groups: {bounded('ARI of groups', found['groups'], 0.85)}; higher than by components")
    bounded("ARI over components", found["groups"] - found["components"], 0.1)
    end()


if __name__ == "__main__":
    if len(sys.argv) > 1 and not sys.argv[1].isdigit():
        child(*sys.argv[1:])
    else:
        main(*[*map(int, sys.argv[1:]), COINS, MATCHES][:1], *[*map(int, sys.argv[2:]), MATCHES][:1])

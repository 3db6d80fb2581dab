"""Look-alikes by both faces, through the index of each face and by comparing all.

The store has 50,000 coins with 100,000 sides of 512 dimensions.
"""

from statistics import mean, median

import numpy as np
from scratch import scratch_store, timed
from search import N, World, make_world
from sqlalchemy import Connection, Engine, text

from coinstore.db import call
from coinstore.db.copy import copy_vectors
from coinstore.spaces.fill import settle

COINS, K, QUERIES = N // 2, 10, 20


def fill(store: Engine, world: World) -> None:
    """Coins whose faces belong together: a cluster of obverses nearly always has one cluster of reverses."""
    halves = [np.argsort(world.cluster[start : start + COINS], kind="stable") + start for start in (0, COINS)]
    with store.begin() as c:
        c.execute(text("insert into core.collection (name) values ('c')"))
        c.execute(
            text("""insert into core.coin (collection_id, inventory_number, weight_g)
                    select 1, n::text, greatest(w, 1e-9) from unnest(cast(:w as float8[])) with ordinality u (w, n)"""),
            {"w": world.weight[:COINS].tolist()},
        )
        for face in ("obverse", "reverse"):
            c.execute(
                text("insert into core.side (coin_id, face) select coin_id, :face from core.coin"),
                {"face": face},
            )
        call.value(c, "job.add_space", name="bench", recipe="{}", dims=world.vectors.shape[1])
        copy_vectors(c, "bench", "half", range(1, N + 1), world.vectors[np.concatenate(halves)])
    with store.begin() as c:
        c.execute(text("analyze"))
    settle(store, "bench")


def compare(c: Connection, weight: float, predicate: str) -> None:
    ours = text("select coin_id from api.search('bench', :coin, 'both', 10, :predicate, :weight)")
    exact = text(f"""select coin_id from api.similar_coins_bench(:coin, :weight)
                     where {predicate} order by distance, coin_id limit 10""")
    times, recalls = [], []
    for coin in np.random.default_rng(1).integers(1, COINS, QUERIES).tolist():
        asked, found = {"coin": coin, "weight": weight}, []
        pair = [
            timed(lambda q=query, a=given, f=found: f.append({row[0] for row in c.execute(q, a)}))
            for query, given in ((ours, asked | {"predicate": predicate}), (exact, asked))
        ]
        times.append(pair)
        recalls.append(len(found[0] & found[1]) / K)
    mine, all_ = (1000 * median(pair[n] for pair in times) for n in (0, 1))
    print(
        f"  obverse {weight}, {predicate:16} api.search {mine:6.1f} ms, comparing all {all_:6.1f} ms,"
        f" ratio {mine / all_:.2f}, recall@10 {mean(recalls):.3f}",
        flush=True,
    )


def main() -> None:
    with scratch_store() as store:
        fill(store, make_world())
        print(f"both faces of {COINS:,} coins:")
        with store.connect() as c:
            for weight in (0.5, 0.8):
                for predicate in ("true", "weight_g < 30", "weight_g < 1"):
                    compare(c, weight, predicate)


if __name__ == "__main__":
    main()

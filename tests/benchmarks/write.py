"""Writing vectors, compared with a plain psycopg binary COPY of the same rows into the same table."""

import numpy as np
import psycopg
from pgvector import HalfVector
from pgvector.psycopg import register_vector
from scratch import scratch_store, timed
from sqlalchemy import Engine, text

from coinstore.db import call
from coinstore.db.copy import copy_vectors

N, DIMS, BATCH = 20_000, 1764, 64


def fill_sides(store: Engine) -> None:
    with store.begin() as c:
        c.execute(text("insert into core.collection (name) values ('c')"))
        c.execute(
            text(
                "insert into core.coin (collection_id, inventory_number) select 1, n from generate_series(1, :n) n"
            ),
            {"n": N},
        )
        c.execute(
            text("insert into core.side (coin_id, face) select coin_id, 'obverse' from core.coin order by 1")
        )
        call.value(c, "job.add_space", name="bench", recipe="{}", dims=DIMS)


def ours(store: Engine, vectors: np.ndarray) -> None:
    """Writes as the job does: one transaction per batch."""
    with store.connect() as c:
        for start in range(0, N, BATCH):
            part = vectors[start : start + BATCH]
            copy_vectors(c, "bench", "half", range(start + 1, start + 1 + len(part)), part)
            c.commit()


def bare(url: str, vectors: np.ndarray) -> None:
    with psycopg.connect(url) as connection:
        register_vector(connection)
        with connection.cursor().copy(
            "copy core.embedding_bench (side_id, coin_id, face, embedding) from stdin with (format binary)"
        ) as copy:
            copy.set_types(["int4", "int4", "text", "halfvec"])
            for n, vector in enumerate(vectors, 1):
                copy.write_row((n, n, "obverse", HalfVector(vector)))


def main() -> None:
    vectors = np.random.default_rng(0).normal(size=(N, DIMS)).astype(np.float32)
    with scratch_store() as store:
        fill_sides(store)
        url = store.url.set(drivername="postgresql").render_as_string(hide_password=False)
        for _ in range(3):
            times = []
            for work in (lambda: ours(store, vectors), lambda: bare(url, vectors)):
                with store.begin() as c:
                    c.execute(text("truncate core.embedding_bench"))
                times.append(timed(work))
            print(
                f"{N:,} x {DIMS}: {N / times[0]:,.0f} rows/s in batches of {BATCH}, bare COPY {N / times[1]:,.0f},"
                f" ratio {times[1] / times[0]:.2f} (bound 0.7)"
            )


if __name__ == "__main__":
    main()

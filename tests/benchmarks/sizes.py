"""Bytes that a vector takes: in its table, in an HNSW index of vectors and in one of bits; how many fit a memory."""

import numpy as np
from scratch import scratch_store
from sqlalchemy import Engine, text

import coinstore
from coinstore.db import call
from coinstore.db.copy import copy_vectors

N, MEMORY_BYTES = 10_000, 0.75 * 256e9  # three quarters of 256 GB: the rest is for the coins and the system


def fill(store: Engine, dims: int) -> None:
    """N sides, once, and their vectors in a space of these dimensions."""
    with store.begin() as c:
        c.execute(text("insert into core.collection (name) values ('c') on conflict do nothing"))
        c.execute(
            text("""insert into core.coin (collection_id, inventory_number)
                    select (select min(collection_id) from core.collection), g::text from generate_series(1, :n) g
                    on conflict do nothing"""),
            {"n": N},
        )
        c.execute(
            text(
                "insert into core.side (coin_id, face) select coin_id, 'obverse' from core.coin on conflict do nothing"
            )
        )
        call.value(c, "job.add_space", name=f"d{dims}", recipe="{}", dims=dims)
        ids = c.execute(text("select side_id from core.side order by 1")).scalars().all()
        vectors = np.random.default_rng(0).normal(size=(N, dims)).astype(np.float32)
        copy_vectors(c, f"d{dims}", "half", ids, vectors)
    coinstore.Store(store).spaces.index(f"d{dims}")
    with store.begin() as c:
        c.execute(
            text(f"""create index bits_{dims} on core.embedding_d{dims}
                     using hnsw ((binary_quantize(embedding)::bit({dims})) bit_hamming_ops)""")
        )


def sizes(store: Engine, dims: int) -> tuple[float, float, float]:
    """Bytes per vector: table with its keys, index of vectors, index of bits."""
    with store.begin() as c:
        total, vectors, bits = c.execute(
            text(f"""select pg_total_relation_size('core.embedding_d{dims}'),
                            pg_relation_size('core.embedding_d{dims}_hnsw'), pg_relation_size('core.bits_{dims}')""")
        ).one()
    return (total - vectors - bits) / N, vectors / N, bits / N


def main() -> None:
    print(f"bytes of each vector (of {N:,}), and millions in three quarters of 256 GB:")
    print("dims  table  index  bits   all   index only   bits only")
    with scratch_store() as store:
        for dims in (128, 256, 512, 2000, 2048):
            fill(store, dims)
            table, index, bits = sizes(store, dims)
            millions = [MEMORY_BYTES / x / 1e6 for x in (table + index, index, bits)]
            print(
                f"{dims:>4}{table:>7,.0f}{index:>7,.0f}{bits:>6,.0f}{millions[0]:>6,.0f}{millions[1]:>13,.0f}"
                f"{millions[2]:>12,.0f}"
            )


if __name__ == "__main__":
    main()

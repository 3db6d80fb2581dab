"""Engines that search the vectors of the benchmark: ours, the bare table, and libraries of others."""

import tempfile
from collections.abc import Callable
from typing import Any

import faiss
import hnswlib
import numpy as np
import qdrant_edge as edge
from pgvector import HalfVector, Vector
from pgvector.psycopg import register_vector
from sqlalchemy import Connection

K, EF, M, EF_CONSTRUCTION = 10, 100, 16, 128
BLOCK = 1000
WITH_FILTERS = ("coinstore", "Qdrant Edge")

# The keys of the nearest of a query `(d,)`, among all or among those with less than so many grams.
Ask = Callable[[np.ndarray, float | None], list[int]]


def engines(connection: Connection, world: Any) -> dict[str, Ask]:
    """Each engine by its name, filled with the vectors of the world under the keys 1 to n."""
    return {
        **_postgres(connection),
        "Qdrant Edge": _qdrant(world),
        "hnswlib": _hnswlib(world),
        "faiss HNSW": _faiss(world),
        "NumPy exact": lambda query, _: (np.argpartition(-(world.vectors @ query), K)[:K] + 1).tolist(),
    }


def _postgres(connection: Connection) -> dict[str, Ask]:
    raw: Any = connection.connection.driver_connection
    register_vector(raw)

    def search(query: np.ndarray, below_g: float | None) -> list[int]:
        predicate = "true" if below_g is None else f"weight_g < {below_g}"
        found = raw.execute(
            "select * from api.search('bench', %b::vector, 'obverse', %b::int, %b::text)",
            (Vector(query), K, predicate),
            binary=True,
        )
        at = [column.name for column in found.description].index("side_id")
        return [row[at] for row in found.fetchall()]

    def bare(query: np.ndarray, _: float | None) -> list[int]:
        raw.execute(f"set hnsw.ef_search = {EF}", prepare=True)
        found = raw.execute(
            f"select side_id from core.embedding_bench order by embedding <=> %b::halfvec limit {K}",
            (HalfVector(query),),
            binary=True,
        )
        return [row[0] for row in found.fetchall()]

    return {"coinstore": search, "bare table": bare}


def _qdrant(world: Any) -> Ask:
    config = edge.EdgeConfig(
        vectors=edge.EdgeVectorParams(size=world.vectors.shape[1], distance=edge.Distance.Cosine),
        hnsw_config=edge.HnswIndexConfig(M, EF_CONSTRUCTION, 10_000),
        optimizers=edge.EdgeOptimizersConfig(default_segment_number=1),
    )
    shard = edge.EdgeShard.create(tempfile.mkdtemp(prefix="coinstore-qdrant-"), config)
    for start in range(0, len(world.vectors), BLOCK):
        points = [
            edge.Point(
                i + 1,
                world.vectors[i].tolist(),
                {
                    "weight_g": float(world.weight[i]),
                    "inventory_number": str(i + 1),
                    "collection": f"c{i % 10}",
                    "mint": f"m{world.cluster[i]}",
                },
            )
            for i in range(start, min(start + BLOCK, len(world.vectors)))
        ]
        shard.update(edge.UpdateOperation.upsert_points(points))
    shard.update(edge.UpdateOperation.create_field_index("weight_g", edge.PayloadSchemaType.Float))
    shard.optimize()

    def search(query: np.ndarray, below_g: float | None) -> list[int]:
        condition = None
        if below_g is not None:
            condition = edge.Filter(must=[edge.FieldCondition("weight_g", range=edge.RangeFloat(lt=below_g))])
        request = edge.QueryRequest(
            query=edge.Query.Nearest(query.tolist()),
            limit=K,
            filter=condition,
            with_payload=True,
            params=edge.SearchParams(hnsw_ef=EF),
        )
        return [point.id for point in shard.query(request)]

    return search


def _hnswlib(world: Any) -> Ask:
    index = hnswlib.Index("cosine", world.vectors.shape[1])
    index.init_index(len(world.vectors), ef_construction=EF_CONSTRUCTION, M=M)
    index.add_items(world.vectors, np.arange(1, len(world.vectors) + 1))
    index.set_ef(EF)
    index.set_num_threads(1)
    return lambda query, _: index.knn_query(query, K)[0][0].tolist()


def _faiss(world: Any) -> Ask:
    index = faiss.IndexHNSWFlat(world.vectors.shape[1], M, faiss.METRIC_INNER_PRODUCT)
    index.hnsw.efConstruction = EF_CONSTRUCTION
    index.add(world.vectors)
    index.hnsw.efSearch = EF
    return lambda query, _: (index.search(query[None], K)[1][0] + 1).tolist()

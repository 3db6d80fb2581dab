"""Queries of BI tools on the wide views, compared with the same queries written by hand on the tables.

The store has 100,000 coins with 1,000,000 edges. The login has rights to `api` only; everything is measured
again while one collection is private. Give another number of coins as argument.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from pages import DIMS, fill
from scratch import median_s, scratch_store
from sqlalchemy import Engine, text

from coinstore.graph.analyse import analyse_graph
from coinstore.running import access, dashboards

ONE = "and c.inventory_number = 'N 500' and l.name = 'Museum 3'"
# Each query, and the same by hand from only those tables that it needs.
ASKED = {
    "coins of each material in each collection": (
        "select collection, material, count(*), avg(weight_g) from api.coin_overview group by 1, 2",
        """select l.name, c.material, count(*), avg(c.weight_g) from core.coin c join core.collection l using (collection_id)
           group by 1, 2""",
    ),
    "metadata of 1,000 coins": (
        "select coin_id, collection, inventory_number, type, weight_g from api.coin_overview where weight_g > 5 limit 1000",
        """select c.coin_id, l.name, c.inventory_number, t.label, c.weight_g
           from core.coin c join core.collection l using (collection_id)
           left join core.coin_type ct on ct.coin_id = c.coin_id and ct.is_primary left join core.type t using (type_id)
           where c.weight_g > 5 limit 1000""",
    ),
    "one coin, all columns": (
        "select * from api.coin_overview where collection = 'Museum 3' and inventory_number = 'N 500'",
        f"""select c.*, l.name, t.label, s.legend, i.thumbnail, m.community
            from core.coin c join core.collection l using (collection_id)
            left join core.coin_type ct on ct.coin_id = c.coin_id and ct.is_primary left join core.type t using (type_id)
            left join core.side s on s.coin_id = c.coin_id left join core.image i using (sha256)
            left join core.community m on m.coin_id = c.coin_id where true {ONE}""",
    ),
    "1,000 coins, all columns": (
        "select * from api.coin_overview where material = 'gold' order by coin_id limit 1000",
        """select c.*, o.thumbnail, r.thumbnail from (select * from core.coin where material = 'gold' order by coin_id limit 1000) c
           left join core.side a on a.coin_id = c.coin_id and a.face = 'obverse' left join core.image o on o.sha256 = a.sha256
           left join core.side b on b.coin_id = c.coin_id and b.face = 'reverse' left join core.image r on r.sha256 = b.sha256""",
    ),
    "coins of each community": (
        "select community, count(*), avg(pagerank) from api.coin_overview group by 1",
        "select m.community, count(*) from core.coin c left join core.community m using (coin_id) group by 1",
    ),
    "neighbours of gold between 3 and 4 g elsewhere": (
        """select coin_id, neighbour_id, percentile from api.neighbours
           where graph = 'bench' and material = 'gold' and weight_g between 3 and 4 and neighbour_collection <> collection
           order by distance limit 100""",
        """select e.coin_id, e.neighbour_id, e.percentile from core.edge e join core.coin a using (coin_id)
           join core.coin b on b.coin_id = e.neighbour_id
           where e.graph_id = 1 and a.material = 'gold' and a.weight_g between 3 and 4 and a.collection_id <> b.collection_id
           order by e.distance limit 100""",
    ),
    "api.collection_summary": ("select * from api.collection_summary", None),
    "api.type_summary": ("select * from api.type_summary", None),
    "part.coverage": ("select * from part.coverage", None),
    "api.metrics": ("select * from api.metrics", None),
} | {f"chart: {chart['title']}": (chart["sql"], None) for chart in dashboards.charts()}


def seconds(store: Engine, login: str | None, query: str) -> float:
    with store.connect() as connection:
        if login:
            connection.execute(text(f"set session authorization {login}"))
        found = median_s(lambda: connection.exec_driver_sql(query.replace("%", "%%")).fetchall(), times=3)
        connection.execute(text("reset session authorization"))
    return found


@contextmanager
def private(store: Engine, collection: str) -> Iterator[None]:
    access.set_private(store, [collection])
    try:
        yield
    finally:
        access.set_public(store, [collection])


def main(coins: int) -> None:
    with scratch_store() as store:
        fill(store, coins)
        list(analyse_graph(store, "bench", algorithms=("pagerank",)))
        with store.begin() as c:
            c.execute(
                text(f"""insert into core.embedding_bench
                               select side_id, coin_id, face, (array[1, sin(side_id)] || array_fill(0.0, array[{DIMS - 2}]))::real[]::vector from core.side""")
            )
            c.execute(text("analyze"))
        access.grant(store, access.Grant("anna", "correct horse battery"), whole_server=True)
        print(
            f"  {coins:,} coins; ms, as a login of bi grant; in brackets the same by hand as the owner, and the ratio"
        )
        for name, (query, by_hand) in ASKED.items():
            took = seconds(store, "anna", query)
            bare = seconds(store, None, by_hand) if by_hand else None
            compared = f" ({bare * 1000:,.1f}; {took / bare:.2f})" if bare else ""
            with private(store, "Museum 5"):
                hidden = seconds(store, "anna", query)
            print(
                f"  {name}: {took * 1000:,.1f}{compared}; one collection private: {hidden * 1000:,.1f}",
                flush=True,
            )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)

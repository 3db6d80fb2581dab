"""Every listing, view and report at 10,000, 100,000 and 1,000,000 coins: how their time grows.

python tests/benchmarks/million.py [COINS …]        default: 10000 100000 1000000

The coins are rows without files: types, measures, dates, both sides, and a photograph each without pixels.
"""

import sys
from functools import partial

from scratch import scratch_store, timed
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

LONGEST_S = 300

COINS = """
insert into core.collection (name) select 'Museum ' || g from generate_series(1, 20) g;
insert into core.source (location) values ('/data/records.csv');
insert into core.type (catalogue, number, label, uri)
    select 'RIC', g::text, null, 'http://example.org/ric/' || g from generate_series(1, {types}) g;
insert into core.coin (collection_id, inventory_number, weight_g, diameter_mm, die_axis_h, material, denomination, mint,
                       authority, portrait, year_from, year_to)
    select 1 + n % 20, 'N ' || n, 3 + (n % 997) / 500.0, 18 + (n % 89) / 20.0, 1 + n % 12,
           (array['silver', 'bronze', 'gold'])[1 + n % 3], (array['denarius', 'as', 'aureus', 'dupondius'])[1 + n % 4],
           'Mint ' || n % 300, 'Ruler ' || n % 150, case n % 5 when 0 then 'Ruler ' || n % 150 end,
           1 + n % 300, 2 + n % 300 + n % 10 from generate_series(1, {coins}) n;
insert into core.coin_type (coin_id, type_id, said_by_kind, said_by, is_primary)
    select coin_id, 1 + coin_id * 7919::bigint % {types}, 'source', '/data/records.csv', true
    from core.coin where coin_id % 10 > 0;
insert into core.image (sha256, size_bytes, width_px, height_px, format, thumbnail)
    select sha256(n::text::bytea), 50000, 400, 400, 'JPEG', '\\x00' from generate_series(1, {coins}) n;
insert into core.side (coin_id, face, legend, description, image_location, image_stamp, image_examined, sha256)
    select coin_id, 'obverse', 'LEGEND ' || coin_id % 5000, 'a head', '/data/' || coin_id || '.jpg', '1', true,
           sha256(coin_id::text::bytea) from core.coin
    union all select coin_id, 'reverse', null, 'a figure', null, null, false, null from core.coin;
insert into core.record (source_id, place, coin_id, raw, digest)
    select 1, 'row ' || coin_id, coin_id, jsonb_build_object('Inv', inventory_number, 'Weight', weight_g), md5('x')::uuid
    from core.coin;
insert into core.fault (record_id, column_name, value_text, reason)
    select record_id, 'Weight', '?', 'this is not a measurement that coinstore reads' from core.record
    where record_id % 20 = 0;
"""

# Each question, as SQL that a command or a BI tool sends.
QUESTIONS = {
    "similar NAME: the coin (full name)": "select * from api.find_coins('Museum 7/N 5006')",
    "similar NAME: the coin (number)": "select * from api.find_coins('N 5006')",
    "similar NAME: the coin (part)": "select * from api.find_coins('um 7/N 50')",
    "coin_overview, one coin": "select * from api.coin_overview where collection = 'Museum 7' and inventory_number = 'N 5006'",
    "collection_summary": "select * from api.collection_summary",
    "type_summary": "select * from api.type_summary",
    "coverage": "select * from part.coverage",
    "metrics": "select * from api.metrics",
    "queue": "select * from part.queue",
    "faults_by_stage": "select * from part.faults_by_stage",
    "faults, newest 100": "select * from api.faults limit 100",
    "spaces": "select * from api.spaces",
    "graphs": "select * from api.graphs",
    "describe: counts": "select * from part.describe_counts('true')",
    "describe: imbalance": "select * from part.class_imbalance('true')",
    "describe: missing": "select * from api.missing_values('true')",
    "describe: over time": "select * from part.coins_over_time('denomination', 'true')",
    "describe: spread by type": "select * from part.measure_spread('type', 'true')",
    "describe: outliers": "select * from api.outliers('type', 'true')",
    "describe: duplicates": "select * from api.duplicate_photographs('true')",
    "describe: the same coin twice": "select * from api.same_coin_twice()",
}


def fill(store: Engine, coins: int) -> None:
    with store.begin() as c:
        c.exec_driver_sql(COINS.format(coins=coins, types=max(100, coins // 20)).replace("%", "%%"))
    with store.execution_options(isolation_level="AUTOCOMMIT").connect() as c:
        c.execute(text("vacuum analyze"))


def seconds(store: Engine, query: str) -> float:
    """How long one question takes; more than LONGEST_S: infinity."""
    with store.connect() as c:
        c.exec_driver_sql(f"set statement_timeout = '{LONGEST_S}s'")
        try:
            return timed(lambda: c.exec_driver_sql(query.replace("%", "%%")).fetchall())
        except OperationalError:
            return float("inf")


def main(sizes: list[int]) -> None:
    found: dict[str, list[float]] = {name: [] for name in QUESTIONS}
    for coins in sizes:
        with scratch_store() as store:
            print(f"{coins:,} coins made in {timed(partial(fill, store, coins)):.0f} s", flush=True)
            for name, query in QUESTIONS.items():
                found[name].append(seconds(store, query))
    print(f"{'seconds':40}" + "".join(f"{coins:>12,}" for coins in sizes))
    for name, took in found.items():
        print(f"{name:40}" + "".join(f"{s:12.3f}" for s in took))


if __name__ == "__main__":
    main([int(n) for n in sys.argv[1:]] or [10_000, 100_000, 1_000_000])

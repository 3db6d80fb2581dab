"""Coins per second into a store: new ones, unchanged ones, with few and with many types, next to a bare COPY.

python tests/benchmarks/loading.py [COINS]        default: 100000

The bare COPY reads the same file with the csv module, and writes each row as JSON into a table of one column.
"""

import csv
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
from scratch import scratch_store, timed

from coinstore.db.engine import opened
from coinstore.ingest import ingest
from coinstore.records.load import Loaded
from coinstore.records.reader import Reading

COINS = 100_000
TYPES = (5_000, 50_000)
COLUMNS = [
    "id",
    "museum",
    "weight",
    "diameter",
    "axis",
    "date",
    "denomination",
    "material",
    "mint",
    "authority",
    "type",
] + [
    "obverse legend",
    "obverse description",
    "reverse legend",
    "reverse description",
    "findspot",
    "note",
]
WORDS = [
    "IMP",
    "CAESAR",
    "AVG",
    "TRAIANO",
    "GER",
    "DAC",
    "PM",
    "TRP",
    "COS",
    "V",
    "PP",
    "SPQR",
    "OPTIMO",
    "PRINC",
    "ANTONINVS",
    "PIVS",
    "FEL",
]


def write_records(path: Path, coins: int, types: int) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(_rows(random.Random(0), coins, types))


def _rows(draw: random.Random, coins: int, types: int) -> Iterator[list[str]]:
    """As a museum has them: names repeat, legends often, measures seldom; some records hold little."""
    legends = [" ".join(draw.choices(WORDS, k=5)) for _ in range(5000)]
    figures = [f"{draw.choice(['Head', 'Bust', 'Figure'])} {n}, laureate, right" for n in range(500)]
    for n in range(coins):
        if n % 50 == 0:
            yield [f"N {n}", f"Museum {n % 7}", "about 3 g?", *[""] * (len(COLUMNS) - 3)]
            continue
        yield [
            f"N {n}",
            f"Museum {n % 7}",
            f"{2 + draw.random() * 10:.2f}".replace(".", ","),
            f"{15 + draw.random() * 15:.1f}",
            draw.choice(["6 h", "12", "1", "7", ""]),
            f"AD {98 + n % 20}-{120 + n % 20}",
            draw.choice(["denarius", "aureus", "dupondius", "as", "sestertius"]),
            draw.choice(["silver", "bronze", "gold"]),
            f"Mint {draw.randrange(300)}",
            f"Ruler {draw.randrange(150)}",
            f"RIC {draw.randrange(types)}",
            draw.choice(legends),
            draw.choice(figures),
            draw.choice(legends),
            draw.choice(figures),
            draw.choice(["Köln", "", "Trier", "unknown"]),
            f"note {n}: acquired in {draw.randrange(1800, 2000)}",
        ]


def load(url: str, path: str) -> None:
    """Runs in a process of its own: prints coins per second and the peak memory in MB."""
    started = time.perf_counter()
    with opened(url) as store:
        steps = [step for step in ingest(store, [Reading(path)]) if isinstance(step, Loaded)]
    rate = sum(step.coins for step in steps) / (time.perf_counter() - started)
    print(json.dumps([rate, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))


def loaded(url: str, path: Path) -> tuple[float, float]:
    command = [sys.executable, __file__, "--load", url, str(path)]
    rate, peak_mb = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return rate, peak_mb


def bare(url: str, path: Path) -> None:
    with psycopg.connect(url) as connection, path.open(encoding="utf-8", newline="") as file:
        connection.execute("create table bare (record jsonb)")
        with connection.cursor().copy("copy bare from stdin") as copy:
            for row in csv.DictReader(file):
                copy.write_row([json.dumps(row, ensure_ascii=False)])
        connection.execute("drop table bare")


def main(coins: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        for types in TYPES:
            path = Path(name) / f"{types}.csv"
            write_records(path, coins, types)
            with scratch_store() as store:
                url = store.url.set(drivername="postgresql").render_as_string(hide_password=False)
                copied = coins / timed(lambda url=url, path=path: bare(url, path))
                print(f"{coins:,} coins of {types:,} types: bare COPY {copied:,.0f} rows/s", flush=True)
                for what in ("new", "unchanged"):
                    rate, peak_mb = loaded(url, path)
                    print(
                        f"  {what:9}  {rate:8,.0f} coins/s  {rate / copied:.2f} of COPY  peak {peak_mb:.0f} MB",
                        flush=True,
                    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--load"]:
        load(*sys.argv[2:])
    else:
        main(int(sys.argv[1]) if sys.argv[1:] else COINS)

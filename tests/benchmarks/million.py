"""Every view, listing and report at 10,000, 100,000 and 1,000,000 coins: how their time grows.

python tests/benchmarks/million.py [COINS …] [--vectors] [--processor]     default: 10000 100000 1000000

Each coin has a vector of 512 dimensions and ten edges. The index holds bits; with --vectors it holds vectors, which
takes four times as long to build. A view is read as a whole in the server, and its first 50 rows as a BI tool reads
them; a command runs as a process, with its peak memory. With --processor the time of a question is that of the
server's processor, in one process: other work on the machine changes it less. Marked are times over their bound,
and growth faster than n log n.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from math import inf, log
from pathlib import Path

from million_coins import fill
from scratch import scratch_store, timed
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from coinstore.running import dashboards
from coinstore.spaces.index import Indexed, Kind, rebuild_index

OF_PROCESSOR = "--processor" in sys.argv
LONGEST_S = 300
FLOOR_S = 0.25  # less tells nothing about growth
STEEP = 1.25  # exponent between two sizes; n log n from 100,000 to 1,000,000 is 1.08, the rest is noise
# Of each question, at each size: seconds, and MB of a command.
Found = dict[str, list[tuple[float, float]]]
COMMAND = Path(sys.executable).with_name("coinstore")
MEASURED = """
import os, sys, time
started = time.perf_counter()
child = os.fork()
if not child:
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1), os.dup2(nothing, 2)
    os.execv(sys.argv[1], sys.argv[1:])
_, _, used = os.wait4(child, 0)
print(time.perf_counter() - started, used.ru_maxrss)
"""

# What people ask through commands, with COIN for a coin in the middle, and the bounds in seconds at 1,000,000 coins.
FUNCTIONS: dict[str, tuple[str, float]] = {
    "find_coins, full name": ("select * from api.find_coins('Museum 25/N COIN')", 0.02),
    "find_coins, number": ("select * from api.find_coins('N COIN')", 0.02),
    "find_coins, part": ("select * from api.find_coins('um 25/N 50')", 2),
    "coin_overview, one coin": (
        "select * from api.coin_overview where collection = 'Museum 25' and inventory_number = 'N COIN'",
        0.1,
    ),
    "search, no filter": ("select * from api.search('look', COIN)", 0.1),
    "search, 1%": ("select * from api.search('look', COIN, predicate => 'mint = ''Mint 7''')", 0.1),
    "describe_counts": ("select * from part.describe_counts()", 20),
    "class_imbalance": ("select * from part.class_imbalance()", 20),
    "missing_values": ("select * from api.missing_values()", 20),
    "coins_over_time": ("select * from part.coins_over_time('denomination')", 20),
    "measure_spread": ("select * from part.measure_spread()", 20),
    "outliers": ("select * from api.outliers()", 20),
    "duplicate_photographs": ("select * from api.duplicate_photographs()", 20),
    "same_coin_twice": ("select * from api.same_coin_twice()", 20),
    "die_statistics": ("select * from api.die_statistics()", 2),
    "die_statistics by type": ("select * from api.die_statistics(true)", 20),
    "coin_labels": ("select * from api.coin_labels('type')", 20),
    "community_agreement": ("select * from api.community_agreement('look_obverse', 'type')", 20),
    "threshold_sweep": ("select * from api.threshold_sweep('look')", 60),
    "proposals_where": ("select * from part.proposals_where('mint = ''Mint 7''')", 2),
    "random_coins": ("select * from part.random_coins('look', 'obverse', 20)", 5),
    "edges_of_graph, one coin": ("select * from part.edges_of_graph('look_obverse', '{COIN}')", 0.1),
}
VIEWS_OF_PART = [
    "coverage",
    "queue",
    "faults_by_stage",
    "sizes",
    "server",
    "imputations",
    "field_values",
    "aliases",
    "photograph_count",
    "die_counts",
    "space_names",
]
BOUNDS = {  # of whole views, at 1,000,000 coins
    "api.collection_summary": 2.0,
    "api.type_summary": 2.0,
    "api.spaces": 2.0,
    "api.graphs": 2.0,
    "api.maps": 2.0,
    "api.terms": 2.0,
    "api.metrics": 2.0,
    "api.classifiers": 2.0,
    "part.coverage": 2.0,
    "part.queue": 2.0,
    "part.faults_by_stage": 2.0,
    "part.sizes": 2.0,
}
COMMANDS: dict[str, float] = {
    "status": 3,
    "status --json": 3,
    "status --prometheus": 3,
    "faults": 3,
    "faults --json": 30,
    "faults --csv": 30,
    "spaces": 3,
    "graph list": 3,
    "map list": 3,
    "terms list": 3,
    "impute list": 3,
    "proposals list": 3,
    "proposals list --json": 30,
    "proposals classifiers": 3,
    "dies": 3,
    "bi list": 3,
    "similar Museum-25/N-COIN --space look": 2,
    "describe": 60,
    "describe --json": 60,
    "check --json": 300,
}


def views(store: Engine) -> list[str]:
    """All views of api, and those of part that commands read."""
    with store.connect() as c:
        named = "select 'api.' || relname from pg_class where relnamespace = 'api'::regnamespace and relkind = 'v'"
        return sorted(c.execute(text(named)).scalars()) + [f"part.{name}" for name in VIEWS_OF_PART]


def questions(store: Engine, coins: int) -> Iterator[tuple[str, str, float]]:
    """Name, SQL and bound of each question to the server."""
    for name, (query, bound) in FUNCTIONS.items():
        yield name, query.replace("COIN", str(coins // 2)), bound
    for chart in dashboards.charts():
        yield f"chart: {chart['title']}", chart["sql"], 2
    for view in views(store):
        # A whole row, so that no column is left out.
        yield f"{view}, all", f"select count(v) from {view} v", BOUNDS.get(view, inf)
        yield f"{view}, 50", f"select * from {view} limit 50", 2
        if view.startswith("api."):
            yield f"{view}, count", f"select count(*) from {view}", BOUNDS.get(view, inf)
            yield f"{view}, first 50", f"select * from {view} order by 1 limit 50", inf


def processor_s(pid: int) -> float:
    """Seconds that a process of the server has worked so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def seconds(store: Engine, query: str) -> float:
    """How long one question takes; longer than LONGEST_S: infinity."""
    with store.connect() as c:
        c.exec_driver_sql(f"set statement_timeout = '{LONGEST_S}s'")
        if OF_PROCESSOR:
            c.exec_driver_sql("set max_parallel_workers_per_gather = 0")
        pid = c.exec_driver_sql("select pg_backend_pid()").scalar_one()
        before = processor_s(pid) if OF_PROCESSOR else 0
        try:
            took = timed(lambda: c.exec_driver_sql(query.replace("%", "%%")).fetchall())
        except OperationalError:
            return inf
        return processor_s(pid) - before if OF_PROCESSOR else took


def command(store: Engine, line: str, coins: int) -> tuple[float, float]:
    """Seconds and peak memory in MB of a command."""
    home = Path(str(store.url.query["host"])).parent
    words = [word.replace("-25/N-COIN", f" 25/N {coins // 2}") for word in line.split()]
    # By a small process: the peak of a child begins with the memory of its parent.
    run = subprocess.run(
        [sys.executable, "-S", "-c", MEASURED, COMMAND, *words],
        env=os.environ | {"COINSTORE_HOME": str(home)},
        capture_output=True,
        check=True,
    )
    took, used_kb = run.stdout.split()
    return float(took), int(used_kb) / 1024


def index(store: Engine, kind: Kind) -> Indexed:
    return next(step for step in rebuild_index(store, "look", kind) if isinstance(step, Indexed))


def measure(store: Engine, coins: int, found: Found, bounds: dict[str, float]) -> None:
    """Adds seconds, and for commands MB, of every question to what was found at smaller sizes."""
    for name, query, bound in questions(store, coins):
        bounds[name] = bound
        seconds(store, query) if bound < 1 else None  # warm: what is asked all the time
        found.setdefault(name, []).append((seconds(store, query), 0))
        print(f"  {name:44}{found[name][-1][0]:10.3f}", flush=True)
    for line, bound in COMMANDS.items():
        bounds[f"$ {line}"] = bound
        found.setdefault(f"$ {line}", []).append(command(store, line, coins))
        print(f"  {line:44}{found[f'$ {line}'][-1][0]:10.3f}", flush=True)


def growth(times: list[float], sizes: list[int]) -> float | None:
    """The exponent of the growth between the last two sizes; None where the time tells nothing."""
    if len(times) < 2 or times[-1] < FLOOR_S:
        return None
    return log(times[-1] / times[-2]) / log(sizes[-1] / sizes[-2]) if times[-1] < inf else inf


def row(name: str, took: list[tuple[float, float]], sizes: list[int], bound: float) -> str:
    times = [s for s, _ in took]
    exponent = growth(times, sizes)
    marks = (["steep"] if exponent and exponent > STEEP else []) + (
        [f"over {bound:g} s"] if times[-1] > bound else []
    )
    memory = f"{took[-1][1]:8.0f}" if took[-1][1] else " " * 8
    steps = "".join(f"{s:12.3f}" for s in times)
    return f"{name:44}{steps}{'' if exponent is None else f'{exponent:.2f}':>8}{memory}  {', '.join(marks)}"


def main(sizes: list[int], kind: Kind) -> None:
    found: Found = {}
    bounds: dict[str, float] = {}
    for coins in sizes:
        with scratch_store() as store:
            print(f"{coins:,} coins made in {timed(partial(fill, store, coins)):.0f} s", flush=True)
            done = index(store, kind)
            print(f"index of {kind} in {done.seconds:.0f} s, recall@10 {done.recall:.3f}", flush=True)
            measure(store, coins, found, bounds)
    print(f"\n{'seconds':44}" + "".join(f"{coins:>12,}" for coins in sizes) + "  growth      MB")
    for name, took in found.items():
        print(row(name, took, sizes, bounds[name]))


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:] if not word.startswith("--")]
    main(given or [10_000, 100_000, 1_000_000], "vectors" if "--vectors" in sys.argv else "bits")

"""Pages of `coinstore browse`: how long they take, at 10,000 and 100,000 coins, and for 20 users at once.

python tests/benchmarks/browse.py [COINS …]     default: 10000 100000

Each page is asked for 40 times, each time for other coins or names, so that nothing is kept from before; the times are
those of the web server, with its database. Then 20 users ask for random pages while records are loaded. Of the largest
store p95 has a bound of 200 ms.
"""

import itertools
import random
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from statistics import quantiles
from urllib.parse import urlencode
from urllib.request import urlopen

from million_coins import fill, types_of
from scratch import MISSED, end, scratch_store
from sqlalchemy import Engine

from coinstore.browse.serve import serving
from coinstore.browse.site import Site
from coinstore.db import call
from coinstore.records.coin import Coin
from coinstore.records.load import load
from coinstore.spaces.index import rebuild_index

TIMES, USERS, BOUND_S = 40, 20, 0.2
NEW = 20_000  # coins that are loaded while users ask


def pages(coins: int, draw: random.Random) -> dict[str, Callable[[], str]]:
    """Addresses by what they are; each call gives another one."""

    def query(**chosen: str) -> str:
        return "/coins?" + urlencode(chosen)

    def number(most: int) -> int:
        return draw.randrange(1, most)

    weights = (f"{2.5 + n / 1000:.3f}" for n in itertools.count())
    return {
        "all coins, new counts": lambda: query(weight_from=next(weights)),
        "all coins, a page": lambda: query(page=str(number(coins // 48))),
        "by number, a page": lambda: query(sort="number", page=str(number(coins // 48))),
        "one mint": lambda: query(mint=f"Mint {number(300)}"),
        "one type, one metal": lambda: query(type=f"RIC {number(types_of(coins))}", material="silver"),
        "one word": lambda: query(words=f"legend {number(5000)}"),
        "a part of a number": lambda: query(words=f"{number(coins)}"),
        "a coin": lambda: f"/coins/{number(coins)}?face=obverse",
        "a coin, one mint": lambda: f"/coins/{number(coins)}?face=obverse&mint=Mint+{number(300)}",
        "other collections": lambda: f"/coins/{number(coins)}?face=obverse&others=1",
        "a small photograph": lambda: f"/photographs/{number(coins)}/obverse.jpg",
    }


def taken(address: str) -> float:
    """Seconds until the page is read."""
    begun = time.perf_counter()
    with urlopen(address) as answer:
        answer.read()
    return time.perf_counter() - begun


def p50_p95(times: list[float]) -> tuple[float, float]:
    parts = quantiles(times, n=20, method="inclusive")
    return parts[9], parts[18]


def new_coins(first: int) -> Iterator[Coin]:
    for n in range(first, first + NEW):
        yield Coin(str(n), {"n": n}, "New Museum", f"X {n}", {"mint": f"Mint {n % 300}"}, {}, None, (), None)


def measure(store: Engine, coins: int, is_bounded: bool) -> None:
    while call.run(store, "job.fill_texts"):
        pass
    list(rebuild_index(store, "look", "bits"))
    draw = random.Random(0)
    with serving(Site(store)) as served:
        asked = pages(coins, draw)
        taken(served.address + "/coins")
        for what, one in asked.items():
            p50, p95 = p50_p95([taken(served.address + one()) for _ in range(TIMES)])
            print(f"  {what:24} p50 {p50 * 1000:7.1f} ms   p95 {p95 * 1000:7.1f} ms", flush=True)
            if is_bounded and p95 > BOUND_S:
                MISSED.append(f"p95 of {what} at {coins:,} coins is {p95:.3f} s (bound {BOUND_S:g})")
        loading = threading.Thread(target=lambda: list(load(store, "/new.csv", new_coins(coins))))
        loading.start()
        every = [draw.choice(list(asked.values()))() for _ in range(USERS * 10)]
        with ThreadPoolExecutor(USERS) as users:
            p50, p95 = p50_p95(list(users.map(lambda path: taken(served.address + path), every)))
        print(f"  {USERS} users, while coins load  p50 {p50 * 1000:7.1f} ms   p95 {p95 * 1000:7.1f} ms")
        loading.join()


def main() -> None:
    sizes = [int(one) for one in sys.argv[1:]] or [10_000, 100_000]
    for coins in sizes:
        with scratch_store() as store:
            fill(store, coins)
            print(f"{coins:,} coins", flush=True)
            measure(store, coins, coins == max(sizes))
    end()


if __name__ == "__main__":
    main()

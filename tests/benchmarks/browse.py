"""Pages of `coinstore browse`: how long they take next to their SQL, and what 20 users at once wait.

python tests/benchmarks/browse.py [COINS …]     default: 10000 100000

Each page is asked for 40 times, each time for other coins or names. The times are those of the web server with its
database; then the statements of that page run again, without the page, in the same session: the ratio is what the page
adds. A list that is kept for a while is made again each time. Then one user and 20 users ask for random pages, while
records are loaded. In the largest store p95 of a page has a bound of 200 ms, of one with photographs that are read or
compared 2 s; of 20 users, 200 ms for each user whose turn it is not.
"""

import itertools
import json
import os
import random
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import quantiles

from browse_pages import Asking, Kind, asking
from million_coins import fill
from scratch import MISSED, end, scratch_store, timed
from sqlalchemy import Engine, event, text

from coinstore.browse.serve import serving
from coinstore.browse.site import Site
from coinstore.db import call
from coinstore.ingest import ingest
from coinstore.models.registry import preset
from coinstore.records.coin import Coin
from coinstore.records.load import load
from coinstore.records.reader import Reading
from coinstore.spaces.index import rebuild_index
from coinstore.synthetic import Mintage, write_collection

TIMES, USERS, DRAWN = 40, 20, 24
BOUND_S = {Kind.STORE: 0.2, Kind.PICTURE: 2.0}
NEW = 20_000  # coins that are loaded while users ask


class Statements:
    """The statements that the pages run, in their sessions, to be run again without the pages."""

    def __init__(self) -> None:
        self.run: list[tuple[object, str, object]] = []

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Notes what any engine of this process runs."""
        event.listen(Engine, "before_cursor_execute", self._note)
        event.listen(Engine, "commit", self._end)
        event.listen(Engine, "rollback", self._end)
        yield
        event.remove(Engine, "before_cursor_execute", self._note)
        event.remove(Engine, "commit", self._end)
        event.remove(Engine, "rollback", self._end)

    def _note(self, c: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        self.run.append((c.connection.dbapi_connection, statement, parameters))

    def _end(self, c: object) -> None:
        self.run.append((c.connection.dbapi_connection, "", None))

    def again(self) -> None:
        """Runs them again, reads all rows, and forgets them."""
        for session, statement, parameters in self.run:
            if session.closed:  # of a page that was made by the side
                continue
            if not statement:
                session.rollback()
                continue
            with session.cursor() as cursor:
                cursor.execute(statement, parameters)
                if cursor.description:
                    cursor.fetchall()
        self.run.clear()


def p50_p95(times: list[float]) -> tuple[float, float]:
    parts = quantiles(times, n=20, method="inclusive")
    return parts[9], parts[18]


def new_coins(first: int) -> Iterator[Coin]:
    for n in range(first, first + NEW):
        yield Coin(str(n), {"n": n}, "New Museum", f"X {n}", {"mint": f"Mint {n % 300}"}, {}, None, (), None)


def prepare(store: Engine, folder: Path) -> None:
    """Adds drawn coins with photographs, words and an index; the space is one that takes photographs."""
    list(write_collection(folder, DRAWN, Mintage()))
    list(ingest(store, [Reading(str(folder / "records.csv"), images=str(folder / "images"))]))
    spec = preset("resnet18", "random:0")
    with store.begin() as c:
        c.execute(text("update core.space set recipe = cast(:r as jsonb)"), {"r": json.dumps(spec.recipe())})
    while call.run(store, "job.fill_texts"):
        pass
    list(rebuild_index(store, "look", "bits"))


def each_page(asked: Asking, statements: Statements, is_bounded: bool) -> None:
    """Prints the times of each page next to those of its statements."""
    print(f"  {'':34} p50 ms   p95 ms   SQL ms   page / SQL")
    for page in asked.pages:
        times, bare = [], []
        for _ in range(TIMES):
            request = page.request()
            statements.run.clear()
            times.append(timed(partial(asked.ready if page.is_made else asked.answer, request)))
            bare.append(timed(statements.again))
        (p50, p95), (sql, _) = p50_p95(times), p50_p95(bare)
        ratio = f"{p50 / sql:8.1f}" if sql > 1e-4 else "       -"
        print(
            f"  {page.name:34} {p50 * 1000:6.1f}   {p95 * 1000:6.1f}   {sql * 1000:6.1f} {ratio}", flush=True
        )
        bound = BOUND_S[page.kind]
        if is_bounded and p95 > bound:
            MISSED.append(f"p95 of {page.name} is {p95:.3f} s (bound {bound:g})")


def at_once(store: Engine, asked: Asking, is_bounded: bool) -> None:
    """Prints what one user and many users wait while coins are loaded; they ask for random pages."""
    done = threading.Event()
    loading = threading.Thread(target=load_until, args=(store, done))
    loading.start()
    (_, one), (p95, many) = (users_wait(asked, users) for users in (1, USERS))
    done.set()
    loading.join()
    bound, share = USERS * BOUND_S[Kind.STORE] / (os.cpu_count() or 1), many / one
    print(f"  bound of p95 {bound:g} s; {USERS} users get {share:.2f} times as many pages as one (bound 0.8)")
    if is_bounded and p95 > bound:
        MISSED.append(f"p95 of {USERS} users is {p95:.3f} s (bound {bound:g})")
    if share < 0.8:
        MISSED.append(f"{USERS} users get {share:.2f} times as many pages as one (bound 0.8)")


def load_until(store: Engine, done: threading.Event) -> None:
    for first in itertools.count(0, NEW):
        list(load(store, f"/new_{first}.csv", new_coins(first)))
        if done.is_set():
            return


def users_wait(asked: Asking, users: int) -> tuple[float, float]:
    """p95 of the pages that users ask for at the same time, in seconds, and how many they get in a second."""
    pages = [page for page in asked.pages if page.kind is Kind.STORE]
    some = [asked.draw.choice(pages).request() for _ in range(USERS * 10)]
    begun = time.perf_counter()
    with ThreadPoolExecutor(users) as pool:
        p50, p95 = p50_p95(list(pool.map(lambda one: timed(partial(asked.answer, one)), some)))
    rate = len(some) / (time.perf_counter() - begun)
    print(
        f"  {users:2} at once, while coins load: p50 {p50:.3f} s, p95 {p95:.3f} s, {rate:.1f} pages/s",
        flush=True,
    )
    return p95, rate


def measure(store: Engine, coins: int, is_bounded: bool) -> None:
    statements, site = Statements(), Site(store)
    with serving(site) as served:
        asked = asking(store, site, served.address, coins, random.Random(0))
        for path in ("/coins", "/networks/look_obverse", "/maps/look_map"):
            took = timed(partial(asked.ready, path))
            print(f"  the first time {path} {took:.1f} s", flush=True)
        with statements.noted():
            each_page(asked, statements, is_bounded)
        at_once(store, asked, is_bounded)


def main() -> None:
    sizes = [int(one) for one in sys.argv[1:]] or [10_000, 100_000]
    for coins in sizes:
        with scratch_store() as store, tempfile.TemporaryDirectory() as folder:
            print(
                f"{coins:,} coins, made in {timed(partial(fill, store, coins)):.0f} s,", end=" ", flush=True
            )
            print(f"prepared in {timed(partial(prepare, store, Path(folder))):.0f} s", flush=True)
            measure(store, coins, coins == max(sizes))
    end()


if __name__ == "__main__":
    main()

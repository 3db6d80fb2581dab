"""Loading, embedding and twenty readers at once, with workers killed and the server restarted: what readers notice.

    python tests/benchmarks/readers.py --seconds 60

Exits with 1 if a reader saw an error (except at the moment of the restart) or waited for a lock, or if the
rows at the end are not those of an undisturbed run.
"""

import argparse
import json
import os
import random
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psycopg

from coinstore.db import engine
from coinstore.running import access
from coinstore.server import embedded
from coinstore.synthetic import write_collection
from coinstore.synthetic.mintage import Mintage

MAIN = [sys.executable, "-c", "from coinstore_cli.main import main; main()"]
QUERY = """
    select inventory_number, similarity from api.similar_hog(%s, 'obverse')
    where weight_g between 2 and 9 and collection <> 'nowhere' order by distance limit 10
"""
ROWS = """
    select l.name, c.inventory_number, c.weight_g, s.face, encode(s.sha256, 'hex'), md5(e.embedding::text)
    from core.coin c join core.collection l using (collection_id) left join core.side s using (coin_id)
    left join core.embedding_hog e using (side_id) order by 1, 2, 4
"""
LOGIN = "analyst"
WAITING = (
    "select count(*) from pg_stat_activity where application_name = 'reader' and wait_event_type = 'Lock'"
)


class Readers:
    """Readers in threads: the seconds of each answer, the errors, and the connections that the restart cut."""

    def __init__(self, home: Path, count: int, pause_s: float) -> None:
        self.home, self.pause_s = home, pause_s
        self.seconds: list[float] = []
        self.errors: list[str] = []
        self.cut = 0
        self.is_down = threading.Event()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._read, args=(n,)) for n in range(count)]

    def __enter__(self) -> "Readers":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _read(self, n: int) -> None:
        chance = random.Random(n)
        while not self._stop.is_set():
            try:
                self._session(chance)
            except psycopg.OperationalError as error:
                if self.is_down.is_set():
                    self.cut += 1
                    time.sleep(0.2)
                else:
                    self.errors.append(str(error))
            except Exception as error:
                self.errors.append(f"{type(error).__name__}: {error}")
                return

    def _session(self, chance: random.Random) -> None:
        url = embedded.url(self.home)
        if url is None:
            raise psycopg.OperationalError("the server is down")
        as_login = url.replace("postgres@", f"{LOGIN}@", 1)
        with psycopg.connect(as_login, autocommit=True, application_name="reader") as connection:
            coins = [
                row[0] for row in connection.execute("select coin_id from api.coins order by 1 limit 50")
            ]
            while not self._stop.is_set():
                started = time.perf_counter()
                connection.execute(QUERY, [chance.choice(coins)]).fetchall()
                self.seconds.append(time.perf_counter() - started)
                time.sleep(self.pause_s)


def grant(home: Path, connections: int) -> None:
    """The readers' login, as `coinstore bi grant` creates it."""
    with engine.opened(embedded.start(home)) as store:
        access.grant(
            store, access.Grant(LOGIN, secrets.token_hex(), connections=connections), whole_server=True
        )


def p95(seconds: list[float]) -> float:
    return sorted(seconds)[int(len(seconds) * 0.95)]


def run(home: Path, *arguments: str, check: bool = True) -> int:
    environment = os.environ | {"COINSTORE_HOME": str(home)}
    environment.pop("COINSTORE_DATABASE_URL", None)
    done = subprocess.run([*MAIN, *arguments], env=environment, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == 0 or not check, done.stderr
    return done.returncode


def work(home: Path, folder: Path, ends: float, failed: list[int]) -> None:
    """Loads and embeds until all is done, repeatedly until the time is over, as a scheduler would."""
    while True:
        failed.append(
            run(home, "ingest", str(folder / "records.csv"), "--images", str(folder / "images"), check=False)
        )
        failed.append(run(home, "embed", "hog", "--workers", "2", "--batch-size", "8", check=False))
        if time.monotonic() > ends and failed[-2:] == [0, 0]:
            return


def children(pid: int) -> list[int]:
    found = subprocess.run(
        ["ps", "--ppid", str(pid), "-o", "pid="], capture_output=True, text=True, check=False
    ).stdout
    direct = [int(word) for word in found.split()]
    return direct + [below for child in direct for below in children(child)]


def kill_a_worker(home: Path) -> bool:
    """SIGKILL to one worker process of this benchmark's own embedding, if there is one."""
    mine = [pid for pid in children(os.getpid()) if b"spawn_main" in _command(pid)]
    if mine:
        os.kill(random.choice(mine), signal.SIGKILL)
    return bool(mine)


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def state(home: Path) -> list[tuple]:
    url = embedded.start(home)
    with psycopg.connect(url) as connection:
        return connection.execute(ROWS).fetchall()


def minute(home: Path, folder: Path, given: argparse.Namespace) -> dict[str, object]:
    ends, failed, waits, killed = time.monotonic() + given.seconds, [], 0, 0
    with Readers(home, given.readers, given.pause) as readers:
        job = threading.Thread(target=work, args=(home, folder, ends, failed))
        job.start()
        restart_at = time.monotonic() + given.seconds / 2
        while job.is_alive():
            time.sleep(0.25)
            if killed < given.kills and kill_a_worker(home):
                killed += 1
            if restart_at and time.monotonic() > restart_at and not given.no_restart:
                readers.is_down.set()
                embedded.stop(home)
                embedded.start(home)
                time.sleep(1)
                readers.is_down.clear()
                restart_at = 0
            with psycopg.connect(embedded.start(home)) as connection:
                waits += connection.execute(WAITING).fetchone()[0]
    return {
        "answers": len(readers.seconds),
        "p95_s": p95(readers.seconds),
        "errors": readers.errors[:3],
        "error_count": len(readers.errors),
        "waited_for_a_lock": waits,
        "cut_by_restart": readers.cut,
        "workers_killed": killed,
        "jobs": len(failed),
        "jobs_that_failed": sum(map(bool, failed)),
    }


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--readers", type=int, default=20)
    parser.add_argument("--coins", type=int, default=240)
    parser.add_argument("--pause", type=float, default=0.1, help="seconds that a reader looks at an answer")
    parser.add_argument("--kills", type=int, default=2)
    parser.add_argument("--no-restart", action="store_true")
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="coinstore-readers-"))
    folder.chmod(0o755)
    quiet, busy = folder / "quiet", folder / "busy"
    try:
        some, all_of_it = folder / "some", folder / "all"
        list(write_collection(all_of_it, given.coins, Mintage(seed=5)))
        list(write_collection(some, given.coins // 4, Mintage(seed=5)))
        for home, source in ((quiet, all_of_it), (busy, some)):
            run(home, "ingest", str(source / "records.csv"), "--images", str(source / "images"))
            run(home, "embed", "hog")
            grant(home, given.readers)
        run(quiet, "ingest", str(some / "records.csv"), "--images", str(some / "images"))
        run(quiet, "embed", "hog")
        with Readers(quiet, 1, given.pause) as one:
            time.sleep(min(10, given.seconds / 4))
        wanted = state(quiet)
        embedded.stop(quiet)
        found = minute(busy, all_of_it, given)
        found |= {
            "p95_alone_s": p95(one.seconds),
            "ratio": found["p95_s"] / p95(one.seconds),
            "rows": len(wanted),
            "same_rows": state(busy) == wanted,
        }
        print(json.dumps(found, indent=1))
        return int(bool(found["error_count"] or found["waited_for_a_lock"] or not found["same_rows"]))
    finally:
        for home in (quiet, busy):
            embedded.stop(home)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())

"""One server compared with Citus: the same rows, and the time that each question takes, on the same machine.

python tests/benchmarks/citus_servers.py [COINS]; 0 takes the demo. COINSTORE_TEST_CITUS: as in tests/citus.py.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

sys.path.append(str(Path(__file__).parents[1]))

import answers
import citus
from scratch import timed

import coinstore
from coinstore.db import engine, upgrade

SHARDS, DIMS = 4, 512


def fill_demo(url: str, home: str) -> answers.Asked:
    """The demo in the store, and what is asked about it."""
    environment = os.environ | {"COINSTORE_DATABASE_URL": url, "COINSTORE_HOME": home}
    command = [sys.executable, "-c", "from coinstore_cli.main import main; main()", "demo"]
    subprocess.run(command, env=environment, check=True, capture_output=True)
    return answers.Asked("hog", "hog_debiased", 4, times=3)


def compare(coins: int, home: Path) -> None:
    """Fills a store, asks, distributes its space, asks again, and prints what differs and the times."""
    with citus.database(f"coinstore_bench_{os.getpid()}") as url:
        store = coinstore.Store(engine.connect(url))
        upgrade.upgrade(store.engine)
        store.engine.dispose()
        if coins:
            answers.fill(store.engine, coins, DIMS)
            asked = answers.Asked(where="coin_id % 10 = 0", times=5, skip=("pairs", "similar, exact"))
        else:
            asked = fill_demo(url, str(home))
        one = answers.answers(store, home, asked)
        print(f"distributed in {timed(lambda: store.spaces.distribute(asked.space, SHARDS)):.1f} s")
        many = answers.answers(store, home, asked)
        print(f"backup in {timed(lambda: store.backup(home / 'coins.dump')):.1f} s, verified")
        print(f"gathered in {timed(lambda: store.spaces.gather(asked.space)):.1f} s")
        store.close()
    report(one, many)


def report(one: dict, many: dict) -> None:
    """Prints which answers differ, and the seconds."""
    differing = answers.differences(one, many)
    print(f"{len(one) - 1} answers compared; different: {', '.join(differing) or 'none'}")
    ratios = []
    for name, seconds in one["seconds"].items():
        ratios.append(many["seconds"][name] / seconds)
        print(
            f"{name:<24}{seconds * 1000:>12.1f} ms{many['seconds'][name] * 1000:>12.1f} ms{ratios[-1]:>8.2f}"
        )
    print(f"median ratio {median(ratios):.2f}")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        compare(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000, Path(folder))

"""Feeds the readers of untrusted input with broken input: no traceback, no hang, no more than 1 GB.

python tests/fuzz/run.py                          each reader for ten minutes, by atheris
python tests/fuzz/run.py picture date --seconds 60
python tests/fuzz/run.py --examples 500           each reader with 500 inputs, by hypothesis

Atheris (pip install -e '.[fuzz]', Linux only) changes inputs so that they reach new lines of Python; hypothesis
changes the valid inputs at random, and the test suite runs a few of these. A reader that fails is told at the end
with the input, which is also written to a file.
"""

from __future__ import annotations

import argparse
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

MEMORY_MB = 1024
HANG_S = 20
KINDS = ["flip", "insert", "delete", "swap", "repeat", "cut"]
STATISTIC = re.compile(r"stat::(\w+):\s+(\d+)")


def main() -> int:
    """Runs the readers that are asked for, each in its own process; the number of those that failed."""
    from readers import FOLDER, READERS

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("readers", nargs="*", metavar="READER", help=", ".join(READERS))
    parser.add_argument("--seconds", type=int, default=600, help="for each reader, by atheris")
    parser.add_argument("--examples", type=int, help="inputs for each reader, by hypothesis")
    parser.add_argument("--inside", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.inside:
        if given.examples:
            by_hypothesis(given.inside, given.examples)
        else:
            by_atheris(given.inside, given.seconds)
        return 0
    shutil.rmtree(FOLDER)
    failed = [name for name in given.readers or READERS if not run(name, given)]
    print(f"failed: {', '.join(failed)}" if failed else "no reader failed")
    return len(failed)


def run(name: str, given: argparse.Namespace) -> bool:
    """Runs one reader in a process; prints how many inputs it read, and the end of what a failure says."""
    how = ["--examples", str(given.examples)] if given.examples else ["--seconds", str(given.seconds)]
    done = subprocess.run(
        [sys.executable, __file__, "--inside", name, *how], capture_output=True, text=True, errors="replace"
    )
    said = dict(STATISTIC.findall(done.stdout + done.stderr))
    count, peak = said.get("number_of_executed_units", "?"), said.get("peak_rss_mb", "?")
    print(f"{name:8} {count:>10} inputs, {peak:>5} MB at most", flush=True)
    if done.returncode:
        print((done.stdout + done.stderr)[-4000:])
    return done.returncode == 0


def by_hypothesis(name: str, examples: int) -> None:
    """Changes valid inputs at random, in this process, which may not take more memory."""
    from hypothesis import HealthCheck, given, settings
    from hypothesis import strategies as st
    from readers import READERS

    reader = READERS[name]
    seeds = reader.seeds()
    for seed in seeds:
        reader.feed(seed)  # everything is imported before memory is limited
    size_kb = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize() // 1024
    limit = (size_kb + MEMORY_MB * 1024) * 1024
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    count = 0
    edit = st.tuples(st.floats(0, 1), st.sampled_from(KINDS), st.binary(max_size=8))

    @settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(seeds), st.lists(edit, max_size=6), st.one_of(st.none(), st.binary(max_size=400)))
    def feed(seed: bytes, edits: list[tuple[float, str, bytes]], other: bytes | None) -> None:
        nonlocal count
        count += 1
        reader.feed(changed(seed, edits) if other is None else other)

    feed()
    print(f"stat::number_of_executed_units: {count}")
    print(f"stat::peak_rss_mb: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}")


def changed(data: bytes, edits: list[tuple[float, str, bytes]]) -> bytes:
    """A valid input after some edits, each at a share of its length."""
    for share, kind, more in edits:
        at = int(share * len(data))
        if kind == "flip" and data:
            at = min(at, len(data) - 1)
            data = data[:at] + bytes([data[at] ^ (more[0] if more else 0xFF)]) + data[at + 1 :]
        elif kind == "insert":
            data = data[:at] + more + data[at:]
        elif kind == "delete":
            data = data[:at] + data[at + len(more) + 1 :]
        elif kind == "swap":  # of two pieces, as tags that close in the wrong order
            size = 1 + (more[0] if more else 0)
            data = data[:at] + data[at + size : at + 2 * size] + data[at : at + size] + data[at + 2 * size :]
        elif kind == "repeat":
            data = data[:at] + data[max(at - 40, 0) : at] * (len(more) + 1) + data[at:]
        else:
            data = data[:at]
    return data


def by_atheris(name: str, seconds: int) -> None:
    """Lets atheris look for inputs that reach new lines; it ends this process."""
    import atheris

    with atheris.instrument_imports(include=["coinstore", "PIL", "xlrd"]):
        from readers import READERS
    reader = READERS[name]
    corpus = Path(tempfile.mkdtemp(prefix="coinstore-corpus-"))
    for n, seed in enumerate(reader.seeds()):
        (corpus / f"{n}").write_bytes(seed)
    warnings.simplefilter("ignore")
    limits = [f"-max_total_time={seconds}", f"-rss_limit_mb={MEMORY_MB}", f"-timeout={HANG_S}"]
    shown = ["-print_final_stats=1", "-verbosity=0", f"-artifact_prefix={tempfile.gettempdir()}/{name}-"]
    atheris.Setup([sys.argv[0], *limits, *shown, "-max_len=65536", str(corpus)], reader.feed)
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())

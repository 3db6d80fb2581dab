"""Runs every benchmark, or those that are named: python tests/benchmarks/run.py [ingest embed …]; see NAMES."""

import subprocess
import sys
from pathlib import Path

NAMES = [
    "ingest",
    "loading",
    "embed",
    "eye",
    "networks",
    "write",
    "search",
    "sizes",
    "both",
    "memory",
    "graph",
    "pages",
    "overview",
    "browse",
    "evaluate",
    "roman",
    "learn",
    "finetune",
    "outlines",
    "match",
    "dies",
]

if __name__ == "__main__":
    failed = []
    for name in sys.argv[1:] or NAMES:
        print(f"\n== {name}", flush=True)
        done = subprocess.run([sys.executable, Path(__file__).with_name(f"{name}.py")], check=False)
        failed += [name] if done.returncode else []
    if failed:
        sys.exit(f"missed a bound, or ended with an error: {', '.join(failed)}")

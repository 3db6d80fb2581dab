"""Peak memory of ingesting 100,000 records, beside a tenth of them: it must not grow with the source."""

import csv
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from scratch import scratch_store

COLUMNS = ["id", "museum", "weight", "diameter", "date", "denomination", "mint", "type", "obverse_legend"]
CHILD = """
import json, resource, sys
from coinstore.db.engine import opened
from coinstore.ingest import ingest
from coinstore.records.load import Loaded
from coinstore.records.reader import Reading
with opened(sys.argv[1]) as store:
    total = sum(ingest(store, [Reading(sys.argv[2])]), Loaded())
print(json.dumps([total.new, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""


def write_records(path: Path, count: int) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for n in range(count):
            writer.writerow(
                [
                    f"N{n}",
                    f"Museum {n % 7}",
                    f"{3 + n % 97 / 100:.2f}".replace(".", ","),
                    "19-23",
                    f"{25 + n % 400} BC - {20 + n % 20} BC",
                    "Denarius",
                    "Rome",
                    f"RIC {n % 900}",
                    "AVGVSTVS " * 5,
                ]
            )


def main() -> None:
    for count in (10_000, 100_000):
        with scratch_store() as store, tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "records.csv"
            write_records(path, count)
            url = store.url.set(drivername="postgresql").render_as_string(hide_password=False)
            out = subprocess.run(
                [sys.executable, "-c", CHILD, url, str(path)], check=True, capture_output=True, text=True
            )
            new, peak_mb = json.loads(out.stdout)
            print(f"{new:,} records: peak {peak_mb:.0f} MB (bound 400)")


if __name__ == "__main__":
    main()

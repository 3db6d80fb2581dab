"""Peak memory of ingesting 100,000 records and of embedding 100,000 sides, compared with a tenth of them."""

import csv
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from scratch import scratch_store

COLUMNS = ["id", "museum", "weight", "diameter", "date", "denomination", "mint", "type", "obverse_legend"]
INGEST = """
import json, resource, sys
from coinstore.db.engine import opened
from coinstore.ingest import ingest
from coinstore.records.load import Loaded
from coinstore.records.reader import Reading
with opened(sys.argv[1]) as store:
    total = sum((s for s in ingest(store, [Reading(sys.argv[2], "M")]) if isinstance(s, Loaded)), Loaded())
print(json.dumps([total.new, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""
EMBED = """
import json, resource, sys
from coinstore.spaces import catalogue, embed
from coinstore.db.engine import opened
from coinstore.models.registry import make_spec
with opened(sys.argv[1]) as store:
    catalogue.add_space(store, "small", make_spec("torchvision:mobilenet_v3_small", "random:0", side_px=32))
    done = sum(batch.done for batch in embed.embed_sides(store, "small"))
print(json.dumps([done, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""
ORIGINALS = 10


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


def write_photographs(folder: Path, count: int) -> None:
    """This many names of a few small pictures: a separate photograph for each side."""
    for n in range(ORIGINALS):
        Image.effect_noise((64, 64), 20 + n).save(folder / f"{n:07}a00.jpg")
    for n in range(ORIGINALS, count):
        (folder / f"{n:07}a00.jpg").symlink_to(folder / f"{n % ORIGINALS:07}a00.jpg")


def measured(child: str, url: str, *arguments: str) -> tuple[int, float]:
    """How many items a process handled, and its peak memory in MB."""
    out = subprocess.run(
        [sys.executable, "-c", child, url, *arguments], check=True, capture_output=True, text=True
    )
    done, peak_mb = json.loads(out.stdout)
    return done, peak_mb


def main() -> None:
    for count in (10_000, 100_000):
        with scratch_store() as store, tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            url = store.url.set(drivername="postgresql").render_as_string(hide_password=False)
            write_records(folder / "records.csv", count)
            done, peak_mb = measured(INGEST, url, str(folder / "records.csv"))
            print(f"{done:,} records: peak {peak_mb:.0f} MB (bound 150)", flush=True)
            (folder / "photographs").mkdir()
            write_photographs(folder / "photographs", count)
            measured(INGEST, url, str(folder / "photographs"))
            done, peak_mb = measured(EMBED, url)
            print(f"{done:,} sides embedded by a network: peak {peak_mb:.0f} MB", flush=True)


if __name__ == "__main__":
    main()

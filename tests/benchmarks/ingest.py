"""Ingestion of the Roman coins, compared with reading, hashing, decoding and outlining each file once.

The loop that it is compared with runs in one process.
"""

import hashlib
import io

from PIL import Image
from scratch import real_data, scratch_store, timed

from coinstore.images.discs import find
from coinstore.ingest import ingest
from coinstore.records.reader import Reading


def bare(files: list) -> None:
    for file in files:
        data = file.read_bytes()
        hashlib.sha256(data).hexdigest()
        find(Image.open(io.BytesIO(data)).convert("RGB"))


def main() -> None:
    data = real_data()
    if data is None:
        print("the real coins are not next to the project: nothing to measure")
        return
    files = sorted((data / "roman/images").glob("*.jpg"))
    reading = Reading(str(data / "roman/records.csv"), images=str(data / "roman/images"))
    bare(files)  # into the page cache, for both
    ratios = []
    for _ in range(3):
        with scratch_store() as store:
            ours = timed(lambda store=store: list(ingest(store, [reading])))
        raw = timed(lambda: bare(files))
        ratios.append(ours / raw)
        print(
            f"{len(files):,} photographs: ingest {ours:.2f} s, bare {raw:.2f} s, ratio {ours / raw:.2f} (bound 1.3)"
        )
    print(f"median ratio {sorted(ratios)[1]:.2f}")


if __name__ == "__main__":
    main()

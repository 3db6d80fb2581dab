"""Nothing can poison a store: with 1 GB of memory, whatever a record names is one fault, and the next runs."""

import io
import os
import resource
import struct
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import pytest
from commands import PROGRAM, checked
from PIL import Image
from sqlalchemy import Engine, text

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the memory of a process this way"),
]
LIMIT = 1024**3


def run(environment: dict[str, str], *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    """A command that may use 1 GB of memory."""
    limit = lambda: resource.setrlimit(resource.RLIMIT_AS, (LIMIT, LIMIT))  # noqa: E731
    done = subprocess.run(
        [*PROGRAM, *arguments],
        env=environment | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        preexec_fn=limit,
        capture_output=True,
        text=True,
        timeout=200,
    )
    return checked(done, code)


def png(width: int, height: int, *, bits: int = 8, colour: int = 2) -> bytes:
    """A black picture that is whole and packs well."""
    samples = {0: 1, 2: 3, 6: 4}[colour]
    packer = zlib.compressobj(1)
    row = bytes(1 + width * samples * bits // 8)
    pixels = b"".join([packer.compress(row) for _ in range(height)] + [packer.flush()])

    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">L", len(content)) + kind + content + struct.pack(">L", zlib.crc32(kind + content))
        )

    header = chunk(b"IHDR", struct.pack(">LLBBBBB", width, height, bits, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def zip_of(folder: Path) -> list[str]:
    """A zip with members that are too large, claim another size, are zips, or are in order; their locations."""
    place = folder / "coins.zip"
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        with archive.open("huge.jpg", "w", force_zip64=True) as member:
            for _ in range(1500):
                member.write(bytes(1024**2))
        archive.writestr("lies.jpg", bytes(200_000_000))
        inner = io.BytesIO()
        with zipfile.ZipFile(inner, "w", zipfile.ZIP_BZIP2) as nested:
            nested.writestr("a.jpg", bytes(600_000_000))
        archive.writestr("in.zip", inner.getvalue())
    data = place.read_bytes().replace(struct.pack("<L", 200_000_000), struct.pack("<L", 1000))
    place.write_bytes(data)
    return [f"zip://huge.jpg::{place}", f"zip://lies.jpg::{place}", f"zip://in.zip::{place}",
            f"zip://a.jpg::zip://in.zip::{place}"]  # fmt: skip


def killers(folder: Path) -> dict[str, bytes]:
    """Pictures that need much memory or say that they do."""
    tiff = io.BytesIO()
    Image.new("L", (64, 64)).save(tiff, "TIFF", compression="tiff_lzw")
    return {
        "large.png": png(9400, 9400, colour=6),  # 88 million pixels, of which Pillow makes copies
        "deep.png": png(9400, 9400, bits=16, colour=0),
        "claim.png": png(3, 3).replace(struct.pack(">LL", 3, 3), struct.pack(">LL", 60000, 60000)),
        "claim.webp": b"RIFF\x1e\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\xff\x3f\0\xff\x3f\0" + bytes(8),
        "claim.tif": tiff.getvalue().replace(struct.pack("<HHLL", 278, 4, 1, 64), struct.pack("<HHLL", 278, 4, 1, 2**31)),
        "text.png": png(9, 9)[:33] + b"\0" * 100,
        "empty.jpg": b"",
    }  # fmt: skip


def test_whatever_a_record_names_is_one_fault(
    store: Engine, environment: dict[str, str], tmp_path: Path
) -> None:
    named = ["/dev/zero", "/dev/full", "/dev/tty", "/proc/kmsg", "/proc/self/mem", "/proc/kcore"]
    os.mkfifo(tmp_path / "pipe.jpg")
    with (tmp_path / "sparse.jpg").open("wb") as file:
        file.truncate(10**13)
    with (tmp_path / "sparse.zip").open("wb") as file:
        file.truncate(10**11)
    named += [
        "pipe.jpg",
        "sparse.jpg",
        f"zip://a.jpg::{tmp_path}/sparse.zip",
        f"zip://a.jpg::{tmp_path}/pipe.jpg",
    ]
    named += zip_of(tmp_path)
    for name, data in killers(tmp_path).items():
        (tmp_path / name).write_bytes(data)
        named.append(name)
    Image.effect_noise((60, 60), 90).save(tmp_path / "good.png")
    table = tmp_path / "records.csv"
    rows = [f"{number},{name}\n" for number, name in enumerate([*named, "good.png"])]
    table.write_text("id,obverse image\n" + "".join(rows))

    first = run(environment, "ingest", str(table), "--collection", "M")
    with store.connect() as c:
        faults = c.execute(text("select coin_id, reason from api.faults order by 1")).all()
        used = c.execute(text("select location from api.images where sha256 is not null")).scalars().all()
        assert c.execute(text("select job.unexamined_images()")).scalar_one() == 0
    # A picture of 88 million pixels is used where the memory is enough for it.
    count = len(named) + 1 - len(used)
    assert len(faults) == len({fault.coin_id for fault in faults}) == count
    assert str(tmp_path / "good.png") in used
    assert f"{count} faults" in first.stdout

    again = run(environment, "ingest", str(table), "--collection", "M")
    assert again.stdout.startswith("0 new") and f" 0 refused coins; {count} faults" in again.stdout
    run(environment, "embed", "hog")
    (tmp_path / "other.csv").write_text("id,obverse image\nx,good2.png\n")
    Image.effect_noise((60, 60), 50).save(tmp_path / "good2.png")
    assert (
        "; 0 faults." in run(environment, "ingest", str(tmp_path / "other.csv"), "--collection", "M").stdout
    )

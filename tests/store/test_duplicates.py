"""Photographs that are stored twice and coins that may be: these are found, and nothing else."""

import hashlib
import io
import threading
from pathlib import Path

import psycopg
import pytest
from PIL import Image
from sqlalchemy import Engine, text
from stores import Once

from coinstore.db import call
from coinstore.images.fingerprint import fingerprint
from coinstore.images.fingerprints import add_fingerprints, lacking
from coinstore.images.picture import examine
from coinstore.ingest import ingest
from coinstore.records.reader import Reading
from coinstore.synthetic import Mintage, write_collection


def copies(picture: Image.Image) -> dict[str, bytes]:
    wide, high = picture.size
    made = {
        "half": (picture.resize((wide // 2, high // 2), Image.Resampling.LANCZOS), 85),
        "larger": (picture.resize((int(wide * 1.7), int(high * 1.7)), Image.Resampling.BICUBIC), 90),
        "compressed": (picture, 40),
        "grey": (picture.convert("L"), 80),
    }
    found = {}
    for name, (copy, quality) in made.items():
        out = io.BytesIO()
        copy.save(out, "JPEG", quality=quality)
        found[name] = out.getvalue()
    return found


def differ(one: str | None, other: str | None) -> int:
    assert one and other
    return sum(a != b for a, b in zip(one, other, strict=True))


def test_copies_are_nearer_than_other_photographs(real: Path) -> None:
    files = sorted((real / "roman" / "images").glob("*.jpg"))[::60]
    originals = [fingerprint(examine(file.read_bytes()).thumbnail) for file in files]
    for file, original in zip(files, originals, strict=True):
        with Image.open(file) as picture:
            for name, copy in copies(picture.convert("RGB")).items():
                assert differ(fingerprint(examine(copy).thumbnail), original) <= 40, (file.name, name)
    nearest = min(differ(a, b) for n, a in enumerate(originals) for b in originals[:n])
    assert nearest > 40


def test_a_blank_picture_has_none() -> None:
    for picture in (Image.new("RGB", (120, 110), "white"), Image.new("L", (64, 64), 90)):
        out = io.BytesIO()
        picture.save(out, "JPEG")
        assert fingerprint(out.getvalue()) is None


def fill_drawn(store: Engine, folder: Path) -> None:
    """Thirty drawn coins, and as further coins a copy of one file, a resized copy, and two blank photographs."""
    list(write_collection(folder, 30, Mintage(seed=2)))
    lines = (folder / "records.csv").read_text("utf-8").splitlines()
    images = folder / "images"
    first, second = (line.split(",")[0].replace(" ", "") for line in lines[1:3])
    (images / "same_obv.jpg").write_bytes((images / f"{first}_obv.jpg").read_bytes())
    with Image.open(images / f"{second}_rev.jpg") as picture:
        (images / "copy_rev.jpg").write_bytes(copies(picture.convert("RGB"))["half"])
    for n, tone in enumerate((200, 210)):
        Image.new("RGB", (150, 150), (tone, tone, tone)).save(images / f"blank{n}_obv.jpg")
    header = lines[0].split(",")
    for number, column, name in (
        ("X 1", "obverse_image", "same_obv.jpg"),
        ("X 2", "reverse_image", "copy_rev.jpg"),
        ("X 3", "obverse_image", "blank0_obv.jpg"),
        ("X 4", "obverse_image", "blank1_obv.jpg"),
    ):
        row = dict.fromkeys(header, "") | {"inventory_number": number, "collection": "Copies", column: name}
        lines.append(",".join(row[name] for name in header))
    (folder / "records.csv").write_text("\n".join(lines), "utf-8")
    list(ingest(store, [Reading(str(folder / "records.csv"), images=str(images))]))


@pytest.fixture
def drawn(store: Engine, once: Once) -> Engine:
    once(lambda folder: fill_drawn(store, folder))
    return store


def test_what_is_there_twice_is_found(drawn: Engine) -> None:
    state = call.read(drawn, "part.fingerprint_state")[0]
    assert lacking(drawn) == state["photographs"] > 60
    assert sum(batch.done for batch in add_fingerprints(drawn)) == state["photographs"]
    assert list(add_fingerprints(drawn)) == [] and lacking(drawn) == 0
    assert call.read(drawn, "part.fingerprint_state")[0]["blank"] == 2
    found = call.read(drawn, "api.duplicate_photographs")
    assert [
        (row["kind"], row["inventory_number"], row["other_inventory_number"], row["face"]) for row in found
    ] == [
        ("same file", "LM 0001", "X 1", "obverse"),
        ("same photograph", "SN 0002", "X 2", "reverse"),
    ]
    twice = call.read(drawn, "api.same_coin_twice")
    assert [
        (row["inventory_number"], row["other_inventory_number"], row["reasons"]) for row in twice[:2]
    ] == [
        ("LM 0001", "X 1", ["same file of the obverse"]),
        ("SN 0002", "X 2", ["same photograph of the reverse"]),
    ]
    # Within one collection neither has a counterpart.
    assert call.read(drawn, "api.duplicate_photographs", predicate="collection = 'Copies'") == []


def test_near_pairs_are_those_of_brute_force(drawn: Engine) -> None:
    """Each pair that differs in at most 15 bits, as counted one by one; drawn coins resemble each other more."""
    list(add_fingerprints(drawn))
    rows = [row for row in call.look(drawn, "part.fingerprints") if row["fingerprint"] is not None]
    signs = {row["sha256"]: str(row["fingerprint"]) for row in rows}
    keys = sorted(signs)
    true = {(a, b): differ(signs[a], signs[b]) for n, b in enumerate(keys) for a in keys[:n]}
    found = {(r["sha256"], r["other"]): r["bits"] for r in call.look(drawn, "part.near_photographs")}
    assert found.items() <= true.items() and max(found.values()) <= 40
    assert {pair for pair, bits in true.items() if bits <= 15} <= set(found)


def test_many_of_one_are_each_paired_with_the_first(drawn: Engine) -> None:
    list(add_fingerprints(drawn))
    with drawn.begin() as c:
        for n in range(40):
            sha = hashlib.sha256(b"%d" % n).digest()
            c.execute(
                text(
                    "insert into core.image select :sha, size_bytes, width_px, height_px, format, thumbnail"
                    " from core.image order by sha256 limit 1"
                ),
                {"sha": sha},
            )
            c.execute(
                text("insert into core.fingerprint values (:sha, repeat('01', 128)::bit(256))"), {"sha": sha}
            )
    assert call.run(drawn, "job.compare_fingerprints") == 40
    found = call.look(drawn, "part.near_photographs")
    assert sum(row["bits"] == 0 for row in found) == 39
    with drawn.begin() as c:
        c.execute(text("delete from core.near_fingerprint"))
        c.execute(text("update core.fingerprint set is_compared = false"))
    call.run(drawn, "job.compare_fingerprints", crowd=1)  # a run that two share is a crowd at this limit
    assert len(call.look(drawn, "part.near_photographs")) == 39


def test_photographs_that_come_one_by_one_give_the_same_pairs(drawn: Engine) -> None:
    """Each new fingerprint is compared with those that were there, and they are not compared again."""
    list(add_fingerprints(drawn))
    whole = call.look(drawn, "part.near_photographs")
    with drawn.begin() as c:
        c.execute(text("create table public.kept as select * from core.fingerprint"))
        c.execute(text("delete from core.near_fingerprint"))
        c.execute(text("delete from core.fingerprint"))
    for part in range(4):
        with drawn.begin() as c:
            c.execute(
                text(
                    "insert into core.fingerprint (sha256, fingerprint) select sha256, fingerprint"
                    " from public.kept where get_byte(sha256, 0) % 4 = :part"
                ),
                {"part": part},
            )
        call.run(drawn, "job.compare_fingerprints")
    assert sorted(map(str, call.look(drawn, "part.near_photographs"))) == sorted(map(str, whole)) != []
    assert call.run(drawn, "job.compare_fingerprints") == 0


def test_a_fingerprint_that_comes_meanwhile_is_compared_in_the_next_run(drawn: Engine, url: str) -> None:
    list(add_fingerprints(drawn))
    whole = call.look(drawn, "part.near_photographs")
    late = next(row["sha256"] for row in whole if row["bits"])
    results: list[object] = []
    with psycopg.connect(url) as other:
        kept = other.execute(
            "delete from core.fingerprint where sha256 = decode(%s, 'hex') returning sha256, fingerprint",
            [late],
        ).fetchone()
        other.execute("update core.fingerprint set is_compared = false")
        other.execute("delete from core.near_fingerprint")
        other.commit()
        # The comparing, which has read the fingerprints by then, waits for this transaction.
        other.execute("lock table core.near_fingerprint in share mode")
        first = threading.Thread(target=lambda: results.append(call.run(drawn, "job.compare_fingerprints")))
        first.start()
        waiting = "select from pg_locks where relation = 'core.near_fingerprint'::regclass and not granted"
        while other.execute(waiting).fetchone() is None:
            pass
        other.execute("insert into core.fingerprint (sha256, fingerprint) values (%s, %s)", kept)
        other.commit()
        first.join()
    assert call.look(drawn, "part.near_photographs") != whole
    assert [*results, call.run(drawn, "job.compare_fingerprints")] == [
        len(call.look(drawn, "part.fingerprints")) - 1,
        1,
    ]
    assert sorted(map(str, call.look(drawn, "part.near_photographs"))) == sorted(map(str, whole))


def test_a_run_that_is_stopped_goes_on(drawn: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coinstore.images.fingerprints.BATCH", 16)
    run = add_fingerprints(drawn)
    assert next(run).done == 16
    run.close()
    total = call.read(drawn, "part.fingerprint_state")[0]
    assert total["fingerprints"] == 16 and lacking(drawn) == total["photographs"] - 16
    assert sum(batch.done for batch in add_fingerprints(drawn)) == total["photographs"] - 16

"""Ingestion: records and photographs together; one failure does not stop the rest."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from PIL import Image
from sqlalchemy import Engine

from coinstore import sandbox
from coinstore.db import call
from coinstore.images.examine import Examined, examine_images, unexamined
from coinstore.ingest import Complete, Note, RejectedSource, Step, ingest
from coinstore.records.load import Loaded
from coinstore.records.reader import Reading
from coinstore.sources.source import Source


def photographs(folder: Path, count: int, first: int = 0) -> Reading:
    folder.mkdir()
    for number in range(first, first + count):
        Image.new("RGB", (32, 32), (number % 255, 9, 9)).save(folder / f"{number:05}a00.png")
    return Reading(str(folder), collection=folder.name)


@pytest.mark.parametrize("is_forked", [True, False])
def test_photographs_are_looked_at_while_records_still_come(
    store: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_forked: bool
) -> None:
    if not is_forked:  # as on systems other than Linux, and in callers with threads
        monkeypatch.setattr(sandbox, "can_fork", lambda: False)
    seen = threading.Event()

    def readings() -> Iterator[Reading]:
        yield photographs(tmp_path / "first", 3)
        assert seen.wait(30), "no photograph was examined before the last record was stored"
        yield photographs(tmp_path / "second", 70, first=100)

    steps = []
    for step in ingest(store, readings()):
        steps.append(step)
        if isinstance(step, Examined):
            seen.set()
    assert sum(step.done for step in steps if isinstance(step, Examined)) == 73
    assert [step for step in steps if isinstance(step, Complete)]
    assert unexamined(store) == 0
    assert all(row["sha256"] for row in call.look(store, "api.images"))


def test_a_source_that_is_not_there_stops_no_other(store: Engine, tmp_path: Path) -> None:
    missing = Reading(str(tmp_path / "nowhere.csv"))
    steps = list(ingest(store, [missing, photographs(tmp_path / "there", 2)]))
    assert [step.location for step in steps if isinstance(step, RejectedSource)] == [missing.location]
    assert len(call.look(store, "api.coins")) == 2


def test_which_sheet_is_read_is_a_note_and_its_errors_are_faults(store: Engine, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["Coins of the museum"])
    table = book.create_sheet("Coins")
    for row in (["Inventory number", "Mint", "Weight (g)"], [115, "#REF!", 3.456], [116, "=A2", 3.4]):
        table.append(row)
    table["A2"].number_format, table["C2"].number_format = "00000", "0.0"
    book.save(tmp_path / "a.xlsx")
    steps = list(ingest(store, [Reading(str(tmp_path / "a.xlsx"), "M")]))
    (note,) = [step for step in steps if isinstance(step, Note)]
    assert "sheet 'Coins' is read; its other sheets are 'Sheet'" in note.text
    first, second = sorted(call.look(store, "api.coins"), key=lambda row: row["inventory_number"])
    assert (first["inventory_number"], first["weight_g"], second["mint"]) == ("00115", 3.456, None)
    assert [row["value_text"] for row in call.look(store, "api.faults")] == ["#REF!", "=A2"]
    raw = next(row["record"] for row in call.look(store, "api.records") if row["place"] == "row 2")
    assert (raw["Weight (g)"], raw["Weight (g) (value)"]) == ("3.5", 3.456)


def test_a_refused_row_keeps_its_reason_whatever_its_picture_is(store: Engine, tmp_path: Path) -> None:
    Image.new("RGB", (32, 32)).save(tmp_path / "a_obv.png")
    (tmp_path / "a.csv").write_text("id,image\n,a_obv.png\n,broken_obv.png\n1,a_obv.png\n")
    list(ingest(store, [Reading(str(tmp_path / "a.csv"), "M")]))
    reasons = [row["reason"] for row in call.look(store, "api.faults")]
    assert reasons == ["has no inventory number"] * 2


def test_a_dry_run_looks_at_no_photograph(store: Engine, tmp_path: Path) -> None:
    assert not [
        s for s in ingest(store, [photographs(tmp_path / "d", 2)], dry_run=True) if isinstance(s, Examined)
    ]
    assert call.look(store, "api.coins") == []


def test_a_dry_run_of_several_batches_counts_as_the_run_does(store: Engine, tmp_path: Path) -> None:
    table = tmp_path / "records.csv"
    lines = [f"{number},Denarius,RIC {number % 7},a legend\n" for number in range(180)]
    table.write_text("id,denomination,type,obverse legend\n" + "".join(lines))
    reading = Reading(str(table), collection="M")

    def loaded(dry_run: bool) -> list[Step]:
        return [step for step in ingest(store, [reading], dry_run=dry_run) if isinstance(step, Loaded)]

    dry = loaded(dry_run=True)
    assert call.look(store, "api.coins") == []
    assert dry == loaded(dry_run=False)
    assert [step.new for step in dry] == [50, 100, 30, 0]
    assert len(call.look(store, "api.coins")) == 180


def test_the_same_photograph_in_two_batches_is_stored_once(store: Engine, tmp_path: Path) -> None:
    folder = tmp_path / "alike"
    folder.mkdir()
    for number in range(200):  # several batches, several threads, one content
        Image.new("RGB", (32, 32)).save(folder / f"{number:05}a00.png")
    list(ingest(store, [Reading(str(folder), collection="alike")]))
    assert len({row["sha256"] for row in call.look(store, "api.images")}) == 1
    assert sum(batch.done for batch in examine_images(store)) == 0


def test_a_source_that_cannot_be_read_keeps_its_faults(store: Engine, tmp_path: Path) -> None:
    folder = photographs(tmp_path / "kept", 1)
    (tmp_path / "kept" / "no face.png").write_bytes((tmp_path / "kept" / "00000a00.png").read_bytes())
    list(ingest(store, [folder]))
    assert len(call.look(store, "api.faults")) == 1
    assert list(ingest(store, [Reading(folder.location)]))  # no collection is given
    assert len(call.look(store, "api.faults")) == 1


def test_a_source_is_known_without_its_secrets() -> None:
    assert Source("https://me:pass@h.org/a.csv?token=x", is_folder=False).name == "https://h.org/a.csv"


def test_a_file_that_is_not_there_takes_nothing_away(store: Engine, tmp_path: Path) -> None:
    photographs(tmp_path / "photos", 2)
    table = tmp_path / "records.csv"
    table.write_text("id,obverse image\n1,00000a00.png\n2,00001a00.png\n")
    there = Reading(str(table), collection="M", images=str(tmp_path / "photos"))
    list(ingest(store, [there]))
    known = call.look(store, "api.images")
    assert all(row["sha256"] for row in known)

    list(ingest(store, [Reading(str(table), collection="M")]))  # --images was forgotten
    assert call.look(store, "api.images") == known
    reasons = [row["reason"] for row in call.look(store, "api.faults")]
    assert reasons == ["the file is not there; the photograph that was known is kept"] * 2

    (tmp_path / "photos" / "00000a00.png").unlink()
    list(ingest(store, [there]))
    assert call.look(store, "api.images") == known
    assert len(call.look(store, "api.faults")) == 1


def test_a_file_that_cannot_be_reached_is_not_said_to_be_missing(store: Engine, tmp_path: Path) -> None:
    table = tmp_path / "records.csv"
    table.write_text("id,obverse image\n1,00000a00.png\n")
    Image.new("RGB", (9, 9)).save(tmp_path / "00000a00.png")
    reading = Reading(str(table), collection="M")
    list(ingest(store, [reading]))
    known = call.look(store, "api.images")
    (tmp_path / "00000a00.png").unlink()
    (tmp_path / "00000a00.png").symlink_to(tmp_path / "00000a00.png")  # it leads to itself
    list(ingest(store, [reading]))
    assert call.look(store, "api.images") == known
    reasons = [row["reason"] for row in call.look(store, "api.faults")]
    assert reasons == ["the file cannot be reached now; the photograph that was known is kept"]


# The peak of resource.getrusage begins with that of the process that started this one.
PEAK = """
import re, sys
from coinstore.db.engine import opened
from coinstore.ingest import ingest
from coinstore.records.reader import Reading
with opened(sys.argv[1]) as store:
    list(ingest(store, [Reading(sys.argv[2], "M")]))
print(int(re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())[1]) // 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the peak of one process")
def test_many_records_take_little_memory(url: str, tmp_path: Path) -> None:
    rows = (f"{n},note {n} {'x' * 500},Mint {n},RIC {n},{n % 9 + 1}.5\n" for n in range(12_000))
    (tmp_path / "a.csv").write_text("id,note,mint,type,weight\n" + "".join(rows), "utf-8")
    command = [sys.executable, "-c", PEAK, url, str(tmp_path / "a.csv")]
    peak_mb = int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    assert 20 < peak_mb < 150

"""Photographs examined in sandboxes: whatever a file is or does, the outcome is one fault of its side."""

import http.server
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from killing import killing_look, killing_prepare, muttering_look
from PIL import Image
from sqlalchemy import Engine, text
from stores import Once

from coinstore import sandbox
from coinstore.db import call
from coinstore.errors import StoreError
from coinstore.images import examine
from coinstore.images.examine import examine_images, unexamined
from coinstore.ingest import Ingested, follow, ingest
from coinstore.parallel import Supply
from coinstore.records.load import load
from coinstore.records.reader import Reading, read
from coinstore.spaces import prepare
from coinstore.spaces.claims import Plan
from coinstore.spaces.fill import Filled, fill_spaces
from coinstore.synthetic import write_collection
from coinstore.synthetic.mintage import Mintage

COINS = 60
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux only")


@pytest.fixture
def loaded(store: Engine, once: Once) -> Engine:
    """Drawn coins whose photographs nobody has examined yet."""

    def fill(folder: Path) -> None:
        list(write_collection(folder, COINS, Mintage(seed=2)))
        reading = Reading(str(folder / "records.csv"), images=str(folder / "images"))
        list(load(store, "/records.csv", read(reading)))

    once(fill)
    return store


def reasons(store: Engine) -> list[str]:
    """Why photographs could not be used."""
    return [row["reason"] for row in call.look(store, "api.faults") if row["face"]]


def table(file: Path, *images: str) -> Reading:
    """A table of coins, each with a photograph."""
    rows = [f'{file.stem} {number},"{image}"\n' for number, image in enumerate(images)]
    file.write_text("id,obverse image\n" + "".join(rows))
    return Reading(str(file), collection="M")


def run(store: Engine, *readings: Reading, retry: bool = False) -> Ingested:
    return follow(ingest(store, list(readings), retry=retry))


def test_all_is_examined_one_time(loaded: Engine) -> None:
    count = unexamined(loaded)
    assert sum(step.done for step in examine_images(loaded)) == count >= 2 * (COINS - 5)
    assert unexamined(loaded) == 0
    assert not multiprocessing.active_children()


@LINUX
def test_a_child_that_is_killed_costs_nothing(loaded: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "can_fork", lambda: True)  # an earlier test may have left a thread
    batches = examine_images(loaded)
    os.kill(multiprocessing.active_children()[0].pid or 0, signal.SIGKILL)
    list(batches)
    assert (unexamined(loaded), reasons(loaded)) == (0, [])


def test_an_error_of_the_database_comes_as_it_is(loaded: Engine) -> None:
    batches = examine_images(loaded, [Supply()])  # it waits for more
    next(batches)
    with loaded.begin() as c:
        c.execute(
            text(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid()"
            )
        )
    with pytest.raises(StoreError):
        list(batches)
    assert not multiprocessing.active_children()


@LINUX
@pytest.mark.parametrize(
    ("signal_of_it", "reason"),
    [(signal.SIGSEGV, "stopped the decoder"), (signal.SIGPROF, "takes the decoder more than 60 seconds")],
)
def test_a_picture_that_kills_its_decoder_is_one_fault(
    store: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signal_of_it: int, reason: str
) -> None:
    monkeypatch.setattr(examine, "look", killing_look)
    names = [f"{n}.png" for n in range(40)]
    for n, name in enumerate(names):
        Image.new("RGB", (9, 9), (n, n, n)).save(tmp_path / name)
    for name in names[5:40:10]:
        (tmp_path / name).write_bytes(b"killer %d" % signal_of_it)
    assert run(store, table(tmp_path / "t.csv", *names)).faults == 4
    assert reasons(store) == [reason] * 4
    assert unexamined(store) == 0
    assert sum(bool(row["sha256"]) for row in call.look(store, "api.images")) == 36
    monkeypatch.undo()
    assert run(store, table(tmp_path / "t.csv", *names)).faults == 4  # not examined again
    assert run(store, table(tmp_path / "t.csv", *names), retry=True).faults == 4
    assert reasons(store) == ["is a text file, not a picture"] * 4


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="there is no /dev/zero")
def test_whatever_a_record_names_is_one_fault(store: Engine, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "folder.jpg").mkdir()
    (tmp_path / "empty.jpg").touch()
    with (tmp_path / "sparse.jpg").open("wb") as file:
        file.truncate(10**12)
    named = ["pipe.jpg", "folder.jpg", "empty.jpg", "sparse.jpg", "none.jpg", "/dev/zero", "/dev/tty"]
    named += ["zip://a.jpg::/dev/zero", f"zip://a.jpg::{tmp_path}/pipe.jpg"]
    reading = table(tmp_path / "t.csv", *named)
    for _ in range(2):
        assert run(store, reading).faults == len(named)
        assert unexamined(store) == 0
    said = " | ".join(sorted(reasons(store)))
    for word in ("a pipe", "a folder", "is empty", "more than 512 MB", "is not there", "a device"):
        assert word in said, word


def test_a_name_that_no_file_can_have_is_one_fault(store: Engine, tmp_path: Path) -> None:
    long = "".join(chr(0x4E00 + n * 7919 % 20000) for n in range(5000))  # it does not fit into an index
    named = [
        long,
        f"{long[:500]}.jpg",
        "zip://a::" * 3000 + "/x.zip",
        "zip://" * 50 + "a::/x.zip",
        "a\u0085b.jpg",
        "::",
        "zip://::",
    ]
    reading = table(tmp_path / "t.csv", *named)
    for _ in range(2):
        assert run(store, reading).faults == len(named)
        assert unexamined(store) == 0


def test_a_reason_is_readable_whatever_the_decoder_says(
    store: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(examine, "look", muttering_look)
    (tmp_path / "x.png").touch()
    assert run(store, table(tmp_path / "t.csv", "x.png")).faults == 1
    assert reasons(store) == ["odd \ufffd\ufffd" + "x" * 494]


def test_faults_of_other_sources_are_not_counted(store: Engine, tmp_path: Path) -> None:
    Image.new("RGB", (9, 9)).save(tmp_path / "good.png")
    (tmp_path / "bad.png").touch()
    bad = table(tmp_path / "bad.csv", "bad.png", "none.png")
    list(load(store, bad.source.name, read(bad)))  # its photographs are left to the next run
    assert run(store, table(tmp_path / "good.csv", "good.png")).faults == 0
    assert unexamined(store) == 0
    assert run(store, bad).faults == 2
    assert run(store, table(tmp_path / "good.csv", "good.png")).faults == 0


def test_what_failed_for_reasons_of_its_own_waits_for_a_retry(store: Engine, tmp_path: Path) -> None:
    one, other = table(tmp_path / "one.csv", "1.png"), table(tmp_path / "other.csv", "2.png")
    for name in ("1.png", "2.png"):
        (tmp_path / name).touch()
    assert run(store, one, other).faults == 2
    before = faults_of(store)
    assert run(store, one, other).faults == 2
    assert faults_of(store) == before
    assert run(store, other, retry=True).faults == 1
    again = faults_of(store)
    assert again["1.png"] == before["1.png"] and again["2.png"] > before["2.png"]
    assert run(store, retry=True).faults == 2
    assert all(found > again[name] for name, found in faults_of(store).items())


def faults_of(store: Engine) -> dict[str, int]:
    """The key of the fault of each photograph, by the name of its file."""
    query = "select s.image_location, f.fault_id from core.fault f join core.side s using (side_id)"
    with store.connect() as c:
        return {Path(location).name: fault for location, fault in c.execute(text(query))}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, list[str], list[int]]]:
    """A server that answers what the last list says: its address, the addresses asked for, and the answer."""
    pytest.importorskip("aiohttp", reason="coinstore[remote] is not installed")
    Image.effect_noise((40, 40), 90).save(tmp_path / "x.png")
    asked: list[str] = []
    answer = [503]

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(answer[0])
            self.end_headers()
            if answer[0] == 200:
                self.wfile.write((tmp_path / "x.png").read_bytes())

        def log_message(self, *_: object) -> None: ...

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http_server:
        threading.Thread(target=http_server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{http_server.server_port}", asked, answer
        http_server.shutdown()


def test_an_address_that_failed_is_tried_again_after_a_growing_pause(
    store: Engine, tmp_path: Path, server: tuple[str, list[str], list[int]]
) -> None:
    address, asked, answer = server
    reading = table(tmp_path / "t.csv", f"{address}/1.png")
    pauses = []
    for tries in (1, 2, 3):
        assert run(store, reading).faults == 1
        assert ["503" in reason for reason in reasons(store)] == [True]
        assert run(store, reading).faults == 1
        with store.begin() as c:
            row = c.execute(text("select tries, due_at - now() as pause from core.image_retry")).one()
            assert row.tries == tries
            pauses.append(row.pause.total_seconds())
            c.execute(text("update core.image_retry set due_at = now()"))
    assert [round(pause / 60) for pause in pauses] == [1, 2, 4]

    asked.clear()
    assert run(store, table(tmp_path / "other.csv", "x.png")).faults == 0
    assert asked == []  # it belongs to another source
    answer[0] = 200
    assert run(store, reading, retry=True).faults == 0
    with store.connect() as c:
        assert c.execute(text("select count(*) from core.image_retry")).scalar_one() == 0


@LINUX
def test_a_picture_that_kills_the_decoder_of_embedding_is_one_fault(
    store: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It did not when it was ingested: there a JPEG is decoded at an eighth of its size."""
    for n in range(20):
        Image.effect_noise((40, 40), 90).save(tmp_path / f"{n}.png")
    run(store, table(tmp_path / "t.csv", *(f"{n}.png" for n in range(20))))
    monkeypatch.setattr(prepare, "prepare_photograph", killing_prepare)
    (filled,) = (step for step in fill_spaces(store, ["hog"]) if isinstance(step, Filled))
    assert (filled.done, filled.faults, filled.left) == (20, 1, 0)
    assert reasons(store) == ["stopped the decoder"]
    monkeypatch.undo()
    assert not [step for step in fill_spaces(store, ["hog"]) if isinstance(step, Filled)]
    (filled,) = (step for step in fill_spaces(store, ["hog"], Plan(retry=True)) if isinstance(step, Filled))
    assert (filled.done, filled.faults) == (1, 0)


def test_embedding_tries_an_address_again_after_a_pause(
    store: Engine, tmp_path: Path, server: tuple[str, list[str], list[int]]
) -> None:
    address, _, answer = server
    answer[0] = 200
    assert run(store, table(tmp_path / "t.csv", f"{address}/1.png")).faults == 0
    answer[0] = 503

    def filled() -> list[tuple[int, int]]:
        steps = fill_spaces(store, ["hog"])
        return [(step.done, step.faults) for step in steps if isinstance(step, Filled)]

    assert filled() == [(1, 1)]
    answer[0] = 200
    assert filled() == []
    with store.begin() as c:
        c.execute(text("update core.image_retry set due_at = now()"))
    assert filled() == [(1, 0)]
    assert reasons(store) == []

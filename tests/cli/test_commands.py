"""Commands parse, call once and print: results to stdout, all else to stderr, exit codes as promised."""

import csv
import io
import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from coinstore.server import embedded


@pytest.fixture
def photographs(tmp_path: Path) -> Path:
    """Twelve coins of two museums with both sides, as a table and photographs."""
    rng = np.random.default_rng(0)
    folder = tmp_path / "coins"
    (folder / "images").mkdir(parents=True)
    rows = ["id,museum,weight,mint,obverse_image,reverse_image"]
    for n in range(12):
        for face in ("obv", "rev"):
            pixels = np.kron(rng.integers(0, 255, (6, 6), np.uint8), np.ones((20, 20), np.uint8))
            Image.fromarray(pixels).save(folder / "images" / f"{n}_{face}.jpg")
        rows.append(f'A{n},Museum {n % 2},"{n + 1},5",Rome,{n}_obv.jpg,{n}_rev.jpg')
    (folder / "records.csv").write_text("\n".join(rows) + "\n", "utf-8")
    return folder


def ingest(coinstore, photographs: Path) -> dict:
    done = coinstore(
        "ingest",
        str(photographs / "records.csv"),
        "--images",
        str(photographs / "images"),
        "--json",
    )
    return json.loads(done.stdout)


@pytest.mark.process
def test_from_table_to_look_alikes(coinstore, photographs: Path) -> None:
    assert ingest(coinstore, photographs) == {
        "new": 12,
        "changed": 0,
        "unchanged": 0,
        "refused": 0,
        "faults": 0,
    }
    assert ingest(coinstore, photographs) == {
        "new": 0,
        "changed": 0,
        "unchanged": 12,
        "refused": 0,
        "faults": 0,
    }
    done = coinstore("embed", "hog", "--workers", "2")
    assert done.stdout == ""
    assert "24 sides in" in done.stderr
    assert all(word in done.stderr for word in ("reading", "embedding", "writing"))
    assert "hog is up to date" in coinstore("embed", "hog").stderr
    [space] = json.loads(coinstore("spaces", "--json").stdout)
    assert (space["space"], space["dims"], space["precision"]) == ("hog", 1764, "half")
    assert (space["trained"], space["sides"], space["embedded"]) == (True, 24, 24)
    assert (space["faults"], space["indexed"]) == (0, False)
    found = json.loads(
        coinstore(
            "similar",
            "Museum 0/A0",
            "-k",
            "3",
            "--where",
            "weight_g < 8 and collection <> 'Museum 0'",
            "--json",
        ).stdout
    )
    assert len(found) == 3
    assert {
        "coin_id",
        "collection",
        "inventory_number",
        "face",
        "distance",
        "similarity",
        "percentile",
        "mint",
    } <= set(found[0])
    assert [row["distance"] for row in found] == sorted(row["distance"] for row in found)
    assert all(row["weight_g"] < 8 and row["collection"] == "Museum 1" for row in found)


def test_a_photograph_from_outside_finds_itself(coinstore, photographs: Path) -> None:
    ingest(coinstore, photographs)
    coinstore("embed", "hog")
    outside = str(photographs / "images/5_rev.jpg")
    done = coinstore("similar", "--image", outside, "--face", "reverse", "-k", "1", "--csv")
    [row] = csv.DictReader(io.StringIO(done.stdout))
    assert (row["inventory_number"], row["face"]) == ("A5", "reverse")
    assert float(row["distance"]) < 1e-3


def test_a_replaced_photograph_is_taken_anew(coinstore, photographs: Path) -> None:
    ingest(coinstore, photographs)
    coinstore("embed", "hog")
    pixels = np.random.default_rng(9).integers(0, 255, (90, 90), np.uint8)
    Image.fromarray(pixels).save(photographs / "images/3_obv.jpg")
    assert ingest(coinstore, photographs)["changed"] == 1
    assert "1 sides in" in coinstore("embed", "hog").stderr


def test_a_photograph_that_changed_behind_our_back_is_a_fault(coinstore, photographs: Path) -> None:
    ingest(coinstore, photographs)
    Image.new("RGB", (50, 50), "red").save(photographs / "images/3_obv.jpg")
    (photographs / "images/4_obv.jpg").unlink()
    assert "2 faults" in coinstore("embed", "hog").stderr
    reasons = {fault["reason"] for fault in json.loads(coinstore("faults", "--json").stdout)}
    assert "the file has changed since it was ingested; ingest its source again" in reasons
    assert len(reasons) == 2


def test_bad_input_is_told_and_the_rest_goes_on(coinstore, photographs: Path) -> None:
    images = photographs / "images"
    (images / "0_obv.jpg").write_bytes((images / "0_obv.jpg").read_bytes()[:700])
    (images / "1_obv.jpg").write_text("not a picture")
    (images / "2_obv.jpg").write_bytes(b"")
    (images / "3_obv.jpg").unlink()
    with (photographs / "records.csv").open("a", encoding="utf-8") as file:
        file.write(
            "A5,Museum 1,3,Rome,,\nA20,Museum 1,0,Rome,4_obv.jpg,\n,Museum 1,3,Rome,,\nA21,Museum 1,3,Rome,,,x\n"
        )
    found = ingest(coinstore, photographs)
    assert found == {"new": 13, "changed": 0, "unchanged": 0, "refused": 3, "faults": 9}
    faults = json.loads(coinstore("faults", "--json").stdout)
    text = json.dumps(faults)
    for reason in (
        "is cut short",
        "is a text file",
        "the file is empty",
        "repeats the inventory number A5 of row 7",
        "0 is not a measurement",
        "a photograph shows one side of one coin",
        "has no inventory number",
        "has 7 cells where the header has 6; put quotes around a cell that has the delimiter in it",
    ):
        assert reason in text
    again = ingest(coinstore, photographs)
    assert (again["new"], again["changed"], again["faults"]) == (0, 0, 9)
    assert len(json.loads(coinstore("faults", "--json").stdout)) == len(faults)


def test_a_source_that_cannot_be_read_is_told_to_machines(coinstore, tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text('[{"id": 1}, ')
    (tmp_path / "good.csv").write_text("id,mint\n7,Rome\n")
    sources = [str(tmp_path / name) for name in ("broken.json", "good.csv")]
    found = json.loads(coinstore("ingest", *sources, "--collection", "M", "--json").stdout)
    assert found["new"] == 2  # the record before the damage, and that of the other table
    assert [unread["source"] for unread in found["unread"]] == sources[:1]
    assert found["unread"][0]["reason"]


def test_all_refused_is_three(coinstore, tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_text("id,mint\n")
    done = coinstore("ingest", str(tmp_path / "empty.csv"), "--collection", "M", code=3)
    assert "has a header and no rows" in done.stderr
    assert "empty.csv" in done.stderr


def test_a_misspelt_source_stops_before_anything_is_stored(coinstore, photographs: Path) -> None:
    there = str(photographs / "records.csv")
    done = coinstore("ingest", there, str(photographs / "nowhere.csv"), code=1)
    assert "nowhere.csv: there is no such file or folder." in done.stderr
    done = coinstore("ingest", there, "--images", str(photographs / "fotos"), code=1)
    assert "fotos: there is no such folder or zip of photographs." in done.stderr
    assert done.stdout == ""
    assert coinstore("faults", "--csv").stdout.startswith("source,place,")


def test_a_photograph_that_no_record_names_is_told(coinstore, photographs: Path) -> None:
    Image.new("RGB", (50, 50), "red").save(photographs / "images/99_obv.jpg")
    assert ingest(coinstore, photographs)["faults"] == 1
    [fault] = json.loads(coinstore("faults", "--json").stdout)
    assert (fault["place"], fault["reason"]) == (
        str(photographs / "images/99_obv.jpg"),
        "no accepted record names this photograph",
    )


def test_errors_are_one_sentence_and_one(coinstore, photographs: Path) -> None:
    ingest(coinstore, photographs)
    coinstore("embed", "hog")
    for arguments, words in [
        (["similar", "Nobody/1"], "no coin is named 'Nobody/1'"),
        (["similar", "Museum"], "give more of the name"),
        (["similar", "A0", "--space", "nope"], "there is no space nope; there is: hog"),
        (
            ["similar", "A0", "--where", "colour = 'red'"],
            "the condition given with --where cannot be used",
        ),
        (["embed", "nope"], "there is no space nope and no preset"),
        (["similar", "--image", "/nowhere.jpg"], "/nowhere.jpg"),
    ]:
        done = coinstore(*arguments, code=1)
        assert words in done.stderr
        assert done.stderr.startswith("coinstore: ")
        assert done.stdout == ""
    done = coinstore("similar", "A0", "--face", "both", "--where", "distance < 2", code=1)
    assert 'column "distance" does not exist' in done.stderr
    coinstore("similar", code=2)
    coinstore("similar", "A0", "--json", "--csv", code=2)
    coinstore("similar", "A0", "-k", "99999999999", code=2)
    coinstore("embed", "hog", "--device", "mars", code=2)
    coinstore("nonsense", code=2)
    coinstore("embed", "hog", "--batch-size", "0", code=2)


def test_no_server_no_rights_no_extension(coinstore, tmp_path: Path, url: str) -> None:
    away = coinstore("spaces", code=1, COINSTORE_DATABASE_URL=f"postgresql://x:secret@/nope?host={tmp_path}")
    assert "does not answer" in away.stderr
    assert "secret" not in away.stderr
    assert "postgresql://" in coinstore("spaces", code=1, COINSTORE_DATABASE_URL="nonsense").stderr
    empty = re.sub(r"/test_\d+\?", "/postgres?", url)
    assert "run: coinstore db upgrade" in coinstore("spaces", code=1, COINSTORE_DATABASE_URL=empty).stderr
    assert (
        "secret"
        not in coinstore(
            "db",
            "status",
            COINSTORE_DATABASE_URL=f"postgresql://x:secret@/nope?host={tmp_path}",
            code=1,
        ).stderr
    )


def test_columns(coinstore, photographs: Path) -> None:
    table = str(photographs / "records.csv")
    (photographs / "other.csv").write_text("id,metal\n1,AR\n", "utf-8")
    shown = json.loads(
        coinstore("ingest", "--columns", table, str(photographs / "other.csv"), "--json").stdout
    )
    assert {row["column"]: row["field"] for row in shown}["weight"] == "weight_g"
    assert {row["source"].rsplit("/")[-1] for row in shown} == {"records.csv", "other.csv"}
    for form in ([], ["--table"]):
        printed = coinstore("ingest", "--columns", table, *form).stdout.splitlines()
        assert printed == [line.rstrip() for line in printed]


def test_what_columns_prints_is_a_mapping_file(coinstore, tmp_path: Path) -> None:
    table, mapping = str(tmp_path / "met.csv"), tmp_path / "map.toml"
    Path(table).write_text("Object Number,Medium,Object Date\n99.1,Gold,A.D. 193\n", "utf-8")
    done = coinstore("ingest", table, "--collection", "M", "--dry-run")
    assert "nothing is read but the inventory numbers. Not recognised: 'Medium', 'Object Date'" in done.stderr
    assert f"coinstore ingest --columns {table} > map.toml" in done.stderr
    mapping.write_text(coinstore("ingest", "--columns", table).stdout, "utf-8")
    as_it_is = ("ingest", table, "--map", str(mapping), "--collection", "M", "--dry-run", "--json")
    assert json.loads(coinstore(*as_it_is).stdout)["new"] == 1
    changed = mapping.read_text("utf-8").replace('"Medium" = ""', '"Medium" = "material"')
    mapping.write_text(changed, "utf-8")
    assert "not recognised" not in coinstore(*as_it_is).stderr.lower()
    assert "give one SOURCE" in coinstore("ingest", "--columns", table, table, code=2).stderr


@pytest.mark.process
def test_what_psql_cannot_take_is_not_given_to_it(coinstore, url: str, tmp_path: Path) -> None:
    with_driver = url.replace("postgresql://", "postgresql+psycopg://")
    assert coinstore("db", "url", COINSTORE_DATABASE_URL=with_driver).stdout.strip() == url
    assert (
        coinstore("db", "psql", "-tAc", "select 7", COINSTORE_DATABASE_URL=with_driver).stdout.strip() == "7"
    )
    for address in ("mysql://here/x", "nonsense", f"postgresql://x@/nope?host={tmp_path}"):
        done = coinstore("db", "psql", "-c", "select 7", code=1, COINSTORE_DATABASE_URL=address)
        assert done.stderr.startswith("coinstore: ")


@pytest.mark.process
def test_a_disk_that_is_full(environment: dict[str, str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", "from coinstore_cli.main import main; main()", "spaces", "--json"],
            env=environment,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert (done.returncode, done.stderr) == (
        1,
        "coinstore: the output cannot be written: No space left on device.\n",
    )


@pytest.mark.process
def test_interrupted_it_says_what_is_kept(environment: dict[str, str]) -> None:
    command = "import sys; from coinstore_cli.main import main; print(1, file=sys.stderr, flush=True); main()"
    with subprocess.Popen(
        [sys.executable, "-c", command, "embed", "hog", "--watch", "1"],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stderr.readline() == "1\n"
        time.sleep(0.1)
        running.send_signal(signal.SIGINT)
        said = "coinstore: stopped; nothing that was stored is lost. Run the same command again."
        assert running.stderr.read().strip() == said
    assert running.wait() == 1


def test_without_the_libraries_of_networks(
    coinstore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    done = coinstore("model", "list", "--search", "DINO", "--json")
    assert all("dino" in row["preset"] + row["model"] for row in json.loads(done.stdout))
    assert json.loads(done.stdout) and "pip install 'coinstore[models]'" in done.stderr
    assert (
        "No model has nothing_such in its name."
        in coinstore(*("model", "list", "--search", "nothing_such")).stderr
    )
    absent = tmp_path / "absent.pth"
    done = coinstore("weights", "add", "mine", "--file", str(absent), code=1)
    assert f"there is no file {absent}; correct the path." in done.stderr


def test_a_dry_run_leaves_nothing(coinstore, photographs: Path) -> None:
    done = coinstore(
        "ingest",
        str(photographs / "records.csv"),
        "--images",
        str(photographs / "images"),
        "--dry-run",
    )
    assert done.stdout.startswith("Would be: 12 new")
    assert "The photographs were not opened" in done.stderr
    assert ingest(coinstore, photographs)["new"] == 12


@pytest.mark.parametrize(
    "command",
    [
        [],
        ["ingest"],
        ["embed"],
        ["similar"],
        ["spaces"],
        ["faults"],
        ["demo"],
        ["db"],
        ["db", "up"],
    ],
)
def test_help(coinstore, command: list[str]) -> None:
    assert "Usage: coinstore" in coinstore(*command, "--help").stdout


@pytest.mark.process
def test_the_embedded_server(coinstore, own_home: Path) -> None:
    home = {"COINSTORE_DATABASE_URL": "", "COINSTORE_HOME": str(own_home)}
    status = json.loads(coinstore("db", "status", "--json", **home).stdout)
    assert (status["server"], status["running"], status["url"]) == ("embedded", False, None)
    assert json.loads(coinstore("spaces", "--json", **home).stdout) == []
    address = coinstore("db", "url", **home).stdout.strip()
    answer = subprocess.run(
        [embedded.programs() / "psql", address, "-tAc", "select count(*) from api.coins"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.strip() == "0"
    assert coinstore("db", "psql", "-tAc", "select 7", **home).stdout.strip() == "7"
    assert json.loads(coinstore("db", "status", "--json", **home).stdout)["schema"] == "fits this program"
    assert "is down" in coinstore("db", "down", **home).stderr
    assert "was not running" in coinstore("db", "down", **home).stderr
    assert coinstore("db", "up", **home).stdout.strip() == address


def test_photographs_that_failed_are_examined_again_on_request(coinstore, tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / f"{name}.csv").write_text(f"id,obverse image\n{name},{name}.jpg\n")
        (tmp_path / f"{name}.jpg").touch()
    tables = [str(tmp_path / name) for name in ("one.csv", "other.csv")]
    first = coinstore("ingest", *tables, "--collection", "M")
    assert "2 faults" in first.stdout and "coinstore ingest --retry" in first.stderr
    for name in ("one", "other"):
        Image.new("RGB", (9, 9)).save(tmp_path / f"{name}.jpg")
    assert "; 0 faults." in coinstore("ingest", tables[0], "--retry", "--collection", "M").stdout
    assert len(json.loads(coinstore("faults", "--json").stdout)) == 1
    assert "; 0 faults." in coinstore("ingest", "--retry").stdout
    assert json.loads(coinstore("faults", "--json").stdout) == []
    assert "SOURCES" in coinstore("ingest", code=2).stderr

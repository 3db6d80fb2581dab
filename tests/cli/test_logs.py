"""Structured logs: one JSON object a line, none of them a secret."""

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from coinstore.synthetic import write_collection
from coinstore.synthetic.mintage import Mintage
from coinstore_cli.logs import LOGGER, Lines


def lines(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]


def test_each_batch_is_a_line(coinstore, tmp_path: Path) -> None:
    list(write_collection(tmp_path / "coins", 12, Mintage(seed=1)))
    log = tmp_path / "log.jsonl"
    source = ["ingest", str(tmp_path / "coins/records.csv"), "--images", str(tmp_path / "coins/images")]
    coinstore(*source, COINSTORE_LOG=str(log))
    coinstore("--log", str(log), "embed", "hog", "--batch-size", "8")
    found = lines(log.read_text("utf-8"))
    assert [line["command"] for line in found if line["event"] == "begin"] == ["ingest", "embed"]
    assert [line["code"] for line in found if line["event"] == "end"] == [0, 0]
    batches = [line for line in found if line["event"] == "embed.embedded"]
    assert sum(line["done"] for line in batches) > 20 and all(line["done"] <= 8 for line in batches)
    assert all(line["embed_s"] >= 0 and line["space"] == "hog" and line["at"].endswith("+00:00") for line in batches)
    assert any(line["event"] == "ingest.examined" for line in found)


def test_an_error_is_a_line_and_stdout_stays_clean(coinstore) -> None:
    done = coinstore("--log", "json", "similar", "nobody", code=1)
    logged = lines("\n".join(line for line in done.stderr.splitlines() if line.startswith("{")))
    assert [line["event"] for line in logged] == ["begin", "error", "end"]
    assert logged[1]["level"] == "error" and "nobody" in logged[1]["sentence"] and logged[2]["code"] == 1
    assert done.stdout == ""


def test_a_log_that_cannot_be_written(coinstore, tmp_path: Path) -> None:
    assert "cannot be written" in coinstore("--log", str(tmp_path / "no/log"), "spaces", code=1).stderr
    told = coinstore("--log", "/dev/full", "spaces").stderr
    assert told.count("the log cannot be written") == 1


def test_no_password_is_logged(coinstore) -> None:
    url = "postgresql://me:hunter2@localhost:1/none"
    done = coinstore("--log", "json", "spaces", code=1, COINSTORE_DATABASE_URL=url)
    assert "hunter2" not in done.stderr + done.stdout


@given(
    st.text(
        alphabet=st.characters(blacklist_characters="/@ \n\r\t", blacklist_categories=["Cs", "Z", "Cc"]), min_size=8
    )
)
def test_passwords_in_addresses_go(secret: str) -> None:
    secret = f"pw{secret}"
    record = LOGGER.makeRecord("x", 20, "f", 1, f"trying postgresql://me:{secret}@host/db", (), None)
    assert json.dumps(secret)[1:-1] not in Lines().format(record)

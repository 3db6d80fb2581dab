"""Structured logs: one JSON object per line, without secrets."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coinstore.synthetic import write_collection
from coinstore.synthetic.mintage import Mintage
from coinstore_cli.shared.logs import LOGGER, Lines


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
    assert '"command": "bi list"' in coinstore("--log", "json", "bi", "list").stderr
    batches = [line for line in found if line["event"] == "embed.embedded"]
    assert sum(line["done"] for line in batches) > 20 and all(line["done"] <= 8 for line in batches)
    assert all(
        line["embed_s"] >= 0 and line["space"] == "hog" and line["at"].endswith("+00:00") for line in batches
    )
    assert any(line["event"] == "ingest.examined" for line in found)


def test_an_error_is_a_line_and_stdout_stays_clean(coinstore) -> None:
    done = coinstore("--log", "json", "similar", "nobody", "--space", "hog", code=1)
    logged = lines("\n".join(line for line in done.stderr.splitlines() if line.startswith("{")))
    assert [line["event"] for line in logged] == ["begin", "error", "end"]
    assert logged[1]["level"] == "error" and "nobody" in logged[1]["sentence"] and logged[2]["code"] == 1
    assert done.stdout == ""


def test_a_log_that_cannot_be_written(coinstore, tmp_path: Path) -> None:
    assert "cannot be written" in coinstore("--log", str(tmp_path / "no/log"), "spaces", code=1).stderr
    told = coinstore("--log", "/dev/full", "spaces").stderr
    assert told.count("the log cannot be written") == 1


@pytest.mark.parametrize(
    "login", ["me:hunter2", "me:p/hunter2", "me:p@hunter2", "me:1/@hunter2", "me:p@x/hunter2", "me:?@hunter2"]
)
def test_no_password_is_logged(coinstore, login: str) -> None:
    url = f"postgresql://{login}@localhost:1/none"
    done = coinstore("--log", "json", "spaces", code=1, COINSTORE_DATABASE_URL=url)
    assert "hunter2" not in done.stderr + done.stdout


def logged(message: str, **fields: object) -> dict:
    record = LOGGER.makeRecord("x", 20, "f", 1, message, (), None, extra={"fields": fields})
    return json.loads(Lines().format(record))


SECRETS = st.text(st.characters(blacklist_categories=["Cs", "Z", "Cc"]), min_size=1).map("pw{}".format)


@given(SECRETS)
def test_passwords_in_addresses_go(secret: str) -> None:
    for address in (f"postgresql://me:{secret}@host/db", f"s3://{secret}@host/db"):
        told = logged(f"trying {address} again", source=address, sources=[address])
        place = f"{address.split('://')[0]}://host/db"
        assert (told["event"], told["source"], told["sources"]) == (f"trying {place} again", place, [place])


@given(
    SECRETS,
    st.sampled_from(
        [
            "password=",
            "PGPASSWORD=",
            "password: ",
            "Password:",
            "AWS_SECRET_ACCESS_KEY=",
            "token=",
            "my-token = ",
            "key=",
            "passphrase=",
        ]
    ),
)
def test_passwords_that_are_named_go(secret: str, name: str) -> None:
    for written in (secret.replace("'", "").replace('"', ""), json.dumps(secret + " and more")):
        assert logged(f"cannot use {name}{written} here")["event"] == f"cannot use {name}… here"
    assert logged("x", password=secret, inner={"api_token": secret}) | {"at": 0} == {
        "at": 0,
        "level": "info",
        "event": "x",
        "password": "…",
        "inner": {"api_token": "…"},
    }


def test_what_is_no_password_stays() -> None:
    words = "file:///a/b@c.jpg and zip://d@e.jpg::/a.zip: password authentication failed, 7 tokens"
    assert logged(words, tokens=7, elapsed_s=0.123456) | {"at": 0} == {
        "at": 0,
        "level": "info",
        "event": words,
        "tokens": 7,
        "elapsed_s": 0.1235,
    }

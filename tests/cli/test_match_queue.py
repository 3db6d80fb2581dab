"""coinstore match queue and verdicts: out to a file, judged there, and back."""

import csv
import io
import json
from pathlib import Path

import pytest
from judged import add_coins, add_matches, judge, of_odds
from sqlalchemy import Engine, text
from stores import Once


@pytest.fixture
def filled(store: Engine, once: Once) -> Engine:
    def fill(_folder: Path) -> None:
        add_coins(store, 6)
        add_matches(store, {(1, 2): of_odds(5), (2, 3): of_odds(0), (4, 5): of_odds(-1), (5, 6): of_odds(-3)})

    once(fill)
    return store


def test_out_to_a_file_and_back(filled: Engine, coinstore, tmp_path: Path) -> None:
    file = tmp_path / "queue.csv"
    shown = coinstore("match", "queue", "-o", str(file), "--limit", "3")
    assert shown.stdout.splitlines()[0].split()[:4] == ["gain", "face", "coin", "neighbour"]
    assert len(shown.stdout.splitlines()) == 5 and shown.stdout.splitlines()[-1] == str(file)
    assert json.loads(coinstore("match", "queue", "--json").stdout)[0]["coin"] == "Museum/M00002"
    printed = coinstore("match", "queue", "--csv", "--limit", "3").stdout
    assert printed.splitlines() == file.read_text().splitlines(), "one form in a file and in a pipe"
    rows = list(csv.DictReader(io.StringIO(printed)))
    judged = ({**row, "verdict": verdict} for row, verdict in zip(rows, ("no link", "", "x"), strict=True))
    with file.open("w", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(judged)
    done = coinstore("match", "verdicts", str(file), "--as", "A. Curator", code=3)
    assert done.stdout == "1 verdict stored, 0 replaced, 0 were there; 1 row has none, 1 cannot be used.\n"
    assert f"{file}, line 4, column verdict: 'x' is not a verdict" in done.stderr
    again = coinstore("match", "verdicts", str(file), "--as", "A. Curator", code=3)
    assert again.stdout.startswith("0 verdicts stored, 0 replaced, 1 was there;")
    left = json.loads(coinstore("match", "queue", "--json").stdout)
    assert "Museum/M00002" not in {row["coin"] for row in left}
    judge(filled, (2, 3), "same die", "B. Curator")
    assert json.loads(coinstore("match", "queue", "--json").stdout)[0]["conflicting"] is True


def test_a_list_without_pairs_says_what_helps(filled: Engine, coinstore) -> None:
    def told(*words: str) -> str:
        done = coinstore("match", "list", *words)
        assert done.stdout == ""
        return done.stderr.strip()

    low = "has a probability of 0.999 or more; lower --min-certainty."
    assert told("--min-certainty", "0.999") == f"No pair of coins {low}"
    one_pair = "inventory_number in ('M00005', 'M00006')"
    passing = told("--min-certainty", "0.999", "--where", one_pair)
    assert passing == f"No pair of coins that pass --where {low}"
    assert told("--where", "false") == "No compared pair of coins passes --where; change --where."
    with filled.begin() as c:
        c.execute(text("delete from core.match"))
    assert told("--where", "false").endswith("0.5 or more; compare some: coinstore match")


@pytest.mark.parametrize("filled_in", ["Verdict\nno link\n", "coin;neighbour;note\na;b;die break\n"])
def test_a_file_that_was_filled_in_is_not_replaced(
    filled: Engine, coinstore, tmp_path: Path, filled_in: str
) -> None:
    file = tmp_path / "queue.csv"
    file.touch()
    coinstore("match", "queue", "-o", str(file))
    coinstore("match", "queue", "-o", str(file), "--limit", "1")
    assert len(file.read_text().splitlines()) == 2, "a file without verdicts is written again"
    file.write_text(filled_in)
    told = coinstore("match", "queue", "-o", str(file), code=1)
    assert told.stdout == "" and "which would be lost; choose another name, or store them" in told.stderr
    assert f"coinstore match verdicts {file}" in told.stderr and file.read_text() == filled_in
    file.write_bytes(b"verdict\n\xff")
    assert "is not a text in UTF-8" in coinstore("match", "queue", "-o", str(file), code=1).stderr


def test_a_limit_is_a_number_that_the_store_can_take(filled: Engine, coinstore) -> None:
    for listed in ("list", "queue"):
        told = coinstore("match", listed, "--limit", "2147483648", code=2).stderr
        assert "2147483648 is not in the range 1<=x<=2147483647" in told
        assert coinstore("match", listed, "--limit", "2147483647").stdout


def test_no_table_says_that_a_pair_is_certain(filled: Engine, coinstore) -> None:
    add_matches(filled, {(1, 6): of_odds(12), (1, 5): of_odds(-12)})
    lines = coinstore("match", "list", "--min-certainty", "0").stdout.splitlines()
    assert lines[1].startswith("     > 0.99  obverse") and lines[-1].startswith("     < 0.01  obverse")
    listed = coinstore("match", "list", "--csv").stdout.splitlines()
    assert float(next(csv.DictReader(listed))["probability"]) > 0.9999


def test_what_is_refused(filled: Engine, coinstore, tmp_path: Path) -> None:
    assert "name it queue.csv" in coinstore("match", "queue", "-o", "queue.xlsx", code=1).stderr
    coinstore("match", "verdicts", str(tmp_path / "none.csv"), "--as", "A", code=2)
    file = tmp_path / "a.csv"
    file.write_text("coin,neighbour,face,verdict\n")
    coinstore("match", "verdicts", str(file), code=2)
    assert "0 verdicts stored" in coinstore("match", "verdicts", str(file), "--as", "A").stdout
    told = coinstore("match", "queue", "--where", "false").stderr
    assert "No compared pair is left to be judged; compare more: coinstore match" in told

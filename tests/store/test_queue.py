"""The queue of pairs to be judged, and verdicts that come back from a file."""

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from judged import PERSON, add_coins, add_matches, judge, of_odds
from sqlalchemy import Engine, text
from stores import Once
from studied import studied

from coinstore.db import call
from coinstore.dies.queue import FILE, queue, write_queue
from coinstore.errors import PredicateError, SettingsError, SourceError
from coinstore.store import Store

# A triangle, a pair, a chain that hangs on (9, 10), and single coins; between them uncertain pairs.
CERTAIN = {(1, 2): 6, (2, 3): 6, (1, 3): 6, (4, 5): 6, (8, 9): 6, (10, 11): 6, (9, 10): 2.5}
UNCERTAIN = {(3, 4): 0.0, (2, 5): -0.5, (6, 7): 0.0, (6, 12): -6}
LINKS = ("obverse", "Museum/M00003", "Museum/M00004")


@pytest.fixture
def filled(store: Engine, once: Once) -> Engine:
    def fill(_folder: Path) -> None:
        add_coins(store, 14)
        add_matches(store, {pair: of_odds(odds) for pair, odds in (CERTAIN | UNCERTAIN).items()})

    once(fill)
    return store


def bits(odds: float) -> float:
    p = 1 / (1 + np.exp(-odds))
    return float(-(p * np.log2(p) + (1 - p) * np.log2(1 - p)))


def asked(store: Engine, limit: int = 50, **how) -> list[tuple[int, int]]:
    return [tuple(int(row[end][-5:]) for end in ("coin", "neighbour")) for row in queue(store, limit, **how)]


def test_the_pair_that_changes_most_comes_first(filled: Engine) -> None:
    rows = queue(filled, 50)
    found = {(int(row["coin"][-2:]), int(row["neighbour"][-2:])): row for row in rows}
    assert list(found)[:3] == [(3, 4), (9, 10), (6, 7)]
    assert [found[pair]["pairs"] for pair in ((3, 4), (9, 10), (8, 9), (6, 7), (4, 5))] == [6, 4, 3, 1, 1]
    for pair, row in found.items():
        odds = (CERTAIN | UNCERTAIN)[pair]
        assert row["gain"] == pytest.approx(row["pairs"] * bits(odds), rel=1e-3)
    assert (2, 5) not in found, "(3, 4) answers it: both join the same two groups"
    assert sum(pair in found for pair in ((1, 2), (2, 3), (1, 3))) == 1, "one of a group that hangs together"
    assert list(rows[0]) != [] and set(FILE) <= set(rows[0])
    assert (rows[0]["verdict"], rows[0]["note"], rows[0]["conflicting"]) == ("", "", False)
    assert rows[0]["photograph"].endswith(".jpg")
    assert asked(filled, 2) == [(3, 4), (9, 10)]


def test_links_are_from_the_lowest_certainty_on(filled: Engine) -> None:
    assert max(row["pairs"] for row in queue(filled, 50)) == 6
    assert max(row["pairs"] for row in queue(filled, 50, lowest=0.998)) == 1, "no links, so no groups"
    with pytest.raises(SettingsError, match=r"at least 0\.5"):
        queue(filled, 50, lowest=0.2)


def test_what_is_judged_is_not_asked_and_contradictions_come_first(filled: Engine) -> None:
    judge(filled, (6, 7), "same type")
    judge(filled, (3, 4), "no link")
    assert asked(filled)[0] == (9, 10) and not {(3, 4), (2, 5), (6, 7)} & set(asked(filled))
    judge(filled, (3, 4), "same die", "B. Curator")
    judge(filled, (13, 14), "same die")  # never compared
    judge(filled, (13, 14), "no link", "B. Curator", "both")
    first, second, third, *_ = queue(filled, 50)
    assert [row["conflicting"] for row in (first, second, third)] == [True, True, False]
    assert {first["coin"], second["coin"]} == {"Museum/M00003", "Museum/M00013"}
    assert sorted(row["probability"] is None for row in (first, second)) == [False, True]
    judge(filled, (9, 10), "same die")
    assert (9, 10) not in asked(filled)


def test_a_verdict_makes_groups_larger_and_so_the_next_pair_more_important(filled: Engine) -> None:
    judge(filled, (3, 4), "same die")
    add_matches(filled, {(5, 6): of_odds(0)})
    assert {(5, 6): 5 * 1}.items() <= {
        (int(row["coin"][-2:]), int(row["neighbour"][-2:])): row["pairs"] for row in queue(filled, 3)
    }.items()


def test_one_face_and_a_condition(filled: Engine) -> None:
    add_matches(filled, {(1, 14): of_odds(0)}, face="reverse")
    assert (1, 14) in asked(filled) and asked(filled, faces=["reverse"]) == [(1, 14)]
    assert asked(filled, where="inventory_number > 'M00005' and inventory_number < 'M00008'") == [(6, 7)]
    assert asked(filled, where="false") == []
    with pytest.raises(PredicateError):
        queue(filled, 5, where="nonsense = 1")


def rows_of(store: Engine) -> list:
    found = call.look(store, "api.verdicts")
    return sorted(
        (row["coin_id"], row["neighbour_id"], row["face"], row["verdict"], row["note"], row["said_by"])
        for row in found
    )


def write(path: Path, rows: list, header=("coin", "neighbour", "face", "verdict", "note"), **how) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, **how).writerows([header, *rows])
    return path


NAMES = ("=1+1", "+a/b", 'ä, "q"; x', "'x", "-\ty", "@M 1", "17", "Ω")
PAIRS = [(a, b) for a in range(len(NAMES)) for b in range(len(NAMES)) if a != b]
NOTES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)


@pytest.fixture
def oddly_named(store: Engine, once: Once) -> Engine:
    once(lambda _folder: studied(store, NAMES))
    return store


@settings(max_examples=25)
@given(
    given_rows=st.lists(
        st.tuples(
            st.sampled_from([pair for pair in PAIRS if pair[0] < pair[1]]),
            st.sampled_from(["obverse", "reverse", "both"]),
            st.sampled_from(["same die", "same type", "no link"]),
            NOTES,
        ),
        max_size=8,
        unique_by=lambda row: row[:2],
    ),
    is_turned=st.booleans(),
)
def test_what_is_written_comes_back(oddly_named: Engine, tmp_path: Path, given_rows, is_turned) -> None:
    with oddly_named.begin() as c:
        c.execute(text("delete from core.verdict"))
        ids = dict(c.execute(text("select inventory_number, coin_id from api.coins")).all())
    empty = dict.fromkeys(FILE, "")
    rows = [
        empty | {"coin": f"Museum/{NAMES[b if is_turned else a]}", "face": face, "verdict": verdict, "note": note,
                 "neighbour": f"Museum/{NAMES[a if is_turned else b]}"}
        for (a, b), face, verdict, note in given_rows
    ]  # fmt: skip
    (tmp_path / "judged.csv").unlink(missing_ok=True)
    write_queue([*rows, empty | {"coin": "Museum/17", "neighbour": "nobody"}], tmp_path / "judged.csv")
    done = Store(oddly_named).matches.import_verdicts(tmp_path / "judged.csv", PERSON)
    assert (done.added, done.changed, done.unchanged, done.empty, done.faults) == (len(rows), 0, 0, 1, ())
    expected = sorted(
        (*sorted((ids[NAMES[a]], ids[NAMES[b]])), face, verdict, note or None, PERSON)
        for (a, b), face, verdict, note in given_rows
    )
    assert rows_of(oddly_named) == expected
    before = call.look(oddly_named, "api.verdicts")
    again = Store(oddly_named).matches.import_verdicts(tmp_path / "judged.csv", PERSON)
    assert (again.added, again.changed, again.unchanged) == (0, 0, len(rows))
    assert call.look(oddly_named, "api.verdicts") == before, "not even the time has changed"


def test_a_row_that_is_wrong_stops_no_other(filled: Engine, tmp_path: Path) -> None:
    file = write(
        tmp_path / "judged.csv",
        [
            ("Museum/M00001", "M00002", "obverse", "same-die", "die break\nat IMP"),
            ("M00001", "M00003", "edge", "same die", ""),
            ("M00001", "M00003", "obverse", "maybe", ""),
            ("M00001", "M99", "obverse", "no link", ""),
            ("M00004", "M00004", "obverse", "no link", ""),
            ("M00002", "M00001", "obverse", "no link", ""),
            ("M00001", "M00002", "obverse", "Same Die", ""),
            ("M00005", "M00006", "Reverse", "NO LINK"),
            ("M00007", "M00008", "obverse", " ", "not yet"),
        ],
    )
    done = Store(filled).matches.import_verdicts(file, PERSON)
    assert (done.added, done.changed, done.unchanged, done.empty) == (2, 0, 0, 1)
    place = f"{file}, line "
    assert [fault.removeprefix(place) for fault in done.faults] == [
        "4, column face: 'edge' is not a face; write obverse, reverse, both.",
        "5, column verdict: 'maybe' is not a verdict; write same die, same type, no link.",
        "6, column neighbour: no coin is named 'M99'; give collection/inventory_number, a part of it, or an id.",
        "7, column neighbour: this is the coin of the column coin; name two coins.",
        "8, column verdict: it says no link, but line 2 says same die of this pair.",
    ]
    assert rows_of(filled) == [
        (1, 2, "obverse", "same die", "die break\nat IMP", PERSON), (5, 6, "reverse", "no link", None, PERSON)
    ]  # fmt: skip
    write(tmp_path / "judged.csv", [("M00001", "M00002", "obverse", "no link")], delimiter=";")
    done = Store(filled).matches.import_verdicts(file, PERSON)
    assert (done.added, done.changed, done.unchanged) == (0, 1, 0)
    done = Store(filled).matches.import_verdicts(file, "B. Curator")
    assert done.added == 1 and len(rows_of(filled)) == 3


def test_a_row_that_was_cut_off_or_has_an_open_quotation_mark_is_not_used(
    filled: Engine, tmp_path: Path
) -> None:
    file = tmp_path / "judged.csv"
    head, first = "coin,neighbour,face,verdict,note\n", "M00001,M00002,obverse,same die\n"
    for last, said in (
        (
            'M00003,M00004,obverse,no link,"seen',
            "line 4: this is not CSV (unexpected end of data); look at its",
        ),
        ("M000", "line 4: the row ends before the column neighbour."),
    ):
        file.write_text(head + first + "\n" + last)
        done = Store(filled).matches.import_verdicts(file, PERSON)
        assert (done.added + done.unchanged, done.empty, len(done.faults)) == (1, 0, 1)
        assert f"{file}, {said}" in done.faults[0]
    for without_empty_cells in ("M00003,M00004,obverse", "M00003,M00004"):
        file.write_text(head + first + without_empty_cells)
        done = Store(filled).matches.import_verdicts(file, PERSON)
        assert (done.unchanged, done.empty, done.faults) == (1, 1, ()), "a spreadsheet leaves them out"
    file.write_text(
        head + 'M00003,M00004,obverse,no link,"seen\n' + first + 'M00005,M00006,both,no link,"a"\n'
    )
    done = Store(filled).matches.import_verdicts(file, PERSON)
    assert (done.added, done.unchanged) == (1, 1), "a quotation mark swallows no other row"
    assert len(done.faults) == 1 and f"{file}, line 2: this is not CSV" in done.faults[0]
    with pytest.raises(SettingsError, match="which would be lost"):
        write_queue([], file)
    file.write_text(",,\n")
    with pytest.raises(SourceError, match="has no columns coin and neighbour"):
        Store(filled).matches.import_verdicts(file, PERSON)
    file.write_text('coin,"neighbour')
    with pytest.raises(SourceError, match="line 1: this is not CSV: unexpected end of data"):
        Store(filled).matches.import_verdicts(file, PERSON)


def test_a_file_that_cannot_be_read_is_one_sentence(filled: Engine, tmp_path: Path) -> None:
    file = tmp_path / "judged.csv"
    write(file, [], header=("coin", "neighbour", "verdict"))
    with pytest.raises(
        SourceError,
        match=r"has no column face; the columns in its first line are: coin, neighbour, verdict\.",
    ):
        Store(filled).matches.import_verdicts(file, PERSON)
    for content, said in (
        (b"coin\xff", "is not a text in UTF-8"),
        (b"\xef\xbb\xbf\n", "is empty; its first line names the columns coin, neighbour, face, verdict"),
        (
            b"coin;verdict;Coin",
            "has no columns neighbour and face; the columns in its first line are: coin, v",
        ),
        (b"coin;neighbour;face;verdict;Coin", "has more than one column coin; keep one of them"),
    ):
        file.write_bytes(content)
        with pytest.raises(SourceError, match=said):
            Store(filled).matches.import_verdicts(file, PERSON)
    with pytest.raises(SettingsError, match="the name of the person"):
        Store(filled).matches.import_verdicts(file, " ")
    with pytest.raises(SettingsError, match=r"name it queue.csv"):
        write_queue([], tmp_path / "queue.txt")

"""Matches: drawn coins are compared along graphs, as named pairs and all with all; what changed is due again."""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import psycopg
import pytest
from sqlalchemy import Engine, text
from stores import Once

from coinstore.db import call
from coinstore.dies import features, match
from coinstore.dies.cache import FeatureFiles
from coinstore.dies.match import Matched, MatchingDone, match_due, match_pair
from coinstore.dies.plan import PARAMETERS, NamedPair, PairsAsked, Planned, plan
from coinstore.errors import NotFound, SettingsError, SpaceError, StoreError
from coinstore.matching import Side
from coinstore.parallel import in_processes
from coinstore.store import Store
from coinstore.synthetic import Mintage, write_collection

COINS = 12
OBVERSES = PairsAsked(faces=["obverse"])
PAIRS = COINS * (COINS - 1) // 2


def fill_home(store: Engine, folder: Path) -> None:
    """The coins, and their features: read once for all tests."""
    list(write_collection(folder, COINS, Mintage(seed=4, types=2, dies=2)))
    Store(store).ingest(str(folder / "records.csv"), images=str(folder / "images"))
    with mock.patch.dict(os.environ, COINSTORE_HOME=str(folder)):
        plan(store, PairsAsked(faces=["obverse", "reverse"]))
        run(store)
    with store.begin() as c:
        c.execute(text("delete from core.match"))


@pytest.fixture
def folder(store: Engine, once: Once, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of the coins and of their features."""

    def fill(folder: Path) -> str:
        fill_home(store, folder)
        return str(folder)

    found = Path(once(fill))
    monkeypatch.setenv("COINSTORE_HOME", str(found))
    yield found


def run(store: Engine) -> list[Matched]:
    return list(match_due(store))


def matched(store: Engine, asked: PairsAsked = OBVERSES, **how) -> tuple[Planned, MatchingDone]:
    steps = list(match.match(store, asked, **how))
    assert isinstance(steps[0], Planned) and isinstance(steps[-1], MatchingDone)
    return steps[0], steps[-1]


def rows(store: Engine, query: str, **given) -> list:
    with store.begin() as c:
        return c.execute(text(query), given).all()


TABLE = "select side_id, other_id, digest, other_digest, transform, sectors, probability from core.match order by 1, 2"
DIES = "select coin_id, face, die from api.dies"


def test_pairs_of_one_die_are_probable_and_others_are_not(store: Engine, folder: Path) -> None:
    planned, done = matched(store, PairsAsked(faces=["obverse", "reverse"]))
    reverses = rows(store, "select count(*) from core.side where face = 'reverse'")[0][0]
    both = PAIRS + reverses * (reverses - 1) // 2
    assert (planned.pairs, planned.due, planned.waiting) == (both, both, both)
    assert (done.pairs, done.skipped, done.left, done.reasons) == (both, 0, 0, [])
    dies = {(coin, face): die for coin, face, die in rows(store, DIES)}
    found = call.look(store, "api.matches")
    assert len(found) == both
    same = [
        row for row in found if dies[row["coin_id"], row["face"]] == dies[row["neighbour_id"], row["face"]]
    ]
    other = [row for row in found if row not in same]
    assert len(same) > 10 and len(other) > 50
    assert sum(row["probability"] > 0.5 for row in same) > 0.8 * len(same), "the others are worn"
    assert max(row["probability"] for row in other) < 0.5
    assert all(row["parameters"] == PARAMETERS.recipe() and row["opencv_version"] for row in found)
    for row in found:
        assert (row["transform"] is None) == (row["whole"] is None)
        assert row["transform"] is None or (len(row["transform"]), len(row["sectors"])) == (6, 16)
    first = Store(store).matches.list(0.5)
    assert [row["probability"] for row in first] == sorted(
        (row["probability"] for row in first), reverse=True
    )
    assert {row["type"] == row["neighbour_type"] for row in first[:5]} == {True}


def test_a_second_run_does_nothing(store: Engine, folder: Path) -> None:
    matched(store)
    before = rows(store, TABLE)
    with mock.patch.object(features, "photographed", side_effect=AssertionError):
        planned, done = matched(store)
    assert (planned.pairs, planned.due, done.pairs, done.left) == (PAIRS, 0, 0, 0)
    assert rows(store, TABLE) == before


def test_another_detector_compares_the_pairs_again(store: Engine, folder: Path) -> None:
    matched(store)
    first = call.look(store, "api.matches")
    matches = Store(store).matches
    done = matches.match(faces=["obverse"], detector="orb")
    found = call.look(store, "api.matches")
    assert (done.pairs, len(found)) == (PAIRS, PAIRS)
    assert {row["parameters"]["detector"] for row in found} == {"orb"}
    assert [row["agreeing"] for row in found] != [row["agreeing"] for row in first]
    best = max(found, key=lambda row: row["probability"])
    names = best["inventory_number"], best["neighbour_inventory_number"]
    said = matches.explain(*names, "obverse").pairs[0]
    assert (said.match.parameters.detector, said.match.agreeing) == ("orb", best["agreeing"])
    with pytest.raises(SettingsError, match="'surf' is not a detector; use one of: sift, orb"):
        matches.match(faces=["obverse"], detector="surf")


def test_any_turn_compares_the_pairs_again_and_reads_no_photograph_again(store: Engine, folder: Path) -> None:
    matched(store)
    with mock.patch.object(features, "photographed", side_effect=AssertionError):
        done = Store(store).matches.match(faces=["obverse"], any_turn=True)
    found = call.look(store, "api.matches")
    assert (done.pairs, len(found)) == (PAIRS, PAIRS)
    assert {row["parameters"]["any_turn"] for row in found} == {True}
    best = max(found, key=lambda row: row["probability"])
    said = Store(store).matches.explain(
        best["inventory_number"], best["neighbour_inventory_number"], "obverse"
    )
    assert matched(store)[0].due == 0, "what was compared with any turn was compared upright, too"
    two = Store(store).matches.compare(
        best["inventory_number"], best["neighbour_inventory_number"], "obverse"
    )
    assert [row["probability"] for row in two] == [best["probability"]]
    assert said.pairs[0].match.parameters.any_turn and said.pairs[0].probability == best["probability"]


def test_another_outline_or_photograph_makes_its_pairs_due(store: Engine, folder: Path) -> None:
    matched(store)
    [(side, number)] = rows(
        store,
        "select side_id, inventory_number from api.sides where face = 'obverse' order by 1 offset 3 limit 1",
    )
    Store(store).outlines.set(number, "obverse", person="A. Curator", circle=(130, 130, 100))
    assert plan(store, OBVERSES) == Planned(PAIRS, COINS - 1, COINS - 1)
    due = rows(store, "select side_id, other_id from core.match_due")
    assert all(side in pair for pair in due)
    assert len(call.look(store, "api.matches")) == PAIRS - (COINS - 1), "what is not current is not shown"
    assert matched(store)[1].pairs == COINS - 1
    assert len(call.look(store, "api.matches")) == PAIRS
    (other,) = rows(store, "select image_location, sha256 from core.side where side_id = :s", s=side + 1)
    with store.begin() as c:
        c.execute(text("update core.side set image_location = null where side_id = :s"), {"s": side + 1})
        c.execute(
            text("update core.side set image_location = :l, sha256 = :h where side_id = :s"),
            {"l": other[0], "h": other[1], "s": side},
        )
    planned, done = matched(store)
    assert (planned.pairs, planned.due, done.pairs) == (PAIRS, COINS - 1, COINS - 1)


def test_workers_share_the_pairs_and_give_what_one_gives(store: Engine, folder: Path) -> None:
    with mock.patch.object(match, "BATCH", 20):
        matched(store)
        alone = rows(store, TABLE)
        with store.begin() as c:
            c.execute(text("delete from core.match"))
        plan(store, OBVERSES)
        one, two = match_due(store), match_due(store)
        batches = [next(one), next(two)]
        # A worker that yields has committed; within a transaction its sides are its own.
        with store.begin() as a, store.begin() as b:
            first = call.rows(a, "job.claim_matches", at_most=5)
            second = call.rows(b, "job.claim_matches", at_most=5)
            assert first and second and not {r["side_id"] for r in first} & {r["side_id"] for r in second}
        batches += [*one, *two]
    assert sum(batch.pairs for batch in batches) == PAIRS
    assert rows(store, TABLE) == alone
    with store.begin() as c:
        c.execute(text("delete from core.match"))
    _, done = matched(store, workers=2)
    assert (done.pairs, done.left) == (PAIRS, 0) and rows(store, TABLE) == alone


def test_a_killed_worker_loses_its_batch_and_nothing_else(store: Engine, folder: Path) -> None:
    def killed(*_given: object) -> None:
        raise KeyboardInterrupt

    with mock.patch.object(match, "BATCH", 20):
        plan(store, OBVERSES)
        working = match_due(store)
        done = next(working).pairs
        with mock.patch.object(match.Worker, "match", killed), pytest.raises(KeyboardInterrupt):
            next(working)
        working.close()
    assert len(rows(store, TABLE)) == done
    planned, rest = matched(store)
    assert (planned.due, rest.pairs) == (PAIRS - done, PAIRS - done)


@pytest.mark.process
def test_a_killed_process_is_told_and_its_batch_is_left(store: Engine, folder: Path) -> None:
    steps = match.match(store, OBVERSES, workers=2)
    next(steps)
    with (
        mock.patch.object(match, "in_processes", lambda _work, given: in_processes(kill, given)),
        pytest.raises(StoreError, match="was killed; what it committed is kept"),
    ):
        list(steps)
    assert matched(store)[1].pairs == PAIRS


def kill(*_given: object) -> Iterator[Matched]:
    """What a worker does that is killed at once."""
    os.kill(os.getpid(), signal.SIGKILL)
    yield from ()


def test_an_unreadable_photograph_is_told_once_and_planned_again(store: Engine, folder: Path) -> None:
    [(side, location)] = rows(
        store, "select side_id, image_location from core.side where face = 'obverse' order by 1 limit 1"
    )
    with store.begin() as c:  # as if its features were never read
        c.execute(text("update core.outline set x_px = x_px + 1 where side_id = :s"), {"s": side})
    kept = Path(location).read_bytes()
    Path(location).write_bytes(b"changed")
    with mock.patch.object(match, "BATCH", 4):
        planned, done = matched(store)
    assert (done.pairs, done.skipped, done.left) == (PAIRS - (COINS - 1), COINS - 1, 0)
    assert len(done.reasons) == 1
    assert ", obverse: the file has changed since it was ingested" in done.reasons[0]
    Path(location).write_bytes(kept)
    planned, done = matched(store)
    assert (planned.due, done.pairs, done.skipped) == (COINS - 1, COINS - 1, 0)


def test_a_photograph_that_kills_its_decoder_is_a_reason(store: Engine, folder: Path) -> None:
    coins = [coin for (coin,) in rows(store, "select coin_id from core.coin order by 1 limit 2")]
    with (
        mock.patch.object(match, "photographed", kills_the_decoder),
        mock.patch.object(FeatureFiles, "read", return_value=None),
    ):
        _, done = matched(store, PairsAsked(pairs=[NamedPair(*coins, "obverse")]))
    assert (done.pairs, done.skipped) == (0, 1)
    assert len(done.reasons) == 2 and all("stopped the decoder" in one for one in done.reasons)


def kills_the_decoder(*_given: object) -> None:
    """As a decoder with an error in its C code."""
    signal.raise_signal(signal.SIGSEGV)


def test_a_graph_gives_its_edges_of_each_face_that_it_compares(store: Engine, folder: Path) -> None:
    shop = Store(store)
    shop.embed("hog")
    for face in ("obverse", "both"):
        shop.graphs.build("hog", face, face=face, k=2)
    edges = rows(
        store,
        "select distinct least(coin_id, neighbour_id), greatest(coin_id, neighbour_id) from api.edges where graph = 'obverse'",
    )
    planned, done = matched(store, PairsAsked(graph="obverse"))
    assert planned.pairs == done.pairs == len(edges)
    found = call.look(store, "api.matches")
    assert {tuple(sorted((row["coin_id"], row["neighbour_id"]))) for row in found} == {
        tuple(e) for e in edges
    }
    planned, done = matched(store, PairsAsked(graph="both"))
    assert planned.due < planned.pairs and done.pairs == planned.due
    assert {row["face"] for row in call.look(store, "api.matches")} == {"obverse", "reverse"}
    with pytest.raises(NotFound, match="there is no graph nothing"):
        matched(store, PairsAsked(graph="nothing"))


def test_two_coins_are_compared_at_once(store: Engine, folder: Path) -> None:
    plan(store, OBVERSES)
    coins = [coin for (coin,) in rows(store, "select coin_id from core.coin order by 1 limit 2")]
    asked = PairsAsked(pairs=[NamedPair(*coins)])
    done = match_pair(store, asked)
    assert done is not None and done.pairs in (1, 2)
    assert call.run(store, "job.matches_due") == PAIRS - 1, "the other pairs wait"
    assert match_pair(store, asked) is None
    names = [
        f"{c}/{n}"
        for c, n in rows(store, "select collection, inventory_number from api.coins order by coin_id limit 2")
    ]
    compared = Store(store).matches.compare(*reversed(names))
    assert [row["face"] for row in compared] == ["obverse", "reverse"][: done.pairs]
    call.run(
        store, "job.store_verdict", coin=coins[0], neighbour=coins[1], face="obverse", verdict="no link",
        said_by="A. Curator", note=None,
    )  # fmt: skip
    assert Store(store).matches.compare(*names)[0]["verdict"] == "no link"


def test_a_condition_chooses_coins_and_too_many_pairs_are_refused(store: Engine, folder: Path) -> None:
    where = "collection = 'Lakeside Museum'"
    count = rows(store, f"select count(*) from api.coins where {where}")[0][0]
    planned, _ = matched(store, PairsAsked(faces=["obverse"], where=where))
    assert planned.pairs == count * (count - 1) // 2
    with (
        mock.patch("coinstore.dies.plan.MOST_PAIRS", 60),
        pytest.raises(SpaceError, match="12 coins have 66 pairs by the obverse, more than the 60"),
    ):
        matched(store)


def test_a_reader_sees_no_match_of_a_private_coin(store: Engine, url: str, folder: Path) -> None:
    matched(store)
    everything = len(call.look(store, "api.matches"))
    hidden = rows(
        store,
        "select count(*) from api.matches where 'Sammlung Nord' in (collection, neighbour_collection)",
    )[0][0]
    with store.begin() as c:
        c.execute(text("create role matches_reader login password 'x' in role coinstore_reader"))
    call.run(store, "job.set_private", collections=["Sammlung Nord"], scope="images")
    try:
        with psycopg.connect(url.replace("postgresql+psycopg", "postgresql")) as reader:
            reader.execute("set session authorization matches_reader")
            [shown] = reader.execute("select count(*) from api.matches").fetchone()
            assert 0 < shown == everything - hidden
    finally:
        with store.begin() as c:
            c.execute(text("drop role matches_reader"))
    assert len(call.look(store, "api.matches")) == everything


def test_the_cache_is_bounded_and_a_damaged_file_is_made_again(store: Engine, folder: Path) -> None:
    kept = sorted(folder.glob("matching/*/*/*"))
    assert len(kept) >= COINS
    matched(store)
    before = rows(store, TABLE)
    for file in kept:
        file.write_bytes(file.read_bytes()[:-3] + b"xyz")
    with store.begin() as c:
        c.execute(text("delete from core.match"))
    assert matched(store)[1].reasons == []
    assert rows(store, TABLE) == before
    for n, file in enumerate(kept):
        os.utime(file, (n, n))
    size = max(file.stat().st_size for file in kept)
    gone = FeatureFiles(PARAMETERS, folder / "matching", limit=5 * size).trim()
    left = sorted(folder.glob("matching/*/*/*"))
    assert len(left) == len(kept) - gone and 4 <= len(left) <= 8
    assert left == kept[-len(left) :], "those that were used last are left"
    assert isinstance(Side.from_bytes(left[0].read_bytes()[16:]), Side)


def test_parameters_of_another_version_are_compared_again(store: Engine, folder: Path) -> None:
    matched(store)
    other = json.dumps(PARAMETERS.recipe() | {"version": 0})
    [row] = call.changes(store, "job.plan_matches", parameters=other, faces=["obverse"], most=PAIRS)
    assert (row["pairs_count"], row["due"]) == (PAIRS, PAIRS)
    due = rows(store, "select side_id, other_id from core.match_due order by ctid")
    assert due == sorted(due), "two that plan the same pairs add them in one order"

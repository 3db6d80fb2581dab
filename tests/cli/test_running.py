"""Running a store: status, metrics, check with its fixes, and an index that is built while people read."""

import json
import os
import re
import shlex
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest
from commands import PROGRAM
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from stores import Once, wait_until_idle

from coinstore.db import call, engine
from coinstore.spaces import index
from coinstore.synthetic import write_collection
from coinstore.synthetic.mintage import Mintage


def execute(store: Engine, sql: str) -> None:
    with store.begin() as c:
        c.execute(text(sql))


@pytest.fixture
def filled(coinstore, once: Once) -> Path:
    """A store of drawn coins with the space hog; the folder with their table and photographs."""

    def fill(folder: Path) -> Path:
        list(write_collection(folder, 24, Mintage(seed=1)))
        coinstore("ingest", str(folder / "records.csv"), "--images", str(folder / "images"))
        coinstore("embed", "hog")
        return folder

    return once(fill)


def test_status_says_what_the_store_is(filled: Path, coinstore, store: Engine, tmp_path: Path) -> None:
    found = json.loads(coinstore("status", "--json").stdout)
    assert found["server"]["kind"] == "outside" and found["server"]["postgres"].startswith("18")
    (hog,) = found["coverage"]
    assert (hog["space"], hog["pending"], hog["share"], hog["trained"]) == ("hog", 0, 1, True)
    assert hog["sides"] == hog["embedded"] > 40
    assert {row["table_group"] for row in found["sizes"]} >= {
        "coins",
        "photographs",
        "vectors of hog",
        "graphs",
        "maps",
    }
    assert found["last_backup"] is None and found["indexes"] == []
    assert {row["name"] for row in found["settings"]} >= {"hnsw.iterative_scan", "shared_buffers"}
    execute(store, "delete from core.embedding_hog where side_id % 2 = 0")
    coinstore("space", "index", "hog")
    coinstore("backup", "-o", str(tmp_path / "coins.dump"))
    shown = coinstore("status")
    assert "Last backup: " in shown.stdout and "24 coins, verified" in shown.stdout
    found = json.loads(coinstore("status", "--json").stdout)
    assert found["coverage"][0]["pending"] == found["queue"][1]["waiting"] == hog["sides"] // 2
    assert found["indexes"][0]["valid"] and found["indexes"][0]["recall_at_10"] > 0.9
    assert found["last_backup"]["verified"]


def test_readers_may_see_the_state(filled: Path, coinstore, store: Engine, tmp_path: Path) -> None:
    coinstore("space", "index", "hog")
    coinstore("backup", "-o", str(tmp_path / "coins.dump"))
    execute(store, "insert into core.fault (side_id, reason) select min(side_id), 'x' from core.side")
    for view in (
        "part.server",
        "part.sizes",
        "part.coverage",
        "part.queue",
        "api.indexes",
        "api.backups",
        "part.last_backup",
        "api.metrics",
        "part.server_settings",
        "part.faults_by_stage",
        "part.photograph_count",
    ):
        with store.begin() as c:
            for_the_owner = len(call.view(c, view))
        assert len(call.look(store, view)) == for_the_owner > 0, view


NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"'
SAMPLE = re.compile(rf"({NAME})(?:\{{({LABEL}(?:,{LABEL})*)\}})? (-?(?:[0-9.]+(?:e[+-]?[0-9]+)?|Inf)|NaN)")


def test_metrics_are_what_prometheus_reads(filled: Path, coinstore, store: Engine) -> None:
    execute(
        store,
        """insert into core.fault (side_id, reason) select min(side_id), 'a "quoted" one' from core.side""",
    )
    execute(store, "select job.add_space('other', '{}', 8)")
    body = coinstore("status", "--prometheus").stdout
    assert body.endswith("\n")
    typed: set[str] = set()
    seen: set[str] = set()
    for line in body.splitlines():
        if line.startswith("# TYPE "):
            name = line.split()[2]
            assert name not in typed, "a family is defined in one place"
            assert re.fullmatch(rf"# TYPE {NAME} gauge", line)
            typed.add(name)
        elif not line.startswith("# HELP "):
            sample = SAMPLE.fullmatch(line)
            assert sample, line
            assert sample[1] in typed and sample[0].rsplit(" ", 1)[0] not in seen
            seen.add(sample[0].rsplit(" ", 1)[0])
    assert "coinstore_coins 24.0\n" in body
    assert 'coinstore_queue{space="hog",stage="vectors"} 0.0\n' in body
    assert 'coinstore_faults{stage="photographs"} 1.0\n' in body


def test_a_backup_that_was_never_made_is_a_sample(coinstore, store: Engine, tmp_path: Path) -> None:
    """Without a sample, time() - coinstore_backup_time_seconds{verified="yes"} > 172800 never raises an alarm."""

    def samples() -> dict[str, float]:
        lines = coinstore("status", "--prometheus").stdout.splitlines()
        return {
            k: float(v)
            for k, v in (x.split() for x in lines if x.startswith("coinstore_backup_time_seconds{"))
        }

    yes, no = ('coinstore_backup_time_seconds{verified="' + word + '"}' for word in ("yes", "no"))
    assert samples() == {yes: 0, no: 0}
    coinstore("backup", "-o", str(tmp_path / "coins.dump"), "--no-verify")
    made = samples()
    assert made[yes] == 0 and abs(made[no] - time.time()) < 600
    coinstore("backup", "-o", str(tmp_path / "coins.dump"))
    assert abs(samples()[yes] - time.time()) < 600


def wrong(coinstore, *options: str) -> dict[str, dict]:
    """What check finds, by the first words of each message."""
    done = coinstore("check", "--json", *options, code=1)
    return {row["what"].split(":")[0]: row for row in json.loads(done.stdout)}


def test_a_sound_store_passes(filled: Path, coinstore) -> None:
    assert coinstore("check", "--files").stdout == "Nothing is wrong.\n"


def test_lost_and_changed_photographs(filled: Path, coinstore, store: Engine) -> None:
    first, second, third, *_ = sorted((filled / "images").glob("*.*"))
    first.rename(filled / "elsewhere.png")
    state = second.stat()
    second.write_bytes(third.read_bytes())
    os.utime(second, ns=(state.st_atime_ns, state.st_mtime_ns))
    third.touch()
    found = wrong(coinstore)
    gone = found["photograph whose file is gone"]
    assert gone["found"] == 1 and gone["place"].endswith("records.csv") and "coinstore ingest" in gone["fix"]
    assert found["photograph whose file was touched since"]["found"] >= 1
    changed = wrong(coinstore, "--files")
    assert changed["photograph whose file shows something else than was ingested"]["found"] == 1
    assert "photograph whose file was touched since" not in changed
    (filled / "elsewhere.png").rename(first)
    done = coinstore("check", "--files", "--fix")  # one run is enough
    assert done.stdout == "Nothing is wrong.\n"
    assert "Fixed: 1 photographs that were examined again" in done.stderr
    assert "Fixed: 1 photographs that no side used" in done.stderr
    assert "Fixed: 1 files that were only touched" in done.stderr
    assert coinstore("check").stdout == "Nothing is wrong.\n"  # "touched since" is gone as well
    assert "Fixed" not in coinstore("check", "--files", "--fix").stderr
    assert call.run(store, "job.pending", space="hog") == 1
    coinstore("embed", "hog")
    assert call.run(store, "job.pending", space="hog") == 0


def test_commands_that_fix_are_quoted_for_a_shell(
    filled: Path, coinstore, store: Engine, tmp_path: Path
) -> None:
    odd = tmp_path / 'O\'Brien "x" $HOME'
    odd.mkdir()
    (filled / "records.csv").rename(odd / "r.csv")
    execute(store, "truncate core.collection, core.source, core.image restart identity cascade")
    command = ["ingest", str(odd / "r.csv"), "--images", str(filled / "images")]
    coinstore(*command)
    execute(store, "update core.side set image_examined = false where side_id = 1")
    fix = wrong(coinstore)["photograph that has not been examined"]["fix"]
    told = subprocess.run(["sh", "-c", f"printf '%s\\n' {fix}"], capture_output=True, text=True, check=True)
    assert told.stdout.splitlines() == ["coinstore", "ingest", str(odd / "r.csv")]


@given(st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"])))
@settings(max_examples=50)
def test_the_database_quotes_as_python_does(store: Engine, word: str) -> None:
    quoted = call.run(store, "job.shell_quoted", word=word)
    assert shlex.split(quoted) == [word] == shlex.split(shlex.quote(word))


def test_broken_vectors_sentences_and_indexes(filled: Path, coinstore, store: Engine) -> None:
    execute(
        store,
        "alter table core.embedding_hog drop constraint embedding_hog_embedding_check;"
        "update core.embedding_hog set embedding = embedding - embedding where side_id = 1;"
        "update core.embedding_hog set coin_id = coin_id + 1 where side_id = 3;"
        "set local session_replication_role = replica;"
        "insert into core.embedding_hog select 99999, coin_id, face, embedding from core.embedding_hog where side_id = 2;"
        "create index embedding_hog_hnsw on core.embedding_hog using hnsw (embedding halfvec_cosine_ops);"
        "update pg_index set indisvalid = false where indexrelid = 'core.embedding_hog_hnsw'::regclass;"
        "insert into core.image select sha256('x'), 1, 1, 1, 'PNG', 'x'",
    )
    found = wrong(coinstore)
    assert {what: row["found"] for what, row in found.items()} == {
        "index is invalid": 1,
        "photograph that no side uses": 1,
        "vector without a side": 2,
        "vector of length 0 or not a number": 1,
    }
    assert found["index is invalid"]["fix"] == "coinstore space index hog --rebuild"
    coinstore("space", "index", "hog", "--rebuild")
    coinstore("check", "--fix")
    coinstore("embed", "hog")
    coinstore("check")


def test_what_rests_on_vectors_that_changed(filled: Path, coinstore, store: Engine) -> None:
    coinstore("space", "derive", "plain", "--from", "hog", "--centre", "--by", "collection")
    coinstore("embed", "plain")
    coinstore("graph", "build", "hog", "-k", "3")
    coinstore("map", "build", "hog", "--method", "pca")
    coinstore("check")
    execute(
        store,
        "delete from core.embedding_plain where side_id in (3, 5);"
        "delete from core.embedding_hog where side_id = 1;"
        "delete from core.centre where collection_id = (select min(collection_id) from core.centre);"
        # As earlier versions made it; now the next embed gives the collection its mean.
        "update core.space set recipe = recipe - 'strangers' where name = 'plain'",
    )
    found = wrong(coinstore)
    assert found["graph older than its vectors"]["found"] == 1
    assert found["map older than its vectors"]["found"] == 1
    assert found["made of hog, which lacks sides"]["fix"] == "coinstore embed hog plain"
    assert found["derived from vectors that have changed since"]["place"] == "plain"
    assert found["collection without a mean of its own"]["place"].startswith("plain: ")
    coinstore(*found["made of hog, which lacks sides"]["fix"].split()[1:])
    coinstore(*found["graph older than its vectors"]["fix"].split()[1:])
    coinstore(*found["map older than its vectors"]["fix"].split()[1:])
    assert set(wrong(coinstore)) == {"collection without a mean of its own"}


def test_sentences_out_of_date(filled: Path, coinstore, store: Engine) -> None:
    execute(
        store,
        "select job.add_space('said', '{\"templates\": [\"x\"]}', 4, sees => array['mint']);"
        "insert into core.embedding_said select side_id, coin_id, face, '[1,2,3,4]' from core.side;"
        "insert into core.sentence select s.space_id, side_id, 'x', '{mint}', job.known_hash(s.sees, side_id)"
        " from core.side, core.space s where s.name = 'said'",
    )
    coinstore("check")
    execute(store, "update core.coin set mint = 'elsewhere' where coin_id = 1")
    assert wrong(coinstore)["sentence out of date"]["found"] == 2
    coinstore("check", "--fix")
    assert call.run(store, "job.pending", space="said") == 2


def fill_space(store: Engine, coins: int = 4000, dims: int = 256) -> None:
    execute(
        store,
        f"""
        insert into core.collection (name) values ('many');
        insert into core.coin (collection_id, inventory_number)
        select collection_id, n::text from core.collection, generate_series(1, {coins}) n;
        insert into core.side (coin_id, face) select coin_id, 'obverse' from core.coin;
        select job.add_space('wide', '{{"family": "imported"}}', {dims});
        insert into core.embedding_wide
        select side_id, coin_id, face, (select array_agg(sin(side_id * x) + random() / 10) from generate_series(1, {dims}) x)::vector::halfvec({dims})
        from core.side; analyze""",
    )


def test_an_index_is_rebuilt_while_people_read(coinstore, store: Engine, url: str) -> None:
    fill_space(store)
    coinstore("space", "index", "wide")
    waits: list[float] = []
    stop = threading.Event()

    def read() -> None:
        with engine.opened(url) as other:
            while not stop.is_set():
                started = time.monotonic()
                assert len(call.read(other, "api.similar_wide", coin=7, face="obverse")) > 1000
                waits.append(time.monotonic() - started)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        steps = list(index.rebuild_index(store, "wide"))
    finally:
        stop.set()
        reader.join()
    assert [type(step).__name__ for step in steps] == ["Indexing"] * 4 + ["Indexed"]
    assert steps[-1].seconds > 0.2 and max(waits) < max(1.0, steps[-1].seconds / 2) and len(waits) > 2
    assert indexes(store) == [("embedding_wide_hnsw", True)]
    assert call.look(store, "api.indexes")[0]["recall_at_10"] == steps[-1].recall > 0.5


def indexes(store: Engine) -> list:
    with store.begin() as c:
        return c.execute(
            text(
                "select i.relname, x.indisvalid from pg_index x join pg_class i on i.oid = x.indexrelid"
                " join pg_am m on m.oid = i.relam where m.amname = 'hnsw' order by 1"
            )
        ).all()


@pytest.mark.process
def test_a_killed_rebuild_leaves_nothing_invalid_behind(coinstore, environment, store: Engine) -> None:
    fill_space(store)
    coinstore("space", "index", "wide")
    for kind in (signal.SIGKILL, signal.SIGINT):
        process = subprocess.Popen(
            [*PROGRAM, "space", "index", "wide", "--rebuild"],
            env=environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        deadline = time.monotonic() + 30
        while len(indexes(store)) < 2 and time.monotonic() < deadline and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(kind)
        told = process.communicate(timeout=60)[1]
        assert process.returncode in (-signal.SIGKILL, 1), told
        assert ("embedding_wide_hnsw", True) in indexes(store)
        wait_until_idle(store)
        coinstore("space", "index", "wide", "--rebuild")
        assert indexes(store) == [("embedding_wide_hnsw", True)]
        coinstore("check")


def test_two_at_once_are_told_apart(coinstore, store: Engine) -> None:
    fill_space(store, coins=50, dims=8)
    with store.connect() as c:
        assert call.value(c, "job.lock_reindex", space="wide")
        assert (
            "being built by another session"
            in coinstore("space", "index", "wide", "--rebuild", code=1).stderr
        )


# Each of them by itself makes a connection fail, or ends at another server.
ELSEWHERE = {
    "PGHOST": "nowhere.invalid",
    "PGPORT": "1",
    "PGUSER": "nobody",
    "PGDATABASE": "none",
    "PGSERVICE": "none",
    "PGOPTIONS": "-c search_path=none -c default_transaction_read_only=on",
    "PGCLIENTENCODING": "SQL_ASCII",
    "PGREQUIREAUTH": "scram-sha-256",
    "PGGSSENCMODE": "require",
    "PGSSLMODE": "verify-full",
    "PGSSLNEGOTIATION": "direct",
    "PGCHANNELBINDING": "require",
    "PGPASSFILE": "/nowhere",
    "PGSERVICEFILE": "/nowhere",
    "PGSYSCONFDIR": "/nowhere",
    "PGHOSTADDR": "192.0.2.1",
    "PGLOADBALANCEHOSTS": "nonsense",
    "PGMINPROTOCOLVERSION": "nonsense",
    "PGTZ": "nonsense",
    "PGDATESTYLE": "nonsense",
    "PGGEQO": "nonsense",
    "PGTARGETSESSIONATTRS": "standby",
}


@pytest.mark.process
def test_variables_for_another_server_have_no_effect(environment, tmp_path: Path) -> None:
    for arguments in (
        ["status", "--json"],
        ["db", "psql", "-c", "create table core.made_elsewhere ()"],
        ["backup", "-o", str(tmp_path / "b.dump")],
        ["spaces", "--json"],
    ):
        done = subprocess.run(
            [*PROGRAM, *arguments], env=environment | ELSEWHERE, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr

"""Back up, destroy, restore, get the same answers; and every way in which that can fail."""

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import psycopg
import pytest
from commands import PROGRAM
from sqlalchemy import Engine, text
from stores import Once

from coinstore.errors import Unsuitable
from coinstore.running import backup, dump
from coinstore.server import embedded
from coinstore.synthetic import write_collection
from coinstore.synthetic.mintage import Mintage

CHECKSUMS = "select name, row_count, checksum from job.checksums() where name not in ('backup', 'surroundings', 'meaning') order by 1"

BEGUN = (
    "select exists (select from pg_locks where locktype = 'advisory' and objsubid = 1 and objid = 4294967289)"
)


def asked(store: Engine, query: str) -> list:
    with store.begin() as c:
        return c.execute(text(query)).all()


@pytest.fixture
def filled(coinstore, once: Once) -> None:
    """A store of drawn coins with two spaces and a graph."""

    def fill(folder: Path) -> None:
        list(write_collection(folder, 30, Mintage(seed=1)))
        coinstore("ingest", str(folder / "records.csv"), "--images", str(folder / "images"))
        coinstore("embed", "hog")
        derived = ["--from", "hog", "--centre", "--whiten", "8", "--precision", "single"]
        coinstore("space", "derive", "plain", *derived)
        coinstore("embed", "plain")
        coinstore("graph", "build", "hog", "-k", "3")

    once(fill)


def test_backup_destroy_restore_same_answers(own_home: Path, coinstore, tmp_path: Path) -> None:
    own_home.chmod(0o755)
    here = {"COINSTORE_HOME": str(own_home), "COINSTORE_DATABASE_URL": ""}
    coinstore("demo", "--coins", "24", **here)
    url = embedded.url(own_home)
    assert url
    with psycopg.connect(url, autocommit=True) as c:
        c.execute("create role anna login password 'open sesame' in role coinstore_reader connection limit 3")
        c.execute("alter role anna set statement_timeout = '30s'")
        c.execute("alter database coinstore set work_mem = '8MB'")
        c.execute("create view public.hers as select inventory_number from api.coins")
        c.execute("grant select on public.hers to anna")
    questions = [["similar", "LM 0001", "-k", "5", "--json"], ["faults", "--json"], ["spaces", "--json"]]
    before = [coinstore(*question, **here).stdout for question in questions]
    file = tmp_path / "coins.dump"
    made = json.loads(coinstore("backup", "-o", str(file), "--json", **here).stdout)
    assert made["verified"] and made["coins"] == 24 and made["bytes"] == file.stat().st_size
    assert file.stat().st_mode & 0o077 == 0
    assert "open sesame" not in file.read_bytes().decode("latin-1")

    coinstore("db", "down", **here)
    shutil.rmtree(own_home / "postgres")
    told = coinstore("restore", str(file), **here)
    assert "24 coins" in told.stdout and "anna was created without a password" in told.stderr
    assert [coinstore(*question, **here).stdout for question in questions] == before
    coinstore("check", **here)
    url = embedded.url(own_home)
    assert url
    with psycopg.connect(url) as c:
        assert c.execute(
            "select rolcanlogin, rolconnlimit, rolsuper from pg_roles where rolname = 'anna'"
        ).fetchone() == (True, 3, False)
        assert c.execute("select pg_has_role('anna', 'coinstore_reader', 'member')").fetchone() == (True,)
        assert c.execute(
            "select proowner::regrole::text from pg_proc where proname = 'search' limit 1"
        ).fetchone() == ("coinstore_search",)
        assert c.execute(
            "select has_database_privilege('anna', current_database(), 'temporary')"
        ).fetchone() == (False,)
        c.execute("set role anna")
        assert c.execute("select count(*) from public.hers").fetchone() == (24,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            c.execute("select * from core.coin")
    with psycopg.connect(url.replace("postgres@", "anna@")) as c:
        assert [
            c.execute(f"show {name}").fetchone()[0]
            for name in ("work_mem", "statement_timeout", "random_page_cost")
        ] == ["8MB", "30s", "1.1"]


def test_what_comes_back_is_what_was(filled, coinstore, store: Engine, url: str, tmp_path: Path) -> None:
    file = tmp_path / "coins.dump"
    coinstore("backup", "-o", str(file))
    before = asked(store, CHECKSUMS)
    assert {"embedding_hog", "embedding_plain", "axis", "edge"} <= {
        row.name for row in before if row.row_count
    }
    assert "the store is not empty (30 coins" in coinstore("restore", str(file), code=1).stderr
    with store.begin() as c:
        c.execute(text("drop schema core, api, part, job cascade"))
    coinstore("restore", str(file))
    assert asked(store, CHECKSUMS) == before
    coinstore("similar", "LM 0001", "--space", "plain")
    assert asked(store, "select count(*) from pg_database where datname like 'coinstore\\_verify%'") == [(0,)]


def test_a_backup_is_recorded(filled, coinstore, store: Engine, tmp_path: Path) -> None:
    file = tmp_path / "coins.dump"
    coinstore("backup", "-o", str(file), "--no-verify")
    coinstore("backup", "-o", str(file))
    kept = asked(store, "select file, bytes, verified, coins, sha256 from api.backups order by 1, 3")
    assert [row[2:4] for row in kept] == [(False, 30), (True, 30)]
    assert kept[1][:2] == (str(file), file.stat().st_size)
    listed = subprocess.run(
        [dump.program("pg_restore", 18), "--list", str(file)], capture_output=True, text=True
    )
    assert "TABLE DATA core embedding_hog" in listed.stdout


def test_a_backup_that_differs_is_not_kept(filled, coinstore, store: Engine, tmp_path: Path) -> None:
    file = tmp_path / "coins.dump"
    with store.begin() as c:
        # As if a row had changed on the way.
        c.execute(
            text(
                "create or replace function job.checksums() returns table (name text, row_count bigint, checksum text)"
                " language sql as $$ select 'coin', 1::bigint, txid_current()::text $$"
            )
        )
    assert (
        "the backup differs from the store in coin; it was not kept"
        in coinstore("backup", "-o", str(file), code=1).stderr
    )
    assert list(tmp_path.glob("*.dump*")) == list(tmp_path.glob(".*.partial")) == []


def test_each_failure_is_one_sentence(filled, coinstore, store: Engine, tmp_path: Path) -> None:
    file = tmp_path / "coins.dump"
    coinstore("backup", "-o", str(file), "--no-verify")
    with store.begin() as c:
        c.execute(text("drop schema core, api, part, job cascade"))
    whole = file.read_bytes()
    for size in (0, 3, 100, 2000, len(whole) // 2, len(whole) - 20):
        file.write_bytes(whole[:size])
        assert sentence(coinstore("restore", str(file), code=1)), size
    assert "cut short or damaged" in sentence(coinstore("restore", str(file), code=1))
    file.write_text("Dear reader")
    assert "not a dump" in sentence(coinstore("restore", str(file), code=1))
    assert "there is no file" in sentence(coinstore("restore", str(tmp_path / "nowhere"), code=1))
    assert asked(store, "select to_regclass('core.coin')") == [(None,)]
    file.write_bytes(whole)
    assert "30 coins" in coinstore("restore", str(file)).stdout


def test_a_second_backup_leaves_the_first_alone(coinstore, store: Engine, tmp_path: Path) -> None:
    partial = tmp_path / ".coins.dump.partial"
    partial.write_text("what the first has written so far")
    with store.begin() as c:
        assert c.execute(text("select job.lock_backup()")).scalar_one()
        told = sentence(coinstore("backup", "-o", str(tmp_path / "coins.dump"), code=1))
        assert "another backup of this store is being made" in told
        assert partial.read_text() == "what the first has written so far"
        c.execute(text("select pg_advisory_unlock_all()"))


def test_a_file_that_lies_there_lends_neither_its_rights_nor_its_place(coinstore, tmp_path: Path) -> None:
    partial, victim = tmp_path / ".coins.dump.partial", tmp_path / "victim"
    victim.write_text("not to be written to")
    partial.symlink_to(victim)
    coinstore("backup", "-o", str(tmp_path / "coins.dump"), "--no-verify")
    assert victim.read_text() == "not to be written to"
    assert (
        not (tmp_path / "coins.dump").is_symlink()
        and (tmp_path / "coins.dump").stat().st_mode & 0o777 == 0o600
    )


def test_what_a_restore_would_destroy_stands_in_its_way(coinstore, store: Engine, tmp_path: Path) -> None:
    file = tmp_path / "empty.dump"
    coinstore("backup", "-o", str(file))
    assert "0 coins" in coinstore("restore", str(file)).stdout
    coinstore("terms", "add", "mint", "Rome", "Roma")
    assert "not empty (1 alias, 1 terms)" in sentence(coinstore("restore", str(file), code=1))
    coinstore("terms", "remove", "mint", "Roma", "--yes")
    with store.begin() as c:
        c.execute(text("delete from core.term"))
        c.execute(text("create view public.hers as select * from api.coins"))
    assert "would be dropped (hers)" in sentence(coinstore("restore", str(file), code=1))


def test_a_restore_that_is_broken_off_opens_nothing_and_runs_again(
    filled, coinstore, store: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "coins.dump"
    coinstore("backup", "-o", str(file), "--no-verify")
    with store.begin() as c:
        c.execute(text("drop schema core, api, part, job cascade"))

    def broken_off(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(backup.upgrade, "finish_restore", broken_off)
    with pytest.raises(KeyboardInterrupt):
        list(backup.restore(store, file))
    monkeypatch.undo()
    with store.connect() as c:
        for role in ("coinstore_reader", "coinstore_bi", "public"):
            usage = text(
                "select has_schema_privilege(:role, s, 'usage') from unnest(array['api', 'part', 'core', 'job']) s"
            )
            assert set(c.execute(usage, {"role": role}).scalars()) == {False}
    assert "a restore did not finish here; run it again" in sentence(coinstore("similar", "LM 0001", code=1))
    assert "30 coins" in coinstore("restore", str(file)).stdout
    coinstore("similar", "LM 0001")
    with store.connect() as c:
        owner = "select proowner::regrole::text from pg_proc where proname = 'search' and pronamespace = 'api'::regnamespace"
        assert set(c.execute(text(owner)).scalars()) == {"coinstore_search"}


def sentence(done: subprocess.CompletedProcess) -> str:
    assert done.stderr.startswith("coinstore: ") and done.stderr.count("\n") == 1, done.stderr
    return done.stderr


def test_a_full_disk_is_a_sentence_and_the_old_backup_stays(coinstore, store: Engine, tmp_path: Path) -> None:
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], capture_output=True)
    if mounted.returncode:
        pytest.skip("no file system of 64 kB can be mounted here")
    try:
        file = folder / "coins.dump"
        file.write_text("the backup of yesterday")
        assert "no space left" in sentence(coinstore("backup", "-o", str(file), code=1))
        assert file.read_text() == "the backup of yesterday" and list(folder.iterdir()) == [file]
    finally:
        subprocess.run(["umount", folder], check=True)
    assert asked(store, "select count(*) from api.backups") == [(0,)]


def test_a_dump_of_something_else_is_refused(coinstore, store: Engine, url: str, tmp_path: Path) -> None:
    file = tmp_path / "other.dump"
    subprocess.run(
        [dump.program("pg_dump", 18), "-Fc", "-n", "nothing*", "-f", str(file), "-T", "core.*", "-d", url],
        check=False,
        capture_output=True,
    )
    if not file.exists() or not file.stat().st_size:
        with store.begin() as c:
            c.execute(text("create schema other"))
        subprocess.run(
            [dump.program("pg_dump", 18), "-Fc", "-n", "other", "-f", str(file), "-d", url], check=True
        )
    assert "not of a coinstore" in sentence(coinstore("restore", str(file), code=1))


def test_an_older_schema_is_upgraded_and_a_newer_refused(
    filled, coinstore, store: Engine, tmp_path: Path
) -> None:
    file = tmp_path / "coins.dump"
    steps = sorted(Path(__file__).parents[2].glob("migrations/once/step_*.py"))
    before = max(
        name for step in steps if (name := step.stem[5:]) < "0011"
    )  # step 0011 made what is dropped below
    with store.begin() as c:
        c.execute(text("update core.alembic_version set version_num = '9999'"))
        _dump(store, c, file)
        c.execute(text("update core.alembic_version set version_num = :before"), {"before": before})
        for made_later in (
            "drop table core.backup, core.surroundings, core.default_graph, core.ingest_run cascade",
            "alter table core.fault rename column value_text to text",
            "alter table core.imputed rename column value_text to text",
            "drop table core.building_coin, core.building_edge, core.image_retry",
            "drop index core.type_said, core.coin_odd_name, core.fingerprint_photographs, core.edge_nearest",
            "drop table core.near_fingerprint cascade",
            "alter table core.fingerprint drop column is_compared cascade",
            "delete from core.setting where name = 'index_memory_mb'",
            "alter table core.space drop column index_kind cascade, drop column bit_candidates cascade",
            "drop table core.outline cascade",
            "alter table core.side drop column image_part cascade, drop column image_of_both cascade",
            "alter table core.centre drop column taken_from",
            "drop table core.learnt",
            "drop table core.coin_text cascade",
            "drop table core.coin_value, core.reference cascade",
            "alter table core.coin_type drop column is_uncertain cascade",
            "alter table core.type drop constraint type_catalogue_number_label_uri_key",
            "alter table core.type add unique nulls not distinct (catalogue, number, label)",
            "drop table core.grouped_study cascade",
            "drop table core.match, core.match_recipe, core.match_due, core.calibration cascade",
            "alter table core.coin drop column uri cascade, drop column hoard cascade, drop column hoard_uri cascade,"
            " drop column findspot_uri cascade, drop column material_uri cascade, drop column mint_uri cascade,"
            " drop column denomination_uri cascade, drop column authority_uri cascade,"
            " drop column portrait_uri cascade",
            "alter table core.record drop column licence cascade, drop column rights_holder cascade,"
            " drop column language cascade, drop column said cascade",
            "alter table core.side drop column description_language cascade, drop column image_licence cascade,"
            " drop column image_rights_holder cascade",
            "alter table core.evaluation drop column reranked cascade, drop column by_group cascade",
            "create view api.coins as select coin_id from core.coin",  # it went with its columns
        ):
            c.execute(text(made_later))
        c.execute(text("create view public.hers as select coin_id from api.coins"))
    older = tmp_path / "older.dump"
    _dump(store, None, older)
    with store.begin() as c:
        c.execute(text("drop schema core, api, part, job cascade"))
    _dump_of_newer = tmp_path / "newer.dump"
    told = coinstore("restore", str(older))
    assert f"from step {before} to" in told.stderr and "30 coins" in told.stdout
    assert "create view public.hers as" in told.stderr
    coinstore("similar", "LM 0001")
    with store.begin() as c:
        c.execute(text("update core.alembic_version set version_num = '9999'"))
    _dump(store, None, _dump_of_newer)
    assert "newer than this program" in sentence(coinstore("restore", str(_dump_of_newer), code=1))


def _dump(store: Engine, _connection, file: Path) -> None:
    url = store.url.set(drivername="postgresql").render_as_string(hide_password=False)
    subprocess.run(
        [dump.program("pg_dump", 18), "-Fc", "-f", str(file), "-d", url], check=True, capture_output=True
    )


def test_rights_that_lack_are_said_before_the_work(
    coinstore, store: Engine, url: str, tmp_path: Path
) -> None:
    name = f"poor_{os.getpid()}"
    with store.begin() as c:
        database = c.execute(text("select current_database()")).scalar_one()
        c.execute(
            text(
                f"create role {name} login; grant coinstore_reader, coinstore_search to {name};"
                f"grant all on schema core, api, part, job to {name};"
                f"grant all on all tables in schema core, api to {name}; grant all on all functions in schema job to {name}"
            )
        )
        c.execute(text(f"grant select, update on all sequences in schema core to {name}"))
    poor = url.replace("postgres@", f"{name}@")
    file = tmp_path / "coins.dump"
    try:
        told = sentence(coinstore("backup", "-o", str(file), code=1, COINSTORE_DATABASE_URL=poor))
        assert "may not create the scratch database" in told and "createdb" in told
        assert not list(tmp_path.glob(".*")) and not file.exists()
        coinstore("backup", "-o", str(file), "--no-verify", COINSTORE_DATABASE_URL=poor)
        with store.begin() as c:
            c.execute(text(f"alter role {name} createdb"))
        told = sentence(coinstore("backup", "-o", str(file), code=1, COINSTORE_DATABASE_URL=poor))
        assert "may not create the extension vector in the scratch database" in told and "template1" in told
    finally:
        with store.begin() as c:
            c.execute(text(f"drop owned by {name}; drop role {name}"))
    assert database


def test_programs_older_than_the_server_are_named() -> None:
    with pytest.raises(
        Unsuitable, match=r"the server is PostgreSQL 99, and the latest pg_dump here is of version \d+"
    ):
        dump.program("pg_dump", 99)
    assert dump.program("pg_dump", 18).is_relative_to(embedded.programs())


@pytest.mark.process
def test_killed_or_interrupted_it_leaves_nothing_behind(
    filled, coinstore, environment, store: Engine, tmp_path: Path
) -> None:
    file = tmp_path / "coins.dump"
    for n, wait_s in enumerate((0.0, 0.1, 0.25, 0.5, 0.8)):
        process = subprocess.Popen(
            [*PROGRAM, "backup", "-o", str(file)],
            env=environment,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        while process.poll() is None and not asked(store, BEGUN)[0][0]:
            time.sleep(0.02)
        time.sleep(wait_s)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL if n % 2 else signal.SIGINT)
        told = process.communicate(timeout=60)[1]
        # Python gives SIGINT back to the system as it ends: what comes after the last line of work ends it so.
        assert process.returncode in (0, 1, -signal.SIGKILL, -signal.SIGINT), told
        assert "Traceback" not in told, told
        file.unlink(missing_ok=True)
    coinstore("backup", "-o", str(file))
    assert [path.name for path in tmp_path.iterdir() if "dump" in path.name] == ["coins.dump"]
    assert asked(store, "select count(*) from pg_database where datname = job.scratch_name()") == [(0,)]

"""The schema: made, rebuilt, refused when it does not fit."""

import threading

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text

from coinstore.db import engine, upgrade
from coinstore.errors import SchemaMismatch, StoreError, Unreachable


def execute(store: Engine, sql: str) -> None:
    with store.begin() as c:
        c.execute(text(sql))


def test_a_second_upgrade_does_nothing(store: Engine) -> None:
    assert not upgrade.upgrade(store).rebuilt
    upgrade.check(store)


def test_an_empty_database_is_told_to_be_upgraded(store: Engine) -> None:
    execute(store, "drop schema core, api, part, job cascade")
    with pytest.raises(SchemaMismatch, match="no coinstore schema yet; run: coinstore db upgrade"):
        upgrade.check(store)


def test_the_steps_are_those_that_alembic_runs() -> None:
    known = ScriptDirectory.from_config(upgrade._alembic()).walk_revisions()
    assert upgrade._steps() == sorted(script.revision for script in known)


def test_a_newer_schema_is_named(store: Engine) -> None:
    execute(store, "update core.alembic_version set version_num = '9999'")
    with pytest.raises(SchemaMismatch, match="newer than this program"):
        upgrade.check(store)
    with pytest.raises(SchemaMismatch, match="newer than this program"):
        upgrade.upgrade(store)


def test_an_older_meaning_is_rebuilt_whole(store: Engine) -> None:
    execute(store, "update core.meaning set digest = 'older'")
    execute(store, "create view api.left_over as select 1 as one")
    with pytest.raises(SchemaMismatch, match="run: coinstore db upgrade"):
        upgrade.check(store)
    assert upgrade.upgrade(store).rebuilt
    with pytest.raises(Exception, match="left_over"):
        execute(store, "select * from api.left_over")


def test_two_upgrades_at_once_are_safe(store: Engine, url: str) -> None:
    execute(store, "drop schema core, api, part, job cascade")
    errors: list[Exception] = []

    def run() -> None:
        other = engine.connect(url)
        try:
            upgrade.upgrade(other)
        except Exception as error:
            errors.append(error)
        finally:
            other.dispose()

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    upgrade.check(store)


def test_views_of_others_stop_the_upgrade_until_told_otherwise(store: Engine) -> None:
    execute(store, "create view public.my_coins as select * from api.coins")
    execute(store, "update core.meaning set digest = 'older'")
    execute(
        store,
        "create materialized view public.heavy as select coin_id from public.my_coins where weight_g > 10",
    )
    execute(
        store,
        "create function public.mine() returns setof api.coins language sql as 'select * from api.coins'",
    )
    execute(
        store,
        "create function public.many() returns bigint begin atomic select count(*) from public.my_coins; end",
    )
    execute(store, "create view public.more as select inventory_number from public.mine()")
    execute(
        store,
        "comment on view public.my_coins is 'the museum''s own'; grant select on public.my_coins to coinstore_reader",
    )
    with pytest.raises(StoreError, match=r"my_coins.*heavy.*--drop-foreign-views"):
        upgrade.upgrade(store)
    done = upgrade.upgrade(store, drop_foreign_views=True)
    assert done.rebuilt
    for definition in done.dropped:
        execute(store, definition)
    execute(store, "refresh materialized view public.heavy; select many(); select * from more")
    with store.connect() as c:
        assert (
            c.execute(text("select obj_description('my_coins'::regclass)")).scalar_one() == "the museum's own"
        )
        assert c.execute(
            text("select has_table_privilege('coinstore_reader', 'my_coins', 'select')")
        ).scalar_one()


def test_spaces_have_their_functions_again_after_a_rebuild(store: Engine) -> None:
    execute(store, "select job.add_space('tiny', '{}', 3)")
    execute(store, "update core.meaning set digest = 'older'")
    upgrade.upgrade(store)
    execute(store, "select * from api.similar_tiny(1, 'obverse')")
    execute(store, "select job.drop_space('tiny')")
    with pytest.raises(Exception, match="similar_tiny"):
        execute(store, "select * from api.similar_tiny(1, 'obverse')")


def test_no_server_is_one_sentence(tmp_path) -> None:
    nobody = engine.connect(f"postgresql://postgres@/coinstore?host={tmp_path}")
    with pytest.raises(Unreachable, match="does not answer"):
        upgrade.check(nobody)


def test_a_port_that_is_no_number_is_one_sentence() -> None:
    with pytest.raises(Unreachable, match="the port in the address of the database is not a number"):
        engine.connect("postgresql://bob:secret@127.0.0.1:abc/x")


def test_an_address_that_is_none() -> None:
    with pytest.raises(Unreachable, match="postgresql://"):
        engine.connect("mysql://somewhere")


@pytest.mark.parametrize("kind", ["v", "f"])
def test_everything_in_api_is_described(store: Engine, kind: str) -> None:
    execute(store, "select job.add_space('tiny', '{}', 3)")
    views = """select c.oid::regclass::text from pg_class c
               where c.relnamespace = 'api'::regnamespace and c.relkind = 'v' and obj_description(c.oid, 'pg_class') is null"""
    functions = """select p.oid::regprocedure::text from pg_proc p
                   where p.pronamespace = 'api'::regnamespace and obj_description(p.oid, 'pg_proc') is null"""
    with store.begin() as c:
        assert c.execute(text(views if kind == "v" else functions)).scalars().all() == []


def test_a_lock_is_known_by_its_name(store: Engine) -> None:
    with store.connect() as first, store.connect() as second:
        first.execute(text("select job.lock('records')"))
        holds = "select pg_try_advisory_xact_lock(job.lock_number('records'))"
        assert not second.execute(text(holds)).scalar_one()
        first.rollback()
        assert second.execute(text(holds)).scalar_one()
        with pytest.raises(Exception, match="there is no lock record"):
            second.execute(text("select job.lock('record')"))


def test_the_lock_of_an_upgrade_is_the_one_in_the_list(store: Engine) -> None:
    with store.connect() as c:
        assert c.execute(text("select job.lock_number('upgrade')")).scalar() == upgrade.LOCK

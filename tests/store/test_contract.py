"""The contract with SQL users: every name, type and comment of schema api, held against a golden file.

When it changes on purpose: python tests/store/test_contract.py ADDRESS > tests/store/contract.txt, and say so in
api.contract.
"""

import sys
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, text

from coinstore.db import call

GOLDEN = Path(__file__).with_name("contract.txt")
VIEWS = """
    select c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.relnamespace = 'api'::regnamespace and c.relkind = 'v' order by c.relname, a.attnum
"""
FUNCTIONS = """
    select p.proname || '(' || pg_get_function_arguments(p.oid) || ') -> ' || pg_get_function_result(p.oid)
    from pg_proc p where p.pronamespace = 'api'::regnamespace order by 1
"""


def contract(connection: Connection) -> str:
    views = connection.execute(text(VIEWS)).scalars().all()
    functions = connection.execute(text(FUNCTIONS)).scalars().all()
    return "\n".join(["-- views", *views, "", "-- functions", *functions, ""])


def test_the_contract_is_the_golden_one(store: Engine) -> None:
    with store.connect() as c:
        assert contract(c) == GOLDEN.read_text("utf-8")


def test_no_plain_view_has_a_type_that_bi_tools_do_not_know(store: Engine) -> None:
    query = """
        select c.relname, a.attname, t.typname from pg_class c
        join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 join pg_type t on t.oid = a.atttypid
        where c.relnamespace = 'api'::regnamespace and c.relkind = 'v'
          and t.typname in ('vector', 'halfvec', 'sparsevec', 'record')
    """
    with store.connect() as c:
        assert c.execute(text(query)).all() == []


def test_every_column_says_what_it_means(store: Engine) -> None:
    query = """
        select c.relname || '.' || a.attname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
        where c.relnamespace = 'api'::regnamespace and c.relkind = 'v' and col_description(c.oid, a.attnum) is null
    """
    call.run(store, "job.add_space", name="tiny", recipe="{}", dims=4)
    with store.connect() as c:
        assert c.execute(text(query)).scalars().all() == []


def test_no_word_is_left_that_no_view_has(store: Engine) -> None:
    query = """
        select w.name from job.column_words w where not exists (
            select from pg_class c join pg_attribute a on a.attrelid = c.oid
            where c.relnamespace = 'api'::regnamespace and c.relkind = 'v' and a.attname = w.name)
    """
    call.run(store, "job.add_space", name="tiny", recipe="{}", dims=4)
    with store.connect() as c:
        assert c.execute(text(query)).scalars().all() == []


def test_keys_join(store: Engine) -> None:
    """Whatever names a coin does so by coin_id, and whatever names a side by side_id, as whole numbers."""
    query = """
        select c.relname, a.attname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
        where c.relnamespace = 'api'::regnamespace and c.relkind = 'v'
          and (a.attname ~ '(^|_)(coin|side|neighbour)_id$' or a.attname = 'nearest_elsewhere_id')
          and a.atttypid <> 'int4'::regtype
    """
    with store.connect() as c:
        assert c.execute(text(query)).all() == []


if __name__ == "__main__":
    with create_engine(sys.argv[1].replace("://", "+psycopg://", 1)).connect() as here:
        print(contract(here), end="")

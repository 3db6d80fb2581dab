"""The contract with SQL users: every name, type and comment of schema api, compared with two generated files.

`contract.txt` holds all of it; the topic `coinstore help sql` lists the views and functions with their comments.
A space named `example` represents every space: its view and functions (similar_<space> and so on) are included.

For a deliberate change: run `python tests/store/test_contract.py ADDRESS`, which writes both files, and add the
change to part.contract. The store at ADDRESS has no spaces, and stays without.

The contract was rewritten once as a whole, before the first release: api now holds only what a person or a BI
tool calls; helpers moved to schema part, which is not part of the contract; search_coins and search_parts became
api.search; no column has a reserved word for a name; the comments are in plain English.
"""

import re
import sys
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, text

import coinstore
from coinstore.db import call

GOLDEN = Path(__file__).with_name("contract.txt")
TOPIC = Path(__file__).parents[2] / "cli" / "topics" / "sql.md"
# Views, and the row types that functions return, such as api.look_alike.
VIEWS = """
    select c.relname || coalesce('.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod), '')
           || coalesce(' -- ' || regexp_replace(
                  case when a.attnum is null
                       then coalesce(obj_description(c.oid, 'pg_class'), obj_description(c.reltype, 'pg_type'))
                       else col_description(c.oid, a.attnum) end, '[[:space:]]+', ' ', 'g'), '')
    from pg_class c cross join lateral (
        select null::int2 as attnum, null::name as attname, null::oid as atttypid, null::int4 as atttypmod
        union all
        select attnum, attname, atttypid, atttypmod from pg_attribute
        where attrelid = c.oid and attnum > 0 and not attisdropped) a
    where c.relnamespace = 'api'::regnamespace and c.relkind in ('v', 'c')
    order by c.relname, a.attnum nulls first
"""
# What the topic lists: each object, with its comment.
OBJECTS = """
    select format('api.%s(%s)', p.proname, array_to_string(p.proargnames[1:p.pronargs], ', ')) as name,
           obj_description(p.oid, 'pg_proc') as comment
    from pg_proc p where p.pronamespace = 'api'::regnamespace
    union all
    select 'api.' || c.relname, coalesce(obj_description(c.oid, 'pg_class'), obj_description(c.reltype, 'pg_type'))
    from pg_class c where c.relnamespace = 'api'::regnamespace and c.relkind in ('v', 'c')
"""
VECTORS = ["embedding_example.embedding"]
FUNCTIONS = """
    select p.proname || '(' || pg_get_function_arguments(p.oid) || ') -> ' || pg_get_function_result(p.oid)
           || coalesce(' -- ' || regexp_replace(obj_description(p.oid, 'pg_proc'), '[[:space:]]+', ' ', 'g'), '')
    from pg_proc p where p.pronamespace = 'api'::regnamespace order by 1
"""


def contract(connection: Connection) -> str:
    """As text; the transaction is to be rolled back."""
    call.value(connection, "job.add_space", name="example", recipe="{}", dims=4)
    views = connection.execute(text(VIEWS)).scalars().all()
    functions = connection.execute(text(FUNCTIONS)).scalars().all()
    return "\n".join(["-- views", *views, "", "-- functions", *functions, ""])


def comments(connection: Connection) -> dict[str, str]:
    """The comment of each object of api, by the name that the topic gives it; the space `example` is there."""
    found = connection.execute(text(OBJECTS)).all()
    return {
        name.replace("_example", "_<space>"): comment.replace("space example", "the space")
        for name, comment in found
    }


def topic(known: dict[str, str]) -> str:
    """The topic with the comments as they are now; an object that is unknown keeps its line."""
    return re.sub(
        r"^- `(api\.[^`]+)`.*$",
        lambda line: f"- `{line[1]}` {known.get(line[1], '(unknown)')}",
        TOPIC.read_text("utf-8"),
        flags=re.MULTILINE,
    )


def test_the_contract_is_the_golden_one(store: Engine) -> None:
    with store.connect() as c:
        assert contract(c) == GOLDEN.read_text("utf-8")


def test_the_topic_lists_every_object_with_its_comment(store: Engine) -> None:
    with store.connect() as c:
        contract(c)
        known = comments(c)
    listed = re.findall(r"^- `(api\.[^`]+)`", TOPIC.read_text("utf-8"), re.MULTILINE)
    assert sorted(listed) == sorted(known)
    assert topic(known) == TOPIC.read_text("utf-8")


def test_api_is_small(store: Engine) -> None:
    """A fresh store's functions fit on one screen; helpers belong to schema part."""
    functions = "select count(*) from pg_proc where pronamespace = 'api'::regnamespace"
    views = "select count(*) from pg_class where relnamespace = 'api'::regnamespace and relkind = 'v'"
    with store.connect() as c:
        assert c.execute(text(functions)).scalar_one() <= 24
        assert c.execute(text(views)).scalar_one() <= 40


def test_no_column_needs_quotes(store: Engine) -> None:
    query = """
        select c.oid::regclass || '.' || a.attname from pg_class c join pg_attribute a on a.attrelid = c.oid
        join pg_get_keywords() k on k.word = a.attname
        where c.relnamespace in ('core'::regnamespace, 'api'::regnamespace, 'part'::regnamespace)
          and c.relkind in ('r', 'v', 'c') and a.attnum > 0
          and (k.catcode in ('R', 'T') or k.word in ('values', 'text', 'rows'))
    """
    with store.connect() as c:
        assert c.execute(text(query)).scalars().all() == []


def test_the_golden_file_holds_comments_and_what_belongs_to_a_space() -> None:
    lines = GOLDEN.read_text("utf-8").splitlines()
    assert any(line.startswith("coins.weight_g double precision -- ") and "grams" in line for line in lines)
    for begin in (
        "similar_example(",
        "similar_coins_example(",
        "search(",
        "embedding_example.",
    ):
        assert any(line.startswith(begin) for line in lines), begin
    assert [line for line in lines if line and not line.startswith("--") and " -- " not in line] == []


def test_the_newest_version_of_the_contract_is_that_of_the_package(store: Engine) -> None:
    found = [row["version"] for row in call.look(store, "part.contract")]
    assert len(set(found)) == len(found)
    assert max(found, key=lambda version: [int(n) for n in version.split(".")]) == coinstore.__version__


def test_no_plain_view_has_a_type_that_bi_tools_do_not_know(store: Engine) -> None:
    """But for the views of vectors, by name: those are for programs that know the type."""
    query = """
        select c.relname || '.' || a.attname from pg_class c
        join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 join pg_type t on t.oid = a.atttypid
        where c.relnamespace = 'api'::regnamespace and c.relkind = 'v'
          and t.typname in ('vector', 'halfvec', 'sparsevec', 'record') order by 1
    """
    with store.connect() as c:
        call.value(c, "job.add_space", name="example", recipe="{}", dims=4)
        assert c.execute(text(query)).scalars().all() == VECTORS


def test_every_column_says_what_it_means(store: Engine) -> None:
    query = """
        select c.relname || '.' || a.attname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
        where c.relnamespace in ('api'::regnamespace, 'part'::regnamespace)
          and c.relkind in ('v', 'c') and col_description(c.oid, a.attnum) is null
    """
    call.run(store, "job.add_space", name="tiny", recipe="{}", dims=4)
    with store.connect() as c:
        assert c.execute(text(query)).scalars().all() == []


def test_no_word_is_left_that_no_view_has(store: Engine) -> None:
    query = """
        select w.name from job.column_words w where not exists (
            select from pg_class c join pg_attribute a on a.attrelid = c.oid
            where c.relnamespace in ('api'::regnamespace, 'part'::regnamespace)
              and c.relkind = 'v' and a.attname = w.name)
    """
    call.run(store, "job.add_space", name="tiny", recipe="{}", dims=4)
    with store.connect() as c:
        assert c.execute(text(query)).scalars().all() == []


def test_keys_join(store: Engine) -> None:
    """Whatever names a coin does so by coin_id, and whatever names a side by side_id, as whole numbers."""
    query = """
        select c.relname, a.attname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
        where c.relnamespace in ('api'::regnamespace, 'part'::regnamespace) and c.relkind = 'v'
          and (a.attname ~ '(^|_)(coin|side|neighbour)_id$' or a.attname = 'nearest_elsewhere_id')
          and a.atttypid <> 'int4'::regtype
    """
    with store.connect() as c:
        assert c.execute(text(query)).all() == []


if __name__ == "__main__":
    with create_engine(sys.argv[1].replace("://", "+psycopg://", 1)).connect() as here:
        GOLDEN.write_text(contract(here), "utf-8")
        TOPIC.write_text(topic(comments(here)), "utf-8")

"""Only logins that a private collection was granted to see it: in views, functions, answers, and errors."""

import json
import re

import psycopg
import pytest

from coinstore.search import similar
from coinstore.search.similar import Question

SECRET = "Secret Hoard"
BY_COIN = ("coins", "sides", "images", "records", "coins_imputed", "part.graph_coins", "part.comparable_tiny")


def ids(serving, login: str, query: str, *values) -> set:
    with serving.connect(login) as c:
        return {row[0] for row in c.execute(query, values)}


@pytest.fixture
def secret(serving) -> set[int]:
    with serving.as_owner.begin() as c:
        return set(
            c.exec_driver_sql(f"select coin_id from api.coins where collection = '{SECRET}'").scalars()
        )


def test_where_nothing_is_private_there_are_no_rules(serving) -> None:
    with serving.as_owner.connect() as c:
        assert c.exec_driver_sql("select count(*) from pg_class where relrowsecurity").scalar() == 0
        plan = "".join(row[0] for row in c.exec_driver_sql("explain select * from api.coins"))
        assert "hidden" not in plan and "InitPlan" not in plan
    assert len(ids(serving, "anna", "select coin_id from coins")) == 300


@pytest.mark.parametrize("view", BY_COIN)
def test_views(hidden, secret, view: str) -> None:
    assert ids(hidden, "anna", f"select coin_id from {view}") & secret == set()
    assert len(ids(hidden, "anna", f"select coin_id from {view}")) == 200
    assert ids(hidden, "otto", f"select coin_id from {view}") & secret == secret


EMPTY = {
    "indexes",
    "class_figures",
    "confusions",
    "evaluation_groups",
}  # of a space without one; also figures of hidden coins
GIVEN = {
    "graph": "near",
    "map": "plane",
    "space": "tiny",
    "label": "type",
    "field": "denomination",
    "face": "obverse",
    "coin": 1,
    "coins": list(range(1, 301)),
    "sources": ["/a", "/sec/SECRET-source"],
    "predicate": "true",
    "run": 1,
    "classifier": 1,
    "by_type": True,
    "name": "000",
    "other": 3,
    "neighbour": 3,
    "above": -0.5,
    "k": 300,
    "n": 300,
    "spaces": '{"tiny": 1}',
    "faces": '{"obverse": 1}',
}


def named(connection: psycopg.Connection, kind: str) -> list[str]:
    query = (
        "select oid::regclass::text from pg_class where relnamespace in ('api'::regnamespace, 'part'::regnamespace)"
        " and relkind = 'v' order by 1"
    )
    if kind == "function":
        query = (
            "select oid from pg_proc where pronamespace in ('api'::regnamespace, 'part'::regnamespace)"
            " and proretset order by proname, oid"
        )
    return [row[0] for row in connection.execute(query)]


def calls(connection: psycopg.Connection) -> dict[str, list]:
    """Each function of api that returns rows and whose arguments we have: its SQL and the values."""
    made = {}
    for oid in named(connection, "function"):
        name, arguments, required = connection.execute(
            "select oid::regproc::text, coalesce(proargnames[1:pronargs], '{}'), pronargs - pronargdefaults from pg_proc where oid = %s",
            [oid],
        ).fetchone()
        may = connection.execute("select has_function_privilege(%s::oid, 'execute')", [oid]).fetchone()
        if may == (True,) and set(arguments[:required]) <= set(GIVEN):
            said = ", ".join(
                f"{a} => %s{'::jsonb' if a in ('spaces', 'faces') else ''}" for a in arguments[:required]
            )
            made[f"{name}({said})"] = [GIVEN[a] for a in arguments[:required]]
    return made


def said_by_rows(connection: psycopg.Connection, asked: str, values: list) -> str:
    return str(connection.execute(f"select * from {asked}", values).fetchall())


def test_every_view_says_nothing_of_it(hidden, secret) -> None:
    with hidden.connect("anna") as c, hidden.connect("otto") as seeing:
        views, telling = named(c, "view"), set()
        for view in views:
            whole = said_by_rows(c, view, [])
            assert SECRET not in whole and "SECRET" not in whole, view
            assert (whole == "[]") == (view in EMPTY), view
            telling |= {view} if "SECRET" in said_by_rows(seeing, view, []) else set()
            columns = {d.name for d in c.execute(f"select * from {view} limit 0").description}
            for column in columns & {"coin_id", "neighbour_id", "nearest_elsewhere_id"}:
                assert ids(hidden, "anna", f"select {column} from {view}") & secret == set(), view
        assert len(views) > 45 and len(telling) > 25
        assert "evaluation_groups" in telling
        assert len({row[0] for row in c.execute("select side_id from api.embedding_tiny")}) == 400


def test_every_function_of_rows_says_nothing_of_it(hidden, secret) -> None:
    with hidden.connect("anna") as c, hidden.connect("otto") as seeing:
        made = calls(c)
        sides = {
            row[0]
            for row in seeing.execute("select side_id from api.sides where coin_id = any(%s)", [list(secret)])
        }
        assert sides
        assert (
            len(made) > 40
            and sum("SECRET" in said_by_rows(seeing, asked, values) for asked, values in made.items()) > 15
        )
        for asked, values in made.items():
            whole = said_by_rows(c, asked, values)
            assert SECRET not in whole and "SECRET" not in whole, asked
            columns = {d.name for d in c.execute(f"select * from {asked} limit 0", values).description}
            # Next to a side, the other one is a side, too.
            of_sides = columns & {"side_id", "other_id"} if "side_id" in columns else set()
            of_coins = columns & {"coin_id", "neighbour_id", "other_id"} - of_sides
            for column, known in [*((name, secret) for name in of_coins), *((n, sides) for n in of_sides)]:
                shown = {row[0] for row in c.execute(f"select {column} from {asked}", values)}
                assert shown & known == set(), (asked, column)


def test_no_error_in_any_column_names_it(hidden) -> None:
    with hidden.connect("anna") as c:
        columns = c.execute(
            "select c.oid::regclass::text, a.attname, a.atttypid::regtype::text from pg_attribute a join pg_class c on c.oid = a.attrelid"
            " where c.relnamespace in ('api'::regnamespace, 'part'::regnamespace)"
            " and c.relkind = 'v' and a.attnum > 0"
        ).fetchall()
        assert len(columns) > 300
        for view, column, _ in columns:
            text = f'"{column}"::text'
            # Of all rows, so that it meets the hidden ones as well.
            failing = (
                f"select count(*) from {view} where case when {text} like '%SECRET%' then {text}::int end > 0"
            )
            assert c.execute(failing).fetchone() == (0,), (view, column)


def test_similarity_answers(hidden, secret) -> None:
    coin = min(ids(hidden, "anna", "select coin_id from coins"))
    for asked in (
        f"api.similar_tiny({coin})",
        f"part.similar_tiny_exact({coin})",
        f"api.similar_coins_tiny({coin})",
        f"api.search('tiny', {coin}, 'obverse', 300)",
        f"api.search('tiny', {coin}, 'obverse', 5, farthest => true)",
        f"api.search('tiny', {coin}, 'both', 300)",
        f"api.search('tiny', part.side_vector('tiny', {coin}, 'obverse'), 'obverse', 300)",
        "api.edges",
        "api.embedding_tiny e join api.sides using (side_id)",
        f"api.similar_tiny(part.vector_tiny({coin}, 'obverse'))",
    ):
        found = ids(hidden, "anna", f"select coin_id from {asked}")
        assert found and found & secret == set(), asked
        if "farthest" not in asked:
            assert ids(hidden, "otto", f"select coin_id from {asked}") & secret, asked
    assert len(ids(hidden, "anna", f"select coin_id from api.search('tiny', {coin}, 'obverse', 300)")) == 199


def test_a_plan_that_a_login_replaces_shows_nothing_more(hidden, secret) -> None:
    asked = "select coin_id from api.search('tiny', 1, 'obverse', 300, 'coin_id > 0 and coin_id < 400')"
    of_all = "select array_agg(n), null::float8[] from generate_series(1, 400) n"
    with hidden.connect("anna") as c, hidden.connect("otto") as seeing:
        for login, shown in ((c, 0), (seeing, len(secret))):
            login.execute(asked)
            [name] = login.execute("select name from pg_prepared_statements").fetchone()
            login.execute(f'deallocate "{name}"')
            login.execute(f'prepare "{name}" as {of_all}')
            found = {coin for (coin,) in login.execute(asked)}
            assert len(found) > 190 and len(found & secret) == shown


def test_it_cannot_be_asked_with(hidden, secret) -> None:
    coin = min(secret)
    with hidden.connect("anna") as c:
        assert c.execute("select part.vector_tiny(%s, 'obverse')", [coin]).fetchone() == (None,)
        assert c.execute("select api.coin(%s, %s)", [SECRET, "N00002"]).fetchone() == (None,)
        assert c.execute("select * from api.find_coins('N00002')").fetchall() == []
        assert c.execute("select * from api.similar_tiny(%s)", [coin]).fetchall() == []
        with pytest.raises(psycopg.Error) as error:
            c.execute("select * from api.search('tiny', %s::int)", [coin])
        assert SECRET not in str(error.value) and "N00002" not in str(error.value)
    with hidden.connect("otto") as c:
        assert c.execute("select api.coin(%s, 'N00002')", [SECRET]).fetchone() == (coin,)


@pytest.mark.parametrize(
    "query",
    [
        "select * from api.coins where inventory_number::int > 0",
        "select * from api.sides where legend::int > 0",
        "select * from api.records where (record ->> 'said')::int > 0",
        "select * from api.images where location::int > 0",
        "select * from api.search('tiny', 1, 'obverse', 300, 'inventory_number::int > 0')",
        "select * from api.similar_tiny(1) where legend::int > 0",
    ],
)
def test_an_error_never_names_what_is_hidden(hidden, query: str) -> None:
    """A condition that fails on a coin names it in its error: it must meet only visible ones."""
    # Narrowed to the hidden ones, whichever condition comes first.
    for narrowed in (
        query,
        query.replace("where ", "where coin_id % 3 = 0 and "),
        query.replace("'inv", "'coin_id % 3 = 0 and inv"),
    ):
        with hidden.connect("anna") as c:
            try:
                assert c.execute(narrowed).fetchall() == []
            except psycopg.errors.InvalidTextRepresentation as error:
                number = int(re.search(r'"(?:L|N|R|raw |/p/)(\d+)"', str(error))[1])
                coin = (number - 1) // 2 if "/p/" in str(error) else number
                assert coin % 3 != 2, error


def test_pictures_alone(without_pictures, secret) -> None:
    coin = min(ids(without_pictures, "anna", "select coin_id from coins"))
    assert secret <= ids(without_pictures, "anna", "select coin_id from coins")
    assert secret <= ids(without_pictures, "anna", "select coin_id from sides")
    for asked in (
        "api.images",
        "api.edges",
        f"api.similar_tiny({coin})",
        f"api.search('tiny', {coin}, 'obverse', 300)",
        "part.graph_coins",
        "part.comparable_tiny",
        f"api.similar_coins_tiny({coin})",
    ):
        assert ids(without_pictures, "anna", f"select coin_id from {asked}") & secret == set(), asked
        assert ids(without_pictures, "otto", f"select coin_id from {asked}") & secret, asked
    with without_pictures.connect("anna") as c:
        assert c.execute("select part.vector_tiny(%s, 'obverse')", [min(secret)]).fetchone() == (None,)
        wide = (
            "obverse_location, reverse_location, obverse_thumbnail, spaces, community, nearest_elsewhere_id"
        )
        rows = c.execute(f"select coin_id, {wide} from api.coin_overview order by 1").fetchall()
        assert len(rows) == 300
        assert {str(row[1:]) for row in rows if row[0] in secret} == {"(None, None, None, None, None, None)"}
        assert not {row[6] for row in rows} & secret
        assert any(row[6] for row in rows) and all(
            row[1] and row[4] == "tiny" for row in rows if row[0] not in secret
        )
        with pytest.raises(psycopg.Error) as error:
            c.execute(
                "select * from api.coin_overview where obverse_location::int > 0 and coin_id = any(%s)",
                [list(secret)],
            )
            raise psycopg.Error("nothing was tried")
        assert "/p/" not in str(error.value)
        with pytest.raises(psycopg.Error) as error:
            c.execute(
                "select * from api.images where location::int > 0 and coin_id = any(%s)", [list(secret)]
            ).fetchall()
            raise psycopg.Error("nothing was tried")
        assert "/p/" not in str(error.value)


def test_the_library_sees_everything(hidden, secret) -> None:
    coin = min(secret)
    found = similar.similar(hidden.as_owner, coin, Question(space="tiny", k=299))
    assert len(found) == 299


def test_another_role_changes_nothing(hidden, secret) -> None:
    with hidden.connect("anna") as c:
        c.execute("set role coinstore_reader")
        assert c.execute("select count(*) from api.coins").fetchone() == (200,)
        c.execute("set row_security = off")
        with pytest.raises(psycopg.Error, match="row-level security"):
            c.execute("select count(*) from api.coins")


def test_public_again(serving) -> None:
    serving.coinstore("bi", "private", SECRET)
    assert len(ids(serving, "anna", "select coin_id from coins")) == 200
    row = json.loads(serving.coinstore("bi", "private", "--json").stdout)[0]
    assert (row["collection"], row["scope"], row["coins"], row["logins"]) == (SECRET, "all", 100, ["otto"])
    serving.coinstore("bi", "public", SECRET)
    assert len(ids(serving, "anna", "select coin_id from coins")) == 300
    assert "there is no collection Nowhere" in serving.coinstore("bi", "private", "Nowhere", code=1).stderr


def test_a_space_that_is_made_while_something_is_private(hidden, secret) -> None:
    from coinstore.db import call

    call.run(hidden.as_owner, "job.add_space", name="later", recipe="{}", dims=16)
    try:
        with hidden.as_owner.begin() as c:
            c.exec_driver_sql("insert into core.embedding_later select * from core.embedding_tiny")
        assert len(ids(hidden, "anna", "select side_id from embedding_later")) == 400
        assert ids(hidden, "anna", "select coin_id from similar_later(1)") & secret == set()
    finally:
        call.run(hidden.as_owner, "job.drop_space", name="later")


RECIPE = {
    "family": "x",
    "predicate": f"collection <> '{SECRET}'",
    "hold_out": [SECRET],
    "values": [f"of {SECRET}"],
    "label": "die:/sec/SECRET-study",
    "options": {"label": "die:/sec/SECRET-study", "values": [SECRET], "side_px": 256},
}
OF_ALL = {"family": "x", "options": {"side_px": 256}, "trained": True}


def test_recipes_name_nothing_hidden(hidden) -> None:
    from coinstore.db import call

    store = hidden.as_owner
    said = {"label": "type", "spaces": ["tiny"], "face": "obverse", "model": "knn", "recipe": RECIPE | OF_ALL | {"options": RECIPE["options"]},
            "seed": 7, "library": "x", "trained": True, "leaked": False, "figures": {}}  # fmt: skip
    recipe = json.dumps(RECIPE | {"trained": True})
    call.run(store, "job.add_space", name="told", recipe=recipe, dims=16)
    with store.begin() as c:
        before = c.exec_driver_sql("select evaluation_id, recipe::text from core.evaluation").all()
    try:
        call.run(store, "job.store_network", space="told", body=b"", history="[]")
        call.run(store, "job.add_classifier", said=json.dumps(said), confusions="[]")
        with store.begin() as c:
            c.exec_driver_sql("update core.evaluation set recipe = %s", (recipe,))
        asked = {
            "api.spaces where space = 'told'": OF_ALL,
            "part.space_names where space = 'told'": OF_ALL,
            "part.known_space('told')": OF_ALL,
            "part.networks where space = 'told'": OF_ALL,
            "api.evaluations": OF_ALL,
            "api.classifiers where seed = 7": OF_ALL,
        }
        for login, names in (("anna", False), ("otto", True)):
            with hidden.connect(login) as c:
                for source, expected in asked.items():
                    found = c.execute(f"select recipe from {source}").fetchall()
                    assert found and all(("SECRET" in str(row)) == names for row in found), (login, source)
                    if not names:
                        assert {json.dumps(row[0], sort_keys=True) for row in found} == {
                            json.dumps(expected, sort_keys=True)
                        }
    finally:
        call.run(store, "job.drop_space", name="told")
        with store.begin() as c:
            c.exec_driver_sql("delete from core.classifier where seed = 7")
            for key, kept in before:
                change = "update core.evaluation set recipe = %s where evaluation_id = %s"
                c.exec_driver_sql(change, (kept, key))


def test_hidden_before_it_is_loaded(serving) -> None:
    done = serving.coinstore("bi", "private", "Hoard to come", code=1)
    assert "still to be loaded: --to-come" in done.stderr
    serving.coinstore("bi", "private", "Hoard to come", "--to-come")
    try:
        assert ids(serving, "anna", "select 1 from api.coins where collection = 'Hoard to come'") == set()
        assert (
            "visible now: Hoard to come"
            in serving.coinstore("bi", "private", "Hoard to come", "--images").stderr
        )
    finally:
        serving.coinstore("bi", "public", "Hoard to come")
        with serving.as_owner.begin() as c:
            c.exec_driver_sql("delete from core.collection where name = 'Hoard to come'")

"""The grid of coins: words, names, dates and weights; each state is an address."""

import json
import re
from collections.abc import Callable
from html import unescape
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
from browsing import hide
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser, expect
from sqlalchemy import Engine, text
from starlette.datastructures import QueryParams

from coinstore.browse.addresses import FIELDS, NUMBERS, chosen, pairs
from coinstore.browse.site import Site
from coinstore.db import call, engine, upgrade
from coinstore.records.coin import Coin
from coinstore.records.load import load

words = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=20)
states = st.fixed_dictionaries(
    {},
    optional={name: st.lists(words | st.none(), min_size=1, max_size=4, unique=True) for name in FIELDS}
    | {name: st.integers(-9999, 9999).map(float) for name in NUMBERS}
    | {"words": words.filter(lambda given: given == given.strip() != "")},
)


def shown(address: str, path: str, **query: Any) -> str:
    """The page at a path, as text."""
    with urlopen(f"{address}{path}?{urlencode(query, doseq=True)}") as answer:
        assert answer.status == 200
        return answer.read().decode()


def numbers(page: str) -> list[str]:
    return re.findall(r'<span class="number">(.*?)</span>', page)


@given(states)
def test_an_address_says_what_is_chosen(state: dict[str, Any]) -> None:
    query = QueryParams(urlencode(pairs(state)))
    assert chosen(query) == state


@given(
    st.dictionaries(st.sampled_from([*FIELDS, *NUMBERS, "words", "page", "sort", "x"]), st.text(max_size=30))
)
def test_any_address_can_be_read(query: dict[str, str]) -> None:
    found = chosen(QueryParams(query))
    assert chosen(QueryParams(pairs(found))) == found


def test_what_is_chosen_is_what_is_shown(demo: Engine, address: str) -> None:
    rows = call.query(demo, "select * from api.coins where mint = 'Aurelia' order by coin_id")[1]
    page = shown(address, "/coins", mint="Aurelia")
    assert numbers(page) == [row["inventory_number"] for row in rows]
    assert f'<h1 id="found">{len(rows)} coins</h1>' in page
    of_type = [
        row for row in rows if row["type"] == rows[0]["type"] and row["weight_g"] and row["weight_g"] <= 8.3
    ]
    page = shown(address, "/coins", mint="Aurelia", type=rows[0]["type"], weight_to="8.3", sort="heaviest")
    heaviest = sorted(of_type, key=lambda row: (-row["weight_g"], row["coin_id"]))
    assert numbers(page) == [row["inventory_number"] for row in heaviest]


def test_a_span_that_runs_backwards_is_said(address: str) -> None:
    assert "The years run backwards" in shown(address, "/coins", year_from=100, year_to=-100)
    assert "The weights run backwards" in shown(address, "/coins", weight_from=9, weight_to=1)
    assert "backwards" not in shown(address, "/coins", weight_to=0.01, year_from=5000)


def test_a_name_that_is_chosen_keeps_what_is_typed(address: str, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(f"{address}/coins")
    weight = page.get_by_role("group", name="Weight in g").get_by_role("textbox", name="from", exact=True)
    weight.fill("3,5")  # as a German writes it
    page.locator(".facet a", has_text="Lakeside Museum").click()
    page.wait_for_url("**collection=Lakeside+Museum**")
    expect(page.get_by_role("group", name="Weight in g").get_by_role("textbox").first).to_have_value("3.5")
    page.get_by_role("group", name="Weight in g").get_by_role("slider").first.press("ArrowRight")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url(re.compile(r"weight_from=3\.[56]\d"))
    page.close()


def test_the_sql_that_is_shown_gives_the_same_rows(demo: Engine, address: str) -> None:
    page = shown(address, "/coins", words="denarius", mint=["Rhodanos", "~"], year_from=-400)
    statement = unescape(re.search(r"<pre>(select.*?)</pre>", page, re.DOTALL)[1])
    assert "api.coins_with_words('denarius')" in statement
    rows = call.query(demo, statement)[1]
    assert numbers(page) == [row["inventory_number"] for row in rows] != []


def test_names_are_counted_without_their_own_field(demo: Engine) -> None:
    rows = call.read(demo, "part.browse_facets", chosen='{"mint": ["Aurelia", null], "weight_to": 8}')
    light = call.query(demo, "select * from api.coins where weight_g <= 8")[1]
    of_mint = [row for row in light if row["mint"] in ("Aurelia", None)]
    assert {r["name"]: (r["coins"], r["is_chosen"]) for r in rows if r["field"] == "mint"} == {
        name: (sum(row["mint"] == name for row in light), name in ("Aurelia", None))
        for name in {row["mint"] for row in light}
    }
    assert {r["name"]: r["coins"] for r in rows if r["field"] == "collection"} == {
        name: sum(row["collection"] == name for row in of_mint)
        for name in {row["collection"] for row in of_mint}
    }
    assert next(r["coins"] for r in rows if r["field"] == "all") == len(of_mint)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("1900,0702.11", {"1"}),
        ("0702", {"1"}),  # a part of a number
        ("augustus", {"1"}),  # the legend has V
        ("AVGVST", {"1"}),
        ("münz", {"2"}),
        ("munzstatte", {"2"}),  # without the mark
        ("αθην", {"3"}),
        ("denar lug", {"1"}),  # the beginnings of two words
        ("enar", set()),  # names are found by their beginnings only
        ("abcxd", set()),  # no one word has it, though words have all its pieces
        ("00,0702", {"1"}),  # a part with a separator
        ("0/0702-1", {"1"}),
        ("19000702", {"1"}),  # without any
        ("A3", {"3"}),
        ("1/221", {"2"}),
        ("0/0703", set()),
        ("denar 00,0702", {"1"}),
        ("3/denar", set()),
        ("%", None),
        ("'); drop table core.coin; --", set()),
        ("& | ! <->", None),
        ("x" * 5000, set()),
    ],
)
def test_words_find_coins(store: Engine, asked: str, found: set[str] | None) -> None:
    load_some(store)
    condition = call.read(store, "part.chosen_condition", chosen=json.dumps({"words": asked}))
    condition = condition[0]["chosen_condition"]
    rows = call.query(
        store, f"select inventory_number from api.coins where {condition.replace('%', '%%')}", {}
    )[1]
    assert {
        str(n) for n, number in enumerate(NUMBERS_OF, 1) if number in {r["inventory_number"] for r in rows}
    } == ({"1", "2", "3"} if found is None else found)


NUMBERS_OF = ("1900,0702.11", "12 21", "A 3")


def load_some(store: Engine) -> None:
    some = [
        Coin("1", {}, "Museum", NUMBERS_OF[0], {"denomination": "Denarius", "mint": "Lugdunum"},
             {"obverse": {"legend": "CAESAR AVGVSTVS"}}, None, (), None),
        Coin("2", {}, "Museum", NUMBERS_OF[1], {"mint": "Münzstätte Trier"}, {}, None, (), None),
        Coin("3", {}, "Museum", NUMBERS_OF[2], {}, {"reverse": {"legend": "ΑΘΗΝΑΙΩΝ ABCX BCXD"}}, None, (), None),
    ]  # fmt: skip
    list(load(store, "/a.csv", some))
    assert call.run(store, "job.fill_texts") == 3


def test_words_follow_what_is_known(store: Engine) -> None:
    load_some(store)
    with store.begin() as c:
        call.rows(
            c, "job.add_term", field="mint", name="Lyon", aliases=["Lugdunum"], nomisma=None, said_by="a"
        )
    assert call.run(store, "job.fill_texts") == 1
    found = call.query(store, "select api.coins_with_words('lyon denarius') as coin_id")[1]
    assert [row["coin_id"] for row in found] == [1]
    assert call.query(store, "select api.coins_with_words('lugdunum')")[1] == []


def test_words_of_another_version_are_stored_again(store: Engine) -> None:
    load_some(store)
    for comment, filled in (("", 0), ("comment on table core.coin_text is 'of another version'", 3)):
        with store.begin() as c:
            c.execute(text(f"update core.meaning set digest = 'older'; {comment}"))
        assert upgrade.upgrade(store).rebuilt
        assert call.run(store, "job.fill_texts") == filled
    assert call.query(store, "select api.coins_with_words('00,0702') as coin_id")[1]


def test_private_collections_are_hidden_from_each_login(
    demo: Engine, serve: Callable[..., str], coinstore: Callable[..., Any]
) -> None:
    with demo.begin() as c:
        hide(c, "Sammlung Nord", "anna")
        hidden, number = c.execute(
            text("select coin_id, inventory_number from api.coins where collection = 'Sammlung Nord' limit 1")
        ).one()
    anyone, anna = serve(demo), serve(demo, login="anna")
    for path in ("/coins", f"/coins?words={number.replace(' ', '+')}"):
        with urlopen(anna + path) as answer:
            assert "Sammlung Nord" in answer.read().decode()
        with urlopen(anyone + path) as answer:
            page = answer.read().decode()
            assert "Sammlung Nord" not in page
            assert "SN 00" not in page.replace(f'value="{number}"', "").replace(number, "", 4)
    for path in (f"/coins/{hidden}", f"/photographs/{hidden}/obverse.jpg"):
        assert urlopen(anna + path).status == 200
        with pytest.raises(HTTPError, match="404"):
            urlopen(anyone + path)


def test_pages_cannot_write(demo: Engine) -> None:
    here = Site(demo)
    with here.reader("").begin() as c, pytest.raises(Exception, match="permission denied"):
        c.execute(text("insert into core.collection (name) values ('x')"))
    here.close()


def test_a_coin_shows_what_is_known_and_who_says_so(address: str, demo: Engine) -> None:
    [coin] = call.query(demo, "select * from api.coins where type is not null and mint is not null limit 1")[
        1
    ]
    page = shown(address, f"/coins/{coin['coin_id']}", others="1")
    assert f"<dd>{coin['mint']}</dd>" in page and "records.csv" in page
    assert len(numbers(page)) == 12
    statement = unescape(re.search(r"<pre tabindex=\"0\">(select.*?)</pre>", page, re.DOTALL)[1])
    rows = call.query(demo, statement)[1]
    assert [row["inventory_number"] for row in rows] == numbers(page)
    assert all(row["collection"] != coin["collection"] for row in rows)


@pytest.mark.parametrize("path", ["/coins/999999", "/coins/x", "/nothing", "/photographs/1/edge.jpg"])
def test_what_is_not_there_is_a_sentence(address: str, path: str) -> None:
    with pytest.raises(HTTPError, match="404") as found:
        urlopen(address + path)
    assert re.search(r"<h1>There is no .+</h1>", found.value.read().decode())


def test_pages_of_a_reader_show_what_it_may_see(demo: Engine, serve: Callable[..., str]) -> None:
    """A login of a BI tool, which stores nothing, can serve pages as well."""
    with demo.begin() as c:
        c.execute(text("drop role if exists browse_bi"))
        c.execute(text("create role browse_bi login in role coinstore_reader"))
        hide(c, "Sammlung Nord", "browse_bi")
    with engine.opened(demo.url.set(username="browse_bi").render_as_string().replace("+psycopg", "")) as bi:
        address = serve(bi)
        assert f"{call.count(demo, 'api.coins')} coins" in shown(address, "/coins")
        assert "Coins that look like it" in shown(address, "/coins/3", words="denarius")
        assert "Sammlung Nord" in shown(address, "/coins")
        assert "Sammlung Nord" not in shown(serve(bi, login="ben"), "/coins"), "hidden from either is hidden"
    with demo.begin() as c:
        c.execute(text("drop role browse_bi"))

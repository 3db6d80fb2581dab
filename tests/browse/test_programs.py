"""What programs read: JSON as OpenAPI describes it, and manifests of IIIF, with the rights of a reader."""

import json
import re
from collections.abc import Callable, Generator
from html import unescape
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import urlopen

import mirador
import pytest
from browsing import hide
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from playwright.sync_api import Browser
from sqlalchemy import Connection, Engine, text

from coinstore.db import call
from coinstore.pages.explore.columns import read_columns
from coinstore.records.exports.about import About
from coinstore.records.exports.write import Export, export_coins
from coinstore.search.similar import Question, similar


def read(address: str, path: str, **query: Any) -> Any:
    with urlopen(f"{address}{path}{'?' if query else ''}{urlencode(query, doseq=True)}") as answer:
        return json.load(answer)


def refused(address: str) -> tuple[int, str]:
    with pytest.raises(HTTPError) as found:
        urlopen(address)
    return found.value.code, json.loads(found.value.read())["error"]


def test_answers_are_as_openapi_describes_them(demo: Engine, address: str) -> None:
    said = read(address, "/api/openapi.json")
    validate(said)
    assert said["servers"] == [{"url": address}]
    schemas = said["components"]["schemas"]
    assert schemas["Row"]["properties"]["mint"]["description"].startswith("Place of minting")
    [row] = call.read(demo, "part.first_photograph")
    parts = {"coin": row["coin_id"], "side": row["side_id"], "region": "full", "size": "max", "rotation": 0,
             "quality": "default", "format": "jpg"}  # fmt: skip
    for path, operations in said["paths"].items():
        content = operations["get"]["responses"]["200"]["content"]
        with urlopen(address + path.format(**parts)) as answer:
            kind = answer.headers["content-type"]
            assert kind in content
            if kind == "application/json":
                schema = {**content[kind]["schema"], "components": said["components"]}
                Draft202012Validator(schema).validate(json.load(answer))


def test_coins_come_a_page_at_a_time(demo: Engine, address: str) -> None:
    rows = call.query(demo, "select * from api.coins where mint = 'Aurelia' order by coin_id")[1]
    found, pages = [], 0
    there: str | None = f"{address}/api/coins?mint=Aurelia&per_page=2"
    while there:
        with urlopen(there) as answer:
            one = json.load(answer)
        found += one["coins"]
        there, pages = one["next"], pages + 1
    assert pages == one["pages"] == -(-len(rows) // 2) and one["total"] == len(rows)
    names = [name for name in rows[0] if name != "provenance"]
    assert [{k: row[k] for k in names} for row in found] == [{k: row[k] for k in names} for row in rows]
    assert call.query(demo, f"select * from api.coins where {one['where']} order by coin_id")[1] == rows
    assert [
        row["coin_id"] for row in read(address, "/api/coins", mint="Aurelia", sort="number")["coins"]
    ] == [
        row["coin_id"] for row in sorted(rows, key=lambda row: (row["inventory_number"], row["collection"]))
    ]


FORMER = "Baron Owner"


def run(steps: Generator[Any, None, Any]) -> Any:
    """What work in steps returns."""
    while True:
        try:
            next(steps)
        except StopIteration as done:
            return done.value


@pytest.fixture
def owned(demo: Engine) -> Engine:
    """The drawn coins, each with a former owner."""
    with demo.begin() as connection:
        connection.execute(text("update core.coin set provenance = :who"), {"who": FORMER})
        connection.execute(
            text("update core.record set raw = raw || jsonb_build_object('Vorbesitz', cast(:who as text))"),
            {"who": FORMER},
        )
        add_fault(connection, 5, "Vorbesitz", FORMER, "has the control character U+0085")
    return demo


def add_fault(connection: Connection, coin: int, column: str, value: str, reason: str) -> None:
    """A fault of the first record of a coin, as ingestion notes it."""
    connection.execute(
        text("insert into core.fault (record_id, column_name, value_text, reason) "
             "select min(record_id), :column, :value, :reason from core.record where coin_id = :coin"),
        {"coin": coin, "column": column, "value": value, "reason": reason},
    )  # fmt: skip


@pytest.mark.parametrize("path", ["/coins/5", "/api/coins?per_page=2", "/api/coins/5", "/api/coins/5/look-alikes",
                                  "/iiif/presentation/3/5/manifest", "/coins?words=a"])  # fmt: skip
def test_former_owners_are_shown_only_to_who_asks_for_them(
    owned: Engine, serve: Callable[..., str], path: str
) -> None:
    address = serve(owned)

    def said(there: str) -> str:
        with urlopen(there) as answer:
            return answer.read().decode()

    assert FORMER not in said(address + path) and '"provenance"' not in said(address + path)
    asked = said(f"{address}{path}{'&' if '?' in path else '?'}provenance=1")
    assert (FORMER in asked) == (path.startswith("/api/") or path == "/coins/5")
    if path in ("/coins/5", "/api/coins/5"):
        assert "has the control character U+0085" in said(address + path), "the reason is for everyone"
    if "per_page" in path:
        assert "provenance=1" in json.loads(asked)["next"]


def test_cards_and_answers_leave_former_owners_out(owned: Engine) -> None:
    with owned.connect() as connection:
        columns = run(read_columns(connection, [1, 2], {1: {}, 2: {}}))
    assert "mint" in columns and FORMER not in json.dumps(columns)
    found = similar(owned, 5, Question("both", "eye", 3, "true"))
    assert [row.provenance for row in found] == [FORMER] * 3  # by its name
    for shown in (repr(found.to_dicts()), repr(found), found._repr_html_(), found.to_pandas().to_csv()):
        assert FORMER not in shown and "provenance" not in shown
    [row] = call.query(owned, "select provenance from api.coins where coin_id = 5")[1]
    assert row["provenance"] == FORMER


def test_look_alikes_are_those_of_the_page(demo: Engine, address: str) -> None:
    found = read(address, "/api/coins/5/look-alikes", face="obverse", k=3, others=1)
    assert [row["coin_id"] for row in found["coins"]] == [
        row["coin_id"] for row in call.query(demo, found["sql"])[1]
    ]
    # A page ignores what is not for it; its link for programs must not repeat that.
    with urlopen(f"{address}/coins/5?face=obverse&others=1&space=x&words=&year_from=x&sort=type") as answer:
        page = answer.read().decode()
    [linked] = re.findall(r'href="(/api/coins/5/look-alikes[^"]*)"', page)
    alike = read(address, unescape(linked))["coins"]
    assert [f"{row['inventory_number']}" for row in alike] == re.findall(
        r'<span class="number">(.*?)</span>', page
    )
    mine = read(address, "/api/coins/5")["collection"]
    assert len(found["coins"]) == 3 and all(row["collection"] != mine for row in found["coins"])


@pytest.mark.parametrize("path", ["/api/coins/999999", "/api/coins/999999/look-alikes", "/api/coins/x", "/api/nothing",
                                  "/iiif/presentation/3/999999/manifest", f"/api/coins/{'9' * 40}"])  # fmt: skip
def test_what_is_not_there_is_a_sentence(address: str, path: str) -> None:
    status, said = refused(address + path)
    assert status == 404 and said.startswith("There is no such")


@pytest.mark.parametrize(
    "query", ["", "weight_from=1,5", "words=%00", "mint=" + quote("'; drop table core.coin; --")]
)
def test_any_condition_is_answered(address: str, query: str) -> None:
    with urlopen(f"{address}/api/coins?{query}") as answer:
        assert set(json.load(answer)) == {"total", "page", "pages", "previous", "next", "where", "coins"}


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("page=-1", "page is a whole number from 1 to 1,000,000; it is '-1'."),
        ("page=9999999", "page is a whole number from 1 to 1,000,000; it is '9999999'."),
        ("per_page=0", "per_page is a whole number from 1 to 500; it is '0'."),
        ("per_page=501", "per_page is a whole number from 1 to 500; it is '501'."),
        ("year_from=x", "year_from is a number below a million; it is 'x'."),
        ("words=" + "x" * 201, "words has more than 200 characters."),
        ("&".join(["mint=Aurelia"] * 51), "mint is given too often."),
        ("provenance=0", "provenance is 1; it is '0'."),
        ("weight_to=nan", "weight_to is a number below a million; it is 'nan'."),
        ("sort=;drop", "sort is number or type or oldest or newest or heaviest; it is ';drop'."),
        ("page=1&page=2", "page is given too often."),
        ("materail=Gold", "There is no parameter 'materail' here; the parameters are: words, sort,"),
    ],
)
def test_what_cannot_be_read_is_refused_and_not_left_out(address: str, query: str, said: str) -> None:
    status, sentence = refused(f"{address}/api/coins?{query}")
    assert status == 400 and sentence.startswith(said)


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("coins?page=999", 404, "There is no page 999; the last one is "),
        ("coins/5?page=2", 400, "There is no parameter 'page' here; the parameters are: provenance."),
        ("coins/5/look-alikes?k=501", 400, "k is a whole number from 1 to 500; it is '501'."),
        ("coins/5/look-alikes?face=edge", 400, "face is obverse or reverse or both; it is 'edge'."),
        ("coins/5/look-alikes?space=nothing", 404, "There is no such space; the spaces are: "),
    ],
)
def test_no_program_gets_other_coins_than_it_asked_for(
    address: str, path: str, status: int, said: str
) -> None:
    found, sentence = refused(f"{address}/api/{path}")
    assert found == status and sentence.startswith(said)


def test_a_manifest_says_what_the_export_says(demo: Engine, address: str, tmp_path: Path) -> None:
    [row] = call.read(demo, "part.first_photograph")
    key = row["coin_id"]
    said = read(address, f"/iiif/presentation/3/{key}/manifest")
    assert said["id"] == f"{address}/iiif/presentation/3/{key}/manifest"
    about = About(
        base="https://m.example/",
        images="https://m.example/i",
        image_folder=str(Path(row["location"]).parents[1]),
    )
    export_coins(demo, tmp_path / "out", Export("iiif", where=f"coin_id = {key}", about=about))
    [written] = [
        json.loads(path.read_text())
        for path in (tmp_path / "out").glob("*.json")
        if path.name != "collection.json"
    ]
    for name in ("label", "metadata", "rights", "requiredStatement"):
        assert said.get(name) == written.get(name)
    assert [(c["label"], c["width"], c["height"]) for c in said["items"]] == [
        (c["label"], c["width"], c["height"]) for c in written["items"]
    ]
    for canvas in said["items"]:
        body = canvas["items"][0]["items"][0]["body"]
        [service] = body["service"]
        assert body["id"] == f"{service['id']}/full/max/0/default.jpg" and urlopen(body["id"]).status == 200
        with urlopen(f"{service['id']}/info.json") as answer:
            info = json.load(answer)
        assert (info["id"], info["profile"], info["width"]) == (
            service["id"],
            service["profile"],
            canvas["width"],
        )


def test_private_coins_are_hidden_from_programs(demo: Engine, serve: Callable[..., str]) -> None:
    with demo.begin() as c:
        hide(c, "Sammlung Nord", "anna")
        hidden = c.execute(
            text("select coin_id from api.coins where collection = 'Sammlung Nord' limit 1")
        ).scalar_one()
    anyone, anna = serve(demo), serve(demo, login="anna")
    asked = {"collection": "Sammlung Nord"}
    assert read(anna, "/api/coins", **asked)["total"] > 0 == read(anyone, "/api/coins", **asked)["total"]
    for path in (
        f"/api/coins/{hidden}",
        f"/api/coins/{hidden}/look-alikes",
        f"/iiif/presentation/3/{hidden}/manifest",
    ):
        assert read(anna, path)
        assert refused(anyone + path)[0] == 404


def test_no_folder_of_this_machine_is_told(demo: Engine, address: str) -> None:
    [row] = call.read(demo, "part.first_photograph")
    coin, location = row["coin_id"], row["location"]
    with demo.begin() as c:
        add_fault(c, coin, "obverse image", location, f"there is no {location}")
        c.execute(text("insert into core.fault (side_id, column_name, reason) "
                       "values (:side, 'image', :reason)"),
                  {"side": row["side_id"], "reason": f"{location} cannot be read: no rights"})  # fmt: skip
    for path in (
        "/api/coins",
        f"/api/coins/{coin}",
        f"/api/coins/{coin}?provenance=1",
        f"/coins/{coin}",
        f"/coins/{coin}?provenance=1",
        f"/iiif/presentation/3/{coin}/manifest",
    ):
        with urlopen(address + path) as answer:
            page = answer.read().decode()
        assert str(Path(location).parent) not in page, path
        if f"coins/{coin}" in path:
            assert (
                f"there is no {Path(location).name}" in page
                and f"{Path(location).name} cannot be read" in page
            )


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("/home/anna/my coins/a.csv", "a.csv"),
        (r"C:\Users\Anna Meier\a.csv", "a.csv"),
        ("zip:///home/anna/all.zip::coins/a.csv", "a.csv"),
        ("s3://bucket/a.csv", "a.csv"),
        ("https://x.org/coins/", "https://x.org/coins/"),
        ("https://anna:secret@x.org/coins?key=1", "https://x.org/coins"),
        ("/home/anna/coins/", "coins"),
    ],
)
def test_a_source_is_named_without_its_folders(demo: Engine, source: str, name: str) -> None:
    [row] = call.read(demo, "part.source_name", source=source)
    assert row["source_name"] == name
    said = call.read(demo, "part.said_by", kind="person", name="A/B")
    assert said[0]["said_by"] == "A/B", "a person is not a folder"


@pytest.mark.parametrize(
    ("reason", "shown"),
    [
        ("there is no /home/Anna Meier/a b.jpg", "there is no a b.jpg"),
        ("there is no a.jpg in /home/anna/all.zip", "there is no a.jpg in all.zip"),
        (r"C:\coins\a.jpg cannot be read: no rights", "a.jpg cannot be read: no rights"),
        ("zip://a.jpg::/home/anna/all.zip cannot be read", "zip://a.jpg::all.zip cannot be read"),
        ("there is no https://x.org/a.jpg", "there is no https://x.org/a.jpg"),
        ("the weight 3/4 is not a number", "the weight 3/4 is not a number"),
    ],
)
def test_a_reason_is_told_without_folders(demo: Engine, reason: str, shown: str) -> None:
    [row] = call.read(demo, "part.without_folders", sentence=reason)
    assert row["without_folders"] == shown


def test_a_viewer_of_another_server_shows_both_sides(
    browser: Browser, demo: Engine, serve: Callable[..., str], tmp_path: Path
) -> None:
    [row] = call.query(demo, "select coin_id, array_agg(side_id) as sides from api.images where sha256 is not null "
                             "group by 1 having count(*) = 2 order by 1 limit 1")[1]  # fmt: skip
    with mirador.served(tmp_path) as viewer:
        address = serve(demo, origins=(viewer,))
        page = browser.new_page()
        page.goto(f"{viewer}/index.html?manifest={address}/iiif/presentation/3/{row['coin_id']}/manifest")
        for side in row["sides"]:
            page.wait_for_function(
                "service => [...document.images].some(i => i.src.startsWith(service) && i.naturalWidth > 0)",
                arg=f"{address}/iiif/3/{side}/", timeout=60_000)  # fmt: skip
        page.close()

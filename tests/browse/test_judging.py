"""Pairs are compared and judged, proposals and names decided; each step can be undone, and only a person stores."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.cookiejar import CookieJar
from pathlib import Path
from threading import Event
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener, urlopen

import commands
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Engine, text
from stores import Once

from coinstore.browse import review
from coinstore.browse.desk import KEPT, LISTS, SESSIONS, WAITING, Desk
from coinstore.browse.kept import Busy
from coinstore.curation.terms import Term, add_term
from coinstore.db import call, engine
from coinstore.dies.public import Matches

ANNA = "Anna Meier"
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
LACKING = 4  # coins whose mint is proposed


@pytest.fixture
def known(store: Engine, once: Once, environment: dict[str, str]) -> Engine:
    """Drawn coins, of which some pairs were compared for one die, some have no mint, and one a near name."""

    def make(folder: Path) -> None:
        def run(*arguments: str) -> None:
            done = commands.in_process(arguments, environment | {"COINSTORE_HOME": str(folder)})
            commands.checked(done, 0)

        run("demo", "--coins", "24")
        with store.begin() as c:
            c.execute(text("update core.coin set mint = null where coin_id > 24 - :n"), {"n": LACKING})
            c.execute(
                text("update core.coin set mint = 'Rhodanos' where mint is null and coin_id <= 24 - :n"),
                {"n": LACKING},
            )
            c.execute(text("update core.coin set material = 'Silber' where coin_id = 1"))
            c.execute(text("update core.coin set material = 'Silver' where coin_id <> 1"))
        run("classify", "mint", "--space", "eye", "--min-certainty", "0")
        run("graph", "build", "eye", "--face", "obverse", "-k", "2")
        rows = call.query(
            store, "select coin_id, neighbour_id from api.edges where rank = 1 order by 1 limit 6"
        )[1]
        pairs = folder / "pairs.csv"
        pairs.write_text(
            "coin,neighbour,face\n"
            + "".join(f"{name(store, r['coin_id'])},{name(store, r['neighbour_id'])},obverse\n" for r in rows)
        )
        run("match", "--pairs", str(pairs))
        call.run(store, "job.fill_texts")

    once(make)
    return store


def name(store: Engine, coin: int) -> str:
    row = call.read(store, "part.coins_by_id", coins=[coin])[0]
    return f"{row['collection']}/{row['inventory_number']}"


def verdicts(store: Engine) -> list[tuple[Any, ...]]:
    rows = call.look(store, "api.verdicts")
    return sorted(
        (r["coin_id"], r["neighbour_id"], r["face"], r["verdict"], r["said_by"], r["note"]) for r in rows
    )


def queued(store: Engine) -> list[tuple[int, int, str]]:
    rows = Matches(store).queue()
    return [(*sorted((row["coin_id"], row["neighbour_id"])), row["face"]) for row in rows]


def pair_of(url: str) -> tuple[int, int, str]:
    a, b, face = re.search(r"a=(\d+)&b=(\d+)&face=(\w+)", url).groups()
    return int(a), int(b), face


class Person:
    """Someone who sends forms without a browser."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.opener = build_opener(HTTPCookieProcessor(CookieJar()))
        self.step = ""
        self.token = re.search(r'name="token" value="(\w+)"', self.read("/review"))

    def read(self, path: str, form: bytes | None = None) -> str:
        page = self.opener.open(self.address + path, form).read().decode()
        if step := re.search(r'name="step" value="(\d+)"', page):
            self.step = step[1]
        return page

    def send(self, path: str, token: str | None = None, **form: Any) -> str:
        given = {"token": token or (self.token[1] if self.token else ""), "step": self.step} | form
        return self.read(path, urlencode(given, doseq=True).encode())

    def refused(self, path: str, **form: Any) -> tuple[int, str]:
        with pytest.raises(HTTPError) as found:
            self.send(path, **form)
        return found.value.code, re.search(r"<h1>(.*?)</h1>", found.value.read().decode())[1]


@pytest.fixture
def as_anna(known: Engine, serve: Callable[..., str]) -> str:
    return serve(known, person=ANNA)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that may cause no error and no message, as it would by breaking the policy."""
    faults: list[str] = []
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(120_000)  # the first comparison of a server starts a sandbox
    made = context.new_page()
    made.on("pageerror", lambda error: faults.append(str(error)))
    made.on("console", lambda message: faults.append(message.text))
    yield made
    context.close()
    assert faults == []


def test_pairs_come_in_turn_and_are_judged_with_keys(known: Engine, as_anna: str, page: Page) -> None:
    pairs = queued(known)
    page.goto(f"{as_anna}/compare")
    assert pair_of(page.url) == pairs[0]
    page.get_by_label("Note").fill("1 legend")
    assert verdicts(known) == []
    page.get_by_role("heading", level=1).click()
    page.keyboard.press("Escape")
    with page.expect_navigation():
        page.keyboard.press("1")
    judged = (*pairs[0], "same die", ANNA, "1 legend")
    assert verdicts(known) == [judged]
    assert pair_of(page.url) == pairs[1]
    with page.expect_navigation():
        page.keyboard.press("4")  # unsure: it does not come again in this session
    assert pairs[1] != pair_of(page.url) != pairs[0]
    assert verdicts(known) == [judged]
    with page.expect_navigation():
        page.keyboard.press("z")
    assert pair_of(page.url) == pairs[1]
    with page.expect_navigation():
        page.keyboard.press("z")
    assert pair_of(page.url) == pairs[0]
    assert verdicts(known) == []
    same_type = page.get_by_role("button", name="Same type")
    assert same_type.get_attribute("aria-keyshortcuts") == "2"
    page.get_by_label("keys").uncheck()
    assert same_type.get_attribute("aria-keyshortcuts") is None
    page.keyboard.press("2")
    page.reload()
    assert pair_of(page.url) == pairs[0]
    assert not page.get_by_label("keys").is_checked()
    with page.expect_navigation():
        page.get_by_role("button", name="Different").click()
    assert verdicts(known) == [(*pairs[0], "no link", ANNA, None)]


def test_a_walk_from_words_to_a_verdict_and_the_network(known: Engine, as_anna: str, page: Page) -> None:
    page.goto(f"{as_anna}/coins")
    page.get_by_label("Words").fill("stater")
    page.keyboard.press("Enter")
    page.wait_for_url("**/coins?words=stater")
    page.locator(".grid a").first.click()
    page.get_by_label("other collections only").check()
    page.get_by_role("button", name="Show", exact=True).click()
    page.wait_for_url("**others=1*")
    page.get_by_role("link", name="Compare with").first.click()
    page.wait_for_url("**/compare?a=*")
    a, b = map(int, re.search(r"a=(\d+)&b=(\d+)", page.url).groups())
    collections = {row["collection"] for row in call.read(known, "part.coins_by_id", coins=[a, b])}
    assert len(collections) == 2
    with page.expect_navigation():
        page.get_by_role("button", name="Same type").click()
    assert verdicts(known) == [(min(a, b), max(a, b), "obverse", "same type", ANNA, None)]
    assert "obverse: same type." in page.get_by_role("status").inner_text()
    page.goto(f"{as_anna}/coins/{a}")
    name = page.inner_text("h1")
    page.get_by_role("link", name="the network eye_obverse").click()
    inside = page.frame_locator("iframe.drawn")
    inside.locator("html[data-drawn]").wait_for(state="attached")
    assert inside.locator("#card-name").inner_text() == name


FOCUSED = """async () => {
    const frame = () => new Promise(requestAnimationFrame);
    await frame().then(frame);  // the focus scrolls
    const one = document.activeElement, box = one.getBoundingClientRect(), style = getComputedStyle(one);
    const wrapped = one.closest("label")?.textContent ?? "";
    return {
        name: `${one.getAttribute("aria-label") ?? one.labels?.[0]?.textContent ?? wrapped} ${one.textContent}`,
        is_body: one === document.body,  // between the last and the first
        is_seen: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight,
        has_ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0,
    };
}"""


def tab_to(page: Page, name: str) -> None:
    """Moves the focus with Tab to what has this in its name; each stop on the way can be seen."""
    for _ in range(200):
        page.keyboard.press("Tab")
        here = page.evaluate(FOCUSED)
        assert here["is_body"] or (here["is_seen"] and here["has_ring"]), here
        if name in here["name"] and not here["is_body"]:
            return
    pytest.fail(f"Tab does not lead to {name} on {page.url}")


def enter(page: Page) -> None:
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_a_whole_task_is_done_with_the_keyboard_only(known: Engine, as_anna: str, page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")  # else it scrolls for a while
    page.goto(f"{as_anna}/coins")
    tab_to(page, "Words")
    page.keyboard.type("stater")
    enter(page)
    coin = page.locator(".grid .number").first.inner_text()
    tab_to(page, coin)
    enter(page)
    assert page.inner_text("h1") == coin
    tab_to(page, "other collections only")
    page.keyboard.press("Space")
    tab_to(page, "Show")
    enter(page)
    tab_to(page, "Compare with")
    enter(page)
    a, b = sorted(map(int, re.search(r"a=(\d+)&b=(\d+)", page.url).groups()))
    tab_to(page, "Note")
    page.keyboard.type("the same letters")
    tab_to(page, "Same type")
    enter(page)
    assert verdicts(known) == [(a, b, "obverse", "same type", ANNA, "the same letters")]
    assert "obverse: same type." in page.get_by_role("status").inner_text()
    tab_to(page, "Review")
    enter(page)
    tab_to(page, "Accept")
    enter(page)
    assert [row["state"] for row in call.look(known, "api.proposals")].count("accepted") == 1
    tab_to(page, "Undo")
    enter(page)
    assert {row["state"] for row in call.look(known, "api.proposals")} == {"proposed"}


def test_both_photographs_blink_and_fade(as_anna: str, page: Page) -> None:
    page.goto(f"{as_anna}/compare")
    page.wait_for_selector("html[data-drawn]", state="attached")
    second = page.locator(".overlay .second")
    slider = page.get_by_label("How much of the second photograph is shown")
    slider.fill("20")
    assert second.evaluate("one => one.style.opacity") == "0.2"
    page.keyboard.press("b")
    assert page.get_by_role("button", name="Blink").get_attribute("aria-pressed") == "true"
    expect(second).to_have_css("opacity", "0")
    page.keyboard.press("b")
    assert second.evaluate("one => one.style.opacity") == "0.2"
    assert page.locator("img").evaluate_all("all => all.every((one) => one.complete && one.naturalWidth > 0)")
    dots = page.locator(".views .dots").first
    assert dots.is_visible()
    page.keyboard.press("p")
    assert not dots.is_visible()


def test_a_verdict_is_changed_and_taken_back_on_the_page_of_its_pair(known: Engine, as_anna: str) -> None:
    pair, anna = queued(known)[0], Person(as_anna)
    given = {"a": pair[1], "b": pair[0], "face": pair[2]}
    anna.send("/compare", **given, verdict="same type", note="x" * 9000)
    assert verdicts(known) == [(*pair, "same type", ANNA, "x" * 2000)]
    anna.send("/compare", **given, verdict="same die")
    shown = anna.read(f"/compare?a={pair[1]}&b={pair[0]}&face={pair[2]}")
    assert 'value="same die" aria-pressed="true"' in shown and f"{ANNA} says: same die." in shown
    anna.send("/compare", **given, verdict="")
    assert verdicts(known) == []
    anna.send("/undo")
    assert verdicts(known) == [(*pair, "same die", ANNA, None)]
    anna.send("/undo")
    assert verdicts(known) == [(*pair, "same type", ANNA, "x" * 2000)]
    call.changes(
        known,
        "job.store_verdict",
        coin=pair[0],
        neighbour=pair[1],
        face=pair[2],
        verdict="no link",
        said_by=ANNA,
        note="",
    )
    assert anna.refused("/undo") == (409, "This verdict was changed elsewhere in the meantime; it stays.")


def test_unsure_takes_a_verdict_back_and_says_what_is_not_kept(known: Engine, as_anna: str) -> None:
    pair, anna = queued(known)[0], Person(as_anna)
    given = {"a": pair[0], "b": pair[1], "face": pair[2]}
    page = anna.send("/compare", **given, verdict="unsure", note="too worn")
    assert "left open; your note is not kept, because it needs a verdict." in page
    anna.send("/undo")
    page = anna.send("/compare", **given, verdict="no link", note="another letter")
    assert f"{pair[2]}: different." in page
    before = verdicts(known)
    assert before == [(*pair, "no link", ANNA, "another letter")]
    page = anna.send("/compare", **given, verdict="unsure", note="another letter")
    assert "left open; your verdict is taken back." in page and verdicts(known) == []
    assert set(pair_of(anna.opener.open(f"{as_anna}/compare").url)) != set(pair)
    anna.send("/undo")
    assert verdicts(known) == before
    shown = anna.read(f"/compare?a={pair[0]}&b={pair[1]}&face={pair[2]}")
    assert f"{ANNA} says: different (another letter)." in shown and "says: no link" not in shown


def test_a_second_click_is_not_a_decision_of_others(known: Engine, as_anna: str) -> None:
    [one, *_] = sorted(row["proposal_id"] for row in call.look(known, "api.proposals"))
    anna = Person(as_anna)
    for decision in ("accept", "reopen", "reject"):
        for _ in range(2):
            assert "load the list again" not in anna.send("/review", id=one, decision=decision)
    assert anna.refused("/review", id=one, decision="accept")[0] == 409
    for _ in range(3):
        anna.send("/undo")
    assert {row["state"] for row in call.look(known, "api.proposals")} == {"proposed"}


def test_what_cannot_be_undone_has_no_button_for_it(known: Engine, as_anna: str) -> None:
    add_term(known, Term("material", "Silver", "Ben", ("Ag",)))
    anna, given = Person(as_anna), {"field": "material", "name": "Silver", "alias": "Silber"}
    one = call.look(known, "api.proposals")[0]["proposal_id"]
    anna.send("/review", id=one, decision="reject")
    page = anna.send("/review/names", **given, decision="alias")
    assert "This cannot be undone here." in page and ">Undo<" not in page
    assert ">Undo<" in anna.read("/review"), "the step before can be"
    anna.send("/undo")
    assert {row["state"] for row in call.look(known, "api.proposals")} == {"proposed"}


def test_without_a_person_everything_is_read_and_nothing_stored(
    known: Engine, serve: Callable[..., str]
) -> None:
    address = serve(known)
    pairs = queued(known)
    reader = Person(address)
    shown = reader.opener.open(f"{address}/compare")
    assert pair_of(shown.url) == pairs[0]
    page = shown.read().decode()
    assert page.count("disabled aria-describedby") == 4 and "<code>--as</code> and your name" in page
    following = reader.opener.open(f"{address}/compare?skip=1").url
    assert pair_of(following) == pairs[1]
    assert "No pair to judge" in reader.read("/compare?skip=9999")
    token = re.search(r'name="token" value="(\w+)"', page)[1]
    writer = Person(serve(known, person=ANNA))
    for path, form in (
        ("/compare", {"a": 1, "b": 2, "face": "obverse", "verdict": "same die"}),
        ("/review", {"id": 1, "decision": "accept"}),
        ("/review/names", {"field": "material", "name": "Silver", "alias": "Silber", "decision": "name"}),
        ("/undo", {}),
    ):
        assert reader.refused(path, token=token, **form)[0] == 403
        assert writer.refused(path, token="0" * 64, **form)[0] == 403
    assert verdicts(known) == []
    assert {row["state"] for row in call.look(known, "api.proposals")} == {"proposed"}
    assert call.look(known, "api.terms") == []


def test_what_cannot_be_judged_is_a_sentence(known: Engine, as_anna: str) -> None:
    anna = Person(as_anna)
    for form, status in (
        ({"a": 1, "b": 1}, 400),
        ({"a": 1, "b": 10**9}, 404),
        ({"a": 1, "b": "2; drop table core.coin"}, 404),
        ({"a": 1, "b": 10**12}, 404),
        ({"b": 2}, 404),
        ({"a": 1, "b": 2, "verdict": "maybe"}, 400),
        ({"a": 1, "b": 2, "face": "edge"}, 400),
    ):
        code, sentence = anna.refused("/compare", **{"face": "obverse", "verdict": "same die"} | form)
        assert (code, sentence[-1]) == (status, ".") and "no link" not in sentence, form
    assert verdicts(known) == []


def test_hidden_coins_are_neither_asked_nor_judged(known: Engine, serve: Callable[..., str]) -> None:
    pair = queued(known)[0]
    [first] = call.read(known, "part.coins_by_id", coins=[pair[0]])
    with known.begin() as c:
        call.rows(c, "job.set_private", collections=[first["collection"]], scope="images")
    hidden = {
        row["coin_id"] for row in call.look(known, "api.coins") if row["collection"] == first["collection"]
    }
    reader = Person(serve(known, person=ANNA))
    shown = [reader.opener.open(f"{reader.address}/compare?skip={n}").url for n in range(len(queued(known)))]
    asked = [pair_of(url) for url in shown if "a=" in url]
    assert asked and not any(hidden & set(one[:2]) for one in asked)
    assert reader.refused("/compare", a=pair[0], b=pair[1], face=pair[2], verdict="same die")[0] == 404
    page = reader.read(f"/compare?a={pair[0]}&b={pair[1]}")
    assert "data:image" not in page and "do not both have a usable photograph" in page
    assert "Perhaps from the same die" not in reader.read(f"/coins/{pair[0]}")


def test_edges_are_judged_where_nothing_was_compared(known: Engine, as_anna: str) -> None:
    with known.begin() as c:
        c.execute(text("delete from core.match"))
    nearest = max(call.look(known, "api.edges"), key=lambda row: row["similarity"])
    anna = Person(as_anna)
    a, b, face = pair_of(anna.opener.open(f"{as_anna}/compare").url)
    assert {a, b} == {nearest["coin_id"], nearest["neighbour_id"]} and face == "obverse"
    anna.send("/compare", a=a, b=b, face=face, verdict="same type")
    assert {a, b} != set(pair_of(anna.opener.open(f"{as_anna}/compare").url)[:2])


def test_a_login_that_only_reads_looks_at_uncertain_pairs(known: Engine, serve: Callable[..., str]) -> None:
    with known.begin() as c:
        c.execute(text("drop role if exists browse_judge"))
        c.execute(text("create role browse_judge login in role coinstore_reader"))
    found = sorted(call.look(known, "api.matches"), key=lambda row: abs(row["probability"] - 0.5))
    url = known.url.set(username="browse_judge").render_as_string().replace("+psycopg", "")
    with engine.opened(url) as reader:
        shown = pair_of(urlopen(f"{serve(reader)}/compare").url)
    assert set(shown) == {found[0]["coin_id"], found[0]["neighbour_id"], "obverse"}
    with known.begin() as c:
        c.execute(text("drop role browse_judge"))


def test_a_photograph_that_is_gone_is_a_sentence(known: Engine, as_anna: str) -> None:
    a, b, face = queued(known)[0]
    with known.begin() as c:
        c.execute(
            text("update core.side set image_location = '/nowhere/' || side_id || '.jpg' where coin_id = :a"),
            {"a": a},
        )
    page = urlopen(f"{as_anna}/compare?a={a}&b={b}&face={face}").read().decode()
    assert re.search(r'<p class="warning">.*obverse.*is not where it was.*</p>', page)
    assert "/nowhere" not in page, "folders are private"
    assert f'src="/photographs/{a}/{face}.jpg"' in page and 'value="same die"' in page


def test_the_page_of_a_coin_lists_whom_it_may_share_a_die_with(known: Engine, as_anna: str) -> None:
    rows = call.look(known, "api.matches")
    least = min(rows, key=lambda row: row["probability"])
    pair, coin = (least["coin_id"], least["neighbour_id"]), least["neighbour_id"]
    Person(as_anna).send("/compare", a=pair[0], b=pair[1], face="obverse", verdict="no link")
    mine = [row for row in rows if coin in (row["coin_id"], row["neighbour_id"])]
    mine = [row for row in mine if row["probability"] >= 0.1 or row == least]
    mine.sort(key=lambda row: -row["probability"])
    page = urlopen(f"{as_anna}/coins/{coin}").read().decode()
    shown = re.findall(rf'<a href="/compare\?a={coin}&amp;b=(\d+)&amp;face=obverse">', page)
    assert list(map(int, shown)) == [row["coin_id"] + row["neighbour_id"] - coin for row in mine]
    assert "<strong>different</strong>" in page and "no link" not in page


def test_three_proposals_are_reviewed_with_the_keyboard(known: Engine, as_anna: str, page: Page) -> None:
    rows = call.read(known, "part.browse_proposals", label=None, state="proposed", skip=0, at_most=99)
    assert len(rows) == LACKING

    def states() -> dict[int, str]:
        return {row["proposal_id"]: row["state"] for row in call.look(known, "api.proposals")}

    page.goto(f"{as_anna}/review")
    assert page.locator("h1").inner_text() == f"{LACKING} proposals"
    for key in "ara":
        with page.expect_navigation():
            page.keyboard.press(key)
    done = ["accepted", "rejected", "accepted", "proposed"]
    assert states() == {row["proposal_id"]: state for row, state in zip(rows, done, strict=True)}
    mints = {row["coin_id"]: row["mint"] for row in call.look(known, "api.coins")}
    assert [mints[row["coin_id"]] for row in rows] == [rows[0]["value"], None, rows[2]["value"], None]
    for _ in range(2):
        with page.expect_navigation():
            page.keyboard.press("z")
    assert [states()[row["proposal_id"]] for row in rows] == ["accepted", "proposed", "proposed", "proposed"]
    assert [row["mint"] for row in call.read(known, "part.coins_by_id", coins=[rows[2]["coin_id"]])] == [None]
    page.goto(f"{as_anna}/review?state=accepted")
    assert f"Accepted by {ANNA}" in page.locator(".rows").inner_text()
    with page.expect_navigation():
        page.get_by_role("button", name="Open").click()
    assert set(states().values()) == {"proposed"}
    with page.expect_navigation():
        page.keyboard.press("z")  # it was accepted before
    assert states()[rows[0]["proposal_id"]] == "accepted"


def test_chosen_proposals_are_decided_at_once(known: Engine, as_anna: str) -> None:
    ids = [row["proposal_id"] for row in call.look(known, "api.proposals")]
    anna = Person(as_anna)
    assert anna.refused("/review", decision="accept") == (
        400,
        "Choose proposals, then accept or reject them.",
    )
    assert anna.refused("/review", id=[*ids, 999], decision="reject")[0] == 404
    page = anna.send("/review", id=ids[:2], decision="reject", state="proposed", label="mint", page="1")
    assert "2 proposals: rejected." in page and page.count("data-row") == 2
    anna.send("/undo")
    assert {row["state"] for row in call.look(known, "api.proposals")} == {"proposed"}
    assert anna.refused("/undo", step="")[0] == 404


def test_what_others_decided_since_stays(known: Engine, as_anna: str, serve: Callable[..., str]) -> None:
    ids = sorted(row["proposal_id"] for row in call.look(known, "api.proposals"))
    anna, ben = Person(as_anna), Person(serve(known, person="Ben"))

    def decided() -> list[tuple[str, str | None]]:
        rows = {row["proposal_id"]: row for row in call.look(known, "api.proposals")}
        return [(rows[one]["state"], rows[one]["decided_by"]) for one in ids]

    def mints() -> list[str | None]:
        rows = {row["proposal_id"]: row for row in call.look(known, "api.proposals")}
        return [rows[one]["mint"] for one in ids]

    open_, taken = ("proposed", None), "This was decided again in the meantime; that stays."
    anna.send("/review", id=ids[0], decision="reject")
    anna.send("/review", id=ids[1], decision="accept")
    ben.send("/review", id=ids[1], decision="reopen")
    ben.send("/review", id=ids[1], decision="accept")
    before = decided(), mints()
    assert before[0][1] == ("accepted", "Ben") and before[1][1]
    assert anna.refused("/undo") == (409, taken)
    assert (decided(), mints()) == before
    anna.read("/review")
    anna.send("/undo")  # the step before that one
    assert decided()[:2] == [open_, ("accepted", "Ben")]
    ben.send("/undo")
    ben.send("/undo")
    assert decided()[:2] == [open_, ("accepted", ANNA)], "as it was before Ben opened it"
    said = "Somebody else has decided this; load the list again."
    ben.send("/review", id=ids[1], decision="reopen")
    ben.send("/review", id=ids[1], decision="reject")
    assert anna.refused("/review", id=ids[1], decision="reject") == (409, said)
    ben.send("/review", id=ids[1], decision="reopen")
    anna.send("/review", id=ids[1:], decision="reject")
    ben.send("/review", id=ids[2], decision="reopen")
    ben.send("/review", id=ids[2], decision="accept")
    said = f"1 of {len(ids) - 1} were decided again in the meantime; they stay."
    assert anna.refused("/undo") == (409, said)
    assert decided() == [open_, open_, ("accepted", "Ben"), open_]
    anna.send("/review", id=ids[0], decision="accept")
    anna.send("/review", id=ids[0], decision="reopen", state="accepted")
    anna.send("/undo")
    anna.send("/undo")  # the first decision is the same one as before
    assert decided()[0] == open_


def test_of_names_that_others_changed_since_nothing_is_undone(known: Engine, as_anna: str) -> None:
    anna = Person(as_anna)
    anna.send("/review/names", field="material", name="Silver", alias="Silber", decision="name")
    call.changes(known, "job.remove_alias", field="material", alias="Silber")
    add_term(known, Term("material", "Silver", "Ben", ("Silber",)))
    before = call.look(known, "part.aliases")
    said = "The names of Silber were changed in the meantime; they stay as they are."
    assert anna.refused("/undo") == (409, said)
    assert call.look(known, "part.aliases") == before


def test_two_clicks_at_once_undo_one_step(known: Engine, as_anna: str) -> None:
    ids = [row["proposal_id"] for row in call.look(known, "api.proposals")]
    anna = Person(as_anna)
    for one in ids:
        anna.send("/review", id=one, decision="reject")
    with ThreadPoolExecutor(5) as pool:
        pages = list(pool.map(lambda _: anna.send("/undo"), range(5)))
    assert all("<h1>1 proposal</h1>" in page for page in pages), "each click shows what was undone"
    states = {row["proposal_id"]: row["state"] for row in call.look(known, "api.proposals")}
    assert [states[one] for one in ids] == ["rejected"] * (len(ids) - 1) + ["proposed"]
    anna.send("/undo")
    assert anna.refused("/undo", step=0)[0] == 409, "a page that shows an older step undoes no newer one"
    assert Counter(row["state"] for row in call.look(known, "api.proposals"))["proposed"] == 2


def test_a_step_outlasts_a_lost_connection(known: Engine, as_anna: str) -> None:
    ids = [row["proposal_id"] for row in call.look(known, "api.proposals")]
    anna = Person(as_anna)
    anna.send("/review", id=ids, decision="reject")
    name = known.url.database
    with engine.opened(
        known.url.set(database="postgres").render_as_string().replace("+psycopg", "")
    ) as other:
        outside = other.execution_options(isolation_level="AUTOCOMMIT")
        with outside.connect() as c:
            c.execute(text(f'alter database "{name}" with allow_connections false'))
            c.execute(
                text("select pg_terminate_backend(pid) from pg_stat_activity where datname = :name"),
                {"name": name},
            )
            try:
                assert anna.refused("/undo")[0] == 503
            finally:
                c.execute(text(f'alter database "{name}" with allow_connections true'))
    assert {row["state"] for row in call.look(known, "api.proposals")} == {"rejected"}
    anna.send("/undo")
    assert {row["state"] for row in call.look(known, "api.proposals")} == {"proposed"}


def test_names_are_united_and_parted(known: Engine, as_anna: str) -> None:
    anna = Person(as_anna)
    given = {"field": "material", "name": "Silver", "alias": "Silber"}
    assert "Show both as Silver" in anna.read("/review/names?field=material")
    assert anna.refused("/review/names", **given | {"alias": "Gold"}, decision="name")[0] == 404
    page = anna.send("/review/names", **given, decision="apart")
    assert "Show both as Silver" not in page and call.look(known, "api.terms") == []
    anna.send("/undo")
    page = anna.send("/review/names", **given, decision="name")
    assert "Silber is shown as Silver, in all collections." in page
    assert [(row["term"], row["aliases"]) for row in call.look(known, "api.terms")] == [
        ("Silver", ["Silber"])
    ]
    assert call.read(known, "part.coins_by_id", coins=[1])[0]["material"] == "Silver"
    anna.send("/undo")
    assert call.look(known, "api.terms") == []
    assert call.read(known, "part.coins_by_id", coins=[1])[0]["material"] == "Silber"


def test_an_accuracy_that_is_not_known_is_not_told(known: Engine, as_anna: str) -> None:
    assert re.search(r"; right in \d+% of held-out cases", Person(as_anna).read("/review"))
    with known.begin() as c:
        c.execute(text("update core.classifier set figures = figures - 'accuracy'"))
    assert "held-out cases" not in Person(as_anna).read("/review")


def test_records_of_one_coin_are_listed(known: Engine, as_anna: str) -> None:
    with known.begin() as c:
        c.execute(text("update core.coin c set weight_g = o.weight_g, diameter_mm = o.diameter_mm, die_axis_h = o.die_axis_h, "
                       "year_from = o.year_from, year_to = o.year_to, denomination = o.denomination from core.coin o "
                       "where c.coin_id = 7 and o.coin_id = 8"))  # fmt: skip
    found = call.read(known, "api.same_coin_twice")
    page = urlopen(f"{as_anna}/review/duplicates").read().decode()
    assert re.findall(r"/compare\?a=(\d+)&amp;b=(\d+)", page) == [
        (str(r["coin_id"]), str(r["other_id"])) for r in found
    ]


def test_pairs_of_records_come_in_pages(known: Engine, as_anna: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(review, "PAIRS", 2)
    with known.begin() as c:
        c.execute(
            text(
                "update core.side s set sha256 = o.sha256 from core.side o "
                "where (o.coin_id, o.face, s.face) = (8, 'obverse', 'obverse') and s.coin_id in (9, 10, 11)"
            )
        )
    pairs = [(str(r["coin_id"]), str(r["other_id"])) for r in call.read(known, "api.same_coin_twice")]
    assert len(pairs) >= 3
    found, page, number = [], "", 0
    while not number or 'rel="next"' in page:
        number += 1
        page = urlopen(f"{as_anna}/review/duplicates?page={number}").read().decode()
        assert f"<h1>{len(pairs)} pairs" in page
        found += re.findall(r"/compare\?a=(\d+)&amp;b=(\d+)", page)
    assert found == pairs and number == -(-len(pairs) // 2)
    with urlopen(f"{as_anna}/review/duplicates?page=999") as beyond:
        assert beyond.url == f"{as_anna}/review/duplicates"


def test_no_page_of_judging_keeps_anyone_out(browser: Browser, known: Engine, as_anna: str) -> None:
    page = browser.new_page()
    for path in ("/compare", "/compare?skip=9999", "/review", "/review/names", "/review/duplicates"):
        page.goto(as_anna + path)
        for width, scheme in ((390, "light"), (1280, "dark")):
            page.set_viewport_size({"width": width, "height": 800})
            page.emulate_media(color_scheme=scheme)
            found = Axe().run(page, options=WCAG).response["violations"]
            assert [(one["id"], [n["html"] for n in one["nodes"]]) for one in found] == []
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    page.close()


def test_a_desk_keeps_few_things() -> None:
    desk = Desk()
    desk._box = type("Box", (), {"one": lambda self, *given: given, "close": lambda self: None})()
    assert [desk.compare(n) for n in range(3 * KEPT)] == [(n,) for n in range(3 * KEPT)]
    assert len(desk._kept) == KEPT
    first = desk.session("anna", "0")
    for n in range(1, SESSIONS):
        desk.session("anna", str(n))
    assert desk.session("anna", "0") is first
    desk.session("anna", "more")
    assert desk.session("anna", "0") is first
    assert len(desk._sessions) == SESSIONS
    made = iter(range(9))
    assert [desk.listed(("some", 1), lambda: [next(made)]) for _ in range(3)] == [[0]] * 3
    desk.forget("others")
    assert desk.listed(("some", 1), lambda: [next(made)]) == [0]
    desk.forget("some")
    assert desk.listed(("some", 1), lambda: [next(made)]) == [1]
    for n in range(2 * LISTS):
        desk.listed(("many", n), lambda: [0])
    assert len(desk._lists) == LISTS
    desk.close()


def test_few_wait_for_a_comparison() -> None:
    desk, go_on = Desk(), Event()
    desk._box = type("Box", (), {"one": lambda self, *given: (go_on.wait(), given), "close": go_on.set})()
    with ThreadPoolExecutor(WAITING) as pool:
        asked = [pool.submit(desk.compare, n) for n in range(WAITING)]
        while desk._waiting._value:
            pass
        with pytest.raises(Busy, match="Many coins are being compared now"):
            desk.compare("one more")
        go_on.set()
        assert [one.result() for one in asked] == [(True, (n,)) for n in range(WAITING)]
    assert desk.compare("later") == (True, ("later",))

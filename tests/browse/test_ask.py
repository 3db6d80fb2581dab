"""Asking with photographs and words: what is like them, what they may show, and what is refused."""

import io
import logging
import re
import socket
import struct
import tempfile
import time
import zlib
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from html import unescape
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPCookieProcessor, OpenerDirector, Request, build_opener, urlopen

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import hide
from PIL import Image
from playwright.sync_api import Browser, Page
from sqlalchemy import Engine, text

from coinstore.browse import ask, boxes
from coinstore.browse.boxes import Sandboxes
from coinstore.browse.serve import serving
from coinstore.browse.site import MOST_ASKING, Site
from coinstore.classify.vote import vote
from coinstore.db import call
from coinstore.models.given import work
from coinstore.models.registry import preset
from coinstore.search.queries import Outside, vector_of
from coinstore.search.similar import Query, Question, answer
from coinstore.spaces.catalogue import add_space

FACES = ("obverse", "reverse")
Send = Callable[..., tuple[int, str]]


@pytest.fixture
def photographs(demo: Engine) -> dict[str, Path]:
    """Both photographs of a drawn coin that has a type."""
    rows = call.query(
        demo,
        "select location as image_location, face from api.images where coin_id = (select coin_id from api.coins where type is not null "
        "order by coin_id limit 1) order by face",
    )[1]
    return {row["face"]: Path(row["image_location"]) for row in rows}


@pytest.fixture
def send(address: str) -> Send:
    """Sends a form as a browser without JavaScript does; returns the status and the page."""
    opener = build_opener(HTTPCookieProcessor())
    page = opener.open(f"{address}/ask").read().decode()
    token = re.search(r'name="token" value="(\w+)"', page)[1]
    return lambda files, token=token, **fields: posted(opener, address, files, fields | {"token": token})


def posted(opener: OpenerDirector, address: str, files: Any, fields: Any) -> tuple[int, str]:
    parts = [(f'name="{name}"', value.encode()) for name, value in fields.items()]
    parts += [(f'name="{name}"; filename="{name}.jpg"', data) for name, data in files.items()]
    body = b"".join(
        b"--edge\r\nContent-Disposition: form-data; %b\r\n\r\n%b\r\n" % (said.encode(), data)
        for said, data in parts
    )
    kind = {"Content-Type": "multipart/form-data; boundary=edge"}
    try:
        with opener.open(Request(f"{address}/ask", body + b"--edge--\r\n", kind)) as found:
            return found.status, unescape(found.read().decode())
    except HTTPError as error:
        return error.code, unescape(error.read().decode())


def numbers(page: str, title: str) -> list[str]:
    """The inventory numbers under a heading."""
    [section] = re.findall(rf"<section[^>]*>\s*<h2[^>]*>{title}</h2>.*?</section>", page, re.DOTALL)
    return re.findall(r'<span class="number">(.*?)</span>', section)


def test_a_photograph_finds_what_the_library_finds(
    demo: Engine, photographs: dict[str, Path], send: Send
) -> None:
    tables = "select count(*) from core.side", "select count(*) from core.coin"
    with demo.connect() as c:
        before = [c.execute(text(one)).scalar_one() for one in tables]
    status, page = send({face: path.read_bytes() for face, path in photographs.items()})
    assert status == 200
    for title, space in (("Without the museum’s style", "eye_debiased"), ("With the museum’s style", "eye")):
        found = answer(demo, Query(image=photographs), Question("both", space, ask.K))
        assert numbers(page, title) == [row.inventory_number for row in found]
        assert found[0].similarity > 0.99  # the coin itself
    assert page.count("data:image/jpeg;base64,") == 2
    with demo.connect() as c:
        assert [c.execute(text(one)).scalar_one() for one in tables] == before


def test_a_store_without_a_debiased_space_answers_in_the_space_that_it_has(
    demo: Engine, photographs: dict[str, Path], send: Send, coinstore: Callable[..., Any]
) -> None:
    coinstore("space", "drop", "eye_debiased", "--yes")
    status, page = send({face: path.read_bytes() for face, path in photographs.items()})
    assert status == 200 and page.count("Coins that look like it") == 1
    found = answer(demo, Query(image=photographs), Question("both", "eye", ask.K))
    assert numbers(page, "In eye") == [row.inventory_number for row in found]
    assert "museum’s style" not in page and "<dt>Type</dt>" in page


def test_one_photograph_may_show_both_faces(photographs: dict[str, Path], send: Send) -> None:
    pictures = [Image.open(photographs[face]).convert("RGB") for face in FACES]
    both = Image.new(
        "RGB", (sum(one.width for one in pictures), pictures[0].height), pictures[0].getpixel((0, 0))
    )
    both.paste(pictures[0], (0, 0))
    both.paste(pictures[1], (pictures[0].width, 0))
    out = io.BytesIO()
    both.save(out, "JPEG", quality=95)
    status, page = send({"obverse": out.getvalue()})
    assert status == 200 and page.count("was taken as the") == 1 and "the left one was" in page
    asked = {face: path.read_bytes() for face, path in photographs.items()}
    title = "Without the museum’s style"
    assert numbers(page, title)[0] == numbers(send(asked)[1], title)[0]


def test_the_nearest_coins_vote_and_a_classifier_says_how_sure_they_are(
    demo: Engine, photographs: dict[str, Path], send: Send, coinstore: Callable[..., Any]
) -> None:
    asked = {"obverse": photographs["obverse"].read_bytes()}
    page = send(asked)[1]
    asked_of = (
        Query(image=photographs["obverse"]),
        Question("obverse", "eye_debiased", 10, "type is not null"),
    )
    voters = Counter(row.type for row in answer(demo, *asked_of))
    [(winner, coins)] = voters.most_common(1)
    assert re.search(
        rf"<dt>Type</dt>\s*<dd><b>{winner}</b>\s*<span class=\"quiet\">{coins} of the 10 nearest coins with a known type",
        page,
    )
    assert "likely" not in page and "counts of the nearest coins, not probabilities" in page

    coinstore("classify", "type", "--space", "eye_debiased", "--min-certainty", "0")
    page = send(asked)[1]
    assert len(re.findall(r"\d+% likely", page)) == 1  # in the other space there is no classifier
    proposed = call.query(demo, "select coin_id, value, certainty, classifier_id from api.proposals")[1]
    assert proposed
    for one in proposed:
        rows = call.query(
            demo,
            f"select location as image_location from api.images where face = 'obverse' and coin_id = {one['coin_id']}",
        )[1]
        vector = vector_of(demo, Outside(rows[0]["image_location"]), "eye_debiased")
        found = vote(demo, "type", {("eye_debiased", "obverse"): vector}, "eye_debiased")
        assert found.classifier["classifier_id"] == one["classifier_id"]
        assert found.values[0][0] == one["value"]
        assert found.certainty == pytest.approx(one["certainty"], abs=0.02)


@pytest.mark.parametrize("size", [(300, 300), (3, 3), (2000, 20)])
def test_what_shows_no_coin_is_not_guessed(send: Send, size: tuple[int, int]) -> None:
    out = io.BytesIO()
    Image.new("RGB", size, "white").save(out, "PNG")
    status, page = send({"obverse": out.getvalue()})
    assert status == 200 and "no coin was found" in page.lower() and "Coins that look like it" in page
    assert "What it may be" not in page


def test_what_a_model_gave_a_coin_does_not_vote(demo: Engine, coinstore: Callable[..., Any]) -> None:
    coinstore("classify", "type", "--space", "eye_debiased", "--min-certainty", "0")
    coinstore("proposals", "accept", "--min-certainty", "0", "--label", "type", "--as", "anna")
    accepted = [
        row["coin_id"] for row in call.query(demo, "select coin_id from api.proposals where applied")[1]
    ]
    [row] = call.query(
        demo, f"select location from api.images where face = 'obverse' and coin_id = {accepted[0]}"
    )[1]
    asked = Query(image=Path(row["location"]))
    nearest = answer(demo, asked, Question("obverse", "eye", 10 + len(accepted), "type is not null"))
    usual = Counter(one.type for one in [one for one in nearest if one.coin_id not in accepted][:10])
    found = vote(demo, "type", {("eye", "obverse"): vector_of(demo, Outside(row["location"]), "eye")}, "eye")
    assert nearest[0].coin_id == accepted[0], "it would have voted"
    assert dict(found.values) == usual != Counter(one.type for one in nearest[:10])


def bomb() -> bytes:
    """A PNG of a few bytes that claims 900 million pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


def jpeg(size: tuple[int, int]) -> bytes:
    out = io.BytesIO()
    Image.new("L", size, 200).save(out, "JPEG")
    return out.getvalue()


def test_what_is_no_photograph_is_a_sentence(send: Send) -> None:
    for data, reason in (
        (b"", "the file is empty"),
        (b"alert(1)", "is a text file, not a picture"),
        (b"<script>alert(1)</script>", "is a web page, not a picture"),
        (b"\0" * 1000, "holds nothing but zeros"),
        (bomb(), "claims more than 89 million pixels"),
        (jpeg((600, 600))[:-300], "is cut short"),
        (jpeg((10_000, 10_000)), "claims more than 89 million pixels"),
        (jpeg((4000, 20)), "is a strip"),
        (b"%PDF-1.7", "is a PDF, not a picture"),
    ):
        status, page = send({"obverse": data})
        assert status == 400
        assert f'role="alert">The photograph of the obverse: {reason}' in page
    status, page = send({"reverse": jpeg((300, 300))})
    assert status == 200 and "data:image/jpeg" in page  # of one tone, but a photograph
    assert send({})[0] == 400
    assert "Choose a photograph" in send({}, words="'); drop table x; --", space="../x")[1]
    status, page = send({"obverse": jpeg((9, 9))}, token="other")
    assert status == 403 and "load it again" in page


def test_a_large_photograph_is_refused_before_it_is_read(address: str, send: Send) -> None:
    status, page = send({"obverse": b"\xff\xd8\xff" + bytes(ask.MOST_BYTES)})
    assert status == 413 and ask.TOO_LARGE in page
    head = b"POST /ask HTTP/1.1\r\nHost: %b\r\nContent-Type: multipart/form-data; boundary=edge\r\n"
    host = address.removeprefix("http://")
    begun = b'--edge\r\nContent-Disposition: form-data; name="obverse"; filename="a"\r\n\r\n'
    chunk = b"100000\r\n" + bytes(0x100000) + b"\r\n"
    for said, sent in (
        (b"Content-Length: 1000000000\r\n\r\n", []),  # and the rest never comes
        (b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n" % (len(begun), begun), [chunk] * 60),
    ):
        with socket.create_connection(host.split(":")) as connection:
            connection.sendall(head % host.encode() + said)
            for part in sent:
                try:
                    connection.sendall(part)
                except OSError:  # it has answered
                    break
            assert connection.recv(1000).startswith(b"HTTP/1.1 413 ")


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="only Linux lists open files without a name")
def test_a_photograph_that_arrives_has_no_name_on_the_disk(
    address: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """So it is gone with the server, also when that is killed."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    host = address.removeprefix("http://").encode()
    head = b"POST /ask HTTP/1.1\r\nHost: %b\r\nContent-Type: multipart/form-data; boundary=edge\r\nContent-Length: 9000000"
    part = b'--edge\r\nContent-Disposition: form-data; name="obverse"; filename="a"\r\n\r\n'
    with socket.create_connection(host.decode().split(":")) as connection:
        connection.sendall(head % host + b"\r\n\r\n" + part + bytes(3_000_000))
        assert until(lambda: [one for one in open_files() if one.startswith(str(tmp_path))])
        assert list(tmp_path.iterdir()) == []
    assert until(lambda: not [one for one in open_files() if one.startswith(str(tmp_path))])


def until(ask: Callable[[], Any]) -> Any:
    """Asks again until the answer is true, and returns the last answer."""
    deadline = time.monotonic() + 20
    while not (answer := ask()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return answer


def open_files() -> list[str]:
    found = []
    for one in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            found.append(str(one.readlink()))
    return found


def test_who_waits_keeps_no_page_from_answering(demo: Engine) -> None:
    """A server has forty threads; none of them waits for a sandbox."""
    site = Site(demo, given=Sandboxes(work, 1))
    site.given._turns._value = 0  # others have all of them
    with serving(site) as served, ThreadPoolExecutor(50) as pool:
        opener = build_opener(HTTPCookieProcessor())
        token = re.search(
            r'name="token" value="(\w+)"', opener.open(f"{served.address}/ask").read().decode()
        )[1]
        files = {"obverse": b"no picture"}
        asked = [pool.submit(posted, opener, served.address, files, {"token": token}) for _ in range(50)]
        assert until(lambda: len(site.asking._waiters or ()) == 50 - MOST_ASKING)
        assert urlopen(f"{served.address}/coins", timeout=60).status == 200
        assert not any(one.done() for one in asked)
        site.given._turns._loop.call_soon_threadsafe(site.given._turns.release)
        assert {one.result()[0] for one in asked} == {400}, "each has its turn"


def test_few_photographs_are_read_at_a_time(demo: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boxes, "PATIENCE_S", 0.2)
    site = Site(demo)
    with serving(site) as served, ExitStack() as slow:
        host = served.address.removeprefix("http://")
        head = f"POST /ask HTTP/1.1\r\nHost: {host}\r\nContent-Type: multipart/form-data; boundary=edge\r\n"
        for _ in range(MOST_ASKING):
            one = slow.enter_context(socket.create_connection(host.split(":")))
            one.sendall(f"{head}Content-Length: 9000000\r\n\r\n--edge\r\n".encode())
        assert until(site.asking.locked)
        opener = build_opener(HTTPCookieProcessor())
        token = re.search(
            r'name="token" value="(\w+)"', opener.open(f"{served.address}/ask").read().decode()
        )[1]
        asked = opener, served.address, {"obverse": b"no picture"}, {"token": token}
        status, page = posted(*asked)
        assert status == 503 and f"<h1>{boxes.BUSY}</h1>" in page
        slow.close()
        assert until(lambda: not site.asking.locked())
        assert posted(*asked)[0] == 400, "it is read now"


def test_a_visitor_who_goes_away_is_not_a_failure(demo: Engine) -> None:
    said: list[str] = []
    log, handler = logging.getLogger("uvicorn.error"), logging.Handler()
    handler.emit = lambda record: said.append(record.getMessage())  # type: ignore[method-assign]
    site = Site(demo)
    with serving(site) as served:
        log.addHandler(handler)  # a server that starts sets up its own
        host = served.address.removeprefix("http://")
        head = f"POST /ask HTTP/1.1\r\nHost: {host}\r\nContent-Type: multipart/form-data; boundary=edge\r\n"
        with socket.create_connection(host.split(":")) as one:
            one.sendall(f"{head}Content-Length: 9000000\r\n\r\n--edge\r\n".encode())
            assert until(lambda: site.asking._value < MOST_ASKING)
        assert until(lambda: site.asking._value == MOST_ASKING)
    log.removeHandler(handler)
    assert said == []


def test_private_collections_are_not_found(
    demo: Engine, serve: Callable[..., str], photographs: dict[str, Path]
) -> None:
    with demo.begin() as c:
        hide(c, "Lakeside Museum", "anna")
    pages = {}
    for login in ("", "anna"):
        address, opener = serve(demo, login=login), build_opener(HTTPCookieProcessor())
        token = re.search(r'name="token" value="(\w+)"', opener.open(f"{address}/ask").read().decode())[1]
        files = {"obverse": photographs["obverse"].read_bytes()}
        status, pages[login] = posted(opener, address, files, {"token": token})
        assert status == 200
    assert "Lakeside Museum" in pages["anna"] and "Lakeside Museum" not in pages[""]


def test_words_find_coins_in_a_clip_space(demo: Engine, address: str) -> None:
    assert "Or ask with words" not in urlopen(f"{address}/ask").read().decode()
    assert "No space of this store takes words" in refused(f"{address}/ask?text=radiate+head")
    add_space(demo, "clip_image", preset("clip_image", "random:0"))
    page = urlopen(f"{address}/ask?text=radiate+head&face=reverse").read().decode()
    assert "Coins for “radiate head”" in page and "No coin can be compared" in page
    assert "<option selected>reverse</option>" in page


def refused(address: str) -> str:
    with pytest.raises(HTTPError, match="400") as found:
        urlopen(address)
    return found.value.read().decode()


@pytest.fixture
def opened(browser: Browser, address: str) -> Iterator[Page]:
    """The page in a browser; it may cause no error and no message, except that a question is refused."""
    context = browser.new_context(viewport={"width": 390, "height": 800})
    page, faults = context.new_page(), []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda m: None if "400 (Bad Request)" in m.text else faults.append(m.text))
    page.goto(f"{address}/ask")
    yield page
    context.close()
    assert faults == []


DROP = """([name, data, how]) => {
    const bytes = Uint8Array.from(atob(data), (one) => one.charCodeAt(0));
    const moved = new DataTransfer();
    moved.items.add(new File([bytes], name, {type: "image/jpeg"}));
    const event = how === "drop" ? new DragEvent("drop", {dataTransfer: moved, bubbles: true, cancelable: true})
        : new ClipboardEvent("paste", {clipboardData: moved, bubbles: true});
    document.querySelector(how === "drop" ? "[data-face=reverse]" : "body").dispatchEvent(event);
}"""


def test_photographs_are_dropped_pasted_and_asked_with(opened: Page, photographs: dict[str, Path]) -> None:
    for face, how in (("reverse", "drop"), ("obverse", "paste")):
        data = b64encode(photographs[face].read_bytes()).decode()
        opened.evaluate(DROP, [f"{face}.jpg", data, how])
        opened.get_by_alt_text(f"The photograph that you chose for the {face}").wait_for()
    opened.get_by_role("button", name="Ask", exact=True).press("Enter")
    opened.get_by_role("heading", name="Without the museum’s style").wait_for()
    assert opened.get_by_text("Type", exact=True).first.is_visible()
    assert opened.locator("[data-face=obverse] .preview").is_visible()  # still chosen for the next question
    assert opened.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert Axe().run(opened).response["violations"] == []


def test_what_is_wrong_is_said_on_the_page(opened: Page, tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"no picture")
    opened.get_by_label("Choose a photograph").first.set_input_files(tmp_path / "a.jpg")
    opened.get_by_role("button", name="Ask", exact=True).click()
    opened.get_by_role("status").get_by_text("is a text file, not a picture").wait_for()
    (tmp_path / "b.jpg").write_bytes(bytes(ask.MOST_BYTES + 1))
    opened.get_by_label("Choose a photograph").first.set_input_files(tmp_path / "b.jpg")
    opened.get_by_role("status").get_by_text("b.jpg has more than 25 MB").wait_for()

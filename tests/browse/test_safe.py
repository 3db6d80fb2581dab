"""Who may ask: names of hosts, origins, sizes, slow clients, passwords; and what paths lead to."""

import asyncio
import base64
import email
import http.client
import os
import re
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import commands
import pytest
from browsing import hide
from sqlalchemy import Engine, text
from sqlalchemy.exc import TimeoutError as NoneFree

from coinstore.browse import guard, patience, people, tries
from coinstore.browse.boxes import BUSY
from coinstore.browse.forms import NOT_OURS
from coinstore.browse.listen import Listen, check_listen
from coinstore.browse.people import People, Sessions, add_person
from coinstore.browse.public import browse
from coinstore.browse.serve import serving
from coinstore.browse.site import READERS, Site
from coinstore.browse.tries import Tries
from coinstore.db import call, engine
from coinstore.errors import SettingsError
from coinstore.store import Store

PASSWORD = "correct horse 1"
FORM = {"content-type": "application/x-www-form-urlencoded"}


class Visitor:
    """A browser without pages: keeps its cookie."""

    def __init__(self, address: str) -> None:
        self.parts, self.cookie = urlsplit(address), ""

    def ask(
        self, path: str, form: dict[str, str] | bytes | None = None, **headers: str
    ) -> tuple[int, str, Any]:
        connection = http.client.HTTPConnection(self.parts.hostname, self.parts.port, timeout=20)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.cookie:
            sent["cookie"] = self.cookie
        if form is None:
            connection.request("GET", path, headers=sent)
        else:
            body = form if isinstance(form, bytes) else urlencode(form)
            connection.request("POST", path, body, FORM | sent)
        answer = connection.getresponse()
        found = answer.status, answer.read().decode("utf-8", "replace"), answer.headers
        if given := answer.headers.get("set-cookie"):
            self.cookie = given.partition(";")[0]
        connection.close()
        return found

    def token(self) -> str:
        return re.search(r'name="token" value="(\w+)"', self.ask("/login")[1])[1]

    def sign_in(self, name: str, password: str = PASSWORD, **form: str) -> tuple[int, str, Any]:
        return self.ask(
            "/login", {"token": self.token(), "name": name, "password": password, "next": "/coins"} | form
        )


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords that are quick to check."""
    monkeypatch.setattr(people, "N", 16)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file with anna and ben."""
    for name in ("anna", "ben"):
        add_person(tmp_path / "people.txt", name, PASSWORD)
    return tmp_path / "people.txt"


@pytest.fixture
def guarded(store: Engine, serve: Callable[..., str], file: Path) -> str:
    """Where the pages of an empty store are, which need a password."""
    return serve(store, sessions=Sessions(People(file)))


def hello(address: str, sent: bytes, until_closed: bool = False) -> bytes:
    """The first bytes that a server answers, or all until it ends the connection."""
    parts = urlsplit(address)
    with socket.create_connection((parts.hostname, parts.port), timeout=20) as raw:
        raw.sendall(sent)
        found = raw.recv(4096)
        while until_closed and (more := raw.recv(4096)):
            found += more
    return found


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 303),
        ("localhost:9999", 303),  # a tunnel
        ("[::1]:80", 303),
        ("evil.example", 421),
        ("127.0.0.1.evil.example", 421),
        ("evil.example@127.0.0.1", 421),
        ("127.0.0.1/evil", 421),
        ("[::1", 421),
        ("127.0.0.1:x", 421),
        ("", 421),
    ],
)
def test_a_page_of_another_name_that_leads_here_is_refused(guarded: str, host: str, status: int) -> None:
    found = hello(guarded, f"GET /coins HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    assert int(found.split()[1]) == status


def test_forms_of_other_sites_store_nothing(guarded: str) -> None:
    one = Visitor(guarded)
    token = one.token()
    form = {"token": token, "name": "anna", "password": PASSWORD, "next": "/"}
    for headers in ({"origin": "https://evil.example"}, {"origin": "null"}, {"sec_fetch_site": "cross-site"}):
        status, said, _ = one.ask("/login", form, **headers)
        assert (status, said) == (403, "Another site sent this form; nothing was stored.")
    assert one.ask("/login", form | {"token": "x"})[0] == 403
    assert Visitor(guarded).ask("/login", form)[0] == 403, "the token is of another session"
    assert one.ask("/login", form, origin=guarded, sec_fetch_site="same-origin")[0] == 303


@pytest.mark.parametrize(
    "path",
    ["/assets/../site.py", "/assets/%2e%2e/site.py", "/assets/..%2fsite.py", "/assets/%2e%2e%2f%2e%2e%2f__init__.py",
     "/assets//etc/passwd", "/assets/..\\site.py", "/photographs/../../etc/passwd", "/photographs/1/%2e%2e%2fx.jpg",
     "/assets/%00", "/coins/99999999999999999999"],
)  # fmt: skip
def test_no_path_leads_out(store: Engine, serve: Callable[..., str], path: str) -> None:
    address = serve(store)
    found = hello(
        address, f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode(), True
    )
    assert found.split()[1] in (b"404", b"400")
    assert b"import annotations" not in found and b"root:" not in found and b"Traceback" not in found


def test_large_requests_are_refused(guarded: str) -> None:
    one = Visitor(guarded)
    assert one.ask("/login", {"token": one.token(), "name": "x" * guard.MOST_BYTES})[0] == 413
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    head = (
        f"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\n{FORM_LINE}Transfer-Encoding: chunked\r\n\r\n".encode()
    )
    assert hello(guarded, head + 3 * chunk).split()[1] == b"413"
    assert hello(guarded, b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + b"x" * 70000).split()[1] in (
        b"400",
        b"431",
    )
    assert (
        hello(guarded, b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\n\r\n").split()[1]
        == b"400"
    )


FORM_LINE = "Content-Type: application/x-www-form-urlencoded\r\n"


def test_slow_clients_are_sent_away(guarded: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "HEAD_S", 0.2)
    monkeypatch.setattr(guard, "NEXT_BYTES_S", 0.2)
    assert hello(guarded, b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ", True) == b"", "no whole head came"
    head = f"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\n{FORM_LINE}Content-Length: 9\r\n\r\nx".encode()
    assert hello(guarded, head).split()[1] == b"408"
    two = b"GET /login HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nGET /lo"
    assert hello(guarded, two, True).count(b"HTTP/1.1") == 1, "the second head never ends"


MANY_MEGABYTES = 100 * b"GET /assets/vendor/openseadragon.min.js HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


def unasked(address: str) -> socket.socket:
    """A connection with little room for answers, over which nothing was sent."""
    parts = urlsplit(address)
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    made.connect((parts.hostname, parts.port))
    return made


def unread(address: str) -> socket.socket:
    """A connection that asks for many megabytes and reads nothing."""
    made = unasked(address)
    made.sendall(MANY_MEGABYTES)
    return made


def is_away(connection: socket.socket) -> bool:
    """Whether the other end closed a connection, of which nothing is read here."""
    try:
        connection.send(b"\r\n")
    except OSError:
        return True
    return False


def until(ask: Callable[[], Any]) -> Any:
    """Asks again until the answer is true, and returns the last answer."""
    deadline = time.monotonic() + 20
    while not (answer := ask()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return answer


def test_clients_that_do_not_read_are_sent_away(
    store: Engine, serve: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "UNREAD_S", 0.2)
    with unread(serve(store)) as connection:
        assert until(lambda: is_away(connection))


def test_an_answer_that_is_read_slowly_arrives(
    store: Engine, serve: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "UNREAD_S", 0.2)
    monkeypatch.setattr(patience, "LEAST_BYTES", 1)
    with unread(serve(store)) as connection:
        found = 0
        while found < 20 * 350_000:
            more = len(connection.recv(2**16))
            assert more
            found += more


def test_serving_ends_while_a_client_does_not_read(store: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "END_S", 0.5)
    with ExitStack() as stack:
        served = stack.enter_context(serving(Site(store)))
        with unread(served.address) as connection:
            connection.recv(1)
            ending = threading.Thread(target=stack.pop_all().close, daemon=True)
            ending.start()
            ending.join(20)  # the client may take 30 seconds
            assert not ending.is_alive()


def test_each_person_reads_as_the_login_of_their_name(
    demo: Engine, serve: Callable[..., str], file: Path
) -> None:
    with demo.begin() as c:
        hide(c, "Sammlung Nord", "anna")
    address = serve(demo, sessions=Sessions(People(file)))
    anna, ben, nobody = (Visitor(address) for _ in range(3))
    status, _, headers = nobody.ask("/coins?mint=Aurelia")
    assert (status, headers["location"]) == (303, "/login?next=%2Fcoins%3Fmint%3DAurelia")
    assert nobody.ask("/photographs/1/obverse.jpg")[0] == 303
    assert nobody.ask("/api/coins")[0] == 401
    before = (anna.ask("/login"), anna.cookie)[1]
    assert anna.sign_in("anna")[0] == 303 and ben.sign_in("ben")[0] == 303
    assert anna.cookie != before, "who knew the old session knows nothing"
    assert "Sammlung Nord" in anna.ask("/coins")[1] and "You judge as anna" in anna.ask("/coins")[1]
    assert "Sammlung Nord" not in ben.ask("/coins")[1]
    assert "Sammlung Nord" in nobody.ask("/coins", authorization=basic("anna", PASSWORD))[1]
    assert nobody.ask("/coins", authorization="Basic !!")[0] == 401
    token = re.search(r'name="token" value="(\w+)"', anna.ask("/coins")[1])[1]
    old = anna.cookie
    assert anna.ask("/logout", {"token": token})[0] == 303
    anna.cookie = old
    assert anna.ask("/coins")[0] == 303, "a session that was ended stays so"
    add_person(file, "ben", "another password")
    os.utime(file, ns=(1, 1))
    assert ben.ask("/coins")[0] == 303, "a new password ends the sessions of the old one"


def test_wrong_passwords_are_counted(guarded: str) -> None:
    one = Visitor(guarded)
    status, said, _ = one.sign_in("anna", "wrong" * 3)
    assert status == 403 and "The name or the password is wrong." in said and 'value="anna"' in said
    assert one.sign_in("<script>", "wrong" * 3)[1].count("<script>") == 0
    for _ in range(tries.TRIES - 2):
        assert one.sign_in("anna", "wrong" * 3)[0] == 403
    status, said, _ = one.sign_in("anna")
    assert status == 429 and "quarter of an hour" in said, "even the right one has to wait"


def basic(name: str, password: str) -> str:
    """The header in which programs send a name and its password."""
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


def test_a_viewer_asks_for_many_pictures_at_once(guarded: str, monkeypatch: pytest.MonkeyPatch) -> None:
    checked = []
    is_right = People.is_right
    monkeypatch.setattr(
        People, "is_right", lambda *given: (checked.append(given), time.sleep(0.1), is_right(*given))[2]
    )

    def ask(password: str) -> int:
        return Visitor(guarded).ask("/api/coins", authorization=basic("anna", password))[0]

    with ThreadPoolExecutor(50) as pool:
        assert set(pool.map(ask, [PASSWORD] * 50)) == {200}, "none of them is wrong"
        assert len(checked) < tries.TRIES
        checked.clear()
        wrong = list(pool.map(ask, [f"wrong password {n}" for n in range(50)]))
    assert set(wrong) == {401} and len(checked) == tries.TRIES, "no more are checked, also not at once"
    assert Visitor(guarded).sign_in("anna")[0] == 429


def test_a_file_of_passwords_that_cannot_be_read_is_a_sentence(tmp_path: Path) -> None:
    missing, binary = tmp_path / "missing.txt", tmp_path / "binary.txt"
    binary.write_bytes(b"anna:\xff\xfe")
    binary.chmod(0o600)
    told = {
        missing: f"there is no file {missing}; make it: coinstore browse --add-person {missing} NAME",
        binary: f"{binary} is not a file of passwords: it is not text in UTF-8.",
        tmp_path: f"the passwords in {tmp_path} cannot be read: Is a directory.",
    }
    tmp_path.chmod(0o700)
    for path, said in told.items():
        with pytest.raises(SettingsError) as caught:
            People(path)
        assert str(caught.value) == said


def test_people_at_one_address_sign_in_at_once(file: Path) -> None:
    """As those of one museum do, which has one address."""
    names = [f"person {n}" for n in range(2 * tries.TRIES)]
    for name in names:
        add_person(file, name, PASSWORD)
    given = Tries(), People(file)

    async def sign_in() -> list[bool | None]:
        return await asyncio.gather(
            *(given[0].is_right(given[1], "1.1.1.1", name, PASSWORD) for name in names)
        )

    with ThreadPoolExecutor(1) as pool:  # the browser of other tests has a loop in this thread
        assert pool.submit(asyncio.run, sign_in()).result() == [True] * len(names)


@pytest.mark.parametrize("secret", [True, False])
def test_programs_of_other_sites_ask_whether_they_may(
    store: Engine, serve: Callable[..., str], file: Path, secret: bool
) -> None:
    viewer = "https://viewer.example"
    address = serve(store, sessions=Sessions(People(file)) if secret else None, origins=(viewer,))

    def preflight(path: str, origin: str, method: str = "GET", **wanted: str) -> tuple[int, Any]:
        said = f"Origin: {origin}\r\nAccess-Control-Request-Method: {method}\r\n"
        said += "".join(f"Access-Control-Request-{name}: {value}\r\n" for name, value in wanted.items())
        head = f"OPTIONS {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n{said}\r\n"
        first, _, rest = hello(address, head.encode(), True).partition(b"\r\n")
        headers, _, body = rest.partition(b"\r\n\r\n")
        assert path == "/coins" or b"coin" not in body
        return int(first.split()[1]), email.message_from_bytes(headers)

    for path in ("/api/coins", "/iiif/3/1/info.json", "/api/there/is/no/such/path"):
        status, headers = preflight(path, viewer, Headers="authorization")
        assert (status, headers["access-control-allow-origin"]) == (200, viewer)
        assert "authorization" in headers["access-control-allow-headers"]
        assert headers["x-content-type-options"] == "nosniff"
        status, headers = preflight(path, "https://evil.example", Headers="authorization")
        assert status == 400 and headers["access-control-allow-origin"] is None
    assert preflight("/api/coins", viewer, "POST")[0] == 400
    status, headers = preflight("/coins", viewer)
    assert status == (303 if secret else 405) and headers["access-control-allow-origin"] is None
    if secret:
        status, said, headers = Visitor(address).ask("/api/coins", origin=viewer)
        assert (status, headers["access-control-allow-origin"]) == (401, viewer), "a program can read why not"
        assert "are needed" in said
    status, _, headers = Visitor(address).ask(
        "/api/coins", origin=viewer, authorization=basic("anna", PASSWORD)
    )
    assert (status, headers["access-control-allow-origin"]) == (200, viewer)


@pytest.mark.parametrize(
    "back", ["https://evil.example", "//evil.example", "/\\evil.example", "evil", "/a\r\nx: y"]
)
def test_signing_in_leads_to_no_other_site(guarded: str, back: str) -> None:
    assert Visitor(guarded).sign_in("anna", next=back)[2]["location"] == "/"


LOCAL, OUT = Listen(), Listen("0.0.0.0")
SAFE = Listen("0.0.0.0", cert=Path("c"), key=Path("k"))


@pytest.mark.parametrize(
    ("listen", "known", "why"),
    [
        (LOCAL, {"person": "a", "login": "a"}, None),
        (OUT, {}, "a file with passwords"),
        (OUT, {"has_passwords": True}, "TLS files"),
        (SAFE, {}, "a file with passwords"),
        (SAFE, {"has_passwords": True}, None),
        (SAFE, {"has_passwords": True, "person": "a"}, "their own name"),
        (Listen(cert=Path("c")), {}, "needs its key"),
        (Listen(behind_proxy="https://coins.example"), {}, None),
        (Listen("::1", behind_proxy="https://coins.example"), {"has_passwords": True}, None),
        (Listen("0.0.0.0", behind_proxy="https://coins.example"), {}, "without the proxy: listen on 127.0.0.1"),
        (Listen("10.0.0.1", behind_proxy="https://coins.example"), {"has_passwords": True}, "without the proxy"),
        (replace(SAFE, behind_proxy="https://coins.example"), {}, "a file with passwords"),
        (replace(SAFE, behind_proxy="https://coins.example"), {"has_passwords": True}, None),
        (Listen(behind_proxy="https://coins.example"), {"person": "a"}, "through the proxy"),
        (Listen(behind_proxy="https://coins.example"), {"login": "a"}, "through the proxy"),
        (Listen(behind_proxy="http://coins.example"), {"has_passwords": True}, "must have TLS"),
        (Listen(behind_proxy="https://coins.example/x"), {"has_passwords": True}, "not the address"),
        (Listen(behind_proxy="coins.example"), {"has_passwords": True}, "not the address"),
    ],
)  # fmt: skip
def test_others_need_passwords_and_tls(listen: Listen, known: dict[str, Any], why: str | None) -> None:
    given = {"has_passwords": False, "person": None, "login": ""} | known
    if why is None:
        check_listen(listen, **given)
    else:
        with pytest.raises(SettingsError, match=why):
            check_listen(listen, **given)


def test_a_proxy_says_who_asks_and_where(store: Engine, serve: Callable[..., str], file: Path) -> None:
    listen = Listen(behind_proxy="https://coins.example")
    with serving(Site(store, sessions=Sessions(People(file)), listen=listen)) as served:
        assert served.address == "https://coins.example"
    port = socket.socket()
    port.bind(("127.0.0.1", 0))
    number = port.getsockname()[1]
    port.close()
    serve(
        store,
        sessions=Sessions(People(file)),
        listen=Listen(port=number, behind_proxy="https://coins.example"),
    )
    one = Visitor(f"http://127.0.0.1:{number}")
    token = one.token()
    form = {"token": token, "name": "anna", "password": "wrong" * 3, "next": "/"}
    outside = {"host": "coins.example", "origin": "https://coins.example"}
    for _ in range(tries.TRIES):
        assert one.ask("/login", form, x_forwarded_for="1.1.1.1, 9.9.9.9", **outside)[0] == 403
    assert one.ask("/login", form, x_forwarded_for="2.2.2.2, 9.9.9.9", **outside)[0] == 429
    status, _, headers = one.ask(
        "/login", form | {"password": PASSWORD}, x_forwarded_for="8.8.8.8", **outside
    )
    assert status == 303 and "Secure" in headers["set-cookie"] and "SameSite=Lax" in headers["set-cookie"]


def test_tls_is_served(
    store: Engine, serve: Callable[..., str], file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", cert]  # fmt: skip
    try:
        subprocess.run(made, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("no openssl on this machine")
    address = serve(store, sessions=Sessions(People(file)), listen=Listen("127.0.0.1", cert=cert, key=key))
    assert address.startswith("https://")
    parts, trusted = urlsplit(address), ssl.create_default_context(cafile=str(cert))
    connection = http.client.HTTPSConnection(parts.hostname, parts.port, context=trusted, timeout=20)
    connection.request("GET", "/login")
    answer = connection.getresponse()
    assert answer.status == 200 and "Secure" in answer.headers["set-cookie"]
    answer.read()
    for path in ("/login", "/assets/browse.css", "/assets/vendor/openseadragon.min.js") * 5:
        connection.request("GET", path)
        assert len(connection.getresponse().read()) > 500, path
    connection.close()
    monkeypatch.setattr(patience, "UNREAD_S", 0.2)
    with trusted.wrap_socket(unasked(address), server_hostname="127.0.0.1") as reads_nothing:
        reads_nothing.sendall(MANY_MEGABYTES)
        assert until(lambda: is_away(reads_nothing))
    cert.write_text("no certificate")
    with (
        pytest.raises(SettingsError, match="cannot be used"),
        serving(Site(store, sessions=Sessions(People(file)), listen=Listen(cert=cert, key=key))),
    ):
        pass


def test_the_file_of_people(tmp_path: Path, environment: dict[str, str]) -> None:
    path = tmp_path / "people.txt"
    for said in ("Added Anna Meier", "Changed the password"):
        done = commands.in_process(
            ["browse", "--add-person", str(path), "Anna Meier"], environment, given=PASSWORD + "\n"
        )
        assert said in commands.checked(done, 0).stderr
    assert PASSWORD not in path.read_text() and People(path).is_right("Anna Meier", PASSWORD)
    assert not People(path).is_right("Anna Meier", PASSWORD + " ") and not People(path).is_right(
        "x", PASSWORD
    )
    for name, password, why in (("a:b", PASSWORD, "colon"), ("#carl", PASSWORD, "colon"), ("a\nb", PASSWORD, "colon"), ("", PASSWORD, "colon"),
                                ("a", "short", "10 to 200")):  # fmt: skip
        with pytest.raises(SettingsError, match=why):
            add_person(path, name, password)
    if os.name == "posix":
        path.chmod(0o644)
        with pytest.raises(SettingsError, match="chmod 600"):
            People(path)
        path.chmod(0o600)
    path.write_text("anna:scrypt:999999999:8:1:AAAA:AAAA\n")
    with pytest.raises(SettingsError, match="line 1"):
        People(path)


def test_python_serves_the_pages(store: Engine, file: Path) -> None:
    with Store(store).browse(0, person="Anna Meier") as served:
        assert "You judge as Anna Meier" in Visitor(served.address).ask("/coins")[1]
    with Store(store).browse(0, password_file=file) as served:
        assert Visitor(served.address).sign_in("anna")[0] == 303
    with pytest.raises(SettingsError, match="a file with passwords"), Store(store).browse(0, host="0.0.0.0"):
        pass


def test_no_site_reads_what_only_a_login_may_see(store: Engine) -> None:
    with (
        pytest.raises(SettingsError, match="what anna may see"),
        browse(store, 0, login="anna", origins=["*"]),
    ):
        pass
    with browse(store, 0, login="anna", origins=["https://viewer.example"]):
        pass


def test_nothing_is_kept_for_the_next_person(guarded: str) -> None:
    """Neither a browser nor a proxy shows what it kept for one person to another."""
    one = Visitor(guarded)
    one.sign_in("anna")
    for path in ("/coins", "/assets/browse.css", "/api/coins", "/networks"):
        _, _, headers = one.ask(path)
        assert headers["cache-control"] == "private, no-cache" and "cookie" in " ".join(
            headers.get_all("vary")
        ), path
    status, _, headers = one.ask("/logout", {"token": one.token()})
    assert (status, headers["clear-site-data"]) == (303, '"cache"')


def test_a_form_that_no_page_takes_is_a_sentence(store: Engine, serve: Callable[..., str]) -> None:
    status, said, _ = Visitor(serve(store)).ask("/networks", {})
    assert status == 405 and "<h1>This page does not accept this request.</h1>" in said


def multipart(fields: dict[str, str], more: str = "") -> bytes:
    parts = [f'name="{name}"\r\n\r\n{value}' for name, value in fields.items()] + [more] * bool(more)
    return (
        "".join(f"--edge\r\nContent-Disposition: form-data; {one}\r\n" for one in parts).encode()
        + b"--edge--"
    )


@pytest.mark.parametrize("charset", ["unicode_escape", "undefined", "utf-7", "utf-8"])
def test_forms_with_odd_letters_are_refused(guarded: str, charset: str) -> None:
    one = Visitor(guarded)
    token, kind = one.token(), {"content-type": f"multipart/form-data; boundary=edge; charset={charset}"}
    body = multipart({"token": token, "name": "anna\\ud800", "password": PASSWORD, "next": "/"})
    status, said, _ = one.ask("/login", body, **kind)
    assert status == (403 if charset == "utf-8" else 400), "a backslash is a letter like others in UTF-8"
    assert ("The name or the password is wrong." if charset == "utf-8" else NOT_OURS) in said


@pytest.mark.parametrize("more", ['name="a"; filename="a.jpg"\r\n\r\nx', "nothing\r\n\r\nx"])
def test_forms_that_no_page_of_ours_has_are_refused_in_our_words(guarded: str, more: str) -> None:
    one = Visitor(guarded)
    body = multipart({"token": one.token(), "name": "anna", "password": PASSWORD}, more)
    status, said, _ = one.ask("/login", body, content_type="multipart/form-data; boundary=edge")
    assert status == 400 and NOT_OURS in said


@pytest.mark.parametrize(
    ("path", "mode", "dest", "is_answered"),
    [
        ("/login", "no-cors", "image", False),
        ("/login", "cors", "empty", False),
        ("/login", "navigate", "iframe", False),
        ("/login", "navigate", "document", True),
        ("/api/coins", "cors", "empty", True),
        ("/iiif/3/1/info.json", "no-cors", "image", True),
    ],
)
def test_other_sites_may_lead_here_and_no_more(
    guarded: str, path: str, mode: str, dest: str, is_answered: bool
) -> None:
    sent = {"sec_fetch_mode": mode, "sec_fetch_dest": dest}
    assert (Visitor(guarded).ask(path, sec_fetch_site="cross-site", **sent)[0] != 403) == is_answered
    assert Visitor(guarded).ask(path, sec_fetch_site="same-origin", **sent)[0] != 403


def test_a_body_that_trickles_in_is_not_waited_for(guarded: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "SLOW_S", 0.2)
    parts = urlsplit(guarded)
    head = f"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\n{FORM_LINE}Content-Length: 60000\r\n\r\n"
    with socket.create_connection((parts.hostname, parts.port), timeout=0.05) as raw:
        raw.sendall(head.encode())

        def answer() -> bytes:
            raw.send(b"x")
            with suppress(TimeoutError):
                return raw.recv(4096)
            return b""

        assert until(answer).split()[1] == b"408"


def test_a_name_of_blanks_is_not_a_name(store: Engine) -> None:
    for name in ("", " ", "\t"):
        with pytest.raises(SettingsError, match="needs your name"), browse(store, 0, person=name):
            pass
    with browse(store, 0, person=" anna ") as served:
        assert "You judge as anna" in Visitor(served.address).ask("/coins")[1]


def test_a_database_that_is_away_is_a_sentence_without_folders(
    store: Engine, serve: Callable[..., str]
) -> None:
    gone = engine.connect(store.url.set(database="not_there").render_as_string().replace("+psycopg", ""))
    address = serve(gone)
    for path in ("/coins", "/api/coins"):
        found = hello(
            address, f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode(), True
        )
        assert found.split()[1] == b"503" and b"The database does not answer now" in found, found
        assert b"postgres" not in found
    gone.dispose()


def test_only_those_who_read_last_keep_connections(store: Engine) -> None:
    site = Site(store)
    for n in range(3 * READERS):
        call.look(site.reader(f"person {n}"), "part.server")
    query = "select count(*) from pg_stat_activity where datname = current_database()"
    with store.connect() as c:
        assert c.execute(text(query)).scalar_one() <= READERS + 4
    site.close()


def test_a_visitor_for_whom_no_connection_is_free_reads_a_sentence(store: Engine) -> None:
    site = Site(store)
    with serving(site) as served, ExitStack() as held:
        reader = site.reader("")
        reader.pool._timeout = 0.1
        with suppress(NoneFree):
            while True:
                held.enter_context(reader.connect())
        for path in ("/coins", "/api/coins"):
            status, said, _ = Visitor(served.address).ask(path)
            assert status == 503 and BUSY in said, path

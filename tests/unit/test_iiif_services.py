"""A photograph whose address is a service of IIIF: its full picture is read."""

import http.server
import json
import threading
from collections.abc import Iterator

import pytest

from coinstore.errors import NotFound
from coinstore.sources import files
from coinstore.sources.iiif import picture_of

pytest.importorskip("aiohttp", reason="coinstore[remote] is not installed")

CONTEXTS = {
    "one": ("http://library.stanford.edu/iiif/image-api/1.1/context.json", "full/full/0/native.jpg"),
    "two": ("http://iiif.io/api/image/2/context.json", "full/full/0/default.jpg"),
    "three": ("http://iiif.io/api/image/3/context.json", "full/max/0/default.jpg"),
}


class Service(http.server.BaseHTTPRequestHandler):
    """Services at /one, /two and /three; /two leads to its description, the others have none of their own."""

    def log_message(self, *_: object) -> None: ...

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        name, _, rest = self.path.strip("/").partition("/")
        if name not in CONTEXTS:
            self.send_error(404)
            return
        context, picture = CONTEXTS[name]
        if not rest and name == "two":
            self.send_response(303)
            self.send_header("Location", "/two/info.json")
            self.end_headers()
        elif rest == "info.json":
            self.answer(json.dumps({"@context": context, "@id": "http://elsewhere.invalid/x"}).encode())
        elif rest == picture:
            self.answer(f"picture {name}".encode())
        else:
            self.send_error(404)

    def answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Service) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("name", CONTEXTS)
@pytest.mark.parametrize("end", ["", "/", "/info.json"])
def test_the_full_picture_of_a_service_is_read(address: str, name: str, end: str) -> None:
    assert files.read(f"{address}/{name}{end}") == f"picture {name}".encode()
    assert files.stamp(f"{address}/{name}{end}")


def test_what_is_not_there_is_missing(address: str) -> None:
    with pytest.raises(NotFound):
        files.read(f"{address}/none")
    assert files.stamp(f"{address}/none") is None


def test_other_json_is_no_service() -> None:
    assert picture_of("http://x/a", b'{"iiif": 1}') is None
    assert picture_of("http://x/a", b"{iiif") is None
    assert picture_of("http://x/a", b"\xff\xd8 iiif") is None

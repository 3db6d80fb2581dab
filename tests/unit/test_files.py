"""Files wherever they are: a path, a member of a zip, an address."""

import functools
import http.server
import io
import os
import socket
import threading
import uuid
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coinstore.errors import NotFound, SourceError
from coinstore.sources import files, regular, remote, zips
from coinstore.sources.locations import shown


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "1.jpg").write_bytes(b"one")
    (tmp_path / "a" / ".hidden").write_bytes(b"x")
    (tmp_path / "2.jpg").write_bytes(b"two")
    with zipfile.ZipFile(tmp_path / "coins.zip", "w") as archive:
        archive.writestr("a/1.jpg", b"one")
    return tmp_path


@pytest.fixture
def address(folder: Path) -> Iterator[str]:
    """The folder, served on this machine."""
    pytest.importorskip("aiohttp", reason="coinstore[remote] is not installed")

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None: ...

    with http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Quiet, directory=folder)
    ) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_locations_are_absolute(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    assert files.locate("a/1.jpg") == str(folder / "a/1.jpg")
    assert files.locate("a\\1.jpg", str(folder)) == str(folder / "a/1.jpg")
    assert files.locate("../2.jpg", str(folder / "a")) == str(folder / "2.jpg")
    assert files.locate("/x/y.jpg", str(folder)) == "/x/y.jpg"
    assert files.locate("s3://bucket/y.jpg", str(folder)) == "s3://bucket/y.jpg"
    assert files.locate("a/1.jpg", str(folder / "coins.zip")) == f"zip://a/1.jpg::{folder}/coins.zip"


def test_the_same_from_a_folder_a_zip_and_an_address(folder: Path, address: str) -> None:
    for base in (str(folder), str(folder / "coins.zip"), address):
        location = files.locate("a/1.jpg", base)
        assert files.read(location) == b"one"
        with files.open_binary(location) as stream:
            assert stream.read() == b"one"
        assert files.stamp(location)
        missing = files.locate("a/3.jpg", base)
        assert files.stamp(missing) is None
        with pytest.raises(NotFound, match=r"3\.jpg"):
            files.read(missing)


def test_walking_leaves_hidden_files_out(folder: Path) -> None:
    assert [Path(path).name for path in files.walk(str(folder / "a"))] == ["1.jpg"]
    assert list(files.walk(str(folder / "coins.zip"))) == [f"zip://a/1.jpg::{folder}/coins.zip"]
    assert files.is_folder(str(folder))
    assert files.is_folder(str(folder / "coins.zip"))
    assert not files.is_folder(str(folder / "2.jpg"))


def test_a_stamp_changes_with_the_file(folder: Path) -> None:
    before = files.stamp(str(folder / "2.jpg"))
    (folder / "2.jpg").write_bytes(b"other")
    assert files.stamp(str(folder / "2.jpg")) != before


def test_the_stamp_of_what_is_no_file_stays(folder: Path) -> None:
    before = files.stamp(str(folder))
    (folder / "new.jpg").write_bytes(b"x")
    os.utime(folder, (1, 1))
    assert files.stamp(str(folder)) == before


def test_what_cannot_be_read_is_a_sentence(folder: Path) -> None:
    (folder / "bad.zip").write_bytes(b"no zip")
    for location in (str(folder), f"zip://x.jpg::{folder}/bad.zip"):
        with pytest.raises(SourceError):
            files.read(location)
    with pytest.raises((SourceError, NotFound)) as caught:
        files.read("http://user:secret@127.0.0.1:9/x.jpg?token=hidden")
    assert "secret" not in str(caught.value)
    assert "hidden" not in str(caught.value)
    with pytest.raises(SourceError, match="is not an address"):
        files.read("http://[::1/x.jpg")


def special(kind: str, folder: Path) -> str:
    """A name that is not the name of an ordinary file, or of one that is too large."""
    place = folder / kind
    match kind:
        case "a pipe":
            os.mkfifo(place)
        case "a socket":
            with socket.socket(socket.AF_UNIX) as listening:
                listening.bind(str(place))
        case "a folder":
            place.mkdir()
        case "a device":
            return "/dev/zero"
        case "more than":
            with place.open("wb") as file:
                file.truncate(10**11)
    return str(place)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")
@pytest.mark.parametrize("kind", ["a pipe", "a socket", "a folder", "a device", "more than"])
@pytest.mark.parametrize("before", ["", "file://", "local://", "zip://1.jpg::", "simplecache::file://"])
def test_only_ordinary_files_are_read(kind: str, before: str, tmp_path: Path) -> None:
    with pytest.raises(SourceError) as caught:
        files.read(before + special(kind, tmp_path))
    expected = {"simplecache::file://": "on this machine"}.get(before, kind)
    if (before, kind) != ("zip://1.jpg::", "more than"):  # a zip may have any size, but this is not a zip
        assert expected in str(caught.value)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="there is no /proc")
def test_a_file_that_says_it_is_empty_is_read_to_its_end() -> None:
    assert b"Name:" in files.read("/proc/self/status")
    with pytest.raises(SourceError, match="cannot be read"):
        files.read("/proc/self/mem")


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
def test_a_member_is_unpacked_up_to_the_limit(
    tmp_path: Path, method: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (regular, zips):
        monkeypatch.setattr(module, "LARGEST_FILE_BYTES", 3 * 1024**2)
    with zipfile.ZipFile(tmp_path / "c.zip", "w", method) as archive:
        archive.writestr("small", bytes(3 * 1024**2))
        archive.writestr("large", bytes(3 * 1024**2 + 1))
    assert files.read(f"zip://small::{tmp_path}/c.zip") == bytes(3 * 1024**2)
    with pytest.raises(SourceError, match=r"large in .* has more than 3 MB"):
        files.read(f"zip://large::{tmp_path}/c.zip")


def test_a_member_that_lies_about_its_size_is_not_unpacked(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "c.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x", bytes(10**8))
    data = (tmp_path / "c.zip").read_bytes().replace((10**8).to_bytes(4, "little"), (9).to_bytes(4, "little"))
    (tmp_path / "c.zip").write_bytes(data)
    with pytest.raises(SourceError, match="damaged"):
        files.read(f"zip://x::{tmp_path}/c.zip")


def test_a_zip_in_a_zip_is_read(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
        archive.writestr("1.jpg", b"one")
    with zipfile.ZipFile(tmp_path / "out.zip", "w") as archive:
        archive.write(tmp_path / "in.zip", "in.zip")
    assert files.read(f"zip://1.jpg::zip://in.zip::{tmp_path}/out.zip") == b"one"


@settings(max_examples=150)
@given(st.data())
def test_a_damaged_zip_is_a_sentence(tmp_path: Path, data: st.DataObject) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", data.draw(st.sampled_from([0, 8, 12, 14]))) as archive:
        archive.writestr("1.jpg", b"one" * 50)
    content = bytearray(packed.getvalue())
    for at, byte in data.draw(st.lists(st.tuples(st.integers(0, len(content) - 1), st.integers(0, 255)))):
        content[at] = byte
    place = tmp_path / f"{uuid.uuid4()}.zip"
    place.write_bytes(content)
    with suppress(SourceError, NotFound):
        files.read(f"zip://1.jpg::{place}")


def test_a_member_without_a_name_is_left_out(tmp_path: Path) -> None:
    place = tmp_path / "a.zip"
    with zipfile.ZipFile(place, "w") as packed:
        packed.writestr("1.jpg", b"one")
        packed.writestr("2.jpg", b"two")
    place.write_bytes(place.read_bytes().replace(b"2.jpg", b"\0.jpg"))  # a NUL ends a name
    assert list(files.walk(str(place))) == [f"zip://1.jpg::{place}"]
    assert files.read(f"zip://1.jpg::{place}") == b"one"


def test_a_download_stops_at_the_limit(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server says nothing about the size, and would send bytes for ever."""
    pytest.importorskip("aiohttp", reason="coinstore[remote] is not installed")
    sent = []

    class Endless(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            with suppress(OSError):
                while True:
                    sent.append(self.wfile.write(bytes(1024**2)))

        def log_message(self, *_: object) -> None: ...

    monkeypatch.setattr(regular, "LARGEST_FILE_BYTES", 3 * 1024**2)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Endless) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with pytest.raises(SourceError, match="more than 3 MB"):
            files.read(f"http://127.0.0.1:{server.server_port}/x.jpg")
        server.shutdown()
    assert sum(sent) < 10**9


def test_a_server_that_does_not_answer_is_left_alone_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("aiohttp", reason="coinstore[remote] is not installed")
    monkeypatch.setattr(remote, "_silent", {})
    with socket.create_server(("127.0.0.1", 0)) as unused:
        address = f"http://127.0.0.1:{unused.getsockname()[1]}/x.jpg"
    said = []
    for _ in range(5):
        with pytest.raises(SourceError) as caught:
            files.read(address)
        said.append(str(caught.value))
    assert ["did not answer other requests" in one for one in said] == [False] * 3 + [True] * 2
    monkeypatch.setattr(remote, "SILENCE_S", 0)
    remote._silent.clear()
    for _ in range(5):
        with pytest.raises(SourceError, match=r"failed|refused"):
            files.read(address)


NAMES = st.from_regex(r"[a-zäß0-9 #%?&+_-]{1,8}(/[a-zäß0-9 #%?&+_-]{1,8}){0,2}\.jpg", fullmatch=True)


@given(
    NAMES,
    st.sampled_from(["/coins", "/coins.zip", "zip://in::/coins.zip", "s3://bucket/k", "https://h/d?t=1"]),
)
def test_locating_twice_is_locating_once(name: str, base: str) -> None:
    once = files.locate(name, base)
    assert files.locate(once, "/elsewhere") == once
    assert files.locate(name.replace("/", "\\"), base) == once


def test_a_name_does_not_lead_out_of_a_zip_or_a_server() -> None:
    for base in ("/coins.zip", "https://h", "s3://bucket"):
        with pytest.raises(SourceError, match="leads out of"):
            files.locate("../x.jpg", base)


def test_odd_names_on_a_server(folder: Path, address: str) -> None:
    for name in ("a #1.jpg", "50%41.jpg", "Münze?.jpg"):
        (folder / name).write_bytes(name.encode())
        assert files.read(files.locate(name, address)) == name.encode()


def test_threads_share_a_zip(tmp_path: Path) -> None:
    contents = {f"{number}.jpg": bytes([number]) * 5000 for number in range(100)}
    with zipfile.ZipFile(tmp_path / "coins.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    places = [files.locate(name, str(tmp_path / "coins.zip")) for name in contents] * 5
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(files.read, places)) == list(contents.values()) * 5


def test_a_replaced_zip_is_opened_anew(tmp_path: Path) -> None:
    for content in (b"old", b"newer"):
        with zipfile.ZipFile(tmp_path / "coins.zip", "w") as archive:
            archive.writestr("1.jpg", content)
        assert files.read(f"zip://1.jpg::{tmp_path}/coins.zip") == content


@pytest.mark.parametrize(
    "location",
    [
        "https://me:pa/ss@h/x.jpg?token=pa",
        "zip://x.jpg::https://me:pass@h/c.zip?k=pass",
        "s3://me:pa@ss@bucket/x",
    ],
)
def test_no_secret_is_shown(location: str) -> None:
    assert "pa" not in shown(location)
    assert "ss@" not in shown(location)
    assert shown(location).endswith(("h/x.jpg", "zip://x.jpg::https://h/c.zip", "s3://bucket/x"))

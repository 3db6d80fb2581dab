"""Files wherever they are: a path, a member of a zip, an address."""

import functools
import http.server
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from coinstore import files
from coinstore.errors import NotFound, SourceError


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

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder)) as server:
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


def test_what_cannot_be_read_is_a_sentence(folder: Path) -> None:
    (folder / "bad.zip").write_bytes(b"no zip")
    for location in (str(folder), f"zip://x.jpg::{folder}/bad.zip"):
        with pytest.raises(SourceError):
            files.read(location)
    with pytest.raises((SourceError, NotFound)) as caught:
        files.read("http://user:secret@127.0.0.1:9/x.jpg?token=hidden")
    assert "secret" not in str(caught.value)
    assert "hidden" not in str(caught.value)

"""Names of files on disks and in zips: one name in every spelling, and a hint where only something is near."""

import struct
import unicodedata
import zipfile
import zlib
from pathlib import Path

import pytest

from coinstore.errors import NotFound
from coinstore.images.look import look
from coinstore.records.reader import Reading, photographs, read
from coinstore.sources import files
from coinstore.sources.entries import Names
from coinstore.sources.source import Source
from coinstore.sources.zips import member_name

NAME = "Münze Ä1_obv.jpg"
FORMS = ("NFC", "NFD")


def spelling(form: str, text: str = NAME) -> str:
    return unicodedata.normalize(form, text)


@pytest.mark.parametrize("on_disk", FORMS)
@pytest.mark.parametrize("asked", FORMS)
def test_a_file_is_found_in_either_form(tmp_path: Path, on_disk: str, asked: str) -> None:
    folder = tmp_path / spelling(on_disk, "Träger")
    folder.mkdir()
    (folder / spelling(on_disk)).write_bytes(b"x")
    table = tmp_path / "t.csv"
    table.write_text(f"Inv,Obverse image\n1,{spelling(asked, 'Träger')}/{spelling(asked)}\n", "utf-8")
    [coin] = read(Reading(str(table), "M"))
    assert coin.sides["obverse"]["image"] == str(folder / spelling(on_disk)) and not coin.faults
    assert files.stamp(coin.sides["obverse"]["image"])


@pytest.mark.parametrize("in_zip", FORMS)
@pytest.mark.parametrize("asked", FORMS)
def test_a_member_is_found_in_either_form(tmp_path: Path, in_zip: str, asked: str) -> None:
    archive = tmp_path / "p.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr(f"{spelling(in_zip, 'Träger')}/{spelling(in_zip)}", b"x")
    table = tmp_path / "t.csv"
    table.write_text(f"Inv,Obverse image\n1,{spelling(asked, 'Träger')}/{spelling(asked)}\n", "utf-8")
    reading = Reading(str(table), "M", str(archive))
    [coin] = read(reading)
    assert [coin.sides["obverse"]["image"]] == list(photographs(reading))
    assert files.read(coin.sides["obverse"]["image"]) == b"x"
    inner = f"zip://{spelling(asked, 'Träger')}::{archive}"
    assert files.is_folder(inner) and len(list(files.walk(inner))) == 1


def test_invisible_characters_and_spaces_make_no_other_file(tmp_path: Path) -> None:
    (tmp_path / "LM\u00a0 1\u200e.jpg").write_bytes(b"x")
    assert files.spelled(str(tmp_path / "LM 1.jpg")) == str(tmp_path / "LM\u00a0 1\u200e.jpg")
    (tmp_path / "LM 1.jpg").write_bytes(b"y")
    assert files.spelled(str(tmp_path / "LM 1.jpg")) == str(tmp_path / "LM 1.jpg")  # exactly this one
    assert files.spelled(str(tmp_path / "LM\u2009 1.jpg")).endswith(
        "LM\u2009 1.jpg"
    )  # two: neither is guessed


def test_a_source_is_found_in_either_form(tmp_path: Path) -> None:
    (tmp_path / spelling("NFD", "Münzen")).mkdir()
    for form in FORMS:
        location = Source.at(str(tmp_path / spelling(form, "Münzen"))).location
        assert location == str(tmp_path / spelling("NFD", "Münzen"))


@pytest.mark.parametrize(
    ("asked", "there", "said"),
    [
        ("A1.JPG", "a1.jpg", "there is no A1.JPG; a1.jpg differs only in upper and lower case"),
        ("img_001.jpg", "IMG_001.JPG", "IMG_001.JPG differs only in upper and lower case"),
        ("ÄA.jpg", spelling("NFD", "äa.jpg"), "differs only in upper and lower case"),
        ("img%20003.jpg", "img 003.jpg", "img 003.jpg has no percent signs in its name"),
        ("img_004", "img_004.jpeg", "img_004.jpeg has an ending"),
        ("img_004.jpg", "img_004.tif", "img_004.tif has another ending"),
        ("Fotos/a.jpg", "fotos/a.jpg", "there is no Fotos; fotos differs only in upper and lower case"),
        ("fotos/A.jpg", "fotos/a.jpg", "there is no A.jpg; a.jpg differs only in upper and lower case"),
    ],
)
def test_what_is_near_a_missing_file_is_told(tmp_path: Path, asked: str, there: str, said: str) -> None:
    (tmp_path / there).parent.mkdir(exist_ok=True)
    (tmp_path / there).write_bytes(b"x")
    reason = look(str(tmp_path / asked))["reason"]
    assert reason.startswith("the file is not there: there is no ") and said in reason
    if "/" not in asked:
        with zipfile.ZipFile(tmp_path / "p.zip", "w") as archive:
            archive.writestr(there, b"x")
        assert said in look(f"zip://{asked}::{tmp_path}/p.zip")["reason"]


def test_nothing_is_told_where_nothing_is_near(tmp_path: Path) -> None:
    (tmp_path / "b.jpg").write_bytes(b"x")
    assert look(str(tmp_path / "a.jpg"))["reason"] == "the file is not there"
    assert look(str(tmp_path / "no/where/a.jpg"))["reason"] == "the file is not there"
    assert files.hint("/") is None and files.hint("http://example.org/a.jpg") is None
    assert files.hint(f"zip://a.jpg::{tmp_path}/none.zip") is None
    assert Names([]).hint("") is None


def written(name: bytes, *, flag: int = 0, extra: bytes = b"") -> zipfile.ZipInfo:
    """A member as Python reads it: without the flag its name is decoded as CP437."""
    info = zipfile.ZipInfo(name.decode("utf-8" if flag else "cp437"))
    info.flag_bits, info.extra = flag, extra
    return info


def unicode_path(name: str, stands_for: bytes, *, version: int = 1) -> bytes:
    data = bytes([version]) + struct.pack("<I", zlib.crc32(stands_for)) + name.encode()
    return struct.pack("<HH", 0x7075, len(data)) + data


def test_names_of_members_with_and_without_the_flag() -> None:
    other = struct.pack("<HH", 0x5455, 5) + bytes(5)
    dos = "Münze ß.jpg".encode("cp437")
    assert member_name(written("Münze.jpg".encode(), flag=0x800)) == "Münze.jpg"
    assert member_name(written("Münze.jpg".encode())) == "Münze.jpg"
    assert member_name(written(dos)) == "Münze ß.jpg"
    assert member_name(written(b"a\\b.jpg")) == "a/b.jpg"
    right = unicode_path("Мюнце.jpg", dos)
    assert member_name(written(dos, extra=other + right)) == "Мюнце.jpg"
    for wrong in (
        unicode_path("Мюнце.jpg", b"renamed since"),
        unicode_path("Мюнце.jpg", dos, version=2),
        right[:6],
        right[:3],
        struct.pack("<HH", 0x7075, 60_000) + b"\1",
        b"\0",
    ):
        assert member_name(written(dos, extra=wrong)) == "Münze ß.jpg"


def test_a_zip_without_the_flag_is_read_by_both_names(tmp_path: Path) -> None:
    path = tmp_path / "p.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("Mxxnze.jpg", b"x")
    path.write_bytes(path.read_bytes().replace(b"Mxxnze", "Münze".encode()))
    assert list(files.walk(str(path))) == [f"zip://Münze.jpg::{path}"]
    for name in ("Münze.jpg", spelling("NFD", "Münze.jpg"), "Münze.jpg".encode().decode("cp437")):
        assert files.read(f"zip://{name}::{path}") == b"x"  # the last as an earlier version stored it
    with pytest.raises(NotFound):
        files.read(f"zip://Munze.jpg::{path}")

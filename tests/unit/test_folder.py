"""Folders of photographs, with the many ways in which people name files."""

import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coinstore.errors import SourceError
from coinstore.records.coin import FACES
from coinstore.records.names import coin_and_face
from coinstore.records.placeholders import is_placeholder
from coinstore.records.reader import Reading, read


def coins(folder: Path, *names: str) -> dict[str, dict]:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")
    return {coin.inventory_number: coin for coin in read(Reading(str(folder), "M"))}


@pytest.mark.parametrize(
    ("name", "number", "face"),
    [
        ("00012a00", "00012", "obverse"),
        ("00012r00", "00012", "reverse"),
        ("K0434_a", "K0434", "obverse"),
        ("K0434_r", "K0434", "reverse"),
        ("A.292_obv_box", "A.292", "obverse"),
        ("A.292_rev_box", "A.292", "reverse"),
        ("A 347_obv_box", "A 347", "obverse"),
        ("x_av", "x", "obverse"),
        ("x_rv", "x", "reverse"),
        ("12-Obverse", "12", "obverse"),
    ],
)
def test_names(name: str, number: str, face: str) -> None:
    assert coin_and_face(name) == (number, face)


@pytest.mark.parametrize("name", ["truncated_1", "IMG", "Rom", "aurea", "00012", "_a"])
def test_names_that_show_no_face(name: str) -> None:
    assert coin_and_face(name) is None


@given(
    st.from_regex(r"[A-Z][A-Z0-9. ]{0,8}[0-9]", fullmatch=True),
    st.sampled_from(["_a/_r", "_av/_rv", " obv/ rev", "_obv_box/_rev_box"]),
)
def test_both_faces_of_a_name_are_one_coin(number: str, suffixes: str) -> None:
    found = [coin_and_face(number + suffix) for suffix in suffixes.split("/")]
    assert found == [(number, face) for face in FACES]


def test_types_are_folders_and_the_root_is_unclassified(tmp_path: Path) -> None:
    found = coins(
        tmp_path,
        "Typ A/1_a.jpg",
        "Typ A/1_r.JPG",
        "ohne Zuordnung/2_a.png",
        "3_a.tif",
        "3_r.webp",
        "notes.txt",
    )
    assert set(found) == {"1", "2", "3"}
    assert found["1"].types[0].label == "Typ A"
    assert found["1"].place == "Typ A/1"
    assert set(found["1"].sides) == {"obverse", "reverse"}
    assert found["2"].types == found["3"].types == ()
    assert set(found["2"].sides) == {"obverse"}


def test_folders_for_the_faces(tmp_path: Path) -> None:
    found = coins(tmp_path, "Avers/Typ A/7.jpg", "Revers/Typ A/7.jpg", "Avers/8.bmp")
    assert set(found["7"].sides) == {"obverse", "reverse"}
    assert found["7"].types[0].label == "Typ A"
    assert set(found["8"].sides) == {"obverse"}


def test_a_second_photograph_of_a_face_is_a_fault(tmp_path: Path) -> None:
    coin = coins(tmp_path, "1_a.jpg", "1_a.png")["1"]
    assert coin.sides["obverse"]["image"].endswith("1_a.jpg")
    assert "1_a.jpg is kept" in coin.faults[0].reason


def test_a_name_without_a_face_is_refused_not_guessed(tmp_path: Path) -> None:
    (tmp_path / "mystery.jpg").write_bytes(b"x")
    [coin] = read(Reading(str(tmp_path), "M"))
    assert coin.refusal.startswith("its name shows no face")


def test_a_zip_is_a_folder(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "coins.zip", "w") as archive:
        for name in ("Typ A/1_a.jpg", "Typ A/1_r.jpg"):
            archive.writestr(name, b"x")
    [coin] = read(Reading(str(tmp_path / "coins.zip"), "M"))
    assert (coin.inventory_number, coin.types[0].label, set(coin.sides)) == (
        "1",
        "Typ A",
        {"obverse", "reverse"},
    )


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="has no photographs"):
        list(read(Reading(str(tmp_path), "M")))
    with pytest.raises(SourceError, match="add --collection"):
        list(read(Reading(str(tmp_path))))
    with pytest.raises(SourceError):
        list(read(Reading(str(tmp_path / "nowhere.csv"), "M")))
    with pytest.raises(SourceError, match="no such file"):
        list(read(Reading(str(tmp_path / "a.docx"), "M")))


def test_placeholders() -> None:
    assert is_placeholder("ohne Zuordnung") and is_placeholder("Unknown") and not is_placeholder("Typ A")


def test_a_name_that_is_not_utf_8_is_refused_by_itself(tmp_path) -> None:
    import os

    from coinstore.records.folder import read_folder
    from coinstore.sources.source import Source

    (tmp_path / "1_a.jpg").write_bytes(b"x")
    try:
        (tmp_path / os.fsdecode(b"2\xff_a.jpg")).write_bytes(b"x")
    except OSError:
        pytest.skip("this system knows no name that is not text")
    found = {coin.inventory_number: coin.refusal for coin in read_folder(Source.at(str(tmp_path)), "M")}
    assert found == {"1": None, None: "the name of the file is not UTF-8; rename it"}

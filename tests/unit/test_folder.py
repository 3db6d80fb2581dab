"""Folders of photographs, with the many ways in which people name files."""

import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coinstore.errors import SourceError
from coinstore.records.coin import FACES, Coin
from coinstore.records.names import coin_and_face, is_container, number_of_both
from coinstore.records.placeholders import is_placeholder
from coinstore.records.reader import Reading, photographs, read
from coinstore.sources.spelling import one_name


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
        # what is between number and face
        ("A 1 - obv", "A 1", "obverse"),
        ("A 1 – rv", "A 1", "reverse"),
        ("A 1 Vs", "A 1", "obverse"),
        ("A 2.obv", "A 2", "obverse"),
        ("12 (obv)", "12", "obverse"),
        ("12 [rev]", "12", "reverse"),
        ("1934.1.7.a", "1934.1.7", "obverse"),
        ("1934.1.7.r", "1934.1.7", "reverse"),
        ("A 1_o", "A 1", "obverse"),
        ("IMG_12-Avers", "IMG_12", "obverse"),
        ("Schatz_a_1_obv", "Schatz_a_1", "obverse"),
        ("LM\u00a01_obv", "LM 1", "obverse"),
        # before the number, or glued to it
        ("obv_A 4", "A 4", "obverse"),
        ("Rückseite 12", "12", "reverse"),
        ("obv A 4 (2)", "A 4", "obverse"),
        ("A5obv", "A5", "obverse"),
        ("A5reverse", "A5", "reverse"),
        # several takes
        ("A 1_obv_1", "A 1", "obverse"),
        ("A 1 obv 2", "A 1", "obverse"),
        ("A 1_obv (2)", "A 1", "obverse"),
        ("A 1_Obverse(1)", "A 1", "obverse"),
        ("A 3_obverse_300dpi", "A 3", "obverse"),
        ("A 1_obv copy", "A 1", "obverse"),
        # other languages
        ("12_anverso", "12", "obverse"),
        ("12_reverso", "12", "reverse"),
        ("12 droit", "12", "obverse"),
        ("12 dritto", "12", "obverse"),
        ("12 rovescio", "12", "reverse"),
        ("12 recto", "12", "obverse"),
        ("12-vz", "12", "obverse"),
        ("12-keerzijde", "12", "reverse"),
    ],
)
def test_names(name: str, number: str, face: str) -> None:
    assert coin_and_face(name) == (number, face)


@pytest.mark.parametrize(
    "name",
    [
        *("truncated_1", "IMG", "Rom", "aurea", "00012", "_a", "obv", "_obv", "A 1_1"),
        *("A 1_v", "A 6_b", "A1o", "A1r", "AV 12", "RS 12", "Schatz_a_1"),  # two readings
        *("A 1_obv_rev", "obv_rev_12", "A 1 obv+rev"),  # both faces
    ],
)
def test_names_that_show_no_face(name: str) -> None:
    assert coin_and_face(name) is None


@given(
    st.from_regex(r"[A-Z][A-Z0-9. ]{0,8}[0-9]", fullmatch=True),
    st.sampled_from(["_a/_r", "_av/_rv", " obv/ rev", "_obv_box/_rev_box"]),
)
def test_both_faces_of_a_name_are_one_coin(number: str, suffixes: str) -> None:
    found = [coin_and_face(number + suffix) for suffix in suffixes.split("/")]
    assert found == [(one_name(number), face) for face in FACES]


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


def test_all_usual_endings_are_read_and_the_others_are_told(tmp_path: Path) -> None:
    endings = [
        "jpg",
        "JPEG",
        "jpe",
        "jfif",
        "png",
        "tif",
        "tiff",
        "webp",
        "gif",
        "bmp",
        "jp2",
        "j2k",
        "avif",
        "heic",
        "HEIF",
    ]
    reading = Reading(str(tmp_path), "M")
    for n, ending in enumerate([*endings, "tga", "psd", "psd", "jpg.bak"]):
        (tmp_path / f"{n}_a.{ending}").touch()
    (tmp_path / "12_a").touch()
    assert [coin.refusal for coin in read(reading)] == [None] * len(endings)
    (note,) = reading.notes
    assert note == (
        f"{tmp_path}: 5 files are left out; they do not end as photographs do:"
        " 2 x .psd, 1 x .bak, 1 x .tga, 1 x no ending."
    )


def test_a_folder_of_gifs_is_one_of_photographs(tmp_path: Path) -> None:
    assert set(coins(tmp_path, "1_a.gif", "1_r.gif")) == {"1"}
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "notes.txt").touch()
    with pytest.raises(SourceError, match=r"has no photographs; their names end in \.jpg"):
        list(read(Reading(str(tmp_path / "empty"), "M")))


def test_files_next_to_a_table_that_are_left_out_are_told(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("id,obverse image\n1,1.jpg\n")
    for name in ("1.jpg", "2.gif", "3.tga"):
        (tmp_path / name).touch()
    reading = Reading(str(tmp_path / "t.csv"), "M", images=str(tmp_path))
    assert [Path(path).name for path in photographs(reading)] == ["1.jpg", "2.gif"]
    assert "2 files are left out; they do not end as photographs do: 1 x .csv, 1 x .tga." in reading.notes[0]


def test_folders_for_the_faces(tmp_path: Path) -> None:
    found = coins(tmp_path, "Avers/Typ A/7.jpg", "Revers/Typ A/7.jpg", "Avers/8.bmp")
    assert set(found["7"].sides) == {"obverse", "reverse"}
    assert found["7"].types[0].label == "Typ A"
    assert set(found["8"].sides) == {"obverse"}


def test_a_second_photograph_of_a_face_is_a_fault(tmp_path: Path) -> None:
    coin = coins(tmp_path, "1_a.jpg", "1_a.png")["1"]
    assert coin.sides["obverse"]["image"].endswith("1_a.jpg")
    assert "1_a.jpg is kept" in coin.faults[0].reason


def test_the_first_take_is_kept(tmp_path: Path) -> None:
    names = [
        "A 1_obv (2).jpg",
        "A 1_obv.jpg",
        "A 1_obv_3.jpg",
        "A 1 - obv 300dpi.jpg",
        "A 1_rev_2.jpg",
        "A 1_rev_1.jpg",
    ]
    [coin] = coins(tmp_path, *names).values()
    kept = {face: side["image"].rsplit("/", 1)[-1] for face, side in coin.sides.items()}
    assert kept == {"obverse": "A 1_obv.jpg", "reverse": "A 1_rev_1.jpg"}
    assert [fault.text for fault in coin.faults] == [names[0], names[2], names[3], names[4]]


def test_a_and_b_may_be_faces_or_takes(tmp_path: Path) -> None:
    for name in ("6_a.jpg", "6_b.jpg", "7_a.jpg", "7_r.jpg", "7_b.jpg", "8_a.jpg"):
        (tmp_path / name).write_bytes(b"x")
    found = list(read(Reading(str(tmp_path), "M")))
    assert {coin.inventory_number for coin in found if not coin.refusal} == {"7", "8"}
    refused = {coin.place: coin.refusal for coin in found if coin.refusal}
    assert sorted(refused) == ["6_a.jpg", "6_b.jpg", "7_b.jpg"]
    assert "two takes" in refused["6_a.jpg"] and "two takes" in refused["6_b.jpg"]
    assert "shows no face" in refused["7_b.jpg"]


def test_a_folder_and_a_name_that_disagree(tmp_path: Path) -> None:
    (tmp_path / "obverse").mkdir()
    (tmp_path / "obverse/1_rev.jpg").write_bytes(b"x")
    [coin] = read(Reading(str(tmp_path), "M"))
    assert coin.refusal.startswith("its folder says obverse, and its name reverse")


def test_a_tray_is_a_place_and_no_type(tmp_path: Path) -> None:
    for name in (
        "Tray 1/obverse/01.jpg",
        "Tray 1/reverse/01.jpg",
        "Tray 2/obverse/01.jpg",
        "Nero/Tray 3/obverse/02.jpg",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    first, other, second = sorted(read(Reading(str(tmp_path), "M")), key=lambda coin: coin.place)
    assert (first.inventory_number, first.types, set(first.sides)) == ("01", (), {"obverse", "reverse"})
    assert other.refusal.startswith("repeats the number 01 of Tray 1/01")
    assert (second.inventory_number, second.refusal, second.place) == ("02", None, "Tray 3/02")


@pytest.mark.parametrize(
    "name", ["Tray 1", "Tablett 12", "Kasten A", "photos", "Fotos", "Page 3", "2019-05-01", "Box No. 4"]
)
def test_places(name: str) -> None:
    assert is_container(name)


@pytest.mark.parametrize(
    "name", ["Nero", "RIC 1", "Trayanus", "Boxer", "Bildnis", "Tetradrachm", "1", "Rolle und Adler"]
)
def test_types(name: str) -> None:
    assert not is_container(name)


@settings(max_examples=60)
@given(
    st.one_of(
        st.text(), st.lists(st.sampled_from([*"_ -.()1ab", "obv", "rev_", "copy "]), max_size=5).map("".join)
    )
)
def test_any_name_is_read_or_not(name: str) -> None:
    for text in (name, name * 2000):
        found = coin_and_face(text)
        assert found is None or (found[0] == one_name(found[0]) and found[1] in FACES)


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
    with pytest.raises(SourceError, match="has no photographs"):
        list(read(Reading(str(tmp_path))))
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "1_a.jpg").touch()
    with pytest.raises(SourceError, match="add --collection"):
        list(read(Reading(str(tmp_path / "photos"))))
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


@pytest.mark.parametrize(
    ("stem", "number"),
    [
        ("12", "12"),
        ("IMG_1234", "IMG_1234"),
        ("A 1_obv_rev", "A 1"),
        ("12 av+rv", "12"),
        ("K0434_both", "K0434"),
        ("12_obv", None),
        ("7_b", None),
        ("A 1_v", None),
        ("obv_rev", None),
    ],
)
def test_the_number_of_a_picture_of_both_faces(stem: str, number: str | None) -> None:
    assert number_of_both(stem) == number


def test_a_picture_without_a_face_is_both_unless_others_have_its_number(tmp_path: Path) -> None:
    found = coins_by_place(
        tmp_path, "RIC 7/1.jpg", "2.jpg", "2_obv.jpg", "3.jpg", "tray 1/3.jpg", "4_obv_rev.jpg"
    )
    as_both = {place: coin.as_both and coin.as_both.inventory_number for place, coin in found.items()}
    assert as_both == {
        "2": None, "2.jpg": None, "3.jpg": "3", "4_obv_rev.jpg": "4", "RIC 7/1.jpg": "1", "tray 1/3.jpg": None,
    }  # fmt: skip
    coin = found["RIC 7/1.jpg"].as_both
    assert [claim.label for claim in coin.types] == ["RIC 7"] and set(coin.sides) == {"obverse", "reverse"}


def coins_by_place(folder: Path, *names: str) -> dict[str, Coin]:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")
    return {coin.place: coin for coin in read(Reading(str(folder), "M"))}

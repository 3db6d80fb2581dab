"""Photographs in records: columns of descriptions or of pictures, several names in one cell."""

from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coinstore.errors import SourceError
from coinstore.records.coin import Coin
from coinstore.records.column import Column
from coinstore.records.columns import usual
from coinstore.records.described import columns
from coinstore.records.mapping import Mapping
from coinstore.records.reader import Reading, read
from coinstore.records.sides import are_file_names, file_names

FOLDER = "https://museum.example/photos/"  # a web server is not asked for its files


def coins(path: Path, *lines: str, mapping: Mapping | None = None) -> list[Coin]:
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return list(read(Reading(str(path), "M", FOLDER, mapping)))


def images(coin: Coin) -> dict[str, str | None]:
    return {
        face: side["image"] and unquote(side["image"].removeprefix(FOLDER))
        for face, side in coin.sides.items()
    }


@pytest.mark.parametrize(
    "header",
    [
        "Obverse|Reverse",
        "Vorderseite|Rückseite",
        "Avers|Revers",
        "Av.|Rv.",
        "VS|RS",
        "Anverso|Reverso",
        "obv|rev",
    ],
)
@pytest.mark.parametrize("has_files", [False, True])
def test_values_decide_what_a_column_of_a_face_holds(tmp_path: Path, header: str, *, has_files: bool) -> None:
    rows = ["1|a.jpg|b.JPG", "2||c.png"] if has_files else ["1|Head right, laureate|Capricorn", "2|Bust|"]
    first, second = coins(tmp_path / "a.csv", f"id|{header}", *rows)
    if has_files:
        assert (images(first), images(second)) == (
            {"obverse": "a.jpg", "reverse": "b.JPG"},
            {"obverse": None, "reverse": "c.png"},
        )
    else:
        assert first.sides["obverse"] == {"description": "Head right, laureate"}
        assert second.sides == {"obverse": {"description": "Bust"}, "reverse": {"description": None}}
    shown = {one.column: one.how for one in columns(Reading(str(tmp_path / "a.csv")))}
    expected = "names of files" if has_files else "descriptions"
    assert shown[header.split("|")[0]] == f"usual name; its values are {expected}"


@pytest.mark.parametrize(
    ("column", "field"),
    [
        ("Obverse legend", "obverse_legend"),
        ("Legende Av.", "obverse_legend"),
        ("Vs.-Umschrift", "obverse_legend"),
        ("Légende du revers", None),
        ("Legende Revers", "reverse_legend"),
        ("Beschreibung Rückseite", "reverse_description"),
        ("rev_desc", "reverse_description"),
        ("Bild Vorderseite", "obverse_image"),
        ("photo_obverse", "obverse_image"),
        ("Stempel Rs.", "reverse_die"),
        ("Descrizione dritto", "obverse_description"),
        ("Obverse type", None),
    ],
)
def test_usual_names_of_sides(column: str, field: str | None) -> None:
    found = usual(column)
    assert (found.field if found else None) == field


def test_both_faces_are_decided_together(tmp_path: Path) -> None:
    found = coins(tmp_path / "a.csv", "id,obverse,reverse", "1,,a_rev.jpg", "2,,b_rev.jpg")
    assert [images(coin) for coin in found] == [
        {"obverse": None, "reverse": "a_rev.jpg"},
        {"obverse": None, "reverse": "b_rev.jpg"},
    ]


def test_addresses_are_names_of_files(tmp_path: Path) -> None:
    [coin] = coins(tmp_path / "a.csv", "id|obverse", "1|https://x.org/iiif/7/full/400,/0/default")
    assert coin.sides["obverse"]["image"] == "https://x.org/iiif/7/full/400,/0/default"


def test_a_file_among_descriptions_is_a_fault(tmp_path: Path) -> None:
    *_, last = coins(tmp_path / "a.csv", "id,obverse", "1,Bust", "2,Head", "3,a.jpg")
    assert last.sides == {"obverse": {"description": None}}
    assert last.faults[0].reason == "is the name of a file in a column of descriptions"


def test_a_column_with_an_exact_name_counts(tmp_path: Path) -> None:
    [coin] = coins(tmp_path / "a.csv", "id,Obverse,Obverse description", "1,x,Bust")
    assert coin.sides == {"obverse": {"description": "Bust"}}
    [coin] = coins(tmp_path / "a.csv", "id,Obverse,Obverse image", "1,Bust,a.jpg")
    assert coin.sides == {"obverse": {"description": "Bust", "image": FOLDER + "a.jpg"}}
    [coin] = coins(tmp_path / "a.csv", "id,Inventory number,Image,Obverse image", "7,A 1,b.jpg,a.jpg")
    assert (coin.inventory_number, images(coin)) == ("A 1", {"obverse": "a.jpg"})
    with pytest.raises(SourceError, match="'Avers' and 'Obverse' both look like obverse_description"):
        coins(tmp_path / "a.csv", "id,Avers,Obverse", "1,x,y")


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("x_obv.jpg;x_rev.jpg", {"obverse": "x_obv.jpg", "reverse": "x_rev.jpg"}),
        ("x_rev.jpg, x_obv.jpg", {"obverse": "x_obv.jpg", "reverse": "x_rev.jpg"}),
        ("x_av.jpg\nx_rv.jpg", {"obverse": "x_av.jpg", "reverse": "x_rv.jpg"}),
        ("x_av.jpg x_rv.jpg", {"obverse": "x_av.jpg", "reverse": "x_rv.jpg"}),
        ("obverse/1.jpg;reverse/1.jpg", {"obverse": "obverse/1.jpg", "reverse": "reverse/1.jpg"}),
        ("00012a00.jpg;00012r00.jpg", {"obverse": "00012a00.jpg", "reverse": "00012r00.jpg"}),
        ('["x_obv.jpg", "x_rev.jpg"]', {"obverse": "x_obv.jpg", "reverse": "x_rev.jpg"}),
        ("x_obv.jpg / x_rev.jpg", {"obverse": "x_obv.jpg", "reverse": "x_rev.jpg"}),
        ("a/x_obv.jpg", {"obverse": "a/x_obv.jpg"}),
        ("a.jpg", {"obverse": "a.jpg"}),
        (" a.jpg ;", {"obverse": "a.jpg"}),
        ("a.jpg;a.jpg", {"obverse": "a.jpg"}),
        ("A 1, worn; left.jpg", {"obverse": "A 1, worn; left.jpg"}),
        ('<img src="a.jpg">', {"obverse": "a.jpg"}),
        ("", {"obverse": None}),
    ],
)
def test_several_photographs_in_a_cell(tmp_path: Path, cell: str, expected: dict[str, str | None]) -> None:
    quoted = cell.replace('"', '""')
    [coin] = coins(tmp_path / "a.csv", "id|obverse image", f'1|"{quoted}"')
    assert (images(coin), coin.faults) == (expected, ())


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("obverse image", "m0.jpg;m1.jpg", "names 2 photographs, but not which face each shows"),
        ("obverse image", "m0.jpg;x_rev.jpg", "names 2 photographs, but not which face each shows"),
        ("obverse image", "x_obv.jpg;y_obv.jpg", "names 2 photographs, several of the same face"),
        ("image", "x_obv.jpg;x_rev.jpg;x_edge.jpg", "names 3 photographs, but not which face each shows"),
        ("image", "see file 7", "does not say which face it shows"),
    ],
)
def test_what_does_not_say_its_face_is_a_fault(tmp_path: Path, column: str, cell: str, reason: str) -> None:
    [coin] = coins(tmp_path / "a.csv", f"id|{column}", f"1|{cell}")
    assert set(images(coin).values()) == {None}
    [fault] = coin.faults
    assert (fault.column, fault.text) == (column, cell)
    assert fault.reason.startswith(reason)


def test_one_photograph_without_a_face_is_of_both(tmp_path: Path) -> None:
    rows = ("1|m1.jpg|", "2|m2.jpg|x.jpg", "3||y.jpg")
    mapping = Mapping({"image": Column("image")})
    both, one, other = coins(tmp_path / "a.csv", "id|image|obverse image", *rows, mapping=mapping)
    assert images(both) == {"obverse": "m1.jpg", "reverse": "m1.jpg"} and both.faults == ()
    assert {side["image_of_both"] for side in both.sides.values()} == {"true"}
    assert images(one) == {"obverse": "x.jpg", "reverse": None} and len(one.faults) == 1
    assert (
        images(other) == {"obverse": "y.jpg", "reverse": None}
        and "image_of_both" not in other.sides["obverse"]
    )
    mapping = Mapping(first_face="reverse")
    [both] = coins(tmp_path / "b.csv", "id|image", "1|m1.jpg", mapping=mapping)
    assert [side["image_part"] for side in both.sides.values()] == ["second", "first"]


@pytest.mark.parametrize("column", ["Image", "Photos", "Bild", "Fotos", "Abbildung"])
def test_one_column_for_both_faces(tmp_path: Path, column: str) -> None:
    both, single, none = coins(tmp_path / "a.csv", f"id|{column}", "1|x_rv.jpg;x_av.jpg", "2|y_obv.jpg", "3|")
    assert images(both) == {"obverse": "x_av.jpg", "reverse": "x_rv.jpg"}
    assert images(single) == {"obverse": "y_obv.jpg", "reverse": None}
    assert images(none) == {"obverse": None, "reverse": None}


def test_a_cell_with_both_leaves_the_column_of_the_other_face(tmp_path: Path) -> None:
    first, second = coins(
        tmp_path / "a.csv",
        "id|obverse image|reverse image",
        "1|x_obv.jpg;x_rev.jpg|z.jpg",
        "2|x_obv.jpg;x_rev.jpg|",
    )
    assert images(first) == {"obverse": "x_obv.jpg", "reverse": "z.jpg"}
    assert images(second) == {"obverse": "x_obv.jpg", "reverse": "x_rev.jpg"}


def test_arrays_of_names(tmp_path: Path) -> None:
    [coin] = coins(tmp_path / "a.json", '[{"id": "1", "images": ["x_obv.jpg", "x_rev.jpg"]}]')
    assert images(coin) == {"obverse": "x_obv.jpg", "reverse": "x_rev.jpg"}
    mapping = Mapping({"files.url": Column("image")})
    body = '[{"id": "1", "files": [{"url": "x_rev.jpg"}, {"url": "x_obv.jpg"}]}]'
    [coin] = coins(tmp_path / "a.json", body, mapping=mapping)
    assert images(coin) == {"obverse": "x_obv.jpg", "reverse": "x_rev.jpg"}


@given(
    st.text(max_size=30)
    | st.lists(st.sampled_from(["a.jpg", "b c.png", ";", ",", "\n", "http://x/", '"']), max_size=6).map(
        "".join
    )
)
def test_no_part_of_a_name_is_lost(text: str) -> None:
    names = file_names(text)
    assert bool(names) or not any(c.isalnum() for c in text)
    assert all(name in text for name in names)
    if len(names) > 1:
        assert are_file_names(text)

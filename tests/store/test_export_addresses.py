"""Addresses of exported coins and photographs: each coin and each photograph has its own, always the same."""

import csv
import json
import re
from pathlib import Path
from typing import Any

import exported
import pytest
from lxml import etree
from sqlalchemy import Engine, text

from coinstore.errors import SettingsError
from coinstore.records.coin import FACES, Coin
from coinstore.records.exports.about import About
from coinstore.records.exports.coins import ExportedCoin, exported_coins
from coinstore.records.exports.folder import file_name
from coinstore.records.exports.formats import FORMATS
from coinstore.records.exports.services import image_service
from coinstore.records.exports.write import Export, export_coins
from coinstore.records.load import load

BASE = "https://example.org/"
NAMES = (("A/1", "1"), ("A", "1/1"), ("A", "1_2F1"), ("A_2F1", "1"), ("A", ".1"), ("A", "1"), ("A__1", "1"),
         ("M", "collection"), ("M", "_63ollection"), ("M", "A__1"), ("M", "x" * 200), ("M", "x" * 201),
         ("A", "%2E1"), ("A", "_2E1"), ("M", "Münze, 1"), ("M", "Munze 1"), ("M", "ΑΒ"), ("M", ".."))  # fmt: skip


def coin(collection: str, number: str, **images: str) -> Coin:
    sides: Any = {face: {"image": location} for face, location in images.items()}
    return Coin(f"row {collection} {number}", {}, collection, number, sides=sides)


def found(store: Engine, where: str = "true") -> list[ExportedCoin]:
    return list(exported_coins(store, where))


def test_a_coin_has_one_address_whatever_else_is_exported(store: Engine) -> None:
    list(load(store, "/a.csv", [coin(*name) for name in NAMES]))
    about = About(base=BASE, collection="M")
    every = {about.uri(one): one.coin["coin_id"] for one in found(store)}
    assert len(every) == len(NAMES)
    some = {about.uri(one): one.coin["coin_id"] for one in found(store, "collection = 'A'")}
    assert some.items() <= every.items()
    assert {f"{BASE}A/1", f"{BASE}collection"} <= every.keys()


def test_two_coins_never_have_one_file(store: Engine, tmp_path: Path) -> None:
    list(load(store, "/a.csv", [coin(*name) for name in NAMES]))
    about = About(base=BASE, collection="M")
    names = {file_name(one, about).casefold() for one in found(store)}
    assert len(names) == len(NAMES)
    assert "collection.json" not in names
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9._-]*\.json", name) for name in names), names
    done = export_coins(store, tmp_path / "out", Export("linked-art", about=about))
    assert done.coins == len(list((tmp_path / "out").glob("*.json"))) == len(NAMES)


def test_photographs_keep_the_path_below_their_folder(store: Engine) -> None:
    archived = {"obverse": "zip://a/1.jpg::/photos/x.zip", "reverse": "/elsewhere/1.jpg"}
    blobs = {"obverse": "sqlite://photos/12::/photos/coins.db"}
    plain = {"obverse": "/photos/obverse/1.jpg", "reverse": "/photos/reverse/1 b.jpg"}
    list(
        load(store, "/a.csv", [coin("M", "1", **plain), coin("M", "2", **archived), coin("M", "3", **blobs)])
    )
    about = About(images=f"{BASE}p/", image_folder="/photos")
    assert [about.image(one, face) for one in found(store) for face in FACES] == [
        f"{BASE}p/obverse/1.jpg",
        f"{BASE}p/reverse/1%20b.jpg",
        *[None] * 4,  # no server has what is inside a zip or a database
    ]


SECRETS = [
    "https://me:pw@example.org/a.jpg",
    "https://me@example.org/a.jpg",
    "https://example.org/a.jpg?token=abc",
    "https://example.org/a.jpg?w=1&X-Amz-Signature=abc",
    "https://example.org/a.jpg?sv=1&sig=abc",
    "https://example.org/a.jpg?api_key=abc",
    "https://example.org/a.jpg?key=abc",
    "https://example.org/a.jpg#access_token=abc",
    "https://me:p/w@example.org/a.jpg",
    "zip://a/b.jpg::https://me:pw@example.org/a.zip",
]
PUBLIC = [
    "https://example.org/show?id=7&side=o",
    "https://example.org/a@b.jpg?monkey=1",
    "https://example.org/a.jpg#page=2",
    "/photos/a?token=1.jpg",
    "zip://a@b/c.jpg::/photos/b.zip",
]


def test_an_address_goes_out_whole_or_not_at_all(store: Engine, tmp_path: Path) -> None:
    locations = {str(n): location for n, location in enumerate([*PUBLIC, *SECRETS])}
    coins = [coin("M", number, obverse=location) for number, location in locations.items()]
    list(load(store, "/a.csv", coins))
    done = export_coins(store, tmp_path / "a.csv", Export("csv"))
    assert done.secret_images == len(SECRETS)
    with (tmp_path / "a.csv").open(encoding="utf-8-sig") as file:
        written = {row["inventory_number"]: row["obverse_image"] for row in csv.DictReader(file)}
    assert written == {n: "" if location in SECRETS else location for n, location in locations.items()}
    text = (tmp_path / "a.csv").read_text("utf-8-sig")
    assert "abc" not in text and "pw" not in text and "p/w" not in text


def test_which_of_two_coins_in_a_photograph_is_a_face(store: Engine, tmp_path: Path) -> None:
    location = "https://example.org/both.jpg"
    sides: Any = {
        "obverse": {"image": location, "image_part": "second"},
        "reverse": {"image": location, "image_part": "first"},
    }
    list(load(store, "/a.csv", [Coin("row 1", {}, "M", "1", sides=sides)]))
    export_coins(store, tmp_path / "a.csv", Export("csv"))
    exported.empty(store)
    exported.fill(store, tmp_path / "a.csv")
    (row,) = exported.rows(store)
    assert (row["obverse_image_part"], row["reverse_image_part"]) == ("second", "first")
    (tmp_path / "b.csv").write_text(
        f"collection,id,obverse image,obverse image part\nN,1,{location}?b,left\n"
    )
    exported.fill(store, tmp_path / "b.csv")
    assert exported.faults(store) == ["obverse image part left: is not first or second"]


def measure_photographs(store: Engine) -> None:
    """Gives photographs of the web a size, as if they had been examined."""
    with store.begin() as connection:
        connection.execute(
            text(
                "insert into core.image (sha256, size_bytes, width_px, height_px, format, thumbnail)"
                " values (sha256(''), 1, 4, 3, 'JPEG', '')"
            )
        )
        connection.execute(text("update core.side set sha256 = sha256('') where image_location is not null"))


@pytest.mark.parametrize("form", FORMATS)
def test_former_owners_go_out_only_when_asked_for(store: Engine, tmp_path: Path, form: str) -> None:
    list(load(store, "/a.csv", [exported.FULL]))
    settings = {"base": BASE, "title": "a", "description": "b", "publisher": "c", "licence": "d"}
    path = tmp_path / f"out{FORMATS[form].suffix}"
    measure_photographs(store)
    export_coins(store, path, Export(form, about=About(**settings)))
    written = [file for file in path.rglob("*") if file.is_file()] if path.is_dir() else [path]
    assert b"a person" not in b"".join(file.read_bytes() for file in written)
    if not FORMATS[form].is_table:
        return
    exported.fill(store, path)
    # The column is not there, so that nothing is emptied.
    assert exported.rows(store)[0]["provenance"] == "a person, 1920"


@pytest.mark.parametrize("form", FORMATS)
def test_the_licence_of_the_data_set_is_not_that_of_a_record(
    store: Engine, tmp_path: Path, form: str
) -> None:
    """A record without a licence has none in an export: whoever made it did not give one."""
    list(load(store, "/a.csv", [coin("M", "1", obverse="https://example.org/1.jpg")]))
    measure_photographs(store)
    settings = {
        "base": BASE,
        "title": "a",
        "description": "b",
        "publisher": "c",
        "licence": "https://licence.example",
    }
    path = tmp_path / f"out{FORMATS[form].suffix}"
    export_coins(store, path, Export(form, about=About(**settings)))
    written = path.rglob("*.json") if path.is_dir() else [path]
    assert b"licence.example" not in b"".join(file.read_bytes() for file in written)


def files(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text("utf-8-sig") for path in folder.iterdir() if path.is_file()}


@pytest.mark.parametrize("form", FORMATS)
def test_a_failure_leaves_what_was_there(store: Engine, tmp_path: Path, form: str) -> None:
    settings = {"base": BASE, "title": "a", "description": "b", "publisher": "c", "licence": "d"}
    list(load(store, "/a.csv", [exported.FULL, coin("M", "2")]))
    path = tmp_path / f"out{FORMATS[form].suffix}"
    path.mkdir() if not FORMATS[form].suffix else path.write_text("old")
    for name in ("out.void.rdf", "out.left_out.csv"):
        (tmp_path / name).write_text("old")
    before = files(tmp_path)

    def stop(report: Any) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export_coins(store, path, Export(form, about=About(**settings)), stop)
    assert files(tmp_path) == before
    assert not path.is_dir() or not list(path.iterdir())


def test_a_folder_has_only_the_coins_of_its_last_export(store: Engine, tmp_path: Path) -> None:
    list(load(store, "/a.csv", [coin("M", "1"), coin("M", "2")]))
    about, folder = About(base=BASE, collection="M"), tmp_path / "out"
    export_coins(store, folder, Export("linked-art", about=about))
    (folder / "mine.json").write_text("{}")
    (folder / "index.html").write_text("mine")
    export_coins(store, folder, Export("linked-art", where="inventory_number = '2'", about=about))
    assert sorted(files(folder)) == [".coinstore.linked-art.txt", "2.json", "index.html", "mine.json"]
    assert json.loads(files(folder)["2.json"])["id"] == f"{BASE}2"


def test_addresses_are_checked_before_anything_is_written(store: Engine, tmp_path: Path) -> None:
    list(load(store, "/a.csv", [exported.FULL, coin("M", "2")]))
    with pytest.raises(SettingsError, match=r"coins \(1\) without an address.*base = .*TOML"):
        export_coins(store, tmp_path / "out", Export("linked-art"))
    export_coins(store, tmp_path / "out", Export("linked-art", where="uri is not null"))
    for name in ("base", "dataset", "collection_uri", "images"):
        with pytest.raises(SettingsError, match=f"{name} is 'museum'"):
            About(**{name: "museum"})


@pytest.mark.parametrize(
    ("address", "service", "version", "whole"),
    [
        ("https://a.org/iiif/2/1/full/full/0/default.jpg", "https://a.org/iiif/2/1", 2, None),
        ("https://a.org/iiif/2/1/full/800,/0/default.jpg", "https://a.org/iiif/2/1", 2, None),
        ("https://a.org/x/full/full/0/native.jpg", "https://a.org/x", 1, None),
        ("https://a.org/x/info.json", "https://a.org/x", None, "https://a.org/x/full/max/0/default.jpg"),
        ("https://a.org/iiif/2/x", "https://a.org/iiif/2/x", 2, "https://a.org/iiif/2/x/full/full/0/default.jpg"),
        ("https://iiif.a.org/x", "https://iiif.a.org/x", None, "https://iiif.a.org/x/full/max/0/default.jpg"),
    ],
)  # fmt: skip
def test_a_service_is_what_its_address_shows(
    address: str, service: str, version: int | None, whole: str | None
) -> None:
    known = image_service(address)
    assert known and (known.address, known.version, known.whole) == (service, version, whole or address)


@pytest.mark.parametrize(
    "address",
    [
        "https://a.org/iiif/2/1/0,0,500,1000/full/0/default.jpg",  # a part of the picture
        "https://a.org/iiif/2/1/full/full/90/default.jpg",
        "https://a.org/iiif/1.jpg",
        "https://a.org/aiiif-show",
        "https://a.org/show?from=/iiif/1",
    ],
)
def test_a_part_and_a_plain_address_are_no_service(address: str) -> None:
    assert image_service(address) is None


def test_the_licence_of_pictures_is_that_of_all_of_them(store: Engine, tmp_path: Path) -> None:
    licence = "https://creativecommons.org/licenses/by/4.0/"
    licences = [(None, licence), (licence, licence), ("", licence)]
    coins = []
    for number, given in enumerate(licences):
        sides: Any = {
            face: {"image": f"{BASE}{number}_{face}.jpg", "image_licence": one}
            for face, one in zip(FACES, given, strict=True)
            if one != ""
        }
        coins.append(Coin(f"row {number}", {}, "M", str(number), sides=sides))
    list(load(store, "/a.csv", coins))
    export_coins(store, tmp_path / "a.xml", Export("nuds"))
    records = etree.parse(tmp_path / "a.xml").getroot()
    said = [
        [one.text for one in record.iterfind(".//{*}license") if one.get("for") == "images"]
        for record in records
    ]
    assert said == [[], [licence], [licence]]


def test_records_of_two_collections_differ_and_languages_are_tags(store: Engine, tmp_path: Path) -> None:
    for number, language in enumerate(("de", "German, English", "de-AT")):
        said = Coin("row 1", {}, f"M {number}", "1", rights={"language": language})
        list(load(store, f"/{number}.csv", [said]))
    export_coins(store, tmp_path / "a.xml", Export("nuds"))
    export_coins(store, tmp_path / "b.xml", Export("lido"))
    ids = [one.text for one in etree.parse(tmp_path / "a.xml").iterfind(".//{*}recordId")]
    assert len(set(ids)) == 3
    tag = "{http://www.w3.org/XML/1998/namespace}lang"
    described = etree.parse(tmp_path / "b.xml").iterfind(".//{*}descriptiveMetadata")
    assert [one.get(tag) for one in described] == ["de", "und", "de-AT"]

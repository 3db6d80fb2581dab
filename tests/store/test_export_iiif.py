"""IIIF manifests and Linked Art: one file for each coin."""

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import Engine

from coinstore.errors import SettingsError
from coinstore.images.examine import examine_images
from coinstore.records.coin import Coin, Reference, TypeClaim
from coinstore.records.exports.about import About
from coinstore.records.exports.write import Export, export_coins
from coinstore.records.load import load
from coinstore.records.reader import Reading, read

BASE = "https://example.org/manifests/"


def about(folder: Path) -> About:
    images = {"images": "https://example.org/photos", "image_folder": str(folder)}
    return About(base=BASE, collection="M", title="Coins", **images)


@pytest.fixture
def filled(store: Engine, tmp_path: Path) -> Engine:
    for name, size in (("1_a.png", (40, 30)), ("1_r.png", (20, 25)), ("3.png", (50, 24))):
        Image.new("RGB", size, "grey").save(tmp_path / name)
    rights = {"image_licence": "https://creativecommons.org/licenses/by/4.0/", "image_rights_holder": "P"}
    sides: Any = {
        "obverse": {"legend": "CAESAR", "image": str(tmp_path / "1_a.png"), **rights},
        "reverse": {"description": "Venus", "image": str(tmp_path / "1_r.png"), "image_licence": "ask us"},
    }
    fields = {
        "mint": "Rome",
        "weight_g": 3.5,
        "year_from": -44,
        "year_to": -42,
        "uri": "https://example.org/1",
    }
    types = (TypeClaim("RIC 1", None, None, "https://example.org/ric1"),)
    licence = {"licence": "http://rightsstatements.org/vocab/NoC-US/1.0/", "rights_holder": "M"}
    first = Coin("row 1", {}, "M", "A 1/b", fields=fields, sides=sides, types=types, rights=licence)
    both = {
        face: {"image": str(tmp_path / "3.png"), "image_of_both": "true"} for face in ("obverse", "reverse")
    }
    list(load(store, "/a.csv", [first, Coin("row 2", {}, "M", "2"), Coin("row 3", {}, "M", "3", sides=both)]))
    list(examine_images(store))
    return store


def test_manifests_are_as_iiif_has_them(filled: Engine, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    done = export_coins(
        filled, folder, Export("iiif", where="inventory_number <> '3'", about=about(tmp_path))
    )
    assert (done.coins, done.left_out) == (1, 1)
    listed = json.loads((folder / "collection.json").read_text("utf-8"))
    assert listed["label"] == {"none": ["Coins"]}
    (item,) = listed["items"]
    found = json.loads((folder / "A-1-b-eccfc97a0c.json").read_text("utf-8"))
    assert found["@context"] == "http://iiif.io/api/presentation/3/context.json"
    assert (
        (found["id"], found["type"])
        == (item["id"], "Manifest")
        == (f"{BASE}A-1-b-eccfc97a0c.json", "Manifest")
    )
    assert found["rights"] == "http://rightsstatements.org/vocab/NoC-US/1.0/"
    assert found["requiredStatement"]["value"] == {"none": ["M"]}
    said = {one["label"]["en"][0]: one["value"] for one in found["metadata"]}
    assert (said["Mint"], said["Weight"]) == ({"none": ["Rome"]}, {"none": ["3.5 g"]})
    assert all(set(one["label"]) == {"en", "de"} for one in found["metadata"])


def test_each_side_has_a_canvas_of_the_size_of_its_photograph(filled: Engine, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    export_coins(filled, folder, Export("iiif", about=about(tmp_path)))
    found = json.loads((folder / "A-1-b-eccfc97a0c.json").read_text("utf-8"))
    sizes = []
    for canvas in found["items"]:
        (page,) = canvas["items"]
        (painting,) = page["items"]
        body = painting["body"]
        assert (page["type"], painting["type"], painting["motivation"]) == (
            "AnnotationPage",
            "Annotation",
            "painting",
        )
        assert painting["target"] == canvas["id"]
        assert (body["width"], body["height"]) == (canvas["width"], canvas["height"])
        assert (body["type"], body["format"]) == ("Image", "image/png")
        sizes.append((canvas["label"]["en"], body["id"], canvas["width"], canvas["height"]))
    assert sizes == [
        (["Obverse"], "https://example.org/photos/1_a.png", 40, 30),
        (["Reverse"], "https://example.org/photos/1_r.png", 20, 25),
    ]
    # Only what IIIF allows is a right: "ask us" is none.
    assert [canvas.get("rights") for canvas in found["items"]] == [
        "http://creativecommons.org/licenses/by/4.0/",
        None,
    ]


def test_linked_art_has_what_is_known(filled: Engine, tmp_path: Path) -> None:
    done = export_coins(filled, tmp_path / "la", Export("linked-art", about=about(tmp_path)))
    assert (done.coins, done.left_out) == (3, 0)
    found = json.loads((tmp_path / "la" / "A-1-b-eccfc97a0c.json").read_text("utf-8"))
    assert (found["id"], found["type"]) == ("https://example.org/1", "HumanMadeObject")
    assert found["produced_by"]["timespan"] == {
        "type": "TimeSpan",
        "begin_of_the_begin": "-0043-01-01T00:00:00Z",
        "end_of_the_end": "-0041-12-31T23:59:59Z",
    }
    assert found["dimension"][0]["value"] == 3.5
    assert {one["id"] for one in found["classified_as"]} >= {"https://example.org/ric1"}
    assert [one["content"] for one in found["referred_to_by"]] == [
        "CAESAR",
        "Venus",
        "http://rightsstatements.org/vocab/NoC-US/1.0/",
        "M",
    ]
    for path in (tmp_path / "la").glob("*.json"):
        _check_shape(json.loads(path.read_text("utf-8")))
    ours = Reading(str(tmp_path / "la"), "M")
    assert (list(read(ours)), ours.skipped) == ([], {"an object of Linked Art": 3})
    empty = json.loads((tmp_path / "la" / "2.json").read_text("utf-8"))
    assert "dimension" not in empty and empty["id"] == f"{BASE}2"


# The properties that the API of Linked Art 1.0 allows; what is only referred to has an address.
SHAPES = {
    "HumanMadeObject": "@context id classified_as identified_by made_of dimension produced_by referred_to_by"
    " current_custodian representation shows encountered_by member_of",
    "Production": "timespan took_place_at carried_out_by",
    "TimeSpan": "begin_of_the_begin end_of_the_end",
    "Name": "content classified_as",
    "Identifier": "content classified_as",
    "Dimension": "value unit classified_as",
    "LinguisticObject": "content classified_as",
    "VisualItem": "digitally_shown_by referred_to_by represents",
    "Encounter": "took_place_at",
}
REFERRED_TO = ("Type", "Material", "Place", "Person", "Group", "MeasurementUnit", "Set")


def _check_shape(said: Any) -> None:
    """Raises AssertionError where an object of Linked Art is not as its API has it, at any depth."""
    for one in said if isinstance(said, list) else [said]:
        if not isinstance(one, dict):
            continue
        if one["type"] in REFERRED_TO:
            assert set(one) == {"id", "type", "_label"} and one["id"].startswith("http"), one
        elif one["type"] in SHAPES:
            assert set(one) <= {"type", "_label", *SHAPES[one["type"]].split()}, one
        else:
            assert one["type"] == "DigitalObject", one
        for value in one.values():
            if isinstance(value, dict | list):
                _check_shape(value)


def test_linked_art_has_who_may_use_pictures_and_where_a_coin_was_found(
    store: Engine, tmp_path: Path
) -> None:
    fields = {"portrait": "Augustus", "findspot": "Hill 7", "hoard": "H", "hoard_uri": "http://e.org/h"}
    picture = {"image": "https://e.org/1.jpg", "image_licence": "https://e.org/licence"}
    sides: Any = {
        "obverse": {**picture, "image_rights_holder": "P"},
        "reverse": {**picture, "image_rights_holder": "P"},
    }
    cited = (Reference("literature", "Sear 1", None, None, "https://e.org/sear1"),)
    coin = Coin("row 1", {}, "M", "1", fields=fields, sides=sides, references=cited)
    list(load(store, "/a.csv", [coin]))
    export_coins(store, tmp_path / "la", Export("linked-art", about=about(tmp_path)))
    found = json.loads((tmp_path / "la" / "1.json").read_text("utf-8"))
    _check_shape(found)
    (picture_of_both,) = found["representation"]
    assert [one["content"] for one in picture_of_both["referred_to_by"]] == ["https://e.org/licence", "P"]
    assert [one["_label"] for one in found["shows"][0]["represents"]] == ["Augustus"]
    assert [one["_label"] for one in found["encountered_by"][0]["took_place_at"]] == ["Hill 7"]
    assert found["member_of"] == [{"id": "http://e.org/h", "type": "Set", "_label": "H"}]
    assert [one["content"] for one in found["referred_to_by"]] == ["Sear 1 https://e.org/sear1"]


def test_of_several_licences_the_first_that_iiif_allows_is_the_right(filled: Engine, tmp_path: Path) -> None:
    said = ["ask us", "https://creativecommons.org/licenses/by/4.0/", "https://e.org/licence"]
    for n, licence in enumerate(said):
        rights = {"licence": licence, "rights_holder": f"{n}"}
        list(load(filled, f"/{n}.csv", [Coin("row 1", {}, "M", "A 1/b", rights=rights)]))
    asked = Export("iiif", where="inventory_number like 'A%'", about=about(tmp_path))
    export_coins(filled, tmp_path / "out", asked)
    found = json.loads((tmp_path / "out" / "A-1-b-eccfc97a0c.json").read_text("utf-8"))
    labelled = {
        one["label"]["en"][0]: one["value"]["none"] for one in found["metadata"] if "none" in one["value"]
    }
    allowed = {found["rights"].replace("http:", "https:"), *labelled["Licence"]}
    assert allowed == {*said, "http://rightsstatements.org/vocab/NoC-US/1.0/"} or allowed == {
        *said,
        "https://rightsstatements.org/vocab/NoC-US/1.0/",
    }
    assert set(found["requiredStatement"]["value"]["none"]) == {"M", "0", "1", "2"}
    assert found["items"][1]["metadata"][0]["value"] == {"none": ["ask us"]}


def test_where_no_coin_has_a_photograph_nothing_is_written(filled: Engine, tmp_path: Path) -> None:
    asked = Export("iiif", where="inventory_number = '2'", about=about(tmp_path))
    with pytest.raises(SettingsError, match=r"no coin has a photograph that was examined .* images = "):
        export_coins(filled, tmp_path / "out", asked)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("form", ["iiif", "linked-art"])
def test_only_files_of_the_last_export_are_replaced(filled: Engine, tmp_path: Path, form: str) -> None:
    """Manifests of others have the same context; a list tells them apart from those that an export wrote."""
    folder, name = tmp_path / "out", "A-1-b-eccfc97a0c.json"
    asked = Export(form, where="inventory_number like 'A%'", about=about(tmp_path))
    export_coins(filled, folder, asked)
    ours = {path.name for path in folder.glob("*.json")}
    said = (folder / name).read_text("utf-8")
    for path in (folder / "old.json", folder / "other.json", tmp_path / "above.json"):
        path.write_text(said, "utf-8")
    with (folder / f".coinstore.{form}.txt").open("a", encoding="utf-8") as file:
        file.write("old.json\n../above.json\n")
    assert export_coins(filled, folder, asked).others == 1
    assert {path.name for path in folder.glob("*.json")} == ours | {"other.json"}
    assert (tmp_path / "above.json").exists()
    (folder / f".coinstore.{form}.txt").write_text("collection.json\n", "utf-8")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(SettingsError, match=rf"has {name}, which no export of {form} wrote; give another"):
        export_coins(filled, folder, asked)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_folder_needs_an_address(filled: Engine, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="base"):
        export_coins(filled, tmp_path / "out", Export("iiif"))
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match="folder"):
        export_coins(filled, tmp_path / "file", Export("iiif", about=about(tmp_path)))


def test_the_pictures_of_a_manifest_are_read_back(filled: Engine, tmp_path: Path) -> None:
    export_coins(
        filled, tmp_path / "out", Export("iiif", where="inventory_number like 'A%'", about=about(tmp_path))
    )
    (coin,) = read(Reading(str(tmp_path / "out" / "A-1-b-eccfc97a0c.json")))
    assert (coin.collection, coin.inventory_number) == ("M", "A 1/b")
    images = [coin.sides[face]["image"] for face in ("obverse", "reverse")]
    assert images == ["https://example.org/photos/1_a.png", "https://example.org/photos/1_r.png"]
    assert coin.fields["mint"] == "Rome"

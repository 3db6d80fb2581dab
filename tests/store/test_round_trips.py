"""What is exported is read back unchanged: ingest(export(ingest(x))) = ingest(x), for any coin in each format."""

import json
import shutil
from pathlib import Path
from typing import Any

import anycoin
import exported
import interchange
import pytest
import schemas
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from lxml import etree
from PIL import Image
from sqlalchemy import Engine

from coinstore.images.examine import examine_images
from coinstore.records.coin import FACES
from coinstore.records.exports.about import About
from coinstore.records.exports.coins import exported_coins
from coinstore.records.exports.formats import FORMATS
from coinstore.records.exports.markup import TAG
from coinstore.records.exports.write import Export, export_coins
from coinstore.records.mapping import IMAGE_RIGHTS, NAMES, RIGHTS, TYPES, URIS
from coinstore.records.values.several import joined, parts
from coinstore.sources.outputs import cell

# A failure is not made smaller: it has one record in a line, and each try fills the store again and again.
few = settings(max_examples=4, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
Rows = dict[tuple[str, str], dict[str, Any]]
# What a format has no place for.
UNSAID = {
    "nuds": ("diameter_min_mm", *(f"{face}_image_part" for face in FACES)),
    "lido": tuple(f"{face}_{part}" for face in FACES for part in ("image_part", "die")),
}


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The schema of NUDS, where it is at hand."""
    is_there = (interchange.FOLDER / "schema" / "nuds.xsd").exists()
    return schemas.nuds(tmp_path_factory.mktemp("nuds")) if is_there else None


def fill(store: Engine, records: list[dict[str, Any]], path: Path) -> None:
    """Loads records; a second one of a coin is of another source."""
    exported.empty(store)
    files: tuple[dict[Any, Any], dict[Any, Any]] = {}, {}
    for one in records:
        coin = one["collection"], one["inventory_number"]
        files[coin in files[0]][coin] = one
    for name, said in zip(("first", "second")[: 1 + bool(files[1])], files, strict=False):
        path.with_stem(name).write_text(json.dumps(list(said.values())), "utf-8")
        exported.fill(store, path.with_stem(name))


def again(store: Engine, form: str, folder: Path, **about: Any) -> Rows:
    """The coins of the store after they went out and came in again."""
    path = folder / f"out{FORMATS[form].suffix}"
    export_coins(store, path, Export(form, about=About(provenance=True, **about)))
    exported.empty(store)
    exported.fill(store, path)
    assert exported.faults(store) == []
    return rows(store)


def rows(store: Engine) -> Rows:
    return {(row["collection"], row["inventory_number"]): row for row in exported.rows(store)}


def differences(found: Rows, expected: Rows) -> list[Any]:
    """The coins that are not there, and the fields that are not as expected, with both values."""
    lost = [name for name in expected if name not in found]
    return lost + [
        (*name, field, found[name][field], value)
        for name in expected.keys() & found.keys()
        for field, value in expected[name].items()
        if found[name][field] != value
    ]


@pytest.mark.parametrize("form", [name for name, form in FORMATS.items() if form.is_table])
@few
@given(data=st.data())
def test_tables_have_all(store: Engine, tmp_path: Path, form: str, data: st.DataObject) -> None:
    fill(store, data.draw(anycoin.of_two_sources()), tmp_path / "in.json")
    before = rows(store)
    assert before
    assert differences(again(store, form, tmp_path), before) == []


@pytest.mark.parametrize("form", UNSAID)
@few
@given(data=st.data())
def test_xml_has_all_that_it_has_a_place_for(
    store: Engine, tmp_path: Path, form: str, schema: Any, data: st.DataObject
) -> None:
    given_records = [anycoin.in_markup(one, n) for n, one in enumerate(data.draw(anycoin.of_two_sources()))]
    fill(store, given_records, tmp_path / "in.json")
    before = rows(store)
    found = again(store, form, tmp_path)
    if form == "lido":
        schemas.lido(tmp_path / "out.xml")
    elif schema:
        group = etree.parse(tmp_path / "out.xml").getroot()
        assert [str(error.reason) for record in group for error in schema.iter_errors(record)] == []
    for row in (*found.values(), *before.values()):
        for name in UNSAID[form]:
            del row[name]
        tags = (one.lower() for one in parts(row["language"] or "") if TAG.fullmatch(one))
        row["language"] = next(tags, None)
        for name in (f"{face}_description_language" for face in FACES):
            row[name] = row[name].lower() if TAG.fullmatch(row[name] or "") else None
    if form == "nuds":
        for row in (*found.values(), *before.values()):
            _say_as_nuds(row)
    assert differences(found, before) == []


def test_short_addresses_are_whole_in_the_formats_of_the_field(store: Engine, tmp_path: Path) -> None:
    """nm:ar is written as http://nomisma.org/id/ar, and urn:… as it is; both come back."""
    given_record = {
        "collection": "M", "inventory_number": "1", "material": "Silver", "material_uri": "nm:ar",
        "mint": "Rome", "mint_uri": "urn:x:rome", "hoard_uri": "nm:a_hoard", "findspot_uri": "urn:x:hill",
        "type": "RIC 1 | RIC 2", "type_uri": "urn:x:ric1 | nm:ric2", "uri": "urn:x:1",
    }  # fmt: skip
    for form in ("nuds", "lido"):
        fill(store, [given_record], tmp_path / "in.json")
        (found,) = again(store, form, tmp_path).values()
        expected = {
            name: text.replace("nm:", "http://nomisma.org/id/") for name, text in given_record.items()
        }
        assert {name: found[name] for name in expected} == expected
        assert "nm:" not in (tmp_path / "out.xml").read_text("utf-8")
    fill(store, [given_record], tmp_path / "in.json")
    export_coins(store, tmp_path / "la", Export("linked-art"))
    said = json.loads((tmp_path / "la" / "M__1.json").read_text("utf-8"))
    assert (said["id"], said["made_of"][0]["id"]) == ("urn:x:1", "http://nomisma.org/id/ar")


HARVESTED = {
    "title": "t",
    "description": "d",
    "publisher": "p",
    "licence": "https://e.org/licence",
    "base": "https://e.org/id/",
}


@few
@given(data=st.data())
def test_rdf_has_what_is_harvested(store: Engine, tmp_path: Path, data: st.DataObject) -> None:
    """A coin without the address of a certain type is left out; of the others some fields are written."""
    given_records = [anycoin.in_markup(one, n) for n, one in enumerate(data.draw(anycoin.of_two_sources()))]
    fill(store, given_records, tmp_path / "in.json")
    before = {name: row for name, row in rows(store).items() if row["type_uri"]}
    with_certain = {
        (one.coin["collection"], one.coin["inventory_number"])
        for one in exported_coins(store)
        if any((said["uri"] or "").startswith("http") and not said["is_uncertain"] for said in one.types)
    }
    export_coins(store, tmp_path / "out.rdf", Export("nomisma", about=About(**HARVESTED)))
    exported.empty(store)
    if etree.parse(tmp_path / "out.rdf").getroot().xpath("count(*)"):
        exported.fill(store, tmp_path / "out.rdf")
    found = rows(store)
    assert found.keys() == with_certain
    same = (
        "weight_g",
        "diameter_mm",
        "die_axis_h",
        "hoard_uri",
        "image",
        *(f"{face}_image" for face in FACES),
    )
    for name, row in found.items():
        said = before.pop(name)
        assert [row[field] for field in same] == [said[field] for field in same]
        assert row["uri"] == said["uri"] or said["uri"] is None
        assert set(parts(row["type_uri"])) <= set(parts(said["type_uri"]))
    left_out = tmp_path / "out.left_out.csv"
    listed = left_out.read_text("utf-8-sig") if left_out.exists() else ""
    assert all(cell(number) in listed or '"' in number for _, number in before)


@few
@given(data=st.data())
def test_manifests_have_what_they_show(store: Engine, tmp_path: Path, data: st.DataObject) -> None:
    given_records = [anycoin.in_markup(one, n) for n, one in enumerate(data.draw(anycoin.many()))]
    for n, one in enumerate(given_records):
        for name in [name for name in one if name.endswith("image")]:
            del one[name]
        if not {"year_from", "year_to"} <= one.keys():  # in words, one end alone is a fault
            one |= {"year_from": "", "year_to": ""}
        one |= {f"{face}_image": str(photograph(tmp_path / "photos" / f"{n}_{face}.png")) for face in FACES}
    fill(store, given_records, tmp_path / "in.json")
    list(examine_images(store))
    before = rows(store)
    shutil.rmtree(tmp_path / "out", ignore_errors=True)
    served = {"images": "https://e.org/photos", "image_folder": str(tmp_path / "photos")}
    found = again(store, "iiif", tmp_path, base="https://e.org/iiif/", **served)
    for row in (*found.values(), *before.values()):
        _say_as_iiif(row, tmp_path)
    assert differences(found, before) == []


def photograph(path: Path) -> Path:
    path.parent.mkdir(exist_ok=True)
    if not path.exists():
        Image.new("RGB", (4, 3), "grey").save(path)
    return path


def _say_as_iiif(row: dict[str, Any], folder: Path) -> None:
    """A manifest shows a coin to people: names without their addresses, and one text for a type."""
    for name in [*URIS, *RIGHTS, *TYPES, "provenance", "diameter_min_mm"]:
        del row[name]
    for face in FACES:
        for part in ("die", "description_language", "image_part", *IMAGE_RIGHTS):
            del row[f"{face}_{part}"]
        row[f"{face}_image"] = (row[f"{face}_image"] or "").replace(str(folder), "https://e.org")
    for name in NAMES:
        row[name] = joined(one for one in parts(row[name] or "") if one and one != "uncertain: \\")


def _say_as_nuds(row: dict[str, Any]) -> None:
    """NUDS says who may use pictures of all of them together, and not whose they are."""
    said = {row[f"{face}_image_licence"] for face in FACES if row[f"{face}_image"]}
    for face in FACES:
        del row[f"{face}_image_rights_holder"]
        if len(said) != 1:
            row[f"{face}_image_licence"] = None

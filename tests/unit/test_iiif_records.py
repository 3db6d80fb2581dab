"""IIIF manifests: labels in any language, sides, and the full picture of each version of the Image API."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import interchange
import pytest

from coinstore.errors import SourceError

V2 = "http://iiif.io/api/presentation/2/context.json"
V3 = "http://iiif.io/api/presentation/3/context.json"


@pytest.mark.parametrize("case", interchange.cases("IIIF 2"))
def test_a_real_manifest(case: dict[str, Any]) -> None:
    (coin,), reading = interchange.coins(interchange.file(case["file"]), collection="M")
    interchange.check(case, coin)
    assert not coin.faults and reading.notes == [f"{reading.source.name}: read as: IIIF."]


def test_what_a_manifest_says_is_what_the_record_says() -> None:
    """The same coin by two ways has the same values, as far as each speaks."""
    for number in ("1990.18.10", "1990.18.8", "1991.17.140", "1994.10.4"):
        (one,), _ = interchange.coins(interchange.file(f"iiif/numishare_{number}_v2.json"))
        (other,), _ = interchange.coins(interchange.file(f"nuds/fralin_{number}.xml"))
        for name in ("year_from", "year_to", "material", "die_axis_h"):
            assert one.fields.get(name) == other.fields.get(name), (number, name)
        for side in one.sides:
            for part in ("legend", "description"):
                assert one.sides[side].get(part) == other.sides[side].get(part), (number, side, part)


def v3(**more: Any) -> dict[str, Any]:
    """A manifest in the way of a museum in Basel."""
    values = {
        "Inventarnummer": "1908.738.",
        "Gewicht": "7.74 g",
        "Durchmesser": "24.7 mm",
        "Stempelstellung": "180°",
        "Material": "Silber",
        "Entstehungszeit": "ca. 510 v. Chr. bis ca. 490 v. Chr.",
        "Entstehungsort": "Mzst. Selinus",
    }
    return {
        "@context": V3,
        "type": "Manifest",
        "id": "https://x/manifest.json",
        "label": {"de": ["Selinus, Sizilien. Didrachmon"]},
        "metadata": [{"label": {"de": [k]}, "value": {"de": [v]}} for k, v in values.items()],
        "requiredStatement": {"label": {"de": ["Name"]}, "value": {"de": ["Historisches Museum Basel"]}},
        "items": [canvas("Vorderseite", "2"), canvas("Rückseite", "1")],
        **more,
    }


def canvas(label: str, name: str) -> dict[str, Any]:
    service = [{"id": f"https://x/iiif/{name}", "type": "ImageService3", "profile": "level2"}]
    body = {"id": f"https://x/iiif/{name}/full/200,/0/default.jpg", "type": "Image", "service": service}
    page = {"type": "AnnotationPage", "items": [{"motivation": "painting", "body": body}]}
    return {"type": "Canvas", "label": {"de": [label]}, "items": [page]}


def read(tmp_path: Path, said: Any) -> Any:
    (tmp_path / "a").write_text(json.dumps(said), "utf-8")  # the ending does not count
    return interchange.coins(tmp_path / "a")


def test_a_manifest_of_version_3_in_german(tmp_path: Path) -> None:
    (coin,), _ = read(tmp_path, v3(rights="http://creativecommons.org/licenses/by/4.0/"))
    assert (coin.inventory_number, coin.collection) == ("1908.738.", "Historisches Museum Basel")
    wanted = {"weight_g": 7.74, "diameter_mm": 24.7, "die_axis_h": 6, "material": "Silber", "mint": "Selinus"}
    assert coin.fields | wanted | {"year_from": -510, "year_to": -490} == coin.fields
    assert coin.sides["obverse"]["image"] == "https://x/iiif/2/full/max/0/default.jpg"  # the label counts
    assert coin.sides["reverse"]["image"] == "https://x/iiif/1/full/max/0/default.jpg"
    assert coin.rights["licence"] == "http://creativecommons.org/licenses/by/4.0/"
    assert not coin.sides["obverse"].get("image_licence")  # the photograph may have another
    assert coin.faults == ()


def test_both_faces_on_one_canvas_and_an_old_service(tmp_path: Path) -> None:
    images = [
        {
            "resource": {
                "@id": f"http://gallica.bnf.fr/iiif/ark:/12148/x/f{n}/full/full/0/native.jpg",
                "label": label,
                "service": {
                    "@id": f"http://gallica.bnf.fr/iiif/ark:/12148/x/f{n}",
                    "profile": "http://library.stanford.edu/iiif/image-api/1.1/compliance.html#level2",
                },
            }
        }
        for n, label in ((1, "avers"), (2, "revers"))
    ]
    manifest = {
        "@context": V2,
        "@type": "sc:Manifest",
        "label": "Price 3210",
        "attribution": {"@value": "BnF", "@language": "fr"},
        "metadata": [{"label": "Cote", "value": "L 1"}, {"label": "Poids", "value": ["17.1 g"]}],
        "sequences": [{"canvases": [{"label": "NP", "images": images}]}],
    }
    (coin,), _ = read(tmp_path, manifest)
    assert (coin.inventory_number, coin.collection) == ("L 1", "BnF")
    found = [coin.sides[face]["image"] for face in ("obverse", "reverse")]
    assert found == [f"http://gallica.bnf.fr/iiif/ark:/12148/x/f{n}/full/full/0/native.jpg" for n in (1, 2)]


def test_one_picture_shows_both_faces(tmp_path: Path) -> None:
    (coin,), _ = read(tmp_path, v3(items=[canvas("Bild", "7")]))
    assert {side["image_of_both"] for side in coin.sides.values()} == {"true"}
    assert len(coin.sides) == 2


def test_axes_between_two_hours_are_a_fault(tmp_path: Path) -> None:
    said = v3()
    said["metadata"][3]["value"] = {"de": ["345°"]}
    (coin,), _ = read(tmp_path, said)
    assert coin.fields["die_axis_h"] is None and len(coin.faults) == 1


def test_the_rights_of_a_photograph_are_those_of_its_canvas(tmp_path: Path) -> None:
    front, back, old = canvas("Vorderseite", "2"), canvas("Rückseite", "1"), canvas("Bild", "3")
    front |= {"rights": "http://x/by", "requiredStatement": {"value": {"none": ["A Photographer"]}}}
    back["items"][0]["items"][0]["body"]["rights"] = "http://x/nd"
    (coin,), _ = read(tmp_path, v3(rights="http://x/cc0", items=[front, back]))
    assert [coin.sides[face].get("image_licence") for face in ("obverse", "reverse")] == [
        "http://x/by",
        "http://x/nd",
    ]
    assert coin.sides["obverse"]["image_rights_holder"] == "A Photographer"
    assert not coin.sides["reverse"].get("image_rights_holder")
    (coin,), _ = read(tmp_path, v3(items=[old | {"rights": "http://x/by"}]))
    assert {side["image_licence"] for side in coin.sides.values()} == {"http://x/by"}
    (coin,), _ = read(tmp_path, v3(items=[old | {"rights": "http://x/by"}, canvas("Bild", "4")]))
    assert not any(side.get("image_licence") for side in coin.sides.values())


def test_a_label_counts_before_the_attribution_and_an_array_is_several(tmp_path: Path) -> None:
    said = v3()
    for label, values in (("Collection", ["Kabinett"]), ("Mint", ["Rome", "Ostia?"])):
        said["metadata"].append({"label": {"en": [label]}, "value": {"none": values}})
    said["metadata"] = [one for one in said["metadata"] if one["label"] != {"de": ["Entstehungsort"]}]
    (coin,), _ = read(tmp_path, said)
    assert (coin.collection, coin.rights["rights_holder"]) == ("Kabinett", "Historisches Museum Basel")
    found = [(one.name, one.is_uncertain) for one in coin.values["mint"]]
    assert (found, coin.faults) == ([("Rome", False), ("Ostia", True)], ())


OLD = {
    "@context": V2,
    "@type": "sc:Manifest",
    "label": "Price 3210",
    "attribution": "BnF",
    "metadata": [{"label": "Cote", "value": "L 1"}],
    "sequences": [
        {"canvases": [{"images": [{"resource": {"@id": "http://x/f1", "service": {"@id": "http://x/s"}}}]}]}
    ],
}


def changed(said: Any) -> Iterator[Any]:
    """Copies in each of which one value is of another kind."""
    for key in range(len(said)) if isinstance(said, list) else said if isinstance(said, dict) else ():
        for other in ("http://x", 7, None, True, [], {}, ["http://x"], [7], [[]], {"a": {"b": "c"}}):
            copied = said.copy()
            copied[key] = other
            yield copied
        for inside in changed(said[key]):
            copied = said.copy()
            copied[key] = inside
            yield copied


@pytest.mark.parametrize("said", [v3(rights="http://x/by", homepage=[{"id": "http://x"}]), OLD])
def test_whatever_is_in_a_manifest_ends_nothing(tmp_path: Path, said: dict[str, Any]) -> None:
    every = [one for one in changed(said) if one.get("@context") == said["@context"]]
    kinds = [one for one in every if (one.get("type") or one.get("@type")) in ("Manifest", "sc:Manifest")]
    assert len(kinds) > 100
    coins, _ = read(tmp_path, kinds)
    assert len(coins) == len(kinds)
    assert {True, False} == {bool(coin.refusal) for coin in coins}


def test_parts_that_are_only_addresses_refuse_their_manifest_and_the_others_are_read(tmp_path: Path) -> None:
    for name, said in (("a", v3(items=["https://x/canvas"])), ("b", v3())):
        (tmp_path / name).write_text(json.dumps(said), "utf-8")
    found, _ = interchange.coins(tmp_path)
    assert [
        "has items that are addresses or texts, not objects" in (coin.refusal or "") for coin in found
    ] == [True, False]


def test_medals_and_lists_of_manifests_are_skipped(tmp_path: Path) -> None:
    said = v3()
    said["metadata"].append({"label": {"en": ["Object Type"]}, "value": {"en": ["Medal"]}})
    coins, reading = read(tmp_path, said)
    assert (coins, reading.skipped) == ([], {"Medal": 1})
    listed = {"@context": V3, "type": "Collection", "items": [{"type": "Manifest", "id": "x"}]}
    coins, reading = read(tmp_path, listed)
    assert (coins, reading.skipped) == ([], {"a list of manifests, which are to be downloaded": 1})
    with pytest.raises(SourceError, match="not a manifest of one object, but Canvas"):
        read(tmp_path, {"@context": V3, "type": "Canvas"})


def test_manifests_with_other_labels_are_in_one_folder(tmp_path: Path) -> None:
    english = v3(
        metadata=[
            {"label": {"en": [k]}, "value": {"en": [v]}} for k, v in (("Identifier", "2"), ("Axis", "6"))
        ]
    )
    for name, said in (("a.json", v3()), ("b.json", english)):
        (tmp_path / name).write_text(json.dumps(said), "utf-8")
    (one, two), _ = interchange.coins(tmp_path)
    assert (one.fields["die_axis_h"], two.fields["die_axis_h"]) == (6, 6)


@pytest.mark.parametrize(
    "address",
    ["sqlite://photos/1::/a/coins.db", "/etc/coin.jpg", "file:///a/1.jpg", "zip://1.jpg::/a.zip", "1.jpg"],
)
def test_a_photograph_of_another_machine_is_a_fault(tmp_path: Path, address: str) -> None:
    def canvas(label: str, at: str) -> dict:
        body = {"items": [{"items": [{"body": {"id": at}}]}]}
        return {"type": "Canvas", "label": {"en": [label]}, **body}

    said = {
        "@context": "http://iiif.io/api/presentation/3/context.json",
        "type": "Manifest",
        "metadata": [{"label": {"en": ["Identifier"]}, "value": {"none": ["1"]}}],
        "items": [canvas("obverse", address), canvas("reverse", "https://x/r.jpg")],
    }
    (tmp_path / "a.json").write_text(json.dumps(said), "utf-8")
    (coin,), _ = interchange.coins(tmp_path / "a.json", collection="M")
    assert coin.sides == {"reverse": {"image": "https://x/r.jpg"}}
    assert [(fault.text, fault.reason) for fault in coin.faults] == [
        (address, "is not a web address, as that of a photograph in a manifest is")
    ]


@pytest.mark.parametrize(
    ("label", "thing", "is_coin"),
    [
        *((one, "Medaille", False) for one in ("Objektbezeichnung", "Objektart", "Objekttyp", "Objekttyp:")),
        *((one, "Münze", True) for one in ("Objektbezeichnung", "Objektart", "Objekttyp", "Objekttyp:")),
        *(("Objektbezeichnung", one, False) for one in ("Banknote", "Münzwaage", "Rechenpfennig, Jeton")),
        *(("Objektart", one, True) for one in ("Goldmünze", "antike Münze", "Numismatik", "Objekt")),
        *(("Type d'objet", one, one != "médaille") for one in ("monnaie romaine", "médaille")),
        *(("Type d’objet", one, one != "jeton") for one in ("monnaie", "jeton")),
        *(("Tipo di oggetto", one, one != "medaglia") for one in ("moneta", "medaglia")),
        *(("object type", one, one != "token") for one in ("Coin", "token")),
    ],
)
def test_what_is_not_a_coin_is_skipped_whatever_its_label(
    tmp_path: Path, label: str, thing: str, is_coin: bool
) -> None:
    said = v3()
    said["metadata"].append({"label": {"de": [label]}, "value": {"de": [thing]}})
    coins, reading = read(tmp_path, said)
    assert (len(coins), reading.skipped) == ((1, {}) if is_coin else (0, {thing: 1}))


def test_one_of_several_labels_says_that_a_thing_is_a_coin(tmp_path: Path) -> None:
    said = v3()
    for label, thing in (("Objektart", "Numismatik"), ("Objektbezeichnung", "Münze")):
        said["metadata"].append({"label": {"de": [label]}, "value": {"de": [thing]}})
    assert len(read(tmp_path, said)[0]) == 1
    said["metadata"][-1]["value"] = {"de": ["Plakette"]}
    assert read(tmp_path, said)[0] == []

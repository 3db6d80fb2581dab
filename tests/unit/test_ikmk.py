"""IKMK: one JSON object for each coin, in files, folders and zips."""

import json
import zipfile
from pathlib import Path
from typing import Any

import interchange
import pytest

FILES = sorted((interchange.FOLDER / "ikmk").glob("*.json"))


@pytest.mark.parametrize("case", interchange.cases("IKMK JSON"))
def test_a_real_coin(case: dict[str, Any]) -> None:
    (coin,), reading = interchange.coins(interchange.file(case["file"]))
    interchange.check(case, coin)
    faults = " ".join(fault.reason for fault in coin.faults)
    assert ("the years contradict the date" in faults) == ("fault" in case)
    assert "fault" in case or not faults
    assert reading.notes == [f"{reading.source.name}: read as: IKMK."]


def test_a_folder_and_a_zip_of_them(tmp_path: Path) -> None:
    folder = interchange.file("ikmk")
    coins, reading = interchange.coins(folder)
    assert reading.notes == [f"{folder}: read as: IKMK ({len(FILES)} files)."]
    assert {coin.inventory_number for coin in coins} == {file.stem for file in FILES}
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        for file in FILES:
            packed.write(file, f"x/{file.stem}")  # the ending does not count
        packed.writestr("x/broken.json", '{"ikmk_mds_id": "1", "permalink": "", "owner": {"owner_name"')
    packed_coins, _ = interchange.coins(tmp_path / "a.zip")
    assert {c.inventory_number: c.fields for c in packed_coins if not c.refusal} == {
        c.inventory_number: c.fields for c in coins
    }
    assert ["is not JSON" in c.refusal for c in packed_coins if c.refusal] == [True]


def test_uncertain_and_several_mints_and_what_is_private(tmp_path: Path) -> None:
    record = coin_of(
        mint=[
            {"mint_name_de": "Rom?", "mint_nomisma_id": "http://nomisma.org/id/rome"},
            {"mint_name_en": "Brindisi?", "region_name": "Apulia"},
        ],
        linked_persons_corporations={
            "50": {"items": {"1": {"last_name_en": "A Person"}}},
            "57": {"items": {"1": {"last_name_en": "Antonius"}, "2": {"last_name_en": "Augustus"}}},
        },
    )
    (tmp_path / "a.json").write_text(json.dumps(record), "utf-8")
    (coin,), _ = interchange.coins(tmp_path / "a.json")
    found = {
        name: [(one.name, one.uri, one.is_uncertain) for one in some] for name, some in coin.values.items()
    }
    assert found["mint"] == [("Rom", "http://nomisma.org/id/rome", True), ("Brindisi", None, True)]
    assert found["authority"] == [("Antonius", None, False), ("Augustus", None, False)]
    assert coin.fields["mint"] is None and not coin.faults
    assert "A Person" not in json.dumps({**coin.fields, **coin.raw, "private": None})
    assert "A Person" in json.dumps(coin.raw["private"])


def test_medals_are_skipped(tmp_path: Path) -> None:
    medal = coin_of(ikmk_mds_id="2", item={"item_en": "Medal"})
    (tmp_path / "a.json").write_text(json.dumps([coin_of(), medal]), "utf-8")
    coins, reading = interchange.coins(tmp_path / "a.json")
    assert [coin.inventory_number for coin in coins] == ["1"]
    assert reading.skipped == {"Medal": 1}


def test_years_of_nought_are_unknown(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(coin_of(year_start="0", year_end="0")), "utf-8")
    (coin,), _ = interchange.coins(tmp_path / "a.json")
    assert (coin.fields["year_from"], coin.fields["year_to"], coin.faults) == (None, None, ())


def coin_of(**said: Any) -> dict[str, Any]:
    return {
        "ikmk_mds_id": "1",
        "inventory_number": "",
        "permalink": "https://ikmk.smb.museum/object?id=1",
        "owner": {"owner_name": "Berlin"},
        "item": {"item_en": "Coin"},
        **said,
    }


def test_names_are_in_the_language_that_is_asked_for(tmp_path: Path) -> None:
    names = {"material_name_en": "Silver", "material_name_de": "Silber"}
    mint = [{"mint_name_en": "Rome", "mint_name_de": "Rom"}, {"mint_name": "Ostia"}]
    (tmp_path / "a.json").write_text(json.dumps(coin_of(material=names, mint=mint)), "utf-8")
    for languages, material, first in (((), "Silver", "Rome"), (("de", "en"), "Silber", "Rom")):
        (coin,), _ = interchange.coins(tmp_path / "a.json", languages=languages)
        assert coin.fields["material"] == material
        assert [one.name for one in coin.values["mint"]] == [first, "Ostia"]


def test_the_number_of_an_accession_is_no_former_owner(tmp_path: Path) -> None:
    given = {"ikmk_mds_id": "1", "permalink": "http://x/1", "owner": {"owner_name": "M"}}
    (tmp_path / "a.json").write_text(json.dumps(given | {"accession": "1918/572"}), "utf-8")
    (coin,), _ = interchange.coins(tmp_path / "a.json")
    assert coin.fields.get("provenance") is None and coin.raw["private"] == {"accession": "1918/572"}

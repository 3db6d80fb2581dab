"""Files of other programs in a store: a second run changes nothing, photographs are read, prices stay out."""

import json
from pathlib import Path

import interchange
from sqlalchemy import Engine

from coinstore.db import call
from coinstore.ingest import Ingested, follow, ingest
from coinstore.records.reader import Reading


def run(store: Engine, source: Path, collection: str | None = None) -> Ingested:
    return follow(ingest(store, [Reading(str(source), collection)]))


def test_a_folder_of_a_catalogue_is_loaded_twice_without_a_change(store: Engine, tmp_path: Path) -> None:
    for file in sorted(interchange.file("ikmk").glob("*.json")):
        said = json.loads(file.read_text("utf-8"))
        for side in ("avers", "revers"):  # no network in tests
            said[side] = {name: one for name, one in said[side].items() if not name.startswith("path")}
        (tmp_path / file.name).write_text(json.dumps(said), "utf-8")
    first, second = run(store, tmp_path), run(store, tmp_path)
    assert (first.new, first.refused) == (13, 0)
    assert (second.new, second.changed, second.unchanged) == (0, 0, 13)


def test_the_photographs_of_a_collector_are_read_and_prices_stay_out(store: Engine) -> None:
    path = interchange.file("opennumismat/demo_en.db")
    first, second = run(store, path), run(store, path)
    assert (first.new, first.faults, second.unchanged) == (21, 0, 21)
    images = call.look(store, "api.images")
    assert len(images) > 20
    assert all(image["location"].startswith("sqlite://photos/") for image in images if "location" in image)


def test_what_is_private_is_not_shown(store: Engine, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("N# number,Internal ID,Buying price\n1,A 1,SECRET\n", "utf-8")
    assert run(store, tmp_path / "a.csv", "M").new == 1
    (record,) = call.look(store, "api.records")
    assert record["record"] == {"N# number": "1", "Internal ID": "A 1"}
    assert "SECRET" not in json.dumps([dict(row) for row in call.look(store, "api.coins")], default=str)

"""Folders of record files are loaded as tables are: what is not a coin is counted, and a second run changes nothing."""

import json
from dataclasses import replace
from pathlib import Path

import exported
import interchange
import pytest
from sqlalchemy import Engine

from coinstore.db import call
from coinstore.ingest import Ingested, follow, ingest
from coinstore.records.load import load
from coinstore.records.reader import Reading

NUDS = (
    '<nuds xmlns="http://nomisma.org/nuds" recordType="{kind}"><descMeta><typeDesc><material>Silver</material>'
    "</typeDesc><adminDesc><identifier>{number}</identifier><collection>M</collection></adminDesc></descMeta></nuds>"
)
LIDO = (
    '<lido:lido xmlns:lido="http://www.lido-schema.org"><lido:lidoRecID>L 1</lido:lidoRecID>'
    "<lido:descriptiveMetadata><lido:objectClassificationWrap><lido:objectWorkTypeWrap><lido:objectWorkType>"
    "<lido:term>{kind}</lido:term></lido:objectWorkType></lido:objectWorkTypeWrap>"
    "</lido:objectClassificationWrap></lido:descriptiveMetadata></lido:lido>"
)


def folder_of(folder: Path) -> Path:
    for number in range(3):
        (folder / f"{number}.xml").write_text(NUDS.format(kind="physical", number=number))
    (folder / "type.xml").write_text(NUDS.format(kind="conceptual", number="t"))
    (folder / "lido.xml").write_text(LIDO.format(kind="Münze"))
    (folder / "note.xml").write_text(LIDO.format(kind="Geldschein"))
    (folder / "broken.xml").write_text(NUDS.format(kind="physical", number=9)[:-20])
    (folder / "a.pdf").write_text("%PDF")
    return folder


def loaded(store: Engine, *sources: Path) -> Ingested:
    return follow(ingest(store, [Reading(str(source), collection="M") for source in sources]))


def test_a_folder_is_loaded_and_a_second_run_changes_nothing(store: Engine, tmp_path: Path) -> None:
    done = loaded(store, folder_of(tmp_path))
    assert (done.new, done.refused, len(done.rejected)) == (4, 1, 0)
    assert {(one.what, one.records) for one in done.skipped} == {("a type", 1), ("Geldschein", 1)}
    assert {row["inventory_number"] for row in call.look(store, "api.coins")} == {"0", "1", "2", "L 1"}
    (fault,) = call.look(store, "api.faults")
    assert "not well-formed XML" in fault["reason"]
    again = loaded(store, tmp_path)
    assert (again.new, again.changed, again.unchanged, again.refused) == (0, 0, 4, 1)


@pytest.mark.parametrize(
    "record",
    [NUDS.format(kind="physical", number="1"), LIDO.format(kind="Münze").replace("L 1", "1")],
    ids=["NUDS", "LIDO"],
)
def test_a_record_leaves_what_it_does_not_mention(store: Engine, tmp_path: Path, record: str) -> None:
    """A photograph, a legend, a type and every other field that another source gave."""
    list(load(store, "/a.csv", [replace(exported.FULL, collection="M", inventory_number="1")]))
    before = exported.rows(store)
    (tmp_path / "a.xml").write_text(record, "utf-8")
    done = loaded(store, tmp_path / "a.xml")
    assert (done.new, done.refused, len(done.rejected)) == (0, 0, 0)
    assert exported.differences(exported.rows(store), before) == []


def test_the_record_is_kept_as_it_came(store: Engine, tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(NUDS.format(kind="physical", number="1"))
    loaded(store, tmp_path / "a.xml")
    (row,) = call.look(store, "api.records")
    assert row["record"] == {"xml": NUDS.format(kind="physical", number="1")}


def test_real_folders_are_loaded(store: Engine) -> None:
    """The records; their photographs are on the web."""
    folders = [interchange.file("nuds"), interchange.file("lido"), interchange.file("rdf")]
    done = [follow(ingest(store, [Reading(str(one)) for one in folders], dry_run=True)) for _ in range(2)]
    assert done[0] == done[1]
    assert (done[0].new, done[0].refused, len(done[0].rejected)) == (16, 0, 0)
    assert (
        sum(one.records for one in done[0].skipped) == 38
    )  # 20 notes, a token, a cabinet, types, concepts, data sets


WHOLE = {
    "a.xml": '<lido:lidoWrap xmlns:lido="http://www.lido-schema.org">'
    + "".join(LIDO.format(kind="Münze").replace("L 1", f"L {n}") for n in range(3))
    + "</lido:lidoWrap>",
    "a.json": json.dumps([{"inventory_number": f"L {n}", "mint": "Rome"} for n in range(3)]),
}


@pytest.mark.parametrize("name", WHOLE)
def test_the_rest_of_a_broken_file_is_a_fault_as_a_broken_file_of_a_folder_is(
    store: Engine, tmp_path: Path, name: str
) -> None:
    file = tmp_path / name
    file.write_text(WHOLE[name][: WHOLE[name].index("L 1") + 3])
    for _ in range(2):
        done = loaded(store, file)
        assert (done.new + done.unchanged, done.refused, len(done.rejected)) == (1, 1, 1)
        (fault,) = call.look(store, "api.faults")
        assert (fault["source"], fault["place"]) == (str(file), name)
        assert (
            done.rejected[0].reason.rstrip(".").endswith(fault["reason"]) and str(file) not in fault["reason"]
        )
    file.write_text(WHOLE[name])
    done = loaded(store, file)
    assert (done.new, done.unchanged, done.refused, call.look(store, "api.faults")) == (2, 1, 0, [])


def test_a_broken_file_whose_records_are_no_coins_is_a_fault(store: Engine, tmp_path: Path) -> None:
    file = tmp_path / "a.xml"
    file.write_text(WHOLE["a.xml"].replace("Münze", "Geldschein")[:-20])
    for _ in range(2):
        done = loaded(store, file)
        assert (done.new, done.refused, [one.records for one in done.skipped]) == (0, 1, [2])
        (fault,) = call.look(store, "api.faults")
        assert fault["place"] == "a.xml" and "is not well-formed XML in line 1" in fault["reason"]

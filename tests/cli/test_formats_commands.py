"""Records in the formats of museums, by the commands as people run them."""

import json
import re
import shlex
import tomllib
from pathlib import Path

import topics
from PIL import Image

from coinstore.records.exports.formats import FORMATS

NUDS = (
    '<nuds xmlns="http://nomisma.org/nuds" recordType="{kind}"><descMeta><title>A coin</title><typeDesc>'
    "<material>Silver</material></typeDesc><adminDesc><identifier>{kind} 1</identifier>"
    "<collection>M</collection></adminDesc></descMeta></nuds>"
)


def folder_of(folder: Path) -> Path:
    for kind in ("physical", "conceptual"):
        (folder / kind).write_text(NUDS.format(kind=kind))
    (folder / "read me.txt").write_text("about these files")
    return folder


def test_a_folder_says_how_it_was_read_and_what_was_skipped(coinstore, tmp_path: Path) -> None:
    done = json.loads(coinstore("ingest", str(folder_of(tmp_path)), "--json", "--dry-run").stdout)
    assert (done["new"], done["refused"], done["faults"]) == (1, 0, 0)
    assert [one["note"] for one in done["notes"]] == [
        f"{tmp_path}: read as: NUDS (2 files).",
        f"{tmp_path}: 1 file without records is left out: 1 x .txt.",
    ]
    assert [(one["what"], one["records"]) for one in done["skipped"]] == [("a type", 1)]
    said = coinstore("ingest", str(tmp_path), "--dry-run")
    assert "skipped, not coins: 1 x a type." in said.stderr


def test_what_no_field_takes_is_in_the_json(coinstore, tmp_path: Path) -> None:
    path = folder_of(tmp_path) / "physical"
    assert coinstore("ingest", str(path)).stdout.startswith("1 new")
    done = json.loads(coinstore("ingest", str(path), "--json").stdout)
    assert (done["new"], done["changed"], done["unchanged"]) == (0, 0, 1)
    assert done["unused"] == [{"source": str(path), "kind": "", "column": "n:descMeta/n:title", "records": 1}]


def test_a_word_that_is_no_language_is_refused(coinstore, tmp_path: Path) -> None:
    done = coinstore("ingest", str(folder_of(tmp_path)), "--language", "klingon", code=1)
    assert done.stderr.strip().endswith("'klingon' is not a language; write its code, as in de,en.")


def test_the_columns_are_a_profile_to_start_from(coinstore, tmp_path: Path) -> None:
    path = folder_of(tmp_path) / "physical"
    listed = json.loads(coinstore("ingest", "--columns", str(path), "--json").stdout)
    fields = {row["column"]: (row["field"], row["count"], row["examples"]) for row in listed}
    assert fields["$typology/n:material"] == ("material", 1, "Silver")
    assert fields["n:descMeta/n:title"] == (None, 1, "A coin")
    profile = tmp_path / "map.toml"
    profile.write_text(coinstore("ingest", "--columns", str(path)).stdout, "utf-8")
    assert tomllib.loads(profile.read_text("utf-8"))["xml"]["paths"]["typology"] == "n:descMeta/n:typeDesc"
    done = coinstore("ingest", str(path), "--map", str(profile), "--language", "de", "--dry-run")
    assert done.stdout.startswith("Would be: 1 new")


def test_only_skipped_records_are_no_failure_and_a_broken_file_is_one(coinstore, tmp_path: Path) -> None:
    path = folder_of(tmp_path) / "conceptual"
    assert coinstore("ingest", str(path)).stdout.startswith("0 new")
    (tmp_path / "physical").write_text(NUDS.format(kind="physical")[:-20])
    coinstore("ingest", str(tmp_path / "physical"), str(path), code=3)


CONCEPT = """@prefix nm: <http://nomisma.org/id/> . @prefix nmo: <http://nomisma.org/ontology#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
nm:ae a nmo:Material, skos:Concept ; skos:prefLabel "Bronze"@en ."""


def test_a_concept_leads_to_the_command_that_reads_it(coinstore, tmp_path: Path) -> None:
    path = tmp_path / "ae.ttl"
    path.write_text(CONCEPT, "utf-8")
    said = coinstore("ingest", str(path)).stderr
    (command,) = re.findall(r"coinstore (terms import-nomisma) FILE", said)
    coinstore(*command.split(), str(path))
    assert "Bronze" in coinstore("terms", "list", "material").stdout


def test_help_has_a_command_for_each_format_that_is_written(coinstore, tmp_path: Path, monkeypatch) -> None:
    text = (topics.FOLDER / "formats.md").read_text("utf-8")
    rows = re.findall(r"^\| ([\w-]+) \|.*\| `coinstore (export coins [^`]*)` \|$", text, re.MULTILINE)
    assert sorted(name for name, _ in rows) == sorted(FORMATS)
    Image.new("RGB", (8, 8)).save(tmp_path / "1.png")
    (tmp_path / "a.csv").write_text("inventory number,obverse image,type uri\n1,1.png,https://t.example/1\n")
    monkeypatch.chdir(tmp_path)
    coinstore("ingest", "a.csv", "--collection", "M")
    about = ("title", "description", "publisher", "licence", "base", "images")
    (tmp_path / "museum.toml").write_text("\n".join(f'{name} = "https://m.example/"' for name in about))
    with (tmp_path / "museum.toml").open("a") as file:
        file.write(f"\nimage_folder = {json.dumps(str(tmp_path))}\n")
    for _, command in rows:
        words = shlex.split(command)
        coinstore(*words)
        assert Path(words[words.index("-o") + 1]).exists(), command

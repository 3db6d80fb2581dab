"""coinstore export, as people run it."""

import csv
import json
import zipfile
from io import BytesIO
from pathlib import Path

from PIL import Image

HEADER = "inventory_number,collection,mint,weight_g,year_from,year_to,obverse_legend\n"
RECORDS = HEADER + "1,M,Rome,3.5,-44,-42,=CAESAR\n2,M,Ostia,2.25,64,68,NERO\n"


def test_coins_go_out_and_come_back(coinstore, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text(RECORDS, "utf-8")
    coinstore("ingest", str(tmp_path / "in.csv"))
    path = tmp_path / "out.csv"
    assert "2 coins are in" in coinstore("export", "coins", "-o", str(path)).stderr
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(path.read_text("utf-8-sig").splitlines()))
    assert [(row["mint"], row["weight_g"], row["year_from"]) for row in rows] == [
        ("Rome", "3.5", "-44"),
        ("Ostia", "2.25", "64"),
    ]
    assert rows[0]["obverse_legend"] == "'=CAESAR"
    done = json.loads(coinstore("ingest", "--json", str(path)).stdout)
    assert (done["new"], done["changed"], done["unchanged"], done["faults"]) == (0, 0, 2, 0)


def test_only_some_coins_and_one_format_by_the_ending(coinstore, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text(RECORDS, "utf-8")
    coinstore("ingest", str(tmp_path / "in.csv"))
    path = tmp_path / "out.json"
    coinstore("export", "coins", "--where", "mint = 'Rome'", "-o", str(path))
    assert [row["inventory_number"] for row in json.loads(path.read_text("utf-8"))] == ["1"]
    coinstore("export", "coins", "--where", "mint = 'Nowhere'", "-o", str(path))
    assert json.loads(path.read_text("utf-8")) == []


def test_what_cannot_be_written_is_said(coinstore, tmp_path: Path) -> None:
    assert "--format" in coinstore("export", "coins", "-o", str(tmp_path / "out.doc"), code=2).stderr
    said = coinstore("export", "coins", "--format", "csv", "-o", str(tmp_path / "out.xlsx"), code=1).stderr
    assert "name it out.csv" in said
    (tmp_path / "in.csv").write_text(RECORDS, "utf-8")
    coinstore("ingest", str(tmp_path / "in.csv"))
    path = tmp_path / "out.csv"
    assert "--where" in coinstore("export", "coins", "--where", "x =", "-o", str(path), code=1).stderr
    assert [file.name for file in tmp_path.iterdir()] == ["in.csv"]


def test_a_file_says_what_the_data_set_is(coinstore, tmp_path: Path) -> None:
    uri = "http://numismatics.org/ocre/id/ric.1(2).aug.1"
    (tmp_path / "in.csv").write_text(f"inventory_number,collection,type_uri\n1,M,{uri}\n2,M,\n", "utf-8")
    coinstore("ingest", str(tmp_path / "in.csv"))
    said = ["base", "title", "description", "publisher", "licence"]
    (tmp_path / "a.toml").write_text("".join(f'{key} = "https://example.org/{key}/"\n' for key in said))
    path = tmp_path / "out.rdf"
    given = ["export", "coins", "--format", "nomisma", "-o", str(path)]
    assert "base, title" in coinstore(*given, code=1).stderr
    printed = coinstore(*given, "--config", str(tmp_path / "a.toml")).stderr
    assert "1 coin is in" in printed and "1 coin lacks a certain type that has an address" in printed
    assert "https://example.org/base/M/1" in path.read_text("utf-8")
    assert (tmp_path / "out.void.rdf").exists() and (tmp_path / "out.left_out.csv").exists()


def packed(path: Path) -> Path:
    """A zip with both photographs of one coin."""
    with zipfile.ZipFile(path, "w") as made:
        for face in "ar":
            content = BytesIO()
            Image.new("RGB", (64, 64), (90, 80, 70)).save(content, "PNG")
            made.writestr(f"1_{face}.png", content.getvalue())
    return path


def test_what_is_left_out_is_counted_with_what_to_do(coinstore, tmp_path: Path) -> None:
    coinstore("ingest", str(packed(tmp_path / "photos.zip")), "--collection", "M")
    (tmp_path / "in.csv").write_text("inventory_number,collection,provenance\n1,M,A Person\n2,M,\n", "utf-8")
    coinstore("ingest", str(tmp_path / "in.csv"))
    (tmp_path / "with.toml").write_text("provenance = true")
    (tmp_path / "base.toml").write_text('base = "https://example.org/"')
    for form in ("csv", "json", "nuds", "lido"):
        given = ["export", "coins", "--format", form, "-o", str(tmp_path / f"a.{form[:4]}")]
        given[-1] = str(tmp_path / ("a.xml" if form in ("nuds", "lido") else f"a.{form}"))
        said = coinstore(*given).stderr
        assert "1 coin has former owners, who are left out: provenance = true in a --config FILE" in said
        is_table = form in ("csv", "json")
        assert ("2 photographs are left out: inside a zip or a database." in said) == (not is_table)
        assert "former owners" not in coinstore(*given, "--config", str(tmp_path / "with.toml")).stderr
    folder = ["export", "coins", "-o", str(tmp_path / "f"), "--format"]
    for form in ("iiif", "linked-art"):
        assert "--config FILE" in coinstore(*folder, form, code=1).stderr
    said = coinstore(*folder, "iiif", "--config", str(tmp_path / "base.toml"), code=1).stderr
    assert "inside a zip or a database" in said and "image_folder" not in said
    said = coinstore(*folder, "linked-art", "--config", str(tmp_path / "base.toml")).stderr
    assert "2 photographs are left out" in said and "former owners" not in said


def test_no_pairs_name_what_makes_them(coinstore, tmp_path: Path) -> None:
    said = coinstore("export", "pairs", "-o", str(tmp_path / "a.csv")).stderr
    assert "0 pairs are in" in said and "`coinstore match` finds them" in said
    said = coinstore("export", "pairs", "--graph", "eye", "-o", str(tmp_path / "a.csv"), code=1).stderr
    assert "coinstore graph build" in said

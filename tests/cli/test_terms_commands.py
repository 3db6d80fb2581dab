"""Terms and imputation from the command line."""

import json
from pathlib import Path

import pytest

RECORDS = """inventory_number,collection,portrait,material,mint,weight,date
1,M,Divus Hadrian,AR,Rome,3.1,117-138
2,M,Hadrian,Silver,Rome,3.3,117-138
3,M,Hadrian Divus,Silber,Rome,3.2,117-138
4,M,Hadrian,Silver,Rome,,
"""


@pytest.fixture
def loaded(coinstore, tmp_path: Path) -> Path:
    (tmp_path / "records.csv").write_text(RECORDS, "utf-8")
    coinstore("ingest", str(tmp_path / "records.csv"))
    return tmp_path


def test_one_name_for_one_thing(coinstore, loaded: Path) -> None:
    assert "no terms yet" in coinstore("terms", "list").stderr
    found = json.loads(coinstore("terms", "suggest", "--json").stdout)
    assert {(row["name"], row["alias"], row["coins"]) for row in found} >= {
        ("Hadrian", "Divus Hadrian", 2),
        ("Silver", "AR", 2),
    }
    shown = coinstore("terms", "suggest", "material")
    assert "usual abbreviation" in shown.stdout and "Hadrian" not in shown.stdout
    said = coinstore(
        "terms",
        "add",
        "portrait",
        "Hadrian",
        "Divus Hadrian",
        "Hadrian Divus",
        "--nomisma",
        "hadrian",
        "--as",
        "A. Curator",
    )
    assert "2 new aliases, 2 coins are now shown" in said.stderr and said.stdout == ""
    [term] = json.loads(coinstore("terms", "list", "portrait", "--json").stdout)
    assert term == {
        "field": "portrait",
        "term": "Hadrian",
        "nomisma": "http://nomisma.org/id/hadrian",
        "aliases": ["Divus Hadrian", "Hadrian Divus"],
        "coins": 4,
    }
    assert (
        "4 unchanged"
        in coinstore("ingest", str(loaded / "records.csv")).stdout
        + coinstore("ingest", str(loaded / "records.csv")).stderr
    )
    assert (
        "1 alias removed, 1 coin is"
        in coinstore("terms", "remove", "portrait", "Divus Hadrian", "--yes").stderr
    )
    assert (
        "neither a name nor an alias"
        in coinstore("terms", "remove", "portrait", "Nero", "--yes", code=1).stderr
    )
    assert (
        "is already an alias of" in coinstore("terms", "add", "portrait", "Hadrian Divus", "x", code=1).stderr
    )
    assert (
        "not an id of nomisma.org"
        in coinstore("terms", "add", "mint", "Rome", "--nomisma", "a b", code=1).stderr
    )
    coinstore("terms", "add", "weight", "1", "2", code=2)


def test_files_of_terms(coinstore, loaded: Path) -> None:
    file = str(loaded / "perhaps.csv")
    assert "4 suggestions" in coinstore("terms", "suggest", "-o", file).stderr
    assert "0 faults" in coinstore("terms", "import", file, "--as", "A. Curator").stderr
    assert "no two names" in coinstore("terms", "suggest").stderr
    kept = str(loaded / "terms.csv")
    coinstore("terms", "export", "-o", kept)
    assert "Silver,AR,,A. Curator" in Path(kept).read_text("utf-8")
    taken = json.loads(coinstore("terms", "import", kept, "--json").stdout)
    assert [row["changed"] for row in taken] == [{"aliases": 0, "coins": 0}] * 4
    (loaded / "bad.csv").write_text("field,name,alias\nmetal,a,b\n")
    assert (
        "bad.csv, row 2, column field" in coinstore("terms", "import", str(loaded / "bad.csv"), code=3).stderr
    )
    (loaded / "bad.csv").write_bytes(b"\xff\xfe\x00")
    assert "UTF-8" in coinstore("terms", "import", str(loaded / "bad.csv"), code=1).stderr
    assert "No such file" in coinstore("terms", "import", str(loaded / "none.csv"), code=1).stderr
    assert (
        "No such file" in coinstore("terms", "export", "-o", str(loaded / "nowhere" / "t.csv"), code=1).stderr
    )


def test_imputed_and_dropped(coinstore, loaded: Path) -> None:
    done = coinstore("impute", "weight_g", "--by", "mint", "--json")
    assert json.loads(done.stdout) == {"imputation_id": 1, "coins": 1, "lacking": 1, "contradicting": 0}
    assert "api.coins_imputed.weight_g_imputed" in done.stderr
    coinstore("impute", "year_from", "--by", "mint", "--by", "collection", "--where", "weight_g > 9")
    rules = json.loads(coinstore("impute", "list", "--json").stdout)
    assert [(rule["field"], rule["coins"]) for rule in rules] == [("weight_g", 1), ("year_from", 0)]
    assert "with 1 value" in coinstore("impute", "drop", "1", "--yes").stderr
    assert "no imputation 1" in coinstore("impute", "drop", "1", "--yes", code=1).stderr
    assert "median" in coinstore("impute", "list").stdout
    assert "--where" in coinstore("impute", "mint", "--by", "type", "--where", "mint =", code=1).stderr
    assert "not UTF-8" in coinstore("impute", "mint", "--by", "type", "--where", "\udcff", code=1).stderr
    assert "Invalid value" in coinstore("impute", "mint", "--by", "mint", code=2).stderr
    assert "Missing option" in coinstore("impute", "mint", code=2).stderr


@pytest.mark.parametrize(
    "command", ["list", "add", "remove", "suggest", "export", "import", "import-nomisma"]
)
def test_help_of_terms(coinstore, command: str) -> None:
    assert f"Usage: coinstore terms {command}" in coinstore("terms", command, "--help").stdout


@pytest.mark.parametrize("command", ["year_from", "material", "list", "drop"])
def test_help_of_impute(coinstore, command: str) -> None:
    shown = coinstore("impute", command, "--help").stdout
    assert f"Usage: coinstore impute {command}" in shown
    assert "coinstore impute" in shown


def test_uncertain_names_are_listed(coinstore, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,collection,mint\n1,M,Rome? | Ostia\n2,M,Rome\n", "utf-8")
    assert "one certain name" in coinstore("values").stderr
    coinstore("ingest", str(tmp_path / "a.csv"))
    found = json.loads(coinstore("values", "--json").stdout)
    assert [(one["inventory_number"], one["value"], one["is_uncertain"]) for one in found] == [
        ("1", "Rome", True),
        ("1", "Ostia", False),
    ]
    assert "Ostia" not in coinstore("values", "mint", "--uncertain").stdout
    assert coinstore("values", "--where", "mint = 'Rome'", "--csv").stdout.count("\n") == 1

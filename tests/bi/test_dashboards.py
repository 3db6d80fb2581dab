"""The starter dashboards: their SQL runs as a granted login, and their files are complete."""

import io
import json
import re
import zipfile
from pathlib import Path

import pytest

from coinstore.running import dashboards
from coinstore.running.dashboards import superset

KINDS = {"int4": "INTEGER", "int8": "BIGINT", "float8": "DOUBLE PRECISION", "text": "TEXT", "bool": "BOOLEAN"}
WHOLE = dashboards.contents()
SETS = {dataset["name"]: dataset for dataset in WHOLE["datasets"]}


def dataset(name: str) -> str:
    return f"({SETS[name]['sql']}) as found"


@pytest.mark.parametrize("name", SETS)
def test_the_columns_of_each_dataset(serving, name: str) -> None:
    with serving.connect("anna") as c:
        found = c.execute(f"select * from {dataset(name)} limit 0")
        assert [[d.name, KINDS[c.adapters.types[d.type_code].name]] for d in found.description] == SETS[name][
            "columns"
        ]


@pytest.mark.parametrize("chart", dashboards.charts(), ids=lambda chart: chart["name"])
def test_the_sql_of_each_chart(serving, chart: dict) -> None:
    with serving.connect("anna") as c:
        found = c.execute(chart["sql"])
        shown = [d.name for d in found.description]
        assert found.fetchall()
    assert shown == [*chart["columns"], *chart["values"], *chart.get("lookups", {})]
    assert set(shown) <= set(WHOLE["labels"])
    assert {chart[axis] for axis in ("x", "y", "series") if axis in chart} <= set(shown)


def test_centuries(serving) -> None:
    source = SETS["coins"]["sql"].replace("from api.coins c", "from (select %s::int as year_from) c")
    source = source.partition("p.century,")[2]
    years = {
        -101: "2nd c. BC",
        -100: "1st c. BC",
        -44: "1st c. BC",
        -1: "1st c. BC",
        1: "1st c. AD",
        100: "1st c. AD",
        101: "2nd c. AD",
        1050: "11th c. AD",
        2024: "21st c. AD",
        None: "undated",
    }
    with serving.connect("anna") as c:
        for year, period in years.items():
            assert c.execute(f"select {source}", [year]).fetchone() == (period,)


def test_a_pair_is_shown_once_and_found_by_either_of_its_coins(serving) -> None:
    chart = next(chart for chart in WHOLE["charts"] if chart["dataset"] == "pairs")
    with serving.connect("anna") as c:
        shown = [(row[1], row[4]) for row in c.execute(chart["sql"])]
        assert len({frozenset(pair) for pair in shown}) == len(shown)
        first, second = shown[0]
        filters = c.execute(
            f"select collection from {dataset('pairs')} where (coin, look_alike) = (%s, %s)", [first, second]
        )
        assert {row[0] for row in filters} == {first.rpartition("/")[0], second.rpartition("/")[0]}


@pytest.mark.parametrize("name", [name for name, one in SETS.items() if "metrics" in one])
def test_what_superset_adds_to_a_dataset(serving, name: str) -> None:
    metrics = ", ".join(SETS[name]["metrics"].values())
    with serving.connect("anna") as c:
        assert c.execute(f"select graph, {metrics} from {dataset(name)} group by graph").fetchone()


def unzipped(folder: Path) -> dict[str, dict]:
    yaml = pytest.importorskip("yaml")
    with zipfile.ZipFile(io.BytesIO((folder / "coinstore_superset.zip").read_bytes())) as bundle:
        return {name: yaml.safe_load(bundle.read(name)) for name in bundle.namelist()}


def test_files_for_superset(serving, tmp_path) -> None:
    done = serving.coinstore(
        "bi", "dashboard", "-o", str(tmp_path / "new"), "--for", "superset", "--login", "anna"
    )
    assert done.stdout.splitlines()[0].endswith("coinstore_superset.zip")
    bodies = unzipped(tmp_path / "new")
    charts = {body["uuid"]: body for name, body in bodies.items() if "/charts/" in name}
    sets = {body["uuid"]: body for name, body in bodies.items() if "/datasets/" in name}
    assert len(charts) == 4
    assert {body["dataset_uuid"] for body in charts.values()} <= set(sets)
    dashboard = bodies["coinstore/dashboards/coins.yaml"]
    cells = [
        cell for cell in dashboard["position"].values() if isinstance(cell, dict) and cell["type"] == "CHART"
    ]
    assert {cell["meta"]["uuid"] for cell in cells} == set(charts)
    check_filters(
        dashboard,
        {cell["meta"]["chartId"]: sets[charts[cell["meta"]["uuid"]]["dataset_uuid"]] for cell in cells},
        sets,
    )


def check_filters(dashboard: dict, behind: dict[int, dict], sets: dict[str, dict]) -> None:
    """Each filter takes its values from a dataset, and acts only on the charts that have its column."""

    def columns(body: dict) -> set[str]:
        return {column["column_name"] for column in body["columns"]}

    filters = dashboard["metadata"]["native_filter_configuration"]
    assert {"Collection", "Type", "Graph"} <= {body["name"] for body in filters}
    for body in filters:
        [target] = body["targets"]
        column = target["column"]["name"]
        assert column in columns(sets[target["datasetUuid"]])
        assert set(body["scope"]["excluded"]) == {
            n for n, found in behind.items() if column not in columns(found)
        }
        assert len(body["scope"]["excluded"]) < len(behind)
        if body["sortMetric"]:
            assert body["sortMetric"] in {
                metric["metric_name"] for metric in sets[target["datasetUuid"]]["metrics"]
            }


def test_another_edition_for_superset_has_other_ids(tmp_path) -> None:
    """Superset does not update a chart whose id it knows."""

    def ids(edition: dict, address: str = "postgresql://") -> dict[str, str]:
        (tmp_path / "coinstore_superset.zip").write_bytes(
            superset.files(edition, address)["coinstore_superset.zip"]
        )
        return {name: body["uuid"] for name, body in unzipped(tmp_path).items() if "uuid" in body}

    first = ids(WHOLE)
    assert ids(dashboards.contents(), "postgresql://elsewhere") == first
    second = ids(WHOLE | {"labels": WHOLE["labels"] | {"coin": "Piece"}})
    assert first.keys() == second.keys()
    assert {name for name in first if first[name] == second[name]} == {"coinstore/databases/coinstore.yaml"}


def test_files_for_metabase(serving, tmp_path) -> None:
    serving.coinstore("bi", "dashboard", "-o", str(tmp_path), "--for", "metabase", "--login", "anna")
    cards = [json.loads(path.read_text()) for path in sorted(tmp_path.glob("card_*.json"))]
    with serving.connect("anna") as c:
        for card in cards:
            found = c.execute(card["dataset_query"]["native"]["query"])
            drawn = card["visualization_settings"]
            asked = [*drawn.get("graph.dimensions", []), *drawn.get("graph.metrics", [])]
            assert set(asked) <= {d.name for d in found.description}
            assert found.fetchone()
    assert len(cards) == 4
    script = (tmp_path / "load.py").read_text()
    compile(script, "load.py", "exec")
    assert cards_apart(script, len(cards))


def cards_apart(script: str, number: int) -> bool:
    """Whether no two cards overlap, by the line of the script that places them."""
    [line] = re.findall(r"^    place = (.*)$", script, re.MULTILINE)
    places = [eval(line, {"n": n}) | {"size_y": 8} for n in range(number)]
    cells = [
        (row, column)
        for p in places
        for row in range(p["row"], p["row"] + p["size_y"])
        for column in range(p["col"], p["col"] + p["size_x"])
    ]
    return len(cells) == len(set(cells))

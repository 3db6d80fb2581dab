"""The starter dashboards: their SQL runs as a granted login, and their files are whole."""

import io
import json
import zipfile

import pytest

from coinstore import dashboards

KINDS = {"int4": "INTEGER", "int8": "BIGINT", "float8": "DOUBLE PRECISION", "text": "TEXT", "bool": "BOOLEAN"}


@pytest.mark.parametrize("chart", dashboards.charts(), ids=lambda chart: chart["name"])
def test_the_sql_of_each_chart(serving, chart: dict) -> None:
    with serving.connect("anna") as c:
        found = c.execute(chart["sql"])
        columns = [[d.name, KINDS[c.adapters.types[d.type_code].name]] for d in found.description]
        assert columns == chart["columns"]
        rows = found.fetchall()
        assert rows
    names = [name for name, _ in chart["columns"]]
    assert {chart["x"], chart["series"], chart["value"]} <= set(names)


def test_centuries(serving) -> None:
    chart = next(chart for chart in dashboards.charts() if chart["name"] == "coins_by_period")
    expression = chart["sql"].partition("select ")[2].partition(" as century")[0]
    years = {-101: -2, -100: -1, -44: -1, -1: -1, 1: 1, 100: 1, 101: 2, 1900: 19}
    with serving.connect("anna") as c:
        for year, century in years.items():
            assert c.execute(f"select {expression} from (select %s::int as year_from) x", [year]).fetchone() == (
                century,
            )


def test_files_for_superset(serving, tmp_path) -> None:
    yaml = pytest.importorskip("yaml")
    done = serving.coinstore("bi", "dashboard", str(tmp_path / "new"), "--for", "superset", "--login", "anna")
    assert done.stdout.splitlines()[0].endswith("coinstore_superset.zip")
    with zipfile.ZipFile(io.BytesIO((tmp_path / "new" / "coinstore_superset.zip").read_bytes())) as bundle:
        bodies = {name: yaml.safe_load(bundle.read(name)) for name in bundle.namelist()}
    charts = {body["uuid"]: body for name, body in bodies.items() if "/charts/" in name}
    sets = {body["uuid"] for name, body in bodies.items() if "/datasets/" in name}
    assert len(charts) == len(sets) == 4
    assert {body["dataset_uuid"] for body in charts.values()} == sets
    dashboard = bodies["coinstore/dashboards/coins.yaml"]
    shown = {
        cell["meta"]["uuid"]
        for cell in dashboard["position"].values()
        if isinstance(cell, dict) and cell.get("type") == "CHART"
    }
    assert shown == set(charts)


def test_files_for_metabase(serving, tmp_path) -> None:
    serving.coinstore("bi", "dashboard", str(tmp_path), "--for", "metabase", "--login", "anna")
    cards = [json.loads(path.read_text()) for path in sorted(tmp_path.glob("card_*.json"))]
    with serving.connect("anna") as c:
        for card in cards:
            assert c.execute(card["dataset_query"]["native"]["query"]).fetchone()
    assert len(cards) == 4
    compile((tmp_path / "load.py").read_text(), "load.py", "exec")

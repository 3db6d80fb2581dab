"""The starter dashboard for Apache Superset: a bundle as its own export makes them, to be imported as a zip.

What is the same in every body of a kind is in superset.json.
"""

from __future__ import annotations

import io
import json
import re
import uuid
import zipfile
from importlib import resources
from typing import Any

Body = dict[str, Any]

_SPACE = uuid.UUID("5b1ab0a4-6b0c-5f0e-9d5e-0c01057032e0")  # a second import finds what the first made
_UUID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
_COMMON: dict[str, Body] = json.loads(
    resources.files(__package__).joinpath("superset.json").read_text("utf-8")
)
_README = """\
Dashboards > Import dashboards > coinstore_superset.zip; when asked for a password give the login's.
The import creates the database coinstore there, and connects: Superset must be able to reach the store.

If the database coinstore is already there, its address and password stay as they are; change them under
Settings > Database connections. Files of another version of coinstore create another dashboard, because
Superset does not change charts that it has; delete the older one. Datasets of the same name (coins, pairs,
spaces, graphs) are updated.
"""


def files(dashboard: Body, address: str) -> dict[str, bytes]:
    """Names and contents: the zip to import under Dashboards > Import, and how."""
    database = {"sqlalchemy_uri": address, "uuid": _id("database")}
    bundle: dict[str, Body] = {
        "metadata.yaml": _COMMON["metadata"],
        "databases/coinstore.yaml": _COMMON["database"] | database,
        "dashboards/coins.yaml": _dashboard(dashboard),
    }
    for dataset in dashboard["datasets"]:
        bundle[f"datasets/coinstore/{dataset['name']}.yaml"] = _dataset(dataset, dashboard)
    for chart in dashboard["charts"]:
        bundle[f"charts/{chart['name']}.yaml"] = _chart(chart, dashboard["labels"])
    return {"coinstore_superset.zip": _zip(bundle), "README.txt": _README.encode()}


def _id(what: str) -> str:
    return str(uuid.uuid5(_SPACE, what))


def _zip(bundle: dict[str, Body]) -> bytes:
    out = io.BytesIO()
    # JSON is YAML.
    texts = {name: json.dumps(body, ensure_ascii=False, indent=2) for name, body in sorted(bundle.items())}
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in _edition(texts).items():
            # The date is fixed, so that equal content gives equal bytes.
            file.writestr(zipfile.ZipInfo(f"coinstore/{name}", (2026, 1, 1, 0, 0, 0)), text)
    return out.getvalue()


def _edition(texts: dict[str, str]) -> dict[str, str]:
    """Makes all ids but the database's change with the content: Superset does not update what it knows."""
    database = _id("database")
    content = "".join(text for name, text in texts.items() if not name.startswith("databases/"))
    space = uuid.uuid5(_SPACE, content)

    def renewed(found: re.Match[str]) -> str:
        return found[0] if found[0] == database else str(uuid.uuid5(space, found[0]))

    return {name: _UUID.sub(renewed, text) for name, text in texts.items()}


def _dataset(dataset: Body, dashboard: Body) -> Body:
    # Pictures are metrics: Superset reads them only for the rows that it shows. It cleans the HTML of cells
    # before it draws them, and a data URL asks no other site for anything.
    labels = dashboard["labels"]
    columns = [
        _COMMON["column"] | {"column_name": name, "verbose_name": labels.get(name), "type": kind}
        for name, kind in dataset["columns"]
    ]
    # Superset takes subqueries in metrics of a dataset, but not of a chart.
    found = dict(dataset.get("metrics", {}))
    for chart in dashboard["charts"]:
        if chart["dataset"] == dataset["name"]:
            found |= chart.get("lookups", {})
    metrics = [
        {"metric_name": name, "verbose_name": labels.get(name, name), "expression": expression}
        for name, expression in found.items()
    ]
    return _COMMON["dataset"] | {
        "table_name": dataset["name"],
        "description": dataset["note"],
        "sql": dataset["sql"],
        "uuid": _id(f"dataset {dataset['name']}"),
        "metrics": metrics,
        "columns": columns,
        "database_uuid": _id("database"),
    }


def _metric(expression: str, label: str) -> Body:
    return {
        "expressionType": "SQL",
        "sqlExpression": expression,
        "label": label,
        "hasCustomLabel": True,
        "optionName": f"metric_{label}",
    }


def _chart(chart: Body, labels: dict[str, str]) -> Body:
    kind, params = _DRAWN[chart["chart"]](chart, labels)
    where = {"clause": "WHERE", "expressionType": "SQL", "sqlExpression": chart.get("where")}
    common = {
        "viz_type": kind,
        "adhoc_filters": [where] if "where" in chart else [],
        "row_limit": chart.get("limit", 10000),
    }
    return _COMMON["chart"] | {
        "slice_name": chart["title"],
        "description": chart["note"],
        "viz_type": kind,
        "params": common | params,
        "uuid": _id(f"chart {chart['name']}"),
        "dataset_uuid": _id(f"dataset {chart['dataset']}"),
    }


def _bar(chart: Body, labels: dict[str, str]) -> tuple[str, Body]:
    # Superset sorts names only by their letters. Characters of no width before each put centuries in their
    # order.
    x = _metric(f"repeat(chr(8203), coalesce(century + 60, 120)) || {chart['x']}", labels[chart["x"]])
    return "echarts_timeseries_bar", _COMMON["bar"] | {
        "x_axis": x,
        "metrics": [_metric(chart["values"][chart["y"]], labels[chart["y"]])],
        "groupby": [chart["series"]],
        "x_axis_title": labels[chart["x"]],
        "y_axis_title": labels[chart["y"]],
    }


def _scatter(chart: Body, labels: dict[str, str]) -> tuple[str, Body]:
    """One dot for each coin, all of the same size."""
    x, y = (_metric(chart["values"][chart[axis]], labels[chart[axis]]) for axis in "xy")
    return "bubble_v2", _COMMON["scatter"] | {
        "x": x,
        "y": y,
        "size": _metric("count(*)", labels["coins"]),
        "series": chart["series"],
        "orderby": _metric(f"min({chart['order']})", "lot"),
        "limit": chart["limit"],
        "x_axis_label": labels[chart["x"]],
        "y_axis_label": labels[chart["y"]],
    }


def _table(chart: Body, labels: dict[str, str]) -> tuple[str, Body]:
    formats: dict[str, Body] = {name: {"d3NumberFormat": form} for name, form in _COMMON["formats"].items()}
    formats |= {labels[name]: form for name, form in formats.items()}
    formats |= {name: {"columnWidth": 150} for name in chart["metrics"]}
    column, _, descending = chart["order"].partition(" ")
    common = _COMMON["table"] | {"column_config": formats}
    if not chart["values"]:
        order = [json.dumps([column, not descending])]
        return "table", common | {
            "query_mode": "raw",
            "all_columns": chart["columns"],
            "order_by_cols": order,
        }
    values = [_metric(expression, labels[name]) for name, expression in chart["values"].items()]
    return "table", common | {
        "query_mode": "aggregate",
        "groupby": chart["columns"],
        "metrics": [*chart["metrics"], *values, *chart.get("lookups", {})],
        "timeseries_limit_metric": _metric(chart["values"][column], labels[column]),
        "order_desc": bool(descending),
        "page_length": 10,
    }


_DRAWN = {"bar": _bar, "scatter": _scatter, "table": _table}


def _dashboard(dashboard: Body) -> Body:
    charts = dashboard["charts"]
    # The import replaces these numbers by its own.
    numbers = {chart["name"]: n for n, chart in enumerate(charts, 1)}
    filters = [_filter(wanted, dashboard, numbers) for wanted in dashboard["filters"]]
    return _COMMON["dashboard"] | {
        "uuid": _id("dashboard"),
        "position": _position(charts, numbers),
        "metadata": {
            # No colour scheme: with one, all charts would take their colours from it, one after the other.
            "cross_filters_enabled": True,
            "expanded_slices": {str(n): True for n in numbers.values()},
            "native_filter_configuration": filters,
        },
    }


def _position(charts: list[Body], numbers: dict[str, int]) -> Body:
    """Two drawn charts share a row; a table has its own row."""
    position: Body = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"id": "ROOT_ID", "type": "ROOT", "children": ["GRID_ID"]},
        "GRID_ID": {"id": "GRID_ID", "type": "GRID", "parents": ["ROOT_ID"], "children": []},
    }
    for chart in charts:
        is_table = chart["chart"] == "table"
        row, cell = f"ROW-{chart['name'] if is_table else 'drawn'}", f"CHART-{chart['name']}"
        if row not in position:
            position[row] = {
                "id": row,
                "type": "ROW",
                "parents": ["ROOT_ID", "GRID_ID"],
                "children": [],
                "meta": {"background": "BACKGROUND_TRANSPARENT"},
            }
            position["GRID_ID"]["children"].append(row)
        position[row]["children"].append(cell)
        position[cell] = {
            "id": cell,
            "type": "CHART",
            "parents": ["ROOT_ID", "GRID_ID", row],
            "children": [],
            "meta": {
                "chartId": numbers[chart["name"]],
                "uuid": _id(f"chart {chart['name']}"),
                "width": 12 if is_table else 6,
                "height": _COMMON["heights"][chart["name"]],
                "sliceName": chart["title"],
            },
        }
    return position


def _filter(wanted: Body, dashboard: Body, numbers: dict[str, int]) -> Body:
    """By one column, for the charts whose dataset has it; of graphs exactly one, the default one at first."""
    column, one = wanted["column"], wanted["column"] == "graph"
    sets = {dataset["name"]: dict(dataset["columns"]) for dataset in dashboard["datasets"]}
    is_number = sets[wanted["dataset"]][column] != "TEXT"
    controls = {
        "enableEmptyFilter": one,
        "defaultToFirstItem": one,
        "multiSelect": not one,
        "searchAllOptions": True,
        "inverseSelection": False,
    }
    if one:
        controls["sortAscending"] = False
    without = [
        numbers[chart["name"]] for chart in dashboard["charts"] if column not in sets[chart["dataset"]]
    ]
    return _COMMON["filter"] | {
        "id": f"NATIVE_FILTER-{column}",
        "name": wanted.get("title", dashboard["labels"][column]),
        "filterType": "filter_range" if is_number else "filter_select",
        "targets": [{"column": {"name": column}, "datasetUuid": _id(f"dataset {wanted['dataset']}")}],
        "controlValues": {"enableEmptyFilter": False} if is_number else controls,
        "sortMetric": "standard first" if one else None,
        "requiredFirst": one,
        "scope": {"rootPath": ["ROOT_ID"], "excluded": without},
    }

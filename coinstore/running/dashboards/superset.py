"""The starter dashboard for Apache Superset: a bundle as its own export makes them, to be imported as a zip."""

from __future__ import annotations

import io
import json
import re
import uuid
import zipfile
from typing import Any

_SPACE = uuid.UUID(
    "5b1ab0a4-6b0c-5f0e-9d5e-0c01057032e0"
)  # so that a second import finds what the first made
_UUID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
_VERSION = "1.0.0"
_HEIGHTS = {
    "coins_by_period": 72,
    "weight_against_diameter": 72,
    "look_alikes_across_collections": 128,
    "coverage": 32,
}
Body = dict[str, Any]
_FORMATS = {
    "percentile": ".1f",
    "similarity": ".4f",
    "percent": ".1f",
    "coin_weight_g": ".2f",
    "look_alike_weight_g": ".2f",
}


def files(dashboard: Body, address: str) -> dict[str, bytes]:
    """Names and contents: the zip to import under Dashboards > Import, and how."""
    bundle: dict[str, Body] = {
        "metadata.yaml": {"version": _VERSION, "type": "Dashboard", "timestamp": "2026-01-01T00:00:00+00:00"},
        "databases/coinstore.yaml": _database(address),
        "dashboards/coins.yaml": _dashboard(dashboard),
    }
    for dataset in dashboard["datasets"]:
        bundle[f"datasets/coinstore/{dataset['name']}.yaml"] = _dataset(dataset, dashboard)
    for chart in dashboard["charts"]:
        bundle[f"charts/{chart['name']}.yaml"] = _chart(chart, dashboard["labels"])
    return {"coinstore_superset.zip": _zip(bundle), "README.txt": _README.encode()}


_README = """\
Dashboards > Import dashboards > coinstore_superset.zip; at the question for a password give the login's.
The import makes the database coinstore there, and connects: the store must be served where Superset can reach it.

Where the database coinstore is there already, its address and password stay as they are; you change them under
Settings > Database connections. Files of another version of coinstore make a dashboard of their own, since Superset
leaves charts that it has as they are; delete the older one. Datasets of the same name (coins, pairs, spaces, graphs)
are brought up to date.
"""


def _id(what: str) -> str:
    return str(uuid.uuid5(_SPACE, what))


def _edition(texts: dict[str, str]) -> dict[str, str]:
    """Gives all but the database ids that change with any of them: what Superset knows by its id it does not update."""
    database = _id("database")
    space = uuid.uuid5(
        _SPACE, "".join(text for name, text in texts.items() if not name.startswith("databases/"))
    )

    def anew(found: re.Match[str]) -> str:
        return found[0] if found[0] == database else str(uuid.uuid5(space, found[0]))

    return {name: _UUID.sub(anew, text) for name, text in texts.items()}


def _zip(bundle: dict[str, Body]) -> bytes:
    out = io.BytesIO()
    # JSON is YAML.
    texts = {name: json.dumps(body, ensure_ascii=False, indent=2) for name, body in sorted(bundle.items())}
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in _edition(texts).items():
            # The date is fixed, so that equal content gives equal bytes.
            file.writestr(zipfile.ZipInfo(f"coinstore/{name}", (2026, 1, 1, 0, 0, 0)), text)
    return out.getvalue()


def _database(address: str) -> Body:
    return {
        "database_name": "coinstore",
        "sqlalchemy_uri": address,
        "cache_timeout": None,
        "expose_in_sqllab": True,
        "allow_run_async": False,
        "allow_ctas": False,
        "allow_cvas": False,
        "allow_dml": False,
        "allow_file_upload": False,
        "extra": {"allows_virtual_table_explore": True},
        "uuid": _id("database"),
        "version": _VERSION,
    }


def _dataset(dataset: Body, dashboard: Body) -> Body:
    # Pictures are metrics: they are read for the rows that are shown alone. Superset cleans the HTML of cells before
    # it draws them, and a data URL asks no other site for anything.
    columns = [
        {
            "column_name": name,
            "verbose_name": dashboard["labels"].get(name),
            "type": kind,
            "is_dttm": False,
            "is_active": True,
            "groupby": True,
            "filterable": True,
        }
        for name, kind in dataset["columns"]
    ]
    # Superset takes subqueries in metrics of a dataset, but not of a chart.
    found = dict(dataset.get("metrics", {}))
    for chart in dashboard["charts"]:
        if chart["dataset"] == dataset["name"]:
            found |= chart.get("lookups", {})
    metrics = [
        {"metric_name": name, "verbose_name": dashboard["labels"].get(name, name), "expression": expression}
        for name, expression in found.items()
    ]
    return {
        "table_name": dataset["name"],
        "main_dttm_col": None,
        "description": dataset["note"],
        "default_endpoint": None,
        "offset": 0,
        "cache_timeout": None,
        "schema": "api",
        "sql": dataset["sql"],
        "params": None,
        "template_params": None,
        "filter_select_enabled": True,
        "fetch_values_predicate": None,
        "extra": None,
        "uuid": _id(f"dataset {dataset['name']}"),
        "metrics": metrics,
        "columns": columns,
        "version": _VERSION,
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
    where = (
        [{"clause": "WHERE", "expressionType": "SQL", "sqlExpression": chart["where"]}]
        if "where" in chart
        else []
    )
    common = {"viz_type": kind, "adhoc_filters": where, "row_limit": chart.get("limit", 10000)}
    return {
        "slice_name": chart["title"],
        "description": chart["note"],
        "certified_by": None,
        "certification_details": None,
        "viz_type": kind,
        "params": common | params,
        "query_context": None,
        "cache_timeout": None,
        "uuid": _id(f"chart {chart['name']}"),
        "version": _VERSION,
        "dataset_uuid": _id(f"dataset {chart['dataset']}"),
    }


def _bar(chart: Body, labels: dict[str, str]) -> tuple[str, Body]:
    # Superset sorts names by their letters alone. Characters of no width before each put centuries in their order.
    x = _metric(f"repeat(chr(8203), coalesce(century + 60, 120)) || {chart['x']}", labels[chart["x"]])
    return "echarts_timeseries_bar", _LEGEND | {
        "x_axis": x,
        "metrics": [_metric(chart["values"][chart["y"]], labels[chart["y"]])],
        "groupby": [chart["series"]],
        "stack": "Stack",
        "legendOrientation": "right",
        "color_scheme": "supersetColors",
        "sort_series_type": "sum",
        "sort_series_ascending": False,
        "x_axis_title": labels[chart["x"]],
        "x_axis_title_margin": 50,
        "xAxisLabelRotation": 45,
        "xAxisLabelInterval": "0",
        "y_axis_title": labels[chart["y"]],
        "y_axis_title_margin": 45,
        "y_axis_title_position": "Left",
        "y_axis_format": ",d",
        "rich_tooltip": True,
        "tooltipTimeFormat": "smart_date",
    }


def _scatter(chart: Body, labels: dict[str, str]) -> tuple[str, Body]:
    """One dot for each coin, all of one size."""
    x, y = (_metric(chart["values"][chart[axis]], labels[chart[axis]]) for axis in "xy")
    return "bubble_v2", _LEGEND | {
        "x": x,
        "y": y,
        "size": _metric("count(*)", labels["coins"]),
        "series": chart["series"],
        "entity": "coin",
        "orderby": _metric(f"min({chart['order']})", "lot"),
        "order_desc": False,
        "limit": chart["limit"],
        "x_axis_label": labels[chart["x"]],
        "x_axis_title_margin": 30,
        "xAxisFormat": ",.1~f",
        "y_axis_label": labels[chart["y"]],
        "y_axis_title_margin": 45,
        "y_axis_format": ",.2~f",
        "tooltipSizeFormat": ",d",
        "max_bubble_size": "5",
        "opacity": 0.7,
        "truncateXAxis": True,
        "legendOrientation": "top",
        "color_scheme": "bnbColors",
    }


def _table(chart: Body, labels: dict[str, str]) -> tuple[str, Body]:
    formats: dict[str, Body] = {name: {"d3NumberFormat": form} for name, form in _FORMATS.items()}
    formats |= {labels[name]: form for name, form in formats.items()}
    formats |= {name: {"columnWidth": 150} for name in chart["metrics"]}
    column, _, descending = chart["order"].partition(" ")
    common = {
        "column_config": formats,
        "show_cell_bars": False,
        "allow_render_html": True,
        "server_page_length": 10,
    }
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


_LEGEND = {"show_legend": True, "legendType": "scroll"}
_DRAWN = {"bar": _bar, "scatter": _scatter, "table": _table}


def _dashboard(dashboard: Body) -> Body:
    charts = dashboard["charts"]
    numbers = {
        chart["name"]: n for n, chart in enumerate(charts, 1)
    }  # the import puts its own in their place
    return {
        "dashboard_title": "Coins",
        "description": "The starter dashboard of coinstore.",
        "css": "",
        "slug": None,
        "uuid": _id("dashboard"),
        "position": _position(charts, numbers),
        "version": _VERSION,
        "published": True,
        "metadata": {
            # No colour scheme: with one, all charts would take their colours from it, one after the other.
            "cross_filters_enabled": True,
            "expanded_slices": {str(n): True for n in numbers.values()},
            "native_filter_configuration": [
                _filter(wanted, dashboard, numbers) for wanted in dashboard["filters"]
            ],
        },
    }


def _position(charts: list[Body], numbers: dict[str, int]) -> Body:
    """Two charts that are drawn share a row; a table has one of its own."""
    position: Body = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"id": "ROOT_ID", "type": "ROOT", "children": ["GRID_ID"]},
        "GRID_ID": {"id": "GRID_ID", "type": "GRID", "parents": ["ROOT_ID"], "children": []},
    }
    for chart in charts:
        table = chart["chart"] == "table"
        row, cell = f"ROW-{chart['name'] if table else 'drawn'}", f"CHART-{chart['name']}"
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
                "width": 12 if table else 6,
                "height": _HEIGHTS[chart["name"]],
                "sliceName": chart["title"],
            },
        }
    return position


def _filter(wanted: Body, dashboard: Body, numbers: dict[str, int]) -> Body:
    """By one column, for the charts whose dataset has it; for a graph, exactly one, the standard one at first."""
    column, one = wanted["column"], wanted["column"] == "graph"
    sets = {dataset["name"]: dict(dataset["columns"]) for dataset in dashboard["datasets"]}
    number = sets[wanted["dataset"]][column] != "TEXT"
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
    return {
        "id": f"NATIVE_FILTER-{column}",
        "type": "NATIVE_FILTER",
        "description": "",
        "name": wanted.get("title", dashboard["labels"][column]),
        "filterType": "filter_range" if number else "filter_select",
        "targets": [{"column": {"name": column}, "datasetUuid": _id(f"dataset {wanted['dataset']}")}],
        "controlValues": {"enableEmptyFilter": False} if number else controls,
        "sortMetric": "standard first" if one else None,
        "requiredFirst": one,
        "defaultDataMask": {"extraFormData": {}, "filterState": {}, "ownState": {}},
        "cascadeParentIds": [],
        "scope": {"rootPath": ["ROOT_ID"], "excluded": without},
    }

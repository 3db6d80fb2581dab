"""The starter dashboard for Apache Superset: a bundle as its own export makes them, to be imported as a zip."""

from __future__ import annotations

import io
import json
import uuid
import zipfile
from typing import Any

_SPACE = uuid.UUID("5b1ab0a4-6b0c-5f0e-9d5e-0c01057032e0")  # so that a second import finds what the first made
_VERSION = "1.0.0"
Body = dict[str, Any]


def files(charts: list[Body], address: str) -> dict[str, bytes]:
    """Names and contents: the zip to import under Dashboards > Import, and how."""
    bundle: dict[str, Body] = {
        "metadata.yaml": {"version": _VERSION, "type": "Dashboard", "timestamp": "2026-01-01T00:00:00+00:00"},
        "databases/coinstore.yaml": _database(address),
        "dashboards/coins.yaml": _dashboard(charts),
    }
    for chart in charts:
        bundle[f"datasets/coinstore/{chart['name']}.yaml"] = _dataset(chart)
        bundle[f"charts/{chart['name']}.yaml"] = _chart(chart)
    return {"coinstore_superset.zip": _zip(bundle), "README.txt": _README.encode()}


_README = """\
Dashboards > Import dashboards > coinstore_superset.zip; at the question for a password give the login's.
The import makes the database coinstore there, and connects: the store must be served where Superset can reach it.
"""


def _id(what: str) -> str:
    return str(uuid.uuid5(_SPACE, what))


def _zip(bundle: dict[str, Body]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, body in sorted(bundle.items()):
            # JSON is YAML; the date is fixed, so that equal content gives equal bytes.
            entry = zipfile.ZipInfo(f"coinstore/{name}", (2026, 1, 1, 0, 0, 0))
            file.writestr(entry, json.dumps(body, ensure_ascii=False, indent=2))
    return out.getvalue()


def _database(address: str) -> Body:
    return {
        "database_name": "coinstore", "sqlalchemy_uri": address, "cache_timeout": None, "expose_in_sqllab": True,
        "allow_run_async": False, "allow_ctas": False, "allow_cvas": False, "allow_dml": False,
        "allow_file_upload": False, "extra": {"allows_virtual_table_explore": True},
        "uuid": _id("database"), "version": _VERSION,
    }  # fmt: skip


def _dataset(chart: Body) -> Body:
    columns = [
        {"column_name": name, "type": kind, "is_dttm": False, "is_active": True, "groupby": True, "filterable": True}
        for name, kind in chart["columns"]
    ]
    return {
        "table_name": chart["name"], "main_dttm_col": None, "description": chart["note"], "default_endpoint": None,
        "offset": 0, "cache_timeout": None, "schema": "api", "sql": chart["sql"], "params": None,
        "template_params": None, "filter_select_enabled": True, "fetch_values_predicate": None, "extra": None,
        "uuid": _id(f"dataset {chart['name']}"), "metrics": [], "columns": columns,
        "version": _VERSION, "database_uuid": _id("database"),
    }  # fmt: skip


def _sum(chart: Body, column: str) -> Body:
    return {
        "expressionType": "SQL", "sqlExpression": f'sum("{column}")', "label": column,
        "optionName": f"metric_{chart['name']}_{column}",
    }  # fmt: skip


def _chart(chart: Body) -> Body:
    kind, params = _drawn(chart)
    return {
        "slice_name": chart["title"], "description": chart["note"], "certified_by": None, "certification_details": None,
        "viz_type": kind, "params": params | {"viz_type": kind, "adhoc_filters": [], "row_limit": 10000},
        "query_context": None, "cache_timeout": None, "uuid": _id(f"chart {chart['name']}"),
        "version": _VERSION, "dataset_uuid": _id(f"dataset {chart['name']}"),
    }  # fmt: skip


def _drawn(chart: Body) -> tuple[str, Body]:
    if chart["chart"] == "bar":
        drawn = {"x_axis": chart["x"], "metrics": [_sum(chart, chart["value"])], "groupby": [chart["series"]]}
        return "echarts_timeseries_bar", drawn | {"stack": "Stack", "x_axis_sort_asc": True}
    if chart["chart"] == "scatter":  # one bubble for a coin
        drawn = {"x": _sum(chart, chart["x"]), "y": _sum(chart, chart["value"]), "size": _sum(chart, chart["value"])}
        return "bubble_v2", drawn | {"series": chart["series"], "entity": "inventory_number"}
    return "table", {"query_mode": "raw", "all_columns": [name for name, _ in chart["columns"]], "order_by_cols": []}


def _dashboard(charts: list[Body]) -> Body:
    position: Body = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"id": "ROOT_ID", "type": "ROOT", "children": ["GRID_ID"]},
        "GRID_ID": {"id": "GRID_ID", "type": "GRID", "parents": ["ROOT_ID"], "children": []},
    }
    for n, chart in enumerate(charts):
        row, cell = f"ROW-{n // 2}", f"CHART-{chart['name']}"
        if row not in position:
            position[row] = {"id": row, "type": "ROW", "parents": ["ROOT_ID", "GRID_ID"], "children": [],
                             "meta": {"background": "BACKGROUND_TRANSPARENT"}}  # fmt: skip
            position["GRID_ID"]["children"].append(row)
        position[row]["children"].append(cell)
        position[cell] = {
            "id": cell, "type": "CHART", "parents": ["ROOT_ID", "GRID_ID", row], "children": [],
            "meta": {"chartId": n + 1, "uuid": _id(f"chart {chart['name']}"), "width": 6, "height": 50,
                     "sliceName": chart["title"]},
        }  # fmt: skip
    return {
        "dashboard_title": "Coins", "description": "The starter dashboard of coinstore.", "css": "", "slug": None,
        "uuid": _id("dashboard"), "position": position, "metadata": {}, "version": _VERSION,
    }  # fmt: skip

"""What the starter dashboard shows in every tool: charts.json, and the SQL of each chart."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

Chart = dict[str, Any]


def contents() -> dict[str, Any]:
    """The charts, their datasets, filters (for tools that have them), and the titles of columns.

    A dataset is wider than its charts, so that filters find their columns in it.
    """
    found: dict[str, Any] = json.loads(
        resources.files(__package__).joinpath("charts.json").read_text("utf-8")
    )
    sets = {dataset["name"]: dataset for dataset in found["datasets"]}
    for dataset in sets.values():
        dataset["sql"] = " ".join(dataset["sql"])
    for chart in found["charts"]:
        chart["metrics"] = sets[chart["dataset"]].get("metrics", {})
        chart["sql"] = _query(chart, sets[chart["dataset"]]["sql"])
    return found


def charts() -> list[Chart]:
    """The charts: each with a title, a note, its SQL, and which columns are drawn."""
    found: list[Chart] = contents()["charts"]
    return found


def _query(chart: Chart, dataset: str) -> str:
    # Lookups come after the limit: PostgreSQL evaluates them only for the rows that are shown.
    values = [
        f"{expression} as {name}" for name, expression in (chart["values"] | chart.get("lookups", {})).items()
    ]
    parts = [f"select {', '.join(chart['columns'] + values)} from ({dataset}) as found"]
    parts += [f"where {chart['where']}"] if "where" in chart else []
    parts += [f"group by {', '.join(chart['columns'])}"] if values else []
    parts += [f"order by {chart['order']}"]
    parts += [f"limit {chart['limit']}"] if "limit" in chart else []
    return " ".join(parts)

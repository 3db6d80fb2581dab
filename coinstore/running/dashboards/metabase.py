"""The starter dashboard for Metabase: bodies of its API and a script that sends them."""

from __future__ import annotations

import json
from typing import Any

_DISPLAY = {"bar": "bar", "scatter": "scatter", "table": "table"}
_SCRIPT = '''"""Makes the dashboard in Metabase, by its API. Needs only Python.

python load.py https://metabase.example.org 2 < key

2 is the number of the database there (in the address of its page under Admin settings > Databases); standard
input holds an API key (Admin settings > Authentication > API keys).
"""

import json
import sys
import urllib.request
from pathlib import Path

site, database = sys.argv[1].rstrip("/"), int(sys.argv[2])
key = sys.stdin.readline().strip()


def send(method, path, body):
    headers = {"Content-Type": "application/json", "x-api-key": key}
    request = urllib.request.Request(site + path, json.dumps(body).encode(), headers, method=method)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


folder = Path(__file__).parent
made = send("POST", "/api/dashboard", json.loads((folder / "dashboard.json").read_text("utf-8")))
cards = []
for n, path in enumerate(sorted(folder.glob("card_*.json"))):
    body = json.loads(path.read_text("utf-8"))
    body["dataset_query"]["database"] = database
    card = send("POST", "/api/card", body)
    # Two charts share the first row; a table has its own row.
    place = {"row": 0, "col": 12 * n, "size_x": 12} if n < 2 else {"row": 8 * (n - 1), "col": 0, "size_x": 24}
    cards.append({"id": -1 - n, "card_id": card["id"], "size_y": 8} | place)
send("PUT", f"/api/dashboard/{made['id']}", {"dashcards": cards})
print(f"{site}/dashboard/{made['id']}")
'''


def files(dashboard: dict[str, Any], _address: str) -> dict[str, bytes]:
    """Names and contents: a card for each chart, the dashboard, and load.py."""
    made = {
        f"card_{n}_{chart['name']}.json": _json(_card(chart, dashboard["labels"]))
        for n, chart in enumerate(dashboard["charts"], 1)
    }
    made["dashboard.json"] = _json({"name": "Coins", "description": "The starter dashboard of coinstore."})
    made["load.py"] = _SCRIPT.encode()
    return made


def _card(chart: dict[str, Any], labels: dict[str, str]) -> dict[str, Any]:
    return {
        "name": chart["title"],
        "description": chart["note"],
        "display": _DISPLAY[chart["chart"]],
        "visualization_settings": {} if chart["chart"] == "table" else _drawn(chart, labels),
        # The number of the database depends on the site; load.py puts it in.
        "dataset_query": {
            "type": "native",
            "native": {"query": chart["sql"], "template-tags": {}},
            "database": None,
        },
    }


def _drawn(chart: dict[str, Any], labels: dict[str, str]) -> dict[str, Any]:
    drawn = {
        "graph.dimensions": [chart["x"], chart["series"]],
        "graph.metrics": [chart["y"]],
        "graph.x_axis.title_text": labels[chart["x"]],
        "graph.y_axis.title_text": labels[chart["y"]],
    }
    return drawn | ({"stackable.stack_type": "stacked"} if chart["chart"] == "bar" else {})


def _json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()

"""Runs in Superset's environment: registers a store, reads it, imports the starter dashboard, runs its charts.

test_superset.py calls it without arguments and sets these variables: STORE_URI (the address of the store),
QUERIES (name to SQL, as JSON), BUNDLE (the path of the dashboard's bundle) and PASSWORD. The result is a line
with RESULT and JSON. The tests never import it.
"""

import json
import os
import sys


def main() -> dict:
    from superset.app import create_app

    app = create_app()
    with app.app_context():
        from flask import g
        from superset import db, security_manager
        from superset.models.core import Database

        found = {}
        admin = security_manager.find_user("admin") or security_manager.add_user(
            "admin", "A", "B", "a@example.org", security_manager.find_role("Admin"), password="admin"
        )
        g.user = admin
        store = Database(database_name="by hand", expose_in_sqllab=True)
        store.set_sqlalchemy_uri(os.environ["STORE_URI"])
        db.session.add(store)
        db.session.commit()
        found["views"] = sorted(table[0] for table in store.get_all_view_names_in_schema(None, "api"))
        from superset.sql_parse import Table

        columns = store.get_columns(Table("coins", "api"))
        found["columns"] = {column["column_name"]: str(column["type"]) for column in columns}
        for name, query in json.loads(os.environ["QUERIES"]).items():
            found[name] = json.loads(store.get_df(query, schema="api").to_json(orient="values"))
        found["charts"] = run_charts(os.environ["BUNDLE"])
    return found


def run_charts(bundle: str) -> dict:
    """Imports the dashboard and asks for the data of each of its charts, as the browser would."""
    import zipfile

    from superset import db
    from superset.commands.dashboard.importers.dispatcher import ImportDashboardsCommand
    from superset.commands.importers.v1.utils import get_contents_from_bundle
    from superset.models.dashboard import Dashboard

    with zipfile.ZipFile(bundle) as file:
        contents = get_contents_from_bundle(file)
    passwords = {"databases/coinstore.yaml": os.environ["PASSWORD"]}
    ImportDashboardsCommand(contents, overwrite=True, passwords=passwords).run()
    dashboard = db.session.query(Dashboard).filter_by(dashboard_title="Coins").one()
    filters = json.loads(dashboard.json_metadata)["native_filter_configuration"]
    assert filters and all(target["datasetId"] for body in filters for target in body["targets"])
    return {chart.slice_name: rows_of(chart) for chart in dashboard.slices}


def rows_of(chart: object) -> int:
    """How many rows the chart's dataset returns, asked with Superset's query object and the chart's columns."""
    form = json.loads(chart.params)
    names = [
        form.get("x_axis"),
        form.get("entity"),
        form.get("series"),
        *form.get("groupby", []),
        *form.get("all_columns", []),
    ]
    metrics = [*form.get("metrics", []), form.get("x"), form.get("y"), form.get("size")]
    sort = form.get("timeseries_limit_metric") or form.get("orderby")
    asked = {
        "columns": [name for name in names if name],
        "metrics": [value for value in metrics if value] or None,
        "orderby": [(sort, not form["order_desc"])] if sort else [],
        "groupby": [],
        "filter": [],
        "is_timeseries": False,
        "from_dttm": None,
        "to_dttm": None,
        "granularity": None,
        "row_limit": form["row_limit"],
        "extras": {"where": " and ".join(f["sqlExpression"] for f in form["adhoc_filters"])},
    }
    result = chart.table.query(asked)
    if result.error_message:
        raise SystemExit(result.error_message)
    return len(result.df)


if __name__ == "__main__":
    print("RESULT " + json.dumps(main()))
    sys.stdout.flush()

"""coinstore faults: what could not be taken, and why."""

from __future__ import annotations

import click

import coinstore
from coinstore.db import call

from .shared.output import print_csv, print_json, print_table, refuse_two_forms

SHOWN = ["source", "place", "face", "space", "column_name", "value_text", "reason"]
KEYS = ["fault_id", "coin_id", "noted_at"]


@click.command()
@click.option("--json", "as_json", is_flag=True, help="An array for machines.")
@click.option("--csv", "as_csv", is_flag=True, help="Comma-separated values.")
def faults(as_json: bool, as_csv: bool) -> None:
    """List the values, records and photographs that could not be taken, and why.

    \b
    coinstore faults --csv > faults.csv
    """
    refuse_two_forms(as_json, as_csv)
    with coinstore.open() as store:
        found = [dict(row) for row in call.look(store.engine, "api.faults")]
    if as_json:
        print_json(found)
    elif as_csv:
        print_csv(found, SHOWN + KEYS)
    else:
        print_table(found, SHOWN)

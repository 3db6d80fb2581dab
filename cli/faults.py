"""coinstore faults: what could not be loaded, and why."""

from __future__ import annotations

from contextlib import closing

import click

import coinstore

from .shared.commands import Command
from .shared.options import listing
from .shared.output import Counted, print_rows

SHOWN = ["source", "place", "face", "space", "column_name", "value_text", "reason"]
KEYS = ["fault_id", "coin_id", "noted_at"]


@click.command(cls=Command)
@listing
def faults(form: str) -> None:
    """List the values, records and photographs that could not be loaded, and why.

    \b
    coinstore faults
    coinstore faults --csv > faults.csv
    """
    from coinstore.db import call

    with coinstore.open() as store, closing(call.stream(store.engine, "api.faults")) as found:
        rows = Counted(found, lambda: call.count(store.engine, "api.faults"))
        print_rows(rows, SHOWN, form, columns=SHOWN + KEYS)

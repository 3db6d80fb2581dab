"""coinstore faults: what could not be loaded, and why."""

from __future__ import annotations

import click

import coinstore

from .shared.commands import Command
from .shared.options import listing
from .shared.output import print_rows

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
    with coinstore.open() as store:
        found = store.faults().to_dicts()
    print_rows(found, SHOWN, form, columns=SHOWN + KEYS)

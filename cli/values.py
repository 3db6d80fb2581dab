"""coinstore values: fields with several names, or an uncertain one."""

from __future__ import annotations

from contextlib import closing

import click

import coinstore

from .shared import options
from .shared.commands import Command
from .shared.options import listing
from .shared.output import print_rows

FIELD = click.Choice(["denomination", "material", "mint", "authority", "portrait"])
MORE = ["recorded", "uri", "rank", "said_by_kind", "coin_id"]


@click.command(cls=Command)
@click.argument("field", type=FIELD, required=False)
@click.option("--uncertain", is_flag=True, help="Only names that are uncertain.")
@options.where()
@listing
def values(field: str | None, uncertain: bool, where: str, form: str) -> None:
    """List the names where a coin has several in one field, or an uncertain one, and who says so.

    api.coins has the first certain one; api.values has the names of all coins.

    \b
    coinstore values
    coinstore values mint --uncertain
    coinstore values --where "collection = 'British Museum'" --csv
    """
    from coinstore.curation.values import SHOWN, ValueFilter, stream_values

    which = ValueFilter(field, uncertain, where)
    empty = "Each coin has one certain name in each field, or none."
    with coinstore.open() as store, closing(stream_values(store.engine, which)) as rows:
        print_rows(rows, SHOWN, form, columns=[*SHOWN, *MORE], empty=empty)

"""coinstore impute: missing values filled in by a rule, in separate columns."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

import coinstore

from .shared import options
from .shared.commands import Command, Group
from .shared.options import destructive, listing
from .shared.output import notice, print_json, print_rows

NUMBERS = ["year_from", "year_to", "weight_g", "diameter_mm", "die_axis_h"]
TEXTS = ["material", "denomination", "mint", "authority", "portrait"]
GROUPS = ["type", *TEXTS, "collection"]
SHOWN = [
    "imputation_id",
    "field",
    "by_fields",
    "statistic",
    "least_coins",
    "predicate",
    "coins",
    "said_by",
    "made_at",
]
HELP = """Fill {field} where a coin lacks it, from coins of the same group.

The value goes into api.coins_imputed.{field}_imputed; api.coins and all figures stay as they are. The same
rule again replaces its own values; a value that another rule gave stays.

\b
coinstore impute {field} --by {by}
coinstore impute {field} --by {by} --by collection --min-coins 5 --where "{where}"
"""


@click.group(cls=Group)
def impute() -> None:
    """Fill in what coins lack, in separate columns; measured values are never replaced.

    \b
    coinstore impute year_from --by type
    coinstore impute list
    coinstore impute drop 1
    """


def _command(field: str) -> click.Command:
    """The command that fills one field."""
    by = "mint" if field == "material" else "type"
    statistics = ["median", "mode"] if field in NUMBERS and field != "die_axis_h" else ["mode"]
    where = "weight_g > 1" if field != "weight_g" else "diameter_mm > 12"

    @click.option(
        "--by",
        multiple=True,
        required=True,
        type=click.Choice([group for group in GROUPS if group != field]),
        help="Coins that agree in this field are a group. May be repeated.",
    )
    @click.option(
        "--statistic",
        type=click.Choice(statistics),
        default=statistics[0],
        show_default=True,
        help="Taken over the coins of the group that have a value.",
    )
    @click.option(
        "--min-coins",
        "least",
        type=click.IntRange(1, 2**31 - 1),
        default=3,
        show_default=True,
        help="Coins of the group that must have a value.",
    )
    @options.where(help="Condition in SQL over api.coins: learn from, and fill, only these coins.")
    @options.person()
    @options.as_json
    def fill(**given: Any) -> None:
        _fill(field, **given)

    text = HELP.format(field=field, by=by, where=where)
    return click.command(field, cls=Command, help=text, short_help=f"Fill {field}.")(fill)


def _fill(field: str, person: str, as_json: bool, **given: Any) -> None:
    from coinstore.curation import impute as imputing

    with coinstore.open() as store:
        done = imputing.impute(store.engine, imputing.Rule(field, **given), person)
    if as_json:
        print_json(asdict(done))
    notice(f"{done.coins:,} of {done.lacking:,} coins without {field} now have an imputed one.")
    if done.contradicting:
        notice(f"{done.contradicting:,} were left out: their first year would be after their last.")
    notice(f"See api.coins_imputed.{field}_imputed; undo: coinstore impute drop {done.imputation_id}")


@impute.command("list")
@listing
def list_imputations(form: str) -> None:
    """List the rules, with the number of coins that each one filled.

    \b
    coinstore impute list
    """
    from coinstore.curation import impute as imputing

    with coinstore.open() as store:
        found = imputing.list_imputations(store.engine)
    print_rows(found, SHOWN, form, empty="There are no rules yet; see: coinstore impute --help")


@impute.command()
@click.argument("imputation_id", type=int, metavar="ID")
@destructive("Drop imputation {imputation_id} with its values?")
def drop(imputation_id: int) -> None:
    """Drop the rule ID with its values.

    \b
    coinstore impute drop 1
    """
    from coinstore.curation.impute import drop_imputation

    with coinstore.open() as store:
        n = drop_imputation(store.engine, imputation_id)
    notice(f"Dropped imputation {imputation_id} with {n:,} value{'s' * (n != 1)}.")


for name in NUMBERS + TEXTS:
    impute.add_command(_command(name))

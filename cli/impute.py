"""coinstore impute: what coins lack, filled in by a rule, in columns of their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import click

import coinstore
from coinstore.curation import impute as imputing
from coinstore.curation.impute import GROUPS, LEAST, NUMBERS, TEXTS, Rule

from .shared.output import notice, print_json, print_table, whoever

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
HELP = """Fill {field} where a coin lacks it, from coins that agree with it.

It goes into api.coins_imputed.{field}_imputed, marked by its name; api.coins and all figures stay as they are.
The same rule again takes its own place; a value that another rule gave stays.

\b
coinstore impute {field} --by {by}
coinstore impute {field} --by {by} --by collection --least 5 --where "{where}"
"""


@click.group()
def impute() -> None:
    """Fill in what coins lack, on request, beside what is measured and never in its place.

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
    options: list[Callable[[Any], Any]] = [
        click.option(
            "--by",
            multiple=True,
            required=True,
            type=click.Choice([g for g in GROUPS if g != field]),
            help="Coins that agree in this are a group; may be given several times.",
        ),
        click.option(
            "--statistic",
            type=click.Choice(statistics),
            default=statistics[0],
            show_default=True,
            help="Of the group's coins that have it.",
        ),
        click.option(
            "--least",
            type=click.IntRange(1, 2**31 - 1),
            default=LEAST,
            show_default=True,
            help="Coins that must have it in the group.",
        ),
        click.option(
            "--where", default="true", help="SQL over api.coins: learn from, and fill, these alone."
        ),
        click.option("--said-by", default=whoever, help="Who asks for it; else your user name."),
        click.option("--json", "as_json", is_flag=True, help="One object for machines."),
    ]

    def fill(**options: Any) -> None:
        _fill(field, **options)

    for option in reversed(options):
        fill = option(fill)
    return click.command(
        name=field, help=HELP.format(field=field, by=by, where=where), short_help=f"Fill {field}."
    )(fill)


def _fill(field: str, said_by: str, as_json: bool, **options: Any) -> None:
    rule = Rule(field, **options)
    with coinstore.open() as store:
        done = imputing.impute(store.engine, rule, said_by)
    if as_json:
        print_json(asdict(done))
    notice(f"{done.coins:,} of {done.lacking:,} coins without {field} got an imputed one.")
    if done.contradicting:
        notice(f"{done.contradicting:,} were left out: their first year would come after their last.")
    notice(f"See api.coins_imputed.{field}_imputed; take it back: coinstore impute drop {done.imputation_id}")


@impute.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="An array for machines.")
def list_(as_json: bool) -> None:
    """List the rules by which values were imputed, and for how many coins they stand."""
    with coinstore.open() as store:
        found = imputing.list_imputations(store.engine)
    if as_json:
        print_json(found)
        return
    print_table([row | {"by_fields": ", ".join(row["by_fields"])} for row in found], SHOWN)


@impute.command()
@click.argument("imputation_id", type=int, metavar="ID")
def drop(imputation_id: int) -> None:
    """Drop the rule ID with its values."""
    with coinstore.open() as store:
        n = imputing.drop_imputation(store.engine, imputation_id)
    notice(f"Imputation {imputation_id} is dropped, {n:,} value{'s' * (n != 1)} with it.")


for name in NUMBERS + TEXTS:
    impute.add_command(_command(name))

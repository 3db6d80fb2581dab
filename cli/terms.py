"""coinstore terms: one name for one thing."""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict
from pathlib import Path

import click

import coinstore
from coinstore.curation import terms as vocabulary
from coinstore.curation.terms import FIELDS, Term, TermChange

from .shared.output import named, notice, print_json, print_table, whoever

SUGGESTED = ["field", "name", "coins", "alias", "alias_coins", "reason"]
FIELD = click.Choice(FIELDS)
FILE = click.Path(dir_okay=False, path_type=Path)
AS_JSON = click.option("--json", "as_json", is_flag=True, help="An array for machines.")
BY = click.option(
    "--by", "said_by", default=whoever, callback=named, help="Who says so; else your user name."
)


@click.group()
def terms() -> None:
    """One name for one thing: aliases of types, denominations, materials, mints, authorities, portraits.

    A preferred name is shown, and searched, wherever a source has one of its aliases; what the source has stays
    (api.recorded), and taking the alias back restores it. An alias is compared letter by letter.
    """


@terms.command(name="list")
@click.argument("field", type=FIELD, required=False)
@AS_JSON
def list_(field: str | None, as_json: bool) -> None:
    """List the preferred names of FIELD, or of all, and what they stand for."""
    with coinstore.open() as store:
        found = vocabulary.list_terms(store.engine, field)
    if as_json:
        print_json(found)
        return
    shown = [row | {"aliases": ", ".join(row["aliases"])} for row in found]
    print_table(shown, ["field", "term", "coins", "aliases", "nomisma"])
    if not found:
        notice("There are no terms yet; see: coinstore terms suggest")


@terms.command()
@click.argument("field", type=FIELD)
@click.argument("name")
@click.argument("aliases", nargs=-1, metavar="[ALIAS]...")
@click.option("--nomisma", help="The concept at nomisma.org: ar, nm:ar or its URI.")
@BY
def add(field: str, name: str, aliases: tuple[str, ...], nomisma: str | None, said_by: str) -> None:
    """Show NAME wherever a source has one of the ALIASES in FIELD, now and in later loads.

    An alias that stands for other names itself brings them along.

    \b
    coinstore terms add portrait Hadrian "Divus Hadrian" "Hadrian Divus"
    coinstore terms add material silver Silber AR Silver --nomisma ar --by "A. Curator"
    """
    with coinstore.open() as store:
        changed = vocabulary.add_term(store.engine, Term(field, name, said_by, aliases, nomisma))
    notice(f"{name}: {_count(changed.aliases, 'alias', 'aliases')} more, {_coins(changed)}.")


@terms.command()
@click.argument("field", type=FIELD)
@click.argument("alias")
def remove(field: str, alias: str) -> None:
    """Take an ALIAS of FIELD back, or a preferred name with all it stands for: coins show again what sources said.

    \b
    coinstore terms remove material Silber
    """
    with coinstore.open() as store:
        changed = vocabulary.remove_alias(store.engine, field, alias)
    notice(f"{alias}: {_count(changed.aliases, 'alias', 'aliases')} taken back, {_coins(changed)}.")


def _count(n: int, one: str, many: str) -> str:
    return f"{n:,} {one if n == 1 else many}"


def _coins(changed: TermChange) -> str:
    return f"{_count(changed.coins, 'coin is', 'coins are')} shown under another name now"


@terms.command()
@click.argument("field", type=FIELD, required=False)
@click.option("--at-most", type=click.IntRange(1), default=40, show_default=True, help="Rows on the screen.")
@click.option("--out", type=FILE, help="All of them as a file for `terms import`, to be pruned first.")
@AS_JSON
def suggest(field: str | None, at_most: int, out: Path | None, as_json: bool) -> None:
    """Names that may mean one thing, the surest first, and why. Nothing is merged: that is yours to say.

    \b
    coinstore terms suggest material
    coinstore terms suggest --out perhaps.csv     # strike out what is wrong, then
    coinstore terms import perhaps.csv
    """
    with coinstore.open() as store:
        found = vocabulary.suggest_terms(store.engine, field)
    if out:
        n = vocabulary.write_suggestions(found, out)
        notice(
            f"{out}: {_count(n, 'suggestion', 'suggestions')}. Strike out what is wrong, then: coinstore terms import"
        )
    if as_json:
        print_json([asdict(row) for row in found])
    elif not out:
        print_table([asdict(row) for row in found[:at_most]], SUGGESTED)
        if len(found) > at_most:
            notice(f"{len(found) - at_most:,} more, less sure ones: --at-most, --out or --json has them.")
        if found:
            notice("To accept one: coinstore terms add FIELD NAME ALIAS")
        else:
            notice("No two names look like one thing.")


@terms.command(name="export")
@click.argument("file", type=FILE)
def export_(file: Path) -> None:
    """Write all terms to FILE, a CSV with the columns field, name, alias, nomisma, said_by."""
    with coinstore.open() as store:
        n = vocabulary.export_terms(store.engine, file)
    notice(f"{file}: {_count(n, 'row', 'rows')}.")


@terms.command(name="import")
@click.argument("file", type=FILE)
@BY
@AS_JSON
def import_(file: Path, said_by: str, as_json: bool) -> int:
    """Add the terms of FILE, a CSV as `terms export` and `terms suggest --out` write it.

    A row that cannot be taken is named, and the others go on. The same file again changes nothing.
    """
    with coinstore.open() as store, closing(vocabulary.import_terms(store.engine, file, said_by)) as rows:
        taken = list(rows)
    faults = [row.fault for row in taken if row.fault]
    if as_json:
        print_json([asdict(row) for row in taken])
    for fault in faults:
        notice(fault)
    aliases, coins = sum(row.changed.aliases for row in taken), sum(row.changed.coins for row in taken)
    notice(
        f"{_count(len(taken), 'row', 'rows')}: {_count(aliases, 'alias', 'aliases')} more, "
        f"{_coins(TermChange(aliases, coins))}; {_count(len(faults), 'fault', 'faults')}."
    )
    return 3 if taken and len(faults) == len(taken) else 0

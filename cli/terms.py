"""coinstore terms: one name for one thing."""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

import coinstore

from .shared import options
from .shared.commands import Group
from .shared.options import destructive, listing
from .shared.output import counted, notice, print_json, print_rows
from .shared.progress import reporting

if TYPE_CHECKING:
    from coinstore.curation.terms import TermChange

LISTED = ["field", "term", "coins", "aliases", "nomisma"]
SUGGESTED = ["field", "name", "coins", "alias", "alias_coins", "reason"]
MOST_TOLD = 20  # sentences about what is left out
FIELD = click.Choice(["type", "denomination", "material", "mint", "authority", "portrait"])


@click.group(cls=Group)
def terms() -> None:
    """One name for one thing: aliases of types, denominations, materials, mints, authorities and portraits.

    A preferred name is shown and searched wherever a source has one of its aliases. What the source has is
    kept (api.values), and removing the alias restores it. An alias is compared letter by letter.

    \b
    coinstore terms suggest
    """


@terms.command("list")
@click.argument("field", type=FIELD, required=False)
@listing
def list_terms(field: str | None, form: str) -> None:
    """List the preferred names and their aliases.

    \b
    coinstore terms list
    coinstore terms list material
    """
    from coinstore.curation import terms as vocabulary

    with coinstore.open() as store:
        found = vocabulary.list_terms(store.engine, field)
    print_rows(found, LISTED, form, empty="There are no terms yet; see: coinstore terms suggest")


@terms.command()
@click.argument("field", type=FIELD)
@click.argument("name")
@click.argument("aliases", nargs=-1, metavar="[ALIAS]...")
@click.option("--nomisma", help="The concept at nomisma.org: ar, nm:ar or its URI.")
@options.person()
def add(field: str, name: str, aliases: tuple[str, ...], nomisma: str | None, person: str) -> None:
    """Show NAME wherever a source has one of the ALIASES.

    This holds for FIELD, now and in later loads. An alias that is itself a preferred name brings its
    aliases along.

    \b
    coinstore terms add portrait Hadrian "Divus Hadrian"
    coinstore terms add material silver Silber AR Silver --nomisma ar --as "A. Curator"
    """
    from coinstore.curation.terms import Term, add_term

    with coinstore.open() as store:
        changed = add_term(store.engine, Term(field, name, person, aliases, nomisma))
    notice(f"{name}: {counted(changed.aliases, 'new alias', 'new aliases')}, {_coins(changed)}.")


@terms.command()
@click.argument("field", type=FIELD)
@click.argument("alias")
@destructive("Remove {alias} from {field}?")
def remove(field: str, alias: str) -> None:
    """Remove an alias, or a preferred name with its aliases.

    Coins show again what their sources say.

    \b
    coinstore terms remove material Silber
    """
    from coinstore.curation.terms import remove_alias

    with coinstore.open() as store:
        changed = remove_alias(store.engine, field, alias)
    notice(f"{alias}: {counted(changed.aliases, 'alias', 'aliases')} removed, {_coins(changed)}.")


def _coins(changed: TermChange) -> str:
    return f"{counted(changed.coins, 'coin is', 'coins are')} now shown under another name"


@terms.command()
@click.argument("field", type=FIELD, required=False)
@options.limit("Rows in the table.", default=40, show_default=True)
@options.output("Write all suggestions to a file for `terms import`; delete the wrong rows first.")
@listing
def suggest(field: str | None, limit: int, output: Path | None, form: str) -> None:
    """Suggest names that may mean the same, the most likely first. Nothing is merged without you.

    \b
    coinstore terms suggest
    coinstore terms suggest material
    coinstore terms suggest -o perhaps.csv     # delete the wrong rows, then:
    coinstore terms import perhaps.csv
    """
    from coinstore.curation.terms import suggest_terms, write_suggestions

    with coinstore.open() as store:
        found = suggest_terms(store.engine, field)
    if output:
        n = write_suggestions(found, output)
        notice(f"{output}: {counted(n, 'suggestion', 'suggestions')}.")
        notice(f"Delete the wrong rows, then run: coinstore terms import {output}")
        if form == "table":
            return
    rows = [asdict(row) for row in found]
    shown = rows[:limit] if form == "table" else rows
    print_rows(shown, SUGGESTED, form, empty="There is nothing to suggest: no two names look alike.")
    if len(rows) > len(shown):
        notice(f"{len(rows) - len(shown):,} less likely ones are not shown: use --limit, -o or --json.")
    if rows and form == "table":
        notice("To accept one: coinstore terms add FIELD NAME ALIAS")


@terms.command("export")
@options.output("The file to write.", metavar="FILE.csv", required=True)
def export_terms(output: Path) -> None:
    """Write all terms to a CSV file.

    Its columns are field, name, alias, nomisma, said_by.

    \b
    coinstore terms export -o terms.csv
    """
    from coinstore.curation import terms as vocabulary

    with coinstore.open() as store:
        n = vocabulary.export_terms(store.engine, output)
    notice(f"{output}: {counted(n, 'row', 'rows')}.")


@terms.command("import")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@options.person()
@click.option("--json", "as_json", is_flag=True, help="Print each row with its result as a JSON array.")
def import_terms(file: Path, person: str, as_json: bool) -> int:
    """Add the terms of a CSV file.

    `terms export` and `terms suggest -o` write such files. A row that cannot be used is reported, and the
    others are added. The same file again changes nothing.

    \b
    coinstore terms import terms.csv
    """
    from coinstore.curation import terms as vocabulary

    with coinstore.open() as store, closing(vocabulary.import_terms(store.engine, file, person)) as rows:
        taken = list(rows)
    faults = [row.fault for row in taken if row.fault]
    if as_json:
        print_json([asdict(row) for row in taken])
    for fault in faults:
        notice(fault)
    aliases, coins = sum(row.changed.aliases for row in taken), sum(row.changed.coins for row in taken)
    notice(
        f"{counted(len(taken), 'row', 'rows')}: {counted(aliases, 'new alias', 'new aliases')},"
        f" {_coins(vocabulary.TermChange(aliases, coins))}; {counted(len(faults), 'fault', 'faults')}."
    )
    return 3 if taken and len(faults) == len(taken) else 0


@terms.command("import-nomisma")
@click.argument(
    "files", metavar="FILE...", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path)
)
@click.option("--language", default="en", show_default=True, help="Languages of the names: de,en.")
@options.person()
def import_nomisma(files: tuple[Path, ...], language: str, person: str) -> int:
    """Add concepts of nomisma.org as terms.

    FILES are concept files (RDF/XML, Turtle, JSON-LD) or folders of them. Materials, denominations, mints
    and persons get one name in the language that you choose; their labels in all languages become aliases,
    and the address is kept. A label that means several concepts is not an alias. Your own names stay. The
    same files again change nothing.

    \b
    coinstore terms import-nomisma rome.rdf
    coinstore terms import-nomisma nomisma/ --language de,en --as "A. Curator"
    """
    from coinstore.curation.terms import TermChange

    languages = [word.strip() for word in language.split(",")]
    with coinstore.open() as store, reporting() as report:
        rows = store.terms.import_nomisma(files, said_by=person, languages=languages, progress=report)
    taken = [row for row in rows if row.field]
    for sentence in [row.fault for row in rows if row.fault][:MOST_TOLD]:
        notice(sentence)
    aliases, coins = sum(row.changed.aliases for row in taken), sum(row.changed.coins for row in taken)
    notice(
        f"{counted(len(taken), 'term', 'terms')}: {counted(aliases, 'new alias', 'new aliases')},"
        f" {_coins(TermChange(aliases, coins))}."
    )
    return 0 if taken else 3

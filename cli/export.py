"""coinstore export: coins for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import coinstore
from coinstore.records.exports.formats import FORMATS

from .shared import options
from .shared.commands import Group, Key, config
from .shared.output import counted, notice
from .shared.progress import reporting

if TYPE_CHECKING:
    from coinstore.records.exports.write import Exported

KEYS = {
    "base": Key(click.STRING, "", "Address that coins without their own get, with collection and number"),
    "collection": Key(click.STRING, "", "Collection whose coins have only their number after base"),
    "dataset": Key(click.STRING, "", "Address of the data set, if it is not base"),
    "title": Key(click.STRING, "", "Title of the data set"),
    "description": Key(click.STRING, "", "Description of the data set"),
    "publisher": Key(click.STRING, "", "Who publishes it"),
    "licence": Key(click.STRING, "", "Licence of the data set: an address"),
    "collection_uri": Key(click.STRING, "", "Address of the collection at nomisma.org"),
    "images": Key(click.STRING, "", "Address where photographs of this machine are served"),
    "image_folder": Key(click.STRING, "", "Folder of this machine that is served at images"),
    "provenance": Key(click.BOOL, False, "Write former owners as well"),
}


@click.group(cls=Group)
def export() -> None:
    """Write coins for other programs.

    \b
    coinstore export coins -o coins.csv
    """


@export.command()
@click.option(
    "--format",
    "form",
    type=click.Choice(list(FORMATS)),
    help="What is written.  [default: as the file ends]",
)
@options.where()
@options.output("The file or folder to write.", metavar="PATH", required=True)
@config(KEYS)
def coins(form: str | None, where: str, output: Path, config: dict[str, Any]) -> None:
    """Write coins with all their fields.

    `ingest` reads CSV, XLSX, JSON and Parquet back unchanged. Former owners go out only with
    provenance = true in a --config file: tables then have that column. Names are the preferred ones; the
    columns are those of a mapping file. In CSV and XLSX a text that a spreadsheet would run as a formula
    (= + - @) has a ' before it, which `ingest` takes off.

    NUDS (.xml) is for Numishare, LIDO (.xml) for portals of museums. Nomisma (.rdf) takes coins with the
    address of a type: FILE.void.rdf describes the data set, FILE.left_out.csv lists the other coins. IIIF and
    Linked Art are folders with a file for each coin; base is where they will be. IIIF leaves out coins
    without a photograph that has an address and was examined. These formats say only what a published
    record may: no files of this machine. Addresses of photographs with a password or a token stay out of all
    formats. In a folder that is there, the files of the last export of the same format are replaced, which
    a list in the folder names (.coinstore.FORMAT.txt); all other files stay.

    \b
    coinstore export coins -o coins.csv
    coinstore export coins -o coins.xlsx --where "mint = 'Rome'"
    coinstore export coins --format nuds -o coins.xml
    coinstore export coins --format iiif -o manifests --config museum.toml
    coinstore export coins --format nomisma -o coins.rdf --config museum.toml
    """
    ending = output.suffix[1:].lower()
    form = form or (ending if ending in FORMATS and FORMATS[ending].is_table else None)
    if not form:
        raise click.UsageError(f"Give --format: one of {', '.join(FORMATS)}.")
    with coinstore.open() as store, reporting() as progress:
        about = coinstore.About(**config)
        done = store.export_coins(output, form, where=where, about=about, progress=progress)
    _tell(done, form, output)


@export.command()
@click.option("--graph", help="The edges of this graph.  [default: matches]")
@options.where("api.coins; both coins meet it")
@options.min_certainty("Lowest probability of a match.", default=0.5, show_default=True)
@options.output("The file to write.", metavar="FILE.csv", required=True)
def pairs(graph: str | None, where: str, min_certainty: float, output: Path) -> None:
    """Write pairs that look alike and that nobody has judged.

    A pair that a person calls of the same die or type is a close match in the RDF of `export coins`.

    \b
    coinstore export pairs -o pairs.csv
    coinstore export pairs --graph eye_debiased_both_across -o pairs.csv
    """
    asked = {"graph": graph, "where": where, "min_certainty": min_certainty}
    with coinstore.open() as store, reporting() as progress:
        count = store.export_pairs(output, progress=progress, **asked)
    notice(f"{counted(count, 'pair is', 'pairs are')} in {output}.")
    if not count:
        maker = f"`coinstore graph build` fills {graph}" if graph else "`coinstore match` finds them"
        notice(f"{maker}; pairs that are judged are left out.")


def _tell(done: Exported, form: str, output: Path) -> None:
    """Says what was written, and what is left out."""
    notice(f"{counted(done.coins, 'coin is', 'coins are')} in {done.path}.")
    if done.others:
        notice(f"{counted(done.others, 'JSON file is', 'JSON files are')} of others and stay in {done.path}.")
    if done.secret_images:
        what = counted(done.secret_images, "photograph is", "photographs are")
        notice(f"{what} left out: the address has a password or a token.")
    if done.packed_images:
        what = counted(done.packed_images, "photograph is", "photographs are")
        notice(f"{what} left out: inside a zip or a database. Unpack them into a folder, and ingest that.")
    if done.owners_left_out:
        what = counted(done.owners_left_out, "coin has", "coins have")
        notice(f"{what} former owners, who are left out: provenance = true in a --config FILE writes them.")
    if done.left_out:
        see = f"; see {output.with_suffix('.left_out.csv')}" if form == "nomisma" else ""
        notice(f"{counted(done.left_out, 'coin lacks', 'coins lack')} {FORMATS[form].lacking}{see}.")

"""coinstore vectors: in from and out for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

import coinstore
from coinstore.spaces.fill import settle
from coinstore.spaces.transfer import Bundle, export_vectors, import_vectors

from .shared.output import FACE, notice

FILE = click.Path(path_type=Path)


@click.group()
def vectors() -> None:
    """Vectors that other programs made or want: a NumPy file, and a file with a name for each row."""


@vectors.command("import")
@click.argument("space")
@click.option("--npy", "vectors", type=FILE, required=True, help="Float vectors, one row for each name.")
@click.option("--names", type=FILE, required=True, help="Names of the photographs, one on each line.")
@click.option("--texts", type=FILE, help="With --create: descriptions, one on each line.")
@click.option("--face", type=FACE, default="obverse", show_default=True, help="Of names that show none.")
@click.option("--collection", help="Where the coins are looked for, or made.")
@click.option("--create", is_flag=True, help="Make the coins that are not there.")
@click.option("--precision", type=click.Choice(["single", "half"]), default="single", show_default=True)
def import_command(space: str, precision: Any, create: bool, **files: Any) -> None:
    """Store vectors in SPACE, as they are. One wrong row, and nothing is stored.

    \b
    coinstore vectors import thesis --npy features.npy --names filenames.txt
    coinstore vectors import thesis --npy features.npy --names filenames.txt --create --collection "Hoard of Hill 7"
    """
    with coinstore.open() as store:
        count = import_vectors(store.engine, space, Bundle(**files), precision=precision, create=create)
        settle(store.engine, space)
    notice(f"{count:,} vectors are in {space}.")


@vectors.command("export")
@click.argument("space")
@click.option("--npy", "vectors_file", type=FILE, required=True, help="Where the vectors go, as float32.")
@click.option("--names", "names_file", type=FILE, required=True, help="Where the names go.")
@click.option("--face", type=FACE, help="Only this face.")
def export_command(space: str, vectors_file: Path, names_file: Path, face: Any) -> None:
    """Write the vectors of SPACE, and a name for each.

    \b
    coinstore vectors export hog --npy hog.npy --names hog.txt --face obverse
    """
    with coinstore.open() as store:
        count = export_vectors(store.engine, space, vectors_file, names_file, face)
    notice(f"{count:,} vectors of {space} are in {vectors_file}.")

"""coinstore vectors: import from and export to other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

import coinstore

from .shared import options
from .shared.commands import Group
from .shared.options import FACE
from .shared.output import notice

FILE = click.Path(path_type=Path)
NOTHING = "nothing"


@click.group(cls=Group)
def vectors() -> None:
    """Import and export vectors: a NumPy file, and a file with a name for each row.

    \b
    coinstore vectors export hog --npy hog.npy --names hog.txt
    """


@vectors.command("import")
@click.argument("space")
@click.option(
    "--npy",
    "vectors",
    type=FILE,
    required=True,
    help="The vectors (.npy, or .npz with one array), a row for each name.",
)
@click.option("--names", type=FILE, required=True, help="Names of the photographs, one on each line.")
@click.option("--texts", type=FILE, help="With --create: descriptions, one on each line.")
@options.face("The face of photographs whose name shows none.", type=FACE)
@click.option("--collection", help="The collection in which coins are found or created.")
@click.option("--create", is_flag=True, help="Create the coins that are not in the store.")
@click.option("--precision", type=click.Choice(["single", "half"]), default="single", show_default=True)
@click.option(
    "--sees",
    multiple=True,
    metavar="FIELD",
    help="A field of the records that went into the vectors, or: nothing. May be repeated.",
)
def import_command(space: str, precision: Any, create: bool, sees: tuple[str, ...], **files: Any) -> None:
    """Store vectors in SPACE as they are. If one row is wrong, nothing is stored.

    Say with --sees what the vectors have seen. Without it, a figure about any label may measure a leak,
    and `evaluate` and `learn` refuse the space.

    \b
    coinstore vectors import thesis --npy features.npy --names filenames.txt
    coinstore vectors import thesis --npy features.npy --names filenames.txt --sees nothing
    coinstore vectors import by_type --npy features.npy --names filenames.txt --sees type --sees mint
    coinstore vectors import thesis --npy new.npy --names new.txt --create --collection "Hoard of Hill 7"
    """
    from coinstore.spaces.fill import settle
    from coinstore.spaces.transfer import Bundle, import_vectors

    if NOTHING in sees and len(sees) > 1:
        raise click.UsageError(
            f"--sees {NOTHING} contradicts --sees {max(set(sees) - {NOTHING}, default='')}."
        )
    seen = tuple(field for field in sees if field != NOTHING) if sees else None
    with coinstore.open() as store:
        bundle = Bundle(**files, sees=seen)
        count = import_vectors(store.engine, space, bundle, precision=precision, create=create)
        settle(store.engine, space)
    notice(f"{count:,} vectors are in {space}.")


@vectors.command("export")
@click.argument("space")
@click.option("--npy", "vectors_file", type=FILE, required=True, help="The file for the vectors, as float32.")
@click.option("--names", "names_file", type=FILE, required=True, help="The file for the names.")
@click.option("--face", type=FACE, help="Only this face.")
def export_command(space: str, vectors_file: Path, names_file: Path, face: Any) -> None:
    """Write the vectors of SPACE, and a name for each.

    \b
    coinstore vectors export hog --npy hog.npy --names hog.txt
    coinstore vectors export hog --npy hog.npy --names hog.txt --face obverse
    """
    from coinstore.spaces.transfer import export_vectors

    with coinstore.open() as store:
        count = export_vectors(store.engine, space, vectors_file, names_file, face)
    notice(f"{count:,} vectors of {space} are in {vectors_file}.")

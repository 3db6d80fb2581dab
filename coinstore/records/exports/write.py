"""Writing an export: which format a file has, and one call that writes it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Engine

from ...errors import SettingsError
from ...progress import Report, Tally, silent
from ...sources.outputs import check_path, replacing
from . import iiif, lido, linked_art, nomisma, nuds, tables
from .about import About
from .coins import ExportedCoin, count_coins, exported_coins

Writer = Callable[[Iterable[ExportedCoin], Path, About], int]  # returns how many coins are left out
NOTHING = About()


@dataclass(frozen=True, slots=True)
class Format:
    """A format of exports: its writer, and how its file ends; without that it is a folder of files."""

    write: Writer
    suffix: str = ""


def _table(write: Callable[[Iterable[ExportedCoin], Path], None]) -> Writer:
    """A table: it needs nothing of `about`, and leaves out no coin."""

    def writer(coins: Iterable[ExportedCoin], path: Path, about: About) -> int:
        with replacing(path) as partial:
            write(coins, partial)
        return 0

    return writer


FORMATS: dict[str, Format] = {
    "csv": Format(_table(tables.write_csv), ".csv"),
    "xlsx": Format(_table(tables.write_xlsx), ".xlsx"),
    "json": Format(_table(tables.write_json), ".json"),
    "parquet": Format(_table(tables.write_parquet), ".parquet"),
    "nuds": Format(nuds.write_nuds, ".xml"),
    "iiif": Format(iiif.write_iiif),
    "linked-art": Format(linked_art.write_linked_art),
    "lido": Format(lido.write_lido, ".xml"),
    "nomisma": Format(nomisma.write_nomisma, ".rdf"),
}


@dataclass(frozen=True, slots=True)
class Exported:
    """An export: where it is, how many coins are in it, and how many the format cannot have."""

    path: Path
    coins: int
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Export:
    """Which coins go out, in which format, and what the data set says of itself.

    `where` is a predicate over the columns of api.coins. Raises SettingsError for an unknown format.
    """

    format: str
    where: str = "true"
    about: About = NOTHING

    def __post_init__(self) -> None:
        if self.format not in FORMATS:
            raise SettingsError(f"there is no format {self.format!r}; the formats are {', '.join(FORMATS)}.")


def export_coins(engine: Engine, path: Path, export: Export, progress: Report = silent) -> Exported:
    """Writes coins; raises SettingsError where that is not possible, PredicateError for a wrong predicate."""
    form = FORMATS[export.format]
    _check(path, form, export.format)
    count, collections = count_coins(engine, export.where)
    tally = Tally(progress, f"Exporting {path.name}", "coins", count)
    coins = tally.each(exported_coins(engine, export.where))
    left_out = form.write(coins, path, replace(export.about, collections=collections))
    return Exported(path, tally.done - left_out, left_out)


def _check(path: Path, form: Format, name: str) -> None:
    if form.suffix:
        check_path(path, [form.suffix], f"{name} file")
    elif not path.parent.is_dir() or (path.exists() and not path.is_dir()):
        raise SettingsError(f"{path}: {name} is written into a folder; give one in a folder that is there.")

"""Writing an export: which format a file has, and one call that writes it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from ...errors import SettingsError
from ...progress import Report, Tally, silent
from ...sources.outputs import check_path
from . import tables
from .coins import ExportedCoin, count_coins, exported_coins

Writer = Callable[[Iterable[ExportedCoin], Path], None]


@dataclass(frozen=True, slots=True)
class Format:
    """A format of exports: its writer, and how its files end."""

    write: Writer
    suffix: str


FORMATS: dict[str, Format] = {
    "csv": Format(tables.write_csv, ".csv"),
    "xlsx": Format(tables.write_xlsx, ".xlsx"),
    "json": Format(tables.write_json, ".json"),
    "parquet": Format(tables.write_parquet, ".parquet"),
}


@dataclass(frozen=True, slots=True)
class Exported:
    """An export: the number of coins that were written, and where."""

    coins: int
    path: Path


def export_coins(
    engine: Engine, path: Path, format: str, where: str = "true", progress: Report = silent
) -> Exported:
    """Writes the coins that pass a predicate over the columns of api.coins; see FORMATS.

    Raises SettingsError for an unknown format, and where the file cannot be written.
    """
    if format not in FORMATS:
        raise SettingsError(f"there is no format {format!r}; the formats are {', '.join(FORMATS)}.")
    form = FORMATS[format]
    check_path(path, [form.suffix], f"{format} file")
    tally = Tally(progress, f"Exporting {path.name}", "coins", count_coins(engine, where))
    partial = path.with_name(f".{path.name}.part")
    try:
        form.write(tally.each(exported_coins(engine, where)), partial)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return Exported(tally.done, path)

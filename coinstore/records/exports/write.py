"""Writing an export: which format a file has, and one call that writes it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from sqlalchemy import Engine

from ...errors import SettingsError
from ...progress import Report, Tally, silent
from ...sources.outputs import check_path, replacing
from ..coin import FACES
from .about import NEEDS_BASE, About
from .coins import ExportedCoin, count_coins, exported_coins
from .folder import count_others
from .formats import FORMATS, Format

Writer = Callable[[Iterable[ExportedCoin], Path, About], int]  # returns how many coins are left out
NOTHING = About()


@dataclass(frozen=True, slots=True)
class Exported:
    """An export: where it is, how many coins are in it, and how many the format cannot have.

    `secret_images`: how many photographs are left out because their address has a password or a token.
    `others`: how many JSON files in the folder are not of this export; they stay as they are.
    """

    path: Path
    coins: int
    left_out: int = 0
    secret_images: int = 0
    others: int = 0


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
    if form.needs_address and not export.about.base:
        _check_addresses(engine, export.where)
    tally = Tally(progress, f"Exporting {path.name}", "coins", count_coins(engine, export.where))
    secret = Counter[str]()
    with closing(exported_coins(engine, export.where)) as coins:
        left_out = _writer(form)(_counted(tally.each(coins), secret), path, export.about)
    others = 0 if form.suffix else count_others(path, export.format)
    return Exported(path, tally.done - left_out, left_out, secret.total(), others)


def _writer(form: Format) -> Writer:
    module, function = form.writer.split(".")
    write = getattr(import_module(f".{module}", __package__), function)

    def table(coins: Iterable[ExportedCoin], path: Path, about: About) -> int:
        with replacing(path) as partial:
            write(coins, partial, about.provenance)
        return 0

    return table if form.is_table else write


def _counted(coins: Iterable[ExportedCoin], secret: Counter[str]) -> Iterator[ExportedCoin]:
    """The coins; the photographs of each face with a secret address are counted."""
    for one in coins:
        secret.update(face for face in FACES if one.side(face).get("has_secret_image"))
        yield one


def _check_addresses(engine: Engine, where: str) -> None:
    if count := count_coins(engine, f"({where}\n) and uri is null"):
        raise SettingsError(NEEDS_BASE.format(f"coins ({count:,})"))


def _check(path: Path, form: Format, name: str) -> None:
    if form.suffix:
        check_path(path, [form.suffix], f"{name} file")
    elif not path.parent.is_dir() or (path.exists() and not path.is_dir()):
        raise SettingsError(f"{path}: {name} is written into a folder; give one in a folder that is there.")

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
from .about import NEEDS_BASE, About, is_packed
from .coins import ExportedCoin, count_coins, exported_coins, in_full
from .folder import count_others
from .formats import FORMATS, Format

Writer = Callable[[Iterable[ExportedCoin], Path, About], int]  # returns how many coins are left out
NOTHING = About()


@dataclass(frozen=True, slots=True)
class Exported:
    """An export: where it is, how many coins are in it, and how many the format cannot have.

    `secret_images`: how many photographs are left out because their address has a password or a token.
    `packed_images`: how many are left out because they are inside a zip or a database.
    `owners_left_out`: of how many coins former owners are left out, as nobody asked for them.
    `others`: how many JSON files in the folder are not of this export; they stay as they are.
    """

    path: Path
    coins: int
    left_out: int = 0
    secret_images: int = 0
    packed_images: int = 0
    owners_left_out: int = 0
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
    found = Counter[str]()
    with closing(exported_coins(engine, export.where)) as coins:
        left_out = _writer(form)(_counted(tally.each(coins), found, form, export.about), path, export.about)
    others = 0 if form.suffix else count_others(path, export.format)
    return Exported(path, tally.done - left_out, left_out, **found, others=others)


def _writer(form: Format) -> Writer:
    module, function = form.writer.split(".")
    write = getattr(import_module(f".{module}", __package__), function)

    def table(coins: Iterable[ExportedCoin], path: Path, about: About) -> int:
        with replacing(path) as partial:
            write(coins, partial, about.provenance)
        return 0

    def of_the_field(coins: Iterable[ExportedCoin], path: Path, about: About) -> int:
        return int(write(map(in_full, coins), path, about))

    return table if form.is_table else of_the_field


def _counted(
    coins: Iterable[ExportedCoin], found: Counter[str], form: Format, about: About
) -> Iterator[ExportedCoin]:
    """The coins; what of them does not go out is counted, by its name in Exported."""
    for one in coins:
        sides = [one.side(face) for face in FACES]
        found["secret_images"] += sum(bool(side.get("has_secret_image")) for side in sides)
        if not form.is_table:
            found["packed_images"] += len(
                {side["image"] for side in sides if is_packed(side.get("image") or "")}
            )
        found["owners_left_out"] += form.has_owners and not about.provenance and bool(one.coin["provenance"])
        yield one


def _check_addresses(engine: Engine, where: str) -> None:
    if count := count_coins(engine, f"({where}\n) and uri is null"):
        raise SettingsError(NEEDS_BASE.format(f"coins ({count:,})"))


def _check(path: Path, form: Format, name: str) -> None:
    if form.suffix:
        check_path(path, [form.suffix], f"{name} file")
    elif not path.parent.is_dir() or (path.exists() and not path.is_dir()):
        raise SettingsError(f"{path}: {name} is written into a folder; give one in a folder that is there.")

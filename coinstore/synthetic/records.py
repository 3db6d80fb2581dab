"""Records: rows like those of a museum's table, with the dirt of real tables."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..parallel import threads
from .catalogue import CoinType
from .mintage import Mintage, SyntheticCoin

COLUMNS = (
    "inventory_number", "collection", "type", "date", "denomination", "mint", "authority", "material",
    "weight", "diameter", "die_axis", "obverse_legend", "obverse_description", "reverse_legend",
    "reverse_description", "obverse_image", "reverse_image", "obverse_die", "reverse_die",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Written:
    """One more coin is written: `done` of `total`."""

    done: int
    total: int


def record(mintage: Mintage, index: int) -> dict[str, str]:
    """The row of one coin; each kind of dirt recurs regularly, so that any 80 rows have all kinds."""
    coin = mintage.coin(index)
    kind = mintage.type_of(coin)
    stem = coin.inventory_number.replace(" ", "")
    row = {
        "inventory_number": coin.inventory_number,
        "collection": coin.collection,
        "type": kind.label,
        "date": _span(kind),
        "denomination": kind.denomination,
        "mint": kind.mint,
        "authority": kind.authority,
        "material": kind.material,
        "weight": f"{coin.weight_g:.2f}",
        "diameter": f"{coin.diameter_mm:.1f}",
        "die_axis": str(coin.die_axis_h),
        "obverse_legend": kind.obverse_legend,
        "obverse_description": kind.obverse_description,
        "reverse_legend": kind.reverse_legend,
        "reverse_description": kind.reverse_description,
        "obverse_image": f"{stem}_obv.jpg",
        "reverse_image": f"{stem}_rev.jpg",
        "obverse_die": coin.obverse_die,
        "reverse_die": coin.reverse_die or "",
    }
    if coin.reverse_die is None:
        row |= dict.fromkeys(("reverse_legend", "reverse_description", "reverse_image"), "")
    return row | _dirt(row, coin, kind)


def records(mintage: Mintage, count: int) -> Iterator[dict[str, str]]:
    """The rows of the first `count` coins, one at a time: some fields are missing, some dirty."""
    return (record(mintage, index) for index in range(count))


def _span(kind: CoinType) -> str:
    """The years as an English catalogue writes them."""
    return f"{_year(kind.year_from)} - {_year(kind.year_to)}"


def _year(year: int) -> str:
    return f"{-year} BC" if year < 0 else f"AD {year}"


def _dirt(row: dict[str, str], coin: SyntheticCoin, kind: CoinType) -> dict[str, str]:
    """The missing or badly written values of this row; the periods are chosen so that two rarely coincide."""
    index = coin.index
    found: dict[str, str] = {}
    if index % 9 == 7:
        found |= {"weight": row["weight"].replace(".", ",")}
    if index % 14 == 11:
        found |= {"diameter": f"{coin.diameter_mm - 1:.0f}-{coin.diameter_mm + 1:.0f}"}
    if index % 16 == 4:
        found |= {"mint": ""}
    if index % 19 == 9:
        found |= {"weight": ""}
    if index % 23 == 17:
        found |= {"date": f"ca. {_year(kind.year_from)}"}
    if index % 27 == 15:
        found |= {"type": "unknown"}
    if index % 61 == 23:
        found |= {"weight": "0"}
    if index % 71 == 31:
        found |= {"die_axis": "13"}
    if index % 79 == 37:
        found |= {"date": f"before {_year(kind.year_to)}"}
    return found


def write_collection(folder: Path, count: int, mintage: Mintage) -> Iterator[Written]:
    """Writes `folder/records.csv` and `folder/images/*.jpg` for the first `count` coins, yielding after each.

    Threads draw at the same time: NumPy and Pillow release the interpreter's lock.
    """
    images = folder / "images"
    images.mkdir(parents=True, exist_ok=True)
    with threads() as pool:
        drawn = pool.map(lambda index: _write_pictures(images, mintage, index), range(count))
        for done, _ in enumerate(drawn, 1):
            yield Written(done, count)
    with (folder / "records.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(records(mintage, count))


def _write_pictures(images: Path, mintage: Mintage, index: int) -> None:
    row = record(mintage, index)
    for face in ("obverse", "reverse"):
        if name := row[f"{face}_image"]:
            picture = mintage.picture(index, "obverse" if face == "obverse" else "reverse")
            picture.save(images / name, quality=mintage.quality(index))

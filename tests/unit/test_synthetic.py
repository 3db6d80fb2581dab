"""Synthetic coins: the same for one seed, true to their dies, with the promised errors."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from coinstore.models.hog import HOG, HogEmbedder
from coinstore.synthetic import Mintage, records, write_collection


def test_a_coin_is_the_same_whatever_else_is_asked_for() -> None:
    assert list(records(Mintage(), 10)) == list(records(Mintage(), 60))[:10]
    assert Mintage().picture(5, "obverse").tobytes() == Mintage().picture(5, "obverse").tobytes()
    assert Mintage(seed=1).picture(5, "obverse").tobytes() != Mintage().picture(5, "obverse").tobytes()


def test_varied_coins_are_the_same_in_every_run_and_differ_from_plain_ones() -> None:
    pictures = [Mintage(varied=True).picture(i, "obverse") for i in (0, 3, 6)]
    assert pictures[0].tobytes() == Mintage(varied=True).picture(0, "obverse").tobytes()
    # A collection has one size and one ground, unless its coins are varied.
    assert len({Mintage().picture(i, "obverse").size for i in (0, 3, 6)}) == 1
    assert len({picture.size for picture in pictures}) == 3


def test_dirt_of_each_kind_is_there() -> None:
    rows = list(records(Mintage(), 120))
    assert len({row["inventory_number"] for row in rows}) == 120
    for column, texts in {"weight": ["0", ""], "die_axis": ["13"], "type": ["unknown"], "mint": [""]}.items():
        for text in texts:
            assert text in {row[column] for row in rows}
    assert any("," in row["weight"] for row in rows)
    assert any("-" in row["diameter"] for row in rows)
    assert any(row["date"].startswith("ca. ") for row in rows)
    assert any(row["date"].startswith("before ") for row in rows)
    assert any(not row["reverse_image"] for row in rows)


def test_collections_photograph_in_their_own_way() -> None:
    corners = [np.asarray(Mintage().picture(i, "obverse"))[:12, :12].mean() for i in range(3)]
    assert corners[0] > 230 > 180 > corners[2] > 80 > 40 > corners[1]


def test_a_uniface_coin_has_no_reverse() -> None:
    assert Mintage().coin(13).reverse_die is None
    with pytest.raises(ValueError, match="uniface"):
        Mintage().picture(13, "reverse")


def test_dies_and_types_can_be_found_across_collections() -> None:
    """With `hog`, the nearest coin of another collection is far better than chance, and not certain."""
    mintage, model = Mintage(), HogEmbedder(HOG)
    coins = [mintage.coin(i) for i in range(120)]
    vectors = model.embed([model.prepare(mintage.picture(i, "obverse")) for i in range(120)])
    likeness = vectors @ vectors.T
    same_type = same_die = 0
    for i, coin in enumerate(coins):
        others = [j for j, other in enumerate(coins) if other.collection != coin.collection]
        nearest = coins[max(others, key=lambda j: likeness[i, j])]
        same_type += nearest.type == coin.type
        same_die += nearest.obverse_die == coin.obverse_die
    assert 2 / 8 < same_type / 120 < 0.95  # chance: one in eight types
    assert same_die / 120 > 3 / 24  # chance: one in twenty-four dies


def test_a_collection_is_written_as_a_museum_would(tmp_path: Path) -> None:
    steps = list(write_collection(tmp_path, 30, Mintage()))
    assert (steps[-1].done, steps[-1].total) == (30, 30)
    pictures = sorted((tmp_path / "images").glob("*.jpg"))
    assert len(pictures) == 59
    assert {_size(picture) for picture in pictures} == {(240, 240), (280, 280), (320, 320)}
    assert len((tmp_path / "records.csv").read_text("utf-8").splitlines()) == 31


def _size(path: Path) -> tuple[int, int]:
    with Image.open(path) as picture:
        return picture.size

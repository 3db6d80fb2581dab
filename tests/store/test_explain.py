"""Why two coins may be of one die: the figures of the stored match, both photographs, and nothing is stored."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import Engine, text
from stores import Once

from coinstore.db import call, engine
from coinstore.dies.explain import PICTURE_PX, Explanation, explain
from coinstore.dies.plan import NamedPair
from coinstore.errors import NotFound, PictureError
from coinstore.store import Store
from coinstore.synthetic import Mintage, write_collection

COINS = 12
MINTAGE = Mintage(seed=4, types=2, dies=2)


@pytest.fixture
def folder(store: Engine, once: Once, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    def fill(folder: Path) -> str:
        list(write_collection(folder, COINS, MINTAGE))
        Store(store).ingest(str(folder / "records.csv"), images=str(folder / "images"))
        return str(folder)

    monkeypatch.setenv("COINSTORE_HOME", str(tmp_path))
    return Path(once(fill))


def key(store: Engine, number: str) -> int:
    with store.begin() as c:
        query = "select coin_id from core.coin where inventory_number = :number"
        return c.execute(text(query), {"number": number}).scalar_one()


def of_one_die() -> list[tuple[str, str]]:
    """The coins that share an obverse die and are not uniface, the least worn first."""
    coins = [coin for coin in map(MINTAGE.coin, range(COINS)) if coin.reverse_die]
    pairs = [
        (a.wear + b.wear, a.inventory_number, b.inventory_number)
        for a in coins
        for b in coins
        if a.index < b.index and a.obverse_die == b.obverse_die
    ]
    return [pair[1:] for pair in sorted(pairs)]


@pytest.fixture
def names(store: Engine, folder: Path) -> tuple[str, str]:
    """Two coins of one die that a transform brings together: not all of them are, where they are worn."""
    return next(names for names in of_one_die() if one(store, names).match.transform)


def asked(store: Engine, names: tuple[str, str], face: str | None = None) -> NamedPair:
    return NamedPair(*(key(store, name) for name in names), face)


def stored(store: Engine) -> tuple[int, ...]:
    tables = ("match", "match_due", "match_recipe", "verdict")
    with store.begin() as c:
        return tuple(c.execute(text(f"select count(*) from core.{name}")).scalar_one() for name in tables)


def one(store: Engine, names: tuple[str, str]) -> Explanation:
    [found] = explain(store, asked(store, names, "obverse")).pairs
    return found


def test_figures_are_those_of_the_stored_match(store: Engine, names: tuple[str, str]) -> None:
    before = one(store, names)
    assert stored(store) == (0, 0, 0, 0)
    [row] = Store(store).matches.compare(*names, "obverse")
    found = one(store, tuple(reversed(names)))
    assert (found.first["coin_id"], found.second["coin_id"]) == (row["coin_id"], row["neighbour_id"])
    said = found.to_dict()
    assert said == before.to_dict() | {"probability": row["probability"]}
    assert before.probability == pytest.approx(row["probability"], abs=1e-6)
    for name in ("transform", "whole", "coverage", "residual_px"):
        assert said[name] == pytest.approx(row[name], rel=1e-5), name
    correlations = [one["correlation"] for one in said["sectors"]]
    assert np.array(correlations, float) == pytest.approx(np.array(row["sectors"], float), nan_ok=True)
    assert len(said["points"]) == said["inliers"] == row["inliers"] > 20
    assert said["neighbour_inventory_number"] == found.second["inventory_number"]


def test_both_pictures_show_a_matched_point_at_one_place(store: Engine, names: tuple[str, str]) -> None:
    found = one(store, names)
    assert found.aligned.first.size == found.aligned.second.size == (PICTURE_PX, PICTURE_PX)
    points = np.array(found.points)
    assert points.min() > 0 and points.max() < 1
    off = np.linalg.norm(points[:, :2] - points[:, 2:], axis=1) * found.match.parameters.side_px
    assert np.median(off) < 3
    assert np.isfinite(found.aligned.difference).mean() > 0.3
    here, there = (one[96:-96, 96:-96].astype(float) for one in found.aligned.reliefs)
    moved = np.roll(there, (15, 15), (0, 1))
    assert (
        np.corrcoef(here.ravel(), there.ravel())[0, 1] > np.corrcoef(here.ravel(), moved.ravel())[0, 1] + 0.1
    )


def test_a_pair_that_nothing_brings_together_has_both_photographs(store: Engine, folder: Path) -> None:
    coins = [MINTAGE.coin(index) for index in range(COINS)]
    pairs = [(a, b) for a in coins for b in coins if a.type != b.type]
    apart = (one(store, (a.inventory_number, b.inventory_number)) for a, b in pairs)
    found = next(pair for pair in apart if pair.match.transform is None)
    said = found.to_dict()
    assert (said["transform"], said["sectors"], said["points"], found.points) == (None, [], [], [])
    assert found.aligned.difference is None and found.aligned.second.size == (PICTURE_PX, PICTURE_PX)
    assert found.probability < 0.1


def test_verdicts_are_told(store: Engine, names: tuple[str, str]) -> None:
    pair = asked(store, names)
    for person, verdict in (("A", "same die"), ("B", "no link")):
        call.run(
            store, "job.store_verdict", coin=pair.coin, neighbour=pair.neighbour, face="obverse",
            verdict=verdict, said_by=person, note=None,
        )  # fmt: skip
    obverse, reverse = explain(store, pair).pairs
    assert [row["said_by"] for row in obverse.verdicts] == ["B", "A"]
    assert reverse.verdicts == ()


def test_a_photograph_that_cannot_be_used_is_told_and_the_other_face_is_shown(
    store: Engine, folder: Path, names: tuple[str, str]
) -> None:
    file = folder / "images" / f"{names[0].replace(' ', '')}_rev.jpg"
    Image.new("RGB", (300, 300)).save(file)
    found = explain(store, asked(store, names))
    assert [pair.face for pair in found.pairs] == ["obverse"]
    [reason] = found.reasons
    assert f"{names[0]}, reverse: the photograph cannot be read: the file has changed" in reason
    file.unlink()
    with pytest.raises(PictureError, match=rf"{names[0]}, reverse: .* is not where it was .*\.$"):
        explain(store, asked(store, names, "reverse"))
    with store.begin() as c:
        c.execute(text("update core.side set sha256 = null where face = 'reverse'"))
    with pytest.raises(NotFound, match="do not both have a usable photograph of the reverse"):
        explain(store, asked(store, names, "reverse"))


def test_a_damaged_photograph_is_told_and_the_other_face_is_shown(
    store: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COINSTORE_HOME", str(tmp_path / "home"))
    list(write_collection(tmp_path, COINS, MINTAGE))
    names = of_one_die()[0]
    damaged = tmp_path / "images" / f"{names[1].replace(' ', '')}_obv.jpg"
    damaged.write_bytes(damaged.read_bytes()[:2000])
    Store(store).ingest(str(tmp_path / "records.csv"), images=str(tmp_path / "images"))
    found = explain(store, asked(store, names))
    assert [pair.face for pair in found.pairs] == ["reverse"]
    [reason] = found.reasons
    assert reason.startswith("obverse: not compared; ") and f"/{names[1]}: " in reason
    assert reason.endswith("is cut short: the file ends before the picture does.")
    assert explain(store, asked(store, names, "reverse")).reasons == ()


def test_a_reader_may_ask(store: Engine, url: str, names: tuple[str, str]) -> None:
    Store(store).matches.compare(*names)
    expected = one(store, names).to_dict()
    with store.begin() as c:
        c.execute(text("create role explain_reader login; grant coinstore_reader to explain_reader"))
    try:
        with engine.opened(url.replace("postgres@", "explain_reader@")) as reader:
            assert one_of(reader, names) == expected
    finally:
        with store.begin() as c:
            c.execute(text("drop role explain_reader"))


def one_of(reader: Engine, names: tuple[str, str]) -> dict:
    [found] = Store(reader).matches.explain(*names, "obverse").pairs
    return found.to_dict()

"""Plots: the same data give the same bytes; SVG is well formed and keeps text as text; errors are clear."""

import itertools
import xml.etree.ElementTree as ET
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from matplotlib._pylab_helpers import Gcf
from PIL import Image
from sqlalchemy import Engine, text

from coinstore.db import call
from coinstore.db.copy import copy_vectors
from coinstore.errors import NotFound, SettingsError
from coinstore.graph.analyse import analyse_graph
from coinstore.graph.build import build_graph
from coinstore.graph.catalogue import GraphRequest
from coinstore.pages.plots.communities import SHOWN, draw_communities
from coinstore.pages.plots.sweep import _apart
from coinstore.pages.plots.write import write_communities, write_sweep
from coinstore.records.coin import Coin
from coinstore.records.load import load

DIMS, N = 16, 120
COLLECTIONS = ["<script>alert(1)</script>", "Münzkabinett $x_1$ & Söhne", "Νομισματικό Μουσείο", "_hidden"]


@pytest.fixture
def filled(store: Engine) -> Engine:
    """Coins in four clusters of vectors; the names of their collections are hard to draw."""
    coins = [
        Coin(
            f"{n}",
            {},
            COLLECTIONS[n % 4],
            f"{n:03}",
            fields={"mint": f"Mint {n % 11}" if n % 3 else None},
            sides={"obverse": {"legend": "x"}, "reverse": {"legend": "y"}},
        )
        for n in range(N)
    ]
    list(load(store, "/a", coins))
    rng = np.random.default_rng(0)
    with store.begin() as c:
        for space, recipe, sees in (("tiny", "{}", "{}"), ("trial", '{"trained": false}', "{collection}")):
            call.value(c, "job.add_space", name=space, recipe=recipe, dims=DIMS, precision="single", sees=[])
            sides = c.execute(text("select side_id, coin_id from core.side order by 1")).all()
            vectors = rng.normal(size=(4, DIMS))[[coin % 4 for _, coin in sides]] * 2 + rng.normal(
                size=(2 * N, DIMS)
            )
            copy_vectors(c, space, "single", [side for side, _ in sides], vectors.astype("f4"))
            call.value(c, "job.settle_space", space=space)
            c.execute(
                text("update core.space set sees = cast(:sees as text[]) where name = :space"),
                {"sees": sees, "space": space},
            )
    for space in ("tiny", "trial"):
        list(build_graph(store, f"{space}_graph", GraphRequest(space, k=5)))
        list(analyse_graph(store, f"{space}_graph", algorithms=["components", "leiden"]))
    return store


def words(path: Path) -> str:
    """All text of an SVG, which must be well formed and contain no script."""
    root = ET.parse(path).getroot()
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert not root.findall(".//{http://www.w3.org/2000/svg}script")
    return "\n".join(t for e in root.iter("{http://www.w3.org/2000/svg}text") if (t := "".join(e.itertext())))


def test_the_same_data_give_the_same_bytes(filled: Engine, tmp_path: Path) -> None:
    for suffix in ("svg", "png"):
        one, other = tmp_path / f"one.{suffix}", tmp_path / f"other.{suffix}"
        for path in (one, other):
            write_sweep(filled, "tiny", "obverse", path)
        assert one.read_bytes() == other.read_bytes()
        for path in (one, other):
            write_communities(filled, "tiny_graph", path)
        assert one.read_bytes() == other.read_bytes()


def test_a_sweep_names_its_lines_and_both_axes(filled: Engine, tmp_path: Path) -> None:
    for face in ("obverse", "reverse", "both"):
        write_sweep(filled, "tiny", face, tmp_path / "sweep.svg")
        said = words(tmp_path / "sweep.svg")
        for part in (
            "edges",
            "components",
            "isolates",
            "largest component",
            "similarity",
            "percentile",
            "k nearest neighbours",
            "k mutual neighbours",
            f"All {N} coins",
        ):
            assert part in said, part
        assert "UNTRAINED" not in said
    write_sweep(filled, "trial", "obverse", tmp_path / "sweep.svg")
    assert "UNTRAINED" in words(tmp_path / "sweep.svg")


def test_a_sample_is_called_one(filled: Engine, tmp_path: Path) -> None:
    found = call.read(filled, "api.threshold_sweep", space="tiny", face="obverse", at_most=50)
    write_sweep(filled, "tiny", "obverse", tmp_path / "sweep.svg", found=found)
    assert f"A seeded sample of 50 of the {N} coins" in words(tmp_path / "sweep.svg")


def test_communities_are_stacked_by_a_label_whatever_its_names(filled: Engine, tmp_path: Path) -> None:
    path = tmp_path / "communities.svg"
    write_communities(filled, "tiny_graph", path)
    said = words(path)
    for name in COLLECTIONS:
        assert f"{name} (30)" in said or f"'{name}' (30)" in said, name
    [found] = call.read(filled, "api.community_agreement", graph="tiny_graph", label="collection")
    figures = f"ARI {found['ari']:.2f}, NMI {found['nmi']:.2f}, homogeneity {found['homogeneity']:.2f}"
    assert f"Agreement with collection: {figures}" in said.replace("\n", " ")
    assert (
        "LEAKED" not in said
        and "Leiden by graspologic-native" in said
        and "5 nearest neighbours, exact" in said
    )
    write_communities(filled, "tiny_graph", path, algorithm="components", label="mint")
    assert "Connected components of tiny_graph" in words(path)
    assert "no mint (40)" in words(path) and "4 others" in words(path)


def test_untrained_and_leaked_are_marked(filled: Engine, tmp_path: Path) -> None:
    write_communities(filled, "trial_graph", tmp_path / "c.svg")
    said = words(tmp_path / "c.svg")
    assert "UNTRAINED" in said and "LEAKED" in said and "the space has seen collection" in said


def test_many_communities_are_summed_in_the_last_bar(tmp_path: Path) -> None:
    about = {
        "graph": "g",
        "algorithm": "leiden",
        "space": "s",
        "face": "both",
        "k": 3,
        "exact": False,
        "recall": 0.987,
        "across_collections": True,
        "predicate": "mint = 'Köln'",
        "trained": True,
        "sees": [],
        "seed": 1,
        "library": "l",
    }
    rows = [{"community": n + 1, "value": "a", "coins": 100 - n} for n in range(45)]
    figure = draw_communities(about, "type", rows, [])
    panel = figure.axes[0]
    assert [label.get_text() for label in panel.get_xticklabels()][-1] == f"{SHOWN + 1}–45"
    assert panel.patches[-1].get_height() == sum(range(100 - 44, 100 - SHOWN + 1))
    assert "recall 0.987" in figure.get_supxlabel() and "mint = 'Köln'" in figure.get_supxlabel()
    assert len(panel.patches) == SHOWN + 1


def test_a_png_is_large_enough_to_print(filled: Engine, tmp_path: Path) -> None:
    write_communities(filled, "tiny_graph", tmp_path / "c.png", label="mint")
    write_sweep(filled, "tiny", "both", tmp_path / "s.png")
    for name in ("c.png", "s.png"):
        with Image.open(tmp_path / name) as picture:
            assert picture.width == 2300 and picture.info["dpi"] == pytest.approx((200, 200), abs=0.1)


def test_names_of_lines_never_cover_each_other() -> None:
    for ends in itertools.product((0.0, 3.0, 50.0, 98.0, 100.0), repeat=3):
        placed = _apart(list(ends), 10)
        assert min(placed) >= 5 and max(placed) <= 101
        assert min(abs(a - b) for a, b in itertools.combinations(placed, 2)) >= 10 - 1e-9


def test_what_cannot_be_drawn_is_said(filled: Engine, tmp_path: Path) -> None:
    path = tmp_path / "p.png"
    with pytest.raises(NotFound, match="there is no graph nowhere"):
        write_communities(filled, "nowhere", path)
    with pytest.raises(
        NotFound, match="louvain has not run over the graph tiny_graph yet; run: coinstore graph analyse"
    ):
        write_communities(filled, "tiny_graph", path, algorithm="louvain")
    with pytest.raises(NotFound, match=r"there is no column colour of api\.coins"):
        write_communities(filled, "tiny_graph", path, label="colour")
    with pytest.raises(NotFound, match="there is no space nowhere"):
        write_sweep(filled, "nowhere", "obverse", path)
    with filled.begin() as c:
        call.value(c, "job.add_space", name="empty", recipe="{}", dims=4)
    with pytest.raises(
        NotFound, match="fewer than two obverses have a vector in empty; fill it with: coinstore embed"
    ):
        write_sweep(filled, "empty", "obverse", path)
    with pytest.raises(SettingsError, match=r"a plot is written as \.png, \.svg; name it p\.png"):
        write_sweep(filled, "tiny", "obverse", tmp_path / "p.pdf")
    with pytest.raises(SettingsError, match="there is no folder"):
        write_communities(filled, "tiny_graph", tmp_path / "nowhere" / "p.png")
    assert not path.exists()


def test_drawing_leaves_nothing_behind(filled: Engine, tmp_path: Path) -> None:
    before = dict(matplotlib.rcParams)
    write_communities(filled, "tiny_graph", tmp_path / "c.svg")
    assert dict(matplotlib.rcParams) == before
    assert not Gcf.get_all_fig_managers()

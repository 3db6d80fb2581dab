"""The picture of a confusion matrix: two to sixty values, the same bytes each time, and every letter."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from coinstore.pages.plots.confusion import SHOWN, draw_confusion
from coinstore.pages.plots.write import write_plot


def about(**more):
    figures = {
        "coins": 300,
        "values": 5,
        "accuracy": 0.5,
        "accuracy_low": 0.4,
        "accuracy_high": 0.6,
        "macro_f1": 0.4,
        "majority_value": "Σ$x$",
        "majority_accuracy": 0.2,
        "majority_macro_f1": 0.01,
        "unlearnable": 3,
    }
    return {
        "classifier_id": 3,
        "label": "mint",
        "model": "knn",
        "spaces": ["hog"],
        "face": "both",
        "seed": 0,
        "trained": True,
        "leaked": False,
        "recipe": {"group": "collection"},
        "figures": figures,
        "made_at": datetime.now(UTC),
    } | more


def cells(values: int) -> list[dict]:
    rng = np.random.default_rng(0)
    return [
        {
            "truth": f"_Μύτη $v$ <{t}> {'long ' * 8}",
            "predicted": f"_Μύτη $v$ <{p}> {'long ' * 8}",
            "coins": int(n),
            "unlearnable": 0,
        }
        for t in range(values)
        for p in range(values)
        if (n := rng.integers(0, 6) + 20 * (t == p))
    ]


@pytest.mark.parametrize("values", [2, 12, SHOWN + 1, 60])
def test_it_is_drawn_and_the_same_again(tmp_path: Path, values: int) -> None:
    for name in ("a.png", "b.png", "a.svg", "b.svg"):
        write_plot(tmp_path / name, "x", lambda: draw_confusion(about(), cells(values)))
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    with Image.open(tmp_path / "a.png") as drawn:
        assert drawn.size[0] > 800
    said = (tmp_path / "a.svg").read_text("utf-8")
    assert (f"{values - SHOWN} others" in said) == (values > SHOWN + 1)
    assert "could not be" in said


def test_what_is_not_honest_is_marked(tmp_path: Path) -> None:
    write_plot(tmp_path / "a.svg", "x", lambda: draw_confusion(about(trained=False, leaked=True), cells(3)))
    said = (tmp_path / "a.svg").read_text("utf-8")
    assert "UNTRAINED" in said and "LEAKED" in said

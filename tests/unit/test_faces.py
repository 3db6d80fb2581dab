"""Which coin of a photograph is which face, and what outlines become in the store."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from coinstore.images.faces import face_of, shows_both
from coinstore.images.look import FIELDS
from coinstore.images.outline import ANGLES, Outline, read_outline, whole, written
from coinstore.sandbox import Stopped

lengths = st.floats(0.5, 20_000)
outlines = st.builds(
    Outline,
    lengths,
    lengths,
    lengths,
    st.lists(st.floats(0, 1.5), min_size=ANGLES, max_size=ANGLES).map(tuple),
    st.floats(0, 1),
    st.sampled_from(["ground", "rim"]),
)
claims = st.fixed_dictionaries(
    {
        "side_id": st.integers(1, 9),
        "is_of_both": st.booleans(),
        "is_second": st.booleans(),
        "part": st.sampled_from([0, 1]),
    }
)


def looked(count: int, problem: str | None = None) -> dict[str, Any]:
    coins = [written(whole(10 * n, 10)) for n in range(1, count + 1)]
    thumbnails = [b"1", b"2"] if count == 2 else []
    return dict.fromkeys(FIELDS, "x") | {"coins": coins, "thumbnails": thumbnails, "problem": problem}


looks = st.one_of(
    st.just(looked(1)),
    st.just(looked(2)),
    st.just(looked(1, "the photograph shows 3 discs.")),
    st.just({"reason": "the file is empty"}),
    st.just(Stopped("stopped the decoder")),
)


@given(outlines)
def test_an_outline_is_read_as_it_was_written(outline: Outline) -> None:
    again = read_outline(written(outline))
    assert (again.x_px, again.y_px, again.radius_px) == (outline.x_px, outline.y_px, outline.radius_px)
    assert max(abs(a - b) for a, b in zip(again.edge, outline.edge, strict=True)) <= 0.000501
    assert written(again) == written(outline)


@given(claims, looks)
def test_a_side_has_an_outline_or_a_reason(claim: dict[str, Any], look: Any) -> None:
    found = face_of(claim, look)
    is_usable = isinstance(look, dict) and "coins" in look
    needs_both = claim["is_of_both"] or claim["is_second"]
    if is_usable and (shows_both(look) or not needs_both):
        part = claim["part"] if shows_both(look) else 0
        assert found["outline"] == look["coins"][part]
        assert ("reason" in found) == (look["problem"] is not None)
        assert (found["coin"] is not None) == shows_both(look)
    else:
        # A photograph of both faces has one fault: that of its obverse.
        assert ("reason" in found) != (claim["is_of_both"] and claim["is_second"])
        assert "sha256" not in found and "outline" not in found

"""Two sides in one frame: what the transform maps to a point is drawn at that point, and equal sides do not differ."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from coinstore.dies.aligned import RELIEF_PX, aligned, cut, room_for, squared, widened
from coinstore.dies.sectors import sectors_of
from coinstore.images.discs import find
from coinstore.images.outline import ANGLES, Outline
from coinstore.matching.agree import moved, scaled
from coinstore.models.fit import MARGIN
from coinstore.pages.pairs.pictures import NUMBERED, number_place, numbered, relief_picture
from coinstore.synthetic import Mintage

SIDE_PX, DISC_PX = 720, 256
POINT = (170.0, 90.0)  # on the first disc
TURN = np.radians(20)
HOW = np.array([[1.1 * np.cos(TURN), -1.1 * np.sin(TURN), 20], [1.1 * np.sin(TURN), 1.1 * np.cos(TURN), -30]])


def circle(x: float, y: float, radius: float) -> Outline:
    return Outline(x, y, radius, (1.0,) * ANGLES, 1.0, "person")


def marked(size: tuple[int, int], outline: Outline, point: np.ndarray) -> Image.Image:
    """A grey photograph with a red dot where a point of the disc is."""
    x, y = (
        middle + outline.radius_px * (1 + MARGIN) * ((at + 0.5) / DISC_PX * 2 - 1)
        for middle, at in zip((outline.x_px, outline.y_px), point, strict=True)
    )
    large = Image.new("RGB", (4 * size[0], 4 * size[1]), "grey")
    ImageDraw.Draw(large).ellipse([4 * at for at in (x - 6, y - 6, x + 6, y + 6)], fill=(255, 0, 0))
    return large.reduce(4)


def red(picture: Image.Image) -> np.ndarray:
    """Where the dot is: x and y."""
    pixels = np.asarray(picture, float)
    weight = (pixels[..., 0] - pixels[..., 1]).clip(0)
    y, x = np.mgrid[: len(weight), : len(weight)]
    return np.array([(x * weight).sum(), (y * weight).sum()]) / weight.sum()


@pytest.mark.parametrize("grown", [1, 5], ids=["a small photograph", "one that is made smaller first"])
def test_what_the_transform_maps_is_at_the_same_place_of_both_pictures(grown: int) -> None:
    here, there = circle(150, 140, 120), circle(260 * grown, 190 * grown, 170 * grown)
    first = squared(marked((300, 290), here, np.array(POINT)), here, SIDE_PX)
    mapped = HOW[:, :2] @ POINT + HOW[:, 2]
    photograph = marked((500 * grown, 400 * grown), there, mapped)
    second = squared(photograph, there, SIDE_PX, scaled(HOW, SIDE_PX / DISC_PX))
    place = (np.array(POINT) + 0.5) * SIDE_PX / DISC_PX - 0.5
    assert red(first) == pytest.approx(place, abs=0.3)
    assert red(second) == pytest.approx(place, abs=0.3)


def test_both_coins_are_within_a_widened_frame() -> None:
    how = scaled(HOW, SIDE_PX / DISC_PX)
    room = room_for(how, SIDE_PX)
    angles = np.linspace(0, 2 * np.pi, 360)
    rim = (SIDE_PX - 1) / 2 + SIDE_PX / 2 * np.column_stack([np.cos(angles), np.sin(angles)])
    put = (rim - how[:, 2]) @ np.linalg.inv(how[:, :2]).T
    larger = widened(SIDE_PX, room)
    for edge in (rim, put):
        shown = (edge - larger[:, 2]) / room
        assert moved(shown, larger) == pytest.approx(edge)
        assert shown.min() >= -0.5 - 1e-6 and shown.max() <= SIDE_PX - 0.5 + 1e-6
    assert room > 1.1 and room_for(np.eye(2, 3), SIDE_PX) == pytest.approx(1)


@pytest.mark.parametrize(("x", "y"), [(0.02, 0.5), (0.99, 0.5), (0.5, 0.01), (0.5, 0.99), (0.5, 0.5)])
def test_the_number_of_a_point_is_within_the_picture(x: float, y: float) -> None:
    left, bottom, ends_there = number_place(x, y)
    left -= 0.04 * ends_there
    assert left > 0 and left + 0.04 < 1 and bottom - 0.025 > 0 and bottom < 1


def test_a_side_does_not_differ_from_itself() -> None:
    picture = Mintage(seed=4).picture(1, "obverse")
    outline = find(picture).coins[0]
    same = scaled(np.eye(2, 3), SIDE_PX / DISC_PX)
    pair = aligned(cut(picture, outline, SIDE_PX), cut(picture, outline, SIDE_PX, same), is_put=True)
    assert pair.difference.shape == (RELIEF_PX, RELIEF_PX)
    assert np.nanmax(np.abs(pair.difference)) == 0 and np.isnan(pair.difference).mean() < 0.5
    assert np.abs(np.asarray(pair.first, int) - np.asarray(pair.second)).max() <= 1
    shown = np.asarray(relief_picture(pair))
    assert (shown == shown[..., :1]).all(), "grey"


def test_a_difference_is_orange_where_the_first_is_light_and_blue_where_the_second_is() -> None:
    picture = Mintage(seed=4).picture(1, "obverse")
    outline = find(picture).coins[0]
    shift = np.array([[1.0, 0, 10], [0, 1, 0]])
    pair = aligned(cut(picture, outline, SIDE_PX), cut(picture, outline, SIDE_PX, shift), is_put=True)
    shown = np.asarray(relief_picture(pair), int)
    lighter = np.nan_to_num(pair.difference) > 0.15
    darker = np.nan_to_num(pair.difference) < -0.15
    assert lighter.sum() > 50 and darker.sum() > 50
    assert (shown[lighter][:, 0] > shown[lighter][:, 2] + 20).all()
    assert (shown[darker][:, 2] > shown[darker][:, 0] + 20).all()
    apart = aligned(cut(picture, outline, SIDE_PX), cut(picture, outline, SIDE_PX), is_put=False)
    assert apart.difference is None and relief_picture(apart) is None


def test_sectors_say_whether_they_agree_and_cover_the_disc() -> None:
    found = sectors_of([0.9, 0.5, 0.1, None, *[0.7] * 12])
    assert [one.says for one in found[:5]] == ["agrees", "unclear", "differs", "not shown", "agrees"]
    assert [one.ring for one in found] == ["inner"] * 8 + ["outer"] * 8
    picture = Image.new("L", (400, 400))
    for one in found:
        assert np.hypot(*one.middle) < 1
        ImageDraw.Draw(picture).polygon([(200 + 200 * x, 200 + 200 * y) for x, y in one.corners], fill=255)
    assert (np.asarray(picture) > 0).mean() == pytest.approx(np.pi / 4, abs=0.01)
    (x, y), (below, down) = found[0].middle, found[1].middle
    assert x > y > 0 and down > below > 0, "from the right, clockwise"


def test_the_numbered_points_are_far_from_each_other() -> None:
    rng = np.random.default_rng(0)
    places = rng.uniform(0.1, 0.9, (300, 2))
    points = [(x, y, x, y) for x, y in places.tolist()]
    chosen = numbered(points)
    assert len(chosen) == len(set(chosen)) == NUMBERED
    apart = np.linalg.norm(places[chosen][:, None] - places[chosen], axis=2)
    assert apart[~np.eye(NUMBERED, dtype=bool)].min() > 0.1
    assert numbered(points[:3]) and numbered([]) == []

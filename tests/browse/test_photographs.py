"""Full photographs: as a service of the Image API of IIIF, and what is said where one cannot be read."""

import io
import json
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
import slow_readers
from browsing import hide
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image, ImageChops
from sqlalchemy import Engine, text
from starlette.exceptions import HTTPException

from coinstore.browse import decoded
from coinstore.browse.decoded import Decoded, Missing
from coinstore.browse.iiif_request import asked
from coinstore.browse.kept import Busy
from coinstore.db import call
from coinstore.images.examine import examine_images
from coinstore.images.picture import decode
from coinstore.records.coin import Coin
from coinstore.records.load import load

sizes = st.tuples(st.integers(1, 400), st.integers(1, 400))
regions = st.one_of(st.text("0123456789.,pct:-", max_size=12), st.just("full"), st.just("square"))
scales = st.one_of(st.text("0123456789.,!^pct:", max_size=8), st.just("max"))


def answer(address: str, path: str, **headers: str) -> tuple[Any, bytes]:
    with urlopen(Request(address + path, headers=headers)) as found:
        return found.headers, found.read()


def refused(address: str, path: str) -> tuple[int, str]:
    with pytest.raises(HTTPError) as found:
        urlopen(address + path)
    return found.value.code, json.loads(found.value.read())["error"]


def picture(address: str, side: int, what: str) -> Image.Image:
    return Image.open(io.BytesIO(answer(address, f"/iiif/3/{side}/{what}")[1]))


def same(one: Image.Image, other: Image.Image) -> bool:
    return one.size == other.size and ImageChops.difference(one, other).getbbox() is None


@pytest.fixture
def side(demo: Engine) -> Any:
    """A side with a photograph."""
    return call.query(demo, "select * from api.images where sha256 is not null order by side_id limit 1")[1][
        0
    ]


def test_a_photograph_is_an_image_service(address: str, side: Any) -> None:
    whole, key = decode(Path(side["location"]).read_bytes()), side["side_id"]
    headers, said = answer(address, f"/iiif/3/{key}", Accept="application/ld+json")
    info = json.loads(said)
    assert headers["content-type"] == 'application/ld+json;profile="http://iiif.io/api/image/3/context.json"'
    assert info["id"] == f"{address}/iiif/3/{key}" and (info["width"], info["height"]) == whole.size
    assert same(picture(address, key, "full/max/0/default.png"), whole)
    assert same(picture(address, key, "10,20,60,40/max/0/color.png"), whole.crop((10, 20, 70, 60)))
    assert same(picture(address, key, "10,20,9999,9999/max/180/default.png"),
                whole.crop((10, 20, *whole.size)).transpose(Image.Transpose.ROTATE_180))  # fmt: skip
    assert same(
        picture(address, key, "full/max/90/gray.png"),
        whole.transpose(Image.Transpose.ROTATE_270).convert("L"),
    )
    assert picture(address, key, "square/50,/0/default.jpg").size == (50, 50)
    assert picture(address, key, "pct:0,0,50,25/pct:50/0/default.jpg").size == (
        whole.width // 4,
        whole.height // 8,
    )
    assert picture(address, key, "0,0,200,100/!60,60/0/default.jpg").size == (60, 30)
    assert picture(address, key, "0,0,200,100/50,60/270/bitonal.png").size == (60, 50)


@pytest.mark.parametrize(
    ("what", "status"),
    [
        ("full/max/0/default.bmp", 400), ("full/max/0/red.jpg", 400), ("full/max/0/default", 400),
        ("full/max/0/default.webp", 501), ("full/^max/0/default.jpg", 501), ("full/max/45/default.jpg", 501),
        ("full/max/!0/default.jpg", 501), ("full/max/361/default.jpg", 400), ("full/max/x/default.jpg", 400),
        ("full/9999,/0/default.jpg", 400), ("full/0,/0/default.jpg", 400), ("full/,/0/default.jpg", 400),
        ("full/!5,/0/default.jpg", 400), ("full/pct:101/0/default.jpg", 400), ("full/full/0/default.jpg", 400),
        ("0,0,0,5/max/0/default.jpg", 400), ("9999,0,5,5/max/0/default.jpg", 400), ("-1,0,5,5/max/0/default.jpg", 400),
        ("1.5,0,5,5/max/0/default.jpg", 400), ("1,2,3/max/0/default.jpg", 400),
        (f"0,0,{'9' * 400},5/max/0/default.jpg", 400), (f"full/pct:{'9' * 400}/0/default.jpg", 400),
        (f"full/max/{'9' * 400}/default.jpg", 400),
        ("%2e%2e%2f/max/0/default.jpg", 404), ("full/max/0/..%2fdefault.jpg", 404),
    ],
)  # fmt: skip
def test_what_cannot_be_made_is_refused_as_the_standard_says(
    address: str, side: Any, what: str, status: int
) -> None:
    assert refused(address, f"/iiif/3/{side['side_id']}/{what}")[0] == status


@pytest.mark.parametrize("side", ["0", "999999999", "9" * 30, "x", "-1", "1e3", "%00"])
def test_a_side_that_is_not_there(address: str, side: str) -> None:
    assert refused(address, f"/iiif/3/{side}/info.json")[0] == 404


@given(
    sizes,
    regions,
    scales,
    st.sampled_from(["0", "90", "!0", "1.5", "x"]),
    st.sampled_from(["default.jpg", "x.y"]),
)
@example((400, 1), "pct:99.9,0,0.1,100", "pct:0.1", "0", "default.jpg")
@example((3, 400), "0,399,9,9", "!400,1", "0", "default.jpg")
def test_any_address_is_a_picture_or_refused(
    size: tuple[int, int], region: str, scale: str, rotation: str, name: str
) -> None:
    try:
        found = asked(size, region, scale, rotation, name)
    except HTTPException as error:
        assert error.status_code in (400, 501)
        return
    left, top, right, bottom = found.box
    assert 0 <= left < right <= size[0] and 0 <= top < bottom <= size[1]
    assert 1 <= found.size[0] <= right - left and 1 <= found.size[1] <= bottom - top


def test_a_file_that_is_gone_or_another_one_is_a_sentence(
    demo: Engine, serve: Callable[..., str], tmp_path: Path
) -> None:
    gone, other, torn, secret = call.query(
        demo, "select * from api.images where sha256 is not null order by side_id limit 4"
    )[1]
    pictures = {name: tmp_path / f"{name}.jpg" for name in ("other", "torn")}
    pictures["other"].write_bytes(Path(gone["location"]).read_bytes())
    pictures["torn"].write_bytes(Path(torn["location"]).read_bytes()[:2000])
    locations = {
        gone["side_id"]: (tmp_path / "nothing.jpg", "The file of the photograph is not where it was"),
        other["side_id"]: (pictures["other"], "The file of the photograph has changed since"),
        torn["side_id"]: (pictures["torn"], "The file of the photograph has changed since"),
        secret["side_id"]: (
            "https://museum.example/1.jpg?token=abc",
            "The address of the photograph has a password",
        ),
    }
    with demo.begin() as c:
        for side, (location, _) in locations.items():
            c.execute(text("update core.side set image_location = :location where side_id = :side"),
                      {"location": str(location), "side": side})  # fmt: skip
    address = serve(demo)
    for row in (gone, other, torn, secret):
        status, said = refused(address, f"/iiif/3/{row['side_id']}/full/max/0/default.jpg")
        assert (status, said.startswith(locations[row["side_id"]][1])) == (404, True)
        assert str(tmp_path) not in said
        coin = f"/photographs/{row['coin_id']}/{row['face']}"
        headers, small = answer(address, f"{coin}/large.jpg")
        assert small == answer(address, f"{coin}.jpg")[1] and headers["cache-control"] == "no-store"


def test_private_photographs_are_hidden(demo: Engine, serve: Callable[..., str], side: Any) -> None:
    with demo.begin() as c:
        [[collection]] = c.execute(
            text("select collection from api.coins where coin_id = :coin"), {"coin": side["coin_id"]}
        )
        hide(c, collection, "anna", scope="images")
    path = f"/iiif/3/{side['side_id']}/full/max/0/default.jpg"
    assert answer(serve(demo, login="anna"), path)[1].startswith(b"\xff\xd8")
    anyone = serve(demo)
    assert refused(anyone, path)[0] == refused(anyone, f"/iiif/3/{side['side_id']}/info.json")[0] == 404


def test_pages_of_others_read_only_where_it_is_allowed(
    demo: Engine, serve: Callable[..., str], side: Any
) -> None:
    path, viewer = f"/iiif/3/{side['side_id']}/info.json", "https://viewer.example"
    closed, opened = serve(demo), serve(demo, origins=(viewer,))
    assert "access-control-allow-origin" not in answer(closed, path, Origin=viewer)[0]
    assert answer(opened, path, Origin=viewer)[0]["access-control-allow-origin"] == viewer
    assert "access-control-allow-origin" not in answer(opened, path, Origin="https://other.example")[0]
    assert answer(serve(demo, origins=("*",)), path, Origin=viewer)[0]["access-control-allow-origin"] == "*"


@pytest.fixture
def taken() -> Any:
    """Makes what decodes photographs."""
    made: list[Decoded] = []

    def take(read: Any) -> Decoded:
        made.append(Decoded(read))
        return made[-1]

    yield take
    for one in made:
        one.close()


def test_those_who_ask_for_one_photograph_share_the_work(
    taken: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photographs, row = taken(slow_readers.one_pixel), {"location": str(tmp_path), "sha256": "a"}
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: photographs.picture(row), range(8)))
    assert found[0].getpixel((0, 0)) == tuple(b"abc") and len(set(map(id, found))) == 1
    assert (tmp_path / "a").read_text() == "read\n"
    monkeypatch.setattr(decoded, "KEPT_BYTES", 4)  # one pixel
    photographs.picture(row | {"sha256": "b"})
    photographs.picture(row)
    assert (tmp_path / "a").read_text() == "read\n" * 2


def test_a_photograph_that_does_not_come_stops_nothing(
    taken: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"LONGEST_S": 3.0, "PATIENCE_S": 0.1, "SANDBOXES": 1}.items():
        monkeypatch.setattr(decoded, name, value)
    photographs, row = taken(slow_readers.endless), {"location": str(tmp_path), "sha256": "a"}
    with pytest.raises(Busy, match="is still being read"):
        photographs.picture(row)
    monkeypatch.setattr(decoded, "PATIENCE_S", 30)
    with pytest.raises(Missing, match="takes too long"):
        photographs.picture(row)
    monkeypatch.setattr(decoded, "PATIENCE_S", 0)
    with pytest.raises(Busy):
        photographs.picture(row)
    monkeypatch.setattr(decoded, "WAITING", 0)
    with pytest.raises(Busy, match="Many photographs are being read"):
        taken(slow_readers.one_pixel).picture(row)
    before = time.monotonic()
    photographs.close()
    assert time.monotonic() - before < 30


def test_a_photograph_of_both_faces_shows_each_in_its_place(
    demo: Engine, serve: Callable[..., str], tmp_path: Path
) -> None:
    two = call.query(
        demo, "select location from api.images where sha256 is not null order by side_id limit 2"
    )[1]
    faces = [Image.open(row["location"]).convert("RGB").resize((240, 240)) for row in two]
    both = Image.new("RGB", (520, 260), faces[0].getpixel((1, 1)))
    for left, face in zip((10, 270), faces, strict=True):
        both.paste(face, (left, 10))
    both.save(tmp_path / "both.png")
    place = str(tmp_path / "both.png")
    sides: Any = {face: {"image": place} for face in ("obverse", "reverse")}
    list(load(demo, "/b.csv", [Coin("row 1", {}, "Both", "1", fields={}, sides=sides)]))
    list(examine_images(demo))
    address = serve(demo)
    coin = call.query(demo, "select api.coin('Both', '1') as coin")[1][0]["coin"]
    manifest = json.loads(answer(address, f"/iiif/presentation/3/{coin}/manifest")[1])
    assert [canvas["label"]["en"] for canvas in manifest["items"]] == [["Obverse and reverse"]]
    for face, left in (("obverse", 0), ("reverse", 260)):
        shown = Image.open(io.BytesIO(answer(address, f"/photographs/{coin}/{face}/large.jpg")[1]))
        assert shown.width < 300
        page = answer(address, f"/coins/{coin}")[1].decode()
        boxes = [list(map(int, one.split())) for one in re.findall(r'viewBox="([\d ]+)"', page)]
        assert any(left <= box[0] < left + 60 and box[2:] == list(shown.size) for box in boxes)

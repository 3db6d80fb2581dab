"""What is kept for a while: made once for all who ask, forgotten in time, and shown to nobody else."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import BoundedSemaphore, Event, Lock
from typing import Any

import pytest
import slow_readers
from browsing import grant, hide
from PIL import Image
from sqlalchemy import Engine, text

from coinstore.browse import decoded, iiif_request, kept
from coinstore.browse.decoded import Decoded
from coinstore.browse.desk import Desk
from coinstore.browse.drawn import _drawing
from coinstore.browse.iiif_request import Asked
from coinstore.browse.kept import Busy, Kept, place
from coinstore.browse.sight import as_seen, sight
from coinstore.browse.site import Site
from coinstore.errors import Changed, NotFound
from coinstore.graph.build import build_graph
from coinstore.graph.catalogue import GraphRequest


def long(*_: Any) -> float:
    return 1000.0


class Slow:
    """Makes a list when it may go on."""

    def __init__(self) -> None:
        self.begun, self.go, self.times = Event(), Event(), 0

    def __call__(self) -> list[int]:
        self.times += 1
        self.begun.set()
        assert self.go.wait(20)
        return [self.times]


def test_those_who_ask_at_once_share_the_work() -> None:
    things, make = Kept[list[int]](2), Slow()
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(things.get, "a", make, long) for _ in range(8)]
        assert make.begun.wait(20)
        make.go.set()
        assert [one.result() for one in asked] == [[1]] * 8
    assert make.times == 1
    for key in "bc":
        things.get(key, make, long)
    assert len(things) == 2 and things.look("a") is None, "of many the oldest is dropped"
    assert things.get("d", make, lambda _, took: 0.0) != things.get("d", make, long), "it does not last"


def test_what_is_forgotten_while_it_is_made_is_not_kept() -> None:
    desk, make = Desk(), Slow()
    with ThreadPoolExecutor(1) as pool:
        old = pool.submit(desk.listed, ("names", 1), make)
        assert make.begun.wait(20)
        desk.forget("names")
        new = desk.listed(("names", 1), lambda: [0])
        make.go.set()
        assert (old.result(), new) == ([1], [0])
    assert desk.listed(("names", 1), lambda: [5]) == [0], "the list before the change is not kept"
    desk.close()


def test_a_failure_is_not_kept() -> None:
    things = Kept[int](2)

    def fail() -> int:
        raise NotFound("nothing")

    with pytest.raises(NotFound):
        things.get("a", fail, long)
    assert things.get("a", lambda: 1, long) == 1


def test_nobody_waits_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "PATIENCE_S", 0.01)
    things, make = Kept[list[int]](2), Slow()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(things.get, "a", make, long)
        assert make.begun.wait(20)
        with pytest.raises(Busy):
            things.get("a", make, long)
        make.go.set()
        assert first.result() == [1]
    lock = Lock()
    with place(lock, "Wait."), pytest.raises(Busy, match="Wait"), place(lock, "Wait.", 0.01):
        pass
    assert not lock.locked()


def test_few_parts_of_photographs_are_made_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    part, picture = Asked((0, 0, 2, 2), (2, 2)), Image.new("RGB", (2, 2))
    monkeypatch.setattr(iiif_request, "PATIENCE_S", 0.01)
    for name in ("_at_once", "_waiting"):
        with monkeypatch.context() as all_taken:
            all_taken.setattr(iiif_request, name, taken := BoundedSemaphore(1))
            with taken, pytest.raises(Busy):
                part.bytes_of(picture)
    assert part.bytes_of(picture).startswith(b"\xff\xd8")


def test_a_page_does_not_wait_until_a_large_file_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoded, "CHECK_S", 0.01)
    (tmp_path / "a.jpg").write_bytes(b"another file")
    photographs, go = Decoded(slow_readers.one_pixel), Event()
    row = {"location": str(tmp_path / "a.jpg"), "sha256": "a"}
    photographs._checker.submit(go.wait)  # a large file comes first
    assert photographs.trouble(row) == ""
    monkeypatch.setattr(decoded, "CHECK_S", 20)
    go.set()
    assert "has changed since" in photographs.trouble(row)
    assert photographs._checks == {}
    photographs.close()


def test_a_kept_comparison_does_not_wait_for_others() -> None:
    desk = Desk()
    desk._box = type("Box", (), {"one": lambda self, *given: given, "close": lambda self: None})()
    desk.compare("kept")
    with desk._comparing:
        assert desk.compare("kept") == ("kept",)
    desk.close()


NORTH = "Sammlung Nord"


@pytest.fixture
def site(demo: Engine) -> Iterator[Site]:
    """Pages of a store with a private collection, which anna and ben may see."""
    with demo.begin() as c:
        hide(c, NORTH, "anna")
        grant(c, NORTH, "ben")
    made = Site(demo)
    yield made
    made.close()


def revoke(store: Engine, login: str) -> None:
    with store.begin() as c:
        c.execute(text("delete from core.private_grant where login = :login"), {"login": login})


def test_people_with_equal_rights_share_what_is_kept_and_nobody_else(site: Site) -> None:
    def counts(login: str) -> Any:
        return site.counted.get(site.reader(login), "part.browse_facets", chosen="{}")

    anna = counts("anna")
    assert counts("ben") is anna
    assert "Sammlung Nord" in str(anna) and "Sammlung Nord" not in str(counts("carl"))
    revoke(site.store, "anna")
    assert "Sammlung Nord" not in str(counts("anna")), "a right that was taken away ends at once"
    assert counts("ben") is anna


def test_a_list_during_which_rights_change_is_not_kept(site: Site) -> None:
    engine = site.reader("carl")
    seen = sight(engine)

    def make() -> list[int]:
        with site.store.begin() as c:
            grant(c, NORTH, "carl")
        return [1]

    with pytest.raises(Changed, match="what you may see"):
        as_seen(engine, seen, make)


def test_people_with_equal_rights_share_a_drawing_and_nobody_else(site: Site, tmp_path: Path) -> None:
    list(build_graph(site.store, "net", GraphRequest("eye", k=5)))
    request: Any = None  # only its login matters here
    keys = {
        login: _drawing(request, site.reader(login), "networks", "net")[0]
        for login in ("anna", "ben", "carl")
    }
    assert keys["anna"] == keys["ben"] != keys["carl"]
    _, make = _drawing(request, site.reader("carl"), "networks", "net")
    with site.store.begin() as c:
        grant(c, NORTH, "carl")
    with pytest.raises(Changed, match="the network has just been changed"):
        list(make(tmp_path / "net.html"))

"""The pages that the benchmark of `coinstore browse` asks for: each request is for other coins or names."""

import itertools
import random
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, Request, build_opener

from million_coins import types_of
from sqlalchemy import Engine

from coinstore.browse.site import Site
from coinstore.db import call


class Kind(Enum):
    """What the time of a page is spent on: only on the store, or also on photographs."""

    STORE = 1
    PICTURE = 2


@dataclass(frozen=True)
class Page:
    """A page; `request` is the next address or form that asks for it. One that `is_made` is waited for."""

    name: str
    request: Callable[[], str | Request]
    kind: Kind = Kind.STORE
    is_made: bool = False


@dataclass
class Asking:
    """A browser that asks a site for pages."""

    address: str
    draw: random.Random
    pages: list[Page] = field(default_factory=list)
    opener: OpenerDirector = field(default_factory=lambda: build_opener(HTTPCookieProcessor(CookieJar())))

    def answer(self, request: str | Request) -> bytes:
        """The whole answer."""
        asked = self.address + request if isinstance(request, str) else request
        with self.opener.open(asked) as found:
            return found.read()

    def ready(self, path: str) -> None:
        """Waits for a page that is made, and reads what is in its frame."""
        while b'id="waiting"' in (page := self.answer(path)):
            time.sleep(0.01)
        if frame := re.search(rb'<iframe[^>]* (?:data-)?src="([^"#]*)', page):
            self.answer(frame[1].decode().replace("&amp;", "&"))


def asking(store: Engine, site: Site, address: str, coins: int, draw: random.Random) -> Asking:
    """A browser with all pages of a store: `coins` made coins, and drawn ones after them."""
    made = Asking(address, draw)
    made.pages += grid(coins, draw) + one_coin(coins, draw) + for_programs(store, coins, draw)
    made.pages += (
        judging(store, site, coins, draw) + figures(site, coins, draw) + [photographs(store, made, coins)]
    )
    return made


def query(path: str, **chosen: object) -> str:
    return f"{path}?{urlencode(chosen)}"


def grid(coins: int, draw: random.Random) -> list[Page]:
    def number(most: int) -> int:
        return draw.randrange(1, most)

    weights = (f"{2.5 + n / 1000:.3f}" for n in itertools.count())
    return [
        Page("Coins: all, new counts", lambda: query("/coins", weight_from=next(weights))),
        Page("Coins: all, a page", lambda: query("/coins", page=number(coins // 48))),
        Page("Coins: by number, a page", lambda: query("/coins", sort="number", page=number(coins // 48))),
        Page("Coins: one mint", lambda: query("/coins", mint=f"Mint {number(300)}")),
        Page("Coins: one type and metal",
             lambda: query("/coins", type=f"RIC {number(types_of(coins))}", material="silver")),
        Page("Coins: one word", lambda: query("/coins", words=f"legend {number(5000)}")),
        Page("Coins: a part of a number", lambda: query("/coins", words=number(coins))),
    ]  # fmt: skip


def one_coin(coins: int, draw: random.Random) -> list[Page]:
    def number(most: int = coins) -> int:
        return draw.randrange(1, most)

    return [
        Page("a coin", lambda: query(f"/coins/{number()}", face="obverse")),
        Page("a coin: look-alikes of one mint",
             lambda: query(f"/coins/{number()}", face="obverse", mint=f"Mint {number(300)}")),
        Page("a coin: other collections", lambda: query(f"/coins/{number()}", face="obverse", others=1)),
        Page("a small photograph", lambda: f"/photographs/{number()}/obverse.jpg"),
    ]  # fmt: skip


def for_programs(store: Engine, coins: int, draw: random.Random) -> list[Page]:
    def number(most: int = coins) -> int:
        return draw.randrange(1, most)

    rows = call.query(
        store, "select side_id from api.images where coin_id > %(n)s and sha256 is not null", {"n": coins}
    )[1]
    sides = [row["side_id"] for row in rows]
    return [
        Page("Programs", lambda: "/programs"),
        Page("/api/coins", lambda: query("/api/coins", page=number(coins // 48))),
        Page("/api/coins/{coin}", lambda: f"/api/coins/{number()}"),
        Page("/api/…/look-alikes", lambda: query(f"/api/coins/{number()}/look-alikes", face="obverse")),
        Page("/iiif/…/manifest", lambda: f"/iiif/presentation/3/{number()}/manifest"),
        Page("/iiif/…/info.json", lambda: f"/iiif/3/{draw.choice(sides)}/info.json"),
        Page("/iiif/…: a part of a photograph",
             lambda: f"/iiif/3/{draw.choice(sides)}/square/{number(150) + 50},/0/default.jpg", Kind.PICTURE),
    ]  # fmt: skip


def judging(store: Engine, site: Site, coins: int, draw: random.Random) -> list[Page]:
    def unkept(path: Callable[[], str], *kinds: str) -> Callable[[], str]:
        """Asks for a page whose lists are not kept."""

        def asked() -> str:
            site.desk.forget(*kinds)
            return path()

        return asked

    def number(most: int) -> int:
        return draw.randrange(1, most)

    drawn = call.query(
        store, "select coin_id from api.images where coin_id > %(n)s and face = 'obverse'", {"n": coins}
    )[1]
    pairs = list(itertools.combinations([row["coin_id"] for row in drawn], 2))
    draw.shuffle(pairs)
    some = iter(pairs)

    def compared() -> str:
        a, b = next(some)
        return query("/compare", a=a, b=b, face="obverse")

    return [
        Page("Compare: the next pair", unkept(lambda: query("/compare", skip=number(200)), "pairs")),
        Page("Compare: two photographs", compared, Kind.PICTURE),
        Page("Review: proposals", unkept(lambda: query("/review", page=number(coins // 300)), "counts")),
        Page("Review: decided", unkept(lambda: query("/review", state="rejected"), "counts")),
        Page("Review: names", unkept(lambda: "/review/names", "names")),
        Page("Review: duplicates", unkept(lambda: "/review/duplicates", "browse_twice", "browse_twice_within")),
        Page("Review: duplicates, kept", lambda: "/review/duplicates"),
    ]  # fmt: skip


def figures(site: Site, coins: int, draw: random.Random) -> list[Page]:
    return [
        Page("Networks", lambda: "/networks"),
        Page("a network, made before", lambda: query("/networks/look_obverse", coin=draw.randrange(1, coins))),
        Page("Maps", lambda: "/maps"),
        Page("a map, made before", lambda: query("/maps/look_map", coin=draw.randrange(1, coins))),
        Page("Sheet", lambda: "/sheet"),
        Page("a sheet, until it is made", lambda: query("/sheet", coins=f"N {draw.randrange(1, coins)}", k=5),
             Kind.PICTURE, is_made=True),
    ]  # fmt: skip


def photographs(store: Engine, asked: Asking, coins: int) -> Page:
    """Ask with the photograph of a drawn coin."""
    token = re.search(r'name="token" value="(\w+)"', asked.answer("/ask").decode())[1]
    rows = call.query(store, "select location from api.images where coin_id > %(n)s", {"n": coins})[1]
    files: Iterator[Path] = itertools.cycle(Path(row["location"]) for row in rows)

    def send() -> Request:
        head = 'Content-Disposition: form-data; name="{}"'
        body = b"--edge\r\n%b\r\n\r\n%b\r\n--edge\r\n%b\r\n\r\n%b\r\n--edge--\r\n" % (
            head.format("token").encode(), token.encode(),
            (head.format("obverse") + '; filename="a.jpg"').encode(), next(files).read_bytes(),
        )  # fmt: skip
        kind = {"Content-Type": "multipart/form-data; boundary=edge"}
        return Request(f"{asked.address}/ask", body, kind)

    return Page("Ask with a photograph", send, Kind.PICTURE)

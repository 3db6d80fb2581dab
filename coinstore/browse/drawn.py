"""Networks, maps and contact sheets: pages of one file each, in the frame of these pages."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from sqlalchemy import Engine
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from ..db import call
from ..errors import Changed
from ..pages.explore.map import map_steps
from ..pages.explore.network import network_steps
from ..pages.explore.steps import Drawing, Step, Steps
from ..pages.sheets.make import Asked, Drawn, make_sheet, write_sheet
from ..pages.words import plain
from . import forms
from .addresses import bounded, whole
from .coin import FACES
from .made import Make, Making
from .sight import check_sight, sight
from .site import page, reader, site

KINDS: dict[str, tuple[str, str, Callable[[Engine, str, Path, Drawing], Steps]]] = {
    "networks": ("api.graphs", "graph", network_steps),
    "maps": ("api.maps", "map", map_steps),
}
# A page of one file says itself which program and style it has. Here it has no rights of our pages.
SANDBOX = "sandbox{}; frame-ancestors 'self'; base-uri 'none'; form-action 'none'"
PROGRAM = " allow-scripts allow-popups allow-top-navigation-by-user-activation"
SHEET_FRESH_S = 600.0
MOST_COINS, MOST_K = 50, 50


def listed(request: Request) -> Response:
    """The networks, or the maps, that there are."""
    kind = request.url.path.strip("/")
    view, name, _ = KINDS[kind]
    rows = [dict(row) | {"name": row[name]} for row in call.look(reader(request), view)]
    return page(request, "drawn.html", kind=kind, rows=sorted(rows, key=lambda row: row["name"]))


def framed(request: Request) -> Response:
    """A network or a map in its frame; with ?coin=ID that coin's card is open."""
    engine, (kind, name) = reader(request), _named(request)
    key, make = _drawing(request, engine, kind, name)
    fragment, coin = "", whole(request.query_params.get("coin"))
    if coin is not None:
        rows = call.read(engine, "part.page_coins", coins=[coin])
        names = [f"{plain(row['collection'])} / {plain(row['inventory_number'])}" for row in rows]
        fragment = "#" + urlencode({"coin": names[0]}) if names else ""
    address = f"/{kind}/{quote(name)}/page"
    title = f"{'Network' if kind == 'networks' else 'Map'} {name}"
    return _frame(request, site(request).made.ask(key, make), title, address + fragment)


def _named(request: Request) -> tuple[str, str]:
    return request.url.path.split("/")[1], request.path_params["name"]


def _frame(request: Request, making: Making | None, title: str, source: str, sheet: Any = None) -> Response:
    status = 400 if making and making.why_not else 200
    return page(request, "frame.html", status, making=making, title=title, source=source, sheet=sheet)


def _drawing(request: Request, engine: Engine, kind: str, name: str) -> tuple[Hashable, Make]:
    """What is made, and its key: another one after each build, and for those who see other coins."""
    steps, one = KINDS[kind][2], kind.removesuffix("s")
    state = _state(engine, kind, name)
    if state is None:
        raise HTTPException(404, f"There is no {one} of this name.")

    def make(path: Path) -> Iterator[Step]:
        yield from steps(engine, name, path, Drawing(links="/coins/"))
        if _state(engine, kind, name) != state:
            raise Changed(f"the {one} has just been changed; load the page again.")

    return (kind, name, state), make


def _state(engine: Engine, kind: str, name: str) -> str | None:
    [row] = call.read(engine, "part.browse_state", kind=kind, name=name)
    found: str | None = row["browse_state"]
    return found


def waiting(request: Request) -> Response:
    """How far a page is: asked again and again, so that it reads nothing from the store."""
    making = site(request).made.named(request.path_params["name"])
    if making is None:
        raise HTTPException(404, "This page is gone; ask for it again.")
    return JSONResponse({name: getattr(making, name) for name in ("is_over", "stage", "done", "expected")})


def _file(making: Making, rights: str) -> Response:
    if not making.is_ready:
        raise HTTPException(404, "There is no such page yet.")
    policy = SANDBOX.format(rights)
    headers = {"content-security-policy": policy, "cross-origin-opener-policy": "unsafe-none"}
    return FileResponse(making.path, media_type="text/html; charset=utf-8", headers=headers)


def drawing(request: Request) -> Response:
    """The page of a network or a map, as the file that `coinstore graph export` and `map` write."""
    kind, name = _named(request)
    return _file(site(request).made.ask(*_drawing(request, reader(request), kind, name)), PROGRAM)


async def again(request: Request) -> Response:
    """Makes a network or a map again: what is known of the coins may have changed."""
    await forms.read(request)
    kind, name = _named(request)
    key, _ = await run_in_threadpool(_drawing, request, reader(request), kind, name)
    site(request).made.drop(key)
    return RedirectResponse(f"/{kind}/{quote(name)}", 303)


def sheet(request: Request) -> Response:
    """The form of a contact sheet, and the sheet that the address asks for."""
    given, spaces = (
        request.query_params,
        [row["space"] for row in call.look(reader(request), "part.space_names")],
    )
    shown = {"spaces": sorted(spaces), "faces": FACES, "asked": given}
    if not given.get("coins", "").strip() and not given.get("random"):
        return _frame(request, None, "Contact sheet", "", shown)
    source = f"/sheet/page?{request.url.query}"
    return _frame(request, _sheet(request), "Contact sheet", source, shown)


def sheet_page(request: Request) -> Response:
    """A contact sheet, as the file that `coinstore sheet` writes."""
    return _file(_sheet(request), " allow-popups")


def _sheet(request: Request) -> Making:
    engine, given = reader(request), request.query_params
    seen = sight(engine)
    names = list(dict.fromkeys(line.strip() for line in given.get("coins", "").splitlines() if line.strip()))
    if len(names) > MOST_COINS:
        raise HTTPException(400, f"A sheet here has at most {MOST_COINS} coins; coinstore sheet takes more.")
    coins = names or Drawn(bounded(given, "random", 10, MOST_COINS), bounded(given, "seed", 0, 10**6))
    face: Any = given.get("face") if given.get("face") in FACES else "obverse"
    asked = Asked(
        (given["space"],) if given.get("space") else (),
        face,
        bounded(given, "k", 10, MOST_K),
        outlines=given.get("outlines") == "1",
    )

    def make(path: Path) -> Iterator[Step]:
        write_sheet(make_sheet(engine, coins, asked), path)
        yield from ()
        check_sight(engine, seen)

    key = ("sheet", seen, tuple(names) or coins, asked)
    return site(request).made.ask(key, make, fresh_s=SHEET_FRESH_S)


ROUTES = [
    Route("/networks", listed, name="networks"),
    Route("/maps", listed, name="maps"),
    *(Route(f"/{kind}/{{name}}", framed, name=f"one of {kind}") for kind in KINDS),
    *(Route(f"/{kind}/{{name}}/page", drawing, name=f"page of {kind}") for kind in KINDS),
    *(Route(f"/{kind}/{{name}}/again", again, methods=["POST"], name=f"{kind} again") for kind in KINDS),
    Route("/made/{name}", waiting, name="waiting"),
    Route("/sheet", sheet, name="sheet"),
    Route("/sheet/page", sheet_page, name="sheet page"),
]

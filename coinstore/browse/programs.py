"""For programs: the coins, what is known of one, and its look-alikes, as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ..db import call
from ..images.outline import read_outline
from ..pages.words import sentence
from ..records.exports.about import web
from .addresses import bounded, chosen, pairs, wants_owners, with_query
from .coin import NO_COIN, K, look_alikes, said
from .coins import PER_PAGE, SORTS, condition
from .iiif import WHOLE, exported, services
from .openapi import described, paths, refusal
from .site import page, reader, root, site

MOST = 500  # rows of one answer
OUTLINE = ("x_px", "y_px", "radius_px", "certainty", "method", "said_by")


def coins(request: Request) -> Response:
    """The coins that the address chooses, a page at a time."""
    _refuse_unknown(request, "/api/coins")
    found, engine = chosen(request.query_params), reader(request)
    given, sort = {"chosen": json.dumps(found)}, request.query_params.get("sort", "")
    counts = site(request).counted.get(engine, "part.browse_facets", **given)
    total = next(int(row["coins"]) for row in counts if row["field"] == "all")
    size = bounded(request.query_params, "per_page", PER_PAGE, MOST)
    last = max(-(-total // size), 1)
    number = bounded(request.query_params, "page", 1)
    if number > last:
        raise HTTPException(404, f"There is no page {number:,}; the last one is {last:,}.")
    sort = sort if sort in SORTS else ""
    keys = [row["coin_id"] for row in call.read(
        engine, "part.browse_coins", **given, sort=sort, skip=(number - 1) * size, at_most=size)]  # fmt: skip

    def at(other: int) -> str | None:
        owners = [("provenance", 1)] if wants_owners(request.query_params) else []
        state = [*pairs(found), *owners, ("sort", sort), ("per_page", size), ("page", other)]
        return with_query(f"{root(request)}/api/coins", state) if 1 <= other <= last else None

    return JSONResponse({
        "total": total,
        "page": number,
        "pages": last,
        "previous": at(number - 1),
        "next": at(number + 1),
        "where": condition(engine, found),
        "coins": [_linked(request, row) for row in call.read(engine, "part.coin_rows", coins=keys)],
    })  # fmt: skip


def coin(request: Request) -> Response:
    """All that is known of a coin, and who says so."""
    _refuse_unknown(request, "/api/coins/{coin}")
    key = request.path_params["coin"]
    one = exported(request, key)
    photographs = services(request, key)
    return JSONResponse({
        **_linked(request, one.coin),
        "sides": {face: _side(side, photographs.get(face)) for face, side in one.sides.items()},
        "said": said(reader(request), key, wants_owners(request.query_params)),
        "types": list(one.types),
        "references": list(one.references),
        "records": list(one.records),
        "manifest": f"{root(request)}/iiif/presentation/3/{key}/manifest",
        "look_alikes": f"{root(request)}/api/coins/{key}/look-alikes",
    })  # fmt: skip


def alike(request: Request) -> Response:
    """The coins that look like a coin, nearest first."""
    _refuse_unknown(request, "/api/coins/{coin}/look-alikes")
    key = request.path_params["coin"]
    rows = call.read(reader(request), "part.coin_rows", coins=[key])
    if not rows:
        raise HTTPException(404, NO_COIN)
    found = look_alikes(reader(request), rows[0], request, bounded(request.query_params, "k", K, MOST))
    if request.query_params.get("space", found["space"]) not in (found["space"], ""):
        raise HTTPException(404, f"There is no such space; the spaces are: {', '.join(found['spaces'])}.")
    if found["why_not"]:
        raise HTTPException(404, sentence(found["why_not"]))
    former = {row.coin_id: {"provenance": row.provenance} for row in found["answers"]}
    answers = [row | former[row["coin_id"]] for row in found["answers"].to_dicts()]
    return JSONResponse({
        "space": found["space"],
        "face": found["face"],
        "warnings": list(found["warnings"]),
        "sql": found["sql"],
        "coins": [_linked(request, row) for row in answers],
    })  # fmt: skip


def description(request: Request) -> Response:
    """The description of all this in OpenAPI."""
    return JSONResponse(described(root(request), call.read(reader(request), "part.coin_columns")))


def programs(request: Request) -> Response:
    """The page that says what programs can ask for."""
    some = call.read(reader(request), "part.first_photograph")
    place = {"coin": some[0]["coin_id"], "side": some[0]["side_id"]} if some else None
    shown = [(one, one.example.format(**place) if place else "") for one in paths()]
    return page(request, "programs.html", root=root(request), paths=shown)


def _refuse_unknown(request: Request, address: str) -> None:
    if why := refusal(address, request.query_params.multi_items()):
        raise HTTPException(400, why)


def _linked(request: Request, row: Mapping[str, Any]) -> dict[str, Any]:
    if not wants_owners(request.query_params):
        row = {name: value for name, value in row.items() if name != "provenance"}
    return {**row, "api": f"{root(request)}/api/coins/{row['coin_id']}",
            "page": f"{root(request)}/coins/{row['coin_id']}"}  # fmt: skip


def _side(side: Mapping[str, Any], photograph: tuple[Any, str] | None) -> dict[str, Any]:
    shown = {name: side.get(name) for name in ("legend", "description", "description_language")}
    shown["dies"] = side.get("dies") or []
    if photograph is None:
        return shown | {"photograph": None}
    row, address = photograph
    outline = None
    if row["edge"] is not None:
        outline = {name: row[name] for name in OUTLINE} | {"edge": list(read_outline(row).edge)}
    return shown | {"photograph": {
        "image": address,
        "service": address.removesuffix(WHOLE),
        "source": web(row["location"]),
        "outline": outline,
        **{name: row[name] for name in ("width_px", "height_px", "licence", "rights_holder", "shows_both")},
    }}  # fmt: skip


ROUTES = [
    Route("/coins", coins),
    Route("/coins/{coin:key}", coin),
    Route("/coins/{coin:key}/look-alikes", alike),
    Route("/openapi.json", description),
]
PAGE = Route("/programs", programs, name="programs")

"""One coin: its photographs, what is known of it and who said so, and the coins that look like it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Engine
from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..db import call
from ..errors import NotFound, SpaceError
from ..pages.pairs.words import probability
from ..pages.words import plain, space_warnings
from ..records.values.years import in_words
from ..rows import Rows
from ..search.similar import Question, similar
from ..spaces.catalogue import default_space
from .addresses import chosen, named, pairs, wants_owners, with_query
from .coins import condition, dropped
from .pictures import photographed, shown_photographs
from .site import page, reader

K = 12
OWN = ("type", "mint")  # fields of which the look-alikes may have the value of the coin
SHOWN = ("provenance", "space", "face", "words", "others")  # what else is in the address of its page
FACES = ("obverse", "reverse", "both")
NO_COIN = "There is no such coin, or you may not see it."


def coin(request: Request) -> Response:
    """The page of a coin."""
    engine, key = reader(request), request.path_params["coin"]
    rows = call.read(engine, "part.page_coins", coins=[key])
    if not rows:
        raise HTTPException(404, NO_COIN)
    matches = call.read(engine, "part.browse_matches", coin=key)
    owners = wants_owners(request.query_params)
    shown = look_alikes(engine, rows[0], request)
    return page(
        request,
        "coin.html",
        alike_address=_for_programs(key, shown, request.query_params),
        coin=rows[0],
        faces=FACES,
        photographs=shown_photographs(request, key),
        facts=list(_facts(rows[0], owners)),
        owners=owners,
        with_owners=request.url.include_query_params(provenance=1).query,
        told=said(engine, key, owners),
        matches=matches,
        probability=probability,
        pictured=photographed(engine, {row["coin_id"] for row in matches}),
        places=call.read(engine, "part.browse_places", coin=key),
        records=call.read(engine, "part.browse_records", coin=key),
        **_filters(rows[0], request),
        **shown,
    )


def _for_programs(key: int, shown: Mapping[str, Any], asked: QueryParams) -> str:
    """The address of the look-alikes that a page shows; /api refuses what else may be in that of the page."""
    state = [("space", shown["space"]), ("face", shown["face"]), *pairs(chosen(asked))]
    flags = [("others", shown["others"]), ("provenance", wants_owners(asked))]
    return with_query(
        f"/api/coins/{key}/look-alikes", state + [(name, "1") for name, is_so in flags if is_so]
    )


def _filters(coin: Any, request: Request) -> dict[str, Any]:
    """What the form of look-alikes offers and keeps of the address, and how each of it is dropped."""
    asked = request.query_params
    kept = [pair for pair in pairs(chosen(asked)) if pair[0] != "words"]
    own = [(name, named(coin[name])) for name in OWN if coin[name]]
    state = [(name, value) for name, value in asked.multi_items() if name in SHOWN] + kept
    path = f"/coins/{coin['coin_id']}"
    return {
        "kept": [pair for pair in kept if pair not in own],
        "own": [(name, value, (name, value) in kept) for name, value in own],
        "dropped": [(text, f"{address}#alike") for text, address in dropped(path, state)],
    }


def said(engine: Engine, coin: int, owners: bool) -> list[dict[str, Any]]:
    """What is known of a coin, who says so, and its faults: what one is about may name former owners."""
    rows = call.read(engine, "part.browse_coin", coin=coin)
    return [{**row, "recorded": None} if row["is_fault"] and not owners else dict(row) for row in rows]


def _facts(coin: Any, owners: bool) -> Iterator[tuple[str, str]]:
    """What is known as one value: a label, and the value in words with its unit."""
    for name in ("denomination", "material", "mint", "authority", "portrait"):
        if coin[name]:
            yield name.capitalize(), plain(coin[name])
    if date := in_words(coin["year_from"], coin["year_to"]):
        yield "Date", date
    if coin["weight_g"] is not None:
        yield "Weight", f"{coin['weight_g']:.2f} g"
    if coin["diameter_mm"] is not None:
        least = coin["diameter_min_mm"]
        yield "Diameter", f"{f'{least:g} to ' if least is not None else ''}{coin['diameter_mm']:g} mm"
    if coin["die_axis_h"] is not None:
        yield "Die axis", f"{coin['die_axis_h']} h"
    for name, label in (("findspot", "Found at"), ("provenance", "Provenance")):
        if coin[name] and (owners or name != "provenance"):
            yield label, plain(coin[name])


def look_alikes(engine: Engine, coin: Any, request: Request, k: int = K) -> dict[str, Any]:
    """The look-alikes, and what was asked for; without any, why."""
    asked = request.query_params
    found = chosen(asked)
    if is_other := asked.get("others") == "1":
        found["not_collection"] = coin["collection"]
    spaces = call.look(engine, "part.space_names")
    by_name = {row["space"]: row for row in spaces}
    face: Any = asked.get("face") if asked.get("face") in FACES else "both"
    shown: dict[str, Any] = {"spaces": sorted(by_name), "space": asked.get("space", ""), "face": face}
    shown |= {
        "others": is_other,
        "chosen": found,
        "answers": Rows(),
        "sql": "",
        "why_not": "",
        "warnings": (),
    }
    shown |= {"photographed": set()}
    try:
        if shown["space"] not in by_name:
            shown["space"] = default_space(engine)
        answers = similar(
            engine, coin["coin_id"], Question(face, shown["space"], k, condition(engine, found))
        )
    except (NotFound, SpaceError) as error:
        return shown | {"why_not": str(error)}
    warnings = space_warnings(by_name[shown["space"]])
    seen = photographed(engine, [one.coin_id for one in answers])
    return shown | {"answers": answers, "sql": answers.sql, "warnings": warnings, "photographed": seen}


ROUTES = [Route("/coins/{coin:key}", coin, name="coin")]

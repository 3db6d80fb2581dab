"""IIIF: each photograph as a service of the Image API 3, for viewers here and elsewhere."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from ..db import call
from ..records.coin import FACES, Face
from ..records.exports.about import About
from ..records.exports.coins import ExportedCoin, Said, exported_coins
from ..records.exports.iiif import CONTEXT, manifest, rights
from .coin import NO_COIN
from .iiif_request import FORMATS, LONGEST_PX, QUALITIES, asked
from .pictures import KEPT
from .site import reader, root, site

IMAGE_CONTEXT = "http://iiif.io/api/image/3/context.json"
LEVEL = "level2"
WHOLE = "/full/max/0/default.jpg"
TILE_PX = 512


def photograph_of(request: Request) -> Any:
    """The row of the photograph that an address names; raises HTTPException 404."""
    rows = call.read(reader(request), "part.photograph_of", side=request.path_params["side"])
    if not rows:
        raise HTTPException(404, "There is no such photograph, or you may not see it.")
    return rows[0]


def service(request: Request, side: int) -> str:
    """The address of the service of a photograph."""
    return f"{root(request)}/iiif/3/{side}"


def base(request: Request) -> Response:
    """Leads from the address of a service to its description."""
    row = photograph_of(request)
    return RedirectResponse(f"{service(request, row['side_id'])}/info.json", 303)


def info(request: Request) -> Response:
    """The description of a photograph."""
    row = photograph_of(request)
    width, height = row["width_px"], row["height_px"]
    factors = [
        2**n for n in range(max(width, height).bit_length()) if TILE_PX * 2**n < 2 * max(width, height)
    ]
    said = {
        "@context": IMAGE_CONTEXT,
        "id": service(request, row["side_id"]),
        "type": "ImageService3",
        "protocol": "http://iiif.io/api/image",
        "profile": LEVEL,
        "width": width,
        "height": height,
        "maxWidth": LONGEST_PX,
        "tiles": [{"width": TILE_PX, "scaleFactors": factors or [1]}],
        "extraQualities": [name for name in QUALITIES if name != "default"],
    }
    if known := rights(row["licence"]):
        said["rights"] = known
    return json_ld(request, said, IMAGE_CONTEXT)


def json_ld(request: Request, said: Any, context: str) -> Response:
    """An answer in JSON-LD; plain JSON for those who do not ask for it."""
    is_asked = "application/ld+json" in request.headers.get("accept", "")
    kind = f'application/ld+json;profile="{context}"' if is_asked else "application/json"
    return JSONResponse(said, media_type=kind, headers={"vary": "Accept"})


def image(request: Request) -> Response:
    """A part of a photograph, in a size."""
    row, given = photograph_of(request), request.path_params
    wanted = asked((row["width_px"], row["height_px"]),
                   given["region"], given["size"], given["rotation"], given["name"])  # fmt: skip
    made = wanted.bytes_of(site(request).decoded.picture(row))
    return Response(made, media_type=FORMATS[wanted.format][1], headers=KEPT)


def presentation(request: Request) -> Response:
    """The manifest of a coin, as `coinstore export coins --format iiif` writes it, over these pictures."""
    key = request.path_params["coin"]
    one = exported(request, key)
    pictures = {face: address for face, (_, address) in services(request, key).items()}
    sides: dict[Face, Said] = {face: {**one.side(face), "image": pictures.get(face)} for face in FACES}
    said = manifest(replace(one, sides=sides), About(), f"{root(request)}/iiif/presentation/3/{key}/manifest")
    if said is None:
        raise HTTPException(404, "There is no photograph of this coin to show.")
    for canvas in said["items"]:
        body = canvas["items"][0]["items"][0]["body"]
        place = body["id"].removesuffix(WHOLE)
        body["service"] = [{"id": place, "type": "ImageService3", "profile": LEVEL}]
    here = {"id": f"{root(request)}/coins/{key}", "type": "Text", "format": "text/html"}
    data = {"id": f"{root(request)}/api/coins/{key}", "type": "Dataset", "format": "application/json"}
    said.setdefault("homepage", [here | {"label": said["label"]}])
    return json_ld(request, said | {"seeAlso": [data]}, CONTEXT)


def exported(request: Request, coin: int) -> ExportedCoin:
    """All that is known of a coin; raises HTTPException 404."""
    found = list(exported_coins(reader(request), f"coin_id = {coin:d}"))
    if not found:
        raise HTTPException(404, NO_COIN)
    return found[0]


def services(request: Request, coin: int) -> dict[str, tuple[Any, str]]:
    """By face the row of a photograph of a coin, and its address here; one that both faces share has one."""
    found: dict[str, tuple[Any, str]] = {}
    by_photograph: dict[str, str] = {}
    for row in call.read(reader(request), "part.photographs_of", coins=[coin]):
        place = row["location"] or row["face"]
        address = by_photograph.setdefault(place, service(request, row["side_id"]) + WHOLE)
        found[row["face"]] = row, address
    return found


ROUTES = [
    Route("/presentation/3/{coin:key}/manifest", presentation),
    Route("/3/{side:key}", base),
    Route("/3/{side:key}/info.json", info),
    Route("/3/{side:key}/{region}/{size}/{rotation}/{name}", image),
]

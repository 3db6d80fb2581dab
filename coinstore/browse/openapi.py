"""What programs can ask for, in OpenAPI 3.1; the columns of coins and their meaning come from the store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from .addresses import DEEPEST, FIELDS, LONGEST, MOST_NAMES, NUMBERS, UNKNOWN, number, whole
from .coins import SORTS
from .iiif_request import FORMATS, QUALITIES

NUMBER_TYPES = {"integer": "integer", "smallint": "integer", "double precision": "number", "real": "number"}
NUMBERS_MEAN = {
    "year_from": "Coins of this year or later; 44 BC is -44.",
    "year_to": "Coins of this year or earlier.",
    "weight_from": "Coins of this weight in grams or more.",
    "weight_to": "Coins of this weight in grams or less.",
}
CHOSEN = ("words", *FIELDS, *NUMBERS)
Described = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Path:
    """An address: what it answers, by which parameters, and an example, with a place for coin and side."""

    address: str
    summary: str
    parameters: tuple[str, ...]
    answer: str
    example: str
    errors: tuple[int, ...] = (404,)


def paths() -> tuple[Path, ...]:
    """All that programs can ask for."""
    image = "/iiif/3/{side}/{region}/{size}/{rotation}/{quality}.{format}"
    parts = ("side", "region", "size", "rotation", "quality", "format")
    return (
        Path("/api/coins", "The coins that the address chooses, as the page of coins does.",
             (*CHOSEN, "sort", "page", "per_page", "provenance"), "Coins",
             "/api/coins?words=denar&per_page=2", (400, 404)),
        Path("/api/coins/{coin}", "All that is known of a coin, and who says so.",
             ("coin", "provenance"), "Coin", "/api/coins/{coin}", (400, 404)),
        Path("/api/coins/{coin}/look-alikes", "The coins that look most like a coin, nearest first.",
             ("coin", "space", "face", "k", "others", "provenance", *CHOSEN), "LookAlikes",
             "/api/coins/{coin}/look-alikes?face=obverse&k=3", (400, 404)),
        Path("/iiif/presentation/3/{coin}/manifest", "The manifest of a coin (IIIF Presentation 3).",
             ("coin",), "Manifest", "/iiif/presentation/3/{coin}/manifest"),
        Path("/iiif/3/{side}/info.json", "The description of a photograph (IIIF Image API 3, level 2).",
             ("side",), "Image", "/iiif/3/{side}/info.json"),
        Path(image, "A photograph or a part of it, as large as it is or smaller.", parts, "",
             "/iiif/3/{side}/square/200,/0/default.jpg", (400, 404, 501, 503)),
    )  # fmt: skip


def described(root: str, columns: Iterable[Mapping[str, Any]]) -> Described:
    """The description of the server at an address, whose coins have these columns."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "coinstore", "version": version("coinstore"),
                 "description": "The coins of a store, with the rights of a reader."},
        "servers": [{"url": root}],
        "paths": {one.address: {"get": _operation(one)} for one in paths()},
        "components": {"schemas": _schemas(columns), "parameters": _parameters()},
    }  # fmt: skip


def refusal(address: str, query: Iterable[tuple[str, str]]) -> str:
    """Why `address` cannot answer a query, by the description of the address; empty if it can.

    If a name or a value were ignored, a program would get other coins than it asked for.
    """
    [here] = [one for one in paths() if one.address == address]
    known = {name: said for name, said in _parameters().items() if name in here.parameters}
    names = [name for name, said in known.items() if said["in"] == "query"]
    given = Counter[str]()
    for name, value in query:
        if name not in names:
            return f"There is no parameter {name!r} here; the parameters are: {', '.join(names)}."
        schema = known[name]["schema"]
        given[name] += 1
        if given[name] > (MOST_NAMES if schema.get("type") == "array" else 1):
            return f"{name} is given too often."
        if len(value) > LONGEST:
            return f"{name} has more than {LONGEST} characters."
        if "enum" in schema and value not in schema["enum"]:
            return f"{name} is {' or '.join(schema['enum'])}; it is {value!r}."
        if schema.get("type") == "number" and number(value) is None:
            return f"{name} is a number below a million; it is {value!r}."
        if schema.get("type") == "integer":
            most = schema.get("maximum", DEEPEST)
            if not 1 <= (whole(value) or 0) <= most:
                return f"{name} is a whole number from 1 to {most:,}; it is {value!r}."
    return ""


def _operation(one: Path) -> Described:
    content = {"application/json": {"schema": _to(one.answer)}} if one.answer else {
        kind: {"schema": {"type": "string", "contentMediaType": kind}} for _, kind in FORMATS.values()
    }  # fmt: skip
    said: Described = {"200": {"description": one.summary, "content": content}}
    for status in one.errors:
        said[str(status)] = {"description": "A sentence that says why not.",
                             "content": {"application/json": {"schema": _to("Error")}}}  # fmt: skip
    parameters = [{"$ref": f"#/components/parameters/{name}"} for name in one.parameters]
    return {"summary": one.summary, "parameters": parameters, "responses": said}


def _to(schema: str) -> Described:
    return {"$ref": f"#/components/schemas/{schema}"}


def _parameters() -> Described:
    whole = {"type": "integer", "minimum": 1}
    found = {
        "words": _in_query(
            "Parts of numbers, types and legends, beginnings of other words.", {"type": "string"}
        ),
        "sort": _in_query("The order; as loaded without it.", {"enum": [one for one in SORTS if one]}),
        "page": _in_query("Which page, from 1.", whole),
        "per_page": _in_query("How many coins on a page.", {**whole, "maximum": 500}),
        "space": _in_query(
            "In which space coins are compared; the usual one without it.", {"type": "string"}
        ),
        "face": _in_query("Which faces are compared.", {"enum": ["obverse", "reverse", "both"]}),
        "k": _in_query("How many look-alikes.", {**whole, "maximum": 500}),
        "others": _in_query("1: only coins of other collections.", {"enum": ["1"]}),
        "provenance": _in_query("1: former owners as well.", {"enum": ["1"]}),
        "coin": _in_path("The key of a coin.", whole),
        "side": _in_path("The key of a side of a coin.", whole),
        "region": _in_path("full, square, x,y,w,h or pct:x,y,w,h", {"type": "string"}),
        "size": _in_path("max, w, ,h w,h !w,h or pct:n", {"type": "string"}),
        "rotation": _in_path("Degrees clockwise.", {"enum": ["0", "90", "180", "270"]}),
        "quality": _in_path("Colours.", {"enum": list(QUALITIES)}),
        "format": _in_path("Kind of file.", {"enum": list(FORMATS)}),
    }
    for name in FIELDS:
        names = {"type": "array", "items": {"type": "string"}}
        found[name] = _in_query(f"One of these names of {name}; {UNKNOWN} is: not known.", names)
    for name in NUMBERS:
        found[name] = _in_query(NUMBERS_MEAN[name], {"type": "number"})
    return {name: {"name": name, **said} for name, said in found.items()}


def _in_query(meaning: str, schema: Described) -> Described:
    return {"in": "query", "description": meaning, "schema": schema}


def _in_path(meaning: str, schema: Described) -> Described:
    return {"in": "path", "required": True, "description": meaning, "schema": schema}


def _schemas(columns: Iterable[Mapping[str, Any]]) -> Described:
    text, link, whole = {"type": "string"}, {"type": "string", "format": "uri"}, {"type": "integer"}
    rows: Described = {
        row["column_name"]: {"type": [NUMBER_TYPES.get(row["type_name"], "string"), "null"],
                             "description": row["meaning"]}
        for row in columns
    }  # fmt: skip
    rows["coin_id"]["type"] = "integer"
    row = _object({**rows, "api": link, "page": link})
    row["required"].remove("provenance")
    near: Described = {name: {"type": "number"} for name in ("distance", "similarity")}
    near |= {"compared": {"enum": ["obverse", "reverse", "both"]}, "percentile": {"type": ["number", "null"]}}
    some = {"type": "array", "items": {"type": "object"}}
    link_or_none: Described = {"type": ["string", "null"], "format": "uri"}
    known = dict.fromkeys(("said", "types", "references", "records"), some)
    return {
        "Row": row,
        "Coins": _object({"total": whole, "page": whole, "pages": whole, "where": text,
                          "previous": link_or_none, "next": link_or_none,
                          "coins": {"type": "array", "items": _to("Row")}}),
        "Coin": {"allOf": [_to("Row"), _object({"sides": {"type": "object"}, **known, "manifest": link,
                                                "look_alikes": link})]},
        "LookAlikes": _object({"space": text, "face": text, "sql": text,
                               "warnings": {"type": "array", "items": text},
                               "coins": {"type": "array", "items": {"allOf": [_to("Row"), _object(near)]}}}),
        "Manifest": _object({"@context": text, "id": link, "type": {"const": "Manifest"}, "items": some}),
        "Image": _object({"@context": text, "id": link, "type": {"const": "ImageService3"}, "profile": text,
                          "width": whole, "height": whole}),
        "Error": _object({"error": text}),
    }  # fmt: skip


def _object(properties: Described) -> Described:
    return {"type": "object", "properties": properties, "required": list(properties)}

"""Ask with a photograph, or with words: look-alikes, and what they say the photograph shows.

A photograph is in memory, or in a temporary file without a name, until its answer is made; nothing is stored.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, QueryParams, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..classify.vote import Vote, vote
from ..db import call
from ..errors import CoinstoreError, NotFound
from ..pages.words import space_warnings
from ..search.answer import LookAlike
from ..search.given import Given
from ..search.queries import Outside, takes, vector_of
from ..search.similar import Question, similar_to_vectors, without_percentiles
from ..spaces.catalogue import default_space
from . import forms
from .addresses import LONGEST, chosen
from .coins import condition
from .pictures import photographed
from .site import page, reader, site

K = 12
FACES = ("obverse", "reverse")
LABELS = ("type", "portrait", "denomination", "mint")
MOST_BYTES = 25 * 1024 * 1024
MOST_FILES = 2 * len(FACES)  # each face has a photograph that is chosen, or one that is taken now
TOO_LARGE = f"A photograph may have at most {MOST_BYTES // 1024 // 1024} MB; make it smaller first."
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Column:
    """The answer in one space; `why_not` is the reason when there is none."""

    title: str
    space: str
    answers: tuple[LookAlike, ...] = ()
    votes: tuple[Vote, ...] = ()
    warnings: tuple[str, ...] = ()
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a form asks: photographs by face, in which space, and among which coins."""

    photographs: Mapping[str, bytes]
    space: str
    query: QueryParams


def ask(request: Request) -> Response:
    """The forms; with a text in the address, its answer."""
    query = request.query_params
    text = query.get("text", "").strip()[:LONGEST].replace("\0", "")
    spaces = _spaces(reader(request))
    if not text:
        return _page(request, spaces, query)
    face = query.get("face") if query.get("face") in FACES else FACES[0]
    space = query.get("space", "")
    of_texts = _of(spaces, "text")
    if not of_texts:
        return _page(
            request, spaces, query, 400, sorry="No space of this store takes words: add one of CLIP."
        )
    column = _column(request, Column("", space if space in of_texts else of_texts[0]), spaces, query,
                     {str(face): Outside(text=text, face=str(face))})  # fmt: skip
    return _page(request, spaces, query, text=text, face=face, columns=[column])


async def ask_with_photographs(request: Request) -> Response:
    """The answer to one or two photographs."""
    try:
        form = await forms.read(request, most_files=MOST_FILES, most_bytes=2 * MOST_BYTES + forms.MOST_BYTES)
        asked = await _asked(form)
    except HTTPException as error:
        if error.status_code != 413:
            raise
        return await run_in_threadpool(_sorry, request, TOO_LARGE, 413)
    return await run_in_threadpool(_answer, request, asked)


async def _asked(form: FormData) -> Asked:
    photographs: dict[str, bytes] = {}
    try:
        for face in FACES:
            for name in (face, f"{face}_camera"):
                file = form.get(name)
                if isinstance(file, UploadFile) and (file.filename or file.size) and face not in photographs:
                    if (file.size or 0) > MOST_BYTES:
                        raise HTTPException(413, TOO_LARGE)
                    photographs[face] = await file.read()
    finally:
        await form.close()
    texts = QueryParams([(name, value) for name, value in form.multi_items() if isinstance(value, str)])
    return Asked(photographs, texts.get("space", ""), texts)


def _sorry(request: Request, sentence: str, status: int = 400, query: QueryParams | None = None) -> Response:
    """The forms again, with what is wrong."""
    return _page(request, _spaces(reader(request)), query or QueryParams(), status, sorry=sentence)


def _answer(request: Request, asked: Asked) -> Response:
    if not asked.photographs:
        return _sorry(
            request, "Choose a photograph of the obverse, of the reverse, or of both.", 400, asked.query
        )
    spaces = _spaces(reader(request))
    of_images = _of(spaces, "image")
    if not of_images:
        return _sorry(
            request, "No space of this store takes photographs; run: coinstore embed", 400, asked.query
        )
    space = asked.space if asked.space in of_images else of_images[0]
    with site(request).given.taken() as sandbox:
        try:
            given = {
                face: Given(f"the photograph of the {face}", data, sandbox)
                for face, data in asked.photographs.items()
            }
        except CoinstoreError as error:
            return _sorry(request, _sentence(error), 400, asked.query)
        given = _both(given)
        outside = {face: one.outside(face) for face, one in given.items()}
        columns = [_column(request, one, spaces, asked.query, outside) for one in _columns(spaces, space)]
    notes = dict.fromkeys(note for face, one in given.items() if (note := one.note(face)))
    pictures = [(face, b64encode(one.coin(face)).decode()) for face, one in given.items()]
    return _page(
        request, spaces, asked.query, columns=columns, notes=list(notes), pictures=pictures, space=space
    )


def _both(given: dict[str, Given]) -> dict[str, Given]:
    """Both faces, if one photograph was given that shows both."""
    if len(given) == 1:
        [one] = given.values()
        return dict.fromkeys(FACES, one) if one.shows_both else given
    return given


def _columns(spaces: Mapping[str, Row], space: str) -> list[Column]:
    """The space, and next to it the one that differs only by the style of the collections."""
    plain, debiased = _pair(spaces, space)
    if not debiased:
        return [Column(f"In {plain}", plain)]
    return [
        Column("Without the museum’s style", debiased),
        Column("With the museum’s style", plain),
    ]


def _pair(spaces: Mapping[str, Row], space: str) -> tuple[str, str]:
    """A space, and the one that is derived from it without the mean of each collection, or ""."""
    if _is_debiased(spaces[space]):
        return str(spaces[space]["made_of"][0]), space
    derived = [name for name, row in spaces.items() if _is_debiased(row) and row["made_of"] == [space]]
    return space, min(derived, key=lambda name: (name != f"{space}_debiased", name), default="")


def _is_debiased(row: Row) -> bool:
    return (row["recipe"].get("family"), row["recipe"].get("centre")) == ("derived", "collection")


def _column(
    request: Request,
    column: Column,
    spaces: Mapping[str, Row],
    query: QueryParams,
    outside: Mapping[str, Outside],
) -> Column:
    """The column with its answer."""
    engine, space = reader(request), column.space
    try:
        # The networks of models are the owner's; coins are found with the rights of whoever asks.
        vectors = {(space, face): vector_of(site(request).store, one, space) for face, one in outside.items()}
        face: Any = "both" if len(outside) > 1 else next(iter(outside))
        question = Question(face, space, K, condition(engine, chosen(query)))
        answers = similar_to_vectors(engine, vectors, question)
        is_text = any(one.text for one in outside.values())
        if is_text:
            answers = without_percentiles(engine, answers, space)
        votes = () if is_text else tuple(_votes(engine, vectors, space))
    except CoinstoreError as error:
        return Column(column.title, space, why_not=_sentence(error))
    return Column(column.title, space, tuple(answers), votes, _warnings(spaces[space]))


def _warnings(row: Row) -> tuple[str, ...]:
    """What is said about nearness in a space; that collections were taken out is what was asked for."""
    return () if row["trained"] and row["sees"] == ["collection"] else space_warnings(row)


def _votes(engine: Engine, vectors: Any, space: str) -> Iterator[Vote]:
    for label in LABELS:
        if found := vote(engine, label, vectors, space):
            yield found


def _spaces(engine: Engine) -> dict[str, Row]:
    """The spaces by name, the default one first."""
    rows = {row["space"]: row for row in call.look(engine, "part.space_names")}
    try:
        first = default_space(engine)
    except NotFound:
        first = ""
    return {name: rows[name] for name in sorted(rows, key=lambda name: (name != first, name))}


def _of(spaces: Mapping[str, Row], kind: str) -> list[str]:
    return [name for name in spaces if kind in takes(spaces, name)]


def _sentence(error: Exception) -> str:
    said = str(error)
    return said[:1].upper() + said[1:]


def _page(
    request: Request, spaces: Mapping[str, Row], query: QueryParams, status: int = 200, **shown: Any
) -> Response:
    nothing: dict[str, Any] = {"columns": [], "notes": [], "pictures": [], "text": "", "sorry": ""}
    nothing |= {"face": FACES[0], "space": query.get("space", "")}
    coins = {one.coin_id for column in shown.get("columns", ()) for one in column.answers}
    return page(
        request,
        "ask.html",
        status,
        faces=FACES,
        of_images=_of(spaces, "image"),
        of_texts=_of(spaces, "text"),
        words=query.get("words", "")[:LONGEST],
        most_bytes=MOST_BYTES,
        photographed=photographed(reader(request), coins),
        **(nothing | shown),
    )


ROUTES = [
    Route("/ask", ask, name="ask"),
    Route("/ask", ask_with_photographs, methods=["POST"], name="ask_with_photographs"),
]

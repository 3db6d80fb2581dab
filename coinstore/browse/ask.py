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
from starlette.datastructures import QueryParams, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..classify.vote import Vote, vote
from ..db import call
from ..errors import CoinstoreError, NotFound
from ..pages.words import sentence, space_warnings
from ..records.coin import FACES
from ..sandbox import Sandbox
from ..search.answer import LookAlike
from ..search.given import Given
from ..search.queries import Floats, Outside, derived_from, takes, vector_of
from ..search.similar import Question, similar_to_vectors, without_percentiles
from ..spaces.catalogue import default_space
from . import forms
from .addresses import LONGEST, chosen
from .boxes import turn
from .coins import condition
from .pictures import photographed
from .site import page, reader, site

K = 12
LABELS = ("type", "portrait", "denomination", "mint")
MOST_BYTES = 25 * 1024 * 1024
MOST_FILES = 2 * len(FACES)  # each face has a photograph that is chosen, or one that is taken now
NO_PHOTOGRAPH = "Choose a photograph of the obverse, of the reverse, or of both."
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


class Vectors:
    """What is asked about, by face, as vectors; those of a source serve the spaces derived from it, too."""

    def __init__(self, request: Request, spaces: Mapping[str, Row], outside: Mapping[str, Outside]) -> None:
        # The networks of models are the owner's; coins are found with the rights of the visitor.
        self._store, self._spaces, self.outside = site(request).store, spaces, outside
        self._known: dict[tuple[str, str], Floats] = {}

    @property
    def face(self) -> Any:
        """Which faces there are: obverse, reverse or both."""
        return "both" if len(self.outside) > 1 else next(iter(self.outside))

    @property
    def is_text(self) -> bool:
        """Whether words are asked about."""
        return any(one.text for one in self.outside.values())

    @property
    def shows_a_coin(self) -> bool:
        """Whether a coin was found in each photograph: of anything else the nearest coins say nothing."""
        return all(one.seen is not None and one.seen.shows_a_coin(one.face) for one in self.outside.values())

    def of(self, space: str) -> dict[tuple[str, str], Floats]:
        """The vectors in a space, by space and face; raises as `vector_of`."""
        return {(space, face): self._one(space, face) for face in self.outside}

    def _one(self, space: str, face: str) -> Floats:
        if (space, face) not in self._known:
            row = self._spaces[space]
            if row["recipe"].get("family") == "derived":
                found = derived_from(self._store, space, self._one(row["made_of"][0], face))
            else:
                found = vector_of(self._store, self.outside[face], space)
            self._known[space, face] = found
        return self._known[space, face]


async def ask(request: Request) -> Response:
    """The forms; with a text in the address, its answer."""
    text = request.query_params.get("text", "").strip()[:LONGEST].replace("\0", "")
    if not text:
        return await run_in_threadpool(lambda: _page(request, _spaces(reader(request)), request.query_params))
    async with turn(site(request).asking):
        return await run_in_threadpool(_answer_to_words, request, text)


def _answer_to_words(request: Request, text: str) -> Response:
    query, spaces = request.query_params, _spaces(reader(request))
    face = query.get("face") if query.get("face") in FACES else FACES[0]
    space = query.get("space", "")
    of_texts = _of(spaces, "text")
    if not of_texts:
        return _page(
            request, spaces, query, 400, sorry="No space of this store takes words; add a space of CLIP."
        )
    space = space if space in of_texts else of_texts[0]
    vectors = Vectors(request, spaces, {str(face): Outside(text=text, face=str(face))})
    column = _column(request, Column("", space), spaces, query, vectors)
    return _page(request, spaces, query, text=text, face=face, columns=[column])


async def ask_with_photographs(request: Request) -> Response:
    """The answer to one or two photographs."""
    async with turn(site(request).asking):  # before they are read: they need memory
        try:
            asked = await _asked(request)
        except HTTPException as error:
            if error.status_code != 413:
                raise
            return await run_in_threadpool(_sorry, request, TOO_LARGE, 413)
        if not asked.photographs:
            return await run_in_threadpool(_sorry, request, NO_PHOTOGRAPH, 400, asked.query)
        async with site(request).given.taken() as sandbox:
            return await run_in_threadpool(_answer, request, asked, sandbox)


async def _asked(request: Request) -> Asked:
    form = await forms.read(request, most_files=MOST_FILES)
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


def _answer(request: Request, asked: Asked, sandbox: Sandbox) -> Response:
    spaces = _spaces(reader(request))
    of_images = _of(spaces, "image")
    if not of_images:
        return _sorry(
            request, "No space of this store takes photographs; run: coinstore embed", 400, asked.query
        )
    space = asked.space if asked.space in of_images else of_images[0]
    try:
        given = {
            face: Given(f"the photograph of the {face}", data, sandbox)
            for face, data in asked.photographs.items()
        }
    except CoinstoreError as error:
        return _sorry(request, sentence(str(error)), 400, asked.query)
    given = _both(given)
    vectors = Vectors(request, spaces, {face: one.outside(face) for face, one in given.items()})
    columns = [_column(request, one, spaces, asked.query, vectors) for one in _columns(spaces, space)]
    # Of a photograph that both faces share, what is said of the obverse says it all.
    notes = {one: one.note(face) for face, one in reversed(given.items())}
    pictures = [(face, b64encode(one.coin(face)).decode()) for face, one in given.items()]
    return _page(
        request,
        spaces,
        asked.query,
        columns=columns,
        notes=list(filter(None, notes.values())),
        pictures=pictures,
        space=space,
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
    request: Request, column: Column, spaces: Mapping[str, Row], query: QueryParams, vectors: Vectors
) -> Column:
    """The column with its answer."""
    engine, space = reader(request), column.space
    try:
        asked = vectors.of(space)
        question = Question(vectors.face, space, K, condition(engine, chosen(query)))
        answers = similar_to_vectors(engine, asked, question)
        if vectors.is_text:
            answers = without_percentiles(engine, answers, space)
        votes = tuple(_votes(engine, asked, space)) if vectors.shows_a_coin else ()
    except CoinstoreError as error:
        return Column(column.title, space, why_not=sentence(str(error)))
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

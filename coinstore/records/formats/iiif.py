"""IIIF: a manifest of the Presentation API 2 or 3 is one coin, with its labels and its photographs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ...errors import SourceError
from ...sources import files
from ...sources.iiif import PICTURES
from ...sources.source import Source
from ..coin import Face, Fault, Record
from ..encodings import encoding_of, text_in
from ..header import Tell
from ..json_text import decode, why_not
from ..lines import decoded
from ..mapping import Mapping
from ..names import FACE_WORDS
from ..private import is_one, with_hidden
from .format import HEAD_BYTES, Format
from .profile import built_in

BEGINNING = re.compile(r"\ufeff?\s*[{\[]")
VERSION = re.compile(r"ImageService(?P<type>[123])|/image/(?P<context>[23])|image/?(?:-api)?/(?P<old>1)\.")
WEB = re.compile(r"https?://", re.IGNORECASE)
NOT_ON_THE_WEB = "is not a web address, as that of a photograph in a manifest is"
OBJECT_TYPE = "Object Type"
# Labels that mean the same, and what says too little in them.
OBJECT_TYPES = frozenset(
    {
        *("object type", "type of object", "kind of object", "object category", "object class"),
        *("objekttyp", "objektart", "objektbezeichnung", "objektgattung", "objektkategorie", "objektklasse"),
        *("art des objekts", "type d'objet", "nature de l'objet", "catégorie d'objet", "tipo di oggetto"),
        *("tipo oggetto", "tipo di bene", "tipo de objeto", "objecttype", "soort object", "objectcategorie"),
    }
)
NUMISMATICS = re.compile(r"numismati(k|cs?|que|ca|ek)|numismática|objek?te?|objects?", re.IGNORECASE)
TYPES = ("Manifest", "sc:Manifest")
LISTS = ("Collection", "sc:Collection")


def reads(head: bytes) -> bool:
    """Whether a file is JSON of the Presentation API."""
    text = text_in(head).replace("\\/", "/")
    return BEGINNING.match(text) is not None and str(built_in("iiif").recognise["context"]) in text


def records(source: Source, mapping: Mapping, tell: Tell) -> Iterator[Record]:
    """The coin of a manifest, or of each in a list of them."""
    content = files.read(source.location)
    try:
        said = decode(decoded(source.name, content, encoding_of(content[:HEAD_BYTES], mapping.encoding)))
    except ValueError as error:
        raise SourceError(f"{source.name}: {why_not(error)}.") from None
    for n, one in enumerate(said if isinstance(said, list) else [said], 1):
        kind = one.get("@type") or one.get("type") if isinstance(one, dict) else None
        if kind in LISTS:
            yield Record(f"manifest {n}", {}, {}, skipped="a list of manifests, which are to be downloaded")
            continue
        if kind not in TYPES:
            raise SourceError(
                f"{source.name}: is not a manifest of one object, but {str(kind or 'something else')[:40]}."
            )
        try:
            cells, faults = _cells(one, mapping.languages), _not_on_the_web(one)
            raw = _without_private(one, mapping.private)
            yield Record(f"manifest {n}", cells, raw, faults=faults, is_whole=True)
        except _NotWholeError as error:
            yield Record(f"manifest {n}", {}, one, str(error))


def _not_on_the_web(said: dict[str, Any]) -> tuple[Fault, ...]:
    """Photographs that only the machine where the manifest was written has."""
    found = (_picture(around[0]) for around in _resources(said))
    return tuple(Fault("image", one[:200], NOT_ON_THE_WEB) for one in found if one and not WEB.match(one))


class _NotWholeError(ValueError):
    """What is wrong with a manifest, as the reason why it is refused."""


def _cells(said: dict[str, Any], languages: tuple[str, ...]) -> dict[str, Any]:
    cells: dict[str, Any] = {
        "label": _text(said.get("label"), languages),
        "description": _text(said.get("description") or said.get("summary"), languages),
        "attribution": _attribution(said, languages),
        "rights": _text(said.get("rights") or said.get("license"), languages),
        "homepage": _address(said.get("homepage") or said.get("rendering")),
    }
    kinds: list[str] = []
    for one in _list(said.get("metadata")):
        label = _text(one.get("label"), languages) if isinstance(one, dict) else None
        if label:
            values = _texts(one.get("value"), languages)
            # Several values are several names; a sign | in one of them is a part of it.
            cells.setdefault(label, values if len(values) > 1 or "|" in "".join(values) else "".join(values))
            kinds += values if _says_kind(one["label"]) else []
    if told := [one for one in kinds if not NUMISMATICS.fullmatch(one)]:
        cells[OBJECT_TYPE] = "; ".join(dict.fromkeys(told))
    cells |= _photographs(said, languages)
    return {name: value for name, value in cells.items() if value not in (None, "")}


def _says_kind(label: Any) -> bool:
    """Whether a label, in any of its languages, is before what kind of thing the object is."""
    spelled = (one.casefold().replace("’", "'").rstrip(" :") for one in _every_text(label))
    return any(one in OBJECT_TYPES for one in spelled)


def _without_private(said: dict[str, Any], private: frozenset[str]) -> dict[str, Any]:
    """A manifest whose private values, of its canvases as well, are under "private", by their labels."""
    found: dict[str, Any] = {}

    def is_open(entry: Any) -> bool:
        label = entry.get("label") if isinstance(entry, dict) else None
        labels = list(_every_text(label))
        if not any(is_one(each, name) for each in labels for name in private):
            return True
        found.setdefault(labels[0], entry.get("value"))
        return False

    def inside(value: Any) -> Any:
        if isinstance(value, list):
            return [inside(one) for one in value]
        if not isinstance(value, dict):
            return value
        copied = {name: inside(one) for name, one in value.items()}
        if isinstance(copied.get("metadata"), list):
            copied["metadata"] = [one for one in copied["metadata"] if is_open(one)]
        return copied

    kept: dict[str, Any] = inside(said)
    return with_hidden(kept, found)


def _every_text(value: Any) -> Iterator[str]:
    """All texts of a value, in whatever languages."""
    if isinstance(value, str):
        yield value.strip()
    elif isinstance(value, dict):
        for name, one in value.items():
            if name != "@language":
                yield from _every_text(one)
    elif isinstance(value, list):
        for one in value:
            yield from _every_text(one)


def _objects(said: dict[str, Any], *names: str) -> list[dict[str, Any]]:
    """The objects under the first of some names that is there; raises _NotWholeError for anything else."""
    name = next((name for name in names if said.get(name)), names[0])
    found = _list(said.get(name))
    if not all(isinstance(one, dict) for one in found):
        raise _NotWholeError(
            f"has {name} that are addresses or texts, not objects; download the manifest whole"
        )
    return found


def _attribution(said: dict[str, Any], languages: tuple[str, ...]) -> str | None:
    required = said.get("requiredStatement")
    provider = next(iter(_list(said.get("provider"))), None)
    value = required.get("value") if isinstance(required, dict) else None
    label = provider.get("label") if isinstance(provider, dict) else None
    return _text(said.get("attribution") or value or label, languages)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _text(value: Any, languages: tuple[str, ...]) -> str | None:
    """A text in the first of the languages that it has; several values with a semicolon between them."""
    return "; ".join(_texts(value, languages)) or None


def _texts(value: Any, languages: tuple[str, ...]) -> list[str]:
    """The texts of a value in the first of the languages that it has, each once."""
    if isinstance(value, dict) and "@value" not in value:  # a language map of version 3
        key = next((one for one in (*languages, "none") if value.get(one)), next(iter(value), None))
        return _texts(value.get(key), languages) if key and not isinstance(value.get(key), dict) else []
    parts = _list(value)
    of_languages = [one for one in parts if isinstance(one, dict) and "@value" in one]
    for language in languages:
        if found := [one for one in of_languages if str(one.get("@language", "")).startswith(language)]:
            parts = found
            break
    else:
        parts = of_languages[:1] or parts
    texts = [str(one["@value"] if isinstance(one, dict) else one) for one in parts if not _is_object(one)]
    return list(dict.fromkeys(text.strip() for text in texts if text.strip()))


def _is_object(value: Any) -> bool:
    return isinstance(value, list) or value is None or (isinstance(value, dict) and "@value" not in value)


def _address(value: Any) -> str | None:
    """The address of a page for people."""
    pages = [one for one in _list(value) if isinstance(one, dict)]
    html = [one for one in pages if "html" in str(one.get("format", "html"))]
    return next((str(one.get("id") or one.get("@id")) for one in html), None)


@dataclass(frozen=True, slots=True)
class _Photograph:
    """A photograph of a manifest: its address, the labels near it, and what is said of its rights."""

    address: str
    labels: list[str]
    licence: str | None
    holder: str | None


def _photographs(said: dict[str, Any], languages: tuple[str, ...]) -> dict[str, str]:
    """The cells of each face that a label names; the others are in `image`.

    The rights of a manifest are those of the record: of a photograph only its canvas and it itself speak.
    """
    faces: dict[str, _Photograph] = {}
    others: list[_Photograph] = []
    for one in _found(said, languages):
        face = next((face for label in one.labels if (face := _face(label))), None)
        if face:
            faces.setdefault(f"{face}_image", one)
        else:
            others.append(one)
    if not faces and others:
        faces = {"image": others[0]}
    cells: dict[str, str] = {}
    for name, one in faces.items():
        cells |= {name: one.address, f"{name}_licence": one.licence or ""}
        cells[f"{name}_rights_holder"] = one.holder or ""
    if "image" in faces:
        cells["image"] = "\n".join(dict.fromkeys(one.address for one in others))
        if len({(one.licence, one.holder) for one in others}) > 1:
            cells |= {"image_licence": "", "image_rights_holder": ""}
    return cells


def _found(said: dict[str, Any], languages: tuple[str, ...]) -> Iterator[_Photograph]:
    for around in _resources(said):
        address = _picture(around[0])
        labels = [label for part in around if (label := _text(part.get("label"), languages))]
        licences = (_text(part.get("rights") or part.get("license"), languages) for part in around)
        holders = (_attribution(part, languages) for part in around)
        if address and WEB.match(address):
            yield _Photograph(
                address, labels, next(filter(None, licences), None), next(filter(None, holders), None)
            )


def _resources(said: dict[str, Any]) -> Iterator[tuple[dict[str, Any], ...]]:
    """Each photograph, with what it is in: its annotation and its canvas."""
    sequences = _objects(said, "sequences")[:1]
    canvases = [one for sequence in sequences for one in _objects(sequence, "canvases")]
    for canvas in canvases or _objects(said, "items"):
        pages = [one for page in _objects(canvas, "items") for one in _objects(page, "items")]
        for annotation in pages or _objects(canvas, "images"):
            for body in _objects(annotation, "body", "resource")[:1]:
                choice = _objects(body, "items", "default")
                yield choice[0] if choice else body, annotation, canvas


def _face(label: str) -> Face | None:
    words = re.split(r"[\W_]+", label.casefold())
    found = {FACE_WORDS[word] for word in words if word in FACE_WORDS and (len(word) > 2 or len(words) == 1)}
    return found.pop() if len(found) == 1 else None


def _picture(resource: dict[str, Any]) -> str | None:
    """The address of the full picture: of its service where there is one, else its own."""
    for service in _list(resource.get("service")):
        if not isinstance(service, dict):
            continue
        address = service.get("id") or service.get("@id")
        signs = " ".join(str(service.get(key, "")) for key in ("type", "@type", "@context", "profile"))
        version = VERSION.search(signs)
        if address and version:
            number = int(version["type"] or version["context"] or version["old"])
            return f"{str(address).rstrip('/')}/{PICTURES[number]}"
    own = resource.get("id") or resource.get("@id")
    return str(own) if own else None


def formats() -> tuple[Format, ...]:
    """Manifests, with their profile."""
    return (Format("IIIF", reads, records, built_in("iiif"), records),)

"""LIDO 1.1: the minimal record of DDB and Europeana, with what a store knows of a coin."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ..coin import FACES, Value
from ..values.several import marked
from ..values.years import in_words
from .about import About, gyear, iri, title, web, words
from .coins import ExportedCoin, Said
from .markup import TAG, Maker, decimal, streamed, write_all

LIDO = Maker({"lido": "http://www.lido-schema.org"})
make = LIDO.make
TERMS = "http://terminology.lido-schema.org/"
# Types of LIDO's own terminology.
LOCAL, URI, INVENTORY, CURRENT, MATERIAL, PROVIDED, ITEM = (
    {"lido:type": f"{TERMS}lido{number}"}
    for number in ("00100", "00099", "00113", "00475", "00132", "00464", "00141")
)
PRODUCTION, FINDING = ("00007", "Production"), ("00002", "Finding")
COIN = "http://nomisma.org/id/coin"
UNKNOWN = "und"  # as BCP 47 calls a language that is not known
ENGLISH: dict[str, str | None] = {"xml:lang": "en"}
WORDS: dict[str, str | None] = {"lido:label": "licence"}
RELATED = {"hoard": "related hoard"}
INSCRIBED = {"obverse": "front", "reverse": "back"}
MEASURES = (
    ("weight", "g", "weight_g"),
    ("diameter", "mm", "diameter_mm"),
    ("minimum diameter", "mm", "diameter_min_mm"),
    ("orientation", "h", "die_axis_h"),
)


def write_lido(coins: Iterable[ExportedCoin], path: Path, about: About) -> int:
    """Writes a lidoWrap; no coin is left out."""
    with streamed(path, LIDO, "lido:lidoWrap") as file:
        write_all(file, (record(one, about) for one in coins))
    return 0


def record(one: ExportedCoin, about: About) -> Any:
    """The element lido of a coin."""
    lido = LIDO.root("lido:lido")
    make(lido, "lido:lidoRecID", one.name, LOCAL)
    if about.base or iri(one.coin["uri"]):
        make(lido, "lido:objectPublishedID", about.uri(one), URI)
    tags = filter(TAG.fullmatch, one.rights("language"))
    language: dict[str, str | None] = {"xml:lang": next(tags, UNKNOWN)}
    described = make(lido, "lido:descriptiveMetadata", None, language)
    _classify(make(described, "lido:objectClassificationWrap"), one)
    _identify(make(described, "lido:objectIdentificationWrap"), one, about)
    events = make(described, "lido:eventWrap")
    _produced(_event(events, PRODUCTION), one)
    if one.coin["findspot"] or one.coin["findspot_uri"]:
        _place(_event(events, FINDING), one.coin["findspot"], one.coin["findspot_uri"])
    _relate(described, one)
    administered = make(lido, "lido:administrativeMetadata", None, language)
    _recorded(make(administered, "lido:recordWrap"), one, about)
    _pictures(administered, one, about)
    return lido


def _concept(parent: Any, element: str, name: str | None, uri: str | None, **attributes: str) -> Any:
    made = make(parent, element, None, {f"lido:{key}": value for key, value in attributes.items()})
    if uri:
        make(made, "lido:conceptID", uri, URI)
    if name:
        make(made, "lido:term", name)
    return made


def _text(one: Value) -> str | None:
    return marked(one) if one.name or one.is_uncertain else None


def _classify(wrap: Any, one: ExportedCoin) -> None:
    _concept(make(wrap, "lido:objectWorkTypeWrap"), "lido:objectWorkType", "Coin", COIN)
    if names := one.names("denomination"):
        classes = make(wrap, "lido:classificationWrap")
        for name in names:
            _concept(classes, "lido:classification", _text(name), name.uri, type="denomination")


def _identify(wrap: Any, one: ExportedCoin, about: About) -> None:
    coin = one.coin
    titles = make(make(wrap, "lido:titleWrap"), "lido:titleSet")
    make(titles, "lido:appellationValue", title(one), ENGLISH)
    legends = {face: text for face in FACES if (text := one.side(face).get("legend"))}
    if legends:
        inscribed = make(wrap, "lido:inscriptionsWrap")
        for face, text in legends.items():
            made = make(inscribed, "lido:inscriptions", None, {"lido:type": INSCRIBED[face]})
            make(made, "lido:inscriptionTranscription", text)
    holder = make(make(wrap, "lido:repositoryWrap"), "lido:repositorySet", None, CURRENT)
    _body(make(holder, "lido:repositoryName"), coin["collection"], about.holder_uri(one))
    make(holder, "lido:workID", coin["inventory_number"], INVENTORY)
    notes: list[tuple[str, str | None]] = [(face, one.side(face).get("description")) for face in FACES]
    notes.append(("provenance", coin["provenance"] if about.provenance else None))
    if any(text for _, text in notes):
        described = make(wrap, "lido:objectDescriptionWrap")
        for kind, text in notes:
            _note(described, one, kind, text)
    _measure(wrap, one)


def _note(described: Any, one: ExportedCoin, kind: str, text: str | None) -> None:
    if text:
        note = make(described, "lido:objectDescriptionSet", None, {"lido:type": kind})
        language = one.sides.get(kind, {}).get("description_language")  # type: ignore[call-overload]
        make(note, "lido:descriptiveNoteValue", text, {"xml:lang": language})


def _body(parent: Any, name: str, uri: str | None = None) -> None:
    if uri:
        make(parent, "lido:legalBodyID", uri, URI)
    make(make(parent, "lido:legalBodyName"), "lido:appellationValue", name)


def _measure(wrap: Any, one: ExportedCoin) -> None:
    said = [(*of, value) for *of, field in MEASURES if (value := one.coin[field]) is not None]
    if not said:
        return
    measured = make(make(wrap, "lido:objectMeasurementsWrap"), "lido:objectMeasurementsSet")
    measures = make(measured, "lido:objectMeasurements")
    for kind, unit, value in said:
        made = make(measures, "lido:measurementsSet")
        make(made, "lido:measurementType", kind, ENGLISH)
        make(made, "lido:measurementUnit", unit)
        make(made, "lido:measurementValue", decimal(value))


def _event(events: Any, kind: tuple[str, str]) -> Any:
    event = make(make(events, "lido:eventSet"), "lido:event")
    made = make(event, "lido:eventType")
    make(made, "lido:conceptID", f"{TERMS}lido{kind[0]}", URI)
    make(made, "lido:term", kind[1], ENGLISH)
    return event


def _place(event: Any, name: str | None, uri: str | None, entity: str | None = None) -> None:
    place = make(make(event, "lido:eventPlace"), "lido:place", None, {"lido:politicalEntity": entity})
    if uri:
        make(place, "lido:placeID", uri, URI)
    if name:
        make(make(place, "lido:namePlaceSet"), "lido:appellationValue", name)


def _produced(event: Any, one: ExportedCoin) -> None:
    first, last = one.coin["year_from"], one.coin["year_to"]
    for name in one.names("authority"):
        acted = make(make(event, "lido:eventActor"), "lido:actorInRole")
        _actor(acted, name)
        make(make(acted, "lido:roleActor"), "lido:term", "authority", ENGLISH)
    if first or last:
        date = make(event, "lido:eventDate")
        if first and last:
            make(date, "lido:displayDate", in_words(first, last), ENGLISH)
        span = make(date, "lido:date")
        for name_, year in (("earliest", first), ("latest", last)):
            if year:
                make(span, f"lido:{name_}Date", gyear(year))
    for name in one.names("mint"):
        _place(event, _text(name), name.uri, "minting_place")
    if materials := one.names("material"):
        tech = make(make(event, "lido:eventMaterialsTech"), "lido:materialsTech")
        for name in materials:
            _concept(tech, "lido:termMaterialsTech", _text(name), name.uri, type=MATERIAL["lido:type"])


def _actor(parent: Any, name: Value) -> None:
    actor = make(parent, "lido:actor")
    if name.uri:
        make(actor, "lido:actorID", name.uri, URI)
    make(make(actor, "lido:nameActorSet"), "lido:appellationValue", _text(name))  # the set has to be there


def _relate(described: Any, one: ExportedCoin) -> None:
    portraits, coin = one.names("portrait"), one.coin
    # Its own hoard is where it was found; others are mentioned.
    works: list[tuple[str | None, str | None, str]] = []
    if coin["hoard"] or coin["hoard_uri"]:
        works.append((coin["hoard_uri"], coin["hoard"], "hoard"))
    works += [
        (said["uri"], words(said), RELATED.get(said["kind"]) or str(said["kind"])) for said in one.references
    ]
    if not (portraits or works or one.types):
        return
    related = make(described, "lido:objectRelationWrap")
    if portraits:
        subjects = make(related, "lido:subjectWrap")
        for name in portraits:
            subject = make(make(subjects, "lido:subjectSet"), "lido:subject")
            _actor(make(subject, "lido:subjectActor"), name)
    wrap = make(related, "lido:relatedWorksWrap") if works or one.types else None
    for said in one.types:
        _type(_work(wrap, "type"), said)
    for uri, text, kind in works:
        _describe(_work(wrap, kind), uri, text)


def _work(wrap: Any, kind: str) -> Any:
    """The element object of a related work, whose relation is after it."""
    work = make(wrap, "lido:relatedWorkSet")
    thing = make(make(work, "lido:relatedWork"), "lido:object")
    make(make(work, "lido:relatedWorkRelType"), "lido:term", kind, ENGLISH)
    return thing


def _describe(
    thing: Any, uri: str | None, text: str | None, number: str | None = None, catalogue: str | None = None
) -> None:
    if iri(uri):
        make(thing, "lido:objectWebResource", uri)
    if number or catalogue:
        make(thing, "lido:objectID", number, LOCAL | {"lido:source": catalogue, "lido:label": "number"})
    if text:
        make(thing, "lido:objectNote", text)


def _type(thing: Any, said: Said) -> None:
    """A type; the mark of doubt is at its label, where it has one."""
    label, doubt = said["label"], said["is_uncertain"]
    text = marked(Value(label, is_uncertain=doubt)) if label else None
    number = marked(Value(said["number"], is_uncertain=doubt and not label)) if said["number"] else None
    _describe(thing, said["uri"], text, number, said["catalogue"])


def _recorded(wrap: Any, one: ExportedCoin, about: About) -> None:
    make(wrap, "lido:recordID", one.coin["inventory_number"], LOCAL)
    made = make(wrap, "lido:recordType")
    make(made, "lido:conceptID", ITEM["lido:type"], URI)
    make(made, "lido:term", "item-level record", ENGLISH)
    _body(make(wrap, "lido:recordSource"), about.publisher or one.coin["collection"])
    holders = one.rights("rights_holder")
    licences: list[str | None] = [*one.rights("licence")]
    for licence in licences or [None] * bool(holders):
        _rights(make(wrap, "lido:recordRights"), licence, holders)
        holders = []  # once is enough: whose licence is whose is not known


def _rights(rights: Any, licence: str | None, holders: Iterable[str]) -> None:
    if licence:
        made = make(rights, "lido:rightsType")
        is_address = web(licence) is not None
        make(made, *(("lido:conceptID", licence, URI) if is_address else ("lido:term", licence, WORDS)))
    for holder in holders:
        _body(make(rights, "lido:rightsHolder"), holder)


def _pictures(administered: Any, one: ExportedCoin, about: About) -> None:
    found = [(face, address) for face in FACES if (address := about.image(one, face))]
    if not found:
        return
    wrap = make(administered, "lido:resourceWrap")
    for face, address in found[: 1 if one.image_of_both else None]:
        side, made = one.side(face), make(wrap, "lido:resourceSet")
        make(make(made, "lido:resourceRepresentation", None, PROVIDED), "lido:linkResource", address)
        if not one.image_of_both:
            perspective = make(made, "lido:resourcePerspective")
            make(perspective, "lido:conceptID", f"http://nomisma.org/id/{face}", URI)
            make(perspective, "lido:term", face, ENGLISH)
        licence, holder = side.get("image_licence"), side.get("image_rights_holder")
        if licence or holder:
            _rights(make(made, "lido:rightsResource"), licence, [holder] if holder else [])

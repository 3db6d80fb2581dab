"""Schemas of other people, as far as they can be used: what they import from the web is not at hand."""

import re
from pathlib import Path
from typing import Any

import interchange
import xmlschema
from lxml import etree

LINK = {"type": "string", "href": "anyURI", "role": "string", "arcrole": "string"}
TEI = ("gLike", "highlighted", "pPart.data", "pPart.edit", "segLike", "ptrLike", "biblPart", "global")
MEMBERS = {"highlighted": "title", "pPart.data": "idno"}  # of the groups, as far as coinstore writes them
GROUP = '<xs:group name="tei_model.{0}"><xs:sequence><xs:element name="{1}" minOccurs="0"/></xs:sequence></xs:group>'
# NUDS imports these from the web, and names groups of TEI without importing it: these stand for them.
STANDS = {
    "http://www.w3.org/1999/xlink": "".join(
        f'<xs:attribute name="{name}" type="xs:{kind}"/>' for name, kind in LINK.items()
    )
    + '<xs:attributeGroup name="simpleLink">'
    + "".join(f'<xs:attribute ref="{name}"/>' for name in LINK)
    + "</xs:attributeGroup>",
    "http://www.opengis.net/gml/3.2": '<xs:element name="location"/>',
    "http://www.tei-c.org/ns/1.0": '<xs:element name="div"/>'
    '<xs:complexType name="tei_macro.paraContent" mixed="true"/>'
    + "".join(GROUP.format(name, MEMBERS.get(name, name)) for name in TEI),
}
# LIDO 1.1, as far as coinstore writes it: the elements inside each one, in their order. ! has to be there.
LIDO = {
    "lidoWrap": "lido",
    "lido": "lidoRecID! objectPublishedID descriptiveMetadata! administrativeMetadata!",
    "descriptiveMetadata": "objectClassificationWrap! objectIdentificationWrap! eventWrap objectRelationWrap",
    "objectClassificationWrap": "objectWorkTypeWrap! classificationWrap",
    "objectIdentificationWrap": "titleWrap! inscriptionsWrap repositoryWrap objectDescriptionWrap"
    " objectMeasurementsWrap",
    "inscriptions": "inscriptionTranscription",
    "repositorySet": "repositoryName workID",
    "legalBody": "legalBodyID legalBodyName",
    "objectMeasurementsSet": "objectMeasurements",
    "measurementsSet": "measurementType! measurementUnit! measurementValue!",
    "event": "eventType! eventActor eventDate eventPlace eventMaterialsTech",
    "actorInRole": "actor! roleActor",
    "actor": "actorID nameActorSet!",
    "eventDate": "displayDate date",
    "date": "earliestDate latestDate",
    "place": "placeID namePlaceSet",
    "objectRelationWrap": "subjectWrap relatedWorksWrap",
    "relatedWorkSet": "relatedWork relatedWorkRelType",
    "object": "objectWebResource objectID objectNote",
    "administrativeMetadata": "recordWrap! resourceWrap",
    "recordWrap": "recordID! recordType! recordSource! recordRights",
    "recordRights": "rightsType rightsHolder",
    "resourceSet": "resourceRepresentation resourcePerspective rightsResource",
    **dict.fromkeys(("objectWorkType", "classification", "termMaterialsTech", "eventType"), "conceptID term"),
}
EMPTY = ("object", "objectID", "appellationValue")  # of a type without a name, of an actor known by address
TYPED = (
    "lidoRecID",
    "objectPublishedID",
    "workID",
    "recordID",
    "conceptID",
    "placeID",
    "actorID",
    "objectID",
)
HEAD = (
    '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="{0}" xmlns="{0}"'
    ' elementFormDefault="qualified">{1}</xs:schema>'
)


def nuds(folder: Path) -> Any:
    """The schema of NUDS; the test is skipped where it is absent."""
    text = interchange.file("schema/nuds.xsd").read_text("utf-8")
    text = re.sub(r"<!--(<xs:import.*?/>)-->", r"\1", text, flags=re.DOTALL)
    for number, (space, inside) in enumerate(STANDS.items()):
        (folder / f"{number}.xsd").write_text(HEAD.format(space, inside), "utf-8")
        place = re.compile(rf'(namespace="{re.escape(space)}"\s+schemaLocation=)"[^"]*"')
        text = place.sub(rf'\1"{number}.xsd"', text)
    # One element is named twice in a choice.
    text = re.sub(r'(<xs:element ref="physloc"/>\s*)+', '<xs:element ref="physloc"/>', text)
    (folder / "nuds.xsd").write_text(text, "utf-8")
    return xmlschema.XMLSchema11(str(folder / "nuds.xsd"))


def lido(path: Path) -> None:
    """Raises AssertionError where a file is not LIDO 1.1, as far as `LIDO` says it, and its schema if it is there."""
    root = etree.parse(path).getroot()
    for element in root.iter(etree.Element):
        name = etree.QName(element).localname
        inside = [etree.QName(child).localname for child in element]
        if name in LIDO:
            order = [one.rstrip("!") for one in LIDO[name].split()]
            assert set(inside) <= set(order) and inside == sorted(inside, key=order.index), name
            assert {one[:-1] for one in LIDO[name].split() if one.endswith("!")} <= set(inside), name
        assert inside or (element.text or "").strip() or name in EMPTY, name
        if name in TYPED:
            assert element.get(f"{{{element.nsmap['lido']}}}type"), name
    xsd = interchange.FOLDER / "schema" / "lido-v1.1.xsd"
    if xsd.exists():
        etree.XMLSchema(etree.parse(xsd)).assertValid(root)

"""Mapping files: which column of a source is which field, in TOML.

encoding = "cp1252"               # of a text file that is not UTF-8
delimiter = ";"                   # of a CSV, when it is not recognised
sheet = "Coins"                   # of a spreadsheet; else the first that has a table
header_row = 3                    # the row with the names of the columns; 0: there is none, and the
                                  # columns are called "column 1", "column 2" …
records = "data.*.items"          # where the array is in a JSON file; ".": the file is one record
placeholders = ["siehe Akte"]     # cells that mean "not known", besides the usual ones
first_face = "reverse"             # left or above where a photograph shows both; else the obverse
usual_names = false               # only the columns named here; else usual names count as well

[constants]                       # the same for every record
collection = "Corpus Nummorum"

[columns]                         # column, or nested JSON path, = field
"production_minting_place" = "mint"
"obverse_info.legend" = "obverse_legend"
"Dm" = {field = "diameter_mm", unit = "cm"}
"struck" = {field = "date", format = "%d.%m.%Y"}     # or "edtf": -0043 is 44 BC
"Fundort" = {field = "findspot", join = ", "}    # several columns for one field are joined;
"Land" = {field = "findspot", join = ", "}       # without join the first that is not empty counts
"Mzst" = {field = "mint", split = ";"}           # several names in a cell; without it, | is between them
"Fotos" = "image"                                # of both faces; the names of the files say which is which
"title" = ""                                     # only kept verbatim, although its name is usual
"mint[0].name_en|name" = "mint"                  # paths inside JSON: see coinstore.records.paths
"ricID" = {field = "type_uri", prefix = "http://numismatics.org/ocre/id/"}    # or suffix
"metal" = {field = "material", values = {"1" = "Silver", "9" = ""}}           # others stay as they are
"year" = {field = "year_from", placeholders = ["0"]}                          # in this column only
"RRC" = {field = "type_number", pattern = '(\\d+),(\\w+)', template = '\\1/\\2'}
"Dimensions" = [                                 # several fields in one cell
    {field = "diameter_mm", pattern = 'Diameter: ([^;]+)'},
    {field = "weight_g", pattern = 'Weight: ([^;]+)'},
]

A profile is a mapping file that coinstore chooses by itself. It has more, all of it optional:

name = "Our museum"               # as it is announced. A mapping file with the name of a format ("NUDS"),
                                  # or, in a folder, of a table ("b.csv") or "JSON", counts only there
languages = ["en", "de"]          # of a text in several languages the first that there is
private = ["price", "owner.name"] # kept with the record, but never shown

[only]                            # other records are not coins, and are skipped: column or path = pattern
"objecttype" = "^COIN$"           # "": all of them are read

[recognise]                       # the columns (or paths) that such a table has; those of the profile may
columns = ["secuid", "old_findID"]   # be missing then

[xml]                             # the columns of XML are XPaths: see the profiles in
namespaces = {lido = "http://www.lido-schema.org"}   # coinstore/records/formats/profiles
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping as Dict
from dataclasses import dataclass, field
from typing import Any

from ..errors import MappingError, NotFound
from ..sources import files
from .coin import FACES, Face
from .column import Column, column_of
from .encodings import encoding_of
from .languages import codes_of
from .values.axes import is_degrees
from .values.measures import parse_measure

MEASURES = {"weight_g": "g", "diameter_mm": "mm", "diameter_min_mm": "mm"}
NAMES = ("denomination", "material", "mint", "authority", "portrait")
TEXTS = (*NAMES, "findspot", "provenance", "hoard")
URIS = ("uri", *(f"{name}_uri" for name in (*NAMES, "findspot", "hoard")))  # of the coin, and of concepts
RIGHTS = ("licence", "rights_holder", "language")  # of the record
IMAGE_RIGHTS = ("image_licence", "image_rights_holder")  # of the photographs of both faces
TYPES = ("type", "type_catalogue", "type_number", "type_uri")
# A cell may have several: the nth name and the nth address belong together.
SEVERAL = (*NAMES, *(f"{name}_uri" for name in NAMES), *TYPES, "reference", *RIGHTS)
PARTS = ("legend", "description", "description_language", "image", "image_part", *IMAGE_RIGHTS, "die")
SIDES = tuple(f"{face}_{part}" for face in FACES for part in PARTS)
FIELDS = (
    "inventory_number",
    "collection",
    *MEASURES,
    "die_axis_h",
    "date",
    "year_from",
    "year_to",
    *TEXTS,
    *TYPES,
    "reference",
    *SIDES,
    "image",
    *IMAGE_RIGHTS,
    *URIS,
    *RIGHTS,
)
OPTIONS: dict[str, tuple[type, str]] = {
    "encoding": (str, "a text"),
    "delimiter": (str, "a text"),
    "sheet": (str, "a text"),
    "header_row": (int, "the number of a row"),
    "records": (str, "a text"),
    "placeholders": (list, "a list of texts"),
    "usual_names": (bool, "true or false"),
    "first_face": (str, " or ".join(FACES)),
    "name": (str, "a text"),
    "languages": (list, "a list of texts"),
    "private": (list, "a list of texts"),
}
TABLES = ("constants", "columns", "recognise", "only", "xml")


@dataclass(frozen=True, slots=True)
class Mapping:
    """The content of a mapping file; all of it is optional."""

    columns: Dict[str, Column] = field(default_factory=dict)
    constants: Dict[str, str] = field(default_factory=dict)
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    header_row: int | None = None
    records: str | None = None
    placeholders: frozenset[str] = frozenset()
    usual_names: bool = True
    first_face: Face = "obverse"
    name: str | None = None
    languages: tuple[str, ...] = ("en", "de")
    recognise: Dict[str, Any] = field(default_factory=dict)
    only: Dict[str, str] = field(default_factory=dict)
    xml: Dict[str, Any] = field(default_factory=dict)
    private: frozenset[str] = frozenset()

    def fits(self, names: frozenset[str]) -> bool:
        """Whether a table with these columns, or a record with these paths, is one of this profile."""
        wanted = self.recognise.get("columns", ())
        return bool(wanted) and names.issuperset(wanted)


def read_mapping(location: str) -> Mapping:
    """Reads a mapping file; raises MappingError with the wrong key and the allowed ones."""
    try:
        text = files.read(files.locate(location))
        # PowerShell writes UTF-16 where its output goes into a file.
        said = tomllib.loads(text.decode(encoding_of(text, None)).removeprefix("\ufeff"))
    except NotFound:
        raise MappingError(f"{location}: there is no such mapping file; check its name.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise MappingError(
            f"{location}: is not TOML ({error}); save it as UTF-8, with each name and text in quotes:"
            ' "Gewicht" = "weight_g".'
        ) from None
    for key in said:
        if key not in OPTIONS and key not in TABLES:
            raise MappingError(
                f"{location}: unknown key {key!r}; allowed are {', '.join((*OPTIONS, *TABLES))}."
            )
    options = {key: _option(location, key, said[key]) for key in OPTIONS if key in said}
    columns = {name: _column(location, name, how) for name, how in _table(location, said, "columns").items()}
    constants = {name: str(value) for name, value in _table(location, said, "constants").items()}
    for name in constants:
        _check_field(location, name, name)
    recognise, only, xml = (_table(location, said, key) for key in ("recognise", "only", "xml"))
    _check_patterns(location, only)
    return Mapping(columns, constants, **options, recognise=recognise, only=only, xml=xml)


def _option(location: str, key: str, value: Any) -> Any:
    kind, what = OPTIONS[key]
    is_right = type(value) is kind
    if kind is list:
        is_right = is_right and all(isinstance(one, str) for one in value)
    if not is_right or (key == "header_row" and value < 0) or (key == "first_face" and value not in FACES):
        raise MappingError(f"{location}: {key} must be {what}.")
    if key == "delimiter" and (len(value) != 1 or value in '"\r\n'):
        raise MappingError(f"{location}: delimiter must be one character, and not a quote or a line end.")
    if key == "languages":
        return _languages(location, value)
    return frozenset(value) if kind is list else value


def _languages(location: str, said: list[str]) -> tuple[str, ...]:
    try:
        return codes_of(said)
    except ValueError as error:
        raise MappingError(f"{location}: languages: {error}.") from None


def _table(location: str, said: dict[str, Any], key: str) -> dict[str, Any]:
    table = said.get(key, {})
    if not isinstance(table, dict):
        raise MappingError(f"{location}: {key} must be a table, [{key}].")
    return table


def _column(location: str, name: str, said: Any) -> Column:
    try:
        column = column_of(said)
    except ValueError as error:
        raise MappingError(f"{location}: column {name!r} {error}.") from None
    for one in column.each:
        if one.field:
            _check_field(location, name, one.field)
        _check_unit(location, name, one)
        if one.split is not None and (not one.split or one.field not in SEVERAL):
            raise MappingError(
                f"{location}: column {name!r}: split is the text between several values, and only for"
                f" {', '.join(SEVERAL)}."
            )
    return column


def _check_unit(location: str, name: str, column: Column) -> None:
    if column.unit is None:
        return
    try:
        if column.field in MEASURES:
            parse_measure("1", MEASURES[column.field], column.unit)
        elif column.field == "die_axis_h":
            is_degrees(column.unit)
        else:
            raise ValueError(f"unit is only for {', '.join(MEASURES)} and die_axis_h")
    except ValueError as error:
        raise MappingError(f"{location}: column {name!r}: {error}.") from None


def _check_patterns(location: str, only: dict[str, Any]) -> None:
    for name, pattern in only.items():
        try:
            re.compile(pattern)
        except (re.error, TypeError) as error:
            raise MappingError(
                f"{location}: only: {name!r} must be a regular expression ({error})."
            ) from None


def _check_field(location: str, name: str, wanted: str) -> None:
    if wanted not in FIELDS:
        raise MappingError(
            f"{location}: {name!r}: there is no field {wanted!r}; the fields are {', '.join(FIELDS)}."
        )

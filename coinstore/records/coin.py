"""What one record of a source says about one coin: parsed, and as it came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Face = Literal["obverse", "reverse"]
ReferenceKind = Literal["hoard", "coin", "literature"]
FACES: tuple[Face, Face] = ("obverse", "reverse")


class Shown(str):
    """The text of a cell as its spreadsheet shows it, with what is stored behind it.

    `exact` is what numbers and dates are read from: 3.456 where "3.5" is shown, "27 BC" where the format
    adds the era; None when there is no such value. `fault` is the reason why the text cannot be told, or
    is an error value; such a cell has no text.
    """

    __slots__ = ("exact", "fault")

    exact: str | float | None
    fault: str | None

    def __new__(cls, text: str, exact: str | float | None, fault: str | None = None) -> Shown:
        self = super().__new__(cls, text)
        self.exact, self.fault = exact, fault
        return self


@dataclass(frozen=True, slots=True)
class Fault:
    """A part of a record that could not be loaded, and why.

    `column` is the source's own name of the column ("" for the whole record), `text` its content (cut
    to 200 characters), `reason` a plain sentence without the column and the text.
    """

    column: str
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a table: its place in the file, its cells by column (or nested path), and as it came.

    `refusal` is the reason why it cannot be read, else None. `faults` are cells that cannot be read: they
    are None in `cells`, and in `raw` as they came. `skipped` says that it is not a record of a coin, and what
    it is instead: it is counted and not loaded. `is_whole` is as in Coin.
    """

    place: str
    cells: dict[str, Any]
    raw: dict[str, Any]
    refusal: str | None = None
    faults: tuple[Fault, ...] = ()
    skipped: str | None = None
    is_whole: bool = False


@dataclass(frozen=True, slots=True)
class Value:
    """One name that a source gives a field of a coin; None: it gives only the address of the concept."""

    name: str | None
    uri: str | None = None
    is_uncertain: bool = False


@dataclass(frozen=True, slots=True)
class TypeClaim:
    """One catalogue entry that a source gives a coin; unknown parts are None."""

    label: str | None = None
    catalogue: str | None = None
    number: str | None = None
    uri: str | None = None
    is_uncertain: bool = False


@dataclass(frozen=True, slots=True)
class Reference:
    """What a source refers to that is not a type: a hoard, another coin, or literature."""

    kind: ReferenceKind
    label: str | None = None
    catalogue: str | None = None
    number: str | None = None
    uri: str | None = None


@dataclass(frozen=True, slots=True)
class Coin:
    """What one record says about one coin.

    `fields` and `sides` hold what the source mentions; None: it has no value there. `types` is None when the
    source does not mention types. A value that the record has no longer is taken from the coin if the record
    gave it, and what another source says counts again; an absent key counts as None if the record `is_whole`,
    and says nothing otherwise.
    `refusal` is the reason why the record as a whole cannot be loaded, else None. `as_both` is the coin of a
    photograph that is refused because its name shows no face: it counts if the photograph shows both.

    `fields` keys are columns of core.coin: weight_g, diameter_mm, diameter_min_mm (float),
    die_axis_h (int, 1 to 12), year_from, year_to (int, signed, never 0), material, denomination,
    mint, authority, portrait, findspot, hoard (str), the address of each of these (mint_uri …), provenance
    and uri, the address of the coin (str).
    `sides` maps a face to legend, description, description_language, die (str) and image (an absolute
    location as `coinstore.sources.files` understands it), with `image_part` ("first" or "second": which of
    two coins in it is this face, if not the usual one), `image_of_both` ("true": named for both faces, so
    that it counts only if it shows both), `image_licence` and `image_rights_holder`.
    `values` has all names of a field (denomination, material, mint, authority, portrait) that has several or
    an uncertain one; in `fields` it has the first certain one, or None.
    `references` are those that are not types; where `types` is None they count as not mentioned either.
    `rights` are of the record: licence, rights_holder, and the language of its texts.
    """

    place: str
    raw: Mapping[str, Any]
    collection: str | None
    inventory_number: str | None
    fields: Mapping[str, Any] = field(default_factory=dict)
    sides: Mapping[Face, Mapping[str, str | None]] = field(default_factory=dict)
    types: tuple[TypeClaim, ...] | None = None
    references: tuple[Reference, ...] = ()
    values: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)
    rights: Mapping[str, str] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    refusal: str | None = None
    as_both: Coin | None = None
    is_whole: bool = False


def photograph(
    face: Face, location: str | None, first_face: Face, *, is_of_both: bool = False
) -> dict[str, str | None]:
    """What `Coin.sides` says about the photograph of a face; `first_face` is left or above in one of both."""
    said: dict[str, str | None] = {"image": location}
    if first_face != FACES[0]:
        said["image_part"] = "first" if face == first_face else "second"
    return said | ({"image_of_both": "true"} if is_of_both else {})

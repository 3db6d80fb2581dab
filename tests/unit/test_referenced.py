"""Types of catalogues, several and uncertain ones, and references that are not types."""

import json
from pathlib import Path

import pytest

from coinstore.records.coin import Coin, Reference, TypeClaim
from coinstore.records.reader import Reading, read
from coinstore.records.referenced import with_kind
from coinstore.records.values.several import joined

OCRE = "http://numismatics.org/ocre/id/ric.5.gall(1).143fA"
HOARD = "http://coinhoards.org/id/igch1122"
COIN = "http://numismatics.org/collection/1944.100.51606"


def row(tmp_path: Path, **cells: object) -> Coin:
    path = tmp_path / "coins.json"
    path.write_text(json.dumps([{"id": "1", **cells}]), "utf-8")
    (found,) = read(Reading(str(path), "M"))
    return found


def test_one_type_is_as_it_was(tmp_path: Path) -> None:
    assert row(tmp_path, type="RIC 207").types == (TypeClaim("RIC 207"),)
    found = row(tmp_path, catalogue="RIC", type_number="207", type_uri=OCRE)
    assert found.types == (TypeClaim(None, "RIC", "207", OCRE),)
    assert row(tmp_path, type_uri=OCRE).types == (TypeClaim(OCRE, None, None, OCRE),)
    assert row(tmp_path, type="").types == () and row(tmp_path, mint="Rome").types is None


def test_several_types_pair_by_position(tmp_path: Path) -> None:
    found = row(tmp_path, type="RIC 207 | Cohen 12? | ", type_uri=f"{OCRE} | |")
    assert found.types == (TypeClaim("RIC 207", uri=OCRE), TypeClaim("Cohen 12", is_uncertain=True))
    found = row(tmp_path, catalogue="RRC", type_number=["544/19", "544/20 (?)"])
    assert found.types == (
        TypeClaim(None, "RRC", "544/19"),
        TypeClaim(None, "RRC", "544/20", is_uncertain=True),
    )
    assert found.faults == ()
    assert row(tmp_path, type="RIC 1 | RIC 1?").types == (TypeClaim("RIC 1"),)


def test_what_does_not_pair_is_a_fault(tmp_path: Path) -> None:
    found = row(tmp_path, type="RIC 207", type_uri=f"{OCRE} | {OCRE}x")
    assert found.types == (TypeClaim("RIC 207"),)
    assert [fault.reason for fault in found.faults] == ["has 2 values for 1 types; none is taken"]
    found = row(tmp_path, type="x" * 501, type_uri=OCRE)
    assert found.types == (TypeClaim(OCRE, None, None, OCRE),) or found.types == ()
    assert [fault.reason for fault in found.faults] == ["has more than 500 characters"]


@pytest.mark.parametrize("column", ["type", "type_number", "type_uri", "reference", "mint", "mint_uri"])
def test_too_many_values_in_a_cell_are_a_fault(tmp_path: Path, column: str) -> None:
    texts = [f"http://example.org/{n}" if column.endswith("uri") else f"a {n}" for n in range(1001)]
    found = row(tmp_path, **{column: " | ".join(texts)}, weight=3.5)
    assert [(one.column, one.reason) for one in found.faults] == [
        (column, "has more than 1,000 values; none is taken")
    ]
    assert (found.types or (), found.references, found.values) == ((), (), {})
    assert found.fields["weight_g"] == 3.5
    most = row(tmp_path, **{column: " | ".join(texts[1:])})
    assert len([*(most.types or ()), *most.references, *most.values.get("mint", ())]) == 1000
    assert most.faults == ()


def test_a_long_address_of_a_type_is_a_reference(tmp_path: Path) -> None:
    found = row(tmp_path, reference=f"RIC 207 {OCRE}{'x' * 4000}")
    assert found.types == () and found.references == (
        Reference("literature", "RIC 207", uri=f"{OCRE}{'x' * 4000}"),
    )


def test_an_address_says_what_is_meant(tmp_path: Path) -> None:
    found = row(tmp_path, type="RIC 207 | IGCH 1122", type_uri=f"{OCRE} | {HOARD}")
    assert found.types == (TypeClaim("RIC 207", uri=OCRE),)
    assert found.references == (Reference("hoard", "IGCH 1122", uri=HOARD),)
    found = row(tmp_path, type_uri=[OCRE, COIN])
    assert found.types == (TypeClaim(OCRE, uri=OCRE),) and found.references == (Reference("coin", uri=COIN),)


def test_references_are_told_apart(tmp_path: Path) -> None:
    found = row(
        tmp_path,
        type_uri=OCRE,
        reference=f"Svoronos 256 | see {HOARD}; | RIC 143 {OCRE}",
        literature="a|b",
    )
    assert found.types == (TypeClaim(OCRE, uri=OCRE),)
    assert found.references == (
        Reference("literature", "Svoronos 256"),
        Reference("hoard", "see", uri=HOARD),
        Reference("literature", "a"),
        Reference("literature", "b"),
    )
    found = row(tmp_path, reference=[f"RIC 143 {OCRE}", "Sear | 12"])
    assert found.types == (TypeClaim("RIC 143", uri=OCRE),)
    assert found.references == (Reference("literature", "Sear | 12"),)
    assert row(tmp_path, reference="-").references == () and row(tmp_path, reference="-").types == ()


def test_a_word_says_what_a_reference_is_of(tmp_path: Path) -> None:
    """Also against its address; what it does not say is literature."""
    cell = f"hoard: IGCH 1122 | coin: Paris 12 | type: RIC 207? | Sear 5 | literature: coin: a history | hoard: {OCRE}"
    found = row(tmp_path, type="RIC 1", reference=cell)
    assert found.types == (TypeClaim("RIC 1"), TypeClaim("RIC 207", is_uncertain=True))
    assert found.references == (
        Reference("hoard", "IGCH 1122"),
        Reference("coin", "Paris 12"),
        Reference("literature", "Sear 5"),
        Reference("literature", "coin: a history"),
        Reference("hoard", uri=OCRE),
    )


@pytest.mark.parametrize("kind", ["hoard", "coin", "literature"])
@pytest.mark.parametrize("text", ["Paris 12", f"IGCH {HOARD}", COIN, OCRE, "coin: a history", "a|b"])
def test_the_kind_that_is_written_is_read(tmp_path: Path, kind: str, text: str) -> None:
    (found,) = row(tmp_path, reference=joined([with_kind(kind, text)])).references
    assert found.kind == kind

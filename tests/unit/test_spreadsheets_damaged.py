"""Spreadsheets that are damaged anywhere raise our error and no other, and number formats never anything else."""

import io
import zipfile
from functools import cache
from pathlib import Path

import pytest
import xlwt
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from workbooks import HEADER, cell, ods, ods_cell, parts, row, sheet, styles

from coinstore.errors import SourceError
from coinstore.records.coin import Shown
from coinstore.records.reader import Reading, read
from coinstore.records.spreadsheets.cells import number_cell, text_cell
from coinstore.records.spreadsheets.formats import Unformattable, shown_number

ANY = settings(
    max_examples=300,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
CODES = ['"LM "0000', "0.00", "yyyy-mm-dd", "# ?/?", "0%", "h:mm"]
flips = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(1, 255)), min_size=1, max_size=6)


@cache
def workbook(kind: str) -> dict[str, bytes]:
    """The parts of a workbook of each kind; an XLS file is one part."""
    if kind == "xls":
        made = xlwt.Workbook()
        table = made.add_sheet("Coins")
        for column, name in enumerate(HEADER):
            table.write(0, column, name)
        for n, code in enumerate(CODES, 1):
            table.write(n, 0, n, xlwt.easyxf(num_format_str=code))
            table.write(n, 1, 3.4)
        table.write_merge(1, 3, 2, 2, "Rome")
        out = io.BytesIO()
        made.save(out)
        return {"": out.getvalue()}
    if kind == "ods":
        rows = "".join(
            f"<table:table-row table:number-rows-repeated='{n}'>{ods_cell(f'A {n}')}"
            + ods_cell("3,4", 'office:value-type="float" office:value="3.4"')
            + "</table:table-row>"
            for n in (1, 2)
        )
        header = "".join(map(ods_cell, HEADER))
        found = ods(f"<table:table><table:table-row>{header}</table:table-row>{rows}</table:table>")
    else:
        rows = [
            row(cell(n, n), 3.4, "Rome" if n % 2 else '<c t="e"><v>#REF!</v></c>') for n in range(len(CODES))
        ]
        merged = '<mergeCells><mergeCell ref="C2:C4"/></mergeCells>'
        found = parts(sheet(row(*HEADER), *rows, after=merged)) | {"xl/styles.xml": styles(*CODES)}
    return {name: text.encode() for name, text in found.items()}


def packed(found: dict[str, bytes]) -> bytes:
    if "" in found:
        return found[""]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in found.items():
            file.writestr(name, content)
    return out.getvalue()


def spoiled(content: bytes, flips: list[tuple[float, int]], cut: float = 1) -> bytes:
    found = bytearray(content)
    for at, flip in flips:
        found[int(at * len(found))] ^= flip
    return bytes(found[: int(cut * len(found)) + 1])


def check(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    try:
        for coin in read(Reading(str(path), "M")):
            assert coin.place.startswith("row ")
    except SourceError as error:
        assert str(path) in str(error)
        assert "\n" not in str(error)


@ANY
@given(flips=flips, cut=st.just(1) | st.floats(0, 1), kind=st.sampled_from(["xlsx", "xls", "ods"]))
def test_a_damaged_file_raises_nothing_but_our_error(
    tmp_path: Path, flips: list, cut: float, kind: str
) -> None:
    check(tmp_path / f"a.{kind}", spoiled(packed(workbook(kind)), flips, cut))


@ANY
@given(data=st.data(), flips=flips, cut=st.just(1) | st.floats(0, 1), kind=st.sampled_from(["xlsx", "ods"]))
def test_a_damaged_part_raises_nothing_but_our_error(
    tmp_path: Path, data: st.DataObject, flips: list, cut: float, kind: str
) -> None:
    found = workbook(kind)
    name = data.draw(st.sampled_from(sorted(found)))
    check(tmp_path / f"a.{kind}", packed(found | {name: spoiled(found[name], flips, cut)}))


@ANY
@given(data=st.data(), kind=st.sampled_from(["xlsx", "ods"]))
def test_other_attributes_and_texts_raise_nothing_but_our_error(
    tmp_path: Path, data: st.DataObject, kind: str
) -> None:
    found = workbook(kind)
    name = data.draw(st.sampled_from(sorted(found)))
    pieces = found[name].decode().split('"')
    n = data.draw(st.integers(0, len(pieces) - 1))
    number = st.integers(-1, 10**12).map(str)
    pieces[n] = data.draw(
        number | st.text(st.characters(min_codepoint=32, exclude_characters='"<&', codec="utf-8"))
    )
    check(tmp_path / f"a.{kind}", packed(found | {name: '"'.join(pieces).encode()}))


@ANY
@given(
    value=st.floats(allow_nan=True) | st.integers(-(10**16), 10**16).map(float),
    code=st.text('0#?.,%/@;E+-"\\_*[]$ yMdhs:GeneralLM€', max_size=15) | st.sampled_from(CODES),
    is_1904=st.booleans(),
)
def test_any_number_in_any_format_is_a_text_or_a_fault(value: float, code: str, is_1904: bool) -> None:
    found = number_cell(value, code, is_1904=is_1904)
    assert isinstance(found, int | float | Shown)
    text_cell("x", code)


@given(value=st.integers(0, 10**9), width=st.integers(1, 15))
def test_zeros_before_a_number_stay(value: int, width: int) -> None:
    assert shown_number(value, "0" * width) == (str(value).zfill(width), None)
    assert shown_number(value, f'"LM "{"0" * width}')[0] == f"LM {value:0{width}}"


@given(value=st.decimals(0, 10**6, places=4), places=st.integers(1, 3))
def test_the_decimals_of_a_format_are_those_of_python(value: float, places: int) -> None:
    shown = shown_number(float(value), f"0.{'0' * places}")[0]
    assert abs(float(shown) - float(value)) <= 0.5000001 * 10**-places
    assert len(shown.partition(".")[2]) == places
    grouped = shown_number(float(value), f"#,##0.{'0' * places}")[0]
    assert grouped.replace(",", "") == shown


def test_an_unknown_format_says_which() -> None:
    with pytest.raises(Unformattable, match="'nonsense'"):
        shown_number(1, "nonsense")

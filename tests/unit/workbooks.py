"""Workbooks for tests, written part by part, so that each part can be odd, damaged or missing."""

import zipfile
from collections.abc import Mapping
from pathlib import Path
from xml.sax.saxutils import escape

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT_MAIN = "http://purl.oclc.org/ooxml/spreadsheetml/main"
STRICT_OFFICE = "http://purl.oclc.org/ooxml/officeDocument/relationships"
HEADER = ["Inventory number", "Weight (g)", "Mint"]


def cell(value: object, style: int = 0) -> str:
    if value is None:
        return f'<c s="{style}"/>'
    if isinstance(value, str):
        return f'<c s="{style}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    return f'<c s="{style}"><v>{value}</v></c>'


def row(*cells: object, attributes: str = "") -> str:
    written = "".join(c if isinstance(c, str) and c.startswith("<c") else cell(c) for c in cells)
    return f"<row {attributes}>{written}</row>"


def sheet(*rows: str, after: str = "", before: str = "") -> str:
    return f'<worksheet xmlns="{MAIN}">{before}<sheetData>{"".join(rows)}</sheetData>{after}</worksheet>'


def styles(*codes: str) -> str:
    """A style for each number format, from 1; style 0 is General."""
    formats = "".join(
        f'<numFmt numFmtId="{n}" formatCode="{escape(code, {chr(34): "&quot;"})}"/>'
        for n, code in enumerate(codes, 164)
    )
    cells = "".join(f'<xf numFmtId="{n}"/>' for n in [0, *range(164, 164 + len(codes))])
    return f'<styleSheet xmlns="{MAIN}"><numFmts>{formats}</numFmts><cellXfs>{cells}</cellXfs></styleSheet>'


def parts(*sheets: str | tuple[str, str, str], strict: bool = False, flags: str = "") -> dict[str, str]:
    """The parts of a workbook; a sheet is its XML, or its name, state and XML."""
    office = STRICT_OFFICE if strict else OFFICE
    listed, relations, found = "", "", {}
    for n, given in enumerate(sheets, 1):
        name, state, content = given if isinstance(given, tuple) else (f"Sheet{n}", "visible", given)
        listed += f'<sheet name="{escape(name)}" sheetId="{n}" state="{state}" r:id="rId{n}"/>'
        relations += f'<Relationship Id="rId{n}" Type="{office}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        found[f"xl/worksheets/sheet{n}.xml"] = content
    found["xl/workbook.xml"] = (
        f'<workbook xmlns="{MAIN}" xmlns:r="{office}">{flags}<sheets>{listed}</sheets></workbook>'
    )
    found["xl/_rels/workbook.xml.rels"] = f"<Relationships>{relations}</Relationships>"
    if strict:
        found = {name: text.replace(MAIN, STRICT_MAIN) for name, text in found.items()}
    return found


def write(path: Path, found: Mapping[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in found.items():
            file.writestr(name, text)
    return path


def ods(*tables: str, before: str = "") -> dict[str, str]:
    """The parts of an OpenDocument spreadsheet with these tables."""
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text", "style", "draw")
    )
    content = (
        f'<office:document-content {spaces} xmlns:calcext="urn:org:documentfoundation:names:calcext:1.0">'
        f"<office:automatic-styles>{before}</office:automatic-styles><office:body><office:spreadsheet>"
        f"{''.join(tables)}</office:spreadsheet></office:body></office:document-content>"
    )
    return {"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": content}


def ods_cell(text: str, attributes: str = 'office:value-type="string"', name: str = "table-cell") -> str:
    return f"<table:{name} {attributes}><text:p>{escape(text)}</text:p></table:{name}>"

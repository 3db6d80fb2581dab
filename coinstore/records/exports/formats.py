"""The formats of exports, without the libraries that they need."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Format:
    """A format of exports: its writer (module and function), and how its file ends, or "" for a folder.

    `is_table`: ingest reads it back unchanged. `needs_address`: each coin has an address in it.
    `has_owners`: former owners have a place in it. `lacking`: what coins that are left out lack.
    """

    writer: str
    suffix: str = ""
    is_table: bool = False
    needs_address: bool = False
    has_owners: bool = False
    lacking: str = ""


FORMATS = {
    "csv": Format("tables.write_csv", ".csv", is_table=True, has_owners=True),
    "xlsx": Format("tables.write_xlsx", ".xlsx", is_table=True, has_owners=True),
    "json": Format("tables.write_json", ".json", is_table=True, has_owners=True),
    "parquet": Format("tables.write_parquet", ".parquet", is_table=True, has_owners=True),
    "nuds": Format("nuds.write_nuds", ".xml", has_owners=True),
    "nomisma": Format("nomisma.write_nomisma", ".rdf", lacking="a certain type that has an address"),
    "lido": Format("lido.write_lido", ".xml", has_owners=True),
    "iiif": Format("iiif.write_iiif", lacking="a photograph that was examined and has an address"),
    "linked-art": Format("linked_art.write_linked_art", needs_address=True),
}

"""The tour is executed against a fresh store, cell by cell, and shows what it promises."""

from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

TOUR = Path(__file__).with_name("tour.ipynb")


@pytest.fixture
def executed(url: str, tmp_path: Path, monkeypatch) -> Iterator[nbformat.NotebookNode]:
    """The notebook with the outputs of a fresh store; its kernel writes to folders of the test."""
    monkeypatch.setenv("COINSTORE_DATABASE_URL", url)
    monkeypatch.setenv("PYTHONWARNINGS", "default")
    for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "TMPDIR"):
        (tmp_path / name).mkdir()
        monkeypatch.setenv(name, str(tmp_path / name))
    tour = nbformat.read(TOUR, as_version=4)
    # A busy client at times misses that a cell is done, and looks again after this many seconds.
    NotebookClient(tour, timeout=60, resources={"metadata": {"path": str(tmp_path)}}).execute()
    yield tour


def of(tour: nbformat.NotebookNode, code: str, kind: str = "text/plain") -> str:
    """What the cell that contains `code` shows last, as text or as HTML."""
    [cell] = [cell for cell in tour.cells if cell.cell_type == "code" and code in cell.source]
    shown = [output for output in cell.outputs if kind in output.get("data", {})]
    return shown[-1]["data"][kind]


def test_the_tour_shows_what_it_promises(executed: nbformat.NotebookNode) -> None:
    outputs = [output for cell in executed.cells for output in cell.get("outputs", ())]
    assert not [output for output in outputs if output.output_type == "error"]
    assert not [output.text for output in outputs if output.get("name") == "stderr"]
    assert "Ingested(new=" in of(executed, "store.ingest(")
    assert "is not a measurement" in of(executed, "store.faults()")
    assert "eye_debiased" in of(executed, "store.embed(")
    sides, dims = map(int, of(executed, "vectors.shape").strip("()").split(","))
    assert (sides > 30, dims) == (True, 32)
    answer = of(executed, "found = store.similar", "text/html")
    assert answer.count("Demo 1<") >= 2, "coins of the same type, from other collections"
    assert answer.count("<tr>") == 6
    assert answer.count("data:image/jpeg;base64,") >= 5
    assert of(executed, "as if a person had moved") == "2"
    assert "leiden" in of(executed, "store.graphs.build")
    figures = of(executed, "store.evaluate(")
    assert figures.count("eye_debiased") == 2
    assert "other collections" in figures


def test_no_outputs_are_stored_in_the_tour() -> None:
    tour = nbformat.read(TOUR, as_version=4)
    assert not [cell.outputs for cell in tour.cells if cell.cell_type == "code" and cell.outputs]
    nbformat.validate(tour)

"""The settings of the embedded server follow the machine."""

import re
from pathlib import Path

import pytest

from coinstore.server import machine


@pytest.mark.parametrize(
    ("memory_mb", "buffers", "build", "sort"),
    [(512, 128, 64, 4), (2048, 512, 256, 8), (24_000, 6000, 2048, 64), (512_000, 8192, 2048, 64)],
)
def test_settings_follow_the_memory(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, memory_mb: int, buffers: int, build: int, sort: int
) -> None:
    monkeypatch.setattr(machine, "memory_mb", lambda: memory_mb)
    found = machine.server_settings(tmp_path)
    names = ("shared_buffers", "maintenance_work_mem", "work_mem")
    assert [found[name] for name in names] == [f"{buffers}MB", f"{build}MB", f"{sort}MB"]
    assert all(re.fullmatch(r"\w+", value) for value in found.values())


def test_the_limit_of_a_container_counts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    limit = tmp_path / "memory.max"
    limit.write_text(f"{300 * machine.MB}\n")
    monkeypatch.setattr(machine, "LIMITS", (str(limit), str(tmp_path / "none")))
    assert machine.memory_mb() == 300
    limit.write_text("max\n")
    assert machine.memory_mb() > 300


def test_what_a_person_has_set_stays(tmp_path: Path) -> None:
    (tmp_path / "postgresql.auto.conf").write_text("# Do not edit\nwork_mem = '7MB'\n")
    found = machine.server_settings(tmp_path)
    assert "work_mem" not in found and "maintenance_work_mem" in found

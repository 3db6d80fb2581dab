"""One place is one source, however its path is written."""

from pathlib import Path

import pytest

from coinstore.sources.source import Source


@pytest.mark.parametrize("form", ["{}", "{}/", "{}//", "file://{}", "local://{}/", "{}/../coins", "{}/./"])
def test_a_folder_has_one_name(tmp_path: Path, form: str) -> None:
    folder = tmp_path / "coins"
    folder.mkdir()
    assert Source.at(form.format(folder)) == Source(str(folder), is_folder=True)


@pytest.mark.parametrize("form", ["{}", "file://{}", "{}/../coins.csv"])
def test_a_file_has_one_name(tmp_path: Path, form: str) -> None:
    file = tmp_path / "coins.csv"
    file.write_text("id\n1\n")
    assert Source.at(form.format(file)).name == str(file)


def test_a_symbolic_link_is_a_name_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "2024").mkdir()
    (tmp_path / "latest").symlink_to("2024")
    assert Source.at(str(tmp_path / "latest")).name == str(tmp_path / "latest")

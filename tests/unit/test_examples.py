"""The examples in docstrings return what they show."""

import doctest
from types import ModuleType

import pytest

from coinstore import progress, rows


@pytest.mark.parametrize("module", [progress, rows], ids=lambda module: module.__name__)
def test_examples_in_docstrings(module: ModuleType) -> None:
    found = doctest.testmod(module)
    assert (found.failed, found.attempted > 0) == (0, True)

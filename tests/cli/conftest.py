"""The command line as people run it, on a store of the test's own."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import commands
import pytest
from stores import Once

from coinstore.server import embedded


class Demo(NamedTuple):
    """What `coinstore demo` left: the folder that it was told is COINSTORE_HOME, and what it printed."""

    home: Path
    stdout: str


@pytest.fixture
def demo(coinstore: commands.Run, once: Once) -> Iterator[Demo]:
    """The test's store as `coinstore demo` fills it."""

    def fill(folder: Path) -> Demo:
        folder.chmod(0o755)
        return Demo(folder, coinstore("demo", COINSTORE_HOME=str(folder)).stdout)

    made = once(fill)
    yield made
    embedded.stop(made.home)  # a test may have started it there


@pytest.fixture
def own_home() -> Iterator[Path]:
    """A COINSTORE_HOME of the test's own, for commands about the embedded server."""
    folder = Path(tempfile.mkdtemp(prefix="coinstore-home-"))
    yield folder
    embedded.stop(folder)
    shutil.rmtree(folder, ignore_errors=True)

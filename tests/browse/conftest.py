"""Pages of a store of drawn coins, served by a real server."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import commands
import pytest
from sqlalchemy import Engine
from stores import Once

from coinstore.browse.serve import serving
from coinstore.browse.site import Site
from coinstore.db import call
from coinstore.graph.build import build_graph
from coinstore.graph.catalogue import GraphRequest
from coinstore.maps.build import MapRequest, build_map

COINS = 40


@pytest.fixture
def demo(store: Engine, shared: Once, environment: dict[str, str]) -> Engine:
    """The store of `coinstore demo`: 40 drawn coins with photographs, vectors and the words that find them."""

    def draw(folder: Path) -> None:
        made = commands.in_process(
            ["demo", "--coins", str(COINS)], environment | {"COINSTORE_HOME": str(folder)}
        )
        commands.checked(made, 0)
        call.run(store, "job.fill_texts")

    shared(draw, "demo")
    return store


@pytest.fixture
def drawn(demo: Engine, shared: Once) -> Engine:
    """The drawn coins with a network and a map."""

    def build(_folder: Path) -> None:
        list(build_graph(demo, "net", GraphRequest("eye", k=5)))
        list(build_map(demo, "plane", MapRequest("eye", method="pca")))

    shared(build, "drawn")
    return demo


@pytest.fixture
def serve() -> Iterator[Callable[..., str]]:
    """Serves a store until the test ends, and returns the address; options are those of `Site`."""
    with ExitStack() as stack:
        yield lambda store, **options: stack.enter_context(serving(Site(store, **options))).address


@pytest.fixture
def address(demo: Engine, serve: Callable[..., str]) -> str:
    """Where the pages of the drawn coins are."""
    return serve(demo)


os.environ.setdefault("NO_PROXY", "127.0.0.1")

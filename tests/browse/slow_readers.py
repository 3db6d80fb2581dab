"""Readers of photographs for tests, which a sandbox can import."""

import time
from pathlib import Path

from coinstore.images.whole import Pixels


def one_pixel(location: str, sha256: str) -> Pixels:
    """A photograph; that it was read is in the folder that is its location."""
    with (Path(location) / sha256).open("a") as noted:
        noted.write("read\n")
    return Pixels(1, 1, b"abc")


def endless(location: str, sha256: str) -> Pixels:
    """A photograph that never comes."""
    time.sleep(600)
    return one_pixel(location, sha256)

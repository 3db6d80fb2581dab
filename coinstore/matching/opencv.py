"""OpenCV, which is in the extra `match`."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from ..errors import CoinstoreError


@lru_cache(maxsize=1)
def opencv() -> Any:
    """The module cv2, with one thread in each process: the workers of a job have a core each.

    Raises CoinstoreError when it is not installed.
    """
    try:
        import cv2
    except ImportError:
        raise CoinstoreError("matching needs OpenCV: pip install 'coinstore[match]'") from None
    cv2.setNumThreads(1)
    return cv2

"""Pages in tests: who sees which coins, and waiting for a state, never for a time."""

import io
import time
from collections.abc import Callable
from typing import TypeVar

import numpy as np
from PIL import Image
from playwright.sync_api import Page
from sqlalchemy import Connection, text

from coinstore.db import call

Open = Callable[..., Page]
T = TypeVar("T")

PATIENCE_S = 10
# Five frames in which neither the layout nor the view moved.
AT_REST = """() => new Promise((done) => {
    let last = "", same = 0;
    const frame = () => {
        const box = document.getElementById("canvas")?.getBoundingClientRect();
        const now = JSON.stringify([box, window.Drawing?.camera(), innerWidth, innerHeight]);
        same = now === last ? same + 1 : 0;
        last = now;
        if (same < 5) requestAnimationFrame(frame);
        else done();
    };
    frame();
})"""


def hide(c: Connection, collection: str, login: str, scope: str = "all") -> None:
    """Makes a collection private, or only its images, for all but one login."""
    call.rows(c, "job.set_private", collections=[collection], scope=scope)
    grant(c, collection, login)


def grant(c: Connection, collection: str, login: str) -> None:
    """Shows a private collection to a login."""
    c.execute(
        text(
            "insert into core.private_grant (collection_id, login)"
            " select collection_id, :login from core.collection where name = :name"
        ),
        {"login": login, "name": collection},
    )


def rest(page: Page) -> Page:
    """Waits until neither the page nor a drawing in it moves any more."""
    page.evaluate(AT_REST)
    return page


def until(ask: Callable[[], T]) -> T:
    """Asks again until the answer is true, and returns the last answer."""
    deadline = time.monotonic() + PATIENCE_S
    while not (answer := ask()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return answer


def seen(page: Page) -> np.ndarray:
    """The pixels of the drawing, shape (height, width, 3)."""
    shot = page.screenshot(clip=page.locator("#canvas").bounding_box())
    return np.asarray(Image.open(io.BytesIO(shot)).convert("RGB"), int)


def is_redrawn(page: Page, before: np.ndarray) -> bool:
    """Whether the drawing comes to look different from before."""
    return until(lambda: bool((seen(page) != before).any()))

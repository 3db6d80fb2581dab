"""Mirador, the viewer that museums use, on a server of its own: from npm, where that can be reached."""

import functools
import http.server
import shutil
import subprocess
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

MIRADOR = "mirador@3.4.3"
PAGE = """<!doctype html><div id="m" style="position: absolute; inset: 0"></div>
<script src="mirador.min.js"></script><script>
const manifestId = new URLSearchParams(location.search).get("manifest");
Mirador.viewer({id: "m", windows: [{manifestId, view: "gallery"}]})</script>"""


class Files(http.server.SimpleHTTPRequestHandler):
    """Serves a folder, and says nothing."""

    def log_message(self, *_said: Any) -> None:
        pass


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serves a folder with Mirador in it; index.html?manifest=ADDRESS shows a manifest."""
    npm = shutil.which("npm")
    packed = npm and subprocess.run([npm, "pack", MIRADOR], cwd=folder, capture_output=True, timeout=120)
    if not packed or packed.returncode:
        pytest.skip("no npm, or it cannot be reached: Mirador is not there")
    with tarfile.open(next(folder.glob("*.tgz"))) as archive:
        script = archive.extractfile("package/dist/mirador.min.js")
        assert script
        (folder / "mirador.min.js").write_bytes(script.read())
    (folder / "index.html").write_text(PAGE)
    server = http.server.ThreadingHTTPServer(
        ("localhost", 0), functools.partial(Files, directory=str(folder))
    )
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()

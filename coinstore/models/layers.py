"""Any layer of a PyTorch network, as a map: what it says of each place of the picture."""

from __future__ import annotations

import math
from typing import Any

import torch
from rapidfuzz import process
from torch import nn

from ..errors import SpaceError

SHOWN = 8  # names of layers in an error
MOST_PREFIXES = 16  # tokens of the whole picture that a transformer may have before its places


class LayerMap(nn.Module):
    """A network up to one of its layers: pixels `(n, 3, h, w)` in, the map `(n, h, w, c)` of the layer out.

    What comes after the layer is not computed. Raises SpaceError when the network has no such layer, or the
    layer does not give a map.
    """

    def __init__(self, network: nn.Module, layer: str) -> None:
        super().__init__()
        self.network, self.layer = network, layer
        self._module = _find(network, layer)
        found = (getattr(part, "num_prefix_tokens", None) for part in network.modules())
        self._prefixes: Any = next((count for count in found if isinstance(count, int)), None)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        hook = self._module.register_forward_hook(_stop)
        try:
            self.network(pixels)
        except _Reached as reached:
            return _as_map(reached.values, self._prefixes, self.layer)
        finally:
            hook.remove()
        raise SpaceError(f"the network does not use its layer {self.layer}; choose another layer.")

    def shape(self, side_px: int) -> tuple[int, int, int]:
        """The shape `(h, w, c)` of the map of a picture of this size."""
        with torch.inference_mode():
            _, height, width, channels = self.eval()(torch.zeros(1, 3, side_px, side_px)).shape
        return height, width, channels


class _Reached(Exception):
    def __init__(self, values: Any) -> None:
        super().__init__()
        self.values = values


def _stop(_module: nn.Module, _inputs: Any, values: Any) -> None:
    raise _Reached(values)


def _find(network: nn.Module, layer: str) -> nn.Module:
    layers: dict[str, nn.Module] = {name: part for name, part in network.named_modules() if name}
    if layer in layers:
        return layers[layer]
    if not layer:
        first = [name for name in layers if name.count(".") <= 1]
        raise SpaceError(
            "a grid needs a layer of the network: add --layer with the name of one, such as"
            f" {', '.join(first[-SHOWN:])} …"
        )
    near = ", ".join(name for name, *_ in process.extract(layer, list(layers), limit=SHOWN))
    raise SpaceError(f"the network has no layer {layer}; the nearest names are: {near}.")


def _as_map(values: Any, prefixes: int | None, layer: str) -> torch.Tensor:
    """What a layer gave as `(n, h, w, c)`, with channels first or last, or tokens of a square of places."""
    while isinstance(values, (tuple, list)) and values:
        values = values[0]
    if isinstance(values, torch.Tensor) and values.ndim == 4:
        _, first, second, third = values.shape
        return values if first == second != third else values.permute(0, 2, 3, 1)
    if isinstance(values, torch.Tensor) and values.ndim == 3:
        return _of_tokens(values, prefixes, layer)
    raise SpaceError(f"the layer {layer} does not give a map of the picture; choose another layer.")


def _of_tokens(tokens: torch.Tensor, prefixes: int | None, layer: str) -> torch.Tensor:
    """Tokens `(n, t, c)` as a map: class and register tokens come before those of the places."""
    count = tokens.shape[1]
    if prefixes is None or math.isqrt(count - prefixes) ** 2 != count - prefixes:
        prefixes = count - math.isqrt(count) ** 2
    if prefixes > MOST_PREFIXES:
        raise SpaceError(f"the {count} tokens of the layer {layer} are not a square of places.")
    side = math.isqrt(count - prefixes)
    return tokens[:, prefixes:].reshape(len(tokens), side, side, -1)

"""Files of tensors as PyTorch wrote them before version 1.6, read without PyTorch.

Such a file is five pickles, then the numbers. The pickles are read by an unpickler that knows tensors and
ordered dicts and nothing else, so that nothing in a file is ever called.
"""

from __future__ import annotations

import io
import math
import pickle
from collections import OrderedDict
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

MAGIC, PROTOCOL = 0x1950A86A20F9469CFC6C, 1001
KINDS: dict[str, np.dtype[Any]] = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}
LENGTH_BYTES = 8


class _Storage(NamedTuple):
    """A row of numbers that tensors are views of."""

    key: str
    kind: np.dtype[Any]
    length: int


class _View(NamedTuple):
    """A tensor: where it begins in its storage, its shape, and the steps between its numbers."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    steps: tuple[int, ...]


class _Unpickler(pickle._Unpickler):
    """The unpickler in Python: the one in C fills the memory when one wrong byte makes an index large."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return lambda *parts: _View(*parts[:4])
        if module == "torch" and name in KINDS:
            return name
        raise pickle.UnpicklingError(f"{module}.{name} is not a tensor")

    def persistent_load(self, parts: Any) -> _Storage:
        word, kind, key, _device, length, whole = parts
        if word != "storage" or whole is not None:
            raise pickle.UnpicklingError("a part of it is not a storage")
        return _Storage(str(key), KINDS[str(kind)], int(length))


def read(data: bytes) -> dict[str, NDArray[Any]]:
    """The tensors in a file by name; raises ValueError when it is cut short or has more than tensors."""
    try:
        return _read(io.BytesIO(data))
    except Exception as error:  # bytes that are not a pickle raise nearly everything
        raise ValueError(f"not a file of tensors, or cut short ({type(error).__name__})") from None


def _read(file: io.BytesIO) -> dict[str, NDArray[Any]]:
    magic, protocol, _machine, views, keys = (_Unpickler(file).load() for _ in range(5))
    if (magic, protocol) != (MAGIC, PROTOCOL):
        raise ValueError("it does not begin as such a file does")
    storages = {view.storage.key: view.storage for view in views.values()}
    numbers = {key: _numbers(file, storages[key]) for key in keys}
    return {name: _tensor(view, numbers[view.storage.key]) for name, view in views.items()}


def _numbers(file: io.BytesIO, storage: _Storage) -> bytes:
    length = int.from_bytes(file.read(LENGTH_BYTES), "little")
    numbers = file.read(storage.length * storage.kind.itemsize)
    if length != storage.length or len(numbers) != length * storage.kind.itemsize:
        raise ValueError("it ends before its numbers do")
    return numbers


def _tensor(view: _View, numbers: bytes) -> NDArray[Any]:
    kind = view.storage.kind
    if math.prod(view.shape) > view.storage.length:
        raise ValueError("it has more numbers than it stores")
    steps = [step * kind.itemsize for step in view.steps]
    # NumPy refuses what would reach beyond the bytes.
    return np.ndarray(view.shape, kind, numbers, view.offset * kind.itemsize, steps).copy()

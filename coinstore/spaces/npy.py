"""NumPy files: a table of vectors, checked before memory is taken, and its rows before they are stored."""

from __future__ import annotations

import io
import tokenize
import warnings
import zipfile
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from ..errors import SourceError
from ..models.spec import Precision
from ..sources.regular import open_regular
from ..sources.zips import BROKEN

BLOCK = 4_000_000  # numbers that are checked at a time
MOST_COLUMNS = 16_000  # that pgvector takes
LARGEST_NPZ_BYTES = 512 * 1024**2  # unpacked; an npy file is not read into memory
MAGIC, ZIP = b"\x93NUMPY", (b"PK\x03\x04", b"PK\x05\x06")
OTHERS = {
    b"\x80": "is a pickle, which could run a program",
    b"\x89HDF": "is an HDF5 file",
    b"PAR1": "is a Parquet file",
    b"PK": "is a zip that is damaged or cut short",
}
DAMAGED = (
    *BROKEN,
    ArithmeticError,
    TypeError,
    KeyError,
    SyntaxError,
    tokenize.TokenError,
    RuntimeError,
    MemoryError,
)
# Lengths whose squares and products are numbers at single precision, in which distances are computed.
SHORTEST, LONGEST = 1e-15, 1e18
HALF_MAX = 65504.0
HALF_ERROR = 0.01  # of its length; a vector that half precision moves further is another vector

Header = tuple[tuple[int, ...], bool, np.dtype[Any]]


def read_npy(file: Path) -> NDArray[Any]:
    """The table `(n, d)` in an npy file, or the only one in an npz; raises SourceError for anything else."""
    with open_regular(str(file)) as stream:
        start = stream.read(8)
        stream.seek(0)
        if start.startswith(ZIP):
            return _read_npz(file, stream)
        if not start.startswith(MAGIC):
            raise SourceError(f"{file} {_what(start)}; write the vectors with numpy.save.")
        size = stream.seek(0, io.SEEK_END)
        stream.seek(0)
        shape, is_fortran, dtype = _header(file, stream, size)
        order: Any = "F" if is_fortran else "C"
        return np.memmap(file, dtype=dtype, mode="r", offset=stream.tell(), shape=shape, order=order)


def _what(start: bytes) -> str:
    if not start:
        return "is empty"
    return next((what for mark, what in OTHERS.items() if start.startswith(mark)), "is not a NumPy file")


def _header(name: Path | str, stream: BinaryIO, size: int) -> Header:
    """The shape, order and type of an array that is as long as it says; the stream is at its first number."""
    try:
        version = np.lib.format.read_magic(stream)
        if version not in ((1, 0), (2, 0)):
            raise ValueError("its version is not known")
        read = np.lib.format.read_array_header_1_0 if version[0] == 1 else np.lib.format.read_array_header_2_0
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a header of Python 2
            shape, is_fortran, dtype = read(stream)
    except DAMAGED:
        raise SourceError(f"{name} is cut short or damaged: its header cannot be read.") from None
    _check_kind(name, shape, dtype)
    claimed = shape[0] * shape[1] * dtype.itemsize
    there = size - stream.tell()
    if claimed != there:
        problem = "is cut short" if there < claimed else "holds more than one array, or is damaged"
        raise SourceError(
            f"{name} {problem}: its {shape[0]:,} rows of {shape[1]:,} numbers take {claimed:,} bytes,"
            f" and it has {there:,}."
        )
    return shape, is_fortran, dtype


def _check_kind(name: Path | str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
    if not np.issubdtype(dtype, np.floating):
        kind = "objects" if dtype.hasobject else f"numbers of type {dtype}"
        raise SourceError(
            f"{name} holds {kind}; vectors are floating-point numbers: array.astype('float32')."
        )
    if len(shape) != 2:
        dimensions = "1 dimension" if len(shape) == 1 else f"{len(shape)} dimensions"
        raise SourceError(f"{name} has {dimensions}; it needs 2, a row for each name.")
    if any(type(length) is not int or length < 0 for length in shape):  # NumPy takes True for 1
        raise SourceError(f"{name} is damaged: its shape is {shape}.")
    if not all(shape):
        raise SourceError(f"{name} has no {'rows' if not shape[0] else 'columns'}.")
    if shape[1] > MOST_COLUMNS:
        raise SourceError(f"{name} has {shape[1]:,} columns; a vector has at most {MOST_COLUMNS:,} numbers.")


def _read_npz(file: Path, stream: BinaryIO) -> NDArray[Any]:
    try:
        with zipfile.ZipFile(stream) as archive:
            members = archive.infolist()
            if any(member.filename.endswith("data.pkl") for member in members):
                raise SourceError(
                    f"{file} is a PyTorch file; write its vectors with numpy.save(…, tensor.numpy())."
                )
            arrays = [member for member in members if member.filename.endswith(".npy")]
            if len(arrays) != 1:
                names = ", ".join(member.filename.removesuffix(".npy")[:50] for member in arrays[:5])
                held = f"{len(arrays):,} arrays ({names})" if arrays else "no array"
                raise SourceError(f"{file} holds {held}; write the one with the vectors with numpy.save.")
            return _read_member(file, archive, arrays[0])
    except DAMAGED:
        raise SourceError(f"{file} is a zip that is damaged or cut short; write it again.") from None


def _read_member(file: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> NDArray[Any]:
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError("numpy.savez does not pack like this")
    if member.file_size > LARGEST_NPZ_BYTES:
        raise SourceError(
            f"{file} unpacks to {member.file_size:,} bytes; write the vectors with numpy.save, unpacked."
        )
    name = f"{file}: {member.filename}"
    with archive.open(member) as stream:
        shape, is_fortran, dtype = _header(name, stream, member.file_size)  # type: ignore[arg-type]
        numbers = np.frombuffer(stream.read(), dtype)
    return numbers.reshape(shape, order="F" if is_fortran else "C")


def check_rows(vectors: NDArray[Any], file: Path, precision: Precision) -> None:
    """Raises SourceError for the first row that cannot be compared with others, and says why."""
    step = max(1, BLOCK // vectors.shape[1])
    for start in range(0, len(vectors), step):
        rows = vectors[start : start + step]
        with np.errstate(all="ignore"):
            reasons = _reasons(rows, np.asarray(rows, np.float64), precision)
        for is_bad, reason in reasons:
            if is_bad.any():
                raise SourceError(
                    f"{file}, row {start + int(is_bad.argmax()) + 1}: {reason}; nothing was stored."
                )


def _reasons(
    rows: NDArray[Any], exact: NDArray[np.float64], precision: Precision
) -> list[tuple[NDArray[np.bool_], str]]:
    """Which rows of a block are wrong, for each reason."""
    lengths = np.linalg.norm(exact, axis=1)
    found = [
        (~np.isfinite(rows).all(axis=1), "has a value that is not a finite number"),
        (~exact.any(axis=1), "has length 0"),
        (~(lengths <= LONGEST), f"is longer than {LONGEST:g}, too long to be compared; scale the vectors"),
        (lengths < SHORTEST, f"is shorter than {SHORTEST:g}, too short to be compared; scale the vectors"),
    ]
    if precision == "half":
        moved = np.linalg.norm(exact.astype(np.float16).astype(np.float64) - exact, axis=1)
        too_large = (np.abs(exact) > HALF_MAX).any(axis=1)
        advice = "use --precision single, or scale the vectors"
        found += [
            (too_large, f"has a value above {HALF_MAX:,.0f}, the largest at half precision; {advice}"),
            (moved > HALF_ERROR * lengths, f"has values that are too small for half precision; {advice}"),
        ]
    return found

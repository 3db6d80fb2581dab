"""NumPy files: a table of vectors, or one sentence; never a traceback, and never memory that a file claims."""

import pickle
import re
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coinstore.errors import SourceError
from coinstore.spaces.npy import check_rows, read_npy
from coinstore.spaces.transfer import Bundle, _read_lines, _sides

ROWS = np.arange(1, 13, dtype=np.float32).reshape(3, 4)
ANY = settings(max_examples=300)


def saved(folder: Path, array: np.ndarray, name: str = "a.npy") -> Path:
    np.save(folder / name, array, allow_pickle=True)
    return folder / name


def written(folder: Path, content: bytes, name: str = "a.npy") -> Path:
    (folder / name).write_bytes(content)
    return folder / name


def claiming(shape: tuple[int, ...], descr: str = "<f4", version: bytes = b"\x01\x00") -> bytes:
    header = repr({"descr": descr, "fortran_order": False, "shape": shape}).encode().ljust(117) + b"\n"
    return b"\x93NUMPY" + version + len(header).to_bytes(2, "little") + header


@pytest.mark.parametrize("kind", ["<f2", "<f4", ">f4", "<f8", ">f8", "longdouble"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_floating_point_numbers_of_all_kinds_are_read(tmp_path: Path, kind: str, order: str) -> None:
    found = read_npy(saved(tmp_path, np.asarray(ROWS, kind, order=order)))
    assert np.array_equal(found, ROWS)
    check_rows(found, tmp_path, "half")


def test_the_only_array_of_an_npz_is_read(tmp_path: Path) -> None:
    for save in (np.savez, np.savez_compressed):
        save(tmp_path / "a.npz", vectors=np.asfortranarray(ROWS))
        assert np.array_equal(read_npy(tmp_path / "a.npz"), ROWS)


@pytest.mark.parametrize(
    ("array", "reason"),
    [
        (ROWS.astype(np.int32), "holds numbers of type int32"),
        (ROWS.astype(np.uint8), "holds numbers of type uint8"),
        (ROWS > 3, "holds numbers of type bool"),
        (ROWS * 1j, "holds numbers of type complex"),
        (ROWS.astype("M8[s]"), "holds numbers of type datetime64"),
        (np.array([["a"]]), "holds numbers of type <U1"),
        (np.array([(1.0, 2)], dtype=[("a", "f4"), ("b", "i4")]), "holds numbers of type"),
        (np.array([{}, None], dtype=object), "holds objects"),
        (ROWS[0], "has 1 dimension; it needs 2"),
        (np.float32(3), "has 0 dimensions"),
        (ROWS.reshape(3, 2, 2), "has 3 dimensions"),
        (ROWS[:0], "has no rows"),
        (ROWS[:, :0], "has no columns"),
    ],
)
def test_another_array_is_one_sentence(tmp_path: Path, array: np.ndarray, reason: str) -> None:
    with pytest.raises(SourceError, match=reason):
        read_npy(saved(tmp_path, array))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04" + b"x" * 50, "zip that is damaged or cut short"),
        (b"PK\x03\x04 torch", "zip that is damaged"),
        (b"PKxx", "zip that is damaged"),
        (pickle.dumps(ROWS), "is a pickle"),
        (b"\x89HDF\r\n\x1a\n", "HDF5"),
        (b"1.0,2.0\n", "is not a NumPy file"),
        (b"\x93NUMPY", "header cannot be read"),
        (b"\x93NUMPY\x01\x00\xff\xff{'descr'", "header cannot be read"),
        (b"\x93NUMPY\x02\x00\xff\xff\xff\xff{'descr'", "header cannot be read"),
        (b"\x93NUMPY\x03\x00\x10\x00\x00\x00" + b" " * 16, "header cannot be read"),
        (b"\x93NUMPY\x09\x00" + b" " * 99, "header cannot be read"),
        (claiming((10**12, 8)) + bytes(32), "is cut short: its 1,000,000,000,000 rows"),
        (claiming((10**30, 8)) + bytes(32), "is cut short"),
        (claiming((2, 10**9)), "has 1,000,000,000 columns"),
        (claiming((-2, 8)), "its shape is|header cannot be read"),
        (claiming((True, True)) + bytes(4), "its shape is"),
        (claiming((2, 8)) + bytes(65), "holds more than one array"),
        (claiming((2, 8), "|O") + bytes(64), "holds objects"),
        (claiming((2, 8), "|V999999999"), "holds numbers of type"),
        (claiming((2, 8), "nonsense"), "header cannot be read"),
    ],
)
def test_what_is_no_array_is_one_sentence(tmp_path: Path, content: bytes, reason: str) -> None:
    with pytest.raises(SourceError, match=reason) as found:
        read_npy(written(tmp_path, content))
    assert "\n" not in str(found.value)


def test_a_claim_takes_no_memory(tmp_path: Path) -> None:
    path = written(tmp_path, claiming((10**9, 1000)) + bytes(4000))
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as file:
        file.write(path, "a.npy")
    tracemalloc.start()
    for name in ("a.npy", "a.npz"):
        with pytest.raises(SourceError, match="is cut short"):
            read_npy(tmp_path / name)
    assert tracemalloc.get_traced_memory()[1] < 10_000_000
    tracemalloc.stop()


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        (["a.npy", "b.npy"], "holds 2 arrays (a, b)"),
        ([], "holds no array"),
        (["archive/data.pkl", "archive/data/0"], "is a PyTorch file"),
    ],
)
def test_other_zips_are_told_apart(tmp_path: Path, names: list[str], reason: str) -> None:
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as file:
        for name in names:
            file.writestr(name, b"")
    with pytest.raises(SourceError, match=re.escape(reason)):
        read_npy(tmp_path / "a.npz")


@pytest.mark.parametrize(
    ("value", "kind", "reason"),
    [
        (np.nan, "f4", "has a value that is not a finite number"),
        (np.inf, "f4", "has a value that is not a finite number"),
        (-np.inf, "f2", "has a value that is not a finite number"),
        (0, "f4", "has length 0"),
        (1e38, "f4", "is longer than 1e+18"),
        (1e300, "f8", "is longer than 1e+18"),
        (1e-38, "f4", "is shorter than 1e-15"),
        (1e-300, "f8", "is shorter than 1e-15"),
    ],
)
def test_a_row_that_cannot_be_compared_is_named(tmp_path: Path, value: float, kind: str, reason: str) -> None:
    rows = ROWS.astype(kind)
    rows[1] = value
    with pytest.raises(SourceError, match=re.escape(f"row 2: {reason}")):
        check_rows(rows, tmp_path, "single")


@pytest.mark.parametrize(
    ("value", "reason"), [(70_000, "above 65,504"), (1e-9, "too small for half"), (-7e4, "above")]
)
def test_half_precision_is_checked_before_it_is_used(tmp_path: Path, value: float, reason: str) -> None:
    rows = ROWS.copy()
    rows[2] = value
    check_rows(rows, tmp_path, "single")
    with pytest.raises(SourceError, match=f"row 3: has .*{reason}"):
        check_rows(rows, tmp_path, "half")


@pytest.mark.parametrize("length", [1.001e-15, 1, 0.999e18])
def test_what_is_accepted_has_a_distance_at_single_precision(tmp_path: Path, length: float) -> None:
    row = np.full((1, 2000), length / np.sqrt(2000))
    check_rows(row, tmp_path, "single")
    squares = np.square(row.astype(np.float32)).sum(dtype=np.float32)
    assert float(squares) == pytest.approx(length**2, rel=1e-3)


@pytest.mark.parametrize(
    "content",
    [
        "a\nb\nc",
        "a\nb\nc\n",
        "a\r\nb\r\nc\r\n\r\n",
        "\ufeffa\nb \n c\n\n\n",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le"])
def test_lines_end_in_line_feeds(tmp_path: Path, content: str, encoding: str) -> None:
    assert _read_lines(written(tmp_path, content.encode(encoding)), 3) == ["a", "b", "c"]


@pytest.mark.parametrize("mark", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c"])
def test_no_other_character_ends_a_line(tmp_path: Path, mark: str) -> None:
    assert len(_read_lines(written(tmp_path, f"a{mark}b\nc\n".encode()), 2)) == 2


def test_a_byte_that_is_no_text_is_named_by_its_line(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="line 2: is not text in UTF-8"):
        _read_lines(written(tmp_path, b"a\nM\xfcnze\n"), 2)


def test_the_same_name_in_two_forms_is_named_twice(tmp_path: Path) -> None:
    bundle = Bundle(tmp_path / "a.npy", tmp_path / "a.txt")
    with pytest.raises(SourceError, match="1 side is named twice"):
        _sides(["M\u00fcnze 1_obv.jpg", "Mu\u0308nze\u00a01_obv.jpg"], bundle)


@ANY
@given(cut=st.integers(0, 200), flips=st.lists(st.tuples(st.integers(0, 200), st.integers(1, 255)), max_size=4), kind=st.sampled_from(["npy", "npz"]))  # fmt: skip
def test_damaged_files_raise_nothing_but_our_error(tmp_path: Path, cut: int, flips: list, kind: str) -> None:
    path = tmp_path / f"a.{kind}"
    np.save(path, ROWS) if kind == "npy" else np.savez(path, ROWS)
    content = bytearray(path.read_bytes())
    for at, flip in flips:
        content[at % len(content)] ^= flip
    path.write_bytes(content[: len(content) - cut])
    try:
        found = read_npy(path)
        assert found.ndim == 2
        check_rows(found, path, "half")
    except SourceError as error:
        assert "a.np" in str(error)


@ANY
@given(body=st.binary(max_size=200), start=st.sampled_from([b"", b"\x93NUMPY\x01\x00", b"PK\x03\x04", b"\x80\x04", claiming((2, 8))]))  # fmt: skip
def test_any_bytes_raise_nothing_but_our_error(tmp_path: Path, body: bytes, start: bytes) -> None:
    try:
        assert read_npy(written(tmp_path, start + body)).ndim == 2
    except SourceError as error:
        assert "a.npy" in str(error)

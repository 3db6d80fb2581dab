"""Vectors in and out: bit for bit, or a clear sentence and nothing stored."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sqlalchemy import Engine

from coinstore.db import call
from coinstore.errors import CoinstoreError, NotFound, SourceError, SpaceError
from coinstore.records.coin import Coin
from coinstore.records.load import load
from coinstore.spaces import catalogue, embed
from coinstore.spaces.derive import Derivation, derive_space
from coinstore.spaces.transfer import Bundle, export_vectors, import_vectors

NAMES = [
    "00012a00.jpg",
    "00012r00.jpg",
    "K0434_a.jpg",
    "A.292_obv_box.jpg",
    "A 347_rev_box.jpg",
    "x_av",
    "plain",
]


def bundle(
    folder: Path, rows: np.ndarray, names: list[str], texts: list[str] | None = None, **more
) -> Bundle:
    folder.mkdir(exist_ok=True)
    np.save(folder / "features.npy", rows)
    (folder / "names.txt").write_text("\n".join(names), "utf-8")
    if texts is not None:
        (folder / "texts.txt").write_text("\n".join(texts), "utf-8")
    text_file = None if texts is None else folder / "texts.txt"
    return Bundle(folder / "features.npy", folder / "names.txt", text_file, **more)


def rows_for(names: list[str], dims: int = 8) -> np.ndarray:
    return np.random.default_rng(len(names)).normal(size=(len(names), dims)).astype(np.float32)


def test_the_thesis_goes_in_and_out_bit_for_bit(store: Engine, tmp_path: Path) -> None:
    names = [f"{n:05}a00.jpg" for n in range(741)]
    rows = rows_for(names, 128)
    given_files = bundle(tmp_path / "in", rows, names, collection="Hoard")
    assert import_vectors(store, "thesis", given_files, create=True) == 741
    assert export_vectors(store, "thesis", tmp_path / "out.npy", tmp_path / "out.txt") == 741
    assert np.load(tmp_path / "out.npy").tobytes() == rows.tobytes()
    assert (tmp_path / "out.txt").read_text().split() == [f"{n:05}_obv" for n in range(741)]
    again = Bundle(tmp_path / "out.npy", tmp_path / "out.txt")
    assert import_vectors(store, "again", again) == 741


def test_names_are_read_as_ingestion_reads_them(store: Engine, tmp_path: Path) -> None:
    texts = [f"text {n}" for n in range(len(NAMES))]
    files = bundle(tmp_path, rows_for(NAMES), NAMES, texts, collection="Hoard")
    import_vectors(store, "thesis", files, create=True)
    sides = {(row["inventory_number"], row["face"]) for row in call.look(store, "api.sides")}
    assert sides == {
        ("00012", "obverse"),
        ("00012", "reverse"),
        ("K0434", "obverse"),
        ("A.292", "obverse"),
        ("A 347", "reverse"),
        ("x", "obverse"),
        ("plain", "obverse"),
    }


def test_names_mean_photographs_first_and_then_coins(store: Engine, tmp_path: Path) -> None:
    coins = [
        Coin("1", {}, "Museum", "A1", sides={"obverse": {"image": "/photos/odd name.jpg"}}),
        Coin("2", {}, "Museum", "A2", sides={"obverse": {"legend": "L"}}),
    ]
    list(load(store, "/a", coins))
    files = bundle(tmp_path, rows_for(["1", "2"]), ["odd name.jpg", "A2_obv.png"])
    assert import_vectors(store, "thesis", files) == 2
    assert export_vectors(store, "thesis", tmp_path / "o.npy", tmp_path / "o.txt", "obverse") == 2
    assert (tmp_path / "o.txt").read_text().splitlines() == ["odd name.jpg", "A2_obv"]


def spoiled(rows: np.ndarray, at: int, value: float) -> np.ndarray:
    rows = rows.copy()
    rows[at] = value
    return rows


ROWS = rows_for(NAMES)


@pytest.mark.parametrize(
    ("rows", "names", "reason"),
    [
        (ROWS[:-1], NAMES, "has 7 lines, .* 6 rows"),
        (spoiled(ROWS, 3, np.nan), NAMES, "row 4: has a value that is not a finite number"),
        (spoiled(ROWS, 2, 0), NAMES, "row 3: has length 0"),
        (ROWS, [*NAMES[:-1], "K0434_obv.png"], r"1 side is named twice: K0434 \(obverse\)"),
        (ROWS, [*NAMES[:-1], ""], "line 7: is empty"),
        (ROWS[0], NAMES, "has 1 dimension; it needs 2"),
        (np.zeros((0, 8), np.float32), [], "has no rows"),
        (np.array([["a"]]), ["x"], "holds numbers of type"),
        (np.array([{}], dtype=object), ["x"], "holds objects"),
    ],
)
def test_one_wrong_row_and_nothing_is_stored(store: Engine, tmp_path: Path, rows, names, reason: str) -> None:
    with pytest.raises(SourceError, match=reason):
        import_vectors(store, "thesis", bundle(tmp_path, rows, names, collection="Hoard"), create=True)
    assert call.look(store, "api.coins") == []
    with pytest.raises(NotFound):
        catalogue.known(store, "thesis")


def test_a_name_finds_its_photograph_however_its_marks_are_written(store: Engine, tmp_path: Path) -> None:
    coin = Coin("1", {}, "Museum", "A1", sides={"obverse": {"image": "/photos/Mu\u0308nze\u00a01.jpg"}})
    list(load(store, "/a", [coin]))
    for n, name in enumerate(
        ["Mu\u0308nze\u00a01.jpg", "M\u00fcnze 1.jpg", "C:\\photos\\M\u00fcnze\u200b 1.jpg"]
    ):
        files = bundle(tmp_path, rows_for(["1"]), [name])
        assert import_vectors(store, f"thesis_{n}", files) == 1


def test_what_half_precision_cannot_hold_is_refused_with_its_row(store: Engine, tmp_path: Path) -> None:
    files = bundle(tmp_path, spoiled(ROWS, 1, 70_000), NAMES, collection="Hoard")
    with pytest.raises(SourceError, match="row 2: has a value above 65,504"):
        import_vectors(store, "thesis", files, create=True, precision="half")
    assert import_vectors(store, "thesis", files, create=True) == len(NAMES)


def test_names_that_mean_nothing_or_too_much(store: Engine, tmp_path: Path) -> None:
    list(load(store, "/a", [Coin(m, {}, m, "7", sides={"obverse": {"legend": "L"}}) for m in ("One", "Two")]))
    with pytest.raises(SourceError, match=r"1 names mean no side in the store: 8_obv \(line 1\)"):
        import_vectors(store, "thesis", bundle(tmp_path, rows_for(["8"]), ["8_obv"]))
    with pytest.raises(SourceError, match=r"1 names mean more than one side: 7_obv .*--collection"):
        import_vectors(store, "thesis", bundle(tmp_path, rows_for(["7"]), ["7_obv"]))
    assert (
        import_vectors(store, "thesis", bundle(tmp_path, rows_for(["7"]), ["7_obv"], collection="Two")) == 1
    )
    with pytest.raises(SpaceError, match="1 of these sides have a vector in thesis already"):
        import_vectors(store, "thesis", bundle(tmp_path, rows_for(["7"]), ["7_obv"], collection="Two"))
    with pytest.raises(SpaceError, match="has 8 dimensions, not 9"):
        import_vectors(store, "thesis", bundle(tmp_path, rows_for(["7"], 9), ["7_obv"], collection="One"))
    with pytest.raises(SpaceError, match="were made elsewhere"):
        list(embed.embed_sides(store, "thesis"))


@settings(max_examples=25)
@given(
    hnp.arrays(
        np.float32, st.tuples(st.integers(1, 6), st.integers(1, 5)), elements=st.floats(-1e3, 1e3, width=32)
    )
)
def test_what_comes_in_goes_out(store: Engine, tmp_path: Path, rows: np.ndarray) -> None:
    names = [f"{n}_obv" for n in range(len(rows))]
    try:
        import_vectors(store, "trip", bundle(tmp_path, rows, names, collection="Trip"), create=True)
    except CoinstoreError as error:
        assert "length 0" in str(error) or "too short" in str(error)
        return
    export_vectors(store, "trip", tmp_path / "o.npy", tmp_path / "o.txt")
    assert np.load(tmp_path / "o.npy").tobytes() == rows.tobytes()
    catalogue.drop_space(store, "trip")


def sees_of(store: Engine, space: str) -> list[str] | None:
    [row] = [row for row in call.look(store, "api.spaces") if row["space"] == space]
    return row["sees"]


def test_what_vectors_have_seen_is_declared_and_passed_on(store: Engine, tmp_path: Path) -> None:
    first, second = NAMES[:3], NAMES[3:5]
    files = bundle(tmp_path / "one", rows_for(first), first, collection="Hoard", sees=())
    import_vectors(store, "seen", files, create=True)
    assert sees_of(store, "seen") == []
    derive_space(store, "centred", Derivation("seen", centre="all"))
    more = bundle(tmp_path / "two", rows_for(second), second, collection="Hoard", sees=("type", "mint"))
    import_vectors(store, "seen", more, create=True)
    assert sees_of(store, "seen") == sees_of(store, "centred") == ["mint", "type"]
    assert not catalogue.refuse_leak(store, "seen", "collection", allow=False)
    with pytest.raises(SpaceError, match="has seen portrait"):  # a type tells it
        catalogue.refuse_leak(store, "seen", "portrait", allow=False)
    rest = bundle(tmp_path / "three", rows_for(NAMES[5:]), NAMES[5:], collection="Hoard")
    import_vectors(store, "seen", rest, create=True)
    assert sees_of(store, "seen") is None and sees_of(store, "centred") is None
    wrong = bundle(tmp_path / "four", rows_for(first), first, sees=("nonsense",))
    with pytest.raises(NotFound, match="no field nonsense"):
        import_vectors(store, "other", wrong)
    assert {row["space"] for row in call.look(store, "api.spaces")} == {"centred", "seen"}

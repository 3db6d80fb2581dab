"""The fusion as arrays: to bytes and back, damage refused, applied without PyTorch; limits of a fitting."""

import io
import json
import subprocess
import sys
import zipfile
from dataclasses import asdict, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coinstore.errors import SpaceError
from coinstore.models.fusion import Fitting, Fusion, Modality


def small(image=3, text=2, hidden=4, dims=3, seed=0):
    rng = np.random.default_rng(seed)
    arrays = [
        rng.normal(size=shape).astype(np.float32) for shape in (image, text, hidden, (dims, hidden), dims)
    ]
    weight = rng.normal(size=(hidden, image + text)).astype(np.float32)
    return Fusion(Modality(arrays[0], 1.5), Modality(arrays[1], 0.5), weight, arrays[2], arrays[3], arrays[4])


def test_a_side_that_has_one_of_the_two_is_placed_by_it():
    rng = np.random.default_rng(0)
    image, text = rng.normal(size=(4, 3)).astype(np.float32), rng.normal(size=(4, 2)).astype(np.float32)
    image[[1, 3]], text[[2, 3]] = np.nan, np.nan
    found = small().embed(image, text)
    assert np.allclose(np.linalg.norm(found[:3], axis=1), 1, atol=1e-6)
    assert np.isnan(found[3]).all()
    at_its_mean = small().embed(np.where(np.isnan(image), small().image.mean, image), text)
    assert np.array_equal(found[1], at_its_mean[1])
    without_text = replace(small(), text=replace(small().text, scale=0.0)).embed(image, text)
    assert np.isnan(without_text).all(axis=1).tolist() == [False, True, False, True]


@settings(max_examples=30)
@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 9), st.integers(1, 9), st.integers(0, 9))
def test_bytes_there_and_back(image, text, hidden, dims, seed):
    fusion = small(image, text, hidden, dims, seed)
    again = Fusion.from_bytes(fusion.to_bytes())
    assert again.to_bytes() == fusion.to_bytes()
    rows = np.ones((4, image), np.float32), np.ones((4, text), np.float32)
    assert np.array_equal(again.embed(*rows), fusion.embed(*rows), equal_nan=True)


def test_the_bytes_bear_no_date():
    with zipfile.ZipFile(io.BytesIO(small().to_bytes())) as file:
        assert {entry.date_time[0] for entry in file.infolist()} == {1980}


@settings(max_examples=300)
@given(st.data())
def test_damaged_bytes_are_refused_or_mean_the_same(data):
    whole = small().to_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(SpaceError, match="these bytes are not a fusion"):
        Fusion.from_bytes(whole[:at])
    flipped = bytearray(whole)
    flipped[at] ^= 1 << data.draw(st.integers(0, 7))
    try:
        assert Fusion.from_bytes(bytes(flipped)).to_bytes() == whole
    except SpaceError as error:
        assert "these bytes are not a fusion" in str(error)


def saved(array) -> bytes:
    out = io.BytesIO()
    np.save(out, array, allow_pickle=True)
    return out.getvalue()


@pytest.mark.parametrize(
    "data",
    [b"", b"not a fusion", saved(np.zeros(3)), saved(np.array([{}], object))],
    ids=["", "text", "npy", "pickle"],
)
def test_what_is_no_fusion(data):
    with pytest.raises(SpaceError, match="these bytes are not a fusion"):
        Fusion.from_bytes(data)


def test_layers_that_do_not_belong_together():
    with pytest.raises(SpaceError, match="do not match"):
        replace(small(), output=np.zeros((3, 5), np.float32))
    with pytest.raises(SpaceError, match="finite 32-bit numbers"):
        replace(small(), output_bias=np.array([1, np.nan, 1], np.float32))


def test_vectors_of_another_space_are_refused():
    three, two = np.zeros((1, 3), np.float32), np.zeros((1, 2), np.float32)
    with pytest.raises(
        SpaceError, match=r"the text vectors have the shape \(1, 3\); this fusion needs rows of 2 numbers"
    ):
        small().embed(three, three)
    with pytest.raises(SpaceError, match=r"the image vectors have the shape \(3,\)"):
        small().embed(three[0], two)
    with pytest.raises(SpaceError, match="1 image vectors and 2 text vectors"):
        small().embed(three, np.repeat(two, 2, axis=0))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("balance", 1.1),
        ("balance", float("nan")),
        ("margin", 2),
        ("temperature", 0),
        ("seed", -1),
        ("epochs", 0),
        ("patience", 0),
        ("negatives", 0),
        ("hidden", 0),
        ("dims", 1),
        ("batch_size", 1),
        ("learning_rate", 0),
        ("held_out", 1),
    ],
)
def test_values_out_of_range_are_named(name, value):
    with pytest.raises(SpaceError, match=rf"the {name} of a fusion cannot be {value}"):
        Fitting(**{name: value})


def test_an_unknown_objective_is_refused():
    with pytest.raises(SpaceError, match="there is no objective triplets"):
        Fitting(objective="triplets")


def test_a_fitting_can_be_stored_and_read():
    fitting = Fitting(objective="contrastive", balance=0.3)
    assert Fitting(**json.loads(json.dumps(asdict(fitting)))) == fitting


def test_a_machine_without_torch_can_apply_it():
    program = (
        "import sys; sys.modules['torch'] = None\n"
        "import numpy as np\n"
        "from coinstore.models.fusion import Fusion\n"
        "fusion = Fusion.from_bytes(sys.stdin.buffer.read())\n"
        "print(fusion.embed(np.ones((1, 3), np.float32), np.ones((1, 2), np.float32)).tolist())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], input=small().to_bytes(), capture_output=True, check=True
    )
    expected = small().embed(np.ones((1, 3), np.float32), np.ones((1, 2), np.float32))
    assert done.stdout.decode().strip() == str(expected.tolist())

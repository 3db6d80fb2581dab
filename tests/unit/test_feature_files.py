"""Files of features: whatever happens to one, it is whole or counts as missing."""

from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coinstore.dies.cache import FeatureFiles
from coinstore.images.discs import find
from coinstore.matching import Parameters, side
from coinstore.synthetic import Mintage

DIGEST = UUID(int=7)


@pytest.fixture(scope="module")
def content() -> bytes:
    picture = Mintage(seed=4, types=2, dies=3).picture(0, "obverse")
    return side(picture, find(picture).coins[0], Parameters()).to_bytes()


@settings(max_examples=40)
@given(place=st.floats(0, 1), how=st.sampled_from(["cut", "flip", "add", "empty"]))
def test_a_damaged_file_counts_as_missing_and_is_written_again(
    tmp_path: Path, content: bytes, place: float, how: str
) -> None:
    kept = FeatureFiles(Parameters(), tmp_path)
    kept.write(DIGEST, content)
    [file] = tmp_path.glob("*/*/*")
    whole = file.read_bytes()
    at = min(int(place * len(whole)), len(whole) - 1)
    damaged = {
        "cut": whole[:at],
        "flip": whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :],
        "add": whole + b"x",
        "empty": b"",
    }
    file.write_bytes(damaged[how])
    assert kept.read(DIGEST) is None
    kept.write(DIGEST, content)
    found = kept.read(DIGEST)
    assert found is not None and found.to_bytes() == content
    assert list(tmp_path.glob("*/*/*")) == [file], "no draft is left"


def test_a_folder_in_place_of_a_file_is_no_features(tmp_path: Path, content: bytes) -> None:
    kept = FeatureFiles(Parameters(), tmp_path)
    kept.write(DIGEST, content)
    [file] = tmp_path.glob("*/*/*")
    file.unlink()
    file.mkdir()
    assert kept.read(DIGEST) is None
    kept.write(DIGEST, content)  # without an error: it is computed again each time
    assert kept.read(DIGEST) is None

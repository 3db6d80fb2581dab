"""The families of models: one contract for all, and the same numbers as the libraries."""

import hashlib
import io
import warnings
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from coinstore.errors import SpaceError
from coinstore.models import weights
from coinstore.models.fit import fit
from coinstore.models.presets import PRESETS
from coinstore.models.registry import embedder, make_spec, preset
from coinstore.models.spec import Embedder, PictureSpec, Spec, TextSpec
from coinstore.progress import Progress

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
import open_clip  # noqa: E402
import torchvision  # noqa: E402

RNG = np.random.default_rng(0)


def picture(width: int, height: int, seed: int = 0) -> Image.Image:
    small = np.random.default_rng(seed).integers(0, 255, (9, 9, 3), np.uint8)
    return Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)


PICTURES = [
    picture(300, 200, 1),
    picture(120, 160, 2),
    picture(500, 500, 3),
    picture(60, 230, 4),
    picture(224, 224, 5),
]
SENTENCES = [
    "Obverse of an ancient Roman coin of Trajan from Rome, Denarius, Silver, AD 103 to 111.",
    "This is the reverse of an ancient Celtic coin depicting Büschelquinar.",
    "Legend: ΔΙΟΝΥΣΟΥ ΣΩΤΗΡΟΣ ΜΑΡΩΝΙΤΩΝ.",
    "Kopf des Dionysos nach rechts, " * 40,  # longer than any context
    "coin",
]
SPECS = {
    "hog": lambda: preset("hog"),
    "resnet18": lambda: preset("resnet18", "random:0"),
    "resnet18 squashed, grey": lambda: preset("resnet18", "random:0", fit="squash", colour="grey"),
    "resnet18 padded, 160 px": lambda: preset("resnet18", "random:1", fit="pad", side_px=160),
    "mobilenet": lambda: make_spec("torchvision:mobilenet_v3_small", "random:0"),
    "clip": lambda: preset("clip_image", "random:0"),
    "clip_text": lambda: preset("clip_text", "random:0"),
    "a reader of 32 tokens": lambda: make_spec("open_clip_text:PE-Core-T-16-384:meta", "random:0"),
}


@pytest.fixture(scope="module", params=SPECS)
def model(request: pytest.FixtureRequest) -> Embedder:
    return embedder(SPECS[request.param](), "cpu")


@pytest.fixture
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("COINSTORE_HOME", str(tmp_path / "home"))
    return tmp_path


def vectors(model: Embedder, seen: list) -> np.ndarray:
    return model.embed([model.prepare(one) for one in seen])


def fit_for(model: Embedder) -> list:
    return SENTENCES if isinstance(model.spec, TextSpec) else PICTURES


def test_unit_rows_of_the_promised_length(model: Embedder) -> None:
    found = vectors(model, fit_for(model))
    assert found.shape == (len(PICTURES), model.spec.dims)
    assert found.dtype == np.float32
    assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)


def test_a_vector_is_the_same_in_any_batch(model: Embedder) -> None:
    seen = fit_for(model)
    together = vectors(model, seen)
    alone = np.concatenate([vectors(model, [one]) for one in seen])
    backwards = vectors(model, seen[::-1])[::-1]
    assert np.allclose(together, alone, atol=1e-5)
    assert np.allclose(together, backwards, atol=1e-5)


def test_nothing_gives_no_row(model: Embedder) -> None:
    assert vectors(model, []).shape == (0, model.spec.dims)


def test_a_recipe_makes_the_same_model_again(model: Embedder) -> None:
    again = embedder(Spec.from_recipe(model.spec.recipe()), "cpu")
    assert again.spec == model.spec
    assert np.allclose(vectors(again, fit_for(model)), vectors(model, fit_for(model)), atol=1e-5)


@pytest.mark.parametrize("name", ["resnet18", "clip_text"])
def test_seeds_differ(name: str) -> None:
    two = [embedder(preset(name, f"random:{seed}"), "cpu") for seed in (0, 1)]
    first, second = (vectors(model, fit_for(model)) for model in two)
    assert not np.allclose(first, second, atol=1e-2)


def test_the_generator_of_the_program_is_left_alone() -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    embedder(preset("resnet18", "random:0"), "cpu")
    assert torch.equal(torch.rand(3), expected)


@pytest.mark.parametrize("name", PRESETS)
def test_presets_have_the_dims_that_are_listed(name: str) -> None:
    needs_none = PRESETS[name].weights in (None, "efficientnet_lite0")  # the latter come with a package
    assert preset(name, None if needs_none else "random:0").dims == PRESETS[name].dims


@settings(max_examples=60)
@given(st.integers(20, 600), st.integers(20, 600), st.sampled_from(["bilinear", "bicubic"]))
def test_fitting_is_torchvision_s_to_the_pixel(width: int, height: int, how: str) -> None:
    from torchvision.transforms import CenterCrop, Compose, InterpolationMode, Resize

    spec = PictureSpec(
        family="x", dims=1, options={}, side_px=96, fit="crop", colour="rgb", resize_px=110, interpolation=how
    )
    theirs = Compose([Resize(110, InterpolationMode(how)), CenterCrop(96)])(picture(width, height))
    assert (np.asarray(theirs) == np.asarray(fit(picture(width, height), spec))).all()


def cosines(ours: np.ndarray, theirs: torch.Tensor) -> np.ndarray:
    theirs = torch.nn.functional.normalize(theirs, dim=1).numpy()
    return (ours * theirs).sum(axis=1)


def test_saved_by_torchvision_gives_what_torchvision_gives(own_home: Path) -> None:
    torch.manual_seed(7)
    network = torchvision.models.resnet50().eval()
    torch.save(network.state_dict(), own_home / "trained.pth")
    weights.add("mine", own_home / "trained.pth")
    spec = make_spec("torchvision:resnet50", "mine")
    assert spec.trained
    assert spec.weights_sha256 == weights.find("mine").sha256

    transform = torchvision.models.get_model_weights("resnet50").DEFAULT.transforms()
    network.fc = torch.nn.Identity()
    with torch.inference_mode():
        theirs = network(torch.stack([transform(one) for one in PICTURES]))
    assert (cosines(vectors(embedder(spec, "cpu"), PICTURES), theirs) > 0.9999).all()


def test_saved_by_open_clip_gives_what_open_clip_gives(own_home: Path) -> None:
    torch.manual_seed(7)
    network, _, transform = open_clip.create_model_and_transforms("ViT-B-32-quickgelu")
    torch.save(network.state_dict(), own_home / "clip.pt")
    weights.add("my_clip", own_home / "clip.pt")
    spec = make_spec("open_clip:ViT-B-32-quickgelu:openai", "my_clip")
    with torch.inference_mode():
        theirs = network.eval().encode_image(torch.stack([transform(one) for one in PICTURES]))
    assert (cosines(vectors(embedder(spec, "cpu"), PICTURES), theirs) > 0.9999).all()

    reader = embedder(make_spec("open_clip_text:ViT-B-32-quickgelu:openai", "my_clip"), "cpu")
    with torch.inference_mode():
        theirs = network.encode_text(open_clip.get_tokenizer("ViT-B-32-quickgelu")(SENTENCES))
    assert (cosines(vectors(reader, SENTENCES), theirs) > 0.9999).all()
    assert not [name for name, _ in reader.network.named_parameters() if name.startswith("visual")]


def saved(model: str = "resnet18") -> bytes:
    out = io.BytesIO()
    torch.save(torchvision.models.get_model(model).state_dict(), out)
    return out.getvalue()


def test_wrong_files_are_refused_by_name(own_home: Path) -> None:
    whole = saved()
    (own_home / "cut.pth").write_bytes(whole[: len(whole) // 2])
    (own_home / "text.pth").write_text("not weights")
    torch.save({"x": print}, own_home / "code.pth")
    for name in ("cut", "text", "code"):
        with pytest.raises(SpaceError, match=rf"{name}\.pth cannot be read as weights"):
            weights.add("mine", own_home / f"{name}.pth")
    (own_home / "other.pth").write_bytes(whole)
    with pytest.raises(SpaceError, match="is not resnet50, or is cut short: its SHA-256"):
        weights.add("resnet50", own_home / "other.pth")
    with pytest.raises(SpaceError, match=r"there is no file .*missing\.pth; correct the path"):
        weights.add("mine", own_home / "missing.pth")
    assert weights.here() == []


def test_a_file_that_changed_is_not_used(own_home: Path) -> None:
    (own_home / "w.pth").write_bytes(saved())
    weights.add("mine", own_home / "w.pth")
    spec = make_spec("torchvision:resnet18", "mine")
    assert [why for found, why in weights.verify() if found.name == "mine"] == [""]
    weights.find("mine").path.write_bytes(saved())
    why = {found.name: why for found, why in weights.verify()}
    assert why == {"mine": "the file has changed since it was added", "efficientnet_lite0": ""}
    with pytest.raises(SpaceError, match="is not the file that the space was made with"):
        embedder(spec, "cpu")


def test_weights_of_another_network_are_named(own_home: Path) -> None:
    (own_home / "w.pth").write_bytes(saved())
    weights.add("mine", own_home / "w.pth")
    with pytest.raises(SpaceError, match="the weights mine do not belong to torchvision:resnet50"):
        embedder(make_spec("torchvision:resnet50", "mine"), "cpu")


def as_transformers_names_it(state: dict) -> dict:
    """The weights of a CLIP of open_clip as the Transformers library stores them."""
    names = {
        "token_embedding.weight": "text_model.embeddings.token_embedding.weight",
        "positional_embedding": "text_model.embeddings.position_embedding.weight",
        "visual.class_embedding": "vision_model.embeddings.class_embedding",
        "visual.conv1.weight": "vision_model.embeddings.patch_embedding.weight",
        "visual.positional_embedding": "vision_model.embeddings.position_embedding.weight",
        "text_projection": "text_projection.weight",
        "visual.proj": "visual_projection.weight",
        "logit_scale": "logit_scale",
    }
    parts = {
        "ln_final": "text_model.final_layer_norm",
        "visual.ln_pre": "vision_model.pre_layrnorm",
        "visual.ln_post": "vision_model.post_layernorm",
    }
    found = {"text_model.embeddings.position_ids": torch.arange(77)[None]}
    for name, tensor in state.items():
        part, _, kind = name.rpartition(".")
        if name in names:
            found[names[name]] = tensor.T if "proj" in name else tensor
        elif part in parts:
            found[f"{parts[part]}.{kind}"] = tensor
        else:
            half = "vision_model" if name.startswith("visual.") else "text_model"
            at = f"{half}.encoder.layers.{name.partition('resblocks.')[2].partition('.')[0]}"
            inner = name.partition("resblocks.")[2].partition(".")[2].rpartition(".")[0]
            same = {
                "ln_1": "layer_norm1",
                "ln_2": "layer_norm2",
                "mlp.c_fc": "mlp.fc1",
                "mlp.c_proj": "mlp.fc2",
            }
            if "in_proj_" in name:
                for which, third in zip("qkv", tensor.chunk(3), strict=True):
                    found[f"{at}.self_attn.{which}_proj.{name.rpartition('in_proj_')[2]}"] = third.clone()
            else:
                found[f"{at}.{same.get(inner, 'self_attn.out_proj')}.{kind}"] = tensor
    return found


def test_clip_as_the_transformers_library_stores_it(own_home: Path) -> None:
    from coinstore.models import open_clip_models

    torch.manual_seed(9)
    network = open_clip.create_model("ViT-B-32", force_quick_gelu=True)
    torch.save(as_transformers_names_it(network.state_dict()), own_home / "pytorch_model.bin")
    weights.add("coin_clip", own_home / "pytorch_model.bin")
    spec = preset("coin_clip")
    assert (spec.fit, spec.trained) == ("coin", True)
    model = open_clip_models.load(spec, "cpu")
    same = model.network.state_dict()
    assert all(torch.equal(same[name], tensor) for name, tensor in network.visual.state_dict().items())
    assert embedder(preset("clip_text", "coin_clip"), "cpu").spec.dims == 512


@pytest.mark.parametrize(
    ("model", "chosen", "reason"),
    [
        ("torchvision:resnet5000", "random:0", "torchvision has no model resnet5000"),
        ("open_clip:ViT-X:openai", "random:0", "open_clip has no ViT-X:openai"),
        ("keras:vgg", "random:0", "there is no family keras"),
        ("torchvision:resnet18", "random:x", "'random:x' is not a seed"),
        ("torchvision:resnet18", None, "needs weights"),
        ("torchvision:resnet18", "nowhere", "there are no weights nowhere"),
        ("hog", "random:0", "hog has no weights"),
        ("open_clip_text:ViT-X:openai", "random:0", "open_clip has no ViT-X:openai"),
        ("open_clip_text:ViT-B-16-SigLIP:webli", "random:0", "tokenizer of .* does not come with open_clip"),
        ("open_clip_text:roberta-ViT-B-32:laion2b_s12b_b32k", "random:0", "tokenizer of .* does not come"),
    ],
)
def test_what_cannot_be_a_space(own_home: Path, model: str, chosen: str | None, reason: str) -> None:
    with pytest.raises(SpaceError, match=reason):
        make_spec(model, chosen)


def test_a_preset_without_its_weights_says_what_to_bring(own_home: Path) -> None:
    with pytest.raises(SpaceError, match=r"resnet50-11ad3fa6.pth, 98 MB, .*coinstore weights fetch resnet50"):
        preset("resnet50")


def test_a_device_that_is_not_there() -> None:
    with pytest.raises(SpaceError, match="the device warp cannot be used here"):
        embedder(preset("resnet18", "random:0"), "warp")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device is here")
def test_the_gpu_gives_nearly_the_same() -> None:
    spec = preset("resnet50", "random:0")
    on_cpu, on_gpu = (vectors(embedder(spec, device), PICTURES) for device in ("cpu", "cuda"))
    assert ((on_cpu * on_gpu).sum(axis=1) > 0.999).all()  # bfloat16 keeps three digits


def test_nothing_is_said_about_random_weights(caplog: pytest.LogCaptureFixture) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        embedder(preset("clip_image", "random:0"), "cpu")
    assert caplog.text == ""


@pytest.fixture
def published(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, bytes]]:
    """A server of weights; what it serves, by path."""
    files: dict[str, bytes] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            data = files.get(self.path.removeprefix("/"))
            self.send_response(200 if data is not None else 404)
            self.send_header("Content-Length", str(len(data or b"")))
            self.end_headers()
            self.wfile.write((data or b"")[: -1000 if "cut" in self.path else None])

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        for name in ("small", "cut", "gone"):
            monkeypatch.setitem(weights.KNOWN, name, weights.Known(f"{url}/{name}.pth", 45, "MIT", ""))
        yield files
        server.shutdown()


def test_weights_are_fetched_with_progress(published: dict[str, bytes]) -> None:
    published["small.pth"] = saved()
    steps: list[Progress] = []
    found = weights.fetch("small", steps.append)
    assert found == weights.find("small")
    assert found.sha256 == hashlib.sha256(published["small.pth"]).hexdigest()
    assert found.path.read_bytes() == published["small.pth"]
    assert [step.done for step in steps] == sorted(step.done for step in steps)
    assert steps[-1].done == steps[-1].total == found.size_bytes
    assert sorted(file.name for file in weights.folder().iterdir()) == ["small.json", "small.pth"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("cut", "connection broke off"),
        ("gone", "the server answered 404"),
        ("small", "is not small, or is cut short"),
        ("nothing", "there is no address for weights nothing"),
    ],
)
def test_a_fetch_that_fails_leaves_nothing(
    published: dict[str, bytes], monkeypatch: pytest.MonkeyPatch, name: str, reason: str
) -> None:
    published |= {"cut.pth": saved(), "small.pth": saved()}
    monkeypatch.setitem(weights.KNOWN, "small", replace(weights.KNOWN["small"], sha256="00"))
    with pytest.raises(SpaceError, match=reason) as raised:
        weights.fetch(name)
    assert "\n" not in str(raised.value)
    assert not weights.folder().exists() or not list(weights.folder().iterdir())

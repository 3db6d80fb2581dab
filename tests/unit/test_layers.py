"""Any layer of any network as a grid: convolutional maps, and the tokens of transformers."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from coinstore.errors import SpaceError
from coinstore.models import weights
from coinstore.models.registry import embedder, make_spec
from coinstore.models.spec import Spec

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
pytest.importorskip("timm", reason="timm is not installed")
from coinstore.models.layers import LayerMap  # noqa: E402

PICTURES = [
    Image.fromarray(np.random.default_rng(seed).integers(0, 255, (9, 9, 3), np.uint8)).resize(size)
    for seed, size in enumerate([(200, 220), (120, 90), (96, 96)])
]
SPECS = {
    "convolutional": ("timm:test_resnet.r160_in1k", {"layer": "layer3", "grid": "4x5"}),
    "channels last": (
        "timm:swin_tiny_patch4_window7_224",
        {"layer": "layers.1", "grid": "4x4", "channels": 50},
    ),
    "ViT": ("timm:test_vit.r160_in1k", {"layer": "blocks.3", "grid": "5x5", "margin": 1, "side_px": 112}),
    "DINOv2": (
        "timm:vit_small_patch14_dinov2.lvd142m",
        {"layer": "blocks.8", "grid": "5x5", "channels": 160, "side_px": 70},
    ),
    "DINOv3": (
        "timm:vit_small_patch16_dinov3.lvd1689m",
        {"layer": "blocks.8", "grid": "4x4", "margin": 1, "channels": 160, "side_px": 96},
    ),
    "SigLIP 2": (
        "timm:vit_base_patch16_siglip_224.v2_webli",
        {"layer": "blocks.2", "grid": "3x3", "channels": 160, "side_px": 48},
    ),
    "torchvision": ("torchvision:mobilenet_v3_small", {"layer": "features.8", "grid": "3x4", "side_px": 128}),
    "open_clip": ("open_clip:ViT-B-32-quickgelu:openai", {"layer": "transformer.resblocks.5", "grid": "2x2"}),
}


@pytest.mark.parametrize("name", SPECS)
def test_the_contract_of_a_grid(name: str) -> None:
    model, options = SPECS[name]
    spec = make_spec(model, "random:0", **options)
    rows, columns = spec.options["grid"]
    assert f"{rows}x{columns}" == options["grid"] and spec.dims % (rows * columns) == 0
    found = embedder(spec, "cpu")
    prepared = [found.prepare(picture) for picture in PICTURES]
    vectors = found.embed(prepared)
    assert vectors.shape == (len(PICTURES), spec.dims) and vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    alone = np.concatenate([found.embed([one]) for one in prepared])
    assert np.allclose(vectors, alone, atol=1e-5)
    cells = vectors.reshape(len(PICTURES), rows * columns, -1)
    assert np.allclose(np.linalg.norm(cells, axis=2), (rows * columns) ** -0.5, atol=1e-5)
    assert Spec.from_recipe(spec.recipe()) == spec


def test_the_tokens_of_a_transformer_are_a_map_without_those_of_the_whole_picture() -> None:
    """The first places of the map are those that timm itself gives for this block."""
    import timm

    network = timm.create_model("vit_small_patch14_reg4_dinov2", img_size=70, num_classes=0).eval()
    pixels = torch.rand(2, 3, 70, 70)
    with torch.inference_mode():
        theirs = network.forward_intermediates(pixels, indices=[4], norm=False, intermediates_only=True)[0]
        ours = LayerMap(network, "blocks.4")(pixels)
    assert network.num_prefix_tokens == 5
    assert torch.allclose(ours, theirs.permute(0, 2, 3, 1), atol=1e-5)


def test_where_things_are_is_kept() -> None:
    """A picture whose left half changes has other cells on the left only."""
    spec = make_spec("timm:test_resnet.r160_in1k", "random:0", layer="layer1", grid="1x4", fit="squash")
    model = embedder(spec, "cpu")
    plain = np.full((160, 160, 3), 90, np.uint8)
    changed = plain.copy()
    changed[:, :30] = np.random.default_rng(0).integers(0, 255, (160, 30, 3))
    one, other = model.embed([model.prepare(Image.fromarray(p)) for p in (plain, changed)]).reshape(2, 4, -1)
    apart = np.abs(one - other).max(axis=1)
    assert apart[0] > 0.01 and apart[3] < 1e-5


def test_what_follows_a_layer_is_not_computed() -> None:
    network = torch.nn.Sequential(
        torch.nn.Conv2d(3, 4, 3), torch.nn.Conv2d(4, 5, 3), torch.nn.Conv2d(99, 1, 1)
    )
    assert LayerMap(network, "1")(torch.zeros(1, 3, 9, 9)).shape == (1, 5, 5, 5)
    assert not network[1]._forward_hooks


@pytest.mark.parametrize(
    ("model", "options", "reason"),
    [
        ("timm:test_vit", {"layer": "block.3"}, r"has no layer block\.3; the nearest names are: blocks\.3"),
        ("timm:test_vit", {"grid": "3x3"}, r"a grid needs a layer of the network: .*norm"),
        ("timm:test_vit", {"layer": "head"}, "the layer head does not give a map"),
        (
            "timm:test_vit",
            {"layer": "blocks.3", "grid": "20x20"},
            "10 x 10 places, which are too few for 20 x 20",
        ),
        ("timm:test_vot", {}, "timm has no model test_vot; the nearest names are: test_vit"),
        (
            "torchvision:resnet18",
            {"layer": "layer4", "grid": "5x5"},
            "512 numbers are 12,800 dimensions, .* or keep at most 160 channels",
        ),
        ("open_clip:ViT-B-32-quickgelu:openai", {"layer": "resblocks.5"}, r"transformer\.resblocks\.5"),
    ],
)
def test_what_is_not_a_grid(model: str, options: dict, reason: str) -> None:
    with pytest.raises(SpaceError, match=reason):
        make_spec(model, "random:0", **options)


@pytest.mark.parametrize("model", ["test_vit.r160_in1k", "test_resnet.r160_in1k"])
def test_a_file_of_timm_with_its_classifier_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: str
) -> None:
    import timm

    monkeypatch.setenv("COINSTORE_HOME", str(tmp_path / "home"))
    torch.manual_seed(3)
    network = timm.create_model(model, pretrained=False).eval()
    torch.save(network.state_dict(), tmp_path / "published.pth")
    weights.add("mine", tmp_path / "published.pth")
    ours = embedder(make_spec(f"timm:{model}", "mine"), "cpu")
    prepared = [ours.prepare(picture) for picture in PICTURES]
    network.reset_classifier(0)
    with torch.inference_mode():
        theirs = torch.nn.functional.normalize(network(ours._pixels(prepared))).numpy()
    assert np.abs(ours.embed(prepared) - theirs).max() < 1e-5
    smaller = embedder(make_spec(f"timm:{model}", "mine", side_px=96), "cpu")  # positions fitted to its size
    assert smaller.embed([smaller.prepare(PICTURES[0])]).shape == (1, ours.spec.dims)

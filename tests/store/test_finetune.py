"""Fine-tuning: a space and a classifier together, reproducible bit for bit; no coin is mirrored."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw
from sqlalchemy import Engine, text
from stores import Once

from coinstore.classify.examples import ClassifierRequest, Examples, check_spaces
from coinstore.classify.run import Classified, ClassifierTrial, Fold
from coinstore.db import call
from coinstore.errors import SpaceError
from coinstore.images.examine import examine_images
from coinstore.models.registry import embedder, make_spec, preset
from coinstore.records.coin import Coin
from coinstore.records.load import load
from coinstore.search.queries import Outside, vector_of
from coinstore.spaces import embed
from coinstore.spaces.catalogue import add_space
from coinstore.spaces.claims import Plan

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

from coinstore.classify.tuned import FinetuneRequest, finetune_space, split_groups  # noqa: E402
from coinstore.models.gridded import Gridded  # noqa: E402
from coinstore.models.torchvision_models import build, headless  # noqa: E402
from coinstore.models.trunks import last_blocks, trunk_of  # noqa: E402
from coinstore.models.tuned import tuned  # noqa: E402
from coinstore.models.tuning import Tuner, Tuning, TuningEpoch, TuningTask, _batches, varied  # noqa: E402

N = 60
TUNING = Tuning(epochs=3, batch_size=8, learning_rate=3e-3, device="cpu")


def photograph(folder: Path, n: int) -> str:
    """A disc in one of two tones by the coin's kind, on the museum's own background."""
    image = Image.new("RGB", (40, 40), (40 * (n // 2 % 3) + 20,) * 3)
    ImageDraw.Draw(image).ellipse((6, 6, 33, 33), fill=(230, 40, 40) if n % 2 else (40, 40, 230))
    ImageDraw.Draw(image).line((10 + n % 7, 10, 30, 30 - n % 5), fill=(0, n, 0), width=2)
    path = folder / f"{n}.png"
    image.save(path)
    return str(path)


@pytest.fixture
def coins(store: Engine, once: Once) -> Engine:
    """Red and blue coins of three museums, and a small base space.

    The portrait of every eleventh coin is not known; one coin has no photograph.
    """

    def fill(folder: Path) -> None:
        made = [
            Coin(
                f"row {n}",
                {"n": n},
                f"M {n // 2 % 3}",
                f"{n:02}",
                fields={"portrait": ["Blue", "Red"][n % 2] if n % 11 else None},
                sides={"obverse": {"image": photograph(folder, n)} if n != 7 else {"legend": "X"}},
            )
            for n in range(N)
        ]
        list(load(store, "/a", made))
        list(examine_images(store))
        add_space(store, "base", make_spec("torchvision:resnet18", "random:0", side_px=32))

    once(fill)
    return store


def run(
    store: Engine, name: str = "reds", tuning: Tuning = TUNING, **trial
) -> tuple[list[TuningEpoch], Classified]:
    steps = list(
        finetune_space(store, FinetuneRequest("portrait", name, "base"), tuning, ClassifierTrial(**trial))
    )
    assert isinstance(steps[-2], Fold) and len(steps[-2].groups) == 1
    return steps[:-2], steps[-1]


def test_a_space_and_a_classifier_with_their_history(coins: Engine) -> None:
    epochs, done = run(coins, min_certainty=0.5)
    assert 1 <= len(epochs) <= 3 and epochs[0].is_best
    assert (
        done.figures["coins"] == pytest.approx(N / 3 * 10 / 11, abs=2) and done.figures["without_vector"] == 1
    )
    assert not done.trained and not done.leaked
    [stored] = call.look(coins, "api.classifiers")
    assert (stored["model"], stored["spaces"], stored["face"]) == ("finetuned", ["reds"], "obverse")
    assert [row["number"] for row in stored["history"]] == [epoch.number for epoch in epochs]
    assert stored["recipe"]["options"]["tuning"]["seed"] == 0
    [network] = call.look(coins, "part.networks")
    assert network["network_sha256"] == stored["recipe"]["options"]["network_sha256"]
    # Only the trained part is kept.
    with coins.begin() as c:
        size = c.execute(text("select length(body) from core.network")).scalar_one()
    assert size < 0.5 * sum(p.numel() * 4 for p in build("resnet18", 0).parameters())
    assert done.proposed + done.abstained == 6


def test_it_is_filled_like_any_space_and_has_seen_its_label(coins: Engine) -> None:
    run(coins)
    assert sum(batch.done for batch in embed.embed_sides(coins, "reds", Plan(batch_size=16))) == N - 1
    with coins.begin() as c:
        rows = c.execute(
            text(
                "select embedding::real[] as e, image_location from core.embedding_reds join core.side using (side_id) order by side_id limit 3"
            )
        ).all()
    outside = vector_of(coins, Outside(image=rows[0].image_location), "reds")
    assert np.dot(outside, rows[0].e) / np.linalg.norm(rows[0].e) > 0.999
    with pytest.raises(SpaceError, match=r"reds has seen portrait"):
        check_spaces(coins, ClassifierRequest("portrait", ("reds",)))
    assert check_spaces(coins, ClassifierRequest("mint", ("reds",))).leaked is False


def test_the_seed_decides_every_bit(coins: Engine) -> None:
    epochs, done = run(coins, "one", proposes=False)
    again, same = run(coins, "two", proposes=False)
    other, _ = run(coins, "three", Tuning(epochs=3, batch_size=8, seed=1, device="cpu"), proposes=False)
    assert [(e.training_loss, e.stopping_loss) for e in epochs] == [
        (e.training_loss, e.stopping_loss) for e in again
    ]
    assert done.figures == same.figures
    shas = {row["space"]: row["network_sha256"] for row in call.look(coins, "part.networks")}
    assert shas["one"] == shas["two"] != shas["three"]
    assert epochs[0].training_loss != other[0].training_loss


def test_it_learns_and_stops_early(coins: Engine) -> None:
    epochs, done = run(
        coins, tuning=Tuning(epochs=12, patience=2, batch_size=8, learning_rate=3e-3, device="cpu")
    )
    assert min(e.stopping_loss for e in epochs) < epochs[0].stopping_loss or len(epochs) == 3
    assert done.figures["accuracy"] > 0.8 > done.figures["majority_accuracy"]
    best = max((e for e in epochs if e.is_best), key=lambda e: e.number)
    assert len(epochs) == 12 or len(epochs) - best.number == 2


def test_mistakes_leave_nothing_behind(coins: Engine) -> None:
    for wanted, why in (
        (FinetuneRequest("portrait", "base", "base"), "there is a space base already"),
        (FinetuneRequest("portrait", "x", "hog"), "is not a network of torchvision"),
        (FinetuneRequest("portrait", "x", "resnet18", "nothing"), "no weights nothing"),
        (FinetuneRequest("portrait", "x", "nonsense", "random:0"), "torchvision has no model"),
        (FinetuneRequest("mint", "x", "base"), "nothing to learn from"),
        (
            FinetuneRequest("portrait", "x", "base", face="reverse"),
            "has a vector .reverse. in the photographs",
        ),
        (FinetuneRequest("portrait", "Überraum", "base"), "is not a name for a space"),
    ):
        with pytest.raises(SpaceError, match=why):
            list(finetune_space(coins, wanted, Tuning(epochs=1, device="cpu"), ClassifierTrial()))
    assert [row["space"] for row in call.look(coins, "part.space_names")] == ["base"]
    assert not call.look(coins, "api.classifiers")


def test_no_coin_is_mirrored_and_no_variation_is_wild() -> None:
    pixels = torch.zeros(64, 3, 48, 48)
    pixels[:, :, :, :16] = 1.0  # light on the left
    pixels[:, 0, 32:, 20:40] = 0.7
    seen = varied(pixels, torch.Generator().manual_seed(0))
    assert seen.shape == pixels.shape and float(seen.min()) >= 0 and float(seen.max()) <= 1
    assert bool(
        (seen[:, 1, 16:32, :12].mean(dim=(1, 2)) > seen[:, 1, 16:32, 36:].mean(dim=(1, 2)) + 0.3).all()
    )
    assert torch.equal(seen, varied(pixels, torch.Generator().manual_seed(0)))
    assert not torch.equal(seen[0], seen[1])


@pytest.mark.parametrize("model", ["resnet18", "mobilenet_v3_small", "convnext_tiny"])
def test_only_the_last_block_is_trained(model: str) -> None:
    spec = make_spec(f"torchvision:{model}", "random:0", side_px=64)
    network = tuned(spec, 3, 0)
    parts = {name for name, part in network.named_parameters() if part.requires_grad}
    everything = sum(part.numel() for part in network.parameters())
    assert parts and sum(p.numel() for p in network.parameters() if p.requires_grad) < 0.7 * everything
    body = network.body()
    other = tuned(spec, 3, 5)
    assert body == network.body() != other.body()
    assert other.restore(body).body() == body
    with pytest.raises(SpaceError, match="belongs to another network"):
        tuned(spec, 4, 0).restore(body)


def test_a_network_without_a_last_block_is_refused() -> None:
    with pytest.raises(SpaceError, match="no last block"):
        last_blocks(headless(build("vit_b_16", 0), "vit_b_16"))


def test_where_nothing_could_end_the_training_it_does_not_begin() -> None:
    """Each group has a value that no other has, so the values that decide when to stop were never learned."""
    groups = np.repeat(np.arange(5), 8)
    found = Examples([*range(40)], [], list("abcde"), groups.copy(), groups, list("ABCDE"), 0, [], 0)
    with pytest.raises(SpaceError, match="kept aside to end the training have none of the values"):
        split_groups(found, np.ones(40, bool), 0)


def picture(seed: int, side_px: int) -> np.ndarray:
    noise = np.random.default_rng(seed).integers(0, 255, (7, 7), np.uint8)
    return np.asarray(Image.fromarray(noise).resize((side_px, side_px), Image.Resampling.BICUBIC))


GRIDDED = [
    ("lite:efficientnet_lite0", "random:0", "block 5"),
    ("torchvision:resnet18", "random:0", "layer2"),
    ("timm:vit_tiny_patch16_224", "random:0", "blocks.3"),
]


@pytest.mark.parametrize(("model", "weights", "layer"), GRIDDED)
@pytest.mark.parametrize("more", [{}, {"cells": "plain", "channels": 16}])
def test_a_grid_is_trained_as_it_is_embedded(model: str, weights: str, layer: str, more: dict) -> None:
    spec = make_spec(model, weights, layer=layer, grid="3x3", margin=1, colour="grey", **more)
    shown = [picture(n, spec.side_px) for n in range(3)]
    expected = embedder(spec, "cpu").embed(shown)
    tuner = Tuner(tuned(spec, 2, 0), spec, TUNING)
    made = tuner.vectors(lambda places: np.stack([shown[n] for n in places]), np.arange(3))
    assert made == pytest.approx(expected, abs=1e-4)
    # Every part that is trained has a part in the vectors.
    pixels = tuner._input(np.stack(shown))
    tuner.network.trunk(pixels).square().mul(torch.arange(spec.dims)).sum().backward()
    trained = [p for p in tuner.network.block.parameters() if p.requires_grad]
    assert trained and all(p.grad is not None for p in trained)
    assert not any(p.grad is not None for p in tuner.network.parameters() if not p.requires_grad)


def test_the_last_blocks_are_up_to_three_and_not_nearly_all() -> None:
    eye = trunk_of(preset("eye"))
    assert isinstance(eye, Gridded)
    found = last_blocks(eye)
    assert 1 < len(found) <= 3 and found[-1] is eye.maps.blocks[-1]
    assert last_blocks(eye, 3) == list(eye.maps.blocks)[-3:]


def test_the_contrast_begins_on_half_whitened_axes_without_what_all_have_in_common() -> None:
    spec = make_spec("torchvision:resnet18", "random:0", side_px=32)
    shown = np.random.default_rng(0).integers(0, 255, (40, 32, 32, 3), np.uint8)
    groups, places = np.arange(40) % 3, np.arange(40)
    task = TuningTask(lambda some: shown[some], places % 2, groups, places, places[:1], 2)
    tuner = Tuner(tuned(spec, 2, 0), spec, TUNING)
    rows = tuner.vectors(task.pixels, places)
    layer = tuner._first_projection(task, torch.Generator().manual_seed(0))
    made = layer(torch.from_numpy(rows)).detach().numpy()
    assert made.shape == (40, 37) and np.abs(made.mean(axis=0)).max() < 1e-3 * made.std()
    apart, inside = (
        all_ - np.stack([all_[groups == g].mean(axis=0) for g in groups]) for all_ in (rows, made)
    )
    products, lengths = inside.T @ inside, np.linalg.svd(apart, compute_uv=False)[:37]
    assert np.diag(products) / lengths == pytest.approx(np.full(37, products[0, 0] / lengths[0]), rel=1e-2)
    assert np.abs(products - np.diag(np.diag(products))).max() < 1e-2 * products[0, 0]


def test_batches_are_balanced_between_museums() -> None:
    groups = np.repeat([0, 1], [900, 100])
    task = TuningTask(lambda _: None, np.zeros(1000, np.int64), groups, np.arange(1000), np.arange(1), 2)
    drawn = np.concatenate([*_batches(task, 32, torch.Generator().manual_seed(0))])
    assert len(drawn) == 1000
    assert (groups[drawn] == 1).mean() == pytest.approx(10 / (10 + 30), abs=0.05)


def test_eye_learns_and_is_measured_across_museums(coins: Engine) -> None:
    request = FinetuneRequest("portrait", "eyes", "eye")
    *_, done = finetune_space(
        coins, request, Tuning(epochs=1, batch_size=16, device="cpu"), ClassifierTrial()
    )
    before, after = done.figures["agreement_before"], done.figures["agreement"]
    assert before["queries"] == after["queries"] == done.figures["coins"]
    assert 0 <= before["value"] <= 1 and 0.3 < after["chance"] < 0.7
    with coins.begin() as c:
        learnt = set(c.execute(text("select coin_id from core.learnt")).scalars())
        assert len(learnt) == done.figures["learned"] + done.figures["stopping"]
        seen = call.value(c, "job.has_seen_of_others", space="eyes", label="portrait")
    assert seen is False
    assert sum(batch.done for batch in embed.embed_sides(coins, "eyes", Plan(batch_size=16, limit=8))) == 8

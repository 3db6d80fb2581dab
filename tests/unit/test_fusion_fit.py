"""The fusion of image and text: unit rows, sides with only one of them, no collapse, the same bits for a seed."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coinstore.errors import SpaceError
from coinstore.models.fusion import Fitting, Fusion

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
from coinstore.models import fusion_fit  # noqa: E402
from coinstore.models.fusion_fit import FusionEpoch, FusionExamples, fit  # noqa: E402
from coinstore.models.fusion_losses import Pairs, Sides, supervised_contrastive  # noqa: E402

SIDES, TYPES, DIMS = 600, 30, 64
QUICK = Fitting(epochs=3, hidden=32, dims=16)


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Such small networks are fitted ten times slower when threads wait for each other on a busy machine."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


class Made:
    """Sides as CLIP sees them: 30 sentences, a few of them frequent, at cosines of 0.97 to 0.998 to each
    other, pictures at 0.62 to 0.92, both from one hidden meaning; every tenth side is held out."""

    def __init__(self, seed=0, count=SIDES, meaning=0.8):
        rng = np.random.default_rng(seed)
        gods, types = rng.normal(size=(8, 16)), rng.integers(0, 8, TYPES)
        meanings = unit(gods[types] + 0.5 * rng.normal(size=(TYPES, 16)))
        frequency = 1 / np.arange(1, TYPES + 1)
        self.type = rng.choice(TYPES, count, p=frequency / frequency.sum())
        to_text, to_image = (rng.normal(size=(16, DIMS)) / 8 for _ in range(2))
        common, common_image = unit(rng.normal(size=(2, DIMS)))
        own = unit(rng.normal(size=(count, 16))) @ to_image + unit(rng.normal(size=(count, DIMS)))
        self.text = unit(8 * common + meanings[self.type] @ to_text)
        self.image = unit(2 * common_image + meaning * meanings[self.type] @ to_image + 0.5 * own)
        self.sentences = [f"type {one}" for one in self.type]
        self.held_out = np.arange(count) % 6 == 0

    def examples(self, **changed):
        values = {
            "image": self.image,
            "text": self.text,
            "sentences": self.sentences,
            "held_out": self.held_out,
        }
        return FusionExamples(**{**values, **changed})

    def views(self, fusion):
        """Whole, only image and only text of the sides that were held out, and their types."""
        image, text = self.image[self.held_out], self.text[self.held_out]
        views = fusion.embed(image, text), fusion.embed(image, none(text)), fusion.embed(none(image), text)
        return *views, self.type[self.held_out]


def none(rows):
    return np.full_like(rows, np.nan)


def fitted(examples: FusionExamples, fitting: Fitting) -> tuple[Fusion, list[FusionEpoch]]:
    epochs = []
    steps = fit(examples, fitting)
    while True:
        try:
            epochs.append(next(steps))
        except StopIteration as end:
            return end.value, epochs


def nearer(these, those):
    """How often a value of the first is above one of the second: 0.5 is chance."""
    return (these[:, None] > those[None, :]).mean()


def alike(first, second, types):
    """The cosines of the sides of one type, and of two types; no side with itself."""
    cosines, same = first @ second.T, types[:, None] == types[None, :]
    return cosines[same & ~np.eye(len(same), dtype=bool)], cosines[~same]


MADE = Made()


@pytest.fixture(scope="module", params=["pairs", "contrastive"])
def run(request: pytest.FixtureRequest) -> tuple[Fusion, list[FusionEpoch]]:
    return fitted(MADE.examples(labels=MADE.sentences), Fitting(objective=request.param, epochs=40))


def test_the_made_sides_are_as_alike_as_they_should_be():
    for rows, low in ((MADE.text, 0.97), (MADE.image, 0.6)):
        same, different = alike(rows, rows, MADE.type)
        assert low < np.percentile(different, 1) < np.percentile(same, 50)


def test_unit_rows_of_the_promised_length(run):
    for view in MADE.views(run[0])[:3]:
        assert view.shape == (MADE.held_out.sum(), run[0].dims)
        assert view.dtype == np.float32
        assert np.allclose(np.linalg.norm(view, axis=1), 1, atol=1e-5)


def test_no_side_gives_no_row_and_a_side_of_nothing_gives_nan(run):
    nothing = np.zeros((0, DIMS), np.float32)
    assert run[0].embed(nothing, nothing).shape == (0, run[0].dims)
    found = run[0].embed(MADE.image[:3] * [[1], [np.nan], [1]], none(MADE.text[:3]))
    assert np.isnan(found).all(axis=1).tolist() == [False, True, False]


def test_a_vector_is_the_same_in_any_batch(run):
    alone = [run[0].embed(MADE.image[i : i + 1], MADE.text[i : i + 1]) for i in range(20)]
    assert np.allclose(np.concatenate(alone), run[0].embed(MADE.image, MADE.text)[:20], atol=1e-5)


def test_a_side_without_text_lies_near_itself_with_text(run):
    whole, image, text, types = MADE.views(run[0])
    others = ~np.eye(len(types), dtype=bool)
    for alone in (image, text):
        assert nearer((alone * whole).sum(axis=1), (alone @ whole.T)[others]) > 0.9
    assert nearer(*alike(image, text, types)) > 0.9


def test_nothing_collapses(run):
    for view in MADE.views(run[0])[:2]:
        cosines = (view @ view.T)[np.triu_indices(len(view), 1)]
        assert np.percentile(cosines, 1) < 0
        assert np.percentile(cosines, 50) < 0.5


def test_sides_of_one_sentence_or_label_come_together(run):
    whole, image, _, types = MADE.views(run[0])
    assert nearer(*alike(whole, whole, types)) > 0.95
    assert nearer(*alike(image, image, types)) > 0.8


def test_losses_fall_and_the_best_is_marked(run):
    epochs = run[1]
    assert [epoch.number for epoch in epochs] == list(range(1, len(epochs) + 1))
    best = [epoch.held_out_loss for epoch in epochs if epoch.is_best]
    assert best == sorted(best, reverse=True)
    assert best[-1] == min(epoch.held_out_loss for epoch in epochs)
    assert best[-1] < 0.9 * epochs[0].held_out_loss
    assert epochs[-1].training_loss < 0.9 * epochs[0].training_loss
    assert all(epoch.elapsed_s > 0 for epoch in epochs)


def test_numpy_gives_what_torch_gives(run):
    fusion = run[0]
    sides = [
        (MADE.image - fusion.image.mean) * fusion.image.scale,
        (MADE.text - fusion.text.mean) * fusion.text.scale,
    ]
    sides[1][::3] = 0
    with torch.inference_mode():
        layers = [torch.from_numpy(layer) for layer in (fusion.hidden, fusion.hidden_bias)]
        between = torch.relu(torch.nn.functional.linear(torch.from_numpy(np.hstack(sides)), *layers))
        layers = [torch.from_numpy(layer) for layer in (fusion.output, fusion.output_bias)]
        theirs = torch.nn.functional.normalize(torch.nn.functional.linear(between, *layers)).numpy()
    text = MADE.text.copy()
    text[::3] = np.nan
    assert np.abs(fusion.embed(MADE.image, text) - theirs).max() < 1e-5


def test_the_same_fitting_gives_the_same_bits_and_leaves_the_generator_alone():
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    examples = MADE.examples(labels=MADE.sentences, held_out=None)
    for objective in ("pairs", "contrastive"):
        fitting = replace(QUICK, objective=objective)
        first, again, other = (
            fitted(examples, one)[0].to_bytes() for one in (fitting, fitting, replace(fitting, seed=1))
        )
        assert first == again
        assert first != other
    assert torch.equal(torch.rand(3), expected)


def test_it_stops_early_and_returns_the_best_epoch():
    fitting = replace(QUICK, epochs=60, patience=2, learning_rate=0.03)
    fusion, epochs = fitted(MADE.examples(), fitting)
    best = max(epoch.number for epoch in epochs if epoch.is_best)
    assert epochs[-1].number == best + 2 < 60
    assert fusion.to_bytes() == fitted(MADE.examples(), replace(fitting, epochs=best))[0].to_bytes()


@pytest.mark.parametrize("objective", ["pairs", "contrastive"])
@pytest.mark.parametrize("balance", [0.0, 1.0])
def test_a_balance_of_0_or_1_leaves_one_modality_out(objective, balance):
    examples = MADE.examples(labels=MADE.sentences)
    fusion, _ = fitted(examples, replace(QUICK, objective=objective, balance=balance, epochs=6))
    whole, image, text, types = MADE.views(fusion)
    heard, unheard = (image, text) if balance else (text, image)
    assert np.array_equal(whole, heard)
    assert np.isnan(unheard).all()
    assert nearer(*alike(whole, whole, types)) > 0.8


def test_the_balance_keeps_the_sides_of_one_sentence_apart():
    found = []
    for balance in (0.2, 0.5, 0.8):
        fusion, _ = fitted(MADE.examples(), Fitting(balance=balance, epochs=25, hidden=64, dims=32))
        whole, image, _, types = MADE.views(fusion)
        found.append(nearer((image * whole).sum(axis=1), alike(image, whole, types)[0]))
    assert found == sorted(found)
    assert found[0] + 0.1 < found[2] > 0.9


def test_labels_find_each_other_in_collections_that_were_not_learned_from():
    made = Made(seed=1, meaning=0.35)
    collection = np.arange(SIDES) % 4
    light = unit(np.random.default_rng(2).normal(size=(4, DIMS)))[collection]
    made.image, made.held_out = unit(made.image + 0.1 * light), collection == 3
    examples = made.examples(labels=made.sentences)
    fusion, _ = fitted(examples, Fitting(objective="contrastive", epochs=20))
    whole, image, _, types = made.views(fusion)
    before = nearer(*alike(made.image[made.held_out], made.image[made.held_out], types))
    assert nearer(*alike(image, image, types)) > before + 0.05
    assert nearer(*alike(whole, whole, types)) > 0.97


def test_sides_that_have_one_modality_take_part_when_they_have_a_sentence():
    image, text = (np.concatenate([rows, rows[:50]]) for rows in (MADE.image, MADE.text))
    text[SIDES:] = np.nan
    held_out = np.concatenate([MADE.held_out, np.zeros(50, bool)])

    def with_sentences(more):
        examples = FusionExamples(image, text, [*MADE.sentences, *more], held_out=held_out)
        return fitted(examples, QUICK)[0].to_bytes()

    without = fitted(MADE.examples(), QUICK)[0].to_bytes()
    assert with_sentences([None] * 50) == without
    assert with_sentences(MADE.sentences[:50]) != without


def test_the_means_are_of_the_sides_that_are_learned_from():
    fusion, _ = fitted(MADE.examples(), replace(QUICK, balance=0.8))
    for modality, rows, share in ((fusion.image, MADE.image, 0.8), (fusion.text, MADE.text, 0.2)):
        learned = rows[~MADE.held_out]
        assert np.allclose(modality.mean, learned.mean(axis=0), atol=1e-6)
        assert np.square(modality.entering(learned)).sum(axis=1).mean() == pytest.approx(2 * share, rel=1e-4)


@settings(max_examples=50)
@given(st.lists(st.integers(0, 3), min_size=2, max_size=12).filter(lambda codes: len(set(codes)) > 1))
def test_equal_sentences_are_never_a_pair_and_all_others_are(codes):
    codes = np.array(codes)
    rows = np.arange(len(codes))
    pairs = Pairs(
        Sides(torch.zeros(len(codes), 2), 1, np.ones(len(codes), bool), codes), rows, QUICK, "sides"
    )
    asked = np.repeat(rows, 400)
    drawn = pairs.others(asked, np.random.default_rng(0))
    assert (codes[drawn] != codes[asked]).all()
    allowed = codes[:, None] != codes[None, :]
    assert set(zip(asked.tolist(), drawn.tolist(), strict=True)) == set(
        map(tuple, np.argwhere(allowed).tolist())
    )


def test_the_contrastive_loss_is_the_paper_s():
    rng = np.random.default_rng(0)
    vectors, labels = unit(rng.normal(size=(12, 5))), [0, 0, 0, 1, 1, 2, 2, 2, 2, 3, 4, 4]

    def each() -> Iterator[float]:
        for i, label in enumerate(labels):
            others = [j for j in range(12) if j != i]
            whole = sum(np.exp(vectors[i] @ vectors[j] / 0.2) for j in others)
            own = [
                np.log(np.exp(vectors[i] @ vectors[j] / 0.2) / whole) for j in others if labels[j] == label
            ]
            if own:
                yield -np.mean(own)

    theirs = supervised_contrastive(torch.from_numpy(vectors), torch.tensor(labels), 0.2)
    assert theirs.item() == pytest.approx(np.mean(list(each())), rel=1e-5)
    assert supervised_contrastive(torch.from_numpy(vectors[:1]), torch.tensor([0]), 0.2).item() == 0


CONTRASTIVE = replace(QUICK, objective="contrastive")
ONE_HELD_OUT = np.arange(SIDES) == 0
FEW = np.where(np.arange(SIDES)[:, None] % 72 == 1, MADE.text, np.nan).astype(np.float32)


@pytest.mark.parametrize(
    ("changed", "fitting", "reason"),
    [
        ({"text": FEW}, QUICK, "9 sides to learn from have image and text; 10 are needed"),
        ({"sentences": ["one"] * SIDES}, QUICK, "at least two different sentences; there is one"),
        ({"sentences": [None] * SIDES}, QUICK, "at least two different sentences; there is none"),
        (
            {"sentences": ["one"] + ["two"] * (SIDES - 1)},
            QUICK,
            "the sides to learn from all have the same sentence",
        ),
        ({"held_out": ONE_HELD_OUT}, QUICK, "the held-out sides all have the same sentence"),
        (
            {"text": np.where(MADE.held_out[:, None], np.nan, MADE.text)},
            QUICK,
            "none of the held-out sides has image",
        ),
        ({"text": np.repeat(MADE.text[:1], SIDES, axis=0)}, QUICK, "the text vectors of .* are all alike"),
        ({"held_out": np.ones(SIDES, bool)}, QUICK, "every usable side is held out"),
        ({"held_out": np.zeros(SIDES, bool)}, QUICK, "no usable side is held out"),
        ({}, CONTRASTIVE, "the contrastive objective needs labels"),
        ({"labels": ["one"] * SIDES}, CONTRASTIVE, "at least two different labels; there is one"),
        (
            {"labels": MADE.sentences, "held_out": ONE_HELD_OUT},
            CONTRASTIVE,
            "the held-out sides have fewer than two",
        ),
        (
            {"labels": list(map(str, range(SIDES)))},
            replace(CONTRASTIVE, balance=1),
            "no two of the sides to learn",
        ),
        ({"labels": ["one"]}, CONTRASTIVE, r"different numbers of rows: \[600, 600, 600, 1, 600\]"),
        ({"image": MADE.image[0]}, QUICK, "need two axes"),
    ],
)
def test_what_cannot_be_fitted_is_said_before_the_first_epoch(changed, fitting, reason):
    with pytest.raises(SpaceError, match=reason):
        fit(MADE.examples(**changed), fitting)


def test_a_fitting_that_runs_away_is_an_error(monkeypatch):
    monkeypatch.setattr(fusion_fit, "_measure", lambda *_: float("nan"))
    with pytest.raises(SpaceError, match="no epoch had a held-out loss that is a number"):
        fitted(MADE.examples(), replace(QUICK, patience=2))

"""Classification by fine-tuning: a network learns a label; its space and a classifier are stored together."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax
from sqlalchemy import Engine

from ..db import call
from ..db.translate import translated
from ..errors import SpaceError
from ..spaces import finetune
from ..spaces.agreement import Agreement, Lessons, agreement_of
from ..spaces.catalogue import refuse_taken
from ..spaces.folds import held_out_folds
from .calibrate import fit_platt
from .examples import ClassifierRequest, Examples, Group, read_examples
from .measure import HeldOut, figures_of_classifier
from .run import Classified, ClassifierTrial, Fold, store_classifier

if TYPE_CHECKING:
    from ..models.spec import PictureSpec
    from ..models.tuned import Tuned
    from ..models.tuning import Tuner, Tuning, TuningEpoch
    from ..spaces.finetune import Pictures

Positions = NDArray[np.int64]
STOPPING = 0.15


@dataclass(frozen=True, slots=True)
class FinetuneRequest:
    """What to fine-tune: the last blocks of `model` learn `label` from one face, in a new space `name`."""

    label: str
    name: str
    model: str
    weights: str | None = None
    face: Literal["obverse", "reverse"] = "obverse"
    group: Group = "collection"
    limit: int = 50_000


@dataclass(frozen=True, slots=True)
class Split:
    """Positions of coins: learned from, used for early stopping, and held out for the figures."""

    learned: Positions
    stopping: Positions
    held_out: Positions


@dataclass(frozen=True, slots=True)
class Trained:
    """A trained network, its history, and its predictions."""

    network: Tuned
    history: list[TuningEpoch]
    split: Split
    held: HeldOut
    batch: list[dict[str, Any]]
    agreements: dict[str, Agreement]


def finetune_space(
    engine: Engine, request: FinetuneRequest, tuning: Tuning, trial: ClassifierTrial
) -> Iterator[TuningEpoch | Fold | Classified]:
    """Yields each epoch, then the groups that were held out, and at the end the stored classifier and space.

    The space has no vectors yet: `embed` fills it like any other. A run that is killed leaves nothing
    behind. Raises SpaceError if the name is taken, the model has no weights here, or there is too little
    to learn from.
    """
    refuse_taken(engine, request.name)
    base = finetune.base_spec(engine, request.model, request.weights)
    proposable = bool(call.run(engine, "job.can_propose", label=request.label))
    proposes = trial.proposes and proposable
    examples, shown = _read(engine, request, tuning.seed, proposes)
    with finetune.prepared(engine, shown, base) as pictures:
        trained = yield from _train(pictures, examples, base, tuning)
    figures = figures_of_classifier(trained.held, trial.min_certainty) | _counts(examples, trained.split)
    figures |= {name: asdict(agreement) for name, agreement in trained.agreements.items()}
    names = tuple(examples.group_names[group] for group in np.unique(examples.groups[trained.split.held_out]))
    yield Fold(1, names, figures["coins"], figures["accuracy"])
    how = _learned_from(request, tuning, examples, trained.split)
    spec, body = finetune.tuned_spec(base, trained.network, how)
    record = _record(request, trial, spec) | {
        "figures": figures,
        "history": [asdict(one) for one in trained.history],
    }
    sure = [row for row in trained.batch if row["certainty"] >= trial.min_certainty]
    with translated(), engine.begin() as connection:
        finetune.add_tuned(connection, request.name, spec, body, trained.history)
        learnt = [examples.keys[n] for n in (*trained.split.learned, *trained.split.stopping)]
        call.value(connection, "job.note_learnt", space=request.name, coins=learnt)
        classifier, stored = store_classifier(connection, record, trained.held, sure if proposes else None)
    without = examples.lacking_without_vector + len(examples.lacking) - len(trained.batch)
    rest = len(trained.batch) - len(sure), len(sure) - stored, without
    yield Classified(classifier, figures, stored, *rest, proposable, False, spec.trained)


def _read(engine: Engine, request: FinetuneRequest, seed: int, proposes: bool) -> tuple[Examples, list[int]]:
    """The coins, and the side of each that is shown to the network."""
    of = ClassifierRequest(request.label, (), request.face, request.group, request.limit)
    with translated(), engine.begin() as connection:
        examples, sides = read_examples(connection, of, seed)
    if not proposes:
        examples = replace(examples, lacking=[])
    return examples, [sides[key][0] for key in [*examples.keys, *examples.lacking]]


def _train(
    pictures: Pictures, examples: Examples, base: PictureSpec, tuning: Tuning
) -> Generator[TuningEpoch, None, Trained]:
    from ..models.tuned import tuned
    from ..models.tuning import Tuner, TuningTask

    count, history = len(examples.keys), list[Any]()
    split = split_groups(examples, pictures.there[:count], tuning.seed)
    tuner = Tuner(tuned(base, len(examples.values), tuning.seed), base, tuning)
    task = TuningTask(
        pictures.take, examples.codes, examples.groups, split.learned, split.stopping, len(examples.values)
    )
    before = _agreement(tuner, pictures, examples, split)
    for epoch in tuner.train(task):
        history.append(epoch)
        yield epoch
    if not any(epoch.is_best for epoch in history):
        raise SpaceError(
            "the loss of no epoch was a number; fine-tune again with a lower learning_rate in --config."
        )
    # The coins that stopped the training calibrate it; the figures are of coins that had no part in either.
    codes, raw = _likeliest(tuner.scores(pictures.take, split.stopping))
    first = fit_platt(raw, codes == examples.codes[split.stopping])
    codes, raw = _likeliest(tuner.scores(pictures.take, split.held_out))
    truth = examples.codes[split.held_out]
    learnable = np.isin(truth, examples.codes[split.learned])
    held = HeldOut(examples.values, truth, codes, raw, first.apply(raw), learnable)
    final = fit_platt(raw, codes == truth)
    there = np.flatnonzero(pictures.there[count:])
    codes, raw = _likeliest(tuner.scores(pictures.take, there + count))
    batch = [
        {"coin_id": examples.lacking[place], "value": examples.values[code], "certainty": float(sure)}
        for place, code, sure in zip(there, codes, final.apply(raw), strict=True)
    ]
    after = _agreement(tuner, pictures, examples, split)
    agreements = {"agreement_before": before, "agreement": after} if before and after else {}
    return Trained(tuner.network, history, split, held, batch, agreements)


def _agreement(tuner: Tuner, pictures: Pictures, examples: Examples, split: Split) -> Agreement | None:
    """How often the nearest coin of another group has the value of a coin that was held out."""
    used = np.concatenate([split.held_out, split.learned, split.stopping])
    rows = tuner.vectors(pictures.take, used)
    lessons = Lessons(rows, examples.codes[used], examples.groups[used], np.zeros(len(used), np.int64))
    return agreement_of(lessons, np.arange(len(split.held_out)))


def _likeliest(scores: NDArray[np.float32]) -> tuple[Positions, NDArray[np.float64]]:
    """The likeliest value for each row of scores, and its probability before calibration."""
    said = softmax(scores.astype(np.float64), axis=1)
    codes = said.argmax(axis=1)
    return codes, said[np.arange(len(said)), codes]


def _counts(examples: Examples, split: Split) -> dict[str, Any]:
    return {
        "groups": len(np.unique(examples.groups[split.held_out])),
        "without_group": int((examples.groups < 0).sum()),
        "without_vector": examples.without_vector
        + len(examples.keys)
        - sum(len(part) for part in (split.learned, split.stopping, split.held_out)),
        "learned": len(split.learned),
        "stopping": len(split.stopping),
    }


def _learned_from(
    request: FinetuneRequest, tuning: Tuning, examples: Examples, split: Split
) -> dict[str, Any]:
    return {
        "label": request.label,
        "values": examples.values,
        "trained_on": request.face,
        "group": request.group,
        "tuning": asdict(tuning),
        "learned": len(split.learned),
        "learned_sha256": examples.fingerprint,
    }


def _record(request: FinetuneRequest, trial: ClassifierTrial, spec: PictureSpec) -> dict[str, Any]:
    import torch

    return {
        "label": request.label,
        "spaces": [request.name],
        "face": request.face,
        "model": "finetuned",
        "recipe": spec.recipe() | {"group": request.group, "least": trial.min_certainty},
        "seed": spec.options["tuning"]["seed"],
        "library": f"PyTorch {torch.__version__}",
        "trained": spec.trained,
        "leaked": False,
    }


def split_groups(examples: Examples, there: NDArray[np.bool_], seed: int) -> Split:
    """Splits whole groups; with only two, the seed draws the coins for early stopping from the other one.

    Of up to five folds, the one whose size is nearest to a fifth is held out. Coins without a group are left
    out: they may be of the group that is held out.
    """
    usable = np.flatnonzero(there & (examples.groups >= 0))
    if len(np.unique(examples.groups[usable])) < 2:
        raise SpaceError(
            "fine-tuning needs photographs of two groups, since one is held out; load another collection."
        )
    folds = [
        usable[mine] for mine in held_out_folds(examples.codes[usable], examples.groups[usable], 5, seed)
    ]
    folds.sort(key=lambda fold: abs(len(fold) - len(usable) / 5))
    held_out = folds[0]
    if len(folds) > 2:
        learned, stopping = np.concatenate(folds[2:]), folds[1]
    else:
        drawn = np.random.default_rng(seed).permutation(np.concatenate(folds[1:]))
        count = max(1, round(STOPPING * len(drawn)))
        learned, stopping = drawn[count:], drawn[:count]
    if len(np.unique(examples.codes[learned])) < 2:
        raise SpaceError(
            "all coins outside the held-out groups have the same value, so nothing can be learned."
        )
    if not np.isin(examples.codes[stopping], examples.codes[learned]).any():
        raise SpaceError(
            "the coins kept aside to end the training have none of the values that it learns;"
            " choose a label whose values more groups share, or another seed."
        )
    return Split(np.sort(learned), np.sort(stopping), np.sort(held_out))

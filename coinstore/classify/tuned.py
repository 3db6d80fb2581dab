"""Classifying by fine-tuning: a network learns a label; a new space and a classifier are kept together."""

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
from ..errors import SettingsError, SpaceError
from ..spaces import finetune
from ..spaces.catalogue import refuse_taken
from .calibrate import fit_platt
from .examples import ClassifierRequest, Coins, Group, gather
from .folds import parted
from .measure import HeldOut, figures
from .run import Classified, ClassifierTrial, Fold, keep

if TYPE_CHECKING:
    from ..models.spec import PictureSpec
    from ..models.tuned import Tuned
    from ..models.tuning import Tuning, TuningEpoch
    from ..spaces.finetune import Pictures

Places = NDArray[np.int64]
STOPPING = 0.15


@dataclass(frozen=True, slots=True)
class FinetuneRequest:
    """What is fine-tuned: a `label` learnt from one face by the last block of a `model`; `name` is the new space's."""

    label: str
    name: str
    model: str
    weights: str | None = None
    face: Literal["obverse", "reverse"] = "obverse"
    group: Group = "collection"
    most: int = 50_000


@dataclass(frozen=True, slots=True)
class Parts:
    """Places of coins: learned from, for early stopping, held out for the figures."""

    learned: Places
    stopping: Places
    held_out: Places


def finetune_space(
    engine: Engine, wanted: FinetuneRequest, tuning: Tuning, trial: ClassifierTrial
) -> Iterator[TuningEpoch | Fold | Classified]:
    """Yields each epoch, the groups that were held out, and at the end the classifier, stored with its space.

    The space has no vectors yet: `embed` fills it like any other. Killed, it leaves nothing behind. Raises
    SpaceError: the name is taken, the model has no weights here, too little to learn from.
    """
    if not 0 <= trial.least <= 1:
        raise SettingsError("a confidence lies between 0 and 1, as in --min-certainty 0.8")
    refuse_taken(engine, wanted.name)
    base = finetune.base_spec(engine, wanted.model, wanted.weights)
    proposable = bool(call.run(engine, "job.can_propose", label=wanted.label))
    with translated(), engine.begin() as connection:
        coins, sides = gather(
            connection,
            ClassifierRequest(wanted.label, (), wanted.face, wanted.group, wanted.most),
            tuning.seed,
        )
    if not (trial.proposes and proposable):
        coins = replace(coins, lacking=[])
    shown = [sides[key][0] for key in [*coins.keys, *coins.lacking]]
    with finetune.prepared(engine, shown, base) as pictures:
        outcome = yield from _trained(pictures, coins, base, tuning)
    found = figures(outcome.held, trial.least, tuning.seed) | _counts(coins, outcome.parts)
    names = tuple(coins.group_names[group] for group in np.unique(coins.groups[outcome.parts.held_out]))
    yield Fold(1, names, found["coins"], found["accuracy"])
    how = _history(wanted, tuning, coins, outcome.parts)
    spec, body = finetune.tuned_spec(base, outcome.network, how)
    said = _described(wanted, trial, spec) | {
        "figures": found,
        "history": [asdict(one) for one in outcome.history],
    }
    sure = [row for row in outcome.batch if row["certainty"] >= trial.least]
    with translated(), engine.begin() as connection:
        finetune.add_tuned(connection, wanted.name, spec, body, outcome.history)
        classifier, stored = keep(
            connection, said, outcome.held, sure if trial.proposes and proposable else None
        )
    without = coins.lacking_without_vector + len(coins.lacking) - len(outcome.batch)
    rest = len(outcome.batch) - len(sure), len(sure) - stored, without
    yield Classified(classifier, found, stored, *rest, proposable, False, spec.trained)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A network that was trained, how that went, and what it says."""

    network: Tuned
    history: list[TuningEpoch]
    parts: Parts
    held: HeldOut
    batch: list[dict[str, Any]]


def _trained(
    pictures: Pictures, coins: Coins, base: PictureSpec, tuning: Tuning
) -> Generator[TuningEpoch, None, Outcome]:
    from ..models.tuned import tuned
    from ..models.tuning import Tuner, TuningTask

    count, history = len(coins.keys), list[Any]()
    parts = split(coins, pictures.there[:count], tuning.seed)
    tuner = Tuner(tuned(base, len(coins.values), tuning.seed), base, tuning)
    task = TuningTask(pictures.take, coins.codes, parts.learned, parts.stopping, len(coins.values))
    for epoch in tuner.train(task):
        history.append(epoch)
        yield epoch
    if not any(epoch.is_best for epoch in history):
        raise SpaceError(
            "no epoch had a loss that is a number; fine-tune again with a lower learning_rate in --config."
        )
    # What stopped the training says how sure it is; the figures are of coins that had no part in either.
    codes, raw = best(tuner.scores(pictures.take, parts.stopping))
    first = fit_platt(raw, codes == coins.codes[parts.stopping])
    codes, raw = best(tuner.scores(pictures.take, parts.held_out))
    truth = coins.codes[parts.held_out]
    learnable = np.isin(truth, coins.codes[parts.learned])
    held = HeldOut(coins.values, truth, codes, raw, first.apply(raw), learnable)
    final = fit_platt(raw, codes == truth)
    there = np.flatnonzero(pictures.there[count:])
    codes, raw = best(tuner.scores(pictures.take, there + count))
    batch = [
        {"coin_id": coins.lacking[place], "value": coins.values[code], "certainty": float(sure)}
        for place, code, sure in zip(there, codes, final.apply(raw), strict=True)
    ]
    return Outcome(tuner.network, history, parts, held, batch)


def best(scores: NDArray[np.float32]) -> tuple[Places, NDArray[np.float64]]:
    """The likeliest value for each row of scores, and its probability before calibration."""
    said = softmax(scores.astype(np.float64), axis=1)
    codes = said.argmax(axis=1)
    return codes, said[np.arange(len(said)), codes]


def _counts(coins: Coins, parts: Parts) -> dict[str, Any]:
    return {
        "groups": len(np.unique(coins.groups[parts.held_out])),
        "without_group": int((coins.groups < 0).sum()),
        "without_vector": coins.without_vector
        + len(coins.keys)
        - sum(len(part) for part in (parts.learned, parts.stopping, parts.held_out)),
        "learned": len(parts.learned),
        "stopping": len(parts.stopping),
    }


def _history(wanted: FinetuneRequest, tuning: Tuning, coins: Coins, parts: Parts) -> dict[str, Any]:
    return {
        "label": wanted.label,
        "values": coins.values,
        "trained_on": wanted.face,
        "group": wanted.group,
        "tuning": asdict(tuning),
        "learned": len(parts.learned),
        "learned_sha256": coins.fingerprint,
    }


def _described(wanted: FinetuneRequest, trial: ClassifierTrial, spec: PictureSpec) -> dict[str, Any]:
    import torch

    return {
        "label": wanted.label,
        "spaces": [wanted.name],
        "face": wanted.face,
        "model": "finetuned",
        "recipe": spec.recipe() | {"group": wanted.group, "least": trial.least},
        "seed": spec.options["tuning"]["seed"],
        "library": f"PyTorch {torch.__version__}",
        "trained": spec.trained,
        "leaked": False,
    }


def split(coins: Coins, there: NDArray[np.bool_], seed: int) -> Parts:
    """Whole groups held out, others for early stopping; where there are two groups alone, coins drawn by the seed are.

    Of up to five folds those are taken whose size is nearest to a fifth. Coins without a group are left out: they
    may be of the one that is held out.
    """
    usable = np.flatnonzero(there & (coins.groups >= 0))
    if len(np.unique(coins.groups[usable])) < 2:
        raise SpaceError(
            "photographs of two groups are needed, since one is held out: load another collection."
        )
    folds = [usable[mine] for mine in parted(coins.codes[usable], coins.groups[usable], 5, seed)]
    folds.sort(key=lambda fold: abs(len(fold) - len(usable) / 5))
    held_out = folds[0]
    if len(folds) > 2:
        learned, stopping = np.concatenate(folds[2:]), folds[1]
    else:
        drawn = np.random.default_rng(seed).permutation(np.concatenate(folds[1:]))
        count = max(1, round(STOPPING * len(drawn)))
        learned, stopping = drawn[count:], drawn[:count]
    if len(np.unique(coins.codes[learned])) < 2:
        raise SpaceError(
            "outside the groups that are held out all coins have the same value: nothing can be learned."
        )
    if not np.isin(coins.codes[stopping], coins.codes[learned]).any():
        raise SpaceError(
            "the coins kept aside to end the training have none of the values that it learns;"
            " take a label whose values more groups share, or another seed."
        )
    return Parts(np.sort(learned), np.sort(stopping), np.sort(held_out))

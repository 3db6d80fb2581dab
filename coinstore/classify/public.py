"""Classifiers of an open store, with all options as keywords: `store.classify` and `store.finetune`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import Engine

from ..errors import SpaceError
from ..progress import Report, Tally, finish
from .examples import ClassifierRequest
from .models import ClassifierRecipe
from .run import Classified, ClassifierTrial, classify_coins

Options = Mapping[str, Any]


def classify(
    engine: Engine, label: str, spaces: Sequence[str], report: Report, options: Options
) -> Classified:
    """Measures how well a label can be predicted, and proposes values; TypeError for an unknown option."""
    of, recipe, trial = _split(options, ClassifierRequest, ClassifierRecipe, ClassifierTrial)
    request = ClassifierRequest(label, tuple(spaces), **of)
    steps = classify_coins(engine, request, ClassifierRecipe(**recipe), ClassifierTrial(**trial))
    return finish(Tally(report, f"Classifying {label}", "folds").each(steps), Classified)


def finetune(engine: Engine, label: str, name: str, report: Report, options: Options) -> Classified:
    """Trains a network to predict a label, and keeps it as a space; TypeError for an unknown option."""
    try:
        from ..models.tuning import Tuning
        from .tuned import FinetuneRequest, finetune_space
    except ModuleNotFoundError:
        raise SpaceError("this needs PyTorch: pip install 'coinstore[models]'") from None
    of, tuning, trial = _split(options, FinetuneRequest, Tuning, ClassifierTrial)
    request = FinetuneRequest(label, name, **({"model": "resnet50"} | of))
    steps = finetune_space(engine, request, Tuning(**tuning), ClassifierTrial(**trial))
    return finish(Tally(report, f"Fine-tuning {name}", "epochs").each(steps), Classified)


def _split(options: Options, *kinds: Any) -> list[dict[str, Any]]:
    """The options of each dataclass."""
    names = [{field.name for field in fields(kind)} for kind in kinds]
    if unknown := options.keys() - set().union(*names):
        raise TypeError(f"there is no option {', '.join(sorted(unknown))}")
    return [{name: options[name] for name in known if name in options} for known in names]

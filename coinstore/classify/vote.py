"""What a photograph from outside may show: a vote of the coins in the store that look most like it.

Where a stored classifier is such a vote (`knn`) in the same space, its vote is repeated for the photograph,
and its calibration says how often such a vote is right. Any other vote is only a count of coins.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from sqlalchemy import Engine

from ..db import call
from ..search.answer import LookAlike
from ..search.queries import Floats
from ..search.similar import Question, similar_to_vectors
from .calibrate import Platt

Face = Literal["obverse", "reverse", "both"]
VOTERS = 10


@dataclass(frozen=True, slots=True)
class Vote:
    """How the nearest coins that have a label vote: their values with the number of coins, the winner first.

    `certainty` is the probability, 0 to 1, that the winner is right, by the `classifier` (a row of
    api.classifiers) whose vote this is; None: there is none. `face` says which faces were compared.
    """

    label: str
    face: Face
    values: tuple[tuple[str, int], ...]
    certainty: float | None = None
    classifier: Mapping[str, Any] | None = None

    @property
    def voters(self) -> int:
        """How many coins voted."""
        return sum(coins for _, coins in self.values)


def vote(engine: Engine, label: str, vectors: Mapping[tuple[str, str], Floats], space: str) -> Vote | None:
    """The vote for a photograph whose vectors `(dims,)` are given by space and face; None: no coin can vote.

    Coins whose value came from a model do not vote. Only what the engine's login may see counts.
    """
    faces = [face for of, face in vectors if of == space]
    classifier = _classifier(engine, label, space, faces)
    face: Any = classifier["face"] if classifier else "both" if len(faces) > 1 else faces[0]
    used = {key: one for key, one in vectors.items() if key[0] == space and face in (key[1], "both")}
    voters = classifier["recipe"]["k"] if classifier else VOTERS
    condition = call.read(engine, "part.voting_condition", label=label)[0]["voting_condition"]
    found = similar_to_vectors(engine, used, Question(face, space, voters, condition))
    if not len(found):
        return None
    counts = Counter(str(getattr(row, label)) for row in found)
    if classifier is None:
        return Vote(label, face, tuple(counts.most_common()))
    winner, raw = _winner(engine, label, found)
    others = [one for one in counts.most_common() if one[0] != winner]
    said = classifier["figures"]["calibration"]
    certainty = float(Platt(said["slope"], said["offset"]).apply(np.array([raw]))[0])
    return Vote(label, face, ((winner, counts[winner]), *others), certainty, classifier)


def _classifier(engine: Engine, label: str, space: str, faces: Sequence[str]) -> Mapping[str, Any] | None:
    """The best classifier that is a vote in this space by faces that there are."""
    may = {*faces, "both"} if len(faces) > 1 else set(faces)
    usable = [
        row
        for row in call.look(engine, "api.classifiers")
        if (row["label"], row["spaces"], row["model"]) == (label, [space], "knn")
        and row["face"] in may
        and row["trained"]
        and not row["leaked"]
        and "calibration" in row["figures"]
    ]
    return max(usable, key=lambda row: (row["accuracy"] or 0.0, row["classifier_id"]), default=None)


def _winner(engine: Engine, label: str, found: Sequence[LookAlike]) -> tuple[str, float]:
    """The value with the greatest share of a vote by similarity, and one more vote by frequency."""
    coins = {row["value"]: row["coins"] for row in call.read(engine, "part.voting_values", label=label)}
    votes: defaultdict[str, float] = defaultdict(float)
    for row in found:
        votes[str(getattr(row, label))] += max(row.similarity, 0.0)
    total, weight = sum(coins.values()), sum(votes.values())
    shares = {
        value: (votes[value] + coins.get(value, 0) / total) / (weight + 1) for value in {*coins, *votes}
    }
    winner = max(sorted(shares), key=lambda value: shares[value])  # of equal ones the first by name
    return winner, shares[winner]

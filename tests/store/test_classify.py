"""Classifiers: the measured figures are stored, leaks are refused, and a second run equals the first."""

import json

import numpy as np
import pytest
from classified import DIMS, N, fill
from sklearn import metrics
from sqlalchemy import Engine, text
from stores import Once

from coinstore.classify.examples import ClassifierRequest, read_examples_with_vectors
from coinstore.classify.models import ClassifierRecipe
from coinstore.classify.run import Classified, ClassifierTrial, Fold, classify_coins
from coinstore.db import call
from coinstore.errors import NotFound, SettingsError, SpaceError


def fill_filled(store: Engine) -> None:
    fill(store, names=("tiny", "other"))


@pytest.fixture
def filled(store: Engine, once: Once) -> Engine:
    once(lambda _folder: fill_filled(store))
    return store


def classify(
    store: Engine, label: str = "portrait", spaces=("tiny",), recipe=None, trial=None, **subject
) -> Classified:
    *folds, done = classify_coins(
        store,
        ClassifierRequest(label, spaces, **subject),
        recipe or ClassifierRecipe(),
        trial or ClassifierTrial(),
    )
    assert all(isinstance(fold, Fold) for fold in folds)
    return done


@pytest.mark.parametrize("model", ["knn", "linear"])
def test_it_beats_the_majority_and_proposes(filled: Engine, model: str) -> None:
    done = classify(filled, recipe=ClassifierRecipe(model), trial=ClassifierTrial(min_certainty=0.6))
    figures = done.figures
    assert figures["coins"] == N - N // 5 and figures["values"] == 4 and figures["groups"] == 6
    assert figures["accuracy"] > 0.7 > figures["majority_accuracy"] and figures["macro_f1"] > 0.7
    assert done.proposed + done.abstained == N // 5 and done.proposed > 10
    rows = call.read(filled, "part.proposals_where", predicate="true")
    right = [
        row["value"] == ["Nero", "Otho", "Galba", "Σεβαστός <b>"][int(row["inventory_number"]) % 4]
        for row in rows
    ]
    assert len(rows) == done.proposed and np.mean(right) > 0.8
    assert all(
        0.6 <= row["certainty"] < 1 and row["state"] == "proposed" and row["portrait"] is None for row in rows
    )
    assert {row["held_out_accuracy"] for row in rows} == {figures["accuracy"]}


def test_rows_of_classes_are_those_of_scikit_learn(filled: Engine) -> None:
    done = classify(filled, trial=ClassifierTrial(proposes=False))
    cells = call.read(filled, "part.confusion_of", classifier=done.classifier_id)
    truth = [row["truth"] for row in cells for _ in range(row["coins"])]
    said = [row["predicted"] for row in cells for _ in range(row["coins"])]
    rows = {
        row["value"]: row
        for row in call.read(filled, "part.figures_of_classes", classifier=done.classifier_id)
    }
    names = sorted(rows)
    for part, values in zip(
        ("precision", "recall", "f1", "coins"),
        metrics.precision_recall_fscore_support(truth, said, labels=names, zero_division=0),
        strict=True,
    ):
        assert [rows[name][part] for name in names] == pytest.approx(list(values), abs=1e-9)
    assert done.figures["accuracy"] == pytest.approx(metrics.accuracy_score(truth, said), abs=1e-9)
    assert done.proposed == 0 and not call.look(filled, "api.proposals")


def test_the_same_again_is_the_same_row(filled: Engine) -> None:
    first, again = classify(filled), classify(filled)
    assert (first.classifier_id, first.figures, first.proposed) == (
        again.classifier_id,
        again.figures,
        again.proposed,
    )
    other = classify(filled, recipe=ClassifierRecipe(seed=1))
    assert other.classifier_id != first.classifier_id
    # New proposals replace open ones of the same kind.
    assert {row["classifier_id"] for row in call.look(filled, "api.proposals")} == {other.classifier_id}
    assert len(call.look(filled, "api.classifiers")) == 2


def test_faces_and_spaces_lie_beside_each_other(filled: Engine) -> None:
    both = classify(filled, spaces=("tiny", "other"), face="both")
    lacking_reverse = sum(1 for n in range(N) if n % 9 == 0 and n % 5)
    assert both.figures["without_vector"] == lacking_reverse
    assert both.lacking_without_vector == sum(1 for n in range(N) if n % 9 == 0 and n % 5 == 0)
    assert both.figures["accuracy"] >= classify(filled).figures["accuracy"]
    *_, rows, _ = read_examples_with_vectors(
        filled, ClassifierRequest("portrait", ("tiny", "other"), "both"), 0, False
    )
    assert rows.shape == (both.figures["coins"], 4 * DIMS) and np.allclose(
        np.linalg.norm(rows, axis=1), 1, atol=1e-6
    )
    # All have equal weight: the similarity is the mean over spaces and faces.
    parts = rows.reshape(len(rows), 4, DIMS) * 2
    assert np.allclose(rows[0] @ rows[1], np.einsum("fd,fd->f", parts[0], parts[1]).mean(), atol=1e-6)


def test_by_findspot_what_has_none_is_not_measured(filled: Engine) -> None:
    done = classify(filled, group="findspot")
    assert done.figures["groups"] == 9
    assert done.figures["without_group"] == sum(1 for n in range(N) if n % 5 and n % 7 == 0)


def test_what_one_group_alone_has_counts_as_wrong(filled: Engine) -> None:
    done = classify(filled, label="mint")
    assert done.figures["unlearnable"] == done.figures["coins"] == N
    assert done.figures["accuracy"] == 0 and done.figures["accuracy_learnable"] is None
    json.dumps(done.figures)


def test_leaks_are_refused_and_marked(store: Engine) -> None:
    fill(store, sees=["portrait"])
    with pytest.raises(SpaceError, match=r"has seen portrait.*--allow-leak"):
        classify(store)
    done = classify(store, allow_leak=True)
    assert done.leaked and call.look(store, "api.classifiers")[0]["leaked"]
    assert all(row["leaked"] for row in call.look(store, "api.proposals"))
    with store.begin() as c:
        c.execute(text("update core.space set sees = null"))
    with pytest.raises(SpaceError, match="may have seen"):
        classify(store)


def test_labels_that_cannot_be_proposed_are_measured(filled: Engine) -> None:
    done = classify(filled, label="findspot")
    assert not done.proposable and done.proposed == 0 and done.figures["coins"] > 0


def test_what_cannot_be_is_one_sentence(filled: Engine) -> None:
    with pytest.raises(NotFound, match="there is no label colour"):
        classify(filled, label="colour")
    with pytest.raises(NotFound, match="there is no space nothing"):
        classify(filled, spaces=("nothing",))
    with pytest.raises(SettingsError, match="is the cross-validation group"):
        classify(filled, label="collection")
    with pytest.raises(SpaceError, match="no two coins have the same"):
        with filled.begin() as c:
            c.execute(text("update core.coin set provenance = inventory_number"))
        classify(filled, label="provenance")
    with pytest.raises(NotFound, match="weight_g is a measure"):
        classify(filled, label="weight_g")
    with pytest.raises(SpaceError, match="have the same, A hill"):
        with filled.begin() as c:
            c.execute(text("update core.coin set findspot = 'A hill'"))
        classify(filled, label="findspot")
    with pytest.raises(SpaceError, match="nothing to learn from"):
        classify(filled, label="material")
    with filled.begin() as c:
        c.execute(text("delete from core.embedding_tiny"))
    with pytest.raises(SpaceError, match="coinstore embed tiny"):
        classify(filled)


def test_one_museum_is_too_few(filled: Engine) -> None:
    with filled.begin() as c:
        c.execute(text("delete from core.coin where collection_id <> 1"))
    with pytest.raises(SpaceError, match="--group findspot"):
        classify(filled)


def test_readers_see_and_cannot_propose(filled: Engine) -> None:
    done = classify(filled)
    assert call.read(filled, "part.classifier_named", classifier=done.classifier_id)[0]["accuracy"]
    with pytest.raises(NotFound, match="there is no classifier 99"):
        call.read(filled, "part.classifier_named", classifier=99)
    with pytest.raises(Exception, match=r"permission denied|lacks a right"):
        call.read(filled, "job.accept_proposals", ids=[1], said_by="x")


def test_legends_that_are_only_written_differently_are_one_value(filled: Engine) -> None:
    """As they are for an evaluation."""
    said = ["IMP. NERO", "imp nero", "Imp·Otho", "IMP  OTHO!"]
    with filled.begin() as c:
        for n, legend in enumerate(said):
            change = "update core.side set legend = :legend where face = 'obverse' and coin_id % 4 = :n"
            c.execute(text(change), {"legend": legend, "n": n})
    examples, _, _ = read_examples_with_vectors(filled, ClassifierRequest("legend", ("tiny",)), 0, False)
    assert examples.values == ["imp nero", "imp otho"]
    assert len(examples.keys) == N

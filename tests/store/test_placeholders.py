"""Placeholders that a store has from before: missing wherever values are counted, learned or proposed."""

import random
import re
from typing import Any

import pytest
from classified import fill
from sqlalchemy import Engine, text

from coinstore.classify.examples import ClassifierRequest, read_examples
from coinstore.curation.terms import suggest_terms
from coinstore.db import call
from coinstore.describe.summary import describe_coins
from coinstore.records.coin import Coin, TypeClaim
from coinstore.records.load import load
from coinstore.records.placeholders import PATTERN, is_placeholder
from coinstore.sources.spelling import one_name

NAMES = ("material", "denomination", "mint", "authority", "portrait")
TREE = re._parser.parse(PATTERN)
SAID = ["N/A", "null", "unknown", "Uncertain mint", "Uncertain mint.", "Rome", "Roma"]


@pytest.fixture
def filled(store: Engine) -> Engine:
    """As an earlier version stored a table: with its placeholders."""
    coins = [
        Coin(
            str(n),
            {},
            "M",
            str(n),
            fields=dict.fromkeys((*NAMES, "findspot", "provenance"), said),
            sides={"obverse": {"legend": said, "description": said}},
            types=(TypeClaim(said),),
        )
        for n, said in enumerate(SAID)
    ]
    list(load(store, "/old.csv", coins))
    return store


def test_describe_counts_them_as_missing(filled: Engine) -> None:
    counts = {(row["field"], row["value"]): row["coins"] for row in call.read(filled, "part.describe_counts")}
    missing = {row["field"]: row["missing"] for row in call.read(filled, "api.missing_values")}
    for field in (*NAMES, "type"):
        assert (counts[field, None], counts[field, "Rome"], missing[field]) == (5, 1, 5)
        assert (field, "N/A") not in counts
    for field in ("findspot", "provenance", "obverse legend", "obverse description"):
        assert missing[field] == 5
    imbalance = {row["field"]: row for row in call.read(filled, "part.class_imbalance")}
    assert (imbalance["mint"]["classes"], imbalance["mint"]["unknown"]) == (2, 5)
    assert describe_coins(filled)


def test_terms_suggest_none_of_them(filled: Engine) -> None:
    suggested = {name for found in suggest_terms(filled) for name in (found.name, found.alias)}
    assert suggested == {"Rome", "Roma"}


def test_impute_fills_them(filled: Engine) -> None:
    given = ("mint", ["collection"], "mode", 1, "true", "anna")
    with filled.begin() as c:
        c.execute(text("update core.coin set mint = 'Rome' where mint = 'Roma'"))
        made = call.rows(
            c,
            "job.impute",
            **dict(
                zip(
                    ("field", "by_fields", "statistic", "least_coins", "predicate", "said_by"),
                    given,
                    strict=True,
                )
            ),
        )[0]
    assert (made["coins"], made["lacking"]) == (5, 5)
    with filled.begin() as c:
        shown = c.execute(text("select count(*) from api.coins_imputed where mint_imputed = 'Rome'")).scalar()
    assert shown == 5


def test_classify_proposes_a_value_for_them_and_accepting_gives_it(store: Engine) -> None:
    fill(store)
    with store.begin() as c:
        c.execute(text("update core.coin set portrait = 'unbekannt' where portrait is null"))
        examples, _ = read_examples(c, ClassifierRequest("portrait", ("tiny",)), seed=0)
        lacking = examples.lacking
        assert lacking and "unbekannt" not in examples.values
        said = '{"label": "portrait", "spaces": ["tiny"], "face": "obverse", "model": "knn", "recipe": {}, "seed": 0, "library": "", "trained": true, "leaked": false, "figures": {}}'
        classifier = call.value(c, "job.add_classifier", said=said, confusions="[]")
        batch = f'[{{"coin_id": {lacking[0]}, "value": "Nero", "certainty": 0.9}}]'
        assert call.value(c, "job.store_proposals", classifier=classifier, batch=batch) == 1
        proposal = c.execute(text("select proposal_id from core.proposal")).scalar()
        call.rows(c, "job.accept_proposals", ids=[proposal], said_by="anna")
        found = c.execute(
            text("select portrait from core.coin where coin_id = :id"), {"id": lacking[0]}
        ).scalar()
    assert found == "Nero"


def example_of_the_pattern(chance: random.Random) -> str:
    """A text that the pattern matches, in any capitals."""
    letters = []

    def write(tree: Any) -> None:
        for name, value in tree:
            match str(name):
                case "LITERAL":
                    letters.append(chr(value))
                case "IN":
                    letters.append(chr(chance.choice([v for o, v in value if str(o) == "LITERAL"])))
                case "SUBPATTERN":
                    write(value[3])
                case "BRANCH":
                    write(chance.choice(value[1]))
                case "MAX_REPEAT":
                    for _ in range(chance.randint(value[0], min(value[1], 1))):
                        write(value[2])

    write(TREE)
    return chance.choice([str, str.upper, str.title])("".join(letters))


def test_sql_and_python_agree(store: Engine) -> None:
    chance = random.Random(0)
    pieces = [
        *"nNaA/.-? unkowé¿#",
        "n/a",
        "unknown",
        "Münzstätte",
        "Mu\u0308nzsta\u0308tte",
        "mint",
        "unbekannt",
        ": ",
        "\u00a0",
        "\u200b",
        "É",
        "\u00ad",
        "\u2028",
        "Rome",
        "(",
        "]",
        "\\",
        "\ufe0f",
        "Ψ",
        "\u0301",
        "\U000e0041",
        "\t",
    ]
    texts = ["".join(chance.choices(pieces, k=chance.randint(1, 6))) for _ in range(3000)]
    texts += [example_of_the_pattern(chance) for _ in range(1000)]
    texts += SAID + ["", " ", "ZECCA INCERTA", "INDÉTERMINÉ", "münzstätte unbekannt", "Sn", "ΑΘΕ", "½"]
    with store.begin() as c:
        rows = c.execute(
            text(
                "select x, part.one_name(x), part.is_placeholder(x) from unnest(cast(:texts as text[])) t (x)"
            ),
            {"texts": texts},
        ).all()
    wrong = [
        row for row in rows if (row[1], row[2]) != (one_name(row[0]), is_placeholder(row[0])) and row[0][:1]
    ]
    assert wrong == []

"""Proposals: accepted, rejected, taken back exactly, and how loads change them."""

from dataclasses import replace

import pytest
from classified import coins, fill
from sqlalchemy import Engine, text
from stores import Once

from coinstore.classify.examples import ClassifierRequest
from coinstore.classify.models import ClassifierRecipe
from coinstore.classify.run import ClassifierTrial, classify_coins
from coinstore.curation.proposals import (
    ProposalFilter,
    accept_proposals,
    list_proposals,
    reject_proposals,
    reopen_proposals,
)
from coinstore.curation.terms import Term, add_term, remove_alias
from coinstore.errors import NotFound, PredicateError, SettingsError
from coinstore.records.load import load


def fill_proposed(store: Engine) -> None:
    """Thirty-two coins lack a portrait and a type, and both are proposed for each."""
    fill(store)
    for label in ("portrait", "type"):
        list(
            classify_coins(
                store,
                ClassifierRequest(label, ("tiny",)),
                ClassifierRecipe(),
                ClassifierTrial(min_certainty=0),
            )
        )


@pytest.fixture
def proposed(store: Engine, once: Once) -> Engine:
    once(lambda _folder: fill_proposed(store))
    return store


def everything(store: Engine) -> list[tuple]:
    """Everything about coins that a load or a decision could change."""
    with store.begin() as c:
        return [
            *c.execute(text("select * from core.coin order by 1")),
            *c.execute(text("select * from core.coin_type order by 1, 2, 3, 4")),
        ]


def ids(store: Engine, label: str) -> list[int]:
    return [row["proposal_id"] for row in list_proposals(store, ProposalFilter(label))]


def coin_of(store: Engine, proposal: int):
    with store.begin() as c:
        return c.execute(
            text(
                "select k.*, p.value from api.coins k join core.proposal p using (coin_id) where p.proposal_id = :n"
            ),
            {"n": proposal},
        ).one()


@pytest.mark.parametrize("label", ["portrait", "type"])
def test_accepted_and_taken_back_exactly(proposed: Engine, label: str) -> None:
    before, some = everything(proposed), ids(proposed, label)
    assert len(some) == 32
    assert all(getattr(coin_of(proposed, one), label) is None for one in some)
    done = accept_proposals(proposed, some, "A. Curator", "seen")
    assert (done.accepted, done.unchanged, done.occupied) == (32, 0, 0)
    assert all(getattr(coin_of(proposed, one), label) == coin_of(proposed, one).value for one in some)
    held = everything(proposed)
    assert accept_proposals(proposed, some, "B").unchanged == 32 and everything(proposed) == held
    assert {(row["decided_by"], row["note"]) for row in list_proposals(proposed, ProposalFilter(label))} == {
        ("A. Curator", "seen")
    }
    back = reject_proposals(proposed, some, "B. Other")
    assert (back.rejected, back.taken_back) == (32, 32)
    after = everything(proposed)
    # A rejected type also loses the model's claim.
    assert after == [row for row in before if label != "type" or "model" not in row]
    assert reject_proposals(proposed, some, "C").unchanged == 32
    assert accept_proposals(proposed, some[:1], "A").accepted == 1  # a person decides otherwise
    assert getattr(coin_of(proposed, some[0]), label) is not None


@pytest.mark.parametrize("label", ["portrait", "type"])
def test_decisions_are_taken_back_exactly(proposed: Engine, label: str) -> None:
    before, some = everything(proposed), ids(proposed, label)
    open_ones = list_proposals(proposed, ProposalFilter(label))
    accept_proposals(proposed, some[:20], "A. Curator", "seen")
    reject_proposals(proposed, some[16:], "B. Other")
    assert everything(proposed) != before
    assert reopen_proposals(proposed, some) == 32
    assert everything(proposed) == before
    assert list_proposals(proposed, ProposalFilter(label)) == open_ones
    assert reopen_proposals(proposed, some) == 0
    with pytest.raises(NotFound, match="there is no proposal 9999"):
        reopen_proposals(proposed, [some[0], 9999])


def test_a_models_type_is_beside_and_never_primary(proposed: Engine) -> None:
    with proposed.begin() as c:
        said = c.execute(
            text("select certainty, said_by, is_primary from api.types where said_by_kind = 'model'")
        ).all()
    assert len(said) == 32 and all(
        0 < row.certainty < 1 and "knn of tiny" in row.said_by and not row.is_primary for row in said
    )
    list(load(proposed, "/a", coins()))
    with proposed.begin() as c:
        assert not c.execute(
            text("select count(*) from api.types where said_by_kind = 'model' and is_primary")
        ).scalar_one()
        assert (
            c.execute(text("select count(*) from api.types where said_by_kind = 'model'")).scalar_one() == 32
        )


def test_loading_again_keeps_what_was_accepted(proposed: Engine) -> None:
    some = ids(proposed, "portrait")
    accept_proposals(proposed, [*some, *ids(proposed, "type")], "A")
    held = everything(proposed)
    assert sum(batch.changed for batch in load(proposed, "/a", coins())) == 0
    assert everything(proposed) == held
    # A corrected record without a portrait and with another weight.
    heavier = [replace(one, fields={**one.fields, "weight_g": 4.0}, raw={"new": 1}) for one in coins()]
    assert sum(batch.changed for batch in load(proposed, "/a", heavier)) == len(heavier)
    assert all(coin_of(proposed, one).portrait == coin_of(proposed, one).value for one in some)
    assert all(coin_of(proposed, one).weight_g == 4.0 for one in some)


def test_a_source_that_speaks_wins(proposed: Engine) -> None:
    some = ids(proposed, "portrait")
    accept_proposals(proposed, some, "A")
    said = [replace(one, fields={**one.fields, "portrait": "Titus"}) for one in coins()]
    list(load(proposed, "/a", said))
    assert {coin_of(proposed, one).portrait for one in some} == {"Titus"}
    rows = list_proposals(proposed, ProposalFilter("portrait"))
    assert {(row["state"], row["applied"]) for row in rows} == {("accepted", False)}
    assert reject_proposals(proposed, some, "A").taken_back == 0
    assert {coin_of(proposed, one).portrait for one in some} == {"Titus"}


def test_nothing_is_overwritten(proposed: Engine) -> None:
    some = ids(proposed, "portrait")
    list(load(proposed, "/a", [replace(one, fields={**one.fields, "portrait": "Titus"}) for one in coins()]))
    done = accept_proposals(proposed, some, "A")
    assert (done.accepted, done.occupied) == (0, 32)
    assert {coin_of(proposed, one).portrait for one in some} == {"Titus"}


def test_what_was_rejected_is_not_proposed_again(proposed: Engine) -> None:
    some = ids(proposed, "portrait")
    reject_proposals(proposed, some[:10], "A")
    *_, done = classify_coins(
        proposed,
        ClassifierRequest("portrait", ("tiny",)),
        ClassifierRecipe(seed=3),
        ClassifierTrial(min_certainty=0),
    )
    assert done.proposed == 22 and done.decided == 10
    assert len(list_proposals(proposed, ProposalFilter("portrait", state="proposed"))) == 22
    assert len(list_proposals(proposed, ProposalFilter("portrait", state="rejected"))) == 10


def test_two_that_agree_hold_the_value_together(proposed: Engine) -> None:
    list(
        classify_coins(
            proposed,
            ClassifierRequest("portrait", ("tiny",)),
            ClassifierRecipe("linear"),
            ClassifierTrial(min_certainty=0),
        )
    )
    rows = list_proposals(proposed, ProposalFilter("portrait"))
    by_coin = {}
    for row in rows:
        by_coin.setdefault((row["coin_id"], row["value"]), []).append(row["proposal_id"])
    one, other = next(pair for pair in by_coin.values() if len(pair) == 2)
    accept_proposals(proposed, [one], "A")
    accept_proposals(proposed, [other], "B")
    reject_proposals(proposed, [one], "A")
    assert coin_of(proposed, one).portrait is not None
    reject_proposals(proposed, [other], "B")
    assert coin_of(proposed, one).portrait is None


def test_a_sentence_that_used_the_value_is_forgotten(proposed: Engine) -> None:
    with proposed.begin() as c:
        c.execute(
            text(
                """select job.add_space('said', '{"templates": ["{portrait}"]}', 3, 'single', array['portrait'])"""
            )
        )
        c.execute(
            text("insert into core.embedding_said select side_id, coin_id, face, '[1,0,0]' from core.side")
        )
        c.execute(
            text(
                "insert into core.sentence select space_id, side_id, 'x', '{}', job.known_hash(sees, side_id) from core.side, core.space s where s.name = 'said'"
            )
        )
        full = c.execute(text("select count(*) from core.embedding_said")).scalar_one()
    accept_proposals(proposed, ids(proposed, "portrait")[:1], "A")
    with proposed.begin() as c:
        assert full - 2 <= c.execute(text("select count(*) from core.embedding_said")).scalar_one() < full


def test_conditions_and_mistakes(proposed: Engine) -> None:
    rows = list_proposals(proposed, ProposalFilter("portrait", where="collection = 'M 1' and weight_g > 3"))
    assert rows and {row["collection"] for row in rows} == {"M 1"}
    for wrong in ("weight_g >", "true) or (true", "nothing = 1", "exists (select from core.coin)"):
        with pytest.raises(PredicateError):
            list_proposals(proposed, ProposalFilter(where=wrong))
    before = everything(proposed)
    with pytest.raises(NotFound, match="there is no proposal 9999"):
        accept_proposals(proposed, [ids(proposed, "portrait")[0], 9999], "A")
    with pytest.raises(SettingsError, match="--as"):
        accept_proposals(proposed, ids(proposed, "portrait"), "  ")
    assert everything(proposed) == before
    assert accept_proposals(proposed, [], "A").accepted == 0


@pytest.mark.parametrize("label", ["portrait", "type"])
def test_a_term_that_comes_later_hinders_no_rejection(proposed: Engine, label: str) -> None:
    before, some = everything(proposed), ids(proposed, label)
    accept_proposals(proposed, some[:3], "A")
    name = coin_of(proposed, some[0]).value
    add_term(proposed, Term(label, "The preferred name", "A", (name,)))
    assert getattr(coin_of(proposed, some[0]), label) == "The preferred name"
    accept_proposals(proposed, some[3:], "A")
    assert name not in {getattr(coin_of(proposed, one), label) for one in some}
    reject_proposals(proposed, some, "B")
    assert all(getattr(coin_of(proposed, one), label) is None for one in some)
    remove_alias(proposed, label, name)
    with proposed.begin() as c:
        kept = c.execute(
            text("select count(*) from core.coin_type where said_by_kind = 'person'")
        ).scalar_one()
        coins = c.execute(text("select count(*) from core.coin")).scalar_one()
    assert kept == 0
    assert everything(proposed)[:coins] == before[:coins]  # each coin's row is as it was

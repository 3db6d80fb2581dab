"""Learnt spaces: what is stored, which coins ask honestly, and what SQL makes of it."""

import json
from dataclasses import replace

import numpy as np
import pytest
from pgvector import Vector
from sqlalchemy import Engine, text
from test_derive import fill, stored, unit

from coinstore.db import call
from coinstore.db.copy import copy_vectors
from coinstore.errors import CoinstoreError, NotFound, PredicateError, SettingsError, SpaceError
from coinstore.evaluate.measure import EvaluationRequest, evaluate_spaces
from coinstore.records.coin import Coin
from coinstore.records.load import load
from coinstore.spaces import catalogue
from coinstore.spaces.axes import principal_axes
from coinstore.spaces.discriminant import discriminant, learnt_axes, project
from coinstore.spaces.fill import pending
from coinstore.spaces.fuse import blend_space
from coinstore.spaces.learn import Learnt, Lesson, learn_space

DIMS, N = 10, 90
MINTS = ("Rome", "Ostia", "Lugdunum")
MUSEUMS = ("Lakeside", "Hillside", "Seaside")


def coin(n: int, mint: str | None) -> Coin:
    sides = {"obverse": {"legend": f"L{n}"}, "reverse": {"legend": f"R{n}"}}
    fields = {"mint": mint} if mint else {}
    return Coin(str(n), {"n": n}, MUSEUMS[n // 3 % 3], f"{n:03}", fields=fields, sides=sides)


def mint_of(n: int) -> str | None:
    return "unknown" if n % 15 == 14 else {7: None, 8: "Emerita"}.get(n, MINTS[n % 3])


def vectors_of(numbers: range) -> np.ndarray:
    """Two for each coin: the obverse says the mint in the first dimensions, the reverse does not."""
    rng = np.random.default_rng(numbers.start)
    rows = rng.normal(size=(2 * len(numbers), DIMS)).astype(np.float32)
    rows[::2, :3] += 3 * np.eye(3)[[n % 3 for n in numbers]]
    return unit(rows).astype(np.float32)


def add(store: Engine, numbers: range) -> np.ndarray:
    """Loads coins, with a vector for each side; returns the vectors."""
    list(load(store, f"/{numbers.start}", [coin(n, mint_of(n)) for n in numbers]))
    made = vectors_of(numbers)
    with store.begin() as c:
        query = """select side_id from api.sides where inventory_number between :first and :last
                   order by inventory_number, face"""
        found = c.execute(text(query), {"first": f"{numbers[0]:03}", "last": f"{numbers[-1]:03}"})
        copy_vectors(c, "origin", "single", list(found.scalars()), made)
    return made


@pytest.fixture
def origin(store: Engine) -> np.ndarray:
    with store.begin() as c:
        call.value(c, "job.add_space", name="origin", recipe='{"family": "x"}', dims=DIMS, precision="single")
    return add(store, range(N))


def learn(store: Engine, name: str = "mints", **lesson) -> Learnt:
    return learn_space(
        store, name, Lesson(**{"label": "mint", "source": "origin", "precision": "single"} | lesson)
    )


def learnt_numbers(store: Engine, space: str) -> list[int]:
    with store.begin() as c:
        query = """select c.inventory_number::int from job.learnt_coins(array[:space]) l
                   join core.coin c on c.coin_id = l order by 1"""
        return list(c.execute(text(query), {"space": space}).scalars())


LABELLED = [n for n in range(N) if mint_of(n) in MINTS]


def test_it_is_a_derived_space_of_what_numpy_finds(store: Engine, origin: np.ndarray) -> None:
    learnt = learn(store, blend=(2, 1))
    assert (learnt.values, learnt.sides, learnt.coins, learnt.collections) == (3, 82, 82, 3)
    assert (learnt.placeholders, learnt.single_values, learnt.dims, learnt.is_new) == (6, 1, DIMS, True)
    assert learnt.agreement and learnt.source_agreement and learnt.agreement.queries == 82
    rows = origin[::2]
    found = discriminant(rows[LABELLED], np.array([n % 3 for n in LABELLED]))
    assert learnt.shrinkage == found.shrinkage
    assert fill(store, "mints") == N, "only the face that it was learnt from"
    expected = project(rows, found.mean, learnt_axes(found, 2, 1))
    made = stored(store, "mints")
    assert made @ made.T == pytest.approx(expected @ expected.T, abs=1e-4)
    assert learnt_numbers(store, "mints") == LABELLED
    recipe = catalogue.known(store, "mints").recipe
    assert (recipe["face"], recipe["blend"], recipe["learnt"]) == ("obverse", [2, 1], ["mint"])


def test_only_the_learnt_axes_and_both_faces(store: Engine, origin: np.ndarray) -> None:
    learnt = learn(store, blend=(0, 1), face="both", shrinkage=0.5)
    assert (learnt.dims, learnt.sides, learnt.coins, learnt.shrinkage) == (2, 164, 82, 0.5)
    assert fill(store, "mints") == 2 * N
    with pytest.raises(SpaceError, match="one direction only"):
        learn(store, "two", blend=(0, 1), where="mint in ('Rome', 'Ostia')")


def test_later_sides_and_vectors_from_outside_follow(store: Engine, origin: np.ndarray) -> None:
    learn(store)
    fill(store, "mints")
    late = add(store, range(200, 212))[::2]
    assert pending(store, "mints") == 12 and fill(store, "mints") == 12
    rows = origin[::2]
    found = discriminant(rows[LABELLED], np.array([n % 3 for n in LABELLED]))
    expected = project(late, found.mean, learnt_axes(found, 1, 1))
    assert stored(store, "mints")[-12:] == pytest.approx(expected, abs=1e-4)
    outside = call.read(store, "api.derived_vector", space="mints", query=Vector(late[0]).to_text())
    assert outside[0]["derived_vector"] == pytest.approx(expected[0], abs=1e-4)


def test_the_same_again_changes_nothing_and_another_lesson_is_another_space(store: Engine, origin) -> None:
    assert learn(store).is_new
    assert not learn(store).is_new
    for other in ({"blend": (1, 2)}, {"shrinkage": 0.9}, {"where": "mint <> 'Rome'"}, {"face": "reverse"}):
        with pytest.raises(SpaceError, match="exists with another recipe"):
            learn(store, **other)
    assert learn(store, "reverses", face="reverse").is_new


def test_a_run_that_fails_leaves_nothing_behind(store: Engine, origin, monkeypatch) -> None:
    from coinstore.spaces import learn as module

    monkeypatch.setattr(module, "copy_axes", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        learn(store)
    monkeypatch.undo()
    assert [row["space"] for row in call.look(store, "api.spaces")] == ["origin"]
    assert learn(store).is_new


def test_the_blend_is_chosen_by_held_out_collections(store: Engine, origin) -> None:
    learnt = learn(store, blend=None)
    recipe = catalogue.known(store, "mints").recipe
    assert tuple(recipe["blend"]) == learnt.blend
    for n, blend in enumerate([(1, 1), (0, 1)]):
        one = learn(store, f"one_{n}", blend=blend)
        assert one.agreement and learnt.agreement and one.agreement.value <= learnt.agreement.value
    with pytest.raises(SpaceError, match="give the weights"):
        learn(store, "lake", blend=None, where="collection = 'Lakeside'")
    assert learn(store, "lake", where="collection = 'Lakeside'").agreement is None


def test_no_space_is_made_where_the_source_is_better(store: Engine, origin) -> None:
    """Values drawn at random say nothing: whatever is learnt from them only adds noise."""
    rng = np.random.default_rng(2)
    with store.begin() as c:
        for coin_id in c.execute(text("select coin_id from core.coin order by 1")).scalars().all():
            said = {"mint": MINTS[rng.integers(0, 3)], "coin": coin_id}
            c.execute(text("update core.coin set mint = :mint where coin_id = :coin"), said)
    with pytest.raises(SpaceError, match=r"nothing is gained: .* origin itself agrees in 0"):
        learn(store, blend=None)
    assert [row["space"] for row in call.look(store, "api.spaces")] == ["origin"]
    assert learn(store, blend=(1, 1)).is_new


def test_the_figure_of_the_source_is_that_of_evaluate(store: Engine, origin) -> None:
    learnt = learn(store)
    *_, done = evaluate_spaces(store, EvaluationRequest(["origin"], ["mint"]))
    [theirs] = [
        r for r in done.figures if (r["setting"], r["figure"]) == ("other collections", "nn_agreement")
    ]
    ours = learnt.source_agreement
    assert ours and (ours.value, ours.queries) == (pytest.approx(theirs["value"]), theirs["n"])
    assert ours.chance == pytest.approx(theirs["chance"])


def test_the_shrinkage_is_the_best_of_those_tried(store: Engine, origin) -> None:
    chosen = learn(store).agreement
    assert chosen is not None
    for n, shrinkage in enumerate((0.1, 0.5, 0.9)):
        one = learn(store, f"one_{n}", shrinkage=shrinkage).agreement
        assert one is not None and one.value <= chosen.value


def test_a_limit_reaches_the_database(store: Engine, origin) -> None:
    with store.begin() as c:
        found = call.rows(c, "job.sides_to_learn_from", label="mint", face="obverse", space="origin",
                          predicate="true", seed=0, at_most=20)  # fmt: skip
    assert len(found) == 20 and {side["placeholders"] for side in found} == {6}
    learnt = learn(store, limit=20)
    assert learnt.sides + learnt.single_values == 20 and learnt.placeholders == 6


def test_many_dimensions_are_learnt_along_their_principal_axes(store: Engine, origin, monkeypatch) -> None:
    from coinstore.spaces import learn as module

    steps = []
    full = learn(store, shrinkage=0.3)
    monkeypatch.setattr(module, "MOST_AXES", 9)
    lesson = Lesson("mint", "origin", precision="single", shrinkage=0.3)
    learnt = learn_space(store, "along", lesson, steps.append)
    assert learnt.dims == DIMS, "it is blended with the whole source"
    assert {step.unit: (step.done, step.total) for step in steps} == {"sides": (83, 83), "queries": (82, 82)}
    fill(store, "mints"), fill(store, "along")
    axes = principal_axes([origin[::2][LABELLED]], 9)
    along = (origin[::2] - axes.mean) @ axes.axes.T
    found = discriminant(along[LABELLED].astype(np.float32), np.array([n % 3 for n in LABELLED]), 0.3)
    joined = replace(found, mean=axes.mean, axes=found.axes @ axes.axes, variance=axes.total_variance)
    expected = project(origin[::2], joined.mean, learnt_axes(joined, 1, 1))
    made, whole = stored(store, "along"), stored(store, "mints")
    assert made @ made.T == pytest.approx(expected @ expected.T, abs=1e-4)
    assert not np.allclose(made @ made.T, whole @ whole.T, atol=1e-4)
    assert learnt.agreement and full.agreement and learnt.agreement.value > full.agreement.value - 0.1


def test_legends_are_learnt_as_they_are_evaluated(store: Engine, origin) -> None:
    with store.begin() as c:
        c.execute(text("update core.side set legend = case side_id % 2 when 0 then 'IMP. CAES' else 'imp caes' end"
                       " where side_id % 4 < 2 and face = 'obverse'"))  # fmt: skip
        c.execute(text("update core.side set legend = 'PIVS' where side_id % 4 >= 2 and face = 'obverse'"))
    learnt = learn(store, label="legend")
    assert (learnt.values, learnt.single_values) == (2, 0)


def seen(store: Engine, space: str, label: str) -> tuple[bool | None, bool | None]:
    with store.begin() as c:
        return tuple(
            call.value(c, function, space=space, label=label)
            for function in ("part.has_seen", "job.has_seen_of_others")
        )


def test_its_label_is_seen_of_the_coins_that_it_learnt_from(store: Engine, origin) -> None:
    learn(store, where="inventory_number::int % 2 = 0")
    assert learnt_numbers(store, "mints") == [n for n in LABELLED if n % 2 == 0]
    fill(store, "mints")
    blend_space(store, "more", {"mints": 1, "origin": 1})
    for space in ("mints", "more"):
        assert seen(store, space, "mint") == (True, False)
        assert seen(store, space, "denomination") == (False, False)
        assert learnt_numbers(store, space) == [n for n in LABELLED if n % 2 == 0]
    with pytest.raises(SpaceError, match="has seen mint"):
        catalogue.refuse_leak(store, "mints", "mint", allow=False)
    with pytest.raises(SpaceError, match="has seen mint already"):
        learn(store, "again", source="mints")


def test_what_the_source_has_seen_is_a_leak_for_every_coin(store: Engine, origin) -> None:
    with store.begin() as c:
        c.execute(text("update core.space set sees = '{denomination}'"))
    learn(store)
    assert seen(store, "mints", "denomination") == (True, True)
    assert seen(store, "mints", "material") == (True, True), "a denomination implies it"
    with store.begin() as c:
        c.execute(text("update core.space set sees = null"))
    assert seen(store, "mints", "mint") == (None, None)
    with pytest.raises(SpaceError, match="is not known whether"):
        learn(store, "other")


def evaluated(store: Engine, spaces: list[str], **options) -> tuple[dict[str, float], dict]:
    request = EvaluationRequest(spaces, ["mint"], unseen=True, **options)
    *_, done = evaluate_spaces(store, request)
    rows = [row for row in done.figures if row["setting"] == "other collections"]
    found = {row["space"]: row["value"] for row in rows if row["figure"] == "nn_agreement"}
    assert {row["leaked"] for row in rows} == {False}
    return found, rows[0]["counts"] | {"queries": {row["n"] for row in rows if row["figure"] == "map"}}


def test_coins_that_it_was_not_learnt_from_ask_honestly(store: Engine, origin: np.ndarray) -> None:
    odd = [n for n in LABELLED if n % 2]
    learn(store, where="inventory_number::int % 2 = 0")
    fill(store, "mints")
    found, counts = evaluated(store, ["mints", "origin"])
    assert (counts["learnt"], counts["queries"]) == (len(LABELLED) - len(odd), {len(odd)})
    made = project(origin[::2], *_map_of(origin[::2], [n for n in LABELLED if n % 2 == 0]))
    for space, rows in (("mints", made), ("origin", origin[::2])):
        assert found[space] == pytest.approx(_agreement(rows, odd), abs=1e-9), space
    with pytest.raises(SpaceError, match="has seen mint"):
        list(evaluate_spaces(store, EvaluationRequest(["mints"], ["mint"])))


def test_where_all_were_learnt_from_none_can_ask(store: Engine, origin) -> None:
    learn(store)
    fill(store, "mints")
    with pytest.raises(SpaceError, match="none is left to ask"):
        evaluated(store, ["mints"], where="mint in ('Rome', 'Ostia')")


def _map_of(rows: np.ndarray, numbers: list[int]) -> tuple[np.ndarray, np.ndarray]:
    found = discriminant(rows[numbers], np.array([n % 3 for n in numbers]))
    return found.mean, learnt_axes(found, 1, 1)


def _agreement(rows: np.ndarray, asking: list[int]) -> float:
    similar = rows @ rows.T
    hits = []
    for n in asking:
        others = [m for m in range(N) if mint_of(m) in (*MINTS, "Emerita") and m // 3 % 3 != n // 3 % 3]
        hits.append(mint_of(max(others, key=lambda m: similar[n, m])) == mint_of(n))
    return float(np.mean(hits))


def test_a_dropped_space_forgets_and_a_switched_one_keeps(store: Engine, origin) -> None:
    learn(store)
    learn(store, "other", where="collection <> 'Lakeside'")
    fill(store, "mints"), fill(store, "other")
    catalogue.switch_spaces(store, "mints", "other")
    assert learnt_numbers(store, "other") == LABELLED
    with pytest.raises(SpaceError, match="drop that first"):
        catalogue.drop_space(store, "origin")
    catalogue.drop_space(store, "other")
    with store.begin() as c:
        assert c.execute(text("select count(distinct space_id) from core.learnt")).scalar() == 1


@pytest.mark.parametrize(
    ("lesson", "said"),
    [
        ({"label": "nonsense"}, "no label nonsense"),
        ({"source": "nothing"}, "no space nothing"),
        ({"label": "denomination"}, "0 sides in origin have a denomination"),
        ({"label": "collection"}, "choose another label"),
        ({"label": "weight_g"}, "not a label"),
        ({"where": "mint = 'Rome'"}, "1 values are shared"),
        ({"where": "no_such = 1"}, "no_such"),
    ],
)
def test_what_cannot_be_learnt_is_said(store: Engine, origin, lesson: dict, said: str) -> None:
    with pytest.raises((NotFound, SpaceError, PredicateError), match=said):
        learn(store, **lesson)


@pytest.mark.parametrize(
    "lesson", [{"shrinkage": 1.5}, {"shrinkage": -1}, {"blend": (1, 0)}, {"blend": (-1, 1)}]
)
def test_impossible_numbers_are_refused(lesson: dict) -> None:
    with pytest.raises(SettingsError):
        Lesson("mint", "origin", **lesson)
    assert issubclass(SettingsError, CoinstoreError)


def test_an_accepted_proposal_teaches_nothing(store: Engine, origin) -> None:
    with store.begin() as c:
        said = {
            "label": "mint",
            "spaces": ["origin"],
            "face": "obverse",
            "model": "knn",
            "recipe": {},
            "seed": 0,
        }
        more = {"library": "x", "trained": True, "leaked": False, "figures": {}}
        classifier = call.value(c, "job.add_classifier", said=json.dumps(said | more), confusions="[]")
        one = c.execute(text("select min(coin_id) from api.coins where mint = 'Rome'")).scalar()
        insert = """insert into core.proposal (classifier_id, coin_id, value, certainty, state, applied, decided_by, decided_at)
                    values (:classifier, :coin, 'Rome', 1, 'accepted', true, 'me', now())"""
        c.execute(text(insert), {"classifier": classifier, "coin": one})
    assert learn(store).coins == len(LABELLED) - 1

"""What a record says no longer is taken away if the same record gave it, in every format; nothing else is."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from coinstore.db import call
from coinstore.ingest import Ingested, follow, ingest
from coinstore.records.coin import Coin, Reference, TypeClaim, Value
from coinstore.records.load import Loaded, load
from coinstore.records.reader import Reading

ROME, OSTIA = "http://nomisma.org/id/rome", "http://nomisma.org/id/ostia"


def coin(*, whole: bool = True, **said) -> Coin:
    return Coin("record 1", {"said": repr(said)}, "M", "1", is_whole=whole, **said)


def run(store: Engine, one: Coin, source: str = "/a.xml") -> Loaded:
    return sum(load(store, source, [one]), Loaded())


def found(store: Engine, *names: str) -> tuple:
    (row,) = call.look(store, "api.coins")
    return tuple(row[name] for name in names)


def sides(store: Engine) -> dict[str, tuple]:
    return {row["face"]: (row["legend"], row["description"]) for row in call.look(store, "api.sides")}


FULL = coin(
    fields={"mint": "Rome", "mint_uri": ROME, "weight_g": 3.5, "year_from": -44, "year_to": -42},
    values={"authority": (Value("Caesar", is_uncertain=True),)},
    sides={"obverse": {"legend": "AVG", "die": "O1", "image": __file__}},
    types=(TypeClaim("RIC 1"),),
    references=(Reference("literature", "Sear 1"),),
)


def test_a_record_that_lost_everything_empties_its_coin(store: Engine) -> None:
    run(store, FULL)
    assert run(store, coin()) == Loaded(changed=1)
    assert set(found(store, "mint", "mint_uri", "weight_g", "year_from", "year_to", "type")) == {None}
    assert sides(store) == {"obverse": (None, None)}
    for view in ("api.values", "api.references", "api.dies", "api.images"):
        assert not call.look(store, view)
    assert run(store, coin()) == Loaded(unchanged=1)


def test_a_table_says_nothing_of_the_columns_that_it_lacks(store: Engine) -> None:
    run(store, replace(FULL, is_whole=False))
    assert run(store, coin(whole=False, fields={"weight_g": None})) == Loaded(changed=1)
    assert found(store, "mint", "mint_uri", "weight_g", "type") == ("Rome", ROME, None, "RIC 1")
    assert sides(store) == {"obverse": ("AVG", None)}


@pytest.mark.parametrize("whole", [True, False], ids=["record", "table"])
def test_what_was_never_said_takes_nothing_from_others(store: Engine, whole: bool) -> None:
    """A new source and a known one, with elements that are not there and with empty cells."""
    run(store, FULL)
    before = [call.look(store, view) for view in ("api.coins", "api.sides", "api.images")]
    names = dict.fromkeys(("mint", "weight_g", "year_from", "year_to"))
    empty: dict = (
        {}
        if whole
        else {
            "fields": names,
            "sides": {"obverse": {"legend": None, "image": None}},
            "types": (),
        }
    )
    run(store, coin(whole=whole, **empty), "/b.xml")
    run(store, coin(whole=whole, rights={"licence": "CC0"}, **empty), "/b.xml")
    assert [call.look(store, view) for view in ("api.coins", "api.sides", "api.images")] == before


def test_what_another_source_says_counts_again(store: Engine) -> None:
    run(store, coin(fields={"mint": "Rome", "mint_uri": ROME, "year_from": -44, "year_to": -42}))
    later = coin(
        fields={"mint": "Ostia", "weight_g": 3.5, "year_from": -30},
        sides={"obverse": {"legend": "AVG"}},
    )
    run(store, later, "/b.xml")
    assert found(store, "mint", "mint_uri", "year_from", "year_to") == ("Ostia", None, -30, -42)
    assert run(store, coin(fields={"weight_g": 3.5}), "/b.xml") == Loaded(changed=1)
    assert found(store, "mint", "mint_uri", "year_from", "year_to", "weight_g") == (
        "Rome",
        ROME,
        -44,
        -42,
        3.5,
    )
    assert sides(store) == {"obverse": (None, None)}


def test_a_value_that_another_source_replaced_stays(store: Engine) -> None:
    run(store, coin(fields={"mint": "Rome", "weight_g": 3.5}))
    run(store, coin(fields={"mint": "Ostia", "mint_uri": OSTIA}), "/b.xml")
    run(store, coin(fields={"weight_g": 3.5}))
    assert found(store, "mint", "mint_uri") == ("Ostia", OSTIA)


def test_a_preferred_name_is_withdrawn_with_the_recorded_one(store: Engine) -> None:
    run(store, coin(fields={"mint": "Roma"}))
    with store.begin() as c:
        call.rows(c, "job.add_term", field="mint", name="Rome", aliases=["Roma"], nomisma=None, said_by="a")
    run(store, coin(fields={"weight_g": 3.5}), "/b.xml")
    run(store, coin(fields={"mint": "Ostia"}), "/c.xml")
    assert run(store, coin(), "/c.xml") == Loaded(changed=1)
    assert found(store, "mint") == ("Rome",)
    assert run(store, coin()) == Loaded(changed=1)
    assert found(store, "mint") == (None,)


NUDS = '<nuds xmlns="http://nomisma.org/nuds" recordType="physical"><control><recordId>1</recordId></control><descMeta>{}</descMeta></nuds>'
FILES = {
    "NUDS": (
        ".xml",
        NUDS.format(
            "<typeDesc><material>Silver</material></typeDesc><physDesc><measurementsSet>"
            '<weight units="g">3.5</weight></measurementsSet></physDesc>'
        ),
        NUDS.format("<title>1</title>"),
    ),
    "JSON": (
        ".json",
        '[{"inventory_number": "1", "material": "Silver", "weight": "3.5"}]',
        '[{"inventory_number": "1"}]',
    ),
    "RDF": (
        ".ttl",
        "@prefix nmo: <http://nomisma.org/ontology#> . @prefix dcterms: <http://purl.org/dc/terms/> ."
        ' <http://x.org/1> a nmo:NumismaticObject ; dcterms:identifier "1" ; nmo:hasWeight 3.5 ; nmo:hasMaterial "Silver" .',
        "@prefix nmo: <http://nomisma.org/ontology#> . @prefix dcterms: <http://purl.org/dc/terms/> ."
        ' <http://x.org/1> a nmo:NumismaticObject ; dcterms:identifier "1" .',
    ),
    "CSV": (
        ".csv",
        "inventory_number,material,weight\n1,Silver,3.5\n",
        "inventory_number,material,weight\n1,,\n",
    ),
}


def ingested(store: Engine, file: Path) -> Ingested:
    return follow(ingest(store, [Reading(str(file), collection="M")]))


@pytest.mark.parametrize("form", FILES)
def test_each_format_withdraws_what_is_gone_from_the_file(store: Engine, tmp_path: Path, form: str) -> None:
    ending, first, second = FILES[form]
    file = tmp_path / f"a{ending}"
    file.write_text(first)
    assert ingested(store, file).new == 1
    assert found(store, "material", "weight_g") == ("Silver", 3.5)
    file.write_text(second)
    assert ingested(store, file).changed == 1
    assert found(store, "material", "weight_g") == (None, None)


def test_where_nobody_kept_who_said_what_only_an_empty_cell_empties(store: Engine) -> None:
    """A store of an older version, in which several sources describe a coin."""
    run(store, coin(fields={"mint": "Rome", "weight_g": 3.5}))
    run(store, coin(fields={"material": "Silver"}), "/b.xml")
    with store.begin() as c:
        c.execute(text("update core.record set said = null"))
    run(store, coin())
    assert found(store, "mint", "weight_g", "material") == ("Rome", 3.5, "Silver")
    run(store, coin(whole=False, fields={"material": None}), "/b.xml")
    assert found(store, "mint", "weight_g", "material") == ("Rome", 3.5, None)


ACCEPTED = """
with made as (
    insert into core.classifier (label, spaces, face, model, recipe, seed, library, trained, leaked, figures)
    values ('mint', '{plain}', 'obverse', 'knn', '{}', 1, '1', false, false, '{}') returning classifier_id),
taken as (update core.coin set mint = 'Rome' returning coin_id)
insert into core.proposal (classifier_id, coin_id, value, certainty, state, decided_by, applied)
select classifier_id, coin_id, 'Rome', 0.9, 'accepted', 'a person', true from made, taken
"""


def test_a_value_that_a_person_accepted_is_no_source_s(store: Engine) -> None:
    run(store, coin(fields={"weight_g": 3.5}))
    with store.begin() as c:
        c.execute(text(ACCEPTED))
    run(store, coin(fields={"denomination": "As"}), "/b.xml")
    run(store, coin(fields={"weight_g": 3.6}))
    assert found(store, "mint", "weight_g", "denomination") == ("Rome", 3.6, "As")

"""The public face: what is exported, what one call does, and how answers print, show and convert."""

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from sqlalchemy import Engine, text

import coinstore
from coinstore.errors import NotFound, PredicateError, SettingsError, SpaceError
from coinstore.rows import Rows
from coinstore.store import Store
from coinstore.synthetic import Mintage, write_collection

HEAVY = ("PIL", "alembic", "numpy", "pandas", "pgvector", "psycopg", "rich", "sqlalchemy", "torch")
COINS = 24


def test_what_is_exported_is_all_there_is() -> None:
    assert coinstore.__all__ == sorted(coinstore.__all__)
    assert coinstore.__all__ == [
        "About",
        "Answers",
        "CoinstoreError",
        "LookAlike",
        "Progress",
        "Rows",
        "Store",
        "errors",
        "open",
    ]
    for name in coinstore.__all__:
        assert getattr(coinstore, name).__doc__
    with pytest.raises(AttributeError, match="has no attribute 'Question'"):
        _ = coinstore.Question
    assert public(Store) == {
        "backup",
        "browse",
        "check",
        "classify",
        "close",
        "describe",
        "dies",
        "embed",
        "evaluate",
        "export_coins",
        "export_pairs",
        "faults",
        "finetune",
        "graph",
        "graphs",
        "ingest",
        "map",
        "maps",
        "matches",
        "outlines",
        "restore",
        "sheet",
        "similar",
        "spaces",
        "sql",
        "status",
        "terms",
        "values",
    }


def public(kind: type) -> set[str]:
    return {name for name in dir(kind) if not name.startswith("_")}


def test_importing_coinstore_imports_nothing_heavy() -> None:
    code = f"import sys, coinstore; print(*(name for name in {HEAVY} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


@pytest.fixture(scope="module")
def drawn(tmp_path_factory) -> Path:
    """The folder of some drawn coins: records and photographs."""
    folder = tmp_path_factory.mktemp("drawn")
    list(write_collection(folder, COINS, Mintage(seed=0)))
    return folder


@pytest.fixture
def filled(store: Engine, drawn: Path, once) -> Store:
    """A store with the drawn coins and their vectors."""
    made = Store(store)

    def fill(_folder: Path) -> None:
        made.ingest(str(drawn / "records.csv"), images=str(drawn / "images"))
        made.embed("hog")

    once(fill)
    return made


def test_one_call_loads_and_one_embeds(store: Engine, drawn: Path) -> None:
    made, told = Store(store), []
    done = made.ingest(str(drawn / "records.csv"), images=str(drawn / "images"), progress=told.append)
    assert (done.new + done.refused, done.rejected) == (COINS, ())
    assert len(made.faults()) == done.faults
    again = made.ingest(str(drawn / "records.csv"), images=str(drawn / "images"))
    assert (again.new, again.changed, again.unchanged) == (0, 0, done.new)
    last = {step.unit: step for step in told}
    assert last["records"].done == COINS
    assert last["photographs"].done == last["photographs"].total > COINS
    told.clear()
    [filled] = made.embed("hog", batch_size=16, progress=told.append)
    assert filled.done == told[-1].done == told[-1].total
    assert [step.done for step in told] == sorted(step.done for step in told)
    assert filled.left == 0
    assert not made.embed("hog"), "nothing is left to do"
    [space] = made.spaces.list()
    assert (space["space"], space["embedded"]) == ("hog", filled.done)
    assert "hog" in repr(made.spaces)


def coin(filled: Store) -> str:
    """A coin whose both sides have a vector."""
    sides = Counter(
        (row["collection"], row["inventory_number"])
        for row in filled.sql(
            "select collection, inventory_number from api.sides join api.embedding_hog using (side_id)"
        )
    )
    collection, number = min(name for name, count in sides.items() if count == 2)
    return f"{collection}/{number}"


QUESTIONS = [
    {"k": 5},
    {"k": 3, "where": "denomination is distinct from 'It''s; :x %s 100%' and weight_g > 0"},
    {"k": 4, "face": "both"},
    {"k": 4, "face": "both", "obverse_weight": 0.8, "farthest": True},
    {"k": 5, "face": "reverse", "farthest": True},
    {"k": 5, "space": {"hog": 0.7, "centred": 0.3}, "where": "mint <> '\\'"},
]


@pytest.mark.parametrize("question", QUESTIONS, ids=str)
def test_the_sql_of_an_answer_gives_the_same_rows(filled: Store, question: dict) -> None:
    filled.spaces.derive("centred", "hog", centre="all")
    filled.embed("centred")
    found = filled.similar(coin(filled), **question)
    assert len(found) == question["k"]
    same = filled.sql(found.sql)
    assert [(row["coin_id"], row["distance"]) for row in same] == [
        (row.coin_id, row.distance) for row in found
    ]


def test_questions_of_every_kind(filled: Store, drawn: Path) -> None:
    [row, *_] = filled.sql(
        "select coin_id, face, embedding::real[] as vector from api.embedding_hog join api.sides using (side_id)"
        " where face = %(face)s order by coin_id",
        {"face": "obverse"},
    )
    by_vector = filled.similar(vector=np.array(row["vector"], np.float32), k=3)
    assert by_vector[0].coin_id == row["coin_id"]
    assert by_vector.sql.startswith("select * from ")
    assert [other["coin_id"] for other in filled.sql(by_vector.sql)] == [other.coin_id for other in by_vector]
    obverse, reverse = (next((drawn / "images").glob(f"*{part}*")) for part in ("obv", "rev"))
    assert filled.similar(image=obverse, k=1)[0].similarity > 0.9
    both = filled.similar(image={"obverse": obverse, "reverse": reverse}, k=2)
    assert len(both) == 2
    for wrong in ({}, {"coin": 1, "image": obverse}, {"image": obverse, "vector": np.ones(3, np.float32)}):
        with pytest.raises(SettingsError, match="ask about one thing"):
            filled.similar(**wrong)
    with pytest.raises(SpaceError, match="shows one face"):
        filled.similar(image=obverse, face="both")
    with pytest.raises(SpaceError, match="holds vectors of pictures only"):
        filled.similar(text="radiate head right")


def test_answers_print_show_and_convert(filled: Store) -> None:
    pandas = pytest.importorskip("pandas")
    found = filled.similar(coin(filled), k=4)
    lines = str(found).splitlines()
    assert lines[0].split() == found.columns
    assert len(lines) == 5
    assert all(row.inventory_number in line for row, line in zip(found, lines[1:], strict=True))
    html = found._repr_html_()
    assert html.count("<tr>") == 5
    assert 4 < html.count('src="data:image/jpeg;base64,') <= 8
    table = found.to_pandas()
    assert isinstance(table, pandas.DataFrame)
    assert (
        table["coin_id"].tolist()
        == [row.coin_id for row in found]
        == [row["coin_id"] for row in found.to_dicts()]
    )
    assert list(table.columns) == list(found.to_dicts()[0])
    assert isinstance(found[0], coinstore.LookAlike)
    assert isinstance(found, coinstore.Answers)


def test_text_of_records_is_never_markup() -> None:
    rows = Rows([{"mint": "<script>x</script>", "coins": 1}, {"mint": "a\x1b[31m\nb", "coins": None}])
    assert "<script>" not in rows._repr_html_()
    assert "&lt;script&gt;" in rows._repr_html_()
    assert "\x1b" not in str(rows)
    assert len(str(rows).splitlines()) == 3


def test_long_and_empty_rows() -> None:
    many = Rows({"n": n, "text": "x" * 200} for n in range(1234))
    assert len(str(many).splitlines()) == 52
    assert "… 1,184 more rows" in str(many)
    assert "… 1,184 more rows" in many._repr_html_()
    assert len(many.to_dicts()) == 1234
    assert str(Rows([], ["mint"])) == "mint\n(no rows)"
    assert "(no rows)" in Rows()._repr_html_()


def test_rows_without_pandas(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(SettingsError, match="pip install pandas"):
        Rows([{"a": 1}]).to_pandas()


def test_texts_are_read_in_the_language_asked_for(store: Engine, tmp_path: Path) -> None:
    texts = '<description xml:lang="en">Head</description><description xml:lang="de">Kopf</description>'
    nuds = (
        '<nuds xmlns="http://nomisma.org/nuds" recordType="physical"><control><recordId>1</recordId></control>'
        f"<descMeta><typeDesc><obverse><type>{texts}</type></obverse></typeDesc></descMeta></nuds>"
    )
    (tmp_path / "coins.xml").write_text(nuds, "utf-8")
    made = Store(store)
    for language, said in (("de", "Kopf"), (["fr", "en"], "Head")):
        made.ingest(str(tmp_path / "coins.xml"), collection="M", language=language)
        assert made.sql("select description from api.sides")[0]["description"] == said


def test_names_and_their_terms(store: Engine, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("inventory number,mint,material\n1,Roma? | Ostia,Silver\n")
    rome = (
        "@prefix skos: <http://www.w3.org/2004/02/skos/core#> . <http://nomisma.org/id/rome> a"
        ' <http://nomisma.org/ontology#Mint> ; skos:prefLabel "Rome"@en, "Rom"@de, "Roma"@it .'
    )
    (folder := tmp_path / "concepts").mkdir()
    (folder / "rome.ttl").write_text(rome, "utf-8")
    made = Store(store)
    made.ingest(str(tmp_path / "a.csv"), collection="M")
    assert [(row["field"], row["value"]) for row in made.values()] == [("mint", "Roma"), ("mint", "Ostia")]
    assert [row["value"] for row in made.values("mint", uncertain=True)] == ["Roma"]
    assert made.values("material").columns[:3] == ["collection", "inventory_number", "field"]
    (folder / "none.ttl").write_text("<http://a.org/b> <http://a.org/c> <http://a.org/d> .")
    left_out, row = made.terms.import_nomisma(folder, said_by="A", languages=["de"])
    assert (row.field, row.name, row.fault) == ("mint", "Rom", None)
    assert left_out.fault == "none.ttl: has no material, denomination, mint or person; it is left out."
    assert made.values("mint")[0]["value"] == "Rom"
    made.terms.add("material", "AR", "Silver", said_by="A", nomisma="ar")
    assert {row["term"] for row in made.terms.list()} == {"Rom", "AR"}
    assert "Silver" in repr(made.terms)
    assert made.terms.remove("material", "AR").coins == 1
    with pytest.raises(NotFound):
        made.terms.remove("material", "AR")


def test_sql_has_the_rights_of_a_reader(filled: Store) -> None:
    found = filled.sql(
        "select mint, count(*) as coins from api.coins where mint like '%o%' group by 1 order by 1"
    )
    assert found.columns == ["mint", "coins"]
    assert all("o" in row["mint"] for row in found)
    assert filled.sql("select 1 as n where false").columns == ["n"]
    for statement, reason in (
        ("select * from core.coin", "permission denied"),
        ("delete from api.coins", "the statement cannot be used"),
        ("select nothing from api.coins", 'column "nothing" does not exist'),
        ("select 1; select 2", "multiple commands"),
        ("commit; reset role; delete from core.coin", "multiple commands"),
    ):
        with pytest.raises(PredicateError, match=reason):
            filled.sql(statement)


def test_sql_of_a_view_that_changes(store: Engine) -> None:
    made = Store(store)
    for columns in ("1 as a", "1 as a, 2 as b"):
        with store.begin() as c:
            c.execute(text(f"create or replace view api.changing as select {columns}"))
            c.execute(text("grant select on api.changing to coinstore_reader"))
        assert len(made.sql("select * from api.changing")[0]) == columns.count("as")


def test_graphs_and_maps(filled: Store, tmp_path: Path) -> None:
    told: list = []
    built = filled.graphs.build("hog", k=3, progress=told.append)
    assert told[-1].done == told[-1].total == built.coins
    assert {"components", "pagerank"} <= {
        run.algorithm for run in filled.graphs.analyse("hog_obverse", seed=1)
    }
    network = filled.graph("hog_obverse")
    assert isinstance(network, nx.DiGraph)
    assert network.number_of_edges() == built.edges
    [written] = filled.graphs.export("hog_obverse", tmp_path / "hog.graphml")
    assert written.is_file()
    assert filled.graphs.update("hog_obverse").edges == built.edges
    assert [row["graph"] for row in filled.graphs.list()] == ["hog_obverse"]
    filled.graphs.drop("hog_obverse")
    assert "(no rows)" in repr(filled.graphs)
    filled.maps.build("hog", method="pca")
    assert len(filled.map("hog_obverse_pca")) == built.coins
    assert filled.maps.update("hog_obverse_pca").added == 0
    assert "hog_obverse_pca" in repr(filled.maps)
    filled.maps.drop("hog_obverse_pca")
    with pytest.raises(NotFound):
        filled.map("hog_obverse_pca")


def test_figures(filled: Store, tmp_path: Path) -> None:
    figures = filled.evaluate(None, "denomination", k=3)
    assert {row["space"] for row in figures} == {filled.spaces.default}
    figures = filled.evaluate("hog", "denomination", k=3)
    assert {row["figure"] for row in figures} >= {"nn_agreement", "map"}
    assert "nn_agreement" in str(figures)
    done = filled.classify("denomination", "hog", model="knn", proposes=False, folds=2)
    assert 0 <= done.figures["accuracy"] <= 1
    with pytest.raises(TypeError, match="there is no option colour"):
        filled.classify("denomination", "hog", colour="red")
    with pytest.raises(SpaceError, match="is not a network of torchvision"):
        filled.finetune("denomination", "tuned", model="hog", epochs=1)
    assert filled.describe("weight_g > 0", by="denomination").coins > 0
    [sheet] = filled.sheet(coin(filled), tmp_path / "sheet.html", k=2)
    assert "data:image" in sheet.read_text("utf-8")
    [drawn] = filled.sheet(2, tmp_path / "random.html", seed=3, k=2)
    assert drawn.is_file()


def test_spaces(filled: Store, tmp_path: Path) -> None:
    filled.spaces.derive("flat", "hog", centre="all", whiten=4)
    filled.spaces.blend("looks", {"hog": 0.7, "flat": 0.3})
    [flat, looks] = filled.embed(["flat", "looks"])
    assert flat.done == looks.done > 0
    filled.spaces.switch("flat", "looks")
    dims = {row["space"]: row["dims"] for row in filled.spaces.list()}
    assert dims["looks"] == 4
    filled.spaces.switch("flat", "looks")
    assert filled.spaces.index("flat").recall == 1
    files = (tmp_path / "flat.npy", tmp_path / "flat.txt")
    assert filled.spaces.export_vectors("flat", *files) == flat.done
    assert filled.spaces.import_vectors("copy", *files) == flat.done
    filled.spaces.drop("copy")
    filled.spaces.drop("looks")
    assert {row["space"] for row in filled.spaces.list()} == {"flat", "hog"}
    with pytest.raises(NotFound):
        filled.spaces.drop("looks")


def test_running(filled: Store, tmp_path: Path) -> None:
    assert filled.status()["coverage"]
    assert not filled.check(files=True)
    made = filled.backup(tmp_path / "coins.dump", verify=False)
    assert (made.coins, made.file.stat().st_size) == (COINS, made.bytes)


def test_rows_are_a_list() -> None:
    rows = Rows([{"n": 1}, {"n": 2}])
    assert rows == [{"n": 1}, {"n": 2}]
    assert not re.search("None", str(Rows([{"n": None}])))

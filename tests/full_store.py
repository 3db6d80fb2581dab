"""A store in which every view of api has rows; everything that only the hidden collection has is called SECRET-…"""

import numpy as np
from sqlalchemy import Engine, text

from coinstore.classify.examples import ClassifierRequest
from coinstore.classify.models import ClassifierRecipe
from coinstore.classify.run import ClassifierTrial, classify_coins
from coinstore.curation import terms
from coinstore.curation.impute import Rule, impute
from coinstore.db import call
from coinstore.db.copy import copy_vectors
from coinstore.dies.calibrations import take_shipped
from coinstore.evaluate import measure
from coinstore.graph.analyse import analyse_graph
from coinstore.graph.build import build_graph
from coinstore.graph.catalogue import GraphRequest
from coinstore.maps.build import MapRequest, build_map
from coinstore.records.coin import Coin, Fault, Reference, TypeClaim, Value
from coinstore.records.load import load

DIMS, N = 16, 300
SECRET = "Secret Hoard"
COLLECTIONS = ("Open Museum", "Other Museum", SECRET)
HIDDEN_SOURCE, OPEN_STUDY = "/sec/SECRET-source", "/study"
GRAPH, MAP = "near", "plane"
# Two after each other differ in one sign; every fifth is of a blank picture.
FINGERPRINTS = """
    insert into core.fingerprint (sha256, fingerprint)
    select sha256, case when n % 5 > 0 then
           ('x' || md5((n / 2)::text) || md5((n / 2)::text))::bit(256) # (n % 2)::int::bit(256) end
    from (select sha256, row_number() over (order by sha256) as n from core.image) i
"""
# The first coin with one of each collection.
MATCHES = """
    insert into core.match (side_id, other_id, recipe_id, digest, other_digest, agreeing, inliers, possible, coverage,
                            probability, opencv_version)
    select a.side_id, b.side_id, job.match_recipe(jsonb_build_object('version', k.version)), a.digest, b.digest,
           0, 0, 0, 0, 0.01, '4'
    from core.calibration k, part.matched_sides a join part.matched_sides b using (face) where a.coin_id = 1 and b.coin_id in (2, 3, 4)
"""


def fill(store: Engine) -> None:
    """Coins 1 to 300, every third of the hoard; a graph, a map, figures, proposals, verdicts, faults."""
    list(load(store, "/a", [_coin(n) for n in range(N)]))
    for source, hidden in ((OPEN_STUDY, False), (HIDDEN_SOURCE, True)):
        list(
            load(
                store, source, [*(_studied(n) for n in range(N) if (n % 3 == 2) == hidden), _refused(hidden)]
            )
        )
    _vectors(store)
    list(build_graph(store, "of_the_hoard", GraphRequest("tiny", k=2, where=f"collection = '{SECRET}'")))
    list(build_graph(store, GRAPH, GraphRequest("tiny", k=5)))
    list(analyse_graph(store, GRAPH))
    _words(store)
    call.run(store, "job.fill_texts")
    _figures(store)
    _seen(store)


def _name(n: int, what: str) -> str:
    return f"SECRET-{what}" if n % 3 == 2 else f"{what} {n % 3}"


def _coin(n: int) -> Coin:
    return Coin(
        place=str(n),
        raw={"n": n, "said": f"raw {n}"},
        collection=COLLECTIONS[n % 3],
        inventory_number=f"N{n:05}",
        fields={
            "weight_g": float(np.random.default_rng(n).uniform(1, 10)),
            "diameter_mm": 20.0,
            "mint": "Rome" if n % 2 else "Ostia",
            "denomination": _name(n, "spelling"),
            "material": "silver",
            "authority": None if n % 7 == 0 else _name(n, "authority"),
            "year_from": -n - 1 if n % 2 else n + 1,
            "year_to": n + 1,
            "findspot": _name(n, f"spot {n // 3 % 3}"),
            "hoard": _name(n, "hoard"),
            "uri": f"https://example.org/{_name(n, 'coin')}",
            "mint_uri": f"https://example.org/{_name(n, 'mint')}",
        },
        values={"material": (Value("silver"), Value(_name(n, "alloy"), is_uncertain=True))},
        sides={"obverse": {"legend": f"L{n}"}, "reverse": {"legend": f"R{n}"}},
        rights={"licence": "CC0", "rights_holder": _name(n, "holder"), "language": "en"},
    )


def _studied(n: int) -> Coin:
    """What a study adds: types of all but each fifth coin, dies, and a value that could not be read."""
    dies = {face: {"die": _name(n, f"die {face[0]}{n % 4}")} for face in ("obverse", "reverse")}
    claims = (TypeClaim(_name(n, f"type {n % 2}")), TypeClaim("shared by all")) if n % 5 else ()
    cited = (Reference("literature", _name(n, "book")),)
    faults = (Fault("size", _name(n, "fault"), "is no number"),) if n % 10 < 3 else ()
    return Coin(
        str(n),
        {"of": _name(n, "raw")},
        COLLECTIONS[n % 3],
        f"N{n:05}",
        {},
        dies,
        claims,
        references=cited,
        faults=faults,
    )


def _refused(hidden: bool) -> Coin:
    return Coin(
        "last", {"of": "SECRET-refused" if hidden else "refused"}, None, None, refusal="it has no number"
    )


def _vectors(store: Engine) -> None:
    with store.begin() as c:
        call.value(c, "job.add_space", name="tiny", recipe="{}", dims=DIMS, sees=[])
        ids = list(c.execute(text("select side_id from core.side order by side_id")).scalars())
        rng = np.random.default_rng(0)
        copy_vectors(c, "tiny", "half", ids, rng.normal(size=(len(ids), DIMS)).astype(np.float32))
        call.value(c, "job.settle_space", space="tiny")
        c.execute(
            text(
                "insert into core.image select sha256(int4send(side_id)), 1, 1, 1, 'PNG', 'x' from core.side"
            )
        )
        c.execute(
            text(
                "update core.side set sha256 = sha256(int4send(side_id)), image_location = '/p/' || side_id,"
                " image_examined = true"
            )
        )
        c.execute(
            text(
                "insert into core.outline select side_id, sha256, 0.5, 0.5, 0.5, array_fill(smallint '999', '{96}'), 0.5,"
                " 'drawn', 'A. Curator' from core.side"
            )
        )
        # The first two coins of the first collection have one photograph of the obverse.
        c.execute(text("update core.side set sha256 = sha256(int4send(1)) where side_id = 7"))
        c.execute(text(FINGERPRINTS))
        call.value(c, "job.compare_fingerprints")
        c.execute(
            text(
                "insert into core.fault (side_id, column_name, value_text, reason)"
                " select side_id, 'image', '/p/' || side_id, 'is torn' from core.side where coin_id < 10"
            )
        )
        c.execute(
            text(
                "insert into core.sentence select space_id, side_id, case when collection_id ="
                " (select collection_id from core.collection where name = :s) then 'SECRET-sentence' else 'open' end,"
                " '{}', md5('')::uuid from core.space, core.side join core.coin using (coin_id)"
            ),
            {"s": SECRET},
        )
        c.execute(text("insert into core.network select space_id, 'x', '[]' from core.space"))


def _words(store: Engine) -> None:
    """Terms for spellings of all and of the hoard; one that no coin has."""
    for name, aliases in {
        "Denarius": ("spelling 0",),
        "SECRET-term": ("SECRET-spelling",),
        "Unused": ("No such",),
    }.items():
        terms.add_term(
            store,
            terms.Term("denomination", name, "SECRET-person" if "SECRET" in name else "a person", aliases),
        )
    for name, aliases in {"Kind": ("type 0 0",), "SECRET-kind": ("SECRET-type 0",)}.items():
        terms.add_term(store, terms.Term("type", name, "a person", aliases))
    impute(
        store,
        Rule("authority", ("mint", "denomination"), where=f"collection = '{SECRET}' or true"),
        "a person",
    )


def _figures(store: Engine) -> None:
    wanted = measure.EvaluationRequest(
        ("tiny",),
        ("type", f"die:{HIDDEN_SOURCE}"),
        ("obverse", "reverse"),
        where=f"collection = '{SECRET}' or true",
    )
    list(measure.evaluate_spaces(store, wanted))
    for label in ("type", f"die:{HIDDEN_SOURCE}"):
        list(
            classify_coins(
                store,
                ClassifierRequest(label, ("tiny",), group="findspot" if ":" in label else "collection"),
                ClassifierRecipe("knn"),
                ClassifierTrial(2, 0, label == "type"),
            )
        )
    list(build_map(store, MAP, MapRequest("tiny", method="pca")))


def _seen(store: Engine) -> None:
    for coin, other, note in ((1, 2, "open"), (1, 3, "SECRET-note"), (3, 6, "SECRET-note")):
        call.run(
            store,
            "job.store_verdict",
            coin=coin,
            neighbour=other,
            face="obverse",
            verdict="same die",
            said_by="a person",
            note=note,
        )
    call.run(store, "job.choose_graph", graph=GRAPH)
    take_shipped(store)
    with store.begin() as c:
        c.execute(text(MATCHES))
    with store.begin() as c:  # such a dense graph has no bridges
        c.execute(
            text(
                "insert into core.bridge select run_id, 1, x from core.graph_run, (values (2), (3)) v (x) limit 2"
            )
        )
        c.execute(
            text(
                "insert into core.backup (file, bytes, sha256, verified, counts)"
                " values ('/b', 1, repeat('0', 64), true, '{}')"
            )
        )

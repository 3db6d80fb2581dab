"""A store of coins, their dies and their matches, made without comparing photographs: plausible, not computed."""

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from sqlalchemy import Connection, Engine, text

from coinstore.db import call
from coinstore.dies.calibrations import take_shipped
from coinstore.matching import shipped
from coinstore.matching.parameters import VERSION

Ints = NDArray[np.int64]
OF_A_DIE, ALIKE = 7, 3
LINKED = 10  # obverse dies whose coins have the same reverse dies
OWN = 0.35  # of the pairs that are compared are of one die
RECALL, PRECISION, LOWEST = 0.85, 0.98, 0.9
JUDGED = 0.005  # of the pairs; of one in twenty of these another person says the contrary
DUE_COINS = 861  # whose 370,230 pairs are compared without a graph
RECIPE = json.dumps({"version": VERSION})
COINS = """
    set local session_replication_role = replica;
    insert into core.collection (name) select 'Museum ' || n from generate_series(1, 20) n;
    insert into core.type (catalogue, number) select 'Class', n::text from generate_series(1, {coins} / 350 + 1) n;
    insert into core.coin (collection_id, inventory_number, weight_g, die_axis_h, mint, year_from, year_to)
    select 1 + n % 20, n::text, 14 + n % 100 / 100.0, 1 + n % 12,
           case when n <= {due} then 'Olynthus' else 'Mende' end, 1 + n % 300, 5 + n % 300
    from generate_series(1, {coins}) n;
    insert into core.image (sha256, size_bytes, width_px, height_px, format, thumbnail)
    select sha256(n::text::bytea), 1, 400, 400, 'JPEG', decode('{thumbnail}', 'hex')
    from generate_series(1, 2 * {coins}) n;
    insert into core.side (coin_id, face, image_location, image_examined, sha256)
    select n, f, '/gone/' || f || n, true, sha256((n + place * {coins})::text::bytea)
    from (values ('obverse', 0), ('reverse', 1)) v (f, place), generate_series(1, {coins}) n order by place, n;
    insert into core.outline (side_id, sha256, x_px, y_px, radius_px, edge, certainty, method)
    select s.side_id, s.sha256, 200, 200, 180,
           array(select 950 + (s.side_id * g) % 50 from generate_series(1, 96) g), 0.9, 'edges'
    from core.side s;
"""
TYPES = """
    insert into core.coin_type (coin_id, type_id, said_by_kind, said_by, is_primary)
    select g.coin_id, g.type_id, 'source', '/data/records.csv', true from given_type g
"""
# As wide as matches are: 16 sectors, and two figures of each of 81 patches.
MATCHES = """
    insert into core.match (side_id, other_id, recipe_id, digest, other_digest, agreeing, transform, inliers,
                            possible, coverage, residual_px, whole, common, sectors, offsets_px, peaks, figures,
                            probability, opencv_version)
    select g.side_id, g.other_id, :recipe, a.digest, b.digest, 9, array_fill(0.5::real, array[6]), 9, 9, 0.5, 1.5,
           0.5, 0.9, array_fill(0.5::real, array[16]), array_fill(0.5::real, array[81]),
           array_fill(0.5::real, array[81]), f.figures, job.probability(f.figures, :weights, :intercept, 0), '4'
    from given g join digest a using (side_id) join digest b on b.side_id = g.other_id
    -- Figures that the shipped calibration gives this probability.
    cross join lateral (
        select array_agg((w * (ln(g.probability / (1 - g.probability)) - :intercept) / :square)::real order by n)
        from unnest((:weights)::float8[]) with ordinality u (w, n)) f (figures)
"""
VERDICTS = """
    insert into core.verdict (coin_id, neighbour_id, face, verdict, said_by)
    select s.coin_id, o.coin_id, s.face,
           case when (g.probability > 0.5) = (p.number = 0) then 'same die' else 'same type' end, p.name
    from given g join core.side s using (side_id) join core.side o on o.side_id = g.other_id
    join (values ('A. Curator', 0), ('B. Curator', 1)) p (name, number) on p.number = 0 or g.other_id % 20 = 0
    where abs(hashint8(g.side_id * 1000003::bigint + g.other_id) % 10000) < 10000 * :share
"""
# Each pair that was compared is an edge of the graph, from both of its coins.
GRAPH = """
    set local session_replication_role = replica;
    insert into core.graph (name, space_id, face, k, predicate, across_collections, is_exact, recall, seed, depth,
                            built_at, seconds)
    select 'look_obverse', space_id, 'obverse', 10, 'true', false, false, 0.99, 0, 40, now(), 600 from core.space;
    insert into core.graph_node (graph_id, coin_id, digest) select 1, coin_id, md5(coin_id::text)::uuid from core.coin;
    insert into core.edge (graph_id, coin_id, rank, neighbour_id, distance, compared, percentile, mutual)
    select 1, e.a, row_number() over (partition by e.a order by e.b), e.b, 0.02 + e.b % 100 / 2000.0, 'obverse', 99,
           true
    from (select s.coin_id as a, o.coin_id as b from core.match m join core.side s using (side_id)
          join core.side o on o.side_id = m.other_id where s.face = 'obverse'
          union all
          select o.coin_id, s.coin_id from core.match m join core.side s using (side_id)
          join core.side o on o.side_id = m.other_id where s.face = 'obverse') e;
"""


@dataclass(frozen=True, slots=True)
class Given:
    """The matches of one face: the die of each coin, pairs of coins `(n, 2)` from 0, and their probability."""

    die: Ints
    ends: Ints
    probability: NDArray[np.float64]

    @property
    def links(self) -> int:
        """How many pairs are links."""
        return int((self.probability >= LOWEST).sum())


def given(coins: int, matches: int) -> Iterator[Given]:
    """The matches of each face; the coins of ten obverse dies have ten reverse dies in common."""
    rng = np.random.default_rng(0)
    place = rng.permutation(coins)
    yield _pairs(place // OF_A_DIE, matches, rng)
    block = place // (OF_A_DIE * LINKED)
    mixed = np.empty(coins, np.int64)
    mixed[np.lexsort((rng.random(coins), block))] = np.arange(coins)
    yield _pairs(mixed // OF_A_DIE, matches // 3, rng)


def _pairs(die: Ints, matches: int, rng: np.random.Generator) -> Given:
    coins = len(die)
    quality = rng.normal(size=coins)
    order = np.argsort(die)
    first = rng.integers(0, coins, matches)
    mates = order[np.minimum(die[first] * OF_A_DIE + rng.integers(0, OF_A_DIE, matches), coins - 1)]
    # Others are of the dies that look like it: a graph proposes the same few dies again and again.
    alike = (die[first] + rng.integers(1, ALIKE + 1, matches)) % (coins // OF_A_DIE)
    others = order[np.minimum(alike * OF_A_DIE + rng.integers(0, OF_A_DIE, matches), coins - 1)]
    other = np.where(rng.random(matches) < OWN, mates, others)
    ends = np.unique(np.sort(np.stack([first, other], 1), axis=1), axis=0)
    ends = ends[ends[:, 0] < ends[:, 1]]
    same = die[ends[:, 0]] == die[ends[:, 1]]
    # A pair is found where both coins are good enough.
    score = quality[ends].min(axis=1) + rng.normal(size=len(ends))
    found = same & (score > np.quantile(score[same], 1 - RECALL))
    wrong = ~same & (rng.random(len(ends)) < found.sum() * (1 / PRECISION - 1) / (~same).sum())
    low = rng.beta(0.4, 6, len(ends)) * 0.89
    probability = np.where(found | wrong, rng.uniform(LOWEST, 1, len(ends)), low)
    return Given(die, ends, np.clip(probability, 1e-4, 1 - 1e-4))


def fill_coins(store: Engine, coins: int, obverse: Given) -> None:
    """Coins with two sides, their photographs, which are gone, and outlines; a type has the coins of 50 dies."""
    picture = io.BytesIO()
    Image.new("L", (16, 16)).save(picture, "JPEG")
    made = COINS.format(coins=coins, due=DUE_COINS, thumbnail=picture.getvalue().hex())
    with store.begin() as c:
        c.execute(text(made))
        _copy(c, "given_type (coin_id int, type_id int)", np.arange(coins) + 1, obverse.die // 50 + 1)
        c.execute(text(TYPES))
    take_shipped(store)


def fill_matches(store: Engine, face: int, found: Given) -> None:
    """The matches of a face: 0 is the obverse."""
    weights = shipped().weights
    with store.begin() as c:
        recipe = call.value(c, "job.match_recipe", parameters=RECIPE)
        ends = found.ends + 1 + face * len(found.die)
        _copy(c, "given (side_id int, other_id int, probability float8)", *ends.T, found.probability)
        c.execute(text("create temporary table digest on commit drop as select * from part.matched_sides"))
        c.execute(text("analyze given; analyze digest; set local session_replication_role = replica"))
        square = float(np.square(weights).sum())
        figures = {"weights": list(weights), "intercept": shipped().offset, "square": square}
        c.execute(text(MATCHES), {"recipe": recipe, **figures})
        c.execute(text("analyze core.match"))


def fill_study(store: Engine, found: list[Given]) -> None:
    """Verdicts on a share of the pairs of both faces, some of them wrong, and the graph of the obverses."""
    call.run(store, "job.add_space", name="look", recipe="{}", dims=8)
    with store.begin() as c:
        for face, one in enumerate(found):
            ends = one.ends + 1 + face * len(one.die)
            _copy(c, "given (side_id int, other_id int, probability float8)", *ends.T, one.probability)
            c.execute(text(VERDICTS), {"share": JUDGED})
            c.execute(text("drop table given"))
        c.execute(text(GRAPH))
        c.execute(text("analyze"))


def _copy(connection: Connection, table: str, *columns: NDArray[np.generic]) -> None:
    connection.execute(text(f"create temporary table {table} on commit drop"))
    rows = "\n".join("\t".join(map(str, row)) for row in zip(*(one.tolist() for one in columns), strict=True))
    raw = connection.connection.driver_connection
    assert raw is not None
    with raw.cursor() as cursor, cursor.copy(f"copy {table.split()[0]} from stdin") as copy:
        copy.write(rows + "\n")

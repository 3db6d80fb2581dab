-- The graph of the ten nearest, its results, a map and verdicts: plausible, not computed.
set local session_replication_role = replica;

insert into core.graph (name, space_id, face, k, predicate, across_collections, is_exact, recall, seed, depth,
                        built_at, seconds)
select 'look_obverse', space_id, 'obverse', 10, 'true', false, false, 0.99, 0, 40, now(), 600 from core.space;
insert into core.graph_node (graph_id, coin_id, digest)
select 1, c.coin_id, job.vector_digest(c.v1, c.v2) from part.comparable_look c where c.face = 'obverse';
-- Three pairs of neighbours of the same type are mutual; the others are near by chance.
insert into core.edge (graph_id, coin_id, rank, neighbour_id, distance, compared, percentile, mutual)
select 1, n, r, 1 + (case when r <= 6 then n - 1 + 7 * {types}::bigint * (case r % 2 when 1 then 1 else -1 end)
                                          * ((r + 1) / 2) + 21 * {coins}::bigint
                         else n * 7919::bigint + r * 104729 end) % {coins},
       0.02 * r + (n % 100) / 2000.0, 'obverse', 100 - r / 10.0 - n % 100 / 1000.0, r <= 6
from generate_series(1, {coins}) n, generate_series(1, 10) r;
insert into core.verdict (coin_id, neighbour_id, face, verdict, said_by)
select coin_id, neighbour_id, 'obverse', (array['same die', 'same type', 'no link'])[1 + coin_id % 3], 'A. Curator'
from core.edge where rank = 1 and coin_id % 100 = 0 and neighbour_id > coin_id;

insert into core.graph_run (graph_id, algorithm, parameters, seed, library, seconds, result)
select 1, a, '{}', 0, 'networkx', 1, '{}'
from unnest(array['leiden', 'components', 'pagerank', 'degree', 'bridges']) with ordinality u (a, n) order by n;
insert into core.community (run_id, coin_id, community)
select r, n, 1 + n * 7919::bigint % {types} from generate_series(1, 2) r, generate_series(1, {coins}) n;
insert into core.centrality (run_id, coin_id, value)
select r, n, 1.0 / {coins} from generate_series(3, 4) r, generate_series(1, {coins}) n;
insert into core.bridge (run_id, coin_id, neighbour_id)
select 5, coin_id, neighbour_id from core.edge where rank = 1 and coin_id % 100 = 1 and neighbour_id > coin_id;

insert into core.map (name, space_id, face, method, parameters, seed, library, seconds)
select 'look_map', space_id, 'obverse', 'pca', '{"coins": 1}', 0, 'scikit-learn', 1 from core.space;
insert into core.map_point (map_id, coin_id, x, y) select 1, n, n % 997, n % 991 from generate_series(1, {coins}) n;

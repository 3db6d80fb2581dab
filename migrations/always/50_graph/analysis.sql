-- What was found in a graph: communities, centralities, bridges. Algorithms read api.edges and write here.

create view api.graph_runs as
select r.run_id, g.name as graph, r.algorithm, r.parameters, r.seed, r.library, r.seconds, r.result, r.ran_at
from core.graph_run r join core.graph g using (graph_id);
comment on view api.graph_runs is
    'One row for each algorithm that ran over a graph as it stands: with which parameters, seed and library, how long, and its figures.';

create view api.communities as
select g.name as graph, r.algorithm, c.coin_id, c.community,
       -- By what a WHERE names, which then reaches below the count.
       count(*) over (partition by g.name, r.algorithm, c.community) as size
from core.community c join core.graph_run r using (run_id) join core.graph g using (graph_id);
comment on view api.communities is
    'The community of each coin by each algorithm (components, louvain, leiden); community 1 is the largest.';

create view api.centrality as
select g.name as graph, r.algorithm as measure, c.coin_id, c.value
from core.centrality c join core.graph_run r using (run_id) join core.graph g using (graph_id);
comment on view api.centrality is
    'How central each coin of a graph is, by each measure: degree, in_degree, pagerank, betweenness.';
comment on column api.centrality.value is 'degree, in_degree: edges; pagerank: 0 to 1, all coins together 1; betweenness: 0 to 1, the share of shortest ways that pass';

create view api.bridges as
select g.name as graph, b.coin_id, b.neighbour_id
from core.bridge b join core.graph_run r using (run_id) join core.graph g using (graph_id);
comment on view api.bridges is 'Edges whose loss would part a component of a graph, the smaller coin_id first.';

create function job.begin_run(graph text, built timestamptz, algorithm text, parameters jsonb, seed int, library text) returns int
language plpgsql as $$
declare
    id int;
begin
    perform from core.graph g where g.name = graph and g.built_at = built for update;
    if not found then
        raise 'the graph % was built anew or dropped meanwhile; analyse it again', graph using errcode = 'CS003';
    end if;
    delete from core.graph_run r using core.graph g
    where g.graph_id = r.graph_id and g.name = graph and r.algorithm = begin_run.algorithm;
    insert into core.graph_run (graph_id, algorithm, parameters, seed, library, seconds, result)
    select g.graph_id, begin_run.algorithm, begin_run.parameters, begin_run.seed, begin_run.library, 0, '{}'
    from core.graph g where g.name = graph returning run_id into id;
    return id;
end $$;
comment on function job.begin_run is 'Takes the place of the run of this algorithm over a graph, in the caller''s transaction.';

create function job.end_run(run int, seconds float8, result jsonb) returns void language sql as $$
    update core.graph_run r set seconds = end_run.seconds, result = end_run.result where r.run_id = run
$$;
comment on function job.end_run is 'What a run took, and its figures.';

create function api.check_partition(algorithm text) returns void language plpgsql immutable as $$
begin
    if algorithm is null or algorithm not in ('components', 'louvain', 'leiden') then
        raise 'there is no algorithm % of communities; there is: components, louvain, leiden', algorithm using errcode = 'CS001';
    end if;
end $$;
comment on function api.check_partition is 'An error unless an algorithm finds communities: components, louvain or leiden.';

create function api.community_agreement(graph text, label text, algorithm text default 'leiden')
returns table (coins bigint, "values" bigint, communities bigint, ari float8, nmi float8, homogeneity float8, leaked boolean)
language plpgsql stable as $$
declare
    here api.graphs := (select g from api.graphs g where g.graph = community_agreement.graph);
begin
    if here.graph is null then
        raise 'there is no graph %', graph using errcode = 'CS001';
    end if;
    perform api.check_partition(algorithm);
    -- Hubert and Arabie 1985, doi:10.1007/BF01908075; NMI by the arithmetic mean; Rosenberg and Hirschberg 2007.
    return query execute
        'with cell as (
             select c.label_value as a, m.community as b, count(*)::float8 as n
             from api.communities m join api.coin_labels($3, $4) c using (coin_id)
             where m.graph = $1 and m.algorithm = $2 group by 1, 2),
         total as (select sum(n) as n from cell),
         of_a as (select a, sum(n) as n from cell group by 1),
         of_b as (select b, sum(n) as n from cell group by 1),
         pairs as (select (select sum(n * (n - 1) / 2) from cell) as ab, (select sum(n * (n - 1) / 2) from of_a) as a,
                          (select sum(n * (n - 1) / 2) from of_b) as b, (select n * (n - 1) / 2 from total) as t),
         bits as (select (select -sum(o.n / t.n * ln(o.n / t.n)) from of_a o, total t) as a,
                         (select -sum(o.n / t.n * ln(o.n / t.n)) from of_b o, total t) as b,
                         (select sum(c.n / t.n * ln(t.n * c.n / (x.n * y.n)))
                          from cell c join of_a x using (a) join of_b y using (b), total t) as mutual)
         select t.n::bigint, (select count(*) from of_a), (select count(*) from of_b),
                coalesce((p.ab - p.a * p.b / nullif(p.t, 0)) / nullif((p.a + p.b) / 2 - p.a * p.b / nullif(p.t, 0), 0), 1),
                coalesce(i.mutual / nullif((i.a + i.b) / 2, 0), 1), coalesce(i.mutual / nullif(i.a, 0), 1),
                $5
         from total t, pairs p, bits i where t.n > 0'
    using graph, algorithm, label, here.face, coalesce(api.has_seen(here.space, label), true);
end $$;
comment on function api.community_agreement is
    'How far communities agree with a label (as api.coin_labels has them; coins without it are left out): adjusted Rand index, normalised mutual information, homogeneity, each 1 at most. leaked: the space has seen the label, or may have, and the figure measures that.';

create view api.graph_coins as
select g.name as graph, c.*
from core.graph_node n join core.graph g using (graph_id) join api.coins c using (coin_id);
comment on view api.graph_coins is 'One row for each coin of a graph, with its metadata; one without neighbours is there, too.';

create function job.edge_list(graph text) returns table (coins int[], neighbours int[], nodes int[], built_at timestamptz) language plpgsql stable as $$
declare
    id int := (select g.graph_id from core.graph g where g.name = graph);
begin
    if id is null then
        raise 'there is no graph %', graph using errcode = 'CS001';
    end if;
    return query
        select array_agg(e.coin_id order by e.coin_id, e.rank), array_agg(e.neighbour_id order by e.coin_id, e.rank),
               (select array_agg(n.coin_id order by n.coin_id) from core.graph_node n where n.graph_id = id),
               (select g.built_at from core.graph g where g.graph_id = id)
        from core.edge e where e.graph_id = id;
end $$;
comment on function job.edge_list is 'The edges of a graph, coins[i] lists neighbours[i], and all its coins: for algorithms.';

create function api.edges_of_graph(graph text, coins int[] default null)
returns table (coin_id int, neighbour_id int, rank smallint, distance float8, percentile float8, mutual boolean,
               compared text, verdict text, conflicting boolean)
language plpgsql stable set plan_cache_mode = force_custom_plan as $$   -- of some coins by their keys, of all by a scan
#variable_conflict use_column
begin
    return query
        select e.coin_id, e.neighbour_id, e.rank, e.distance, e.percentile, e.mutual, e.compared, e.verdict, e.conflicting
        from api.edges e where e.graph = edges_of_graph.graph and (coins is null or e.coin_id = any(coins)) order by 1, 3;
end $$;
comment on function api.edges_of_graph is
    'The edges of a graph, or of some coins in it, in the order of keys and ranks, with what is known of each: for exports and pages.';

create function api.coins_of_graph(graph text) returns setof api.graph_coins language sql stable as $$
    select * from api.graph_coins c where c.graph = coins_of_graph.graph order by c.coin_id
$$;
comment on function api.coins_of_graph is 'The coins of a graph: for exports.';

-- Results of algorithms over a graph: communities, centralities, bridges. Algorithms read api.edges and write
-- here.

create view api.graph_runs as
select r.run_id, g.name as graph, r.algorithm, r.parameters, r.seed, r.library, r.seconds, r.result, r.ran_at
from core.graph_run r join core.graph g using (graph_id);
comment on view api.graph_runs is
    'One row for each algorithm that ran over the current edges of a graph: its parameters, seed, library, '
    'time and figures.';

create view api.communities as
select g.name as graph, r.algorithm, c.coin_id, c.community,
       -- Partitioned by the columns that a WHERE names, so that the condition is applied before counting.
       count(*) over (partition by g.name, r.algorithm, c.community) as size
from core.community c join core.graph_run r using (run_id) join core.graph g using (graph_id);
comment on view api.communities is
    'The community of each coin by each algorithm (components, louvain, leiden); community 1 is the largest.';

create view api.centrality as
select g.name as graph, r.algorithm as measure, c.coin_id, c.value
from core.centrality c join core.graph_run r using (run_id) join core.graph g using (graph_id);
comment on view api.centrality is
    'How central each coin of a graph is, by each measure: degree, in_degree, pagerank, betweenness.';
comment on column api.centrality.value is
    'degree, in_degree: number of edges; pagerank: 0 to 1, the sum over all coins is 1; betweenness: 0 to '
    '1, the share of shortest paths through the coin';

create view api.bridges as
select g.name as graph, b.coin_id, b.neighbour_id
from core.bridge b join core.graph_run r using (run_id) join core.graph g using (graph_id);
comment on view api.bridges is
    'Edges whose removal would split a component of a graph; the smaller coin_id comes first.';

create function job.begin_run(graph text, built timestamptz, algorithm text, parameters jsonb, seed int,
                              library text) returns int language plpgsql as $$
declare
    id int;
begin
    perform from core.graph g where g.name = graph and g.built_at = built for update;
    if not found then
        raise 'the graph % has been rebuilt or dropped since; analyse it again', graph
            using errcode = 'CS003';
    end if;
    delete from core.graph_run r using core.graph g
    where g.graph_id = r.graph_id and g.name = graph and r.algorithm = begin_run.algorithm;
    insert into core.graph_run (graph_id, algorithm, parameters, seed, library, seconds, result)
    select g.graph_id, begin_run.algorithm, begin_run.parameters, begin_run.seed, begin_run.library, 0, '{}'
    from core.graph g where g.name = graph returning run_id into id;
    return id;
end $$;
comment on function job.begin_run is
    'Replaces the run of this algorithm over a graph, in the caller''s transaction; returns its key.';

create function job.end_run(run int, seconds float8, result jsonb) returns void language sql as $$
    update core.graph_run r set seconds = end_run.seconds, result = end_run.result where r.run_id = run
$$;
comment on function job.end_run is 'Stores how long a run took, and its figures.';

create function part.check_partition(algorithm text) returns void language plpgsql immutable as $$
begin
    if algorithm is null or algorithm not in ('components', 'louvain', 'leiden') then
        raise 'there is no algorithm % of communities; there is: components, louvain, leiden', algorithm
            using errcode = 'CS001';
    end if;
end $$;
comment on function part.check_partition is
    'An error unless an algorithm finds communities: components, louvain or leiden.';

create function part.agreement(graph text, label text, algorithm text, face text)
returns table (coins bigint, label_values bigint, communities bigint, ari float8, nmi float8,
               homogeneity float8)
language sql stable as $$
    -- Hubert and Arabie 1985, doi:10.1007/BF01908075; NMI by the arithmetic mean; Rosenberg and Hirschberg
    -- 2007.
    with cell as (
        select c.label_value as a, m.community as b, count(*)::float8 as n
        from api.communities m join api.coin_labels(label, face) c using (coin_id)
        where m.graph = agreement.graph and m.algorithm = agreement.algorithm group by 1, 2),
    total as (select sum(n) as n from cell),
    of_a as (select a, sum(n) as n from cell group by 1),
    of_b as (select b, sum(n) as n from cell group by 1),
    pairs as (
        select p.ab, p.a, p.b, p.a * p.b / nullif(p.t, 0) as expected
        from (select (select sum(n * (n - 1) / 2) from cell) as ab,
                     (select sum(n * (n - 1) / 2) from of_a) as a,
                     (select sum(n * (n - 1) / 2) from of_b) as b,
                     (select n * (n - 1) / 2 from total) as t) p),
    bits as (
        select (select -sum(o.n / t.n * ln(o.n / t.n)) from of_a o, total t) as a,
               (select -sum(o.n / t.n * ln(o.n / t.n)) from of_b o, total t) as b,
               (select sum(c.n / t.n * ln(t.n * c.n / (x.n * y.n)))
                from cell c join of_a x using (a) join of_b y using (b), total t) as mutual)
    select t.n::bigint, (select count(*) from of_a), (select count(*) from of_b),
           coalesce((p.ab - p.expected) / nullif((p.a + p.b) / 2 - p.expected, 0), 1),
           coalesce(i.mutual / nullif((i.a + i.b) / 2, 0), 1), coalesce(i.mutual / nullif(i.a, 0), 1)
    from total t, pairs p, bits i where t.n > 0
$$;
comment on function part.agreement is
    'Part of api.community_agreement: adjusted Rand index, normalised mutual information and homogeneity.';

create function api.community_agreement(graph text, label text, algorithm text default 'leiden')
returns table (coins bigint, label_values bigint, communities bigint, ari float8, nmi float8,
               homogeneity float8, leaked boolean)
language plpgsql stable as $$
declare
    here api.graphs := (select g from api.graphs g where g.graph = community_agreement.graph);
begin
    if here.graph is null then
        raise 'there is no graph %', graph using errcode = 'CS001';
    end if;
    perform part.check_partition(algorithm);
    return query select a.*, coalesce(part.has_seen(here.space, label), true)
                 from part.agreement(graph, label, algorithm, here.face) a;
end $$;
comment on function api.community_agreement is
    'How well communities agree with a label (see api.coin_labels; coins without the label are left out): '
    'adjusted Rand index, normalised mutual information, homogeneity, each at most 1. leaked: the space has '
    'seen the label, or may have, so the figure measures the leak.';

create view part.graph_coins as
select g.name as graph, c.*
from core.graph_node n join core.graph g using (graph_id) join api.coins c using (coin_id);
comment on view part.graph_coins is
    'One row for each coin of a graph, with its metadata; coins without neighbours included.';

create function job.edge_list(graph text)
returns table (coins int[], neighbours int[], nodes int[], built_at timestamptz) language plpgsql stable as $$
declare
    id int := (select g.graph_id from core.graph g where g.name = graph);
begin
    if id is null then
        raise 'there is no graph %', graph using errcode = 'CS001';
    end if;
    return query
        select array_agg(e.coin_id order by e.coin_id, e.rank),
               array_agg(e.neighbour_id order by e.coin_id, e.rank),
               (select array_agg(n.coin_id order by n.coin_id) from core.graph_node n where n.graph_id = id),
               (select g.built_at from core.graph g where g.graph_id = id)
        from core.edge e where e.graph_id = id;
end $$;
comment on function job.edge_list is
    'For algorithms: the edges of a graph (coins[i] lists neighbours[i]) and all its coins.';

create function part.edges_of_graph(graph text, coins int[] default null)
returns table (coin_id int, neighbour_id int, rank smallint, distance float8, percentile float8,
               mutual boolean, compared text, verdict text, conflicting boolean)
-- A custom plan: some coins are found by their keys, all of them by a scan.
language plpgsql stable set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
begin
    return query
        select e.coin_id, e.neighbour_id, e.rank, e.distance, e.percentile, e.mutual, e.compared, e.verdict,
               e.conflicting
        from api.edges e
        where e.graph = edges_of_graph.graph and (coins is null or e.coin_id = any(coins)) order by 1, 3;
end $$;
comment on function part.edges_of_graph is
    'For exports and pages: the edges of a graph, or of some of its coins, ordered by key and rank.';

create function part.coins_of_graph(graph text) returns setof part.graph_coins language sql stable as $$
    select * from part.graph_coins c where c.graph = coins_of_graph.graph order by c.coin_id
$$;
comment on function part.coins_of_graph is 'For exports: the coins of a graph.';

-- Updating and storing a graph: which lists of neighbours are still right, and the step that replaces the old
-- edges.

create function job.expect_all(graph text) returns void language sql as $$
    update core.building_coin b set is_due = true where b.graph = expect_all.graph
$$;
comment on function job.expect_all is
    'Makes every coin due: for when an update would take longer than a new build.';

create function job.plan_update(graph text) returns table (fresh int, gone int, due int)
language plpgsql as $$
declare
    here core.graph := (select g from core.graph g where g.name = graph);
begin
    -- A list that lost a coin to a deletion is short; one with a coin that left or changed is wrong.
    update core.building_coin c set is_due = false
    where c.graph = plan_update.graph and not c.is_fresh and here.k = (
        select count(b.coin_id)
        from core.edge e left join core.building_coin b
             on b.graph = plan_update.graph and b.coin_id = e.neighbour_id and not b.is_fresh
        where e.graph_id = here.graph_id and e.coin_id = c.coin_id);
    return query
        select (count(*) filter (where c.is_fresh))::int,
               (select count(*)::int from core.graph_node n left join core.building_coin b
                    on b.graph = plan_update.graph and b.coin_id = n.coin_id
                where n.graph_id = here.graph_id and b.coin_id is null),
               (count(*) filter (where c.is_due))::int
        from core.building_coin c where c.graph = plan_update.graph;
end $$;
comment on function job.plan_update is
    'How many coins are new or changed since a graph was built (fresh), have left it (gone), and need new '
    'neighbours (due).';

create function job.slices(graph text, size int) returns table (from_coin int, to_coin int, due int, kept int)
language sql as $$
    select min(c.coin_id), max(c.coin_id), (count(*) filter (where c.is_due))::int,
           (count(*) filter (where not c.is_due))::int
    from (select b.coin_id, b.is_due, (row_number() over (order by b.coin_id) - 1) / size as slice
          from core.building_coin b where b.graph = slices.graph) c
    group by c.slice order by 1
$$;
comment on function job.slices is
    'The coins of a graph that is being built, in slices of `size`, for sessions to share.';

create function job.graph_recall(graph text, face text, k int, across boolean, depth int, seed int default 0,
                                 sample int default 100) returns float8
language sql as $$
    with chosen as materialized (
        select array(select b.coin_id from core.building_coin b where b.graph = graph_recall.graph
                     order by md5(b.coin_id || '/' || seed) limit sample) as coins),
    hit as (
        select e.coin_id, avg((i.coin_id is not null)::int) as share
        from chosen c cross join lateral job.nearest_exact(graph, face, c.coins, k, across) e
        left join (select i.* from chosen c
                   cross join lateral job.nearest_by_index(graph, face, c.coins, k, across, depth) i) i
             using (coin_id, neighbour_id)
        group by e.coin_id)
    select coalesce(avg(share), 1) from hit
$$;
comment on function job.graph_recall is
    'Share of the true neighbours that the index finds at a depth, on a seeded sample of coins.';

create function job.expect_lacking(graph text, k int, across boolean) returns int language plpgsql as $$
declare
    -- The index gave them fewer neighbours than there are; they are compared with all coins instead.
    lacking int[] := array(
        with coin as (
            select b.coin_id,
                   count(*) over ()
                   - case when across then count(*) over (partition by b.collection) else 1 end as others
            from core.building_coin b where b.graph = expect_lacking.graph)
        select c.coin_id from coin c
        where least(k, c.others) > (select count(*) from core.building_edge e
                                    where e.graph = expect_lacking.graph and e.coin_id = c.coin_id));
begin
    if lacking <> '{}' then
        update core.building_coin b set is_due = b.coin_id = any(lacking)
        where b.graph = expect_lacking.graph;
        delete from core.building_edge e where e.graph = expect_lacking.graph and e.coin_id = any(lacking);
    end if;
    return cardinality(lacking);
end $$;
comment on function job.expect_lacking is
    'After a build by index: makes the coins that lack neighbours due, and only them; returns how many.';

create function job.store_edges(graph text, graph_id int) returns void language plpgsql as $$
declare
    way text;
    spread core.spread;
begin
    -- One pass for each way to compare, with its sample: the percentile function of the space takes ten times
    -- as long.
    foreach way in array array['obverse', 'reverse', 'both'] loop
        select p.* into spread from core.spread p join core.graph g using (space_id)
        where g.graph_id = store_edges.graph_id and p.face = way;
        insert into core.edge (graph_id, coin_id, rank, neighbour_id, distance, compared, percentile, mutual)
        select store_edges.graph_id, f.coin_id, f.rank, f.neighbour_id, f.distance, f.compared,
               part.percentile_among(spread.knots, spread.shares, f.distance),
               r.coin_id is not null
        from core.building_edge f
        left join core.building_edge r
             on (r.graph, r.coin_id, r.neighbour_id) = (store_edges.graph, f.neighbour_id, f.coin_id)
        -- A coin that was deleted since is not a node any more.
        join core.graph_node a on (a.graph_id, a.coin_id) = (store_edges.graph_id, f.coin_id)
        join core.graph_node b on (b.graph_id, b.coin_id) = (store_edges.graph_id, f.neighbour_id)
        where f.graph = store_edges.graph and f.compared = way
        order by f.coin_id, f.rank;
    end loop;
end $$;
comment on function job.store_edges is
    'Part of job.store_graph: the edges with their percentiles, and whether they are mutual.';

create function job.drop_edges() returns trigger language plpgsql security definer as $$
declare
    of_graph record;
begin
    -- By arrays, so that the indexes of the edges are used for one node as for a million.
    for of_graph in select g.graph_id, array_agg(g.coin_id) as nodes from gone g group by 1 loop
        delete from core.edge e where e.graph_id = of_graph.graph_id and e.coin_id = any(of_graph.nodes);
        delete from core.edge e where e.graph_id = of_graph.graph_id and e.neighbour_id = any(of_graph.nodes);
    end loop;
    return null;
end $$;
comment on function job.drop_edges is
    'Trigger on core.graph_node: whatever deletes a node deletes its edges.';
create trigger edges_go after delete on core.graph_node
    referencing old table as gone for each statement execute function job.drop_edges();

create function job.store_graph(graph text, space text, expected int, face text, k int, predicate text,
                                across boolean, exact boolean, recall float8, depth int, seed int,
                                seconds float8) returns bigint
language plpgsql as $$
declare
    id int;
    n bigint;
begin
    perform job.hold_space(space, expected);
    insert into core.graph as g
        (name, space_id, face, k, predicate, across_collections, is_exact, recall, depth, seed, built_at,
         seconds)
    values (graph, expected, face, k, predicate, across, exact, recall, depth, seed, now(), seconds)
    on conflict (name) do update
    set space_id = excluded.space_id, face = excluded.face, k = excluded.k, predicate = excluded.predicate,
        across_collections = excluded.across_collections, is_exact = excluded.is_exact,
        recall = excluded.recall, depth = excluded.depth, seed = excluded.seed, built_at = excluded.built_at,
        seconds = excluded.seconds
    returning g.graph_id into id;
    -- Results of algorithms go with the edges that they were found in.
    delete from core.graph_run r where r.graph_id = id;
    delete from core.edge e where e.graph_id = id;
    delete from core.graph_node m where m.graph_id = id;
    insert into core.graph_node (graph_id, coin_id, digest)
    select id, b.coin_id, b.digest from core.building_coin b join core.coin k using (coin_id)
    where b.graph = store_graph.graph for key share of k;
    analyze core.building_edge, core.graph_node;
    perform job.store_edges(graph, id);
    select count(*) from core.edge e where e.graph_id = id into n;
    perform job.drop_work(graph);
    analyze core.edge;
    return n;
end $$;
comment on function job.store_graph is
    'Replaces the edges of a graph by those that were found, in one transaction; returns how many there are.';

create function job.drop_graph(graph text) returns void language plpgsql as $$
begin
    if not pg_try_advisory_xact_lock(job.lock_number('graph'), hashtext(graph)) then
        raise 'the graph % is being built; wait until that is done', graph using errcode = 'CS003';
    end if;
    perform job.drop_work(graph);
    delete from core.edge e using core.graph g where g.graph_id = e.graph_id and g.name = graph;
    delete from core.graph g where g.name = graph;
    if not found then
        raise 'there is no graph %', graph using errcode = 'CS001';
    end if;
end $$;
comment on function job.drop_graph is
    'Drops a graph with its edges and the results of algorithms; verdicts stay.';

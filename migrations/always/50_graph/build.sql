-- Building a graph. Coins and their vectors are gathered into a table of the run's own, sessions find
-- neighbours side by side, and one transaction puts the new edges in place of the old.

create function job.lock_graph(graph text) returns boolean language sql as $$
    -- Until the session ends: of two that build one graph the second is turned away.
    select pg_try_advisory_lock(job.lock_number('graph'), hashtext(graph))
$$;

create function job.unlock_graph(graph text) returns boolean language sql as $$
    select pg_advisory_unlock(job.lock_number('graph'), hashtext(graph))
$$;

create function job.gather_coins(graph text, space text, face text, predicate text) returns int language plpgsql as $$
declare
    here api.space_names := api.known_space(space);
    dims int := here.dims * case when face = 'coin' then 2 else 1 end;
    n int;
begin
    if graph !~ '^[a-z][a-z0-9_]{0,39}$' then
        raise '"%" is no name for a graph: a small letter, then small letters, digits and _, 40 at most', graph
            using errcode = 'CS003';
    end if;
    perform job.drop_work(graph);
    -- Lost in a crash of the server, as the run itself is: not worth a log.
    execute format('create unlogged table core.%I (coin_id int, collection int, v1 %2$s, v2 %2$s, digest uuid,
                        is_fresh boolean not null default true, is_due boolean not null default true)',
                   'comparing_' || graph, here.vector_type);
    if dims * (case here.precision when 'half' then 2 else 4 end) < 7800 then
        execute format('alter table core.%I alter v1 set storage plain, alter v2 set storage plain', 'comparing_' || graph);
    end if;
    execute format('insert into core.%I (coin_id, collection, v1, v2, digest)
                    select c.coin_id, dense_rank() over (order by k.collection), c.v1, c.v2,
                           md5(case when c.v1 is null then %4$L::bytea else %3$s(c.v1) end || %4$L::bytea || coalesce(%3$s(c.v2), %4$L))::uuid
                    from %2$s c join api.coins k using (coin_id)
                    where %5$L = %6$L or c.coin_id in (select api.passing(%5$L, %7$L)) order by 1',
                   'comparing_' || graph, api.compared_coins(space, face),
                   case here.precision when 'half' then 'halfvec_send' else 'vector_send' end, '\x00'::bytea,
                   predicate, 'true', face);
    get diagnostics n = row_count;
    execute format('alter table core.%I add primary key (coin_id)', 'comparing_' || graph);
    execute format('create unlogged table core.%I (coin_id int, neighbour_id int, rank int, distance float8, compared text)',
                   'found_' || graph);
    execute format('analyze core.%I', 'comparing_' || graph);
    return n;
end $$;
comment on function job.gather_coins is 'Copies the vectors that a graph compares into a table of its own; how many coins there are.';

create function job.left_out(graph text, face text, predicate text) returns int language plpgsql as $$
declare
    n int;
begin
    execute format('select count(*) from core.coin c
                    where (%1$L = ''true'' or c.coin_id in (select api.passing(%1$L, %2$L)))
                      and not exists (select from core.%3$I g where g.coin_id = c.coin_id)', predicate, face, 'comparing_' || graph)
    into n;
    return n;
end $$;
comment on function job.left_out is 'How many coins pass the predicate of a graph and are not in it, as they have no vector of its face.';

create function job.drop_work(graph text) returns void language plpgsql as $$
begin
    execute format('drop table if exists core.%I, core.%I', 'comparing_' || graph, 'found_' || graph);
end $$;
comment on function job.drop_work is 'Drops what a building run left behind.';

create function job.index_coins(graph text, face text, memory_mb int default 1024) returns void language plpgsql as $$
declare
    operators text := (
        select case format_type(a.atttypid, null) when 'halfvec' then 'halfvec_cosine_ops' else 'vector_cosine_ops' end
        from pg_attribute a where a.attrelid = to_regclass('core.comparing_' || graph) and a.attname = 'v1');
    part text;
begin
    perform set_config('maintenance_work_mem', memory_mb || 'MB', true);
    foreach part in array case when face = 'coin' then array['v1', 'v2'] else array['v1'] end loop
        execute format('create index on core.%I using hnsw (%I %s) with (m = 16, ef_construction = 64)',
                       'comparing_' || graph, part, operators);
    end loop;
end $$;
comment on function job.index_coins is 'Builds the HNSW index, for one face or for each, of the coins that a graph compares.';

create function job.near_coins(graph text, face text, k int, across boolean, depth int, of_fresh boolean default false) returns text
language plpgsql stable as $$
declare
    others text := case when across then 'b.collection <> a.collection' else 'b.coin_id <> a.coin_id' end
                   || case when of_fresh then ' and b.is_fresh' else '' end;
    ways text;
begin
    if depth = 0 then
        -- + 0, or it would go by the index.
        return format('select b.coin_id, (%1$s) + 0 as distance, %2$s as compared from core.%3$I b
                       where %4$s and (%1$s) is not null order by 2, 1 limit %5$s',
                      api.comparison(face), api.compared_sides(face), 'comparing_' || graph, others, k);
    end if;
    -- The index goes by distance alone, and by one vector: more are fetched, of each face, then compared and cut.
    select string_agg(format('(select b.coin_id from core.%I b where %s order by b.%3$s <=> a.%3$s limit %4$s)',
                             'comparing_' || graph, case when across then others else 'true' end, v, depth), ' union ')
    into ways from unnest(case when face = 'coin' then array['v1', 'v2'] else array['v1'] end) v;
    return format('select b.coin_id, (%1$s) + 0 as distance, %2$s as compared from (%3$s) w join core.%4$I b using (coin_id)
                   where %5$s and (%1$s) is not null order by 2, 1 limit %6$s',
                  api.comparison(face), api.compared_sides(face), ways, 'comparing_' || graph, others, k);
end $$;
comment on function job.near_coins is
    'As SQL: the k coins nearest to the coin a, ties by coin_id; exactly at depth 0, else out of so many that the index gives.';

create function job.keep_nearest(graph text, near text, is_due boolean, from_coin int, to_coin int) returns bigint
language plpgsql as $$
declare
    n bigint;
begin
    execute format(
        'insert into core.%I (coin_id, neighbour_id, rank, distance, compared)
         select a.coin_id, n.coin_id, n.rank, n.distance, n.compared
         from core.%I a
         cross join lateral (select *, row_number() over (order by distance, coin_id) as rank from (%s) n) n
         where a.is_due = %L and a.coin_id between $1 and $2', 'found_' || graph, 'comparing_' || graph, near, is_due)
    using from_coin, to_coin;
    get diagnostics n = row_count;
    return n;
end $$;
comment on function job.keep_nearest is 'Keeps what a statement (near) finds for each coin that is due, or is not, of some of them by coin_id.';

create function job.build_edges(graph text, face text, k int, across boolean, depth int,
                                from_coin int default 0, to_coin int default 2147483647) returns bigint
language plpgsql set hnsw.iterative_scan = 'relaxed_order' set hnsw.max_scan_tuples = 40000 as $$
begin
    perform set_config('hnsw.ef_search', least(greatest(depth, 40), 1000)::text, true);
    return job.keep_nearest(graph, job.near_coins(graph, face, k, across, depth), true, from_coin, to_coin);
end $$;
comment on function job.build_edges is
    'Finds the k nearest neighbours of each coin that is due, of some of them by coin_id, in one statement: exactly at depth 0, else by the index.';

create function job.expect_all(graph text) returns void language plpgsql as $$
begin
    execute format('update core.%I set is_due = true', 'comparing_' || graph);
end $$;
comment on function job.expect_all is 'Makes every coin due: where an update would take longer than building anew.';

create function job.merge_edges(graph text, face text, k int, across boolean,
                                from_coin int default 0, to_coin int default 2147483647) returns bigint
language plpgsql as $$
declare
    near text := format(
        'select * from (
             select e.neighbour_id as coin_id, e.distance, e.compared from core.edge e join core.graph g using (graph_id)
             where g.name = %L and e.coin_id = a.coin_id
             union all (%s)) u
         order by 2, 1 limit %s', graph, job.near_coins(graph, face, k, across, 0, true), k);
begin
    return job.keep_nearest(graph, near, false, from_coin, to_coin);
end $$;
comment on function job.merge_edges is
    'Keeps the neighbours of coins that nothing was taken from, and lets new coins in where they are nearer.';

create function job.plan_update(graph text) returns table (fresh int, gone int, due int) language plpgsql as $$
declare
    id int := (select g.graph_id from core.graph g where g.name = graph);
begin
    execute format('update core.%I c set is_fresh = false from core.graph_node n
                    where n.graph_id = $1 and n.coin_id = c.coin_id and n.digest = c.digest', 'comparing_' || graph) using id;
    -- A list that lost a coin to a deletion is short; one that holds a coin which left, or looks different now, is wrong.
    execute format('update core.%1$I c set is_due = false
                    where not c.is_fresh and (select g.k from core.graph g where g.graph_id = $1) = (
                        select count(b.coin_id) from core.edge e left join core.%1$I b on b.coin_id = e.neighbour_id and not b.is_fresh
                        where e.graph_id = $1 and e.coin_id = c.coin_id)', 'comparing_' || graph)
    using id;
    -- Each list that stays is compared with the fresh coins alone.
    execute format('create index on core.%I (coin_id) where is_fresh', 'comparing_' || graph);
    execute format('analyze core.%I', 'comparing_' || graph);
    return query execute format(
        'select (count(*) filter (where is_fresh))::int,
                (select count(*)::int from core.graph_node n where n.graph_id = $1
                 and not exists (select from core.%1$I c where c.coin_id = n.coin_id)),
                (count(*) filter (where is_due))::int from core.%1$I', 'comparing_' || graph) using id;
end $$;
comment on function job.plan_update is
    'Which coins are new or changed since a graph was built (fresh), which left it, and whose neighbours are to be found anew (due).';

create function job.slices(graph text, size int) returns table (from_coin int, to_coin int, due int, kept int) language plpgsql as $$
begin
    return query execute format(
        'select min(coin_id), max(coin_id), (count(*) filter (where is_due))::int, (count(*) filter (where not is_due))::int
         from (select coin_id, is_due, (row_number() over (order by coin_id) - 1) / %s as slice from core.%I) c
         group by slice order by 1', size, 'comparing_' || graph);
end $$;
comment on function job.slices is 'The coins of a graph that is being built, in slices of so many, for sessions to share.';

create function job.graph_recall(graph text, face text, k int, across boolean, depth int, seed int default 0,
                                 sample int default 100) returns float8
language plpgsql set hnsw.iterative_scan = 'relaxed_order' set hnsw.max_scan_tuples = 40000 as $$
declare
    recall float8;
begin
    perform set_config('hnsw.ef_search', least(greatest(depth, 40), 1000)::text, true);
    execute format(
        'select coalesce(avg(h.share), 1) from (select * from core.%I order by md5(coin_id || ''/'' || $1) limit $2) a
         cross join lateral (select avg((i.coin_id is not null)::int) as share
                             from (%s) e left join (%s) i using (coin_id)) h',
        'comparing_' || graph, job.near_coins(graph, face, k, across, 0), job.near_coins(graph, face, k, across, depth))
    into recall using seed, sample;
    return recall;
end $$;
comment on function job.graph_recall is 'Share of the true neighbours that the index finds at a depth, on a seeded sample of coins.';

create function job.expect_lacking(graph text, k int, across boolean) returns int language plpgsql as $$
declare
    lacking text;
    old regclass;
    n int;
begin
    -- Whom the index gave fewer than there are: they are compared with all.
    lacking := format(
        'select c.coin_id from core.%1$I c left join (select coin_id, count(*) as n from core.%2$I group by 1) f using (coin_id)
         join (select collection, count(*) as n from core.%1$I group by 1) own using (collection)
         where coalesce(f.n, 0) < least(%3$s, (select count(*) from core.%1$I) - %4$s)',
        'comparing_' || graph, 'found_' || graph, k, case when across then 'own.n' else '1' end);
    execute format('select count(*) from (%s) l', lacking) into n;
    if n = 0 then
        return 0;
    end if;
    -- Each row that is written anew would enter the index anew.
    for old in select x.indexrelid::regclass from pg_index x
               where x.indrelid = to_regclass('core.comparing_' || graph) and not x.indisprimary loop
        execute 'drop index ' || old;
    end loop;
    execute format('update core.%I set is_due = coin_id in (%s)', 'comparing_' || graph, lacking);
    execute format('delete from core.%I f using core.%I c where c.coin_id = f.coin_id and c.is_due',
                   'found_' || graph, 'comparing_' || graph);
    return n;
end $$;
comment on function job.expect_lacking is 'Of a graph by index: the coins that are still short of neighbours are due; how many.';

create function job.store_edges(graph text, graph_id int) returns void language plpgsql as $$
declare
    way text;
    spread core.spread;
begin
    -- For each way to compare once: api.percentile_<space> takes ten times as long for so many rows.
    foreach way in array array['obverse', 'reverse', 'both'] loop
        select p.* into spread from core.spread p join core.graph g using (space_id)
        where g.graph_id = store_edges.graph_id and p.face = way;
        execute format(
            'insert into core.edge (graph_id, coin_id, rank, neighbour_id, distance, compared, percentile, mutual)
             select $1, f.coin_id, f.rank, f.neighbour_id, f.distance, f.compared,
                    round((100 * (1 - coalesce($3[width_bucket(f.distance, $2)], case when $2 is not null then 0 end)))::numeric, 3),
                    r.coin_id is not null
             from core.%1$I f left join core.%1$I r on r.coin_id = f.neighbour_id and r.neighbour_id = f.coin_id
             -- A coin that was deleted meanwhile is no node any more.
             where f.compared = $4 and exists (select from core.graph_node n where (n.graph_id, n.coin_id) = ($1, f.coin_id))
               and exists (select from core.graph_node n where (n.graph_id, n.coin_id) = ($1, f.neighbour_id))
             order by f.coin_id, f.rank', 'found_' || graph)
        using graph_id, spread.knots, spread.shares, way;
    end loop;
end $$;
comment on function job.store_edges is 'Part of job.store_graph: the edges with their percentiles, and whether they are mutual.';

create function job.store_graph(graph text, space text, expected int, face text, k int, predicate text, across boolean,
                                exact boolean, recall float8, depth int, seed int, seconds float8) returns bigint language plpgsql as $$
declare
    id int;
    n bigint;
begin
    if (api.known_space(space)).space_id <> expected then
        raise 'the name % stands for another space since this run began; run it again', space using errcode = 'CS003';
    end if;
    insert into core.graph as g (name, space_id, face, k, predicate, across_collections, is_exact, recall, depth, seed, built_at, seconds)
    values (graph, expected, face, k, predicate, across, exact, recall, depth, seed, now(), seconds)
    on conflict (name) do update
    set space_id = excluded.space_id, face = excluded.face, k = excluded.k, predicate = excluded.predicate,
        across_collections = excluded.across_collections, is_exact = excluded.is_exact, recall = excluded.recall,
        depth = excluded.depth, seed = excluded.seed, built_at = excluded.built_at, seconds = excluded.seconds
    returning g.graph_id into id;
    -- What was found in the old edges goes with them.
    delete from core.graph_run r where r.graph_id = id;
    delete from core.edge e where e.graph_id = id;
    delete from core.graph_node m where m.graph_id = id;
    execute format('insert into core.graph_node (graph_id, coin_id, digest) select $1, c.coin_id, c.digest from core.%I c
                    join core.coin k using (coin_id) for key share of k', 'comparing_' || graph) using id;
    execute format('analyze core.%I', 'found_' || graph);
    perform job.store_edges(graph, id);
    select count(*) from core.edge e where e.graph_id = id into n;
    perform job.drop_work(graph);
    analyze core.edge;
    return n;
end $$;
comment on function job.store_graph is 'Puts the edges that were found in place of those that a graph had, in one moment; how many.';

create function job.drop_graph(graph text) returns void language plpgsql as $$
begin
    if not pg_try_advisory_xact_lock(job.lock_number('graph'), hashtext(graph)) then
        raise 'the graph % is being built; wait for that', graph using errcode = 'CS003';
    end if;
    perform job.drop_work(graph);
    delete from core.edge e using core.graph g where g.graph_id = e.graph_id and g.name = graph;
    delete from core.graph g where g.name = graph;
    if not found then
        raise 'there is no graph %', graph using errcode = 'CS001';
    end if;
end $$;
comment on function job.drop_graph is 'Drops a graph with its edges and what was found in it; verdicts stay.';

-- Building a graph. A run copies the coins and their vectors into work tables, several sessions find
-- neighbours in parallel, and one transaction replaces the old edges by the new ones.
--
-- core.building_coin and core.building_edge hold the work of all runs, by graph. Only the vectors are in a
-- table for each run, core.comparing_<graph>: its type has the dimensions of the space, and it can have an
-- HNSW index.

create function job.check_name(kind text, name text) returns void language plpgsql immutable as $$
begin
    if name !~ '^[a-z][a-z0-9_]{0,39}$' then
        raise '"%" is not a name for a %: use a small letter, then small letters, digits and _, 40 at most',
            name, kind using errcode = 'CS003';
    end if;
end $$;
comment on function job.check_name is 'An error unless a graph or map can have this name.';

create function job.lock_graph(graph text) returns boolean language sql as $$
    -- Until the session ends: a second run that builds the same graph is refused.
    select pg_try_advisory_lock(job.lock_number('graph'), hashtext(graph))
$$;

create function job.unlock_graph(graph text) returns boolean language sql as $$
    select pg_advisory_unlock(job.lock_number('graph'), hashtext(graph))
$$;

create function job.drop_work(graph text) returns void language plpgsql as $$
begin
    delete from core.building_coin b where b.graph = drop_work.graph;
    delete from core.building_edge b where b.graph = drop_work.graph;
    execute format('drop table if exists core.%I', 'comparing_' || graph);
end $$;
comment on function job.drop_work is 'Removes what a run that builds a graph has in the work tables.';

create function job.gather_coins(graph text, space text, face text, predicate text) returns int
language plpgsql as $$
declare
    here part.space_names := part.known_space(space);
    row_bytes int := here.dims * (case face when 'both' then 2 else 1 end)
                     * (case here.precision when 'half' then 2 else 4 end);
    n int;
begin
    perform job.check_name('graph', graph), job.drop_work(graph);
    -- Unlogged: a crash of the server also ends the run. Plain: a scan of vectors inside the row is much
    -- faster.
    execute format($q$
        create unlogged table core.%1$I (
            coin_id int, collection int, v1 %3$s, v2 %3$s, digest uuid, is_fresh boolean not null);
        alter table core.%1$I alter v1 set storage %4$s, alter v2 set storage %4$s;
        insert into core.%1$I
        select c.coin_id, dense_rank() over (order by k.collection), c.v1, c.v2, d.digest,
               n.digest is distinct from d.digest
        from part.%2$I c join api.coins k using (coin_id)
        cross join lateral (select job.vector_digest(c.v1, c.v2) as digest offset 0) d
        left join core.graph_node n on n.coin_id = c.coin_id
                                   and n.graph_id = (select g.graph_id from core.graph g where g.name = %5$L)
        where c.face = %6$L and (%7$L = 'true' or c.coin_id in (select part.passing(%7$L, %6$L)))
        order by c.coin_id;
        alter table core.%1$I add primary key (coin_id);
        create index on core.%1$I (coin_id) where is_fresh;
        analyze core.%1$I;
        insert into core.building_coin (graph, coin_id, collection, digest, is_fresh)
        select %5$L, c.coin_id, c.collection, c.digest, c.is_fresh from core.%1$I c
    $q$, 'comparing_' || graph, part.comparable_view(space, face), here.vector_type,
        case when row_bytes < 7800 then 'plain' else 'external' end, graph, face, predicate);
    get diagnostics n = row_count;
    return n;
end $$;
comment on function job.gather_coins is
    'Copies the coins that a graph compares, with their vectors, into the work tables; returns how many '
    'there are. is_fresh: the coin is new in the graph, or its vectors have changed since it was built.';

create function job.left_out(graph text, face text, predicate text) returns int language sql as $$
    select count(*)::int from core.coin c
    where (predicate = 'true' or c.coin_id in (select part.passing(predicate, face)))
      and not exists (select from core.building_coin b
                      where b.graph = left_out.graph and b.coin_id = c.coin_id)
$$;
comment on function job.left_out is
    'How many coins pass the predicate of a graph but are not in it, because they have no vector of its '
    'face.';

create function job.index_coins(graph text, face text, memory_mb int default 1024) returns void
language plpgsql as $$
declare
    relation regclass := to_regclass('core.comparing_' || graph);
    v record;
begin
    perform set_config('maintenance_work_mem', memory_mb || 'MB', true);
    for v in select a.attname, format_type(a.atttypid, null) as type from pg_attribute a
             where a.attrelid = relation and (a.attname = 'v1' or a.attname = 'v2' and face = 'both')
    loop
        execute format('create index on %s using hnsw (%I %s_cosine_ops) with (m = 16, ef_construction = 64)',
                       relation, v.attname, v.type);
    end loop;
end $$;
comment on function job.index_coins is
    'Builds the HNSW index, for one face or for each, of the coins that a graph compares.';

create function job.nearest_exact(graph text, face text, coins int[], k int, across boolean,
                                  of_fresh boolean default false)
returns table (coin_id int, neighbour_id int, rank bigint, distance float8, compared text)
language plpgsql as $$
begin
    -- A function of the vectors is not an operator of the index, so that every coin is compared.
    return query execute format($q$
        select a.coin_id, n.coin_id,
               row_number() over (partition by a.coin_id order by n.distance, n.coin_id),
               n.distance, n.compared
        from core.%1$I a
        cross join lateral (
            select b.coin_id, part.coin_distance(a.v1, a.v2, b.v1, b.v2) as distance,
                   part.compared_sides($1, a.v1, a.v2, b.v1, b.v2) as compared
            from core.%1$I b
            where case when $4 then b.collection <> a.collection else b.coin_id <> a.coin_id end
              and (not $5 or b.is_fresh)
            order by distance, b.coin_id limit $3) n
        where a.coin_id = any($2) and n.distance is not null
    $q$, 'comparing_' || graph) using face, coins, k, across, of_fresh;
end $$;
comment on function job.nearest_exact is
    'The k nearest neighbours of some coins among the coins of a graph, or among its fresh coins, by '
    'comparing all; ties by coin_id.';

create function job.index_candidates(face text) returns text language sql immutable as $$
    select case face
        -- The index orders by the distance of one vector: for both faces take more, then compare.
        when 'both' then $q$
            select b.coin_id, part.coin_distance(a.v1, a.v2, b.v1, b.v2) as distance,
                   part.compared_sides('both', a.v1, a.v2, b.v1, b.v2) as compared
            from ((select b.coin_id from core.%1$I b
                   where not $4 or b.collection <> a.collection order by b.v1 <=> a.v1 limit $5)
                  union
                  (select b.coin_id from core.%1$I b
                   where not $4 or b.collection <> a.collection order by b.v2 <=> a.v2 limit $5)) w
            join core.%1$I b using (coin_id) $q$
        else $q$
            select b.coin_id, b.v1 <=> a.v1 as distance, $1 as compared from core.%1$I b
            where not $4 or b.collection <> a.collection order by b.v1 <=> a.v1 limit $5 $q$ end
$$;
comment on function job.index_candidates is
    'Part of job.nearest_by_index: the query of the coins that the index gives for a coin a, and how near '
    'they are.';

create function job.nearest_by_index(graph text, face text, coins int[], k int, across boolean, depth int)
returns table (coin_id int, neighbour_id int, rank bigint, distance float8, compared text) language plpgsql
set hnsw.iterative_scan = 'relaxed_order' set hnsw.max_scan_tuples = 40000 as $$
begin
    perform set_config('hnsw.ef_search', least(greatest(depth, 10), 1000)::text, true);
    return query execute format($q$
        select a.coin_id, n.coin_id,
               row_number() over (partition by a.coin_id order by n.distance, n.coin_id),
               n.distance, n.compared
        from core.%1$I a
        cross join lateral (
            select w.* from ($q$ || job.index_candidates(face) || $q$) w where w.coin_id <> a.coin_id
            order by w.distance + 0, w.coin_id limit $3) n
        where a.coin_id = any($2) and n.distance is not null
    $q$, 'comparing_' || graph) using face, coins, k, across, depth;
end $$;
comment on function job.nearest_by_index is
    'As job.nearest_exact, but compares only the coins that the index gives when asked for `depth` of them.';

create function job.building_coins(graph text, is_due boolean, from_coin int, to_coin int) returns int[]
language sql stable as $$
    select coalesce(array_agg(b.coin_id order by b.coin_id), '{}') from core.building_coin b
    where b.graph = building_coins.graph and b.is_due = building_coins.is_due
      and b.coin_id between from_coin and to_coin
$$;
comment on function job.building_coins is 'The coins of a range whose neighbours are due, or are not.';

create function job.build_edges(graph text, face text, k int, across boolean, depth int,
                                from_coin int default 0, to_coin int default 2147483647) returns bigint
language plpgsql as $$
declare
    due int[] := job.building_coins(graph, true, from_coin, to_coin);
    n bigint;
begin
    if depth = 0 then
        insert into core.building_edge
        select build_edges.graph, e.* from job.nearest_exact(graph, face, due, k, across) e;
    else
        insert into core.building_edge
        select build_edges.graph, e.* from job.nearest_by_index(graph, face, due, k, across, depth) e;
    end if;
    get diagnostics n = row_count;
    return n;
end $$;
comment on function job.build_edges is
    'Finds the k nearest neighbours of each coin of a range that is due: exactly at depth 0, else by the '
    'index.';

create function job.merge_edges(graph text, face text, k int, across boolean,
                                from_coin int default 0, to_coin int default 2147483647) returns bigint
language plpgsql as $$
declare
    kept int[] := job.building_coins(graph, false, from_coin, to_coin);
    n bigint;
begin
    insert into core.building_edge
    select merge_edges.graph, m.*
    from (select u.coin_id, u.neighbour_id,
                 row_number() over (partition by u.coin_id order by u.distance, u.neighbour_id) as rank,
                 u.distance, u.compared
          from (select e.coin_id, e.neighbour_id, e.distance, e.compared
                from core.edge e join core.graph g using (graph_id)
                where g.name = merge_edges.graph and e.coin_id = any(kept)
                union all
                select f.coin_id, f.neighbour_id, f.distance, f.compared
                from job.nearest_exact(graph, face, kept, k, across, true) f) u) m
    where m.rank <= k;
    get diagnostics n = row_count;
    return n;
end $$;
comment on function job.merge_edges is
    'For the coins of a range that are not due: keeps their neighbours, and adds fresh coins where those '
    'are nearer.';

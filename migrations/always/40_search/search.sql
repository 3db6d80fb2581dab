-- The library's own search: chooses between index and exact comparison, and never loses an answer.
-- The predicate is SQL over the columns of api.sides, and runs with a reader's rights (90_grants.sql).

create function api.known_space(space text) returns api.space_names language plpgsql as $$
declare
    found api.space_names;
begin
    -- Held until the transaction ends: what is said of the space stays true, should it be switched meanwhile.
    if to_regclass('api.' || quote_ident('embedding_' || space)) is not null then
        execute format('select from api.%I limit 0', 'embedding_' || space);
    end if;
    select * into found from api.space_names n where n.space = known_space.space;
    if found.space is null then
        raise 'there is no space %; there is: %', space,
            coalesce((select string_agg(n.space, ', ' order by n.space) from api.space_names n), 'none yet; run: coinstore embed hog')
            using errcode = 'CS001';
    end if;
    return found;
end $$;
comment on function api.known_space is 'The space of this name, or an error that lists those there are.';

create function api.check_predicate(predicate text, of_view text) returns void language plpgsql stable as $$
declare
    unread refcursor;
begin
    -- It is put into parentheses: one that closes them, and opens others, would escape the rest of the condition.
    -- What both faces are asked by is put into the condition of another view, with more columns.
    if predicate ~ '[()]' or of_view = 'coins' then
        open unread for execute format('select from api.%I where %s', of_view, predicate);
        close unread;
    end if;
end $$;
comment on function api.check_predicate is 'Part of api.search: an error unless the text is a condition by itself.';

create function api.side_vector(space text, coin int, face text) returns vector language plpgsql stable as $$
declare
    here api.space_names := api.known_space(space);
    found vector;
begin
    execute format('select api.%I($1, $2)::vector', 'vector_' || here.space) into found using coin, face;
    return found;
end $$;
comment on function api.side_vector is 'The vector of one side of a coin in a space, at single precision; null when it has none.';

create function api.refuse_lacking(coin int, lacking text) returns void language plpgsql stable as $$
begin
    raise '% has no %; coinstore spaces and coinstore faults show what is missing',
        coalesce((select c.collection || '/' || c.inventory_number from api.coins c where c.coin_id = coin), 'coin ' || coin),
        lacking using errcode = 'CS001';
end $$;
comment on function api.refuse_lacking is 'Part of api.search: the error that a coin has no vector to ask with.';

create function api.search_rows(space text, face text, sides int[], distances float8[])
returns setof api.look_alike language plpgsql stable set plan_cache_mode = force_generic_plan as $$
declare
    knots float8[];
    shares float8[];
begin
    -- Fetched once: joined, both long arrays would be unpacked for each row.
    select p.knots, p.shares into knots, shares
    from api.spread p where p.space = search_rows.space and p.face = search_rows.face;
    return query
        select s.*, n.distance, 1 - n.distance,
               round((100 * (1 - coalesce(shares[width_bucket(n.distance, knots)],
                                          case when knots is not null then 0 end)))::numeric, 3)::float8,
               s.face
        from unnest(sides, distances) with ordinality n (side_id, distance, turn)
        join api.sides s on s.side_id = n.side_id
        order by n.turn;
end $$;
comment on function api.search_rows is 'Part of api.search: the rows of the sides that were found, in their order. Planned once a session.';

create function api.search_exact(here api.space_names, query vector, face text, k int, allowed text, except_coin int,
                                 farthest boolean default false, out sides int[], out distances float8[])
language plpgsql as $$
begin
    execute format(
        'select array_agg(side_id order by distance %4$s, side_id), array_agg(distance order by distance %4$s, side_id)
         from (select s.side_id, (e.embedding <=> $1::%1$s) + 0 as distance
               from api.%2$I e join (%3$s) s on s.side_id = e.side_id
               order by 2 %4$s, 1 limit $2) n',
        here.vector_type, 'embedding_' || here.space, allowed, case when farthest then 'desc' else '' end)
    into sides, distances using query, k, face, except_coin;
end $$;
comment on function api.search_exact is 'Part of api.search: compares every side that is allowed.';

create function api.search_walk(here api.space_names, query vector, face text, k int, allowed text, except_coin int,
                                depth int, wanted int, out sides int[], out distances float8[])
language plpgsql set enable_mergejoin = off as $$   -- not worth the time to plan it
begin
    -- A batch a little under what evenly spread rows would take: a larger one goes farther than is asked.
    perform set_config('hnsw.ef_search', least(greatest(depth * 3 / 4, 80), 200 + k, 1000)::text, true);
    execute format(
        'with near as materialized (
             select side_id, embedding <=> $1::%1$s as distance from api.%2$I
             order by embedding <=> $1::%1$s limit $5),
         -- Relaxed order is not quite sorted, which the planner does not know: it stops at the first
         -- that pass. More than k are fetched, then sorted (+ 0, or it would not).
         passed as materialized (
             select s.side_id, near.distance from near join (%3$s) s on s.side_id = near.side_id
             order by near.distance limit $6)
         select array_agg(side_id order by distance, side_id), array_agg(distance order by distance, side_id)
         from (select side_id, distance + 0 as distance from passed order by 2, 1 limit $2) n',
        here.vector_type, 'embedding_' || here.space, allowed)
    into sides, distances using query, k, face, except_coin, depth, wanted;
end $$;
comment on function api.search_walk is
    'Part of api.search: walks the index from the nearest outwards until enough sides pass, at most so deep; may find fewer than k.';

create function api.search_estimate(allowed text, face text, except_coin int) returns float8
language plpgsql set enable_mergejoin = off as $$   -- a sixth of the time to plan; the rows are the same
declare
    plan json;
begin
    execute 'explain (format json) ' || allowed into plan using null, null, face, except_coin;
    return (plan -> 0 -> 'Plan' ->> 'Plan Rows')::float8;
end $$;
comment on function api.search_estimate is 'Part of api.search: how many sides the planner expects to pass.';

create function api.search_sides(here api.space_names, query vector, face text, k int, predicate text,
                                 farthest boolean, except_coin int, out sides int[], out distances float8[])
language plpgsql
set hnsw.iterative_scan = 'relaxed_order' set hnsw.max_scan_tuples = 40000
set hnsw.ef_search = 80 set random_page_cost = 1.1 as $$
declare
    allowed text := 'select side_id from api.sides where face = $3 and coin_id is distinct from $4 and (' || predicate || E'\n)';
    expected float8 := here.embedded_about;   -- how many sides pass
begin
    if here.indexed and not farthest then
        if predicate <> 'true' then
            expected := api.search_estimate(allowed, face, except_coin);
        end if;
        -- Where few pass, exact comparison is the faster plan as well as the surer.
        if expected > 2.8 * sqrt(k * here.embedded_about) then
            -- So deep that twice k should pass: it stops once there are enough.
            select * into sides, distances
            from api.search_walk(here, query, face, k, allowed, except_coin,
                                 greatest(4 * k, 2 * k * here.embedded_about / expected)::int, k + (k + 9) / 10);
            -- Where the filter shuts out the neighbourhood, fewer do: once more, so deep that it takes
            -- half the time of comparing all that pass, and wider, since far away the index is less sure.
            if coalesce(cardinality(sides), 0) < k then
                select * into sides, distances
                from api.search_walk(here, query, face, k, allowed, except_coin, (expected / 2)::int, 3 * k);
            end if;
        end if;
    end if;
    if coalesce(cardinality(sides), 0) < k then
        select * into sides, distances from api.search_exact(here, query, face, k, allowed, except_coin, farthest);
    end if;
end $$;
comment on function api.search_sides is 'Part of api.search: the sides that answer, and their distances, nearest first.';

create function api.search(space text, query vector, face text default 'obverse', k int default 10,
                           predicate text default 'true', farthest boolean default false, except_coin int default null)
returns setof api.look_alike language plpgsql as $$
declare
    here api.space_names := api.known_space(space);
    found record;
begin
    if k < 1 or vector_norm(query) = 0 then
        raise 'a question has a vector that is not 0, and k above 0' using errcode = 'CS003';
    end if;
    perform api.check_predicate(predicate, 'sides');
    select * into found from api.search_sides(here, query, face, k, predicate, farthest, except_coin);
    return query select * from api.search_rows(here.space, face, found.sides, found.distances);
end $$;
comment on function api.search(text, vector, text, int, text, boolean, int) is
    'The k sides nearest to a vector (or the least near) among those that pass a predicate over the columns of api.sides: always k of them, or all that pass.';

create function api.search(space text, coin int, face text default 'obverse', k int default 10,
                           predicate text default 'true', farthest boolean default false)
returns setof api.look_alike language plpgsql as $$
declare
    query vector;
    here api.space_names := api.known_space(space);
begin
    query := api.side_vector(here.space, coin, face);
    if query is null then
        perform api.refuse_lacking(coin, format('%s in space %s', coalesce(face, 'side'), here.space));
    end if;
    return query select * from api.search(space, query, face, k, predicate, farthest, coin);
end $$;
comment on function api.search(text, int, text, int, text, boolean) is
    'The k sides that look most (or least) like one side of a coin, among those that pass a predicate.';

create function api.search_coins(space text, coin int, obverse_weight float8 default 0.5, k int default 10,
                                 predicate text default 'true', farthest boolean default false)
returns setof api.look_alike language sql as $$
    select * from api.search_parts(
        api.parts_of_coin(coin, jsonb_build_object(space, 1),
                          jsonb_build_object('obverse', obverse_weight, 'reverse', 1 - obverse_weight)),
        k, predicate, farthest, coin)
$$;
comment on function api.search_coins is
    'The k coins that look most (or least) like a coin, both sides weighed, among those that pass a predicate.';

create function job.index_space(space text, memory_mb int default 1024) returns void language plpgsql as $$
declare
    s core.space := (select s from core.space s where s.name = index_space.space);
begin
    -- At the default of 64 MB a build takes four times as long.
    perform set_config('maintenance_work_mem', memory_mb || 'MB', true);
    execute format('drop index if exists core.%I', 'embedding_' || space || '_hnsw');
    execute format('create index %I on core.%I using hnsw (embedding %s) with (m = 16, ef_construction = 128)',
                   'embedding_' || space || '_hnsw', 'embedding_' || space, job.operators(s.precision));
end $$;
comment on function job.index_space is 'Builds the HNSW index of a space (anew, if it has one).';

create function job.drop_index_for(space text, pending bigint) returns boolean language plpgsql as $$
begin
    -- With an index a row costs what building anew costs for some five (245 rows/s against 1,500).
    if not job.is_indexed(space) or pending < job.embedded(space) / 5 then
        return false;
    end if;
    execute format('drop index core.%I', 'embedding_' || space || '_hnsw');
    return true;
end $$;
comment on function job.drop_index_for is
    'Before so many vectors are written: drops the index where building it anew is quicker; searches are exact until then.';

create function job.measure_recall(space text, seed int default 0, queries int default 50) returns float8
language plpgsql set hnsw.ef_search = 80 set hnsw.iterative_scan = 'relaxed_order' as $$
declare
    recall float8;
begin
    execute format(
        'select avg((select count(*) from unnest(i.ids) x where x = any(e.ids)) / 10.0)
         from (select embedding as q from core.%1$I order by md5(side_id || ''/'' || $1) limit $2) s
         cross join lateral (select array_agg(side_id) as ids from
             (select side_id from core.%1$I order by embedding <=> s.q limit 10) x) i
         cross join lateral (select array_agg(side_id) as ids from
             (select side_id from core.%1$I order by (embedding <=> s.q) + 0 limit 10) x) e',
        'embedding_' || space) into recall using seed, queries;
    update core.space s set recall_at_10 = recall, recall_at = now() where s.name = space;
    return recall;
end $$;
comment on function job.measure_recall is 'Recall@10 of the index against exact search, kept with its date.';

create function job.settle_space(space text) returns boolean language plpgsql as $$
declare
    limit_rows float8 := (select value from core.setting where name = 'index_after_rows');
begin
    -- Of several workers that end at once one settles, and the others see that it is done.
    perform job.lock('statistics', (select space_id from core.space s where s.name = space));
    execute format('analyze core.%I', 'embedding_' || space);
    perform job.sample_spread(space);
    if job.embedded(space) <= limit_rows or job.is_indexed(space) then
        return false;
    end if;
    perform job.index_space(space);
    perform job.measure_recall(space);
    return true;
end $$;
comment on function job.settle_space is
    'After embedding: statistics, the sample behind the percentiles, and an index once exact search is slow.';

-- The search of a space without a condition, and among the coins that pass one: functions whose plans are
-- kept for the session.

create function job.index_words(space text) returns jsonb language sql stable as $$
    select jsonb_build_object('vector_schema', job.vector_schema(), 'kind', s.index_kind) || case s.index_kind
        when 'bits' then jsonb_build_object(
            'depth', format('greatest(%s, %s * k)', s.bit_candidates, s.bit_candidates / 10),
            'order', 'v.bits <~> part.bits_{space}(query)')   -- filled before {space} is
        else jsonb_build_object('depth', 'wanted', 'order', 'v.embedding <=> q') end
    from core.space s where s.name = space
$$;
comment on function job.index_words is
    'Part of job.build_nearest: by what the index orders, and how many it is asked for. Of bits it gives '
    'more, to be compared by their vectors.';

create function job.build_nearest(space text) returns void language plpgsql as $$
begin
    -- Its plans are kept for the session, and made before k is known: what suits a large k is switched off.
    execute job.filled($q$
        create or replace function part.nearest_{space}(query vector, face text, k int, except_coin int)
        returns setof api.look_alike language plpgsql stable
        set plan_cache_mode = force_generic_plan set random_page_cost = 1.1
        set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
        set hnsw.ef_search = 80 set hnsw.iterative_scan = 'relaxed_order' set hnsw.max_scan_tuples = 40000
        set search_path = pg_catalog, {vector_schema}, pg_temp as $b$
        declare
            q {vector} := query;
            -- Relaxed order is not quite sorted, so more than k are fetched, then sorted (+ 0).
            wanted int := case when part.is_indexed('{space}') then k + (k + 9) / 10 else 0 end;
            depth int := sign(wanted) * {depth};
        begin
            perform set_config('hnsw.ef_search', part.search_width(k, depth, '{kind}')::text, true);
            return query
                with near as materialized (
                    select e.side_id, e.embedding <=> q as distance from (
                        select v.side_id, v.embedding from part.vectors_{space} v
                        where v.face = nearest_{space}.face and v.coin_id is distinct from except_coin
                        order by {order} limit depth) e
                    order by e.embedding <=> q limit wanted),
                -- The index gives fewer where few sides have this face, or can be seen.
                enough as materialized (select count(*) >= k as is_so from near),
                found as (
                    select n.side_id, n.distance from near n where (select e.is_so from enough e)
                    union all
                    select e.side_id, (e.embedding <=> q) + 0 from part.vectors_{space} e
                    where not (select e.is_so from enough e)
                      and e.face = nearest_{space}.face and e.coin_id is distinct from except_coin),
                first as (select f.* from found f order by f.distance + 0, f.side_id limit k)
                select s.*, f.distance, 1 - f.distance, part.percentile_{space}(s.face, f.distance), s.face
                from first f join api.sides s on s.side_id = f.side_id
                order by f.distance, f.side_id;
        end $b$;
        comment on function part.nearest_{space} is
            'Part of api.search: the sides nearest to a vector among all, by the index of space {space}.'
    $q$, space, job.index_words(space));
end $$;
comment on function job.build_nearest is
    'Builds part.nearest_<space>.';

create function job.build_compared(space text) returns void language plpgsql as $$
begin
    execute job.filled($q$
        create or replace function part.compared_{space}(query vector, face text, k int, except_coin int,
                                                         coins int[], out sides int[], out distances float8[])
        language plpgsql stable set plan_cache_mode = force_generic_plan
        set search_path = pg_catalog, {vector_schema}, pg_temp as $b$
        declare
            q {vector} := query;
        begin
            select array_agg(n.side_id order by n.distance, n.side_id),
                   array_agg(n.distance order by n.distance, n.side_id) into sides, distances
            from (select e.side_id, (e.embedding <=> q) + 0 as distance from part.vectors_{space} e
                  where e.coin_id = any(coins) and e.face = compared_{space}.face
                    and e.coin_id is distinct from except_coin
                  order by 2, 1 limit k) n;
        end $b$;
        comment on function part.compared_{space} is
            'Part of api.search: the sides nearest to a vector among those of some coins, of space {space}.'
    $q$, space, jsonb_build_object('vector_schema', job.vector_schema()));
end $$;
comment on function job.build_compared is
    'Builds part.compared_<space>; its plan is kept for the session.';

create function job.build_nearest_of_all() returns void language plpgsql as $$
begin
    -- Again whenever a space comes or goes. A call that is in the text of a function is planned once, one
    -- that is put together each time. The lock on the view keeps the name's meaning (part.known_space).
    execute format($q$
        create or replace function part.nearest(space text, query vector, face text, k int, except_coin int)
        returns setof api.look_alike language plpgsql stable as $b$
        begin
            case space
            when '' then null;
            %s
            else perform part.known_space(space);
            end case;
        end $b$
    $q$, (select string_agg(format($q$
            when %1$L then
                perform from part.vectors_%1$s limit 0;
                return query select * from part.nearest_%1$s(query, face, k, except_coin);
            $q$, s.name), '' order by s.name) from core.space s));
    execute format($q$
        create or replace function part.compared(space text, query vector, face text, k int, except_coin int,
                                                 coins int[], out sides int[], out distances float8[])
        language plpgsql stable as $b$
        begin
            case space
            when '' then null;
            %s
            end case;
        end $b$
    $q$, (select string_agg(format($q$
            when %1$L then
                select * into sides, distances
                from part.compared_%1$s(query, face, k, except_coin, coins);
            $q$, s.name), '' order by s.name) from core.space s));
end $$;
comment on function job.build_nearest_of_all is
    'Builds part.nearest and part.compared, which give a search to the function of its space.';

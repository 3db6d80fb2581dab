-- The search of the library: chooses between index and exact comparison, and always finds k sides, or all
-- that pass. The predicate is SQL over the columns of api.sides and runs with a reader's rights
-- (99_last/grants.sql).

create function api.search(space text, query vector, face text default 'obverse', k int default 10,
                           predicate text default 'true', farthest boolean default false,
                           except_coin int default null, rerank boolean default false)
returns setof api.answer language plpgsql as $$
declare
    here part.space_names;
    found record;
begin
    perform part.only_read();
    if k < 1 or vector_norm(query) = 0 then
        raise 'a search needs a vector that is not 0, and k above 0' using errcode = 'CS003';
    end if;
    if rerank then
        return query select * from api.search(
            jsonb_build_array(jsonb_build_object('space', space, 'face', face, 'weight', 1,
                                                 'query', query::text)),
            k, predicate, farthest, except_coin, rerank);
        return;
    elsif predicate = 'true' and not farthest then
        return query select n.*, null::float8 from part.nearest(space, query, face, k, except_coin) n;
        return;
    end if;
    perform part.check_predicate(predicate, 'sides');
    here := part.known_space(space);
    select * into found from part.search_sides(here, query, face, k, predicate, farthest, except_coin);
    return query select r.*, null::float8
                 from part.search_rows(here.space, face, found.sides, found.distances) r;
exception when restrict_violation then raise;   -- part.only_read
end $$;
comment on function api.search(text, vector, text, int, text, boolean, int, boolean) is
    'The k sides that are nearest to a vector (or farthest from it) among those that pass a predicate over '
    'the columns of api.sides: always k, or all that pass. With rerank the nearest 100 of these are ordered '
    'again, by the coins that they and the vector have near them (Zhong et al. 2017); it takes longer.';

create function api.search(space text, coin int, face text default 'obverse', k int default 10,
                           predicate text default 'true', obverse_weight float8 default 0.5,
                           farthest boolean default false, rerank boolean default false)
returns setof api.answer language plpgsql as $$
declare
    query vector;
begin
    if face = 'both' then
        return query select * from api.search(
            part.parts_of_coin(coin, jsonb_build_object(space, 1),
                               jsonb_build_object('obverse', obverse_weight, 'reverse', 1 - obverse_weight)),
            k, predicate, farthest, coin, rerank);
        return;
    end if;
    query := part.side_vector(space, coin, face);
    if query is null then
        perform part.refuse_lacking(coin, format('%s in space %s', coalesce(face, 'side'), space));
    end if;
    return query select * from api.search(space, query, face, k, predicate, farthest, coin, rerank);
end $$;
comment on function api.search(text, int, text, int, text, float8, boolean, boolean) is
    'The k sides that look most (or least) like one side of a coin, among those that pass a predicate. With '
    'face both: the k coins that look like the coin, by both sides; obverse_weight (0 to 1) is the weight '
    'of the obverse. rerank: as of the search for a vector.';

create function part.side_vector(space text, coin int, face text) returns vector language plpgsql stable as $$
declare
    here part.space_names := part.known_space(space);
    found vector;
begin
    execute format('select part.%I($1, $2)::vector', 'vector_' || here.space) into found using coin, face;
    return found;
end $$;
comment on function part.side_vector is
    'The vector of one side of a coin in a space, at single precision; null: it has none.';

create function part.refuse_lacking(coin int, lacking text) returns void language plpgsql stable as $$
declare
    name text := (select c.collection || '/' || c.inventory_number from api.coins c where c.coin_id = coin);
begin
    if name is null then
        raise 'there is no coin %', coalesce(coin::text, 'of this name') using errcode = 'CS001';
    end if;
    raise '% has no %; if it has a photograph, coinstore embed makes the vector; coinstore faults says what '
          'failed', name, lacking using errcode = 'CS001';
end $$;
comment on function part.refuse_lacking is
    'Part of api.search: the error that a coin has no vector to search with.';

create function part.search_rows(space text, face text, sides int[], distances float8[])
returns setof api.look_alike language plpgsql stable set plan_cache_mode = force_generic_plan as $$
declare
    knots float8[];
    shares float8[];
begin
    -- Read once: in a join, both long arrays would be unpacked for each row.
    select p.knots, p.shares into knots, shares
    from part.spread p where p.space = search_rows.space and p.face = search_rows.face;
    return query
        select s.*, n.distance, 1 - n.distance, part.percentile_among(knots, shares, n.distance), s.face
        from unnest(sides, distances) with ordinality n (side_id, distance, turn)
        join api.sides s on s.side_id = n.side_id
        order by n.turn;
end $$;
comment on function part.search_rows is
    'Part of api.search: the rows of the sides that were found, in their order. Planned once for a session.';

create function part.search_passing(predicate text, face text, out passing text, out share float8)
language plpgsql set enable_mergejoin = off as $$   -- a sixth of the time to plan; the rows are the same
declare
    coins float8 := greatest((select n.coins from part.coins_about n), 1);
    -- What the session asked last is often asked again, from another coin. The share may be old: then a
    -- search takes longer, and finds the same.
    asked text := md5(format('%s %s %s', coins, face, predicate));
    kept text[] := string_to_array(current_setting('coinstore.passed', true), ' ');
    -- What names only columns of coins is planned without the joins of sides.
    seen text[] := array['api.coins where', format('api.sides where face = %L and', face)];
    plan json;
begin
    if kept[1] = asked then
        passing := format(E'select coin_id from %s (%s\n)', seen[kept[2]::int], predicate);
        share := kept[3]::float8;
        return;
    end if;
    for n in 1 .. 2 loop
        begin
            passing := format(E'select coin_id from %s (%s\n)', seen[n], predicate);
            execute 'explain (format json) ' || passing into plan;
            share := (plan -> 0 -> 'Plan' ->> 'Plan Rows')::float8 / coins;
            perform set_config('coinstore.passed', format('%s %s %s', asked, n, share), false);
            return;
        exception when undefined_column or undefined_table then
            if n = 2 then
                raise;
            end if;
        end;
    end loop;
end $$;
comment on function part.search_passing is
    'Part of api.search: the query of the coins that pass a predicate, and their share as the planner '
    'expects it.';

create function part.kept(statement text, types text default '', arguments text default '',
                          out ids int[], out distances float8[])
language plpgsql set plan_cache_mode = force_generic_plan as $$
declare
    name text := 'coinstore_' || md5(types || statement);
    call text := format('execute %I %s', name, arguments);
    earlier text[];
begin
    execute call into ids, distances;
exception when invalid_sql_statement_name then
    earlier := array(select p.name from pg_prepared_statements p where starts_with(p.name, 'coinstore_'));
    if cardinality(earlier) >= 8 then
        execute (select string_agg(format('deallocate %I', e), ';') from unnest(earlier) e);
    end if;
    execute format('prepare %I %s as %s', name, types, statement);
    execute call into ids, distances;
end $$;
comment on function part.kept is
    'Part of api.search: what a statement gives, by a plan that the session keeps, because planning can take '
    'as long as finding. At most eight are kept.';

create function part.search_exact(here part.space_names, query vector, face text, k int, passing text,
                                  except_coin int, farthest boolean,
                                  out sides int[], out distances float8[])
language plpgsql set random_page_cost = 1.1 as $$
declare
    direction text := case when farthest then 'desc' else '' end;
    compared text := case when here.is_apart then part.compared_apart(here.space, passing, farthest)
        else format($q$
            select e.side_id, (e.embedding <=> $1::%1$s) + 0 as distance from part.%2$I e %3$s
            where e.face = $3 and e.coin_id is distinct from $4
            order by 2 %4$s, 1 limit $2
        $q$, here.vector_type, 'vectors_' || here.space,
            'join (' || passing || ') c on c.coin_id = e.coin_id', direction) end;
begin
    if here.is_apart and passing is null then
        select * into sides, distances
        from part.nearest_apart(here.space, query, face, k, except_coin, farthest);
        return;
    end if;
    execute format($q$
        select array_agg(side_id order by distance %2$s, side_id),
               array_agg(distance order by distance %2$s, side_id) from (%1$s) n
    $q$, compared, direction)
    into sides, distances using query, k, face, except_coin;
end $$;
comment on function part.search_exact is
    'Part of api.search: compares every side whose coin passes (null: every side).';

create function part.search_walk(here part.space_names, query vector, face text, k int, passing text,
                                 except_coin int, depth int, wanted int,
                                 out sides int[], out distances float8[])
language plpgsql
set enable_mergejoin = off   -- not worth the time to plan it
set random_page_cost = 1.1 set hnsw.ef_search = 80
set hnsw.iterative_scan = 'relaxed_order' set hnsw.max_scan_tuples = 40000 as $$
declare
    walked text := case when here.is_apart then part.walked_apart(here.space, face, depth) else format($q$
        select v.side_id, v.coin_id, v.embedding <=> $1 as distance from part.%1$I v
        where v.face = %2$L and v.coin_id is distinct from $2 order by %3$s limit %4$s
    $q$, 'vectors_' || here.space, face,
        case here.index_kind when 'bits' then format('v.bits <~> part.%I($1::vector)', 'bits_' || here.space)
                             else 'v.embedding <=> $1' end, depth) end;
begin
    perform set_config('hnsw.ef_search', part.search_width(k, depth, here.index_kind)::text, true);
    select w.ids, w.distances into sides, distances from part.kept(format($q$
        with near as materialized (%1$s),
        -- Relaxed order is not quite sorted, which the planner does not know: it stops at the first sides
        -- that pass. So more than k are fetched, then sorted (+ 0 forces the sort).
        passed as materialized (
            select n.side_id, n.distance from near n join (%2$s) c on c.coin_id = n.coin_id
            order by n.distance limit %3$s)
        select array_agg(side_id order by distance, side_id), array_agg(distance order by distance, side_id)
        from (select side_id, distance + 0 as distance from passed) n
    $q$, walked, passing, wanted),
        format('(%s, int)', here.vector_type),
        format('(%L, %s)', query, coalesce(except_coin::text, 'null'))) w;
end $$;
comment on function part.search_walk is
    'Part of api.search: walks the index outwards from the nearest side until the wanted number of coins '
    'pass, or to a depth; can find fewer.';

create function part.search_width(k int, depth int, index_kind text) returns int
language sql immutable parallel safe as $$
    -- A batch of the index slightly below what evenly spread rows would take: a larger one goes farther than
    -- needed. Bits order less certainly, so the batch is the whole depth. pgvector takes 1,000 at most.
    select case index_kind when 'bits' then least(greatest(depth, 80), 1000)
                           else least(greatest(depth / 3, 80), 200 + k, 1000) end
$$;
comment on function part.search_width is
    'Part of api.search: hnsw.ef_search for a walk to a depth.';

create function part.search_sides(here part.space_names, query vector, face text, k int, predicate text,
                                  farthest boolean, except_coin int, out sides int[], out distances float8[])
language plpgsql as $$
declare
    times float8 := case here.index_kind when 'bits' then here.bit_candidates / 30.0 else 1 end;
    wanted int := k + (k + 9) / 10;
    passing text;
    share float8 := 1;
    coins int[];
begin
    if predicate <> 'true' then
        select p.passing, p.share into passing, share from part.search_passing(predicate, face) p;
    end if;
    if passing is null and not farthest then
        select array_agg(n.side_id), array_agg(n.distance) into sides, distances
        from part.nearest(here.space, query, face, k, except_coin) n;
        return;
    -- If few pass, exact comparison is faster and certain.
    elsif here.indexed and not farthest
            and share > 3.3 * sqrt(times * k / greatest(here.embedded_about, 1)) then
        -- So deep that more than are wanted should pass: the walk stops once there are enough.
        select * into sides, distances
        from part.search_walk(here, query, face, k, passing, except_coin,
                              greatest(4 * k, 1.7 * times * wanted / share)::int, wanted);
        -- Fewer do if the filter excludes the neighbourhood. Once more, so deep that it takes half the time
        -- of comparing all that pass, and with more candidates, because far away the index is less certain.
        if coalesce(cardinality(sides), 0) < wanted then
            select * into sides, distances
            from part.search_walk(here, query, face, k, passing, except_coin,
                                  (share * here.embedded_about / 2)::int, 8 * k);
        end if;
        sides := sides[:k];
        distances := distances[:k];
    end if;
    if coalesce(cardinality(sides), 0) >= k then
        return;
    -- The coins that pass, then a comparison whose plan is kept: planning both together takes as long as
    -- comparing some hundreds.
    elsif not farthest and not here.is_apart and share * here.embedded_about < 20000 then
        select p.ids into coins
        from part.kept(format('select array_agg(c.coin_id), null::float8[] from (%s) c', passing)) p;
        select * into sides, distances from part.compared(here.space, query, face, k, except_coin, coins);
    else
        select * into sides, distances
        from part.search_exact(here, query, face, k, passing, except_coin, farthest);
    end if;
end $$;
comment on function part.search_sides is
    'Part of api.search: the sides that are found, nearest first, with their distances.';

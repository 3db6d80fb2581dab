-- Re-ranking by k-reciprocal neighbours (Zhong, Zheng, Cao and Li 2017, doi:10.1109/CVPR.2017.389): two coins
-- that have the same coins near them belong together, even if a photograph makes them look less alike.

create function part.reranking(out candidates int, out context int, out k1 int, out k2 int, out lambda float8)
language sql immutable parallel safe as $$
    -- The candidates are re-ranked. Whose neighbours they are is decided among the context: the nearest of
    -- all coins, whatever the filter. Among the candidates only, 30 neighbours would be nearly a third of
    -- all.
    select 100, 300, 30, 8, 0.3::float8
$$;
comment on function part.reranking is
    'How api.search re-ranks: the nearest coins that are ordered again, those that they are compared with, '
    'and k1, k2 and lambda of Zhong et al. 2017.';

create function part.part_vectors(parts jsonb, coins int[])
returns table (n bigint, face text, weight float8, coin int, v vector) language sql stable as $$
    with part as materialized (
        select p.n, p.one ->> 'space' as space, p.one ->> 'face' as face,
               (p.one ->> 'weight')::float8 as weight, (p.one ->> 'query')::vector as query
        from jsonb_array_elements(parts) with ordinality p (one, n))
    select p.n, p.face, p.weight, 0, l2_normalize(p.query) from part p
    union all
    select p.n, p.face, p.weight, c.coin_id, c.v1
    from part p cross join lateral part.comparable_vectors(p.space, p.face, coins) c
$$;
comment on function part.part_vectors is
    'The vectors of some coins in each part of a search; coin 0 is what is asked about.';

create function part.points(parts jsonb, coins int[])
returns table (coin int, v1 vector, v2 vector, w1 float8, w2 float8) language sql stable as $$
    -- Several spaces of a face are joined, each as long as the root of its weight: then the distance is their
    -- weighted mean.
    with sized as materialized (
        select v.face, v.coin, v.n, v.v, v.weight, sum(v.weight) over (partition by v.face, v.coin) as whole,
               count(*) over (partition by v.face, v.coin) as spaces
        from part.part_vectors(parts, coins) v),
    of_face as (
        select s.face, s.coin, s.whole, case when count(*) = 1 then (array_agg(s.v))[1] else
               part.joined(array_fill(sqrt(s.weight / s.whole)::real, array[vector_dims(s.v)])::vector * s.v
                           order by s.n) end as v
        from sized s
        where s.spaces = (select count(distinct p ->> 'space') from jsonb_array_elements(parts) p)
        group by 1, 2, 3)
    select coin, o.v, r.v, o.whole, r.whole
    from (select * from of_face f where f.face = 'obverse') o
    full join (select * from of_face f where f.face = 'reverse') r using (coin)
$$;
comment on function part.points is
    'Part of part.rerank: each coin with one vector for each face, and the weights of the faces.';

create function part.point_distance(v1 vector, v2 vector, w1 float8, w2 float8, o1 vector, o2 vector)
returns float8 language sql immutable parallel safe as $$
    select case when v2 is null or o2 is null then coalesce(v1 <=> o1, 2)
                when v1 is null or o1 is null then v2 <=> o2
                else (w1 * (v1 <=> o1) + w2 * (v2 <=> o2)) / (w1 + w2) end
$$;
comment on function part.point_distance is
    'The distance of two coins: the weighted mean over the faces that both have; 2 when they share none.';

create function part.rerank(parts jsonb, ranked int[], context int[])
returns table (coin int, reranked float8) language sql stable
set enable_nestloop = off set enable_mergejoin = off set plan_cache_mode = force_custom_plan as $$
    with point as materialized (
        select p.* from part.points(parts, array(select unnest(ranked || context) group by 1)) p),
    -- Each point is its own nearest, as in the authors' program.
    near as materialized (
        select a.coin as i, b.coin as j, greatest(b.d, 0) as d,
               row_number() over (partition by a.coin order by b.d, b.coin) as place
        from part.reranking() r cross join point a
        cross join lateral (
            select o.coin, case when o.coin = a.coin then -1
                                else part.point_distance(a.v1, a.v2, a.w1, a.w2, o.v1, o.v2) end as d
            from point o order by 2, 1 limit r.k1 + 1) b),
    mutual as materialized (
        select n.i, n.j, greatest(n.place, m.place) <= round(r.k1 / 2.0) + 1 as is_half
        from part.reranking() r cross join near n join near m on m.i = n.j and m.j = n.i),
    -- The half-sized neighbours of a neighbour q join in, where two thirds of them are neighbours already.
    joining as materialized (
        select n.i, h.i as q
        from mutual n join mutual h on h.i = n.j and h.is_half
        left join mutual x on x.i = n.i and x.j = h.j
        group by 1, 2 having 3 * count(x.i) >= 2 * count(*)),
    member as materialized (
        select m.i, m.j from mutual m
        union
        select n.i, h.j from joining n join mutual h on h.i = n.q and h.is_half),
    weight as materialized (
        select m.i, m.j, w.w / sum(w.w) over (partition by m.i) as w
        from member m join point a on a.coin = m.i join point b on b.coin = m.j
        cross join lateral (
            select case when m.i = m.j then 1
                        else exp(-part.point_distance(a.v1, a.v2, a.w1, a.w2, b.v1, b.v2)) end) w (w)),
    -- Each point takes the mean of its k2 nearest.
    spread as materialized (
        select n.i, w.j, sum(w.w) / least(r.k2, (select count(*) from point)) as w
        from part.reranking() r cross join near n join weight w on w.i = n.j
        where n.place <= r.k2 and (n.i = 0 or n.i = any(ranked)) group by n.i, w.j, r.k2),
    shared as (
        select s.i, sum(least(s.w, q.w)) as both
        from spread s join spread q on q.j = s.j and q.i = 0 group by s.i)
    select a.coin, (1 - r.lambda) * (1 - coalesce(s.both / (2 - s.both), 0))
                   + r.lambda * part.point_distance(q.v1, q.v2, q.w1, q.w2, a.v1, a.v2)
    from part.reranking() r cross join point q join point a on q.coin = 0 and a.coin = any(ranked)
    left join shared s on s.i = a.coin
$$;
comment on function part.rerank is
    'Part of api.search: the re-ranked distance of some candidates: the Jaccard distance of their weighted '
    'k-reciprocal neighbours, and 0.3 of their distance.';

create function part.search_again(parts jsonb, k int, predicate text, except_coin int)
returns setof api.answer language plpgsql as $$
declare
    how record := part.reranking();
    found api.answer[] := array(select s from part.search_once(
        parts, greatest(k, how.candidates), predicate, except_coin) s);
    coins int[] := array(select f.coin_id from unnest(found) f);
    context int[] := array(select s.coin_id from part.search_once(parts, how.context, 'true', except_coin) s);
    again record;
    one api.answer;
begin
    for again in
        select f.turn, r.reranked
        from unnest(coins) with ordinality f (coin, turn)
        left join part.rerank(parts, coins[:how.candidates], context) r on r.coin = f.coin
        order by r.reranked nulls last, f.turn limit k
    loop
        one := found[again.turn];
        one.reranked := again.reranked;
        return next one;
    end loop;
end $$;
comment on function part.search_again is
    'Part of api.search: the nearest of a search, re-ranked.';

create function part.search_once(parts jsonb, k int, predicate text, except_coin int)
returns setof api.answer language plpgsql as $$
begin
    if jsonb_array_length(parts) = 1 then
        return query select * from api.search(
            parts -> 0 ->> 'space', (parts -> 0 ->> 'query')::vector, parts -> 0 ->> 'face', k, predicate,
            except_coin => except_coin);
    else
        return query select * from api.search(parts, k, predicate, except_coin => except_coin);
    end if;
end $$;
comment on function part.search_once is 'Part of api.search: the nearest by one part or by several.';

-- Searches with several parts: both faces, several spaces, or both. Each part is a space, a face, a vector
-- and a weight.

create function api.search(parts jsonb, k int default 10, predicate text default 'true',
                           farthest boolean default false, except_coin int default null,
                           rerank boolean default false)
returns setof api.answer language plpgsql as $$
declare
    indexed boolean;
    embedded float8;
    depth float8;
    found api.look_alike[];
    near record;
begin
    perform part.only_read();
    if k < 1 or not exists (select from jsonb_array_elements(parts)) or exists (
            select from jsonb_array_elements(parts) p where not (p ->> 'weight')::float8 between 1e-9 and 1e9
                                                         or vector_norm((p ->> 'query')::vector) = 0) then
        raise 'a search needs k above 0, and parts that each have a weight above 0 and a vector that is not 0'
            using errcode = 'CS003';
    elsif rerank and farthest then
        raise 're-ranking orders the nearest; ask without farthest, or without rerank'
            using errcode = 'CS003';
    elsif rerank then
        return query select * from part.search_again(parts, k, predicate, except_coin);
        return;
    end if;
    select bool_and(h.indexed), min(h.embedded_about) into indexed, embedded
    from jsonb_array_elements(parts) p, part.known_space(p ->> 'space') h;
    perform part.check_predicate(
        predicate, case when count(distinct p ->> 'face') > 1 then 'coins' else 'sides' end)
    from jsonb_array_elements(parts) p;
    -- Takes the nearest of each part, and all distances of those: a coin that is among none of them is
    -- farther than the bound (Fagin, Lotem and Naor 2003, doi:10.1016/S0022-0000(03)00026-6). Deeper until
    -- that is enough.
    depth := greatest(10::float8 * k, embedded / 500);
    while indexed and not farthest and depth <= embedded / 5 loop
        select * into near from part.search_near(parts, depth::int, predicate, except_coin);
        found := array(
            select s from part.search_parts_exact(parts, k, predicate, farthest, except_coin, near.coins) s);
        if cardinality(found) >= k and (found[k]).distance <= near.bound then
            return query select f.*, null::float8 from unnest(found) f;
            return;
        end if;
        depth := 4 * depth;
    end loop;
    return query select s.*, null::float8
                 from part.search_parts_exact(parts, k, predicate, farthest, except_coin, null) s;
exception when restrict_violation then raise;   -- part.only_read
end $$;
comment on function api.search(jsonb, int, text, boolean, int, boolean) is
    'The k coins that are nearest to several parts ([{"space", "face", "query", "weight"}]) together, among '
    'those that pass a predicate. The distance is the weighted mean over the faces that a coin has. rerank: '
    'as of the search for a vector.';

create function part.parts_of_coin(coin int, spaces jsonb, faces jsonb) returns jsonb
language plpgsql stable as $$
declare
    lacking text;
    parts jsonb;
begin
    if exists (select from jsonb_each(spaces || faces) w where not w.value::float8 between 0 and 1e9) then
        raise 'weights of spaces and faces are numbers from 0 upwards: %, %', spaces, faces
            using errcode = 'CS003';
    end if;
    -- A face counts if the coin has it in all of the spaces.
    with part as (
        select s.key as space, f.key as face, s.value::float8 * f.value::float8 as weight,
               part.side_vector(s.key, coin, f.key)::text as query
        from jsonb_each(spaces) s, jsonb_each(faces) f where f.value::float8 > 0),
    face as (select p.face, min(p.space) filter (where p.query is null) as lacking
             from part p group by p.face)
    select min(f.face || ' in space ' || f.lacking),
           (select jsonb_agg(to_jsonb(p) order by p.face, p.space)
            from part p join face g using (face) where g.lacking is null)
    into lacking, parts from face f;
    if parts is null then
        perform part.refuse_lacking(coin, lacking);
    end if;
    return parts;
end $$;
comment on function part.parts_of_coin is
    'The parts of a search from a coin: its vectors in spaces ({"hog": 1}) and faces ({"obverse": 0.5, '
    '"reverse": 0.5}) with their weights.';

create function part.search_near(parts jsonb, depth int, predicate text, except_coin int,
                                 out coins int[], out bound float8) language sql as $$
    with near as (
        select p ->> 'face' as face, (p ->> 'weight')::float8 as weight, n.ids,
               -- If fewer were found, there are no others that pass.
               case when coalesce(n.found, 0) < depth then 'infinity' else n.farthest end as farthest
        from jsonb_array_elements(parts) p
        cross join lateral (
            select array(select s.coin_id from api.sides s where s.side_id = any(f.sides)) as ids,
                   cardinality(f.sides) as found, f.distances[depth] as farthest
            from part.search_sides(part.known_space(p ->> 'space'), (p ->> 'query')::vector, p ->> 'face',
                                   depth, predicate, false, except_coin) f) n),
    face as (select sum(weight * farthest) / sum(weight) as farthest from near group by face)
    select (select array_agg(distinct id) from near, unnest(ids) id), (select min(farthest) from face)
$$;
comment on function part.search_near is
    'Part of api.search: the coins that are nearest in any part, and how near a coin that is not among them '
    'can be.';

create function part.search_parts_exact(parts jsonb, k int, predicate text, farthest boolean, except_coin int,
                                        coins int[])
returns setof api.look_alike language plpgsql as $$
declare
    each_part text := (
        select string_agg(case when h.is_apart then part.part_apart(h.space, p ->> 'face', n - 1)
                               else format($q$
            select s.coin_id, s.side_id, s.face, ($1 -> %1$s ->> 'weight')::float8 as weight,
                   e.embedding <=> (select ($1 -> %1$s ->> 'query')::%2$s) as distance
            from api.%3$I e join allowed s on s.side_id = e.side_id where s.face = %4$L
            $q$, n - 1, h.vector_type, part.vector_table(h.space), p ->> 'face') end, ' union all ')
        from jsonb_array_elements(parts) with ordinality x (p, n), part.known_space(p ->> 'space') h);
    spaces text[] := array(select distinct p ->> 'space' from jsonb_array_elements(parts) p);
    weights float8[] := array(select distinct (p ->> 'weight')::float8 from jsonb_array_elements(parts) p);
    faces int := (select count(distinct p ->> 'face') from jsonb_array_elements(parts) p);
    -- For both faces the percentile is known at equal weights, for several spaces not at all.
    percentile text := case when cardinality(spaces) = 1 then format(
        $q$ case when n.compared <> 'both' or %L then part.%I(n.compared, n.distance) end $q$,
        cardinality(weights) = 1, 'percentile_' || spaces[1]) else 'null::float8' end;
begin
    return query execute format($q$
        with allowed as (
            select * from api.sides
            where coin_id is distinct from $3 and ($4 is null or coin_id = any($4)) and (%1$s
            )),
        part as (%2$s),
        face as (select p.coin_id, p.face, min(p.side_id) as side_id, sum(weight) as weight,
                        sum(weight * distance) / sum(weight) as distance
                 from part p group by 1, 2 having count(*) = $5),
        near as (select f.coin_id, case when $6 = 1 then min(f.side_id) end as side_id,
                        case when count(*) = 2 then 'both' else min(f.face) end as compared,
                        sum(weight * distance) / sum(weight) as distance
                 from face f group by 1 order by 4 %3$s, 1 limit $2)
        select c.*, n.side_id, n.compared, s.legend, s.description, s.description_language, n.distance,
               1 - n.distance, %4$s,
               n.compared
        from near n join api.coins c using (coin_id) left join api.sides s on s.side_id = n.side_id
        order by n.distance %3$s, n.coin_id
    $q$, predicate, each_part, case when farthest then 'desc' else '' end, percentile)
    using parts, k, except_coin, coins, cardinality(spaces), faces;
end $$;
comment on function part.search_parts_exact is
    'Part of api.search: compares every coin that is allowed, or only the given ones.';

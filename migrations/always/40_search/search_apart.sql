-- Searches where the vectors are apart (30_spaces/apart.sql). The views and functions of such a space are
-- built as those of any other, and then replaced, so that names, arguments, rights and comments are the same.

create function job.build_apart(space text) returns void language plpgsql as $$
begin
    perform job.watch_sides(space), job.build_views_apart(space), job.build_similar_apart(space);
end $$;
comment on function job.build_apart is 'Replaces what job.build_space built, where the vectors are apart.';

create function job.build_views_apart(space text) returns void language plpgsql as $$
begin
    execute job.filled($q$
        create or replace view api.embedding_{space} as
        select v.side_id, v.embedding::{vector} as embedding from part.seen_vectors('{space}') v;

        create or replace view part.vectors_{space} as
        select v.side_id, v.coin_id, v.face, v.embedding::{vector} as embedding
        from part.seen_vectors('{space}') v;

        create or replace view part.comparable_{space} as
        select 'obverse' as face, e.coin_id, e.embedding as v1, null::{vector} as v2
        from part.vectors_{space} e where e.face = 'obverse'
        union all
        select 'reverse', e.coin_id, e.embedding, null::{vector}
        from part.vectors_{space} e where e.face = 'reverse'
        union all
        select 'both', coin_id, o.embedding, r.embedding
        from (select * from part.vectors_{space} e where e.face = 'obverse') o
        full join (select * from part.vectors_{space} e where e.face = 'reverse') r using (coin_id);

        create or replace function part.vector_{space}(coin int, face text) returns {vector}
        language plpgsql stable as $b$
        begin
            return (select e.embedding from part.seen_vectors('{space}', array(
                        select h.side_id from part.side_spaces h
                        where h.space = '{space}' and h.coin_id = coin and h.face = vector_{space}.face)) e);
        end $b$;
    $q$, space);
end $$;
comment on function job.build_views_apart is 'Part of job.build_apart.';

create function job.build_similar_apart(space text) returns void language plpgsql as $$
declare
    name text;
begin
    foreach name in array array['api.similar_' || space, format('part.similar_%s_exact', space)] loop
        execute job.filled($q$
            create or replace function {name}(query {vector}, face text default 'obverse')
            returns setof api.look_alike language sql stable as $b$
                select s.*, e.distance, 1 - e.distance, part.percentile_{space}(s.face, e.distance), s.face
                from part.seen_distances('{space}', query::text, face) e
                join api.sides s on s.side_id = e.side_id
            $b$;

            create or replace function {name}(coin int, face text default 'obverse')
            returns setof api.look_alike language sql stable as $b$
                select s.*, e.distance, 1 - e.distance, part.percentile_{space}(s.face, e.distance), s.face
                from part.seen_distances('{space}', part.vector_{space}(coin, face)::text, face) e
                join api.sides s on s.side_id = e.side_id where s.coin_id <> coin
            $b$;
        $q$, space, jsonb_build_object('name', name));
    end loop;
    execute job.filled($q$
        create or replace function part.nearest_{space}(query vector, face text, k int, except_coin int)
        returns setof api.look_alike language plpgsql stable
        set search_path = pg_catalog, {vector_schema}, pg_temp as $b$
        declare
            near record := part.nearest_apart('{space}', query, face, k, except_coin,
                                              by_index => part.is_indexed('{space}'));
        begin
            return query select * from part.search_rows('{space}', face, near.sides, near.distances);
        end $b$;

        create or replace function api.similar_coins_{space}(coin int, obverse_weight float8 default 0.5)
        returns setof api.look_alike language sql stable as $b$
            select c.*, null::int, n.compared, null::text, null::text, null::text, n.distance,
                   1 - n.distance,
                   case when n.compared <> 'both' or obverse_weight = 0.5
                             then part.percentile_{space}(n.compared, n.distance) end, n.compared
            from (select e.coin_id, sum(e.distance * f.weight) / sum(f.weight) as distance,
                         case when count(*) = 2 then 'both' else min(e.face) end as compared
                  from (values ('obverse', obverse_weight), ('reverse', 1 - obverse_weight)) f (face, weight)
                  cross join lateral part.seen_distances(
                      '{space}', part.vector_{space}(coin, f.face)::text, f.face) e
                  where f.weight <> 0 group by 1 having sum(f.weight) > 0) n
            join api.coins c using (coin_id) where n.coin_id <> coin
        $b$;
    $q$, space, jsonb_build_object('vector_schema', job.vector_schema()));
end $$;
comment on function job.build_similar_apart is 'Part of job.build_apart.';

create function part.nearest_apart(space text, query vector, face text, k int, except_coin int,
                                   farthest boolean default false, by_index boolean default false,
                                   out sides int[], out distances float8[]) language plpgsql as $$
declare
    -- More than k, because the index is not quite right; all, where some of those are hidden from this login.
    wanted int;
    direction int := case when farthest then -1 else 1 end;
begin
    foreach wanted in array case when by_index then array[k + (k + 9) / 10] end || array[k, null] loop
        with near as materialized (
            select n.* from part.near_vectors(space, query, wanted, face, except_coin) n
            where by_index and wanted > k
            union all
            select d.* from part.far_distances(space, query, null, wanted, farthest, face, except_coin) d
            where not (by_index and coalesce(wanted > k, false))),
        seen as (
            select n.side_id, n.distance
            from near n join part.side_spaces h on h.side_id = n.side_id
            where h.space = nearest_apart.space
            order by n.distance * direction, n.side_id limit k)
        select array_agg(s.side_id order by s.distance * direction, s.side_id),
               array_agg(s.distance order by s.distance * direction, s.side_id)
        into sides, distances from seen s;
        exit when cardinality(sides) = k;
    end loop;
end $$;
comment on function part.nearest_apart is
    'Part of api.search, where the vectors are apart: the nearest or farthest sides that this login may see.';

create function job.recall_apart(space text, seed int, queries int) returns float8 language sql as $$
    select avg((select count(*) from unnest(i.sides) x where x = any(e.sides)) / cardinality(e.sides)::float8)
    from part.seen_vectors(space, array(select s.side_id from job.sides_in(job.has_table(space)) s
                                        order by md5(s.side_id || '/' || seed) limit queries)) q
    cross join lateral part.nearest_apart(space, q.embedding, q.face, 10, null, by_index => true) i
    cross join lateral part.nearest_apart(space, q.embedding, q.face, 10, null) e
$$;
comment on function job.recall_apart is 'Part of job.measure_recall, where the vectors are apart.';

create function part.walked_apart(space text, face text, depth int) returns text
language sql immutable as $$
    select format($q$
        select h.side_id, h.coin_id, n.distance from part.near_vectors(%1$L, $1::vector, %2$s, %3$L, $2) n
        join part.side_spaces h on h.side_id = n.side_id and h.space = %1$L
    $q$, space, depth, face)
$$;
comment on function part.walked_apart is
    'Part of part.search_walk, where the vectors are apart: the query of the nearest sides.';

create function part.compared_apart(space text, passing text, farthest boolean) returns text
language sql immutable as $$
    select format($q$
        select d.side_id, d.distance
        from part.far_distances(%1$L, $1, array(
            select h.side_id from part.side_spaces h join (%2$s) c on c.coin_id = h.coin_id
            where h.space = %1$L and h.face = $3 and h.coin_id is distinct from $4), $2, %3$L) d
    $q$, space, passing, farthest)
$$;
comment on function part.compared_apart is
    'Part of part.search_exact, where the vectors are apart: the query of the nearest or farthest sides '
    'whose coin passes.';

create function part.part_apart(space text, face text, n bigint) returns text language sql immutable as $$
    select format($q$
            select a.coin_id, a.side_id, a.face, ($1 -> %3$s ->> 'weight')::float8 as weight, d.distance
            from part.far_distances(%1$L, ($1 -> %3$s ->> 'query')::vector, array(
                select h.side_id from part.side_spaces h join allowed a on a.side_id = h.side_id
                where h.space = %1$L and h.face = %2$L)) d
            join allowed a on a.side_id = d.side_id
        $q$, space, face, n)
$$;
comment on function part.part_apart is
    'Part of part.search_parts_exact, where the vectors are apart: the query of the distances in one part.';

create function part.comparable_apart(space text, face text, coins int[])
returns table (coin_id int, v1 vector, v2 vector) language sql stable as $$
    with v as materialized (
        select * from part.seen_vectors(space, array(
            select h.side_id from part.side_spaces h
            where h.space = comparable_apart.space and (coins is null or h.coin_id = any(coins))
              and comparable_apart.face in ('both', h.face))))
    select o.coin_id, o.embedding, null::vector from v o where comparable_apart.face <> 'both'
    union all
    select coin_id, o.embedding, r.embedding
    from (select * from v where v.face = 'obverse') o full join (select * from v where v.face = 'reverse') r
         using (coin_id)
    where comparable_apart.face = 'both'
$$;
comment on function part.comparable_apart is
    'Part of part.comparable_vectors, where the vectors are apart: only those of the coins travel.';

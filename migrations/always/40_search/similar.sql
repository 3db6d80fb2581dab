-- The views and functions of a space: which other coins look like this one. Only migrations/always/ knows the
-- operator of nearness.

create function job.build_space(space text) returns void language plpgsql as $$
begin
    -- A session that waits for a lock on what readers read makes all later readers wait.
    perform set_config('lock_timeout', '5s', true);
    perform job.unbuild_space(space);
    perform job.guard(part.has_name(space));
    perform job.build_views(space);
    perform job.build_percentile(space);
    perform job.build_similar(space);
    perform job.build_similar_coins(space);
    if (select s.index_kind = 'bits' from core.space s where s.name = space) then
        perform job.build_bits(space);
    end if;
    perform job.build_nearest(space);
    perform job.build_compared(space);
    if job.is_apart(space) then
        perform job.build_apart(space);
    end if;
    perform job.build_side_spaces();
    perform job.build_nearest_of_all();
    perform job.say_columns();
end $$;
comment on function job.build_space is 'Builds the views and functions of a space.';

create function job.build_side_spaces() returns void language plpgsql as $$
begin
    -- Again whenever a space comes or goes, because a view cannot look for tables by itself.
    execute 'create or replace view part.side_spaces as ' || coalesce(
        (select string_agg(format('select side_id, %L::text as space, coin_id, face from core.%I', s.name,
                                  part.has_name(s.name)),
                           ' union all ' order by s.name) from core.space s),
        'select null::int as side_id, null::text as space, null::int as coin_id, null::text as face '
        'where false');
    alter view part.side_spaces owner to coinstore_views;
end $$;
comment on function job.build_side_spaces is
    'Builds part.side_spaces, which lists the vectors of all spaces.';

create function job.build_views(space text) returns void language plpgsql as $$
declare
    s core.space := (select s from core.space s where s.name = space);
begin
    execute job.filled($q$
        create view api.embedding_{space} as select side_id, embedding from core.embedding_{space};
        alter view api.embedding_{space} owner to coinstore_views;
        comment on view api.embedding_{space} is
            'The vectors of space {space}, one for each side, of length 1: for SQL, not for BI tools.';

        create view part.vectors_{space} as
        select side_id, coin_id, face, embedding{bits} from core.embedding_{space};
        alter view part.vectors_{space} owner to coinstore_views;
        comment on view part.vectors_{space} is
            'The vectors of space {space} with the coin and the face, as searches read them.';

        -- One branch for each face, named by a constant: a query for one face reads only that branch.
        create view part.comparable_{space} as
        select 'obverse' as face, e.coin_id, e.embedding as v1, null::{vector} as v2
        from core.embedding_{space} e where e.face = 'obverse'
        union all
        select 'reverse', e.coin_id, e.embedding, null::{vector}
        from core.embedding_{space} e where e.face = 'reverse'
        union all
        select 'both', c.coin_id, o.embedding, r.embedding
        from core.coin c
        left join core.embedding_{space} o on o.coin_id = c.coin_id and o.face = 'obverse'
        left join core.embedding_{space} r on r.coin_id = c.coin_id and r.face = 'reverse'
        where o.side_id is not null or r.side_id is not null;
        alter view part.comparable_{space} owner to coinstore_views;
        comment on view part.comparable_{space} is
            'The coins that can be compared in space {space}, by face (coin: both), with the vectors to '
            'compare: v1 of the face, or v1 of the obverse and v2 of the reverse.';

        create function part.vector_{space}(coin int, face text) returns {vector}
        language plpgsql stable as $b$
        begin
            return (select e.embedding from part.vectors_{space} e
                    where e.coin_id = coin and e.face = vector_{space}.face);
        end $b$;
        comment on function part.vector_{space} is
            'The vector of one side of a coin in space {space}; null: it has none.';
    $q$, space, jsonb_build_object('bits', case s.index_kind when 'bits' then
        format(', core.bits_%s(embedding)::bit(%s) as bits', s.space_id, s.dims) else '' end));
end $$;
comment on function job.build_views is
    'Builds api.embedding_<space>, part.vectors_<space>, part.comparable_<space> and part.vector_<space>.';

create function job.build_similar(space text) returns void language plpgsql as $$
declare
    variant record;
begin
    for variant in
        select v.schema, 'similar_' || space || v.suffix as name, v.plus, v.how
        from (values ('api', '', '', 'by the index if there is one'),
                     ('part', '_exact', ' + 0', 'always by exact comparison')) v (schema, suffix, plus, how)
    loop
        -- Plain SQL, stable, no SET, no LIMIT: the planner inlines it, and the caller's WHERE reaches the
        -- plan.
        execute job.filled($q$
            create function {schema}.{name}(query {vector}, face text default 'obverse')
            returns setof api.look_alike language sql stable as $b$
                select s.*, (e.embedding <=> query){plus}, 1 - (e.embedding <=> query),
                       part.percentile_{space}(s.face, e.embedding <=> query), s.face
                from part.vectors_{space} e join api.sides s on s.side_id = e.side_id
                where e.face = {name}.face and s.face = {name}.face and query is not null
            $b$;
            comment on function {schema}.{name}({vector}, text) is
                'The sides that look like a vector from outside the store, {how}. Add your own WHERE, '
                'ORDER BY distance and LIMIT.';

            create function {schema}.{name}(coin int, face text default 'obverse')
            returns setof api.look_alike language sql stable as $b$
                select s.*, (e.embedding <=> (select part.vector_{space}(coin, {name}.face))){plus},
                       1 - (e.embedding <=> (select part.vector_{space}(coin, {name}.face))),
                       part.percentile_{space}(
                           s.face, e.embedding <=> (select part.vector_{space}(coin, {name}.face))), s.face
                from part.vectors_{space} e join api.sides s on s.side_id = e.side_id
                where e.face = {name}.face and s.face = {name}.face and s.coin_id <> coin
                  and (select part.vector_{space}(coin, {name}.face)) is not null
            $b$;
            comment on function {schema}.{name}(int, text) is
                'The sides that look like one side of a coin, {how}. Add your own WHERE, ORDER BY distance '
                'and LIMIT.';
        $q$, space, to_jsonb(variant));
    end loop;
end $$;
comment on function job.build_similar is 'Builds api.similar_<space> and part.similar_<space>_exact.';

create function job.build_similar_coins(space text) returns void language plpgsql as $$
begin
    execute job.filled($q$
        create function api.similar_coins_{space}(coin int, obverse_weight float8 default 0.5)
        returns setof api.look_alike language sql stable as $b$
            select c.*, null::int, n.compared, null::text, null::text, null::text, n.distance,
                   1 - n.distance,
                   case when n.compared <> 'both' or obverse_weight = 0.5
                             then part.percentile_{space}(n.compared, n.distance) end, n.compared
            from (select m.coin_id,
                         (coalesce(wo * d_o, 0) + coalesce(wr * d_r, 0)) / m.weight as distance,
                         case when d_o * wo is null or wo = 0 then 'reverse'
                              when d_r * wr is null or wr = 0 then 'obverse' else 'both' end as compared
                  from (select e.*, case when d_o is null then 0 else wo end
                                    + case when d_r is null then 0 else wr end as weight
                        from (select v.coin_id, v.v1 <=> (select part.vector_{space}(coin, 'obverse')) as d_o,
                                     v.v2 <=> (select part.vector_{space}(coin, 'reverse')) as d_r,
                                     obverse_weight as wo, 1 - obverse_weight as wr
                              from part.comparable_{space} v where v.face = 'both' offset 0) e) m
                  where m.weight > 0) n
            join api.coins c using (coin_id)
            where n.coin_id <> coin
        $b$;
        comment on function api.similar_coins_{space} is
            'The coins that look like a coin, by both sides with their weights. If either coin lacks a side, '
            'the side that both have is compared; compared says which. Always exact. The percentile of both '
            'sides is known only for the weight 0.5, else null.';
    $q$, space);
end $$;
comment on function job.build_similar_coins is 'Builds api.similar_coins_<space>.';

create function job.build_bits(space text) returns void language plpgsql as $$
begin
    -- A reader has no rights on core.
    execute job.filled($q$
        create or replace function part.bits_{space}(v vector) returns bit
        language plpgsql immutable security definer
        set search_path = pg_catalog, {vector_schema}, pg_temp as $b$
        begin
            return core.bits_{space_id}(v::{vector})::bit({dims});
        end $b$;
        comment on function part.bits_{space} is
            'Part of api.search: which dimensions of a vector of space {space} are above their mean.'
    $q$, space, (select jsonb_build_object('vector_schema', job.vector_schema(), 'dims', s.dims)
                 from core.space s where s.name = space));
end $$;
comment on function job.build_bits is 'Builds part.bits_<space>, of a space with an index of bits.';

-- Every existing space gets its views and functions again; a space after those that it is made of.
do $$
declare
    space text;
begin
    perform job.build_side_spaces(), job.build_nearest_of_all();   -- also when there is no space yet
    comment on function part.nearest is
        'Part of api.search: the sides nearest to a vector among all sides with this face.';
    comment on function part.compared is
        'Part of api.search: the sides nearest to a vector among those of some coins.';
    comment on view part.side_spaces is
        'One row for each vector: which side has one in which space. The vectors: api.embedding_<space>.';
    for space in select name from core.space order by space_id loop
        perform job.build_sides(space);
        perform job.build_space(space);
    end loop;
end $$;

-- Which other coins look like this one. The one place that knows the operator of nearness.
create function job.build_side_spaces() returns void language plpgsql as $$
begin
    -- Made anew whenever a space comes or goes: a view cannot look for tables by itself.
    execute 'create or replace view part.side_spaces as ' || coalesce(
        (select string_agg(format('select side_id, %L::text as space from core.%I', s.name, 'embedding_' || s.name), ' union all ' order by s.name)
         from core.space s), 'select null::int as side_id, null::text as space where false');
    alter view part.side_spaces owner to coinstore_views;
end $$;
comment on function job.build_side_spaces is 'Makes part.side_spaces anew.';

create function job.build_space(space text) returns void language plpgsql as $$
declare
    s core.space := (select s from core.space s where s.name = space);
begin
    -- Whoever waits for a lock on what readers read holds up all that come after.
    perform set_config('lock_timeout', '5s', true);
    perform job.unbuild_space(space);
    perform job.guard('embedding_' || space);
    execute format('create view api.%1$I as select side_id, embedding from core.%1$I', 'embedding_' || space);
    execute format('comment on view api.%I is %L', 'embedding_' || space,
                   'The unit vectors of space ' || space || ', one for each side: for SQL, not for BI tools.');
    perform job.build_percentile(space);
    perform job.build_vector(space, job.vector_type(s.dims, s.precision));
    perform job.build_similar(space, job.vector_type(s.dims, s.precision), '', '', 'nearest by the index where there is one');
    perform job.build_similar(space, job.vector_type(s.dims, s.precision), '_exact', ' + 0', 'always by exact comparison');
    perform job.build_similar_coins(space);
    perform job.build_comparable(space, job.vector_type(s.dims, s.precision));
    execute format('alter view api.%I owner to coinstore_views', 'embedding_' || space);
    execute format('alter view api.%I owner to coinstore_views', 'coin_embedding_' || space);
    perform job.build_side_spaces();
    perform job.say_columns();
end $$;

create function job.build_vector(space text, vector_type text) returns void language plpgsql as $$
begin
    execute format($f$
        create function api.%1$I(coin int, face text) returns %2$s language plpgsql stable as $b$
        begin
            return (select e.embedding from api.sides s join api.%3$I e using (side_id)
                    where s.coin_id = coin and s.face = %1$I.face);
        end $b$ $f$, 'vector_' || space, vector_type, 'embedding_' || space);
    execute format('comment on function api.%I is %L', 'vector_' || space,
                   'The vector of one side of a coin in space ' || space || '; null when it has none.');
end $$;

create function job.wherever(body text) returns text language sql stable as $$
    -- What is inlined finds an operator by the path of whoever asks, and some tools set one of their own.
    select replace(body, '<=>', (select format('operator(%I.<=>)', n.nspname) from pg_extension e
                                 join pg_namespace n on n.oid = e.extnamespace where e.extname = 'vector'))
$$;

create function job.build_similar(space text, vector_type text, suffix text, plus text, how text)
returns void language plpgsql as $$
declare
    name text := 'similar_' || space || suffix;
begin
    -- Plain SQL, stable, no SET, no LIMIT: the planner inlines it, and the caller's WHERE reaches the plan.
    execute job.wherever(format($f$
        create function api.%1$I(query %2$s, face text default 'obverse')
        returns setof api.look_alike language sql stable as $b$
            select s.*, (e.embedding <=> query)%3$s, 1 - (e.embedding <=> query),
                   api.%5$I(s.face, e.embedding <=> query), s.face
            from api.%4$I e join api.sides s on s.side_id = e.side_id
            where s.face = %1$I.face and query is not null
        $b$ $f$, name, vector_type, plus, 'embedding_' || space, 'percentile_' || space));
    execute job.wherever(format($f$
        create function api.%1$I(coin int, face text default 'obverse')
        returns setof api.look_alike language sql stable as $b$
            select s.*, (e.embedding <=> (select api.%2$I(coin, %1$I.face)))%3$s,
                   1 - (e.embedding <=> (select api.%2$I(coin, %1$I.face))),
                   api.%5$I(s.face, e.embedding <=> (select api.%2$I(coin, %1$I.face))), s.face
            from api.%4$I e join api.sides s on s.side_id = e.side_id
            where s.face = %1$I.face and s.coin_id <> coin
              and (select api.%2$I(coin, %1$I.face)) is not null
        $b$ $f$, name, 'vector_' || space, plus, 'embedding_' || space, 'percentile_' || space));
    execute format('comment on function api.%I(%s, text) is %L', name, vector_type,
        'The sides that look like a vector from outside, ' || how || '. Give your own WHERE, ORDER BY distance and LIMIT.');
    execute format('comment on function api.%I(int, text) is %L', name,
        'The sides that look like one side of a coin, ' || how || '. Give your own WHERE, ORDER BY distance and LIMIT.');
end $$;

create function job.build_similar_coins(space text) returns void language plpgsql as $$
declare
    name text := 'similar_coins_' || space;
begin
    execute format($f$
        create view api.%1$I as
        select c.coin_id, o.embedding as obverse, r.embedding as reverse
        from core.coin c
        left join core.side so on so.coin_id = c.coin_id and so.face = 'obverse'
        left join core.side sr on sr.coin_id = c.coin_id and sr.face = 'reverse'
        left join core.%2$I o on o.side_id = so.side_id
        left join core.%2$I r on r.side_id = sr.side_id
        where o.side_id is not null or r.side_id is not null $f$,
        'coin_embedding_' || space, 'embedding_' || space);
    execute format('comment on view api.%I is %L', 'coin_embedding_' || space,
                   'The unit vectors of both sides of each coin in space ' || space || '.');
    execute job.wherever(format($f$
        create function api.%1$I(coin int, obverse_weight float8 default 0.5)
        returns setof api.look_alike language sql stable as $b$
            select c.*, null::int, n.compared, null::text, null::text, n.distance, 1 - n.distance,
                   case when n.compared <> 'both' or obverse_weight = 0.5
                             then api.%3$I(n.compared, n.distance) end, n.compared
            from (select m.coin_id,
                         (coalesce(wo * d_o, 0) + coalesce(wr * d_r, 0)) /
                         (case when d_o is null then 0 else wo end + case when d_r is null then 0 else wr end) as distance,
                         case when d_o * wo is null or wo = 0 then 'reverse'
                              when d_r * wr is null or wr = 0 then 'obverse' else 'both' end as compared
                  from (select e.coin_id, e.obverse <=> (select api.%4$I(coin, 'obverse')) as d_o,
                               e.reverse <=> (select api.%4$I(coin, 'reverse')) as d_r,
                               obverse_weight as wo, 1 - obverse_weight as wr
                        from api.%2$I e offset 0) m
                  where case when d_o is null then 0 else wo end + case when d_r is null then 0 else wr end > 0) n
            join api.coins c using (coin_id)
            where n.coin_id <> coin
        $b$ $f$, name, 'coin_embedding_' || space, 'percentile_' || space, 'vector_' || space));
    execute format('comment on function api.%I is %L', name,
        'The coins that look like a coin, both sides weighed; where one side is missing on either, the side that both have, and compared says which. Exact. The percentile of both sides is known at the weight 0.5 alone, else null.');
end $$;

-- Every space that is there gets its views and functions again.
do $$
declare
    space text;
begin
    for space in select name from core.space order by space_id loop
        perform job.build_space(space);
    end loop;
end $$;

-- Spaces: one row in core.space, one table, and the views and functions that are built for it.

create function part.is_indexed(space text) returns boolean language sql stable as $$
    -- A build that failed leaves an index that is not valid.
    select exists (select from pg_class i join pg_index x on x.indexrelid = i.oid
                   where i.relname = part.vector_index(space) and i.relnamespace = 'core'::regnamespace
                     and x.indisvalid)
$$;
comment on function part.is_indexed is 'Whether searches in a space use an index.';

create view part.space_names as
select s.name as space, s.space_id,
       (select array_agg(o.name order by p.n) from core.part p join core.space o on o.space_id = p.source_id
        where p.space_id = s.space_id) as made_of,
       job.vector_type(s.dims, s.precision) as vector_type, s.dims, s.precision, s.trained,
       job.shown_recipe(s.recipe) as recipe, s.sees,
       s.index_kind, s.bit_candidates,
       greatest(coalesce(h.reltuples, t.reltuples), 0)::float8 as embedded_about,
       part.is_indexed(s.name) as indexed, h.oid is not null as is_apart
from core.space s
join pg_class t on t.relname = part.vector_table(s.name) and t.relnamespace = 'core'::regnamespace
left join pg_class h on h.relname = 'has_' || s.name and h.relnamespace = t.relnamespace;
comment on view part.space_names is 'The spaces, with what a search must know before it starts; quick.';

create view part.coins_about as
select greatest(t.reltuples, 0)::float8 as coins from pg_class t where t.oid = 'core.coin'::regclass;
comment on view part.coins_about is 'How many coins there are, as the planner knows it; quick.';

create view part.spread as
select s.name as space, p.face, p.seed, p.pairs, p.sampled_at, p.knots, p.shares
from core.spread p join core.space s using (space_id);
comment on view part.spread is
    'How far apart random pairs of a space are: a share shares[i] of the pairs is at distance knots[i] or '
    'nearer.';
comment on column part.spread.face is 'obverse, reverse or both';

create view api.spaces as
select s.space_id, s.name as space, s.dims, s.precision, s.trained, n.recipe, s.weights_sha256,
       job.possible(s.name) as sides, job.embedded(s.name) as embedded,
       (select count(*) from core.fault f where f.space_id = s.space_id) as faults,
       n.indexed, s.recall_at_10, s.recall_at, n.made_of, s.sees,
       d.similarity_p01, d.similarity_mean, d.similarity_p99, d.similarity_p01 > 0.99 as collapsed,
       s.index_kind, case s.index_kind when 'bits' then s.bit_candidates end as bit_candidates,
       job.shards(s.name) as shards
from core.space s join part.space_names n on n.space = s.name
left join lateral (
    -- The stored quantiles are at each thousandth, and a few are below the first.
    select 1 - max(k) filter (where share = 0.99) as similarity_p01,
           1 - avg(k) filter (where share = 0 or share >= 0.001) as similarity_mean,
           1 - max(k) filter (where share = 0.01) as similarity_p99
    from core.spread p, unnest(p.knots, p.shares) q (k, share)
    where p.space_id = s.space_id
      and p.face = (select min(f.face) from core.spread f
                    where f.space_id = s.space_id and f.face <> 'both')) d on true;
comment on view api.spaces is
    'One row for each embedding space: its recipe, how many of the sides that it can hold have a vector, '
    'and whether searches use an HNSW index (then with its recall against exact search).';
comment on column api.spaces.made_of is
    'Names of the spaces that a derived, blended or fused space is made of';
comment on column api.spaces.similarity_p01 is
    'One in a hundred random pairs of obverses is less similar than this';
comment on column api.spaces.similarity_mean is 'Mean similarity of random pairs of obverses';
comment on column api.spaces.similarity_p99 is
    'One in a hundred random pairs of obverses is more similar than this';
comment on column api.spaces.collapsed is
    'true: nearly all random pairs are more similar than 0.99, so a fixed similarity means nothing: use the '
    'percentile';

create function part.known_space(space text) returns part.space_names language plpgsql as $$
declare
    found part.space_names;
begin
    -- A lock until the transaction ends: the name keeps its meaning, even if someone tries to switch spaces.
    if to_regclass('api.' || quote_ident(part.vector_table(space))) is not null then
        execute format('select from api.%I limit 0', part.vector_table(space));
    end if;
    select * into found from part.space_names n where n.space = known_space.space;
    if found.space is null then
        raise 'there is no space %; there is: %', space,
            coalesce((select string_agg(n.space, ', ' order by n.space) from part.space_names n),
                     'none yet; run: coinstore embed')
            using errcode = 'CS001';
    end if;
    return found;
end $$;
comment on function part.known_space is 'The space of this name, or an error that lists the spaces.';

create function part.default_space() returns text language plpgsql stable as $$
declare
    name text;
    is_filled boolean;
begin
    -- While it is being filled, eye_debiased has fewer vectors than eye.
    for name in select n.space from part.space_names n
                where n.space <> 'eye_debiased' or n.embedded_about >= 0.9 * coalesce((
                    select e.embedded_about from part.space_names e where e.space = 'eye'), 0)
                order by array_position('{eye_debiased, eye, hog}', n.space), n.space loop
        execute format('select exists (select from api.%I)', part.vector_table(name)) into is_filled;
        if is_filled then
            return name;
        end if;
    end loop;
    raise 'there are no vectors yet; run: coinstore embed' using errcode = 'CS001';
end $$;
comment on function part.default_space is
    'The space that is used where none is named: the first that has vectors of eye_debiased (once it is '
    'filled), eye, hog, and the others by name.';

create function job.lock_default() returns boolean language sql as $$
    select pg_try_advisory_lock(job.lock_number('default'))
$$;
comment on function job.lock_default is
    'Until the session ends, no other process derives the default space; false: one does.';

create function job.built_on(space text) returns text[] language sql stable as $$
    select array_agg(m.kind || ' ' || m.name order by m.kind, m.name)
    from core.space s cross join lateral (
        select 'graph' as kind, g.name from core.graph g where g.space_id = s.space_id
        union all
        select 'map', m.name from core.map m where m.space_id = s.space_id
        union all
        select 'space', o.name from core.part p join core.space o on o.space_id = p.space_id
        where p.source_id = s.space_id) m
    where s.name = built_on.space
$$;
comment on function job.built_on is
    'The graphs, maps and spaces that were made from a space; null: there is none.';

create function job.expect_space(space text, expected int) returns int language plpgsql stable as $$
declare
    id int := (select space_id from core.space s where s.name = space);
begin
    if id <> expected then
        raise 'the name % now means another space; run it again', space
            using errcode = 'CS003';
    end if;
    return id;
end $$;
comment on function job.expect_space is
    'The key of a space; an error if it is not the expected one (null: any).';

create function job.hold_space(space text, expected int) returns void language sql as $$
    select part.known_space(space), job.expect_space(space, expected)
$$;
comment on function job.hold_space is
    'An error unless a name still means the space of this key; until the transaction ends it keeps its '
    'meaning.';

create function job.add_space(name text, recipe jsonb, dims int, "precision" text default 'half',
                              sees text[] default '{}', parts jsonb default '[]',
                              index_kind text default 'vectors')
returns int language plpgsql as $$
declare
    old core.space;
    id int;
begin
    perform job.check_space(name, dims, "precision");
    perform job.lock('spaces');
    select * into old from core.space s where s.name = add_space.name;
    if (old.recipe, old.dims, old.precision) = (add_space.recipe, add_space.dims, add_space.precision) then
        return old.space_id;
    elsif old.dims <> add_space.dims then
        raise 'space % has % dimensions, not %; choose another name, or drop it first',
            name, old.dims, add_space.dims using errcode = 'CS003';
    elsif old.space_id is not null then
        raise 'space % exists with another recipe; choose another name, or drop it first', name
            using errcode = 'CS003';
    end if;
    perform job.refuse_names_of_others(name);
    insert into core.space (name, recipe, dims, precision, trained, weights_sha256, sees, index_kind)
    values (add_space.name, add_space.recipe, add_space.dims, add_space.precision,
            coalesce((recipe ->> 'trained')::boolean, true), recipe ->> 'weights_sha256', add_space.sees,
            add_space.index_kind)
    returning space_id into id;
    insert into core.part (space_id, n, source_id, weight)
    select id, e.n, s.space_id, coalesce((e.part ->> 'weight')::float8, 1)
    from jsonb_array_elements(parts) with ordinality e (part, n)
    join core.space s on s.name = e.part ->> 'space';
    -- A vector of length 0 has no direction, and an index would silently lose it. The squares of very long
    -- and very short ones are no numbers at single precision, and no distance would be.
    execute job.filled($q$
        create table core.embedding_{space} (
            side_id int primary key references core.side on delete cascade,
            coin_id int not null,
            face text not null,
            embedding {vector} not null check ({norm}(embedding) between 1e-15 and 1e18));
        create index coin_of_{space} on core.embedding_{space} (coin_id);
    $q$, name, jsonb_build_object(
        'norm', case "precision" when 'half' then 'l2_norm' else 'vector_norm' end));
    -- In the row if it fits the page: an exact scan is two to four times faster than with TOAST.
    if dims * (case "precision" when 'half' then 2 else 4 end) < 8000 then
        execute format('alter table %s alter embedding set storage plain', job.vectors_table(name));
    end if;
    perform job.prepare_bits(name);
    perform job.build_sides(name);
    perform job.build_space(name);
    return id;
end $$;
comment on function job.add_space is
    'Adds a space and its table; returns its key. Nothing happens if the space exists with the same recipe. '
    'parts: the spaces that it is made of ([{"space", "weight"}]).';

create function job.check_space(name text, dims int, "precision" text) returns void
language plpgsql immutable as $$
begin
    if name !~ '^[a-z][a-z0-9_]{0,39}$' then
        raise '"%" is not a name for a space: a small letter, then up to 39 small letters, digits, _', name
            using errcode = 'CS003';
    end if;
    -- The limits of pgvector's HNSW index: a space that could not get one later is refused now.
    if dims > (case "precision" when 'half' then 4000 else 2000 end) then
        raise 'the space % would have % dimensions; at % precision an index takes %', name, dims, "precision",
            case "precision" when 'half' then '4,000: choose another model'
                             else '2,000: choose half precision' end using errcode = 'CS003';
    end if;
end $$;
comment on function job.check_space is 'An error for a name or a size that a space cannot have.';

create function job.objects_of(space text) returns setof text language sql immutable as $$
    select replace(n, '{space}', space)
    from unnest(array['similar_{space}', 'similar_{space}_exact', 'similar_coins_{space}', 'vector_{space}',
                      'percentile_{space}', 'embedding_{space}', 'comparable_{space}',
                      'vectors_{space}',
                      'embedding_{space}_pkey', 'embedding_{space}_hnsw', 'nearest_{space}', 'bits_{space}',
                      'coin_of_{space}']) n
$$;
comment on function job.objects_of is 'The names of all that is built for a space.';

create function job.refuse_names_of_others(name text) returns void language plpgsql as $$
declare
    taken text := (
        select min(n) from (
            select p.proname::text from pg_proc p
            where p.pronamespace in ('api'::regnamespace, 'part'::regnamespace)
            union all
            select c.relname from pg_class c
            where c.relnamespace in ('api'::regnamespace, 'part'::regnamespace, 'core'::regnamespace)
            -- The name that job.switch_space uses for a moment; the index that a space gets when it has
            -- grown.
            union all
            values ('embedding_switching'), ('embedding_' || substring(name from '(.*_hnsw)$'))) t (n)
        where n in (select job.objects_of(name)));
begin
    if taken is not null then
        raise 'a space % would take the name % from another; choose another name', name, taken
            using errcode = 'CS003';
    end if;
end $$;
comment on function job.refuse_names_of_others is
    'An error if an object of this space would have a name that exists: hog_exact when there is a space '
    'hog, for example.';

create function job.drop_space(name text) returns void language plpgsql as $$
declare
    id int := (select space_id from core.space s where s.name = drop_space.name);
    made text := (select string_agg(distinct d.name, ', ') from core.part p join core.space d using (space_id)
                  join core.space s on s.space_id = p.source_id where s.name = drop_space.name);
    shown text := (select string_agg(u.what, ', ') from core.space s join (
                       select space_id, 'graph ' || g.name from core.graph g
                       union all
                       select space_id, 'map ' || m.name from core.map m) u (space_id, what) using (space_id)
                   where s.name = drop_space.name);
begin
    if shown is not null then
        raise '% still has %; drop that first', name, shown using errcode = 'CS003';
    end if;
    if made is not null then
        raise '% is made of %; drop that first', made, name using errcode = 'CS003';
    end if;
    if job.vectors_table(name) is null then
        raise 'there is no space %', name using errcode = 'CS001';
    end if;
    perform job.unbuild_space(name);
    execute format('drop view job.pending_%1$s, job.sides_%1$s', name);
    delete from core.space s where s.name = drop_space.name;
    perform job.build_side_spaces(), job.build_nearest_of_all();
    execute format('drop table if exists core.has_%s', name);
    perform job.propagate(true);
    execute format('drop table core.embedding_%s', name);
    execute format('drop function if exists core.bits_%s', id);
end $$;
comment on function job.drop_space is
    'Drops a space with its vectors; an error if a space, graph or map needs it.';

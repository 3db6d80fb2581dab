-- Spaces: one typed table each, with a view and functions of its own.

create function job.vector_type(dims int, "precision" text) returns text language sql immutable as $$
    select format('%s(%s)', case precision when 'half' then 'halfvec' else 'vector' end, dims)
$$;

create function job.operators("precision" text) returns text language sql immutable as $$
    select case precision when 'half' then 'halfvec_cosine_ops' else 'vector_cosine_ops' end
$$;

create function job.add_space(name text, recipe jsonb, dims int, "precision" text default 'half',
                              sees text[] default '{}')
returns int language plpgsql as $$
declare
    old core.space;
    id int;
begin
    if name !~ '^[a-z][a-z0-9_]{0,39}$' then
        raise '"%" is no name for a space: a small letter, then small letters, digits and _, 40 at most', name
            using errcode = 'CS003';
    end if;
    -- What pgvector's HNSW index takes: one that could not be built later is refused now.
    if dims > (case "precision" when 'half' then 4000 else 2000 end) then
        raise 'the space % would have % dimensions; at % precision an index takes %', name, dims, "precision",
            case "precision" when 'half' then '4,000: choose another model' else '2,000: choose half precision' end
            using errcode = 'CS003';
    end if;
    perform job.lock('spaces');
    select * into old from core.space s where s.name = add_space.name;
    if old.space_id is not null then
        if old.recipe = add_space.recipe and old.dims = add_space.dims and old.precision = add_space.precision then
            return old.space_id;
        end if;
        if old.dims <> add_space.dims then
            raise 'space % has % dimensions, not %; choose another name, or drop it first', name, old.dims, add_space.dims
                using errcode = 'CS003';
        end if;
        raise 'space % exists with another recipe; choose another name, or drop it first', name
            using errcode = 'CS003';
    end if;
    perform job.refuse_names_of_others(name);
    insert into core.space (name, recipe, dims, precision, trained, weights_sha256, sees)
    values (add_space.name, add_space.recipe, add_space.dims, add_space.precision,
            coalesce((recipe ->> 'trained')::boolean, true), recipe ->> 'weights_sha256', add_space.sees)
    returning space_id into id;
    -- A vector of length 0 has no direction, and an index would lose it in silence.
    execute format('create table core.%I (side_id int primary key references core.side on delete cascade,
                    embedding %s not null check (%s(embedding) > 0))',
                   'embedding_' || name, job.vector_type(dims, precision),
                   case precision when 'half' then 'l2_norm' else 'vector_norm' end);
    -- In the row while it fits the page: an exact scan is two to four times faster than over TOAST.
    if dims * (case precision when 'half' then 2 else 4 end) < 8000 then
        execute format('alter table core.%I alter embedding set storage plain', 'embedding_' || name);
    end if;
    perform job.build_space(name);
    return id;
end $$;

create function job.refuse_names_of_others(name text) returns void language plpgsql as $$
declare
    taken text := (
        select min(n) from (
            select p.proname::text from pg_proc p where p.pronamespace in ('api'::regnamespace, 'part'::regnamespace)
            union all select c.relname from pg_class c
            where c.relnamespace in ('api'::regnamespace, 'part'::regnamespace, 'core'::regnamespace)
            -- What job.switch_space passes through; the index that a space gets when it has grown.
            union all values ('embedding_switching'), ('embedding_' || substring(name from '(.*_hnsw)$'))) t (n)
        where n in ('similar_' || name, 'similar_' || name || '_exact', 'similar_coins_' || name, 'vector_' || name,
                    'percentile_' || name, 'embedding_' || name, 'coin_embedding_' || name, 'comparable_' || name,
                    'embedding_' || name || '_pkey', 'embedding_' || name || '_hnsw'));
begin
    if taken is not null then
        raise 'a space % would take the name % from another; choose another name', name, taken using errcode = 'CS003';
    end if;
end $$;
comment on function job.refuse_names_of_others is
    'An error if what is built for a space of this name is there already, for hog_exact beside hog, say.';

create function job.drop_space(name text) returns void language plpgsql as $$
declare
    made text := (select string_agg(distinct d.name, ', ') from core.part p join core.space d using (space_id)
                  join core.space s on s.space_id = p.source_id where s.name = drop_space.name);
    shown text := (select string_agg(u.what, ', ') from core.space s join (
                       select space_id, 'graph ' || g.name from core.graph g
                       union all select space_id, 'map ' || m.name from core.map m) u (space_id, what) using (space_id)
                   where s.name = drop_space.name);
begin
    if shown is not null then
        raise 'of % there is %; drop that first', name, shown using errcode = 'CS003';
    end if;
    if made is not null then
        raise '% is made of %; drop that first', made, name using errcode = 'CS003';
    end if;
    delete from core.space s where s.name = drop_space.name;
    if not found then
        raise 'there is no space %', name using errcode = 'CS001';
    end if;
    perform job.unbuild_space(name);
    perform job.build_side_spaces();
    execute format('drop table core.%I', 'embedding_' || name);
end $$;

create function job.switch_space(name text, other text) returns void language plpgsql as $$
declare
    lacking bigint;
begin
    perform job.lock('spaces');
    perform api.known_space(name), api.known_space(other);
    if name = other then
        raise 'a space is switched with another; % was given twice', name using errcode = 'CS003';
    end if;
    lacking := job.pending(other);
    if lacking > 0 or job.embedded(other) = 0 then
        raise '% is not full: % sides are to be embedded first', other, lacking using errcode = 'CS003';
    end if;
    perform job.lock_spaces(array[name, other]);
    perform job.unbuild_space(name), job.unbuild_space(other);
    perform job.rename_space(name, 'switching');
    perform job.rename_space(other, name);
    perform job.rename_space('switching', other);
    perform job.build_space(name), job.build_space(other);
end $$;
comment on function job.switch_space is
    'Lets two spaces change names, in one transaction: what was asked for by a name is another recipe from then on.';

create function job.lock_spaces(names text[]) returns void language plpgsql as $$
begin
    -- Readers wait for the moment that it takes. They lock views and tables in whatever order; waiting
    -- for less than the server's deadlock_timeout (1 s) and letting go never kills one of them.
    perform set_config('lock_timeout', '300ms', true);
    -- A lock on a view is one on its tables, with the rights of who owns the view.
    execute (select format('grant truncate on core.coin, core.side, %s to coinstore_views',
                           string_agg(format('core.%I', 'embedding_' || n), ', ')) from unnest(names) n);
    for attempt in 1 .. 200 loop
        begin
            execute (select format('lock table %s in access exclusive mode',
                                   string_agg(format('api.%1$I, api.%2$I, part.%3$I, core.%1$I', 'embedding_' || n,
                                                     'coin_embedding_' || n, 'comparable_' || n), ', '))
                     from unnest(names) n);
            execute (select format('revoke truncate on core.coin, core.side, %s from coinstore_views',
                                   string_agg(format('core.%I', 'embedding_' || n), ', ')) from unnest(names) n);
            return;
        exception when lock_not_available then
            perform pg_sleep(0.05 * random());
        end;
    end loop;
    raise '% are in use and cannot be changed now; try again', array_to_string(names, ', ') using errcode = 'CS003';
end $$;

create function job.rename_space(name text, becomes text) returns void language plpgsql as $$
declare
    part text;
begin
    execute format('alter table core.%I rename to %I', 'embedding_' || name, 'embedding_' || becomes);
    foreach part in array array['_pkey', '_hnsw'] loop
        execute format('alter index if exists core.%I rename to %I',
                       'embedding_' || name || part, 'embedding_' || becomes || part);
    end loop;
    update core.space s set name = becomes where s.name = rename_space.name;
end $$;

create function job.unbuild_space(name text) returns void language plpgsql as $$
declare
    part text;
begin
    perform set_config('lock_timeout', '5s', true);   -- as in job.build_space
    for part in
        select p.oid::regprocedure::text from pg_proc p
        where p.pronamespace in ('api'::regnamespace, 'part'::regnamespace)
          and p.proname in ('similar_' || name, 'similar_' || name || '_exact', 'similar_coins_' || name,
                            'vector_' || name, 'percentile_' || name)
    loop
        execute 'drop function ' || part || ' cascade';
    end loop;
    execute format('drop view if exists part.%I, api.%I, api.%I',
                   'comparable_' || name, 'coin_embedding_' || name, 'embedding_' || name);
end $$;

create function job.embedded(name text) returns bigint
language sql stable security definer as $$   -- its search_path: 90_grants.sql
    select job.counted(format('core.%I', 'embedding_' || name))
$$;

create function job.is_indexed(name text) returns boolean language sql stable as $$
    -- A build that failed leaves an index that is not valid.
    select exists (select from pg_catalog.pg_index x
                   where x.indexrelid = to_regclass('core.embedding_' || name || '_hnsw') and x.indisvalid)
$$;

create view api.space_names as
select s.name as space, s.space_id,
       (select array_agg(o.name order by p.n) from core.part p join core.space o on o.space_id = p.source_id
        where p.space_id = s.space_id) as made_of,
       job.vector_type(s.dims, s.precision) as vector_type, s.dims, s.precision, s.trained, s.recipe, s.sees,
       greatest(t.reltuples, 0)::float8 as embedded_about,
       exists (select from pg_class i join pg_index x on x.indexrelid = i.oid
               where i.relname = 'embedding_' || s.name || '_hnsw' and i.relnamespace = t.relnamespace
                 and x.indisvalid) as indexed
from core.space s
join pg_class t on t.relname = 'embedding_' || s.name and t.relnamespace = 'core'::regnamespace;
comment on view api.space_names is 'The spaces by name, with what a search must know before it starts; quick.';

create view api.spaces as
select s.space_id, s.name as space, s.dims, s.precision, s.trained, s.recipe, s.weights_sha256,
       job.possible(s.name) as sides,
       job.embedded(s.name) as embedded,
       (select count(*) from core.fault f where f.space_id = s.space_id) as faults,
       n.indexed, s.recall_at_10, s.recall_at, n.made_of, s.sees,
       d.similarity_p01, d.similarity_mean, d.similarity_p99, d.similarity_p01 > 0.99 as collapsed
from core.space s join api.space_names n on n.space = s.name
left join lateral (
    -- The quantiles that were kept lie at each thousandth, and a few below the first.
    select 1 - max(k) filter (where share = 0.99) as similarity_p01,
           1 - avg(k) filter (where share = 0 or share >= 0.001) as similarity_mean,
           1 - max(k) filter (where share = 0.01) as similarity_p99
    from core.spread p, unnest(p.knots, p.shares) q (k, share)
    where p.space_id = s.space_id
      and p.face = (select min(f.face) from core.spread f where f.space_id = s.space_id and f.face <> 'both')) d on true;
comment on view api.spaces is
    'One row for each embedding space: its recipe, how many of the sides that it could hold it covers, and whether an HNSW index answers (then with its recall against exact search, and when that was measured).';
comment on column api.spaces.made_of is 'The spaces that a derived, blended or fused space is made of';
comment on column api.spaces.sees is
    'Fields of the records that went into the vectors: a figure about one of them measures a leak; null: not known';
comment on column api.spaces.similarity_p01 is 'One in a hundred random pairs of obverses is less alike than this';
comment on column api.spaces.similarity_mean is 'Mean similarity of random pairs of obverses';
comment on column api.spaces.similarity_p99 is 'One in a hundred random pairs of obverses is more alike than this';
comment on column api.spaces.collapsed is
    'true: nearly all random pairs are alike above 0.99, so that no fixed similarity means anything; read the percentile';
comment on column api.spaces.trained is 'false: the weights were drawn at random, and nearness means nothing';

create view api.spread as
select s.name as space, p.face, p.seed, p.pairs, p.sampled_at, p.knots, p.shares
from core.spread p join core.space s using (space_id);
comment on view api.spread is
    'How far random pairs of a space are apart: shares[i] of the sampled pairs are at most knots[i] apart.';

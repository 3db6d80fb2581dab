-- Derived spaces: vectors out of another space's vectors, in SQL alone.

create function job.derive_space(name text, source text, recipe jsonb, dims int, "precision" text)
returns int language sql as $$
    -- What the space is made of decides its vectors: the sides that were measured are part of the recipe.
    select job.add_space_of(name, recipe || job.fingerprint(source), dims, "precision",
                            jsonb_build_array(jsonb_build_object('space', source)))
$$;
comment on function job.derive_space is 'Makes a space whose vectors are made from those of another.';

create function job.fingerprint(space text) returns jsonb language plpgsql stable as $$
declare
    found jsonb;
begin
    -- A sum of hashes: it does not hang on an order, and needs no memory.
    execute format('select jsonb_build_object(''measured_sides'', count(*), ''measured_hash'',
                           sum((''x'' || left(md5(e.embedding::text), 15))::bit(60)::bigint)::text)
                    from core.%I e', 'embedding_' || space) into found;
    return found;
end $$;
comment on function job.fingerprint is 'How many vectors a space has, and a hash of all of them, in whatever order they came.';

create function job.measure_centres(space text, by_collection boolean, standardise boolean, least_sides int)
returns void language plpgsql as $$
declare
    target core.space := (select s from core.space s where s.name = space);
    source text := (job.parts_of(space))[1];
begin
    execute format(
        'insert into core.centre (space_id, collection_id, sides, mean, per_deviation)
         select $1, m.collection_id, m.sides, m.mean, case when $3 then job.per_deviation(m.mean, m.square) end
         from (select c.collection_id, count(*) as sides, avg(e.embedding::vector) as mean,
                      avg(e.embedding::vector * e.embedding::vector) as square
               from core.%I e join core.side s using (side_id) join core.coin c using (coin_id)
               group by grouping sets ((), (c.collection_id))) m
         where (m.collection_id is null or $2 and m.sides >= $4) and m.sides > 0
           and not exists (select from core.centre o where o.space_id = $1)
         on conflict do nothing', 'embedding_' || source)
    using target.space_id, by_collection, standardise, least_sides;
end $$;
comment on function job.measure_centres is
    'Keeps the mean (and deviation) of the source''s vectors: of all, and of each collection that has enough sides.';

create function job.per_deviation(mean vector, square vector) returns vector language sql immutable as $$
    -- A dimension that never varies says nothing: it is left as it is.
    select array_agg(case when x > 1e-12 then 1 / sqrt(x) else 1 end order by n)::vector
    from unnest((square - mean * mean)::real[]) with ordinality v (x, n)
$$;

create function job.small_collections(space text, least_sides int)
returns table (collection text, sides bigint) language plpgsql stable as $$
begin
    return query execute format(
        'select l.name, count(*) from core.%I e join core.side s using (side_id) join core.coin c using (coin_id)
         join core.collection l using (collection_id) group by l.name having count(*) < $1 order by 1',
        'embedding_' || space) using least_sides;
end $$;
comment on function job.small_collections is 'Collections with too few sides in a space for a mean of their own.';

create function job.late_collections(space text) returns table (collection text, sides bigint) language plpgsql stable as $$
declare
    target core.space := (select s from core.space s where s.name = space);
begin
    -- Where a mean of each collection is taken out, the one that came later has none, though it has sides enough now.
    if target.recipe ->> 'family' is distinct from 'derived' or target.recipe ->> 'centre' is distinct from 'collection' then
        return;
    end if;
    return query execute format(
        'select l.name, count(*) from core.%I e join core.side s using (side_id) join core.coin c using (coin_id)
         join core.collection l using (collection_id)
         where not exists (select from core.centre m where m.space_id = $1 and m.collection_id = c.collection_id)
         group by l.name having count(*) >= $2 order by 1', 'embedding_' || space)
    using target.space_id, (target.recipe ->> 'least_sides')::int;
end $$;
comment on function job.late_collections is
    'Collections of a derived space that came after its means were measured: centred by the mean of all, though they have sides enough for one of their own.';

create function job.centred(id int, embedding vector, collection_id int) returns vector
language sql stable as $$
    -- The collection's own centre where it has one, else that of all; unchanged where none was measured.
    select coalesce((select case when m.per_deviation is null then embedding - m.mean
                                 else (embedding - m.mean) * m.per_deviation end
                     from core.centre m
                     where m.space_id = id
                       and (m.collection_id = centred.collection_id or m.collection_id is null)
                     order by m.collection_id nulls last limit 1), embedding)
$$;

create function job.derived(id int, embedding vector, collection_id int) returns vector
language sql stable as $$
    select l2_normalize(coalesce(
        (select array_agg(inner_product(a.direction, c.v) order by a.n)::vector
         from core.axis a where a.space_id = id), c.v))
    from (select job.centred(id, embedding, collection_id) as v offset 0) c
$$;
comment on function job.derived is 'The vector of a derived space for one of its source''s; of length 0 where nothing is left.';

create function job.centred_vectors(space text) returns table (side_id int, embedding vector)
language plpgsql stable as $$
declare
    target core.space := (select s from core.space s where s.name = space);
    source text := (job.parts_of(space))[1];
begin
    return query execute format(
        'select e.side_id, job.centred($1, e.embedding::vector, c.collection_id)
         from core.%I e join core.side s using (side_id) join core.coin c using (coin_id)
         order by s.sha256, s.face, e.side_id', 'embedding_' || source) using target.space_id;
end $$;
comment on function job.centred_vectors is 'What principal axes are measured from; in an order that does not hang on the order of loading.';

create function job.has_axes(space text) returns boolean language sql stable as $$
    select exists (select from core.axis a join core.space s using (space_id) where s.name = space)
$$;

create function job.made_of_parts(space text) returns text language plpgsql stable as $$
declare
    id int := (select space_id from core.space s where s.name = space);
    parts text[] := job.parts_of(space);
begin
    -- As SQL: the sides and what their vectors are.
    if (select recipe ->> 'family' from core.space s where s.space_id = id) = 'derived' then
        return format('select e.side_id, job.derived(%s, e.embedding::vector, c.collection_id) as v
                       from core.%I e join core.side d using (side_id) join core.coin c using (coin_id)',
                      id, 'embedding_' || parts[1]);
    end if;
    -- A blend: unit vectors beside each other, each as long as the root of its weight, so that the
    -- similarity of two sides is the weighted mean of their similarities.
    return (select 'select side_id, l2_normalize(' || string_agg(
                       format('array_fill(%s::real, array[%s])::vector * p%s.embedding::vector', sqrt(p.weight), o.dims, p.n),
                       ' || ' order by p.n) || ') as v from '
                   || string_agg(format('core.%I p%s', 'embedding_' || o.name, p.n) ||
                                 case when p.n > 1 then ' using (side_id)' else '' end, ' join ' order by p.n)
            from core.part p join core.space o on o.space_id = p.source_id where p.space_id = id);
end $$;

create function job.derive_sides(space text, at_most int) returns table (done int, faults int) language plpgsql as $$
declare
    target core.space := (select s from core.space s where s.name = space);
begin
    -- One worker at a time: the work is the database's own.
    perform pg_advisory_xact_lock(target.space_id::bigint << 32);
    perform job.hold_records();
    return query execute format(
        'with made as materialized (
             select m.side_id, m.v from (%1$s) m
             where not exists (select from core.%2$I t where t.side_id = m.side_id)
               and not exists (select from core.fault f where f.side_id = m.side_id and f.space_id = $1)
             order by m.side_id limit $2),
         stored as (
             insert into core.%2$I (side_id, embedding)
             select side_id, v::%3$s from made where vector_norm(v) > 0 returning side_id),
         failed as (
             insert into core.fault (side_id, space_id, column_name, reason)
             select side_id, $1, ''image'', ''nothing is left of it once the mean is taken out'' from made
             where vector_norm(v) = 0 returning 1)
         select (select count(*) from made)::int, (select count(*) from failed)::int
         from job.renew_dependents($3, array(select side_id from stored))',
        job.made_of_parts(space), 'embedding_' || space, job.vector_type(target.dims, target.precision))
    using target.space_id, at_most, space;
end $$;
comment on function job.derive_sides is 'Makes the next vectors that a derived or blended space lacks and its parts have.';

create function api.derived_vector(space text, query vector) returns real[]
language sql stable security definer as $$   -- its search_path: 90_grants.sql
    select job.derived(s.space_id, query, null)::real[] from core.space s where s.name = space
$$;
comment on function api.derived_vector is
    'The vector of a derived space (cast it: ::vector) for one of its source from outside the store: the mean of all sides is taken out.';

-- Derived spaces: their vectors are made from those of another space, in SQL.

create function job.derive_space(name text, source text, recipe jsonb, dims int, "precision" text)
returns int language sql as $$
    -- The vectors depend on the sides that were measured, so these are part of the recipe.
    select job.add_space_of(name, recipe || job.fingerprint(source), dims, "precision",
                            jsonb_build_array(jsonb_build_object('space', source)))
$$;
comment on function job.derive_space is 'Adds a space whose vectors are made from those of another.';

create function job.fingerprint(space text) returns jsonb language sql stable as $$
    -- A sum of hashes does not depend on the order, and needs no memory.
    select jsonb_build_object(
        'measured_sides', count(*),
        'measured_hash', sum(('x' || left(md5(e.embedding::text), 15))::bit(60)::bigint)::text)
    from job.vectors_of(space) e
$$;
comment on function job.fingerprint is
    'Number of vectors in a space, and a hash of all of them in any order.';

create function job.measure_centres(space text, by_collection boolean, standardise boolean, least_sides int)
returns void language sql as $$
    insert into core.centre (space_id, collection_id, sides, mean, per_deviation)
    select s.space_id, m.collection_id, m.sides, m.mean,
           case when standardise then job.per_deviation(m.mean, m.square) end
    from core.space s
    cross join lateral (
        select c.collection_id, count(*) as sides, avg(e.embedding) as mean,
               avg(e.embedding * e.embedding) as square
        from job.vectors_of((job.parts_of(space))[1]) e
        join core.side d using (side_id) join core.coin c using (coin_id)
        group by grouping sets ((), (c.collection_id))) m
    where s.name = measure_centres.space and m.sides > 0
      and (m.collection_id is null or by_collection and m.sides >= least_sides)
      and not exists (select from core.centre o where o.space_id = s.space_id)
    on conflict do nothing
$$;
comment on function job.measure_centres is
    'Stores the mean (and deviation) of the source''s vectors: of all, and of each collection that has '
    'enough sides.';

create function job.per_deviation(mean vector, square vector) returns vector language sql immutable as $$
    -- A dimension that never varies carries no information: it is left as it is.
    select array_agg(case when x > 1e-12 then 1 / sqrt(x) else 1 end order by n)::vector
    from unnest((square - mean * mean)::real[]) with ordinality v (x, n)
$$;
comment on function job.per_deviation is '1 / standard deviation of each dimension.';

create function job.sides_by_collection(space text)
returns table (collection_id int, collection text, sides bigint) language sql stable as $$
    select c.collection_id, l.name, count(*)
    from job.sides_in(job.has_table(space)) e join core.side s using (side_id)
    join core.coin c using (coin_id) join core.collection l using (collection_id) group by 1, 2
$$;
comment on function job.sides_by_collection is 'Number of vectors that each collection has in a space.';

create function job.small_collections(space text, least_sides int)
returns table (collection text, sides bigint) language sql stable as $$
    select c.collection, c.sides from job.sides_by_collection(space) c where c.sides < least_sides order by 1
$$;
comment on function job.small_collections is
    'Collections with too few sides in a space for a mean of their own.';

create function job.late_collections(space text) returns table (collection text, sides bigint)
language sql stable as $$
    -- Where the mean of each collection is taken out, a collection that came later has none, even if it is
    -- large.
    select c.collection, c.sides from core.space s cross join job.sides_by_collection(s.name) c
    where s.name = late_collections.space
      and s.recipe ->> 'family' = 'derived' and s.recipe ->> 'centre' = 'collection'
      and c.sides >= (s.recipe ->> 'least_sides')::int
      and not exists (select from core.centre m
                      where m.space_id = s.space_id and m.collection_id = c.collection_id)
    order by 1
$$;
comment on function job.late_collections is
    'Collections that came after the means of a derived space were measured: they are centred by the mean '
    'of all, although they have enough sides for their own.';

create function job.centred(id int, embedding vector, collection_id int) returns vector
language sql stable as $$
    -- By the mean of the collection if it has one, else by the mean of all; unchanged if none was measured.
    select coalesce((select case when m.per_deviation is null then embedding - m.mean
                                 else (embedding - m.mean) * m.per_deviation end
                     from core.centre m
                     where m.space_id = id
                       and (m.collection_id = centred.collection_id or m.collection_id is null)
                     order by m.collection_id nulls last limit 1), embedding)
$$;
comment on function job.centred is
    'A vector of the source, with the mean of its collection, or of all, taken out.';

create function job.derived(id int, embedding vector, collection_id int) returns vector
language sql stable as $$
    select l2_normalize(coalesce(
        (select array_agg(inner_product(a.direction, c.v) order by a.n)::vector
         from core.axis a where a.space_id = id), c.v))
    from (select job.centred(id, embedding, collection_id) as v offset 0) c
$$;
comment on function job.derived is
    'The vector of a derived space for one vector of its source; it has length 0 if nothing is left.';

create function job.centred_vectors(space text) returns table (side_id int, embedding vector)
language sql stable as $$
    select e.side_id, job.centred(s.space_id, e.embedding, c.collection_id)
    from core.space s cross join job.vectors_of((job.parts_of(s.name))[1]) e
    join core.side d on d.side_id = e.side_id join core.coin c using (coin_id)
    where s.name = centred_vectors.space
    order by d.sha256, d.face, e.side_id
$$;
comment on function job.centred_vectors is
    'What the principal axes are measured from, in an order that does not depend on the order of loading.';

create function job.has_axes(space text) returns boolean language sql stable as $$
    select exists (select from core.axis a join core.space s using (space_id) where s.name = space)
$$;
comment on function job.has_axes is 'Whether the principal axes of a space were measured.';

create function api.derived_vector(space text, query vector) returns real[]
language sql stable security definer as $$   -- 99_last/grants.sql sets its search_path
    select job.derived(s.space_id, query, null)::real[] from core.space s where s.name = space
$$;
comment on function api.derived_vector is
    'The vector of a derived space (cast it: ::vector) for a vector of its source that is not in the store: '
    'the mean of all sides is taken out.';

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
    select job.derived(s.space_id, query, case s.recipe ->> 'strangers' when 'nearest' then
                           job.nearest_centre(s.space_id, query) end)::real[]
    from core.space s where s.name = space
$$;
comment on function api.derived_vector is
    'The vector of a derived space (cast it: ::vector) for a vector of its source that is not in the store. '
    'The mean of all sides is subtracted, or, where collections have their own, the one that is nearest.';

-- Derived spaces: their vectors are made from those of another space, in SQL.

create function job.derive_space(name text, source text, recipe jsonb, dims int, "precision" text)
returns int language sql as $$
    select job.add_space_of(name, recipe, dims, "precision",
                            jsonb_build_array(jsonb_build_object('space', source)))
$$;
comment on function job.derive_space is 'Adds a space whose vectors are made from those of another.';

create function job.sampled_sides(space text, at_most int) returns table (n bigint, side_id int)
language sql stable as $$
    -- By the hash of the photograph: neither the order of loading nor the collection decides.
    select row_number() over (), o.side_id
    from (select s.side_id from job.sides_in(job.has_table(space)) e join core.side s using (side_id)
          join core.coin c using (coin_id)
          order by coalesce(s.sha256, sha256(convert_to(c.inventory_number, 'UTF8'))), s.face, s.side_id
          limit at_most) o
$$;
comment on function job.sampled_sides is
    'Up to at_most sides that have a vector in a space, in an order that does not depend on the '
    'order of loading.';

create function job.sampled_vectors(space text, at_most int)
returns table (collection_id int, embedding vector) language sql stable as $$
    select c.collection_id, e.embedding
    from job.sampled_sides(space, at_most) o
    join job.vectors_of(space, array(select side_id from job.sampled_sides(space, at_most))) e using (side_id)
    join core.side d using (side_id) join core.coin c using (coin_id) order by o.n
$$;
comment on function job.sampled_vectors is
    'What the principal axes are measured from: vectors of job.sampled_sides, with their collections.';

create function job.fingerprint(space text, at_most int default null) returns jsonb language sql stable as $$
    -- A sum of hashes does not depend on the order, and needs no memory.
    select jsonb_build_object(
        'measured_sides', job.embedded(space),
        'measured_hash', sum(('x' || left(md5(e.embedding::text), 15))::bit(60)::bigint)::text)
    from job.vectors_of(space, case when at_most < job.embedded(space) then array(
        select side_id from job.sampled_sides(space, at_most)) end) e
$$;
comment on function job.fingerprint is
    'Number of vectors in a space, and a hash of all of them, or of a sample, in any order.';

create function job.derived(id int, embedding vector, collection_id int) returns vector
language sql stable as $$
    select l2_normalize(coalesce(
        (select array_agg(inner_product(a.direction, c.v) order by a.n)::vector
         from core.axis a where a.space_id = id), c.v))
    from (select job.centred(id, embedding, collection_id) as v offset 0) c
$$;
comment on function job.derived is
    'The vector of a derived space for one vector of its source; it has length 0 if nothing is left.';

create function api.derived_vector(space text, query vector) returns real[]
language sql stable security definer as $$   -- 99_last/grants.sql sets its search_path
    select job.derived(s.space_id, query, case s.recipe ->> 'strangers' when 'nearest' then
                           job.nearest_centre(s.space_id, query) end)::real[]
    from core.space s where s.name = space
$$;
comment on function api.derived_vector is
    'The vector of a derived space (cast it: ::vector) for a vector of its source that is not in the store. '
    'The mean of all sides is subtracted, or, where collections have their own, the one that is nearest.';

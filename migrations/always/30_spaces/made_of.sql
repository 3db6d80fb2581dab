-- Spaces that are made of other spaces.

create function job.parts_of(space text) returns text[] language sql stable as $$
    select array_agg(o.name order by p.n) from core.part p
    join core.space o on o.space_id = p.source_id join core.space s on s.space_id = p.space_id
    where s.name = space
$$;
comment on function job.parts_of is 'The spaces that a space is made of, in order; null: none.';

create function job.parts_lacking(space text) returns table (part text, sides bigint)
language sql stable as $$
    -- A space of one face needs only sides of that face.
    select p.name, count(*) from core.space s cross join unnest(job.parts_of(s.name)) p (name)
    cross join lateral job.sides_in(('job.pending_' || p.name)::regclass) d
    join core.side f using (side_id)
    where s.name = parts_lacking.space and f.face = coalesce(s.recipe ->> 'face', f.face)
    group by 1 order by 1
$$;
comment on function job.parts_lacking is
    'The spaces that a space is made of and that lack vectors, and of how many sides that it could hold.';

create function job.add_space_of(name text, recipe jsonb, dims int, "precision" text, parts jsonb)
returns int language plpgsql as $$
declare
    sources text[] := array(select e ->> 'space' from jsonb_array_elements(parts) e);
    source text;
    is_trained boolean;
    is_known boolean;
    seen text[];
begin
    foreach source in array sources loop
        perform part.known_space(source);
    end loop;
    -- What is made of a space with random weights is random too, and it has seen whatever its parts have
    -- seen.
    select bool_and(s.trained), bool_and(s.sees is not null) into is_trained, is_known
    from core.space s where s.name = any(sources);
    if is_known then
        seen := array(select x from core.space s, unnest(s.sees) x where s.name = any(sources)
                      union select jsonb_array_elements_text(recipe -> 'learnt') order by 1);
    end if;
    return job.add_space(name, recipe || jsonb_build_object('trained', is_trained), dims, "precision", seen,
                         parts);
end $$;
comment on function job.add_space_of is
    'Adds a space that is made of others ([{"space", "weight"}]); "learnt" in its recipe: fields that it '
    'was fitted on.';

create function job.part_vectors(space text, n int, sides int[]) returns table (side_id int, embedding vector)
language plpgsql as $$
declare
    source core.space := (select o from core.part p join core.space o on o.space_id = p.source_id
                          join core.space s on s.space_id = p.space_id
                          where s.name = part_vectors.space and p.n = part_vectors.n);
begin
    -- Held from here on: a switch of names comes before this, and is noticed, or after the transaction.
    perform job.hold_space(source.name, source.space_id);
    return query select * from job.vectors_of(source.name, sides);
end $$;
comment on function job.part_vectors is
    'The vectors that some sides have in the n-th of the spaces that a space is made of.';

create aggregate part.joined(vector) (sfunc = vector_concat, stype = vector);
comment on aggregate part.joined(vector) is 'Vectors one after the other, as one.';

create function job.blended(id int, sides int[]) returns table (side_id int, v vector)
language sql stable as $$
    -- Each part as long as the root of its weight: then the similarity of two sides is the weighted mean of
    -- their similarities in the parts.
    select e.side_id, l2_normalize(part.joined(
               array_fill(sqrt(p.weight)::real, array[o.dims])::vector * e.embedding order by p.n))
    from core.part p join core.space o on o.space_id = p.source_id
    cross join lateral job.vectors_of(o.name, sides) e
    where p.space_id = id
    group by e.side_id having count(*) = (select count(*) from core.part p where p.space_id = id)
$$;
comment on function job.blended is
    'The vectors of a blended space for some sides that have one in each of its parts.';

create function job.derived_from(id int, sides int[]) returns table (side_id int, v vector)
language sql stable as $$
    select e.side_id, job.derived(id, e.embedding, c.collection_id)
    from core.part p join core.space o on o.space_id = p.source_id
    cross join lateral job.vectors_of(o.name, sides) e
    join core.side d on d.side_id = e.side_id join core.coin c using (coin_id)
    where p.space_id = id
$$;
comment on function job.derived_from is 'The vectors of a derived space for some sides of its source.';

create function job.derive_sides(space text, at_most int) returns table (done int, faults int)
language plpgsql as $$
declare
    target core.space := (select s from core.space s where s.name = space);
    due int[];
    made int[];
    vectors vector[];
begin
    -- One worker at a time, because the database itself does the work.
    perform pg_advisory_xact_lock(job.side_lock(target.space_id, 0));
    perform job.hold_records();
    due := array(select p.side_id from job.sides_in(('job.pending_' || space)::regclass, null, at_most) p);
    if target.recipe ->> 'family' = 'derived' then
        select array_agg(m.side_id), array_agg(m.v) into made, vectors
        from job.derived_from(target.space_id, due) m where vector_norm(m.v) > 0;
    else
        select array_agg(m.side_id), array_agg(m.v) into made, vectors
        from job.blended(target.space_id, due) m;
    end if;
    execute job.filled($q$
        insert into core.embedding_{space} (side_id, coin_id, face, embedding)
        select s.side_id, s.coin_id, s.face, m.v::{vector}
        from unnest($1::int[], $2::vector[]) m (side_id, v) join core.side s using (side_id)
    $q$, space) using made, vectors;
    insert into core.fault (side_id, space_id, column_name, reason)
    select d, target.space_id, 'image', 'nothing is left of it once the mean is taken out'
    from unnest(due) d where d <> all(coalesce(made, '{}'));
    perform job.note_vectors(space, coalesce(made, '{}'));
    return query select cardinality(due), cardinality(due) - coalesce(cardinality(made), 0);
end $$;
comment on function job.derive_sides is
    'Makes the next vectors of a derived or blended space, for sides that its parts have; how many, and how '
    'many faults.';

-- Centres: the mean that a derived space subtracts from the vectors of a collection, or of all. A collection
-- with few sides has no good mean of its own. Where the recipe says "strangers": "nearest", the mean of the
-- nearest larger collection is used for it, and for vectors that are not in the store; where it says nothing,
-- as in spaces of earlier versions, the mean of all. A mean is measured again once its collection has
-- twice as many sides: the first ones may be of any kind.

create function job.measure_means(source text, by_collection boolean)
returns table (collection_id int, sides int, mean real[], per_deviation real[]) language plpgsql stable as $$
begin
    -- Read straight from the table: the rows of job.vectors_of would all be kept until the last.
    return query execute format($q$
        select m.collection_id, m.sides, m.mean::real[], job.per_deviation(m.mean, m.square)::real[]
        from (
            select c.collection_id, count(*)::int as sides, avg(e.embedding::vector) as mean,
                   avg(e.embedding::vector * e.embedding::vector) as square
            from %s e join core.side d using (side_id) join core.coin c on c.coin_id = d.coin_id
            group by grouping sets ((), (c.collection_id))) m
        where m.sides > 0 and ($1 or m.collection_id is null) order by m.collection_id nulls first
    $q$, case when job.is_apart(source) then format('part.far_vectors(%L, null)', source)
              else job.vectors_table(source)::text end) using by_collection;
end $$;
comment on function job.measure_means is
    'The mean of the vectors of a space, and 1 / deviation: of all (collection null), and of each '
    'collection.';

create function job.store_centres(id int, centres jsonb) returns boolean language plpgsql as $$
begin
    if exists (select from core.centre m where m.space_id = id) then
        return false;
    end if;
    insert into core.centre (space_id, collection_id, sides, mean, per_deviation)
    select id, c.collection_id, c.sides, c.mean::vector, c.per_deviation::vector
    from jsonb_to_recordset(centres) c (collection_id int, sides int, mean text, per_deviation text);
    return true;
end $$;
comment on function job.store_centres is
    'Stores what a derived space subtracts, and divides by; false: the space had that already.';

create function job.expect_centres(name text, id int) returns void language plpgsql as $$
begin
    if not exists (select from core.centre m where m.space_id = id) then
        raise 'the space % was dropped just now; derive it again.', name using errcode = 'CS003';
    end if;
end $$;
comment on function job.expect_centres is
    'Refuses a space that was there before and is new now: what it subtracts was not measured.';

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

create function job.sides_of_collections(space text, collections int[]) returns int[]
language sql stable as $$
    select coalesce(array_agg(e.side_id), '{}')
    from job.sides_in(job.has_table(space)) e join core.side s using (side_id)
    join core.coin c using (coin_id) where c.collection_id = any(collections)
$$;
comment on function job.sides_of_collections is
    'The sides of some collections that have a vector in a space.';

create function job.nearest_centre(id int, embedding vector) returns int language sql stable as $$
    -- Of the means that were measured of a collection's own sides.
    select m.collection_id from core.centre m
    where m.space_id = id and m.collection_id is not null and m.taken_from is null
    order by m.mean <-> embedding, m.collection_id limit 1
$$;
comment on function job.nearest_centre is
    'The collection whose mean is nearest to a vector of the source; null: no collection has its own mean.';

create function job.centres_due(id int, source text, least_sides int) returns int[] language sql stable as $$
    select coalesce(array_agg(c.collection_id), '{}') from job.sides_by_collection(source) c
    where not exists (
        select from core.centre m
        where m.space_id = id and m.collection_id = c.collection_id
          and case when m.taken_from is null then c.sides < 2 * m.sides
                   else c.sides < least_sides and not m.taken_from = any(array(
                       select o.collection_id from job.sides_by_collection(source) o
                       join core.centre x on x.space_id = id and x.collection_id = o.collection_id
                       where x.taken_from is null and o.sides >= 2 * x.sides)) end)
$$;
comment on function job.centres_due is
    'The collections whose mean in a derived space is to be measured: they have none, or it was measured on '
    'half as many sides at most; or theirs is borrowed, and they have enough sides now or the other is due.';

create function job.settle_centres(space text)
returns table (collection text, sides int, taken_from text) language plpgsql as $$
declare
    target core.space := (select s from core.space s where s.name = settle_centres.space);
    source text := (job.parts_of(space))[1];
    least int := (target.recipe ->> 'least_sides')::int;
    due int[];
    made int[];
begin
    if target.recipe ->> 'strangers' is distinct from 'nearest' then
        return;
    end if;
    perform pg_advisory_xact_lock(job.side_lock(target.space_id, 0));
    due := job.centres_due(target.space_id, source, least);
    delete from core.centre m where m.space_id = target.space_id and m.collection_id = any(due);
    -- First the means that others may borrow.
    insert into core.centre (space_id, collection_id, sides, mean, per_deviation)
    select target.space_id, o.collection_id, o.sides, o.mean,
           case when (target.recipe ->> 'standardise')::boolean then job.per_deviation(o.mean, o.square) end
    from job.means_of(source, job.sides_of_collections(source, due)) o where o.sides >= least;
    insert into core.centre (space_id, collection_id, sides, mean, per_deviation, taken_from)
    select target.space_id, o.collection_id, o.sides, m.mean, m.per_deviation, m.collection_id
    from job.means_of(source, job.sides_of_collections(source, array(
        select unnest(due) except select m.collection_id from core.centre m
        where m.space_id = target.space_id))) o
    join core.centre m on m.space_id = target.space_id
                          and m.collection_id = job.nearest_centre(target.space_id, o.mean);
    select coalesce(array_agg(m.collection_id), '{}') into made
    from core.centre m where m.space_id = target.space_id and m.collection_id = any(due);
    -- What was made of them meanwhile was made by another mean; it is made again.
    perform job.forget_vectors(space, f.sides), job.renew_dependents(space, f.sides)
    from job.sides_of_collections(space, made) f (sides) where f.sides <> '{}';
    return query
        select l.name, m.sides, o.name
        from core.centre m join core.collection l using (collection_id)
        left join core.collection o on o.collection_id = m.taken_from
        where m.space_id = target.space_id and m.collection_id = any(made) order by 1;
end $$;
comment on function job.settle_centres is
    'Gives each collection that came after a derived space was made, or has twice as many sides as its mean '
    'was measured on, its mean: its own, if it has enough sides by now, else that of the nearest collection. '
    'What was made of its sides is made again. Returns those.';

create function job.means_of(space text, of_sides int[])
returns table (collection_id int, sides int, mean vector, square vector) language sql stable as $$
    select c.collection_id, count(*)::int, avg(e.embedding), avg(e.embedding * e.embedding)
    from job.vectors_of(space, of_sides) e join core.side d using (side_id) join core.coin c using (coin_id)
    group by 1
$$;
comment on function job.means_of is
    'The mean of some sides in a space by collection, and of the squares of each dimension.';

create function job.borrowed_centres(space text) returns table (collection text, taken_from text)
language sql stable as $$
    select c.collection, o.name
    from core.space s cross join job.sides_by_collection((job.parts_of(s.name))[1]) c
    left join core.centre m on m.space_id = s.space_id and m.collection_id = c.collection_id
    left join core.collection o on o.collection_id = m.taken_from
    where s.name = borrowed_centres.space and (m.space_id is null or m.taken_from is not null) order by 1
$$;
comment on function job.borrowed_centres is
    'The collections whose own mean is not subtracted in a derived space, and the collection whose mean is; '
    'null: that of all.';

create function job.late_collections(space text) returns table (collection text, sides bigint)
language sql stable as $$
    -- Where the mean of each collection is taken out, a collection that came later has none, even if it is
    -- large.
    select c.collection, c.sides from core.space s cross join job.sides_by_collection(s.name) c
    where s.name = late_collections.space
      and s.recipe ->> 'family' = 'derived' and s.recipe ->> 'centre' = 'collection'
      and not s.recipe ? 'strangers'
      and c.sides >= (s.recipe ->> 'least_sides')::int
      and not exists (select from core.centre m
                      where m.space_id = s.space_id and m.collection_id = c.collection_id)
    order by 1
$$;
comment on function job.late_collections is
    'Collections that came after the means of a derived space of an earlier version were measured: they are '
    'centred by the mean of all, although they have enough sides for their own.';

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

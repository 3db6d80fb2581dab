-- Vectors from and for other programs: which side a name means, and the name of a side.

create function job.match_sides(names jsonb, collection text) returns table (n int, side_id int, matches int)
language sql stable as $$
    -- By the name of its photograph; if there is none, by inventory number and face.
    with name as (
        select (e ->> 'n')::int as n, e ->> 'name' as name, e ->> 'number' as number, e ->> 'face' as face
        from jsonb_array_elements(names) e),
    photograph as (
        select s.side_id, s.coin_id, part.one_name(job.file_name(s.image_location)) as name
        from core.side s where s.image_location is not null),
    found as (
        select x.n, p.side_id, p.coin_id, 1 as way from name x join photograph p using (name)
        union all
        select x.n, s.side_id, s.coin_id, 2 from name x join core.coin c on c.inventory_number = x.number
        join core.side s on s.coin_id = c.coin_id and s.face = x.face),
    best as (
        select f.n, f.side_id, f.way, min(f.way) over (partition by f.n) as best
        from found f join core.coin c using (coin_id) join core.collection l using (collection_id)
        where match_sides.collection is null or l.name = match_sides.collection)
    select x.n, min(b.side_id), count(distinct b.side_id)::int
    from name x left join best b on b.n = x.n and b.way = b.best
    group by x.n
$$;
comment on function job.match_sides is
    'The side that each file name means, and how many sides it could mean.';

create function job.file_name(location text) returns text language sql immutable as $$
    select regexp_replace(split_part(location, '::', 1), '^.*/', '')
$$;
comment on function job.file_name is 'The name of a file without its folder.';

create function job.make_sides(names jsonb, collection text) returns void language sql as $$
    insert into core.side (coin_id, face)
    select c.coin_id, e ->> 'face'
    from jsonb_array_elements(names) e
    join core.coin c on c.inventory_number = e ->> 'number'
    join core.collection l on l.collection_id = c.collection_id and l.name = make_sides.collection
    order by (e ->> 'n')::int
    on conflict do nothing
$$;
comment on function job.make_sides is 'Makes the sides that file names mention, for coins that exist.';

create function job.taken(space text, sides int[]) returns bigint language sql stable as $$
    select count(*) from job.sides_in(job.has_table(space), sides)
$$;
comment on function job.taken is 'How many of some sides have a vector in a space.';

create function job.named_vectors(space text, face text) returns table (name text, embedding vector)
language sql stable as $$
    -- By the file, if only one side has a file of this name (unlike "obverse.jpg" in a folder for each coin).
    select coalesce(case when count(*) over (partition by job.file_name(s.image_location)) = 1
                         then job.file_name(s.image_location) end,
                    c.inventory_number || case s.face when 'obverse' then '_obv' else '_rev' end),
           e.embedding
    from job.vectors_of(space) e join core.side s using (side_id) join core.coin c using (coin_id)
    where named_vectors.face is null or s.face = named_vectors.face order by s.side_id
$$;
comment on function job.named_vectors is 'Vectors with names by which ingestion finds their sides again.';

create function job.add_imported_space(name text, dims int, "precision" text, sees text[]) returns void
language plpgsql as $$
declare
    -- The attribute names of two views, and what api.coin_labels adds to them.
    fields text[] := array(select a.attname::text from pg_attribute a
                           where a.attrelid in ('api.coins'::regclass, 'api.sides'::regclass)
                             and a.attnum > 0 and not a.attisdropped union select 'die');
    unknown text := (select min(f) from unnest(sees) f where f <> all(fields));
    is_old boolean := exists (select from core.space s where s.name = add_imported_space.name);
begin
    if unknown is not null then
        raise 'there is no field %; vectors see columns of api.coins or api.sides, or die', unknown
            using errcode = 'CS001';
    end if;
    perform job.add_space(name, '{"family": "imported"}', dims, "precision", sees);
    if is_old then
        -- What more is known of the space is true of all that is made of it; not known stays not known.
        update core.space s
        set sees = case when add_imported_space.sees is null then null else array(
            select unnest(s.sees) union select unnest(add_imported_space.sees) order by 1) end
        where s.sees is not null and exists (
            select from job.made_from(s.name) m join core.space o on o.space_id = m
            where o.name = add_imported_space.name);
    end if;
end $$;
comment on function job.add_imported_space is
    'Adds a space of vectors that were made elsewhere, or adds to what it has seen (null: not known).';

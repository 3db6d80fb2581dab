-- Loading records: the sides and dies of a batch (load.sql).

create function job.store_sides(source_id int) returns void language plpgsql as $$
begin
    insert into incoming_side (n, coin_id, face, said)
    select i.n, i.coin_id, d.key,
           -- What a record no longer says of its photograph is not true of the next one.
           case when d.value ? 'image_location' then job.no_photograph() || d.value else d.value end
    from incoming i join incoming_record s using (n), jsonb_each(s.sides) d
    where i.status in ('new', 'unchanged', 'changed');
    analyze incoming_side (n, coin_id, face);
    perform job.find_sides();
    if exists (select from incoming_side where side_id is not null) then
        perform job.keep_photographs();
    end if;
    if exists (select from incoming_side where said ->> 'image_location' is not null) then
        perform job.settle_claims();
    end if;
    if exists (select from incoming_side where side_id is not null) then
        perform job.release_photographs();
        perform job.change_sides();
        perform job.empty_sides();
    end if;
    perform job.add_sides();
    if exists (select from incoming i where i.status in ('unchanged', 'changed')) then
        perform job.review_shared();
    end if;
    if exists (select from incoming_side where said ? 'die') then
        perform job.store_dies(store_sides.source_id);
    end if;
end $$;
comment on function job.store_sides is
    'Stores the sides of the batch: legends, descriptions, photographs, dies.';

create function job.no_photograph() returns jsonb language sql immutable as $$
    select '{"image_location": null, "image_part": null, "image_of_both": null, "image_licence": null,
             "image_rights_holder": null}'::jsonb
$$;
comment on function job.no_photograph is 'What is said of the photograph of a side that has none.';

create function job.find_sides() returns void
language sql set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
    update incoming_side m
    set side_id = s.side_id,
        -- Nor is the language of a description that of the next one.
        said = case when m.said ? 'description' then '{"description_language": null}' || m.said
                    else m.said end
    from incoming i, core.side s
    where i.n = m.n and i.status <> 'new' and (s.coin_id, s.face) = (m.coin_id, m.face)
$$;
comment on function job.find_sides is 'Finds the sides that the known coins of the batch have.';

create function job.add_sides() returns void language sql as $$
    -- No row is made for a side that says nothing; the row of a side that is there can become empty.
    with made as (
        insert into core.side (coin_id, face, legend, description, description_language, image_location,
                               image_stamp, image_part, image_of_both, image_licence, image_rights_holder)
        select coin_id, face, said ->> 'legend', said ->> 'description', said ->> 'description_language',
               said ->> 'image_location', said ->> 'image_stamp', said ->> 'image_part',
               (said ->> 'image_of_both')::boolean, said ->> 'image_licence', said ->> 'image_rights_holder'
        from incoming_side where side_id is null and jsonb_strip_nulls(said) <> '{}' order by n, face
        returning side_id, coin_id, face),
    known as (
        update incoming_side i set side_id = m.side_id from made m
        where (i.coin_id, i.face) = (m.coin_id, m.face) and i.said ? 'die')
    update incoming i set status = 'changed'
    where i.status = 'unchanged' and i.coin_id in (select coin_id from made)
$$;
comment on function job.add_sides is 'Makes the sides that the batch speaks of and no coin has.';

create function job.change_sides() returns void
language sql set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
    with merged as (
        select i.n, (jsonb_populate_record(s, i.said)).*
        from incoming_side i join core.side s using (side_id)
        where jsonb_populate_record(s, i.said) is distinct from s),
    stored as (
        update core.side s set legend = m.legend, description = m.description,
                               description_language = m.description_language,
                               image_location = m.image_location, image_stamp = m.image_stamp,
                               image_part = m.image_part, image_of_both = m.image_of_both,
                               image_licence = m.image_licence, image_rights_holder = m.image_rights_holder
        from merged m where m.side_id = s.side_id returning m.n)
    update incoming i set status = 'changed' where i.status = 'unchanged' and i.n in (select n from stored)
$$;
comment on function job.change_sides is 'Updates the sides whose records say something else than before.';

create function job.release_photographs() returns void
language sql set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
    -- Before any side gets its new photograph, so that two sides can exchange theirs.
    with gone as materialized (
        select i.n, s.side_id, s.coin_id, s.image_location
        from core.side s join incoming_side i using (side_id)
        where i.said ? 'image_location' and s.image_location is not null
          and (s.image_location, s.image_stamp, s.image_part, s.image_of_both) is distinct from
              (i.said ->> 'image_location', i.said ->> 'image_stamp', i.said ->> 'image_part',
               (i.said ->> 'image_of_both')::boolean)),
    released as (
        update core.side s
        set image_location = null, image_stamp = null, image_part = null, image_of_both = null,
            image_examined = false
        from gone g where g.side_id = s.side_id),
    -- Another face that shared it is judged again: the photograph may show this face only.
    reviewed as (
        update core.side s set image_examined = false from gone g
        where s.coin_id = g.coin_id and s.image_location = g.image_location and s.image_examined
          and s.side_id not in (select o.side_id from gone o))
    update incoming i set status = 'changed' where i.status = 'unchanged' and i.n in (select n from gone)
$$;
comment on function job.release_photographs is
    'Takes photographs from the sides that will have another one, or none.';

create function job.review_shared() returns void
language sql set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
    update core.side s set image_examined = false
    from incoming_side i join core.side o on (o.coin_id, o.face) = (i.coin_id, i.face)
    where i.said ->> 'image_location' is not null and not o.image_examined
      and s.coin_id = o.coin_id and s.face <> o.face and s.image_location = o.image_location
      and s.image_examined
$$;
comment on function job.review_shared is
    'Has photographs examined again that the other face of their coin now shares.';

create function job.empty_sides() returns void language plpgsql as $$
declare
    emptied int[];
begin
    -- Whether a new file shows the same is known once it is examined; where there is no file, nothing is
    -- left.
    with gone as (
        update core.side s set sha256 = null from incoming_side i
        where i.side_id = s.side_id and s.image_location is null and s.sha256 is not null returning s.side_id)
    select coalesce(array_agg(side_id), '{}') into emptied from gone;
    perform job.forget_sides(emptied);
end $$;
comment on function job.empty_sides is 'Drops what was made from photographs that sides no longer have.';

create function job.store_dies(source_id int) returns void language sql as $$
    with said as (
        select i.n, i.side_id, i.face, i.said ->> 'die' as name, s.location as study
        from incoming_side i join core.source s on s.source_id = store_dies.source_id
        where i.said ? 'die' and i.side_id is not null),
    named as (
        insert into core.die (study, face, name)
        select distinct study, face, name from said where name is not null order by 1, 2, 3
        on conflict (study, face, name) do update set name = excluded.name
        returning die_id, study, face, name),
    dropped as (
        delete from core.side_die sd using said, core.die d
        where sd.side_id = said.side_id and d.die_id = sd.die_id and d.study = said.study
          and d.name is distinct from said.name
        returning said.n),
    added as (
        insert into core.side_die (side_id, die_id)
        select said.side_id, named.die_id from said join named using (study, face, name)
        on conflict do nothing returning side_id)
    update incoming i set status = 'changed'
    where i.status = 'unchanged'
      and (i.n in (select n from dropped) or i.n in (select n from added join said using (side_id)))
$$;
comment on function job.store_dies is 'Stores which dies the source names for the sides of the batch.';

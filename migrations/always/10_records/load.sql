-- Loading records. Python hands over batches of JSON; sets and rules are here.

create function job.begin_source(location text) returns int language plpgsql as $$
declare
    id int;
begin
    insert into core.source (location) values (begin_source.location) on conflict do nothing;
    select source_id into id from core.source s where s.location = begin_source.location for update;
    -- What was refused last time is judged anew.
    delete from core.record where source_id = id and coin_id is null;
    create temp table if not exists seen (
        collection text, inventory_number text, place text, primary key (collection, inventory_number));
    -- What is of one batch is emptied as it is committed, in place: a truncate makes new files for a table and its indexes.
    create temp table if not exists incoming (
        n int primary key, place text, raw jsonb, collection text, inventory_number text, fields jsonb,
        sides jsonb, types jsonb, faults jsonb, refusal text, digest uuid,
        coin_id int, record_id int, status text not null default 'unchanged') on commit delete rows;
    create temp table if not exists incoming_side (
        n int, coin_id int, side_id int, face text, said jsonb, primary key (n, face)) on commit delete rows;
    create temp table if not exists lost_claim (coin_id int, face text, location text, stamp text);
    truncate seen, lost_claim;
    return id;
end $$;

create function job.begin_ingest(source_id int) returns int language sql as $$
    insert into core.ingest_run (source_id) values (begin_ingest.source_id) returning run_id
$$;
comment on function job.begin_ingest is 'The number of a new run over a source.';

create function job.note_ingest(run int, new int, changed int, unchanged int, refused int, faults int, is_ended boolean)
returns void language sql as $$
    update core.ingest_run r
    set new = r.new + note_ingest.new, changed = r.changed + note_ingest.changed, unchanged = r.unchanged + note_ingest.unchanged,
        refused = r.refused + note_ingest.refused, faults = r.faults + note_ingest.faults,
        noted_at = clock_timestamp(), is_ended = note_ingest.is_ended
    where r.run_id = run
$$;
comment on function job.note_ingest is 'What one more batch of a run brought, in the transaction of the batch.';

create function job.load_records(source_id int, batch jsonb)
returns table (new int, changed int, unchanged int, refused int, faults int)
language plpgsql as $$
begin
    -- One batch at a time: two loads that meet the same coins in another order would wait for each other.
    perform job.lock('records');
    perform job.take_batch(batch);
    perform job.match_coins(load_records.source_id);
    perform job.apply_terms();
    perform job.keep_accepted();
    perform job.store_fields();
    perform job.keep_recorded();
    perform job.store_sides(load_records.source_id);
    perform job.store_types(load_records.source_id);
    perform job.forget_sentences(array(select i.coin_id from incoming i where i.status = 'changed'));
    perform job.store_records(load_records.source_id);
    return query
        select count(*) filter (where status = 'new')::int, count(*) filter (where status = 'changed')::int,
               count(*) filter (where status = 'unchanged')::int,
               count(*) filter (where status = 'refused')::int,
               (select count(*)::int from core.fault f join incoming i using (record_id))
               -- of photographs that were looked at before
               + (select count(*)::int from core.fault f join core.side d using (side_id) join incoming i using (coin_id)
                  where f.space_id is null and d.image_examined)
        from incoming;
end $$;

create function job.take_batch(batch jsonb) returns void language plpgsql as $$
begin
    -- In a dry run nothing is committed.
    if exists (select from incoming) then truncate incoming, incoming_side; end if;
    insert into incoming (n, place, raw, collection, inventory_number, fields, sides, types, faults, refusal, digest)
    select n, e ->> 'place', e -> 'raw', e ->> 'collection', e ->> 'inventory_number',
           e -> 'fields', e -> 'sides', nullif(e -> 'types', 'null'), e -> 'faults', e ->> 'refusal',
           md5((e - 'place')::text)::uuid
    from jsonb_array_elements(batch) with ordinality as b (e, n);
    -- One number, one coin: within a run the first record has it.
    insert into seen select collection, inventory_number, place from incoming where refusal is null order by n
    on conflict do nothing;
    update incoming i set refusal = format('repeats the inventory number %s of %s', s.inventory_number, s.place)
    from seen s
    where i.refusal is null and s.place <> i.place
      and (s.collection, s.inventory_number) = (i.collection, i.inventory_number);
    update incoming set status = 'refused' where refusal is not null;
    analyze incoming (n, place, collection, inventory_number, status);   -- not the JSON, which takes long
end $$;

create function job.one_side_alone() returns text language sql immutable as $$
    -- Such a fault is judged anew each time: the other may have let the photograph go.
    select 'a photograph shows one side of one coin, and '
$$;

create function job.match_coins(source_id int) returns void language plpgsql as $$
begin
    insert into core.collection (name)
    select distinct collection from incoming where status <> 'refused' order by 1 on conflict do nothing;
    with added as (
        insert into core.coin (collection_id, inventory_number, weight_g, diameter_mm, diameter_min_mm, die_axis_h, material,
                               denomination, mint, authority, portrait, year_from, year_to, findspot, provenance)
        select l.collection_id, i.inventory_number, f.weight_g, f.diameter_mm, f.diameter_min_mm, f.die_axis_h, f.material,
               f.denomination, f.mint, f.authority, f.portrait, f.year_from, f.year_to, f.findspot, f.provenance
        from incoming i join core.collection l on l.name = i.collection
        cross join lateral jsonb_populate_record(null::core.coin, i.fields) f
        where i.status <> 'refused'
          and not exists (select from core.coin c where c.collection_id = l.collection_id
                                                    and c.inventory_number = i.inventory_number)
        order by i.n
        on conflict do nothing
        returning coin_id, collection_id, inventory_number)
    update incoming i set status = 'new', coin_id = a.coin_id
    from added a join core.collection l using (collection_id)
    where i.status <> 'refused' and l.name = i.collection and a.inventory_number = i.inventory_number;
    update incoming i set coin_id = c.coin_id
    from core.coin c join core.collection l using (collection_id)
    where i.status = 'unchanged' and l.name = i.collection and c.inventory_number = i.inventory_number;
    -- A record that reads as it did last time needs no further look: only its place may have moved.
    update core.record r set place = i.place
    from incoming i
    where r.source_id = match_coins.source_id and r.coin_id = i.coin_id and r.digest = i.digest
      and r.place <> i.place;
    -- One that lost a photograph to another is judged anew: the other may have let it go.
    update incoming i set record_id = r.record_id, status = 'same'
    from core.record r
    where r.source_id = match_coins.source_id and r.coin_id = i.coin_id and r.digest = i.digest
      and not exists (select from core.fault f where f.record_id = r.record_id
                      and f.column_name in ('obverse image', 'reverse image')
                      and f.reason like job.one_side_alone() || '%');
end $$;

create function job.store_fields() returns void language sql as $$
    with merged as (
        select i.n, (jsonb_populate_record(c, i.fields)).*
        from incoming i join core.coin c using (coin_id)
        where i.status in ('new', 'unchanged') and jsonb_populate_record(c, i.fields) is distinct from c),
    stored as (
        update core.coin c
        set weight_g = m.weight_g, diameter_mm = m.diameter_mm, diameter_min_mm = m.diameter_min_mm,
            die_axis_h = m.die_axis_h, material = m.material, denomination = m.denomination,
            mint = m.mint, authority = m.authority, portrait = m.portrait, year_from = m.year_from, year_to = m.year_to,
            findspot = m.findspot, provenance = m.provenance
        from merged m where m.coin_id = c.coin_id
        returning c.coin_id)
    update incoming i set status = 'changed'
    from stored s where s.coin_id = i.coin_id and i.status = 'unchanged'
$$;

create function job.store_sides(source_id int) returns void language plpgsql as $$
declare
    stale int[];
begin
    insert into incoming_side (n, coin_id, face, said)
    select i.n, i.coin_id, s.key, s.value
    from incoming i, jsonb_each(i.sides) s where i.status in ('new', 'unchanged', 'changed');
    update incoming_side i set side_id = s.side_id
    from core.side s where (s.coin_id, s.face) = (i.coin_id, i.face);
    perform job.keep_photographs();
    perform job.settle_claims();
    -- Photographs that leave a side go first, so that two sides may exchange theirs.
    with left_behind as (
        update core.side s
        set image_location = null, image_stamp = null, image_examined = false
        from incoming_side i
        where i.side_id = s.side_id and i.said ? 'image_location' and s.image_location is not null
          and (s.image_location, s.image_stamp) is distinct from
              (i.said ->> 'image_location', i.said ->> 'image_stamp')
        returning s.side_id)
    select coalesce(array_agg(side_id), '{}') into stale from left_behind;
    update incoming i set status = 'changed'
    where i.status = 'unchanged' and i.n in (select m.n from incoming_side m where m.side_id = any(stale));
    with merged as (
        select i.n, (jsonb_populate_record(s, i.said)).*
        from incoming_side i join core.side s using (side_id)
        where jsonb_populate_record(s, i.said) is distinct from s),
    stored as (
        update core.side s set legend = m.legend, description = m.description,
                               image_location = m.image_location, image_stamp = m.image_stamp
        from merged m where m.side_id = s.side_id returning m.n)
    update incoming i set status = 'changed' where i.status = 'unchanged' and i.n in (select n from stored);
    -- A side that says nothing is not made; one that is there may be emptied.
    with made as (
        insert into core.side (coin_id, face, legend, description, image_location, image_stamp)
        select coin_id, face, said ->> 'legend', said ->> 'description', said ->> 'image_location', said ->> 'image_stamp'
        from incoming_side where side_id is null and jsonb_strip_nulls(said) <> '{}' order by n, face
        returning side_id, coin_id, face),
    known as (
        update incoming_side i set side_id = m.side_id from made m where (i.coin_id, i.face) = (m.coin_id, m.face) returning i.n)
    update incoming i set status = 'changed' where i.status = 'unchanged' and i.n in (select n from known);
    -- What another file shows is seen when it is examined; where there is none any more, nothing is left.
    with gone as (
        update core.side s set sha256 = null from incoming_side i
        where i.side_id = s.side_id and s.image_location is null and s.sha256 is not null returning s.side_id)
    select coalesce(array_agg(side_id), '{}') into stale from gone;
    perform job.forget_sides(stale);
    perform job.store_dies(store_sides.source_id);
end $$;

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

create function job.store_types(source_id int) returns void language plpgsql as $$
declare
    source text := (select location from core.source s where s.source_id = store_types.source_id);
begin
    create temp table if not exists incoming_type (
        n int, coin_id int, turn int, catalogue text, number text, label text, uri text, type_id int) on commit delete rows;
    if exists (select from incoming_type) then truncate incoming_type; end if;
    insert into incoming_type (n, coin_id, turn, catalogue, number, label, uri)
    select i.n, i.coin_id, t.turn, e ->> 'catalogue', e ->> 'number', e ->> 'label', e ->> 'uri'
    from incoming i, jsonb_array_elements(i.types) with ordinality as t (e, turn)
    where i.status in ('new', 'unchanged', 'changed');
    insert into core.type (catalogue, number, label, uri)
    select distinct on (catalogue, number, label) catalogue, number, label, uri
    from incoming_type order by catalogue, number, label, uri
    on conflict do nothing;
    update incoming_type i set type_id = t.type_id from core.type t
    where (t.catalogue, t.number, t.label) is not distinct from (i.catalogue, i.number, i.label);
    perform job.name_types(array(select distinct i.type_id from incoming_type i));
    with dropped as (
        delete from core.coin_type ct using incoming i
        where i.status in ('unchanged', 'changed') and i.types is not null and ct.coin_id = i.coin_id
          and ct.said_by_kind = 'source' and ct.said_by = source
          and ct.type_id not in (select t.type_id from incoming_type t where t.n = i.n)
        returning i.n),
    added as (
        insert into core.coin_type (coin_id, type_id, said_by_kind, said_by, rank)
        select coin_id, type_id, 'source', source, turn from incoming_type order by n, turn
        on conflict do nothing returning coin_id)
    update incoming i set status = 'changed'
    where i.status = 'unchanged'
      and (i.n in (select n from dropped) or i.coin_id in (select coin_id from added));
    perform job.choose_primary_types(array(select coin_id from incoming where types is not null));
end $$;

create function job.choose_primary_types(coins int[]) returns void language sql as $$
    -- A person's word before a source's; then the surer, then the first. A model's is a proposal, and figures
    -- take the primary type for a label: no one's type is what no one has accepted.
    update core.coin_type ct set is_primary = true
    where (ct.coin_id, ct.type_id, ct.said_by_kind, ct.said_by) in (
        select distinct on (c.coin_id) c.coin_id, c.type_id, c.said_by_kind, c.said_by
        from core.coin_type c
        where c.coin_id = any(coins) and c.said_by_kind <> 'model'
          and not exists (select from core.coin_type p where p.coin_id = c.coin_id and p.is_primary)
        order by c.coin_id, array_position(array['person', 'source'], c.said_by_kind),
                 c.certainty desc nulls last, c.rank, c.type_id)
$$;

create function job.store_records(source_id int) returns void language plpgsql as $$
#variable_conflict use_column
begin
    delete from core.fault f using core.record r, incoming i
    where f.record_id = r.record_id and r.source_id = store_records.source_id
      and r.coin_id = i.coin_id and i.status in ('new', 'unchanged', 'changed');
    with kept as (
        insert into core.record as r (source_id, place, coin_id, raw, digest)
        select store_records.source_id, place, coin_id, raw, digest from incoming
        where status in ('new', 'unchanged', 'changed') order by n
        on conflict (source_id, coin_id) where coin_id is not null
            do update set place = excluded.place, raw = excluded.raw, digest = excluded.digest
        returning r.record_id, r.coin_id)
    update incoming i set record_id = k.record_id from kept k
    where k.coin_id = i.coin_id and i.status <> 'refused';
    with kept as (
        insert into core.record as r (source_id, place, raw, digest, refusal)
        select store_records.source_id, place, raw, digest, refusal from incoming
        where status = 'refused' order by n
        on conflict (source_id, place) where coin_id is null do update set refusal = excluded.refusal
        returning r.record_id, r.place)
    update incoming i set record_id = k.record_id from kept k where k.place = i.place and i.status = 'refused';
    insert into core.fault (record_id, column_name, value_text, reason)
    select i.record_id, e ->> 'column', e ->> 'text', e ->> 'reason'
    from incoming i, jsonb_array_elements(i.faults || case when i.refusal is null then '[]' else
             jsonb_build_array(jsonb_build_object('column', '', 'text', '', 'reason', i.refusal)) end) with ordinality x (e, turn)
    where i.status <> 'same' order by i.n, x.turn
    on conflict do nothing;
    update incoming set status = 'unchanged' where status = 'same';
end $$;
comment on function job.load_records is
    'Stores one batch of records (JSON as coinstore.records.load writes it) in the caller''s transaction.';

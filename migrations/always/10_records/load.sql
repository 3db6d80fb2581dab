-- Loading records. Python hands over batches as JSON; the rules are here.
-- A batch goes through temporary tables: incoming (a row for each record) and incoming_side.
-- A batch is small and the tables are large. Some functions forbid what would read a whole table: while a
-- load runs, the statistics are those of a small table.

create function job.begin_source(location text) returns int language plpgsql as $$
declare
    id int;
begin
    insert into core.source (location) values (begin_source.location) on conflict do nothing;
    select source_id into id from core.source s where s.location = begin_source.location for update;
    -- Records that were refused last time are judged again.
    delete from core.record where source_id = id and coin_id is null;
    create temp table if not exists seen (
        collection text, inventory_number text, place text, primary key (collection, inventory_number));
    -- Emptied when the batch is committed, in place: a truncate makes new files for a table and its indexes.
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
comment on function job.begin_source is
    'Prepares the session for loading a source; returns its key. Another load of the same source waits.';

create function job.begin_ingest(source_id int) returns int language sql as $$
    insert into core.ingest_run (source_id) values (begin_ingest.source_id) returning run_id
$$;
comment on function job.begin_ingest is 'Notes that a run over a source begins; returns its number.';

create function job.note_ingest(run int, new int, changed int, unchanged int, refused int, faults int,
                                is_ended boolean) returns void language sql as $$
    update core.ingest_run r
    set new = r.new + note_ingest.new, changed = r.changed + note_ingest.changed,
        unchanged = r.unchanged + note_ingest.unchanged, refused = r.refused + note_ingest.refused,
        faults = r.faults + note_ingest.faults, noted_at = clock_timestamp(), is_ended = note_ingest.is_ended
    where r.run_id = run
$$;
comment on function job.note_ingest is
    'Adds the counts of a batch to its run, in the transaction of the batch.';

create function job.load_records(source_id int, batch jsonb)
returns table (new int, changed int, unchanged int, refused int, faults int)
language plpgsql as $$
begin
    -- One batch at a time: two loads with the same coins in different order would wait for each other.
    perform job.lock('records');
    perform job.take_batch(batch);
    perform job.match_coins(load_records.source_id);
    if exists (select from incoming i where i.status in ('new', 'unchanged')) then
        perform job.apply_terms();
        perform job.keep_accepted();
        perform job.store_fields();
        perform job.keep_recorded();
        perform job.store_sides(load_records.source_id);
        perform job.store_types(load_records.source_id);
        perform job.forget_sentences(array(select i.coin_id from incoming i where i.status = 'changed'));
    end if;
    perform job.store_records(load_records.source_id);
    return query
        select count(*) filter (where status = 'new')::int, count(*) filter (where status = 'changed')::int,
               count(*) filter (where status = 'unchanged')::int,
               count(*) filter (where status = 'refused')::int,
               (select count(*)::int from core.fault f join incoming i using (record_id))
               -- of photographs that were examined before this run: the others are counted when they are
               + (select count(*)::int
                  from core.fault f join core.side d using (side_id) join incoming i using (coin_id)
                  where f.space_id is null and d.image_examined and f.noted_at < (
                      select max(n.started_at) from core.ingest_run n
                      where n.source_id = load_records.source_id))
        from incoming;
end $$;
comment on function job.load_records is
    'Stores one batch of records (JSON as coinstore.records.load writes it) in the caller''s transaction.';

create function job.take_batch(batch jsonb) returns void language plpgsql as $$
begin
    -- A dry run commits nothing, so the batch before is still there.
    if exists (select from incoming) then truncate incoming, incoming_side; end if;
    insert into incoming (n, place, raw, collection, inventory_number, fields, sides, types, faults, refusal,
                          digest)
    select n, e ->> 'place', e -> 'raw', e ->> 'collection', e ->> 'inventory_number',
           e -> 'fields', e -> 'sides', nullif(e -> 'types', 'null'), e -> 'faults', e ->> 'refusal',
           md5((e - 'place')::text)::uuid
    from jsonb_array_elements(batch) with ordinality as b (e, n);
    -- One number, one coin: the first record of a run has it.
    insert into seen select collection, inventory_number, place from incoming where refusal is null order by n
    on conflict do nothing;
    update incoming i
    set refusal = format('repeats the inventory number %s of %s', s.inventory_number, s.place)
    from seen s
    where i.refusal is null and s.place <> i.place
      and (s.collection, s.inventory_number) = (i.collection, i.inventory_number);
    update incoming set status = 'refused' where refusal is not null;
    analyze incoming (n, place, collection, inventory_number, status);   -- analysing the JSON takes too long
end $$;
comment on function job.take_batch is 'Takes a batch into the table incoming, and refuses repeated numbers.';

create function job.match_coins(source_id int) returns void
language plpgsql set enable_hashjoin = off set enable_mergejoin = off as $$
begin
    insert into core.collection (name)
    select distinct collection from incoming where status <> 'refused' order by 1 on conflict do nothing;
    with added as (
        insert into core.coin (collection_id, inventory_number, weight_g, diameter_mm, diameter_min_mm,
                               die_axis_h, material, denomination, mint, authority, portrait, year_from,
                               year_to, findspot, provenance)
        select l.collection_id, i.inventory_number, f.weight_g, f.diameter_mm, f.diameter_min_mm,
               f.die_axis_h, f.material, f.denomination, f.mint, f.authority, f.portrait, f.year_from,
               f.year_to, f.findspot, f.provenance
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
    -- A record that reads as it did last time needs nothing else: only its place can have moved.
    update core.record r set place = i.place
    from incoming i
    where r.source_id = match_coins.source_id and r.coin_id = i.coin_id and r.digest = i.digest
      and r.place <> i.place;
    -- A record that lost a photograph to another one is judged again: the other may have released it.
    update incoming i set record_id = r.record_id, status = 'same'
    from core.record r
    where r.source_id = match_coins.source_id and r.coin_id = i.coin_id and r.digest = i.digest
      and not exists (select from core.fault f where f.record_id = r.record_id
                      and f.column_name in ('obverse image', 'reverse image')
                      and f.reason like job.one_side_only() || '%');
end $$;
comment on function job.match_coins is
    'Finds the coin of each incoming record, or makes it. Status: new, unchanged (so far), or same as last '
    'time.';

create function job.store_fields() returns void
language sql set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
    with merged as (
        select i.n, (jsonb_populate_record(c, i.fields)).*
        from incoming i join core.coin c using (coin_id)
        where i.status in ('new', 'unchanged') and jsonb_populate_record(c, i.fields) is distinct from c),
    stored as (
        update core.coin c
        set weight_g = m.weight_g, diameter_mm = m.diameter_mm, diameter_min_mm = m.diameter_min_mm,
            die_axis_h = m.die_axis_h, material = m.material, denomination = m.denomination,
            mint = m.mint, authority = m.authority, portrait = m.portrait, year_from = m.year_from,
            year_to = m.year_to, findspot = m.findspot, provenance = m.provenance
        from merged m where m.coin_id = c.coin_id
        returning c.coin_id)
    update incoming i set status = 'changed'
    from stored s where s.coin_id = i.coin_id and i.status = 'unchanged'
$$;
comment on function job.store_fields is 'Updates the coins whose records have other values than before.';

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
    update incoming i set record_id = k.record_id from kept k
    where k.place = i.place and i.status = 'refused';
    insert into core.fault (record_id, column_name, value_text, reason)
    select i.record_id, e ->> 'column', e ->> 'text', e ->> 'reason'
    from incoming i
    cross join lateral jsonb_array_elements(i.faults || case when i.refusal is null then '[]' else
        jsonb_build_array(jsonb_build_object('column', '', 'text', '', 'reason', i.refusal)) end)
        with ordinality x (e, turn)
    where i.status <> 'same' order by i.n, x.turn
    on conflict do nothing;
    update incoming set status = 'unchanged' where status = 'same';
end $$;
comment on function job.store_records is
    'Stores the incoming records as they came, and what was not accepted of them.';

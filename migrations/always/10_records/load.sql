-- Loading records. Python hands over batches; the rules are here.
-- A batch goes through temporary tables. Python copies to incoming_head and incoming_record; incoming and
-- incoming_side are made of them. What is large is apart: an update copies its whole row.
-- A batch is small and the tables are large. Some functions forbid what would read a whole table: while a
-- load runs, the statistics are those of a small table.

create function job.begin_source(location text) returns int language plpgsql as $$
declare
    id int;
begin
    -- First, as in each batch: a dry run keeps all its locks until it ends.
    perform job.lock('records');
    insert into core.source (location) values (begin_source.location) on conflict do nothing;
    select source_id into id from core.source s where s.location = begin_source.location for no key update;
    -- Records that were refused last time are judged again.
    delete from core.record where source_id = id and coin_id is null;
    perform job.make_incoming();
    return id;
end $$;
comment on function job.begin_source is
    'Prepares the session for loading a source; returns its key. Another load of the same source waits.';

create function job.make_incoming() returns void language plpgsql as $$
begin
    create temp table if not exists seen (coin_id int primary key, place text);
    -- Emptied when the batch is committed, in place: a truncate makes new files for a table and its indexes.
    create temp table if not exists incoming_head (
        n int, place text, collection text, inventory_number text, refusal text, digest text,
        is_whole boolean)
        on commit delete rows;
    create temp table if not exists incoming (
        n int primary key, place text, collection text, inventory_number text, refusal text, digest uuid,
        collection_id int, coin_id int, record_id int, status text, is_whole boolean, said jsonb)
        on commit delete rows;
    create temp table if not exists incoming_record (
        n int primary key, raw jsonb, fields jsonb, sides jsonb, types jsonb, faults jsonb, more jsonb)
        on commit delete rows;
    -- Compressing what is gone in a moment takes longer than writing it.
    alter table incoming_record alter raw set storage external, alter fields set storage external,
        alter sides set storage external, alter types set storage external, alter faults set storage external,
        alter more set storage external;
    create temp table if not exists incoming_side (
        n int, coin_id int, side_id int, face text, said jsonb, primary key (n, face)) on commit delete rows;
    create temp table if not exists incoming_type (
        n int, coin_id int, turn int, catalogue text, number text, label text, uri text,
        is_uncertain boolean, type_id int)
        on commit delete rows;
    create temp table if not exists incoming_withdrawn (
        n int, coin_id int, record_id int, name text, is_gone boolean, is_replaced boolean)
        on commit delete rows;
    create temp table if not exists incoming_value (
        n int, field text, rank int, value text, uri text, is_uncertain boolean) on commit delete rows;
    create temp table if not exists incoming_reference (
        coin_id int, rank int, kind text, label text, catalogue text, number text, uri text)
        on commit delete rows;
    create temp table if not exists lost_claim (
        coin_id int, face text, location text, stamp text, part text, of_both boolean, licence text,
        rights_holder text);
    truncate seen, lost_claim;
end $$;
comment on function job.make_incoming is 'Makes the temporary tables of a load, or empties them.';

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

create function job.take_batch(source_id int) returns int[] language plpgsql
set enable_hashjoin = off set enable_mergejoin = off as $$
begin
    -- One batch at a time: two loads with the same coins in different order would wait for each other.
    perform job.lock('records');
    -- A crash of the server may lose the last batches; the next run loads them. The commit that ends the
    -- load is a real one, and everything before it is safe by then.
    perform set_config('synchronous_commit', 'off', true);
    insert into core.collection (name)
    select distinct h.collection from incoming_head h
    where h.refusal is null and not exists (select from core.collection l where l.name = h.collection)
    order by 1;
    insert into incoming (n, place, collection, inventory_number, refusal, digest, collection_id, coin_id,
                          record_id, status, is_whole)
    select h.n, h.place, h.collection, h.inventory_number, h.refusal, h.digest::uuid, l.collection_id,
           c.coin_id, r.record_id,
           case when h.refusal is not null then 'refused' when c.coin_id is null then 'new'
                when r.digest = h.digest::uuid then 'same' else 'unchanged' end,
           h.is_whole
    from incoming_head h
    left join core.collection l on l.name = h.collection and h.refusal is null
    -- By the whole key: where the table looks small, a join would read a collection for each record.
    left join lateral (
        select k.coin_id from core.coin k
        where (k.collection_id, k.inventory_number) = (l.collection_id, h.inventory_number) limit 1) c on true
    left join core.record r on (r.source_id, r.coin_id) = (take_batch.source_id, c.coin_id);
    perform job.refuse_repeated();
    perform job.pass_same();
    analyze incoming (n, collection_id, coin_id, record_id, status);
    return array(select n from incoming where status <> 'same' order by n);
end $$;
comment on function job.take_batch is
    'Takes a batch from the table incoming_head, and finds the coin of each record. Status: refused, new, '
    'unchanged (so far), or same as last time. Returns the numbers of the others: what they say is to be '
    'copied to incoming_record.';

create function job.refuse_repeated() returns void language plpgsql as $$
declare
    firsts int;
begin
    -- One number, one coin: the first record of a run has it.
    insert into seen select coin_id, place from incoming where coin_id is not null order by n
    on conflict do nothing;
    get diagnostics firsts = row_count;
    if firsts < (select count(*) from incoming where coin_id is not null) then
        update incoming i
        set status = 'refused', coin_id = null, record_id = null,
            refusal = format('repeats the inventory number %s of %s', i.inventory_number, s.place)
        from seen s where s.coin_id = i.coin_id and s.place <> i.place;
    end if;
    update incoming i
    set status = 'refused',
        refusal = format('repeats the inventory number %s of %s', i.inventory_number, f.place)
    from (select collection_id, inventory_number, min(n) as n, (array_agg(place order by n))[1] as place
          from incoming where status = 'new' group by 1, 2 having count(*) > 1) f
    where i.status = 'new' and i.n > f.n
      and (i.collection_id, i.inventory_number) = (f.collection_id, f.inventory_number);
end $$;
comment on function job.refuse_repeated is 'Refuses records whose coin has a record in this run already.';

create function job.pass_same() returns void language plpgsql as $$
begin
    -- A record that reads as it did last time needs nothing else: only its place can have moved.
    update core.record r set place = i.place
    from incoming i where i.status = 'same' and r.record_id = i.record_id and r.place <> i.place;
    -- A record that lost a photograph to another one is judged again: the other may have released it.
    update incoming i set status = 'unchanged'
    where i.status = 'same' and exists (
        select from core.fault f
        where f.record_id = i.record_id and f.column_name in ('obverse image', 'reverse image')
          and f.reason like job.one_side_only() || '%');
end $$;
comment on function job.pass_same is 'Decides which of the records that read as last time need nothing else.';

create function job.load_records(source_id int)
returns table (new int, changed int, unchanged int, refused int, faults int)
language plpgsql as $$
begin
    if exists (select from incoming i where i.status in ('new', 'unchanged')) then
        perform job.take_values(load_records.source_id);
        perform job.withdraw(load_records.source_id);
        perform job.apply_terms();
        perform job.keep_accepted();
        perform job.add_coins();
        perform job.store_fields();
        perform job.store_values(load_records.source_id);
        perform job.keep_recorded();
        perform job.store_sides(load_records.source_id);
        perform job.store_types(load_records.source_id);
        perform job.store_references(load_records.source_id);
        perform job.forget_texts(array(select i.coin_id from incoming i where i.status = 'changed'));
    end if;
    perform job.store_records(load_records.source_id);
    return query
        select count(*) filter (where status = 'new')::int, count(*) filter (where status = 'changed')::int,
               count(*) filter (where status in ('unchanged', 'same'))::int,
               count(*) filter (where status = 'refused')::int, job.count_faults(load_records.source_id)
        from incoming;
end $$;
comment on function job.load_records is
    'Stores the batch of records that job.take_batch took, in the caller''s transaction.';

create function job.forget_batch() returns void language sql as $$
    truncate incoming_head, incoming, incoming_record, incoming_side, incoming_type, incoming_withdrawn,
        incoming_value, incoming_reference
$$;
comment on function job.forget_batch is
    'Empties the tables of a batch, for a dry run; else its commit does that.';

create function job.count_faults(source_id int) returns int language sql
set enable_hashjoin = off set enable_mergejoin = off as $$
    select (select count(*)::int from core.fault f join incoming i using (record_id))
           -- of photographs that were examined before this run: the others are counted when they are
           + (select count(*)::int
              from core.fault f join core.side d using (side_id) join incoming i using (coin_id)
              where f.space_id is null and d.image_examined and f.noted_at < (
                  select max(n.started_at) from core.ingest_run n
                  where n.source_id = count_faults.source_id))
$$;
comment on function job.count_faults is 'The number of faults of the batch that is being loaded.';

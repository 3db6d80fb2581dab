-- Loading records: the coins of a batch, their values, and the records as they came (load.sql).

create function job.add_coins() returns void language sql set enable_mergejoin = off as $$
    with added as (
        insert into core.coin (collection_id, inventory_number, weight_g, diameter_mm, diameter_min_mm,
                               die_axis_h, material, denomination, mint, authority, portrait, year_from,
                               year_to, findspot, provenance, hoard, uri, denomination_uri, material_uri,
                               mint_uri, authority_uri, portrait_uri, findspot_uri, hoard_uri)
        select i.collection_id, i.inventory_number, f.weight_g, f.diameter_mm, f.diameter_min_mm,
               f.die_axis_h, f.material, f.denomination, f.mint, f.authority, f.portrait, f.year_from,
               f.year_to, f.findspot, f.provenance, f.hoard, f.uri, f.denomination_uri, f.material_uri,
               f.mint_uri, f.authority_uri, f.portrait_uri, f.findspot_uri, f.hoard_uri
        from incoming i join incoming_record s using (n)
        cross join lateral jsonb_populate_record(null::core.coin, s.fields) f
        where i.status = 'new' order by i.n
        returning coin_id, collection_id, inventory_number)
    update incoming i set coin_id = a.coin_id
    from added a
    where i.status = 'new'
      and (a.collection_id, a.inventory_number) = (i.collection_id, i.inventory_number);
    insert into seen select coin_id, place from incoming where status = 'new'
$$;
comment on function job.add_coins is 'Makes the coins of the records whose coin is not known.';

create function job.with_addresses(c core.coin, fields jsonb) returns jsonb language sql immutable as $$
    -- Where a record has another name and no address, the address of the former name goes with it.
    select case when num_nonnulls(c.denomination_uri, c.material_uri, c.mint_uri, c.authority_uri,
                                  c.portrait_uri, c.findspot_uri, c.hoard_uri) = 0 then fields
           else (select coalesce(jsonb_object_agg(f || '_uri', null), '{}') || fields
                 from unnest('{denomination, material, mint, authority, portrait, findspot, hoard}'::text[]) f
                 where fields ? f and fields ->> f is distinct from to_jsonb(c) ->> f) end
$$;
comment on function job.with_addresses is
    'What a record says of the fields of a coin, with null for the address of each new name that has none.';

create function job.store_fields() returns void
language sql set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
    with merged as (
        select m.*
        from incoming i join incoming_record s using (n) join core.coin c using (coin_id)
        cross join lateral jsonb_populate_record(c, job.with_addresses(c, s.fields)) m
        where i.status = 'unchanged' and m is distinct from c),
    stored as (
        update core.coin c
        set weight_g = m.weight_g, diameter_mm = m.diameter_mm, diameter_min_mm = m.diameter_min_mm,
            die_axis_h = m.die_axis_h, material = m.material, denomination = m.denomination,
            mint = m.mint, authority = m.authority, portrait = m.portrait, year_from = m.year_from,
            year_to = m.year_to, findspot = m.findspot, provenance = m.provenance, hoard = m.hoard,
            uri = m.uri, denomination_uri = m.denomination_uri, material_uri = m.material_uri,
            mint_uri = m.mint_uri, authority_uri = m.authority_uri, portrait_uri = m.portrait_uri,
            findspot_uri = m.findspot_uri, hoard_uri = m.hoard_uri
        from merged m where m.coin_id = c.coin_id
        returning c.coin_id)
    update incoming i set status = 'changed'
    from stored s where s.coin_id = i.coin_id and i.status = 'unchanged'
$$;
comment on function job.store_fields is 'Updates the coins whose records have other values than before.';

create function job.store_records(source_id int) returns void language plpgsql as $$
#variable_conflict use_column
begin
    perform job.replace_records();
    with kept as (
        insert into core.record (source_id, place, coin_id, raw, digest, licence, rights_holder, language,
                                 said)
        select store_records.source_id, i.place, i.coin_id, s.raw, i.digest, s.more ->> 'licence',
               s.more ->> 'rights_holder', s.more ->> 'language', i.said
        from incoming i join incoming_record s using (n)
        where i.status <> 'refused' and i.record_id is null order by n
        returning record_id, coin_id)
    update incoming i set record_id = k.record_id
    from kept k, incoming_record s
    where k.coin_id = i.coin_id and s.n = i.n and s.faults <> '[]';
    with kept as (
        insert into core.record as r (source_id, place, raw, digest, refusal)
        select store_records.source_id, i.place, s.raw, i.digest, i.refusal
        from incoming i join incoming_record s using (n)
        where i.status = 'refused' order by n
        on conflict (source_id, place) where coin_id is null do update set refusal = excluded.refusal
        returning r.record_id, r.place)
    update incoming i set record_id = k.record_id from kept k
    where k.place = i.place and i.status = 'refused';
    insert into core.fault (record_id, column_name, value_text, reason)
    select i.record_id, e ->> 'column', e ->> 'text', e ->> 'reason'
    from incoming i join incoming_record s using (n)
    cross join lateral jsonb_array_elements(s.faults || case when i.refusal is null then '[]' else
        jsonb_build_array(jsonb_build_object('column', '', 'text', '', 'reason', i.refusal)) end)
        with ordinality x (e, turn)
    where i.status <> 'same' and (s.faults <> '[]' or i.refusal is not null) order by i.n, x.turn
    on conflict do nothing;
end $$;
comment on function job.store_records is
    'Stores the incoming records as they came, and what was not accepted of them.';

create function job.replace_records() returns void language plpgsql
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
begin
    if not exists (select from incoming where status in ('unchanged', 'changed')) then
        return;
    end if;
    delete from core.fault f using incoming i
    where f.record_id = i.record_id and i.status in ('unchanged', 'changed');
    -- The rights are no value of the coin, but a record that has others has changed.
    update incoming i set status = 'changed'
    from incoming_record s, core.record r
    where i.status = 'unchanged' and s.n = i.n and r.record_id = i.record_id
      and (r.licence, r.rights_holder, r.language) is distinct from
          (s.more ->> 'licence', s.more ->> 'rights_holder', s.more ->> 'language');
    update core.record r
    set place = i.place, raw = s.raw, digest = i.digest, licence = s.more ->> 'licence',
        rights_holder = s.more ->> 'rights_holder', language = s.more ->> 'language', said = i.said
    from incoming i join incoming_record s using (n)
    where r.record_id = i.record_id and i.status in ('unchanged', 'changed');
end $$;
comment on function job.replace_records is
    'Stores the incoming records of known coins in place of what the source said of them before.';

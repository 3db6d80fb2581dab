-- Photographs that records claim: which side gets each one, which are released, and which no record names.

create function job.one_side_only() returns text language sql immutable as $$
    -- A record with such a fault is judged again at each load: the other record may have released the
    -- photograph.
    select 'a photograph shows one side of one coin, and '
$$;
comment on function job.one_side_only is
    'How the reason begins when a photograph already belongs to a side of another coin.';

create function job.keep_photographs() returns void language plpgsql as $$
begin
    -- A missing file takes nothing away, and one that cannot be reached: the side keeps its photograph and
    -- its vectors.
    update incoming_record i set faults = i.faults || x.added
    from (select m.n, jsonb_agg(jsonb_build_object(
                     'column', m.face || ' image', 'text', m.said ->> 'image_location',
                     'reason', case m.said ->> 'image_stamp' when 'missing' then 'the file is not there'
                               else 'the file cannot be reached now' end
                               || '; the photograph that was known is kept')
                     order by m.face) as added
          from incoming_side m join core.side s using (side_id)
          where m.said ->> 'image_stamp' in ('missing', 'unreachable') and s.sha256 is not null
          group by m.n) x
    where x.n = i.n;
    update incoming_side m
    set said = m.said - 'image_stamp' - array(select jsonb_object_keys(job.no_photograph()))
    from core.side s
    where s.side_id = m.side_id and m.said ->> 'image_stamp' in ('missing', 'unreachable')
      and s.sha256 is not null;
end $$;
comment on function job.keep_photographs is
    'Sides whose file is missing or cannot be reached keep the photograph that they have.';

create function job.settle_claims() returns void language sql as $$
    with claim as (
        select n, coin_id, face, said ->> 'image_location' as location, said ->> 'image_stamp' as stamp,
               said ->> 'image_part' as part, (said ->> 'image_of_both')::boolean as of_both,
               said ->> 'image_licence' as licence, said ->> 'image_rights_holder' as rights_holder,
               -- Both faces of a coin may have one photograph, which then shows both.
               rank() over (partition by said ->> 'image_location' order by n) as turn
        from incoming_side where said ->> 'image_location' is not null),
    lost as (
        select c.*, case
                   when c.stamp = 'missing' then 'the file is not there'
                   when c.turn > 1 then job.one_side_only() || 'another record of this source claims it first'
                   else job.one_side_only()
                        || format('it is already the %s of %s/%s', o.face, l.name, k.inventory_number)
                   end as why
        from claim c
        left join lateral (
            select o.side_id, o.coin_id, o.face from core.side o
            where o.image_location = c.location and o.coin_id <> c.coin_id
              and not exists (select from incoming_side m where (m.coin_id, m.face) = (o.coin_id, o.face)
                                                            and m.said ? 'image_location')
            order by o.face limit 1) o on true
        left join core.coin k on k.coin_id = o.coin_id
        left join core.collection l using (collection_id)
        where c.turn > 1 or o.side_id is not null),
    emptied as (
        update incoming_side i
        set said = i.said || '{"image_stamp": null}' || job.no_photograph()
        from lost x where (x.n, x.face) = (i.n, i.face)),
    kept as (
        insert into lost_claim
        select coin_id, face, location, stamp, part, of_both, licence, rights_holder
        from lost where stamp <> 'missing')
    update incoming_record i
    set faults = i.faults || x.added
    from (select n, jsonb_agg(jsonb_build_object('column', face || ' image', 'text', location, 'reason', why)
                              order by face) as added
          from lost group by n) x
    where x.n = i.n
$$;
comment on function job.settle_claims is
    'A photograph belongs to the first coin that claims it, for one face or for both; every other claim is '
    'a fault, kept in lost_claim.';

create function job.regain_photographs(source_id int) returns int language plpgsql as $$
declare
    faults int;
begin
    perform job.lock('records');
    -- A record can claim a photograph before the record comes that releases it.
    create temp table regained on commit drop as
    select l.* from (select distinct c.*, rank() over (partition by location order by coin_id) as turn
                     from lost_claim c) l
    where l.turn = 1 and not exists (select from core.side o where o.image_location = l.location)
    order by location, coin_id, face;
    insert into core.side (coin_id, face) select coin_id, face from regained on conflict do nothing;
    update core.side s set image_location = r.location, image_stamp = r.stamp, image_part = r.part,
                           image_of_both = r.of_both, image_licence = r.licence,
                           image_rights_holder = r.rights_holder
    from regained r where (s.coin_id, s.face) = (r.coin_id, r.face);
    delete from core.fault f using regained r, core.record c
    where c.source_id = regain_photographs.source_id and c.coin_id = r.coin_id and f.record_id = c.record_id
      and (f.column_name, f.value_text) = (r.face || ' image', r.location)
      and f.reason like job.one_side_only() || '%';
    get diagnostics faults = row_count;
    drop table regained;
    truncate lost_claim;
    return faults;
end $$;
comment on function job.regain_photographs is
    'When all records of a source are loaded: gives sides the photographs that other sides have released '
    'since. Returns how many faults that removed.';

create function job.note_unnamed(source_id int, locations text[], at_most int)
returns table (noted int, others int) language plpgsql as $$
#variable_conflict use_column
begin
    delete from core.record r using core.side s
    where r.coin_id is null and r.raw ? 'unnamed' and s.image_location = r.raw ->> 'unnamed';
    return query
        with unnamed as (
            select x, row_number() over (order by turn) as n
            from unnest(locations) with ordinality l (x, turn)
            where not exists (select from core.side s where s.image_location = x)),
        kept as (
            insert into core.record (source_id, place, raw, digest, refusal)
            select note_unnamed.source_id, x, jsonb_build_object('unnamed', x), md5(x)::uuid,
                   'no accepted record names this photograph'
            from unnamed where n <= at_most order by n
            on conflict do nothing returning record_id, refusal),
        faulty as (insert into core.fault (record_id, reason) select record_id, refusal from kept returning 1)
        select (select count(*)::int from faulty), (select count(*)::int from unnamed where n > at_most);
end $$;
comment on function job.note_unnamed is
    'Stores a fault for each of the first at_most photographs that no side has; returns how many are new, '
    'and how many photographs are beyond at_most.';

create function job.note_others(source_id int, place text, others int) returns void language sql as $$
    with kept as (
        insert into core.record (source_id, place, raw, digest, refusal)
        select note_others.source_id, place, jsonb_build_object('others', others), md5(place)::uuid,
               format('%s more photographs that no record names', others)
        on conflict (source_id, place) where coin_id is null do update set refusal = excluded.refusal
        returning record_id, refusal)
    insert into core.fault (record_id, reason) select record_id, refusal from kept
$$;
comment on function job.note_others is
    'Stores one fault for the remaining photographs of a place that no record names.';

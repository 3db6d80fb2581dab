-- Photographs: what readers see of them, and the images stage, which examines them.

create view api.images as
select s.side_id, s.coin_id, s.face,
       -- Hidden here and not only by the WHERE: an error in a user's condition can name the value it was
       -- tried on.
       case when hidden then null else part.shown_location(s.image_location) end as location,
       case when hidden then null else encode(s.sha256, 'hex') end as sha256,
       i.format, i.width_px, i.height_px, i.size_bytes, coalesce(o.thumbnail, i.thumbnail) as thumbnail,
       case when hidden then null else s.image_licence end as licence,
       case when hidden then null else s.image_rights_holder end as rights_holder
from core.side s
cross join lateral (
    select (select job.hides(true))
           and job.hides_coin(s.coin_id, (select job.hidden_collections(true))) as hidden) h
left join core.image i on i.sha256 = s.sha256
left join core.outline o on o.side_id = s.side_id and o.sha256 = s.sha256
where s.image_location is not null and nullif(hidden, true) is not null;
comment on view api.images is
    'One row for each side that has a photograph; sha256 is null if the photograph cannot be used.';
comment on column api.images.face is 'obverse or reverse';
comment on column api.images.thumbnail is
    'A small JPEG; of a photograph that shows both faces of the coin, only this face';
comment on column api.images.licence is
    'Licence of the photograph, as the source gives it; that of the record is often another: api.records';
comment on column api.images.rights_holder is 'Holder of the rights in the photograph';

create function job.unexamined_images() returns bigint language sql stable as $$
    select count(*) from core.side where image_location is not null and not image_examined
$$;

create function job.retry_images(source text, every boolean) returns int language sql as $$
    with failed as (
        select s.coin_id, s.image_location from core.fault f join core.side s using (side_id)
        where f.space_id is null and s.image_examined
          and (every or exists (select from core.image_retry r
                                where r.side_id = s.side_id and r.due_at <= now()))
          and (retry_images.source is null or exists (
              select from core.record r join core.source o using (source_id)
              where r.coin_id = s.coin_id and o.location = retry_images.source))),
    again as (
        -- With the other face, if it shares the photograph.
        update core.side s set image_examined = false from failed f
        where (s.coin_id, s.image_location) = (f.coin_id, f.image_location) returning 1)
    select count(*)::int from again
$$;
comment on function job.retry_images is
    'Marks photographs of a source (null: all) that could not be used as unexamined again: those on a '
    'network when their pause is over, and with every also all others. Returns how many.';

create function job.note_retries(batch jsonb) returns void language sql as $$
    -- The pause doubles, from a minute to a week.
    with failed as (
        select (e ->> 'side_id')::int as side_id from jsonb_array_elements(batch) e
        where (e ->> 'again')::boolean),
    noted as (
        insert into core.image_retry as r (side_id, tries, due_at)
        select side_id, 1, now() + interval '1 minute' from failed
        on conflict (side_id) do update set
            tries = r.tries + 1,
            due_at = now() + least(interval '1 minute' * 2 ^ least(r.tries, 14), interval '7 days'))
    delete from core.image_retry r using jsonb_array_elements(batch) e
    where r.side_id = (e ->> 'side_id')::int and r.side_id not in (select side_id from failed)
$$;
comment on function job.note_retries is
    'Notes when photographs that could not be reached are tried again; forgets the others of the batch.';

create view job.named_photographs as
select s.side_id, s.image_location as location, s.face, s.image_of_both is not null as is_of_both,
       case coalesce(s.image_part, case s.face when 'obverse' then 'first' else 'second' end)
           when 'first' then 0 else 1 end as part,
       s.face = 'reverse' and exists (
           select from core.side o
           where o.coin_id = s.coin_id and o.image_location = s.image_location and o.face = 'obverse')
           as is_second
from core.side s where s.image_location is not null;
comment on view job.named_photographs is
    'What records say about photographs: which of two coins in it is this face (part: 0 is left or above), '
    'whether it is named for both faces, and whether the obverse has the same one (is_second).';

create function job.stamps_of_both(locations text[]) returns table (location text, stamp text)
language sql stable as $$
    select distinct s.image_location, s.image_stamp from core.side s
    where s.image_location = any(locations) and s.image_of_both and s.sha256 is not null
$$;
comment on function job.stamps_of_both is
    'Of these photographs, those that are known to show both faces of a coin, with the stamps of files.';

create function job.claim_images(after int, at_most int) returns setof job.named_photographs
language plpgsql as $$
begin
    -- Only for this transaction: if the server's machine fails, the last photographs are examined again.
    perform set_config('synchronous_commit', 'off', true);
    return query
        with claimed as (
            select s.side_id from core.side s
            where s.image_location is not null and not s.image_examined and s.side_id > after
            order by s.side_id limit at_most
            for no key update skip locked)
        select p.* from claimed c join job.named_photographs p using (side_id) order by p.side_id;
end $$;
comment on function job.claim_images is
    'The next photographs to examine; until the transaction ends other workers skip them.';

create function job.store_images(batch jsonb, thumbnails bytea[], coins bytea[], runs int[] default null)
returns int
language plpgsql as $$
declare
    sides int[];
    hashes bytea[];
begin
    select array_agg((e ->> 'side_id')::int order by n), array_agg(decode(e ->> 'sha256', 'hex') order by n)
    into sides, hashes
    from jsonb_array_elements(batch) with ordinality b (e, n);
    -- In the order of their hashes, so that two sessions cannot wait for each other.
    insert into core.image (sha256, size_bytes, width_px, height_px, format, thumbnail)
    select h.sha256, (e ->> 'size_bytes')::bigint, (e ->> 'width_px')::int, (e ->> 'height_px')::int,
           e ->> 'format', thumbnails[h.n]
    from (select distinct on (x.sha256) x.sha256, x.n::int from unnest(hashes) with ordinality x (sha256, n)
          where x.sha256 is not null order by x.sha256, x.n) h
    cross join lateral (select batch -> h.n - 1) b (e)
    on conflict do nothing;
    -- A file that was moved or touched still shows the same: its vectors stay.
    perform job.forget_sides(array(
        select s.side_id from core.side s join unnest(sides, hashes) e (side_id, sha256) using (side_id)
        where s.sha256 is not null and s.sha256 is distinct from e.sha256));
    perform job.store_outlines(batch, coins);
    update core.side s set sha256 = e.sha256, image_examined = true
    from unnest(sides, hashes) e (side_id, sha256) where s.side_id = e.side_id;
    perform job.note_retries(batch);
    return (
        select count(*) from core.fault f join core.side s using (side_id)
        where f.side_id = any(sides) and f.space_id is null
          and (store_images.runs is null or exists (
              select from core.record r join core.ingest_run n using (source_id)
              where r.coin_id = s.coin_id and n.run_id = any(store_images.runs))));
end $$;
comment on function job.store_images is
    'Stores the result of examining a batch of photographs: size, outline, thumbnail and (coins) that of the '
    'coin in it (one for each photograph, in the same order; null: none), and the reason why it cannot be '
    'used, or why only as a whole. Returns the number of faults of the sources of these ingestions (null: of '
    'all).';

-- The images stage: which photographs are to be examined, and what was found.

create function job.unexamined_images() returns bigint language sql stable as $$
    select count(*) from core.side where image_location is not null and not image_examined
$$;

create function job.retry_images() returns bigint language sql as $$
    with again as (
        update core.side s set image_examined = false
        where image_examined and exists (select from core.fault f where f.side_id = s.side_id and f.space_id is null
                                                                    and f.reason like '%; the next ingest tries again')
        returning 1)
    select count(*) from again
$$;
comment on function job.retry_images is
    'Puts photographs that could not be reached back to those that are to be examined; how many.';

create function job.claim_images(after int, at_most int)
returns table (side_id int, location text) language plpgsql as $$
begin
    -- For this transaction: should the server's machine fail, the last moments are examined again.
    perform set_config('synchronous_commit', 'off', true);
    return query
        select s.side_id, s.image_location from core.side s
        where s.image_location is not null and not s.image_examined and s.side_id > after
        order by s.side_id limit at_most
        for no key update skip locked;
end $$;

create function job.store_images(batch jsonb, thumbnails bytea[]) returns int language plpgsql as $$
declare
    faulty int;
    sides int[];
    hashes bytea[];
begin
    select array_agg((e ->> 'side_id')::int order by n), array_agg(decode(e ->> 'sha256', 'hex') order by n) into sides, hashes
    from jsonb_array_elements(batch) with ordinality b (e, n);
    -- Hashes are sorted (two sessions then wait for each other in one order alone), thumbnails stay where they are.
    insert into core.image (sha256, size_bytes, width_px, height_px, format, thumbnail)
    select h.sha256, (e ->> 'size_bytes')::bigint, (e ->> 'width_px')::int, (e ->> 'height_px')::int, e ->> 'format',
           thumbnails[h.n]
    from (select distinct on (x.sha256) x.sha256, x.n::int from unnest(hashes) with ordinality x (sha256, n)
          where x.sha256 is not null order by x.sha256, x.n) h
    cross join lateral (select batch -> h.n - 1) b (e)
    on conflict do nothing;
    -- A file that was moved, or only touched, shows what it showed: its vectors stay.
    perform job.forget_sides(array(
        select s.side_id from core.side s join unnest(sides, hashes) e (side_id, sha256) using (side_id)
        where s.sha256 is not null and s.sha256 is distinct from e.sha256));
    update core.side s set sha256 = e.sha256, image_examined = true
    from unnest(sides, hashes) e (side_id, sha256) where s.side_id = e.side_id;
    delete from core.fault f where f.side_id = any(sides) and f.space_id is null;
    insert into core.fault (side_id, column_name, reason)
    select (e ->> 'side_id')::int, 'image', e ->> 'reason'
    from jsonb_array_elements(batch) e where e ? 'reason'
    on conflict do nothing;
    get diagnostics faulty = row_count;
    return faulty;
end $$;
comment on function job.store_images is
    'Stores what examining a batch of photographs found: size and thumbnail (one for each, in turn; null where there is none), or the reason against it.';

-- The embedding job: which sides a worker takes, and why sides fail.

create function job.is_of_pictures(space text) returns boolean language sql stable as $$
    select not s.recipe ? 'templates' and not exists (select from core.part p where p.space_id = s.space_id)
    from core.space s where s.name = space
$$;
comment on function job.is_of_pictures is 'Whether the vectors of a space are made from photographs.';

create function job.claim_sides(space text, after int, at_most int, expected int default null)
returns table (side_id int, location text, sha256 text, "outline" jsonb) language plpgsql as $$
declare
    id int := job.expect_space(space, expected);
    candidate record;
    claimed int[] := '{}';
begin
    -- A lock for each space and side: workers of another space are not affected. job.pending_<space> with a
    -- lower bound for both tables, so that a scan starts where the last one stopped.
    for candidate in execute job.filled($q$
        select s.side_id from job.sides_{space} s
        where s.side_id > $1
          and not exists (select from {has} e where e.side_id = s.side_id and e.side_id > $1)
          and not exists (select from core.fault f where f.side_id = s.side_id and f.space_id = $2)
        order by s.side_id
    $q$, space) using after, id loop
        if pg_try_advisory_xact_lock(job.side_lock(id, candidate.side_id)) then
            claimed := claimed || candidate.side_id;
        end if;
        exit when cardinality(claimed) >= at_most;
    end loop;
    return query select * from job.still_lacking(space, claimed);
end $$;
comment on function job.claim_sides is
    'Takes the next sides without a vector, for this transaction; other workers skip them until it ends.';

create function job.claim_same(space text, sides int[], expected int) returns table (side_id int)
language plpgsql as $$
declare
    id int := job.expect_space(space, expected);
    side int;
    claimed int[] := '{}';
begin
    foreach side in array sides loop
        if pg_try_advisory_xact_lock(job.side_lock(id, side)) then
            claimed := claimed || side;
        end if;
    end loop;
    return query select l.side_id from job.still_lacking(space, claimed) l
                 where l.side_id in (select * from job.sides_in(('job.sides_' || space)::regclass, claimed));
end $$;
comment on function job.claim_same is 'Takes those of some sides that have no vector in this space either.';

create function job.still_lacking(space text, claimed int[])
returns table (side_id int, location text, sha256 text, "outline" jsonb) language plpgsql as $$
begin
    if job.is_of_pictures(space) then
        -- Keeps a load from exchanging the photograph; workers of all spaces share the lock. A row that a
        -- load holds is skipped, because that load may wait for one of ours.
        claimed := array(select s.side_id from core.side s where s.side_id = any(claimed)
                         for share skip locked);
    end if;
    -- Another worker can have finished a side between the query and the lock.
    return query
        select s.side_id, s.image_location, encode(s.sha256, 'hex'),
               case when s.sha256 is not null then job.outline_of(s.side_id) end
        from core.side s
        where s.side_id = any(claimed)
          and s.side_id not in (select * from job.sides_in(job.has_table(space), claimed))
          and not exists (select from core.fault f join core.space p using (space_id)
                          where f.side_id = s.side_id and p.name = space)
        order by s.side_id;
end $$;
comment on function job.still_lacking is
    'Those of some locked sides that still have neither a vector nor a fault.';

create function job.store_fault(space text, side_id int, reason text) returns void language sql as $$
    insert into core.fault (side_id, space_id, column_name, reason)
    select store_fault.side_id, s.space_id, case when s.recipe ? 'templates' then 'sentence' else 'image' end,
           store_fault.reason
    from core.space s where s.name = store_fault.space
    on conflict do nothing
$$;
comment on function job.store_fault is 'Stores why a side has no vector in a space.';

create function job.retry_faults(space text, every boolean default true) returns int language sql as $$
    with gone as (
        delete from core.fault f using core.space s
        where f.space_id = s.space_id and s.name = retry_faults.space
          and (every or exists (select from core.image_retry r
                                where r.side_id = f.side_id and r.due_at <= now()))
        returning 1)
    select count(*)::int from gone
$$;
comment on function job.retry_faults is
    'Deletes the reasons why sides could not be embedded, so that the next run tries them again: those of '
    'photographs on a network whose pause is over, and with every all others, too. Returns how many.';

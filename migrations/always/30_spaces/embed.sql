-- The embedding job: which sides a worker takes, and what is kept of those that fail.

create function job.claim_sides(space text, after int, at_most int, expected int default null)
returns table (side_id int, location text, sha256 text) language plpgsql as $$
declare
    id int := job.expect_space(space, expected);
    candidate record;
    claimed int[] := '{}';
begin
    -- A lock for each space and side: a claim hides nothing from the workers of another space.
    for candidate in execute format(
        'select s.side_id from %2$s s
         where s.side_id > $1
           and not exists (select from core.%1$I e where e.side_id = s.side_id and e.side_id > $1)
           and not exists (select from core.fault f where f.side_id = s.side_id and f.space_id = $2)
         order by s.side_id', 'embedding_' || space, job.sides_of(space)) using after, id
    loop
        if pg_try_advisory_xact_lock(id::bigint << 32 | candidate.side_id) then
            claimed := claimed || candidate.side_id;
        end if;
        exit when cardinality(claimed) >= at_most;
    end loop;
    return query select * from job.still_lacking(space, claimed);
end $$;
comment on function job.claim_sides is
    'Takes the next sides that a space lacks, for this transaction; other workers pass them over until it ends.';

create function job.claim_same(space text, sides int[], expected int) returns table (side_id int)
language plpgsql as $$
declare
    id int := job.expect_space(space, expected);
    side int;
    claimed int[] := '{}';
begin
    foreach side in array sides loop
        if pg_try_advisory_xact_lock(id::bigint << 32 | side) then
            claimed := claimed || side;
        end if;
    end loop;
    return query execute format('select l.side_id from job.still_lacking($1, $2) l join %s s on s.side_id = l.side_id',
                                job.sides_of(space)) using space, claimed;
end $$;
comment on function job.claim_same is 'Takes those of some sides that a space lacks, too, for this transaction.';

create function job.expect_space(space text, expected int) returns int language plpgsql stable as $$
declare
    id int := (select space_id from core.space s where s.name = space);
begin
    if id <> expected then
        raise 'the name % stands for another space since this run began; run it again', space using errcode = 'CS003';
    end if;
    return id;
end $$;

create function job.is_of_pictures(space text) returns boolean language sql stable as $$
    select not s.recipe ? 'templates' and not exists (select from core.part p where p.space_id = s.space_id)
    from core.space s where s.name = space
$$;

create function job.still_lacking(space text, claimed int[]) returns table (side_id int, location text, sha256 text)
language plpgsql as $$
begin
    -- Another worker may have finished a side between the look and the lock. For pictures the row is locked,
    -- too: that keeps a load from exchanging the photograph, and is shared by the workers of all spaces. A
    -- row that a load holds is passed over, since that may wait for one of ours.
    return query execute format(
        'select s.side_id, s.image_location, encode(s.sha256, ''hex'')
         from core.side s
         where s.side_id = any($1)
           and not exists (select from core.%I e where e.side_id = s.side_id)
           and not exists (select from core.fault f join core.space p using (space_id)
                           where f.side_id = s.side_id and p.name = $2)
         order by s.side_id %s', 'embedding_' || space,
        case when job.is_of_pictures(space) then 'for share of s skip locked' else '' end) using claimed, space;
end $$;

create function job.store_fault(space text, side_id int, reason text) returns void language sql as $$
    insert into core.fault (side_id, space_id, column_name, reason)
    select store_fault.side_id, s.space_id, case when s.recipe ? 'templates' then 'sentence' else 'image' end,
           store_fault.reason
    from core.space s where s.name = store_fault.space
    on conflict do nothing
$$;

create function job.retry_faults(space text) returns int language sql as $$
    with gone as (delete from core.fault f using core.space s
                  where f.space_id = s.space_id and s.name = retry_faults.space returning 1)
    select count(*)::int from gone
$$;
comment on function job.retry_faults is 'Forgets why sides could not be embedded, so that the next run tries them again.';

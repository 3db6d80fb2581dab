-- Advisory locks by name: which jobs wait for each other.

create function job.lock_number(what text) returns int language plpgsql immutable as $$
declare
    number int := case what
        when 'upgrade' then -1      -- one upgrade of the schema at a time; the program takes it by its number
        when 'spaces' then -2       -- no two processes add or switch spaces at the same time
        when 'records' then -3      -- one batch of records at a time; shared while vectors are made
        when 'statistics' then -4   -- of a space: one worker measures it and builds its index
        when 'graph' then -5        -- of a graph: one run builds it
        when 'map' then -6          -- of a map: one run places its points
        when 'backup' then -7       -- one backup at a time, because all use one scratch database
        when 'index' then -8        -- of a space: one session rebuilds its index
        when 'fingerprints' then -9 -- one session compares fingerprints
        when 'privacy' then -10     -- one change of private collections at a time
        when 'default' then -11     -- one process derives the default space
        when 'match' then -12       -- of a side: one worker compares it with others
        when 'dies' then -13        -- one study of dies is grouped at a time
        when 'calibration' then -14 -- one change of the probabilities of all matches at a time
        when 'imputation' then -60  -- one rule at a time, because a value has one rule
        end;
begin
    if number is null then
        raise 'there is no lock %', what;
    end if;
    return number;
end $$;
comment on function job.lock_number is 'The number of a named advisory lock.';

create function job.side_lock(space_id int, side_id int) returns bigint language sql immutable as $$
    select space_id::bigint << 32 | side_id
$$;
comment on function job.side_lock is
    'The number of the advisory lock with which a worker claims a side for a space; side 0, which does not '
    'exist: all sides.';

create function job.lock(what text, key int default null) returns void language plpgsql as $$
begin
    if key is null then
        perform pg_advisory_xact_lock(job.lock_number(what));
    else
        perform pg_advisory_xact_lock(job.lock_number(what), key);
    end if;
end $$;
comment on function job.lock is
    'Waits for a named lock, or for the one of a space, graph or map (key); holds it until the transaction '
    'ends.';

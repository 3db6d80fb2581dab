-- The matching job: which pairs a worker takes, and what it stores.

create function job.claim_matches(at_most int) returns table (side_id int, other_id int)
language plpgsql as $$
declare
    next int := 0;
    claimed int[] := '{}';
    pairs bigint := 0;
begin
    while pairs < at_most loop
        select min(d.side_id) into next from core.match_due d where d.side_id > next;
        exit when next is null;
        -- A lock for each first side: its pairs are with one worker, which has its features at hand.
        if pg_try_advisory_xact_lock(job.lock_number('match'), next) then
            claimed := claimed || next;
            pairs := pairs + (select count(*) from core.match_due d where d.side_id = next);
        end if;
    end loop;
    -- Another worker can have finished a side between the query and the lock.
    return query select d.side_id, d.other_id from core.match_due d
                 where d.side_id = any(claimed) order by 1, 2 limit at_most;
end $$;
comment on function job.claim_matches is
    'Takes the pairs of the next sides that have pairs to be compared, for this transaction; other workers '
    'skip these sides until it ends.';

create function job.sides_to_match(sides int[])
returns table (side_id int, name text, location text, sha256 text, "outline" jsonb, digest uuid)
language sql stable as $$
    select m.side_id, format('%s/%s, %s', l.name, c.inventory_number, m.face), s.image_location,
           encode(s.sha256, 'hex'), job.outline_of(m.side_id), m.digest
    from part.matched_sides m join core.side s using (side_id)
    join core.coin c on c.coin_id = m.coin_id join core.collection l using (collection_id)
    where m.side_id = any(sides)
$$;
comment on function job.sides_to_match is
    'What is read of some sides to compare them; those that have no photograph any more are left out.';

create function job.store_matches(recipe int, batch jsonb) returns void language plpgsql as $$
declare
    now_used core.calibration;
    weights float8[];
begin
    perform pg_advisory_xact_lock_shared(job.lock_number('calibration'));
    select k.* into now_used from core.calibration k join core.match_recipe r using (calibration_id)
    where r.recipe_id = store_matches.recipe and k.is_current;
    if not found then
        raise 'another version of coinstore has taken over the matches of this store; update coinstore here'
            using errcode = 'CS003';
    end if;
    weights := job.weights(now_used.recipe);
    insert into core.match as m
        (side_id, other_id, recipe_id, digest, other_digest, agreeing, transform, inliers, possible,
         coverage, residual_px, whole, common, sectors, offsets_px, peaks, figures, probability,
         opencv_version)
    select b.side_id, b.other_id, recipe, b.digest, b.other_digest, b.agreeing, b.transform, b.inliers,
           b.possible, b.coverage, b.residual_px, b.whole, b.common, b.sectors, b.offsets_px, b.peaks,
           b.figures, job.probability(b.figures, weights, (now_used.recipe ->> 'offset')::float8,
                                      (now_used.recipe ->> 'without')::float8),
           b.opencv_version
    from jsonb_populate_recordset(null::core.match, batch) b
    where b.digest is not null order by b.side_id, b.other_id
    on conflict (side_id, other_id) do update set
        recipe_id = excluded.recipe_id, digest = excluded.digest, other_digest = excluded.other_digest,
        agreeing = excluded.agreeing, transform = excluded.transform, inliers = excluded.inliers,
        possible = excluded.possible, coverage = excluded.coverage, residual_px = excluded.residual_px,
        whole = excluded.whole, common = excluded.common, sectors = excluded.sectors,
        offsets_px = excluded.offsets_px, peaks = excluded.peaks, figures = excluded.figures,
        probability = excluded.probability, opencv_version = excluded.opencv_version, matched_at = now();
    delete from core.match_due d using jsonb_populate_recordset(null::core.match_due, batch) b
    where (d.side_id, d.other_id) = (b.side_id, b.other_id);
end $$;
comment on function job.store_matches is
    'Stores the matches of a batch, in place of earlier ones of the same pairs, with their probability by '
    'the calibration in use, and notes that its pairs are no longer to be compared; a pair without a digest '
    'could not be compared and is only noted.';

create function job.matches_due() returns bigint language sql stable as $$
    select count(*) from core.match_due
$$;
comment on function job.matches_due is 'How many pairs are to be compared.';

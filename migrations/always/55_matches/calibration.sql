-- Calibrations: what turns the figures of a match into a probability. One is in use; those by another are
-- not current until their probability is computed again.

create view part.calibrations as
select k.calibration_id, k.is_current as current, k.origin, k.fitted_on, k.pairs, k.same, k.measured,
       k.made_by, k.made_at, k.version, k.recipe
from core.calibration k;
comment on view part.calibrations is
    'One row for each calibration that the store has used: what gives a match its probability. It weighs the '
    'figures of a match; the probability is 1 / (1 + exp(-(weights · figures + offset))).';
comment on column part.calibrations.calibration_id is 'Key of the calibration';
comment on column part.calibrations.current is 'true: it gives the probabilities of api.matches';
comment on column part.calibrations.origin is
    'shipped: it comes with coinstore; verdicts: it was fitted to what people say';
comment on column part.calibrations.fitted_on is 'In words: the pairs that it was fitted on';
comment on column part.calibrations.pairs is 'How many pairs it was fitted on';
comment on column part.calibrations.same is 'How many of these are of one die';
comment on column part.calibrations.made_by is 'Who had it fitted; null: shipped';
comment on column part.calibrations.made_at is 'When the store got it';
comment on column part.calibrations.version is 'Version of the comparison whose figures it weighs';
comment on column part.calibrations.measured is
    'How reliable it is on verdicts that it was not fitted to, and the shipped one on these; null: shipped';
comment on column part.calibrations.recipe is
    'weights of the figures, offset, and the probability of pairs that nothing brings together (without)';

create function job.weights(recipe jsonb) returns float8[] language sql immutable as $$
    select array_agg(w::float8 order by n)
    from jsonb_array_elements_text(recipe -> 'weights') with ordinality e (w, n)
$$;
comment on function job.weights is 'The weights of a calibration.';

create function job.probability(figures real[], weights float8[], intercept float8, without float8)
returns real language plpgsql immutable parallel safe as $$
declare
    odds float8 := 0;
begin
    if figures is null then
        return without;
    elsif cardinality(figures) <> cardinality(weights) then
        return null;  -- other figures; no row takes a null
    end if;
    for n in 1 .. cardinality(weights) loop
        odds := odds + figures[n] * weights[n];
    end loop;
    return 1 / (1 + exp(-least(40, greatest(-40, intercept + odds))));  -- beyond 40 it is 0 or 1 as a real
end $$;
comment on function job.probability is
    'The probability of a match by its figures, which are null where nothing brings the sides together.';

create function job.expect_calibration(version int) returns void language plpgsql as $$
#variable_conflict use_column
begin
    if exists (select from core.calibration k
               where k.is_current and k.version > expect_calibration.version) then
        raise 'another version of coinstore has taken over the matches of this store; update coinstore here'
            using errcode = 'CS003';
    end if;
end $$;
comment on function job.expect_calibration is
    'Refuses a program whose comparison is older than the one that the calibration in use weighs.';

create function job.use_calibration(chosen int) returns bigint language plpgsql as $$
declare
    used core.calibration;
    weights float8[];
    intercept float8;
    without float8;
    changed bigint;
begin
    perform job.lock('calibration');
    perform job.expect_calibration(k.version) from core.calibration k where k.calibration_id = chosen;
    update core.calibration set is_current = false where is_current and calibration_id <> chosen;
    update core.calibration set is_current = true where calibration_id = chosen returning * into strict used;
    update core.match_recipe set calibration_id = chosen where (parameters ->> 'version')::int = used.version;
    weights := job.weights(used.recipe);
    intercept := used.recipe ->> 'offset';
    without := used.recipe ->> 'without';
    -- Computed once for each match: materialized.
    with now as materialized (
        select m.side_id, m.other_id, m.probability as before,
               job.probability(m.figures, weights, intercept, without) as probability
        from core.match m join core.match_recipe r using (recipe_id) where r.calibration_id = chosen)
    update core.match m set probability = n.probability
    from now n
    where (m.side_id, m.other_id) = (n.side_id, n.other_id) and n.before <> n.probability;
    get diagnostics changed = row_count;
    return changed;
end $$;
comment on function job.use_calibration is
    'Makes one calibration current and computes the probabilities of all matches whose figures it weighs; '
    'returns how many have changed. Workers that store matches wait. Refused where one of a newer version is '
    'current.';

create function job.add_calibration(origin text, version int, recipe jsonb, measured jsonb default null,
                                    made_by text default null)
returns int language sql as $$
    insert into core.calibration (origin, version, recipe, fitted_on, pairs, same, measured, made_by)
    values (origin, version, recipe, recipe ->> 'fitted_on', (recipe ->> 'pairs')::int,
            (recipe ->> 'same')::int, measured, made_by)
    returning calibration_id
$$;
comment on function job.add_calibration is
    'Adds a calibration, which is not in use yet, and returns its key.';

create function job.take_shipped(version int, recipe jsonb, is_reset boolean default false) returns bigint
language plpgsql as $$
#variable_conflict use_column
declare
    now_used core.calibration;
begin
    if is_reset then
        perform job.expect_calibration(take_shipped.version);
    end if;
    for look in 1 .. 2 loop  -- without the lock, which workers that store hold, and with it
        select * into now_used from core.calibration where is_current;
        if now_used.version > take_shipped.version  -- of a newer program, which says so when it stores
           or now_used.version = take_shipped.version
           and now_used.recipe -> 'figures' = take_shipped.recipe -> 'figures'
           and (now_used.origin = 'verdicts' and not is_reset or now_used.recipe = take_shipped.recipe) then
            return 0;
        end if;
        perform job.lock('calibration');
    end loop;
    return job.use_calibration(coalesce(
        (select max(k.calibration_id) from core.calibration k
         where k.origin = 'shipped' and (k.version, k.recipe) = (take_shipped.version, take_shipped.recipe)),
        job.add_calibration('shipped', take_shipped.version, take_shipped.recipe)));
end $$;
comment on function job.take_shipped is
    'Uses the calibration that comes with the program where none is in use, or an earlier one; one that was '
    'fitted to verdicts stays while it weighs the same figures, unless it is a reset. Returns how many '
    'probabilities were computed.';

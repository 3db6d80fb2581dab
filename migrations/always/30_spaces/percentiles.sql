-- Percentiles: what a distance means in a space.

create function part.percentile_among(knots float8[], shares float8[], distance float8) returns float8
language sql immutable parallel safe as $$
    select round((100 * (1 - coalesce(shares[width_bucket(distance, knots)],
                                      case when knots is not null then 0 end)))::numeric, 3)::float8
$$;
comment on function part.percentile_among is
    'Share of random pairs that are farther apart than a distance, 0 to 100, by a sample (part.spread); '
    'null without one.';

create function job.sample_spread(space text, seed int default 0) returns void language plpgsql as $$
declare
    pairs int := (select value from core.setting where name = 'sample_pairs');
    face text;
begin
    foreach face in array array['obverse', 'reverse', 'both'] loop
        insert into core.spread as old (space_id, face, seed, pairs, knots, shares)
        select s.space_id, face, sample_spread.seed, k.pairs_drawn, k.knots, k.shares
        from core.space s cross join job.quantiles(space, face, seed, pairs) k
        where s.name = space and k.pairs_drawn > 0
        on conflict on constraint spread_pkey do update
        set seed = excluded.seed, pairs = excluded.pairs, knots = excluded.knots, shares = excluded.shares,
            sampled_at = now();
    end loop;
    perform job.build_percentile(space);
end $$;
comment on function job.sample_spread is
    'Measures random pairs of a space and stores the quantiles of their distances, for each face and for '
    'both.';

create function job.quantiles(space text, face text, seed int, pairs int, out pairs_drawn bigint,
                              out knots float8[], out shares float8[]) language plpgsql stable as $$
declare
    -- Only keys are sorted: the vectors would not fit the memory of a sort.
    chosen int[] := array(select c.coin_id from part.comparable_coins(space, face) c where c.is_complete
                          order by md5(c.coin_id || '/' || seed) limit 1000);
begin
    -- Each thousandth, and a few shares below the first.
    shares := array(select x / 1000.0 from generate_series(0, 1000) x
                    union select x / 20000.0 from generate_series(1, 20) x order by 1);
    select count(*), percentile_cont(shares) within group (order by p.distance) into pairs_drawn, knots
    from (
        with ranked as materialized (
            select v.v1, v.v2, row_number() over (order by md5(v.coin_id || '/' || seed)) as n
            from part.comparable_vectors(space, face, chosen) v)
        select part.coin_distance(a.v1, a.v2, b.v1, b.v2) as distance
        from generate_series(1, least(20, cardinality(chosen) - 1)) step cross join ranked a
        join ranked b on b.n = 1 + (a.n - 1 + step) % cardinality(chosen)
        limit pairs) p;
end $$;
comment on function job.quantiles is
    'The quantiles of the distances of random pairs: up to 1,000 coins, chosen by seed, each with 20 '
    'others. shares[i] of the pairs are at distance knots[i] or nearer.';

create function job.build_percentile(space text) returns void language plpgsql as $$
declare
    branches text := (
        select string_agg(format('when %L then part.percentile_among(%L, %L, distance)',
                                 p.face, p.knots, p.shares), ' ')
        from core.spread p join core.space s using (space_id) where s.name = space);
begin
    -- Its cost keeps the planner from computing it for rows that a LIMIT drops.
    execute job.filled($q$
        create or replace function part.percentile_{space}(face text, distance float8) returns float8
        language plpgsql immutable parallel safe cost 10000 as $p$
        begin
            return {percentile};
        end $p$;
        comment on function part.percentile_{space} is
            'Share of random pairs of space {space} that are farther apart, 0 to 100; null: no sample yet.'
    $q$, space, jsonb_build_object('percentile', coalesce('case face ' || branches || ' end', 'null')));
end $$;
comment on function job.build_percentile is
    'Builds part.percentile_<space>; the sample is part of its text, because reading it for each row takes '
    'longer.';

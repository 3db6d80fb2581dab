-- Percentiles: what a distance means in a space.

create function job.sample_spread(space text, seed int default 0) returns void language plpgsql as $$
declare
    at_most int := (select value from core.setting where name = 'sample_pairs');
    side text;
begin
    foreach side in array array['obverse', 'reverse', 'both'] loop
        execute format(
            -- Coins are chosen by their keys alone: their vectors would not fit the memory of a sort.
            'with chosen as (
                 select s.coin_id, so.side_id as o_id, sr.side_id as r_id
                 from core.coin s
                 left join (core.side so join core.%1$I o using (side_id)) on so.coin_id = s.coin_id and so.face = ''obverse''
                 left join (core.side sr join core.%1$I r using (side_id)) on sr.coin_id = s.coin_id and sr.face = ''reverse''
                 where case $3 when ''obverse'' then o.side_id is not null
                               when ''reverse'' then r.side_id is not null
                               else o.side_id is not null and r.side_id is not null end
                 order by md5(s.coin_id || ''/'' || $2) limit 1000),
             ranked as materialized (
                 select o.embedding as o, r.embedding as r, count(*) over () as total,
                        row_number() over (order by md5(c.coin_id || ''/'' || $2)) as n
                 from chosen c left join core.%1$I o on o.side_id = o_id left join core.%1$I r on r.side_id = r_id),
             step as (select generate_series(1, 20) as s),
             pair as (
                 select case $3 when ''obverse'' then a.o <=> b.o when ''reverse'' then a.r <=> b.r
                                else ((a.o <=> b.o) + (a.r <=> b.r)) / 2 end as d
                 from step join ranked a on true
                 join ranked b on b.n = 1 + (a.n - 1 + step.s) %% least(a.total, 1000)
                 where step.s < least(a.total, 1000) limit $4),
             share as (select x / 1000.0 as p from generate_series(0, 1000) x
                       union select x / 20000.0 from generate_series(1, 20) x)
             insert into core.spread (space_id, face, seed, pairs, knots, shares)
             select sp.space_id, $3, $2, k.pairs, k.knots, k.shares
             from core.space sp,
                  (select count(*) as pairs, percentile_cont((select array_agg(p order by p) from share)::float8[])
                          within group (order by d) as knots,
                          (select array_agg(p::float8 order by p) from share) as shares from pair) k
             where sp.name = $1 and k.pairs > 0
             on conflict (space_id, face) do update
             set seed = excluded.seed, pairs = excluded.pairs, knots = excluded.knots,
                 shares = excluded.shares, sampled_at = now()', 'embedding_' || space)
        using space, seed, side, at_most;
    end loop;
    perform job.build_percentile(space);
end $$;
comment on function job.sample_spread is
    'Measures random pairs of a space (up to 1,000 coins chosen by seed, each with 20 others) and keeps the quantiles.';

create function job.build_percentile(space text) returns void language plpgsql as $$
declare
    branches text := (
        select string_agg(format('when %L then round((100 * (1 - coalesce((%L::float8[])[width_bucket(distance, %L::float8[])], 0)))::numeric, 3)::float8',
                                 p.face, p.shares, p.knots), ' ')
        from core.spread p join core.space s using (space_id) where s.name = space);
begin
    -- Its cost keeps the planner from working it out for rows that a LIMIT drops.
    execute format($f$
        create or replace function api.%I(face text, distance float8) returns float8
        language plpgsql immutable parallel safe cost 10000 as $p$
        begin
            return %s;
        end $p$ $f$, 'percentile_' || space,
        coalesce('case face ' || branches || ' end', 'null'));
    execute format('comment on function api.%I is %L', 'percentile_' || space,
        'Share of random pairs of this space that are farther apart than a distance, 0 to 100; null before a sample was drawn.');
end $$;

create function part.percentile_among(knots float8[], shares float8[], distance float8) returns float8
language sql immutable parallel safe as $$
    select round((100 * (1 - coalesce(shares[width_bucket(distance, knots)],
                                      case when knots is not null then 0 end)))::numeric, 3)::float8
$$;
comment on function part.percentile_among is
    'Share of random pairs that are farther apart than a distance, 0 to 100, by a sample (part.spread); null without one.';

-- Die statistics: how many dies there were, estimated from the known ones. Each function names its source.

create function api.die_coverage(coins bigint, singletons bigint, doubletons bigint)
returns table (coverage float8, coverage_low float8, coverage_high float8) language sql immutable as $$
    -- Where no die recurs the margin is 0, which does not mean certainty: then there is no interval.
    select 1 - singletons / n, case when singletons < n then greatest(1 - singletons / n - margin, 0) end,
           case when singletons < n then least(1 - singletons / n + margin, 1) end
    from (select nullif(coins, 0)::float8) c (n),
         lateral (select 2 / n * sqrt(greatest(singletons + 2 * doubletons - singletons ^ 2 / n,
                                               0))) m (margin)
    where coins > 0
$$;
comment on function api.die_coverage is
    'The share (0 to 1) of a coinage that was struck by the dies in a sample: 1 - d1/n (Good 1953, '
    'doi:10.1093/biomet/40.3-4.237), and two standard errors around it (Esty 1983, '
    'doi:10.1214/aos/1176346256; Lyon 1989, formula 5).';

create function part.carter_dies(coins bigint, dies bigint) returns float8 language sql immutable as $$
    -- Where no die recurs, any number is possible.
    select case when coins > dies and dies > 0 then coins::float8 * dies / case
        when coins < 2 * dies then 1.214 * coins - 1.197 * dies
        when coins < 3 * dies then 1.124 * coins - 1.016 * dies
        else 1.069 * coins - 0.843 * dies end end
$$;
comment on function part.carter_dies is
    'The original number of dies by the simplified formula in three pieces of Carter 1983 (ANS Museum Notes '
    '28, 195-206); null where each coin has a die of its own.';

create function part.esty_dies(coins bigint, dies bigint, singletons bigint, shape float8 default 'infinity')
returns float8 language sql immutable as $$
    -- Where each coin has a die of its own, any number is possible.
    select case when coins > singletons and dies > 0 and shape > 0
                then dies / (1 - singletons::float8 / coins) * (1 + singletons / (shape * dies)) end
$$;
comment on function part.esty_dies is
    'The original number of dies by singletons: d/C (1 + d1/(p d)), where C is the coverage (Esty 2006, '
    'Numismatic Chronicle 166, 359-364; 2011). p is the shape of the distribution of the dies'' output: '
    'infinity where all dies struck the same number, 2 in between, 1 for the geometric model.';

create function part.geometric_dies(coins bigint, dies bigint) returns float8 language sql immutable as $$
    select case when coins > dies and dies > 0 then coins::float8 * dies / (coins - dies) end
$$;
comment on function part.geometric_dies is
    'The original number of dies by the geometric model, in which a die can break at any blow: n d/(n - d) '
    '(Esty 2011, in de Callataÿ (ed.), Quantifying Monetary Supplies, 43-58).';

create function part.geometric_interval(coins bigint, dies bigint, deviations float8 default 1.96)
returns table (low float8, high float8) language sql immutable as $$
    -- In this model the share of dies among coins, r = d/n, has the variance r²(1 - r)/n, and artanh √(1 - r)
    -- has a constant one. Transformed back, D = n / sinh², to the first order D ± 1.96 (D/n) √(D + n).
    -- The lower end is never below the number of dies seen.
    select greatest(dies, coins / sinh(middle + margin) ^ 2),
           case when middle > margin then coins / sinh(middle - margin) ^ 2 end
    from (select asinh(sqrt(greatest(coins - dies, 0)::float8 / nullif(dies, 0))),
                 deviations / (2 * sqrt(nullif(coins, 0)::float8))) m (middle, margin)
    where coins > 0 and dies between 1 and coins
$$;
comment on function part.geometric_interval is
    'The interval around the estimate of the geometric model, 95% at 1.96 deviations: derived from the '
    'model, not Esty''s own approximation. high is null where there is no upper bound.';

create function part.gamma_error(coins bigint, estimate float8, shape float8) returns float8
language sql immutable as $$
    -- D dies are each expected to give n/D coins, with outputs that follow gamma(shape). The variance of the
    -- number of dies seen, at a fixed number of coins, is divided by the slope of the expected number.
    select sqrt(estimate * greatest(unseen * (1 - unseen) - (x * unseen) ^ 2 / (x + x ^ 2 / shape), 0))
           / (1 - unseen + x * slope)
    from (select coins / estimate) c (x),
         lateral (select (1 + x / shape) ^ -shape, -((1 + x / shape) ^ (-shape - 1))) u (unseen, slope)
    where coins > 0 and estimate > 0
$$;
comment on function part.gamma_error is
    'The standard error of an estimated number of dies whose output follows a gamma distribution of this '
    'shape, by the delta method: derived here. Carter''s simulations used shape 2.';

create function api.die_estimates(coins bigint, dies bigint, singletons bigint, doubletons bigint)
returns table (method text, model text, estimate float8, standard_error float8, low float8, high float8)
language sql immutable as $$
    -- Where each die was seen many times, Carter's formula gives a little less than the number of dies seen.
    select 'Carter 1983', 'output in between (gamma, shape 2)', greatest(dies, e), s,
           greatest(dies, e * exp(-1.96 * s / e)), greatest(dies, e * exp(1.96 * s / e))
    from (select part.carter_dies(coins, dies)) c (e), lateral (select part.gamma_error(coins, e, 2)) g (s)
    where e is not null
    union all
    -- The limits of the coverage give those of the dies (Lyon 1989).
    select 'Esty 2006', 'all dies struck alike', e, null, greatest(dies, e * c.coverage / c.coverage_high),
           case when c.coverage_low > 0 then e * c.coverage / c.coverage_low end
    from (select part.esty_dies(coins, dies, singletons)) d (e),
         api.die_coverage(coins, singletons, doubletons) c
    where e is not null
    union all
    select 'Esty 2011', 'geometric', e, part.gamma_error(coins, e, 1), i.low, i.high
    from (select part.geometric_dies(coins, dies)) g (e), part.geometric_interval(coins, dies) i
$$;
comment on function api.die_estimates is
    'The number of dies: each estimate with its 95% interval, from the number of coins in a sample, of '
    'their dies, and of dies seen on one coin and on two. low and high of Carter''s estimate are derived '
    'here, on a logarithmic scale; null: no estimate, or no bound.';

create view part.decided_dies as
select side_id, coin_id, die_id, study, face, die
from (select *, count(*) over (partition by study, side_id) as named from api.dies) d where d.named = 1;
comment on view part.decided_dies is
    'The rows of api.dies without undecided sides: those for which one study names two dies.';

create view part.die_counts as
select d.study, d.face, d.die_id, d.die, c.type, count(*) as coins
from part.decided_dies d join api.coins c using (coin_id)
group by d.study, d.face, d.die_id, d.die, c.type;
comment on view part.die_counts is
    'On how many coins of a type each die of a study is seen; undecided sides are left out.';

create function part.die_samples(by_type boolean)
returns table (study text, type text, face text, coins bigint, dies bigint, singletons bigint,
               doubletons bigint)
language sql stable as $$
    with die as (
        select d.study, case when by_type then d.type end as type, d.face, d.die_id, sum(d.coins) as coins
        from part.die_counts d group by 1, 2, 3, 4)
    select study, type, face, sum(coins)::bigint, count(*), count(*) filter (where coins = 1),
           count(*) filter (where coins = 2)
    from die group by 1, 2, 3
$$;
comment on function part.die_samples is
    'For each study (or each type in it) and face: coins (n), dies (d), dies seen on one coin (d1) and on '
    'two (d2).';

create function api.die_statistics(by_type boolean default false)
returns table (study text, type text, face text, coins bigint, dies bigint, singletons bigint,
               doubletons bigint, undecided bigint, coins_per_die float8, coverage float8,
               coverage_low float8, coverage_high float8,
               carter float8, carter_error float8, carter_low float8, carter_high float8,
               esty_2006 float8, esty_2006_low float8, esty_2006_high float8,
               esty_2011 float8, esty_2011_low float8, esty_2011_high float8, caution text)
language sql stable as $$
    with undecided as (
        select study, type, face, count(*) as n from (
            select d.study, case when by_type then c.type end as type, d.face, d.side_id
            from api.dies d join api.coins c using (coin_id) group by 1, 2, 3, 4 having count(*) > 1) s
        group by 1, 2, 3),
    sample as materialized (select row_number() over () as n, d.* from part.die_samples(by_type) d),
    estimate as materialized (
        select s.n, e.* from sample s
        cross join lateral api.die_estimates(s.coins, s.dies, s.singletons, s.doubletons) e)
    select s.study, s.type, s.face, s.coins, s.dies, s.singletons, s.doubletons, coalesce(u.n, 0),
           s.coins::float8 / s.dies, c.coverage, c.coverage_low, c.coverage_high,
           k.estimate, k.standard_error, k.low, k.high, e.estimate, e.low, e.high, g.estimate, g.low, g.high,
           case when s.coins = s.dies then 'no die recurs: there is no estimate'
                when s.coins < 2 * s.dies then 'fewer than 2 coins a die: rough'
                when s.coins < 3 * s.dies then 'fewer than 3 coins a die: with care' end
    from sample s
    left join undecided u on u.study = s.study and u.face = s.face and u.type is not distinct from s.type
    cross join lateral api.die_coverage(s.coins, s.singletons, s.doubletons) c
    left join estimate k on k.n = s.n and k.method = 'Carter 1983'
    left join estimate e on e.n = s.n and e.method = 'Esty 2006'
    left join estimate g on g.n = s.n and g.method = 'Esty 2011'
    order by s.study, s.type, s.face
$$;
comment on function api.die_statistics is
    'For each study (or each type in it) and face: n, d, d1, d2, the undecided sides (two dies named, left '
    'out), the characteristic index n/d, the coverage, and the number of dies after Carter 1983, Esty 2006 '
    '(all dies alike) and Esty 2011 (geometric) with 95% intervals.';

create view api.die_combinations as
select o.study, o.die_id as obverse_die_id, o.die as obverse_die, r.die_id as reverse_die_id,
       r.die as reverse_die, count(*) as coins, count(distinct c.collection) as collections,
       round(avg(c.weight_g)::numeric, 3)::float8 as weight_g_mean,
       min(c.weight_g) as weight_g_min, max(c.weight_g) as weight_g_max,
       array_agg(distinct c.die_axis_h order by c.die_axis_h)
           filter (where c.die_axis_h is not null) as axes_h,
       min(c.type) as type, count(distinct c.type) as types
from part.decided_dies o
join part.decided_dies r on r.coin_id = o.coin_id and r.study = o.study and r.face = 'reverse'
join api.coins c on c.coin_id = o.coin_id
where o.face = 'obverse'
group by o.study, o.die_id, o.die, r.die_id, r.die;
comment on view api.die_combinations is
    'One row for each pair of an obverse and a reverse die that one study sees on the same coin: the number '
    'of coins, their weights and die axes; types counts their types, type is the first by name.';
comment on column api.die_combinations.axes_h is 'The die axes of its coins in clock hours, each once';
comment on column api.die_combinations.weight_g_min is 'Weight of the lightest coin in grams';
comment on column api.die_combinations.weight_g_max is 'Weight of the heaviest coin in grams';

create function part.combinations_of_study(study text) returns setof api.die_combinations
language sql stable as $$
    select c.* from api.die_combinations c where c.study = combinations_of_study.study
$$;
comment on function part.combinations_of_study is 'The die combinations of one study.';

create function part.dies_with_coins(study text)
returns table (die_id int, face text, die text, coins bigint, year float8, partners text[], names text[])
language sql stable as $$
    select d.die_id, d.face, d.die, count(distinct d.coin_id), avg((c.year_from + c.year_to) / 2.0)::float8,
           array_agg(distinct p.die) filter (where p.die is not null),
           array_agg(distinct c.collection || '/' || c.inventory_number)
    from part.decided_dies d join api.coins c using (coin_id)
    left join part.decided_dies p on p.coin_id = d.coin_id and p.study = d.study and p.face <> d.face
    where d.study = dies_with_coins.study
    group by d.die_id, d.face, d.die
$$;
comment on function part.dies_with_coins is
    'The dies of a study with their coins, the mean of their years, and the dies of the other face on them.';

create function part.sides_of_studies(study text, other_study text)
returns table (face text, coin_id int, side_id int, collection text, inventory_number text, die text,
               other_die text) language sql stable as $$
    select a.face, a.coin_id, a.side_id, c.collection, c.inventory_number, a.die, b.die
    from part.decided_dies a join part.decided_dies b using (side_id)
    join api.coins c on c.coin_id = a.coin_id
    where a.study = sides_of_studies.study and b.study = other_study
    order by a.face, a.side_id
$$;
comment on function part.sides_of_studies is 'The sides of which two studies name a die, and what each says.';

-- Die statistics: how many dies there were, from the dies that are known. Each function says whose formula it is.

create function api.coverage(coins bigint, singletons bigint, doubletons bigint)
returns table (coverage float8, coverage_low float8, coverage_high float8) language sql immutable as $$
    -- Where no die recurs the margin is 0, which is no certainty: there is no interval.
    select 1 - singletons / n, case when singletons < n then greatest(1 - singletons / n - margin, 0) end,
           case when singletons < n then least(1 - singletons / n + margin, 1) end
    from (select nullif(coins, 0)::float8) c (n),
         lateral (select 2 / n * sqrt(greatest(singletons + 2 * doubletons - singletons ^ 2 / n, 0))) m (margin)
    where coins > 0
$$;
comment on function api.coverage is
    'The share (0 to 1) of a coinage that was struck by the dies in a sample: 1 - d1/n (Good 1953, doi:10.1093/biomet/40.3-4.237), and two standard errors around it (Esty 1983, doi:10.1214/aos/1176346256; Lyon 1989, formula 5).';

create function api.carter_dies(coins bigint, dies bigint) returns float8 language sql immutable as $$
    -- Where no die recurs nothing speaks against any number.
    select case when coins > dies and dies > 0 then coins::float8 * dies / case
        when coins < 2 * dies then 1.214 * coins - 1.197 * dies
        when coins < 3 * dies then 1.124 * coins - 1.016 * dies
        else 1.069 * coins - 0.843 * dies end end
$$;
comment on function api.carter_dies is
    'The original number of dies by the simplified formula in three pieces of Carter 1983 (ANS Museum Notes 28, 195-206); null where each coin has a die of its own.';

create function api.esty_dies(coins bigint, dies bigint, singletons bigint, shape float8 default 'infinity')
returns float8 language sql immutable as $$
    -- Where each coin has a die of its own nothing speaks against any number.
    select case when coins > singletons and dies > 0 and shape > 0
                then dies / (1 - singletons::float8 / coins) * (1 + singletons / (shape * dies)) end
$$;
comment on function api.esty_dies is
    'The original number of dies by singletons: d/C (1 + d1/(p d)), where C is the coverage (Esty 2006, Numismatic Chronicle 166, 359-364; 2011). p is the shape of the spread of the dies'' output: infinity where all struck alike, 2 in between, 1 for the geometric model.';

create function api.geometric_dies(coins bigint, dies bigint) returns float8 language sql immutable as $$
    select case when coins > dies and dies > 0 then coins::float8 * dies / (coins - dies) end
$$;
comment on function api.geometric_dies is
    'The original number of dies by the geometric model, in which a die may break at any blow: n d/(n - d) (Esty 2011, in de Callataÿ (ed.), Quantifying Monetary Supplies, 43-58).';

create function api.geometric_interval(coins bigint, dies bigint, deviations float8 default 1.96)
returns table (low float8, high float8) language sql immutable as $$
    -- Under that model the share of dies among coins, d/n, has the variance r²(1 - r)/n, which artanh √(1 - r) levels
    -- out. Turned back, D = n / sinh². To the first order this is D ± 1.96 (D/n) √(D + n). Never below what was seen.
    select greatest(dies, coins / sinh(middle + margin) ^ 2), case when middle > margin then coins / sinh(middle - margin) ^ 2 end
    from (select asinh(sqrt(greatest(coins - dies, 0)::float8 / nullif(dies, 0))), deviations / (2 * sqrt(nullif(coins, 0)::float8))) m (middle, margin)
    where coins > 0 and dies between 1 and coins
$$;
comment on function api.geometric_interval is
    'The interval around the estimate of the geometric model, of 95% at 1.96 deviations: derived from the model, not Esty''s own approximation. high is null where no number is too large.';

create function api.gamma_error(coins bigint, estimate float8, shape float8) returns float8 language sql immutable as $$
    -- The number of dies seen, of D, when each was to give n/D coins and the outputs spread as gamma(shape): its variance
    -- at a fixed number of coins, through the slope of what is expected.
    select sqrt(estimate * greatest(unseen * (1 - unseen) - (x * unseen) ^ 2 / (x + x ^ 2 / shape), 0)) / (1 - unseen + x * slope)
    from (select coins / estimate) c (x),
         lateral (select (1 + x / shape) ^ -shape, -((1 + x / shape) ^ (-shape - 1))) u (unseen, slope)
    where coins > 0 and estimate > 0
$$;
comment on function api.gamma_error is
    'The standard error of an estimated number of dies where their output spreads as a gamma distribution of this shape, by the delta method: derived here. Carter''s simulations took shape 2.';

create function api.die_estimates(coins bigint, dies bigint, singletons bigint, doubletons bigint)
returns table (method text, model text, estimate float8, standard_error float8, low float8, high float8)
language sql immutable as $$
    select 'Carter 1983', 'output in between (gamma, shape 2)', e, s, greatest(dies, e * exp(-1.96 * s / e)), greatest(dies, e * exp(1.96 * s / e))
    from (select api.carter_dies(coins, dies)) c (e), lateral (select api.gamma_error(coins, e, 2)) g (s) where e is not null
    union all
    -- The limits of the coverage are those of the dies, as Lyon 1989 has it.
    select 'Esty 2006', 'all dies struck alike', e, null, greatest(dies, e * c.coverage / c.coverage_high),
           case when c.coverage_low > 0 then e * c.coverage / c.coverage_low end
    from (select api.esty_dies(coins, dies, singletons)) d (e), api.coverage(coins, singletons, doubletons) c where e is not null
    union all
    select 'Esty 2011', 'geometric', api.geometric_dies(coins, dies), api.gamma_error(coins, api.geometric_dies(coins, dies), 1),
           i.low, i.high from api.geometric_interval(coins, dies) i
$$;
comment on function api.die_estimates is
    'What was the number of dies? Every estimate with its interval of 95%, from the coins of a sample, their dies, and the dies seen on one coin and on two. low and high of Carter''s are derived here, on a logarithmic scale; null: no estimate, no bound.';

create view api.decided_dies as
select side_id, coin_id, die_id, study, face, die
from (select *, count(*) over (partition by study, side_id) as named from api.dies) d where d.named = 1;
comment on view api.decided_dies is 'The rows of api.dies but for sides for which one study names two dies: those are undecided.';

create view api.die_counts as
select d.study, d.face, d.die_id, d.die, c.type, count(*) as coins
from api.decided_dies d join api.coins c using (coin_id)
group by d.study, d.face, d.die_id, d.die, c.type;
comment on view api.die_counts is
    'On how many coins of a type each die of a study is seen. A side for which a study names two dies is undecided and left out.';

create function api.die_samples(by_type boolean)
returns table (study text, type text, face text, coins bigint, dies bigint, singletons bigint, doubletons bigint)
language sql stable as $$
    with die as (
        select d.study, case when by_type then d.type end as type, d.face, d.die_id, sum(d.coins) as coins
        from api.die_counts d group by 1, 2, 3, 4)
    select study, type, face, sum(coins)::bigint, count(*), count(*) filter (where coins = 1), count(*) filter (where coins = 2)
    from die group by 1, 2, 3
$$;
comment on function api.die_samples is
    'Of each study, or each type in it, and face: coins (n), dies (d), dies seen on one coin (d1) and on two (d2).';

create function api.die_statistics(by_type boolean default false)
returns table (study text, type text, face text, coins bigint, dies bigint, singletons bigint, doubletons bigint, undecided bigint,
               coins_per_die float8, coverage float8, coverage_low float8, coverage_high float8,
               carter float8, carter_error float8, carter_low float8, carter_high float8,
               esty_2006 float8, esty_2006_low float8, esty_2006_high float8,
               esty_2011 float8, esty_2011_low float8, esty_2011_high float8, caution text)
language sql stable as $$
    with undecided as (
        select study, type, face, count(*) as n from (
            select d.study, case when by_type then c.type end as type, d.face, d.side_id
            from api.dies d join api.coins c using (coin_id) group by 1, 2, 3, 4 having count(*) > 1) s
        group by 1, 2, 3)
    select s.study, s.type, s.face, s.coins, s.dies, s.singletons, s.doubletons, coalesce(u.n, 0),
           s.coins::float8 / s.dies, c.coverage, c.coverage_low, c.coverage_high,
           k.estimate, k.standard_error, k.low, k.high, e.estimate, e.low, e.high, g.estimate, g.low, g.high,
           case when s.coins = s.dies then 'no die recurs: there is no estimate'
                when s.coins < 2 * s.dies then 'fewer than 2 coins a die: rough'
                when s.coins < 3 * s.dies then 'fewer than 3 coins a die: with care' end
    from api.die_samples(by_type) s
    left join undecided u on u.study = s.study and u.face = s.face and u.type is not distinct from s.type
    cross join lateral api.coverage(s.coins, s.singletons, s.doubletons) c
    left join lateral api.die_estimates(s.coins, s.dies, s.singletons, s.doubletons) k on k.method = 'Carter 1983'
    left join lateral api.die_estimates(s.coins, s.dies, s.singletons, s.doubletons) e on e.method = 'Esty 2006'
    left join lateral api.die_estimates(s.coins, s.dies, s.singletons, s.doubletons) g on g.method = 'Esty 2011'
    order by s.study, s.type, s.face
$$;
comment on function api.die_statistics is
    'Of each study, or each type in it, and face: n, d, d1, d2, the sides that name two dies (left out), the characteristic index n/d, the coverage, and the number of dies after Carter 1983, Esty 2006 (all dies alike) and Esty 2011 (geometric) with intervals of 95%.';

create view api.die_links as
select o.study, o.die_id as obverse_die_id, o.die as obverse_die, r.die_id as reverse_die_id, r.die as reverse_die,
       count(*) as coins, count(distinct c.collection) as collections, min(c.type) as type, count(distinct c.type) as types
from api.decided_dies o join api.decided_dies r on r.coin_id = o.coin_id and r.study = o.study and r.face = 'reverse'
join api.coins c on c.coin_id = o.coin_id
where o.face = 'obverse'
group by o.study, o.die_id, o.die, r.die_id, r.die;
comment on view api.die_links is
    'Each pair of an obverse and a reverse die that one study sees on one coin, and on how many; type is the first by name of so many types.';

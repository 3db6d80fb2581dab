-- Looking at a collection: what there is, what is missing, what stands out. Each function takes a predicate
-- over the columns of api.coins.

create function part.described_coins(predicate text default 'true') returns setof api.coins
language sql stable as $$
    select c.* from api.coins c
    where predicate = 'true' or c.coin_id in (select part.passing(predicate, 'both'))
$$;
comment on function part.described_coins is 'The coins that pass a predicate over the columns of api.coins.';

create function part.class_order(field text) returns int language sql immutable as $$
    select array_position('{collection, type, material, denomination, mint, authority, portrait}', field)
$$;
comment on function part.class_order is 'The place of a field among those that sort coins into classes.';

create function part.describe_counts(predicate text default 'true')
returns table (field text, value text, coins bigint, share float8) language sql stable as $$
    with said as (
        -- One scan for all fields. The bit of the field that a row counts is 0.
        select grouping(c.collection, c.type, c.material, c.denomination, c.mint, c.authority, c.portrait)
                   as bits,
               coalesce(c.collection, c.type, c.material, c.denomination, c.mint, c.authority, c.portrait)
                   as value,
               count(*) as coins
        from part.described_coins(predicate) c
        group by grouping sets (
            c.collection, c.type, c.material, c.denomination, c.mint, c.authority, c.portrait)),
    class as (
        -- Each name is examined once, not once for each coin.
        select s.bits, case when s.bits = 63 then s.value else part.known(s.value) end as value,
               sum(s.coins)::bigint as coins
        from said s group by 1, 2)
    select f.field, k.value, k.coins, k.coins / sum(k.coins) over (partition by f.field)
    from class k
    join (values ('collection', 63), ('type', 95), ('material', 111), ('denomination', 119), ('mint', 123),
                 ('authority', 125), ('portrait', 126)) f (field, bits) using (bits)
    order by part.class_order(f.field), k.value is null, 3 desc, 2
$$;
comment on function part.describe_counts is
    'How many coins each collection, type, material, denomination, mint, authority and portrait has, and '
    'their share of all; value is null for coins without one.';

create function part.class_imbalance(predicate text default 'true')
returns table (field text, classes bigint, coins bigint, unknown bigint, largest text, largest_share float8,
               smallest_share float8, singletons bigint, effective_classes float8, gini float8, ratio float8)
language sql stable as $$
    with class as (
        select d.field, d.value, d.coins::float8 as n, sum(d.coins) over field as all_coins,
               sum(d.coins) filter (where d.value is not null) over field::float8 as total,
               row_number() over (partition by d.field order by d.value is null, d.coins, d.value) as rank,
               count(d.value) over field::float8 as k
        from part.describe_counts(predicate) d window field as (partition by d.field))
    select c.field, count(*), max(c.total)::bigint, max(c.all_coins)::bigint - max(c.total)::bigint,
           (array_agg(c.value order by c.n desc, c.value))[1], max(c.n / c.total), min(c.n / c.total),
           count(*) filter (where c.n = 1), exp(-sum(c.n / c.total * ln(c.n / c.total))),
           2 * sum(c.rank * c.n) / max(c.k * c.total) - (max(c.k) + 1) / max(c.k), max(c.n) / min(c.n)
    from class c where c.value is not null group by 1 order by part.class_order(c.field)
$$;
comment on function part.class_imbalance is
    'How evenly coins are spread over the classes of a field. effective_classes is the exponential of the '
    'entropy: the number of equally large classes that would be as mixed (Hill 1973, doi:10.2307/1934352). '
    'gini is 0 where all classes have one size and approaches 1 where one class has all coins; ratio is the '
    'largest class divided by the smallest.';

create function api.missing_values(predicate text default 'true')
returns table (collection text, field text, records bigint, missing bigint, share float8)
language sql stable as $$
    with coin as (
        select c.collection, count(*) as records, array[
            count(coalesce(c.year_from, c.year_to)), count(c.weight_g), count(c.diameter_mm),
            count(c.die_axis_h), count(part.known(c.findspot)), count(part.known(c.provenance))] as known
        from part.described_coins(predicate) c group by 1),
    -- Each name is examined once in a collection, not once for each coin. The bit of the field is 0.
    name as (
        select c.collection, coalesce(c.type, c.material, c.denomination, c.mint, c.authority, c.portrait)
                   as value, count(*) as coins,
               grouping(c.type, c.material, c.denomination, c.mint, c.authority, c.portrait) as bits
        from part.described_coins(predicate) c
        group by c.collection, grouping sets (
            c.type, c.material, c.denomination, c.mint, c.authority, c.portrait)),
    named as (
        select n.collection, array_position(array[31, 47, 55, 59, 61, 62], n.bits) as n,
               coalesce(sum(n.coins) filter (where part.known(n.value) is not null), 0)::bigint as known
        from name n group by 1, 2),
    photograph as (
        select c.collection, i.face, count(i.sha256) as known
        from api.images i join part.described_coins(predicate) c using (coin_id) group by 1, 2),
    -- Only sides that exist: a uniface coin has no reverse that could lack a legend.
    side as (
        select s.*, array[s.legends, s.descriptions, coalesce(p.known, 0)] as known
        from (select s.collection, s.face, count(*) as records, count(part.known(s.legend)) as legends,
                     count(part.known(s.description)) as descriptions
              from api.sides s
              where predicate = 'true' or s.coin_id in (select part.passing(predicate, 'both'))
              group by 1, 2) s
        left join photograph p using (collection, face)),
    said as (
        select m.collection, m.n, c.records, m.known from named m join coin c using (collection)
        union all
        select c.collection, k.n + 6, c.records, k.known
        from coin c cross join unnest(c.known) with ordinality k (known, n)
        union all
        select s.collection, k.n + case s.face when 'obverse' then 12 else 15 end, s.records, k.known
        from side s cross join unnest(s.known) with ordinality k (known, n))
    select s.collection, f.field, s.records, s.records - s.known, (s.records - s.known)::float8 / s.records
    from said s join unnest(array[
        'type', 'material', 'denomination', 'mint', 'authority', 'portrait', 'date', 'weight_g',
        'diameter_mm', 'die_axis_h', 'findspot', 'provenance', 'obverse legend', 'obverse description',
        'obverse photograph', 'reverse legend', 'reverse description', 'reverse photograph'])
        with ordinality f (field, n) using (n)
    order by s.collection, n
$$;
comment on function api.missing_values is
    'For each collection and field, how many records (coins, or sides of a face) there are and how many '
    'lack it. A placeholder (unknown, N/A) and a photograph that could not be read are missing.';

create function part.period_width(predicate text default 'true') returns int language sql stable as $$
    with span as (
        select max(c.year_to) - min(c.year_from) as years from part.described_coins(predicate) c
        where c.year_from is not null and c.year_to is not null)
    select coalesce(min(w), 1000) from span, unnest('{1, 2, 5, 10, 25, 50, 100, 250, 500, 1000}'::int[]) w
    where years / w <= 24
$$;
comment on function part.period_width is
    'A number of years that divides the dates of the coins into about two dozen periods at most.';

create function part.coins_over_time(field text default 'denomination', predicate text default 'true',
                                     years int default null)
returns table (period_from int, period_to int, value text, coins float8) language sql stable as $$
    with width as materialized (
        select case when years > 0 then years else part.period_width(predicate) end as w),
    -- There is no year 0: 1 BC is counted as -1 and AD 1 as 0.
    dated as (
        select part.field_as_recorded(c, coins_over_time.field) as value,
               case when t is not null then least(f, t) end as f,
               case when f is not null then greatest(f, t) end as t, count(*) as n
        from part.described_coins(predicate) c
        cross join lateral (
            select c.year_from - (c.year_from > 0)::int, c.year_to - (c.year_to > 0)::int) y (f, t)
        group by 1, 2, 3),
    coin as (
        select part.field_known(d.value, coins_over_time.field) as value, d.f, d.t, sum(d.n)::bigint as n
        from dated d group by 1, 2, 3)
    select p * w + (p >= 0)::int, (p + 1) * w - 1 + ((p + 1) * w > 0)::int, value,
           -- In equal parts over the years of its date.
           sum(n * (least(t, (p + 1) * w - 1) - greatest(f, p * w) + 1)::float8 / (t - f + 1))
    from coin cross join width
    -- A coin without both years is in no period.
    left join lateral generate_series(floor(f::float8 / w)::int, floor(t::float8 / w)::int) p on true
    where p is not null group by p, w, value
    union all
    select null, null, value, sum(n) from coin where f is null or t is null group by value
    order by 1 nulls last, 4 desc, 3
$$;
comment on function part.coins_over_time is
    'How many coins of each denomination (or material, type, … as in part.describe_counts) fall into each '
    'period. A coin dated to a span of years counts in equal parts for each year (aoristic); a coin whose '
    'date lacks an end is in the rows without a period.';

create function part.measured_classes(field text default 'type', predicate text default 'true')
returns table (measure text, value text, n bigint, ends float8[], mad float8, mean_deviation float8,
               coins int[], xs float8[])
language sql stable as $$
    with measured as (
        select m.measure, part.field_as_recorded(c, measured_classes.field) as value, c.coin_id, m.x
        from part.described_coins(predicate) c
        cross join lateral (values ('weight_g', c.weight_g), ('diameter_mm', c.diameter_mm)) m (measure, x)
        where m.x is not null),
    -- Each class keeps its coins in arrays: to join or to sort them again takes as long as all the rest.
    class as (
        select m.measure, m.value, count(*) as n, array_agg(m.coin_id) as coins, array_agg(m.x) as xs,
               percentile_cont(array[0, 0.25, 0.5, 0.75, 1]) within group (order by m.x) as ends
        from measured m where m.value is not null group by 1, 2
        having part.field_known(m.value, measured_classes.field) is not null)
    select c.measure, c.value, c.n, c.ends, d.mad, d.mean_deviation, c.coins, c.xs
    from class c
    cross join lateral (
        select percentile_cont(0.5) within group (order by abs(x - c.ends[3])) as mad,
               avg(abs(x - c.ends[3])) as mean_deviation
        from unnest(c.xs) x) d
$$;
comment on function part.measured_classes is
    'The weights and diameters of each type (or denomination, …): how many, the least, the quartiles and the '
    'largest (ends), the median absolute deviation and the mean deviation from the median, the coins and '
    'their measures.';

create function part.modified_z(x float8, n bigint, median float8, mad float8, mean_deviation float8)
returns float8 language sql immutable parallel safe as $$
    -- Where more than half are equal the median deviation is 0: the authors then use the mean deviation.
    select case when n < 5 then null when mad > 0 then 0.6745 * (x - median) / mad
                when mean_deviation > 0 then 0.797885 * (x - median) / mean_deviation else 0 end
$$;
comment on function part.modified_z is
    'How far a measure is from the median of its class: the modified z-score of Iglewicz and Hoaglin 1993; '
    'null where fewer than 5 coins are measured.';

create function api.outliers(field text default 'type', predicate text default 'true',
                             beyond float8 default 3.5)
returns table (measure text, value text, coin_id int, collection text, inventory_number text, x float8,
               n bigint,
               median float8, mad float8, score float8) language sql stable as $$
    select m.measure, m.value, m.coin_id, c.collection, c.inventory_number, m.x, m.n, m.median, m.mad, m.score
    from (select d.measure, d.value, o.coin_id, o.x, d.n, d.ends[3] as median, d.mad, z.score
          from part.measured_classes(field, predicate) d
          cross join lateral unnest(d.coins, d.xs) o (coin_id, x)
          cross join lateral part.modified_z(o.x, d.n, d.ends[3], d.mad, d.mean_deviation) z (score)
          where abs(z.score) > beyond) m
    join api.coins c using (coin_id)
    order by abs(m.score) desc, m.measure desc, m.coin_id
$$;
comment on function api.outliers is
    'Coins whose weight or diameter differs much from others of their type: a modified z-score beyond 3.5 '
    '(Iglewicz and Hoaglin 1993, How to Detect and Handle Outliers). A typing error, a wrong type, a '
    'clipped coin: for people to check.';

create function part.measure_spread(field text default 'type', predicate text default 'true')
returns table (measure text, value text, n bigint, smallest float8, low float8, q1 float8, median float8,
               q3 float8,
               high float8, largest float8, mad float8, outliers bigint) language sql stable as $$
    select d.measure, d.value, d.n, d.ends[1], m.low, d.ends[2], d.ends[3], d.ends[4], m.high, d.ends[5],
           d.mad, d.n - m.within
    from part.measured_classes(field, predicate) d
    cross join lateral (
        select min(x) as low, max(x) as high, count(*) as within from unnest(d.xs) x
        where coalesce(abs(part.modified_z(x, d.n, d.ends[3], d.mad, d.mean_deviation)) <= 3.5, true)) m
    order by 1 desc, 3 desc, 2
$$;
comment on function part.measure_spread is
    'Weight and diameter of each type (or denomination, …): how many are measured, quartiles, median '
    'absolute deviation, and how many are outliers; low and high are the ends without outliers.';

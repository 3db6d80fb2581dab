-- Imputed values: made on request by a rule that is stored, in columns of their own. Nothing else reads them.

create view api.imputed_values as
select i.coin_id, i.field, i.number,
       -- A preferred name (api.terms) replaces its aliases here too.
       coalesce((select m.name from core.alias a join core.term m using (term_id)
                 where a.field = i.field and a.alias = i.value_text), i.value_text) as value_text,
       i.rests_on, i.agreeing, r.imputation_id, r.by_fields, r.statistic, r.least_coins,
       case when (select job.hides(false)) then null else r.predicate end as predicate, r.said_by, r.made_at
from core.imputed i join core.imputation r using (imputation_id) join core.coin c using (coin_id)
left join core.imputed o on o.coin_id = i.coin_id
     and o.field = case i.field when 'year_from' then 'year_to' when 'year_to' then 'year_from' end
where case i.field
          -- Not where the value is known by now, nor where it contradicts what is known.
          when 'year_from' then c.year_from is null and i.number <= coalesce(c.year_to, o.number, i.number)
          when 'year_to' then c.year_to is null and i.number >= coalesce(c.year_from, o.number, i.number)
          when 'weight_g' then c.weight_g is null
          when 'diameter_mm' then c.diameter_mm is null
          when 'die_axis_h' then c.die_axis_h is null
          when 'material' then part.known(c.material) is null
          when 'denomination' then part.known(c.denomination) is null
          when 'mint' then part.known(c.mint) is null
          when 'authority' then part.known(c.authority) is null
          when 'portrait' then part.known(c.portrait) is null end;
comment on view api.imputed_values is
    'One row for each imputed value of a coin: the rule, and the number of coins behind it. A value that '
    'has become known since is not listed.';
comment on column api.imputed_values.number is 'The value, if the field is a number';
comment on column api.imputed_values.value_text is 'The value, if the field is a name';
comment on column api.imputed_values.rests_on is
    'Number of coins with a known value behind the median or mode';
comment on column api.imputed_values.agreeing is
    'Mode: how many of these coins have exactly this value; null: a median';
comment on column api.imputed_values.predicate is
    'Only coins that pass this condition were learned from and filled; null for a login that may not see '
    'all coins: it may name them';

create view part.imputations as
select r.imputation_id, r.field, r.by_fields, r.statistic, r.least_coins,
       case when (select job.hides(false)) then null else r.predicate end as predicate, r.said_by, r.made_at,
       v.coins, v.agreeing_mean, v.agreeing_least
from core.imputation r cross join lateral (
    select count(*) as coins, avg(v.agreeing::float8 / v.rests_on) as agreeing_mean,
           min(v.agreeing::float8 / v.rests_on) as agreeing_least
    from api.imputed_values v where v.imputation_id = r.imputation_id) v
order by r.imputation_id;
comment on view part.imputations is
    'One row for each rule by which values were imputed, with the number of coins that still have its value.';
comment on column part.imputations.agreeing_mean is
    'Mode: the share of a group that has the imputed value, 0 to 1; the mean over the coins';
comment on column part.imputations.agreeing_least is
    'Mode: the smallest such share; a value that few of a group have is a weak guess';

create view api.coins_imputed as
select c.*,
       year_from.number::int as year_from_imputed, year_to.number::int as year_to_imputed,
       weight_g.number as weight_g_imputed, diameter_mm.number as diameter_mm_imputed,
       die_axis_h.number::smallint as die_axis_h_imputed, material.value_text as material_imputed,
       denomination.value_text as denomination_imputed, mint.value_text as mint_imputed,
       authority.value_text as authority_imputed, portrait.value_text as portrait_imputed
from api.coins c
left join api.imputed_values year_from on year_from.coin_id = c.coin_id and year_from.field = 'year_from'
left join api.imputed_values year_to on year_to.coin_id = c.coin_id and year_to.field = 'year_to'
left join api.imputed_values weight_g on weight_g.coin_id = c.coin_id and weight_g.field = 'weight_g'
left join api.imputed_values diameter_mm
    on diameter_mm.coin_id = c.coin_id and diameter_mm.field = 'diameter_mm'
left join api.imputed_values die_axis_h on die_axis_h.coin_id = c.coin_id and die_axis_h.field = 'die_axis_h'
left join api.imputed_values material on material.coin_id = c.coin_id and material.field = 'material'
left join api.imputed_values denomination
    on denomination.coin_id = c.coin_id and denomination.field = 'denomination'
left join api.imputed_values mint on mint.coin_id = c.coin_id and mint.field = 'mint'
left join api.imputed_values authority on authority.coin_id = c.coin_id and authority.field = 'authority'
left join api.imputed_values portrait on portrait.coin_id = c.coin_id and portrait.field = 'portrait';
comment on view api.coins_imputed is
    'api.coins with imputed values in columns of their own (…_imputed), null where the value is known. The '
    'rules: api.imputed_values.';
comment on column api.coins_imputed.year_from_imputed is
    'Imputed, not known; a year that coins of the group have';
comment on column api.coins_imputed.year_to_imputed is
    'Imputed, not known; a year that coins of the group have';
comment on column api.coins_imputed.weight_g_imputed is
    'Imputed, not measured; the median or mode of the group';
comment on column api.coins_imputed.diameter_mm_imputed is
    'Imputed, not measured; the median or mode of the group';
comment on column api.coins_imputed.die_axis_h_imputed is
    'Imputed, not measured; the most frequent of the group';
comment on column api.coins_imputed.material_imputed is
    'Imputed, no source says so; the most frequent of the group';
comment on column api.coins_imputed.denomination_imputed is
    'Imputed, no source says so; the most frequent of the group';
comment on column api.coins_imputed.mint_imputed is
    'Imputed, no source says so; the most frequent of the group';
comment on column api.coins_imputed.authority_imputed is
    'Imputed, no source says so; the most frequent of the group';
comment on column api.coins_imputed.portrait_imputed is
    'Imputed, no source says so; the most frequent of the group';

create function part.field_as_recorded(c api.coins, field text) returns text
language sql stable parallel safe as $$
    select case field
        when 'type' then c.type when 'collection' then c.collection when 'material' then c.material
        when 'denomination' then c.denomination when 'mint' then c.mint when 'authority' then c.authority
        when 'portrait' then c.portrait when 'year_from' then c.year_from::text
        when 'year_to' then c.year_to::text when 'weight_g' then c.weight_g::text
        when 'diameter_mm' then c.diameter_mm::text when 'die_axis_h' then c.die_axis_h::text end
$$;
comment on function part.field_as_recorded is 'A field of a coin, as text; placeholders too.';

create function part.field_known(value text, field text) returns text
language sql immutable parallel safe as $$
    select case when field in ('type', 'material', 'denomination', 'mint', 'authority', 'portrait')
                then part.known(value) else value end
$$;
comment on function part.field_known is
    'The value of a field; null for a placeholder (unknown, N/A). For each value, not for each coin.';

create function part.field_text(c api.coins, field text) returns text
language sql stable parallel safe as $$
    select part.field_known(part.field_as_recorded(c, field), field)
$$;
comment on function part.field_text is 'A field of a coin, as text; null for a placeholder (unknown, N/A).';

create function job.grouped_coins(field text, by_fields text[], predicate text)
returns table (coin_id int, value text, group_of text[]) language sql stable as $$
    -- A coin that lacks one of the fields belongs to no group.
    select c.coin_id, part.field_text(c, field),
           case when array_position(g.names, null) is null then g.names end
    from api.coins c
    cross join lateral (
        select array(select part.field_text(c, f) from unnest(by_fields) f) as names offset 0) g
    where predicate = 'true' or c.coin_id in (select part.passing(predicate, 'both'))
$$;
comment on function job.grouped_coins is
    'Coins that pass a predicate: the value of a field, as text, and their group.';

create function job.begin_imputation(field text, by_fields text[], statistic text, least_coins int,
                                     predicate text, said_by text) returns int language plpgsql as $$
#variable_conflict use_column
declare
    id int;
begin
    perform job.lock('imputation');
    -- The same rule replaces its own values; values of other rules stay.
    delete from core.imputation r
    where (r.field, r.by_fields, r.statistic, r.least_coins, r.predicate) = ($1, $2, $3, $4, $5);
    insert into core.imputation (field, by_fields, statistic, least_coins, predicate, said_by)
    values ($1, $2, $3, $4, $5, $6) returning imputation_id into id;
    return id;
end $$;
comment on function job.begin_imputation is 'Stores a rule without its values; returns its key.';

create function job.impute(field text, by_fields text[], statistic text, least_coins int, predicate text,
                           said_by text)
returns table (imputation_id int, coins int, lacking int, contradicting int) language plpgsql as $$
#variable_conflict use_variable
declare
    id int := job.begin_imputation(field, by_fields, statistic, least_coins, predicate, said_by);
    other_year text := case field when 'year_from' then 'year_to' when 'year_to' then 'year_from' end;
    is_name boolean := field in ('material', 'denomination', 'mint', 'authority', 'portrait');
begin
    return query
        with pool as materialized (select * from job.grouped_coins(field, by_fields, predicate)),
        -- When two values are equally frequent, there is no mode.
        known as (
            select m.group_of, sum(m.n)::int as rests_on, max(m.top)::int as agreeing,
                   case when count(*) filter (where m.n = m.top) = 1
                        then (array_agg(m.value order by m.n desc))[1] end as value
            from (select p.group_of, p.value, count(*) as n,
                         max(count(*)) over (partition by p.group_of) as top
                  from pool p where statistic = 'mode' and p.value is not null group by 1, 2) m
            group by 1
            union all
            -- The median of years is one of them: the mean of two could be the year 0, which does not exist.
            select p.group_of, count(*)::int, null, case when field like 'year%'
                       then percentile_disc(0.5) within group (order by p.value::float8)
                       else percentile_cont(0.5) within group (order by p.value::float8) end::text
            from pool p where statistic = 'median' and p.value is not null group by 1),
        due as (
            select p.coin_id, k.value, k.rests_on, k.agreeing, coalesce(case field
                       when 'year_from' then k.value::float8 > coalesce(c.year_to, o.number)
                       when 'year_to' then k.value::float8 < coalesce(c.year_from, o.number)
                   end, false) as contradicts
            from pool p join known k using (group_of) join core.coin c using (coin_id)
            left join core.imputed o on o.coin_id = p.coin_id and o.field = other_year
            where p.value is null and k.value is not null and k.rests_on >= least_coins
              and not exists (select from core.imputed i
                              where i.coin_id = p.coin_id and i.field = impute.field)),
        made as (
            insert into core.imputed (coin_id, field, number, value_text, rests_on, agreeing, imputation_id)
            select d.coin_id, field, case when is_name then null else d.value::float8 end,
                   case when is_name then d.value end, d.rests_on, d.agreeing, id
            from due d where not d.contradicts returning 1)
        select id, (select count(*)::int from made), (select count(*)::int from pool where value is null),
               (select count(*)::int from due where contradicts);
end $$;
comment on function job.impute is
    'Fills a field, where coins lack it, with the median or mode of their group. Returns how many coins it '
    'filled, how many lacked the value, and how many years it left out because the first would come after '
    'the last.';

create function job.drop_imputation(id int) returns int language plpgsql as $$
declare
    n int := (select count(*) from core.imputed i where i.imputation_id = id);
begin
    delete from core.imputation r where r.imputation_id = id;
    if not found then
        raise 'there is no imputation %; see: coinstore impute list', id using errcode = 'CS001';
    end if;
    return n;
end $$;
comment on function job.drop_imputation is
    'Drops a rule and the values it imputed; returns how many there were.';

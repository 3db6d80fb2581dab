-- Values that were imputed: on request, by a rule that is kept, in columns of their own. Nothing else reads them.

create view api.imputed_values as
select i.coin_id, i.field, i.number,
       -- A name that has an alias's place is shown here, too.
       coalesce((select m.name from core.alias a join core.term m using (term_id)
                 where a.field = i.field and a.alias = i.value_text), i.value_text) as value_text,
       i.rests_on, i.agreeing, r.imputation_id, r.by_fields, r.statistic, r.least_coins,
       case when (select job.hides(false)) then null else r.predicate end as predicate, r.said_by, r.made_at
from core.imputed i join core.imputation r using (imputation_id) join core.coin c using (coin_id)
left join core.imputed o on o.coin_id = i.coin_id
     and o.field = case i.field when 'year_from' then 'year_to' when 'year_to' then 'year_from' end
where case i.field
          -- What is measured by now, or what it contradicts, is not shown.
          when 'year_from' then c.year_from is null and i.number <= coalesce(c.year_to, o.number, i.number)
          when 'year_to' then c.year_to is null and i.number >= coalesce(c.year_from, o.number, i.number)
          when 'weight_g' then c.weight_g is null
          when 'diameter_mm' then c.diameter_mm is null
          when 'die_axis_h' then c.die_axis_h is null
          when 'material' then c.material is null
          when 'denomination' then c.denomination is null
          when 'mint' then c.mint is null
          when 'authority' then c.authority is null
          when 'portrait' then c.portrait is null end;
comment on view api.imputed_values is
    'One row for each value that was imputed for a coin: by which rule, and on how many coins it rests. A field that was measured since has none.';
comment on column api.imputed_values.number is 'The value, where the field is a number';
comment on column api.imputed_values.value_text is 'The value, where the field is a name';
comment on column api.imputed_values.rests_on is 'Coins with a measured value of which it is the median or the mode';
comment on column api.imputed_values.agreeing is 'Of a mode: how many of them have this very value; null for a median';
comment on column api.imputed_values.by_fields is 'Coins that agree in these fields are a group';
comment on column api.imputed_values.predicate is 'Coins that pass this condition alone are learned from, and filled; null for a login from whom coins are hidden: it may name them';

create view api.imputations as
select r.imputation_id, r.field, r.by_fields, r.statistic, r.least_coins,
       case when (select job.hides(false)) then null else r.predicate end as predicate, r.said_by, r.made_at,
       v.coins, v.agreeing_mean, v.agreeing_least
from core.imputation r cross join lateral (
    select count(*) as coins, avg(v.agreeing::float8 / v.rests_on) as agreeing_mean, min(v.agreeing::float8 / v.rests_on) as agreeing_least
    from api.imputed_values v where v.imputation_id = r.imputation_id) v
order by r.imputation_id;
comment on view api.imputations is 'One row for each rule by which values were imputed, and for how many coins they still stand.';
comment on column api.imputations.agreeing_mean is 'Of modes: the share of a group that has the imputed value, 0 to 1, in the mean over the coins';
comment on column api.imputations.agreeing_least is 'Of modes: the least such share: a value that few of a group have is a weak guess';

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
left join api.imputed_values diameter_mm on diameter_mm.coin_id = c.coin_id and diameter_mm.field = 'diameter_mm'
left join api.imputed_values die_axis_h on die_axis_h.coin_id = c.coin_id and die_axis_h.field = 'die_axis_h'
left join api.imputed_values material on material.coin_id = c.coin_id and material.field = 'material'
left join api.imputed_values denomination on denomination.coin_id = c.coin_id and denomination.field = 'denomination'
left join api.imputed_values mint on mint.coin_id = c.coin_id and mint.field = 'mint'
left join api.imputed_values authority on authority.coin_id = c.coin_id and authority.field = 'authority'
left join api.imputed_values portrait on portrait.coin_id = c.coin_id and portrait.field = 'portrait';
comment on view api.coins_imputed is
    'api.coins with imputed values in columns of their own (…_imputed), null where the value is known. How they came about: api.imputed_values.';
comment on column api.coins_imputed.year_from_imputed is 'Imputed, not measured; a year that coins of the group have';
comment on column api.coins_imputed.year_to_imputed is 'Imputed, not measured; a year that coins of the group have';
comment on column api.coins_imputed.weight_g_imputed is 'Imputed, not measured';
comment on column api.coins_imputed.diameter_mm_imputed is 'Imputed, not measured';
comment on column api.coins_imputed.die_axis_h_imputed is 'Imputed, not measured; the most frequent of the group';
comment on column api.coins_imputed.material_imputed is 'Imputed, no source says so; the most frequent of the group';
comment on column api.coins_imputed.denomination_imputed is 'Imputed, no source says so; the most frequent of the group';
comment on column api.coins_imputed.mint_imputed is 'Imputed, no source says so; the most frequent of the group';
comment on column api.coins_imputed.authority_imputed is 'Imputed, no source says so; the most frequent of the group';
comment on column api.coins_imputed.portrait_imputed is 'Imputed, no source says so; the most frequent of the group';

create function job.impute(field text, by_fields text[], statistic text, least_coins int, predicate text, said_by text)
returns table (imputation_id int, coins int, lacking int, contradicting int) language plpgsql as $$
#variable_conflict use_column
declare
    id int;
begin
    -- The same rule again takes its own place; where another rule has given a value, that stays.
    perform job.lock('imputation');
    delete from core.imputation r
    where (r.field, r.by_fields, r.statistic, r.least_coins, r.predicate)
        = (impute.field, impute.by_fields, impute.statistic, impute.least_coins, impute.predicate);
    insert into core.imputation (field, by_fields, statistic, least_coins, predicate, said_by)
    values (impute.field, impute.by_fields, impute.statistic, impute.least_coins, impute.predicate, impute.said_by)
    returning core.imputation.imputation_id into id;
    return query execute format(
        'with pool as materialized (
             select c.coin_id, c.%1$I as value, %2$s as grp from api.coins c
             where $4 = ''true'' or c.coin_id in (select part.passing($4, ''coin''))),
         known as (select * from (%3$s) k where rests_on >= $2 and value is not null),
         due as (
             select p.coin_id, k.value, k.rests_on, k.agreeing, coalesce(%4$s, false) as contradicts
             from pool p join known k using (grp) join core.coin c using (coin_id)
             left join core.imputed o on o.coin_id = p.coin_id and o.field = $5
             where p.value is null and p.grp is not null
               and not exists (select from core.imputed i where i.coin_id = p.coin_id and i.field = $1)),
         made as (
             insert into core.imputed (coin_id, field, number, value_text, rests_on, agreeing, imputation_id)
             select coin_id, $1, %5$s, rests_on, agreeing, $3 from due where not contradicts returning 1)
         select $3, (select count(*)::int from made), (select count(*)::int from pool where value is null),
                (select count(*)::int from due where contradicts)',
        impute.field, job.group_of(impute.by_fields), job.known_values(impute.statistic, impute.field),
        case impute.field when 'year_from' then 'k.value > coalesce(c.year_to, o.number)'
                          when 'year_to' then 'k.value < coalesce(c.year_from, o.number)' else 'false' end,
        case when impute.field in ('material', 'denomination', 'mint', 'authority', 'portrait')
             then 'null::float8, value' else 'value, null::text' end)
    using impute.field, impute.least_coins, id, impute.predicate,
          case impute.field when 'year_from' then 'year_to' when 'year_to' then 'year_from' end;
end $$;
comment on function job.impute is
    'Fills what coins lack in a field with the median or the mode of their group; how many it filled, how many lacked it, and how many years would come before the first or after the last.';

create function job.group_of(by_fields text[]) returns text language sql immutable as $$
    -- As SQL: null where a coin lacks one of the fields, and so belongs to no group.
    select 'case when num_nulls(' || string_agg(format('c.%I', f), ', ' order by n) || ') = 0 then array['
           || string_agg(format('c.%I::text', f), ', ' order by n) || '] end'
    from unnest(by_fields) with ordinality b (f, n)
$$;

create function job.known_values(statistic text, field text) returns text language sql immutable as $$
    -- As SQL. The median of years is one of them: halfway between two could be the year 0, which there is not.
    -- Of two values that are equally frequent neither is the mode.
    select case when statistic = 'mode' then
        'select grp, case when count(*) filter (where n = top) = 1 then (array_agg(value order by n desc))[1] end as value,
                sum(n)::int as rests_on, max(top)::int as agreeing
         from (select grp, value, count(*) as n, max(count(*)) over (partition by grp) as top
               from pool where value is not null and grp is not null group by grp, value) m group by grp'
    else format('select grp, %s(0.5) within group (order by value) as value, count(*)::int as rests_on, null::int as agreeing
                 from pool where value is not null and grp is not null group by grp',
                case when field like 'year%' then 'percentile_disc' else 'percentile_cont' end) end
$$;

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
comment on function job.drop_imputation is 'Drops a rule with the values that were imputed by it; how many there were.';

-- All that is said of the names of a coin: by sources, by people and by models (load.sql, 70_figures).

create view part.plain_names (coin_id, field, name, uri) as
select coin_id, 'denomination', denomination, denomination_uri from core.coin
where num_nonnulls(denomination, denomination_uri) > 0
union all
select coin_id, 'material', material, material_uri from core.coin
where num_nonnulls(material, material_uri) > 0
union all
select coin_id, 'mint', mint, mint_uri from core.coin where num_nonnulls(mint, mint_uri) > 0
union all
select coin_id, 'authority', authority, authority_uri from core.coin
where num_nonnulls(authority, authority_uri) > 0
union all
select coin_id, 'portrait', portrait, portrait_uri from core.coin
where num_nonnulls(portrait, portrait_uri) > 0;
comment on view part.plain_names is
    'One row for each field of a coin that has a name, or the address of one.';

create view part.single_names as
select r.coin_id, r.source_id, n.field, r.said ->> n.field as name, r.said ->> (n.field || '_uri') as uri
from core.record r
cross join unnest('{denomination, material, mint, authority, portrait}'::text[]) n (field)
where r.said is not null and r.said ?| array[n.field, n.field || '_uri']
  and not exists (select from core.coin_value v
                  where (v.coin_id, v.source_id, v.field) = (r.coin_id, r.source_id, n.field));
comment on view part.single_names is
    'One row for each field in which one of several sources of a coin has one certain name.';
comment on column part.single_names.source_id is 'Key of the source that says it (core.source)';

create view job.said_names (field, name, collection_id) as
select n.field, n.name, n.collection_id from job.coin_names n
union all
select v.field, x.name, c.collection_id
from (select coin_id, field, value from core.coin_value
      union all select coin_id, field, name from part.single_names) v
join core.coin c using (coin_id)
left join (core.alias a join core.term m using (term_id)) on (a.field, a.alias) = (v.field, v.value)
cross join lateral (values (v.value), (m.name)) x (name) where x.name is not null;
comment on view job.said_names is 'The names on coins, with those that are uncertain or not the first.';

create view job.recorded_names as
select coin_id, field, value from core.recorded
union all select coin_id, field, value from core.coin_value where value is not null
union all select coin_id, field, name from part.single_names where name is not null;
comment on view job.recorded_names is 'The names that sources have where coins show another one, or none.';

create view api.values as
select v.coin_id, v.field, coalesce(m.name, v.value) as value, v.uri, v.is_uncertain,
       null::float8 as certainty, v.rank, 'source' as said_by_kind, s.location as said_by,
       v.value as recorded
from core.coin_value v
left join core.source s using (source_id)
left join (core.alias a join core.term m using (term_id)) on (a.field, a.alias) = (v.field, v.value)
union all
select n.coin_id, n.field, coalesce(m.name, n.name), n.uri, false, null, 1, 'source', s.location, n.name
from part.single_names n
left join core.source s using (source_id)
left join (core.alias a join core.term m using (term_id)) on (a.field, a.alias) = (n.field, n.name)
union all
select n.coin_id, n.field, n.name, n.uri, false, null, 1,
       case when p.decided_by is not null then 'person' else 'source' end,
       coalesce(p.decided_by, (select min(s.location) from core.record r join core.source s using (source_id)
                               where r.coin_id = n.coin_id having count(distinct s.source_id) = 1)),
       coalesce(o.value, n.name)
from part.plain_names n
left join core.recorded o on (o.coin_id, o.field) = (n.coin_id, n.field)
left join lateral (
    select min(q.decided_by) as decided_by from core.proposal q join core.classifier k using (classifier_id)
    where q.coin_id = n.coin_id and q.applied and k.label = n.field) p on true
where not exists (
    select from core.coin_value v
    where (v.coin_id, v.field) = (n.coin_id, n.field) and not v.is_uncertain
      and coalesce(v.value, v.uri) in (n.name, o.value, n.uri))
  and not exists (
    select from part.single_names k
    where (k.coin_id, k.field) = (n.coin_id, n.field) and coalesce(k.name, k.uri) in (n.name, o.value, n.uri))
union all
select p.coin_id, c.label, p.value, null, p.state = 'proposed', p.certainty, 1, 'model',
       format('%s of %s (classifier %s)', c.model, array_to_string(c.spaces, ' + '), c.classifier_id),
       p.value
from core.proposal p join core.classifier c using (classifier_id)
where p.state <> 'rejected'
  and c.label in ('denomination', 'material', 'mint', 'authority', 'portrait');
comment on view api.values is
    'One row for each denomination, material, mint, authority and portrait that someone gives a coin: '
    'several, uncertain ones, and what models propose. api.coins has the first certain one of the source '
    'that was loaded last. Imputed values are not here: nobody says them (api.imputed_values).';
comment on column api.values.value is
    'The name, as preferred (api.terms); null: the source has only an address';
comment on column api.values.uri is 'Address of the concept (nomisma.org …), as the source gives it';
comment on column api.values.is_uncertain is
    'true: its source marks it as uncertain, or a model proposes it and nobody has accepted it';
comment on column api.values.certainty is '0 to 1, as a model states it; null: nobody stated it';
comment on column api.values.rank is 'The place among the values that the same source gives, from 1';
comment on column api.values.said_by is
    'Who says so: a source, a person or a model; null: several sources describe the coin, and were loaded by '
    'an older version of coinstore, which did not keep what each of them says';
comment on column api.values.recorded is 'The name in the source';

create view part.several_values as
select v.coin_id, v.field from core.coin_value v
union
select n.coin_id, n.field from part.single_names n
group by 1, 2 having count(distinct coalesce(n.name, n.uri)) > 1
union
select p.coin_id, c.label from core.proposal p join core.classifier c using (classifier_id)
where p.state = 'proposed' and c.label in ('denomination', 'material', 'mint', 'authority', 'portrait');
comment on view part.several_values is
    'One row for each field where a coin has several names or an uncertain one (api.values).';

create function part.values_where(predicate text default 'true', of_field text default null,
                                  uncertain boolean default false)
returns table (coin_id int, collection text, inventory_number text, field text, value text, uri text,
               is_uncertain boolean, certainty float8, rank int, said_by_kind text, said_by text,
               recorded text)
language plpgsql stable as $$
begin
    perform part.check_predicate(predicate, 'coins');
    return query execute format($q$
        select k.coin_id, k.collection, k.inventory_number, v.field, v.value, v.uri, v.is_uncertain,
               v.certainty, v.rank::int, v.said_by_kind, v.said_by, v.recorded
        from (select s.coin_id, array_agg(s.field) as fields from part.several_values s
              where $1 is null or s.field = $1 group by 1) s
        join (select * from api.coins where (%s
        )) k using (coin_id)
        cross join lateral (
            select * from api.values v where v.coin_id = s.coin_id and v.field = any(s.fields) offset 0) v
        where v.is_uncertain or not $2
        order by k.collection, k.inventory_number, v.field, v.said_by_kind desc, v.said_by, v.rank
    $q$, predicate) using of_field, uncertain;
end $$;
comment on function part.values_where is
    'The names of fields where a coin has several or an uncertain one, of the coins that pass a condition.';

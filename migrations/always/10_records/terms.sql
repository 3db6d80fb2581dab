-- Terms: one preferred name for each thing, its aliases, and what the sources have.
-- An alias is compared letter by letter: people decide which other spellings mean the same.

create view job.coin_names (field, name, coin_id, collection_id) as
select 'denomination', denomination, coin_id, collection_id from core.coin where denomination is not null
union all select 'material', material, coin_id, collection_id from core.coin where material is not null
union all select 'mint', mint, coin_id, collection_id from core.coin where mint is not null
union all select 'authority', authority, coin_id, collection_id from core.coin where authority is not null
union all select 'portrait', portrait, coin_id, collection_id from core.coin where portrait is not null;
comment on view job.coin_names is 'One row for each name on a coin, by field; types are in core.coin_type.';

create view part.field_values as
select 'type' as field, type as value, count(*) as coins from api.coins where type is not null group by 2
union all
select 'denomination', denomination, count(*) from core.coin where denomination is not null group by 2
union all select 'material', material, count(*) from core.coin where material is not null group by 2
union all select 'mint', mint, count(*) from core.coin where mint is not null group by 2
union all select 'authority', authority, count(*) from core.coin where authority is not null group by 2
union all select 'portrait', portrait, count(*) from core.coin where portrait is not null group by 2;
comment on view part.field_values is
    'One row for each name in type, denomination, material, mint, authority and portrait, with its number '
    'of coins.';
comment on column part.field_values.value is 'The preferred name, as in api.coins';

create view part.preferred_names as
select t.field, t.name from core.term t;
comment on view part.preferred_names is 'The preferred names of fields; api.terms also counts their coins.';

create view api.terms as
select t.field, t.name as term, t.nomisma,
       array(select a.alias from core.alias a where a.term_id = t.term_id order by 1) as aliases,
       coalesce(v.coins, 0) as coins
from core.term t left join part.field_values v on v.field = t.field and v.value = t.name
order by t.field, t.name;
comment on view api.terms is 'One row for each preferred name of a field, with its aliases.';
comment on column api.terms.nomisma is 'Address of the concept at nomisma.org; null: nobody gave one';
comment on column api.terms.aliases is 'Names in the sources that the term replaces';
comment on column api.terms.coins is 'Number of coins that show the term, whatever their source has';

create view part.recorded as
select r.coin_id, r.field, r.value as recorded, m.name as term
from core.recorded r join core.alias a on a.field = r.field and a.alias = r.value
join core.term m using (term_id)
union all
select ct.coin_id, 'type', part.recorded_type(t), t.preferred
from core.coin_type ct join core.type t using (type_id) where ct.is_primary and t.preferred is not null;
comment on view part.recorded is
    'What the source has where api.coins shows a term instead: one row for each such coin and field.';
comment on column part.recorded.recorded is 'The name in the source';
comment on column part.recorded.term is 'The preferred name that api.coins shows';

create view part.aliases as
select a.field, a.alias, m.name as term, m.nomisma, coalesce(r.coins, 0) as coins, a.said_by, a.said_at
from core.alias a join core.term m using (term_id)
left join (select field, recorded, count(*) as coins from part.recorded group by 1, 2) r
       on r.field = a.field and r.recorded = a.alias
order by a.field, m.name, a.alias;
comment on view part.aliases is
    'One row for each alias of a term: who said so, and how many coins have the alias in their source.';

create function job.preferred(field text, name text) returns text language sql stable as $$
    select coalesce((select m.name from core.alias a join core.term m using (term_id)
                     where a.field = preferred.field and a.alias = preferred.name), preferred.name)
$$;
comment on function job.preferred is
    'The preferred name for a name in a field; the same name if there is none.';

create function job.check_term(field text, name text, aliases text[]) returns void language plpgsql as $$
declare
    found record;
begin
    select a.alias, m.name as term into found from core.alias a join core.term m using (term_id)
    where a.field = check_term.field and a.alias = check_term.name;
    if found.alias is not null then
        raise '% is already an alias of %; add the aliases to that name, or remove it first: '
            'coinstore terms remove % "%"', name, found.term, field, name using errcode = 'CS006';
    end if;
    select a.alias, m.name as term into found from core.alias a join core.term m using (term_id)
    where a.field = check_term.field and a.alias = any(aliases) and m.name <> check_term.name limit 1;
    if found.alias is not null then
        raise '% is already an alias of %; remove it first: coinstore terms remove % "%"',
            found.alias, found.term, field, found.alias using errcode = 'CS006';
    end if;
    if name = any(aliases) then
        raise '% cannot be an alias of itself; leave it out', name using errcode = 'CS006';
    end if;
end $$;

create function job.add_term(field text, name text, aliases text[], nomisma text, said_by text)
returns table (added int, coins int) language plpgsql as $$
#variable_conflict use_column
declare
    id int;
    n int;
begin
    perform job.lock('records');
    perform job.check_term(add_term.field, add_term.name, add_term.aliases);
    insert into core.term as t (field, name, nomisma) values (add_term.field, add_term.name, add_term.nomisma)
    on conflict (field, name) do update set nomisma = coalesce(excluded.nomisma, t.nomisma)
    returning term_id into id;
    -- There are no chains of aliases: a name that becomes an alias brings its own aliases along. Its Nomisma
    -- id is the id of that name, and goes.
    update core.alias a set term_id = id from core.term o
    where o.term_id = a.term_id and o.field = add_term.field and o.name = any(add_term.aliases);
    delete from core.term o where o.field = add_term.field and o.name = any(add_term.aliases);
    insert into core.alias (field, alias, term_id, said_by)
    select distinct add_term.field, x, id, add_term.said_by from unnest(add_term.aliases) x
    on conflict do nothing;
    get diagnostics n = row_count;
    return query select n, job.show_name(add_term.field, add_term.aliases, add_term.name);
end $$;
comment on function job.add_term is
    'Makes names aliases of a preferred name in a field, and writes that name to the coins that have them. '
    'Returns the number of new aliases and of changed coins.';

create function job.show_name(field text, olds text[], name text) returns int language plpgsql as $$
declare
    coins int[];
begin
    if field = 'type' then
        with changed as (
            update core.type t set preferred = show_name.name
            where (part.recorded_type(t) = any(olds) or t.preferred = any(olds))
              and t.preferred is distinct from show_name.name
            returning t.type_id)
        select array_agg(ct.coin_id) into coins
        from core.coin_type ct join changed using (type_id) where ct.is_primary;
    else
        with changed as materialized (
            select n.coin_id, n.name from job.coin_names n
            where n.field = show_name.field and n.name = any(olds)),
        kept as (
            -- Where a preferred name replaces another one, what the source has is stored already.
            insert into core.recorded (coin_id, field, value)
            select c.coin_id, show_name.field, c.name from changed c on conflict do nothing)
        select array_agg(c.coin_id) into coins from changed c;
        perform job.set_names(field, coins, array_fill(name, array[coalesce(cardinality(coins), 0)]));
    end if;
    perform job.forget_texts(coalesce(coins, '{}'));
    return coalesce(cardinality(coins), 0);
end $$;
comment on function job.show_name is
    'Writes a preferred name to the coins that have one of its old names; returns how many.';

create function job.set_names(field text, coins int[], names text[]) returns void language sql as $$
    update core.coin c
    set denomination = case field when 'denomination' then n.name else c.denomination end,
        material = case field when 'material' then n.name else c.material end,
        mint = case field when 'mint' then n.name else c.mint end,
        authority = case field when 'authority' then n.name else c.authority end,
        portrait = case field when 'portrait' then n.name else c.portrait end
    from unnest(coins, names) n (coin_id, name) where c.coin_id = n.coin_id
$$;
comment on function job.set_names is 'Writes one name to each of some coins, in one field.';

create function job.remove_alias(field text, alias text) returns table (removed int, coins int)
language plpgsql as $$
#variable_conflict use_column
declare
    gone text[];
    id int;
    n int;
begin
    perform job.lock('records');
    -- A preferred name goes with all its aliases.
    select array_agg(a.alias), min(t.term_id) into gone, id
    from core.term t left join core.alias a using (term_id)
    where t.field = remove_alias.field and remove_alias.alias in (t.name, a.alias);
    if gone is null then
        raise '% is neither a name nor an alias of %; see: coinstore terms list %', remove_alias.alias,
            remove_alias.field, remove_alias.field using errcode = 'CS001';
    end if;
    with taken as (
        delete from core.alias a where a.field = remove_alias.field and a.alias = any(gone)
        returning a.term_id)
    select count(*) into n from taken;
    delete from core.term t
    where t.term_id = id and not exists (select from core.alias a where a.term_id = id)
      and (t.nomisma is null or t.name = remove_alias.alias);
    return query select n, job.show_recorded(remove_alias.field, gone);
end $$;
comment on function job.remove_alias is
    'Removes an alias, or a preferred name with all its aliases: their coins show again what the source has.';

create function job.undo_alias(field text, alias text, name text, said_by text) returns void
language plpgsql as $$
begin
    perform job.lock('records');
    if not exists (select from core.alias a join core.term t using (term_id)
                   where (a.field, a.alias, a.said_by, t.name)
                       = (undo_alias.field, undo_alias.alias, undo_alias.said_by, undo_alias.name)) then
        raise 'the names of % were changed in the meantime; they stay as they are.', alias
            using errcode = 'CS012';
    end if;
    perform job.remove_alias(field, alias);
end $$;
comment on function job.undo_alias is
    'Removes an alias of a preferred name, if it is still the one that this person made it.';

create function job.show_recorded(field text, aliases text[]) returns int language plpgsql as $$
declare
    coins int[];
    names text[];
begin
    if field = 'type' then
        with changed as (
            update core.type t set preferred = null
            where part.recorded_type(t) = any(aliases) and t.preferred is not null returning t.type_id)
        select array_agg(ct.coin_id) into coins
        from core.coin_type ct join changed using (type_id) where ct.is_primary;
    else
        with back as (
            delete from core.recorded r where r.field = show_recorded.field and r.value = any(aliases)
            returning r.coin_id, r.value)
        select array_agg(b.coin_id), array_agg(b.value) into coins, names from back b;
        perform job.set_names(field, coins, names);
    end if;
    perform job.forget_texts(coalesce(coins, '{}'));
    return coalesce(cardinality(coins), 0);
end $$;
comment on function job.show_recorded is
    'Coins with one of these aliases in their source show it again; returns how many coins changed.';

create function job.apply_terms() returns void language plpgsql as $$
begin
    -- Runs before the batch is compared with what is stored: then loading a source again changes nothing.
    if not exists (select from core.alias) then
        return;
    end if;
    create temp table if not exists incoming_term (n int, field text, value text, name text)
        on commit delete rows;
    if exists (select from incoming_term) then truncate incoming_term; end if;
    insert into incoming_term
    select i.n, s.key, s.value, m.name
    from incoming i join incoming_record r using (n) cross join jsonb_each_text(r.fields) s
    left join (core.alias a join core.term m using (term_id)) on a.field = s.key and a.alias = s.value
    where i.status in ('new', 'unchanged')
      and s.key in ('denomination', 'material', 'mint', 'authority', 'portrait');
    update incoming_record i set fields = i.fields || x.names
    from (select n, jsonb_object_agg(field, name) as names
          from incoming_term where name is not null group by n) x
    where x.n = i.n;
end $$;
comment on function job.apply_terms is
    'Replaces aliases by preferred names in the batch that is being loaded.';

create function job.keep_recorded() returns void language plpgsql as $$
begin
    if not exists (select from core.alias) then
        return;
    end if;
    with dropped as (
        delete from core.recorded r using incoming_term t join incoming i using (n)
        where (r.coin_id, r.field) = (i.coin_id, t.field) and t.name is null returning r.coin_id),
    kept as (
        insert into core.recorded as r (coin_id, field, value)
        select i.coin_id, t.field, t.value from incoming_term t join incoming i using (n)
        where t.name is not null
        on conflict (coin_id, field) do update set value = excluded.value where r.value <> excluded.value
        returning r.coin_id)
    update incoming i set status = 'changed'
    where i.status = 'unchanged'
      and i.coin_id in (select coin_id from dropped union all select coin_id from kept);
end $$;
comment on function job.keep_recorded is
    'Stores what the batch has where a preferred name replaces it; deletes what a corrected record no '
    'longer has.';

create function job.name_types(types int[]) returns void language plpgsql as $$
begin
    if exists (select from core.alias a where a.field = 'type') then
        update core.type t set preferred = m.name
        from core.alias a join core.term m using (term_id)
        where a.field = 'type' and a.alias = part.recorded_type(t) and t.preferred is distinct from m.name
          and t.type_id = any(types);
    end if;
end $$;
comment on function job.name_types is
    'Gives types their preferred names; for a load, and for everything else that adds types.';

-- One name for one thing: terms, their aliases, and what the sources said.
-- An alias is compared as exact text: which other spellings mean the same is for a person to say.

create view api.field_values as
select 'type' as field, c.type as value, count(*) as coins from api.coins c where c.type is not null group by 2
union all select 'denomination', c.denomination, count(*) from core.coin c where c.denomination is not null group by 2
union all select 'material', c.material, count(*) from core.coin c where c.material is not null group by 2
union all select 'mint', c.mint, count(*) from core.coin c where c.mint is not null group by 2
union all select 'authority', c.authority, count(*) from core.coin c where c.authority is not null group by 2
union all select 'portrait', c.portrait, count(*) from core.coin c where c.portrait is not null group by 2;
comment on view api.field_values is
    'One row for each name in type, denomination, material, mint, authority and portrait, with the number of coins under it.';
comment on column api.field_values.value is 'As api.coins shows it: the preferred name where the source''s is an alias';

create view api.terms as
select t.field, t.name as term, t.nomisma,
       array(select a.alias from core.alias a where a.term_id = t.term_id order by 1) as aliases,
       coalesce(v.coins, 0) as coins
from core.term t left join api.field_values v on v.field = t.field and v.value = t.name
order by t.field, t.name;
comment on view api.terms is 'One row for each preferred name of a field, with the names that it stands for.';
comment on column api.terms.nomisma is 'URI of the concept at nomisma.org; null when no one gave it';
comment on column api.terms.aliases is 'Names of sources in whose place the term is shown';
comment on column api.terms.coins is 'Coins that are shown under the term, by whatever name their source has';

create view api.recorded as
select r.coin_id, r.field, r.value as recorded, m.name as term
from core.recorded r join core.alias a on a.field = r.field and a.alias = r.value join core.term m using (term_id)
union all
select ct.coin_id, 'type', coalesce(t.label, concat_ws(' ', t.catalogue, t.number)), t.preferred
from core.coin_type ct join core.type t using (type_id) where ct.is_primary and t.preferred is not null;
comment on view api.recorded is
    'What the source said where api.coins shows a term in its place: one row for each such coin and field.';
comment on column api.recorded.recorded is 'The name as the source has it';
comment on column api.recorded.term is 'The preferred name that is shown';

create view api.aliases as
select a.field, a.alias, m.name as term, m.nomisma, coalesce(r.coins, 0) as coins, a.said_by, a.said_at
from core.alias a join core.term m using (term_id)
left join (select field, recorded, count(*) as coins from api.recorded group by 1, 2) r
       on r.field = a.field and r.recorded = a.alias
order by a.field, m.name, a.alias;
comment on view api.aliases is 'One row for each name that a term stands for: who said so, and for how many coins it is what the source has.';

create function job.shown_type(t core.type) returns text language sql immutable as $$
    select coalesce(t.label, nullif(concat_ws(' ', t.catalogue, t.number), ''))
$$;

create function job.preferred(field text, name text) returns text language sql stable as $$
    select coalesce((select m.name from core.alias a join core.term m using (term_id)
                     where a.field = preferred.field and a.alias = preferred.name), preferred.name)
$$;
comment on function job.preferred is 'The name that stands for a name in a field; the same where there is no other.';

create function job.check_term(field text, name text, aliases text[]) returns void language plpgsql as $$
declare
    found record;
begin
    select a.alias, m.name as term into found from core.alias a join core.term m using (term_id)
    where a.field = check_term.field and a.alias = check_term.name;
    if found.alias is not null then
        raise '% already stands for %; add the aliases to that name, or take it back first: coinstore terms remove % "%"',
            name, found.term, field, name using errcode = 'CS006';
    end if;
    select a.alias, m.name as term into found from core.alias a join core.term m using (term_id)
    where a.field = check_term.field and a.alias = any(aliases) and m.name <> check_term.name limit 1;
    if found.alias is not null then
        raise '% already stands for %; take it back first: coinstore terms remove % "%"',
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
    on conflict (field, name) do update set nomisma = coalesce(excluded.nomisma, t.nomisma) returning term_id into id;
    -- A name that becomes an alias brings its own aliases along, for there are no chains; its Nomisma id was that
    -- name's, and goes.
    update core.alias a set term_id = id from core.term o
    where o.term_id = a.term_id and o.field = add_term.field and o.name = any(add_term.aliases);
    delete from core.term o where o.field = add_term.field and o.name = any(add_term.aliases);
    insert into core.alias (field, alias, term_id, said_by)
    select distinct add_term.field, x, id, add_term.said_by from unnest(add_term.aliases) x on conflict do nothing;
    get diagnostics n = row_count;
    return query select n, job.show_name(add_term.field, add_term.aliases, add_term.name);
end $$;
comment on function job.add_term is
    'Makes aliases stand for a name in a field, and writes it where coins carry one; new aliases and changed coins.';

create function job.show_name(field text, olds text[], name text) returns int language plpgsql as $$
declare
    coins int[];
begin
    if field = 'type' then
        with changed as (
            update core.type t set preferred = show_name.name
            where (job.shown_type(t) = any(olds) or t.preferred = any(olds)) and t.preferred is distinct from show_name.name
            returning t.type_id)
        select array_agg(ct.coin_id) into coins from core.coin_type ct join changed using (type_id) where ct.is_primary;
    else
        -- Where a name takes another's place, what the source said was kept before.
        execute format(
            'with changed as (
                 update core.coin c set %1$I = $2 from core.coin o
                 where o.coin_id = c.coin_id and o.%1$I = any($1) returning c.coin_id, o.%1$I as was),
             kept as (
                 insert into core.recorded (coin_id, field, value) select coin_id, $3, was from changed on conflict do nothing)
             select array_agg(coin_id) from changed', field) into coins using olds, name, field;
    end if;
    perform job.forget_sentences(coalesce(coins, '{}'));
    return coalesce(cardinality(coins), 0);
end $$;

create function job.remove_alias(field text, alias text) returns table (removed int, coins int) language plpgsql as $$
#variable_conflict use_column
declare
    gone text[];
    id int;
    n int;
begin
    perform job.lock('records');
    -- A term by its name goes with all its aliases.
    select array_agg(a.alias), min(t.term_id) into gone, id from core.term t left join core.alias a using (term_id)
    where t.field = remove_alias.field and remove_alias.alias in (t.name, a.alias);
    if gone is null then
        raise '% is neither a name nor an alias of %; see: coinstore terms list %', remove_alias.alias,
            remove_alias.field, remove_alias.field using errcode = 'CS001';
    end if;
    with taken as (
        delete from core.alias a where a.field = remove_alias.field and a.alias = any(gone) returning a.term_id)
    select count(*) into n from taken;
    delete from core.term t
    where t.term_id = id and not exists (select from core.alias a where a.term_id = id) and (t.nomisma is null or t.name = remove_alias.alias);
    return query select n, job.show_recorded(remove_alias.field, gone);
end $$;
comment on function job.remove_alias is
    'Takes an alias back, or a name with all of its aliases: their coins show again what the source said.';

create function job.show_recorded(field text, aliases text[]) returns int language plpgsql as $$
declare
    coins int[];
begin
    if field = 'type' then
        with changed as (
            update core.type t set preferred = null
            where job.shown_type(t) = any(aliases) and t.preferred is not null returning t.type_id)
        select array_agg(ct.coin_id) into coins from core.coin_type ct join changed using (type_id) where ct.is_primary;
    else
        execute format(
            'with back as (
                 delete from core.recorded r where r.field = $1 and r.value = any($2) returning r.coin_id, r.value),
             changed as (
                 update core.coin c set %I = b.value from back b where b.coin_id = c.coin_id returning c.coin_id)
             select array_agg(coin_id) from changed', field) into coins using field, aliases;
    end if;
    perform job.forget_sentences(coalesce(coins, '{}'));
    return coalesce(cardinality(coins), 0);
end $$;

create function job.apply_terms() returns void language plpgsql as $$
begin
    -- Before what came is compared with what is stored, so that a source that is loaded again changes nothing.
    if not exists (select from core.alias) then
        return;
    end if;
    create temp table if not exists incoming_term (n int, coin_id int, field text, value text, name text) on commit delete rows;
    if exists (select from incoming_term) then truncate incoming_term; end if;
    insert into incoming_term
    select i.n, i.coin_id, s.key, s.value, m.name
    from incoming i cross join jsonb_each_text(i.fields) s
    left join (core.alias a join core.term m using (term_id)) on a.field = s.key and a.alias = s.value
    where i.status in ('new', 'unchanged') and s.key in ('denomination', 'material', 'mint', 'authority', 'portrait');
    update incoming i set fields = i.fields || x.names
    from (select n, jsonb_object_agg(field, name) as names from incoming_term where name is not null group by n) x
    where x.n = i.n;
end $$;
comment on function job.apply_terms is 'Puts preferred names in the place of aliases in the batch that is being loaded.';

create function job.keep_recorded() returns void language plpgsql as $$
begin
    if not exists (select from core.alias) then
        return;
    end if;
    with dropped as (
        delete from core.recorded r using incoming_term t
        where (r.coin_id, r.field) = (t.coin_id, t.field) and t.name is null returning t.coin_id),
    kept as (
        insert into core.recorded as r (coin_id, field, value)
        select t.coin_id, t.field, t.value from incoming_term t where t.name is not null
        on conflict (coin_id, field) do update set value = excluded.value where r.value <> excluded.value
        returning r.coin_id)
    update incoming i set status = 'changed'
    where i.status = 'unchanged' and i.coin_id in (select coin_id from dropped union all select coin_id from kept);
end $$;
comment on function job.keep_recorded is 'Keeps what the batch said where a term stands in its place; what a corrected record no longer says goes.';

create function job.name_types(types int[]) returns void language plpgsql as $$
begin
    if exists (select from core.alias a where a.field = 'type') then
        update core.type t set preferred = m.name
        from core.alias a join core.term m using (term_id)
        where a.field = 'type' and a.alias = job.shown_type(t) and t.preferred is distinct from m.name
          and t.type_id = any(types);
    end if;
end $$;
comment on function job.name_types is
    'Gives some types the name that is preferred for them: for whoever adds types, a load or another.';

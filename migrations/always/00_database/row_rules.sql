-- Private collections: rules for rows, so that views, functions and similarity answers hide the same.
-- They are switched on with the first private collection and off with the last: a store without one pays nothing.
-- Tables have them, not views: a condition of the user's is then never tried on a row that is hidden, nor named
-- in an error (PostgreSQL, "Row Security Policies"), and the functions of nearness are still inlined.

do $$
declare
    name text;
begin
    -- coinstore_views owns the views of api: rules for rows pass over a superuser and over who owns the tables.
    -- coinstore_bi is what logins of `coinstore bi grant` are members of, and no one else.
    foreach name in array array['coinstore_views', 'coinstore_bi'] loop
        if not exists (select from pg_roles where rolname = name) then
            execute format('create role %I nologin', name);
        end if;
    end loop;
    if not pg_has_role(current_user, 'coinstore_views',
                       case when current_setting('server_version_num')::int >= 160000 then 'set' else 'member' end) then
        execute format('grant coinstore_views to %I', current_user);
    end if;
end $$;
grant select on all tables in schema core to coinstore_views;
alter default privileges in schema core grant select on tables to coinstore_views;
grant usage, create on schema api, part to coinstore_views;   -- to own views there

create function job.hidden_collections(pictures boolean) returns int[]
language plpgsql stable security definer parallel safe as $$   -- their search_path: 90_grants.sql
begin
    -- session_user: who logged in, whichever role is set, and in functions that have rights of their own.
    if has_schema_privilege(session_user, 'core', 'usage') then
        return '{}';
    end if;
    return array(select p.collection_id from core.private_collection p
                 where (pictures or p.scope = 'all') and not exists (
                     select from core.private_grant g
                     where g.collection_id = p.collection_id and g.login = session_user));
end $$;
comment on function job.hidden_collections is
    'The private collections that whoever logged in may not see: their coins, or also those with private images.';

create function job.hides(pictures boolean) returns boolean
language plpgsql stable security definer parallel safe as $$
begin
    return job.hidden_collections(pictures) <> '{}';
end $$;

-- These run for each row; `hidden` is job.hidden_collections(…), found one time for the query.
create function job.hides_coin(coin int, hidden int[]) returns boolean
language plpgsql stable security definer parallel safe as $$
begin
    return coalesce((select c.collection_id = any(hidden) from core.coin c where c.coin_id = coin), true);
end $$;
comment on function job.hides_coin is
    'Whether a coin is of the hidden collections. So is what belongs to no coin, as a record that was refused.';

create function job.hides_side(side int, hidden int[]) returns boolean
language plpgsql stable security definer parallel safe as $$
begin
    return coalesce((select c.collection_id = any(hidden) from core.side s join core.coin c on c.coin_id = s.coin_id
                     where s.side_id = side), true);
end $$;

create function job.hides_image(image bytea, hidden int[]) returns boolean
language plpgsql stable security definer parallel safe as $$
begin
    -- A photograph that two coins share is seen with either.
    return not exists (select from core.side s join core.coin c on c.coin_id = s.coin_id
                       where s.sha256 = image and not c.collection_id = any(hidden));
end $$;

create function job.hides_fault(record int, side int, hidden int[], hidden_pictures int[]) returns boolean
language plpgsql stable security definer parallel safe as $$
begin
    return case when side is not null then job.hides_side(side, hidden_pictures)
                else job.hides_coin((select r.coin_id from core.record r where r.record_id = record), hidden) end;
end $$;

create function job.hides_source(source int, hidden int[]) returns boolean
language plpgsql stable security definer parallel safe as $$
begin
    return not exists (select from core.record r where r.source_id = source and not job.hides_coin(r.coin_id, hidden));
end $$;
comment on function job.hides_source is 'Whether all that came from a source is hidden: then so is where it lies.';

-- What many coins share is hidden where no visible coin has it; so is what no coin has.
create function job.hides_die(die int, hidden int[]) returns boolean
language plpgsql stable security definer parallel safe as $$
begin
    return hidden <> '{}' and not exists (
        select from core.side_die d join core.side s using (side_id) join core.coin c using (coin_id)
        where d.die_id = die and not c.collection_id = any(hidden));
end $$;

create function job.hides_type(type int, hidden int[]) returns boolean
language plpgsql stable security definer parallel safe as $$
begin
    return hidden <> '{}' and not exists (
        select from core.coin_type t join core.coin c using (coin_id)
        -- What a model says it knows of others: of hidden ones, it may be.
        where t.type_id = type and t.said_by_kind <> 'model' and not c.collection_id = any(hidden));
end $$;

-- People make terms before there are coins to bear them: hidden is what hidden coins bear, and no visible one.
create function job.hides_term(field text, name text, hidden int[]) returns boolean
language plpgsql stable security definer parallel safe as $$
declare
    answer boolean;
begin
    if field = 'type' then
        return not exists (select from core.type t where hides_term.name in (t.preferred, job.shown_type(t)) and not job.hides_type(t.type_id, hidden))
               and exists (select from core.type t where hides_term.name in (t.preferred, job.shown_type(t)) and job.hides_type(t.type_id, hidden));
    end if;
    execute format('select not exists (select from core.coin c where c.%1$I = $1 and not c.collection_id = any($2))
                           and exists (select from core.coin c where c.%1$I = $1)', field) into answer using name, hidden;
    return answer;
end $$;

create function job.hides_proposal(coin int, value text, classifier int, hidden int[]) returns boolean
language plpgsql stable security definer parallel safe as $$
begin
    -- What only hidden coins bear says that they do, of whichever coin it is proposed.
    return job.hides_coin(coin, hidden)
           or job.hides_term((select c.label from core.classifier c where c.classifier_id = classifier), value, hidden);
end $$;

create function job.hides_imputed(coin int, field text, value text, hidden int[]) returns boolean
language plpgsql stable security definer parallel safe as $$
begin
    return job.hides_coin(coin, hidden) or value is not null and job.hides_term(field, value, hidden);
end $$;

create function job.hides_alias(field text, alias text, hidden int[]) returns boolean
language plpgsql stable security definer parallel safe as $$
begin
    if field = 'type' then
        return job.hides_term(field, alias, hidden);
    end if;
    return exists (select from core.recorded r where r.field = hides_alias.field and r.value = hides_alias.alias)
           and not exists (select from core.recorded r join core.coin c using (coin_id)
                           where r.field = hides_alias.field and r.value = hides_alias.alias
                             and not c.collection_id = any(hidden));
end $$;

create function job.hides_label(label text, hidden int[]) returns boolean
language plpgsql stable security definer parallel safe as $$
begin
    -- die:STUDY names a study, which is where a source lies.
    return label like 'die:%' and not exists (
        select from core.die d where d.study = substr(label, 5) and not job.hides_die(d.die_id, hidden));
end $$;

create function job.rules() returns table (relation text, hidden text) language sql stable as $$
    with hidden (coins, pictures) as (
        values ('(select job.hidden_collections(false))', '(select job.hidden_collections(true))'))
    select r.relation, r.hidden from hidden h, lateral (values
        ('collection', format('collection_id = any(%s::int[])', h.coins)),
        ('coin', format('collection_id = any(%s::int[])', h.coins)),
        ('side', format('job.hides_coin(coin_id, %s)', h.coins)),
        ('coin_type', format('job.hides_coin(coin_id, %s)', h.coins)),
        ('record', format('job.hides_coin(coin_id, %s)', h.coins)),
        ('recorded', format('job.hides_coin(coin_id, %s)', h.coins)),
        ('imputed', format('job.hides_imputed(coin_id, field, value_text, %s)', h.coins)),
        ('proposal', format('job.hides_coin(coin_id, %s) or job.hides_proposal(coin_id, value, classifier_id, %s)', h.pictures, h.coins)),
        ('side_die', format('job.hides_side(side_id, %s)', h.coins)),
        ('sentence', format('job.hides_side(side_id, %s)', h.coins)),
        ('die', format('job.hides_die(die_id, %s)', h.coins)),
        ('type', format('job.hides_type(type_id, %s)', h.coins)),
        ('term', format('job.hides_term(field, name, %s)', h.coins)),
        ('alias', format('job.hides_alias(field, alias, %s)', h.coins)),
        ('classifier', format('job.hides_label(label, %s)', h.coins)),
        ('evaluation', format('job.hides_label(label, %s)', h.coins)),
        ('confusion', 'true'),   -- values beside counts over all coins
        ('source', format('job.hides_source(source_id, %s)', h.coins)),
        ('ingest_run', format('job.hides_source(source_id, %s)', h.coins)),
        ('fault', format('job.hides_fault(record_id, side_id, %s, %s)', h.coins, h.pictures)),
        ('image', format('job.hides_image(sha256, %s)', h.pictures)),
        ('fingerprint', format('job.hides_image(sha256, %s)', h.pictures)),
        -- What a picture looks like follows from these.
        ('graph_node', format('job.hides_coin(coin_id, %s)', h.pictures)),
        ('community', format('job.hides_coin(coin_id, %s)', h.pictures)),
        ('centrality', format('job.hides_coin(coin_id, %s)', h.pictures)),
        ('map_point', format('job.hides_coin(coin_id, %s)', h.pictures)),
        ('edge', format('job.hides_coin(coin_id, %1$s) or job.hides_coin(neighbour_id, %1$s)', h.pictures)),
        ('bridge', format('job.hides_coin(coin_id, %1$s) or job.hides_coin(neighbour_id, %1$s)', h.pictures)),
        ('verdict', format('job.hides_coin(coin_id, %1$s) or job.hides_coin(neighbour_id, %1$s)', h.pictures))) r (relation, hidden)
    union all
    select 'embedding_' || s.name, format('job.hides_side(side_id, %s)', h.pictures) from hidden h, core.space s
$$;
comment on function job.rules is 'Which rows of which tables are hidden.';

create function job.guard(chosen text default null) returns void language plpgsql as $$
declare
    rule record;
    on_or_off text := case when exists (select from core.private_collection) then 'enable' else 'disable' end;
begin
    for rule in select r.* from job.rules() r where chosen is null or r.relation = chosen loop
        execute format('drop policy if exists visible on core.%I', rule.relation);
        -- Written so that the planner expects nearly all rows to pass (as not null, 99.5%).
        execute format('create policy visible on core.%I using (nullif((select job.hides(true)) and (%s), true) is not null)
                        with check (true)', rule.relation, rule.hidden);
        if on_or_off = 'enable' or (select c.relrowsecurity from pg_class c where c.oid = format('core.%I', rule.relation)::regclass) then
            execute format('alter table core.%I %s row level security', rule.relation, on_or_off);
        end if;
    end loop;
end $$;
comment on function job.guard is 'Gives all tables, or one, their rules; on while a collection is private.';

create function job.set_private(collections text[], scope text, to_come boolean default false) returns int language plpgsql as $$
declare
    lacking text := (select min(n) from unnest(collections) n where not exists (select from core.collection c where c.name = n));
begin
    if to_come then   -- so that no one sees it while it is loaded
        insert into core.collection (name) select distinct unnest(collections) on conflict do nothing;
    elsif lacking is not null then
        raise 'there is no collection %; one that is still to be loaded: --to-come', lacking using errcode = 'CS001';
    end if;
    perform set_config('lock_timeout', '5s', true);
    perform job.lock('privacy');
    if scope is null then
        -- Grants stay: whoever could see it, can when it is private again.
        delete from core.private_collection p using core.collection c
        where c.collection_id = p.collection_id and c.name = any(collections);
    else
        insert into core.private_collection as p (collection_id, scope)
        select c.collection_id, set_private.scope from core.collection c where c.name = any(collections)
        on conflict (collection_id) do update set scope = excluded.scope;
    end if;
    -- Tables are closed for the moment that it takes; whoever holds one would hold up all that comes after.
    perform job.guard();
    return (select count(*) from core.private_collection);
exception when lock_not_available then
    raise 'the store is at work, and its rules cannot be changed now; try again%',
        (select coalesce('. In a transaction: ' || string_agg(distinct format('%s (%s)', a.usename, a.state), ', '), '')
         from pg_stat_activity a where a.datname = current_database() and a.xact_start is not null and a.pid <> pg_backend_pid())
        using errcode = 'CS010';
end $$;
comment on function job.set_private is
    'Makes collections private (all of them, or their images and what is made from them), or public with no scope; how many are private.';

create function job.private_collections()
returns table (collection text, scope text, coins bigint, logins text[], since timestamptz) language sql stable as $$
    select c.name, p.scope, (select count(*) from core.coin k where k.collection_id = c.collection_id),
           array(select g.login::text from core.private_grant g where g.collection_id = c.collection_id order by 1), p.since
    from core.private_collection p join core.collection c using (collection_id) order by 1
$$;
comment on function job.private_collections is 'The private collections, and which logins see them.';

select job.guard(r.relation) from job.rules() r where r.relation not like 'embedding\_%';   -- those: job.build_space

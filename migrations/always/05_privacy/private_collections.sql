-- Private collections: row rules hide the same rows from every view, function and similarity answer.
-- The first private collection switches them on and the last one off: a store without any pays nothing.
-- Tables have the rules, views do not: a user's own condition is then never tried on a hidden row, so no
-- error can name one (PostgreSQL, "Row Security Policies"), and the functions of nearness can still be
-- inlined.

grant select on all tables in schema core to coinstore_views;
alter default privileges in schema core grant select on tables to coinstore_views;
grant usage, create on schema api, part to coinstore_views;   -- to own views there

create function job.hidden_collections(pictures boolean) returns int[]
language plpgsql stable security definer parallel safe as $$   -- 99_last/grants.sql sets their search_path
declare
    -- session_user is the login, whatever role is set, also inside functions that have their owner's rights.
    is_owner boolean := has_schema_privilege(session_user, 'core', 'usage');
    -- Pages see what another login sees: '' is one that sees nothing private, or, of a login, that login.
    reads_as text := current_setting('coinstore.reads_as', true);
    logins text[] := array_remove(array[case when not is_owner then session_user end,
                                        case when is_owner or reads_as <> '' then reads_as end], null);
begin
    if logins = '{}' then
        return '{}';
    end if;
    return array(select p.collection_id from core.private_collection p
                 where (pictures or p.scope = 'all') and exists (
                     select from unnest(logins) l where not exists (
                         select from core.private_grant g
                         where g.collection_id = p.collection_id and g.login = l)));
end $$;
comment on function job.hidden_collections is
    'The private collections that this login may not see; with pictures also those whose images are private.';

create function job.hides(pictures boolean) returns boolean
language plpgsql stable security definer parallel safe as $$
begin
    return job.hidden_collections(pictures) <> '{}';
end $$;
comment on function job.hides is 'Whether any collection is hidden from this login.';

-- The functions below run for each row; `hidden` is job.hidden_collections(…), computed once for the query.
create function job.hides_coin(coin int, hidden int[]) returns boolean
language plpgsql stable security definer parallel safe as $$
begin
    return coalesce((select c.collection_id = any(hidden) from core.coin c where c.coin_id = coin), true);
end $$;
comment on function job.hides_coin is
    'Whether a coin is in a hidden collection. What has no coin, such as a refused record, is hidden too.';

create function job.hides_side(side int, hidden int[]) returns boolean
language plpgsql stable security definer parallel safe as $$
begin
    return coalesce((select c.collection_id = any(hidden)
                     from core.side s join core.coin c using (coin_id) where s.side_id = side), true);
end $$;

create function job.hides_image(image bytea, hidden int[]) returns boolean
language plpgsql stable security definer parallel safe as $$
begin
    -- Who sees one of two coins that share a photograph sees the photograph.
    return not exists (select from core.side s join core.coin c on c.coin_id = s.coin_id
                       where s.sha256 = image and not c.collection_id = any(hidden));
end $$;

create function job.hides_fault(record int, side int, hidden int[], hidden_pictures int[]) returns boolean
language plpgsql stable security definer parallel safe as $$
begin
    if side is not null then
        return job.hides_side(side, hidden_pictures);
    end if;
    return job.hides_coin((select r.coin_id from core.record r where r.record_id = record), hidden);
end $$;

create function job.hides_source(source int, hidden int[]) returns boolean
language plpgsql stable security definer parallel safe as $$
begin
    return not exists (select from core.record r
                       where r.source_id = source and not job.hides_coin(r.coin_id, hidden));
end $$;
comment on function job.hides_source is
    'Whether everything from a source is hidden: then its location is hidden too.';

-- What several coins share is hidden when no visible coin has it; so is what no coin has.
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
        -- What a model says it learned from other coins, possibly from hidden ones.
        where t.type_id = type and t.said_by_kind <> 'model' and not c.collection_id = any(hidden));
end $$;

create function job.hides_term(field text, name text, hidden int[]) returns boolean
language plpgsql stable security definer parallel safe as $$
begin
    -- People make terms before coins bear them: a term is hidden when hidden coins bear it and no visible one
    -- does.
    if field = 'type' then
        return not exists (select from core.type t
                           where hides_term.name in (t.preferred, part.recorded_type(t))
                             and not job.hides_type(t.type_id, hidden))
               and exists (select from core.type t
                           where hides_term.name in (t.preferred, part.recorded_type(t))
                             and job.hides_type(t.type_id, hidden));
    end if;
    return not exists (select from job.said_names c
                       where c.field = hides_term.field and c.name = hides_term.name
                         and not c.collection_id = any(hidden))
           and exists (select from job.said_names c
                       where c.field = hides_term.field and c.name = hides_term.name);
end $$;

create function job.hides_proposal(coin int, value text, classifier int, hidden int[]) returns boolean
language plpgsql stable security definer parallel safe as $$
begin
    -- A value that only hidden coins have would tell that they have it, whatever coin it is proposed for.
    return job.hides_coin(coin, hidden) or job.hides_term(
        (select c.label from core.classifier c where c.classifier_id = classifier), value, hidden);
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
    return exists (select from job.recorded_names r
                   where r.field = hides_alias.field and r.value = hides_alias.alias)
           and not exists (select from job.recorded_names r join core.coin c using (coin_id)
                           where r.field = hides_alias.field and r.value = hides_alias.alias
                             and not c.collection_id = any(hidden));
end $$;

create function job.hides_label(label text, hidden int[]) returns boolean
language plpgsql stable security definer parallel safe as $$
begin
    -- die:STUDY names a study, and a study is named by the location of its source.
    return label like 'die:%' and not exists (
        select from core.die d where d.study = substr(label, 5) and not job.hides_die(d.die_id, hidden));
end $$;

create function job.shown_recipe(recipe jsonb) returns jsonb
language plpgsql stable security definer parallel safe as $$
declare
    hidden int[] := job.hidden_collections(false);
begin
    -- Conditions, collections and values of labels are names that people read; the rest are numbers and
    -- words.
    if hidden = '{}' then
        return recipe;
    end if;
    recipe := recipe - '{predicate, hold_out, values}'::text[] #- '{options, values}';
    if job.hides_label(recipe ->> 'label', hidden) then
        recipe := recipe - 'label';
    end if;
    if job.hides_label(recipe #>> '{options, label}', hidden) then
        recipe := recipe #- '{options, label}';
    end if;
    return recipe;
end $$;
comment on function job.shown_recipe is
    'A recipe, for a login that may not see everything without what can name something hidden.';

create function job.rules() returns table (relation text, hidden text) language sql stable as $$
    select r.relation, replace(replace(r.hidden, '{coins}', '(select job.hidden_collections(false))'),
                               '{pictures}', '(select job.hidden_collections(true))')
    from (values
        ('collection', 'collection_id = any({coins}::int[])'),
        ('coin', 'collection_id = any({coins}::int[])'),
        ('side', 'job.hides_coin(coin_id, {coins})'),
        ('coin_type', 'job.hides_coin(coin_id, {coins})'),
        ('record', 'job.hides_coin(coin_id, {coins})'),
        ('recorded', 'job.hides_coin(coin_id, {coins})'),
        ('coin_value', 'job.hides_coin(coin_id, {coins})'),
        ('reference', 'job.hides_coin(coin_id, {coins})'),
        ('coin_text', 'job.hides_coin(coin_id, {coins})'),
        ('imputed', 'job.hides_imputed(coin_id, field, value_text, {coins})'),
        ('proposal',
         'job.hides_coin(coin_id, {pictures}) or job.hides_proposal(coin_id, value, classifier_id, {coins})'),
        ('side_die', 'job.hides_side(side_id, {coins})'),
        ('sentence', 'job.hides_side(side_id, {coins})'),
        ('die', 'job.hides_die(die_id, {coins})'),
        ('grouped_study', $q$job.hides_label('die:' || study, {coins})$q$),
        ('type', 'job.hides_type(type_id, {coins})'),
        ('term', 'job.hides_term(field, name, {coins})'),
        ('alias', 'job.hides_alias(field, alias, {coins})'),
        ('classifier', 'job.hides_label(label, {coins})'),
        ('evaluation', 'job.hides_label(label, {coins})'),
        ('confusion', 'true'),   -- its values come with counts over all coins
        ('source', 'job.hides_source(source_id, {coins})'),
        ('ingest_run', 'job.hides_source(source_id, {coins})'),
        ('fault', 'job.hides_fault(record_id, side_id, {coins}, {pictures})'),
        ('image', 'job.hides_image(sha256, {pictures})'),
        ('image_retry', 'job.hides_side(side_id, {coins})'),
        ('outline', 'job.hides_side(side_id, {pictures})'),
        ('match', 'job.hides_side(side_id, {pictures}) or job.hides_side(other_id, {pictures})'),
        ('fingerprint', 'job.hides_image(sha256, {pictures})'),
        -- These tell what a photograph looks like.
        ('graph_node', 'job.hides_coin(coin_id, {pictures})'),
        ('community', 'job.hides_coin(coin_id, {pictures})'),
        ('centrality', 'job.hides_coin(coin_id, {pictures})'),
        ('map_point', 'job.hides_coin(coin_id, {pictures})'),
        ('edge', 'job.hides_coin(coin_id, {pictures}) or job.hides_coin(neighbour_id, {pictures})'),
        ('bridge', 'job.hides_coin(coin_id, {pictures}) or job.hides_coin(neighbour_id, {pictures})'),
        ('verdict', 'job.hides_coin(coin_id, {pictures}) or job.hides_coin(neighbour_id, {pictures})'))
        r (relation, hidden)
    union all
    select part.has_name(s.name), 'job.hides_coin(coin_id, (select job.hidden_collections(true)))'
    from core.space s
$$;
comment on function job.rules is
    'Each table with the condition, as SQL, under which a row is hidden. {coins}: the private collections '
    'that the login may not see; {pictures}: with those of which only the images are private.';

create function job.guard(chosen text default null) returns void language plpgsql as $$
declare
    rule record;
    is_on boolean := exists (select from core.private_collection);
begin
    for rule in select r.* from job.rules() r where chosen is null or r.relation = chosen loop
        -- Written in this way so that the planner expects nearly all rows to pass ("is not null": 99.5%).
        execute format($q$
            drop policy if exists visible on core.%1$I;
            create policy visible on core.%1$I
                using (nullif((select job.hides(true)) and (%2$s), true) is not null) with check (true);
        $q$, rule.relation, rule.hidden);
        if is_on or (select c.relrowsecurity from pg_class c
                     where c.oid = format('core.%I', rule.relation)::regclass) then
            execute format('alter table core.%I %s row level security',
                           rule.relation, case when is_on then 'enable' else 'disable' end);
        end if;
    end loop;
end $$;
comment on function job.guard is
    'Gives one table, or all, their rules; they are on while a collection is private.';

create function job.set_private(collections text[], scope text, to_come boolean default false)
returns int language plpgsql as $$
declare
    lacking text := (select min(n) from unnest(collections) n
                     where not exists (select from core.collection c where c.name = n));
begin
    if to_come then   -- so that no one sees it while it is being loaded
        insert into core.collection (name) select distinct unnest(collections) on conflict do nothing;
    elsif lacking is not null then
        raise 'there is no collection %; if it is still to be loaded: --to-come', lacking
            using errcode = 'CS001';
    end if;
    perform set_config('lock_timeout', '5s', true);
    perform job.lock('privacy');
    if scope is null then
        -- Grants stay: a login that could see the collection can see it when it is private again.
        delete from core.private_collection p using core.collection c
        where c.collection_id = p.collection_id and c.name = any(collections);
    else
        insert into core.private_collection as p (collection_id, scope)
        select c.collection_id, set_private.scope from core.collection c where c.name = any(collections)
        on conflict (collection_id) do update set scope = excluded.scope;
    end if;
    -- Needs exclusive locks for a moment; while it waits for one, later queries wait behind it.
    perform job.guard();
    return (select count(*) from core.private_collection);
exception when lock_not_available then
    raise 'the store is busy and its rules cannot change now; try again%',
        (select coalesce('. In a transaction: '
                         || string_agg(distinct format('%s (%s)', a.usename, a.state), ', '), '')
         from pg_stat_activity a
         where a.datname = current_database() and a.xact_start is not null and a.pid <> pg_backend_pid())
        using errcode = 'CS010';
end $$;
comment on function job.set_private is
    'Makes collections private (scope all, or images: their images and what is made from them), or public '
    '(scope null); returns how many are private.';

create function job.private_collections()
returns table (collection text, scope text, coins bigint, logins text[], since timestamptz)
language sql stable as $$
    select c.name, p.scope, (select count(*) from core.coin k where k.collection_id = c.collection_id),
           array(select g.login::text from core.private_grant g
                 where g.collection_id = c.collection_id order by 1), p.since
    from core.private_collection p join core.collection c using (collection_id) order by 1
$$;
comment on function job.private_collections is 'The private collections, and which logins see them.';

-- Those of spaces come with their space (job.build_space).
select job.guard(r.relation) from job.rules() r where r.relation !~ '^(embedding|has)_';

-- Who may do what: coinstore_reader reads api, and nothing else.

do $$
declare
    name text;
begin
    -- coinstore_search owns the functions that run predicates from outside, with a reader's rights; no reader
    -- is a member of it, since who owns a function may change it.
    foreach name in array array['coinstore_reader', 'coinstore_search'] loop
        if not exists (select from pg_roles where rolname = name) then
            execute format('create role %I nologin', name);
        end if;
        -- Before PostgreSQL 16 a member could always take the role on.
        if not pg_has_role(current_user, name,
                           case when current_setting('server_version_num')::int >= 160000 then 'set' else 'member' end) then
            execute format('grant %I to %I', name, current_user);
        end if;
    end loop;
    if not pg_has_role('coinstore_search', 'coinstore_reader', 'usage') then
        grant coinstore_reader to coinstore_search;
    end if;
end $$;
grant coinstore_reader to coinstore_bi;
revoke all on schema core, job, api from public;
grant usage on schema api to coinstore_reader;
grant usage, create on schema api to coinstore_views;   -- as 08_private.sql does: after a restore this file runs alone
do $$
begin
    -- coinstore bi grant closes databases to everyone; whoever asks as a reader sees how large this one is (api.server).
    execute format('grant connect on database %I to coinstore_reader', current_database());
end $$;
grant select on all tables in schema api to coinstore_reader;
-- Spaces that are added later make views of their own.
alter default privileges in schema api grant select on tables to coinstore_reader;

-- A predicate from outside is run with a reader's rights, whoever asks: inside a function that is defined so,
-- no one can set another role. pg_temp comes last, or a caller's own types would stand for ours.
grant create on schema api to coinstore_search;
do $$
declare
    found record;
    extension text := (select quote_ident(n.nspname) from pg_extension e join pg_namespace n on n.oid = e.extnamespace
                       where e.extname = 'vector');
begin
    for found in
        select p.oid::regprocedure as function, p.proname in ('search', 'search_coins', 'search_parts', 'passing') as runs_predicates
        from pg_proc p
        where p.pronamespace in ('api'::regnamespace, 'job'::regnamespace)
          and (p.prosecdef or p.pronamespace = 'api'::regnamespace and p.proname in ('search', 'search_coins', 'search_parts', 'passing'))
    loop
        execute format('alter function %s security definer set search_path = pg_catalog, %s, pg_temp',
                       found.function, extension);
        if found.runs_predicates then
            execute format('alter function %s owner to coinstore_search', found.function);
        end if;
    end loop;
end $$;
revoke create on schema api from coinstore_search;
-- Views read with the rights of who owns them: of one whom the rules for rows bind (08_private.sql).
do $$
declare
    name text;
begin
    for name in select c.relname from pg_class c where c.relnamespace = 'api'::regnamespace and c.relkind = 'v' loop
        execute format('alter view api.%I owner to coinstore_views', name);
    end loop;
end $$;
comment on schema api is 'coinstore: views and functions for reading; the contract with SQL users and BI tools.';
comment on schema job is 'coinstore: functions that its workers use; private.';
comment on schema core is 'coinstore: tables; private.';

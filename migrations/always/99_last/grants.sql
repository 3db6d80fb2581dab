-- Who may do what: coinstore_reader reads api and part, and nothing else.

do $$
declare
    name text;
begin
    -- coinstore_search owns the functions that run a caller's predicate, so that they run with a reader's rights.
    -- No reader is a member of it: the owner of a function may change it.
    foreach name in array array['coinstore_reader', 'coinstore_search'] loop
        if not exists (select from pg_roles where rolname = name) then
            execute format('create role %I nologin', name);
        end if;
        -- Before PostgreSQL 16 a member can always set the role.
        if not pg_has_role(current_user, name, case when current_setting('server_version_num')::int >= 160000
                                                    then 'set' else 'member' end) then
            execute format('grant %I to %I', name, current_user);
        end if;
    end loop;
    if not pg_has_role('coinstore_search', 'coinstore_reader', 'usage') then
        grant coinstore_reader to coinstore_search;
    end if;
    -- coinstore bi grant closes databases to everyone. Reading the size of this one needs connect (part.server).
    execute format('grant connect on database %I to coinstore_reader', current_database());
end $$;
grant coinstore_reader to coinstore_bi;
revoke all on schema core, job, api, part from public;
grant usage on schema api, part to coinstore_reader;
grant usage, create on schema api, part to coinstore_views;   -- as in row_rules.sql: a restore runs only this file
grant select on all tables in schema api, part to coinstore_reader;
-- For the views of spaces that are added later.
alter default privileges in schema api, part grant select on tables to coinstore_reader;

-- A function with its owner's rights cannot set another role, so a predicate inside it cannot gain rights.
-- pg_temp comes last in its search_path: otherwise a caller's own types would replace ours.
grant create on schema api, part to coinstore_search;
do $$
declare
    found record;
    extension text := (select quote_ident(n.nspname) from pg_extension e join pg_namespace n on n.oid = e.extnamespace
                       where e.extname = 'vector');
begin
    for found in
        select f.* from pg_proc p
        cross join lateral (
            select p.oid::regprocedure as function,
                   p.proname in ('search', 'search_coins', 'search_parts', 'passing')
                   and p.pronamespace <> 'job'::regnamespace as runs_predicates) f
        where p.pronamespace in ('api'::regnamespace, 'part'::regnamespace, 'job'::regnamespace)
          and (p.prosecdef or f.runs_predicates)
    loop
        execute format('alter function %s security definer set search_path = pg_catalog, %s, pg_temp',
                       found.function, extension);
        if found.runs_predicates then
            execute format('alter function %s owner to coinstore_search', found.function);
        end if;
    end loop;
end $$;
revoke create on schema api, part from coinstore_search;
-- A view reads with its owner's rights; row rules apply to coinstore_views (row_rules.sql).
do $$
declare
    name text;
begin
    for name in select c.oid::regclass from pg_class c
                where c.relnamespace in ('api'::regnamespace, 'part'::regnamespace) and c.relkind = 'v' loop
        execute format('alter view %s owner to coinstore_views', name);
    end loop;
end $$;
comment on schema api is 'coinstore: views and functions for reading; the contract with SQL users and BI tools.';
comment on schema part is 'coinstore: what api is made of; internal; no promise.';
comment on schema job is 'coinstore: functions that its workers use; private.';
comment on schema core is 'coinstore: tables; private.';

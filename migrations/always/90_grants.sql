-- Who may do what: coinstore_reader reads api, and nothing else.

do $$
begin
    if not exists (select from pg_roles where rolname = 'coinstore_reader') then
        create role coinstore_reader nologin;
    end if;
    if not pg_has_role(current_user, 'coinstore_reader', 'set') then
        execute format('grant coinstore_reader to %I', current_user);
    end if;
end $$;
revoke all on schema core, job, api from public;
grant usage on schema api to coinstore_reader;
grant select on all tables in schema api to coinstore_reader;
-- Spaces that are added later make views of their own.
alter default privileges in schema api grant select on tables to coinstore_reader;
comment on schema api is 'coinstore: views and functions for reading; the contract with SQL users and BI tools.';
comment on schema job is 'coinstore: functions that its workers use; private.';
comment on schema core is 'coinstore: tables; private.';

-- Roles. A restore runs this file again, because roles are not part of a dump.
--   coinstore_reader  reads api and part
--   coinstore_bi      only the logins of `coinstore bi grant` are members
--   coinstore_views   owns the views: row rules do not apply to a superuser or to the owner of a table
--   coinstore_search  owns the functions that run a caller's predicate, so that it has a reader's rights;
--                     no reader is a member of it, because the owner of a function may change it

do $$
declare
    name text;
    -- Before PostgreSQL 16 a member can always set the role.
    needed text := case when current_setting('server_version_num')::int < 160000 then 'member' else 'set' end;
begin
    foreach name in array '{coinstore_reader, coinstore_bi, coinstore_views, coinstore_search}'::text[] loop
        if not exists (select from pg_roles where rolname = name) then
            execute format('create role %I nologin', name);
        end if;
        -- The owner of the store acts as all of them; but a member of coinstore_bi would count as a login.
        if name <> 'coinstore_bi' and not pg_has_role(current_user, name, needed) then
            execute format('grant %I to %I', name, current_user);
        end if;
    end loop;
    if not pg_has_role('coinstore_search', 'coinstore_reader', 'usage') then
        grant coinstore_reader to coinstore_search;
    end if;
    grant coinstore_reader to coinstore_bi;
end $$;

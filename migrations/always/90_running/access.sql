-- Logins for BI tools: each reads api and nothing else. Made, changed and taken back here; listed by coinstore bi.

create function job.check_login(login text) returns void language plpgsql stable as $$
begin
    if login !~ '^[a-z][a-z0-9_]{0,62}$' or login ~ '^(pg_|coinstore)' or login in ('public', 'none') then
        raise '"%" is no name for a login: a small letter, then small letters, digits and _, 63 at most, not pg_… nor coinstore…', login
            using errcode = 'CS010';
    end if;
    if not (select r.rolcreaterole or r.rolsuper from pg_roles r where r.rolname = current_user) then
        raise '% may make no logins; ask an administrator to run: alter role % createrole', current_user, quote_ident(current_user)
            using errcode = 'CS010';
    end if;
    if exists (select from pg_roles r where r.rolname = login) and not job.is_login(login) then
        raise '% is a role of the server that coinstore bi grant did not make; choose another name', login using errcode = 'CS010';
    end if;
end $$;

create function job.is_login(login text) returns boolean language sql stable as $$
    -- Named a member: a superuser would pass pg_has_role.
    select exists (select from pg_auth_members m where m.roleid = 'coinstore_bi'::regrole
                                                   and m.member = (select r.oid from pg_roles r where r.rolname = login))
$$;
comment on function job.is_login is 'Whether a role was made by coinstore bi grant.';

create function job.grant_login(login text, verifier text, expires timestamptz, connections int, seconds int)
returns boolean language plpgsql as $$
declare
    is_new boolean := not exists (select from pg_roles r where r.rolname = login);
begin
    perform job.check_login(login);
    if verifier !~ '^SCRAM-SHA-256\$' then
        raise 'a password goes to the server as a SCRAM-SHA-256 verifier alone' using errcode = 'CS010';
    end if;
    if is_new then
        if verifier is null then
            raise 'a new login needs a password; give it with --password-stdin' using errcode = 'CS010';
        end if;
        execute format('create role %I login nosuperuser nocreatedb nocreaterole noreplication nobypassrls connection limit 10', login);
        execute format('grant coinstore_bi to %I', login);
        execute format('grant connect on database %I to %I', current_database(), login);
    end if;
    perform job.settle_login(login, seconds);
    if verifier is not null then
        execute format('alter role %I password %L', login, verifier);
    end if;
    if expires is not null then
        execute format('alter role %I valid until %L', login, expires);
    end if;
    if connections is not null then
        execute format('alter role %I connection limit %s', login, connections);
    end if;
    return is_new;
end $$;
comment on function job.grant_login is
    'Makes a login that reads api, or changes of one what is given (null: as it was); true: it is new.';

create function job.settings_of_logins() returns table (name text, value text) language sql stable as $$
    values ('default_transaction_read_only', 'on'), ('lock_timeout', '10s'),
           ('idle_in_transaction_session_timeout', '5min'),   -- or vacuum waits for it
           -- The functions of nearness are inlined, and find pgvector's operators by the path of whoever asks.
           ('search_path', 'api, ' || (select quote_ident(n.nspname) from pg_extension e join pg_namespace n on n.oid = e.extnamespace
                                       where e.extname = 'vector'))
    union all
    select 'temp_file_limit', '2GB'   -- of these, the one that a login cannot raise
    where (select r.rolsuper from pg_roles r where r.rolname = current_user)
$$;
comment on function job.settings_of_logins is 'What holds for the sessions of a login unless they say otherwise.';

create function job.settle_login(login text, seconds int) returns void language plpgsql as $$
declare
    found record;
    extension text := (select quote_ident(n.nspname) from pg_extension e join pg_namespace n on n.oid = e.extnamespace
                       where e.extname = 'vector');
    kept text := (select substring(c from '=(.*)') from pg_roles r, unnest(r.rolconfig) c
                  where r.rolname = login and c ~ '^statement_timeout=[1-9]\d*s$');
begin
    if has_schema_privilege(login, extension, 'create') then
        raise 'everyone may create in schema %; first run: revoke create on schema % from public', extension, extension
            using errcode = 'CS010';
    end if;
    -- Each time: a login may change the settings of its own role, and PostgreSQL knows no way to forbid it.
    for found in select quote_ident(d.datname) as database from pg_db_role_setting s join pg_database d on d.oid = s.setdatabase
                 where s.setrole = to_regrole(quote_ident(login)) loop
        execute format('alter role %I in database %s reset all', login, found.database);
    end loop;
    execute format('alter role %I reset all', login);
    for found in select s.name, s.value from job.settings_of_logins() s loop
        execute format('alter role %I set %I = %s', login, found.name,
                       case when found.name = 'search_path' then found.value else quote_literal(found.value) end);
    end loop;
    execute format('alter role %I set statement_timeout = %L', login, coalesce(seconds || 's', kept, '60s'));
end $$;
comment on function job.settle_login is
    'Puts the settings of a login back to what was granted; the timeout of its queries stays where none is given.';

create function job.close_server(whole boolean) returns table (opened text) language plpgsql as $$
declare
    name text;
begin
    if (select r.rolsuper from pg_roles r where r.rolname = current_user) then
        -- Anyone may write large objects, and take the locks by which jobs wait for each other, unless told otherwise.
        for name in select p.oid::regprocedure::text from pg_proc p where p.pronamespace = 'pg_catalog'::regnamespace
                    and (p.proname ~ '^pg_(try_)?advisory_' or p.proname in ('lo_creat', 'lo_create', 'lo_from_bytea', 'lo_open', 'lo_put', 'lo_truncate',
                                      'lo_truncate64', 'lo_unlink', 'lowrite', 'lo_import', 'lo_export')) loop
            execute format('revoke execute on function %s from public', name);
        end loop;
        for name in select d.datname from pg_database d where whole and d.datallowconn loop
            execute format('revoke connect on database %I from public', name);
        end loop;
    end if;
    return query
        select 'database ' || d.datname from pg_database d
        where d.datallowconn and d.datname <> current_database() and has_database_privilege('coinstore_bi', d.oid, 'connect')
        union all select 'schema ' || n.nspname from pg_namespace n where has_schema_privilege('coinstore_bi', n.oid, 'create')
        union all select 'advisory locks' where has_function_privilege('coinstore_bi', 'pg_advisory_lock(bigint)', 'execute')
        union all select 'large objects' where has_function_privilege('coinstore_bi', 'lo_create(oid)', 'execute')
        union all select 'temporary tables' where has_database_privilege('coinstore_bi', current_database(), 'temporary')
        order by 1;
end $$;
comment on function job.close_server is
    'Closes what PostgreSQL leaves open to every login (of the whole server, where it is ours); returns what stays open.';

create function job.grant_collections(login text, collections text[]) returns void language plpgsql as $$
declare
    lacking text := (select min(n) from unnest(collections) n where not exists (select from core.collection c where c.name = n));
begin
    if lacking is not null then
        raise 'there is no collection %', lacking using errcode = 'CS001';
    end if;
    delete from core.private_grant g where g.login = grant_collections.login;
    insert into core.private_grant (login, collection_id)
    select grant_collections.login, c.collection_id from core.collection c where c.name = any(collections);
end $$;
comment on function job.grant_collections is 'The collections that a login sees though they are private: these and no others.';

create function job.revoke_login(login text) returns boolean language plpgsql as $$
begin
    if not job.is_login(login) then
        raise 'there is no login %; see: coinstore bi list', login using errcode = 'CS001';
    end if;
    perform job.check_login(login);
    delete from core.private_grant g where g.login = revoke_login.login;
    execute format('revoke connect on database %I from %I', current_database(), login);
    begin
        execute format('drop role %I', login);
        return true;
    exception when dependent_objects_still_exist then
        -- Of another database, or of what someone gave it by hand.
        execute format('alter role %I nologin password null', login);
        execute format('revoke coinstore_bi from %I', login);
        return false;
    end;
end $$;
comment on function job.revoke_login is
    'Takes a login back; false: others of its rights stand in the way, so that it stays as a role that cannot log in.';

create function job.bar_login(login text) returns void language plpgsql as $$
begin
    if not job.is_login(login) then
        raise 'there is no login %; see: coinstore bi list', login using errcode = 'CS001';
    end if;
    perform job.check_login(login);
    execute format('alter role %I nologin', login);
end $$;
comment on function job.bar_login is 'Lets a login in no more. The first step of revoking: to be committed before its sessions are ended.';

create function job.end_sessions(login text) returns bigint language plpgsql as $$
begin
    perform job.check_login(login);
    if not pg_has_role(current_user, login, 'usage') then
        execute format('grant %I to %I', login, current_user);   -- or its sessions are not ours to end
    end if;
    return (select count(*) from (select pg_terminate_backend(a.pid) as ended from pg_stat_activity a
                                  where a.usename = login) s where s.ended);
end $$;
comment on function job.end_sessions is 'Ends the sessions of a login, which would outlive its role; how many.';

create function job.logins()
returns table (login text, collections text[], expires timestamptz, expired boolean, connections bigint, at_most int,
               statement_timeout text, connected_at timestamptz, changed text[]) language sql stable as $$
    select r.rolname::text,
           array(select c.name from core.private_grant g join core.collection c using (collection_id)
                 where g.login = r.rolname order by 1),
           nullif(r.rolvaliduntil, 'infinity'), coalesce(r.rolvaliduntil < now(), false), a.sessions, r.rolconnlimit,
           (select substring(s from '=(.*)') from unnest(r.rolconfig) s where s like 'statement\_timeout=%'), a.latest,
           array(select w.name from job.settings_of_logins() w where w.name || '=' || w.value <> all(coalesce(r.rolconfig, '{}'))
                 union all
                 select c from pg_db_role_setting s, unnest(s.setconfig) c
                 where s.setrole = r.oid and (s.setdatabase <> 0 or split_part(c, '=', 1) <> 'statement_timeout'
                                              and split_part(c, '=', 1) not in (select w.name from job.settings_of_logins() w)))
    from pg_roles r
    cross join lateral (select count(*) as sessions, max(a.backend_start) as latest
                        from pg_stat_activity a where a.usename = r.rolname) a
    where job.is_login(r.rolname) order by 1
$$;
comment on function job.logins is
    'The logins that coinstore bi grant made; connected_at: the newest of the sessions that are open, the server keeps no other; changed: settings that the login altered itself.';

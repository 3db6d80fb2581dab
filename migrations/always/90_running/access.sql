-- Logins for BI tools: each can read api and part and nothing else. Created, changed and removed here; listed
-- by coinstore bi.

create function job.check_login(login text) returns void language plpgsql stable as $$
begin
    if login !~ '^[a-z][a-z0-9_]{0,62}$' or login ~ '^(pg_|coinstore)' or login in ('public', 'none') then
        raise '"%" is not a name for a login: use a small letter, then small letters, digits and _, '
            '63 at most; not pg_… or coinstore…', login using errcode = 'CS010';
    end if;
    if not (select r.rolcreaterole or r.rolsuper from pg_roles r where r.rolname = current_user) then
        raise '% cannot create logins; ask an administrator to run: alter role % createrole;', current_user,
            quote_ident(current_user) using errcode = 'CS010';
    end if;
    if exists (select from pg_roles r where r.rolname = login) and not job.is_login(login) then
        raise '% is a role of the server that coinstore bi grant did not make; choose another name', login
            using errcode = 'CS010';
    end if;
end $$;
comment on function job.check_login is 'An error unless this user can create or change a login of this name.';

create function job.is_login(login text) returns boolean language sql stable as $$
    -- Asks for membership by name: pg_has_role is true for every superuser. Who can make others members is
    -- the owner of a store.
    select exists (select from pg_auth_members m
                   where m.roleid = 'coinstore_bi'::regrole and not m.admin_option
                     and m.member = (select r.oid from pg_roles r where r.rolname = login))
$$;
comment on function job.is_login is 'Whether coinstore bi grant made a role.';

create function job.expect_login(login text) returns void language plpgsql stable as $$
begin
    if not job.is_login(login) then
        raise 'there is no login %; see: coinstore bi list', login using errcode = 'CS001';
    end if;
    perform job.check_login(login);
end $$;

create function job.grant_login(login text, verifier text, expires timestamptz, connections int, seconds int)
returns boolean language plpgsql as $$
declare
    is_new boolean := not exists (select from pg_roles r where r.rolname = login);
    options text := concat(' password ' || quote_literal(verifier), ' valid until ' || quote_literal(expires),
                           ' connection limit ' || connections);   -- what is null stays as it is
begin
    perform job.check_login(login);
    if verifier !~ '^SCRAM-SHA-256\$' then
        raise 'a password is sent to the server only as a SCRAM-SHA-256 verifier' using errcode = 'CS010';
    elsif is_new and verifier is null then
        raise 'a new login needs a password; give it with --password-stdin' using errcode = 'CS010';
    elsif is_new then
        execute format($q$
            create role %1$I login nosuperuser nocreatedb nocreaterole noreplication nobypassrls
                connection limit 10;
            grant coinstore_bi to %1$I;
            grant connect on database %2$I to %1$I
        $q$, login, current_database());
    end if;
    perform job.settle_login(login, seconds);
    if options <> '' then
        execute format('alter role %I', login) || options;
    end if;
    return is_new;
end $$;
comment on function job.grant_login is
    'Creates a login that can read api, or changes what is given (null: unchanged) of an existing one; '
    'true: it is new.';

create function job.settings_of_logins() returns table (name text, value text) language sql stable as $$
    values ('default_transaction_read_only', 'on'), ('lock_timeout', '10s'),
           ('idle_in_transaction_session_timeout', '5min'),   -- vacuum waits for such sessions
           -- Inlined functions find pgvector's operators by the caller's path.
           ('search_path', 'api, ' || job.vector_schema())
    union all
    select 'temp_file_limit', '2GB'   -- the only one of these that a login cannot raise
    where (select r.rolsuper from pg_roles r where r.rolname = current_user)
$$;
comment on function job.settings_of_logins is 'Defaults for the sessions of a login.';

create function job.settle_login(login text, seconds int) returns void language plpgsql as $$
declare
    statement text;
    extension text := job.vector_schema();
    kept text := (select substring(c from '=(.*)') from pg_roles r, unnest(r.rolconfig) c
                  where r.rolname = login and c ~ '^statement_timeout=[1-9]\d*s$');
begin
    if has_schema_privilege(login, extension, 'create') then
        raise 'every user can create objects in schema %; first run: revoke create on schema % from public',
            extension, extension using errcode = 'CS010';
    end if;
    -- At every grant: a login can change the settings of its own role, and PostgreSQL cannot forbid that.
    for statement in
        select format('alter role %I in database %I reset all', login, d.datname)
        from pg_db_role_setting s join pg_database d on d.oid = s.setdatabase
        where s.setrole = to_regrole(quote_ident(login))
        union all
        select format('alter role %I reset all', login)
        union all
        select format('alter role %I set %I = %s', login, s.name,
                      case s.name when 'search_path' then s.value else quote_literal(s.value) end)
        from job.settings_of_logins() s
        union all
        select format('alter role %I set statement_timeout = %L', login,
                      coalesce(seconds || 's', kept, '60s'))
    loop
        execute statement;
    end loop;
end $$;
comment on function job.settle_login is
    'Resets the settings of a login to what was granted; the timeout of its queries stays unless one is '
    'given.';

create function job.close_server(whole boolean) returns table (opened text) language plpgsql as $$
declare
    is_superuser boolean := (select r.rolsuper from pg_roles r where r.rolname = current_user);
    statement text;
begin
    for statement in
        -- Any user can write large objects, and take the locks by which jobs wait for each other, unless
        -- revoked.
        select format('revoke execute on function %s from public', p.oid::regprocedure)
        from pg_proc p
        where p.pronamespace = 'pg_catalog'::regnamespace
          and (p.proname ~ '^pg_(try_)?advisory_' or p.proname in (
               'lo_creat', 'lo_create', 'lo_from_bytea', 'lo_open', 'lo_put', 'lo_truncate', 'lo_truncate64',
               'lo_unlink', 'lowrite', 'lo_import', 'lo_export'))
        union all
        select format('revoke connect on database %I from public', d.datname) from pg_database d
        where whole and d.datallowconn
    loop
        exit when not is_superuser;
        execute statement;
    end loop;
    return query
        select 'database ' || d.datname from pg_database d
        where d.datallowconn and d.datname <> current_database()
          and has_database_privilege('coinstore_bi', d.oid, 'connect')
        union all
        select 'schema ' || n.nspname from pg_namespace n
        where has_schema_privilege('coinstore_bi', n.oid, 'create')
        union all
        select 'advisory locks'
        where has_function_privilege('coinstore_bi', 'pg_advisory_lock(bigint)', 'execute')
        union all
        select 'large objects' where has_function_privilege('coinstore_bi', 'lo_create(oid)', 'execute')
        union all
        select 'temporary tables'
        where has_database_privilege('coinstore_bi', current_database(), 'temporary')
        order by 1;
end $$;
comment on function job.close_server is
    'Revokes what PostgreSQL grants to every login, as far as this user can (whole: in all databases of the '
    'server); returns what stays open.';

create function job.grant_collections(login text, collections text[]) returns void language plpgsql as $$
declare
    lacking text := (select min(n) from unnest(collections) n
                     where not exists (select from core.collection c where c.name = n));
begin
    if lacking is not null then
        raise 'there is no collection %', lacking using errcode = 'CS001';
    end if;
    delete from core.private_grant g where g.login = grant_collections.login;
    insert into core.private_grant (login, collection_id)
    select grant_collections.login, c.collection_id from core.collection c where c.name = any(collections);
end $$;
comment on function job.grant_collections is
    'Sets the private collections that a login can see: these and no others.';

create function job.revoke_login(login text) returns boolean language plpgsql as $$
begin
    perform job.expect_login(login);
    delete from core.private_grant g where g.login = revoke_login.login;
    execute format('revoke connect on database %I from %I', current_database(), login);
    begin
        execute format('drop role %I', login);
        return true;
    exception when dependent_objects_still_exist then
        -- It has rights in another database, or rights that somebody granted by hand.
        execute format('alter role %1$I nologin password null; revoke coinstore_bi from %1$I', login);
        return false;
    end;
end $$;
comment on function job.revoke_login is
    'Removes a login. false: it has other rights, so it stays as a role that cannot log in.';

create function job.bar_login(login text) returns void language plpgsql as $$
begin
    perform job.expect_login(login);
    execute format('alter role %I nologin', login);
end $$;
comment on function job.bar_login is
    'Blocks new sessions of a login. The first step of revoking: commit it before ending its sessions.';

create function job.end_sessions(login text) returns bigint language plpgsql as $$
begin
    perform job.check_login(login);
    if not pg_has_role(current_user, login, 'usage') then
        execute format('grant %I to %I', login, current_user);   -- only then can we end its sessions
    end if;
    return (select count(*) from (select pg_terminate_backend(a.pid) as ended from pg_stat_activity a
                                  where a.usename = login) s where s.ended);
end $$;
comment on function job.end_sessions is
    'Ends the sessions of a login, which would otherwise outlive its role; returns how many.';

create function job.logins()
returns table (login text, collections text[], expires timestamptz, expired boolean, connections bigint,
               at_most int, statement_timeout text, connected_at timestamptz, changed text[])
language sql stable as $$
    select r.rolname::text,
           array(select c.name from core.private_grant g join core.collection c using (collection_id)
                 where g.login = r.rolname order by 1),
           nullif(r.rolvaliduntil, 'infinity'), coalesce(r.rolvaliduntil < now(), false), a.sessions,
           r.rolconnlimit,
           (select substring(s from '=(.*)') from unnest(r.rolconfig) s where s like 'statement\_timeout=%'),
           a.latest,
           array(select w.name from job.settings_of_logins() w
                 where w.name || '=' || w.value <> all(coalesce(r.rolconfig, '{}'))
                 union all
                 select c from pg_db_role_setting s, unnest(s.setconfig) c, split_part(c, '=', 1) name
                 where s.setrole = r.oid
                   and (s.setdatabase <> 0 or name not in (
                        select w.name from job.settings_of_logins() w union all select 'statement_timeout')))
    from pg_roles r
    cross join lateral (select count(*) as sessions, max(a.backend_start) as latest
                        from pg_stat_activity a where a.usename = r.rolname) a
    where job.is_login(r.rolname) order by 1
$$;
comment on function job.logins is
    'The logins that coinstore bi grant made. connected_at: start of the most recent open session (the '
    'server keeps no history); changed: settings that the login altered itself.';

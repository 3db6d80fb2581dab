-- Backups: what is compared, what is recorded about them, and what a dump of one database leaves out.

create view api.backups as
select b.backup_id, b.made_at, b.file, b.bytes, b.sha256, b.verified,
       (b.counts -> 'coin' ->> 'rows')::bigint as coins, b.counts
from core.backup b;
comment on view api.backups is
    'One row for each backup of this store, even if its file was moved or deleted since.';
comment on column api.backups.verified is
    'true: it was restored into a scratch database and every table was the same';
comment on column api.backups.counts is 'Rows and checksum of each table when the backup was made';

create function job.kept_tables() returns setof name language sql stable as $$
    select c.relname from pg_class c
    where c.relnamespace = 'core'::regnamespace and c.relkind = 'r' and c.relpersistence = 'p'
$$;
comment on function job.kept_tables is 'The tables of core that a backup keeps: all but work tables.';

create function job.checksums() returns table (name text, row_count bigint, checksum text)
language plpgsql stable set timezone = 'UTC' set datestyle = 'ISO' set bytea_output = 'hex'
set intervalstyle = 'postgres' set extra_float_digits = 1 as $$
declare
    row_text text;
begin
    for name, row_text in
        -- A whole row as text. Vectors as bytes: as numbers they take ten times as long.
        select k, string_agg(
            format(case when y.typname in ('halfvec', 'vector')
                        then $q$coalesce(encode(%2$s_send(t.%1$I), 'hex'), '-')$q$
                        else $q$coalesce(t.%1$I::text, '-')$q$ end, a.attname, y.typname),
            $q$ || '|' || $q$ order by a.attnum)
        from job.kept_tables() k
        join pg_attribute a on a.attrelid = format('core.%I',
                                                   k)::regclass and a.attnum > 0 and not a.attisdropped
        join pg_type y on y.oid = a.atttypid
        group by k order by k
    loop
        -- A sum of hashes: it does not depend on the order of the rows, and needs no memory.
        execute format($q$
            select count(*), coalesce(sum(('x' || left(md5(%s), 15))::bit(60)::bigint), 0)::text
            from core.%I t
        $q$, row_text, name) into row_count, checksum;
        return next;
    end loop;
end $$;
comment on function job.checksums is
    'Each table with its number of rows and a checksum of all of them, whatever their order; the same in a '
    'restored store.';

create function job.roles_of_store() returns oid[] language sql stable as $$
    -- Members of coinstore_reader, and roles that were granted anything in this database. No administrators,
    -- and not the owner, who is another one where the store is restored.
    with recursive member (id) as (
        select r.oid from pg_roles r where r.rolname in ('coinstore_reader', 'coinstore_search')
        union select m.member from pg_auth_members m join member on m.roleid = member.id)
    select array_agg(r.oid) from pg_roles r
    where not r.rolsuper and r.rolname !~ '^pg_' and r.rolname <> current_user and r.oid in (
        select id from member
        union all
        select s.refobjid from pg_shdepend s
        where s.dbid = (select d.oid from pg_database d where d.datname = current_database())
          and s.refclassid = 'pg_authid'::regclass and s.deptype = 'a')
$$;
comment on function job.roles_of_store is 'The roles that read this store.';

create function job.note_surroundings() returns void language plpgsql as $$
declare
    here pg_database := (select d from pg_database d where d.datname = current_database());
    meant oid[] := job.roles_of_store();
begin
    delete from core.surroundings;
    insert into core.surroundings (kind, detail)
    select 'role', jsonb_build_object('name', r.rolname, 'login', r.rolcanlogin, 'inherit', r.rolinherit,
                                      'limit', r.rolconnlimit, 'until', r.rolvaliduntil)
    from pg_roles r where r.oid = any(meant)
    union all
    select 'member', jsonb_build_object('member', m.member::regrole::text, 'of', m.roleid::regrole::text)
    from pg_auth_members m where m.member = any(meant)
    union all
    select 'setting', jsonb_build_object('role', (select r.rolname from pg_roles r where r.oid = s.setrole),
                                         'here', s.setdatabase <> 0, 'name', split_part(c, '=', 1),
                                         'value', substr(c, strpos(c, '=') + 1))
    from pg_db_role_setting s, unnest(s.setconfig) c
    where (s.setdatabase = here.oid and (s.setrole = 0 or s.setrole = any(meant))
           or s.setdatabase = 0 and s.setrole = any(meant))
      and c not like 'citus.%'   -- 00_database/settings.sql sets it where it means something
    union all
    select 'grant', jsonb_build_object('role', (select r.rolname from pg_roles r where r.oid = a.grantee),
                                       'right', a.privilege_type)
    from aclexplode(coalesce(here.datacl, acldefault('d', here.datdba))) a
    where a.grantee = 0 or a.grantee = any(meant);
end $$;
comment on function job.note_surroundings is
    'Stores what a dump of this database leaves out: roles that read (without passwords), settings, and '
    'rights on the database.';

create function job.restore_surroundings() returns table (refused text) language plpgsql as $$
declare
    statement text;
begin
    for statement in
        select format('grant %s to %s', s.detail ->> 'of', s.detail ->> 'member')
        from core.surroundings s,
             lateral (select to_regrole(s.detail ->> 'member') as member,
                      to_regrole(s.detail ->> 'of') as role) r
        where s.kind = 'member' and not pg_has_role(r.member, r.role, 'member')
        union all
        select format(case when s.detail ->> 'role' is null then 'alter database %2$I set %3$s = %4$s'
                           when (s.detail ->> 'here')::boolean
                           then 'alter role %1$I in database %2$I set %3$s = %4$s'
                           else 'alter role %1$I set %3$s = %4$s' end,
                      s.detail ->> 'role', current_database(), n.name,
                      -- Lists of names are stored as they were written.
                      case when n.name in ('search_path', 'temp_tablespaces') and s.detail ->> 'value' <> ''
                           then s.detail ->> 'value' else quote_literal(s.detail ->> 'value') end)
        from core.surroundings s,
             lateral (select string_agg(quote_ident(p), '.') as name
                      from unnest(string_to_array(s.detail ->> 'name', '.')) p) n
        where s.kind = 'setting'
        union all
        select format('revoke all on database %I from public', current_database())
        union all
        select format('grant %s on database %I to %s', s.detail ->> 'right', current_database(),
                      coalesce(quote_ident(s.detail ->> 'role'), 'public'))
        from core.surroundings s where s.kind = 'grant'
    loop
        begin
            execute statement;
        exception when insufficient_privilege then
            refused := statement || ';';
            return next;
        end;
    end loop;
end $$;
comment on function job.restore_surroundings is
    'After a restore: memberships, settings and rights as they were; returns the statements that only an '
    'administrator may run. The roles must exist.';

create function job.record_backup(file text, bytes bigint, sha256 text, verified boolean, counts jsonb)
returns int language sql as $$
    insert into core.backup (file, bytes, sha256, verified, counts)
    values (record_backup.file, record_backup.bytes, record_backup.sha256, record_backup.verified,
            record_backup.counts)
    returning backup_id
$$;
comment on function job.record_backup is
    'Records a backup: its file and contents, and whether it was verified.';

create function job.holds() returns text language plpgsql stable as $$
declare
    name text;
    n bigint;
    held text[] := '{}';
begin
    -- What a restore would overwrite: not what every new store has, nor notes about the store itself.
    for name in select k from job.kept_tables() k
                where k not in ('alembic_version', 'meaning', 'setting', 'surroundings', 'backup')
                order by k <> 'coin', 1 loop
        n := job.counted(format('core.%I', name)::regclass);
        if n > 0 then
            held := held || format('%s %s%s', n, name,
                                   case when name in ('coin', 'record', 'space', 'term') then 's' end);
        end if;
    end loop;
    return nullif(array_to_string(held, ', '), '');
end $$;
comment on function job.holds is 'What a store contains, in words; null when it is empty.';

create function job.lock_backup() returns boolean language sql as $$
    -- Until the session ends: two backups would use the same scratch database.
    select pg_try_advisory_lock(job.lock_number('backup'))
$$;
comment on function job.lock_backup is 'Whether this session is now the only one that makes a backup.';

create function job.scratch_name() returns text language sql stable as $$
    select 'coinstore_verify_' || d.oid from pg_database d where d.datname = current_database()
$$;
comment on function job.scratch_name is
    'The name of the scratch database in which a backup of this store is verified.';

-- Backups: what is compared, what is kept of them, and what lies around a database.

create view api.backups as
select b.backup_id, b.made_at, b.file, b.bytes, b.sha256, b.verified,
       (b.counts -> 'coin' ->> 'rows')::bigint as coins, b.counts
from core.backup b;
comment on view api.backups is 'One row for each backup that was made of this store, wherever its file is now.';
comment on column api.backups.verified is 'true: it was restored into a scratch database and each table was the same';
comment on column api.backups.counts is 'Rows and checksum of each table when the backup was made';

create function job.row_text(tab regclass) returns text language sql stable as $$
    -- As SQL: a text that says a whole row t. Vectors as bytes: as numbers they take ten times as long.
    select string_agg(case when y.typname in ('halfvec', 'vector')
                           then format('coalesce(encode(%s(t.%I), ''hex''), ''-'')', y.typname || '_send', a.attname)
                           else format('coalesce(t.%I::text, ''-'')', a.attname) end, ' || ''|'' || ' order by a.attnum)
    from pg_attribute a join pg_type y on y.oid = a.atttypid
    where a.attrelid = tab and a.attnum > 0 and not a.attisdropped
$$;
comment on function job.row_text is 'As SQL: a text that says a whole row t of a table.';

create function job.checksums() returns table (name text, "rows" bigint, checksum text)
language plpgsql stable set timezone = 'UTC' set datestyle = 'ISO' set bytea_output = 'hex' set intervalstyle = 'postgres'
set extra_float_digits = 1 as $$
begin
    for name in select c.relname::text from pg_class c
                where c.relnamespace = 'core'::regnamespace and c.relkind = 'r' and c.relpersistence = 'p' order by 1 loop
        -- A sum of hashes: it does not hang on an order, and needs no memory.
        execute format('select count(*), coalesce(sum((''x'' || left(md5(%s), 15))::bit(60)::bigint), 0)::text
                        from core.%I t', job.row_text(format('core.%I', name)::regclass), name) into "rows", checksum;
        return next;
    end loop;
end $$;
comment on function job.checksums is
    'Each table with its rows and a checksum of all of them, in whatever order they lie; the same in a restored store.';

create function job.note_surroundings() returns void language plpgsql as $$
declare
    database oid := (select d.oid from pg_database d where d.datname = current_database());
    meant oid[];
begin
    -- Who reads: members of coinstore_reader, and who was granted anything here. No administrators.
    with recursive member (id) as (
        select r.oid from pg_roles r where r.rolname in ('coinstore_reader', 'coinstore_search')
        union select m.member from pg_auth_members m join member on m.roleid = member.id)
    select array_agg(r.oid) into meant from pg_roles r
    where not r.rolsuper and r.rolname !~ '^pg_'
      and (r.oid in (select id from member)
           or r.oid in (select s.refobjid from pg_shdepend s
                        where s.dbid = database and s.refclassid = 'pg_authid'::regclass and s.deptype = 'a'));
    delete from core.surroundings;
    insert into core.surroundings (kind, detail)
    select 'role', jsonb_build_object('name', r.rolname, 'login', r.rolcanlogin, 'inherit', r.rolinherit,
                                      'limit', r.rolconnlimit, 'until', r.rolvaliduntil)
    from pg_roles r where r.oid = any(meant)
    union all
    select 'member', jsonb_build_object('member', m.member::regrole::text, 'of', m.roleid::regrole::text)
    from pg_auth_members m where m.member = any(meant)
    union all
    select 'setting', jsonb_build_object('role', (select r.rolname from pg_roles r where r.oid = s.setrole), 'here', s.setdatabase <> 0,
                                         'name', split_part(c, '=', 1), 'value', substr(c, strpos(c, '=') + 1))
    from pg_db_role_setting s, unnest(s.setconfig) c
    where s.setdatabase = database and (s.setrole = 0 or s.setrole = any(meant)) or s.setdatabase = 0 and s.setrole = any(meant)
    union all
    select 'grant', jsonb_build_object('role', (select r.rolname from pg_roles r where r.oid = a.grantee), 'right', a.privilege_type)
    from pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
    where d.oid = database and (a.grantee = 0 or a.grantee = any(meant));
end $$;
comment on function job.note_surroundings is
    'Keeps what a dump of this database leaves out: roles that read (without passwords), settings, rights on the database.';

create function job.restore_surroundings() returns void language plpgsql as $$
declare
    found record;
begin
    for found in select detail ->> 'member' as member, detail ->> 'of' as of_role from core.surroundings
                 where kind = 'member' loop
        if to_regrole(found.member) is not null and to_regrole(found.of_role) is not null
           and not pg_has_role(to_regrole(found.member), to_regrole(found.of_role), 'member') then
            execute format('grant %s to %s', found.of_role, found.member);
        end if;
    end loop;
    for found in select detail ->> 'role' as role, (detail ->> 'here')::boolean as here, detail ->> 'name' as name,
                        case when detail ->> 'name' in ('search_path', 'temp_tablespaces') and detail ->> 'value' <> ''
                             then detail ->> 'value' else quote_literal(detail ->> 'value') end as value
                 from core.surroundings where kind = 'setting' loop
        execute case when found.role is null then format('alter database %I set', current_database())
                     else format('alter role %I %s set', found.role,
                                 case when found.here then format('in database %I', current_database()) end) end
                || format(' %s = %s', (select string_agg(quote_ident(p), '.') from unnest(string_to_array(found.name, '.')) p),
                          found.value);
    end loop;
    execute format('revoke all on database %I from public', current_database());
    for found in select coalesce(quote_ident(detail ->> 'role'), 'public') as role, detail ->> 'right' as allowed
                 from core.surroundings where kind = 'grant' loop
        execute format('grant %s on database %I to %s', found.allowed, current_database(), found.role);
    end loop;
end $$;
comment on function job.restore_surroundings is
    'After a restore: memberships, settings and rights as they were; the roles are there already.';

create function job.record_backup(file text, bytes bigint, sha256 text, verified boolean, counts jsonb) returns int
language sql as $$
    insert into core.backup (file, bytes, sha256, verified, counts)
    values (record_backup.file, record_backup.bytes, record_backup.sha256, record_backup.verified, record_backup.counts)
    returning backup_id
$$;
comment on function job.record_backup is 'Keeps that a backup was made, of what, and whether it was verified.';

create function job.holds() returns text language plpgsql stable as $$
declare
    name text;
    n bigint;
    held text[] := '{}';
begin
    -- What a restore would stand in the way of: all but what each store has from its beginning, or notes of itself.
    for name in select c.relname::text from pg_class c
                where c.relnamespace = 'core'::regnamespace and c.relkind = 'r' and c.relpersistence = 'p'
                  and c.relname not in ('alembic_version', 'meaning', 'setting', 'surroundings', 'backup')
                order by c.relname <> 'coin', 1 loop
        execute format('select count(*) from core.%I', name) into n;
        if n > 0 then
            held := held || format('%s %s', n, case name when 'coin' then 'coins' when 'record' then 'records'
                                                             when 'space' then 'spaces' when 'term' then 'terms' else name end);
        end if;
    end loop;
    return nullif(array_to_string(held, ', '), '');
end $$;
comment on function job.holds is 'What a store holds, in words; null when it is empty.';

create function job.lock_backup() returns boolean language sql as $$
    -- Until the session ends: two backups would use one scratch database.
    select pg_try_advisory_lock(job.lock_number('backup'))
$$;
comment on function job.lock_backup is 'Whether this session alone makes a backup from now on.';

create function job.scratch_name() returns text language sql stable as $$
    select 'coinstore_verify_' || d.oid from pg_database d where d.datname = current_database()
$$;
comment on function job.scratch_name is 'What the scratch database is called in which a backup of this store is verified.';

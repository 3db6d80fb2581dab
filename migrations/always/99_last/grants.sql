-- Rights: coinstore_reader reads api and part, and nothing else. A restore runs this file again.

grant usage, create on schema api, part to coinstore_views;
grant usage on schema api, part to coinstore_reader;
revoke all on schema core, job, api, part from public;
grant select on all tables in schema api, part to coinstore_reader;
-- For the views of spaces that are added later.
alter default privileges in schema api, part grant select on tables to coinstore_reader;

do $$
declare
    statement text := format('grant usage on schema %s to coinstore_reader, coinstore_views',
                             job.vector_schema());
begin
    if exists (select from unnest('{coinstore_reader, coinstore_views}'::text[]) r (role), pg_extension e
               where e.extname = 'vector' and not has_schema_privilege(r.role, e.extnamespace, 'usage')) then
        execute statement;
    end if;
exception when insufficient_privilege then
    raise 'readers may not use the extension vector; ask an administrator to run: %;', statement
        using errcode = 'CS011';
end $$;

-- Functions with their owner's rights. Inside them no one can set another role, so a caller's predicate gains
-- none; those that run one, or reach vectors that are apart, belong to coinstore_search, which may do what a
-- reader may. pg_temp comes last in their search_path: otherwise a caller's own types would replace ours.
grant create on schema api, part to coinstore_search;
do $$
declare
    found record;
begin
    for found in
        select p.oid::regprocedure as function, r.is_of_search
        from pg_proc p
        cross join lateral (select p.proname in ('search', 'passing', 'seen_vectors', 'seen_distances')
                                   and p.pronamespace <> 'job'::regnamespace as is_of_search) r
        where p.pronamespace in ('api'::regnamespace, 'part'::regnamespace, 'job'::regnamespace)
          and (p.prosecdef or r.is_of_search)
    loop
        execute format('alter function %s security definer set search_path = pg_catalog, %s, pg_temp',
                       found.function, job.vector_schema());
        if found.is_of_search then
            execute format('alter function %s owner to coinstore_search', found.function);
        end if;
    end loop;
    -- The others find the types and operators of vectors whatever search_path the caller has. Those of a
    -- space, which run for each row, need neither; SQL is inlined, which a setting would stop, and names the
    -- schema of the operator.
    for found in
        select p.oid::regprocedure as function from pg_proc p join pg_language l on l.oid = p.prolang
        where p.pronamespace in ('api'::regnamespace, 'part'::regnamespace) and l.lanname = 'plpgsql'
          and not p.prosecdef and p.proname !~ '^(percentile|vector)_'
    loop
        execute format('alter function %s set search_path = pg_catalog, %s, pg_temp',
                       found.function, job.vector_schema());
    end loop;
    -- Views read with the rights of their owner, and row rules apply to coinstore_views (05_privacy).
    for found in
        select c.oid::regclass as view from pg_class c
        where c.relnamespace in ('api'::regnamespace, 'part'::regnamespace) and c.relkind = 'v'
    loop
        execute format('alter view %s owner to coinstore_views', found.view);
    end loop;
    -- coinstore bi grant closes databases to everyone, but reading the size of this one needs connect
    -- (part.server).
    execute format('grant connect on database %I to coinstore_reader', current_database());
end $$;
revoke create on schema api, part from coinstore_search;
revoke execute on function part.near_vectors, part.far_distances, part.far_vectors from public;
grant execute on function part.near_vectors, part.far_distances, part.far_vectors to coinstore_search;

comment on schema api is
    'coinstore: views and functions for reading; the contract with SQL users and BI tools.';
comment on schema part is 'coinstore: what api is made of; internal; no promise.';
comment on schema job is 'coinstore: functions that its workers use; private.';
comment on schema core is 'coinstore: tables; private.';

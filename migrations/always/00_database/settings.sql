-- Settings of the whole database, for every client.

do $$
begin
    -- iterative_scan: in strict order an index scan with a WHERE keeps looking until it has enough rows.
    -- random_page_cost: a store mostly fits in memory, so a b-tree pays off earlier than on a spinning disk.
    -- temporary: what a reader defines in pg_temp would run with the rights of the functions that take a
    -- predicate.
    execute format($q$
        alter database %1$I set hnsw.iterative_scan = strict_order;
        alter database %1$I set random_page_cost = 1.1;
        revoke temporary on database %1$I from public;
    $q$, current_database());
exception when insufficient_privilege then
    raise notice 'this user cannot change the database: ask its owner for hnsw.iterative_scan = strict_order';
end $$;

do $$
begin
    -- On a Citus coordinator everything is local but the vectors of distributed spaces (30_spaces/apart.sql).
    if exists (select from pg_extension e where e.extname = 'citus') then
        execute format('alter database %I set citus.enable_ddl_propagation = off', current_database());
    end if;
end $$;

do $$
begin
    -- The query of a client that was killed stops. Otherwise it runs on, for hours if it is a build.
    execute format('alter database %I set client_connection_check_interval = ''1s''', current_database());
exception when insufficient_privilege or invalid_parameter_value then   -- invalid: not on this platform
    raise notice 'client_connection_check_interval cannot be set: queries of killed clients run on';
end $$;

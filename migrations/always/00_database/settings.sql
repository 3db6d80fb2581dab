-- Settings of the database as a whole, for whoever connects with whatever tool.

do $$
begin
    -- In strict order a WHERE over an index scan never loses a row that the index passed over.
    execute format('alter database %I set hnsw.iterative_scan = strict_order', current_database());
    -- The hot part of a store lies in memory: b-trees pay off earlier than for a spinning disk.
    execute format('alter database %I set random_page_cost = 1.1', current_database());
    -- What a reader defines in pg_temp would run with the rights of the functions that take a predicate.
    execute format('revoke temporary on database %I from public', current_database());
exception when insufficient_privilege then
    raise notice 'the database is not ours to set: ask its owner for hnsw.iterative_scan = strict_order';
end $$;

do $$
begin
    -- The query of a client that was killed stops. Otherwise it runs on, for hours if it is a build.
    execute format('alter database %I set client_connection_check_interval = ''1s''', current_database());
exception when insufficient_privilege or invalid_parameter_value then   -- invalid: not on this platform
    raise notice 'client_connection_check_interval cannot be set: queries of killed clients run on';
end $$;

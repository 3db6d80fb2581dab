-- Many machines: Citus distributes the vectors of a space over its workers, and brings them back.

create function job.shards(space text) returns int language plpgsql stable security definer as $$
declare
    n int;
begin
    if not exists (select from pg_extension e where e.extname = 'citus') then
        return null;
    end if;
    execute 'select nullif(count(*), 0)::int from pg_dist_shard where logicalrelid = $1'
    into n using job.vectors_table(space);
    return n;
end $$;
comment on function job.shards is
    'Number of shards that the vectors of a space are distributed over; null: they are on this server.';

create function job.bytes_on_workers(space text, out bytes bigint, out index_bytes bigint)
language plpgsql stable security definer as $$
begin
    if job.shards(space) is not null then
        execute 'select citus_total_relation_size($1), citus_total_relation_size($1) - citus_table_size($1)'
        into bytes, index_bytes using job.vectors_table(space);
    end if;
end $$;
comment on function job.bytes_on_workers is
    'Bytes of the vectors of a distributed space with all indexes, and of these; null: they are on this '
    'server.';

create function job.check_citus() returns void language plpgsql as $$
declare
    is_coordinator boolean;
    workers int;
begin
    if not exists (select from pg_extension e where e.extname = 'citus') then
        raise 'this server is not a Citus coordinator: the database has no extension citus; one server holds '
              'millions of vectors' using errcode = 'CS003';
    end if;
    execute $q$
        select citus_is_coordinator(), (select count(*) from pg_dist_node n
                                        where n.groupid <> 0 and n.isactive and n.shouldhaveshards)
    $q$ into is_coordinator, workers;
    if not is_coordinator then
        raise 'this server is a Citus worker; connect to the coordinator' using errcode = 'CS003';
    elsif workers = 0 then
        raise 'this Citus coordinator has no workers; add some with citus_add_node' using errcode = 'CS003';
    end if;
end $$;
comment on function job.check_citus is 'An error unless this server is a Citus coordinator with workers.';

create function job.set_up_workers() returns void language plpgsql as $$
declare
    failed record;
begin
    -- Without a transaction, Citus does not repeat the settings of part.near_vectors there. A library that is
    -- not loaded yet refuses its settings, so a vector comes first.
    for failed in execute $q$
        select nodename, nodeport, result from run_command_on_workers($w$
            do $b$
            begin
                perform '[1]'::vector, set_config('citus.enable_ddl_propagation', 'off', true);
                execute format('alter database %I set hnsw.iterative_scan = relaxed_order',
                               current_database());
                execute format('alter database %I set hnsw.ef_search = 100', current_database());
            end $b$ $w$) where not success $q$
    loop
        raise 'the database on the worker %:% cannot be set up: %', failed.nodename, failed.nodeport,
            failed.result using errcode = 'CS003';
    end loop;
end $$;
comment on function job.set_up_workers is
    'Settings of the database on each worker, for searches by an index.';

create function job.distribute_space(space text, shards int) returns boolean language plpgsql as $$
declare
    was_indexed boolean := part.is_indexed(space);
begin
    perform job.lock('spaces');
    perform part.known_space(space), job.check_citus();
    if job.shards(space) is not null then
        raise 'the vectors of % are distributed over % shards already; bring them back first', space,
            job.shards(space) using errcode = 'CS003';
    elsif (part.known_space(space)).index_kind = 'bits' then
        raise 'the index of % holds bits, which Citus cannot search; build one of vectors first', space
            using errcode = 'CS003';
    elsif shards not between 1 and 32000 then
        raise 'a space is distributed over 1 to 32,000 shards, not %', shards using errcode = 'CS003';
    end if;
    perform job.lock_spaces(array[space]);
    -- The index is built on the shards afterwards: with it, each row would cost as much as five.
    execute format('drop index if exists core.%I', part.vector_index(space));
    if not job.is_apart(space) then
        perform job.take_apart(space);
    end if;
    perform job.propagate(true);
    execute 'select create_distributed_table($1, ''side_id'', shard_count := $2, colocate_with := ''none'')'
    using job.vectors_table(space)::text::regclass, shards;
    perform job.propagate(false), job.set_up_workers();
    return was_indexed;
end $$;
comment on function job.distribute_space is
    'Distributes the vectors of a space over the workers of Citus; returns whether it had an index, which '
    'is to be built again.';

create function job.gather_space(space text) returns boolean language plpgsql as $$
declare
    was_indexed boolean := part.is_indexed(space);
begin
    perform job.lock('spaces');
    perform part.known_space(space);
    if not job.is_apart(space) then
        raise 'the vectors of % are on this server already', space using errcode = 'CS003';
    end if;
    perform job.lock_spaces(array[space]);
    if job.shards(space) is not null then
        perform job.propagate(true);
        execute format('drop index if exists core.%I', part.vector_index(space));
        execute 'select undistribute_table($1)' using job.vectors_table(space);
        perform job.propagate(false);
    end if;
    perform job.put_together(space);
    return was_indexed;
end $$;
comment on function job.gather_space is
    'Brings the vectors of a space back to this server; returns whether it had an index, which is to be '
    'built again.';

-- Building an index over vectors while everyone reads: the statements, which run outside of any transaction.

create function job.reindex_names(space text, out building text, out retired text, out final text, out target text, out definition text)
language sql stable as $$
    -- By the key of the space: no name of a space can take these, and a switch of names does not touch them.
    select format('rebuilding_%s_hnsw', s.space_id), format('retired_%s_hnsw', s.space_id),
           'embedding_' || s.name || '_hnsw', 'embedding_' || s.name,
           format('create index concurrently %I on core.%I using hnsw (embedding %s) with (m = 16, ef_construction = 128)',
                  format('rebuilding_%s_hnsw', s.space_id), 'embedding_' || s.name, job.operators(s.precision))
    from core.space s where s.name = space
$$;
comment on function job.reindex_names is
    'How the index of a space is called while it is built, when it has been replaced, and when it answers; and the statement that builds it.';

create function job.lock_reindex(space text) returns boolean language sql as $$
    -- Until the session ends: of two that build one index the second is turned away.
    select pg_try_advisory_lock(job.lock_number('index'), s.space_id) from core.space s where s.name = space
$$;
comment on function job.lock_reindex is 'Whether this session alone builds the index of a space from now on.';

create function job.swap_index(space text) returns void language plpgsql as $$
declare
    n record := job.reindex_names(space);
begin
    if not exists (select from pg_index x where x.indexrelid = to_regclass('core.' || quote_ident(n.building)) and x.indisvalid) then
        raise 'the new index of % did not become valid; run it again', space using errcode = 'CS003';
    end if;
    -- A change of name takes no lock that a reader would wait for.
    if to_regclass('core.' || quote_ident(n.final)) is not null then
        execute format('alter index core.%I rename to %I', n.final, n.retired);
    end if;
    execute format('alter index core.%I rename to %I', n.building, n.final);
end $$;
comment on function job.swap_index is 'Lets the new index of a space take the place of the old one, in one moment.';

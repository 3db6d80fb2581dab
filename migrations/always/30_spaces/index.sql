-- The HNSW index of a space: built after loading, in a transaction or while everyone goes on reading.
--
-- Its settings: m and ef_construction are in job.index_definition; ef_search is in 40_search/search.sql;
-- iterative_scan of every client is in 00_database/settings.sql. The index that finds the edges of a graph
-- has its settings in 50_graph/build.sql.

create function job.index_definition(space text, index_name text, how text default '') returns text
language sql stable as $$
    select format('create index %s %I on core.embedding_%s using hnsw (embedding %s_cosine_ops) '
                  'with (m = 16, ef_construction = 128)', how, index_name, s.name,
                  case s.precision when 'half' then 'halfvec' else 'vector' end)
    from core.space s where s.name = space
$$;
comment on function job.index_definition is
    'The statement that builds the index of a space; how: empty, or concurrently.';

create function job.index_space(space text, memory_mb int default 1024) returns void language plpgsql as $$
begin
    -- With the default of 64 MB a build takes four times as long.
    perform set_config('maintenance_work_mem', memory_mb || 'MB', true);
    execute format('drop index if exists core.%I', part.vector_index(space));
    execute job.index_definition(space, part.vector_index(space));
end $$;
comment on function job.index_space is 'Builds the index of a space; if it has one, builds it again.';

create function job.drop_index_for(space text, pending bigint) returns boolean language plpgsql as $$
begin
    -- With an index, a row costs as much as five rows of a later build (245 rows/s compared with 1,500).
    if not part.is_indexed(space) or pending < job.embedded(space) / 5 then
        return false;
    end if;
    execute format('drop index core.%I', part.vector_index(space));
    return true;
end $$;
comment on function job.drop_index_for is
    'Before this many vectors are written: drops the index if building it again is faster. Searches are '
    'exact until then.';

create function job.measure_recall(space text, seed int default 0, queries int default 50) returns float8
language plpgsql set hnsw.ef_search = 80 set hnsw.iterative_scan = 'relaxed_order' as $$
declare
    recall float8;
begin
    execute job.filled($q$
        select avg((select count(*) from unnest(i.ids) x where x = any(e.ids)) / 10.0)
        from (select embedding as q from core.embedding_{space} order by md5(side_id || '/' || $1) limit $2) s
        cross join lateral (select array_agg(side_id) as ids from
            (select side_id from core.embedding_{space} order by embedding <=> s.q limit 10) x) i
        cross join lateral (select array_agg(side_id) as ids from
            (select side_id from core.embedding_{space} order by (embedding <=> s.q) + 0 limit 10) x) e
    $q$, space) into recall using seed, queries;
    update core.space s set recall_at_10 = recall, recall_at = now() where s.name = space;
    return recall;
end $$;
comment on function job.measure_recall is
    'Measures and stores how many of the true ten nearest the index finds, 0 to 1.';

create function job.settle_space(space text) returns boolean language plpgsql as $$
declare
    limit_rows float8 := (select value from core.setting where name = 'index_after_rows');
begin
    -- When several workers finish at the same time, one does this and the others find that it is done.
    perform job.lock('statistics', (select space_id from core.space s where s.name = space));
    execute format('analyze %s', job.vectors_table(space));
    perform job.sample_spread(space);
    if job.embedded(space) <= limit_rows or part.is_indexed(space) then
        return false;
    end if;
    perform job.index_space(space);
    perform job.measure_recall(space);
    return true;
end $$;
comment on function job.settle_space is
    'After embedding: statistics, the sample for the percentiles, and an index once exact search is slow. '
    'Returns whether it built an index.';

create function job.reindex_names(space text, out building text, out retired text, out final text,
                                  out target text, out definition text) language sql stable as $$
    -- Named by the key of the space: no space can have these names, and switching names does not change them.
    select b.name, format('retired_%s_hnsw', s.space_id), part.vector_index(s.name),
           part.vector_table(s.name), job.index_definition(s.name, b.name, 'concurrently')
    from core.space s cross join lateral (select format('rebuilding_%s_hnsw', s.space_id) as name) b
    where s.name = space
$$;
comment on function job.reindex_names is
    'For building an index outside of any transaction, while everyone reads: its name while it is built, '
    'after it was replaced, and in use; the table; and the statement.';

create function job.lock_reindex(space text) returns boolean language sql as $$
    -- Until the session ends: a second build of the same index is refused.
    select pg_try_advisory_lock(job.lock_number('index'), s.space_id) from core.space s where s.name = space
$$;
comment on function job.lock_reindex is 'Whether only this session builds the index of a space from now on.';

create function job.swap_index(space text) returns void language plpgsql as $$
declare
    n record := job.reindex_names(space);
begin
    if not exists (select from pg_index x
                   where x.indexrelid = to_regclass('core.' || n.building) and x.indisvalid) then
        raise 'the new index of % did not become valid; run it again', space using errcode = 'CS003';
    end if;
    -- Renaming takes no lock that a reader would wait for.
    execute format('alter index if exists core.%I rename to %I; alter index core.%I rename to %I',
                   n.final, n.retired, n.building, n.final);
end $$;
comment on function job.swap_index is 'Replaces the old index of a space by the new one, in one moment.';

-- The HNSW index of a space: built after loading, while everyone goes on reading and writing.
--
-- It holds the vectors, or a bit for each dimension (core.space.index_kind): whether the dimension is above
-- its mean. Bits take a fraction of the memory; the nearest by bits are compared by their vectors.
--
-- Its settings: m and ef_construction are in job.index_plan; ef_search is in 40_search; iterative_scan of
-- every client is in 00_database/settings.sql. The index that finds the edges of a graph has its settings in
-- 50_graph/build.sql.

create function job.index_memory_mb(vectors bigint, dims int, "precision" text, kind text) returns int
language sql immutable as $$
    -- The graph of the index takes some 700 bytes a row, the rest is what it compares.
    select 1 + (vectors / 1048576.0
                * (700 + dims * case when kind = 'bits' then 0.125
                                     when "precision" = 'half' then 2.05 else 4.1 end))::int
$$;
comment on function job.index_memory_mb is
    'The memory that building an index takes, in MB. With less, it takes much longer.';

create function job.prepare_bits(space text, kind text default null) returns void language plpgsql as $$
declare
    s core.space := (select s from core.space s where s.name = space);
    vector_type text := job.vector_type(s.dims, s.precision);
    mean text;
begin
    -- Its text holds the mean, so it stays as it is while an index holds what it gave.
    if coalesce(kind, s.index_kind) <> 'bits' or s.index_kind = 'bits' and part.is_indexed(space) then
        return;
    end if;
    if job.is_apart(space) then
        raise 'the index of % cannot hold bits while its vectors are distributed; bring them back', space
            using errcode = 'CS003';
    end if;
    -- Everyone can read the text of a function, so what is private is not in it.
    execute format($q$
        select avg(v.embedding)::%s::text from %s v
        where v.side_id in (
            select e.side_id from %2$s e join core.coin c using (coin_id)
            where c.collection_id not in (select p.collection_id from core.private_collection p)
            order by md5(e.side_id::text) limit 20000)
    $q$, vector_type, job.vectors_table(space)) into mean;
    execute format($q$
        create or replace function core.bits_%1$s(v %2$s.%3$s) returns bit
        language plpgsql immutable parallel safe as $b$
        begin
            return %2$s.binary_quantize(v operator(%2$s.-) %4$L::%2$s.%3$s);
        end $b$
    $q$, s.space_id, job.vector_schema(), vector_type,
        coalesce(mean, array_fill(0, array[s.dims])::real[]::vector::text));
end $$;
comment on function job.prepare_bits is
    'Creates core.bits_<space_id>, if the space asks for an index of bits and has none yet: which dimensions '
    'of a vector are above their mean.';

create function job.index_plan(space text, kind text default null, out space_id int,
                               out building text, out retired text,
                               out final text, out definition text, out needs_mb int, out may_mb int)
language sql stable as $$
    -- Named by the key of the space: no space can have these names, and switching names does not change them.
    select s.space_id, format('rebuilding_%s_hnsw', s.space_id), format('retired_%s_hnsw', s.space_id),
           part.vector_index(s.name),
           format('create index concurrently rebuilding_%s_hnsw on core.%I using hnsw (%s) '
                  'with (m = 16, ef_construction = 128)', s.space_id, part.vector_table(s.name),
                  case coalesce(kind, s.index_kind)
                      when 'bits' then format('(core.bits_%s(embedding)::bit(%s)) bit_hamming_ops',
                                              s.space_id, s.dims)
                      else format('embedding %s_cosine_ops', case s.precision when 'half' then 'halfvec'
                                                                              else 'vector' end)
                  end),
           job.index_memory_mb(job.embedded(s.name), s.dims, s.precision, coalesce(kind, s.index_kind)),
           greatest((select value::int from core.setting where name = 'index_memory_mb'),
                    pg_size_bytes(current_setting('maintenance_work_mem')) / 1048576)
    from core.space s where s.name = space
$$;
comment on function job.index_plan is
    'For building an index outside of any transaction: its name while it is built, after it was replaced, '
    'and in use; the statement; and the memory that it needs and may use.';

create function job.lock_reindex(space text) returns boolean language sql as $$
    -- Until the session ends: a second build of the same index is refused.
    select pg_try_advisory_lock(job.lock_number('index'), s.space_id) from core.space s where s.name = space
$$;
comment on function job.lock_reindex is 'Whether only this session builds the index of a space from now on.';

create function job.index_progress(building text) returns table (done bigint, total bigint)
language sql stable as $$
    select greatest(p.tuples_done, 0), nullif(t.reltuples, -1)::bigint
    from pg_stat_progress_create_index p join pg_class t on t.oid = p.relid
    join pg_class i on i.oid = p.index_relid
    where p.datname = current_database() and i.relname = building
$$;
comment on function job.index_progress is
    'How many vectors an index that is being built holds, and will hold.';

create function job.swap_index(space text, expected int, kind text default null) returns void
language plpgsql as $$
declare
    n record;
begin
    perform job.hold_space(space, expected);
    n := job.index_plan(space, kind);
    if not exists (select from pg_index x
                   where x.indexrelid = to_regclass('core.' || n.building) and x.indisvalid) then
        raise 'the new index of % did not become valid; run it again', space using errcode = 'CS003';
    end if;
    if kind <> (select s.index_kind from core.space s where s.name = space) then
        perform job.lock_spaces(array[space]);
        update core.space s set index_kind = kind where s.name = space;
        perform job.build_space(space);
    end if;
    -- Renaming takes no lock that a reader would wait for.
    perform job.propagate(true);
    execute format('alter index if exists core.%I rename to %I', n.final, n.retired);
    execute format('alter index core.%I rename to %I', n.building, n.final);
end $$;
comment on function job.swap_index is 'Replaces the old index of a space by the new one, in one moment.';

create function job.index_slows(space text, pending bigint) returns boolean language sql stable as $$
    -- With an index, a row costs as much as five rows of a later build (245 rows/s compared with 1,500).
    select part.is_indexed(space) and pending >= job.embedded(space) / 5
$$;
comment on function job.index_slows is
    'Before this many vectors are written: whether dropping the index and building it again is faster. '
    'Searches are exact until then.';

create function job.recall_of(space text, seed int, queries int) returns float8
language plpgsql stable as $$
declare
    recall float8;
begin
    if job.is_apart(space) then
        return job.recall_apart(space, seed, queries);
    end if;
    execute job.filled($q$
        select avg((select count(*) from unnest(i.ids) x where x = any(e.ids))
                   / cardinality(e.ids)::float8)
        from (select side_id, coin_id, face, embedding as q from part.vectors_{space}
              order by md5(side_id || '/' || $1) limit $2) s
        cross join lateral (select array_agg(n.side_id) as ids
                            from part.nearest_{space}(s.q::vector, s.face, 10, null) n) i
        cross join lateral (select array_agg(side_id) as ids from
            (select side_id from part.vectors_{space} v where v.face = s.face
             order by (v.embedding <=> s.q) + 0, side_id limit 10) x) e
    $q$, space) into recall using seed, queries;
    return recall;
end $$;
comment on function job.recall_of is
    'How many of the true ten nearest of the same face a search finds, 0 to 1, by a sample of vectors.';

create function job.measure_recall(space text, seed int default 0, queries int default 50) returns float8
language plpgsql as $$
declare
    is_of_bits boolean := (select s.index_kind = 'bits' from core.space s where s.name = space);
    candidates int;
    recall float8;
begin
    -- Bits: as many candidates as it takes, up to what hnsw.ef_search can be. Null: there is no vector.
    foreach candidates in array array[200, 400, 800, 1000] loop
        if is_of_bits then
            update core.space s set bit_candidates = candidates where s.name = space;
            perform job.build_nearest(space);
        end if;
        recall := job.recall_of(space, seed, queries);
        exit when coalesce(recall, 1) >= 0.99 or not is_of_bits;
    end loop;
    update core.space s set recall_at_10 = recall, recall_at = now() where s.name = space;
    return recall;
end $$;
comment on function job.measure_recall is
    'Measures and stores how many of the true ten nearest of the same face a search finds, 0 to 1.';

create function job.lacks_index(space text) returns boolean language sql stable as $$
    select job.embedded(space) > (select value from core.setting where name = 'index_after_rows')
           and not part.is_indexed(space)
$$;
comment on function job.lacks_index is 'Whether a space has grown so that it needs an index, and has none.';

create function job.settle_space(space text) returns boolean language plpgsql as $$
begin
    -- When several workers finish at the same time, one does this and the others find that it is done.
    perform job.lock('statistics', (select space_id from core.space s where s.name = space));
    perform job.propagate(true);
    execute format('analyze %s, %s', job.vectors_table(space), job.has_table(space));
    perform job.propagate(false);
    perform job.sample_spread(space);
    return job.lacks_index(space);
end $$;
comment on function job.settle_space is
    'After embedding: statistics and the sample for the percentiles. Returns whether the space has grown so '
    'that it needs an index.';

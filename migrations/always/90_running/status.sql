-- The state of a store, for people, BI tools and monitoring.

create function job.left_of(space text) returns bigint
language sql stable security definer as $$   -- its search_path: 99_last/grants.sql
    select job.pending(space)
$$;
comment on function job.left_of is 'As job.pending, for views that readers use.';

create view part.coverage as
select s.name as space, c.sides, e.embedded, job.left_of(s.name) as pending,
       (select count(*) from core.fault f where f.space_id = s.space_id) as faults,
       case when c.sides > 0 then e.embedded::float8 / c.sides end as share,
       s.trained
from core.space s
-- Each is counted once, and only for a query that names it.
cross join lateral (select job.possible(s.name) as sides offset 0) c
cross join lateral (select job.embedded(s.name) as embedded offset 0) e;
comment on view part.coverage is
    'One row for each space: of the sides that it could hold, how many have a vector, are pending, or '
    'failed.';
comment on column part.coverage.share is
    'Share of the sides that have a vector, 0 to 1; null where there is no side';
comment on column part.coverage.pending is
    'Sides with neither a vector nor a fault, for coinstore embed to do';
comment on column part.coverage.trained is 'false: the weights were drawn at random; nearness means nothing';

create function job.unexamined_sides() returns bigint
language sql stable security definer as $$   -- its search_path: 99_last/grants.sql
    select job.unexamined_images()
$$;
comment on function job.unexamined_sides is 'As job.unexamined_images, for views that readers use.';

create view part.queue as
select 'photographs' as stage, null::text as space, job.unexamined_sides() as waiting
union all
select 'vectors', c.space, c.pending from part.coverage c;
comment on view part.queue is
    'What is still to be done: photographs to examine, and for each space the sides without a vector.';

create view api.indexes as
select s.name as space, i.relname::text as name, x.indisvalid as valid, s.recall_at_10,
       s.recall_at as measured_at, extract(epoch from now() - s.recall_at)::float8 as age_s,
       pg_relation_size(i.oid) + coalesce((job.bytes_on_workers(s.name)).index_bytes, 0) as bytes
from core.space s
join pg_class t on t.relname = part.vector_table(s.name) and t.relnamespace = 'core'::regnamespace
join pg_index x on x.indrelid = t.oid join pg_class i on i.oid = x.indexrelid
join pg_am m on m.oid = i.relam and m.amname = 'hnsw';
comment on view api.indexes is
    'One row for each index over vectors: whether it is in use, its recall@10 compared with exact search, '
    'and when that was measured. A space without an index is searched exactly.';
comment on column api.indexes.valid is 'false: its build failed; it is not used';
comment on column api.indexes.age_s is
    'Seconds since the recall was measured, when the index was built; null: never';

create view part.sizes as
with one as (
    select c.relname::text as name, pg_total_relation_size(c.oid) + coalesce(w.bytes, 0) as bytes,
           pg_indexes_size(c.oid) + coalesce(w.index_bytes, 0) as index_bytes,
           greatest(c.reltuples, 0)::bigint as rows_about
    from pg_class c left join core.space s on c.relname = part.vector_table(s.name)
    left join lateral job.bytes_on_workers(s.name) w on s.name is not null
    where c.relnamespace = 'core'::regnamespace and c.relkind = 'r')
select case when name like 'embedding\_%' then 'vectors of ' || substr(name, 11)
            when name like 'has\_%' then 'vectors of ' || substr(name, 5)
            when name = 'image' then 'photographs'
            when name in ('collection', 'coin', 'side', 'type', 'coin_type', 'die', 'side_die',
                          'grouped_study', 'record', 'source', 'fault', 'coin_value',
                          'reference') then 'coins'
            when name in ('term', 'alias', 'recorded', 'imputation', 'imputed') then 'terms'
            when name in ('graph', 'graph_node', 'edge', 'graph_run', 'community', 'centrality', 'bridge',
                          'verdict')
                 or name like any('{comparing\\_%, building\\_%}') then 'graphs'
            when name in ('map', 'map_point') then 'maps'
            when name like 'evaluation%' or name in ('classifier', 'confusion',
                                                     'proposal') then 'figures and proposals'
            else 'other' end as table_group,
       sum(bytes)::bigint as bytes, sum(index_bytes)::bigint as index_bytes,
       sum(rows_about)::bigint as rows_about
from one group by 1;
comment on view part.sizes is
    'One row for each group of tables: bytes of tables and indexes together, of indexes, and the estimated '
    'number of rows. Photographs are stored as thumbnails; the files stay where they are.';

create view part.server as
select current_setting('server_version') as postgres,
       (select extversion from pg_extension where extname = 'vector') as pgvector,
       (select version_num::text from core.alembic_version) as schema,
       pg_postmaster_start_time() as started_at,
       extract(epoch from now() - pg_postmaster_start_time())::float8 as uptime_s,
       (select count(*) from pg_stat_activity a where a.datname = current_database()) as connections,
       current_setting('max_connections')::int as max_connections,
       pg_database_size(current_database()) as bytes,
       (select max(b.made_at) from core.backup b) as backed_up_at,
       (select max(b.made_at) from core.backup b where b.verified) as verified_at;
comment on view part.server is
    'One row: versions, start of the server, connections to this store, its size, and its last backup.';

create view part.server_settings as
select w.name, current_setting(w.name, true) as value, w.why
from (values
    ('shared_buffers', 'Vectors in it are read without the disk'),
    ('maintenance_work_mem', 'An index over vectors that does not fit takes four times as long to build; '
                             'coinstore sets 1 GB'),
    ('work_mem', 'Memory for each sort of a query'),
    ('effective_cache_size', 'Memory that the machine has for pages, as the planner sees it'),
    ('max_parallel_workers', 'Processes that work on queries and build indexes next to the sessions'),
    ('jit', 'off: compiling takes longer than the queries of a store'),
    ('client_connection_check_interval', 'After it, the query of a killed client stops'),
    ('max_connections', 'coinstore keeps up to 4 open and can use 14 in a process'),
    ('max_locks_per_transaction', 'Each side of a batch that is being embedded is a lock'),
    ('random_page_cost', 'coinstore sets 1.1: b-trees are worth it when the hot part is in memory'),
    ('statement_timeout', 'Longer queries are stopped, and jobs too'),
    ('idle_in_transaction_session_timeout', 'A batch that takes longer to embed is lost and repeated'),
    ('hnsw.iterative_scan', 'strict_order: a WHERE loses no row, even when an index is used')) w (name, why)
-- Not from pg_settings, which lacks the settings of an extension that is not loaded yet.
where current_setting(w.name, true) is not null;
comment on view part.server_settings is
    'The settings of the server that matter to coinstore, with their values in this session, and why.';

create view part.faults_by_stage as
select case when f.record_id is not null then 'records' when f.space_id is null then 'photographs'
            else 'vectors' end as stage,
       s.name as space, count(*) as faults, max(f.noted_at) as last_at
from core.fault f left join core.space s using (space_id) group by 1, 2;
comment on view part.faults_by_stage is 'Number of faults by stage and space; each fault is in api.faults.';

create view part.last_backup as
select b.made_at, b.file, b.bytes, b.verified, (b.counts -> 'coin' ->> 'rows')::bigint as coins,
       extract(epoch from now() - b.made_at)::float8 as age_s
from core.backup b order by b.made_at desc limit 1;
comment on view part.last_backup is 'The most recent backup of this store; no row: there is none.';

create view part.photograph_count as
select count(*) filter (where d.sha256 is not null) as photographs, count(*) as named from core.side d
where d.image_location is not null;
comment on view part.photograph_count is
    'Sides whose record names a photograph (named), and sides whose photograph is usable (photographs).';

-- Metrics: the state of a store for Prometheus, with names, labels and units by its conventions.

create view api.metrics as
with measured (name, labels, value) as (
    select 'coinstore_coins', '{}'::jsonb, count(*)::float8 from core.coin
    union all select 'coinstore_sides', jsonb_build_object('face', face),
    count(*) from core.side group by face
    union all select 'coinstore_photographs', '{}', count(*) from core.image
    union all select 'coinstore_queue', jsonb_build_object('stage', q.stage, 'space', coalesce(q.space, '')),
    q.waiting from part.queue q
    union all select 'coinstore_faults',
    jsonb_build_object('stage', case when f.record_id is not null then 'records'
                     when f.space_id is null then 'photographs' else 'vectors' end),
                     count(*) from core.fault f group by 2
    union all select 'coinstore_space_sides', jsonb_build_object('space', c.space),
    c.sides from part.coverage c
    union all select 'coinstore_space_embedded', jsonb_build_object('space', c.space),
    c.embedded from part.coverage c
    union all select 'coinstore_space_faults', jsonb_build_object('space', c.space),
    c.faults from part.coverage c
    union all select 'coinstore_index_valid', jsonb_build_object('space', i.space, 'index', i.name),
    i.valid::int from api.indexes i
    union all select 'coinstore_index_recall', jsonb_build_object('space', i.space, 'index', i.name),
    i.recall_at_10
              from api.indexes i where i.recall_at_10 is not null
    union all select 'coinstore_size_bytes', jsonb_build_object('group', z.table_group),
    z.bytes from part.sizes z
    union all select 'coinstore_database_bytes', '{}', s.bytes from part.server s
    union all select 'coinstore_connections', '{}', s.connections from part.server s
    union all select 'coinstore_start_time_seconds', '{}', extract(epoch from s.started_at) from part.server s
    -- Never is 0, not a missing row: an alert about the age of the last backup must fire when there is none.
    union all select 'coinstore_backup_time_seconds', jsonb_build_object('verified', v.verified),
                     coalesce(extract(epoch from max(b.made_at)), 0)
              from (values ('yes', true), ('no', false)) v (verified, is_verified)
              left join core.backup b on b.verified = v.is_verified group by v.verified
    union all select 'coinstore_schema_info',
    jsonb_build_object('schema', s.schema, 'postgres', s.postgres, 'pgvector', s.pgvector), 1
              from part.server s)
select m.name, m.labels, m.value, h.type, h.help
from measured m join (values
    ('coinstore_coins', 'gauge', 'Coins in the store.'),
    ('coinstore_sides', 'gauge', 'Sides of coins, by face.'),
    ('coinstore_photographs', 'gauge', 'Distinct photographs that were examined.'),
    ('coinstore_queue', 'gauge', 'Work still to do: photographs to examine, sides to embed by space.'),
    ('coinstore_faults', 'gauge', 'Values, photographs and sides that could not be read, by stage.'),
    ('coinstore_space_sides', 'gauge', 'Sides that a space could hold.'),
    ('coinstore_space_embedded', 'gauge', 'Sides that have a vector in a space.'),
    ('coinstore_space_faults', 'gauge', 'Sides that could not be embedded in a space.'),
    ('coinstore_index_valid', 'gauge', '1 where an index over vectors is in use, 0 where its build failed.'),
    ('coinstore_index_recall', 'gauge', 'Recall at 10 of an index against exact search, as last measured.'),
    ('coinstore_size_bytes', 'gauge', 'Bytes of tables and indexes, by group.'),
    ('coinstore_database_bytes', 'gauge', 'Bytes of the whole database.'),
    ('coinstore_connections', 'gauge', 'Sessions that are connected to the store.'),
    ('coinstore_start_time_seconds', 'gauge', 'When the server started, in seconds since 1970.'),
    ('coinstore_backup_time_seconds', 'gauge',
     'When the last backup was made, in seconds since 1970, by whether it was verified; 0: never.'),
    ('coinstore_schema_info', 'gauge', 'Always 1; the versions are in the labels.')) h (name, type,
                                                                                        help) using (name);
comment on view api.metrics is
    'The state of the store for Prometheus (sql_exporter, postgres_exporter, or coinstore status '
    '--prometheus): one row for each sample.';
comment on column api.metrics.labels is 'Names and values of the labels';
comment on column api.metrics.value is 'The current value; times in seconds since 1970, sizes in bytes';
comment on column api.metrics.type is 'The type for Prometheus; all are gauges';
comment on column api.metrics.help is 'What the metric means';

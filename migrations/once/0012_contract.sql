-- What BI tools read beside the coins: which graph stands for all, and how each ingestion went.

create table core.default_graph (
    only_one boolean primary key default true check (only_one),
    graph_id int not null references core.graph on delete cascade
);
create index on core.default_graph (graph_id);   -- for the cascade

create table core.ingest_run (
    run_id     int generated always as identity primary key,
    source_id  int not null references core.source on delete cascade,
    started_at timestamptz not null default clock_timestamp(),
    noted_at   timestamptz not null default clock_timestamp(),
    is_ended   boolean not null default false,    -- false: it runs, or was stopped
    new        int not null default 0,
    changed    int not null default 0,
    unchanged  int not null default 0,
    refused    int not null default 0,
    faults     int not null default 0
);
create index on core.ingest_run (source_id);      -- for the cascade

-- Graphs of neighbours, what was found in them, what people said of their edges, and maps.

-- A graph is the k nearest neighbours of each coin, by one face or by both, among those that a predicate allows.
create table core.graph (
    graph_id           int generated always as identity primary key,
    name               text not null unique check (name ~ '^[a-z][a-z0-9_]{0,39}$'),
    space_id           int not null references core.space,
    face               text not null check (face in ('obverse', 'reverse', 'coin')),
    k                  int not null check (k between 1 and 1000),
    predicate          text not null,
    across_collections boolean not null,      -- neighbours of other collections alone
    is_exact           boolean not null,
    recall             float8,                -- of one that is not exact, on a sample of coins by this seed
    seed               int not null,
    depth              int not null,          -- how many the index was asked for; 0: exact
    built_at           timestamptz not null,
    seconds            float8 not null                -- from gathering the vectors to storing the edges
);
create index on core.graph (space_id);

create table core.graph_node (
    graph_id int not null references core.graph on delete cascade,
    coin_id  int not null references core.coin on delete cascade,
    digest   uuid not null,                   -- MD5 of the vectors that were compared: another means to find its neighbours anew
    primary key (graph_id, coin_id)
);
create index on core.graph_node (coin_id);    -- for the cascade

create table core.edge (
    graph_id     int not null,
    coin_id      int not null,
    rank         smallint not null check (rank > 0),
    neighbour_id int not null,
    distance     float8 not null,
    compared     text not null check (compared in ('obverse', 'reverse', 'both')),
    percentile   float8,
    mutual       boolean not null,
    primary key (graph_id, coin_id, rank),
    foreign key (graph_id, coin_id) references core.graph_node on delete cascade,
    foreign key (graph_id, neighbour_id) references core.graph_node on delete cascade
);
create index on core.edge (graph_id, neighbour_id);

-- What a person saw in a pair of coins. It hangs on the coins, so no rebuilding of a graph touches it.
create table core.verdict (
    coin_id      int not null references core.coin on delete cascade,
    neighbour_id int not null references core.coin on delete cascade check (neighbour_id > coin_id),
    face         text not null check (face in ('obverse', 'reverse', 'coin')),
    verdict      text not null check (verdict in ('same die', 'same type', 'no link')),
    said_by      text not null check (said_by <> ''),
    said_at      timestamptz not null default now(),
    note         text,
    primary key (coin_id, neighbour_id, face, said_by)
);
create index on core.verdict (neighbour_id);  -- for the cascade

-- What was found in a graph, the newest run of each algorithm.
create table core.graph_run (
    run_id     int generated always as identity primary key,
    graph_id   int not null references core.graph on delete cascade,
    algorithm  text not null,
    parameters jsonb not null,
    seed       int,                           -- null: nothing in it is left to chance
    library    text not null,                 -- with its version
    seconds    float8 not null,
    result     jsonb not null,                -- figures of the whole graph
    ran_at     timestamptz not null default now(),
    unique (graph_id, algorithm)
);
create table core.community (
    run_id    int not null references core.graph_run on delete cascade,
    coin_id   int not null references core.coin on delete cascade,
    community int not null,                   -- 1 is the largest
    primary key (run_id, coin_id)
);
create index on core.community (coin_id);     -- for the cascade
create table core.centrality (
    run_id  int not null references core.graph_run on delete cascade,
    coin_id int not null references core.coin on delete cascade,
    value   float8 not null,
    primary key (run_id, coin_id)
);
create index on core.centrality (coin_id);    -- for the cascade
create table core.bridge (
    run_id       int not null references core.graph_run on delete cascade,
    coin_id      int not null references core.coin on delete cascade,
    neighbour_id int not null references core.coin on delete cascade,
    primary key (run_id, coin_id, neighbour_id)
);
create index on core.bridge (coin_id);        -- for the cascade
create index on core.bridge (neighbour_id);   -- for the cascade

-- A map lays the coins of a space out on a plane.
create table core.map (
    map_id     int generated always as identity primary key,
    name       text not null unique check (name ~ '^[a-z][a-z0-9_]{0,39}$'),
    space_id   int not null references core.space,
    face       text not null check (face in ('obverse', 'reverse', 'coin')),
    method     text not null check (method in ('pca', 'tsne', 'umap')),
    parameters jsonb not null,
    seed       int not null,
    library    text not null,
    seconds    float8 not null,
    made_at    timestamptz not null default now()
);
create index on core.map (space_id);
create table core.map_point (
    map_id   int not null references core.map on delete cascade,
    coin_id  int not null references core.coin on delete cascade,
    x        float8 not null,
    y        float8 not null,
    is_added boolean not null default false,  -- placed into the map when it was there already
    primary key (map_id, coin_id)
);
create index on core.map_point (coin_id);     -- for the cascade

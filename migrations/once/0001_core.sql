create schema if not exists core;

-- Which build of migrations/always/ the schemas `api` and `job` were made from.
create table core.meaning (
    digest       text primary key,
    installed_at timestamptz not null default now()
);

create table core.setting (
    name  text primary key,
    value float8 not null,
    note  text not null
);
insert into core.setting values
    ('index_after_rows', 50000, 'A space with more vectors than this gets an HNSW index'),
    ('sample_pairs', 20000, 'Random pairs drawn for the percentiles of a space');

create table core.collection (
    collection_id int generated always as identity primary key,
    name          text not null unique check (name <> '')
);

create table core.coin (
    coin_id          int generated always as identity primary key,
    collection_id    int not null references core.collection,
    inventory_number text not null check (inventory_number <> ''),
    weight_g         float8 check (weight_g > 0 and weight_g < 'infinity'),
    diameter_mm      float8 check (diameter_mm > 0 and diameter_mm < 'infinity'),
    diameter_min_mm  float8 check (diameter_min_mm > 0 and diameter_min_mm < 'infinity'),
    die_axis_h       smallint check (die_axis_h between 1 and 12),
    material         text,
    denomination     text,
    mint             text,
    authority        text,
    year_from        int check (year_from <> 0),
    year_to          int check (year_to <> 0),
    findspot         text,
    provenance       text,
    unique (collection_id, inventory_number)
);
-- The metadata that filters a search: a narrow filter starts here and then reads few vectors.
create index on core.coin (weight_g);
create index on core.coin (diameter_mm);
create index on core.coin (mint);
create index on core.coin (denomination);
create index on core.coin (material);
create index on core.coin (authority);
create index on core.coin (year_from, year_to);

-- A photograph is known by its content; two sides that show one file share a row.
create table core.image (
    sha256     bytea primary key check (length(sha256) = 32),
    size_bytes bigint not null check (size_bytes > 0),
    width_px   int not null check (width_px > 0),
    height_px  int not null check (height_px > 0),
    format     text not null,
    thumbnail  bytea not null
);
-- A JPEG does not grow smaller; trying costs more than storing.
alter table core.image alter thumbnail set storage external;

create table core.side (
    side_id        int generated always as identity primary key,
    coin_id        int not null references core.coin on delete cascade,
    face           text not null check (face in ('obverse', 'reverse')),
    legend         text,
    description    text,
    image_location text,
    image_stamp    text,                              -- size and time of the file when it was loaded
    image_examined boolean not null default false,    -- false: the images stage has it to do
    sha256         bytea references core.image,
    unique (coin_id, face)
);
-- A photograph shows one side of one coin; a second claim is a fault.
create unique index side_image_location on core.side (image_location) where image_location is not null;
-- What the images stage has left to do.
create index side_unexamined on core.side (side_id)
    where image_location is not null and not image_examined;
-- Finds the sides of a photograph (duplicates, deletion).
create index on core.side (sha256);

create table core.type (
    type_id   int generated always as identity primary key,
    catalogue text,
    number    text,
    label     text,
    uri       text,
    check (coalesce(label, number, uri) is not null),
    unique nulls not distinct (catalogue, number, label)
);

create table core.source (
    source_id       int generated always as identity primary key,
    location        text not null unique,
    first_loaded_at timestamptz not null default now()
);

create table core.coin_type (
    coin_id      int not null references core.coin on delete cascade,
    type_id      int not null references core.type,
    said_by_kind text not null check (said_by_kind in ('person', 'source', 'model')),
    said_by      text not null,
    certainty    float8 check (certainty between 0 and 1),
    rank         smallint not null default 1,   -- in the order in which they were given
    is_primary   boolean not null default false,
    primary key (coin_id, type_id, said_by_kind, said_by)
);
-- The one type that a coin is listed under; also lets the planner drop an unused join.
create unique index coin_type_primary on core.coin_type (coin_id) where is_primary;
create index on core.coin_type (type_id);

create table core.die (
    die_id int generated always as identity primary key,
    study  text not null,
    face   text not null check (face in ('obverse', 'reverse')),
    name   text not null,
    unique (study, face, name)
);
create table core.side_die (
    side_id int not null references core.side on delete cascade,
    die_id  int not null references core.die,
    primary key (side_id, die_id)
);
create index on core.side_die (die_id);

-- The record as it came. A refused one has no coin.
create table core.record (
    record_id int generated always as identity primary key,
    source_id int not null references core.source on delete cascade,
    place     text not null,
    coin_id   int references core.coin on delete cascade,
    raw       jsonb not null,
    digest    uuid not null,     -- MD5 of all that was read from it: equal means nothing to do
    refusal   text,
    check ((coin_id is null) = (refusal is not null))
);
create unique index record_coin on core.record (source_id, coin_id) where coin_id is not null;
create unique index record_refused on core.record (source_id, place) where coin_id is null;
create index on core.record (coin_id);

create table core.space (
    space_id       int generated always as identity primary key,
    name           text not null unique check (name ~ '^[a-z][a-z0-9_]{0,39}$'),
    recipe         jsonb not null,
    dims           int not null check (dims between 1 and 4000),
    precision      text not null check (precision in ('half', 'single')),
    trained        boolean not null,      -- false: the weights were drawn at random
    weights_sha256 text,
    recall_at_10   float8,                -- of the index, against exact search
    recall_at      timestamptz
);

-- Quantiles of the distances of random pairs, what a percentile is read from.
create table core.spread (
    space_id   int not null references core.space on delete cascade,
    face       text not null check (face in ('obverse', 'reverse', 'both')),
    seed       int not null,
    pairs      int not null,
    sampled_at timestamptz not null default now(),
    knots      float8[] not null,         -- distances, rising
    shares     float8[] not null,         -- share of pairs at most that far apart, 0 to 1
    primary key (space_id, face)
);

-- What could not be taken, and why: of a record, of a photograph, of a side in a space.
create table core.fault (
    fault_id    int generated always as identity primary key,
    record_id   int references core.record on delete cascade,
    side_id     int references core.side on delete cascade,
    space_id    int references core.space on delete cascade,
    column_name text not null default '',
    text        text not null default '',
    reason      text not null,
    noted_at    timestamptz not null default now(),
    check (num_nonnulls(record_id, side_id) = 1),
    unique nulls not distinct (record_id, side_id, space_id, column_name, text, reason)
);
create index on core.fault (side_id, space_id);
create index on core.fault (space_id);

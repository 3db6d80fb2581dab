-- Fields with several names, or with a name that is uncertain. A record with one certain name has no row here.

create table core.coin_value (
    coin_id      int not null references core.coin on delete cascade,
    source_id    int not null references core.source on delete cascade,
    field        text not null check (field in ('denomination', 'material', 'mint', 'authority', 'portrait')),
    rank         smallint not null check (rank > 0),   -- in the order of the source
    value        text check (value <> ''),
    uri          text,
    is_uncertain boolean not null,
    primary key (coin_id, source_id, field, rank),
    check (num_nonnulls(value, uri) > 0)
);
create index on core.coin_value (source_id);      -- for the cascade, and what a source said before
create index on core.coin_value (field, value);   -- the coins that may have a value

-- One name for one thing. The preferred name is written where the field is, so that filters go on by its index;
-- what a source said is kept beside it.

create table core.term (
    term_id int generated always as identity primary key,
    field   text not null check (field in ('type', 'denomination', 'material', 'mint', 'authority', 'portrait')),
    name    text not null check (name <> ''),
    nomisma text check (nomisma ~ '^http://nomisma\.org/id/[A-Za-z0-9][A-Za-z0-9_.()-]*$'),
    unique (field, name),
    unique (field, term_id)
);

create table core.alias (
    field   text not null,
    alias   text not null check (alias <> ''),
    term_id int not null,
    said_by text not null check (said_by <> ''),
    said_at timestamptz not null default now(),
    primary key (field, alias),
    foreign key (field, term_id) references core.term (field, term_id)
);
-- Finds the aliases of a term.
create index on core.alias (term_id);

-- What the source said, where a term stands in its place.
create table core.recorded (
    coin_id int not null references core.coin on delete cascade,
    field   text not null,
    value   text not null,
    primary key (coin_id, field)
);
-- Finds the coins that an alias is taken back from.
create index on core.recorded (field, value);

-- A type is said once for many coins: its row stays as said, and this name is shown in its place.
alter table core.type add preferred text;

-- A rule by which values were imputed, and the values: beside what was measured, never in its place.
create table core.imputation (
    imputation_id int generated always as identity primary key,
    field         text not null,
    by_fields     text[] not null check (cardinality(by_fields) > 0),
    statistic     text not null check (statistic in ('median', 'mode')),
    least_coins   int not null check (least_coins > 0),
    predicate     text not null,
    said_by       text not null check (said_by <> ''),
    made_at       timestamptz not null default now(),
    unique (field, by_fields, statistic, least_coins, predicate)
);

create table core.imputed (
    coin_id       int not null references core.coin on delete cascade,
    field         text not null,
    number        float8,
    text          text,
    rests_on      int not null check (rests_on > 0),
    agreeing      int check (agreeing between 1 and rests_on),   -- of a mode: coins that have this very value
    imputation_id int not null references core.imputation on delete cascade,
    primary key (coin_id, field),
    check (num_nonnulls(number, text) = 1)
);
create index on core.imputed (imputation_id);

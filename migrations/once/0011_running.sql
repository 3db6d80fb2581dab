-- Running a store: which backups were made, and what a dump of one database leaves out.

create table core.backup (
    backup_id int generated always as identity primary key,
    made_at   timestamptz not null default now(),
    file      text not null,
    bytes     bigint not null,
    sha256    text not null check (sha256 ~ '^[0-9a-f]{64}$'),
    verified  boolean not null,          -- restored into a scratch database and found the same
    counts    jsonb not null             -- rows and checksum of each table, as it was when the backup was made
);

-- Roles and settings lie outside a database: kept here before each backup, so that they travel in it. No passwords.
create table core.surroundings (
    kind   text not null check (kind in ('role', 'member', 'setting', 'grant')),
    detail jsonb not null
);

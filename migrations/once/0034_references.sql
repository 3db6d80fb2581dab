-- The address is a part of a type's identity, a type can be uncertain, and a reference need not be a type.

alter table core.type drop constraint type_catalogue_number_label_key;
alter table core.type add unique nulls not distinct (catalogue, number, label, uri);
drop index core.type_said;
create index type_said on core.type
    (coalesce(catalogue, ''), coalesce(number, ''), coalesce(label, ''), coalesce(uri, ''));

alter table core.coin_type add is_uncertain boolean not null default false;

create table core.reference (
    coin_id   int not null references core.coin on delete cascade,
    source_id int not null references core.source on delete cascade,
    rank      smallint not null check (rank > 0),   -- in the order of the source
    kind      text not null check (kind in ('hoard', 'coin', 'literature')),
    label     text,
    catalogue text,
    number    text,
    uri       text,
    primary key (coin_id, source_id, rank),
    check (num_nonnulls(label, number, uri) > 0)
);
create index on core.reference (source_id);   -- for the cascade, and what a source said before

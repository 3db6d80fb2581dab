-- Spaces that are made of other spaces, what the vectors of a space have seen of the records, fitted networks.

-- What a derived, blended or fused space is made of, in this order; none of it can be dropped before it.
create table core.part (
    space_id  int not null references core.space on delete cascade,
    n         int not null,
    source_id int not null references core.space,
    weight    float8 not null check (weight > 0),
    primary key (space_id, n)
);
create index on core.part (source_id);   -- for the check before a space is dropped
insert into core.part (space_id, n, source_id, weight)
select space_id, 1, source_id, 1 from core.space where source_id is not null;
alter table core.space drop column source_id;

-- The planner drops a join that no one asks for, if its key is unique by an index that is not partial.
drop index core.coin_type_primary;
create unique index coin_type_primary on core.coin_type ((case when is_primary then coin_id end));

-- Fields of the records that went into the vectors: a figure about one of them measures a leak.
alter table core.space add sees text[];   -- null: not known, as of vectors that were made elsewhere
update core.space s set sees = '{}'
where not exists (select from core.part p where p.space_id = s.space_id) and s.recipe ->> 'family' <> 'imported';
update core.space s set sees = o.sees from core.part p join core.space o on o.space_id = p.source_id
where p.space_id = s.space_id;

-- What was said of a side, from which fields, and so embedded.
create table core.sentence (
    space_id int not null references core.space on delete cascade,
    side_id  int not null references core.side on delete cascade,
    sentence text not null,
    fields   text[] not null,
    known    uuid not null,       -- MD5 of all that it could have used: equal means that it stands
    primary key (space_id, side_id)
);
create index on core.sentence (side_id);   -- for the cascade

-- A network that was fitted here, so that any machine can embed new sides with it.
create table core.network (
    space_id  int primary key references core.space on delete cascade,
    body      bytea not null,
    history   jsonb not null,
    fitted_at timestamptz not null default now()
);

-- Derived spaces: made from the vectors of another space, by what was measured once and is kept.

-- Of a derived space, the one that it is made from, which cannot be dropped before it.
alter table core.space add source_id int references core.space;

-- What is taken out of a vector: the mean, and where asked for the deviation, of all sides or of a collection's.
create table core.centre (
    space_id      int not null references core.space on delete cascade,
    collection_id int references core.collection on delete cascade,   -- null: of all sides
    sides         int not null,
    mean          vector not null,
    per_deviation vector,                 -- 1 / standard deviation, dimension by dimension
    unique nulls not distinct (space_id, collection_id)
);
create index on core.centre (collection_id);   -- for the cascade

-- The principal axes onto which a whitened space projects, each divided by its share of the variance.
create table core.axis (
    space_id  int not null references core.space on delete cascade,
    n         int not null,
    direction vector not null,
    primary key (space_id, n)
);

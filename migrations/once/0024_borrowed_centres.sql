-- A collection with too few sides for a mean of its own uses that of another collection.

alter table core.centre add taken_from int references core.collection on delete cascade;   -- null: its own
create index on core.centre (taken_from);   -- for the cascade

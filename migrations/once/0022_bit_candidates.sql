-- How many of the nearest by bits are compared by their vectors: measured when the index is built.

alter table core.space add bit_candidates int not null default 200;

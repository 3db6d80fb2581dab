-- Names of what a space has: its table of vectors, the table that says who has one, and the index.

create function part.vector_table(space text) returns text language sql immutable parallel safe as $$
    select 'embedding_' || space
$$;
comment on function part.vector_table is
    'The name of the table with the vectors of a space, and of the view of it in schema api.';

create function part.has_name(space text) returns text language sql stable parallel safe as $$
    select coalesce((select c.relname::text from pg_class c
                     where c.relname = 'has_' || space and c.relnamespace = 'core'::regnamespace),
                    part.vector_table(space))
$$;
comment on function part.has_name is
    'The name of the table that says which sides have a vector in a space: the table with the vectors, or '
    'has_<space> if these are apart (30_spaces/apart.sql).';

create function part.vector_index(space text) returns text language sql immutable parallel safe as $$
    select part.vector_table(space) || '_hnsw'
$$;
comment on function part.vector_index is 'The name of the HNSW index on the vectors of a space.';

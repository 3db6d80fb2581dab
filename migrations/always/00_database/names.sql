-- Names of what a space has: its table of vectors, and the index on it.

create function part.vector_table(space text) returns text language sql immutable parallel safe as $$
    select 'embedding_' || space
$$;
comment on function part.vector_table is
    'The name of the table with the vectors of a space, and of the view of it in schema api.';

create function part.vector_index(space text) returns text language sql immutable parallel safe as $$
    select part.vector_table(space) || '_hnsw'
$$;
comment on function part.vector_index is 'The name of the HNSW index on the vectors of a space.';

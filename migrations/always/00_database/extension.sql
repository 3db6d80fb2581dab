-- Where pgvector is installed: often in public, on some servers in a schema of its own.

create function job.vector_schema() returns text language sql stable as $$
    select quote_ident(n.nspname) from pg_extension e join pg_namespace n on n.oid = e.extnamespace
    where e.extname = 'vector'
$$;
comment on function job.vector_schema is 'The schema of the extension vector, quoted if necessary.';

create function job.named_operator(body text) returns text language sql stable as $$
    select regexp_replace(body, '<=>|<~>', 'operator(' || job.vector_schema() || '.\&)', 'g')
$$;
comment on function job.named_operator is
    'A file of this folder in which the operators of nearness have their schema: an upgrade runs all files '
    'like this, because inlined SQL finds an operator by the search_path of its caller.';

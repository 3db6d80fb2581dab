-- The tables of a space, and how functions reach them. Each space has its own table core.embedding_<space>.
-- Which sides have a vector is asked of job.has_table, the vectors of job.vectors_of: so both work where the
-- vectors are apart (apart.sql).

create function job.vector_type(dims int, "precision" text) returns text language sql immutable as $$
    select format('%s(%s)', case "precision" when 'half' then 'halfvec' else 'vector' end, dims)
$$;

create function job.vectors_table(space text) returns regclass language sql stable as $$
    select ('core.embedding_' || s.name)::regclass from core.space s where s.name = space
$$;
comment on function job.vectors_table is
    'The table of a space: core.embedding_<space>; null: there is no such space.';

create function job.has_table(space text) returns regclass language sql stable as $$
    select ('core.' || part.has_name(s.name))::regclass from core.space s where s.name = space
$$;
comment on function job.has_table is
    'The table that says which sides have a vector in a space; null: there is no such space.';

create function job.is_apart(space text) returns boolean language sql stable as $$
    select part.has_name(space) <> part.vector_table(space)
$$;
comment on function job.is_apart is 'Whether the vectors of a space are apart from the coins.';

create function job.filled(template text, space text, more jsonb default '{}') returns text
language plpgsql stable as $$
declare
    word record;
begin
    for word in
        select w.key, w.value
        from core.space s cross join jsonb_each_text(more || jsonb_build_object(
            'space', s.name, 'space_id', s.space_id, 'vector', job.vector_type(s.dims, s.precision),
            'has', 'core.' || part.has_name(s.name))) w
        where s.name = filled.space
        order by w.key in ('space', 'space_id', 'vector')   -- other words may contain these
    loop
        template := replace(template, '{' || word.key || '}', word.value);
    end loop;
    return template;
end $$;
comment on function job.filled is
    'SQL for one space from a template with {space}, {space_id}, {vector}, the type of its vectors, and '
    '{has}, the table that says which sides have one; more: values for other words in braces.';

create function job.sides_in(relation regclass, sides int[] default null, at_most int default null)
returns table (side_id int) language plpgsql stable rows 10000 as $$
begin
    return query execute format($q$
        select r.side_id from %s r where $1 is null or r.side_id = any($1) order by r.side_id limit $2
    $q$, relation) using sides, at_most;
end $$;
comment on function job.sides_in is
    'The sides in a table or view of a space (of all sides, or of some), in order: job.has_table, '
    'job.sides_<space> (which sides it can hold) or job.pending_<space>.';

create function job.counted(relation regclass) returns bigint language plpgsql stable as $$
declare
    n bigint;
begin
    execute format('select count(*) from %s', relation) into n;
    return n;
end $$;
comment on function job.counted is 'Number of rows in a table or view.';

create function job.vectors_of(space text, sides int[] default null)
returns table (side_id int, embedding vector) language plpgsql stable rows 10000 as $$
begin
    if job.is_apart(space) then
        return query select v.side_id, v.embedding from part.far_vectors(space, sides) v order by v.side_id;
        return;
    end if;
    return query execute format($q$
        select e.side_id, e.embedding::vector from %s e where $1 is null or e.side_id = any($1)
        order by e.side_id
    $q$, job.vectors_table(space)) using sides;
end $$;
comment on function job.vectors_of is
    'The vectors of a space, of all its sides or of some, at single precision.';

create function job.possible(space text) returns bigint
language sql stable security definer as $$   -- 99_last/grants.sql sets its search_path
    select job.counted(('job.sides_' || s.name)::regclass) from core.space s where s.name = space
$$;
comment on function job.possible is 'Number of sides that a space can hold.';

create function job.embedded(name text) returns bigint
language sql stable security definer as $$   -- 99_last/grants.sql sets its search_path
    select job.counted(job.has_table(name))
$$;
comment on function job.embedded is 'Number of sides that have a vector in a space.';

create function job.pending(space text) returns bigint language sql stable as $$
    select job.counted(('job.pending_' || s.name)::regclass) from core.space s where s.name = space
$$;
comment on function job.pending is
    'Number of sides that a space can hold and that have neither a vector nor a fault in it.';

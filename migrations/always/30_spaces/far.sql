-- The functions by which vectors are reached where they are apart (apart.sql). The query and the sides are
-- literals in the text, because Citus sends the text to its workers.
--
-- part.near_vectors, part.far_distances and part.far_vectors read with the rights of the owner of the store,
-- who may log in to the workers; only coinstore_search may call them (99_last/grants.sql). A condition of a
-- search runs as coinstore_search, so they themselves leave out what is hidden from the login.
-- part.seen_vectors and part.seen_distances belong to coinstore_search and are for everyone.

create function job.far_filter(face text, except_coin int, sides int[] default null) returns text
language sql immutable as $$
    select concat('where true', case when face is not null then format(' and e.face = %L', face) end,
                  case when except_coin is not null then format(' and e.coin_id <> %s', except_coin) end,
                  case when sides is not null then format(' and e.side_id = any(%L::int[])', sides) end)
$$;
comment on function job.far_filter is 'A WHERE over the table of a space; null: any.';

create function part.near_vectors(space text, query vector, depth int, face text default null,
                                  except_coin int default null)
returns table (side_id int, distance float8) language plpgsql security definer
set hnsw.ef_search = 80 set hnsw.iterative_scan = 'relaxed_order' set hnsw.max_scan_tuples = 40000 as $$
declare
    hidden int[] := job.hidden_collections(true);
begin
    -- In a transaction Citus repeats these on its workers, else the settings of their database hold
    -- (job.set_up_workers).
    perform set_config('citus.propagate_set_commands', 'local', true);
    execute format('set local hnsw.ef_search = %s', least(greatest(depth, 80), 1000));
    set local hnsw.iterative_scan = 'relaxed_order';
    set local hnsw.max_scan_tuples = 40000;
    for side_id, distance in execute job.filled($q$
        select e.side_id, e.embedding <=> {query}::{vector} as distance from core.embedding_{space} e
        {filter} order by e.embedding <=> {query}::{vector} limit {depth}
    $q$, space, jsonb_build_object('query', quote_literal(query), 'depth', depth,
                                   'filter', job.far_filter(face, except_coin)))
    loop
        if hidden = '{}' or not job.hides_side(side_id, hidden) then
            return next;
        end if;
    end loop;
end $$;
comment on function part.near_vectors is
    'The sides whose vectors are nearest to a vector, by the index if there is one, nearly in order; fewer '
    'than depth where some are hidden from the login.';

create function part.far_distances(space text, query vector, sides int[] default null, k int default null,
                                   farthest boolean default false, face text default null,
                                   except_coin int default null)
returns table (side_id int, distance float8) language plpgsql stable security definer rows 10000 as $$
declare
    hidden int[] := job.hidden_collections(true);
    cut text := format('order by 2 %s, 1 limit %s', case when farthest then 'desc' else '' end, k);
begin
    if query is null then
        return;
    elsif hidden <> '{}' and k is not null then   -- a cut on the workers would count what is hidden
        return query execute 'select d.* from part.far_distances($1, $2, $3, null, false, $4, $5) d ' || cut
                     using space, query, sides, face, except_coin;
        return;
    end if;
    for side_id, distance in execute job.filled($q$
        select e.side_id, (e.embedding <=> {query}::{vector}) + 0 as distance from core.embedding_{space} e
        {filter} {cut}
    $q$, space, jsonb_build_object(
        'query', quote_literal(query), 'filter', job.far_filter(face, except_coin, sides),
        'cut', case when k is null then '' else cut end))
    loop
        if hidden = '{}' or not job.hides_side(side_id, hidden) then
            return next;
        end if;
    end loop;
end $$;
comment on function part.far_distances is
    'The distance of a vector from those of some sides, or of all; with k only the nearest or farthest. '
    'Always by comparing.';

create function part.far_vectors(space text, sides int[] default null)
returns table (side_id int, embedding vector) language plpgsql stable security definer rows 10000 as $$
declare
    hidden int[] := job.hidden_collections(true);
begin
    for side_id, embedding in execute format('select e.side_id, e.embedding::vector from core.%I e %s',
                                             part.vector_table(space), job.far_filter(null, null, sides))
    loop
        if hidden = '{}' or not job.hides_side(side_id, hidden) then
            return next;
        end if;
    end loop;
end $$;
comment on function part.far_vectors is 'The vectors of some sides, or of all, at single precision.';

create function part.seen_vectors(space text, sides int[] default null)
returns table (side_id int, coin_id int, face text, embedding vector)
language plpgsql stable rows 10000 as $$
begin
    return query select h.side_id, h.coin_id, h.face, v.embedding
                 from part.far_vectors(space, sides) v join part.side_spaces h on h.side_id = v.side_id
                 where h.space = seen_vectors.space and (sides is null or h.side_id = any(sides));
end $$;
comment on function part.seen_vectors is 'As part.far_vectors, without what is hidden from this login.';

create function part.seen_distances(space text, query text, of_face text default null)
returns table (side_id int, coin_id int, face text, distance float8)
language plpgsql stable rows 10000 as $$
begin
    return query select h.side_id, h.coin_id, h.face, d.distance
                 from part.far_distances(space, query::vector, face => of_face) d
                 join part.side_spaces h on h.side_id = d.side_id
                 where h.space = seen_distances.space;
end $$;
comment on function part.seen_distances is
    'The distance of a vector, as text, from those of all sides, or of one face, without those that are '
    'hidden from this login.';

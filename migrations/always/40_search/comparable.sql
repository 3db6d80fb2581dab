-- The coins that can be compared in a space: for graphs, sweeps, maps, samples and figures.

create function part.comparable_view(space text, face text) returns text language plpgsql stable as $$
begin
    if face not in ('obverse', 'reverse', 'both') then
        raise 'compare by the obverse, the reverse or both, not by %', face using errcode = 'CS003';
    end if;
    return 'comparable_' || (part.known_space(space)).space;
end $$;
comment on function part.comparable_view is
    'The name of the view of comparable coins; an error for an unknown space or face.';

create function part.comparable_coins(space text, face text) returns table (coin_id int, is_complete boolean)
language plpgsql stable as $$
begin
    perform part.comparable_view(space, face);
    return query select s.coin_id, comparable_coins.face <> 'both' or count(*) = 2 from part.side_spaces s
                 where s.space = comparable_coins.space and comparable_coins.face in ('both', s.face)
                 group by 1;
end $$;
comment on function part.comparable_coins is
    'The coins that can be compared in a space by a face, or by both; is_complete: it has every '
    'vector that is asked for.';

create function part.comparable_vectors(space text, face text, coins int[] default null)
returns table (coin_id int, v1 vector, v2 vector) language plpgsql stable as $$
begin
    if (part.known_space(space)).is_apart then
        return query select * from part.comparable_apart(space, face, coins);
        return;
    end if;
    return query execute format($q$
        select c.coin_id, c.v1::vector, c.v2::vector from part.%I c
        where c.face = $1 and ($2 is null or c.coin_id = any($2))
    $q$, part.comparable_view(space, face)) using face, coins;
end $$;
comment on function part.comparable_vectors is
    'The vectors by which coins are compared, at single precision: of all coins of part.comparable_coins, '
    'or of some.';

create function part.coin_distance(a1 anyelement, a2 anyelement, b1 anyelement, b2 anyelement) returns float8
language sql immutable as $$
    select case when a1 is null or b1 is null then a2 <=> b2
                when a2 is null or b2 is null then a1 <=> b1
                else ((a1 <=> b1) + (a2 <=> b2)) / 2 end
$$;
comment on function part.coin_distance is
    'The distance of two coins: the mean of both faces, or the face that both coins have; null when they '
    'share none.';

create function part.compared_sides(face text, a1 anyelement, a2 anyelement, b1 anyelement, b2 anyelement)
returns text language sql immutable as $$
    select case when face <> 'both' then face
                when a1 is null or b1 is null then 'reverse'
                when a2 is null or b2 is null then 'obverse' else 'both' end
$$;
comment on function part.compared_sides is
    'Which sides part.coin_distance compared: obverse, reverse or both.';

create function job.vector_digest(v1 bytea, v2 bytea) returns uuid language sql immutable as $$
    select md5(coalesce(v1, '\x00') || '\x00'::bytea || coalesce(v2, '\x00'))::uuid
$$;
comment on function job.vector_digest(bytea, bytea) is
    'What core.graph_node keeps of the vectors of a coin, from their bytes: another digest means other '
    'vectors.';

create function job.vector_digest(v1 halfvec, v2 halfvec) returns uuid language sql immutable as $$
    select job.vector_digest(halfvec_send(v1), halfvec_send(v2))
$$;
comment on function job.vector_digest(halfvec, halfvec) is 'job.vector_digest of vectors at half precision.';

create function job.vector_digest(v1 vector, v2 vector) returns uuid language sql immutable as $$
    select job.vector_digest(vector_send(v1), vector_send(v2))
$$;
comment on function job.vector_digest(vector, vector) is 'job.vector_digest of vectors at single precision.';

-- Which coins can be compared in a space, and how: for graphs, sweeps, maps, samples and figures.

create function job.build_comparable(space text, vector_type text) returns void language plpgsql as $$
begin
    -- One branch for each face, named by a constant: a query for one face reads only that branch.
    execute format($q$
        create view part.%1$I as
        select 'obverse' as face, s.coin_id, e.embedding as v1, null::%3$s as v2
        from core.%2$I e join core.side s using (side_id) where s.face = 'obverse'
        union all
        select 'reverse', s.coin_id, e.embedding, null::%3$s
        from core.%2$I e join core.side s using (side_id) where s.face = 'reverse'
        union all
        select 'coin', c.coin_id, c.obverse, c.reverse from api.%4$I c;
        alter view part.%1$I owner to coinstore_views
    $q$, 'comparable_' || space, 'embedding_' || space, vector_type, 'coin_embedding_' || space);
    execute format('comment on view part.%I is %L', 'comparable_' || space,
                   'The coins that can be compared in space ' || space || ', by face (coin: both), with the '
                   'vectors to compare: v1 of the face, or v1 of the obverse and v2 of the reverse.');
end $$;
comment on function job.build_comparable is 'Builds the view part.comparable_<space>.';

create function part.comparable_view(space text, face text) returns text language plpgsql stable as $$
begin
    if face not in ('obverse', 'reverse', 'coin') then
        raise 'compare by the obverse, the reverse or the coin, not by %', face using errcode = 'CS003';
    end if;
    return 'comparable_' || (api.known_space(space)).space;
end $$;
comment on function part.comparable_view is
    'The name of the view of comparable coins; an error for an unknown space or face.';

create function part.comparable_coins(space text, face text) returns table (coin_id int, is_complete boolean)
language plpgsql stable as $$
begin
    return query execute format($q$
        select c.coin_id, $1 <> 'coin' or c.v1 is not null and c.v2 is not null
        from part.%I c where c.face = $1
    $q$, part.comparable_view(space, face)) using face;
end $$;
comment on function part.comparable_coins is
    'The coins that can be compared in a space by a face, or by both (coin); is_complete: it has every '
    'vector that is asked for.';

create function part.comparable_vectors(space text, face text, coins int[] default null)
returns table (coin_id int, v1 vector, v2 vector) language plpgsql stable as $$
begin
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
    select case when face <> 'coin' then face
                when a1 is null or b1 is null then 'reverse'
                when a2 is null or b2 is null then 'obverse' else 'both' end
$$;
comment on function part.compared_sides is
    'Which sides part.coin_distance compared: obverse, reverse or both.';

create function job.hold_space(space text, expected int) returns void language plpgsql as $$
begin
    if (api.known_space(space)).space_id <> expected then
        raise 'the name % stands for another space since this run began; run it again', space
            using errcode = 'CS003';
    end if;
end $$;
comment on function job.hold_space is
    'An error unless a name still means the space of this key; until the transaction ends it keeps its meaning.';

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

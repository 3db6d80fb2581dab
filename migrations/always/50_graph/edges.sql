-- The similarity graph: each coin's k nearest neighbours by one face or by both, found and kept in SQL.

create view api.graphs as
select g.graph_id, g.name as graph, s.name as space, g.face, g.k,
       case when (select job.hides(false)) then null else g.predicate end as predicate, g.across_collections,
       g.is_exact as exact, g.recall, g.depth, g.seed, s.trained, s.sees,
       (select count(*) from core.graph_node n where n.graph_id = g.graph_id) as nodes,
       (select count(*) from core.edge e where e.graph_id = g.graph_id) as edges,
       g.built_at, g.seconds
from core.graph g join core.space s using (space_id);
comment on view api.graphs is 'One row for each graph: in which space, by which face, how many neighbours among which coins.';
comment on column api.graphs.predicate is 'Coins that pass this condition alone are in it; null for a login from whom coins are hidden: it may name them';
comment on column api.graphs.exact is 'true: every coin was compared with every other; false: by an index, see recall';
comment on column api.graphs.recall is 'Share of the true neighbours that the index found, on a seeded sample of coins; null when exact';
comment on column api.graphs.depth is 'How many coins the index was asked for to find k; 0: exact';
comment on column api.graphs.seed is 'Of the sample of coins on which the recall was measured';
comment on column api.graphs.trained is 'false: the weights of the space were drawn at random, and nearness means nothing';
comment on column api.graphs.sees is 'Fields of the records that went into the vectors: agreement with one of them measures a leak';

create view api.edges as
select g.name as graph, e.coin_id, e.neighbour_id, e.rank, e.distance, 1 - e.distance as similarity, e.percentile,
       e.mutual, e.compared, v.verdict, coalesce(v.conflicting, false) as conflicting
from core.edge e join core.graph g using (graph_id)
left join lateral (
    select (array_agg(v.verdict order by v.said_at desc))[1] as verdict,
           bool_or(v.verdict = 'no link') and bool_or(v.verdict <> 'no link') as conflicting
    from core.verdict v
    where v.coin_id = least(e.coin_id, e.neighbour_id) and v.neighbour_id = greatest(e.coin_id, e.neighbour_id)
      and v.face = g.face) v on true;
comment on view api.edges is
    'One row for each neighbour of each coin in a graph: rank 1 is the nearest. distance 0 (same direction) to 2, percentile 0 to 100.';
comment on column api.edges.mutual is 'true: the coin is among the neighbours of its neighbour, too';
comment on column api.edges.compared is 'Which sides were compared: obverse, reverse or both';
comment on column api.edges.verdict is 'What a person saw in this pair, the newest word: same die, same type or no link; null: nobody looked';
comment on column api.edges.conflicting is 'true: one person says no link of this pair, another same die or same type; see api.verdicts';

create view api.verdicts as
select v.coin_id, v.neighbour_id, v.face, v.verdict, v.said_by, v.said_at, v.note from core.verdict v;
comment on view api.verdicts is 'What people saw in pairs of coins, the smaller coin_id first; no rebuilding of a graph changes it.';

create function api.verdicts_of_pair(coin int, neighbour int, face text) returns setof api.verdicts language sql stable as $$
    select v.* from api.verdicts v
    where (v.coin_id, v.neighbour_id) = (least(coin, neighbour), greatest(coin, neighbour)) and v.face = verdicts_of_pair.face
    order by v.said_at desc, v.said_by
$$;
comment on function api.verdicts_of_pair is 'What people saw in one pair of coins by a face, the newest word first.';

create function job.store_verdict(coin int, neighbour int, face text, verdict text, said_by text, note text)
returns void language plpgsql as $$
#variable_conflict use_column
begin
    if coin = neighbour then
        raise 'a verdict is about two coins' using errcode = 'CS003';
    end if;
    if trim(said_by) = '' then
        raise 'a verdict wants the name of who says so' using errcode = 'CS003';
    end if;
    insert into core.verdict as v (coin_id, neighbour_id, face, verdict, said_by, note)
    values (least(coin, neighbour), greatest(coin, neighbour), store_verdict.face, store_verdict.verdict,
            store_verdict.said_by, store_verdict.note)
    on conflict (coin_id, neighbour_id, face, said_by) do update
    set verdict = excluded.verdict, note = excluded.note, said_at = now();
end $$;
comment on function job.store_verdict is 'Keeps what a person saw in a pair of coins, in place of what they said of it before.';

create function job.drop_verdict(coin int, neighbour int, face text, said_by text) returns boolean language plpgsql as $$
begin
    delete from core.verdict v
    where (v.coin_id, v.neighbour_id) = (least(coin, neighbour), greatest(coin, neighbour))
      and v.face = drop_verdict.face and v.said_by = drop_verdict.said_by;
    return found;
end $$;
comment on function job.drop_verdict is 'Takes a person''s verdict back; false when there was none.';

-- How coins are compared: one face by v1; both by v1 and v2, and where one coin lacks a side by the other.

create function api.compared_coins(space text, face text) returns text language plpgsql stable as $$
declare
    here api.space_names := api.known_space(space);
begin
    if face not in ('obverse', 'reverse', 'coin') then
        raise 'a graph is of the obverse, the reverse or the coin, not of %', face using errcode = 'CS003';
    end if;
    return case when face = 'coin'
        then format('(select coin_id, obverse as v1, reverse as v2 from api.%I)', 'coin_embedding_' || here.space)
        else format('(select s.coin_id, e.embedding as v1, null::%s as v2 from api.%I e join api.sides s using (side_id)
                      where s.face = %L)', here.vector_type, 'embedding_' || here.space, face) end;
end $$;
comment on function api.compared_coins is 'As SQL: the coins that can be compared in a space, with the vectors that count (coin_id, v1, v2).';

create function api.comparison(face text) returns text language sql immutable as $$
    select case when face = 'coin' then 'coalesce(((a.v1 <=> b.v1) + (a.v2 <=> b.v2)) / 2, a.v1 <=> b.v1, a.v2 <=> b.v2)'
                else 'a.v1 <=> b.v1' end
$$;
comment on function api.comparison is 'As SQL: the distance of the coins a and b; null when they have no side in common.';

create function api.compared_sides(face text) returns text language sql immutable as $$
    select case when face = 'coin' then 'case when a.v1 is null or b.v1 is null then ''reverse''
                                              when a.v2 is null or b.v2 is null then ''obverse'' else ''both'' end'
                else quote_literal(face) end
$$;
comment on function api.compared_sides is 'As SQL: which sides of the coins a and b were compared.';

create function api.edges_above(space text, face text, above float8)
returns table (coin_id int, neighbour_id int, distance float8, similarity float8, percentile float8, compared text)
language plpgsql stable as $$
begin
    if above is null or above not between -1 and 1 then
        raise 'a similarity lies between -1 and 1, not at %; no pair is more alike than 1', above using errcode = 'CS003';
    end if;
    -- Every pair once, compared here and now: nothing is sorted, kept or cut off.
    return query execute format(
        'select p.coin_id, p.neighbour_id, p.distance, 1 - p.distance, api.%1$I(p.compared, p.distance), p.compared
         from (select a.coin_id, b.coin_id as neighbour_id, %3$s as distance, %4$s as compared
               from %2$s a join %2$s b on a.coin_id < b.coin_id where 1 - (%3$s) > $1) p',
        'percentile_' || (api.known_space(space)).space, api.compared_coins(space, face),
        api.comparison(face), api.compared_sides(face)) using above;
end $$;
comment on function api.edges_above is
    'All pairs of coins that are more alike than a similarity, each once, exactly; the time grows with the square of the coins.';

create function api.passing(predicate text, face text) returns setof int language plpgsql stable as $$
declare
    unread refcursor;
begin
    -- Runs with a reader's rights, whoever asks: 90_grants.sql.
    begin
        -- As it stands: what is wrong with it must not be said of a bracket that is ours.
        open unread for execute format('select from api.%I where %s', case when face = 'coin' then 'coins' else 'sides' end, predicate);
        close unread;
    exception when syntax_error then
        raise '%', case when sqlerrm like '%end of input' then format('"%s" ends where more must follow', predicate) else sqlerrm end
            using errcode = 'syntax_error';
    end;
    perform api.check_predicate(predicate, case when face = 'coin' then 'coins' else 'sides' end);
    return query execute case when face = 'coin' then format(E'select coin_id from api.coins where (%s\n)', predicate)
        else format(E'select coin_id from api.sides where face = %L and (%s\n)', face, predicate) end;
end $$;
comment on function api.passing is
    'The coins that pass a predicate over the columns of api.sides, or of api.coins where both faces are compared.';

-- The similarity graph as views: each coin's k nearest neighbours by one face or by both, with people's
-- verdicts.

create view api.graphs as
select g.graph_id, g.name as graph, s.name as space, g.face, g.k,
       case when (select job.hides(false)) then null else g.predicate end as predicate, g.across_collections,
       g.is_exact as exact, g.recall, g.depth, g.seed, s.trained, s.sees,
       (select count(*) from core.graph_node n where n.graph_id = g.graph_id) as nodes,
       (select count(*) from core.edge e where e.graph_id = g.graph_id) as edges,
       g.built_at, g.seconds
from core.graph g join core.space s using (space_id);
comment on view api.graphs is
    'One row for each graph: its space and face, the number of neighbours, and which coins it contains.';
comment on column api.graphs.predicate is
    'Only coins that pass this condition are in the graph; null for a login that may not see all coins: it '
    'may name them';
comment on column api.graphs.exact is
    'true: every coin was compared with every other; false: by an index, see recall';
comment on column api.graphs.recall is
    'Share of the true neighbours that the index found, on a seeded sample of coins; null when exact';
comment on column api.graphs.depth is 'How many coins the index was asked for to find k; 0: exact';
comment on column api.graphs.seed is 'Seed of the sample of coins on which the recall was measured';
comment on column api.graphs.trained is
    'false: the weights of the space were drawn at random; nearness means nothing';
comment on column api.graphs.sees is
    'Fields of the records that went into the vectors: agreement with one of them measures a leak';

create view api.edges as
select g.name as graph, e.coin_id, e.neighbour_id, e.rank, e.distance, 1 - e.distance as similarity,
       e.percentile, e.mutual, e.compared, v.verdict, coalesce(v.conflicting, false) as conflicting
from core.edge e join core.graph g using (graph_id)
left join lateral (
    select (array_agg(v.verdict order by v.said_at desc))[1] as verdict,
           bool_or(v.verdict = 'no link') and bool_or(v.verdict <> 'no link') as conflicting
    from core.verdict v
    where v.coin_id = least(e.coin_id, e.neighbour_id)
      and v.neighbour_id = greatest(e.coin_id, e.neighbour_id) and v.face = g.face) v on true;
comment on view api.edges is
    'One row for each neighbour of each coin in a graph; rank 1 is the nearest. distance 0 (same direction) '
    'to 2, percentile 0 to 100.';
comment on column api.edges.mutual is 'true: the coin is also among the neighbours of its neighbour';
comment on column api.edges.compared is 'Which sides were compared: obverse, reverse or both';
comment on column api.edges.verdict is
    'The latest verdict on this pair: same die, same type or no link; null: nobody has looked';
comment on column api.edges.conflicting is
    'true: one person says no link, another says same die or same type; see api.verdicts';

create view api.verdicts as
select v.coin_id, v.neighbour_id, v.face, v.verdict, v.said_by, v.said_at, v.note from core.verdict v;
comment on view api.verdicts is
    'What people concluded about pairs of coins, the smaller coin_id first. Rebuilding a graph does not '
    'change it.';

create function part.verdicts_of_pair(coin int, neighbour int, face text) returns setof api.verdicts
language sql stable as $$
    select v.* from api.verdicts v
    where (v.coin_id, v.neighbour_id) = (least(coin, neighbour), greatest(coin, neighbour))
      and v.face = verdicts_of_pair.face
    order by v.said_at desc, v.said_by
$$;
comment on function part.verdicts_of_pair is 'The verdicts on one pair of coins by a face, the latest first.';

create function job.store_verdict(coin int, neighbour int, face text, verdict text, said_by text, note text)
returns void language plpgsql as $$
#variable_conflict use_column
begin
    if coin = neighbour then
        raise 'a verdict is about two coins' using errcode = 'CS003';
    end if;
    if trim(said_by) = '' then
        raise 'a verdict needs the name of the person who gives it' using errcode = 'CS003';
    end if;
    insert into core.verdict as v (coin_id, neighbour_id, face, verdict, said_by, note)
    values (least(coin, neighbour), greatest(coin, neighbour), store_verdict.face, store_verdict.verdict,
            store_verdict.said_by, store_verdict.note)
    on conflict (coin_id, neighbour_id, face, said_by) do update
    set verdict = excluded.verdict, note = excluded.note, said_at = now();
end $$;
comment on function job.store_verdict is
    'Stores a person''s verdict on a pair of coins; replaces an earlier one by that person.';

create function job.store_verdicts(said_by text, batch jsonb)
returns table (added bigint, changed bigint, unchanged bigint) language sql as $$
    with given as (
        select least(b.coin, b.neighbour) as coin_id, greatest(b.coin, b.neighbour) as neighbour_id, b.face,
               b.verdict, b.note
        from jsonb_to_recordset(batch) b (coin int, neighbour int, face text, verdict text, note text)),
    stored as (
        insert into core.verdict as v (coin_id, neighbour_id, face, verdict, said_by, note)
        select g.coin_id, g.neighbour_id, g.face, g.verdict, store_verdicts.said_by, g.note
        from given g order by 1, 2, 3
        on conflict (coin_id, neighbour_id, face, said_by) do update
        set verdict = excluded.verdict, note = excluded.note, said_at = now()
        where (v.verdict, v.note) is distinct from (excluded.verdict, excluded.note)
        returning xmax = 0 as is_new)
    select count(*) filter (where s.is_new), count(*) filter (where not s.is_new),
           (select count(*) from given) - count(*)
    from stored s
$$;
comment on function job.store_verdicts is
    'Stores the verdicts of one person on pairs of coins, each pair and face once; says how many were new, '
    'how many replaced another verdict or note of that person, and how many were there.';

create function job.drop_verdict(coin int, neighbour int, face text, said_by text) returns boolean
language plpgsql as $$
begin
    delete from core.verdict v
    where (v.coin_id, v.neighbour_id) = (least(coin, neighbour), greatest(coin, neighbour))
      and v.face = drop_verdict.face and v.said_by = drop_verdict.said_by;
    return found;
end $$;
comment on function job.drop_verdict is 'Removes a person''s verdict; false when there was none.';

create function job.undo_verdict(coin int, neighbour int, face text, said_by text, verdict text, note text,
                                 before text, note_before text) returns void language plpgsql as $$
declare
    said record;
begin
    select v.verdict, v.note into said from core.verdict v
    where (v.coin_id, v.neighbour_id) = (least(coin, neighbour), greatest(coin, neighbour))
      and v.face = undo_verdict.face and v.said_by = undo_verdict.said_by for update;
    if (said.verdict, said.note) is distinct from (undo_verdict.verdict, undo_verdict.note) then
        raise 'this verdict was changed elsewhere in the meantime; it stays.' using errcode = 'CS012';
    end if;
    if before is null then
        perform job.drop_verdict(coin, neighbour, face, said_by);
    else
        perform job.store_verdict(coin, neighbour, face, before, said_by, note_before);
    end if;
end $$;
comment on function job.undo_verdict is
    'Puts back what a person said of a pair before (null: nothing), if the person says now what is given '
    '(null: nothing).';

create function api.edges_above(space text, face text, above float8)
returns table (coin_id int, neighbour_id int, distance float8, similarity float8, percentile float8,
               compared text)
language plpgsql stable as $$
begin
    if above is null or above not between -1 and 1 then
        raise 'a similarity is between -1 and 1, not %; no pair is more alike than 1', above
            using errcode = 'CS003';
    end if;
    -- Compares every pair once and streams the result: nothing is sorted, stored or cut off.
    return query execute format($q$
        select p.coin_id, p.neighbour_id, p.distance, 1 - p.distance, part.%2$I(p.compared, p.distance),
               p.compared
        from (select a.coin_id, b.coin_id as neighbour_id,
                     part.coin_distance(a.v1, a.v2, b.v1, b.v2) as distance,
                     part.compared_sides($1, a.v1, a.v2, b.v1, b.v2) as compared
              from part.%1$I a join part.%1$I b on a.coin_id < b.coin_id
              where a.face = $1 and b.face = $1 offset 0) p
        where 1 - p.distance > $2
    $q$, part.comparable_view(space, face), 'percentile_' || space) using face, above;
end $$;
comment on function api.edges_above is
    'All pairs of coins that are more alike than a similarity, each pair once, exactly. The time grows with '
    'the square of the number of coins.';

create function part.passing(predicate text, face text) returns setof int language plpgsql stable as $$
declare
    relation text := case when face = 'both' then 'coins' else 'sides' end;
    unread refcursor;
begin
    perform part.only_read();
    -- Runs with a reader's rights, whoever calls it: 99_last/grants.sql.
    begin
        -- Without our brackets first, so that a syntax error names only what the caller wrote.
        open unread for execute format('select from api.%I where %s', relation, predicate);
        close unread;
    exception when syntax_error then
        raise '%', case when sqlerrm like '%end of input'
                        then format('"%s" ends where more must follow', predicate) else sqlerrm end
            using errcode = 'syntax_error';
    end;
    perform part.check_predicate(predicate, relation);
    return query execute format(E'select coin_id from api.%I where (%s\n)', relation, predicate)
        || case when face = 'both' then '' else format(' and face = %L', face) end;
exception when restrict_violation then raise;   -- part.only_read
end $$;
comment on function part.passing is
    'The coins that pass a predicate over the columns of api.sides, or of api.coins where both faces are '
    'compared (coin).';

-- Which pairs are to be compared: those of a graph, of named coins, or all of a face.

create view job.matches_now as
select a.face, m.side_id, m.other_id, m.probability, m.recipe_id
from core.match m
join core.match_recipe r using (recipe_id)
join core.calibration k on k.calibration_id = r.calibration_id and k.is_current
-- coalesce: see api.matches
join part.matched_sides a on a.side_id = m.side_id and coalesce(a.digest = m.digest, false)
join part.matched_sides b on b.side_id = m.other_id and coalesce(b.digest = m.other_digest, false);
comment on view job.matches_now is
    'The matches that are current: of the photographs and outlines that both sides have now, with a '
    'probability by the calibration in use.';

create function job.die_pairs(face text) returns table (side_id int, other_id int, probability real)
language sql stable as $$
    -- Materialized: a digest is computed once for each side, not for each match.
    with side as materialized (
        select s.side_id, s.digest from part.matched_sides s where s.face = die_pairs.face)
    select m.side_id, m.other_id, m.probability
    from core.match m
    join core.match_recipe r using (recipe_id)
    join core.calibration k on k.calibration_id = r.calibration_id and k.is_current
    join side a on a.side_id = m.side_id and coalesce(a.digest = m.digest, false)
    join side b on b.side_id = m.other_id and coalesce(b.digest = m.other_digest, false)
$$;
comment on function job.die_pairs is 'As job.matches_now, for reading many of one face.';

create function job.pairs_of_graph(graph text) returns table (side_id int, other_id int)
language sql stable as $$
    select distinct least(a.side_id, b.side_id), greatest(a.side_id, b.side_id)
    from core.edge e join core.graph g using (graph_id)
    join part.matched_sides a on a.coin_id = e.coin_id and g.face in (a.face, 'both')
    join part.matched_sides b on b.coin_id = e.neighbour_id and b.face = a.face
    where g.name = graph
$$;
comment on function job.pairs_of_graph is
    'The pairs of sides that a graph joins, each once; of a graph of both faces the pairs of each face.';

create function job.pairs_of_coins(pairs jsonb) returns table (side_id int, other_id int)
language sql stable as $$
    select distinct least(a.side_id, b.side_id), greatest(a.side_id, b.side_id)
    from jsonb_to_recordset(pairs) p (coin int, neighbour int, face text)
    join part.matched_sides a on a.coin_id = p.coin and a.face = coalesce(p.face, a.face)
    join part.matched_sides b on b.coin_id = p.neighbour and b.face = a.face
    where p.coin <> p.neighbour
$$;
comment on function job.pairs_of_coins is 'The pairs of sides of pairs of coins, of one face or of each.';

create function job.pairs_of_face(face text, predicate text, most bigint)
returns table (side_id int, other_id int) language plpgsql stable as $$
declare
    sides int[];
begin
    sides := array(select s.side_id from part.matched_sides s
                   where s.face = pairs_of_face.face and (predicate = 'true' or s.coin_id in (
                       select part.passing(predicate, pairs_of_face.face))));
    if cardinality(sides)::bigint * (cardinality(sides) - 1) / 2 > most then
        raise '% coins have % pairs by the %, more than the % that are compared without a graph; build a '
              'graph and match that, or choose fewer coins',
              cardinality(sides), cardinality(sides)::bigint * (cardinality(sides) - 1) / 2, face, most
            using errcode = 'CS003';
    end if;
    return query select a, b from unnest(sides) a join unnest(sides) b on a < b;
end $$;
comment on function job.pairs_of_face is
    'All pairs of sides of one face whose coins pass a predicate over the columns of api.sides; refused when '
    'there are more than `most`.';

create function job.match_recipe(parameters jsonb) returns int language plpgsql as $$
begin
    -- Until the recipe is committed, a change of the calibration does not see it.
    perform pg_advisory_xact_lock_shared(job.lock_number('calibration'));
    insert into core.match_recipe (parameters, calibration_id)
    values (match_recipe.parameters, (select k.calibration_id from core.calibration k where k.is_current
                                      and k.version = (match_recipe.parameters ->> 'version')::int))
    on conflict do nothing;
    update core.match_recipe r set calibration_id = k.calibration_id from core.calibration k
    where r.parameters = match_recipe.parameters and r.calibration_id is distinct from k.calibration_id
      and k.is_current and k.version = (r.parameters ->> 'version')::int;
    return (select r.recipe_id from core.match_recipe r where r.parameters = match_recipe.parameters);
end $$;
comment on function job.match_recipe is
    'The key of the parameters of a comparison; adds new ones. Its matches get their probability by the '
    'calibration in use, which cannot change until the transaction ends.';

create function job.plan_matches(parameters jsonb, graph text default null, pairs jsonb default '[]',
                                 faces text[] default '{}', predicate text default 'true',
                                 most bigint default 0)
returns table (pairs_count bigint, due bigint) language plpgsql as $$
declare
    -- Parameters that contain these find all that these do: any turn contains upright.
    recipes int[] := array(select r.recipe_id from core.match_recipe r
                           where r.parameters @> plan_matches.parameters);
begin
    return query
        with asked as (
            select * from job.pairs_of_graph(graph)
            union select * from job.pairs_of_coins(pairs)
            union select p.* from unnest(faces) f, job.pairs_of_face(f, predicate, most) p),
        lacking as (
            select a.* from asked a
            left join lateral (
                select true as is_so from job.matches_now m
                where (m.side_id, m.other_id) = (a.side_id, a.other_id) and m.recipe_id = any (recipes)
                limit 1) done on true  -- With the limit each is looked up by its key, however many.
            where done.is_so is null),
        added as (
            -- In order, so that two that plan the same pairs wait for each other and never both.
            insert into core.match_due select l.side_id, l.other_id from lacking l order by 1, 2
            on conflict do nothing)
        select (select count(*) from asked), (select count(*) from lacking);
    analyze core.match_due;
end $$;
comment on function job.plan_matches is
    'Notes the pairs that have no current match by these parameters, or more, of a graph, of coins, or of '
    'whole faces; returns how many pairs there are, and how many of them are to be compared.';

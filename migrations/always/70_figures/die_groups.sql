-- Die groups: what is known about pairs of sides of one face, and the studies that are made of it.

create view part.die_verdicts as
select least(s.side_id, o.side_id) as side_id, greatest(s.side_id, o.side_id) as other_id, s.face,
       v.verdict = 'same die' as is_same, v.verdict, v.said_by, v.said_at
from part.verdicts_by_face v
join core.side s on s.coin_id = v.coin_id and s.face = v.face
join core.side o on o.coin_id = v.neighbour_id and o.face = v.face;
comment on view part.die_verdicts is
    'The rows of part.verdicts_by_face with both sides. "same type" and "no link" by one face: not one die.';

comment on column part.die_verdicts.is_same is 'true: same die; false: not one die';

create function part.verdicts_of_face(face text) returns setof part.die_verdicts
language sql stable as $$
    select v.* from part.die_verdicts v where v.face = verdicts_of_face.face
    order by v.side_id, v.other_id, v.said_at, v.said_by
$$;
comment on function part.verdicts_of_face is 'The verdicts about the dies of one face.';

create function job.sides_to_group(face text, predicate text) returns table (side_id int)
language sql stable as $$
    with pair as (
        select p.side_id, p.other_id from job.die_pairs(face) p
        union all
        select v.side_id, v.other_id from part.die_verdicts v where v.face = sides_to_group.face)
    select e.side_id from (select p.side_id from pair p union select p.other_id from pair p) e
    where predicate = 'true'
       or e.side_id in (select s.side_id from core.side s
                        where s.coin_id in (select part.passing(predicate, 'both')))
    order by 1
$$;
comment on function job.sides_to_group is
    'The sides of a face that were compared: each has a current match or a verdict. Their coins pass a '
    'predicate over the columns of api.coins.';

create function job.links_of_face(face text, lowest float8)
returns table (side_id int, other_id int, probability real) language sql stable as $$
    select p.side_id, p.other_id, p.probability from job.die_pairs(face) p
    where p.probability >= lowest::real
    order by 1, 2
$$;
comment on function job.links_of_face is 'The pairs of sides of a face with at least this probability.';

create function job.pairs_within(face text, sides int[], parts int[], below float8)
returns table (side_id int, other_id int, probability real)
-- The planner does not know how long the arrays are, takes few rows, and would loop over the matches.
language sql stable set enable_nestloop = off as $$
    select p.side_id, p.other_id, p.probability
    from unnest(sides, parts) a (side_id, part)
    join job.die_pairs(face) p on p.side_id = a.side_id
    join unnest(sides, parts) b (side_id, part) on b.side_id = p.other_id and b.part = a.part
    where p.probability < below::real
    order by 1, 2
$$;
comment on function job.pairs_within is
    'The pairs of a face with less than this probability whose sides are in one part; parts has one for each '
    'side.';

create function job.begin_grouping(study text, min_certainty float8, predicate text)
returns setof core.grouped_study language plpgsql as $$
#variable_conflict use_column
declare
    of_source text;
begin
    perform job.lock('dies');
    -- Of a source the last parts of its location are enough, so they name its study, too.
    select min(d.study) into of_source from core.die d
    where (d.study = begin_grouping.study
           or right(d.study, length(begin_grouping.study) + 1) = '/' || begin_grouping.study)
      and not exists (select from core.grouped_study g where g.study = begin_grouping.study);
    if of_source is not null and trim(study) <> '' then
        raise 'the dies of the study % come from a source; choose another name for the groups', of_source
            using errcode = 'CS003';
    elsif trim(study) = '' or study ~ '[/\\]' then
        raise 'a study needs a name without a slash, not "%": a name with one is that of a source', study
            using errcode = 'CS003';
    end if;
    return query
        insert into core.grouped_study as g (study, min_certainty, predicate)
        values (begin_grouping.study, coalesce(begin_grouping.min_certainty, 0.9),
                coalesce(begin_grouping.predicate, 'true'))
        on conflict (study) do update set
            min_certainty = coalesce(begin_grouping.min_certainty, g.min_certainty),
            predicate = coalesce(begin_grouping.predicate, g.predicate), made_at = now()
        returning g.*;
end $$;
comment on function job.begin_grouping is
    'Notes that a study is grouped, and how; null: as last time, or from 0.9 and all coins. Refuses a study '
    'that comes from a source. One study is grouped at a time.';

create function job.dies_of_study(study text, face text) returns table (die text, side_id int)
language sql stable as $$
    select d.name, s.side_id from core.die d left join core.side_die s using (die_id)
    where (d.study, d.face) = (dies_of_study.study, dies_of_study.face) order by d.die_id, s.side_id
$$;
comment on function job.dies_of_study is
    'The dies of a study by a face with their sides; a die that no side has any more has a null.';

create function job.sides_to_keep(study text, face text, predicate text, sides int[])
returns table (side_id int, die text) language sql stable as $$
    select k.side_id, d.name from core.die d join core.side_die k using (die_id)
    join core.side s on s.side_id = k.side_id
    where (d.study, d.face) = (sides_to_keep.study, sides_to_keep.face)
      and not exists (select from unnest(sides) u (side_id) where u.side_id = k.side_id)
      and (predicate = 'true' or s.coin_id in (select part.passing(predicate, 'both')))
      and (exists (select from core.match m where m.side_id = k.side_id)
           or exists (select from core.match m where m.other_id = k.side_id))
    order by 1
$$;
comment on function job.sides_to_keep is
    'The sides of a grouped study, other than `sides`, whose matches are not current, with their dies: they '
    'keep these until they are compared again. Their coins pass a predicate over the columns of api.coins.';

create function job.store_groups(study text, face text, sides int[], dies text[]) returns void
language sql as $$
    insert into core.die (study, face, name)
    select store_groups.study, store_groups.face, g.die
    from unnest(dies) with ordinality g (die, turn) group by g.die order by min(g.turn)
    on conflict (study, face, name) do nothing;
    -- A die that no side has any more stays, so that no other group gets its name.
    delete from core.side_die s using core.die d
    where d.die_id = s.die_id and (d.study, d.face) = (store_groups.study, store_groups.face)
      and not exists (select from unnest(sides, dies) g (side_id, die)
                      where (g.side_id, g.die) = (s.side_id, d.name));
    insert into core.side_die (side_id, die_id)
    select s.side_id, d.die_id from unnest(sides, dies) g (side_id, die)
    join core.side s using (side_id)  -- a coin may have gone since
    join core.die d on (d.study, d.face, d.name) = (store_groups.study, store_groups.face, g.die)
    on conflict do nothing;
    analyze core.die, core.side_die  -- or the next command takes thousands of dies for one, and loops
$$;
comment on function job.store_groups is
    'Stores the dies of a grouped study by a face, the name for each side, in place of those from before.';

create function job.drop_groups(study text) returns void language plpgsql as $$
begin
    perform job.lock('dies');
    if not exists (select from core.die d where d.study = drop_groups.study)
       and not exists (select from core.grouped_study g where g.study = drop_groups.study) then
        raise 'there is no study %', study using errcode = 'CS001';
    elsif not exists (select from core.grouped_study g where g.study = drop_groups.study) then
        raise 'the dies of the study % come from a source, and only groups can be dropped', study
            using errcode = 'CS003';
    end if;
    delete from core.side_die s using core.die d where d.die_id = s.die_id and d.study = drop_groups.study;
    delete from core.die d where d.study = drop_groups.study;
    delete from core.grouped_study g where g.study = drop_groups.study;
end $$;
comment on function job.drop_groups is 'Drops a study that was grouped, with its dies.';

create view part.die_studies as
select s.study, g.study is not null as is_grouped, s.coins, s.obverse_dies, s.reverse_dies, g.min_certainty,
       case when (select job.hides(false)) then null else g.predicate end as predicate, g.made_at
from (select d.study, count(distinct d.coin_id) as coins,
             count(distinct d.die_id) filter (where d.face = 'obverse') as obverse_dies,
             count(distinct d.die_id) filter (where d.face = 'reverse') as reverse_dies
      from api.dies d group by d.study) s
left join core.grouped_study g using (study);
comment on view part.die_studies is
    'One row for each study that names a die for a side: those of sources, and those that coinstore grouped.';
comment on column part.die_studies.is_grouped is
    'true: coinstore grouped the coins by their matches and verdicts; false: a source names the dies';
comment on column part.die_studies.coins is 'Coins of which the study names a die';
comment on column part.die_studies.obverse_dies is 'Dies of the obverse';
comment on column part.die_studies.reverse_dies is 'Dies of the reverse';
comment on column part.die_studies.min_certainty is
    'Lowest probability at which two groups became one; null: not grouped by coinstore';
comment on column part.die_studies.predicate is
    'Only coins that pass this condition are grouped; null for a login that may not see all coins: it may '
    'name them';
comment on column part.die_studies.made_at is 'When the coins were grouped';

create view part.matched_pairs as
select m.side_id, m.neighbour_side_id as other_id, m.coverage from api.matches m
union all
select m.neighbour_side_id, m.side_id, m.coverage from api.matches m;
comment on view part.matched_pairs is
    'The pairs of sides with a current match, each from both of its sides.';
comment on column part.matched_pairs.coverage is 'As in api.matches';

create function part.best_sides(study text, dies int[])
returns table (die_id int, coin_id int, face text, collection text, inventory_number text)
language sql stable as $$
    with side as materialized (
        select d.*, array_agg(d.side_id) over (partition by d.die_id) as sides_of_die
        from part.decided_dies d where d.study = best_sides.study and d.die_id = any(dies))
    select distinct on (d.die_id) d.die_id, d.coin_id, d.face, c.collection, c.inventory_number
    from side d join api.coins c using (coin_id)
    left join api.images i using (side_id)
    left join lateral (
        select sum(m.coverage) as agreement from part.matched_pairs m
        where m.side_id = d.side_id and m.other_id = any(d.sides_of_die)) m on true
    order by d.die_id, i.sha256 is null, m.agreement desc nulls last, i.width_px desc nulls last, d.side_id
$$;
comment on function part.best_sides is
    'For each of some dies the coin to show: with a photograph, and with most that agrees with others of it.';

create function part.sides_by_id(sides int[])
returns table (side_id int, coin_id int, face text, collection text, inventory_number text)
language sql stable as $$
    select s.side_id, s.coin_id, s.face, s.collection, s.inventory_number from api.sides s
    where s.side_id = any(sides)
$$;
comment on function part.sides_by_id is 'The coins of some sides, with their names.';

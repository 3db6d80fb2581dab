-- Verdicts on compared pairs: those that a calibration is fitted to, and the pairs to be judged next.

create view job.judged_pairs as
select v.face, v.side_id, v.other_id, bool_and(v.is_same) as is_same,
       bool_or(v.is_same) <> bool_and(v.is_same) as conflicting
from part.die_verdicts v group by v.face, v.side_id, v.other_id;
comment on view job.judged_pairs is
    'One row for each pair of sides with a verdict about dies; conflicting: the verdicts cannot all be true.';

create function job.judged_matches()
returns table (coin_id int, neighbour_id int, compared boolean, figures real[], is_same boolean,
               conflicting boolean)
language sql stable as $$
    select a.coin_id, b.coin_id, m.side_id is not null, m.figures, j.is_same, j.conflicting
    from job.judged_pairs j
    left join lateral (
        select m.side_id, m.figures from job.matches_now n join core.match m using (side_id, other_id)
        where (n.side_id, n.other_id) = (j.side_id, j.other_id)
        limit 1) m on true  -- There is one at most; with the limit each is looked up by its key.
    join core.side a on a.side_id = j.side_id
    join core.side b on b.side_id = j.other_id
    order by j.side_id, j.other_id
$$;
comment on function job.judged_matches is
    'The pairs on which people gave a verdict, with both coins; compared: there is a current match, with '
    'these figures; null: no transform.';

create function job.bits(probability float8) returns float8 language sql immutable parallel safe as $$
    select case when probability > 0 and probability < 1
                then -(probability * ln(probability) + (1 - probability) * ln(1 - probability)) / ln(2)
                else 0 end
$$;
comment on function job.bits is 'How uncertain a probability is, in bits: 0 at 0 and at 1, 1 at a half.';

create function job.match_queue(face text, sides int[], groups int[], bridges int[], others int[],
                                held bigint[], at_most int)
returns table (coin text, neighbour text, face text, probability real, pairs bigint, gain float8,
               conflicting boolean, photograph text, neighbour_photograph text, coin_id int, neighbour_id int)
-- The planner takes a million matches for one.
language sql stable set enable_nestloop = off as $$
    with side as materialized (
        select u.side_id, u.die, count(*) over (partition by u.die) as size
        from unnest(sides, groups) u (side_id, die)),
    bridge as materialized (
        select u.side_id, u.other_id, u.held from unnest(bridges, others, held) u (side_id, other_id, held)),
    asked as (
        select m.side_id, m.other_id, m.probability, false as conflicting
        from job.die_pairs(match_queue.face) m
        where not exists (
            select from job.judged_pairs j where (j.side_id, j.other_id) = (m.side_id, m.other_id))
        union all
        select j.side_id, j.other_id, m.probability, true
        from job.judged_pairs j
        left join lateral (  -- few are conflicting: each is looked up
            select n.probability from job.matches_now n
            where (n.side_id, n.other_id) = (j.side_id, j.other_id) limit 1) m on true
        where j.face = match_queue.face and j.conflicting),
    pair as (
        select q.*, least(a.die, b.die) as die, greatest(a.die, b.die) as other_die,
               k.held is not null or q.conflicting as is_own,
               case when a.die <> b.die then a.size * b.size else coalesce(k.held, 1) end as pairs
        from asked q
        join side a on a.side_id = q.side_id
        join side b on b.side_id = q.other_id
        left join bridge k on (k.side_id, k.other_id) = (q.side_id, q.other_id)),
    settled as (
        select distinct least(a.die, b.die) as die, greatest(a.die, b.die) as other_die
        from job.judged_pairs j
        join side a on a.side_id = j.side_id
        join side b on b.side_id = j.other_id
        where j.face = match_queue.face and not j.conflicting and not j.is_same),
    best as (
        select distinct on (p.die, p.other_die, case when p.is_own then (p.side_id, p.other_id) end)
               p.*, p.pairs * case when p.conflicting then 1 else job.bits(p.probability) end as gain
        from pair p
        where p.conflicting or not exists (
            select from settled t where (t.die, t.other_die) = (p.die, p.other_die))
        order by p.die, p.other_die, case when p.is_own then (p.side_id, p.other_id) end,
                 job.bits(p.probability) desc, p.side_id, p.other_id),
    next as (
        select * from best b order by not b.conflicting, b.gain desc, b.side_id, b.other_id limit at_most)
    select a.collection || '/' || a.inventory_number, b.collection || '/' || b.inventory_number, a.face,
           n.probability, n.pairs, n.gain, n.conflicting, part.shown_location(s.image_location),
           part.shown_location(o.image_location), a.coin_id, b.coin_id
    from next n
    join api.sides a on a.side_id = n.side_id
    join api.sides b on b.side_id = n.other_id
    join core.side s on s.side_id = n.side_id
    join core.side o on o.side_id = n.other_id
$$;
comment on function job.match_queue is
    'The pairs of one face whose verdict would change the groups most, at most so many, and those with '
    'contradictory verdicts. Nothing is asked of two groups that a verdict keeps apart. groups has one for '
    'each of sides; bridges and others are links without which a group falls apart, and held the pairs of '
    'sides that each of them holds together.';

-- Matches: which pairs of sides may be of one die, by geometry, with both coins' records.

create function part.match_digest(
    photograph bytea, x_px real, y_px real, radius_px real, edge smallint[], certainty real) returns uuid
language sql immutable parallel safe as $$
    select md5(photograph || coalesce(float4send(x_px) || float4send(y_px) || float4send(radius_px)
                                      || float4send(certainty) || convert_to(edge::text, 'UTF8'), ''))::uuid
$$;
comment on function part.match_digest is
    'The MD5 of what is compared of a side: the SHA-256 of its photograph, and its outline.';

create view part.matched_sides as
select s.side_id, s.coin_id, s.face,
       part.match_digest(s.sha256, o.x_px, o.y_px, o.radius_px, o.edge, o.certainty) as digest
from core.side s left join core.outline o using (side_id, sha256)
where s.sha256 is not null and s.image_location is not null;
comment on view part.matched_sides is
    'The sides with a photograph, which can be compared, and the digest of what would be compared.';
comment on column part.matched_sides.digest is 'See part.match_digest';

create view part.verdicts_by_face as
select v.coin_id, v.neighbour_id, f.face, v.verdict, v.said_by, v.said_at
from core.verdict v join (values ('obverse'), ('reverse')) f (face) on v.face in (f.face, 'both')
where v.face <> 'both'
   or v.verdict <> 'same type' and not exists (
       select from core.verdict o
       where (o.coin_id, o.neighbour_id, o.face, o.said_by)
           = (v.coin_id, v.neighbour_id, f.face, v.said_by));
comment on view part.verdicts_by_face is
    'One row for each verdict about the dies of a face of two coins. A verdict by both faces is one by each '
    'of which the person gave no other; only "same type" by both says nothing about dies.';

create view api.matches as
select a.face, m.probability, v.verdict, coalesce(v.conflicting, false) as conflicting,
       a.coin_id, c.collection, c.inventory_number, c.type,
       b.coin_id as neighbour_id, d.collection as neighbour_collection,
       d.inventory_number as neighbour_inventory_number, d.type as neighbour_type,
       m.agreeing, m.inliers, m.possible, m.coverage, m.residual_px, m.whole, m.common, m.sectors,
       m.offsets_px, m.peaks, m.transform, r.parameters, m.opencv_version, m.matched_at,
       m.side_id, m.other_id as neighbour_side_id, m.figures, r.calibration_id, k.fitted_on
from core.match m
join core.match_recipe r using (recipe_id)
join core.calibration k on k.calibration_id = r.calibration_id and k.is_current
-- With coalesce the planner takes one half to be current; with a bare = it takes one in 200, and loops.
join part.matched_sides a on a.side_id = m.side_id and coalesce(a.digest = m.digest, false)
join part.matched_sides b on b.side_id = m.other_id and coalesce(b.digest = m.other_digest, false)
join api.coins c on c.coin_id = a.coin_id
join api.coins d on d.coin_id = b.coin_id
left join lateral (
    select (array_agg(v.verdict order by v.said_at desc))[1] as verdict,
           bool_or(v.verdict = 'same die') and bool_or(v.verdict <> 'same die') as conflicting
    from part.verdicts_by_face v
    where v.coin_id = least(a.coin_id, b.coin_id) and v.neighbour_id = greatest(a.coin_id, b.coin_id)
      and v.face = a.face) v on true;
comment on view api.matches is
    'One row for each pair of sides that were compared for one die, with both coins. A pair whose photograph '
    'or outline has changed since, or that has no probability by the calibration in use, is not here until '
    'it is compared again. Lengths are in pixels of the discs '
    'that were compared, correlations from -1 to 1.';
comment on column api.matches.face is 'obverse or reverse';
comment on column api.matches.probability is
    'Probability that both sides are of one die, 0 to 1, by the calibration in use; see fitted_on';
comment on column api.matches.verdict is
    'The latest verdict on this pair by this face, or by both: same die, same type (and not the same die) or '
    'no link; null: not judged yet. Same type by both faces says nothing about dies';
comment on column api.matches.conflicting is
    'true: one verdict says same die, another says same type or no link; see api.verdicts';
comment on column api.matches.coin_id is 'Key of the first coin';
comment on column api.matches.neighbour_id is 'Key of the second coin';
comment on column api.matches.agreeing is
    'Local features that agree with one transform in a quick look; with too few nothing else was compared';
comment on column api.matches.inliers is 'Local features that agree with the transform';
comment on column api.matches.possible is 'Local features of the first side that the second side could have';
comment on column api.matches.coverage is 'Share of the spots of the disc where such features agree, 0 to 1';
comment on column api.matches.residual_px is 'Median distance of the features that agree from their places';
comment on column api.matches.whole is
    'Correlation of the slopes of the relief over all that both sides show; null: no transform';
comment on column api.matches.common is 'Share of the first disc that both sides show';
comment on column api.matches.sectors is
    'The same by sector: eight of the inner ring, then eight of the outer, from the right and clockwise; '
    'null where both sides show too little';
comment on column api.matches.offsets_px is 'How far each patch of the relief is from its place';
comment on column api.matches.peaks is 'Correlation of each patch at its best place';
comment on column api.matches.transform is
    'a, b, x, c, d, y: a point (p, q) of the first disc is at (ap + bq + x, cp + dq + y) on the second one; '
    'null: nothing brings the sides together';
comment on column api.matches.parameters is 'How the sides were compared';
comment on column api.matches.opencv_version is 'The version of OpenCV that compared them';
comment on column api.matches.matched_at is 'When they were compared';
comment on column api.matches.side_id is 'Key of the side of the first coin';
comment on column api.matches.neighbour_side_id is 'Key of the side of the second coin';
comment on column api.matches.figures is
    'What the probability is computed from, in the order of the calibration''s recipe; null: no transform';
comment on column api.matches.calibration_id is 'Key of the calibration in use';
comment on column api.matches.fitted_on is 'What that calibration was fitted on';

create function part.probable_matches(
    lowest float8 default 0, predicate text default 'true', at_most int default null)
returns setof api.matches language sql stable as $$
    select m.* from api.matches m
    where m.probability >= lowest
      and (predicate = 'true'
           or m.coin_id in (select part.passing(predicate, 'both'))
              and m.neighbour_id in (select part.passing(predicate, 'both')))
    order by m.probability desc, m.side_id, m.neighbour_side_id limit at_most
$$;
comment on function part.probable_matches is
    'The matches with at least this probability, the most probable first, of coins that both pass a '
    'predicate over the columns of api.coins.';

create function part.matches_of_pairs(coins int[], neighbours int[]) returns setof api.matches
language sql stable as $$
    select m.* from (
        select distinct least(a.side_id, b.side_id) as side_id, greatest(a.side_id, b.side_id) as other_id
        from unnest(coins, neighbours) p (coin, neighbour)
        join part.matched_sides a on a.coin_id = p.coin
        join part.matched_sides b on b.coin_id = p.neighbour and b.face = a.face) s
    -- There is one at most; with the limit each is looked up by its key.
    cross join lateral (select m.* from api.matches m
                        where m.side_id = s.side_id and m.neighbour_side_id = s.other_id limit 1) m
    order by m.side_id, m.neighbour_side_id
$$;
comment on function part.matches_of_pairs is
    'The matches of pairs of coins, the first of `coins` with the first of `neighbours` and so on: one for '
    'each face that both have.';

create function part.matches_of_pair(coin int, neighbour int) returns setof api.matches
language sql stable as $$
    select m.* from part.matches_of_pairs(array[coin], array[neighbour]) m order by m.face
$$;
comment on function part.matches_of_pair is 'The matches of two coins, one for each face that both have.';

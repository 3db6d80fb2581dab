-- Photographs that are in the store twice, and coins that may be. Candidates for people; nothing is merged.

create view part.fingerprints as
select encode(f.sha256, 'hex') as sha256, f.fingerprint from core.fingerprint f;
comment on view part.fingerprints is
    'The fingerprint of each photograph, made by coinstore describe: 256 signs of a cosine transform of its '
    'middle; null for a picture of one even tone.';

create function part.fingerprint_state() returns table (photographs bigint, fingerprints bigint, blank bigint)
language sql stable as $$
    select (select count(distinct i.sha256) from api.images i where i.sha256 is not null), count(*),
           count(*) filter (where f.fingerprint is null)
    from part.fingerprints f
$$;
comment on function part.fingerprint_state is
    'Number of photographs, of those with a fingerprint, and of blank ones, which are not compared.';

create function job.claim_photographs(after bytea, at_most int) returns table (sha256 bytea, thumbnail bytea)
language sql stable as $$
    select i.sha256, i.thumbnail from core.image i
    where i.sha256 > after and not exists (select from core.fingerprint f where f.sha256 = i.sha256)
    order by 1 limit at_most
$$;
comment on function job.claim_photographs is 'The next photographs without a fingerprint.';

create function job.store_fingerprints(photographs bytea[], fingerprints text[]) returns int
language plpgsql as $$
declare
    n int;
begin
    insert into core.fingerprint (sha256, fingerprint)
    select p.sha256, p.fingerprint::bit(256) from unnest(photographs, fingerprints) p (sha256, fingerprint)
    -- A photograph can have been deleted in the meantime.
    join core.image i on i.sha256 = p.sha256 for key share of i
    on conflict do nothing;
    get diagnostics n = row_count;
    return n;
end $$;
comment on function job.store_fingerprints is
    'Stores a batch of fingerprints, each a text of 256 characters 0 or 1; null for a blank picture.';

create function job.compare_fingerprints(farthest int default 40, crowd int default 500) returns bigint
language plpgsql as $$
declare
    first_bit int;
    compared bigint;
begin
    if not exists (select from core.fingerprint f where not f.is_compared) then
        return 0;
    end if;
    perform job.lock('fingerprints');
    create temporary table compared_kind on commit drop as
        select f.fingerprint, bool_and(not f.is_compared) as is_new,
               -- Others are added meanwhile: only these are compared.
               array_agg(f.sha256) filter (where not f.is_compared) as photographs
        from core.fingerprint f group by 1;
    analyze compared_kind;
    for first_bit in select generate_series(1, 241, 8) loop
        insert into core.near_fingerprint (one, other, bits)
        with kind as materialized (
            select k.fingerprint, k.is_new, substring(k.fingerprint from first_bit for 16)::int as run
            from compared_kind k where k.fingerprint is not null),
        -- What too many have in a run does not indicate a copy, and comparing them is quadratic.
        crowded as (select k.run from kind k group by 1 having count(*) > crowd)
        select least(a.fingerprint, b.fingerprint), greatest(a.fingerprint, b.fingerprint),
               bit_count(a.fingerprint # b.fingerprint)
        from kind a join kind b using (run)
        where a.is_new and (not b.is_new or a.fingerprint < b.fingerprint)
          and bit_count(a.fingerprint # b.fingerprint) <= farthest
          and run not in (select c.run from crowded c)
        on conflict do nothing;
    end loop;
    update core.fingerprint f set is_compared = true
    from compared_kind k cross join unnest(k.photographs) p (sha256) where f.sha256 = p.sha256;
    get diagnostics compared = row_count;
    drop table compared_kind;
    return compared;
end $$;
comment on function job.compare_fingerprints is
    'Compares the fingerprints that are new with all, and stores the pairs that are near: that differ in at '
    'most 40 of 256 signs. Returns how many were new. On 3,368 photographs of Roman coins no two different '
    'ones were nearer than 50, and no copy (half size, 1.7 times, 300 px, JPEG at 40) was farther than 37. '
    'Two are compared if one of 31 runs of 16 signs is equal, which is certain up to 15 different signs (16 '
    'of the runs do not overlap) and held for all of 1,000 copies. A run that more than 500 fingerprints '
    'share is skipped.';

create view part.near_photographs as
with kind as (
    -- The first of the photographs with one fingerprint represents them all.
    select f.fingerprint, (array_agg(f.sha256 order by f.sha256))[1] as first from core.fingerprint f
    where f.fingerprint is not null group by 1 having count(*) > 1)
select encode(least(a.sha256, b.sha256), 'hex') as sha256,
       encode(greatest(a.sha256, b.sha256), 'hex') as other, n.bits
from core.near_fingerprint n
cross join lateral (select f.sha256 from core.fingerprint f where f.fingerprint = n.one
                    order by f.sha256 limit 1) a
cross join lateral (select f.sha256 from core.fingerprint f where f.fingerprint = n.other
                    order by f.sha256 limit 1) b
union all
select encode(k.first, 'hex'), encode(f.sha256, 'hex'), 0::smallint
from kind k join core.fingerprint f using (fingerprint) where f.sha256 <> k.first;
comment on view part.near_photographs is
    'Files that show the same photograph: fingerprints that differ in at most 40 of 256 signs, as they were '
    'compared by coinstore describe. Coins of one die that were photographed alike can be as near: people '
    'have to look.';
comment on column part.near_photographs.sha256 is 'SHA-256 of the first file';
comment on column part.near_photographs.other is 'SHA-256 of the other file';
comment on column part.near_photographs.bits is 'In how many of 256 signs their fingerprints differ';

create view part.repeated_photographs as
select encode(i.sha256, 'hex') as sha256
from (select s.sha256 from core.side s where s.sha256 is not null group by 1 having count(*) > 1) r
join core.image i using (sha256);   -- its rule hides what this login may not see
comment on view part.repeated_photographs is 'Photographs that more than one side shows.';
comment on column part.repeated_photographs.sha256 is 'SHA-256 of the file';

create function part.are_both_faces(one int, two int) returns boolean language sql stable as $$
    select exists (select from api.outlines a join api.outlines b on b.side_id = two
                   where a.side_id = one
                     and greatest(abs(a.x_px - b.x_px), abs(a.y_px - b.y_px))
                         > least(a.radius_px, b.radius_px))
$$;
comment on function part.are_both_faces is
    'Whether two sides that show one photograph are at different places in it.';

create function api.duplicate_photographs(predicate text default 'true')
returns table (kind text, bits int, side_id int, coin_id int, collection text, inventory_number text,
               face text, other_side_id int, other_coin_id int, other_collection text,
               other_inventory_number text, other_face text)
language sql stable as $$
    with near as materialized (select n.* from part.near_photographs n),
    -- Few photographs are of several sides or near another: only these are sorted and joined.
    meant as materialized (
        select r.sha256 from part.repeated_photographs r
        union select n.sha256 from near n union select n.other from near n),
    shown as materialized (
        select i.side_id, i.coin_id, i.face, i.sha256, c.collection, c.inventory_number,
               min(i.side_id) over (partition by i.sha256) as first
        from api.images i join part.described_coins(predicate) c using (coin_id)
        -- In a case, this is looked up for each photograph; as a join, all would be sorted.
        where case when i.sha256 in (select m.sha256 from meant m) then true end),
    pair as (
        select 'same file' as kind, 0 as bits, s.first as one, s.side_id as two
        from shown s where s.side_id <> s.first
        union all
        select 'same photograph', n.bits, least(a.side_id, b.side_id), greatest(a.side_id, b.side_id)
        from near n join shown a on a.sha256 = n.sha256 and a.side_id = a.first
        join shown b on b.sha256 = n.other and b.side_id = b.first)
    select p.kind, p.bits, a.side_id, a.coin_id, a.collection, a.inventory_number, a.face,
           b.side_id, b.coin_id, b.collection, b.inventory_number, b.face
    from pair p join shown a on a.side_id = p.one join shown b on b.side_id = p.two
    where a.coin_id <> b.coin_id or not part.are_both_faces(p.one, p.two)
    order by 1, 2, 3, 8
$$;
comment on function api.duplicate_photographs is
    'Pairs of sides that show the same file, or the same photograph in two files (resized or compressed '
    'again). If more than two sides show it, each is paired with the first. The two faces of a coin may '
    'share a photograph that shows both.';

create function part.alike_on_paper(predicate text default 'true', crowd int default 5)
returns table (coin_id int, other_id int, reason text) language sql stable as $$
    with coin as materialized (
        -- What the coin is: its type, or without a type everything else that is known.
        select c.*, count(*) over (partition by what, diameter_mm, weight_cg) as sharing from (
            -- Only what is compared: a column that is not asked for, such as the date in words, is free.
            select c.coin_id, c.weight_g, c.diameter_mm, c.material, c.denomination, c.die_axis_h, c.mint,
                   c.year_from, c.year_to, round(c.weight_g * 100)::int as weight_cg,
                   coalesce(c.type, nullif(concat_ws(
                       ' | ', c.denomination, c.mint, c.authority, c.portrait), '')) as what
            from part.described_coins(predicate) c
            where c.weight_g is not null and c.diameter_mm is not null) c)
    select least(a.coin_id, b.coin_id), greatest(a.coin_id, b.coin_id),
           format('both %s%s g and %s mm, %s', trim_scale(a.weight_g::numeric),
                  ' or ' || trim_scale(nullif(b.weight_g, a.weight_g)::numeric),
                  trim_scale(a.diameter_mm::numeric), a.what)
    from coin a join coin b on b.what = a.what and b.diameter_mm = a.diameter_mm
         and b.weight_cg between a.weight_cg and a.weight_cg + 1
         and (b.weight_cg > a.weight_cg or b.coin_id > a.coin_id)
    -- Measures that many coins of a kind share are a coincidence.
    where a.sharing <= crowd and b.sharing <= crowd
      -- What both state must not differ.
      and coalesce(a.material = b.material, true) and coalesce(a.denomination = b.denomination, true)
      and coalesce(a.die_axis_h = b.die_axis_h, true) and coalesce(a.mint = b.mint, true)
      and coalesce(a.year_from <= b.year_to and b.year_from <= a.year_to, true)
      and not exists (select from api.sides s join api.sides t using (face)
                      where s.coin_id = a.coin_id and t.coin_id = b.coin_id
                        and part.letters(s.legend) <> part.letters(t.legend))
      and not exists (select from api.dies d
                      join api.dies e on (e.study, e.face) = (d.study, d.face) and e.die_id <> d.die_id
                      where d.coin_id = a.coin_id and e.coin_id = b.coin_id)
$$;
comment on function part.alike_on_paper is
    'Pairs of coins of one type (or of one denomination, mint, authority and portrait, if neither has a '
    'type) with a weight within 0.01 g and the same diameter, whose material, mint, date, die axis, legends '
    'and dies do not differ. Not where more than 5 coins of the type share the measures.';

create function part.letters(legend text) returns text language sql immutable as $$
    select regexp_replace(upper(legend), '[^[:alpha:]]', '', 'g')
$$;
comment on function part.letters is 'Only the letters of a legend, in capitals.';

create function part.pair_similarity(space text, coin int, other int) returns float8 language sql stable as $$
    select 1 - max(part.side_vector(space, coin, f) <=> part.side_vector(space, other, f))
    from unnest(array['obverse', 'reverse']) f
$$;
comment on function part.pair_similarity is
    'How similar two coins are in a space (-1 to 1), by the face on which they are less similar; null: '
    'there is no face of which both have a vector.';

create function api.same_coin_twice(space text default null, predicate text default 'true',
                                    alike float8 default 0.9)
returns table (coin_id int, collection text, inventory_number text, other_id int, other_collection text,
               other_inventory_number text, reasons text[], similarity float8) language sql stable as $$
    with found as (
        select least(d.coin_id, d.other_coin_id) as one, greatest(d.coin_id, d.other_coin_id) as two,
               d.kind || case when d.face = d.other_face then ' of the ' || d.face
                              else ', on different faces' end as reason, 1 as rank
        from api.duplicate_photographs(predicate) d where d.coin_id <> d.other_coin_id
        union all
        select a.coin_id, a.other_id, a.reason, 2 from part.alike_on_paper(predicate) a),
    pair as (
        select one, two, array_agg(distinct reason order by reason) as reasons, min(rank) as rank
        from found group by 1, 2),
    scored as (
        select p.*, case when space is not null then part.pair_similarity(space, one, two) end as similarity
        from pair p)
    select a.coin_id, a.collection, a.inventory_number, b.coin_id, b.collection, b.inventory_number,
           s.reasons, s.similarity
    from scored s join api.coins a on a.coin_id = s.one join api.coins b on b.coin_id = s.two
    -- With a space, measures are not enough if the photographs contradict them.
    where s.rank = 1 or space is null or s.similarity is null or s.similarity >= alike
    order by s.rank, s.similarity desc nulls last, 1, 4
$$;
comment on function api.same_coin_twice is
    'Records that may be of the same coin, and why: the same photograph on a face, or the same measures on '
    'coins of one type. With a space, coins that only share their measures must also be at least that '
    'similar (alike) on each face. People have to decide.';

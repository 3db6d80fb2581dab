-- Maps: the coins of a space laid out on a plane. Python computes them; they are stored as rows.

create view api.maps as
select m.map_id, m.name as map, s.name as space, m.face, m.method, m.parameters - 'basis' as parameters,
       m.seed, m.library, s.trained, s.sees, p.points, p.added, m.seconds, m.made_at
from core.map m join core.space s using (space_id)
cross join lateral (select count(*) as points, count(*) filter (where is_added) as added
                    from core.map_point p where p.map_id = m.map_id) p;
comment on view api.maps is 'One row for each map: its space and face, method, parameters and seed.';
comment on column api.maps.parameters is
    'What the method used: coins on the map when it was built (coins) out of all (of_coins), perplexity, '
    'and so on';
comment on column api.maps.points is 'Coins on the map';
comment on column api.maps.added is 'How many of them were added after the map was built';
comment on column api.maps.trained is
    'false: the weights of the space were drawn at random; nearness means nothing';
comment on column api.maps.sees is
    'Fields of the records that went into the vectors: groups by one of them measure a leak';

create view api.map_points as
select m.name as map, p.coin_id, p.x, p.y, p.is_added
from core.map_point p join core.map m using (map_id);
comment on view api.map_points is
    'Where each coin is on a map. Only nearness has a meaning; the axes have none.';
comment on column api.map_points.is_added is
    'true: added after the map was built, without moving any other coin';

create function part.points_of_map(map text)
returns table (coin_id int, collection text, inventory_number text, x float8, y float8, is_added boolean)
language plpgsql stable as $$
begin
    if not exists (select from api.maps m where m.map = points_of_map.map) then
        raise 'there is no map %; see: coinstore map list', map using errcode = 'CS001';
    end if;
    return query select p.coin_id, c.collection, c.inventory_number, p.x, p.y, p.is_added
                 from api.map_points p join api.coins c using (coin_id)
                 where p.map = points_of_map.map order by p.coin_id;
end $$;
comment on function part.points_of_map is
    'Where each coin is on one map, with its collection and inventory number.';

create function job.check_map(map text) returns void language sql as $$ select job.check_name('map', map) $$;
comment on function job.check_map is
    'An error if a map cannot have this name: raised before the work, not after.';

create function job.mapped_coins(space text, face text) returns setof int language sql stable as $$
    -- A vector of both faces needs both.
    select c.coin_id from part.comparable_coins(space, face) c where c.is_complete
$$;
comment on function job.mapped_coins is 'The coins that a map of a space and face can show.';

create function job.coin_vectors(space text, face text, map text default null, laid_out boolean default null)
returns table (coin_id int, embedding vector) language plpgsql stable as $$
declare
    chosen int[] := array(
        select c from job.mapped_coins(space, face) c
        where map is null or laid_out is not distinct from (
            select not p.is_added from core.map_point p join core.map m using (map_id)
            where m.name = map and p.coin_id = c));
begin
    -- Unit vectors. Both faces are concatenated and scaled to length 1: the cosine is the mean of both faces.
    return query
        select v.coin_id, case when face = 'both' then l2_normalize(l2_normalize(v.v1) || l2_normalize(v.v2))
                               else l2_normalize(v.v1) end
        from part.comparable_vectors(space, face, chosen) v order by 1;
end $$;
comment on function job.coin_vectors is
    'The unit vector of each coin by one face or both. With a map: of the coins it was laid out with '
    '(laid_out true), or of those that are not on it (null).';

create function job.map_coverage(space text, face text) returns table (coins bigint, of_coins bigint)
language sql stable as $$
    select (select count(*) from job.mapped_coins(space, face)), (select count(*) from core.coin)
$$;
comment on function job.map_coverage is
    'How many coins a map of a space and face can show, and how many there are.';

create function job.store_map(map text, space text, expected int, face text, method text, parameters jsonb,
                              seed int, library text, seconds float8, coins int[], x float8[], y float8[])
returns int language plpgsql as $$
declare
    id int;
begin
    perform job.lock('map', hashtext(map));   -- two runs may end at the same time
    perform job.hold_space(space, expected);
    delete from core.map m where m.name = map;
    insert into core.map (name, space_id, face, method, parameters, seed, library, seconds)
    values (map, expected, face, method, parameters, seed, library, seconds) returning map_id into id;
    perform job.place_points(id, coins, x, y, false);
    return id;
end $$;
comment on function job.store_map is 'Stores a map and replaces the one of the same name; returns its key.';

create function job.place_points(map int, coins int[], x float8[], y float8[], added boolean default true)
returns bigint language plpgsql as $$
declare
    n bigint;
begin
    perform from core.map m where m.map_id = place_points.map for key share;
    if not found then
        raise 'the map was dropped or rebuilt while coins were added to it; run it again'
            using errcode = 'CS003';
    end if;
    insert into core.map_point (map_id, coin_id, x, y, is_added)
    select place_points.map, c.coin_id, u.x, u.y, added
    from unnest(coins, place_points.x, place_points.y) u (coin_id, x, y)
    join core.coin c using (coin_id)                    -- leaves out coins that were deleted since
    on conflict do nothing;                             -- a point that is on the map never moves
    get diagnostics n = row_count;
    return n;
end $$;
comment on function job.place_points is
    'Adds points to a map (by its key); existing points stay as they are.';

create function job.laid_out(map text) returns table (coin_id int, x float8, y float8)
language sql stable as $$
    select p.coin_id, p.x, p.y from core.map_point p join core.map m using (map_id)
    where m.name = laid_out.map and not p.is_added order by 1
$$;
comment on function job.laid_out is 'The coins that a map was laid out with, and where they are.';

create function job.map_basis(map text) returns jsonb language sql stable as $$
    select m.parameters -> 'basis' from core.map m where m.name = map_basis.map
$$;
comment on function job.map_basis is 'Mean and axes of a map by principal components.';

create function job.map_changes(map text, out lost bigint, out kept bigint, out fresh bigint)
language sql stable as $$
    with here as (select m.map_id, m.space, m.face from api.maps m where m.map = map_changes.map),
    c as (select coin_id from here cross join lateral job.mapped_coins(here.space, here.face) coin_id),
    p as (select p.coin_id, p.is_added from here join core.map_point p using (map_id))
    select count(*) filter (where c.coin_id is null),
           count(*) filter (where c.coin_id is not null and not p.is_added),
           count(*) filter (where p.coin_id is null)
    from c full join p using (coin_id)
$$;
comment on function job.map_changes is
    'Coins of a map that no longer have a vector (lost), coins it was laid out with that still have one '
    '(kept), and coins that are not on it (fresh).';

create function job.drop_map(map text) returns void language plpgsql as $$
begin
    delete from core.map m where m.name = map;
    if not found then
        raise 'there is no map %; see: coinstore map list', map using errcode = 'CS001';
    end if;
end $$;
comment on function job.drop_map is 'Drops a map with its points.';

-- Maps: the coins of a space laid out on a plane, made by Python, kept as rows.

create view api.maps as
select m.map_id, m.name as map, s.name as space, m.face, m.method, m.parameters - 'basis' as parameters, m.seed, m.library,
       s.trained, s.sees, p.points, p.added, m.seconds, m.made_at
from core.map m join core.space s using (space_id)
cross join lateral (select count(*) as points, count(*) filter (where is_added) as added
                    from core.map_point p where p.map_id = m.map_id) p;
comment on view api.maps is 'One row for each map: of which space and face, by which method, parameters and seed.';
comment on column api.maps.parameters is
    'What the method really used: coins on the map when it was built (coins) of all that there were (of_coins), perplexity, and so on';
comment on column api.maps.points is 'Coins on the map';
comment on column api.maps.added is 'Those of them that were placed into it after it was built';
comment on column api.maps.trained is 'false: the weights of the space were drawn at random, and nearness means nothing';
comment on column api.maps.sees is 'Fields of the records that went into the vectors: groups by one of them measure a leak';

create view api.map_points as
select m.name as map, p.coin_id, p.x, p.y, p.is_added
from core.map_point p join core.map m using (map_id);
comment on view api.map_points is 'Where each coin lies on a map; only nearness means something, the axes do not.';
comment on column api.map_points.is_added is 'true: placed into the map when it was there already, moving no other';

create function api.points_of_map(map text)
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
comment on function api.points_of_map is 'Where each coin lies on one map, with its collection and inventory number.';

create function job.check_map(map text) returns void language plpgsql as $$
begin
    if map !~ '^[a-z][a-z0-9_]{0,39}$' then
        raise '"%" is no name for a map: a small letter, then small letters, digits and _, 40 at most', map
            using errcode = 'CS003';
    end if;
end $$;
comment on function job.check_map is 'An error where a map cannot have this name: before the work, not after.';

create function job.mapped_coins(space text, face text) returns text language sql stable as $$
    -- One vector of both faces wants both.
    select format('(select * from %s c where %s)', api.compared_coins(space, face),
                  case when face = 'coin' then 'c.v1 is not null and c.v2 is not null' else 'true' end)
$$;
comment on function job.mapped_coins is 'As SQL: the coins that a map of a space and face can show, with their vectors (coin_id, v1, v2).';

create function job.coin_vectors(space text, face text, map text default null, laid_out boolean default null)
returns table (coin_id int, embedding vector) language plpgsql stable as $$
begin
    -- Unit vectors; of both faces side by side, shorter by the root of two: the cosine is the mean of both faces'.
    return query execute format(
        'select c.coin_id, %s from %s c
         where ($1 is null or $2 is not distinct from (
             select not p.is_added from core.map_point p join core.map m using (map_id)
             where m.name = $1 and p.coin_id = c.coin_id))
         order by 1',
        case when face = 'coin' then 'l2_normalize(l2_normalize(c.v1::vector) || l2_normalize(c.v2::vector))'
             else 'l2_normalize(c.v1::vector)' end,
        job.mapped_coins(space, face))
    using map, laid_out;
end $$;
comment on function job.coin_vectors is
    'The unit vector of each coin by one face or both. With a map: of the coins that it was laid out with (laid_out true), or of those that are not on it (null).';

create function job.map_coverage(space text, face text) returns table (coins bigint, of_coins bigint)
language plpgsql stable as $$
begin
    return query execute format('select count(*), (select count(*) from core.coin) from %s c', job.mapped_coins(space, face));
end $$;
comment on function job.map_coverage is 'How many coins of how many a map of a space and face can show.';

create function job.store_map(map text, space text, expected int, face text, method text, parameters jsonb, seed int,
                              library text, seconds float8, coins int[], x float8[], y float8[]) returns int
language plpgsql as $$
declare
    id int;
begin
    perform job.lock('map', hashtext(map));   -- two runs may end at one time
    if (api.known_space(space)).space_id <> expected then
        raise 'the name % stands for another space since this run began; run it again', space using errcode = 'CS003';
    end if;
    delete from core.map m where m.name = map;
    insert into core.map (name, space_id, face, method, parameters, seed, library, seconds)
    values (map, expected, face, method, parameters, seed, library, seconds) returning map_id into id;
    perform job.place_points(id, coins, x, y, false);
    return id;
end $$;
comment on function job.store_map is 'Keeps a map in place of the one of its name, in one moment; its key.';

create function job.place_points(map int, coins int[], x float8[], y float8[], added boolean default true) returns bigint
language plpgsql as $$
declare
    n bigint;
begin
    perform from core.map m where m.map_id = place_points.map for key share;
    if not found then
        raise 'the map was dropped or built anew while coins were placed into it; run it again' using errcode = 'CS003';
    end if;
    insert into core.map_point (map_id, coin_id, x, y, is_added)
    select place_points.map, c.coin_id, u.x, u.y, added
    from unnest(coins, place_points.x, place_points.y) u (coin_id, x, y)
    join core.coin c using (coin_id)                    -- one that was deleted meanwhile is on no map
    on conflict do nothing;                             -- a point that lies there never moves
    get diagnostics n = row_count;
    return n;
end $$;
comment on function job.place_points is 'Adds points to a map (by its key); those that lie there stay as they are.';

create function job.laid_out(map text) returns table (coin_id int, x float8, y float8) language sql stable as $$
    select p.coin_id, p.x, p.y from core.map_point p join core.map m using (map_id)
    where m.name = laid_out.map and not p.is_added order by 1
$$;
comment on function job.laid_out is 'Where the coins lie that a map was laid out with.';

create function job.map_basis(map text) returns jsonb language sql stable as $$
    select m.parameters -> 'basis' from core.map m where m.name = map_basis.map
$$;
comment on function job.map_basis is 'Mean and axes of a map by principal components.';

create function job.map_changes(map text, out lost bigint, out kept bigint, out fresh bigint) language plpgsql stable as $$
declare
    here api.maps := (select m from api.maps m where m.map = map_changes.map);
begin
    execute format(
        'with c as (select coin_id from %s c),
              p as (select coin_id, is_added from core.map_point where map_id = $1)
         select count(*) filter (where c.coin_id is null),
                count(*) filter (where c.coin_id is not null and not p.is_added),
                count(*) filter (where p.coin_id is null)
         from c full join p using (coin_id)',
        job.mapped_coins(here.space, here.face))
    into lost, kept, fresh using here.map_id;
end $$;
comment on function job.map_changes is
    'Coins of a map that have no vector any more (lost), those it was laid out with that have one (kept), and coins that are not on it (fresh).';

create function job.drop_map(map text) returns void language plpgsql as $$
begin
    delete from core.map m where m.name = map;
    if not found then
        raise 'there is no map %; see: coinstore map list', map using errcode = 'CS001';
    end if;
end $$;
comment on function job.drop_map is 'Drops a map with its points.';

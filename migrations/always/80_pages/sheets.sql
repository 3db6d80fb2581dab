-- What a contact sheet shows, and what a plot of communities counts.

create function part.random_coins(space text, face text, n int, seed int default 0,
                                  predicate text default 'true')
returns table (coin_id int) language plpgsql stable as $$
begin
    return query
        select c.coin_id from part.comparable_coins(space, face) c
        where predicate = 'true' or c.coin_id in (select part.passing(predicate, face))
        order by md5(c.coin_id || '/' || seed), c.coin_id limit n;
end $$;
comment on function part.random_coins is
    'Coins drawn at random among those that can be compared in a space by a face (or both) and pass a '
    'predicate; the same seed gives the same coins.';

create function part.coins_by_id(coins int[]) returns setof api.coins language sql stable as $$
    select c.* from unnest(coins) with ordinality w (coin_id, turn) join api.coins c on c.coin_id = w.coin_id
    order by w.turn
$$;
comment on function part.coins_by_id is 'The rows of api.coins of some coins, in the given order.';

create function part.faces_of_coins(coins int[])
returns table (coin_id int, face text, legend text, location text, sha256 text, thumbnail bytea, x_px real,
               y_px real, radius_px real, edge smallint[], certainty real, method text, width_px int,
               height_px int, shows_both boolean) language sql stable as $$
    select s.coin_id, s.face, s.legend, i.location, i.sha256, i.thumbnail, o.x_px, o.y_px, o.radius_px,
           o.edge, o.certainty, o.method, i.width_px, i.height_px, coalesce(o.shows_both, false)
    from api.sides s left join api.images i using (side_id)
    left join api.outlines o on o.side_id = s.side_id
    where s.coin_id = any(coins) order by s.coin_id, s.face
$$;
comment on function part.faces_of_coins is
    'The sides of some coins with what a page shows; sha256 is null where there is no usable photograph.';

create function part.community_values(graph text, label text, algorithm text default 'leiden')
returns table (community int, value text, coins bigint) language plpgsql stable as $$
begin
    perform part.check_partition(algorithm);
    if not exists (select from pg_attribute a where a.attrelid = 'api.coins'::regclass and a.attname = label
                   and a.attnum > 0 and not a.attisdropped) then
        raise 'there is no column % of api.coins to colour communities by', label using errcode = 'CS001';
    end if;
    return query
        select m.community, to_jsonb(c) ->> label, count(*)
        from api.communities m join api.coins c using (coin_id)
        where m.graph = community_values.graph and m.algorithm = community_values.algorithm
        group by 1, 2 order by 1, 3 desc, 2;
end $$;
comment on function part.community_values is
    'How many coins of each community have which value of a column of api.coins; null: no value.';

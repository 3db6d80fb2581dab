-- Networks and maps within the pages in which people browse.

create function part.browse_state(kind text, name text) returns text language sql stable as $$
    select case kind
        when 'networks' then (
            select concat_ws(' ', s.sight, g.graph_id, g.built_at, g.space, g.trained, g.sees, g.nodes,
                             r.run_id)
            from api.graphs g left join api.graph_runs r on r.graph = g.graph and r.algorithm = 'leiden'
            where g.graph = browse_state.name)
        when 'maps' then (
            select concat_ws(' ', s.sight, m.map_id, m.made_at, m.space, m.trained, m.sees, p.coins, p.added)
            from api.maps m
            cross join lateral (
                -- Coins come and go one by one: their number may be the same.
                select count(*) as coins,
                       sum(hashint4extended(o.coin_id, 0)) filter (where o.is_added) as added
                from api.map_points o where o.map = m.map) p
            where m.map = browse_state.name)
    end
    from part.browse_sight s
$$;
comment on function part.browse_state is
    'For pages: another text after each change of the coins of a network or map that the reader may see, of '
    'their communities and places; null: there is none of this name. kind is networks or maps.';

create function part.browse_places(coin int)
returns table (kind text, name text, space text, face text) language sql stable as $$
    select 'networks', g.graph, g.space, g.face from api.graphs g
    where exists (select from part.graph_coins n where n.graph = g.graph and n.coin_id = browse_places.coin)
    union all
    select 'maps', m.map, m.space, m.face from api.maps m
    where exists (select from api.map_points p where p.map = m.map and p.coin_id = browse_places.coin)
    order by 1 desc, 2
$$;
comment on function part.browse_places is 'For pages: the networks and maps in which a coin has a place.';

-- Networks and maps within the pages in which people browse.

create function part.browse_state(kind text, name text) returns text language sql stable as $$
    select case kind
        when 'networks' then (select md5(string_agg(concat_ws(' ', n.coin_id, n.community), ','
                                                    order by n.coin_id))
                              from part.page_graph_coins(browse_state.name) n)
        when 'maps' then (select md5(string_agg(concat_ws(' ', p.coin_id, p.x, p.y), ',' order by p.coin_id))
                          from part.page_map_coins(browse_state.name) p)
    end
$$;
comment on function part.browse_state is
    'For pages: changes with the coins of a network or map that the reader may see, their communities and '
    'places; kind is networks or maps.';

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

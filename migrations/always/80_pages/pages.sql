-- What HTML pages show: rows for blocks of coins, so that no page holds all of a large store at once.

create function part.page_graph_coins(graph text) returns table (coin_id int, community int)
language sql stable as $$
    select n.coin_id, c.community
    from part.graph_coins n
    left join api.communities c on c.graph = n.graph and c.coin_id = n.coin_id and c.algorithm = 'leiden'
    where n.graph = page_graph_coins.graph order by n.coin_id
$$;
comment on function part.page_graph_coins is
    'For pages: the coins of a graph ordered by key, with the community by Leiden; null where the graph was '
    'not analysed.';

create function part.page_map_coins(map text)
returns table (coin_id int, x float8, y float8, is_added boolean)
language sql stable as $$
    select p.coin_id, p.x, p.y, p.is_added from api.map_points p
    where p.map = page_map_coins.map order by p.coin_id
$$;
comment on function part.page_map_coins is 'For pages: the points of a map ordered by coin_id.';

create function part.page_dies(side int) returns table (dies text[]) language sql stable as $$
    select array_agg(d.die || ' (' || part.source_name(d.study) || ')' order by d.study, d.die)
    from api.dies d where d.side_id = side
$$;
comment on function part.page_dies is 'Part of part.page_coins: the dies of a side, each with its study.';

create function part.page_names(coin int) returns text[] language sql stable as $$
    select array_agg(n.field || ': ' || coalesce(n.value, n.uri)
                     || case when n.is_uncertain then '?' else '' end
                     || coalesce(' (certainty ' || round(n.certainty::numeric, 2) || ')', '')
                     || coalesce(', said by ' || part.said_by(n.said_by_kind, n.said_by), '')
                     order by n.field, n.said_by_kind desc, n.said_by, n.rank)
    from part.several_values s join api.values n using (coin_id, field)
    where s.coin_id = page_names.coin and n.coin_id = page_names.coin
$$;
comment on function part.page_names is
    'Part of part.page_coins: the names of the fields where a coin has several, or an uncertain one.';

create function part.page_references(coin int) returns text[] language sql stable as $$
    select array_agg(case when r.kind = 'literature' then '' else r.kind || ': ' end
                     || concat_ws(' ', r.label, r.catalogue, r.number, r.uri) order by r.said_by, r.rank)
    from api.references r where r.coin_id = page_references.coin and r.kind <> 'type'
$$;
comment on function part.page_references is
    'Part of part.page_coins: hoards, other coins and literature that sources refer to.';

-- Shows only the file name of a source: a page may be passed on, and its folders are private.
create function part.page_coins(coins int[])
returns table (coin_id int, collection text, inventory_number text, type text, denomination text,
               material text,
               mint text, authority text, portrait text, year_from int, year_to int, weight_g float8,
               diameter_mm float8, diameter_min_mm float8, die_axis_h smallint, findspot text,
               provenance text,
               types text[], names text[], cited text[],
               obverse_legend text, obverse_description text, obverse_location text, obverse_dies text[],
               reverse_legend text, reverse_description text, reverse_location text, reverse_dies text[])
language sql stable as $$
    select c.coin_id, c.collection, c.inventory_number, c.type, c.denomination, c.material, c.mint,
           c.authority,
           c.portrait, c.year_from, c.year_to, c.weight_g, c.diameter_mm, c.diameter_min_mm, c.die_axis_h,
           c.findspot, c.provenance,
           (select array_agg(coalesce(t.label, nullif(concat_ws(' ', t.catalogue, t.number), ''), t.uri)
                             || case when t.is_uncertain then '?' else '' end
                             || coalesce(' (certainty ' || round(t.certainty::numeric, 2) || ')', '')
                             || ', said by ' || part.said_by(t.said_by_kind, t.said_by)
                             order by t.is_primary desc, t.type_id)
            from api.types t where t.coin_id = c.coin_id),
           part.page_names(c.coin_id), part.page_references(c.coin_id),
           o.legend, o.description, oi.location, od.dies, r.legend, r.description, ri.location, rd.dies
    from api.coins c
    left join api.sides o on o.coin_id = c.coin_id and o.face = 'obverse'
    left join api.sides r on r.coin_id = c.coin_id and r.face = 'reverse'
    left join api.images oi on oi.side_id = o.side_id
    left join api.images ri on ri.side_id = r.side_id
    left join lateral part.page_dies(o.side_id) od on true
    left join lateral part.page_dies(r.side_id) rd on true
    where c.coin_id = any(coins) order by c.coin_id
$$;
comment on function part.page_coins is
    'For pages: everything that the cards of some coins show, in one row for both faces; types with who '
    'said so, dies with their study.';

create function part.page_thumbnails(coins int[]) returns table (coin_id int, face text, thumbnail bytea)
language sql stable as $$
    select i.coin_id, i.face, i.thumbnail from api.images i
    where i.coin_id = any(coins) and i.thumbnail is not null order by i.coin_id, i.face
$$;
comment on function part.page_thumbnails is 'For pages: the small photographs of some coins, JPEG.';

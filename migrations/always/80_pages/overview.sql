-- For BI tools, which cannot call functions: one wide row for each coin, collection, type and edge.

create view part.default_graph as
select g.graph_id, g.name as graph, s.name as space, g.face, g.k, d.graph_id is not null as chosen
from core.graph g join core.space s using (space_id) left join core.default_graph d using (graph_id)
-- If none was chosen: the most recent graph with communities, else the most recent one.
order by d.graph_id is not null desc,
         exists (select from core.graph_run r where r.graph_id = g.graph_id and r.algorithm = 'leiden') desc,
         g.built_at desc
limit 1;
comment on view part.default_graph is
    'The graph behind api.coin_overview and api.neighbours: the chosen one (coinstore graph default), else '
    'the most recently built graph that was analysed.';
comment on column part.default_graph.chosen is 'true: a person chose it; false: it is the most recent';

create function job.choose_graph(graph text) returns void language plpgsql as $$
declare
    id int := (select g.graph_id from core.graph g where g.name = graph);
begin
    if id is null then
        raise 'there is no graph %; see: coinstore graph list', graph using errcode = 'CS001';
    end if;
    insert into core.default_graph (graph_id) values (id)
    on conflict (only_one) do update set graph_id = excluded.graph_id;
end $$;
comment on function job.choose_graph is 'Makes a graph the default.';

create function part.data_url(jpeg bytea) returns text language sql immutable parallel safe as $$
    select 'data:image/jpeg;base64,' || translate(encode(jpeg, 'base64'), E'\n', '')
$$;
comment on function part.data_url is 'A JPEG as a data URL, which BI tools can show in tables.';

create view api.neighbours as
select e.graph, e.rank, e.similarity, e.distance, e.percentile, e.mutual, e.compared, e.verdict,
       e.coin_id, a.collection, a.inventory_number, a.type, a.denomination, a.material, a.mint, a.authority,
       a.portrait,
       a.year_from, a.year_to, a.weight_g, a.diameter_mm, a.die_axis_h, a.findspot,
       e.neighbour_id, b.collection as neighbour_collection, b.inventory_number as neighbour_inventory_number,
       b.type as neighbour_type, b.denomination as neighbour_denomination, b.material as neighbour_material,
       b.mint as neighbour_mint, b.authority as neighbour_authority, b.portrait as neighbour_portrait,
       b.year_from as neighbour_year_from, b.year_to as neighbour_year_to, b.weight_g as neighbour_weight_g,
       b.diameter_mm as neighbour_diameter_mm, b.die_axis_h as neighbour_die_axis_h,
       b.findspot as neighbour_findspot
from api.edges e join api.coins a using (coin_id) join api.coins b on b.coin_id = e.neighbour_id;
comment on view api.neighbours is
    'One row for each stored neighbour, with the metadata of both coins: similarity filtered by metadata, '
    'for tools that cannot call functions. Filter by one graph: where graph = …';
comment on column api.neighbours.rank is '1: the nearest of the coin';
comment on column api.neighbours.percentile is
    'Share of random pairs that are farther apart, 0 to 100: the number to show people';

create view part.edge_keys as
select e.graph_id, e.coin_id, e.neighbour_id, e.distance, e.percentile, e.mutual from core.edge e;
comment on view part.edge_keys is 'The edges of all graphs by key, without what people said of them.';
create view part.coin_keys as select c.coin_id, c.collection_id from core.coin c;
comment on view part.coin_keys is 'The collection of each coin, by key.';
comment on column part.coin_keys.collection_id is 'Key of the collection';

create function part.pairs_elsewhere(graph text, at_most int)
returns table (coin_id int, neighbour_id int, similarity float8, percentile float8)
-- A custom plan knows the limit: it walks the index over distances and stops.
language plpgsql stable rows 1000 set plan_cache_mode = force_custom_plan as $$
declare
    id int := (select g.graph_id from api.graphs g where g.graph = pairs_elsewhere.graph);
begin
    return query
        select e.coin_id, e.neighbour_id, 1 - e.distance, e.percentile
        from part.edge_keys e
        -- Edge by edge, in the order of the index, until there are enough: offset 0 keeps the planner from a
        -- join of all edges.
        cross join lateral (
            select from part.coin_keys a join part.coin_keys b on b.collection_id <> a.collection_id
            where a.coin_id = e.coin_id and b.coin_id = e.neighbour_id offset 0) c
        where e.graph_id = id and (not e.mutual or e.coin_id < e.neighbour_id)
        order by e.distance limit at_most;
end $$;
comment on function part.pairs_elsewhere is
    'The most similar pairs of a graph that are in different collections, each mutual pair once.';

create view api.coin_overview as
-- Each joined table has at most one row by a unique key, so the planner drops those whose columns are not
-- selected (join removal). The graph is found once for all coins. For what hides pictures see api.images.
select c.*, concat_ws('/', c.collection, c.inventory_number) as name,
       case when c.year_from is not null and c.year_to is not null
            then (c.year_from + c.year_to) / 2.0::float8 end as year_middle,
       o.legend as obverse_legend, r.legend as reverse_legend,
       o.description as obverse_description, r.description as reverse_description,
       case when (select job.hides(true)) and job.hides_coin(c.coin_id, (select job.hidden_collections(true)))
            then null else part.shown_location(o.image_location) end as obverse_location,
       case when (select job.hides(true)) and job.hides_coin(c.coin_id, (select job.hidden_collections(true)))
            then null else part.shown_location(r.image_location) end as reverse_location,
       part.data_url(oi.thumbnail) as obverse_thumbnail, part.data_url(ri.thumbnail) as reverse_thumbnail,
       (select string_agg(distinct s.space, ', ' order by s.space) from part.side_spaces s
        where s.side_id in (o.side_id, r.side_id)) as spaces,
       (select g.graph from part.default_graph g) as graph, m.community, p.value as pagerank,
       n.neighbour_id as nearest_elsewhere_id, kl.name as nearest_elsewhere_collection,
       k.inventory_number as nearest_elsewhere_inventory_number,
       part.type_label(t) as nearest_elsewhere_type,
       1 - n.distance as nearest_elsewhere_similarity, n.percentile as nearest_elsewhere_percentile
from api.coins c
left join core.side o on o.coin_id = c.coin_id and o.face = 'obverse'
left join core.side r on r.coin_id = c.coin_id and r.face = 'reverse'
left join core.image oi on oi.sha256 = o.sha256
left join core.image ri on ri.sha256 = r.sha256
left join core.community m on m.coin_id = c.coin_id and m.run_id = (
    select u.run_id from core.graph_run u join part.default_graph g using (graph_id)
    where u.algorithm = 'leiden')
left join core.centrality p on p.coin_id = c.coin_id and p.run_id = (
    select u.run_id from core.graph_run u join part.default_graph g using (graph_id)
    where u.algorithm = 'pagerank')
left join core.edge n on n.coin_id = c.coin_id and n.graph_id = (select g.graph_id from part.default_graph g)
                     and n.rank = (
    select e.rank from core.edge e join core.coin x on x.coin_id = e.neighbour_id
    join core.collection xl using (collection_id)
    where e.graph_id = (select g.graph_id from part.default_graph g) and e.coin_id = c.coin_id
      and xl.name <> c.collection
    order by e.rank limit 1)
left join core.coin k on k.coin_id = n.neighbour_id
left join core.collection kl on kl.collection_id = k.collection_id
left join core.coin_type kt on case when kt.is_primary then kt.coin_id end = k.coin_id
left join core.type t on t.type_id = kt.type_id;
comment on view api.coin_overview is
    'One wide row for each coin: metadata, legends, photographs, its spaces, and its place in the default '
    'graph (coinstore graph default). Select the columns that you need: thumbnails are large.';
comment on column api.coin_overview.name is 'collection/inventory_number, as for coinstore similar';
comment on column api.coin_overview.year_middle is
    'Middle of year_from and year_to, signed (about 0: around the turn of the eras); null unless both are '
    'known';
comment on column api.coin_overview.obverse_location is 'Where the photograph is, without secrets';
comment on column api.coin_overview.obverse_thumbnail is 'The small photograph as a data URL (JPEG)';
comment on column api.coin_overview.spaces is
    'Names of the spaces in which a side of the coin has a vector, with commas; null: none';
comment on column api.coin_overview.community is 'Community by Leiden in the default graph; 1 is the largest';
comment on column api.coin_overview.pagerank is 'PageRank in the default graph; the sum over its coins is 1';
comment on column api.coin_overview.nearest_elsewhere_id is
    'coin_id of the nearest stored neighbour of another collection; null if there is none';
comment on column api.coin_overview.nearest_elsewhere_percentile is
    'Share of random pairs that are farther apart, 0 to 100';

create view api.collection_summary as
-- Each part is grouped by a number; grouped by text, or with coins that carry text, it takes twice as long.
with coin as (
    select c.collection_id, count(*) as coins, count(c.weight_g) as weighed,
           percentile_cont(0.5) within group (order by c.weight_g) as weight_g_median,
           count(c.diameter_mm) as measured,
           percentile_cont(0.5) within group (order by c.diameter_mm) as diameter_mm_median,
           min(c.year_from) as year_from, max(c.year_to) as year_to,
           count(*) filter (where c.year_from is null and c.year_to is null) as undated
    from core.coin c group by 1),
-- By itself, because medians keep the workers of a parallel plan away.
photograph as (
    select c.collection_id, count(coalesce(o.side_id, r.side_id)) as coins,
           count(o.side_id + r.side_id) as both_faces
    from core.coin c
    left join core.side o on o.coin_id = c.coin_id and o.face = 'obverse'
                          and o.sha256 is not null and o.image_location is not null
    left join core.side r on r.coin_id = c.coin_id and r.face = 'reverse'
                          and r.sha256 is not null and r.image_location is not null
    group by 1),
typed as (
    select n.collection_id, count(distinct part.type_label(t)) as types, sum(n.coins)::bigint as coins
    from (select c.collection_id, ct.type_id, count(*) as coins
          from core.coin_type ct join core.coin c using (coin_id) where ct.is_primary group by 1, 2) n
    join core.type t using (type_id) where part.type_label(t) is not null group by 1)
select l.name as collection, c.coins, coalesce(t.types, 0) as types,
       c.coins - coalesce(t.coins, 0) as without_type,
       case when h.hidden then 0 else p.both_faces end as with_both_photographs,
       c.coins - case when h.hidden then 0 else p.coins end as without_photograph,
       c.weighed, c.weight_g_median, c.measured, c.diameter_mm_median, c.year_from, c.year_to, c.undated
from core.collection l join coin c using (collection_id) join photograph p using (collection_id)
left join typed t using (collection_id)
-- What api.images hides.
cross join lateral (
    select l.collection_id = any((select job.hidden_collections(true))::int[])) h (hidden);
comment on view api.collection_summary is
    'One row for each collection: how many coins it has, how well they are recorded, and their range of '
    'years.';

create view api.type_summary as
select t.*, d.obverse_dies, d.reverse_dies
from (
    select c.type, count(*) as coins, count(distinct c.collection) as collections,
           count(c.weight_g) as weighed, avg(c.weight_g) as weight_g_mean,
           stddev_samp(c.weight_g) as weight_g_deviation,
           percentile_cont(0.5) within group (order by c.weight_g) as weight_g_median,
           percentile_cont(0.5) within group (order by c.diameter_mm) as diameter_mm_median,
           min(c.year_from) as year_from, max(c.year_to) as year_to
    from api.coins c where c.type is not null group by 1) t
left join (
    select c.type, count(distinct d.die_id) filter (where d.face = 'obverse') as obverse_dies,
           count(distinct d.die_id) filter (where d.face = 'reverse') as reverse_dies
    from api.dies d join api.coins c using (coin_id) group by 1) d using (type);
comment on view api.type_summary is
    'One row for each type, over the coins with this primary type: numbers, weights, years, and dies named '
    'by studies.';
comment on column api.type_summary.weight_g_deviation is
    'Standard deviation of the sample, in grams; null with fewer than two coins';

create view part.ingest_runs as
select r.run_id, part.shown_location(s.location) as source, r.started_at, r.noted_at, r.is_ended,
       r.new, r.changed, r.unchanged, r.refused, r.faults
from core.ingest_run r join core.source s using (source_id);
comment on view part.ingest_runs is
    'One row for each time that a source was loaded: when, how many coins, and whether it was completed.';
comment on column part.ingest_runs.is_ended is
    'false: it is running or was stopped; what it had stored by noted_at is kept';
comment on column part.ingest_runs.faults is
    'Values that could not be read when the records were loaded; photographs are examined later, see '
    'api.faults';

create view part.contract as
select * from (values
    ('0.1.0', 'coins, sides, images, types, dies, records, faults, terms; spaces and what belongs to each of '
              'them; graphs, edges, matches, communities, centrality, maps; evaluations, proposals; '
              'overview, neighbours, summaries'))
    v (version, what);
comment on view part.contract is
    'One row for each version of coinstore: what it added to schema api. Objects of api keep their names '
    'and meaning within a version.';

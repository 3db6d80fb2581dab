-- The pages in which people judge: pairs of coins, and what models propose.

create view part.browse_sight as
select (select job.hides(true)) as hides,
       md5(concat_ws(' ', (select job.hidden_collections(true)),
                     (select job.hidden_collections(false)))) as sight;
comment on view part.browse_sight is
    'For pages: whether photographs of any collection are hidden from this login.';
comment on column part.browse_sight.hides is 'true: some are hidden';
comment on column part.browse_sight.sight is
    'Another text for those who see other collections: what is kept for one is not shown to another';

create view part.browse_collections as
-- The first photograph of each is looked for, not all of them.
select l.name as collection from core.collection l
where not l.collection_id = any((select job.hidden_collections(true))::int[])
  and exists (select from core.coin c join core.side s using (coin_id)
              where c.collection_id = l.collection_id and s.image_location is not null);
comment on view part.browse_collections is
    'For pages: the collections of which this login sees photographs.';

create function part.browse_matches(coin int, lowest float8 default 0.1, at_most int default 24)
returns table (coin_id int, collection text, inventory_number text, type text, face text, probability real,
               verdict text, conflicting boolean) language sql stable as $$
    -- Each half is looked up by its key; "or" would read all matches.
    select o.coin_id, o.collection, o.inventory_number, o.type, o.face, o.probability, o.verdict,
           o.conflicting
    from (
        select m.neighbour_id as coin_id, m.neighbour_collection as collection,
               m.neighbour_inventory_number as inventory_number, m.neighbour_type as type, m.face,
               m.probability, m.verdict, m.conflicting
        from api.matches m where m.coin_id = browse_matches.coin
        union all
        select m.coin_id, m.collection, m.inventory_number, m.type, m.face, m.probability, m.verdict,
               m.conflicting
        from api.matches m where m.neighbour_id = browse_matches.coin) o
    where o.probability >= lowest or o.verdict is not null
    order by o.probability desc, o.coin_id, o.face limit at_most
$$;
comment on function part.browse_matches is
    'For pages: the coins that may be of one die with a coin, or were judged, the most probable first.';

create function part.faces_to_compare(coin int, neighbour int) returns setof text language sql stable as $$
    select a.face from api.images a join api.images b using (face)
    where a.coin_id = coin and b.coin_id = neighbour and a.sha256 is not null and b.sha256 is not null
    order by a.face
$$;
comment on function part.faces_to_compare is 'The faces of which two coins both have a usable photograph.';

create function part.judged_pairs(person text, coins int[], neighbours int[])
returns table (coin_id int, neighbour_id int, face text) language sql stable as $$
    select v.coin_id, v.neighbour_id, v.face
    from unnest(coins, neighbours) p (coin, neighbour)
    join api.verdicts v on (v.coin_id, v.neighbour_id) = (least(p.coin, p.neighbour),
                                                          greatest(p.coin, p.neighbour))
    where v.said_by = person
$$;
comment on function part.judged_pairs is
    'Which of some pairs of coins a person has judged, and by which face.';

create function part.matches_to_judge(at_most int)
returns table (coin_id int, neighbour_id int, face text) language sql stable as $$
    select m.coin_id, m.neighbour_id, m.face from api.matches m where m.verdict is null
    order by abs(m.probability - 0.5), m.side_id, m.neighbour_side_id limit at_most
$$;
comment on function part.matches_to_judge is
    'The matches that nobody has judged, the most uncertain first: for those who may not see the die groups.';

create function part.edges_to_judge(at_most int)
returns table (coin_id int, neighbour_id int, face text, graph text, similarity float8)
language sql stable as $$
    select e.coin_id, e.neighbour_id, f.face, e.graph, e.similarity
    from (select distinct least(n.coin_id, n.neighbour_id) as coin_id,
                 greatest(n.coin_id, n.neighbour_id) as neighbour_id, n.graph, n.similarity, n.face
          from (select e.*, g.face
                from (select g.graph, g.face from api.graphs g order by g.built_at desc, g.graph_id limit 1) g
                join api.edges e using (graph)
                -- Joined as a set: a look-up for each edge of the graph takes long.
                where not exists (select from api.verdicts v
                                  where v.coin_id = least(e.coin_id, e.neighbour_id)
                                    and v.neighbour_id = greatest(e.coin_id, e.neighbour_id)
                                    and v.face = g.face)
                -- Only the nearest are looked up below; an edge is there once for each of its coins.
                order by e.distance limit 20 * at_most) n) e
    cross join lateral (
        select f.face from part.faces_to_compare(e.coin_id, e.neighbour_id) f (face)
        where e.face in (f.face, 'both')
          and not exists (select from part.verdicts_by_face v
                          where (v.coin_id, v.neighbour_id, v.face) = (e.coin_id, e.neighbour_id, f.face))
        limit 1) f
    order by e.similarity desc, e.coin_id, e.neighbour_id limit at_most
$$;
comment on function part.edges_to_judge is
    'The edges of the newest graph that nobody has judged, the most alike first: what is judged where no '
    'coins were compared for one die.';

create function part.browse_proposals(label text, state text, skip int, at_most int)
returns table (proposal_id int, label text, value text, certainty float8, state text, decided_by text,
               note text, coin_id int, collection text, inventory_number text, type text, denomination text,
               mint text, year_from int, year_to int, weight_g float8, model text, spaces text[], face text,
               held_out_accuracy float8, trained boolean, leaked boolean)
language sql stable as $$
    select p.proposal_id, p.label, p.value, p.certainty, p.state, p.decided_by, p.note, p.coin_id,
           p.collection, p.inventory_number, p.type, p.denomination, p.mint, p.year_from, p.year_to,
           p.weight_g, p.model, p.spaces, p.face, p.held_out_accuracy, p.trained, p.leaked
    from api.proposals p
    where (browse_proposals.label is null or p.label = browse_proposals.label)
      and p.state = browse_proposals.state
    order by p.decided_at desc nulls first, p.certainty desc, p.proposal_id offset skip limit at_most
$$;
comment on function part.browse_proposals is
    'For pages: some of what models propose: the most certain first, or the latest decisions.';

create view part.count_proposals as
select p.label, p.state, count(*) as proposals from api.proposals p group by 1, 2;
comment on view part.count_proposals is 'For pages: how many proposals of each label are in each state.';
comment on column part.count_proposals.state is 'proposed, accepted or rejected';
comment on column part.count_proposals.proposals is 'How many there are';

create function part.browse_twice(skip int, at_most int)
returns table (coin_id int, collection text, inventory_number text, other_id int, other_collection text,
               other_inventory_number text, reasons text[], pairs bigint) language sql stable as $$
    select t.coin_id, t.collection, t.inventory_number, t.other_id, t.other_collection,
           t.other_inventory_number, t.reasons, count(*) over ()
    from api.same_coin_twice() with ordinality t order by t.ordinality offset skip limit at_most
$$;
comment on function part.browse_twice is
    'For pages: some of the pairs of records that may be of one coin, and how many there are.';

create function part.browse_twice_within(at_most int)
returns table (coin_id int, collection text, inventory_number text, kind text) language sql stable as $$
    select d.coin_id, d.collection, d.inventory_number, d.kind from api.duplicate_photographs() d
    where d.coin_id = d.other_coin_id limit at_most
$$;
comment on function part.browse_twice_within is
    'For pages: coins of which one photograph shows both faces, though it has one coin in it.';

-- Learnt spaces: derived spaces whose axes come from a label of the records, and the coins they come from.

create function job.sides_to_learn_from(label text, face text, space text, predicate text, seed int,
                                        at_most int)
returns table (side_id int, coin_id int, face text, collection text, inventory_number text, label_value text,
               placeholders bigint) language sql stable as $$
    with labelled as materialized (
        select s.side_id, s.coin_id, s.face, l.label_value, part.is_placeholder(l.label_value) as says_nothing
        from api.coin_labels(label, face) l join core.side s using (coin_id)
        join job.sides_in(job.has_table(space)) h on h.side_id = s.side_id
        where sides_to_learn_from.face in (s.face, 'both')
          -- Not from a value that a model proposed and a person accepted.
          and s.coin_id not in (select job.accepted_coins(label))
          and (predicate = 'true' or s.coin_id in (select part.passing(predicate, 'both'))))
    select l.side_id, l.coin_id, l.face, o.name, c.inventory_number, l.label_value,
           (select count(*) from labelled where says_nothing)
    from labelled l join core.coin c using (coin_id) join core.collection o using (collection_id)
    where not l.says_nothing
    -- Ordered by what a side is, not by when it was loaded: another store learns the same.
    order by md5(concat_ws('/', seed, o.name, c.inventory_number)), l.face limit at_most
$$;
comment on function job.sides_to_learn_from is
    'Up to at_most sides that have a vector in a space, of coins that have a label, in an order by seed; '
    'placeholders: how many more have a label that means nothing.';

create function job.learn_space(name text, source text, recipe jsonb, dims int, "precision" text,
                                mean float8[], coins int[], out space_id int, out is_new boolean)
language plpgsql as $$
declare
    id int := job.add_space_of(name, recipe, dims, "precision",
                               jsonb_build_array(jsonb_build_object('space', source)));
begin
    space_id := id;
    insert into core.centre (space_id, sides, mean)
    values (id, (recipe ->> 'sides')::int, learn_space.mean::vector) on conflict do nothing;
    is_new := found;
    insert into core.learnt (space_id, coin_id) select id, unnest(coins) on conflict do nothing;
end $$;
comment on function job.learn_space is
    'Adds a derived space that was learnt from some coins; its axes are to be stored if it is new.';

create function job.note_learnt(space text, coins int[]) returns void language sql as $$
    insert into core.learnt (space_id, coin_id) select s.space_id, unnest(coins) from core.space s
    where s.name = space on conflict do nothing
$$;
comment on function job.note_learnt is 'Notes the coins that a space was learnt from.';

create function job.made_from(space text) returns setof int language sql stable as $$
    with recursive made (space_id) as (
        select s.space_id from core.space s where s.name = space
        union
        select p.source_id from core.part p join made using (space_id))
    select m.space_id from made m
$$;
comment on function job.made_from is 'The keys of a space and of all that it is made of.';

create function job.learnt_coins(spaces text[]) returns setof int language sql stable as $$
    select distinct l.coin_id from unnest(spaces) x cross join lateral job.made_from(x) m (space_id)
    join core.learnt l using (space_id)
$$;
comment on function job.learnt_coins is
    'The coins whose label is part of the vectors of some spaces, or of what they are made of.';

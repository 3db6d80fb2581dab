-- Fused and fine-tuned spaces: their fitted networks, and what these learn from.

create view part.networks as
select s.name as space, job.shown_recipe(s.recipe) as recipe, encode(sha256(n.body), 'hex') as network_sha256,
       n.history, n.fitted_at
from core.network n join core.space s using (space_id);
comment on view part.networks is
    'One row for each fitted network: how and on what it was fitted (recipe), and the losses of each epoch.';

create function job.store_network(space text, body bytea, history jsonb) returns void language sql as $$
    insert into core.network (space_id, body, history)
    select s.space_id, body, history from core.space s where s.name = store_network.space
    on conflict do nothing
$$;
comment on function job.store_network is 'Stores the network that was fitted for a space, and its losses.';

create function job.network(space text) returns bytea language sql stable as $$
    select n.body from core.network n join core.space s using (space_id) where s.name = space
$$;
comment on function job.network is 'The fitted network of a space.';

create function job.sides_to_learn(image text, sentences text, label text, at_most int, seed int)
returns table (side_id int, collection text, sentence text, label_value text, fingerprint text)
language plpgsql as $$
begin
    perform part.known_space(image), part.known_space(sentences);
    if label is not null and not exists (select from pg_attribute a where a.attrelid = 'api.sides'::regclass
                                         and a.attname = label and a.attnum > 0) then
        raise 'there is no field % of coins to learn from', label using errcode = 'CS001';
    end if;
    -- Chosen and ordered by what a side is, not by when it was loaded: another store learns the same.
    return query
        select s.side_id, s.collection, t.sentence, to_jsonb(s) ->> label,
               md5(concat_ws('/', s.collection, s.inventory_number, s.face, i.embedding::text,
                             x.embedding::text))
        from api.sides s
        left join job.vectors_of(image) i using (side_id)
        left join job.vectors_of(sentences) x using (side_id)
        left join core.sentence t on t.side_id = s.side_id
             and t.space_id = (select p.space_id from core.space p where p.name = sentences)
        where i.side_id is not null or x.side_id is not null
        order by md5(concat_ws('/', seed, s.collection, s.inventory_number, s.face)) limit at_most;
end $$;
comment on function job.sides_to_learn is
    'Sides that have a vector in either space: sentence, a field as the label, and a hash of who they are '
    'and what is learned from them.';

-- What the vectors of a space are made from: photographs, sentences, or the vectors of other spaces.

create function job.parts_of(space text) returns text[] language sql stable as $$
    select array_agg(o.name order by p.n) from core.part p
    join core.space o on o.space_id = p.source_id join core.space s on s.space_id = p.space_id
    where s.name = space
$$;

create function job.sides_of(space text) returns text language plpgsql stable as $$
declare
    recipe jsonb := (select s.recipe from core.space s where s.name = space);
    parts text[] := (select array_agg(format('select side_id from core.%I', 'embedding_' || part))
                     from unnest(job.parts_of(space)) part);
    of_face text := case when recipe ? 'face' then format(' and face = %L', recipe ->> 'face') else '' end;
begin
    -- As SQL: which sides a space could hold.
    return '(' || case recipe ->> 'family'
        when 'imported' then format('select side_id from core.%I', 'embedding_' || space)
        when 'derived' then parts[1]
        when 'blended' then array_to_string(parts, ' intersect ')
        -- Of an image alone, of text alone, of both: once no part has the side still to do.
        when 'fused' then 'select side_id from (' || array_to_string(parts, ' union ') || ') u where '
            || (select string_agg('side_id not in ' || job.pending_of(part), ' and ') from unnest(job.parts_of(space)) part)
        else case when recipe ? 'templates' then 'select side_id from core.side where true'
                  else 'select side_id from core.side where sha256 is not null' end || of_face end || ')';
end $$;

create function job.pending_of(space text) returns text language sql stable as $$
    select format('(select q.side_id from %s q
                    where not exists (select from core.%I e where e.side_id = q.side_id)
                      and not exists (select from core.fault f where f.side_id = q.side_id and f.space_id = %s))',
                  job.sides_of(space), 'embedding_' || space, s.space_id)
    from core.space s where s.name = space
$$;
comment on function job.pending_of is 'As SQL: the sides that a space could hold and has neither a vector nor a fault of.';

create function job.counted(sides text) returns bigint language plpgsql stable as $$
declare
    n bigint;
begin
    execute format('select count(*) from %s s', sides) into n;
    return n;
end $$;
comment on function job.counted is 'How many rows a table, or a subselect as job.sides_of gives one, has.';

create function job.pending(space text) returns bigint language sql stable as $$
    select job.counted(job.pending_of(space))
$$;
comment on function job.pending is 'How many sides that a space could hold have neither a vector nor a fault in it.';

create function job.possible(space text) returns bigint
language sql stable security definer as $$   -- its search_path: 90_grants.sql
    select job.counted(job.sides_of(space))
$$;
comment on function job.possible is 'How many sides a space could hold.';

create function job.add_space_of(name text, recipe jsonb, dims int, "precision" text, parts jsonb)
returns int language plpgsql as $$
declare
    id int;
begin
    perform api.known_space(e ->> 'space') from jsonb_array_elements(parts) e;
    -- Made of what was drawn at random it is so itself; it has seen what any of its parts has seen.
    id := job.add_space(name, recipe || jsonb_build_object('trained',
        (select bool_and(s.trained) from core.space s join jsonb_array_elements(parts) e on s.name = e ->> 'space')),
        dims, "precision");
    if not exists (select from core.part p where p.space_id = id) then
        insert into core.part (space_id, n, source_id, weight)
        select id, e.n, s.space_id, coalesce((e.part ->> 'weight')::float8, 1)
        from jsonb_array_elements(parts) with ordinality e (part, n) join core.space s on s.name = e.part ->> 'space';
        update core.space t set sees = case when not exists (
                select from core.part p join core.space o on o.space_id = p.source_id
                where p.space_id = id and o.sees is null) then array(
                    select distinct x from core.part p join core.space o on o.space_id = p.source_id, unnest(o.sees) x
                    where p.space_id = id
                    union select x from jsonb_array_elements_text(add_space_of.recipe -> 'learnt') x order by 1) end
        where t.space_id = id;
    end if;
    return id;
end $$;
comment on function job.add_space_of is
    'Makes a space out of others ([{"space", "weight"}]); "learnt" in its recipe are fields that it was fitted on.';

create function job.vectors_of(space text, sides int[]) returns table (side_id int, embedding vector)
language plpgsql stable as $$
begin
    return query execute format('select e.side_id, e.embedding::vector from core.%I e where e.side_id = any($1) order by 1',
                                'embedding_' || space) using sides;
end $$;
comment on function job.vectors_of is 'The vectors that some sides have in a space.';

create function job.part_vectors(space text, n int, sides int[]) returns table (side_id int, embedding vector)
language plpgsql as $$
declare
    source core.space := (select o from core.part p join core.space o on o.space_id = p.source_id
                          join core.space s on s.space_id = p.space_id
                          where s.name = part_vectors.space and p.n = part_vectors.n);
begin
    -- Held from here on: a switch of names comes before, and is noticed, or after.
    if (api.known_space(source.name)).space_id <> source.space_id then
        raise 'the name % stands for another space since this run began; run it again', source.name using errcode = 'CS003';
    end if;
    return query select * from job.vectors_of(source.name, sides);
end $$;
comment on function job.part_vectors is 'The vectors that some sides have in the n-th of the spaces that a space is made of.';

create function job.hold_records() returns void language sql as $$
    -- No load may change what is known of a side between reading it and writing what was made of it: such
    -- a load waits, and then drops what was made.
    select pg_advisory_xact_lock_shared(job.lock_number('records'))
$$;
comment on function job.hold_records is 'Until the transaction ends no records are loaded; several may hold them at once.';

create function job.known_of(sides int[]) returns setof api.sides language sql stable as $$
    select * from api.sides s where s.side_id = any(sides) order by s.side_id
$$;
comment on function job.known_of is 'What is known of some sides, for their sentences.';

create function job.known_hash(sees text[], side int) returns uuid language sql stable as $$
    select md5((select jsonb_object_agg(k.key, k.value) from jsonb_each(to_jsonb(s)) k
                where k.key = any(sees || array['face'] ||
                                  case when 'date' = any(sees) then array['year_from', 'year_to'] else '{}' end))::text)::uuid
    from api.sides s where s.side_id = known_hash.side
$$;

create function job.store_sentences(space text, batch jsonb) returns void language sql as $$
    insert into core.sentence (space_id, side_id, sentence, fields, known)
    select s.space_id, (e ->> 'side_id')::int, e ->> 'sentence', array(select jsonb_array_elements_text(e -> 'fields')),
           job.known_hash(s.sees, (e ->> 'side_id')::int)
    from jsonb_array_elements(batch) e, core.space s where s.name = store_sentences.space
    on conflict (space_id, side_id) do update
    set sentence = excluded.sentence, fields = excluded.fields, known = excluded.known
$$;
comment on function job.store_sentences is 'Keeps which sentence stands for a side in a space, and which fields it used.';

create view api.sentences as
select s.name as space, t.side_id, t.sentence, t.fields
from core.sentence t join core.space s using (space_id);
comment on view api.sentences is
    'What was said of a side in a space of sentences, and which fields of the record it used: labels that leaked.';

create function job.forget_sides(sides int[]) returns void language sql as $$
    -- Sentences do not hang on the photograph; what was made elsewhere cannot be made anew.
    select job.forget_vectors(s.name, forget_sides.sides) from core.space s
    where forget_sides.sides <> '{}' and not s.recipe ? 'templates' and s.recipe ->> 'family' is distinct from 'imported';
    delete from core.fault where side_id = any(sides) and space_id is null
$$;
comment on function job.forget_sides is 'Drops the vectors and faults of sides whose photograph has changed.';

create function job.forget_sentences(coins int[]) returns void language plpgsql as $$
declare
    said core.space;
    sides int[];
begin
    for said in select s.* from core.space s where s.recipe ? 'templates' and coins <> '{}' loop
        sides := array(select d.side_id from core.side d
                       where d.coin_id = any(coins) and not exists (
                           select from core.sentence t where t.space_id = said.space_id and t.side_id = d.side_id
                                                         and t.known = job.known_hash(said.sees, d.side_id)));
        perform job.forget_vectors(said.name, sides);
        perform job.renew_dependents(said.name, sides);
    end loop;
end $$;
comment on function job.forget_sentences is
    'Drops the vectors that were made from what was known of coins which have changed; they are made anew.';

create function job.renew_dependents(space text, sides int[]) returns void language plpgsql as $$
declare
    made text;
begin
    -- What was made of the other parts alone is made anew, with this one.
    for made in select distinct d.name from core.part p join core.space d using (space_id)
                join core.space s on s.space_id = p.source_id where s.name = renew_dependents.space loop
        perform job.forget_vectors(made, sides);
        perform job.renew_dependents(made, sides);
    end loop;
end $$;
comment on function job.renew_dependents is 'Drops what was made of sides before they had a vector in one of its parts.';

create function job.forget_vectors(space text, sides int[]) returns void language plpgsql as $$
begin
    execute format('delete from core.%I where side_id = any($1)', 'embedding_' || space) using sides;
    delete from core.sentence t using core.space s
    where t.space_id = s.space_id and s.name = space and t.side_id = any(sides);
    delete from core.fault f using core.space s
    where f.space_id = s.space_id and s.name = space and f.side_id = any(sides);
end $$;

create function job.store_network(space text, body bytea, history jsonb) returns void language sql as $$
    insert into core.network (space_id, body, history)
    select s.space_id, body, history from core.space s where s.name = store_network.space
    on conflict do nothing
$$;
comment on function job.store_network is 'Keeps the network that was fitted for a space, and how its losses went.';

create function job.network(space text) returns bytea language sql stable as $$
    select n.body from core.network n join core.space s using (space_id) where s.name = space
$$;

create view api.networks as
select s.name as space, s.recipe, encode(sha256(n.body), 'hex') as network_sha256, n.history, n.fitted_at
from core.network n join core.space s using (space_id);
comment on view api.networks is
    'One row for each fitted network: how it was fitted, on what (in the recipe), and the losses of each epoch.';

create function job.sides_to_learn(image text, text text, label text, at_most int, seed int)
returns table (side_id int, collection text, sentence text, label_value text, fingerprint text)
language plpgsql as $$
begin
    perform api.known_space(image), api.known_space(text);
    if label is not null and not exists (select from pg_attribute a where a.attrelid = 'api.sides'::regclass
                                         and a.attname = label and a.attnum > 0) then
        raise 'there is no field % of coins to learn from', label using errcode = 'CS001';
    end if;
    -- Chosen and in an order by what a side is, not by when it was loaded: another store learns the same.
    return query execute format(
        'select s.side_id, s.collection, t.sentence, to_jsonb(s) ->> $1,
                md5(concat_ws(''/'', s.collection, s.inventory_number, s.face, i.embedding::text, x.embedding::text))
         from api.sides s
         left join core.%1$I i using (side_id) left join core.%2$I x using (side_id)
         left join core.sentence t on t.side_id = s.side_id
              and t.space_id = (select space_id from core.space p where p.name = $4)
         where i.side_id is not null or x.side_id is not null
         order by md5(concat_ws(''/'', $3, s.collection, s.inventory_number, s.face)) limit $2',
        'embedding_' || image, 'embedding_' || text) using label, at_most, seed, text;
end $$;
comment on function job.sides_to_learn is
    'Sides that have a vector in either space: sentence, a field as label, and a hash of who they are and what is learned from.';

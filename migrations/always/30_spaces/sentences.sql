-- Spaces of sentences: what is said about a side, from what is known of its coin.

create view part.sentences as
select s.name as space, t.side_id, t.sentence, t.fields
from core.sentence t join core.space s using (space_id);
comment on view part.sentences is
    'The sentence about a side in a space of sentences, and the fields of the record that it uses: labels '
    'that leak.';

create function job.hold_records() returns void language sql as $$
    -- What is known of a side must not change between reading it and storing what was made from it: a load
    -- that changes it waits, and then drops what was made.
    select pg_advisory_xact_lock_shared(job.lock_number('records'))
$$;
comment on function job.hold_records is
    'Until the transaction ends no records are loaded; several transactions can hold them at the same time.';

create function job.known_of(sides int[]) returns setof api.sides language sql stable as $$
    select * from api.sides s where s.side_id = any(sides) order by s.side_id
$$;
comment on function job.known_of is 'What is known of some sides, for their sentences.';

create function job.known_hash(sees text[], side int) returns uuid language sql stable as $$
    select md5((
        select jsonb_object_agg(k.key, k.value) from jsonb_each(to_jsonb(s)) k
        where k.key = any(sees || array['face']) or 'date' = any(sees) and k.key in ('year_from', 'year_to')
    )::text)::uuid
    from api.sides s where s.side_id = known_hash.side
$$;
comment on function job.known_hash is
    'A hash of the fields that a sentence can use: another hash, another sentence.';

create function job.store_sentences(space text, batch jsonb) returns void language sql as $$
    insert into core.sentence (space_id, side_id, sentence, fields, known)
    select s.space_id, (e ->> 'side_id')::int, e ->> 'sentence',
           array(select jsonb_array_elements_text(e -> 'fields')),
           job.known_hash(s.sees, (e ->> 'side_id')::int)
    from jsonb_array_elements(batch) e, core.space s where s.name = store_sentences.space
    on conflict (space_id, side_id) do update
    set sentence = excluded.sentence, fields = excluded.fields, known = excluded.known
$$;
comment on function job.store_sentences is
    'Stores the sentence of each side in a space, and which fields it uses.';

create function job.forget_sentences(coins int[]) returns void language plpgsql as $$
declare
    said core.space;
    sides int[];
begin
    for said in select s.* from core.space s where s.recipe ? 'templates' and coins <> '{}' loop
        sides := array(select d.side_id from core.side d
                       where d.coin_id = any(coins) and not exists (
                           select from core.sentence t
                           where t.space_id = said.space_id and t.side_id = d.side_id
                             and t.known = job.known_hash(said.sees, d.side_id)));
        perform job.forget_vectors(said.name, sides);
        perform job.renew_dependents(said.name, sides);
    end loop;
end $$;
comment on function job.forget_sentences is
    'Drops the vectors of sentences about coins that have changed; they are made again.';

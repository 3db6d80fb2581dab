-- Proposals: what models propose for coins that lack a value. They are kept next to what people and sources
-- say, and never replace it.

create view api.proposals as
select p.proposal_id, p.classifier_id, c.label, p.value, p.certainty, p.state, p.decided_by, p.decided_at,
       p.note,
       p.applied, k.coin_id, k.collection, k.inventory_number, k.type, k.denomination, k.material, k.mint,
       k.authority, k.portrait, k.year_from, k.year_to, k.weight_g, k.diameter_mm, k.findspot,
       c.model, c.spaces, c.face,
       case when (select job.hides(false)) then job.shown_recipe(c.recipe) else c.recipe end as recipe,
       c.made_at,
       (c.figures ->> 'accuracy')::float8 as held_out_accuracy,
       c.trained, c.leaked
from core.proposal p join core.classifier c using (classifier_id) join api.coins k using (coin_id);
comment on view api.proposals is
    'One row for each value that a model proposes for a coin that lacked one, with the coin, the '
    'classifier, and what a person decided.';
comment on column api.proposals.certainty is
    'Estimated probability, 0 to 1, that the value is right; calibrated on groups that were held out';
comment on column api.proposals.state is 'proposed, accepted or rejected';
comment on column api.proposals.applied is
    'true: the coin has its value from this proposal; rejecting it removes the value';
comment on column api.proposals.held_out_accuracy is
    'Share of coins that the classifier got right where whole groups were held out, 0 to 1';
comment on column api.proposals.leaked is
    'true: a space has seen the label, or may have; the certainty measures that leak';

create function part.proposals_where(predicate text, label text default null, at_least float8 default 0,
                                     state text default null, classifier int default null)
returns setof api.proposals language plpgsql stable as $$
begin
    -- With the caller's rights: the predicate can read only what the caller can read.
    perform part.check_predicate(predicate, 'proposals');
    return query execute format($q$
        select * from api.proposals
        where ($1 is null or label = $1) and certainty >= $2 and ($3 is null or state = $3)
          and ($4 is null or classifier_id = $4) and (%s
        )
        order by certainty desc, proposal_id
    $q$, predicate) using label, at_least, state, classifier;
end $$;
comment on function part.proposals_where is
    'The rows of api.proposals that pass a condition and some bounds, the most certain first.';

create function job.said_by(classifier int) returns text language sql stable as $$
    select format('%s of %s (classifier %s)', c.model, array_to_string(c.spaces, ' + '), c.classifier_id)
    from core.classifier c where c.classifier_id = classifier
$$;

create function job.type_of(label text) returns int language sql stable as $$
    -- Several types may have this name: the one that most coins have.
    select t.type_id from core.type t left join core.coin_type ct on ct.type_id = t.type_id and ct.is_primary
    where part.type_label(t) = job.preferred('type', type_of.label)
    group by 1 order by count(ct.coin_id) desc, 1 limit 1
$$;
comment on function job.type_of is 'The type that api.coins shows under this name.';

create function job.store_proposals(classifier int, batch jsonb) returns int language plpgsql as $$
declare
    here core.classifier := (select c from core.classifier c where c.classifier_id = classifier);
    stored int;
begin
    perform job.lock('records');   -- as job.load_records: no load runs at the same time
    -- Replaces undecided proposals of an earlier run of the same kind.
    with gone as (
        delete from core.proposal p using core.classifier c
        where c.classifier_id = p.classifier_id and p.state = 'proposed'
          and (c.label, c.spaces, c.face, c.model) = (here.label, here.spaces, here.face, here.model)
        returning p.classifier_id, p.coin_id)
    delete from core.coin_type ct using gone g
    where here.label = 'type' and ct.coin_id = g.coin_id and ct.said_by_kind = 'model'
      and ct.said_by = job.said_by(g.classifier_id);
    with added as (
        insert into core.proposal (classifier_id, coin_id, value, certainty)
        select classifier, e.coin_id, e.value, e.certainty
        from jsonb_populate_recordset(null::core.proposal, batch) e join api.coins k using (coin_id)
        -- Skips coins that have gained a value since, and values that a person rejected.
        where part.known(to_jsonb(k) ->> here.label) is null
          and not exists (
              select from core.proposal o join core.classifier c using (classifier_id)
              where o.coin_id = e.coin_id and c.label = here.label and o.value = e.value
                and o.state = 'rejected')
        order by e.certainty desc, e.coin_id
        on conflict do nothing returning coin_id, value, certainty),
    said as (
        insert into core.coin_type (coin_id, type_id, said_by_kind, said_by, certainty)
        select a.coin_id, t, 'model', job.said_by(classifier), a.certainty
        from added a, job.type_of(a.value) t
        where here.label = 'type' and t is not null on conflict do nothing)
    select count(*) into stored from added;
    return stored;
end $$;
comment on function job.store_proposals is
    'Stores what a classifier proposes and returns how many; replaces undecided proposals of earlier '
    'classifiers of its kind. A proposed type is also stored as an attribution by a model, which is never a '
    'coin''s primary type.';

create function job.expect_proposals(ids int[]) returns void language plpgsql as $$
declare
    unknown int := (select min(i) from unnest(ids) i
                    where not exists (select from core.proposal p where p.proposal_id = i));
begin
    if unknown is not null then
        raise 'there is no proposal %; see: coinstore proposals list', unknown using errcode = 'CS001';
    end if;
end $$;

create function job.set_value(coin int, label text, old text, new text) returns void language sql as $$
    update core.coin c
    set denomination = case label when 'denomination' then new else c.denomination end,
        material = case label when 'material' then new else c.material end,
        mint = case label when 'mint' then new else c.mint end,
        authority = case label when 'authority' then new else c.authority end,
        portrait = case label when 'portrait' then new else c.portrait end
    where c.coin_id = coin and old is not distinct from part.known(case label
        when 'denomination' then c.denomination when 'material' then c.material when 'mint' then c.mint
        when 'authority' then c.authority when 'portrait' then c.portrait end)
$$;
comment on function job.set_value is
    'Changes a field of a coin (one of job.can_propose, but type) from one value, or null, to another.';

create function job.give_value(coin int, label text, value text, said_by text) returns void
language plpgsql as $$
begin
    if label = 'type' then
        insert into core.coin_type (coin_id, type_id, said_by_kind, said_by)
        values (coin, job.type_of(value), 'person', said_by) on conflict do nothing;
        perform job.choose_primary_types(array[coin]);
    else
        perform job.set_value(coin, label, null, job.preferred(label, value));
        -- As a load does: when the term is removed, the coin shows what was proposed.
        insert into core.recorded (coin_id, field, value)
        select coin, label, give_value.value where job.preferred(label, give_value.value) <> give_value.value
        on conflict do nothing;
    end if;
end $$;

create function job.take_value(coin int, label text, value text, said_by text) returns void
language plpgsql as $$
begin
    if label = 'type' then
        delete from core.coin_type ct
        where ct.coin_id = coin and ct.type_id = job.type_of(value)
          and (ct.said_by_kind, ct.said_by) = ('person', take_value.said_by);
        perform job.choose_primary_types(array[coin]);
    else
        perform job.set_value(coin, label, job.preferred(label, value), null);
        -- A term may have replaced the value since.
        delete from core.recorded r
        where (r.coin_id, r.field, r.value) = (take_value.coin, take_value.label, take_value.value);
    end if;
end $$;

create function job.accept_proposals(ids int[], said_by text, note text default null)
returns table (accepted int, unchanged int, occupied int) language plpgsql as $$
declare
    p record;
    has text;
begin
    perform job.lock('records'), job.expect_proposals(ids);
    accepted := 0; unchanged := 0; occupied := 0;
    for p in select o.*, c.label from core.proposal o join core.classifier c using (classifier_id)
             where o.proposal_id = any(ids) order by o.certainty desc, o.proposal_id
    loop
        has := (select part.known(to_jsonb(k) ->> p.label) from api.coins k where k.coin_id = p.coin_id);
        if p.state = 'accepted' then
            unchanged := unchanged + 1;
        -- The coin has another value by now, or no type has this name any more.
        elsif has <> job.preferred(p.label, p.value) or p.label = 'type' and job.type_of(p.value) is null then
            occupied := occupied + 1;
        else
            if has is null then
                perform job.give_value(p.coin_id, p.label, p.value, said_by);
            end if;
            update core.proposal o set state = 'accepted', decided_by = said_by, decided_at = now(),
                                       note = accept_proposals.note, applied = has is null
            where o.proposal_id = p.proposal_id;
            perform job.say_as_model(p.proposal_id);
            accepted := accepted + 1;
        end if;
    end loop;
    perform job.forget_texts(array(
        select distinct o.coin_id from core.proposal o where o.proposal_id = any(ids)));
    return next;
end $$;
comment on function job.accept_proposals is
    'A person accepts proposals: a coin without a value gets it. occupied: the coin has another value by '
    'now; nothing is changed.';

create function job.say_as_model(proposal int) returns void language sql as $$
    -- For a type that was rejected first and accepted later.
    insert into core.coin_type (coin_id, type_id, said_by_kind, said_by, certainty)
    select p.coin_id, job.type_of(p.value), 'model', job.said_by(p.classifier_id), p.certainty
    from core.proposal p join core.classifier c using (classifier_id)
    where p.proposal_id = proposal and c.label = 'type' on conflict do nothing
$$;

create function job.reject_proposals(ids int[], said_by text, note text default null)
returns table (rejected int, unchanged int, taken_back int) language plpgsql as $$
declare
    p record;
begin
    perform job.lock('records'), job.expect_proposals(ids);
    rejected := 0; unchanged := 0; taken_back := 0;
    for p in select o.*, c.label from core.proposal o join core.classifier c using (classifier_id)
             where o.proposal_id = any(ids) order by o.proposal_id
    loop
        if p.state = 'rejected' then
            unchanged := unchanged + 1;
            continue;
        end if;
        update core.proposal o set state = 'rejected', decided_by = said_by, decided_at = now(),
                                   note = reject_proposals.note, applied = false
        where o.proposal_id = p.proposal_id;
        delete from core.coin_type ct
        where p.label = 'type' and ct.coin_id = p.coin_id and ct.said_by_kind = 'model'
          and ct.said_by = job.said_by(p.classifier_id);
        if p.applied then
            perform job.take_back(p.proposal_id, p.decided_by);
            taken_back := taken_back + 1;
        end if;
        rejected := rejected + 1;
    end loop;
    perform job.forget_texts(array(
        select distinct o.coin_id from core.proposal o where o.proposal_id = any(ids)));
    return next;
end $$;
comment on function job.reject_proposals is
    'A person rejects proposals. If one was accepted and gave the coin its value, that value is removed.';

create function job.reopen_proposals(ids int[]) returns int language plpgsql as $$
declare
    p record;
    reopened int := 0;
begin
    perform job.lock('records'), job.expect_proposals(ids);
    for p in select o.* from core.proposal o
             where o.proposal_id = any(ids) and o.state <> 'proposed' order by o.proposal_id
    loop
        update core.proposal o set state = 'proposed', decided_by = null, decided_at = null, note = null,
                                   applied = false
        where o.proposal_id = p.proposal_id;
        if p.applied then
            perform job.take_back(p.proposal_id, p.decided_by);
        end if;
        perform job.say_as_model(p.proposal_id);
        reopened := reopened + 1;
    end loop;
    perform job.forget_texts(array(
        select distinct o.coin_id from core.proposal o where o.proposal_id = any(ids)));
    return reopened;
end $$;
comment on function job.reopen_proposals is
    'Takes decisions back: the proposals are open again. A value that a coin got from one of them goes.';

create function job.take_back(proposal int, given_by text) returns void language plpgsql as $$
declare
    p record;
    other core.proposal;
begin
    select o.*, c.label into p from core.proposal o join core.classifier c using (classifier_id)
    where o.proposal_id = proposal;
    perform job.take_value(p.coin_id, p.label, p.value, given_by);
    -- Another accepted proposal has the same value: the coin now has its value from that one.
    select o.* into other from core.proposal o join core.classifier c using (classifier_id)
    where o.coin_id = p.coin_id and c.label = p.label and o.value = p.value and o.state = 'accepted'
    order by o.decided_at, o.proposal_id limit 1;
    if other.proposal_id is not null then
        perform job.give_value(p.coin_id, p.label, p.value, other.decided_by);
        update core.proposal o set applied = true where o.proposal_id = other.proposal_id;
    end if;
end $$;

create function job.keep_accepted() returns void language plpgsql as $$
begin
    -- During a load: a record without the field does not remove an accepted value. A record with the field
    -- wins, even if its value is the same: from then on the value is the source's own.
    with held as (
        select p.proposal_id, i.n, c.label, s.fields ->> c.label as said
        from incoming i join incoming_record s using (n)
        join core.proposal p using (coin_id) join core.classifier c using (classifier_id)
        where p.applied and c.label <> 'type' and s.fields ? c.label and i.status = 'unchanged'),
    spoken as (
        update core.proposal p set applied = false from held h
        where h.proposal_id = p.proposal_id and h.said is not null)
    update incoming_record i set fields = i.fields - h.labels
    from (select n, array_agg(label) as labels from held where said is null group by 1) h where h.n = i.n;
end $$;
comment on function job.keep_accepted is
    'Part of job.load_records: keeps accepted values until a source gives a value of its own.';

-- Classifying: what is learned from, and how well that went where whole groups were held out.

create function job.coins_to_classify(label text, face text, spaces text[], seed int)
returns table (coin_id int, collection text, inventory_number text, findspot text, label_value text, sides int[])
language plpgsql as $$
declare
    has text;
begin
    select string_agg(format('exists (select from core.%I e where e.side_id = s.side_id)',
                             'embedding_' || (api.known_space(x)).space), ' and ') into has from unnest(spaces) x;
    -- In an order by what a coin is, not by when it was loaded: another store learns the same.
    return query execute format(
        'select c.coin_id, c.collection, c.inventory_number, c.findspot, l.label_value, h.sides
         from api.coins c left join (%s) l using (coin_id)
         left join (select s.coin_id, array_agg(s.side_id order by s.face) as sides
                    from core.side s where $1 in (s.face, ''coin'') and %s
                    group by 1 having count(*) = case $1 when ''coin'' then 2 else 1 end) h using (coin_id)
         -- What a model proposed and a person accepted is neither learned from nor measured by.
         where c.coin_id not in (select job.accepted_coins($3))
         order by md5(concat_ws(''/'', $2, c.collection, c.inventory_number))',
        api.label_query(label, face), coalesce(has, 's.sha256 is not null')) using face, seed, label;
end $$;
comment on function job.coins_to_classify is
    'Every coin with its value of a label, and the sides by which spaces know it (in the order obverse, reverse); null where one lacks a vector. Without spaces: by their photographs.';

create function job.locations_of(sides int[]) returns table (side_id int, location text, sha256 text) language sql stable as $$
    select s.side_id, s.image_location, encode(s.sha256, 'hex') from core.side s where s.side_id = any(sides) order by 1
$$;
comment on function job.locations_of is 'Where the photographs of some sides lie.';

create function job.can_propose(label text) returns boolean language sql immutable as $$
    select label in ('type', 'denomination', 'material', 'mint', 'authority', 'portrait')
$$;
comment on function job.can_propose is 'Whether a coin that lacks this label can be given one by accepting a proposal.';

create function job.add_classifier(said jsonb, confusions jsonb) returns int language plpgsql as $$
declare
    id int;
begin
    insert into core.classifier (label, spaces, face, model, recipe, seed, library, trained, leaked, figures, history)
    select c.label, c.spaces, c.face, c.model, c.recipe, c.seed, c.library, c.trained, c.leaked, c.figures, c.history
    from jsonb_populate_record(null::core.classifier, said) c
    -- The same again: what people decided about its proposals stays with it.
    on conflict (label, spaces, face, model, recipe, seed) do update
    set library = excluded.library, figures = excluded.figures, history = excluded.history, trained = excluded.trained,
        leaked = excluded.leaked, made_at = now()
    returning classifier_id into id;
    delete from core.confusion c where c.classifier_id = id;
    insert into core.confusion (classifier_id, truth, predicted, coins, unlearnable)
    select id, e.truth, e.predicted, e.coins, e.unlearnable
    from jsonb_populate_recordset(null::core.confusion, confusions) e;
    return id;
end $$;
comment on function job.add_classifier is 'Keeps a classifier with its figures; its number. One of the same recipe and seed keeps its number.';

create view api.classifiers as
select c.classifier_id, c.label, c.spaces, c.face, c.model, c.recipe, c.seed, c.library, c.trained, c.leaked, c.figures,
       (c.figures ->> 'coins')::int as coins, (c.figures ->> 'values')::int as "values",
       (c.figures ->> 'accuracy')::float8 as accuracy, (c.figures ->> 'macro_f1')::float8 as macro_f1,
       (c.figures ->> 'majority_accuracy')::float8 as majority_accuracy,
       p.proposed, p.accepted, p.rejected, c.history, c.made_at
from core.classifier c
left join lateral (select count(*) filter (where state = 'proposed') as proposed,
                          count(*) filter (where state = 'accepted') as accepted,
                          count(*) filter (where state = 'rejected') as rejected
                   from core.proposal p where p.classifier_id = c.classifier_id) p on true;
comment on view api.classifiers is
    'One row for each classifier: its recipe, its figures where whole groups (collections, findspots) were held out, and what became of its proposals.';
comment on column api.classifiers.trained is 'false: a space has weights drawn at random, and its figures say little';
comment on column api.classifiers.leaked is 'true: a space has seen the label, or may have; every figure measures that leak';
comment on column api.classifiers.majority_accuracy is 'What always saying the most frequent value would reach, 0 to 1: a classifier is to be above it';

create view api.confusions as
select f.classifier_id, c.label, f.truth, f.predicted, f.coins, f.unlearnable, c.trained, c.leaked
from core.confusion f join core.classifier c using (classifier_id);
comment on view api.confusions is
    'The confusion matrix of each classifier as rows: coins of groups that were held out, by what they are and what they were taken for. unlearnable: of those, coins whose value no coin outside their group has.';

create view api.class_figures as
with cell as (
    select f.classifier_id, x.value, case x.value when f.truth then f.coins else 0 end as truly,
           case x.value when f.predicted then f.coins else 0 end as said,
           case when f.truth = f.predicted then f.coins else 0 end as hits,
           case x.value when f.truth then f.unlearnable else 0 end as unlearnable
    from core.confusion f
    cross join lateral (select f.truth as value union select f.predicted) x),
figure as (
    select classifier_id, value, sum(truly)::int as coins, sum(unlearnable)::int as unlearnable, sum(said)::int as predicted,
           sum(hits)::int as hits
    from cell group by 1, 2)
select f.classifier_id, c.label, f.value, f.coins, f.unlearnable, f.predicted,
       coalesce(f.hits::float8 / nullif(f.predicted, 0), 0) as "precision",
       coalesce(f.hits::float8 / nullif(f.coins, 0), 0) as recall,
       coalesce(2.0 * f.hits / nullif(f.predicted + f.coins, 0), 0)::float8 as f1, c.trained, c.leaked
from figure f join core.classifier c using (classifier_id);
comment on view api.class_figures is
    'One row for each value that a classifier knows: how many coins have it, precision, recall and F1 where groups were held out (0 where nothing was found).';
comment on column api.class_figures.value is 'The value of the label that the figures are of';
comment on column api.class_figures.precision is 'Of the coins to which the classifier gave the value, those that have it: 0 to 1';

create function api.figures_of_classes(classifier int) returns setof api.class_figures language sql stable as $$
    select * from api.class_figures f where f.classifier_id = classifier order by f.coins desc, f.value
$$;
comment on function api.figures_of_classes is 'The rows of api.class_figures of one classifier, the most frequent value first.';

create function api.classifier_named(classifier int) returns setof api.classifiers language plpgsql stable as $$
begin
    return query select * from api.classifiers c where c.classifier_id = classifier;
    if not found then
        raise 'there is no classifier %; see: coinstore proposals classifiers', classifier using errcode = 'CS001';
    end if;
end $$;
comment on function api.classifier_named is 'The classifier of this number, or an error.';

create function api.confusion_of(classifier int) returns setof api.confusions language sql stable as $$
    select * from api.confusions f where f.classifier_id = classifier order by f.truth, f.predicted
$$;
comment on function api.confusion_of is 'The confusion matrix of one classifier as rows.';

-- Classifiers: what they learn from, and how they did where whole groups were held out.

create function job.sides_with(spaces text[]) returns setof int language sql stable as $$
    -- Without spaces: the sides with a photograph that can be used.
    select s.side_id from core.side s where spaces = '{}' and s.sha256 is not null
    union all
    select v.side_id from part.side_spaces v where v.space = any(spaces)
    group by 1 having count(*) = cardinality(spaces)
$$;
comment on function job.sides_with is
    'The sides that have a vector in each of some different spaces; without spaces, those with a photograph.';

create function job.coins_to_classify(label text, face text, spaces text[], seed int)
returns table (coin_id int, collection text, inventory_number text, findspot text, label_value text,
               sides int[])
language plpgsql as $$
declare
    by_face text := face;
    chosen text[] := array(select distinct (part.known_space(x)).space from unnest(spaces) x);
begin
    return query
        select c.coin_id, c.collection, c.inventory_number, c.findspot, l.label_value, h.sides
        from api.coins c
        left join api.coin_labels(label, by_face) l using (coin_id)
        left join (
            select s.coin_id, array_agg(s.side_id order by s.face) as sides
            from core.side s join job.sides_with(chosen) w on w = s.side_id
            where by_face in (s.face, 'both')
            group by 1 having count(*) = case by_face when 'both' then 2 else 1 end) h using (coin_id)
        -- Neither learn from nor measure by a value that a model proposed and a person accepted.
        where c.coin_id not in (select job.accepted_coins(label))
        -- Ordered by what a coin is, not by when it was loaded: another store learns the same.
        order by md5(concat_ws('/', seed, c.collection, c.inventory_number));
end $$;
comment on function job.coins_to_classify is
    'Every coin with its value of a label, and its sides (obverse, then reverse) that have a vector in each '
    'space; null when one is missing. Without spaces: its sides with a photograph.';

create function job.locations_of(sides int[])
returns table (side_id int, location text, sha256 text, "outline" jsonb) language sql stable as $$
    select s.side_id, s.image_location, encode(s.sha256, 'hex'), job.outline_of(s.side_id) from core.side s
    where s.side_id = any(sides) order by 1
$$;
comment on function job.locations_of is
    'Where the photographs of some sides are, and where the coins are in them.';

create function job.can_propose(label text) returns boolean language sql immutable as $$
    select label in ('type', 'denomination', 'material', 'mint', 'authority', 'portrait')
$$;
comment on function job.can_propose is
    'Whether accepting a proposal can give this label to a coin that lacks it.';

create function job.add_classifier(said jsonb, confusions jsonb) returns int language plpgsql as $$
declare
    id int;
begin
    insert into core.classifier
        (label, spaces, face, model, recipe, seed, library, trained, leaked, figures, history)
    select c.label, c.spaces, c.face, c.model, c.recipe, c.seed, c.library, c.trained, c.leaked, c.figures,
           c.history
    from jsonb_populate_record(null::core.classifier, said) c
    -- A repeated run keeps its row, so that decisions about its proposals stay with it.
    on conflict (label, spaces, face, model, recipe, seed) do update
    set library = excluded.library, figures = excluded.figures, history = excluded.history,
        trained = excluded.trained, leaked = excluded.leaked, made_at = now()
    returning classifier_id into id;
    delete from core.confusion c where c.classifier_id = id;
    insert into core.confusion (classifier_id, truth, predicted, coins, unlearnable)
    select id, e.truth, e.predicted, e.coins, e.unlearnable
    from jsonb_populate_recordset(null::core.confusion, confusions) e;
    return id;
end $$;
comment on function job.add_classifier is
    'Stores a classifier with its figures and returns its number. The same recipe and seed keep the same '
    'number.';

create view api.classifiers as
select c.classifier_id, c.label, c.spaces, c.face, c.model, job.shown_recipe(c.recipe) as recipe, c.seed,
       c.library, c.trained, c.leaked,
       c.figures, (c.figures ->> 'coins')::int as coins, (c.figures ->> 'values')::int as label_values,
       (c.figures ->> 'accuracy')::float8 as accuracy, (c.figures ->> 'macro_f1')::float8 as macro_f1,
       (c.figures ->> 'majority_accuracy')::float8 as majority_accuracy,
       p.proposed, p.accepted, p.rejected, c.history, c.made_at
from core.classifier c
left join lateral (select count(*) filter (where state = 'proposed') as proposed,
                          count(*) filter (where state = 'accepted') as accepted,
                          count(*) filter (where state = 'rejected') as rejected
                   from core.proposal p where p.classifier_id = c.classifier_id) p on true;
comment on view api.classifiers is
    'One row for each classifier: its recipe, its figures where whole groups (collections, findspots) were '
    'held out, and what became of its proposals.';
comment on column api.classifiers.label_values is 'Different values of the label that it knows';
comment on column api.classifiers.trained is
    'false: a space has weights drawn at random, so the figures mean little';
comment on column api.classifiers.leaked is
    'true: a space has seen the label, or may have; every figure measures that leak';
comment on column api.classifiers.majority_accuracy is
    'Accuracy of always guessing the most common value, 0 to 1: a classifier should be better';

create view api.confusions as
select f.classifier_id, c.label, f.truth, f.predicted, f.coins, f.unlearnable, c.trained, c.leaked
from core.confusion f join core.classifier c using (classifier_id);
comment on view api.confusions is
    'The confusion matrix of each classifier as rows: coins of held-out groups, by their true and their '
    'predicted value. unlearnable: how many of them have a value that no coin outside their group has.';

create view api.class_figures as
with cell as (
    select f.classifier_id, x.value, case x.value when f.truth then f.coins else 0 end as truly,
           case x.value when f.predicted then f.coins else 0 end as said,
           case when f.truth = f.predicted then f.coins else 0 end as hits,
           case x.value when f.truth then f.unlearnable else 0 end as unlearnable
    from core.confusion f
    cross join lateral (select f.truth as value union select f.predicted) x),
figure as (
    select classifier_id, value, sum(truly)::int as coins, sum(unlearnable)::int as unlearnable,
           sum(said)::int as predicted, sum(hits)::int as hits
    from cell group by 1, 2)
select f.classifier_id, c.label, f.value, f.coins, f.unlearnable, f.predicted,
       coalesce(f.hits::float8 / nullif(f.predicted, 0), 0) as "precision",
       coalesce(f.hits::float8 / nullif(f.coins, 0), 0) as recall,
       coalesce(2.0 * f.hits / nullif(f.predicted + f.coins, 0), 0)::float8 as f1, c.trained, c.leaked
from figure f join core.classifier c using (classifier_id);
comment on view api.class_figures is
    'One row for each value that a classifier knows: how many coins have it, and precision, recall and F1 '
    'where groups were held out (0 where nothing was found).';
comment on column api.class_figures.value is 'The value of the label';
comment on column api.class_figures.precision is
    'Share of the coins predicted to have this value that do have it, 0 to 1';

create function part.figures_of_classes(classifier int) returns setof api.class_figures
language sql stable as $$
    select * from api.class_figures f where f.classifier_id = classifier order by f.coins desc, f.value
$$;
comment on function part.figures_of_classes is
    'The rows of api.class_figures of one classifier, the most common value first.';

create function part.classifier_named(classifier int) returns setof api.classifiers
language plpgsql stable as $$
begin
    return query select * from api.classifiers c where c.classifier_id = classifier;
    if not found then
        raise 'there is no classifier %; see: coinstore proposals classifiers', classifier
            using errcode = 'CS001';
    end if;
end $$;
comment on function part.classifier_named is 'The classifier of this number, or an error.';

create function part.confusion_of(classifier int) returns setof api.confusions language sql stable as $$
    select * from api.confusions f where f.classifier_id = classifier order by f.truth, f.predicted
$$;
comment on function part.confusion_of is 'The confusion matrix of one classifier as rows.';

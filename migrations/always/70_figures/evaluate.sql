-- Figures of spaces: which coins are held against each other, and what was found.

create function job.covered_coins(spaces text[], faces text[]) returns setof int language plpgsql stable as $$
begin
    -- n-th space by n-th face: what is compared side by side is compared on the same coins.
    return query execute (
        select string_agg(format('select coin_id from %s c where v1 is not null%s', api.compared_coins(s, f),
                                 case when f = 'coin' then ' and v2 is not null' else '' end), ' intersect ')
        from unnest(spaces, faces) x (s, f));
end $$;
comment on function job.covered_coins is 'The coins that have a vector in each of some spaces, by the face named beside it; by both faces for coin.';

create function job.accepted_coins(label text) returns setof int language sql stable as $$
    select p.coin_id from core.proposal p join core.classifier c using (classifier_id)
    where p.applied and c.label = accepted_coins.label
$$;
comment on function job.accepted_coins is
    'Coins that have a label because a person accepted what a model proposed: a model that is measured by its own words seems better than it is.';

create function job.evaluated_coins(label text, face text, spaces text[], faces text[], predicate text, seed int)
returns table (coin_id int, label_value text, collection_id int) language sql stable as $$
    select l.coin_id, l.label_value, c.collection_id
    from api.coin_labels(label, face) l join core.coin c using (coin_id)
    where l.coin_id in (select job.covered_coins(spaces, faces)) and l.coin_id not in (select job.accepted_coins(label))
      and (predicate = 'true' or l.coin_id in (select api.passing(predicate, 'coin')))
    order by md5(concat_ws('/', seed, (select o.name from core.collection o where o.collection_id = c.collection_id),
                           c.inventory_number)), 1
$$;
comment on function job.evaluated_coins is
    'The coins that have a label and vectors in all spaces that are compared, in an order by seed that another store would have, too.';

create function job.labelled_coins(label text, face text, predicate text, out labelled bigint, out accepted bigint)
language sql stable as $$
    select count(*), count(*) filter (where l.coin_id in (select job.accepted_coins(label))) from api.coin_labels(label, face) l
    where predicate = 'true' or l.coin_id in (select api.passing(predicate, 'coin'))
$$;
comment on function job.labelled_coins is 'How many coins have a label, and how many of them because a proposal was accepted.';

create function job.filters_to_try(collection text) returns table (setting text, predicate text) language sql immutable as $$
    values ('no filter', 'true'), ('10% of the coins', 'coin_id % 10 = 0'), ('1% of the coins', 'coin_id % 100 = 0'),
           ('other collections', format('collection <> %L', collection))
$$;

create function job.measure_search(space text, face text, k int, queries int, seed int)
returns table (setting text, recall float8, n bigint) language plpgsql as $$
declare
    exact text := case when face = 'coin' then format('api.%I($1)', 'similar_coins_' || space)
                       else format('api.%I($1, %L)', 'similar_' || space || '_exact', face) end;
    tried record;
    found float8[];
    nearest float8[];
begin
    create temp table if not exists tried_search (setting text, hits int, of int);
    truncate tried_search;
    for tried in
        select c.coin_id, f.* from (
            select c.coin_id, c.collection from api.coins c where c.coin_id in (select job.covered_coins(array[space], array[face]))
            order by md5(c.coin_id || '/' || seed) limit queries) c, job.filters_to_try(c.collection) f
    loop
        execute format('select array_agg(distance) from (select distance from %s s where %s order by distance + 0 limit $2) x',
                       exact, tried.predicate) into nearest using tried.coin_id, k;
        continue when nearest is null;
        if face = 'coin' then
            found := array(select s.distance from api.search_coins(space, tried.coin_id, 0.5, k, tried.predicate) s);
        else
            found := array(select s.distance from api.search(space, tried.coin_id, face, k, tried.predicate) s);
        end if;
        -- Of coins that are equally far any will do.
        insert into tried_search
        values (tried.setting, (select count(*) from unnest(found) d where d <= nearest[cardinality(nearest)] + 1e-9),
                cardinality(nearest));
    end loop;
    return query select t.setting, sum(least(t.hits, t.of))::float8 / sum(t.of), count(*) from tried_search t group by 1;
end $$;
comment on function job.measure_search is
    'Recall of the store''s own search against comparing all, for coins chosen by seed: unfiltered, among every tenth and hundredth coin, among other collections.';

create function job.begin_evaluation() returns int language sql as $$ select nextval('core.evaluation_run')::int $$;
comment on function job.begin_evaluation is 'The number of a new run.';

create function job.spread_of(space text, face text) returns table (figure text, value float8, pairs int)
language sql stable as $$
    select x.figure, x.value, p.pairs
    from core.spread p join core.space s using (space_id)
    cross join lateral (
        select 1 - max(k) filter (where share = 0.99), 1 - avg(k) filter (where share = 0 or share >= 0.001),
               1 - max(k) filter (where share = 0.01) from unnest(p.knots, p.shares) q (k, share)) q (p01, mean, p99)
    cross join lateral (values ('spread_p01', p01), ('spread_mean', mean), ('spread_p99', p99)) x (figure, value)
    where s.name = spread_of.space and p.face = case spread_of.face when 'coin' then 'both' else spread_of.face end
$$;
comment on function job.spread_of is 'How alike random pairs of a space are: 1st percentile, mean and 99th of their similarity.';

create function job.store_evaluation(evaluation jsonb, figures jsonb) returns int language plpgsql as $$
declare
    id int;
begin
    insert into core.evaluation (run, space, recipe, trained, sees, leaked, face, label, k, seed, predicate, coins, label_values,
                                 counts, queries, queries_across, sample, library, seconds)
    select e.run, e.space, s.recipe, s.trained, s.sees, coalesce(api.has_seen(e.space, e.label), true), e.face, e.label, e.k,
           e.seed, e.predicate, e.coins, e.label_values, e.counts, e.queries, e.queries_across, e.sample, e.library, e.seconds
    from jsonb_populate_record(null::core.evaluation, evaluation) e join core.space s on s.name = e.space
    where s.space_id = (evaluation ->> 'space_id')::int
    returning evaluation_id into id;
    if id is null then
        raise 'the name % stands for another space since this run began; run it again', evaluation ->> 'space'
            using errcode = 'CS003';
    end if;
    insert into core.evaluation_figure (evaluation_id, setting, figure, value, low, high, chance, n)
    select id, f.setting, f.figure, f.value, f.low, f.high, f.chance, f.n
    from jsonb_populate_recordset(null::core.evaluation_figure, figures) f;
    return id;
end $$;
comment on function job.store_evaluation is 'Keeps what one run found of one space, face and label; its key.';

create function job.store_comparisons(comparisons jsonb) returns void language sql as $$
    insert into core.evaluation_comparison
    select * from jsonb_populate_recordset(null::core.evaluation_comparison, comparisons)
$$;
comment on function job.store_comparisons is 'Keeps how two spaces of one run differ.';

create view api.evaluations as
select e.evaluation_id, e.run, e.label, e.space, e.face, f.setting, f.figure, f.value, f.low, f.high, f.chance, f.n,
       e.leaked, e.trained, e.k, e.seed, case when (select job.hides(false)) then null else e.predicate end as predicate, e.coins, e.label_values, e.counts, e.sees, e.recipe, e.library,
       e.seconds, e.made_at
from core.evaluation e join core.evaluation_figure f using (evaluation_id);
comment on view api.evaluations is
    'One row for each figure of a space: how well it finds what belongs together, with a 95% interval and beside chance. api.evaluation_queries says who was asked.';
comment on column api.evaluations.run is 'Figures of one run rest on the same coins, and may be compared';
comment on column api.evaluations.label is 'What belongs together: coins that agree in this';
comment on column api.evaluations.space is 'As it was called then; figures outlive their space, see recipe';
comment on column api.evaluations.setting is 'all: every other coin could be found; other collections: those of the query''s own were left out; else the filter of a search';
comment on column api.evaluations.figure is 'nn_agreement, precision_at_k, recall_at_k, map, r_precision (0 to 1), same_collection_at_1, same_collection_at_k, hubness_skew, antihub_share, similarity_within, similarity_between, auc, d_prime, spread_*, silhouette (-1 to 1), davies_bouldin (from 0, small is better), search_recall';
comment on column api.evaluations.low is 'Lower end of a 95% bootstrap interval over the queries: of other coins of these values and collections; null of pairs and groups';
comment on column api.evaluations.high is 'Upper end of that interval';
comment on column api.evaluations.chance is 'What an order by chance would give; null where that means nothing';
comment on column api.evaluations.n is 'Queries, pairs or coins that the figure rests on';
comment on column api.evaluations.leaked is 'true: the vectors were made from the label, or may have been, and the figure measures that';
comment on column api.evaluations.trained is 'false: the weights were drawn at random';
comment on column api.evaluations.predicate is 'Coins that pass this condition alone were compared; null for a login from whom coins are hidden: it may name them';
comment on column api.evaluations.counts is 'Coins that were left out, and why: placeholder (the value says that it is not known), accepted (a model proposed it), without_vector, alone (their value is no one else''s), alone_across, not_asked (beyond the number of queries)';

create view api.evaluation_comparisons as
select c.evaluation_id, c.other_id, e.run, e.label, e.space, e.face, o.space as other_space, o.face as other_face,
       c.setting, c.figure, c.difference, c.low, c.high, c.p, c.n, e.k, e.leaked or o.leaked as leaked, e.trained and o.trained as trained
from core.evaluation_comparison c join core.evaluation e using (evaluation_id)
join core.evaluation o on o.evaluation_id = c.other_id;
comment on view api.evaluation_comparisons is
    'One row for each figure in which two spaces (or faces) of one run were compared on the same queries.';
comment on column api.evaluation_comparisons.difference is 'Mean of this space less mean of the other; low and high: its 95% interval, values of the label drawn anew';
comment on column api.evaluation_comparisons.p is 'Of a two-sided paired randomisation test that throws a sign for each label value, since queries of one value are not independent; not corrected for how many were made';

-- A barrier: ids alone, but a user's condition is not to be tried on those that are hidden.
create view api.evaluation_queries with (security_barrier) as
select e.evaluation_id, q.setting, i.coin_id
from core.evaluation e
cross join lateral (values ('all', e.queries), ('other collections', e.queries_across), ('groups', e.sample)) q (setting, ids)
cross join lateral unnest(q.ids) i (coin_id)
where nullif((select job.hides(true)) and job.hides_coin(i.coin_id, (select job.hidden_collections(false))), true) is not null;
comment on view api.evaluation_queries is
    'The coins that were asked for their neighbours in an evaluation; groups: those on which silhouette and Davies-Bouldin rest.';

create function api.evaluation_figures(run int) returns setof api.evaluations language sql stable as $$
    select * from api.evaluations e where e.run = evaluation_figures.run order by e.evaluation_id, e.setting, e.figure
$$;
comment on function api.evaluation_figures is 'The figures of one run.';

create function api.evaluation_differences(run int) returns setof api.evaluation_comparisons language sql stable as $$
    select * from api.evaluation_comparisons c where c.run = evaluation_differences.run
    order by c.evaluation_id, c.other_space, c.other_face, c.setting, c.figure
$$;
comment on function api.evaluation_differences is 'How the spaces of one run differ.';

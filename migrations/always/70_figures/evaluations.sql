-- Figures of evaluations, for readers.

create view api.evaluations as
select e.evaluation_id, e.run, e.label, e.space, e.face, f.setting, f.figure, f.value, f.low, f.high,
       f.chance, f.n, e.leaked, e.trained, e.k, e.seed,
       case when (select job.hides(false)) then null else e.predicate end as predicate, e.coins,
       e.label_values, e.counts, e.sees,
       case when (select job.hides(false)) then job.shown_recipe(e.recipe) else e.recipe end as recipe,
       e.library, e.seconds, e.made_at, e.reranked
from core.evaluation e join core.evaluation_figure f using (evaluation_id);
comment on view api.evaluations is
    'One row for each figure of a space: how well it finds what belongs together, with a 95% interval and '
    'the figure that chance would give.';
comment on column api.evaluations.run is 'Figures of one run are about the same coins, and can be compared';
comment on column api.evaluations.label is 'What belongs together: coins with the same value of this label';
comment on column api.evaluations.space is
    'The name of the space at that time; figures outlive their space, see recipe';
comment on column api.evaluations.setting is
    'all: every other coin could be found; other collections: coins of the query''s own collection were '
    'left out; else the filter of a search';
comment on column api.evaluations.figure is
    'nn_agreement, precision_at_k, recall_at_k, map, r_precision (0 to 1), same_collection_at_1, '
    'same_collection_at_k, hubness_skew, antihub_share, similarity_within, similarity_between, auc, '
    'd_prime, spread_*, silhouette (-1 to 1), davies_bouldin (from 0, small is better), search_recall';
comment on column api.evaluations.low is
    'Lower end of a 95% bootstrap interval over the queries: it is about other coins of the same values and '
    'collections; null for figures of pairs and groups';
comment on column api.evaluations.high is 'Upper end of that interval';
comment on column api.evaluations.chance is 'What a random order would give; null where that has no meaning';
comment on column api.evaluations.n is 'Number of queries, pairs or coins behind the figure';
comment on column api.evaluations.leaked is
    'true: the vectors were made from the label, or may have been, and the figure measures that';
comment on column api.evaluations.trained is 'false: the weights were drawn at random';
comment on column api.evaluations.reranked is
    'true: the nearest 100 of each query were ordered again, as api.search does with rerank';
comment on column api.evaluations.predicate is
    'Only coins that pass this condition were compared; null for a login that may not see all coins: it may '
    'name them';
comment on column api.evaluations.counts is
    'Coins that were left out, and why: placeholder (the value says that it is not known), accepted (a '
    'model proposed it), without_vector, alone (no other coin has their value), alone_across, not_asked '
    '(beyond the number of queries)';

create view api.evaluation_comparisons as
select c.evaluation_id, c.other_id, e.run, e.label, e.space, e.face, o.space as other_space,
       o.face as other_face, c.setting, c.figure, c.difference, c.low, c.high, c.p, c.n, e.k,
       e.leaked or o.leaked as leaked, e.trained and o.trained as trained, e.reranked,
       o.reranked as other_reranked
from core.evaluation_comparison c join core.evaluation e using (evaluation_id)
join core.evaluation o on o.evaluation_id = c.other_id;
comment on view api.evaluation_comparisons is
    'One row for each figure in which two spaces (or faces) of one run were compared on the same queries.';
comment on column api.evaluation_comparisons.difference is
    'Mean of this space minus mean of the other; low and high: its 95% interval, by resampling values of '
    'the label';
comment on column api.evaluation_comparisons.p is
    'From a two-sided paired randomisation test that flips one sign for each label value, because queries '
    'with the same value are not independent; not corrected for multiple comparisons';

comment on column api.evaluation_comparisons.reranked is 'true: this space was re-ranked';
comment on column api.evaluation_comparisons.other_reranked is 'true: the other space was re-ranked';

create view api.evaluation_groups as
select e.evaluation_id, e.run, e.label, e.space, e.face, e.reranked, g.grouped_by, g.group_name, g.setting,
       g.n, g.nn_agreement, g.map, g.r_precision, g.chance, e.leaked, e.trained
from core.evaluation e
cross join lateral jsonb_to_recordset(e.by_group) g (
    grouped_by text, group_name text, setting text, n bigint, nn_agreement float8, map float8,
    r_precision float8, chance float8)
-- It names values and collections.
where not (select job.hides(false));
comment on view api.evaluation_groups is
    'The figures of an evaluation for the queries with one value of the label, or of one collection. Empty '
    'for a login that may not see all coins.';
comment on column api.evaluation_groups.grouped_by is
    'value: group_name is a value of the label; collection: a collection';
comment on column api.evaluation_groups.reranked is 'true: the nearest 100 of each query were ordered again';
comment on column api.evaluation_groups.group_name is 'The value of the label, or the collection';
comment on column api.evaluation_groups.nn_agreement is 'P@1: the share of queries whose nearest coin agrees';
comment on column api.evaluation_groups.map is 'Mean average precision, 0 to 1';
comment on column api.evaluation_groups.r_precision is 'Mean precision at R, the number of coins that agree';
comment on column api.evaluation_groups.n is 'Number of queries';
comment on column api.evaluation_groups.chance is 'The nn_agreement that a random order would give';

-- A security barrier: these are only ids, but a caller's condition must not be tried on hidden ones.
create view api.evaluation_queries with (security_barrier) as
select e.evaluation_id, q.setting, i.coin_id
from core.evaluation e
cross join lateral (values ('all', e.queries), ('other collections', e.queries_across), ('groups', e.sample))
    q (setting, ids)
cross join lateral unnest(q.ids) i (coin_id)
where nullif((select job.hides(true))
             and job.hides_coin(i.coin_id, (select job.hidden_collections(false))), true) is not null;
comment on view api.evaluation_queries is
    'The coins whose neighbours an evaluation asked for; groups: the coins behind silhouette and '
    'Davies-Bouldin.';

create function part.evaluation_figures(run int) returns setof api.evaluations language sql stable as $$
    select * from api.evaluations e where e.run = evaluation_figures.run
    order by e.evaluation_id, e.setting, e.figure
$$;
comment on function part.evaluation_figures is 'The figures of one run.';

create function part.evaluation_differences(run int) returns setof api.evaluation_comparisons
language sql stable as $$
    select * from api.evaluation_comparisons c where c.run = evaluation_differences.run
    order by c.evaluation_id, c.other_space, c.other_face, c.setting, c.figure
$$;
comment on function part.evaluation_differences is 'How the spaces of one run differ.';

create function part.evaluation_groups(run int) returns setof api.evaluation_groups
language sql stable as $$
    select * from api.evaluation_groups g where g.run = evaluation_groups.run
    order by g.evaluation_id, g.grouped_by, g.n desc, g.group_name, g.setting
$$;
comment on function part.evaluation_groups is 'The figures of one run by value and by collection.';

create function job.shown_evaluation(evaluation jsonb, figures jsonb) returns setof api.evaluations
language sql stable as $$
    select e.evaluation_id, e.run, e.label, e.space, e.face, f.setting, f.figure, f.value, f.low, f.high,
           f.chance, f.n, e.leaked, e.trained, e.k, e.seed, e.predicate, e.coins, e.label_values, e.counts,
           e.sees, e.recipe, e.library, e.seconds, e.made_at, coalesce(e.reranked, false)
    from job.evaluation_row(evaluation) e
    cross join jsonb_populate_recordset(null::core.evaluation_figure, figures) f
    order by f.setting, f.figure
$$;
comment on function job.shown_evaluation is
    'The rows that part.evaluation_figures would give if a run were stored, which a replica cannot do.';

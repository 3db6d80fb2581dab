-- Evaluation: how well a space finds what belongs together. Which coins are compared, and what was found.

create function job.covered_coins(spaces text[], faces text[]) returns setof int language sql stable as $$
    -- The n-th space by the n-th face. What is compared side by side is compared on the same coins.
    select c.coin_id
    from unnest(spaces, faces) x (space, face) cross join lateral part.comparable_coins(x.space, x.face) c
    where c.is_complete group by 1 having count(*) = cardinality(spaces)
$$;
comment on function job.covered_coins is
    'The coins that have a vector in each of some spaces, by the face given with the space; coin: by both '
    'faces.';

create function job.accepted_coins(label text) returns setof int language sql stable as $$
    select p.coin_id from core.proposal p join core.classifier c using (classifier_id)
    where p.applied and c.label = accepted_coins.label
$$;
comment on function job.accepted_coins is
    'Coins that have a label because a person accepted what a model proposed. A model measured by its own '
    'proposals seems better than it is.';

create function job.evaluated_coins(label text, face text, spaces text[], faces text[], predicate text,
                                    seed int, unseen boolean default false)
returns table (coin_id int, label_value text, collection text, is_learnt boolean)
language sql stable as $$
    select l.coin_id, l.label_value, o.name,
           unseen and l.coin_id in (select job.learnt_coins(spaces))
    from api.coin_labels(label, face) l
    join core.coin c using (coin_id) join core.collection o using (collection_id)
    where l.coin_id in (select job.covered_coins(spaces, faces))
      and l.coin_id not in (select job.accepted_coins(label))
      and (predicate = 'true' or l.coin_id in (select part.passing(predicate, 'both')))
    order by 4, md5(concat_ws('/', seed, o.name, c.inventory_number)), 1
$$;
comment on function job.evaluated_coins is
    'The coins that have a label and vectors in all spaces that are compared, in an order by seed that is '
    'the same in another store. unseen: those that a space was learnt from come last.';

create function job.labelled_coins(label text, face text, predicate text,
                                   out labelled bigint, out accepted bigint) language sql stable as $$
    select count(*), count(*) filter (where l.coin_id in (select job.accepted_coins(label)))
    from api.coin_labels(label, face) l
    where predicate = 'true' or l.coin_id in (select part.passing(predicate, 'both'))
$$;
comment on function job.labelled_coins is
    'How many coins have a label, and how many of them because a proposal was accepted.';

create function job.filters_to_try(collection text) returns table (setting text, predicate text)
language sql immutable as $$
    values ('no filter', 'true'), ('10% of the coins', 'coin_id % 10 = 0'),
           ('1% of the coins', 'coin_id % 100 = 0'),
           ('other collections', format('collection <> %L', collection))
$$;

create function job.nearest_distances(space text, coin int, face text, k int, predicate text) returns float8[]
language plpgsql stable as $$
declare
    distances float8[];
begin
    execute format($q$
        select array_agg(distance)
        from (select distance from %s where %s order by distance + 0 limit $3) x   -- + 0: not by the index
    $q$, case face when 'both' then format('api.%I($1)', 'similar_coins_' || space)
                   else format('part.%I($1, $2)', 'similar_' || space || '_exact') end, predicate)
    into distances using coin, face, k;
    return distances;
end $$;
comment on function job.nearest_distances is
    'Distances of the k coins nearest to a coin that pass a predicate, by comparing all; null: none passes.';

create function job.searched_distances(space text, coin int, face text, k int, predicate text)
returns table (distance float8) language sql as $$
    select s.distance
    from api.search(space, coin, face, k, predicate) s
$$;
comment on function job.searched_distances is 'As job.nearest_distances, by the search that users call.';

create function job.measure_search(space text, face text, k int, queries int, seed int)
returns table (setting text, recall float8, n bigint) language plpgsql as $$
begin
    return query
        with asked as (
            select c.coin_id, c.collection from api.coins c
            where c.coin_id in (select job.covered_coins(array[space], array[face]))
            order by md5(c.coin_id || '/' || seed) limit queries),
        answer as materialized (
            select f.setting, a.coin_id, f.predicate,
                   job.nearest_distances(space, a.coin_id, face, k, f.predicate) as nearest
            from asked a cross join lateral job.filters_to_try(a.collection) f),
        hit as (
            select a.setting, cardinality(a.nearest) as possible,
                   -- Among coins at the same distance any one is right.
                   count(*) filter (where s.distance <= a.nearest[cardinality(a.nearest)] + 1e-9) as hits
            from answer a
            left join lateral job.searched_distances(space, a.coin_id, face, k, a.predicate) s on true
            where a.nearest is not null group by a.coin_id, a.setting, a.nearest)
        select h.setting, sum(least(h.hits, h.possible))::float8 / sum(h.possible), count(*)
        from hit h group by 1;
end $$;
comment on function job.measure_search is
    'Recall of the store''s own search compared with an exact one, for coins chosen by seed: unfiltered, '
    'among every tenth and hundredth coin, among other collections.';

create function job.begin_evaluation() returns int language sql as $$
    select nextval('core.evaluation_run')::int
$$;
comment on function job.begin_evaluation is 'The number of a new run.';

create function job.spread_of(space text, face text) returns table (figure text, value float8, pairs int)
language sql stable as $$
    select x.figure, x.value, p.pairs
    from core.spread p join core.space s using (space_id)
    cross join lateral (
        select 1 - max(k) filter (where share = 0.99), 1 - avg(k) filter (where share = 0 or share >= 0.001),
               1 - max(k) filter (where share = 0.01)
        from unnest(p.knots, p.shares) q (k, share)) q (p01, mean, p99)
    cross join lateral (values ('spread_p01', p01), ('spread_mean', mean), ('spread_p99', p99))
        x (figure, value)
    where s.name = spread_of.space
      and p.face = spread_of.face
$$;
comment on function job.spread_of is
    'How alike random pairs of a space are: 1st percentile, mean and 99th percentile of their similarity.';

create function job.evaluation_row(evaluation jsonb) returns core.evaluation language plpgsql stable as $$
declare
    here core.space;
begin
    select * into here from core.space s
    where s.name = evaluation ->> 'space' and s.space_id = (evaluation ->> 'space_id')::int;
    if not found then
        raise 'the name % now means another space; run it again', evaluation ->> 'space'
            using errcode = 'CS003';
    end if;
    return jsonb_populate_record(null::core.evaluation, evaluation || jsonb_build_object(
        'recipe', here.recipe, 'trained', here.trained, 'sees', here.sees, 'made_at', now(),
        'leaked', coalesce(case when evaluation -> 'counts' ? 'learnt'
                                then job.has_seen_of_others(here.name, evaluation ->> 'label')
                                else part.has_seen(here.name, evaluation ->> 'label') end, true)));
end $$;
comment on function job.evaluation_row is
    'What one run found out about, with what is known about its space; an error if its name means another.';

create function job.store_evaluation(evaluation jsonb, figures jsonb) returns int language plpgsql as $$
declare
    id int;
begin
    insert into core.evaluation
        (run, space, recipe, trained, sees, leaked, face, label, k, seed, predicate, coins, label_values,
         counts, queries, queries_across, sample, library, seconds, reranked, by_group)
    select e.run, e.space, e.recipe, e.trained, e.sees, e.leaked, e.face, e.label, e.k, e.seed, e.predicate,
           e.coins, e.label_values, e.counts, e.queries, e.queries_across, e.sample, e.library, e.seconds,
           coalesce(e.reranked, false), coalesce(e.by_group, '[]')
    from job.evaluation_row(evaluation) e
    returning evaluation_id into id;
    insert into core.evaluation_figure (evaluation_id, setting, figure, value, low, high, chance, n)
    select id, f.setting, f.figure, f.value, f.low, f.high, f.chance, f.n
    from jsonb_populate_recordset(null::core.evaluation_figure, figures) f;
    return id;
end $$;
comment on function job.store_evaluation is
    'Stores what one run found for one space, face and label; returns its key.';

create function job.store_comparisons(comparisons jsonb) returns void language sql as $$
    insert into core.evaluation_comparison
    select * from jsonb_populate_recordset(null::core.evaluation_comparison, comparisons)
$$;
comment on function job.store_comparisons is 'Stores how two spaces of one run differ.';

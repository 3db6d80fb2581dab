-- How a graph falls apart as the threshold rises: what to look at before one is chosen.

create function api.components(n int, one int[], other int[], marks int[])
returns table (mark int, components int, isolates int, largest int) language plpgsql immutable as $$
declare
    parent int[] := array(select generate_series(1, n));
    size int[] := array_fill(1, array[n]);
    is_met boolean[] := array_fill(false, array[n]);
    a int;
    b int;
    next_mark int := 1;
begin
    components := n; isolates := n; largest := least(n, 1);
    for i in 0 .. coalesce(cardinality(one), 0) loop
        if i > 0 then
            foreach a in array array[one[i], other[i]] loop
                isolates := isolates - (not is_met[a])::int;
                is_met[a] := true;
            end loop;
            a := one[i];
            b := other[i];
            -- Union by size with path halving (Tarjan and van Leeuwen 1984, doi:10.1145/62.2160).
            while parent[a] <> a loop parent[a] := parent[parent[a]]; a := parent[a]; end loop;
            while parent[b] <> b loop parent[b] := parent[parent[b]]; b := parent[b]; end loop;
            if a <> b then
                if size[a] < size[b] then
                    parent[a] := b; size[b] := size[a] + size[b]; largest := greatest(largest, size[b]);
                else
                    parent[b] := a; size[a] := size[a] + size[b]; largest := greatest(largest, size[a]);
                end if;
                components := components - 1;
            end if;
        end if;
        while marks[next_mark] = i loop
            mark := i;
            return next;
            next_mark := next_mark + 1;
        end loop;
    end loop;
end $$;
comment on function api.components is
    'Connected components of the nodes 1 to n, after so many (marks, rising) of the edges one[i] - other[i].';

create function api.sweep_similarity(nodes text, face text, n int)
returns table (similarity float8, edges bigint, components int, isolates int, largest int) language plpgsql stable as $$
declare
    one int[];
    other int[];
    distances float8[];
    marks int[];
begin
    execute format(
        'with node as materialized (%1$s)
         select array_agg(i order by d, i, j), array_agg(j order by d, i, j), array_agg(d order by d, i, j)
         from (select a.n as i, b.n as j, %2$s as d from node a join node b on a.n < b.n
               where (%2$s) is not null order by 3 limit $1) p', nodes, api.comparison(face))
    into one, other, distances using n * 25 + 1;
    -- Thresholds at which a coin has so many edges on average; pairs that are equally far apart stay together.
    marks := array(
        select distinct m from unnest(array[0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 4, 6, 8, 12, 16, 24, 32, 50]) degree,
             lateral (select width_bucket(distances[greatest(1, least(round(n * degree / 2)::int, cardinality(distances) - 1))],
                                          distances) as m) at
        where m < cardinality(distances) order by 1);
    return query
        select 1 - (distances[c.mark] + distances[c.mark + 1]) / 2, c.mark::bigint, c.components, c.isolates, c.largest
        from api.components(n, one, other, marks) c;
end $$;
comment on function api.sweep_similarity is 'Part of api.threshold_sweep: all pairs above a similarity, for falling similarities.';

create function api.sweep_rank(nodes text, face text, n int, is_mutual boolean)
returns table (k int, edges bigint, components int, isolates int, largest int) language plpgsql stable as $$
declare
    one int[];
    other int[];
    marks int[];
    ranks int[];
begin
    -- A pair joins at the smaller of its two ranks, or, where both must list each other, at the larger.
    execute format(
        'with node as materialized (%1$s),
         near as materialized (
             select a.n as i, x.n as j, x.rank from node a cross join lateral (
                 select n, row_number() over (order by d, n)::int as rank from (
                     select b.n, %2$s as d from node b where b.n <> a.n) b
                 where d is not null order by d, n limit 10) x),
         pair as (select least(i, j) as i, greatest(i, j) as j, %3$s(rank) as rank from near
                  group by 1, 2 having count(*) = 2 or not $1)
         select array_agg(i order by rank, i, j), array_agg(j order by rank, i, j), array_agg(rank order by rank, i, j) from pair',
        nodes, api.comparison(face), case when is_mutual then 'max' else 'min' end)
    into one, other, ranks using is_mutual;
    marks := array(select width_bucket(r, ranks) from generate_series(1, 10) r);
    return query
        select r.k::int, c.mark::bigint, c.components, c.isolates, c.largest
        from (select distinct on (m.mark) m.mark, m.k from unnest(marks) with ordinality m (mark, k)) r
        join lateral (select * from api.components(n, one, other, array[r.mark])) c on true order by 1;
end $$;
comment on function api.sweep_rank is 'Part of api.threshold_sweep: neighbours up to a rank, one-sided or mutual.';

create function api.threshold_sweep(space text, face text default 'obverse', at_most int default 3000, seed int default 0)
returns table (rule text, similarity float8, percentile float8, k int, edges bigint, components int, isolates int,
               largest int, coins int, of_coins int) language plpgsql stable set work_mem = '64MB' as $$
declare
    all_coins text := api.compared_coins(space, face);
    chosen int[];
    nodes text;
begin
    execute format('select count(*) from %s c', all_coins) into of_coins;
    execute format('select array(select coin_id from %s c order by md5(coin_id || ''/'' || $1) limit $2)', all_coins)
    into chosen using seed, at_most;
    coins := cardinality(chosen);
    nodes := format('select c.*, row_number() over (order by coin_id)::int as n from %s c where coin_id = any(%L)', all_coins, chosen);
    if coins < 2 then
        return;
    end if;
    for rule, similarity, k, edges, components, isolates, largest in
        select 'similarity', s.similarity, null, s.edges, s.components, s.isolates, s.largest
        from api.sweep_similarity(nodes, face, coins) s
        union all
        select r.rule, null, s.k, s.edges, s.components, s.isolates, s.largest
        from (values ('neighbours', false), ('mutual neighbours', true)) r (rule, is_mutual),
             api.sweep_rank(nodes, face, coins, r.is_mutual) s
    loop
        percentile := null;
        if similarity is not null then
            execute format('select api.%I($1, $2)', 'percentile_' || space) into percentile
            using case face when 'coin' then 'both' else face end, 1 - similarity;
        end if;
        return next;
    end loop;
end $$;
comment on function api.threshold_sweep is
    'Edges, components, isolates and the largest component at a series of similarities, and of ranks, over all coins or a seeded sample of at_most (coins of of_coins).';

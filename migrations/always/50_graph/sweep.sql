-- How a graph falls apart as the threshold rises: what to look at before choosing one.

create function part.components(n int, one int[], other int[], marks int[])
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
comment on function part.components is
    'Connected components of the nodes 1 to n, after each number (marks, rising) of the edges one[i] - '
    'other[i].';

create function part.sweep_similarity(space text, face text, coins int[])
returns table (similarity float8, edges bigint, components int, isolates int, largest int)
language plpgsql stable as $$
declare
    n int := cardinality(coins);
    one int[];
    other int[];
    distances float8[];
    marks int[];
begin
    with node as materialized (
        select c.v1, c.v2, row_number() over (order by c.coin_id)::int as n
        from part.comparable_vectors(space, face, coins) c),
    pair as (
        select a.n as i, b.n as j, part.coin_distance(a.v1, a.v2, b.v1, b.v2) as d
        from node a join node b on a.n < b.n offset 0)   -- offset 0: compute each distance once
    select array_agg(p.i order by p.d, p.i, p.j), array_agg(p.j order by p.d, p.i, p.j),
           array_agg(p.d order by p.d, p.i, p.j)
    into one, other, distances
    from (select * from pair where d is not null order by d limit n * 25 + 1) p;
    -- Thresholds that give a coin this many edges on average; pairs at the same distance stay together.
    marks := array(
        select distinct m
        from unnest('{0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5}'::numeric[]
                    || '{2, 3, 4, 6, 8, 12, 16, 24, 32, 50}') degree,
             lateral (select least(round(n * degree / 2)::int, cardinality(distances) - 1) as nth) p,
             lateral (select width_bucket(distances[greatest(1, p.nth)], distances) as m) w
        where m < cardinality(distances) order by 1);
    return query
        select 1 - (distances[c.mark] + distances[c.mark + 1]) / 2, c.mark::bigint, c.components, c.isolates,
               c.largest
        from part.components(n, one, other, marks) c;
end $$;
comment on function part.sweep_similarity is
    'Part of api.threshold_sweep: all pairs above a similarity, for falling similarities.';

create function part.sweep_rank(space text, face text, coins int[], is_mutual boolean)
returns table (k int, edges bigint, components int, isolates int, largest int) language plpgsql stable as $$
declare
    one int[];
    other int[];
    marks int[];
    ranks int[];
begin
    with node as materialized (
        select c.v1, c.v2, row_number() over (order by c.coin_id)::int as n
        from part.comparable_vectors(space, face, coins) c),
    near as (
        select a.n as i, x.n as j, row_number() over (partition by a.n order by x.d, x.n)::int as rank
        from node a cross join lateral (
            select b.n, part.coin_distance(a.v1, a.v2, b.v1, b.v2) as d from node b
            where b.n <> a.n order by d, n limit 10) x
        where x.d is not null),
    -- A pair joins at the smaller of its two ranks, or at the larger one where each must list the other.
    pair as (
        select least(i, j) as i, greatest(i, j) as j,
               case when is_mutual then max(rank) else min(rank) end as rank
        from near group by 1, 2 having count(*) = 2 or not is_mutual)
    select array_agg(p.i order by p.rank, p.i, p.j), array_agg(p.j order by p.rank, p.i, p.j),
           array_agg(p.rank order by p.rank, p.i, p.j)
    into one, other, ranks from pair p;
    marks := array(select width_bucket(r, ranks) from generate_series(1, 10) r);
    return query
        select r.k::int, c.mark::bigint, c.components, c.isolates, c.largest
        from (select distinct on (m.mark) m.mark, m.k from unnest(marks) with ordinality m (mark, k)) r
        join lateral (select * from part.components(cardinality(coins), one, other, array[r.mark])) c on true
        order by 1;
end $$;
comment on function part.sweep_rank is
    'Part of api.threshold_sweep: neighbours up to a rank, one-sided or mutual.';

create function api.threshold_sweep(space text, face text default 'obverse', at_most int default 3000,
                                    seed int default 0)
returns table (rule text, similarity float8, percentile float8, k int, edges bigint, components int,
               isolates int, largest int, coins int, of_coins int)
language plpgsql stable set work_mem = '64MB' as $$
declare
    spread part.spread := (select p from part.spread p
                          where p.space = threshold_sweep.space and p.face = threshold_sweep.face);
    total int := (select count(*) from part.comparable_coins(space, face));
    chosen int[] := array(select c.coin_id from part.comparable_coins(space, face) c
                          order by md5(c.coin_id || '/' || seed) limit at_most);
begin
    if cardinality(chosen) < 2 then
        return;
    end if;
    return query
        select 'similarity', s.similarity,
               part.percentile_among(spread.knots, spread.shares, 1 - s.similarity), null::int,
               s.edges, s.components, s.isolates, s.largest, cardinality(chosen), total
        from part.sweep_similarity(space, face, chosen) s
        union all
        select r.rule, null, null, s.k, s.edges, s.components, s.isolates, s.largest, cardinality(chosen),
               total
        from (values ('neighbours', false), ('mutual neighbours', true)) r (rule, is_mutual),
             part.sweep_rank(space, face, chosen, r.is_mutual) s;
end $$;
comment on function api.threshold_sweep is
    'Edges, components, isolates and the largest component at a series of similarities, and of ranks, over '
    'all coins or a seeded sample of at_most (coins of of_coins).';

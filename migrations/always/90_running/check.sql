-- What is wrong in a store: what, where, how many, and the command that fixes it.

create type job.finding as (what text, place text, found bigint, fix text);

create function job.shell_quoted(word text) returns text language sql immutable as $$
    select case when word ~ '^[A-Za-z0-9@%+=:,./_-]+$' then word
                else '''' || replace(word, '''', '''"''"''') || '''' end
$$;
comment on function job.shell_quoted is 'A word for a shell: unchanged if it is safe, else in single quotes.';

create function job.check_store() returns setof job.finding language sql stable as $$
    select case when x.indisvalid then 'index that a build left behind: nothing uses it'
                else 'index is invalid: its build failed, and it is not used' end, i.relname::text, 1::bigint,
           coalesce('coinstore space index ' || s.name || ' --rebuild',
                    'coinstore db psql -c '
                    || job.shell_quoted(format('reindex index concurrently core.%I', i.relname)))
    from pg_index x join pg_class i on i.oid = x.indexrelid join pg_am m on m.oid = i.relam
    join pg_class t on t.oid = x.indrelid
    left join core.space s on m.amname = 'hnsw' and t.relname = part.vector_table(s.name)
    where (not x.indisvalid or i.relname ~ '^(rebuilding|retired)_[0-9]+_hnsw$')
      and i.relnamespace = 'core'::regnamespace
      -- An index that is being built is not valid yet.
      and not exists (select from pg_stat_progress_create_index p where p.index_relid = x.indexrelid)
    union all
    select 'photograph that no side uses', 'core.image', count(*), 'coinstore check --fix'
    from core.image i where not exists (select from core.side d where d.sha256 = i.sha256) having count(*) > 0
    union all
    select 'photograph that has not been examined',
           coalesce(min(part.shown_location(s.location)), 'core.side'),
           count(distinct d.side_id),
           'coinstore ingest ' || coalesce(job.shell_quoted(min(part.shown_location(s.location))), 'SOURCE')
    from core.side d left join core.record r using (coin_id) left join core.source s using (source_id)
    where d.image_location is not null and not d.image_examined having count(*) > 0
$$;
comment on function job.check_store is
    'Indexes that are invalid or left behind, photographs that no side uses, and photographs that have not '
    'been examined.';

create function job.wrong_vectors(space text) returns table (side_id int, what text)
language plpgsql stable as $$
declare
    s core.space := (select s from core.space s where s.name = wrong_vectors.space);
begin
    return query
        select e.side_id, case when e.has_side then 'vector of length 0 or not a number'
                               else 'vector without a side' end
        from (select v.side_id, v.is_right, d.side_id is not null as has_side
              from job.stored_sides(space) v
              left join core.side d on (d.side_id, d.coin_id, d.face) = (v.side_id, v.coin_id, v.face)) e
        where not (e.has_side and e.is_right);
    if job.is_apart(space) then
        return query
            select coalesce(v.side_id, h.side_id),
                   case when v.side_id is null then 'vector is missing from its table'
                        else 'vector without a side' end
            from job.stored_sides(space) v
            full join job.sides_in(job.has_table(space)) h on h.side_id = v.side_id
            where v.side_id is null
               or h.side_id is null and v.side_id in (select d.side_id from core.side d);
    end if;
    return query
        select t.side_id, 'sentence out of date: what is known of the coin has changed' from core.sentence t
        where t.space_id = s.space_id and t.known <> job.known_hash(s.sees, t.side_id);
end $$;
comment on function job.wrong_vectors is
    'Sides whose vector in a space cannot be right: without its side, without a direction, or of an old '
    'sentence.';

create function job.check_vectors(space text) returns setof job.finding language sql stable as $$
    -- `;` and not `&&`: check reports the deleted vectors, as missing, until they are embedded again.
    select w.what, space, count(*),
           case w.what when 'vector without a side' then 'coinstore check --fix'
                       else format('coinstore check --fix; coinstore embed %s', space) end
    from job.wrong_vectors(space) w group by w.what order by w.what <> 'vector without a side', w.what desc
$$;
comment on function job.check_vectors is 'The vectors of a space that are wrong.';

create function job.check_parts(space text) returns setof job.finding language sql stable as $$
    select 'made of ' || p.part || ', which lacks sides', space, p.sides,
           format('coinstore embed %s %s', p.part, space)
    from job.parts_lacking(space) p
$$;
comment on function job.check_parts is 'The spaces that a space is made of and that lack vectors.';

create function job.check_derived(space text) returns setof job.finding language plpgsql stable as $$
declare
    s core.space := (select s from core.space s where s.name = check_derived.space);
    -- coinstore embed derives it again by itself when it has grown this much.
    grown float8 := case when space = 'eye_debiased' then 2 else 1.1 end;
    source text := (job.parts_of(space))[1];
    measured jsonb := job.fingerprint(source, (s.recipe ->> 'measured_at_most')::int);
    sides bigint := (measured ->> 'measured_sides')::bigint;
    old_sides bigint := (s.recipe ->> 'measured_sides')::bigint;
    again text := case when space = 'eye_debiased' and sides >= 2 * old_sides and job.built_on(space) is null
        then 'coinstore embed'
        else format('coinstore space derive %1$s_again --from %2$s … && coinstore embed %1$s_again'
                    ' && coinstore space switch %1$s %1$s_again', space, source) end;
begin
    -- A mean stays good while a collection grows a little, but not when the vectors themselves were replaced.
    return query
        select 'derived from vectors that have changed since: mean and axes were measured on '
               || old_sides || ' sides', check_derived.space, sides, again
        where measured ->> 'measured_hash' <> s.recipe ->> 'measured_hash'
          and (sides <= old_sides or sides > grown * old_sides);
    return query
        select 'collection without a mean of its own: the mean of all is subtracted from its sides',
               check_derived.space || ': ' || l.name, count(*), again
        from part.side_spaces e join core.coin c using (coin_id)
        join core.collection l using (collection_id)
        where e.space = source and s.recipe ->> 'centre' = 'collection' and not s.recipe ? 'strangers'
          and not exists (
            select from core.centre m where m.space_id = s.space_id and m.collection_id = l.collection_id)
        group by l.name having count(*) >= (s.recipe ->> 'least_sides')::int order by 2;
end $$;
comment on function job.check_derived is
    'A derived space whose mean or axes are out of date (found: the sides that there are now).';

create function job.check_graph(graph text) returns setof job.finding language plpgsql stable as $$
declare
    g core.graph := (select g from core.graph g where g.name = graph);
    space text := (select s.name from core.space s where s.space_id = g.space_id);
begin
    -- The same digest as in job.gather_coins: another digest means that the vectors have changed since.
    return query execute format($q$
        select 'graph older than its vectors', $1, count(*), $2
        from (select c.coin_id, job.vector_digest(c.v1, c.v2) as digest from part.%I c
              where c.face = $4 and ($5 = 'true' or c.coin_id in (select part.passing($5, $4)))) c
        full join (select n.coin_id, n.digest from core.graph_node n where n.graph_id = $3) n using (coin_id)
        where c.digest is distinct from n.digest having count(*) > 0
    $q$, part.comparable_view(space, g.face))
    using graph, format('coinstore graph build %s --name %s --update', space, graph), g.graph_id, g.face,
    g.predicate;
end $$;
comment on function job.check_graph is
    'Coins whose vectors have changed since a graph compared them, and coins that are new or gone.';

create function job.check_map_of(map_id int) returns setof job.finding language sql stable as $$
    select 'map older than its vectors', m.name, c.fresh + c.lost, 'coinstore map update ' || m.name
    from core.map m cross join lateral job.map_changes(m.name) c
    where m.map_id = check_map_of.map_id and c.fresh + c.lost > 0
$$;
comment on function job.check_map_of is
    'Coins that are not on a map (by its key), and coins on it that have no vector any more.';

create function job.to_check() returns table (kind text, name text) language sql stable as $$
    select 'store', '' union all
    select 'space', s.name from core.space s union all
    select 'graph', g.name from core.graph g union all
    select 'map', m.name from core.map m
$$;
comment on function job.to_check is 'What to check, one after another.';

create function job.check_one(kind text, name text) returns setof job.finding language plpgsql stable as $$
begin
    return query select * from job.check_store() where kind = 'store';
    if kind = 'space' then
        return query select * from job.check_vectors(name) union all select * from job.check_parts(name);
        return query select f.* from core.space s cross join lateral job.check_derived(s.name) f
                     where s.name = check_one.name and s.recipe ->> 'family' = 'derived';
    elsif kind = 'graph' then
        return query select * from job.check_graph(name);
    elsif kind = 'map' then
        return query select f.* from core.map m cross join lateral job.check_map_of(m.map_id) f
                     where m.name = check_one.name;
    end if;
end $$;
comment on function job.check_one is
    'What is wrong with the store as a whole, or with one space, graph or map.';

create function job.photographs(after int, at_most int)
returns table (side_id int, location text, stamp text, sha256 text, source text) language sql stable as $$
    select d.side_id, d.image_location, d.image_stamp, encode(d.sha256, 'hex'),
           (select min(s.location) from core.record r join core.source s using (source_id)
            where r.coin_id = d.coin_id)
    from core.side d
    where d.image_location is not null and d.sha256 is not null and d.side_id > after
    order by d.side_id limit at_most
$$;
comment on function job.photographs is
    'The next sides that have a photograph: where its file was, and its size, time and hash.';

create function job.examine_again(sides int[]) returns bigint language sql as $$
    with again as (update core.side d set image_examined = false where d.side_id = any(sides) returning 1)
    select count(*) from again
$$;
comment on function job.examine_again is
    'Marks the photographs of some sides to be examined again. If a file shows another picture, its vectors '
    'are dropped.';

create function job.renew_stamps(sides int[], stamps text[]) returns bigint language sql as $$
    with renewed as (
        update core.side d set image_stamp = now.stamp
        from unnest(sides, stamps) now (side_id, stamp) where d.side_id = now.side_id returning 1)
    select count(*) from renewed
$$;
comment on function job.renew_stamps is 'Stores the current size and time of files that were examined.';

create function job.fix() returns table (what text, fixed bigint) language plpgsql as $$
declare
    space text;
    sides int[];
begin
    what := 'photographs that no side used';
    delete from core.image i where not exists (select from core.side d where d.sha256 = i.sha256);
    get diagnostics fixed = row_count;
    return next;
    for space in select s.name from core.space s order by s.space_id loop
        what := 'vectors of ' || space;
        sides := array(select distinct w.side_id from job.wrong_vectors(space) w);
        perform job.forget_vectors(space, sides);
        perform job.renew_dependents(space, sides);
        fixed := cardinality(sides);
        return next;
    end loop;
end $$;
comment on function job.fix is
    'Deletes photographs that no side uses, and wrong vectors (job.wrong_vectors); embedding makes those '
    'again.';

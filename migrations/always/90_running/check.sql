-- What is wrong in a store, where, how many, and the command that mends it.

create type job.finding as (what text, place text, found bigint, mends text);

create function job.shell_quoted(word text) returns text language sql immutable as $$
    select case when word ~ '^[A-Za-z0-9@%+=:,./_-]+$' then word else '''' || replace(word, '''', '''"''"''') || '''' end
$$;
comment on function job.shell_quoted is 'A word as a shell takes it: bare where it may stand so, else in single quotes, whatever quotes are in it.';

create function job.check_store() returns setof job.finding language sql stable as $$
    select 'index is invalid: a build failed, and nothing is answered by it', i.relname::text, 1::bigint,
           coalesce('coinstore space index ' || s.name || ' --rebuild',
                    'coinstore db psql -c ' || job.shell_quoted(format('reindex index concurrently core.%I', i.relname)))
    from pg_index x join pg_class i on i.oid = x.indexrelid join pg_am m on m.oid = i.relam
    join pg_class t on t.oid = x.indrelid
    left join core.space s on m.amname = 'hnsw' and t.relname = 'embedding_' || s.name
    where not x.indisvalid and i.relnamespace = 'core'::regnamespace
      -- One that is being built is not valid yet.
      and not exists (select from pg_stat_progress_create_index p where p.index_relid = x.indexrelid)
    union all
    select 'photograph that no side shows', 'core.image', count(*), 'coinstore check --mend'
    from core.image i where not exists (select from core.side d where d.sha256 = i.sha256) having count(*) > 0
    union all
    select 'photograph that no one has looked at', coalesce(min(api.shown_location(s.location)), 'core.side'), count(distinct d.side_id),
           'coinstore ingest ' || coalesce(job.shell_quoted(min(api.shown_location(s.location))), 'SOURCE')
    from core.side d left join core.record r using (coin_id) left join core.source s using (source_id)
    where d.image_location is not null and not d.image_examined having count(*) > 0
$$;
comment on function job.check_store is 'Invalid indexes, photographs that no side shows, and those that no one has looked at.';

create function job.check_vectors(space text) returns setof job.finding language plpgsql stable as $$
declare
    norm text := (select case s.precision when 'half' then 'l2_norm' else 'vector_norm' end from core.space s where s.name = space);
    -- Not &&: what rests on the vectors that go is a finding of the first, until they are there again.
    again text := format('coinstore check --mend; coinstore embed %s', space);
begin
    return query execute format(
        'select ''vector without a side'', $1, count(*), ''coinstore check --mend''
         from core.%1$I e where not exists (select from core.side d where d.side_id = e.side_id) having count(*) > 0
         union all
         select ''vector of length 0 or not a number'', $1, count(*), $2 from core.%1$I e
         where not (%2$s(e.embedding) > 0 and %2$s(e.embedding) < ''infinity'') having count(*) > 0
         union all
         select ''sentence out of date: what is known of the coin has changed'', $1, count(*), $2
         from core.sentence t join core.space s using (space_id)
         where s.name = $1 and t.known <> job.known_hash(s.sees, t.side_id) having count(*) > 0',
        'embedding_' || space, norm) using space, again;
end $$;
comment on function job.check_vectors is 'Vectors of a space that no side owns, that have no direction, or whose sentence is out of date.';

create function job.check_made(space text) returns setof job.finding language plpgsql stable as $$
declare
    s core.space := (select s from core.space s where s.name = space);
    part text;
    now_measured jsonb;
    anew text := format('coinstore space derive %1$s_anew --from %2$s … && coinstore embed %1$s_anew && coinstore space switch %1$s %1$s_anew',
                        space, (job.parts_of(space))[1]);
begin
    foreach part in array coalesce(job.parts_of(space), '{}') loop
        return query select 'made of ' || part || ', which lacks sides', space, n, format('coinstore embed %s %s', part, space)
                     from job.pending(part) n where n > 0;
    end loop;
    if s.recipe ->> 'family' is distinct from 'derived' then
        return;
    end if;
    now_measured := job.fingerprint((job.parts_of(space))[1]);
    -- A mean stays good while a collection grows a little; not when the vectors under it were exchanged.
    return query select 'derived from what has changed since: mean and axes were measured of ' || (s.recipe ->> 'measured_sides') || ' sides',
                        space, (now_measured ->> 'measured_sides')::bigint, anew
    where now_measured ->> 'measured_hash' <> s.recipe ->> 'measured_hash'
      and ((now_measured ->> 'measured_sides')::bigint <= (s.recipe ->> 'measured_sides')::bigint
           or (now_measured ->> 'measured_sides')::bigint > 1.1 * (s.recipe ->> 'measured_sides')::bigint);
    if s.recipe ->> 'centre' = 'collection' then
        return query execute format(
            'select ''collection without a mean of its own: that of all is taken out of its sides'', $1 || '': '' || l.name,
                    count(*), $4
             from core.%I e join core.side d using (side_id) join core.coin c using (coin_id)
             join core.collection l using (collection_id)
             where not exists (select from core.centre m where m.space_id = $2 and m.collection_id = l.collection_id)
             group by l.name having count(*) >= $3 order by 2', 'embedding_' || (job.parts_of(space))[1])
        using space, s.space_id, (s.recipe ->> 'least_sides')::int, anew;
    end if;
end $$;
comment on function job.check_made is
    'Of a space made of others: parts that lack sides, and what was measured once and is stale (found: sides that there are now).';

create function job.check_graph(graph text) returns setof job.finding language plpgsql stable as $$
declare
    g core.graph := (select g from core.graph g where g.name = graph);
    space text := (select s.name from core.space s where s.space_id = g.space_id);
    "precision" text := (select s.precision from core.space s where s.space_id = g.space_id);
begin
    -- As job.gather_coins has it: another hash means that the vectors which were compared are others now.
    return query execute format(
        'select ''graph older than the vectors it rests on'', $1, count(*), $2
         from (select c.coin_id, md5(case when c.v1 is null then %3$L::bytea else %2$s(c.v1) end || %3$L::bytea
                                     || coalesce(%2$s(c.v2), %3$L))::uuid as digest
               from %1$s c where $4 = ''true'' or c.coin_id in (select api.passing($4, $5))) c
         full join (select coin_id, digest from core.graph_node where graph_id = $3) n using (coin_id)
         where c.digest is distinct from n.digest having count(*) > 0',
        api.compared_coins(space, g.face), case "precision" when 'half' then 'halfvec_send' else 'vector_send' end, '\x00'::bytea)
    using graph, format('coinstore graph build %s --name %s --update', space, graph), g.graph_id, g.predicate, g.face;
end $$;
comment on function job.check_graph is 'Coins whose vectors are others than those that a graph compared, that came since, or that are gone.';

create function job.check_map_of(map_id int) returns setof job.finding language sql stable as $$
    select 'map older than the vectors it rests on', m.name, c.fresh + c.lost, 'coinstore map update ' || m.name
    from core.map m cross join lateral job.map_changes(m.name) c where m.map_id = check_map_of.map_id and c.fresh + c.lost > 0
$$;
comment on function job.check_map_of is 'Coins that a map (by its key) lacks, and those on it that have no vector any more.';

create function job.to_check() returns table (kind text, name text) language sql stable as $$
    select 'store', '' union all
    select 'space', s.name from core.space s union all
    select 'graph', g.name from core.graph g union all
    select 'map', m.name from core.map m
$$;
comment on function job.to_check is 'What is to be looked at, one after another.';

create function job.check_one(kind text, name text) returns setof job.finding language plpgsql stable as $$
begin
    return query select * from job.check_store() where kind = 'store';
    if kind = 'space' then
        return query select * from job.check_vectors(name) union all select * from job.check_made(name);
    elsif kind = 'graph' then
        return query select * from job.check_graph(name);
    elsif kind = 'map' then
        return query select f.* from core.map m cross join lateral job.check_map_of(m.map_id) f where m.name = check_one.name;
    end if;
end $$;
comment on function job.check_one is 'What is wrong with the store as a whole, or with one space, graph or map.';

create function job.photographs(after int, at_most int)
returns table (side_id int, location text, stamp text, sha256 text, source text) language sql stable as $$
    select d.side_id, d.image_location, d.image_stamp, encode(d.sha256, 'hex'),
           (select min(s.location) from core.record r join core.source s using (source_id) where r.coin_id = d.coin_id)
    from core.side d
    where d.image_location is not null and d.sha256 is not null and d.side_id > after order by d.side_id limit at_most
$$;
comment on function job.photographs is 'The next sides that have a photograph: where its file was, and what it was.';

create function job.examine_again(sides int[]) returns bigint language sql as $$
    with again as (update core.side d set image_examined = false where d.side_id = any(sides) returning 1)
    select count(*) from again
$$;
comment on function job.examine_again is 'Has the files of some sides looked at anew: where one shows something else, its vectors go.';

create function job.renew_stamps(sides int[], stamps text[]) returns bigint language sql as $$
    with renewed as (
        update core.side d set image_stamp = now.stamp
        from unnest(sides, stamps) now (side_id, stamp) where d.side_id = now.side_id returning 1)
    select count(*) from renewed
$$;
comment on function job.renew_stamps is 'Size and time of files that were looked at, as they are now.';

create function job.mend() returns table (what text, mended bigint) language plpgsql as $$
declare
    s core.space;
    sides int[];
begin
    what := 'photographs that no side showed';
    delete from core.image i where not exists (select from core.side d where d.sha256 = i.sha256);
    get diagnostics mended = row_count;
    return next;
    for s in select * from core.space o order by o.space_id loop
        what := 'vectors of ' || s.name;
        execute format('select coalesce(array_agg(e.side_id), ''{}'') from core.%I e
                        where not (%s(e.embedding) > 0 and %2$s(e.embedding) < ''infinity'')
                           or not exists (select from core.side d where d.side_id = e.side_id)
                           or exists (select from core.sentence t where t.space_id = $1 and t.side_id = e.side_id
                                                                    and t.known <> job.known_hash($2, t.side_id))',
                       'embedding_' || s.name, case s.precision when 'half' then 'l2_norm' else 'vector_norm' end)
        into sides using s.space_id, s.sees;
        perform job.forget_vectors(s.name, sides);
        perform job.renew_dependents(s.name, sides);
        mended := cardinality(sides);
        return next;
    end loop;
end $$;
comment on function job.mend is
    'Deletes what is of no use (photographs that no side shows) or cannot stand (vectors without a side or direction, or of an old sentence); embedding makes the rest anew.';

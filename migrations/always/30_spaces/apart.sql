-- Vectors apart from the coins: where Citus distributes the vectors of a space over several servers, the
-- coins stay on this one. A query that joins both would find nothing, or be refused. So a local table,
-- core.has_<space>, says which sides have a vector, and the vectors are reached by three functions only:
-- part.near_vectors, part.far_distances and part.far_vectors. They work as well where the table is still
-- here, which is how their tests run without Citus.

create function job.propagate(is_on boolean) returns void language sql as $$
    select set_config('citus.enable_ddl_propagation', case when is_on then 'on' else 'off' end, true)
$$;
comment on function job.propagate is
    'Whether Citus repeats changes of tables on its workers, until the transaction ends; without Citus it '
    'means nothing.';

create function job.drop_vectors() returns trigger language plpgsql security definer as $$
declare
    space text := (select s.name from core.space s where s.space_id = tg_argv[0]::int);
    sides int[] := (select array_agg(g.side_id) from gone g);
begin
    if sides is not null then
        execute format('delete from core.%I where side_id = any(%L::int[])', part.vector_table(space), sides);
    end if;
    return null;
end $$;
comment on function job.drop_vectors is
    'Trigger on core.has_<space>: whatever deletes a side there deletes its vector.';

create function job.watch_sides(space text) returns void language plpgsql as $$
begin
    -- The key and not the name of the space: names can be switched.
    execute job.filled($q$
        create or replace trigger vectors_go after delete on core.has_{space}
        referencing old table as gone for each statement execute function job.drop_vectors({space_id})
    $q$, space);
end $$;
comment on function job.watch_sides is
    'Makes the trigger of core.has_<space>, which an upgrade drops with its function.';

create function job.take_apart(space text) returns void language plpgsql as $$
declare
    -- A switch of names does not rename it.
    key_to_sides text := (select format('drop constraint %I', c.conname) from pg_constraint c
                          where c.conrelid = job.vectors_table(space) and c.contype = 'f');
begin
    execute format('alter table core.%I %s', part.vector_table(space), key_to_sides);
    execute job.filled($q$
        create table core.has_{space} (
            side_id int primary key references core.side on delete cascade,
            coin_id int not null,
            face text not null);
        insert into core.has_{space} select side_id, coin_id, face from core.embedding_{space} order by 1;
        create index on core.has_{space} (coin_id);
        analyze core.has_{space};
        -- What a table of several servers cannot have: row rules, a key to a local table, rights of local
        -- roles.
        alter table core.embedding_{space} disable row level security;
        drop policy if exists visible on core.embedding_{space};
        revoke all on core.embedding_{space} from coinstore_views;
    $q$, space);
    perform job.build_all_sides();
    perform job.build_space(space);
end $$;
comment on function job.take_apart is
    'Makes core.has_<space>, and everything that reads the vectors of a space reach them by functions.';

create function job.put_together(space text) returns void language plpgsql as $$
begin
    execute job.filled($q$
        alter table core.has_{space} rename to had_{space};
        grant select on core.embedding_{space} to coinstore_views;
    $q$, space);
    perform job.build_all_sides();
    perform job.build_space(space);
    execute job.filled($q$
        drop table core.had_{space};
        alter table core.embedding_{space} add constraint embedding_{space}_side_id_fkey
            foreign key (side_id) references core.side on delete cascade;
    $q$, space);
end $$;
comment on function job.put_together is 'Undoes job.take_apart; the table with the vectors must be here.';

create function job.put_all_together() returns void language plpgsql as $$
declare
    space text;
begin
    for space in
        select s.name from core.space s where job.is_apart(s.name) and job.shards(s.name) is null
    loop
        perform job.put_together(space);
    end loop;
end $$;
comment on function job.put_all_together is
    'After a restore: the vectors that were distributed came back to this server with it.';

create function job.build_all_sides() returns void language plpgsql as $$
declare
    space text;
begin
    for space in select s.name from core.space s order by s.space_id loop
        perform job.build_sides(space);
    end loop;
end $$;
comment on function job.build_all_sides is
    'Builds job.sides_<space> and job.pending_<space> of every space, because those of one name the tables '
    'of others.';

create function job.stored_sides(space text)
returns table (side_id int, coin_id int, face text, is_right boolean)
language plpgsql stable rows 10000 as $$
begin
    return query execute format($q$
        select e.side_id, e.coin_id, e.face,
               %2$s(e.embedding) > 0 and %2$s(e.embedding) < 'infinity' from %1$s e
    $q$, job.vectors_table(space),
        (select case s.precision when 'half' then 'l2_norm' else 'vector_norm' end
         from core.space s where s.name = space));
end $$;
comment on function job.stored_sides is
    'Each side that the table with the vectors has, and whether its vector has a direction; for checks.';

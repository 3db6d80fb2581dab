-- Switching names: what was asked for by one name is answered by another space from then on.

create function job.switch_space(name text, other text) returns void language plpgsql as $$
declare
    lacking bigint;
begin
    perform job.lock('spaces');
    perform part.known_space(name), part.known_space(other);
    if name = other then
        raise 'a space is switched with another one; % was given twice', name using errcode = 'CS003';
    end if;
    lacking := job.pending(other);
    if lacking > 0 or job.embedded(other) = 0 then
        raise '% is not full: % sides are still to be embedded; run: coinstore embed %', other, lacking, other
            using errcode = 'CS003';
    end if;
    perform job.lock_spaces(array[name, other]);
    perform job.unbuild_space(name), job.unbuild_space(other);
    perform job.rename_space(name, 'switching');
    perform job.rename_space(other, name);
    perform job.rename_space('switching', other);
    perform job.build_space(name), job.build_space(other);
end $$;
comment on function job.switch_space is 'Two spaces exchange their names, in one transaction.';

create function job.lock_spaces(names text[]) returns void language plpgsql as $$
declare
    name text;
begin
    -- Readers wait as long as this takes. They lock views and tables in any order. Waiting for less than the
    -- server's deadlock_timeout (1 s), then letting go, never kills one of them.
    perform set_config('lock_timeout', '300ms', true);
    for attempt in 1 .. 200 loop
        begin
            foreach name in array names loop
                -- To lock a view is to lock its tables, with the rights of the owner of the view.
                execute job.filled($q$
                    grant truncate on core.coin, core.side, {has} to coinstore_views;
                    lock table api.embedding_{space}, part.vectors_{space}, part.comparable_{space}, {has}
                        in access exclusive mode;
                    revoke truncate on core.coin, core.side, {has} from coinstore_views;
                $q$, name);
            end loop;
            return;
        exception when lock_not_available then
            perform pg_sleep(0.05 * random());
        end;
    end loop;
    raise '% are in use and cannot be changed now; try again', array_to_string(names, ', ')
        using errcode = 'CS003';
end $$;
comment on function job.lock_spaces is 'Locks spaces against all others, until the transaction ends.';

create function job.rename_space(name text, becomes text) returns void language plpgsql as $$
begin
    execute job.filled($q$
        alter table if exists core.has_{space} rename to has_{becomes};
        alter view job.sides_{space} rename to sides_{becomes};
        alter view job.pending_{space} rename to pending_{becomes};
    $q$, name, jsonb_build_object('becomes', becomes));
    -- One by one, because Citus sends each to its workers.
    perform job.propagate(true);
    execute format('alter table core.embedding_%s rename to embedding_%s', name, becomes);
    execute format('alter index core.embedding_%s_pkey rename to embedding_%s_pkey', name, becomes);
    execute format('alter index core.coin_of_%s rename to coin_of_%s', name, becomes);
    execute format('alter index if exists core.embedding_%s_hnsw rename to embedding_%s_hnsw', name, becomes);
    perform job.propagate(false);
    update core.space s set name = becomes where s.name = rename_space.name;
end $$;
comment on function job.rename_space is 'Renames a space with its table; job.build_space makes the rest.';

create function job.unbuild_space(name text) returns void language plpgsql as $$
begin
    perform set_config('lock_timeout', '5s', true), job.propagate(false);   -- as in job.build_space
    execute job.filled($q$
        drop function if exists api.similar_coins_{space} cascade;
        drop function if exists api.similar_{space}(int, text), api.similar_{space}({vector}, text) cascade;
        drop function if exists
            part.similar_{space}_exact(int, text), part.similar_{space}_exact({vector}, text) cascade;
        drop function if exists part.vector_{space}, part.nearest_{space}, part.compared_{space},
                                part.bits_{space}, part.percentile_{space} cascade;
        drop view if exists part.comparable_{space}, part.vectors_{space}, api.embedding_{space};
    $q$, name);
end $$;
comment on function job.unbuild_space is 'Drops the views and functions of a space, not its table.';

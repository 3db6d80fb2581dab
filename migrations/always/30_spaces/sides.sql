-- Which sides a space can hold, which of them are pending, and which lose their vectors again.

create function job.build_sides(space text) returns void language plpgsql as $$
declare
    recipe jsonb := (select s.recipe from core.space s where s.name = space);
    parts text[] := job.parts_of(space);
    sides text := case recipe ->> 'family'
        when 'imported' then 'select side_id from {has}'
        when 'derived' then 'select side_id from core.' || part.has_name(parts[1])
             || case when recipe ? 'face' then format(' where face = %L', recipe ->> 'face') else '' end
        when 'blended' then (
            select string_agg('select side_id from core.' || part.has_name(part), ' intersect ')
            from unnest(parts) part)
        -- Sides with an image, a text or both: once none of its parts still has the side pending.
        when 'fused' then (
            select format('select u.side_id from (%s) u where %s',
                          string_agg('select side_id from core.' || part.has_name(part), ' union '),
                          string_agg(format('u.side_id not in (select side_id from job.pending_%s)', part),
                                     ' and '))
            from unnest(parts) part)
        else 'select side_id from core.side where '
             || case when recipe ? 'templates' then 'true' else 'sha256 is not null' end
             || case when recipe ? 'face' then format(' and face = %L', recipe ->> 'face') else '' end
        end;
begin
    execute job.filled('create or replace view job.sides_{space} as ' || sides, space);
    execute job.filled($q$
        create or replace view job.pending_{space} as
        select s.side_id from job.sides_{space} s
        where not exists (select from {has} e where e.side_id = s.side_id)
          and not exists (select from core.fault f where f.side_id = s.side_id and f.space_id = {space_id})
    $q$, space);
end $$;
comment on function job.build_sides is
    'Builds the views job.sides_<space>, the sides that a space can hold, and job.pending_<space>, those of '
    'them that have neither a vector nor a fault in it.';

create function job.forget_vectors(space text, sides int[]) returns void language plpgsql as $$
begin
    execute format('delete from %s where side_id = any(%L::int[])', job.vectors_table(space), sides);
    if job.is_apart(space) then
        execute format('delete from %s where side_id = any($1)', job.has_table(space)) using sides;
    end if;
    delete from core.sentence t using core.space s
    where t.space_id = s.space_id and s.name = space and t.side_id = any(sides);
    delete from core.fault f using core.space s
    where f.space_id = s.space_id and s.name = space and f.side_id = any(sides);
end $$;
comment on function job.forget_vectors is 'Drops the vectors, sentences and faults of some sides in a space.';

create function job.forget_sides(sides int[]) returns void language sql as $$
    -- Sentences do not depend on the photograph; vectors that were made elsewhere cannot be made again.
    select job.forget_vectors(s.name, forget_sides.sides) from core.space s
    where forget_sides.sides <> '{}' and not s.recipe ? 'templates'
      and s.recipe ->> 'family' is distinct from 'imported';
    delete from core.fault where side_id = any(sides) and space_id is null
$$;
comment on function job.forget_sides is 'Drops the vectors and faults of sides whose photograph has changed.';

create function job.note_vectors(space text, sides int[]) returns void language plpgsql as $$
begin
    if job.is_apart(space) then
        execute format('insert into %s select s.side_id, s.coin_id, s.face from core.side s '
                       'where s.side_id = any($1) on conflict do nothing', job.has_table(space)) using sides;
    end if;
    perform job.renew_dependents(space, sides);
end $$;
comment on function job.note_vectors is
    'What follows once vectors of some sides were written: the spaces that are made of this one make theirs '
    'again.';

create function job.renew_dependents(space text, sides int[]) returns void language plpgsql as $$
declare
    made text;
begin
    -- A vector that was made from the other parts only is made again, now with this part.
    for made in select distinct d.name from core.part p join core.space d using (space_id)
                join core.space s on s.space_id = p.source_id where s.name = renew_dependents.space loop
        perform job.forget_vectors(made, sides);
        perform job.renew_dependents(made, sides);
    end loop;
end $$;
comment on function job.renew_dependents is
    'Drops what was made from some sides before they had a vector in this space; it is made again.';

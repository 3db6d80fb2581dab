-- Outlines: where the coin is in its photograph, as the images stage finds it or a person says.

create view api.outlines as
select o.side_id, s.coin_id, s.face, o.x_px, o.y_px, o.radius_px, o.certainty, o.method, o.said_by, o.edge,
       i.width_px, i.height_px, o.thumbnail is not null as shows_both
from core.outline o join core.side s using (side_id, sha256) join core.image i using (sha256);
comment on view api.outlines is
    'Where each coin is in its photograph: one row for each side that has one. Lengths are in pixels of the '
    'upright photograph, from its upper left corner.';
comment on column api.outlines.face is 'obverse or reverse';
comment on column api.outlines.x_px is 'The middle of the square around the coin, from the left';
comment on column api.outlines.y_px is 'The middle of the square around the coin, from the top';
comment on column api.outlines.radius_px is 'Half of the side of that square';
comment on column api.outlines.certainty is
    '0 to 1; 0: no coin was found, and the whole picture counts';
comment on column api.outlines.method is 'How it was found';
comment on column api.outlines.said_by is 'The person who said it; null: coinstore found it';
comment on column api.outlines.edge is
    'Distance of the edge from the middle, per mille of radius_px, in 96 equal steps; it begins to the right '
    'and goes clockwise';
comment on column api.outlines.width_px is 'Width of the upright photograph';
comment on column api.outlines.height_px is 'Height of the upright photograph';
comment on column api.outlines.shows_both is 'Whether the photograph shows both faces of the coin';

create function job.note_photographs(batch jsonb) returns void language sql as $$
    -- That a photograph was replaced is told until a person says where the coin is, or it is replaced again.
    delete from core.fault f using jsonb_array_elements(batch) e
    left join core.outline o on o.side_id = (e ->> 'side_id')::int
    where f.side_id = (e ->> 'side_id')::int and f.space_id is null
      and (f.column_name <> 'outline' or encode(o.sha256, 'hex') <> e ->> 'sha256');
    with seen as (
        select (e ->> 'side_id')::int as side_id, e ->> 'reason' as reason, o.said_by,
               encode(o.sha256, 'hex') <> e ->> 'sha256' as is_other
        from jsonb_array_elements(batch) e
        left join core.outline o on o.side_id = (e ->> 'side_id')::int and o.said_by is not null)
    insert into core.fault (side_id, column_name, reason, noted_at)
    -- Once a person has said where the coin is, nothing is unclear in this photograph.
    select s.side_id, 'image', s.reason, clock_timestamp() from seen s
    where s.reason is not null and coalesce(s.is_other, true)
    union all
    select s.side_id, 'outline',
           format('the photograph was replaced after %s had said where the coin is; say it again if the '
                  'outline of this one is wrong', s.said_by),
           clock_timestamp()
    from seen s where s.is_other
    on conflict do nothing
$$;
comment on function job.note_photographs is
    'Notes why photographs of a batch cannot be used, what is unclear in them, and which of them replace one '
    'in which a person had said where the coin is; forgets what was noted before.';

create function job.store_outlines(batch jsonb, coins bytea[]) returns int language plpgsql as $$
declare
    changed int[];
begin
    perform job.note_photographs(batch);
    with found as (
        select (e ->> 'side_id')::int as side_id, decode(e ->> 'sha256', 'hex') as sha256, o.*,
               coins[n] as coin
        from jsonb_array_elements(batch) with ordinality b (e, n)
        cross join lateral jsonb_to_record(e -> 'outline')
            as o (x_px real, y_px real, radius_px real, edge smallint[], certainty real, method text,
                  finder smallint)
        where e ? 'outline'),
    same as (
        select side_id from found f join core.outline o using (side_id)
        where (o.sha256, o.x_px, o.y_px, o.radius_px, o.edge, o.certainty, o.method, o.thumbnail)
            is not distinct from
              (f.sha256, f.x_px, f.y_px, f.radius_px, f.edge, f.certainty, f.method, f.coin)),
    stored as (
        insert into core.outline as o
            (side_id, sha256, x_px, y_px, radius_px, edge, certainty, method, finder, thumbnail)
        select f.side_id, f.sha256, f.x_px, f.y_px, f.radius_px, f.edge, f.certainty, f.method, f.finder,
               f.coin
        from found f order by f.side_id
        on conflict (side_id) do update set
            sha256 = excluded.sha256, x_px = excluded.x_px, y_px = excluded.y_px,
            radius_px = excluded.radius_px, edge = excluded.edge, certainty = excluded.certainty,
            method = excluded.method, finder = excluded.finder, thumbnail = excluded.thumbnail,
            said_by = null
        -- What a person says is kept as long as the photograph is the same.
        where o.said_by is null or o.sha256 <> excluded.sha256
        returning o.side_id)
    -- A side whose photograph was not known yet has no vectors.
    select coalesce(array_agg(t.side_id), '{}') into changed
    from stored t join core.side s using (side_id)
    where s.sha256 is not null and t.side_id not in (select m.side_id from same m);
    perform job.forget_outlined(changed);
    return cardinality(changed);
end $$;
comment on function job.store_outlines is
    'Stores the outlines of a batch, and (coins) the thumbnails of faces that share a photograph; returns '
    'how many sides got another outline for the photograph that they had.';

create function job.forget_outlined(sides int[]) returns void language plpgsql as $$
declare
    space text;
begin
    for space in select s.name from core.space s where s.recipe ->> 'fit' = 'coin' and sides <> '{}' loop
        perform job.forget_vectors(space, sides);
        perform job.renew_dependents(space, sides);
    end loop;
end $$;
comment on function job.forget_outlined is
    'Drops the vectors that were made by the outlines of some sides, and what was made of them.';

create function job.lacks_outline(below float8, finder int) returns table (side_id int)
language sql stable as $$
    select s.side_id from core.side s
    left join core.outline o on o.side_id = s.side_id and o.sha256 = s.sha256
    where s.sha256 is not null and s.image_location is not null
      and (o.side_id is null
           or o.said_by is null and (o.certainty < below or o.finder < lacks_outline.finder))
$$;
comment on function job.lacks_outline is
    'Sides with a photograph that have no outline, or one that coinstore found: with a certainty below a '
    'limit, or by an earlier version of the finder.';

create function job.claim_outlines(after int, at_most int, below float8, finder int, worker int, workers int)
returns table (side_id int, location text, face text, is_of_both boolean, part int, is_second boolean,
               sha256 text) language plpgsql as $$
begin
    return query
        with claimed as (
            select s.side_id, s.sha256
            from job.lacks_outline(below, finder) l join core.side s on s.side_id = l.side_id
            where l.side_id > after and s.coin_id % workers = worker
            order by l.side_id limit at_most
            for no key update of s skip locked)
        select p.side_id, p.location, p.face, p.is_of_both, p.part, p.is_second, encode(c.sha256, 'hex')
        from claimed c join job.named_photographs p using (side_id) order by p.side_id;
end $$;
comment on function job.claim_outlines is
    'The next sides that lack an outline, of those that this worker looks at (coin_id % workers); until the '
    'transaction ends other runs skip them.';

create function job.forget_correction(side int)
returns table (side_id int, location text, face text, is_of_both boolean, part int, is_second boolean,
               sha256 text) language plpgsql as $$
begin
    perform from core.side s where s.side_id = side for no key update;
    delete from core.outline o where o.side_id = side and o.said_by is not null;
    return query
        select p.side_id, p.location, p.face, p.is_of_both, p.part, p.is_second, encode(s.sha256, 'hex')
        from core.side s join job.named_photographs p using (side_id) where s.side_id = side;
end $$;
comment on function job.forget_correction is
    'Forgets where a person said that a coin is; gives the photograph, in which it is to be found now.';

create function job.set_outline(side int, of text, "outline" jsonb, coin bytea, person text) returns void
language plpgsql as $$
declare
    photograph bytea;
begin
    -- A worker that embeds the side holds it: its vector comes first, and is dropped.
    select s.sha256 into photograph from core.side s where s.side_id = side for no key update;
    if photograph is distinct from decode(of, 'hex') then
        raise 'the photograph was replaced just now; look at it again, then say where the coin is.'
            using errcode = 'CS001';
    end if;
    insert into core.outline as o
        (side_id, sha256, x_px, y_px, radius_px, edge, certainty, method, said_by, thumbnail)
    select side, photograph, n.x_px, n.y_px, n.radius_px, n.edge, n.certainty, n.method, person, coin
    from jsonb_to_record("outline")
        as n (x_px real, y_px real, radius_px real, edge smallint[], certainty real, method text)
    on conflict (side_id) do update set
        sha256 = excluded.sha256, x_px = excluded.x_px, y_px = excluded.y_px, radius_px = excluded.radius_px,
        edge = excluded.edge, certainty = excluded.certainty, method = excluded.method,
        said_by = excluded.said_by, thumbnail = excluded.thumbnail;
    delete from core.fault f where f.side_id = side and f.space_id is null;
    perform job.forget_outlined(array[side]);
end $$;
comment on function job.set_outline is
    'Stores where a person says that a coin is in the photograph with this SHA-256; vectors that were made '
    'by its outline are dropped.';

create function job.outline_of(side int) returns jsonb language sql stable as $$
    select to_jsonb(o) - 'side_id' - 'thumbnail' - 'said_by' - 'sha256'
           || jsonb_build_object('width_px', i.width_px)
    from core.outline o join core.side s using (side_id, sha256) join core.image i using (sha256)
    where o.side_id = side
$$;
comment on function job.outline_of is
    'The outline of a side, as those take it who prepare its photograph; null: there is none.';

create function part.outlines_of(coin int)
returns table (side_id int, collection text, inventory_number text, face text, x_px real, y_px real,
               radius_px real, certainty real, method text, said_by text, edge smallint[], width_px int,
               height_px int, location text, sha256 text) language sql stable as $$
    select i.side_id, c.collection, c.inventory_number, i.face, o.x_px, o.y_px, o.radius_px, o.certainty,
           o.method, o.said_by, o.edge, i.width_px, i.height_px, i.location, i.sha256
    from api.images i join api.coins c using (coin_id) left join api.outlines o on o.side_id = i.side_id
    where i.coin_id = coin and i.sha256 is not null order by i.face
$$;
comment on function part.outlines_of is
    'The usable photographs of a coin, each with its outline; null where none was found yet.';

create function part.unusable_photographs(coins int[])
returns table (collection text, inventory_number text, face text, reason text) language sql stable as $$
    select c.collection, c.inventory_number, i.face,
           coalesce((select part.without_folders(f.reason) from api.faults f
                     where f.coin_id = i.coin_id and f.face = i.face and f.space is null limit 1),
                    'the photograph was not read yet')
    from api.images i join api.coins c using (coin_id)
    where i.coin_id = any(coins) and i.sha256 is null order by i.face, i.coin_id
$$;
comment on function part.unusable_photographs is
    'The photographs of some coins that cannot be used, and why.';

create function part.least_certain_outlines(predicate text default 'true', at_most int default null)
returns table (coin_id int, collection text, inventory_number text, face text, x_px real, y_px real,
               radius_px real, certainty real, method text, said_by text) language sql stable as $$
    select c.coin_id, c.collection, c.inventory_number, o.face, o.x_px, o.y_px, o.radius_px, o.certainty,
           o.method, o.said_by
    from api.outlines o join part.described_coins(predicate) c using (coin_id)
    order by o.certainty, o.side_id limit at_most
$$;
comment on function part.least_certain_outlines is
    'The outlines of the coins that pass a predicate over the columns of api.coins, the least certain first.';

create function job.lacking_outlines(below float8, finder int) returns int language sql stable as $$
    select count(*)::int from job.lacks_outline(below, finder)
$$;
comment on function job.lacking_outlines is 'How many sides job.claim_outlines would give.';

create function job.shared_thumbnail(side int) returns bytea language sql stable as $$
    select i.thumbnail from core.outline o join core.side s using (side_id, sha256)
    join core.image i using (sha256)
    where o.side_id = side and o.thumbnail is not null
$$;
comment on function job.shared_thumbnail is
    'The thumbnail of the whole photograph of a side that shares it with the other face, else null.';

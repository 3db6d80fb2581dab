-- What is in the store, for anyone who may read.

create view api.coins as
select c.coin_id, l.name as collection, c.inventory_number,
       coalesce(t.preferred, t.label, nullif(concat_ws(' ', t.catalogue, t.number), '')) as type,
       c.denomination, c.material, c.mint, c.authority, c.portrait, c.year_from, c.year_to,
       c.weight_g, c.diameter_mm, c.diameter_min_mm, c.die_axis_h, c.findspot, c.provenance
from core.coin c
-- Each coin has its collection: as a left join the planner may drop it where no one asks for the name.
left join core.collection l using (collection_id)
left join core.coin_type ct on case when ct.is_primary then ct.coin_id end = c.coin_id
left join core.type t on t.type_id = ct.type_id;
comment on view api.coins is 'One row for each coin. type is its primary type; api.types has all of them.';
comment on column api.coins.coin_id is 'Key of the coin; stable as long as the store lives';
comment on column api.coins.collection is 'Where the coin is kept: a museum, a hoard, a private owner';
comment on column api.coins.inventory_number is 'Known by this number within its collection';
comment on column api.coins.type is 'Preferred label of the primary type; null when unassigned. What the source has: api.types.recorded_label';
comment on column api.coins.denomination is 'The preferred name (api.terms); what the source has in its place: api.recorded';
comment on column api.coins.material is 'The preferred name (api.terms); what the source has in its place: api.recorded';
comment on column api.coins.mint is 'Place of minting by its preferred name (api.terms); what the source has in its place: api.recorded';
comment on column api.coins.authority is 'Issuing authority by the preferred name (api.terms); what the source has in its place: api.recorded';
comment on column api.coins.portrait is 'Whose portrait the coin bears, by the preferred name (api.terms); what the source has in its place: api.recorded';
comment on column api.coins.year_from is 'First year, signed: 44 BC is -44; there is no year 0';
comment on column api.coins.year_to is 'Last year, signed: 44 BC is -44; there is no year 0';
comment on column api.coins.weight_g is 'Weight in grams, above 0; null when unknown';
comment on column api.coins.diameter_mm is 'Largest diameter in millimetres';
comment on column api.coins.diameter_min_mm is 'Smallest diameter in millimetres, where a source gives two';
comment on column api.coins.die_axis_h is 'Die axis in clock hours, 1 to 12';
comment on column api.coins.findspot is 'As the source has it';
comment on column api.coins.provenance is 'As the source has it';

create view api.sides as
select c.*, s.side_id, s.face, s.legend, s.description
from core.side s join api.coins c using (coin_id);
comment on view api.sides is 'One row for each side of a coin, with the coin''s metadata beside it.';
comment on column api.sides.side_id is 'Key of the side';
comment on column api.sides.face is 'obverse or reverse';
comment on column api.sides.legend is 'The legend, as the source has it';
comment on column api.sides.description is 'What the side shows, as the source has it';

create function api.shown_location(location text) returns text language sql immutable parallel safe as $$
    -- What stands before @ in an address, and behind its ? or #, may be a password or a token.
    select regexp_replace(location,
        '((?:^|::)(?!zip:|file:|memory:)[A-Za-z][A-Za-z0-9+.-]+://)(?:[^/?#]*@|(?![^/?#]*@)[^/?#:]*:(?!\d*(?:[/?#]|$)).*@)?([^?#]*).*$', '\1\2')
$$;
comment on function api.shown_location is 'A location as people may see it: without user, password, query and fragment.';

create view api.images as
select s.side_id, s.coin_id, s.face,
       -- Hidden here, too, and not by the WHERE alone: an error of a user's condition could name what it was tried on.
       case when hidden then null else api.shown_location(s.image_location) end as location,
       case when hidden then null else encode(s.sha256, 'hex') end as sha256,
       i.format, i.width_px, i.height_px, i.size_bytes, i.thumbnail
from core.side s
cross join lateral (select (select job.hides(true)) and job.hides_coin(s.coin_id, (select job.hidden_collections(true))) as hidden) h
left join core.image i on i.sha256 = s.sha256
where s.image_location is not null and nullif(hidden, true) is not null;
comment on view api.images is
    'One row for each side that names a photograph; sha256 is null when it could not be used.';

create view api.types as
select ct.coin_id, t.type_id, t.catalogue, t.number, coalesce(t.preferred, t.label) as label, t.uri,
       ct.certainty, ct.said_by_kind, ct.said_by, ct.is_primary, t.label as recorded_label
from core.coin_type ct join core.type t using (type_id);
comment on view api.types is 'One row for each type that someone gave a coin: who said so, and how sure (0 to 1).';
comment on column api.types.label is 'The preferred label (api.terms), by which one type under two labels is one';
comment on column api.types.recorded_label is 'The label as it was said';

create view api.dies as
select sd.side_id, s.coin_id, d.die_id, d.study, d.face, d.name as die
from core.side_die sd join core.die d using (die_id) join core.side s using (side_id);
comment on view api.dies is 'One row for each die that a study names for a side.';

create view api.records as
select r.record_id, r.coin_id, s.location as source, r.place, r.raw as record, r.refusal
from core.record r join core.source s using (source_id);
comment on view api.records is 'Each record as it came; one that was refused has no coin.';

create view api.faults as
select f.fault_id, s.location as source, coalesce(r.place, api.shown_location(d.image_location)) as place,
       coalesce(r.coin_id, d.coin_id) as coin_id, d.face, p.name as space,
       f.column_name,
       case when f.column_name like '% image' then api.shown_location(f.value_text) else f.value_text end as value_text,
       f.reason, f.noted_at
from core.fault f
left join core.record r using (record_id)
left join core.source s using (source_id)
left join core.side d on d.side_id = f.side_id
left join core.space p on p.space_id = f.space_id
-- Row 9 before row 10.
order by s.location, length(r.place), r.place, d.side_id, f.fault_id;
comment on view api.faults is
    'What could not be taken: of which record or photograph, which column and text, and why. In the order of the sources.';

create function api.fault_reasons(sources text[]) returns table (faults bigint, column_name text, reason text)
language sql stable as $$
    select count(*), coalesce(nullif(f.column_name, ''), 'record'),
           min(f.reason) || case when count(distinct f.reason) > 1 then ' (for example)' else '' end
    from api.faults f
    where f.space is null and (f.source = any(sources) or f.source is null and f.coin_id in (
        select r.coin_id from api.records r where r.source = any(sources)))
    -- Reasons that differ in a number or a name are one.
    group by 2, regexp_replace(f.reason, '\d[\d.,]*|"[^"]*"| of \S.*/.*$| .?/\S+', '…', 'g')
    order by 1 desc, 2, 3
$$;
comment on function api.fault_reasons is
    'Why values, records and photographs of some sources could not be taken, the most frequent reason first.';

create function api.coin(collection text, inventory_number text) returns int
language sql stable as $$
    select c.coin_id from api.coins c
    where c.collection = coin.collection and c.inventory_number = coin.inventory_number
$$;
comment on function api.coin is 'The key of a coin, by its collection and inventory number; null when there is none.';

create function api.find_coins(name text, at_most int default 10)
returns table (coin_id int, collection text, inventory_number text, how text)
language sql stable as $$
    with named as (
        select c.coin_id, c.collection, c.inventory_number,
               case when c.collection || '/' || c.inventory_number = name then 1
                    -- One coin's id may be another's number: then the text could mean either.
                    when c.coin_id::text = name or c.inventory_number = name then 2
                    else 3 end as rank
        from api.coins c
        where c.coin_id::text = name or c.inventory_number = name
           or c.collection || '/' || c.inventory_number ilike
              '%' || regexp_replace(name, '([\\%_])', '\\\1', 'g') || '%'
    )
    select coin_id, collection, inventory_number,
           (array['name', case when inventory_number = name then 'number' else 'id' end, 'part'])[rank]
    from named where rank = (select min(rank) from named)
    order by collection, inventory_number limit at_most
$$;
comment on function api.find_coins is
    'The coins that answer to a text: "collection/inventory_number", an id, a number, or a part of them; the best kind of answer only.';

-- Coins, their sides, types and dies.

-- Stable, as concat_ws is: otherwise the planner would not inline them.
create function part.recorded_type(t core.type) returns text language sql stable parallel safe as $$
    select coalesce(t.label, nullif(concat_ws(' ', t.catalogue, t.number), ''))
$$;
comment on function part.recorded_type is 'The label of a type as its source has it.';

create function part.type_label(t core.type) returns text language sql stable parallel safe as $$
    select coalesce(t.preferred, part.recorded_type(t))
$$;
comment on function part.type_label is
    'The label of a type that people see: the preferred one, else as recorded.';

create function part.edtf_year(year int) returns text language sql immutable parallel safe as $$
    -- EDTF has a year 0, which is 1 BC.
    select case when year < -1 then '-' else '' end
           || to_char(abs(year + case when year < 0 then 1 else 0 end), 'FM9999990000')
$$;
comment on function part.edtf_year is 'A signed year without a year 0 as EDTF has it: -44, 44 BC, is -0043.';

create function part.edtf(year_from int, year_to int) returns text language sql immutable parallel safe as $$
    select case when year_from = year_to then part.edtf_year(year_from)
                when num_nonnulls(year_from, year_to) > 0
                then coalesce(part.edtf_year(year_from), '') || '/' || coalesce(part.edtf_year(year_to), '')
           end
$$;
comment on function part.edtf is 'A span of years in EDTF; an end that is not known is empty.';

create view api.coins as
select c.coin_id, l.name as collection, c.inventory_number,
       part.type_label(t) as type,
       c.denomination, c.material, c.mint, c.authority, c.portrait, c.year_from, c.year_to,
       c.weight_g, c.diameter_mm, c.diameter_min_mm, c.die_axis_h, c.findspot, c.provenance, c.hoard, c.uri,
       t.uri as type_uri, c.denomination_uri, c.material_uri, c.mint_uri, c.authority_uri, c.portrait_uri,
       c.findspot_uri, c.hoard_uri, part.edtf(c.year_from, c.year_to) as date_edtf
from core.coin c
-- Each coin has its collection; but the planner can drop a left join when no one asks for the name.
left join core.collection l using (collection_id)
left join core.coin_type ct on case when ct.is_primary then ct.coin_id end = c.coin_id
left join core.type t on t.type_id = ct.type_id;
comment on view api.coins is 'One row for each coin. type is its primary type; api.types has all of them.';
comment on column api.coins.coin_id is 'Key of the coin; never changes while the store exists';
comment on column api.coins.collection is 'Where the coin is kept: a museum, a hoard, a private owner';
comment on column api.coins.inventory_number is 'Identifies the coin within its collection';
comment on column api.coins.type is
    'Label of the primary type, as preferred (api.terms); null: no type. As recorded: '
    'api.types.recorded_label';
comment on column api.coins.denomination is
    'Denomination, by its preferred name (api.terms); as recorded: api.values';
comment on column api.coins.material is
    'Material, by its preferred name (api.terms); as recorded: api.values';
comment on column api.coins.mint is
    'Place of minting, by its preferred name (api.terms); as recorded: api.values';
comment on column api.coins.authority is
    'Issuing authority, by the preferred name (api.terms); as recorded: api.values';
comment on column api.coins.portrait is
    'Person whose portrait is on the coin, by the preferred name (api.terms); as recorded: api.values';
comment on column api.coins.year_from is 'First year, signed: 44 BC is -44; there is no year 0';
comment on column api.coins.year_to is 'Last year, signed: 44 BC is -44; there is no year 0';
comment on column api.coins.weight_g is 'Weight in grams, above 0; null: unknown';
comment on column api.coins.diameter_mm is 'Largest diameter in millimetres';
comment on column api.coins.diameter_min_mm is 'Smallest diameter in millimetres, if a source gives two';
comment on column api.coins.die_axis_h is 'Die axis in clock hours, 1 to 12';
comment on column api.coins.findspot is 'Where the coin was found, as the source has it';
comment on column api.coins.provenance is 'Earlier owners and sales, as the source has it';
comment on column api.coins.hoard is
    'The hoard that the coin was found in, as the source has it: its name, else its address';
comment on column api.coins.uri is 'Web address of the coin itself, as the source gives it';
comment on column api.coins.type_uri is 'Web address of the primary type, as a source gives it';
comment on column api.coins.denomination_uri is
    'Address of the concept (nomisma.org …), as the source gives it';
comment on column api.coins.material_uri is
    'Address of the concept (nomisma.org …), as the source gives it';
comment on column api.coins.mint_uri is
    'Address of the concept (nomisma.org …), as the source gives it';
comment on column api.coins.authority_uri is
    'Address of the concept (nomisma.org …), as the source gives it';
comment on column api.coins.portrait_uri is
    'Address of the concept (nomisma.org …), as the source gives it';
comment on column api.coins.findspot_uri is
    'Address of the place (Geonames, Wikidata …), as the source gives it';
comment on column api.coins.date_edtf is
    'The years in EDTF (ISO 8601-2), which has a year 0: 44 BC is -0043; an unknown end is empty';
comment on column api.coins.hoard_uri is 'Address of the hoard (coinhoards.org …), as the source gives it';

create view api.sides as
select c.*, s.side_id, s.face, s.legend, s.description, s.description_language
from core.side s join api.coins c using (coin_id);
comment on view api.sides is 'One row for each side of a coin, with all columns of the coin.';
comment on column api.sides.side_id is 'Key of the side';
comment on column api.sides.face is 'obverse or reverse';
comment on column api.sides.legend is 'The legend, as the source has it';
comment on column api.sides.description is 'What the side shows, as the source has it';

create view api.types as
select ct.coin_id, t.type_id, t.catalogue, t.number, coalesce(t.preferred, t.label) as label, t.uri,
       ct.certainty, ct.said_by_kind, ct.said_by, ct.is_primary, t.label as recorded_label, ct.is_uncertain,
       ct.rank
from core.coin_type ct join core.type t using (type_id);
comment on view api.types is
    'One row for each type that someone gave a coin: who said so, and how certain it is (0 to 1).';
comment on column api.types.label is
    'The preferred label (api.terms): one type has one, whatever sources call it';
comment on column api.types.uri is 'Web address of the type, if a source gives one';
comment on column api.types.recorded_label is 'The label in the source';
comment on column api.types.is_uncertain is
    'true: its source marks it as uncertain; it is never the primary type';

comment on column api.types.rank is 'The place among the types that the same source gives, from 1';

create view api.references as
select ct.coin_id, 'type' as kind, coalesce(t.preferred, t.label) as label, t.catalogue, t.number, t.uri,
       ct.is_uncertain, ct.rank, ct.said_by_kind, ct.said_by
from core.coin_type ct join core.type t using (type_id)
union all
select r.coin_id, r.kind, r.label, r.catalogue, r.number, r.uri, false, r.rank, 'source', s.location
from core.reference r left join core.source s using (source_id);
comment on view api.references is
    'One row for each thing that someone refers to for a coin: its types (as in api.types), hoards, other '
    'coins, and literature.';
comment on column api.references.kind is 'type, hoard, coin (another one) or literature';
comment on column api.references.label is 'As the source has it; of a type the preferred label (api.terms)';
comment on column api.references.uri is 'Web address of what is meant, if the source gives one';
comment on column api.references.is_uncertain is 'true: its source marks the type as uncertain';
comment on column api.references.rank is
    'The place among those that the same source gives, of types and of the others, from 1';

create view api.dies as
select sd.side_id, s.coin_id, d.die_id, d.study, d.face, d.name as die
from core.side_die sd join core.die d using (die_id) join core.side s using (side_id);
comment on view api.dies is 'One row for each die that a study names for a side.';
comment on column api.dies.face is 'obverse or reverse';

create function api.coin(collection text, inventory_number text) returns int
language sql stable as $$
    select coalesce(
        (select c.coin_id from api.coins c
         where c.collection = coin.collection and c.inventory_number = coin.inventory_number),
        (select c.coin_id from api.coins c
         where c.collection = part.one_name(coin.collection)
           and c.inventory_number = part.one_name(coin.inventory_number)))
$$;
comment on function api.coin is
    'The key of the coin with this collection and inventory number; null: there is none.';

create function api.find_coins(name text, at_most int default 10)
returns table (coin_id int, collection text, inventory_number text, how text)
language sql stable as $$
    with asked as (select part.one_name(name) as form),
    slash as (
        select left(a.form, n - 1) as collection, substr(a.form, n + 1) as number
        from asked a, generate_series(2, length(a.form) - 1) n where substr(a.form, n, 1) = '/'),
    -- Whole names first: each has an index.
    whole as materialized (
        select c.coin_id, c.collection, c.inventory_number, 1 as rank
        from slash s join api.coins c
             on (c.collection, c.inventory_number) = (s.collection, s.number)
        union all
        -- An id can also be another coin's number: then the text is ambiguous.
        select c.coin_id, c.collection, c.inventory_number, 2
        from asked a join api.coins c on c.inventory_number = a.form
        union all
        select c.coin_id, c.collection, c.inventory_number,
               case c.inventory_number when name then 1 else 2 end
        from asked a join api.coins c on part.one_name(c.inventory_number) = a.form
        where part.is_odd_name(c.inventory_number)
        union all
        select c.coin_id, c.collection, c.inventory_number, 2 from api.coins c
        where c.coin_id = case when name ~ '^[1-9][0-9]{0,8}$' then name::int end
          and c.inventory_number <> name),
    named as (
        select * from whole
        union all
        select c.coin_id, c.collection, c.inventory_number, 3 from api.coins c
        where not exists (select from whole)
          and c.collection || '/' || c.inventory_number ilike
              '%' || regexp_replace(part.one_name(name), '([\\%_])', '\\\1', 'g') || '%')
    select coin_id, collection, inventory_number,
           (array['name', case when part.one_name(inventory_number) = part.one_name(name) then 'number'
                           else 'id' end, 'part'])[rank]
    from named where rank = (select min(rank) from named)
    order by collection, inventory_number limit at_most
$$;
comment on function api.find_coins is
    'The coins that a text means: "collection/inventory_number", an id, a number, or a part of these. Only '
    'the best kind of match is returned; how says which (name, id, number, part).';

create function part.coins_named(names text[]) returns table (name text, coin_id int)
language sql stable as $$
    select n.name, min(c.coin_id)
    from unnest(names) n (name) join api.coins c on c.collection || '/' || c.inventory_number = n.name
    group by n.name having count(*) = 1
$$;
comment on function part.coins_named is 'The coins with exactly these names, collection/inventory_number.';

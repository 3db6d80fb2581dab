-- Coins and collections have one name each, as records have since: composed letters, no invisible characters,
-- single spaces. Where another coin has that name already, a coin keeps the one it has.

create function pg_temp.one_name(name text) returns text language sql immutable as $$
    select btrim(regexp_replace(normalize(regexp_replace(name,
        '[\u00ad\u034f\u061c\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f'
        || '\ufe00-\ufe0f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]', '', 'g'), NFC),
        '[\u0009-\u000d\u001c- \u0085\u00a0\u1680\u2000-\u200a'
        || '\u2028\u2029\u202f\u205f\u2800\u3000\u3164\uffa0]+', ' ', 'g'), ' ')
$$;

with odd as (
    select collection_id, pg_temp.one_name(name) as name,
           row_number() over (partition by pg_temp.one_name(name) order by collection_id) as place
    from core.collection where name <> pg_temp.one_name(name))
update core.collection l set name = o.name
from odd o
where l.collection_id = o.collection_id and o.place = 1 and o.name <> ''
  and not exists (select from core.collection x where x.name = o.name);

with odd as (
    select coin_id, collection_id, pg_temp.one_name(inventory_number) as name,
           row_number() over (partition by collection_id, pg_temp.one_name(inventory_number)
                              order by coin_id) as place
    from core.coin where inventory_number <> pg_temp.one_name(inventory_number))
update core.coin c set inventory_number = o.name
from odd o
where c.coin_id = o.coin_id and o.place = 1 and o.name <> ''
  and not exists (select from core.coin x
                  where x.collection_id = o.collection_id and x.inventory_number = o.name);

drop function pg_temp.one_name(text);

-- The coins that kept another name, which are few: part.is_odd_name.
create index coin_odd_name on core.coin (coin_id)
    where inventory_number ~ '[\u00a0\u00ad\u200b-\u200f\u202a-\u202f\u2060-\u206f\ufeff]|^\s|\s\s|\s$'
       or inventory_number is not nfc normalized;

-- The pages in which people browse. What is chosen is one JSON object, as the address of a page says it:
-- {"words": "denar lyon", "mint": ["Rome", null], "year_from": -44, "weight_to": 4.2}; null is "not known".

create function part.browse_fields() returns text[] language sql immutable parallel safe as $$
    select '{collection, type, denomination, material, mint, authority, portrait}'::text[]
$$;
comment on function part.browse_fields is 'The columns of api.coins whose names are counted and chosen.';

create function part.browse_names(field text, names jsonb) returns text
language sql stable parallel safe as $$
    select format('(%s)', concat_ws(' or ',
        (select format('%I in (%s)', field, string_agg(quote_literal(v), ', '))
         from jsonb_array_elements_text(names) v where v is not null having count(*) > 0),
        case when names @> 'null' then format('%I is null', field) end))
$$;
comment on function part.browse_names is 'The condition, as SQL, that a field has one of these names.';

create function part.chosen_condition(chosen jsonb, but text default null, found text default null,
                                      typed text default null)
returns text language sql stable as $$
    select coalesce(string_agg(condition, ' and ' order by nth), 'true')
    from (
        select 0, format('coin_id in (select %s)',
                         coalesce('coin_id from ' || found,
                                  format('api.coins_with_words(%L)', chosen ->> 'words')))
        where part.folded(chosen ->> 'words') <> ''
        union all
        select u.nth, case when u.field = 'type' and typed is not null
                           then format('coin_id in (select coin_id from %s)', typed)
                           else part.browse_names(u.field, chosen -> u.field) end
        from unnest(part.browse_fields()) with ordinality u (field, nth)
        where jsonb_array_length(chosen -> u.field) > 0 and u.field is distinct from but
        union all
        select 10, format('collection <> %L', chosen ->> 'not_collection') where chosen ? 'not_collection'
        union all
        select 10 + r.nth, format(r.form, (chosen ->> r.name)::float8)
        from (values (1, 'year_from', 'coalesce(year_to, year_from) >= %s'),
                     (2, 'year_to', 'coalesce(year_from, year_to) <= %s'),
                     (3, 'weight_from', 'weight_g >= %s'),
                     (4, 'weight_to', 'weight_g <= %s')) r (nth, name, form)
        where chosen ->> r.name is not null) c (nth, condition)
$$;
comment on function part.chosen_condition is
    'What is chosen as a condition over api.coins, as SQL; `but` leaves one field out, and `found` and '
    '`typed` are relations that have the coins with the words, and of the types, already.';

create function part.browse_order(sort text) returns text language sql immutable parallel safe as $$
    select concat_ws(', ', case sort when 'number' then 'inventory_number, collection' when 'type' then 'type'
                                     when 'oldest' then 'year_from, year_to'
                                     when 'newest' then 'year_to desc nulls last'
                                     when 'heaviest' then 'weight_g desc nulls last' end, 'coin_id')
$$;
comment on function part.browse_order is
    'The order of coins, as SQL: number, oldest, newest, heaviest or type; anything else is the order in '
    'which they were loaded.';

create function part.browse_coins(chosen jsonb, sort text, skip int, at_most int)
returns table (coin_id int, collection text, inventory_number text, type text, mint text, year_from int,
               year_to int, weight_g float8, obverse boolean, reverse boolean)
language plpgsql stable as $$
begin
    return query execute format($q$
        select c.coin_id, c.collection, c.inventory_number, c.type, c.mint, c.year_from, c.year_to,
               c.weight_g,
               exists (select from api.images i
                       where i.coin_id = c.coin_id and i.face = 'obverse' and i.sha256 is not null),
               exists (select from api.images i
                       where i.coin_id = c.coin_id and i.face = 'reverse' and i.sha256 is not null)
        from (select k.coin_id, row_number() over () as nth
              from (select coin_id from api.coins where %s order by %s offset $1 limit $2) k) p
        join api.coins c using (coin_id) order by p.nth
    $q$, part.chosen_condition(chosen), part.browse_order(sort)) using skip, at_most;
end $$;
comment on function part.browse_coins is
    'For pages: some of the coins that are chosen; sort as in part.browse_order.';

create function part.field_count(field text, condition text) returns text
language sql immutable parallel safe as $$
    select case field
        when 'all' then format('select %L, null, count(*) from api.coins where %s', field, condition)
        -- The label of a type is made once for each type, not for each coin.
        when 'type' then format($q$
            select %L, x.type, sum(g.coins)::bigint
            from (select t.type_id, count(*) as coins, min(c.coin_id) as one
                  from (select coin_id from api.coins where %s) c
                  left join api.types t on t.coin_id = c.coin_id and t.is_primary group by 1) g
            join api.coins x on x.coin_id = g.one group by 2 $q$, field, condition)
        else format('select %1$L, %1$I, count(*) from api.coins where %2$s group by 2', field, condition)
        end
$$;
comment on function part.field_count is
    'A query, as SQL: how many coins that pass a condition have each name in a field; of all, how many pass.';

create function part.count_fields(chosen jsonb)
returns table (field text, name text, coins bigint) language plpgsql stable as $$
begin
    -- Another name of a field adds coins: names are counted as if none were chosen in their field.
    return query execute format($q$
        with found as materialized (select api.coins_with_words(%L) as coin_id),
             -- The label of a type is made of several columns: the coins that have one are looked for once.
             typed as materialized (select coin_id from api.coins where %s) %s $q$, chosen ->> 'words',
        case when jsonb_array_length(chosen -> 'type') > 0 then part.browse_names('type', chosen -> 'type')
             else 'false' end,
        (select string_agg(format('(%s)', part.field_count(
                               f, part.chosen_condition(chosen, f, 'found', 'typed'))), ' union all ')
         from unnest(part.browse_fields() || text 'all') f));
end $$;
comment on function part.count_fields is
    'How many of the coins that are chosen have each name in each field; the row "all" counts them.';

create function part.browse_facets(chosen jsonb, at_most int default 12)
returns table (field text, name text, coins bigint, is_chosen boolean, names bigint)
language sql stable as $$
    with ranked as (
        select c.*, coalesce(case when c.name is null then chosen -> c.field @> 'null'
                                  else chosen -> c.field @> to_jsonb(c.name) end, false) as is_chosen,
               count(*) over (partition by c.field) as names,
               row_number() over (partition by c.field order by c.name is null, c.coins desc, c.name) as nth
        from part.count_fields(chosen) c)
    select r.field, r.name, r.coins, r.is_chosen, r.names from ranked r
    where r.nth <= at_most or r.is_chosen or r.name is null
    order by array_position(part.browse_fields(), r.field), r.is_chosen desc, r.name is null, r.coins desc,
             r.name
$$;
comment on function part.browse_facets is
    'For pages: the most frequent names of each field among the coins that are chosen, and how many names '
    'there are; the row "all" counts the coins.';

create function part.browse_ranges()
returns table (year_from int, year_to int, weight_from float8, weight_to float8) language sql stable as $$
    select min(coalesce(year_from, year_to)), max(coalesce(year_to, year_from)), min(weight_g), max(weight_g)
    from api.coins
$$;
comment on function part.browse_ranges is 'For pages: the first and last year, the least and largest weight.';

create function part.browse_coin(coin int)
returns table (field text, value text, uri text, is_uncertain boolean, said_by_kind text, said_by text,
               recorded text, is_fault boolean)
language sql stable as $$
    select field, value, uri, is_uncertain, said_by_kind, part.said_by(said_by_kind, said_by), recorded,
           part = 3
    from (
        select v.field, v.value, v.uri, v.is_uncertain, v.said_by_kind, v.said_by, v.recorded, 1 as part,
               v.rank
        from api.values v where v.coin_id = browse_coin.coin
        union all
        select r.kind, coalesce(concat_ws(' ', r.label, case when r.label is null then r.catalogue end,
                                          case when r.label is null then r.number end), r.uri),
               r.uri, r.is_uncertain, r.said_by_kind, r.said_by, null, 2, r.rank
        from api.references r where r.coin_id = browse_coin.coin
        union all
        select 'fault in ' || coalesce(f.column_name, f.space, f.face, 'the photograph'),
               part.without_folders(f.reason), null, false, 'source', f.source,
               case when f.column_name like '% image' then part.source_name(f.value_text)
                    else nullif(f.value_text, '') end, 3, 0
        from api.faults f where f.coin_id = browse_coin.coin) t
    order by part, field, rank
$$;
comment on function part.browse_coin is
    'For pages: what is known of a coin in names, types and references, and its faults, with who says so. '
    'For a fault, recorded may be the text of any column, and name former owners.';

create function part.browse_records(coin int)
returns table (source text, place text, record text, licence text, rights_holder text, language text)
language sql stable as $$
    select part.source_name(r.source), r.place, coalesce(r.record ->> 'xml', jsonb_pretty(r.record)),
           r.licence, r.rights_holder, r.language
    from api.records r where r.coin_id = browse_records.coin order by r.record_id
$$;
comment on function part.browse_records is 'For pages: the records of a coin, as they came.';

create function part.words_to_come() returns table (coins bigint) language sql stable security definer as $$
    select count(*) from core.coin c
    where not exists (select from core.coin_text t where t.coin_id = c.coin_id)
$$;
comment on function part.words_to_come is
    'How many coins are not found by words yet: api.coins_with_words finds those whose words are stored.';

-- What programs ask the pages for, as JSON.

create function part.coin_rows(coins int[]) returns setof api.coins language sql stable as $$
    select c.* from unnest(coins) with ordinality k (coin_id, nth) join api.coins c using (coin_id)
    order by k.nth
$$;
comment on function part.coin_rows is
    'The rows of api.coins of some coins, in the order in which they are asked for.';

create function part.coin_columns() returns table (column_name text, type_name text, meaning text)
language sql stable as $$
    select a.attname, format_type(a.atttypid, null), col_description(a.attrelid, a.attnum)
    from pg_attribute a
    where a.attrelid = 'api.coins'::regclass and a.attnum > 0 and not a.attisdropped order by a.attnum
$$;
comment on function part.coin_columns is 'The columns of api.coins, their types, and what they mean.';

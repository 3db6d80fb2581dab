-- Finding coins by words: parts of inventory numbers, types and legends, beginnings of all other words.
--
-- One index serves both: three-letter pieces of the line are words too, marked with ~ (trigrams, as pg_trgm
-- has them, which not every server offers).

create function part.folded(given text) returns text language sql immutable parallel safe as $$
    -- Latin legends have V and I where people write U and J.
    select trim(regexp_replace(
        translate(regexp_replace(normalize(lower(given), NFKD), '[\u0300-\u036f]', '', 'g'), 'vj', 'ui'),
        '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u2000-\u206f\u3000-\u303f]+', ' ', 'g'))
$$;
comment on function part.folded is
    'A text as it is compared with words: lower case, without accents and punctuation, V as U and J as I.';

create function part.words_of(folded text) returns text[] language sql immutable parallel safe as $$
    select array(select distinct left(w, 60) from unnest(string_to_array(folded, ' ')) w where w <> '')
$$;
comment on function part.words_of is 'The different words of a folded text, cut at 60 letters.';

create function part.pieces(folded text) returns text[] language sql immutable parallel safe as $$
    select array(select distinct '~' || substr(w, n, 3)
                 from unnest(part.words_of(folded)) w, generate_series(1, length(w) - 2) n)
$$;
comment on function part.pieces is 'The three-letter pieces of the words of a folded text, each after ~.';

create function part.folded_number(number text) returns text language sql immutable parallel safe as $$
    select concat_ws(' ', f, nullif(replace(f, ' ', ''), f)) from part.folded(number) f
$$;
comment on function part.folded_number is
    'An inventory number as it is compared with words: folded, and once more in one word if it has several.';

create function job.fill_texts(at_most int default 10000) returns int language plpgsql as $$
declare
    filled int;
begin
    perform job.hold_records();
    with lacking as materialized (
        select c.coin_id from core.coin c
        where not exists (select from core.coin_text t where t.coin_id = c.coin_id) limit at_most),
    said as materialized (
        select c.coin_id,
               concat_ws(' ', part.folded_number(c.inventory_number),
                         part.folded(concat_ws(' ', c.type, o.legend, r.legend))) as line,
               part.folded(concat_ws(' ', c.collection, c.denomination, c.material, c.mint, c.authority,
                                     c.portrait, c.findspot, c.hoard, o.description, r.description)) as more
        from lacking l join api.coins c using (coin_id)
        left join core.side o on o.coin_id = c.coin_id and o.face = 'obverse'
        left join core.side r on r.coin_id = c.coin_id and r.face = 'reverse')
    insert into core.coin_text (coin_id, line, words)
    select s.coin_id, s.line,
           array_to_tsvector(part.words_of(s.line || ' ' || s.more) || part.pieces(s.line))
    from said s on conflict do nothing;
    get diagnostics filled = row_count;
    return filled;
end $$;
comment on function job.fill_texts is
    'Stores the words of some coins that have none stored; returns how many. Nobody loads records meanwhile.';

create function job.forget_texts(coins int[]) returns void language plpgsql as $$
begin
    delete from core.coin_text t where t.coin_id = any(coins);
    perform job.forget_sentences(coins);
end $$;
comment on function job.forget_texts is
    'Drops what was made from the words about coins that have changed: it is made again.';

create function part.asked(words text) returns table (word text, whole text)
language sql immutable parallel safe as $$
    select distinct w, nullif(replace(f, ' ', ''), f)
    from regexp_split_to_table(words, '\s+') t, part.folded(t) f, unnest(part.words_of(f)) w
$$;
comment on function part.asked is
    'The folded words that are asked for. Where separators divide what was written in one, as in A12/3, '
    '`whole` is all of it in one word.';

create function part.asked_words(words text) returns tsquery language sql immutable parallel safe as $$
    select string_agg(concat('(', quote_literal(a.word) || ':*', ' | (' || p.word || ')',
                             ' | (' || p.whole || ')', ')'), ' & ')::tsquery
    from part.asked(words) a
    cross join lateral (
        select (select string_agg(quote_literal(p), ' & ') from unnest(part.pieces(a.word)) p) as word,
               (select string_agg(quote_literal(p), ' & ') from unnest(part.pieces(a.whole)) p) as whole) p
$$;
comment on function part.asked_words is
    'What the index is asked for: coins with all words, each the beginning of a word or in pieces of the '
    'line, where it may also be written in one with those next to it.';

create function api.coins_with_words(words text) returns setof int
language plpgsql stable security definer as $$   -- row rules would keep the index from being used
declare
    asked text[] := array(select a.word from part.asked(words) a order by a.word, a.whole);
    wholes text[] := array(select a.whole from part.asked(words) a order by a.word, a.whole);
    query tsquery := part.asked_words(words);
    beginnings tsquery := (select string_agg(quote_literal(w) || ':*', ' & ')::tsquery from unnest(asked) w);
    hidden int[] := job.hidden_collections(false);
begin
    return query
    select t.coin_id from core.coin_text t
    where t.words @@ query
      -- Pieces may be of several words.
      and (t.words @@ beginnings
           or not exists (select from unnest(asked, wholes) a (word, whole)
                          where strpos(t.line, a.word) = 0 and coalesce(strpos(t.line, a.whole), 0) = 0
                            and not t.words @@ (quote_literal(a.word) || ':*')::tsquery))
      and (hidden = '{}' or not job.hides_coin(t.coin_id, hidden));
end $$;
comment on function api.coins_with_words is
    'The coins that have all these words: as a part, of at least three letters, of the inventory number, the '
    'type or a legend, or as the beginning of a word of a name, a find spot or a description. Case, accents, '
    'separators in numbers, V and U do not matter. Only coins whose words are stored are found: `coinstore '
    'browse` stores them.';

do $$
declare
    how text := (select md5(string_agg(p.prosrc, '' order by p.proname)) from pg_proc p
                 join pg_namespace n on n.oid = p.pronamespace
                 where (n.nspname, p.proname) in (('part', 'folded'), ('part', 'folded_number'),
                                                  ('part', 'words_of'), ('part', 'pieces'),
                                                  ('job', 'fill_texts')));
begin
    -- Words that another version stored are stored again, by the pages as they are served.
    if obj_description('core.coin_text'::regclass) is distinct from how then
        truncate core.coin_text;
        execute format('comment on table core.coin_text is %L', how);
    end if;
end $$;

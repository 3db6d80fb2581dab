-- What keeps the predicate of a caller a condition that only reads. It runs as coinstore_search
-- (99_last/grants.sql).

create function part.only_read() returns void language plpgsql as $$
begin
    perform set_config('transaction_read_only', 'on', true);
end $$;
comment on function part.only_read is
    'Nothing can be changed until the block that calls it ends. Functions that run a predicate call it, '
    'because a predicate can call functions that run a text, and coinstore_search may drop what it owns. The '
    'block needs an exception clause, whatever is in it: that makes it a subtransaction, and the end of a '
    'subtransaction allows changes again.';

create function part.check_predicate(predicate text, of_view text) returns void language plpgsql stable as $$
declare
    unread refcursor;
begin
    -- It is put into parentheses. A text that closes them and opens others would escape the rest of the
    -- condition. For both faces it is also put into the condition of another view, with more columns.
    if predicate ~ '[()]' or of_view = 'coins' then
        open unread for execute format('select from api.%I where %s', of_view, predicate);
        close unread;
    end if;
end $$;
comment on function part.check_predicate is
    'Part of api.search: an error unless the text is a condition by itself.';

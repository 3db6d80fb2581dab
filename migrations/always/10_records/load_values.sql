-- Loading records: fields with several names, or an uncertain one (load.sql).

create function job.take_values(source_id int) returns void language plpgsql
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
begin
    if exists (select from incoming_record where more ? 'values') then
        insert into incoming_value (n, field, rank, value, uri, is_uncertain)
        select i.n, f.key, v.rank, v.e ->> 'value', v.e ->> 'uri', (v.e ->> 'is_uncertain')::boolean
        from incoming i join incoming_record s using (n)
        cross join lateral jsonb_each(s.more -> 'values') f
        cross join lateral jsonb_array_elements(f.value) with ordinality v (e, rank)
        where i.status in ('new', 'unchanged') and s.more ? 'values';
    end if;
    if not exists (select from core.coin_value v where v.source_id = take_values.source_id) then
        return;
    end if;
    -- Before job.withdraw hides which fields the record speaks of. Rank 0: something is gone.
    with gone as (
        delete from core.coin_value v using incoming i, incoming_record s
        where i.status = 'unchanged' and s.n = i.n
          and (v.coin_id, v.source_id) = (i.coin_id, take_values.source_id)
          and (i.is_whole or s.fields ?| array[v.field, v.field || '_uri'])
          and not exists (select from incoming_value w where (w.n, w.field, w.rank) = (i.n, v.field, v.rank))
        returning i.n)
    insert into incoming_value (n, rank) select distinct n, 0 from gone;
end $$;
comment on function job.take_values is
    'Takes the names of the batch where a record has several or an uncertain one, and deletes those that '
    'its source no longer gives.';

create function job.store_values(source_id int) returns void language plpgsql as $$
#variable_conflict use_column
begin
    if not exists (select from incoming_value) then
        return;
    end if;
    with stored as (
        insert into core.coin_value as v (coin_id, source_id, field, rank, value, uri, is_uncertain)
        select i.coin_id, store_values.source_id, w.field, w.rank, w.value, w.uri, w.is_uncertain
        from incoming_value w join incoming i using (n) where w.rank > 0 order by w.n, w.field, w.rank
        on conflict (coin_id, source_id, field, rank) do update
        set value = excluded.value, uri = excluded.uri, is_uncertain = excluded.is_uncertain
        where (v.value, v.uri, v.is_uncertain) is distinct from
              (excluded.value, excluded.uri, excluded.is_uncertain)
        returning coin_id)
    update incoming i set status = 'changed'
    where i.status = 'unchanged'
      and (i.coin_id in (select coin_id from stored) or i.n in (select n from incoming_value where rank = 0));
end $$;
comment on function job.store_values is
    'Stores the names of the batch where a record has several or an uncertain one.';

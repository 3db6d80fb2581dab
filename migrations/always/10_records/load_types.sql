-- Loading records: types, and references that are not types (load.sql).

create function job.store_types(source_id int) returns void language plpgsql as $$
declare
    source text := (select location from core.source s where s.source_id = store_types.source_id);
begin
    insert into incoming_type (n, coin_id, turn, catalogue, number, label, uri, is_uncertain)
    select i.n, i.coin_id, t.turn, e ->> 'catalogue', e ->> 'number', e ->> 'label', e ->> 'uri',
           coalesce((e ->> 'is_uncertain')::boolean, false)
    from incoming i join incoming_record s using (n),
         jsonb_array_elements(s.types) with ordinality t (e, turn)
    where i.status in ('new', 'unchanged', 'changed') and s.types is not null;
    perform job.find_types();
    if exists (select from incoming_type where type_id is null) then
        perform job.name_addresses();
        perform job.add_types(with_name => true);
        perform job.add_types(with_name => false);
    end if;
    -- Two names with one address are one type; the first counts.
    delete from incoming_type i using incoming_type f
    where (f.n, f.type_id) = (i.n, i.type_id) and f.turn < i.turn;
    perform job.name_types(array(select distinct i.type_id from incoming_type i));
    if exists (select from incoming where status in ('unchanged', 'changed')) then
        perform job.drop_types(source);
    end if;
    perform job.give_types(source);
    perform job.move_primary_types(source);
    perform job.choose_primary_types(array(
        select i.coin_id from incoming i join incoming_record s using (n)
        where (i.is_whole or s.types is not null) and i.status in ('unchanged', 'changed')));
end $$;
comment on function job.store_types is 'Stores which types the source gives the coins of the batch.';

create function job.find_types() returns void
language sql set enable_hashjoin = off set enable_mergejoin = off as $$
    -- By an index, as "is not distinct from" compares each record with each type. No text of a type is empty.
    update incoming_type i set type_id = t.type_id from core.type t
    where i.type_id is null
      and (coalesce(t.catalogue, ''), coalesce(t.number, ''), coalesce(t.label, ''), coalesce(t.uri, ''))
        = (coalesce(i.catalogue, ''), coalesce(i.number, ''), coalesce(i.label, ''), coalesce(i.uri, ''))
$$;
comment on function job.find_types is 'Finds the types of the batch that are known.';

create function job.is_address(label text, number text, uri text) returns boolean
language sql immutable parallel safe as $$
    select label is not distinct from uri and number is null
$$;
comment on function job.is_address is 'Whether nothing is known of a type but its address: it is the label.';

create function job.is_of_one_type(uri text) returns boolean language sql immutable parallel safe as $$
    -- As in addresses.py, and concepts of nomisma.org. Others may be those of a whole catalogue.
    select uri ~ ('//(www\.)?(numismatics\.org/[a-z]+/id/|greekcoinage\.org/[a-z]+/id/|nomisma\.org/id/'
                  || '|corpus-nummorum\.eu/types?[/_]|rpc\.ashmus\.ox\.ac\.uk/(coins|types?)/).')
$$;
comment on function job.is_of_one_type is 'Whether it is known that an address is that of one type.';

create function job.name_addresses() returns void language plpgsql as $$
declare
    coins int[];
    uris text[] := array(select uri from incoming_type where type_id is null and uri is not null);
begin
    if uris = '{}' then
        return;
    end if;
    with named as (
        update core.type t set catalogue = c.catalogue, number = c.number, label = c.label
        from (select distinct on (uri) uri, catalogue, number, label from incoming_type
              where type_id is null and uri is not null and not job.is_address(label, number, uri)
              order by uri, n, turn) c
        where t.type_id in (select min(k.type_id) from core.type k
                            where k.uri = any(uris) and k.label = k.uri and k.number is null group by k.uri)
          and t.uri = c.uri
        returning t.type_id)
    select array(select ct.coin_id from core.coin_type ct where ct.type_id in (select type_id from named))
    into coins;
    perform job.forget_texts(coins);
end $$;
comment on function job.name_addresses is
    'Gives types of which only the address was known the name that the batch has for it.';

create function job.find_types_by_address() returns void language sql as $$
    update incoming_type i set type_id = t.type_id
    from (select k.uri, count(*) = 1 as is_only,
                 (array_agg(k.type_id order by job.is_address(k.label, k.number, k.uri), k.type_id))[1]
                     as type_id
          from core.type k
          where k.uri = any(array(select u.uri from incoming_type u where u.type_id is null)) group by 1) t
    where i.type_id is null and i.uri = t.uri
      and (job.is_of_one_type(i.uri) or t.is_only and job.is_address(i.label, i.number, i.uri))
$$;
comment on function job.find_types_by_address is
    'Finds the types of the batch that have another name where they are known: one address is one type.';

create function job.add_types(with_name boolean) returns void language plpgsql as $$
begin
    perform job.find_types();
    perform job.find_types_by_address();
    insert into core.type (catalogue, number, label, uri)
    select distinct catalogue, number, label, uri
    from (select *, row_number() over (partition by uri order by n, turn) as nth from incoming_type
          where type_id is null and job.is_address(label, number, uri) <> with_name) s
    where uri is null or nth = 1 or not job.is_of_one_type(uri)
    order by 1, 2, 3, 4
    on conflict do nothing;
    perform job.find_types();
    perform job.find_types_by_address();
end $$;
comment on function job.add_types is
    'Adds the types of the batch that are not known: those with a name, or those with only an address.';

create function job.drop_types(source text) returns void language sql as $$
    with dropped as (
        delete from core.coin_type ct using incoming i
        -- The array makes it use the index, also while the statistics are from before the load.
        where ct.coin_id = any(array(
                  select k.coin_id from incoming k join incoming_record s using (n)
                  where k.status in ('unchanged', 'changed') and (k.is_whole or s.types is not null)))
          and ct.coin_id = i.coin_id
          and ct.said_by_kind = 'source' and ct.said_by = drop_types.source
          and ct.type_id not in (select t.type_id from incoming_type t where t.n = i.n)
        returning i.n)
    update incoming i set status = 'changed'
    where i.status = 'unchanged' and i.n in (select n from dropped)
$$;
comment on function job.drop_types is
    'Drops the types that the source no longer gives the coins of the batch.';

create function job.give_types(source text) returns void language sql
set enable_mergejoin = off as $$
    -- The first certain type of a new coin is its primary type: nobody else has said anything about it.
    with added as (
        insert into core.coin_type as ct
            (coin_id, type_id, said_by_kind, said_by, rank, is_uncertain, is_primary)
        select t.coin_id, t.type_id, 'source', give_types.source, t.turn, t.is_uncertain,
               i.status = 'new' and not t.is_uncertain
               and row_number() over (partition by t.n, t.is_uncertain order by t.turn) = 1
        from incoming_type t join incoming i using (n) order by t.n, t.turn
        on conflict (coin_id, type_id, said_by_kind, said_by) do update
        set is_uncertain = excluded.is_uncertain, rank = excluded.rank,
            is_primary = ct.is_primary and not excluded.is_uncertain
        where (ct.is_uncertain, ct.rank) <> (excluded.is_uncertain, excluded.rank)
        returning coin_id)
    update incoming i set status = 'changed'
    where i.status = 'unchanged' and i.coin_id in (select coin_id from added)
$$;
comment on function job.give_types is 'Stores which types the batch gives its coins.';

create function job.move_primary_types(source text) returns void language plpgsql
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
declare
    coins int[];
    types int[];
begin
    with first as (
        select distinct on (t.coin_id) t.coin_id, t.type_id from incoming_type t join incoming i using (n)
        where i.status = 'changed' and not t.is_uncertain order by t.coin_id, t.turn),
    left_behind as (
        update core.coin_type ct set is_primary = false from first f
        where ct.coin_id = f.coin_id and ct.type_id <> f.type_id and ct.is_primary
          and (ct.said_by_kind, ct.said_by) = ('source', move_primary_types.source)
        returning f.coin_id, f.type_id)
    select array_agg(l.coin_id), array_agg(l.type_id) into coins, types from left_behind l;
    -- A coin never has two primary types, so that this is a second step.
    update core.coin_type ct set is_primary = true from unnest(coins, types) m (coin_id, type_id)
    where (ct.coin_id, ct.type_id) = (m.coin_id, m.type_id)
      and (ct.said_by_kind, ct.said_by) = ('source', move_primary_types.source);
end $$;
comment on function job.move_primary_types is
    'Where the source gave the primary type, and now gives another certain type first, that one is primary.';

create function job.choose_primary_types(coins int[]) returns void
language sql set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
    -- A person's word before a source's; then the more certain, then the first. Never an uncertain one, and
    -- never a model's: it is a proposal until someone accepts it, and figures take it as the label.
    update core.coin_type ct set is_primary = true
    where (ct.coin_id, ct.type_id, ct.said_by_kind, ct.said_by) in (
        select distinct on (c.coin_id) c.coin_id, c.type_id, c.said_by_kind, c.said_by
        from core.coin_type c
        where c.coin_id = any(coins) and c.said_by_kind <> 'model' and not c.is_uncertain
          and not exists (select from core.coin_type p where p.coin_id = c.coin_id and p.is_primary)
        order by c.coin_id, array_position(array['person', 'source'], c.said_by_kind),
                 c.certainty desc nulls last, c.rank, c.type_id)
$$;
comment on function job.choose_primary_types is 'Chooses the primary type of the coins that have none.';

create function job.store_references(source_id int) returns void language plpgsql
set enable_hashjoin = off set enable_mergejoin = off as $$
#variable_conflict use_column
begin
    if exists (select from incoming_record where more ? 'references') then
        insert into incoming_reference (coin_id, rank, kind, label, catalogue, number, uri)
        select i.coin_id, r.rank, e ->> 'kind', e ->> 'label', e ->> 'catalogue', e ->> 'number', e ->> 'uri'
        from incoming i join incoming_record s using (n)
        cross join lateral jsonb_array_elements(s.more -> 'references') with ordinality r (e, rank)
        where i.status in ('new', 'unchanged', 'changed') and s.more ? 'references';
    elsif not exists (select from core.reference r where r.source_id = store_references.source_id) then
        return;
    end if;
    with gone as (
        delete from core.reference r using incoming i, incoming_record s
        where i.status in ('unchanged', 'changed') and s.n = i.n and (i.is_whole or s.types is not null)
          and (r.coin_id, r.source_id) = (i.coin_id, store_references.source_id)
          and not exists (select from incoming_reference g where (g.coin_id, g.rank) = (r.coin_id, r.rank))
        returning r.coin_id),
    stored as (
        insert into core.reference as r (coin_id, source_id, rank, kind, label, catalogue, number, uri)
        select g.coin_id, store_references.source_id, g.rank, g.kind, g.label, g.catalogue, g.number, g.uri
        from incoming_reference g order by 1, 3
        on conflict (coin_id, source_id, rank) do update
        set kind = excluded.kind, label = excluded.label, catalogue = excluded.catalogue,
            number = excluded.number, uri = excluded.uri
        where (r.kind, r.label, r.catalogue, r.number, r.uri) is distinct from
              (excluded.kind, excluded.label, excluded.catalogue, excluded.number, excluded.uri)
        returning coin_id)
    update incoming i set status = 'changed'
    where i.status = 'unchanged'
      and i.coin_id in (select coin_id from gone union all select coin_id from stored);
end $$;
comment on function job.store_references is
    'Stores what the source refers to that is not a type; where it does not speak of types, nothing changes.';

-- Loading records: what a record said before and says no longer (load.sql). It takes away what its source
-- gave, and nothing that another source gave.
-- A coin that one source describes has what that source says. Where several do, core.record.said has it.

create function job.spoken_of(fields jsonb, sides jsonb) returns jsonb language sql immutable as $$
    select fields || coalesce((select jsonb_object_agg(f.key || ' ' || s.key, s.value)
                               from jsonb_each(sides) f cross join lateral jsonb_each(f.value) s), '{}')
$$;
comment on function job.spoken_of is
    'What a record speaks of, as one object: what is of a side has the face before its name.';

create function job.said_of_coin(coin int, source text) returns jsonb language sql stable as $$
    select jsonb_strip_nulls(job.spoken_of(
        (to_jsonb(c) || coalesce((select jsonb_object_agg(r.field, r.value) from core.recorded r
                                  where r.coin_id = coin), '{}'))
        - '{coin_id, collection_id, inventory_number}'::text[]
        -- What a person accepted is no source's word.
        - array(select k.label from core.proposal p join core.classifier k using (classifier_id)
                where p.coin_id = coin and p.applied),
        coalesce((select jsonb_object_agg(s.face, jsonb_build_object(
                             'legend', s.legend, 'description', s.description,
                             'description_language', s.description_language,
                             'image_location', s.image_location, 'image_stamp', s.image_stamp,
                             'image_part', s.image_part, 'image_of_both', s.image_of_both,
                             'image_licence', s.image_licence, 'image_rights_holder', s.image_rights_holder,
                             'die', (select min(d.name) from core.side_die sd join core.die d using (die_id)
                                     where sd.side_id = s.side_id and d.study = source)))
                  from core.side s where s.coin_id = coin), '{}')))
    from core.coin c where c.coin_id = coin
$$;
comment on function job.said_of_coin is
    'What a coin has, as the record of the only source that describes it would say it.';

create function job.said_with(name text) returns text language sql immutable parallel safe as $$
    select regexp_replace(name, '^((ob|re)verse (image|description)|year|diameter|denomination|material'
                                '|mint|authority|portrait|findspot|hoard)_.*$', '\1')
$$;
comment on function job.said_with is
    'What a value belongs to: a name and its address, both years, and a photograph come from one source.';

create function job.note_said(source_id int) returns void
language sql set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
    -- The first source of a coin, as the second one comes.
    update core.record r set said = job.said_of_coin(r.coin_id, s.location)
    from incoming i, core.source s
    where i.status = 'unchanged' and i.record_id is null and r.coin_id = i.coin_id and r.said is null
      and s.source_id = r.source_id
      and not exists (select from core.record o
                      where o.coin_id = r.coin_id and o.record_id <> r.record_id);
    update incoming i set said = jsonb_strip_nulls(p.said) || case when i.is_whole then '{}' else
        coalesce((select r.said from core.record r where r.record_id = i.record_id), '{}')
        - array(select jsonb_object_keys(p.said)) end
    from incoming_record s cross join lateral (select job.spoken_of(s.fields, s.sides) as said offset 0) p
    where s.n = i.n and i.status = 'unchanged'
      and exists (select from core.record o
                  where o.coin_id = i.coin_id and o.source_id <> note_said.source_id)
$$;
comment on function job.note_said is
    'Notes what each record says of the coins that several sources describe.';

create function job.find_withdrawn() returns void
language sql set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
    insert into incoming_withdrawn (n, coin_id, record_id, name, is_gone, is_replaced)
    select i.n, i.coin_id, i.record_id, b.key, g.is_gone,
           g.is_gone and exists (select from jsonb_each(p.said) e
                                 where e.value <> 'null' and job.said_with(e.key) = job.said_with(b.key))
    from incoming i join incoming_record s using (n)
    left join core.record r using (record_id) left join core.source o using (source_id)
    cross join lateral (select job.spoken_of(s.fields, s.sides) as said offset 0) p
    cross join lateral (select job.said_of_coin(i.coin_id, o.location) as said offset 0) c
    cross join lateral jsonb_each(c.said) b
    cross join lateral (
        select coalesce(
            -- Another source may have given another value since.
            coalesce(r.said, c.said) -> b.key = b.value
            -- Where an older version of coinstore did not keep who said what, only an empty cell says it.
            and (p.said ? b.key or r.said is not null or not exists (
                select from core.record k where k.coin_id = i.coin_id and k.record_id <> i.record_id))
            and r.record_id is not null, false) as is_gone) g
    where i.status = 'unchanged' and (p.said ? b.key or i.is_whole and g.is_gone)
      and coalesce(p.said -> b.key, 'null') = 'null'
      -- The rest of a photograph goes with it.
      and b.key !~ ' image_(?!location)'
$$;
comment on function job.find_withdrawn is
    'Finds what the coins of the batch have and their records do not say: it is gone if the same record gave '
    'it, and stays if another did.';

create function job.withdraw(source_id int) returns void language plpgsql
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
#variable_conflict use_column
begin
    if not exists (select from incoming where status = 'unchanged') then
        return;
    end if;
    perform job.note_said(withdraw.source_id);
    perform job.find_withdrawn();
    with heirs as (
        select distinct on (w.n, g.name) w.n, g.name, r.said
        from incoming_withdrawn w
        cross join lateral (select job.said_with(w.name) as name offset 0) g
        join core.record r on r.coin_id = w.coin_id and r.record_id <> w.record_id
        where w.is_gone and not w.is_replaced and w.name !~ ' (die|image_location)$'
          and exists (select from jsonb_object_keys(r.said) k where job.said_with(k) = g.name)
        order by w.n, g.name, r.record_id desc),
    news as (
        select w.n, w.name, 'null'::jsonb as value from incoming_withdrawn w where w.is_gone
        union all
        select h.n, e.key, e.value from heirs h cross join lateral jsonb_each(h.said) e
        where job.said_with(e.key) = h.name),
    told as (
        select n, face, jsonb_object_agg(regexp_replace(name, '^.* ', ''), value
                                         order by value <> 'null') as said
        from news cross join lateral (select substring(name from '^(.*) ') as face offset 0) f
        group by n, face)
    update incoming_record s
    set fields = jsonb_strip_nulls(s.fields)
                 || coalesce((select t.said from told t where t.n = s.n and t.face is null), '{}'),
        sides = (select coalesce(jsonb_object_agg(f, x.said || coalesce(t.said, '{}')), '{}')
                 from unnest('{obverse, reverse}'::text[]) f
                 cross join lateral (select coalesce(jsonb_strip_nulls(s.sides -> f), '{}') as said) x
                 left join told t on (t.n, t.face) = (s.n, f)
                 where s.sides ? f or t.said is not null)
    -- An empty cell where the coin has nothing, as most are, does nothing.
    where s.n in (select w.n from incoming_withdrawn w);
end $$;
comment on function job.withdraw is
    'Empties what the records of the batch said before and say no longer; what another source says of it '
    'counts again. Dies are those of one source, and a photograph may be that of another coin by now.';

-- Labels: what is known of coins, to be held against what a space finds alike.

create function api.label_query(label text, face text) returns text language plpgsql stable as $$
declare
    wanted text := case when label like 'die:%' then substr(label, 5) end;
    studies text[];
begin
    if label = 'die' or wanted is not null then
        -- Studies may disagree: one is meant.
        studies := array(select distinct d.study from api.dies d where wanted is null or d.study = wanted order by 1);
        if cardinality(studies) <> 1 then
            raise '% stud% of dies; %', case cardinality(studies) when 0 then 'there is no' else 'there are ' || cardinality(studies) end,
                case when cardinality(studies) < 2 then 'y' else 'ies' end, case when studies = '{}'
                then 'load a source that names them' else 'name one: die:' || array_to_string(studies, ', die:') end
                using errcode = 'CS001';
        end if;
        return format('select d.coin_id, string_agg(d.die, '' + '' order by d.face, d.die) as label_value from api.dies d
                       where d.study = %L and %L in (d.face, ''coin'') group by 1%s', studies[1], face,
                      -- Two coins are of one pair of dies when both are known.
                      case face when 'coin' then ' having count(distinct d.face) = 2' else '' end);
    end if;
    if label in ('legend', 'description') and face <> 'coin' then
        return format('select s.coin_id, s.%I as label_value from api.sides s where s.face = %L and s.%1$I is not null', label, face);
    end if;
    if label in ('coin_id', 'inventory_number') or not exists (
            select from pg_attribute a where a.attrelid = 'api.coins'::regclass and a.attname = label
                                         and a.attnum > 0 and not a.attisdropped) then
        raise 'there is no label %: a column of api.coins, die or die:STUDY', label using errcode = 'CS001';
    end if;
    return format('select c.coin_id, c.%I::text as label_value from api.coins c where c.%1$I is not null', label);
end $$;

comment on function api.label_query is 'As SQL: what api.coin_labels gives.';

create function api.coin_labels(label text, face text default 'coin') returns table (coin_id int, label_value text)
language plpgsql stable as $$
begin
    return query execute api.label_query(label, face);
end $$;
comment on function api.coin_labels is
    'The coins that have a label, and its value: a column of api.coins; die (where one study names dies) or die:STUDY, of a face or the pair of both; legend or description of a face.';

create function api.has_seen(space text, label text) returns boolean language sql stable as $$
    select label = any(s.sees) or label like 'year\_%' and 'date' = any(s.sees)
    from api.space_names s where s.space = has_seen.space
$$;
comment on function api.has_seen is
    'Whether vectors of a space were made from this field of the records, so that a figure about it measures the leak; null: not known.';

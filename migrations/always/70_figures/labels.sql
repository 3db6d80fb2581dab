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
        -- A side for which the study names two dies is undecided; two coins are of one pair when both dies are known.
        return format('select d.coin_id, string_agg(d.die, '' + '' order by d.face) as label_value
                       from (select *, count(*) over (partition by side_id) as named from api.dies where study = %L) d
                       where d.named = 1 and %L in (d.face, ''coin'') group by 1%s', studies[1], face,
                      case face when 'coin' then ' having count(*) = 2' else '' end);
    end if;
    if label in ('legend', 'description') and face <> 'coin' then
        return format('select s.coin_id, s.%I as label_value from api.sides s where s.face = %L and s.%1$I is not null', label, face);
    end if;
    if label in ('coin_id', 'inventory_number') or not exists (
            select from pg_attribute a where a.attrelid = 'api.coins'::regclass and a.attname = label
                                         and a.attnum > 0 and not a.attisdropped) then
        raise 'there is no label %: a column of api.coins, die or die:STUDY', label using errcode = 'CS001';
    end if;
    if (select a.atttypid from pg_attribute a where a.attrelid = 'api.coins'::regclass and a.attname = label) = 'float8'::regtype then
        raise '% is a measure, not a label: hardly two coins share one', label using errcode = 'CS001';
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

create view api.implied_labels (field, label) as
select f, l from (values
    ('type', array['denomination', 'material', 'mint', 'authority', 'portrait', 'year_from', 'year_to', 'die', 'legend', 'description']),
    ('die', array['type', 'denomination', 'material', 'mint', 'authority', 'portrait', 'legend', 'description']),
    ('legend', array['type', 'authority', 'portrait', 'mint', 'denomination', 'die']),
    ('description', array['type', 'authority', 'portrait', 'denomination', 'legend', 'die']),
    ('date', array['year_from', 'year_to']), ('year_from', array['date']), ('year_to', array['date']),
    ('authority', array['portrait']), ('portrait', array['authority']), ('denomination', array['material'])) v (f, labels), unnest(labels) l;
comment on view api.implied_labels is
    'Who knows a field knows much of these labels, too: a space that was made from the one is refused for the other.';

create function api.has_seen(space text, label text) returns boolean language sql stable as $$
    select case when s.sees is not null then exists (
               select from unnest(s.sees) f
               where f = wanted or exists (select from api.implied_labels i where (i.field, i.label) = (f, wanted))) end
    from api.space_names s, (select case when label like 'die:%' then 'die' else label end) l (wanted)
    where s.space = has_seen.space
$$;
comment on function api.has_seen is
    'Whether vectors of a space were made from this field of the records, or from one that implies it, so that a figure about it measures the leak; null: not known.';

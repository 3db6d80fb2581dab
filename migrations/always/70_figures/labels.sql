-- Labels: what is known of coins, to compare with what a space finds alike.

create function part.study_of_dies(label text) returns text language plpgsql stable as $$
declare
    asked text := case when label like 'die:%' then substr(label, 5) end;
    studies text[] := array(select distinct d.study from api.dies d
                            where asked is null or d.study = asked order by 1);
begin
    -- Studies may disagree, so the label means exactly one.
    if studies = '{}' then
        raise 'there is no study of dies; load a source that names them' using errcode = 'CS001';
    elsif cardinality(studies) > 1 then
        raise 'there are % studies of dies; name one: die:%', cardinality(studies),
            array_to_string(studies, ', die:') using errcode = 'CS001';
    end if;
    return studies[1];
end $$;
comment on function part.study_of_dies is
    'The study that the label die or die:STUDY means; an error unless it is one.';

create function part.check_label(label text, face text) returns void language plpgsql stable as $$
declare
    type regtype := (select a.atttypid from pg_attribute a
                     where a.attrelid = 'api.coins'::regclass and a.attname = label and a.attnum > 0
                       and not a.attisdropped);
begin
    if label = 'die' or label like 'die:%' then
        perform part.study_of_dies(label);
    elsif label in ('legend', 'description') and face <> 'both' then
        return;
    elsif label in ('legend', 'description') then
        raise 'a % is of one face: compare by the obverse or by the reverse', label using errcode = 'CS001';
    elsif type is null or label in ('coin_id', 'inventory_number') then
        raise 'there is no label %; a label is type, portrait, another column of api.coins, die, die:STUDY',
            label using errcode = 'CS001';
    elsif type = 'float8'::regtype then
        raise '% is a measure, not a label: hardly two coins share one', label using errcode = 'CS001';
    end if;
end $$;
comment on function part.check_label is 'An error unless api.coin_labels knows a label.';

create function api.coin_labels(label text, face text default 'both')
returns table (coin_id int, label_value text) language plpgsql stable as $$
declare
    by_face text := face;
    study_meant text;
begin
    perform part.check_label(label, face);
    if label = 'die' or label like 'die:%' then
        study_meant := part.study_of_dies(label);
        -- A side for which the study names two dies is undecided; a pair needs both dies.
        return query
            select d.coin_id, string_agg(d.die, ' + ' order by d.face) from part.decided_dies d
            where d.study = study_meant and by_face in (d.face, 'both')
            group by d.coin_id having count(*) = 2 or by_face <> 'both';
    elsif label = 'legend' and by_face <> 'both' then
        return query select s.coin_id, s.legend from api.sides s
                     where s.face = by_face and s.legend is not null;
    elsif label = 'description' and by_face <> 'both' then
        return query select s.coin_id, s.description from api.sides s
                     where s.face = by_face and s.description is not null;
    else
        return query execute format('select coin_id, %I::text from api.coins where %1$I is not null', label);
    end if;
end $$;
comment on function api.coin_labels is
    'The coins that have a label, and its value: a column of api.coins; die (where one study names dies) or '
    'die:STUDY, of a face or the pair of both; legend or description of a face.';

create view part.implied_labels (field, label) as
select f, l
from (values
    ('type', '{denomination, material, mint, authority, portrait, year_from, year_to, die}'::text[]
             || '{legend, description}'),
    ('die', '{type, denomination, material, mint, authority, portrait, legend, description}'),
    ('legend', '{type, authority, portrait, mint, denomination, die}'),
    ('description', '{type, authority, portrait, denomination, legend, die}'),
    ('date', '{year_from, year_to}'), ('year_from', '{date}'), ('year_to', '{date}'),
    ('authority', '{portrait}'), ('portrait', '{authority}'), ('denomination', '{material}')) v (f, labels),
    unnest(labels) l;
comment on view part.implied_labels is
    'A field of the records also tells much about these labels: a space that was made from the field has '
    'seen the label.';

create function part.tells(fields text[], label text) returns boolean language sql stable as $$
    select exists (
        select from unnest(fields) f
        where f = asked or exists (select from part.implied_labels i where (i.field, i.label) = (f, asked)))
    from (select case when label like 'die:%' then 'die' else label end) l (asked)
$$;
comment on function part.tells is 'Whether one of some fields of the records is a label, or implies it.';

create function part.has_seen(space text, label text) returns boolean language sql stable as $$
    select case when s.sees is not null then part.tells(s.sees, label) end
    from part.space_names s where s.space = has_seen.space
$$;
comment on function part.has_seen is
    'Whether the vectors of a space were made from this field of the records, or from one that implies it, '
    'so that a figure about it measures a leak; null: not known.';

create function job.has_seen_of_others(space text, label text) returns boolean language sql stable as $$
    -- Of each space that this one is made of: what it saw itself, unless the coins are known.
    select case when bool_or(own.fields is not null and part.tells(own.fields, label)) then true
                when bool_or(own.fields is null) then null else false end
    from job.made_from(space) m (space_id) join core.space s using (space_id)
    cross join lateral (
        select case when exists (select from core.learnt l where l.space_id = s.space_id) then '{}'
                    when not exists (select from core.part p where p.space_id = s.space_id) then s.sees
                    else array(select jsonb_array_elements_text(s.recipe -> 'learnt')) end) own (fields)
$$;
comment on function job.has_seen_of_others is
    'Whether a space has seen a label of coins other than those of job.learnt_coins; null: not known.';

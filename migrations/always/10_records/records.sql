-- Records as they came, and what was not accepted.

create function part.shown_location(location text) returns text language sql immutable parallel safe as $$
    -- In an address, a password or a token can be before the @, or after the ? or #.
    select regexp_replace(
        location,
        '((?:^|::)(?!zip:|sqlite:|file:|memory:)[A-Za-z][A-Za-z0-9+.-]+://)'
        '(?:[^/?#]*@|(?![^/?#]*@)[^/?#:]*:(?!\d*(?:[/?#]|$)).*@)?([^?#]*).*$',
        '\1\2')
$$;
comment on function part.shown_location is
    'A location that people may see: without user, password, query and fragment.';

create function part.source_name(source text) returns text language sql immutable parallel safe as $$
    select case when source ~* '^https?://' then part.shown_location(source)
                else substring(part.shown_location(source) from '[^/\\]+(?=[/\\]*$)') end
$$;
comment on function part.source_name is
    'A source as pages name it: an address of the web, else the name of the file without its folders, which '
    'are private.';

create function part.said_by(kind text, name text) returns text language sql immutable parallel safe as $$
    select case kind when 'source' then part.source_name(name) else name end
$$;
comment on function part.said_by is 'Who says something, as pages name them: a source without its folders.';

create function part.without_folders(sentence text) returns text language sql immutable parallel safe as $$
    -- A folder may have spaces in its name: everything up to the last slash goes.
    select regexp_replace(sentence,
                          '(^|[\s"''(]|::)((file|local|memory|sqlite|zip)://)?([A-Za-z]:)?[/\\].*[/\\]',
                          '\1', 'g')
$$;
comment on function part.without_folders is
    'A reason without the folders of this machine, which are private; names of files stay.';

create view api.records as
select r.record_id, r.coin_id, s.location as source, r.place,
       r.raw - 'private' as record,  -- prices, sellers and storage places stay in the table
       r.refusal, r.licence, r.rights_holder, r.language
from core.record r join core.source s using (source_id);
comment on view api.records is 'Each record as it came; a refused record has no coin.';
comment on column api.records.licence is
    'Licence of the record, as the source gives it: an address or a name';
comment on column api.records.rights_holder is 'Holder of the rights in the record';
comment on column api.records.language is
    'Language of the texts in the record (en, de …); null: not stated';

create view api.faults as
select f.fault_id, s.location as source, coalesce(r.place, part.shown_location(d.image_location)) as place,
       coalesce(r.coin_id, d.coin_id) as coin_id, d.face, p.name as space, f.column_name,
       case when f.column_name like '% image' then part.shown_location(f.value_text)
            else f.value_text end as value_text,
       f.reason, f.noted_at
from core.fault f
left join core.record r using (record_id)
left join core.source s using (source_id)
left join core.side d on d.side_id = f.side_id
left join core.space p on p.space_id = f.space_id
-- Row 9 before row 10.
order by s.location, length(r.place), r.place, d.side_id, f.fault_id;
comment on view api.faults is
    'What was not accepted: which record, photograph or vector, which column and value, and why. In the '
    'order of the sources.';
comment on column api.faults.face is 'obverse or reverse; null: a fault of a record';
comment on column api.faults.space is
    'Name of the space that the side has no vector in; null: not about a vector';

create function part.fault_reasons(sources text[])
returns table (faults bigint, column_name text, reason text)
language sql stable as $$
    select count(*), coalesce(nullif(f.column_name, ''), 'record'),
           min(f.reason) || case when count(distinct f.reason) > 1 then ' (for example)' else '' end
    from api.faults f
    where f.space is null and (f.source = any(sources) or f.source is null and f.coin_id in (
        select r.coin_id from api.records r where r.source = any(sources)))
    -- Reasons that differ only in a number or a name count as one.
    group by 2, regexp_replace(f.reason, '\d[\d.,]*|"[^"]*"| of \S.*/.*$| .?/\S+', '…', 'g')
    order by 1 desc, 2, 3
$$;
comment on function part.fault_reasons is
    'Why values, records and photographs of some sources were not accepted, the most frequent reason first.';

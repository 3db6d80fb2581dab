-- Photographs on a network that could not be reached: when they are tried again.

create table core.image_retry (
    side_id int primary key references core.side on delete cascade,
    tries   int not null check (tries > 0),
    due_at  timestamptz not null
);

-- Until now the reason of a fault said it, of photographs on this machine, too.
insert into core.image_retry (side_id, tries, due_at)
select f.side_id, 1, now()
from core.fault f join core.side s using (side_id)
where f.space_id is null and f.reason like '%; the next ingest tries again'
  and s.image_location ~ '(^|::)(?!zip:|file:|memory:)[A-Za-z][A-Za-z0-9+.-]+://'
on conflict do nothing;
update core.fault f set reason = left(f.reason, -length('; the next ingest tries again'))
where f.reason like '%; the next ingest tries again';

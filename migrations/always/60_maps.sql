-- Maps: the coins of a space laid out on a plane, made by Python, kept as rows.

create view api.maps as
select m.map_id, m.name as map, s.name as space, m.face, m.method, m.parameters, m.seed, m.library, s.trained, s.sees,
       (select count(*) from core.map_point p where p.map_id = m.map_id) as points, m.seconds, m.made_at
from core.map m join core.space s using (space_id);
comment on view api.maps is 'One row for each map: of which space and face, by which method, parameters and seed.';

create view api.map_points as
select m.name as map, p.coin_id, p.x, p.y, p.is_added
from core.map_point p join core.map m using (map_id);
comment on view api.map_points is 'Where each coin lies on a map; only nearness means something, the axes do not.';
comment on column api.map_points.is_added is 'true: placed into the map when it was there already, moving no other';

-- Full photographs in pages: where each one is, and where the coin is in it.

create view part.photographs as
select i.coin_id, i.side_id, i.face, p.location, p.has_secret, i.sha256, i.format, i.width_px, i.height_px,
       i.licence, i.rights_holder, o.x_px, o.y_px, o.radius_px, o.certainty, o.method, o.said_by, o.edge,
       coalesce(o.shows_both, false) as shows_both
from api.images i
join part.photograph_parts p using (side_id)
left join api.outlines o using (side_id)
where i.sha256 is not null;
comment on view part.photographs is
    'The usable photographs: the whole location, unless it has a secret, and the outline of the coin.';
comment on column part.photographs.has_secret is
    'Whether the location has a user, a password or a token';
comment on column part.photographs.licence is 'Licence of the photograph, as the source gives it';
comment on column part.photographs.rights_holder is 'Holder of the rights in the photograph';
comment on column part.photographs.x_px is 'The middle of the square around the coin, from the left';
comment on column part.photographs.y_px is 'The middle of the square around the coin, from the top';
comment on column part.photographs.radius_px is 'Half of the side of that square';
comment on column part.photographs.edge is 'The edge of the coin, as in api.outlines; null: not found';
comment on column part.photographs.shows_both is 'Whether the photograph shows both faces of the coin';

create function part.photographs_of(coins int[]) returns setof part.photographs language sql stable as $$
    select p.* from part.photographs p where p.coin_id = any(coins) order by p.coin_id, p.face
$$;
comment on function part.photographs_of is 'The usable photographs of some coins.';

create function part.photograph_of(side int) returns setof part.photographs language sql stable as $$
    select p.* from part.photographs p where p.side_id = side
$$;
comment on function part.photograph_of is
    'The usable photograph of a side; no row where it has none, or it is hidden.';

create function part.photographed_faces(coins int[]) returns table (coin_id int, face text)
language sql stable as $$
    select i.coin_id, i.face from api.images i where i.coin_id = any(coins) and i.sha256 is not null
$$;
comment on function part.photographed_faces is
    'For pages: the faces of some coins that have a usable photograph.';

create function part.first_photograph() returns setof part.photographs language sql stable as $$
    select p.* from part.photographs p order by p.side_id limit 1
$$;
comment on function part.first_photograph is 'For pages: one usable photograph, for an example.';

-- Where each coin is in its photograph; and one photograph may show both faces of a coin.

create table core.outline (
    side_id   int primary key references core.side on delete cascade,
    sha256    bytea not null check (length(sha256) = 32),   -- the photograph in which it is there
    x_px      real not null,
    y_px      real not null,
    radius_px real not null check (radius_px > 0 and radius_px < 'infinity'),
    edge      smallint[] not null check (cardinality(edge) = 96),   -- per mille of the radius
    certainty real not null check (certainty between 0 and 1),
    method    text not null check (method <> ''),
    said_by   text check (said_by <> ''),                   -- null: coinstore itself
    thumbnail bytea                                         -- of a face that shares its photograph
);
-- A JPEG does not grow smaller; trying costs more than storing.
alter table core.outline alter thumbnail set storage external;

alter table core.side
    -- Which of two coins in the photograph is this face; null: the obverse is the first.
    add image_part text check (image_part in ('first', 'second')),
    -- The record names the photograph for the coin and not for a face: it counts only if it shows both.
    add image_of_both boolean check (image_of_both);

-- A photograph shows one coin. That its two faces are of one coin is the loader's rule, under its lock.
drop index core.side_image_location;
create unique index side_image_location on core.side (image_location, face)
    where image_location is not null;

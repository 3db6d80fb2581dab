-- What two copies of one photograph have in common: 256 signs of a discrete cosine transform of the thumbnail.

create table core.fingerprint (
    sha256      bytea primary key references core.image on delete cascade,
    fingerprint bit(256)     -- null: the picture is of one even tone, and resembles every other such
);

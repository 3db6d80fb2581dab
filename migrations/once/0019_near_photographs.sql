-- Photographs that look like copies are found once, when their fingerprints are made: comparing takes minutes
-- for a million, and reading what was found takes milliseconds.

alter table core.fingerprint add is_compared boolean not null default false;
create index fingerprint_new on core.fingerprint (sha256) where not is_compared;
-- Finds the photographs of a fingerprint, the first one first.
create index fingerprint_photographs on core.fingerprint (fingerprint, sha256) where fingerprint is not null;

-- Kept by fingerprint and not by photograph: it stays true whatever photographs come and go.
create table core.near_fingerprint (
    one   bit(256) not null,
    other bit(256) not null check (other > one),
    bits  smallint not null check (bits > 0),
    primary key (one, other)
);

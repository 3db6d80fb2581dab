-- Studies of dies that coinstore groups itself. The dies of all others come from a source.

-- A source gives its study the name of its location, which has a slash: the two can never be confused.
create table core.grouped_study (
    study         text primary key check (trim(study) <> '' and study !~ '[/\\]'),
    min_certainty float8 not null,
    predicate     text not null,               -- which coins, over the columns of api.coins
    made_at       timestamptz not null default now()
);

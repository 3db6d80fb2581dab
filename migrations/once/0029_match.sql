-- Which pairs of sides were compared for one die, what was found, and which are still to be compared.

-- All that decides a match: the parameters of the comparison, with its version.
create table core.match_recipe (
    recipe_id  int generated always as identity primary key,
    parameters jsonb not null unique
);

-- One row for each pair. A digest is of the photograph and the outline that were compared: the match is current
-- while both sides still have theirs.
create table core.match (
    side_id        int not null references core.side on delete cascade,
    other_id       int not null references core.side on delete cascade check (other_id > side_id),
    recipe_id      int not null references core.match_recipe,
    digest         uuid not null,
    other_digest   uuid not null,
    agreeing       int not null,
    transform      real[],                     -- six numbers; null: nothing brings the sides together
    inliers        int not null,
    possible       int not null,
    coverage       real not null,
    residual_px    real,
    whole          real,
    common         real,
    sectors        real[],
    offsets_px     real[],
    peaks          real[],
    probability    real not null check (probability between 0 and 1),
    opencv_version text not null,
    matched_at     timestamptz not null default now(),
    primary key (side_id, other_id)
);
create index on core.match (other_id);                    -- for the cascade, and all matches of a side
create index match_probable on core.match (probability);  -- the most probable first

-- Pairs that are still to be compared: work, which a backup leaves out, and which is planned again after a crash.
create unlogged table core.match_due (
    side_id  int not null references core.side on delete cascade,
    other_id int not null references core.side on delete cascade check (other_id > side_id),
    primary key (side_id, other_id)
);
create index on core.match_due (other_id);                -- for the cascade

-- Which calibration gave a match its probability, and what it was computed from: another calibration needs no
-- photograph.

create table core.calibration (
    calibration_id int generated always as identity primary key,
    origin     text not null check (origin in ('shipped', 'verdicts')),
    version    int not null,     -- of the comparison whose figures it weighs
    recipe     jsonb not null,   -- weights, offset, and the probability without a transform
    fitted_on  text not null,
    pairs      int not null,
    same       int not null,
    measured   jsonb,            -- on held-out verdicts; null: shipped
    made_by    text,             -- null: shipped
    made_at    timestamptz not null default now(),
    is_current boolean not null default false
);
create unique index calibration_current on core.calibration (is_current) where is_current;  -- at most one

-- All matches of a recipe have their probability by one calibration: another one is used in one transaction.
alter table core.match_recipe add calibration_id int references core.calibration;
alter table core.match add figures real[];  -- null: nothing brings the sides together
-- Matches from before have no figures; they are kept, and are compared again.
update core.match_recipe set parameters = parameters || '{"version": 0}';

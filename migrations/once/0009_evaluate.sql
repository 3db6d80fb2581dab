-- Figures: how well a space finds what belongs together, kept with all that decided them.

create sequence core.evaluation_run;

create table core.evaluation (
    evaluation_id int generated always as identity primary key,
    run           int not null,                 -- those of one run compare the same coins
    space         text not null,                -- as it was called then; figures outlive their space
    recipe        jsonb not null,
    trained       boolean not null,
    sees          text[],
    leaked        boolean not null,             -- the vectors were made from the label, or may have been
    face          text not null check (face in ('obverse', 'reverse', 'coin')),
    label         text not null,
    k             int not null check (k > 0),
    seed          int not null,
    predicate     text not null,
    coins         int not null,                 -- compared
    label_values  int not null,
    counts        jsonb not null,               -- coins that were left out, and why
    queries       int[] not null,               -- coin_ids
    queries_across int[] not null,              -- of those, they have a fellow in another collection
    sample        int[] not null,               -- of the figures that compare groups
    library       text not null,
    seconds       float8 not null,
    made_at       timestamptz not null default now()
);
create index on core.evaluation (run);

create table core.evaluation_figure (
    evaluation_id int not null references core.evaluation on delete cascade,
    setting       text not null,
    figure        text not null,
    value         float8,
    low           float8,                       -- 95% interval
    high          float8,
    chance        float8,
    n             bigint not null,              -- queries, pairs or coins that it rests on
    primary key (evaluation_id, setting, figure)
);

create table core.evaluation_comparison (
    evaluation_id int not null references core.evaluation on delete cascade,
    other_id      int not null references core.evaluation on delete cascade,
    setting       text not null,
    figure        text not null,
    difference    float8 not null,              -- of the means, this less the other
    low           float8 not null,
    high          float8 not null,
    p             float8 not null check (p > 0 and p <= 1),
    n             int not null,
    primary key (evaluation_id, other_id, setting, figure)
);
create index on core.evaluation_comparison (other_id);   -- for the cascade

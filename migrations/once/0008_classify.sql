-- Classifiers: how they were measured, what they propose, and what people made of it.

create table core.classifier (
    classifier_id int generated always as identity primary key,
    label    text not null,
    spaces   text[] not null,
    face     text not null check (face in ('obverse', 'reverse', 'coin')),
    model    text not null check (model in ('knn', 'linear', 'finetuned')),
    recipe   jsonb not null,            -- all that decides it, with a hash of what it learned from
    seed     int not null,
    library  text not null,
    trained  boolean not null,          -- false: of a space whose weights were drawn at random
    leaked   boolean not null,          -- a space has seen the label, or may have
    figures  jsonb not null,
    history  jsonb,                     -- of a network: the losses of each epoch
    made_at  timestamptz not null default now(),
    unique (label, spaces, face, model, recipe, seed)
);

-- Out of groups that were held out: how many coins of one value were taken for another.
create table core.confusion (
    classifier_id int not null references core.classifier on delete cascade,
    truth         text not null,
    predicted     text not null,
    coins         int not null check (coins > 0),
    unlearnable   int not null check (unlearnable between 0 and coins),  -- no coin of that value was outside the group
    primary key (classifier_id, truth, predicted)
);

-- What a model says of a coin that lacks a value, and what a person made of it.
create table core.proposal (
    proposal_id   int generated always as identity primary key,
    classifier_id int not null references core.classifier on delete cascade,
    coin_id       int not null references core.coin on delete cascade,
    value         text not null,
    certainty     float8 not null check (certainty between 0 and 1),
    state         text not null default 'proposed' check (state in ('proposed', 'accepted', 'rejected')),
    decided_by    text,
    decided_at    timestamptz,
    note          text,
    applied       boolean not null default false,   -- the coin has its value from here: what taking back undoes
    check ((state = 'proposed') = (decided_by is null)),
    check (state = 'accepted' or not applied),
    unique (classifier_id, coin_id)
);
-- What a load asks of the coins that it brings; also for the cascade.
create index on core.proposal (coin_id);

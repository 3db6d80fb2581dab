-- The coins that a space was learnt from: a figure about its label is honest for the other coins only.

create table core.learnt (
    space_id int not null references core.space on delete cascade,
    coin_id  int not null references core.coin on delete cascade,
    primary key (space_id, coin_id)
);
create index on core.learnt (coin_id);   -- for the cascade

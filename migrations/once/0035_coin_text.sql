-- What words find a coin: kept for the pages, which look for them while someone types.

create table core.coin_text (
    coin_id int primary key references core.coin on delete cascade,
    line    text not null,       -- number, type and legends, folded: any part of them finds the coin
    words   tsvector not null    -- all words, folded, and the three-letter pieces of the line
);
create index coin_text_words on core.coin_text using gin (words);

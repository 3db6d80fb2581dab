-- What a record says of its coin. A coin that one source describes has what it says; null: the coin has it.

alter table core.record add said jsonb;
create index record_said on core.record (coin_id) where said is not null;   -- the coins of several sources

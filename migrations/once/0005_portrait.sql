-- Whose portrait a coin bears: the label that the Roman sets are sorted by.

alter table core.coin add portrait text;
create index on core.coin (portrait);

-- No column is named by a word that SQL reserves: a query names every column without quotes.

alter table core.fault rename column text to value_text;
alter table core.imputed rename column text to value_text;

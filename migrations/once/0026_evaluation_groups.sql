-- Figures of re-ranked answers, and figures by value of the label and by collection.

alter table core.evaluation add reranked boolean not null default false;
alter table core.evaluation add by_group jsonb not null default '[]';   -- the rows of api.evaluation_groups

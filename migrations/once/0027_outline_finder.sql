-- Which version of the finder gave an outline, so that what an older one gave can be found again.

alter table core.outline add finder smallint not null default 0;
